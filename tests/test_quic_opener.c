/* test_quic_opener.c - a QUIC server's Handshake packets behind the Initials of RFC 9001
 * and RFC 9369, sealed with a secret that a key log tells. */
#include "analyzer/quic_opener.h"

#include "analyzer/datagram.h"
#include "analyzer/quic_reader.h"
#include "tests/quic_sealer.h"
#include "tests/quic_vectors.h"

enum { VERSION_1 = 1, VERSION_2 = 0x6b3343cf };
enum { NAME_END = 'e' }; /* the random of a made hello repeats its name's last letter */

static const char client_random[] =
    "ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c";

struct opened {
    struct flow *flow;
    struct name_cache *names;
    struct tls_secrets *secrets;
    struct certificates *certificates;
    struct seal seal;
    uint32_t version;
    uint64_t frame;
};

static void see_secret(struct opened *it, const struct seal *seal)
{
    char line[256];
    int size = sprintf(line, "SERVER_HANDSHAKE_TRAFFIC_SECRET %s ", client_random);
    for (size_t i = 0; i < seal->secret_size; i++)
        size += sprintf(line + size, "%02x", seal->secret[i]);
    tls_secrets_see(it->secrets, bytes_of(line, (size_t)size));
}

static struct opened opened_begin(uint32_t version)
{
    struct opened it = { .flow = calloc(1, sizeof *it.flow),
                         .names = name_cache_new(),
                         .secrets = tls_secrets_new(NULL),
                         .certificates = certificates_new(),
                         .seal = seal_new(0x1301, 0x42,
                                          version == VERSION_2 ? "quicv2 " : "quic "),
                         .version = version };
    it.flow->key = (struct flow_key){ .low = { 4, { 10, 0, 0, 1 } },
                                      .high = { 4, { 52, 112, 0, 1 } },
                                      .low_port = 50000,
                                      .high_port = 443,
                                      .transport = FLOW_UDP };
    it.flow->client_is_low = true;
    return it;
}

static void opened_end(struct opened *it)
{
    datagram_release(it->flow);
    flow_facts_free(it->flow->facts);
    free(it->flow);
    name_cache_free(it->names);
    tls_secrets_free(it->secrets);
    certificates_free(it->certificates);
    blobs_release();
}

static void see(struct opened *it, enum flow_side side, const struct blob *payload)
{
    struct datagram datagram = { .payload = bytes_of(payload->bytes, payload->size),
                                 .side = side,
                                 .frame = ++it->frame,
                                 .secrets = it->secrets,
                                 .certificates = it->certificates };
    datagram_see(it->flow, it->names, &datagram);
    it->flow->packets[side]++;
}

static struct blob *initial(const struct opened *it, enum flow_side side)
{
    struct blob *blob = blob_new();
    const char *hex = it->version == VERSION_2
                          ? side == FLOW_C2S ? client_initial_2 : server_initial_2
                      : side == FLOW_C2S ? client_initial_1
                                         : server_initial_1;
    blob->size = test_hex(hex, blob->bytes, BLOB_SIZE);
    return blob;
}

static struct blob *messages_of(size_t padding)
{
    struct blob *messages = blob_new();
    put_encrypted_extensions(messages, "h3");
    put_certificate_request(messages);
    put_certificate_13(messages, "mail.example", "Some CA", padding);
    put_hex(messages, "0f000004 08040000 14000004 01020304");
    return messages;
}

/* A packet with the messages' bytes from `at` on, at most `most` of them. */
static struct blob *packet_of(struct opened *it, const struct blob *messages, size_t at,
                              size_t most)
{
    struct blob *frames = blob_new(), *packet = blob_new();
    size_t size = messages->size - at < most ? messages->size - at : most;
    put_number(frames, 6, 1);
    put_number(frames, 0x80000000 | at, 4);
    put_number(frames, 0x80000000 | size, 4);
    put(frames, messages->bytes + at, size);
    put_repeated(frames, 0, 20);
    seal_packet(&it->seal, packet, it->version, frames);
    return packet;
}

static bool has_certificate(const struct opened *it)
{
    const struct flow_tls *tls = &it->flow->facts->tls;
    return tls->chain_count == 1 && tls->by_key_log &&
           strcmp(certificates_at(it->certificates, tls->chain[0])->subject_cn,
                  "mail.example") == 0;
}

static void the_certificate_is_read_in_both_versions(void)
{
    static const uint32_t versions[] = { VERSION_1, VERSION_2 };
    for (size_t i = 0; i < 2; i++) {
        struct opened it = opened_begin(versions[i]);
        see_secret(&it, &it.seal);
        see(&it, FLOW_C2S, initial(&it, FLOW_C2S));
        see(&it, FLOW_S2C, initial(&it, FLOW_S2C));
        CHECK(!it.flow->is_done_with_handshake);
        struct blob *messages = messages_of(900);
        see(&it, FLOW_S2C, packet_of(&it, messages, 0, 5000));
        CHECK(has_certificate(&it));
        CHECK_TEXT(it.flow->facts->tls.alpn, "h3");
        CHECK(it.flow->facts->tls.certificate_frame == 3);
        opened_end(&it);
    }
}

static void a_server_that_goes_on_in_another_version_is_followed(void)
{
    struct opened it = opened_begin(VERSION_1);
    struct blob *messages = messages_of(900);
    see_secret(&it, &it.seal);
    see(&it, FLOW_C2S, initial(&it, FLOW_C2S));
    see(&it, FLOW_S2C, initial(&it, FLOW_S2C));
    see(&it, FLOW_S2C, packet_of(&it, messages, 0, 100));
    it.seal = seal_new(0x1301, 0x42, "quicv2 ");
    it.version = VERSION_2;
    see(&it, FLOW_S2C, packet_of(&it, messages, 100, 5000));
    CHECK(has_certificate(&it));
    opened_end(&it);
}

static void packets_may_come_in_any_order_and_in_one_datagram(void)
{
    for (unsigned order = 0; order < 6; order++) {
        static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                              { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
        struct opened it = opened_begin(VERSION_1);
        struct blob *messages = messages_of(2000), *parts[3];
        size_t third = messages->size / 3 + 1;
        for (size_t i = 0; i < 3; i++)
            parts[i] = packet_of(&it, messages, i * third, third);
        see_secret(&it, &it.seal);
        see(&it, FLOW_C2S, initial(&it, FLOW_C2S));
        struct blob *both = initial(&it, FLOW_S2C), *first = parts[orders[order][0]];
        put(both, first->bytes, first->size);
        see(&it, FLOW_S2C, both);
        see(&it, FLOW_S2C, parts[orders[order][1]]);
        see(&it, FLOW_S2C, parts[orders[order][2]]);
        CHECK(has_certificate(&it));
        opened_end(&it);
    }
}

static void other_suites_open_and_that_of_a_short_tag_does_not(void)
{
    static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304 };
    struct blob *frames = blob_new();
    put(frames, "\1\6\0\3abc\0\0\0\0\0\0\0\0\0\0\0\0", 19);
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        struct seal seal = seal_new(suites[i], 9, "quic ");
        struct quic_keys keys;
        struct quic_packet packet;
        struct blob *sealed = blob_new();
        uint8_t plain[100];
        size_t size;
        uint64_t number = 0;
        seal.number = 5;
        seal_packet(&seal, sealed, VERSION_1, frames);
        struct bytes in = bytes_of(sealed->bytes, sealed->size);
        struct bytes secret = bytes_of(seal.secret, seal.secret_size);
        CHECK(quic_derive_handshake(VERSION_1, suites[i], secret, &keys));
        CHECK(quic_read_packet(&in, &packet) == DISSECT_OK);
        CHECK(quic_open_handshake(&packet, &keys, plain, sizeof plain, &size, &number));
        CHECK(number == 5 &&
              bytes_equal(bytes_of(plain, size), frames->bytes, frames->size));
        CHECK(!quic_open_handshake(&packet, &keys, plain, size - 1, &size, &number));
        CHECK(!quic_open_initial(&packet, &keys, plain, sizeof plain, &size, &number));
        for (size_t at = 0; at < sealed->size; at++) {
            sealed->bytes[at] ^= 4;
            in = bytes_of(sealed->bytes, sealed->size);
            CHECK(quic_read_packet(&in, &packet) != DISSECT_OK ||
                  !quic_open_handshake(&packet, &keys, plain, sizeof plain, &size,
                                       &number));
            sealed->bytes[at] ^= 4;
        }
        /* A 0-RTT packet under the very same keys, though no client has them. */
        struct blob *early = blob_new();
        seal.packet_type = 0xd1;
        seal_packet(&seal, early, VERSION_1, frames);
        in = bytes_of(early->bytes, early->size);
        CHECK(quic_read_packet(&in, &packet) == DISSECT_OK &&
              packet.type == QUIC_ZERO_RTT);
        CHECK(!quic_open_handshake(&packet, &keys, plain, sizeof plain, &size, &number));
        CHECK(!quic_derive_handshake(0x1a2a3a4a, suites[i], secret, &keys));
        CHECK(!quic_derive_handshake(0x51303530, suites[i], secret, &keys));
        CHECK(!quic_derive_handshake(VERSION_1, 0x1305, secret, &keys));
    }
    blobs_release();
}

static void a_clients_packets_and_foreign_ones_are_not_taken(void)
{
    struct opened it = opened_begin(VERSION_1);
    struct seal other = seal_new(0x1301, 0x77, "quic ");
    struct blob *messages = messages_of(10);
    see_secret(&it, &it.seal);
    see(&it, FLOW_C2S, initial(&it, FLOW_C2S));
    see(&it, FLOW_S2C, initial(&it, FLOW_S2C));
    see(&it, FLOW_C2S, packet_of(&it, messages, 0, 5000));
    CHECK(it.flow->facts->tls.chain_count == 0);
    struct seal own = it.seal;
    it.seal = other;
    see(&it, FLOW_S2C, packet_of(&it, messages, 0, 5000));
    CHECK(it.flow->facts->tls.chain_count == 0 && !it.flow->is_done_with_handshake);
    it.seal = own;
    see(&it, FLOW_S2C, packet_of(&it, messages, 0, 5000));
    CHECK(has_certificate(&it));
    opened_end(&it);
}

static void without_a_secret_it_stays_sealed(void)
{
    struct opened it = opened_begin(VERSION_1);
    see(&it, FLOW_C2S, initial(&it, FLOW_C2S));
    see(&it, FLOW_S2C, initial(&it, FLOW_S2C));
    see(&it, FLOW_S2C, packet_of(&it, messages_of(10), 0, 5000));
    CHECK(it.flow->facts->tls.chain_count == 0 && it.flow->facts->tls.alpn == NULL);
    opened_end(&it);
}

/* A hello whose random a key log has, as the sealer's are. */
static struct opened sealed_begin(void)
{
    struct opened it = opened_begin(VERSION_1);
    char line[256];
    seal_write_line(&it.seal, NAME_END, line);
    tls_secrets_see(it.secrets, bytes_of(line, strlen(line)));
    return it;
}

static void packets_that_come_before_the_hellos_wait_for_them(void)
{
    for (unsigned order = 0; order < 24; order++) {
        struct opened it = sealed_begin();
        struct blob *messages = messages_of(1000), *datagrams[4];
        static const enum flow_side sides[] = { FLOW_C2S, FLOW_S2C, FLOW_S2C, FLOW_S2C };
        unsigned left[] = { 0, 1, 2, 3 }, rest = order;
        datagrams[0] = hello_datagram(VERSION_1, "first", 0);
        datagrams[1] = answer_datagram(VERSION_1, "first", 0, 0);
        datagrams[2] = packet_of(&it, messages, 0, 600);
        datagrams[3] = packet_of(&it, messages, 600, 5000);
        for (unsigned i = 4; i > 0; rest /= i, i--) {
            unsigned next = left[rest % i];
            left[rest % i] = left[i - 1];
            see(&it, sides[next], datagrams[next]);
        }
        CHECK(has_certificate(&it));
        CHECK(it.flow->quic != NULL && !it.flow->is_done_with_handshake);
        opened_end(&it);
    }
}

static void both_round_trips_do_not_end_it_before_the_certificate(void)
{
    struct opened it = sealed_begin();
    struct blob *messages = messages_of(1000), *acknowledgement = blob_new();
    struct blob *frames = blob_new();
    put_ack(frames, 0, 0);
    put_repeated(frames, 0, 20);
    put_initial(acknowledgement, &(struct initial){ .version = VERSION_1,
                                                    .root = "first",
                                                    .dcid = "server",
                                                    .scid = "client",
                                                    .number = 1,
                                                    .frames = frames });
    see(&it, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    see(&it, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 0));
    see(&it, FLOW_S2C, packet_of(&it, messages, 0, 600));
    for (int i = 0; i < 2 * QUIC_DATAGRAMS_BEHIND; i++)
        see(&it, FLOW_C2S, acknowledgement);
    CHECK(it.flow->facts->quic_handshake.server_ns >= 0 &&
          it.flow->facts->quic_handshake.client_ns >= 0);
    see(&it, FLOW_S2C, packet_of(&it, messages, 600, 5000));
    CHECK(has_certificate(&it));
    for (int i = 0; i < QUIC_DATAGRAMS_BEHIND; i++)
        see(&it, FLOW_C2S, acknowledgement);
    CHECK(it.flow->is_done_with_handshake && it.flow->quic == NULL);
    opened_end(&it);
}

static void numbers_go_on_where_the_wire_leaves_bits_out(void)
{
    struct opened it = sealed_begin();
    struct blob *messages = messages_of(1000);
    see(&it, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    see(&it, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 0));
    it.seal.number = 30000;
    see(&it, FLOW_S2C, packet_of(&it, messages, 0, 100));
    it.seal.number = 60000;
    see(&it, FLOW_S2C, packet_of(&it, messages, 100, 500));
    it.seal.number = 70000; /* 4464 in the two bytes */
    see(&it, FLOW_S2C, packet_of(&it, messages, 600, 5000));
    CHECK(has_certificate(&it));
    opened_end(&it);
}

static void a_certificate_that_never_comes_is_given_up(void)
{
    struct opened it = opened_begin(VERSION_1);
    see_secret(&it, &it.seal);
    see(&it, FLOW_C2S, initial(&it, FLOW_C2S));
    see(&it, FLOW_S2C, initial(&it, FLOW_S2C));
    struct blob *messages = blob_new();
    put_hex(messages, "0bffffff 00");
    struct blob *packet = packet_of(&it, messages, 0, 100);
    for (int i = 0; i < QUIC_DATAGRAMS_MOST; i++)
        see(&it, FLOW_S2C, packet);
    CHECK(it.flow->is_done_with_handshake && it.flow->quic == NULL);
    CHECK(it.flow->facts->tls.chain_count == 0);
    opened_end(&it);
}

int main(void)
{
    RUN(the_certificate_is_read_in_both_versions);
    RUN(a_server_that_goes_on_in_another_version_is_followed);
    RUN(packets_may_come_in_any_order_and_in_one_datagram);
    RUN(other_suites_open_and_that_of_a_short_tag_does_not);
    RUN(a_clients_packets_and_foreign_ones_are_not_taken);
    RUN(without_a_secret_it_stays_sealed);
    RUN(packets_that_come_before_the_hellos_wait_for_them);
    RUN(both_round_trips_do_not_end_it_before_the_certificate);
    RUN(numbers_go_on_where_the_wire_leaves_bits_out);
    RUN(a_certificate_that_never_comes_is_given_up);
    return test_end();
}
