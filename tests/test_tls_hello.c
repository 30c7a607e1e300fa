/* test_tls_hello.c - dissectors/tls_hello.c. */
#include "dissectors/tls_hello.h"
#include "tests/test.h"

enum { MESSAGE_MAX = 1024 };

/* Of OpenSSL 3.0 talking to itself; names and keys were made for this. */
static const char hello_12[] =
    "010000da0303e4d2ec762541eab152c443bff1bb98d00fa8c1efe20e95398fd15ed0551e1ef5"
    "000038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac01400"
    "39c009c0130033009d009c003d003c0035002f00ff0100007900000011000f00000c686f7374"
    "2e6578616d706c65000b000403000102000a000c000a001d0017001e00190018002300000010"
    "000e000c02683208687474702f312e310016000000170000000d002a00280403050306030807"
    "08080809080a080b080408050806040105010601030303010302040205020602";

static const char hello_13[] =
    "010000ef03033ef74f7cb90d7faee49dea812c5a685a0ed12609c635c4b3bb948469db47c167"
    "20dc20646d684b9fa38eacbd6da2fbc5756d30a1f13ec2c6a6e6a2fe941ea5c0450008130213"
    "03130100ff0100009e00000011000f00000c686f73742e6578616d706c65000b000403000102"
    "000a00060004001d0017002300000010000e000c02683208687474702f312e31001600000017"
    "0000000d001e001c040305030603080708080809080a080b080408050806040105010601002b"
    "0003020304002d00020101003300260024001d002090caae5306fe46c44652df561bb61af1b4"
    "53d1bd6b989004d0651d8b8e719b1b";

static const char server_12[] =
    "020000460303453a1868331600b3ac57b47c4ea46d96be61b1a6eca8af1a350f391d8975cbf2"
    "00c02c00001eff01000100000b0004030001020023000000100005000302683200170000";

static const char server_13[] =
    "0200007603039b3c991bfccba6f1e1eead685a7edc0de2514604418e97db0a45be231312cbc4"
    "20dc20646d684b9fa38eacbd6da2fbc5756d30a1f13ec2c6a6e6a2fe941ea5c045130200002e"
    "002b0002030400330024001d0020669848d99bfcff5260ef75d20527efee22500b689ea67906"
    "247ecb369db5e668";

static const char retry[] =
    "020000540303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
    "20dc93f29f94da0b7c7013105dcd66bb0c4c2be5dd5c8df13d52c63b5b8372bec6130200000c"
    "002b00020304003300020017";

static const char server_10[] =
    "020000410301042c96225d114500da79147b232a3f8b4bfbe3ef00906bf7444f574e47524400"
    "00c00a000019ff01000100000b000403000102002300000016000000170000";

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

static bool is_text(struct bytes in, const char *text)
{
    return bytes_equal(in, text, strlen(text));
}

static enum dissect read_hello_hex(const char *hex, struct tls_client_hello *hello)
{
    static uint8_t bytes[MESSAGE_MAX]; /* the windows of `hello` outlive the call */
    struct tls_message message = message_of(bytes, test_hex(hex, bytes, sizeof bytes));
    return tls_read_client_hello(&message, hello);
}

static enum dissect read_server_hex(const char *hex, struct tls_server_hello *hello)
{
    static uint8_t bytes[MESSAGE_MAX];
    struct tls_message message = message_of(bytes, test_hex(hex, bytes, sizeof bytes));
    return tls_read_server_hello(&message, hello);
}

/* A ClientHello with these extensions and nothing else of interest. */
static enum dissect read_hello_with(const char *extensions,
                                    struct tls_client_hello *hello)
{
    static char hex[4 * MESSAGE_MAX];
    uint8_t scratch[MESSAGE_MAX];
    unsigned size = (unsigned)test_hex(extensions, scratch, sizeof scratch);

    snprintf(hex, sizeof hex, "01 %06x 0303 %064d 00 0002 1301 01 00 %04x %s",
             2 + 32 + 1 + 4 + 2 + 2 + size, 0, size, extensions);
    return read_hello_hex(hex, hello);
}

static void a_client_hello_of_tls_12_is_read(void)
{
    struct tls_client_hello hello;

    CHECK(read_hello_hex(hello_12, &hello) == DISSECT_OK);
    CHECK(hello.is_whole && !hello.is_sslv2 && hello.legacy_version == 0x0303);
    CHECK(hello.random.left == 32 && bytes_peek(hello.random, 0) == 0xe4);
    CHECK(hello.session_id.left == 0);
    CHECK(hello.cipher_suites.left == 0x38 && hello.compression.left == 1);
    CHECK(hello.has_server_name && is_text(hello.server_name, "host.example"));
    CHECK(!hello.server_name_is_address);
    CHECK(is_text(hello.alpn_first, "h2") && hello.alpn.left == 12);
    CHECK(hello.supported_groups.left == 10 && hello.point_formats.left == 3);
    CHECK(hello.signature_algorithms.left == 40);
    CHECK(hello.supported_versions.left == 0 && hello.key_shares.left == 0);
    CHECK(!hello.offers_tls13 && !hello.offers_ticket && !hello.offers_psk);
    CHECK(!hello.offers_early_data && !hello.has_encrypted_hello);
}

static void a_client_hello_of_tls_13_is_read(void)
{
    struct tls_client_hello hello;

    CHECK(read_hello_hex(hello_13, &hello) == DISSECT_OK);
    CHECK(hello.session_id.left == 32 && hello.cipher_suites.left == 8);
    CHECK(hello.offers_tls13 && hello.supported_versions.left == 2);
    CHECK(hello.key_shares.left == 36);
}

static void extensions_and_protocols_come_in_order(void)
{
    static const uint16_t kinds[] = { 0, 11, 10, 35, 16, 22, 23, 13 };
    struct tls_client_hello hello;
    struct tls_extension extension;
    struct bytes name;
    size_t count = 0;

    CHECK(read_hello_hex(hello_12, &hello) == DISSECT_OK);
    struct bytes extensions = hello.extensions, alpn = hello.alpn;
    while (tls_next_extension(&extensions, &extension) && count < 8)
        CHECK(extension.kind == kinds[count++]);
    CHECK(count == 8 && extensions.left == 0);
    CHECK(tls_next_protocol(&alpn, &name) && is_text(name, "h2"));
    CHECK(tls_next_protocol(&alpn, &name) && is_text(name, "http/1.1"));
    CHECK(!tls_next_protocol(&alpn, &name));
}

static void what_the_client_offers_is_noted(void)
{
    struct tls_client_hello hello;

    CHECK(read_hello_with("0023 0003 abcdef 002a 0000 fe0d 0001 00 0029 0001 00",
                          &hello) == DISSECT_OK);
    CHECK(hello.offers_ticket && hello.offers_early_data);
    CHECK(hello.has_encrypted_hello && hello.offers_psk);
    CHECK(read_hello_with("002b 0007 06 0a0a 7f1c 0303", &hello) == DISSECT_OK);
    CHECK(hello.offers_tls13);
    CHECK(read_hello_with("002b 0005 04 3a3a 0303", &hello) == DISSECT_OK);
    CHECK(!hello.offers_tls13);
    CHECK(read_hello_with("", &hello) == DISSECT_OK);
    CHECK(hello.is_whole && !hello.has_server_name && hello.server_name.left == 0);
}

static void a_hello_without_extensions_is_whole(void)
{
    static const char hex[] =
        "01 000029 0300 0000000000000000000000000000000000000000000000000000000000000000"
        "00 0002 000a 01 00";
    struct tls_client_hello hello;

    CHECK(read_hello_hex(hex, &hello) == DISSECT_OK);
    CHECK(hello.is_whole && hello.cipher_suites.left == 2);
}

static void server_names_are_told_from_addresses(void)
{
    static const struct {
        const char *extensions;
        enum dissect outcome;
        size_t size;
        bool is_address;
    } cases[] = {
        /* "a.b" */
        { "0000 0008 0006 00 0003 612e62", DISSECT_OK, 3, false },
        /* "10.0.0.1" */
        { "0000 000d 000b 00 0008 31302e302e302e31", DISSECT_OK, 8, true },
        /* "::1" */
        { "0000 0008 0006 00 0003 3a3a31", DISSECT_OK, 3, true },
        /* "a.b:443" */
        { "0000 000c 000a 00 0007 612e623a343433", DISSECT_OK, 7, false },
        /* another type first, then a host */
        { "0000 000a 0008 01 0001 78 00 0001 61", DISSECT_OK, 1, false },
        /* two hosts: the first counts */
        { "0000 000b 0009 00 0001 61 00 0002 6262", DISSECT_OK, 1, false },
        /* a NUL inside, no name, an empty name, no content */
        { "0000 0008 0006 00 0003 610062", DISSECT_MALFORMED, 0, false },
        { "0000 0002 0000", DISSECT_MALFORMED, 0, false },
        { "0000 0005 0003 00 0000", DISSECT_MALFORMED, 0, false },
        { "0000 0000", DISSECT_MALFORMED, 0, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_client_hello hello;
        CHECK(read_hello_with(cases[i].extensions, &hello) == cases[i].outcome);
        CHECK(hello.has_server_name && hello.is_whole);
        CHECK(hello.server_name.left == cases[i].size);
        CHECK(hello.server_name_is_address == cases[i].is_address);
    }
}

static void a_lying_extension_does_not_hide_the_next(void)
{
    struct tls_client_hello hello;

    CHECK(read_hello_with("0010 0005 0003 09 6832 0000 0008 0006 00 0003 612e62",
                          &hello) == DISSECT_MALFORMED);
    CHECK(hello.alpn.left == 0 && is_text(hello.server_name, "a.b"));
}

static void every_cut_of_a_client_hello_is_truncated(void)
{
    static const char *const hellos[] = { hello_12, hello_13 };
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[MESSAGE_MAX];
        size_t size = test_hex(hellos[i], bytes, sizeof bytes);
        for (size_t kept = 1; kept < size; kept++) {
            uint8_t *copy = cut_copy(bytes, kept);
            struct tls_message message = message_of(copy, kept);
            struct tls_client_hello hello;
            CHECK(kept + message.missing == (kept < 4 ? 4 : size));
            CHECK(tls_read_client_hello(&message, &hello) == DISSECT_TRUNCATED);
            CHECK(!hello.is_whole);
            CHECK(hello.random.left == (kept < 4 + 2 + 32 ? 0 : 32));
            CHECK(hello.session_id.left == 0 || hello.session_id.left == 32);
            free(copy);
        }
    }
}

static void a_cut_client_hello_gives_what_comes_before_the_cut(void)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t size = test_hex(hello_12, bytes, sizeof bytes);
    const uint8_t *name = memmem(bytes, size, "host.example", 12);
    size_t name_end = (size_t)(name - bytes) + 12;
    struct tls_client_hello hello;

    struct tls_message message = message_of(bytes, name_end);
    CHECK(tls_read_client_hello(&message, &hello) == DISSECT_TRUNCATED);
    CHECK(hello.cipher_suites.left == 0x38);
    CHECK(is_text(hello.server_name, "host.example"));
    message = message_of(bytes, name_end - 1);
    CHECK(tls_read_client_hello(&message, &hello) == DISSECT_TRUNCATED);
    CHECK(!hello.has_server_name && hello.random.left == 32);
}

/* Offsets, from the message's start, of every length inside hello_12. */
static size_t hello_lengths(const uint8_t *bytes, size_t size, size_t *offsets)
{
    size_t count = 0, at = 4 + 2 + 32;
    offsets[count++] = at; /* session id: one byte */
    at += 1;
    offsets[count++] = at + 1; /* low byte of the suites */
    at += 2 + 0x38u;
    offsets[count++] = at; /* compression: one byte */
    at += 2;
    offsets[count++] = at + 1; /* low byte of all extensions */
    at += 2;
    while (at < size) {
        unsigned kind = (unsigned)(bytes[at] << 8 | bytes[at + 1]);
        unsigned length = (unsigned)(bytes[at + 2] << 8 | bytes[at + 3]);
        offsets[count++] = at + 3;
        if (kind == 0 || kind == 10 || kind == 13 || kind == 16)
            offsets[count++] = at + 5; /* low byte of the list */
        if (kind == 0)
            offsets[count++] = at + 8; /* low byte of the name */
        if (kind == 16)
            offsets[count++] = at + 6; /* first protocol */
        if (kind == 11)
            offsets[count++] = at + 4;
        at += 4 + length;
    }
    return count;
}

static void every_lying_length_in_a_client_hello_is_malformed(void)
{
    static const int lies[] = { -1, 1, 5, 120 };
    uint8_t bytes[MESSAGE_MAX];
    size_t offsets[32];
    size_t size = test_hex(hello_12, bytes, sizeof bytes);
    size_t count = hello_lengths(bytes, size, offsets);

    CHECK(count == 4 + 8 + 7);
    for (size_t i = 0; i < count * 4; i++) {
        uint8_t *copy = cut_copy(bytes, size);
        struct tls_client_hello hello;
        copy[offsets[i / 4]] = (uint8_t)(copy[offsets[i / 4]] + lies[i % 4]);
        struct tls_message message = message_of(copy, size);
        CHECK(tls_read_client_hello(&message, &hello) == DISSECT_MALFORMED);
        free(copy);
    }
}

static void a_length_behind_the_end_of_a_cut_hello_is_malformed(void)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t size = test_hex(hello_12, bytes, sizeof bytes);
    struct tls_client_hello hello;

    bytes[4 + 2 + 32 + 1] = 0x7f; /* the suites, 32 kB of them */
    struct tls_message message = message_of(bytes, size - 20);
    CHECK(message.missing == 20);
    CHECK(tls_read_client_hello(&message, &hello) == DISSECT_MALFORMED);
}

static void another_message_is_no_client_hello(void)
{
    struct tls_client_hello hello;
    struct tls_server_hello server;

    CHECK(read_hello_hex(server_12, &hello) == DISSECT_OTHER);
    CHECK(read_server_hex(hello_13, &server) == DISSECT_OTHER);
}

static void server_hellos_tell_the_negotiated_version(void)
{
    static const struct {
        const char *hex, *version;
        uint16_t suite, group;
        bool is_retry, is_downgraded;
    } cases[] = {
        { server_10, "1.0", 0xc00a, 0, false, true },
        { server_12, "1.2", 0xc02c, 0, false, false },
        { server_13, "1.3", 0x1302, 0x001d, false, false },
        { retry, "1.3", 0x1302, 0x0017, true, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_server_hello hello;
        CHECK(read_server_hex(cases[i].hex, &hello) == DISSECT_OK);
        CHECK_TEXT(tls_version_text(tls_negotiated(&hello)), cases[i].version);
        CHECK(hello.is_whole && hello.cipher_suite == cases[i].suite);
        CHECK(hello.group == cases[i].group);
        CHECK(hello.is_retry_request == cases[i].is_retry);
        CHECK(hello.is_downgraded == cases[i].is_downgraded);
    }
}

static void a_server_hello_of_tls_12_is_read(void)
{
    struct tls_server_hello hello;

    CHECK(read_server_hex(server_12, &hello) == DISSECT_OK);
    CHECK(hello.random.left == 32 && hello.session_id.left == 0);
    CHECK(is_text(hello.alpn, "h2"));
    CHECK(hello.has_ticket && !hello.has_psk && hello.selected_version == 0);
}

/* A ServerHello with an empty session id and these extensions. */
static enum dissect read_server_with(const char *version, const char *extensions,
                                     struct tls_server_hello *hello)
{
    static char hex[4 * MESSAGE_MAX];
    uint8_t scratch[MESSAGE_MAX];
    unsigned size = (unsigned)test_hex(extensions, scratch, sizeof scratch);

    snprintf(hex, sizeof hex, "02 %06x %s %064d 00 1301 00 %04x %s",
             2 + 32 + 4 + 2 + size, version, 0, size, extensions);
    return read_server_hex(hex, hello);
}

static void drafts_of_tls_13_are_tls_13(void)
{
    static const char draft_18[] =
        "02 000026 7f12 0000000000000000000000000000000000000000000000000000000000000000"
        "1301 0000";
    struct tls_server_hello hello;

    CHECK(read_server_hex(draft_18, &hello) == DISSECT_OK);
    CHECK(hello.cipher_suite == 0x1301);
    CHECK(tls_negotiated(&hello) == TLS_13);
    CHECK(read_server_with("0303", "002b 0002 7f1c", &hello) == DISSECT_OK);
    CHECK(tls_negotiated(&hello) == TLS_13);
    CHECK(read_server_with("0303", "002b 0002 fb1a", &hello) == DISSECT_OK);
    CHECK(tls_negotiated(&hello) == TLS_13);
}

static void a_taken_psk_is_noted_and_a_lie_is_malformed(void)
{
    struct tls_server_hello hello;

    CHECK(read_server_with("0303", "0029 0002 0000 002b 0002 0304", &hello) ==
          DISSECT_OK);
    CHECK(hello.has_psk);
    CHECK(read_server_with("0303", "002b 0003 030400", &hello) == DISSECT_MALFORMED);
    CHECK(read_server_with("0303", "002b 0003 0304", &hello) == DISSECT_MALFORMED);
    CHECK(read_server_with("0303", "0010 0004 0003 0268", &hello) == DISSECT_MALFORMED);
}

static void a_cut_server_hello_never_tells_a_wrong_version(void)
{
    uint8_t bytes[MESSAGE_MAX];
    size_t size = test_hex(server_13, bytes, sizeof bytes);
    const uint8_t *selected = memmem(bytes, size, "\x00\x2b\x00\x02\x03\x04", 6);
    size_t told_at = (size_t)(selected - bytes) + 6;

    for (size_t kept = 1; kept < size; kept++) {
        uint8_t *copy = cut_copy(bytes, kept);
        struct tls_message message = message_of(copy, kept);
        struct tls_server_hello hello;
        CHECK(tls_read_server_hello(&message, &hello) == DISSECT_TRUNCATED);
        CHECK(tls_negotiated(&hello) == (kept < told_at ? TLS_UNKNOWN : TLS_13));
        free(copy);
    }
}

static const char old_hello[] = "802e 01 0301 0015 0000 0010"
                                "000004 000005 00000a 000009 000064 000062 000003"
                                "000102030405060708090a0b0c0d0e0f 16";

/* EncryptedExtensions with a server name taken, ALPN, and one that is greased. */
static void encrypted_extensions_tell_the_protocol(void)
{
    uint8_t bytes[64];
    size_t size = test_hex("08000019 0017 0000 0000 0010 000b 0009 08 687474702f312e31"
                           "0a0a 0000",
                           bytes, sizeof bytes);
    struct tls_server_hello told;
    struct tls_message message;
    struct bytes in = bytes_of(bytes, size);
    CHECK(tls_read_handshake(&in, &message) == DISSECT_OK && in.left == 0);
    CHECK(tls_read_encrypted_extensions(&message, &told) == DISSECT_OK);
    CHECK(told.is_whole && bytes_equal(told.alpn, "http/1.1", 8));
    CHECK(told.selected_version == 0 && told.random.left == 0);
    for (size_t kept = 4; kept < size; kept++) {
        uint8_t *copy = cut_copy(bytes, kept);
        in = bytes_of(copy, kept);
        CHECK(tls_read_handshake(&in, &message) == DISSECT_TRUNCATED);
        CHECK(tls_read_encrypted_extensions(&message, &told) == DISSECT_TRUNCATED);
        CHECK(!told.is_whole);
        free(copy);
    }
    static const size_t lengths[] = { 5, 9, 13, 15, 16, 28 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int lie = -1; lie < 2; lie += 2) {
            bytes[lengths[i]] = (uint8_t)(bytes[lengths[i]] + lie);
            in = bytes_of(bytes, size);
            CHECK(tls_read_handshake(&in, &message) == DISSECT_OK);
            CHECK(tls_read_encrypted_extensions(&message, &told) == DISSECT_MALFORMED);
            bytes[lengths[i]] = (uint8_t)(bytes[lengths[i]] - lie);
        }
    bytes[0] = TLS_SERVER_HELLO;
    in = bytes_of(bytes, size);
    CHECK(tls_read_handshake(&in, &message) == DISSECT_OK);
    CHECK(tls_read_encrypted_extensions(&message, &told) == DISSECT_OTHER);
}

static void a_hello_in_sslv2_clothes_is_read(void)
{
    uint8_t bytes[64];
    struct bytes in = bytes_of(bytes, test_hex(old_hello, bytes, sizeof bytes));
    struct tls_client_hello hello;

    CHECK(tls_read_sslv2_hello(&in, &hello) == DISSECT_OK);
    CHECK(hello.is_sslv2 && !hello.is_whole && hello.legacy_version == 0x0301);
    CHECK(hello.random.left == 16 && bytes_peek(hello.random, 15) == 15);
    CHECK(in.left == 1 && bytes_peek(in, 0) == 0x16);
}

static void cut_or_lying_sslv2_hellos_are_told(void)
{
    static const size_t lengths[] = { 1, 6, 8, 10 };
    uint8_t bytes[64];
    size_t size = test_hex(old_hello, bytes, sizeof bytes) - 1;
    struct tls_client_hello hello;

    for (size_t kept = 0; kept < size; kept++) {
        uint8_t *copy = cut_copy(bytes, kept);
        struct bytes in = bytes_of(copy, kept);
        CHECK(tls_read_sslv2_hello(&in, &hello) == DISSECT_TRUNCATED);
        CHECK(in.left == kept);
        free(copy);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct bytes in = bytes_of(bytes, size);
        bytes[lengths[i]]--;
        CHECK(tls_read_sslv2_hello(&in, &hello) == DISSECT_MALFORMED);
        bytes[lengths[i]]++;
    }
    struct bytes in = bytes_of(bytes, size);
    bytes[3] = 0; /* SSL 2.0 itself */
    CHECK(tls_read_sslv2_hello(&in, &hello) == DISSECT_OTHER);
}

int main(void)
{
    RUN(a_client_hello_of_tls_12_is_read);
    RUN(a_client_hello_of_tls_13_is_read);
    RUN(extensions_and_protocols_come_in_order);
    RUN(what_the_client_offers_is_noted);
    RUN(a_hello_without_extensions_is_whole);
    RUN(server_names_are_told_from_addresses);
    RUN(a_lying_extension_does_not_hide_the_next);
    RUN(every_cut_of_a_client_hello_is_truncated);
    RUN(a_cut_client_hello_gives_what_comes_before_the_cut);
    RUN(every_lying_length_in_a_client_hello_is_malformed);
    RUN(a_length_behind_the_end_of_a_cut_hello_is_malformed);
    RUN(another_message_is_no_client_hello);
    RUN(server_hellos_tell_the_negotiated_version);
    RUN(a_server_hello_of_tls_12_is_read);
    RUN(drafts_of_tls_13_are_tls_13);
    RUN(a_taken_psk_is_noted_and_a_lie_is_malformed);
    RUN(a_cut_server_hello_never_tells_a_wrong_version);
    RUN(encrypted_extensions_tell_the_protocol);
    RUN(a_hello_in_sslv2_clothes_is_read);
    RUN(cut_or_lying_sslv2_hellos_are_told);
    return test_end();
}
