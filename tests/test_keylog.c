/* test_keylog.c - lines of RFC 9850, cut, altered, and of other programs. */
#include "dissectors/keylog.h"

#include "tests/test.h"

#define RANDOM "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define SECRET_32 "f0f1f2f3f4f5f6f7f8f9fafbfcfdfefff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define SECRET_48 SECRET_32 "0102030405060708090A0b0c0D0e0f10"

static enum dissect read_text(const char *text, struct keylog_entry *entry)
{
    size_t size = strlen(text);
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, text, size);
    struct bytes in = bytes_of(copy, size);
    enum dissect outcome = keylog_read_line(&in, entry);
    CHECK(in.left == 0);
    free(copy);
    return outcome;
}

static bool is_wanted(const char *text)
{
    struct keylog_entry entry;
    return read_text(text, &entry) == DISSECT_OK && entry.is_wanted;
}

static bool is_passed_over(const char *text, enum dissect expected)
{
    static const struct keylog_entry none;
    struct keylog_entry entry;
    return read_text(text, &entry) == expected && memcmp(&entry, &none, sizeof none) == 0;
}

static void the_servers_handshake_secret_is_read(void)
{
    struct keylog_entry entry;
    CHECK(read_text("SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_48 "\r\n",
                    &entry) == DISSECT_OK);
    CHECK(entry.is_wanted && entry.secret_size == 48);
    CHECK(entry.client_random[1] == 0x11 && entry.client_random[31] == 0xff);
    CHECK(entry.secret[0] == 0xf0 && entry.secret[41] == 0x0a &&
          entry.secret[47] == 0x10);
    CHECK(read_text("SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32, &entry) ==
          DISSECT_OK);
    CHECK(entry.is_wanted && entry.secret_size == 32);
    CHECK(is_wanted("QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32 "\n"));
    CHECK(is_wanted("SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32 " \t\r\n"));
}

static void all_other_secrets_are_passed_over_unread(void)
{
    static const char *const labels[] = {
        "CLIENT_RANDOM",
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "CLIENT_TRAFFIC_SECRET_1",
        "SERVER_TRAFFIC_SECRET_17",
        "CLIENT_EARLY_TRAFFIC_SECRET",
        "EARLY_EXPORTER_SECRET",
        "EARLY_EXPORTER_MASTER_SECRET",
        "EXPORTER_SECRET",
        "ECH_SECRET",
        "ECH_CONFIG",
        "RSA",
        "QUIC_SERVER_TRAFFIC_SECRET_0",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET_",
        "SERVER_HANDSHAKE_TRAFFIC_SECRE",
        "SOMETHING_NEW_9",
    };
    char line[400];
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        snprintf(line, sizeof line, "%s " RANDOM " " SECRET_48 "\n", labels[i]);
        CHECK(is_passed_over(line, DISSECT_OK));
    }
    CHECK(is_passed_over("RSA 0011223344556677 " SECRET_48, DISSECT_OK));
}

static void comments_and_empty_lines_are_none(void)
{
    CHECK(is_passed_over("", DISSECT_OTHER));
    CHECK(is_passed_over("\n", DISSECT_OTHER));
    CHECK(is_passed_over("\r\n", DISSECT_OTHER));
    CHECK(is_passed_over("  \t \r\n", DISSECT_OTHER));
    CHECK(is_passed_over("# SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_48,
                         DISSECT_OTHER));
}

static void what_is_no_line_is_told(void)
{
    static const char *const lines[] = {
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET  " RANDOM " " SECRET_32,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM "  " SECRET_32,
        " SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET\t" RANDOM " " SECRET_32,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32 " " SECRET_32,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32 "0",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32 "00",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_48 "00",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM "00 " SECRET_32,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET 0011 " SECRET_32,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " g0" SECRET_32,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " @0" SECRET_32,
        "server_handshake_traffic_secret " RANDOM " " SECRET_32,
        "<html><body>404</body></html>",
        "CLIENT_RANDOM x y",
        "\xff\xfe\x01",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!is_passed_over(lines[i], DISSECT_MALFORMED)) {
            fprintf(stderr, "%s\n", lines[i]);
            CHECK(false);
        }
    char *longest = malloc(2000);
    memset(longest, '0', 2000);
    memcpy(longest, "CLIENT_RANDOM 00 ", 17);
    longest[KEYLOG_LINE_MOST - 1] = '\0'; /* an even count of digits */
    CHECK(is_passed_over(longest, DISSECT_OK));
    longest[KEYLOG_LINE_MOST - 1] = '0';
    longest[KEYLOG_LINE_MOST + 1] = '\0';
    CHECK(is_passed_over(longest, DISSECT_MALFORMED));
    free(longest);
}

static void every_cut_is_no_secret(void)
{
    static const char line[] =
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_48 "\n";
    char cut[sizeof line];
    for (size_t size = 0; size < sizeof line - 2; size++) {
        memcpy(cut, line, size);
        cut[size] = '\0';
        /* The shorter kind of secret is a beginning of the longer one. */
        bool is_shorter = size == sizeof line - 2 - 32;
        CHECK(is_wanted(cut) == is_shorter);
    }
}

static void lines_follow_each_other(void)
{
    static const char text[] =
        "# a key log\r\n\nCLIENT_RANDOM 00 11\nrubbish\n"
        "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " SECRET_32 "\n\0\n";
    static const enum dissect expected[] = { DISSECT_OTHER, DISSECT_OTHER,
                                             DISSECT_OK,    DISSECT_MALFORMED,
                                             DISSECT_OK,    DISSECT_MALFORMED };
    struct bytes in = bytes_of(text, sizeof text - 1);
    struct keylog_entry entry;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        CHECK(keylog_read_line(&in, &entry) == expected[i]);
        CHECK(entry.is_wanted == (i == 4));
    }
    CHECK(in.left == 0);
}

int main(void)
{
    RUN(the_servers_handshake_secret_is_read);
    RUN(all_other_secrets_are_passed_over_unread);
    RUN(comments_and_empty_lines_are_none);
    RUN(what_is_no_line_is_told);
    RUN(every_cut_is_no_secret);
    RUN(lines_follow_each_other);
    return test_end();
}
