/* test_proxy_protocol.c - dissectors/proxy_protocol.c. */
#include "dissectors/proxy_protocol.h"
#include "tests/test.h"

static const char line[] = "PROXY TCP4 192.0.2.1 198.51.100.2 51234 443\r\n";
static const char binary[] =
    "0d0a0d0a000d0a515549540a 21 11 000c c0000201 c6336402 c822 01bb";

/* The bytes in memory of their own, so that the sanitizer sees a read behind the end. */
static enum dissect read_copy(const void *bytes, size_t size, size_t *left)
{
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, size);
    struct bytes in = bytes_of(copy, size);
    enum dissect outcome = proxy_protocol_read(&in);
    *left = in.left;
    free(copy);
    return outcome;
}

static void both_versions_are_read_over_and_cut_at_every_byte(void)
{
    uint8_t bytes[64];
    size_t left, size = test_hex(binary, bytes, sizeof bytes);
    bytes[size] = 0x16;
    CHECK(read_copy(bytes, size + 1, &left) == DISSECT_OK && left == 1);
    for (size_t kept = 0; kept < size; kept++)
        CHECK(read_copy(bytes, kept, &left) == DISSECT_TRUNCATED && left == kept);
    CHECK(read_copy(line, sizeof line, &left) == DISSECT_OK && left == 1);
    for (size_t kept = 0; kept < sizeof line - 1; kept++)
        CHECK(read_copy(line, kept, &left) == DISSECT_TRUNCATED && left == kept);
}

static void every_family_and_command_is_read(void)
{
    static const char *const lines[] = { "PROXY UNKNOWN\r\n",
                                         "PROXY UNKNOWN ff:: ff:: 1 2\r\n",
                                         "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n" };
    size_t left;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        CHECK(read_copy(lines[i], strlen(lines[i]), &left) == DISSECT_OK && left == 0);
    static const char *const local = "0d0a0d0a000d0a515549540a 20 00 0000";
    static const char *const with_values = "0d0a0d0a000d0a515549540a 21 31 0003 040000";
    uint8_t bytes[64];
    CHECK(read_copy(bytes, test_hex(local, bytes, sizeof bytes), &left) == DISSECT_OK);
    CHECK(read_copy(bytes, test_hex(with_values, bytes, sizeof bytes), &left) ==
              DISSECT_OK &&
          left == 0);
}

static void what_only_looks_so_is_left_alone(void)
{
    static const struct {
        const char *text;
        enum dissect outcome;
    } cases[] = {
        { "POST / HTTP/1.1\r\n", DISSECT_OTHER },
        { "PROXY UDP4 1 2 3 4\r\n", DISSECT_OTHER },
        { "PRI * HTTP/2.0\r\n", DISSECT_OTHER },
        { "PROXY TCP4 1\n", DISSECT_MALFORMED },
        { "\x16\x03\x01", DISSECT_OTHER },
    };
    size_t left;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = strlen(cases[i].text);
        CHECK(read_copy(cases[i].text, size, &left) == cases[i].outcome && left == size);
    }
    char endless[200] = "PROXY TCP4 ";
    memset(endless + 11, 'x', sizeof endless - 11);
    CHECK(read_copy(endless, 107, &left) == DISSECT_TRUNCATED);
    CHECK(read_copy(endless, 108, &left) == DISSECT_MALFORMED && left == 108);
    uint8_t bytes[64];
    size_t size = test_hex(binary, bytes, sizeof bytes);
    bytes[12] = 0x11; /* version 1 in binary */
    CHECK(read_copy(bytes, size, &left) == DISSECT_MALFORMED);
    bytes[12] = 0x22; /* a command that there is none of */
    CHECK(read_copy(bytes, size, &left) == DISSECT_MALFORMED);
}

int main(void)
{
    RUN(both_versions_are_read_over_and_cut_at_every_byte);
    RUN(every_family_and_command_is_read);
    RUN(what_only_looks_so_is_left_alone);
    return test_end();
}
