/* test_datagram.c - analyzer/datagram.c: QUIC, STUN and DNS on flows of their own. */
#include "analyzer/datagram.h"

#include "tests/blob.h"
#include "tests/quic_vectors.h"

static struct flow *flow_of(uint16_t server_port)
{
    struct flow *flow = calloc(1, sizeof *flow);
    if (flow == NULL)
        abort();
    flow->key = (struct flow_key){ .low = { 4, { 10, 0, 0, 1 } },
                                   .high = { 4, { 52, 112, 0, 1 } },
                                   .low_port = 50000,
                                   .high_port = server_port,
                                   .transport = FLOW_UDP };
    flow->client_is_low = true;
    return flow;
}

static void flow_end(struct flow *flow)
{
    datagram_release(flow);
    flow_facts_free(flow->facts);
    free(flow);
    blobs_release();
}

static void see(struct flow *flow, enum flow_side side, const void *bytes, size_t size)
{
    static uint64_t frame;
    struct datagram datagram = {
        .payload = bytes_of(bytes, size), .side = side, .time_ns = 1000, .frame = ++frame
    };
    struct name_cache *names = name_cache_new();
    datagram_see(flow, names, &datagram);
    name_cache_free(names);
    flow->packets[side]++;
}

static void see_hex(struct flow *flow, enum flow_side side, const char *hex)
{
    struct blob *blob = blob_new();
    blob->size = test_hex(hex, blob->bytes, BLOB_SIZE);
    see(flow, side, blob->bytes, blob->size);
}

static void both_hellos_of_quic_are_read(void)
{
    struct flow *flow = flow_of(443);
    see_hex(flow, FLOW_C2S, client_initial_1);
    CHECK(flow->facts != NULL && flow->facts->tls.has_hello);
    CHECK_TEXT(flow->facts->tls.sni, "example.com");
    CHECK_TEXT(flow->facts->quic.version, "1");
    CHECK_TEXT(flow->facts->quic.dcid, "8394c8f03e515708");
    CHECK(!flow->is_done_with_handshake);
    see_hex(flow, FLOW_S2C, server_initial_1);
    CHECK(flow->facts->tls.has_server_hello);
    CHECK_TEXT(flow->facts->tls.version, "1.3");
    CHECK(!flow->facts->quic.retry);
    flow_end(flow);
}

/* RFC 9287: half of the servers' Initials of such a client look so. */
static void a_greased_answer_is_read_before_and_behind_the_question(void)
{
    uint8_t tag[16];
    struct blob *greased = blob_new();
    greased->size = test_hex(server_initial_1, greased->bytes, BLOB_SIZE);
    greased->bytes[0] = greased_server_first;
    memcpy(greased->bytes + greased->size - sizeof tag, tag,
           test_hex(greased_server_tag, tag, sizeof tag));

    struct flow *flow = flow_of(443);
    see_hex(flow, FLOW_C2S, client_initial_1);
    see(flow, FLOW_S2C, greased->bytes, greased->size);
    CHECK(flow->facts != NULL && flow->facts->tls.has_server_hello);
    CHECK_TEXT(flow->facts->tls.version, "1.3");
    datagram_release(flow);
    flow_facts_free(flow->facts);
    free(flow);

    flow = flow_of(443);
    see(flow, FLOW_S2C, greased->bytes, greased->size);
    CHECK(flow->facts == NULL);
    see_hex(flow, FLOW_C2S, client_initial_1);
    CHECK(flow->facts != NULL && flow->facts->tls.has_server_hello);
    flow_end(flow);
}

static void an_initial_that_does_not_open_gives_nothing(void)
{
    struct flow *flow = flow_of(443);
    struct blob *blob = blob_new();
    blob->size = test_hex(client_initial_1, blob->bytes, BLOB_SIZE);
    blob->bytes[blob->size - 1] ^= 1;
    see(flow, FLOW_C2S, blob->bytes, blob->size);
    CHECK(flow->facts == NULL || !flow->facts->tls.is_present);
    CHECK_TEXT(flow->facts->quic.version, "1"); /* nobody needs keys for that */
    CHECK(flow->facts->quic.dcid == NULL);
    flow_end(flow);

    flow = flow_of(443); /* the server's keys are made of the id that the client chose */
    see_hex(flow, FLOW_S2C, server_initial_1);
    CHECK(flow->facts == NULL || !flow->facts->tls.is_present);
    flow_end(flow);
}

static void who_can_open_an_initial_tells_who_sent_it(void)
{
    uint8_t client[2000], server[2000];
    size_t client_size = test_hex(client_initial_1, client, sizeof client);
    size_t server_size = test_hex(server_initial_1, server, sizeof server);
    struct datagram_role role =
        datagram_role_of(bytes_of(client, client_size), 443, 5000);
    CHECK(role.by == CLIENT_BY_HELLO && role.sender_is_client);
    role = datagram_role_of(bytes_of(server, server_size), 443, 5000);
    CHECK(role.by == CLIENT_BY_FIRST_PACKET);
    role = datagram_role_of(bytes_of(client, 7), 443, 5000);
    CHECK(role.by == CLIENT_BY_FIRST_PACKET);
    role = datagram_role_of(bytes_of(NULL, 0), 443, 5000);
    CHECK(role.by == CLIENT_BY_FIRST_PACKET);
}

/* Of a hundred thousand such flows each would hold 33 kB. */
static void datagrams_that_are_no_quic_take_no_memory(void)
{
    struct flow *flow = flow_of(5000);
    for (int i = 0; i < 3; i++) {
        see(flow, FLOW_C2S, "\x80\x60plain old media", 17);
        see(flow, FLOW_S2C, "\xc0not quite a long header", 23);
        see(flow, FLOW_C2S, "", 0);
    }
    CHECK(flow->quic == NULL && flow->facts == NULL);
    flow_end(flow);
}

static const char request[] = "\0\1\0\0\x21\x12\xa4\x42"
                              "0123456789ab";
/* XOR-MAPPED-ADDRESS 203.0.113.7:4660 */
static const char answer[] = "\1\1\0\x0c\x21\x12\xa4\x42"
                             "0123456789ab"
                             "\0\x20\0\x08\0\1\x33\x26\xea\x12\xd5\x45";

static void a_stun_answer_tells_the_address_outside(void)
{
    struct flow *flow = flow_of(3478);
    see(flow, FLOW_C2S, request, sizeof request - 1);
    see(flow, FLOW_S2C, answer, sizeof answer - 1);
    see(flow, FLOW_S2C, answer, sizeof answer - 1);
    static const struct ip_address outside = { 4, { 203, 0, 113, 7 } };
    CHECK(address_is_equal(&flow->egress, &outside) && flow->egress_frame != 0);
    CHECK(flow->stun_requests == 1 && flow->stun_answers == 2);
    flow_end(flow);
}

static void the_first_transaction_is_the_flows_key(void)
{
    struct flow *flow = flow_of(3478);
    see(flow, FLOW_C2S,
        "\0\x11\0\0\x21\x12\xa4\x42"
        "indications.",
        20);
    CHECK(flow->transaction.high == 0 && flow->transaction.low == 0);
    see(flow, FLOW_C2S, request, sizeof request - 1);
    see(flow, FLOW_C2S,
        "\0\1\0\0\x21\x12\xa4\x42"
        "another one.",
        20);
    CHECK(flow->transaction.high == UINT64_C(0x3031323334353637));
    CHECK(flow->transaction.low == UINT32_C(0x38396162));
    flow_end(flow);
}

static void a_dns_number_and_its_question_are_the_flows_key(void)
{
    /* A or AAAA of a.b, query and answer */
    static const char messages[][21] = {
        "\0\0\1\0\0\1\0\0\0\0\0\0\1a\1b\0\0\1\0\1",
        "\0\0\x81\x80\0\1\0\0\0\0\0\0\1a\1b\0\0\1\0\1",
        "\0\0\1\0\0\1\0\0\0\0\0\0\1a\1b\0\0\x1c\0\1",
        "\0\7\1\0\0\1\0\0\0\0\0\0\1a\1b\0\0\1\0\1",
        "\0\0\1\0\0\1\0\0\0\0\0\0\1a\1c\0\0\1\0\1",
    };
    struct flow_transaction keys[5];
    for (size_t i = 0; i < 5; i++) {
        struct flow *flow = flow_of(53);
        see(flow, i == 1 ? FLOW_S2C : FLOW_C2S, messages[i], sizeof messages[i]);
        keys[i] = flow->transaction;
        CHECK(keys[i].low == (i == 3 ? 0x10007 : 0x10000) && keys[i].high != 0);
        flow_end(flow);
    }
    CHECK(keys[1].high == keys[0].high && keys[3].high == keys[0].high);
    CHECK(keys[2].high != keys[0].high && keys[4].high != keys[0].high);
}

/* Teams sends connectivity checks both ways: what the client answers is not its address.
 */
static void what_the_client_answers_does_not_count(void)
{
    struct flow *flow = flow_of(3478);
    see(flow, FLOW_S2C, request, sizeof request - 1);
    see(flow, FLOW_C2S, answer, sizeof answer - 1);
    CHECK(flow->egress.family == 0);
    CHECK(flow->stun_requests == 0 && flow->stun_answers == 0);
    flow_end(flow);
}

static void stun_cut_at_every_byte_is_harmless(void)
{
    for (size_t kept = 0; kept < sizeof answer - 1; kept++) {
        struct flow *flow = flow_of(3478);
        uint8_t *copy = malloc(kept + 1);
        if (copy == NULL)
            abort();
        memcpy(copy, answer, kept);
        see(flow, FLOW_S2C, copy, kept);
        CHECK(flow->egress.family == 0);
        free(copy);
        flow_end(flow);
    }
}

static void dns_roles_follow_the_bit_and_the_port(void)
{
    struct blob *question = blob_new(), *reply = blob_new();
    put_question(question, 1, false, 0, "a.example");
    put_question(reply, 1, true, 0, "a.example");
    struct bytes asked = bytes_of(question->bytes, question->size);
    struct bytes told = bytes_of(reply->bytes, reply->size);
    CHECK(datagram_role_of(asked, 5000, 53).by == CLIENT_BY_REQUEST);
    CHECK(datagram_role_of(asked, 5000, 53).sender_is_client);
    CHECK(datagram_role_of(told, 53, 5000).by == CLIENT_BY_ANSWER);
    CHECK(!datagram_role_of(told, 53, 5000).sender_is_client);
    CHECK(datagram_role_of(told, 5000, 53).by == CLIENT_BY_FIRST_PACKET);
    CHECK(datagram_role_of(asked, 53, 5000).by == CLIENT_BY_FIRST_PACKET);
    CHECK(datagram_role_of(bytes_of("short", 5), 5000, 53).by == CLIENT_BY_FIRST_PACKET);
    blobs_release();
}

int main(void)
{
    RUN(both_hellos_of_quic_are_read);
    RUN(a_greased_answer_is_read_before_and_behind_the_question);
    RUN(an_initial_that_does_not_open_gives_nothing);
    RUN(who_can_open_an_initial_tells_who_sent_it);
    RUN(datagrams_that_are_no_quic_take_no_memory);
    RUN(the_first_transaction_is_the_flows_key);
    RUN(a_dns_number_and_its_question_are_the_flows_key);
    RUN(a_stun_answer_tells_the_address_outside);
    RUN(what_the_client_answers_does_not_count);
    RUN(stun_cut_at_every_byte_is_harmless);
    RUN(dns_roles_follow_the_bit_and_the_port);
    return test_end();
}
