/* What is inside sealed records and packets: the input is sealed as a server seals it, so
 * that it gets past the tag. The first byte chooses the suite and how it is cut. */
#include <stdlib.h>

#include "analyzer/datagram.h"
#include "analyzer/tls_secrets.h"
#include "tests/quic_vectors.h"
#include "tests/seal.h"
#include "tests/talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAME_END = 'e', INPUT_MOST = 8000 };

static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1305 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_facts(const struct flow_facts *facts,
                        const struct certificates *certificates)
{
    check(facts->tls.chain_count <= FLOW_CHAIN_MAX);
    check(facts->tls.by_key_log == (facts->tls.chain_count > 0));
    for (uint32_t i = 0; i < facts->tls.chain_count; i++)
        check(facts->tls.chain[i] < certificates_count(certificates));
    check(facts->tls.alpn == NULL || strlen(facts->tls.alpn) <= 64);
    check(facts->http.status_count == 0 && facts->http.requests == 0);
}

/* Records: each begins with its inner type and a length of two bytes. */
static void open_records(uint16_t suite, size_t segment, struct bytes in)
{
    struct talk talk = talk_begin();
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct seal seal = seal_new(suite, 0x42, "");
    char line[256];
    seal_write_line(&seal, NAME_END, line);
    tls_secrets_see(secrets, bytes_of(line, strlen(line)));
    handshake_set_secrets(talk.handshake, secrets);
    struct blob *flight = server_record(&(struct server_hello){ .is_13 = true });
    flight->bytes[5 + 4 + 2 + 32 + 1] = (uint8_t)(suite >> 8);
    flight->bytes[5 + 4 + 2 + 32 + 2] = (uint8_t)suite;
    while (in.left > 0) {
        uint8_t type = bytes_u8(&in);
        struct bytes content = bytes_take_at_most(&in, bytes_u16(&in) % 16000);
        seal_record(&seal, flight, type, content.at, content.left, type % 7);
    }
    say_blob(&talk, C2S, hello_record("mail.example"));
    say_in_pieces(&talk, S2C, flight, segment);
    handshake_conclude(talk.handshake, talk.facts, talk.certificates);
    check_facts(talk.facts, talk.certificates);
    tls_secrets_free(secrets);
    talk_end(&talk);
}

static void see(struct flow *flow, struct datagram *datagram, enum flow_side side,
                const struct blob *payload)
{
    static struct name_cache *names;
    if (names == NULL)
        names = name_cache_new();
    datagram->side = side;
    datagram->frame++;
    datagram->payload = bytes_of(payload->bytes, payload->size);
    datagram_see(flow, names, datagram);
    flow->packets[side]++;
}

/* Frames of packets: each begins with its length in two bytes. */
static void open_packets(struct bytes in)
{
    static const char line[] =
        "SERVER_HANDSHAKE_TRAFFIC_SECRET "
        "ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c "
        "4242424242424242424242424242424242424242424242424242424242424242";
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct datagram datagram = { .secrets = secrets, .certificates = certificates_new() };
    struct flow flow = { .key = { .low = { 4, { 10, 0, 0, 1 } },
                                  .high = { 4, { 52, 112, 0, 1 } },
                                  .low_port = 50000,
                                  .high_port = 443,
                                  .transport = FLOW_UDP },
                         .client_is_low = true };
    struct seal seal = seal_new(0x1301, 0x42, "quic ");
    struct blob *hello = blob_new();
    tls_secrets_see(secrets, bytes_of(line, sizeof line - 1));
    hello->size = test_hex(client_initial_1, hello->bytes, BLOB_SIZE);
    see(&flow, &datagram, FLOW_C2S, hello);
    hello->size = test_hex(server_initial_1, hello->bytes, BLOB_SIZE);
    see(&flow, &datagram, FLOW_S2C, hello);
    check(flow.quic != NULL);
    for (int i = 0; i < 12 && in.left > 0; i++) {
        struct blob *frames = blob_new(), *packet = blob_new();
        struct bytes content = bytes_take_at_most(&in, bytes_u16(&in) % 8000);
        put(frames, content.at, content.left);
        put_repeated(frames, 0, 20);
        seal_packet(&seal, packet, 1, frames);
        see(&flow, &datagram, FLOW_S2C, packet);
    }
    check_facts(flow.facts, datagram.certificates);
    datagram_release(&flow);
    flow_facts_free(flow.facts);
    certificates_free(datagram.certificates);
    tls_secrets_free(secrets);
    blobs_release();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size < INPUT_MOST ? size : INPUT_MOST);
    uint8_t how = bytes_u8(&in);
    if (how % 6 == 5)
        open_packets(in);
    else
        open_records(suites[how % 6], how < 128 ? 1400 : 37, in);
    return 0;
}
