/* keylog.c - RFC 9850 section 2: the SSLKEYLOGFILE format. */
#include "dissectors/keylog.h"

enum { LABEL_MOST = 64 };

static struct bytes take_until(struct bytes *in, char end)
{
    const uint8_t *found = in->left == 0 ? NULL : memchr(in->at, end, in->left);
    size_t size = found == NULL ? in->left : (size_t)(found - in->at);
    struct bytes taken = bytes_take(in, size);
    bytes_take_at_most(in, 1);
    return taken;
}

/* Blanks at the end are an editor's; the CR is a system's. */
static struct bytes without_end(struct bytes line)
{
    while (line.left > 0 &&
           (line.at[line.left - 1] == '\r' || line.at[line.left - 1] == ' ' ||
            line.at[line.left - 1] == '\t'))
        line.left--;
    return line;
}

static unsigned digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* All of `text`, at most `capacity` bytes of value; 0 where it is no such number. */
static size_t read_hex(struct bytes text, uint8_t *out, size_t capacity)
{
    size_t size = text.left / 2;
    if (text.left % 2 != 0 || size > capacity)
        return 0;
    for (size_t i = 0; i < size; i++) {
        unsigned high = digit_of(bytes_u8(&text)), low = digit_of(bytes_u8(&text));
        if (high > 15 || low > 15)
            return 0;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return size;
}

static bool is_hex(struct bytes text)
{
    for (size_t i = 0; i < text.left; i++)
        if (digit_of(text.at[i]) > 15)
            return false;
    return text.left > 0 && text.left % 2 == 0;
}

/* Labels yet to come count as some: capitals, digits and underscores. */
static bool is_label(struct bytes text)
{
    for (size_t i = 0; i < text.left; i++) {
        uint8_t c = text.at[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return text.left > 0 && text.left <= LABEL_MOST;
}

/* QUIC had a label of its own before it was a standard. */
static bool is_wanted_label(struct bytes label)
{
    static const char name[] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                      of_quic[] = "QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET";
    return bytes_equal(label, name, sizeof name - 1) ||
           bytes_equal(label, of_quic, sizeof of_quic - 1);
}

enum dissect keylog_read_line(struct bytes *in, struct keylog_entry *entry)
{
    struct bytes line = without_end(take_until(in, '\n'));
    *entry = (struct keylog_entry){ .is_wanted = false };
    if (line.left == 0 || bytes_peek(line, 0) == '#')
        return DISSECT_OTHER;
    if (line.left > KEYLOG_LINE_MOST)
        return DISSECT_MALFORMED;
    struct bytes label = take_until(&line, ' ');
    struct bytes random = take_until(&line, ' ');
    if (!is_label(label) || !is_hex(random) || !is_hex(line))
        return DISSECT_MALFORMED;
    if (!is_wanted_label(label))
        return DISSECT_OK;
    size_t size = read_hex(line, entry->secret, sizeof entry->secret);
    entry->secret_size = (uint8_t)size;
    entry->is_wanted =
        (size == 32 || size == 48) &&
        read_hex(random, entry->client_random, TLS_RANDOM_SIZE) == TLS_RANDOM_SIZE;
    if (entry->is_wanted)
        return DISSECT_OK;
    explicit_bzero(entry, sizeof *entry);
    return DISSECT_MALFORMED;
}
