/* test_tls.c - dissectors/tls.c: records, messages, certificate lists, alerts. */
#include "dissectors/tls.h"
#include "tests/test.h"

enum { MESSAGE_MAX = 1024 };

/* Of OpenSSL 3.0 talking to itself; names and keys were made for this. */
static const char hello_record[] =
    "16030100de010000da0303e4d2ec762541eab152c443bff1bb98d00fa8c1efe20e95398fd15e"
    "d0551e1ef5000038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067"
    "c00ac0140039c009c0130033009d009c003d003c0035002f00ff0100007900000011000f0000"
    "0c686f73742e6578616d706c65000b000403000102000a000c000a001d0017001e0019001800"
    "2300000010000e000c02683208687474702f312e310016000000170000000d002a0028040305"
    "030603080708080809080a080b080408050806040105010601030303010302040205020602";

static const char certificate_12[] =
    "0b0001890001860001833082017f30820125a003020102021450736dd50bb462827ce903596c"
    "81d090f25d88ed300a06082a8648ce3d04030230153113301106035504030c0a65632e657861"
    "6d706c65301e170d3236313132323232313633395a170d3236313232323232313633395a3015"
    "3113301106035504030c0a65632e6578616d706c653059301306072a8648ce3d020106082a86"
    "48ce3d03010703420004df15f4bd6d42f8e9a0670071453b64142e10e309cb8bcaaab2c919b2"
    "19e400b03fab57f81218682d3051b3e8d8aa9730069bffe145ef0c3304e9acb43a47ee5fa353"
    "3051301d0603551d0e04160414e767ffd66bfbd1c43773236868b3ff78ad95eed1301f060355"
    "1d23041830168014e767ffd66bfbd1c43773236868b3ff78ad95eed1300f0603551d130101ff"
    "040530030101ff300a06082a8648ce3d0403020348003045022100c1c46ebf650cd93de4d586"
    "a31308f9d43d0669d87fd0ca322f98e94dba1bc37c022029968422c038d20d4aa9a5b2a93f10"
    "bd09aa19a1222156a517c01c109b92e5b8";

/* The bytes in memory of their own, so that the sanitizer sees a read behind the end. */
static uint8_t *cut_copy(const uint8_t *bytes, size_t kept)
{
    uint8_t *copy = malloc(kept > 0 ? kept : 1);
    if (copy == NULL)
        abort();
    if (kept > 0)
        memcpy(copy, bytes, kept);
    return copy;
}

static struct tls_message message_of(const uint8_t *bytes, size_t size)
{
    struct bytes in = bytes_of(bytes, size);
    struct tls_message message;
    tls_read_handshake(&in, &message);
    return message;
}

static void a_record_is_read_and_left_behind(void)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t size = test_hex(hello_record, bytes, sizeof bytes);
    struct bytes in = bytes_of(bytes, size + 1);
    struct tls_record record;

    bytes[size] = 0xff;
    CHECK(tls_read_record(&in, &record) == DISSECT_OK);
    CHECK(record.type == TLS_HANDSHAKE && record.version == 0x0301);
    CHECK(record.length == size - 5 && record.fragment.left == size - 5);
    CHECK(record.missing == 0);
    CHECK(in.left == 1 && bytes_peek(in, 0) == 0xff);
    CHECK(tls_read_record(&in, &record) == DISSECT_OTHER);
    CHECK(in.left == 1);
}

static void every_cut_of_a_record_says_what_is_missing(void)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t size = test_hex(hello_record, bytes, sizeof bytes);

    for (size_t kept = 0; kept < size; kept++) {
        uint8_t *copy = cut_copy(bytes, kept);
        struct bytes in = bytes_of(copy, kept);
        struct tls_record record;
        CHECK(tls_read_record(&in, &record) == DISSECT_TRUNCATED);
        CHECK(in.at == copy && in.left == kept && !in.ran_out);
        CHECK(kept + record.missing == (kept < 5 ? 5 : size));
        CHECK(record.fragment.left == (kept < 5 ? 0 : kept - 5));
        CHECK(kept < 1 || record.type == TLS_HANDSHAKE);
        CHECK(kept < 5 || record.length == size - 5);
        free(copy);
    }
}

static void what_is_no_record_is_other(void)
{
    static const struct {
        const char *hex;
        enum dissect outcome;
    } cases[] = {
        { "13 0303 0000", DISSECT_OTHER },
        { "19 0303 0000", DISSECT_OTHER },
        { "14 0303 0001 01", DISSECT_OK },
        { "18 0303 0000", DISSECT_OK },
        { "16 0203 0000", DISSECT_OTHER },
        { "16 04", DISSECT_OTHER },
        { "47", DISSECT_OTHER }, /* "GET" */
        { "17 0303 4800", DISSECT_TRUNCATED },
        { "17 0303 4801", DISSECT_OTHER },
        { "17 0304 0000", DISSECT_OK },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[16];
        struct bytes in = bytes_of(bytes, test_hex(cases[i].hex, bytes, sizeof bytes));
        struct tls_record record;
        CHECK(tls_read_record(&in, &record) == cases[i].outcome);
    }
}

static void messages_follow_each_other(void)
{
    uint8_t bytes[8];
    size_t size = test_hex("0e000000 14000001", bytes, sizeof bytes);
    struct bytes in = bytes_of(bytes, size);
    struct tls_message message;

    CHECK(tls_read_handshake(&in, &message) == DISSECT_OK);
    CHECK(message.type == TLS_SERVER_HELLO_DONE && message.body.left == 0);
    CHECK(tls_read_handshake(&in, &message) == DISSECT_TRUNCATED);
    CHECK(message.type == TLS_FINISHED && message.missing == 1 && in.left == 4);
}

static void an_encrypted_message_is_other(void)
{
    uint8_t bytes[8];
    struct bytes in = bytes_of(bytes, test_hex("417781f8d22fe580", bytes, sizeof bytes));
    struct tls_message message;

    CHECK(tls_read_handshake(&in, &message) == DISSECT_OTHER);
    CHECK(in.left == 8);
}

static void versions_have_names(void)
{
    CHECK_TEXT(tls_version_text(tls_version_of(0x0300)), "3.0");
    CHECK_TEXT(tls_version_text(tls_version_of(0x0301)), "1.0");
    CHECK_TEXT(tls_version_text(tls_version_of(0x0302)), "1.1");
    CHECK_TEXT(tls_version_text(tls_version_of(0x0303)), "1.2");
    CHECK_TEXT(tls_version_text(tls_version_of(0x0304)), "1.3");
    CHECK(tls_version_text(tls_version_of(0x0305)) == NULL);
    CHECK(tls_version_text(tls_version_of(0x7a7a)) == NULL);
}

static size_t count_certificates(const uint8_t *bytes, size_t size,
                                 enum tls_version version, enum dissect *outcome)
{
    struct tls_message message = message_of(bytes, size);
    struct tls_certificates certificates;
    struct bytes der;
    size_t count = 0;

    *outcome = tls_read_certificates(&message, version, &certificates);
    while (tls_next_certificate(&certificates, &der))
        count++;
    if (*outcome == DISSECT_OK)
        *outcome = certificates.outcome;
    return count;
}

static void certificates_come_leaf_first(void)
{
    static const struct {
        const char *hex;
        enum tls_version version;
        enum dissect outcome;
        size_t count;
    } cases[] = {
        { "0b 00000f 00000c 000003 616263 000003 646566", TLS_12, DISSECT_OK, 2 },
        { "0b 000003 000000", TLS_12, DISSECT_OK, 0 },
        { "0b 00000e 00 00000a 000002 6162 0003 000000", TLS_13, DISSECT_OK, 1 },
        { "0b 000010 02 beef 00000a 000002 6162 0003 000000", TLS_13, DISSECT_OK, 1 },
        { "0b 000004 00 000000", TLS_13, DISSECT_OK, 0 },
        /* an empty certificate; bytes behind the list; lists and entries too long */
        { "0b 000006 000003 000000", TLS_12, DISSECT_MALFORMED, 0 },
        { "0b 000008 000004 000001 61 ff", TLS_12, DISSECT_MALFORMED, 1 },
        { "0b 000007 000005 000001 61", TLS_12, DISSECT_MALFORMED, 0 },
        { "0b 000007 000004 000002 61", TLS_12, DISSECT_MALFORMED, 0 },
        { "0b 00000c 00 000008 000002 6162 0004 00", TLS_13, DISSECT_MALFORMED, 1 },
        { "0c 000003 000000", TLS_12, DISSECT_OTHER, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[64];
        size_t size = test_hex(cases[i].hex, bytes, sizeof bytes);
        enum dissect outcome;
        CHECK(count_certificates(bytes, size, cases[i].version, &outcome) ==
              cases[i].count);
        CHECK(outcome == cases[i].outcome);
    }
}

static void a_cut_list_gives_the_certificates_before_the_cut(void)
{
    static const char hex[] = "0b 000013 00 00000f 000003 616263 0000 000002 6465 0000";
    uint8_t bytes[64];
    size_t size = test_hex(hex, bytes, sizeof bytes);

    CHECK(size == 4 + 0x13);
    for (size_t kept = 1; kept < size; kept++) {
        uint8_t *copy = cut_copy(bytes, kept);
        enum dissect outcome;
        size_t count = count_certificates(copy, kept, TLS_13, &outcome);
        CHECK(count == (kept < 14 ? 0u : kept < 21 ? 1u : 2u));
        CHECK(outcome == DISSECT_TRUNCATED);
        free(copy);
    }
}

static void a_real_certificate_message_holds_one_certificate(void)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t size = test_hex(certificate_12, bytes, sizeof bytes);
    struct tls_message message = message_of(bytes, size);
    struct tls_certificates certificates;
    struct bytes der;

    CHECK(tls_read_certificates(&message, TLS_12, &certificates) == DISSECT_OK);
    CHECK(tls_next_certificate(&certificates, &der));
    CHECK(der.left == size - 10 && bytes_peek(der, 0) == 0x30);
    CHECK(!tls_next_certificate(&certificates, &der));
    CHECK(certificates.outcome == DISSECT_OK);
}

static void a_compressed_certificate_tells_how_and_how_large(void)
{
    static const struct {
        const char *hex;
        enum dissect outcome;
    } cases[] = {
        { "1900000b 0003 000102 000003 aabbcc", DISSECT_OK },
        { "1900000b 0003 000102 000002 aabbcc", DISSECT_MALFORMED },
        { "1900000b 0003 000102 000004 aabbcc", DISSECT_MALFORMED },
        { "19000005 0003 000102", DISSECT_MALFORMED },
        { "0b00000b 0003 000102 000003 aabbcc", DISSECT_OTHER },
    };
    uint8_t bytes[32];
    struct tls_compressed compressed;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_message message =
            message_of(bytes, test_hex(cases[i].hex, bytes, sizeof bytes));
        CHECK(tls_read_compressed(&message, &compressed) == cases[i].outcome);
        CHECK(cases[i].outcome != DISSECT_OK ||
              (compressed.algorithm == TLS_ZSTD && compressed.size == 0x102 &&
               bytes_equal(compressed.data, "\xaa\xbb\xcc", 3)));
    }
    size_t size = test_hex(cases[0].hex, bytes, sizeof bytes);
    for (size_t kept = 4; kept < size; kept++) {
        uint8_t *copy = cut_copy(bytes, kept);
        struct tls_message message = message_of(copy, kept);
        CHECK(tls_read_compressed(&message, &compressed) == DISSECT_TRUNCATED);
        CHECK(compressed.data.left == 0);
        free(copy);
    }
}

static void alerts_have_names(void)
{
    static const struct {
        const char *hex, *name;
        enum dissect outcome;
        bool is_fatal;
    } cases[] = {
        { "15 0303 0002 02 28", "handshake_failure", DISSECT_OK, true },
        { "15 0303 0002 01 00", "close_notify", DISSECT_OK, false },
        { "15 0301 0002 02 30", "unknown_ca", DISSECT_OK, true },
        { "15 0303 0002 02 78", "no_application_protocol", DISSECT_OK, true },
        { "15 0303 0002 02 ff", NULL, DISSECT_OK, true },
        { "15 0303 0002 03 28", NULL, DISSECT_OTHER, false },
        { "15 0303 0002 02", NULL, DISSECT_TRUNCATED, false },
        { "15 0303", NULL, DISSECT_TRUNCATED, false },
        { "15 0303 0001 02", NULL, DISSECT_MALFORMED, false },
        { "15 0303 001a 417781f8d22fe58127f985a36a7b5bf2e838732d78c317c470d0", NULL,
          DISSECT_OTHER, false },
        { "16 0303 0002 02 28", NULL, DISSECT_OTHER, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[64];
        struct bytes in = bytes_of(bytes, test_hex(cases[i].hex, bytes, sizeof bytes));
        struct tls_record record;
        struct tls_alert alert;
        tls_read_record(&in, &record);
        CHECK(tls_read_alert(&record, &alert) == cases[i].outcome);
        CHECK(alert.is_fatal == cases[i].is_fatal);
        CHECK((alert.name == NULL) == (cases[i].name == NULL));
        if (cases[i].name != NULL)
            CHECK_TEXT(alert.name, cases[i].name);
    }
}

int main(void)
{
    RUN(a_record_is_read_and_left_behind);
    RUN(every_cut_of_a_record_says_what_is_missing);
    RUN(what_is_no_record_is_other);
    RUN(messages_follow_each_other);
    RUN(an_encrypted_message_is_other);
    RUN(versions_have_names);
    RUN(certificates_come_leaf_first);
    RUN(a_cut_list_gives_the_certificates_before_the_cut);
    RUN(a_real_certificate_message_holds_one_certificate);
    RUN(a_compressed_certificate_tells_how_and_how_large);
    RUN(alerts_have_names);
    return test_end();
}
