/* test_tls_crypto.c - vectors of RFC 8448 section 3 and RFC 9001 appendix A.5; other
 * suites against OpenSSL's own derivation. */
#include "dissectors/tls_crypto.h"

#include "tests/rfc8448.h"
#include "tests/seal.h"

static const uint16_t all_suites[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1305 };

static bool is_hex(const uint8_t *bytes, size_t size, const char *hex)
{
    uint8_t expected[1024];
    return bytes_equal(bytes_of(bytes, size), expected,
                       test_hex(hex, expected, sizeof expected));
}

static struct tls_keys keys_of_trace(void)
{
    uint8_t secret[32];
    struct tls_keys keys;
    (void)test_hex(rfc8448_server_secret, secret, sizeof secret);
    CHECK(tls_derive_keys(TLS_AES_128_GCM_SHA256, bytes_of(secret, sizeof secret),
                          TLS_KEYS_OF_RECORDS, &keys));
    return keys;
}

static void keys_of_the_trace_are_derived(void)
{
    struct tls_keys keys = keys_of_trace();
    CHECK(is_hex(keys.key, 16, "3fce516009c21727d0f2e4e86ee403bc"));
    CHECK(is_hex(keys.iv, 12, "5d313eb2671276ee13000b30"));
}

static enum dissect read_hex_record(const char *hex, uint8_t *bytes,
                                    struct tls_record *record)
{
    struct bytes in = bytes_of(bytes, test_hex(hex, bytes, 1024));
    return tls_read_record(&in, record);
}

static void the_flight_of_the_trace_opens(void)
{
    struct tls_keys keys = keys_of_trace();
    uint8_t bytes[1024], plain[TLS_PLAIN_SIZE];
    struct tls_record record;
    struct tls_inner inner;
    CHECK(read_hex_record(rfc8448_server_flight, bytes, &record) == DISSECT_OK);
    CHECK(tls_open_record(&keys, 0, &record, plain, &inner));
    CHECK(inner.type == TLS_HANDSHAKE && inner.content.left == 657);
    static const uint8_t order[] = { 8, 11, 15, 20 };
    struct tls_message message;
    for (size_t i = 0; i < sizeof order; i++)
        CHECK(tls_read_handshake(&inner.content, &message) == DISSECT_OK &&
              message.type == order[i]);
    CHECK(inner.content.left == 0);
}

static void an_altered_byte_or_another_number_opens_nothing(void)
{
    struct tls_keys keys = keys_of_trace();
    uint8_t bytes[1024], plain[TLS_PLAIN_SIZE];
    struct tls_record record;
    struct tls_inner inner;
    size_t size = strlen(rfc8448_server_flight) / 2;
    CHECK(read_hex_record(rfc8448_server_flight, bytes, &record) == DISSECT_OK);
    CHECK(!tls_open_record(&keys, 1, &record, plain, &inner) && inner.content.left == 0);
    for (size_t i = 1; i < size; i++) {
        struct bytes in = bytes_of(bytes, size);
        bytes[i] ^= 1;
        CHECK(tls_read_record(&in, &record) != DISSECT_OK ||
              !tls_open_record(&keys, 0, &record, plain, &inner));
        bytes[i] ^= 1;
    }
    for (size_t cut = 0; cut < size; cut++) {
        struct bytes in = bytes_of(bytes, cut);
        CHECK(tls_read_record(&in, &record) == DISSECT_TRUNCATED);
        CHECK(!tls_open_record(&keys, 0, &record, plain, &inner));
    }
}

static void every_suite_opens_what_its_keys_sealed(void)
{
    for (size_t i = 0; i < sizeof all_suites / sizeof *all_suites; i++) {
        struct seal seal = seal_new(all_suites[i], 0x5a, "");
        struct blob *out = blob_new();
        uint8_t plain[TLS_PLAIN_SIZE];
        struct tls_keys keys;
        struct tls_record record;
        struct tls_inner inner;
        seal_record(&seal, out, 22, "first", 5, 0);
        seal_record(&seal, out, 22, "second", 6, 300);
        seal_record(&seal, out, 0, "", 0, 20);
        struct bytes in = bytes_of(out->bytes, out->size);
        CHECK(tls_secret_size(all_suites[i]) == seal.secret_size);
        CHECK(tls_derive_keys(all_suites[i], bytes_of(seal.secret, seal.secret_size),
                              TLS_KEYS_OF_RECORDS, &keys));
        CHECK(tls_read_record(&in, &record) == DISSECT_OK);
        CHECK(tls_open_record(&keys, 0, &record, plain, &inner));
        CHECK(inner.type == 22 && bytes_equal(inner.content, "first", 5));
        CHECK(tls_read_record(&in, &record) == DISSECT_OK);
        CHECK(tls_open_record(&keys, 1, &record, plain, &inner));
        CHECK(inner.type == 22 && bytes_equal(inner.content, "second", 6));
        CHECK(tls_read_record(&in, &record) == DISSECT_OK);
        CHECK(!tls_open_record(&keys, 2, &record, plain, &inner)); /* nothing but zeros */
        blobs_release();
    }
}

static void the_short_packet_of_the_appendix_opens(void)
{
    uint8_t secret[32], header[4], sealed[17], plain[17], mask[TLS_MASK_SIZE];
    struct tls_keys keys;
    size_t size;
    (void)test_hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b",
                   secret, sizeof secret);
    CHECK(tls_derive_keys(TLS_CHACHA20_POLY1305_SHA256, bytes_of(secret, 32),
                          TLS_KEYS_OF_QUIC, &keys));
    CHECK(is_hex(keys.key, 32,
                 "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8"));
    CHECK(is_hex(keys.iv, 12, "e0459b3474bdd0e44a41c144"));
    CHECK(is_hex(keys.header_key, 32,
                 "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4"));
    (void)test_hex("4200bff4", header, sizeof header);
    (void)test_hex("655e5cd55c41f69080575d7999c25a5bfb", sealed, sizeof sealed);
    CHECK(tls_header_mask(&keys, bytes_of(sealed + 1, TLS_SAMPLE_SIZE), mask));
    CHECK(is_hex(mask, sizeof mask, "aefefe7d03"));
    struct bytes additional = bytes_of(header, sizeof header);
    CHECK(tls_open(&keys, 654360564, &additional, 1, bytes_of(sealed, sizeof sealed),
                   plain, &size));
    CHECK(size == 1 && plain[0] == 1);
}

static void what_no_suite_asks_for_is_refused(void)
{
    uint8_t secret[48] = { 1 }, plain[64], mask[TLS_MASK_SIZE];
    struct tls_keys keys;
    struct bytes none = bytes_of(secret, 0);
    size_t size;
    CHECK(tls_secret_size(0xc02f) == 0);
    CHECK(!tls_derive_keys(0xc02f, bytes_of(secret, 32), TLS_KEYS_OF_RECORDS, &keys));
    CHECK(!tls_derive_keys(0x1301, bytes_of(secret, 48), TLS_KEYS_OF_RECORDS, &keys));
    CHECK(!tls_derive_keys(0x1302, bytes_of(secret, 32), TLS_KEYS_OF_RECORDS, &keys));
    CHECK(keys.suite == 0);
    CHECK(!tls_open(&keys, 0, &none, 1, bytes_of(secret, 32), plain, &size));
    CHECK(!tls_header_mask(&keys, bytes_of(secret, 16), mask));
    CHECK(tls_derive_keys(0x1301, bytes_of(secret, 32), TLS_KEYS_OF_QUIC, &keys));
    for (size_t left = 0; left < 32; left++)
        CHECK(!tls_open(&keys, 0, &none, 1, bytes_of(secret, left), plain, &size));
    CHECK(!tls_header_mask(&keys, bytes_of(secret, 15), mask));
    CHECK(!tls_expand_label(0x1301, bytes_of(secret, 32), "key", plain, 33));
}

static void wiped_keys_are_gone(void)
{
    static const struct tls_keys none;
    struct tls_keys keys = keys_of_trace();
    tls_keys_wipe(&keys);
    CHECK(memcmp(&keys, &none, sizeof keys) == 0);
}

int main(void)
{
    tls_crypto_prepare();
    RUN(keys_of_the_trace_are_derived);
    RUN(the_flight_of_the_trace_opens);
    RUN(an_altered_byte_or_another_number_opens_nothing);
    RUN(every_suite_opens_what_its_keys_sealed);
    RUN(the_short_packet_of_the_appendix_opens);
    RUN(what_no_suite_asks_for_is_refused);
    RUN(wiped_keys_are_gone);
    return test_end();
}
