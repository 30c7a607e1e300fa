/* test_quic.c - vectors of RFC 9001 appendix A and RFC 9369 appendix A, cuts and lies. */
#include "dissectors/quic.h"
#include "dissectors/quic_crypto.h"
#include "dissectors/quic_legacy.h"
#include "tests/quic_vectors.h"
#include "tests/test.h"

enum { VERSION_1 = 1, VERSION_2 = 0x6b3343cf };

/* The destination id of both appendices. */
static const uint8_t appendix_dcid[] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };

static struct bytes appendix_id(void)
{
    return bytes_of(appendix_dcid, sizeof appendix_dcid);
}

static bool is_hex(const uint8_t *bytes, size_t size, const char *hex)
{
    uint8_t expected[2048];
    return bytes_equal(bytes_of(bytes, size), expected,
                       test_hex(hex, expected, sizeof expected));
}

static bool has_keys(const struct quic_keys *keys, const char *key, const char *iv,
                     const char *header_key)
{
    return is_hex(keys->tls.key, 16, key) &&
           is_hex(keys->tls.iv, sizeof keys->tls.iv, iv) &&
           is_hex(keys->tls.header_key, 16, header_key);
}

static void check_keys(uint32_t version, const char *const client[3],
                       const char *const server[3])
{
    struct quic_keys client_keys, server_keys;
    CHECK(quic_derive_initial(version, appendix_id(), &client_keys, &server_keys));
    CHECK(has_keys(&client_keys, client[0], client[1], client[2]));
    CHECK(has_keys(&server_keys, server[0], server[1], server[2]));
}

static void keys_are_those_of_the_appendices(void)
{
    check_keys(VERSION_1,
               (const char *const[]){ "1f369613dd76d5467730efcbe3b1a22d",
                                      "fa044b2f42a3fd3b46fb255c",
                                      "9f50449e04a0e810283a1e9933adedd2" },
               (const char *const[]){ "cf3a5331653c364c88f0f379b6067e37",
                                      "0ac1493ca1905853b0bba03e",
                                      "c206b8d9b9f0f37644430b490eeaa314" });
    check_keys(VERSION_2,
               (const char *const[]){ "8b1a0bc121284290a29e0971b5cd045d",
                                      "91f73e2351d8fa91660e909f",
                                      "45b95e15235d6f45a6b19cbcb0294ba9" },
               (const char *const[]){ "82db637861d55e1d011f19ea71d5d2a7",
                                      "dd13c276499c0249d3310652",
                                      "edf6d05c83121201b436e16877593c3a" });
}

/* Appendix A of draft-ietf-quic-tls-23 and -29. */
static void keys_of_drafts_are_those_of_their_appendices(void)
{
    struct quic_keys client, server;
    for (uint32_t draft = 23; draft <= 28; draft++) {
        CHECK(quic_derive_initial(0xff000000 + draft, appendix_id(), &client, &server));
        CHECK(has_keys(&client, "af7fd7efebd21878ff66811248983694",
                       "8681359410a70bb9c92f0420", "a980b8b4fb7d9fbc13e814c23164253d"));
    }
    for (uint32_t draft = 29; draft <= 32; draft++) {
        CHECK(quic_derive_initial(0xff000000 + draft, appendix_id(), &client, &server));
        CHECK(has_keys(&client, "175257a31eb09dea9366d8bb79ad80ba",
                       "6b26114b9cba2b63a9e8dd4f", "9ddd12c994c0698b89374a9c077a3077"));
        CHECK(has_keys(&server, "149d0b1662ab871fbe63c49b5e655a5d",
                       "bab2b12a4c76016ace47856d", "c0c499a65a60024a18a250974ea01dfa"));
    }
    for (uint32_t draft = 33; draft <= 34; draft++) {
        CHECK(quic_derive_initial(0xff000000 + draft, appendix_id(), &client, &server));
        CHECK(is_hex(client.tls.key, 16, "1f369613dd76d5467730efcbe3b1a22d"));
    }
}

static void unknown_versions_have_no_keys(void)
{
    struct quic_keys client, server;
    CHECK(!quic_derive_initial(0, appendix_id(), &client, &server));
    CHECK(!quic_derive_initial(0x1a2a3a4a, appendix_id(), &client, &server));
    CHECK(!quic_derive_initial(0xff000015, appendix_id(), &client, &server));
    CHECK(!quic_derive_initial(0xff000023, appendix_id(), &client, &server));
}

struct opened {
    uint8_t datagram[2048];
    uint8_t plain[2048];
    struct quic_packet packet;
    struct quic_keys client;
    struct quic_keys server;
    size_t size;
    uint64_t number;
};

/* Reads the one packet in `hex` and opens it with the keys of the appendix's id. */
static bool open_hex(const char *hex, bool is_client, struct opened *opened)
{
    size_t size = test_hex(hex, opened->datagram, sizeof opened->datagram);
    struct bytes in = bytes_of(opened->datagram, size);
    opened->number = 0;
    return quic_read_packet(&in, &opened->packet) == DISSECT_OK && in.left == 0 &&
           quic_derive_initial(opened->packet.version, appendix_id(), &opened->client,
                               &opened->server) &&
           quic_open_initial(&opened->packet,
                             is_client ? &opened->client : &opened->server, opened->plain,
                             sizeof opened->plain, &opened->size, &opened->number);
}

static void check_client_initial(const char *hex, uint32_t version)
{
    static struct opened it;
    CHECK(open_hex(hex, true, &it));
    CHECK(it.packet.type == QUIC_INITIAL && it.packet.version == version);
    CHECK(bytes_equal(it.packet.dcid, appendix_dcid, sizeof appendix_dcid));
    CHECK(it.packet.scid.left == 0 && it.packet.token.left == 0);
    CHECK(it.size == 1162 && it.number == 2);

    size_t frame_size = strlen(hello_frame) / 2;
    CHECK(is_hex(it.plain, frame_size, hello_frame));
    for (size_t i = frame_size; i < it.size; i++)
        CHECK(it.plain[i] == 0);
}

static void client_initials_of_the_appendices_open(void)
{
    check_client_initial(client_initial_1, VERSION_1);
    check_client_initial(client_initial_2, VERSION_2);
}

static void server_initials_of_the_appendices_open(void)
{
    static struct opened it;
    CHECK(open_hex(server_initial_1, false, &it));
    CHECK(it.number == 1 && is_hex(it.plain, it.size, server_frames));
    CHECK(is_hex(it.packet.scid.at, it.packet.scid.left, "f067a5502a4262b5"));
    CHECK(it.packet.dcid.left == 0);
    CHECK(open_hex(server_initial_2, false, &it));
    CHECK(it.number == 1 && is_hex(it.plain, it.size, server_frames));
}

static void other_versions_open(void)
{
    static struct opened it;
    CHECK(open_hex(initial_draft_22, true, &it));
    CHECK(bytes_equal(it.packet.token, "token", 5));
    CHECK(it.packet.scid.left == 3 && it.number == 300);
    CHECK(it.plain[0] == 0x01 && it.plain[1] == 0x06);
    CHECK(open_hex(initial_q050, true, &it));
    CHECK(it.number == 1 && it.plain[0] == 0x08);
    CHECK(open_hex(initial_t051, true, &it));
    CHECK(it.number == 1 && it.plain[0] == 0x08);
}

static void retries_give_the_new_id(void)
{
    uint8_t datagram[64];
    const char *const retries[] = { retry_1, retry_2 };
    for (size_t i = 0; i < 2; i++) {
        struct bytes in =
            bytes_of(datagram, test_hex(retries[i], datagram, sizeof datagram));
        struct quic_packet packet;
        CHECK(quic_read_packet(&in, &packet) == DISSECT_OK && in.left == 0);
        CHECK(packet.type == QUIC_RETRY);
        CHECK(is_hex(packet.scid.at, packet.scid.left, "f067a5502a4262b5"));
        CHECK(packet.payload.left == 5 + 16);
        CHECK(bytes_start_with(packet.payload, "token", 5));
    }
}

static void every_altered_byte_is_noticed(void)
{
    static struct opened it;
    CHECK(open_hex(server_initial_1, false, &it));
    size_t size = it.packet.header.left + it.packet.payload.left;
    for (size_t i = 0; i < size; i++) {
        struct quic_packet packet;
        struct bytes in = bytes_of(it.datagram, size);
        it.datagram[i] ^= 0x04;
        CHECK(quic_read_packet(&in, &packet) != DISSECT_OK ||
              !quic_open_initial(&packet, &it.server, it.plain, sizeof it.plain, &it.size,
                                 &it.number));
        it.datagram[i] ^= 0x04;
    }
}

static void foreign_keys_and_small_buffers_fail(void)
{
    static struct opened it;
    CHECK(!open_hex(server_initial_1, true, &it));
    CHECK(open_hex(server_initial_1, false, &it));
    size_t whole = it.size;
    CHECK(
        quic_open_initial(&it.packet, &it.server, it.plain, whole, &it.size, &it.number));
    CHECK(!quic_open_initial(&it.packet, &it.server, it.plain, whole - 1, &it.size,
                             &it.number));
    it.packet.type = QUIC_HANDSHAKE;
    CHECK(!quic_open_initial(&it.packet, &it.server, it.plain, sizeof it.plain, &it.size,
                             &it.number));
}

static void every_cut_is_truncated(void)
{
    uint8_t datagram[2048];
    const char *const packets[] = { server_initial_1, server_initial_2,
                                    initial_draft_22 };
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        size_t size = test_hex(packets[i], datagram, sizeof datagram);
        for (size_t kept = 0; kept < size; kept++) {
            uint8_t *cut = malloc(kept + 1); /* so that the sanitizer sees the end */
            memcpy(cut, datagram, kept);
            struct bytes in = bytes_of(cut, kept);
            struct quic_packet packet;
            CHECK(quic_read_packet(&in, &packet) == DISSECT_TRUNCATED);
            free(cut);
        }
    }
}

static void a_cut_packet_still_names_version_and_ids(void)
{
    uint8_t datagram[2048];
    test_hex(client_initial_1, datagram, sizeof datagram);
    struct bytes in = bytes_of(datagram, 96);
    struct quic_packet packet;
    CHECK(quic_read_packet(&in, &packet) == DISSECT_TRUNCATED);
    CHECK(packet.version == VERSION_1 && packet.type == QUIC_INITIAL);
    CHECK(bytes_equal(packet.dcid, appendix_dcid, sizeof appendix_dcid));
}

static enum dissect read_hex(const char *hex, struct quic_packet *packet)
{
    static uint8_t datagram[2048];
    struct bytes in = bytes_of(datagram, test_hex(hex, datagram, sizeof datagram));
    return quic_read_packet(&in, packet);
}

static void lying_lengths_are_refused(void)
{
    struct quic_packet packet;
    const char *const twenty = "0000000000000000000000000000000000000000";
    char hex[512];

    snprintf(hex, sizeof hex, "c000000001 15 %s00 00 00 4014 %s", twenty, twenty);
    CHECK(read_hex(hex, &packet) == DISSECT_MALFORMED); /* id of 21 bytes */
    snprintf(hex, sizeof hex, "c000000001 00 15 %s00 00 4014 %s", twenty, twenty);
    CHECK(read_hex(hex, &packet) == DISSECT_MALFORMED);
    snprintf(hex, sizeof hex, "c000000001 14 %s 14 %s 00 14 %s", twenty, twenty, twenty);
    CHECK(read_hex(hex, &packet) == DISSECT_OK);
    snprintf(hex, sizeof hex, "c000000001 00 00 00 13 %s", twenty);
    CHECK(read_hex(hex, &packet) == DISSECT_MALFORMED); /* no room for the sample */
    snprintf(hex, sizeof hex, "c000000001 00 00 00 15 %s", twenty);
    CHECK(read_hex(hex, &packet) == DISSECT_TRUNCATED);
    snprintf(hex, sizeof hex, "c000000001 00 00 ffffffffffffffff 14 %s", twenty);
    CHECK(read_hex(hex, &packet) == DISSECT_TRUNCATED); /* token */
    snprintf(hex, sizeof hex, "c000000001 00 00 00 ffffffffffffffff %s", twenty);
    CHECK(read_hex(hex, &packet) == DISSECT_TRUNCATED);
    CHECK(read_hex("c000000001 ff 00", &packet) == DISSECT_MALFORMED);
}

static void packet_types_turn_in_version_2(void)
{
    static const enum quic_packet_type types[] = { QUIC_INITIAL, QUIC_ZERO_RTT,
                                                   QUIC_HANDSHAKE, QUIC_RETRY };
    for (unsigned code = 0; code < 4; code++) {
        uint8_t datagram[64] = { (uint8_t)(0xc0 | code << 4), 0, 0, 0, 1, 0, 0, 0x14 };
        if (types[code] == QUIC_INITIAL)
            datagram[8] = 0x14;
        struct bytes in = bytes_of(datagram, sizeof datagram);
        struct quic_packet packet;
        datagram[7] = types[code] == QUIC_INITIAL ? 0 : 0x14;
        CHECK(quic_read_packet(&in, &packet) == DISSECT_OK && packet.type == types[code]);

        uint8_t turned[64];
        memcpy(turned, datagram, sizeof turned);
        memcpy(&turned[1], "\x6b\x33\x43\xcf", 4);
        turned[0] = (uint8_t)(0xc0 | ((code + 1) & 3) << 4);
        in = bytes_of(turned, sizeof turned);
        CHECK(quic_read_packet(&in, &packet) == DISSECT_OK && packet.type == types[code]);
    }
}

static void coalesced_packets_are_read_one_by_one(void)
{
    uint8_t datagram[512];
    size_t size = test_hex(server_initial_1, datagram, sizeof datagram);
    size += test_hex("e000000001 00 01aa 14 0102030405060708090a0b0c0d0e0f1011121314",
                     &datagram[size], sizeof datagram - size);
    size += test_hex("60 0102030405060708090a0b0c0d0e0f1011121314", &datagram[size],
                     sizeof datagram - size);
    struct bytes in = bytes_of(datagram, size);
    struct quic_packet packet;

    CHECK(quic_read_packet(&in, &packet) == DISSECT_OK && packet.type == QUIC_INITIAL);
    CHECK(quic_read_packet(&in, &packet) == DISSECT_OK && packet.type == QUIC_HANDSHAKE);
    CHECK(packet.payload.left == 20 && bytes_peek(packet.payload, 19) == 0x14);
    CHECK(bytes_equal(packet.scid, "\xaa", 1));
    CHECK(quic_read_packet(&in, &packet) == DISSECT_OK && packet.type == QUIC_SHORT);
    CHECK(packet.spin && packet.version == 0 && packet.payload.left == 20);
    CHECK(in.left == 0);
}

static void padding_behind_a_packet_is_not_a_packet(void)
{
    struct quic_packet packet;
    CHECK(read_hex("00 0000000000000000000000000000000000000000", &packet) ==
          DISSECT_OTHER);
    CHECK(read_hex("40 00", &packet) == DISSECT_TRUNCATED);
}

static void negotiation_lists_versions(void)
{
    struct quic_packet packet;
    CHECK(read_hex("80 00000000 02 aabb 01 cc 00000001 6b3343cf", &packet) == DISSECT_OK);
    CHECK(packet.type == QUIC_VERSION_NEGOTIATION && packet.payload.left == 8);
    CHECK(packet.dcid.left == 2 && packet.scid.left == 1);
    CHECK(read_hex("80 00000000 02 aabb 01 cc 00000001 6b33", &packet) ==
          DISSECT_TRUNCATED);
    CHECK(read_hex("80 00000000 02 aabb 01 cc", &packet) == DISSECT_TRUNCATED);
}

static void reserved_versions_are_quic_and_others_are_not(void)
{
    struct quic_packet packet;
    CHECK(read_hex("c0 1a2a3a4a 02 aabb 01 cc ffff", &packet) == DISSECT_OK);
    CHECK(packet.type == QUIC_UNKNOWN_VERSION && packet.dcid.left == 2);
    CHECK(read_hex("80 e1000123 00 00 00 00 00", &packet) == DISSECT_OTHER); /* RTP */
    CHECK(read_hex("c3 51303436 50 0102030405060708", &packet) == DISSECT_OTHER);
    CHECK(read_hex("16 fefd0000000000000000", &packet) == DISSECT_OTHER); /* DTLS */
}

static void every_version_has_its_ids_in_the_same_place(void)
{
    static const char hex[] = "80 12345678 02 aabb 01 cc ffff";
    uint8_t bytes[16];
    struct quic_packet packet;
    size_t size = test_hex(hex, bytes, sizeof bytes);
    CHECK(quic_read_invariant(bytes_of(bytes, size), &packet) == DISSECT_OK);
    CHECK(packet.version == 0x12345678 && packet.type == QUIC_UNKNOWN_VERSION);
    CHECK(bytes_equal(packet.dcid, "\xaa\xbb", 2) && bytes_equal(packet.scid, "\xcc", 1));
    CHECK(packet.payload.left == 2);
    for (size_t kept = 0; kept < size - 2; kept++)
        CHECK(quic_read_invariant(bytes_of(bytes, kept), &packet) == DISSECT_TRUNCATED);
    bytes[5] = 255; /* ids may be as long as that, and are not there */
    CHECK(quic_read_invariant(bytes_of(bytes, size), &packet) == DISSECT_TRUNCATED);
    bytes[0] = 0x40;
    CHECK(quic_read_invariant(bytes_of(bytes, size), &packet) == DISSECT_OTHER);
}

static void versions_that_somebody_uses_are_told_from_others(void)
{
    CHECK(quic_version_is_told(1) && quic_version_is_told(0x6b3343cf));
    CHECK(quic_version_is_told(0xff000014) && quic_version_is_told(0x51303434));
    CHECK(quic_version_is_told(0xfafafafa) && quic_version_is_told(0x709a50c4));
    CHECK(!quic_version_is_told(0) && !quic_version_is_told(0xff000000));
    CHECK(!quic_version_is_told(0x12345678) && !quic_version_is_told(3));
}

/* The wire leaves out the leading bits: 300 was sent whole, and is next to any number
 * that ends alike. */
static void a_packet_number_is_completed_by_the_one_expected(void)
{
    static struct opened it;
    CHECK(open_hex(initial_draft_22, true, &it) && it.number == 300);
    static const uint64_t near[] = { 0, 300, 301, 33000 };
    for (size_t i = 0; i < sizeof near / sizeof *near; i++) {
        uint64_t number = near[i];
        CHECK(quic_open_initial(&it.packet, &it.client, it.plain, sizeof it.plain,
                                &it.size, &number));
        CHECK(number == 300);
    }
    uint64_t number = 65536 + 300; /* then the nonce is another one */
    CHECK(!quic_open_initial(&it.packet, &it.client, it.plain, sizeof it.plain, &it.size,
                             &number));
    CHECK(number == 65536 + 300);
}

static enum dissect read_frame_hex(uint32_t version, const char *hex,
                                   struct quic_frame *frame, size_t *left)
{
    static uint8_t plain[512];
    struct bytes in = bytes_of(plain, test_hex(hex, plain, sizeof plain));
    enum dissect outcome = quic_read_frame(version, &in, frame);
    *left = in.left;
    return outcome;
}

static void frames_tell_their_fields(void)
{
    struct quic_frame frame;
    size_t left;
    CHECK(read_frame_hex(1, "000000 01", &frame, &left) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_PADDING && left == 1);
    CHECK(read_frame_hex(1, "01 00", &frame, &left) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_PING && left == 1);
    CHECK(read_frame_hex(1, "02 4123 7fff 01 05 02 03 aa", &frame, &left) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_ACK && left == 1);
    CHECK(frame.largest_acknowledged == 0x123 && frame.ack_delay_us == 0x3fff * 8);
    CHECK(read_frame_hex(1, "03 00 00 00 00 01 02 03 aa", &frame, &left) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_ACK && left == 1);
    CHECK(read_frame_hex(1, "06 80010000 03 aabbcc 00", &frame, &left) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_CRYPTO && frame.offset == 0x10000 && left == 1);
    CHECK(bytes_equal(frame.data, "\xaa\xbb\xcc", 3));
    CHECK(read_frame_hex(1, "1c 4128 06 02 6e6f", &frame, &left) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_CONNECTION_CLOSE && frame.error_code == 0x128);
    CHECK(bytes_equal(frame.data, "no", 2));
    CHECK(read_frame_hex(1, "1d 4128 02 6e6f", &frame, &left) == DISSECT_OK && left == 0);
    CHECK(bytes_equal(frame.data, "no", 2));
}

/* As they stand before a ServerHello. */
static void acknowledgements_of_other_kinds_are_read_over(void)
{
    static const struct {
        uint32_t version;
        const char *hex;
    } cases[] = {
        { 1, "34 41ff 788e 407b 00 00" },
        { 1, "34 05 01 02 02 01 00 01 02 03" },
        { 1, "35 05 01 02 00 01 07 08 09" },
        { 0x51303530, "40 01 0000 01 00" },
        { 0x51303530, "60 01 0000 02 01 aabb ccdd 00" },
        { 0x51303530, "45 0001 0000 0001 01 aa bbbbbbbb" },
        { 0x51303530, "4f 000000000001 0000 000000000001 02 aa bbbbbbbb ccdddd" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char more[128];
        uint8_t plain[64];
        struct quic_frame frame;
        size_t left, size = test_hex(cases[i].hex, plain, sizeof plain);
        snprintf(more, sizeof more, "%s 00", cases[i].hex);
        CHECK(read_frame_hex(cases[i].version, more, &frame, &left) == DISSECT_OK);
        CHECK(left == 1 && frame.kind == QUIC_FRAME_PADDING);
        for (size_t kept = 1; kept < size; kept++) {
            struct bytes in = bytes_of(plain, kept);
            CHECK(quic_read_frame(cases[i].version, &in, &frame) == DISSECT_MALFORMED);
        }
    }
    struct quic_frame frame;
    size_t left;
    CHECK(read_frame_hex(1, "34 00 00 00 ffffffffffffffff 00", &frame, &left) ==
          DISSECT_MALFORMED);
    CHECK(read_frame_hex(1, "36 00 00 00 00 00", &frame, &left) == DISSECT_OTHER);
    CHECK(read_frame_hex(0x51303530, "c0 01 0000 01 00", &frame, &left) == DISSECT_OTHER);
}

static void delays_too_long_for_the_unit_stay_the_longest(void)
{
    struct quic_frame frame;
    size_t left;
    CHECK(read_frame_hex(1, "02 00 ffffffffffffffff 00 00", &frame, &left) == DISSECT_OK);
    CHECK(frame.ack_delay_us == UINT64_MAX);
    CHECK(read_frame_hex(1, "02 00 dfffffffffffffff 00 00", &frame, &left) == DISSECT_OK);
    CHECK(frame.ack_delay_us == UINT64_MAX - 7);
}

static void frames_that_lie_are_malformed(void)
{
    struct quic_frame frame;
    size_t left;
    CHECK(read_frame_hex(1, "02 05 00 00 06", &frame, &left) == DISSECT_MALFORMED);
    CHECK(read_frame_hex(1, "02 05 00 ffffffffffffffff 00 01", &frame, &left) ==
          DISSECT_MALFORMED);
    CHECK(read_frame_hex(1, "06 00 04 aabbcc", &frame, &left) == DISSECT_MALFORMED);
    CHECK(read_frame_hex(1, "06 00 ffffffffffffffff", &frame, &left) ==
          DISSECT_MALFORMED);
    CHECK(read_frame_hex(1, "1c 00 00 03 6e6f", &frame, &left) == DISSECT_MALFORMED);
    CHECK(read_frame_hex(1, "08 00 01 aa", &frame, &left) == DISSECT_OTHER);
    CHECK(read_frame_hex(0x51303530, "08 00 02 aa", &frame, &left) == DISSECT_MALFORMED);
    CHECK(read_frame_hex(0x51303530, "06 00 01 aa", &frame, &left) == DISSECT_OTHER);
    CHECK(read_frame_hex(1, "", &frame, &left) == DISSECT_MALFORMED);
}

static void every_cut_frame_is_malformed(void)
{
    uint8_t plain[512];
    const char *const frames[] = { "02 4123 7fff 01 05 02 03", "03 00 00 00 00 01 02 03",
                                   "06 80010000 03 aabbcc", "1c 4128 06 02 6e6f" };
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        size_t size = test_hex(frames[i], plain, sizeof plain);
        for (size_t kept = 0; kept < size; kept++) {
            struct bytes in = bytes_of(plain, kept);
            struct quic_frame frame;
            CHECK(quic_read_frame(VERSION_1, &in, &frame) == DISSECT_MALFORMED);
        }
    }
}

static void a_server_initial_acknowledges_and_answers(void)
{
    static struct opened it;
    struct quic_frame frame;
    CHECK(open_hex(server_initial_1, false, &it));
    struct bytes in = bytes_of(it.plain, it.size);
    CHECK(quic_read_frame(VERSION_1, &in, &frame) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_ACK && frame.largest_acknowledged == 0);
    CHECK(frame.ack_delay_us == 0);
    CHECK(quic_read_frame(VERSION_1, &in, &frame) == DISSECT_OK);
    CHECK(frame.kind == QUIC_FRAME_CRYPTO && frame.offset == 0);
    CHECK(frame.data.left == 0x5a && bytes_peek(frame.data, 0) == 2);
    CHECK(in.left == 0);
}

static void q050_leads_to_the_same_chlo(void)
{
    static struct opened it;
    static struct quic_crypto crypto;
    struct quic_frame frame;
    struct quic_chlo hello;
    CHECK(open_hex(initial_q050, true, &it));
    struct bytes in = bytes_of(it.plain, it.size);
    quic_crypto_init(&crypto);
    while (in.left > 0 && quic_read_frame(it.packet.version, &in, &frame) == DISSECT_OK)
        if (frame.kind == QUIC_FRAME_CRYPTO)
            quic_crypto_see(&crypto, frame.offset, frame.data);
    CHECK(in.left == 0);
    CHECK(quic_legacy_read_chlo(quic_crypto_ready(&crypto), &hello) == DISSECT_OK);
    CHECK(bytes_equal(hello.server_name, "mail.example.org", 16));
}

static const char *version_text(uint32_t version)
{
    static char text[QUIC_VERSION_TEXT_SIZE];
    quic_version_text(version, text);
    return text;
}

static void versions_have_names(void)
{
    CHECK_TEXT(version_text(1), "1");
    CHECK_TEXT(version_text(0x6b3343cf), "2");
    CHECK_TEXT(version_text(0x709a50c4), "2-draft");
    CHECK_TEXT(version_text(0xff00001d), "draft-29");
    CHECK_TEXT(version_text(0xff000014), "draft-20");
    CHECK_TEXT(version_text(0xfaceb002), "mvfst-27");
    CHECK_TEXT(version_text(0x51303433), "Q043");
    CHECK_TEXT(version_text(0x51303436), "Q046");
    CHECK_TEXT(version_text(0x51303530), "Q050");
    CHECK_TEXT(version_text(0x54303531), "T051");
    CHECK_TEXT(version_text(0x5130303c), "0x5130303c");
    CHECK_TEXT(version_text(0x1a2a3a4a), "0x1a2a3a4a");
    CHECK_TEXT(version_text(0), "0x00000000");
}

int main(void)
{
    tls_crypto_prepare();
    RUN(keys_are_those_of_the_appendices);
    RUN(keys_of_drafts_are_those_of_their_appendices);
    RUN(unknown_versions_have_no_keys);
    RUN(client_initials_of_the_appendices_open);
    RUN(server_initials_of_the_appendices_open);
    RUN(other_versions_open);
    RUN(retries_give_the_new_id);
    RUN(every_altered_byte_is_noticed);
    RUN(foreign_keys_and_small_buffers_fail);
    RUN(every_cut_is_truncated);
    RUN(a_cut_packet_still_names_version_and_ids);
    RUN(lying_lengths_are_refused);
    RUN(packet_types_turn_in_version_2);
    RUN(coalesced_packets_are_read_one_by_one);
    RUN(padding_behind_a_packet_is_not_a_packet);
    RUN(negotiation_lists_versions);
    RUN(reserved_versions_are_quic_and_others_are_not);
    RUN(every_version_has_its_ids_in_the_same_place);
    RUN(versions_that_somebody_uses_are_told_from_others);
    RUN(a_packet_number_is_completed_by_the_one_expected);
    RUN(frames_tell_their_fields);
    RUN(acknowledgements_of_other_kinds_are_read_over);
    RUN(delays_too_long_for_the_unit_stay_the_longest);
    RUN(frames_that_lie_are_malformed);
    RUN(every_cut_frame_is_malformed);
    RUN(a_server_initial_acknowledges_and_answers);
    RUN(q050_leads_to_the_same_chlo);
    RUN(versions_have_names);
    return test_end();
}
