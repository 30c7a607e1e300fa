/* test_starttls.c - dissectors/starttls.c. */
#include "dissectors/starttls.h"
#include "tests/test.h"

enum { CLIENT = 1, SERVER = 0, BYTES_MOST = 9000 };

/* Units of one direction; the last of them asks where `asks`. */
struct talk {
    int from_client;
    const char *hex; /* or NULL: */
    const char *text;
    enum starttls protocol; /* that it begins with */
    enum starttls becomes;
    size_t units;
    bool asks;
};

static const struct talk talks[] = {
    { SERVER, NULL, "220 mail.example\r\n250-x\r\n250 STARTTLS\r\n", STARTTLS_SMTP,
      STARTTLS_SMTP, 3, false },
    { SERVER, NULL, "220-ftp.example\r\n220 x\r\n234 go on\r\n", STARTTLS_SMTP,
      STARTTLS_FTP, 3, false },
    { SERVER, NULL, "* OK x\r\na OK begin\r\n", STARTTLS_IMAP, STARTTLS_IMAP, 2, false },
    { SERVER, NULL, "* PREAUTH x\r\n", STARTTLS_IMAP, STARTTLS_IMAP, 1, false },
    { SERVER, NULL, "+OK x\r\n+OK begin\r\n", STARTTLS_POP3, STARTTLS_POP3, 2, false },
    { SERVER, NULL, "200 x\r\n382 go on\r\n", STARTTLS_NNTP, STARTTLS_NNTP, 2, false },
    { SERVER, NULL, "<?xml version='1.0'?><stream:stream a='b'>\n<proceed/>",
      STARTTLS_XMPP, STARTTLS_XMPP, 3, false },
    { CLIENT, NULL, "EHLO x\r\nstarttls \r\n", STARTTLS_SMTP, STARTTLS_SMTP, 2, true },
    { CLIENT, NULL, "EHLO x\nAUTH TLS\n", STARTTLS_SMTP, STARTTLS_FTP, 2, true },
    { CLIENT, NULL, "AUTH TLS\r\n", STARTTLS_FTP, STARTTLS_FTP, 1, true },
    { CLIENT, NULL, "CAPA\r\nSTLS\r\n", STARTTLS_POP3, STARTTLS_POP3, 2, true },
    { CLIENT, NULL, "<stream:stream>\n<starttls xmlns='urn:x'/>", STARTTLS_XMPP,
      STARTTLS_XMPP, 2, true },
    { CLIENT,
      "300c02010160070201030400 8000 301d02010277188016 "
      "312e332e362e312e342e312e313436362e3230303337",
      NULL, STARTTLS_LDAP, STARTTLS_LDAP, 2, true },
    { CLIENT, "3084000000050201 0142 00", NULL, STARTTLS_LDAP, STARTTLS_LDAP, 1, false },
    { CLIENT, "0000000804d2162f", NULL, STARTTLS_POSTGRESQL, STARTTLS_POSTGRESQL, 1,
      true },
    { SERVER, "05000000 0a31320000", NULL, STARTTLS_MYSQL, STARTTLS_MYSQL, 1, false },
    { CLIENT, "0300000b06e00000000000", NULL, STARTTLS_RDP, STARTTLS_RDP, 1, true },
};

static size_t bytes_of_talk(const struct talk *talk, uint8_t bytes[BYTES_MOST])
{
    if (talk->hex != NULL)
        return test_hex(talk->hex, bytes, BYTES_MOST);
    memcpy(bytes, talk->text, strlen(talk->text));
    return strlen(talk->text);
}

static struct bytes copy_of(const uint8_t *bytes, size_t size)
{
    static uint8_t *copy;
    free(copy);
    copy = malloc(size + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, size);
    return bytes_of(copy, size);
}

static void each_protocol_is_told_by_its_first_bytes(void)
{
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        uint8_t bytes[BYTES_MOST];
        enum starttls protocol;
        size_t size = bytes_of_talk(&talks[i], bytes), cut = 0;
        struct bytes in = bytes_of(bytes, size);
        CHECK(starttls_begins(in, talks[i].from_client, &protocol) == DISSECT_OK);
        CHECK(protocol == talks[i].protocol);
        CHECK(starttls_begins(in, !talks[i].from_client, &protocol) == DISSECT_OTHER ||
              protocol == STARTTLS_XMPP);
        while (starttls_begins(copy_of(bytes, cut), talks[i].from_client, &protocol) ==
               DISSECT_TRUNCATED) {
            CHECK(protocol == STARTTLS_NONE);
            cut++;
        }
        CHECK(cut >= 3 && cut <= 13 && protocol == talks[i].protocol);
    }
}

static void units_are_read_one_by_one_to_the_wish_for_tls(void)
{
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        uint8_t bytes[BYTES_MOST];
        enum starttls protocol = talks[i].protocol;
        struct starttls_unit unit = { .asks = false };
        struct bytes in = bytes_of(bytes, bytes_of_talk(&talks[i], bytes));
        size_t units = 0;
        while (in.left > 0 && !unit.asks &&
               starttls_read(&in, talks[i].from_client, &protocol, &unit) == DISSECT_OK)
            units++;
        CHECK(units == talks[i].units && in.left == 0);
        CHECK(unit.asks == talks[i].asks && protocol == talks[i].becomes);
    }
}

static void every_cut_waits_and_moves_nothing(void)
{
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        uint8_t bytes[BYTES_MOST];
        size_t size = bytes_of_talk(&talks[i], bytes);
        for (size_t kept = 0; kept < size; kept++) {
            enum starttls protocol = talks[i].protocol;
            struct starttls_unit unit;
            struct bytes in = copy_of(bytes, kept);
            size_t left;
            enum dissect outcome;
            do {
                left = in.left;
                outcome = starttls_read(&in, talks[i].from_client, &protocol, &unit);
                CHECK(outcome != DISSECT_OK || !unit.asks || in.left < left);
            } while (outcome == DISSECT_OK);
            CHECK(outcome == DISSECT_TRUNCATED && in.left == left);
        }
    }
}

static enum dissect outcome_of(int from_client, enum starttls protocol, const char *hex)
{
    uint8_t bytes[64];
    struct starttls_unit unit;
    struct bytes in = copy_of(bytes, test_hex(hex, bytes, sizeof bytes));
    return starttls_read(&in, from_client, &protocol, &unit);
}

static void lengths_that_lie_are_malformed_or_waited_for_to_a_limit(void)
{
    CHECK(outcome_of(CLIENT, STARTTLS_LDAP, "3084ffffffff0201") == DISSECT_MALFORMED);
    CHECK(outcome_of(CLIENT, STARTTLS_LDAP, "3080020101") == DISSECT_MALFORMED);
    CHECK(outcome_of(CLIENT, STARTTLS_LDAP, "3085010101010101") == DISSECT_MALFORMED);
    CHECK(outcome_of(CLIENT, STARTTLS_LDAP, "31030201") == DISSECT_MALFORMED);
    CHECK(outcome_of(CLIENT, STARTTLS_LDAP, "30821ffc 00") == DISSECT_TRUNCATED);
    CHECK(outcome_of(CLIENT, STARTTLS_LDAP, "30821ffd 00") == DISSECT_MALFORMED);
    CHECK(outcome_of(SERVER, STARTTLS_MYSQL, "ffff00000a") == DISSECT_MALFORMED);
    CHECK(outcome_of(CLIENT, STARTTLS_RDP, "03000003") == DISSECT_MALFORMED);
    CHECK(outcome_of(CLIENT, STARTTLS_RDP, "16030100") == DISSECT_MALFORMED);
    CHECK(outcome_of(SERVER, STARTTLS_POSTGRESQL, "4e") == DISSECT_MALFORMED);
    CHECK(outcome_of(SERVER, STARTTLS_POSTGRESQL, "53") == DISSECT_OK);
    CHECK(outcome_of(CLIENT, STARTTLS_POSTGRESQL, "0000000804d21630") ==
          DISSECT_MALFORMED);
    CHECK(outcome_of(CLIENT, STARTTLS_NONE, "00") == DISSECT_MALFORMED);
    static uint8_t endless[STARTTLS_UNIT_MOST + 1];
    memset(endless, 'x', sizeof endless);
    for (int over = 0; over < 2; over++) {
        enum starttls protocol = STARTTLS_SMTP;
        struct starttls_unit unit;
        struct bytes in = bytes_of(endless, STARTTLS_UNIT_MOST + (size_t)over);
        CHECK(starttls_read(&in, CLIENT, &protocol, &unit) ==
              (over ? DISSECT_MALFORMED : DISSECT_TRUNCATED));
    }
}

static bool asks(enum starttls protocol, int from_client, const char *text)
{
    struct starttls_unit unit;
    struct bytes in = bytes_of(text, strlen(text));
    CHECK(starttls_read(&in, from_client, &protocol, &unit) == DISSECT_OK);
    return unit.asks;
}

static void only_the_clients_own_words_ask(void)
{
    CHECK(asks(STARTTLS_IMAP, CLIENT, "a.1 STARTTLS\r\n"));
    CHECK(!asks(STARTTLS_IMAP, CLIENT, "STARTTLS\r\n"));
    CHECK(!asks(STARTTLS_IMAP, CLIENT, "a LOGIN x STARTTLS\r\n"));
    CHECK(!asks(STARTTLS_SMTP, CLIENT, "MAIL FROM:<starttls>\r\n"));
    CHECK(!asks(STARTTLS_SMTP, SERVER, "STARTTLS\r\n"));
    CHECK(!asks(STARTTLS_POP3, CLIENT, "STARTTLS\r\n"));
    CHECK(!asks(STARTTLS_FTP, CLIENT, "STARTTLS\r\n"));
    CHECK(asks(STARTTLS_FTP, CLIENT, "auth ssl\r\n"));
    CHECK(!asks(STARTTLS_XMPP, SERVER, "<starttls>"));
    CHECK(!asks(STARTTLS_XMPP, CLIENT, "<starttlsx>"));
    CHECK(!asks(STARTTLS_XMPP, CLIENT, "starttls>"));
    uint8_t login[64];
    struct starttls_unit unit;
    enum starttls protocol = STARTTLS_MYSQL;
    struct bytes in = bytes_of(login, test_hex("04000001 05a30000", login, sizeof login));
    CHECK(starttls_read(&in, CLIENT, &protocol, &unit) == DISSECT_OK && !unit.asks);
    in = bytes_of(login, test_hex("04000001 05ae0000", login, sizeof login));
    CHECK(starttls_read(&in, CLIENT, &protocol, &unit) == DISSECT_OK && unit.asks);
}

static void what_begins_otherwise_is_none(void)
{
    static const char *const others[] = {
        "474554202f20",     "160301",     "0501",       "30800201",
        "30050401 0142 00", "3003020101", "0000000900", "5353482d"
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (int from_client = 0; from_client < 2; from_client++) {
            uint8_t bytes[32];
            enum starttls protocol;
            size_t size = test_hex(others[i], bytes, sizeof bytes);
            memset(bytes + size, 0xaa, sizeof bytes - size);
            CHECK(starttls_begins(bytes_of(bytes, sizeof bytes), from_client,
                                  &protocol) == DISSECT_OTHER);
            CHECK(protocol == STARTTLS_NONE);
        }
}

static void each_protocol_has_a_name(void)
{
    CHECK(starttls_text(STARTTLS_NONE) == NULL);
    CHECK_TEXT(starttls_text(STARTTLS_SMTP), "smtp");
    CHECK_TEXT(starttls_text(STARTTLS_RDP), "rdp");
}

int main(void)
{
    RUN(each_protocol_is_told_by_its_first_bytes);
    RUN(units_are_read_one_by_one_to_the_wish_for_tls);
    RUN(every_cut_waits_and_moves_nothing);
    RUN(lengths_that_lie_are_malformed_or_waited_for_to_a_limit);
    RUN(only_the_clients_own_words_ask);
    RUN(what_begins_otherwise_is_none);
    RUN(each_protocol_has_a_name);
    copy_of((const uint8_t *)"", 0);
    return test_end();
}
