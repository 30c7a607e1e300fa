/* proxy_protocol.c - "The PROXY protocol", sections 2.1 (version 1) and 2.2 (version 2).
 */
#include "dissectors/proxy_protocol.h"

enum { LINE_MOST = 107, SIGNATURE_SIZE = 12 };

static const uint8_t signature[SIGNATURE_SIZE] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                   0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

/* Do the bytes that are there begin so? */
static bool may_start_with(struct bytes in, const void *prefix, size_t size)
{
    struct bytes start = bytes_take_at_most(&in, size);
    return bytes_equal(start, prefix, start.left);
}

static enum dissect read_line(struct bytes *in)
{
    static const char *const families[] = { "PROXY TCP4 ", "PROXY TCP6 ",
                                            "PROXY UNKNOWN" };
    bool is_one = false;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        is_one = is_one || may_start_with(*in, families[i], strlen(families[i]));
    if (!is_one)
        return DISSECT_OTHER;

    struct bytes at = *in;
    for (size_t size = 0; size < LINE_MOST && at.left > 0; size++) {
        if (bytes_u8(&at) != '\n')
            continue;
        bool is_line = bytes_peek(*in, size - 1) == '\r';
        *in = is_line ? at : *in;
        return is_line ? DISSECT_OK : DISSECT_MALFORMED;
    }
    return at.left > 0 ? DISSECT_MALFORMED : DISSECT_TRUNCATED;
}

static enum dissect read_binary(struct bytes *in)
{
    struct bytes at = *in;

    bytes_skip(&at, SIGNATURE_SIZE);
    uint8_t version_and_command = bytes_u8(&at);
    bytes_skip(&at, 1); /* family and transport */
    if (!at.ran_out && (version_and_command >> 4 != 2 || (version_and_command & 15) > 1))
        return DISSECT_MALFORMED;
    bytes_skip(&at, bytes_u16(&at));
    if (at.ran_out)
        return DISSECT_TRUNCATED;
    *in = at;
    return DISSECT_OK;
}

enum dissect proxy_protocol_read(struct bytes *in)
{
    return may_start_with(*in, signature, sizeof signature) ? read_binary(in)
                                                            : read_line(in);
}
