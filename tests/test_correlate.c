/* test_correlate.c - what is one flow at several points, and what only looks so. */
#include "tests/test.h"

#include "tests/judge_world.h"

struct sighting {
    uint32_t series;
    uint8_t rank;
    uint64_t id;
    const char *random; /* NULL: by initial sequence number */
    uint32_t isn;
    const char *server;
    int64_t server_ms, client_ms;
    bool is_proxied;
};

static char many_randoms[4][65];

static const char *random_number(unsigned number)
{
    snprintf(many_randoms[number], 65, "%032x%032x", 7u, number + 1);
    return many_randoms[number];
}

static struct correlation *correlated(const struct sighting *sightings, size_t count,
                                      bool is_backwards)
{
    struct correlation *correlation = correlation_new();
    for (size_t i = 0; i < count; i++) {
        const struct sighting *at = &sightings[is_backwards ? count - 1 - i : i];
        struct flow_record record;
        test_flow(&record, at->id, "10.0.0.1", at->server, 443);
        record.tls.client_random = at->random;
        record.client_isn = at->isn;
        record.rtt[RTT_SERVER].base_ns = at->server_ms * 1000000;
        record.rtt[RTT_CLIENT].base_ns = at->client_ms * 1000000;
        if (at->server_ms < 0)
            record.rtt[RTT_SERVER].base_ns = -1;
        if (at->client_ms < 0)
            record.rtt[RTT_CLIENT].base_ns = -1;
        record.http.connect_reply_frame = at->is_proxied ? 5 : 0;
        correlation_see(correlation, at->series, at->rank, &record);
        flow_record_release(&record);
    }
    correlation_conclude(correlation);
    return correlation;
}

/* "SERIES:ID " of the group of a flow, from client to server. */
static void check_group(const struct correlation *correlation, uint32_t series,
                        uint64_t id, const char *expected)
{
    char text[256] = "";
    struct sighting_group group = correlation_find(correlation, series, id);
    for (uint32_t i = 0; i < group.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%u:%llu ",
                 group.sightings[i].series, (unsigned long long)group.sightings[i].id);
    CHECK_TEXT(text, expected);
}

static void check_all(const struct sighting *sightings, size_t count,
                      const char *expected, uint64_t ambiguous)
{
    for (unsigned backwards = 0; backwards < 2; backwards++) {
        struct correlation *correlation = correlated(sightings, count, backwards == 1);
        for (size_t i = 0; i < count; i++)
            check_group(correlation, sightings[i].series, sightings[i].id, expected);
        CHECK(correlation_ambiguous(correlation) == ambiguous);
        CHECK(correlation_groups(correlation) == (expected[0] != '\0'));
        correlation_free(correlation);
    }
}

static void the_same_hello_is_one_flow_even_behind_nat_and_another_isn(void)
{
    const struct sighting sightings[] = {
        { 0, 0, 4, random_number(0), 1, "52.96.1.2", 30, 1, false },
        { 1, 0, 9, random_number(0), 2, "52.96.1.9", 20, 11, false },
    };
    check_all(sightings, 2, "0:4 1:9 ", 0);
}

static void another_hello_is_another_flow(void)
{
    const struct sighting sightings[] = {
        { 0, 0, 4, random_number(0), 1, "52.96.1.2", 30, 1, false },
        { 1, 0, 9, random_number(1), 1, "52.96.1.2", 20, 11, false },
    };
    check_all(sightings, 2, "", 0);
}

static void without_tls_the_sequence_number_and_the_server_tell(void)
{
    const struct sighting same[] = {
        { 0, 0, 4, NULL, 77, "52.96.1.2", 30, 1, false },
        { 1, 0, 9, NULL, 77, "52.96.1.2", 20, 11, false },
    };
    const struct sighting other_server[] = {
        { 0, 0, 4, NULL, 77, "52.96.1.2", 30, 1, false },
        { 1, 0, 9, NULL, 77, "52.96.1.3", 20, 11, false },
    };
    const struct sighting other_isn[] = {
        { 0, 0, 4, NULL, 77, "52.96.1.2", 30, 1, false },
        { 1, 0, 9, NULL, 78, "52.96.1.2", 20, 11, false },
    };
    check_all(same, 2, "0:4 1:9 ", 0);
    check_all(other_server, 2, "", 0);
    check_all(other_isn, 2, "", 0);
}

struct datagrams {
    uint32_t series;
    uint8_t rank;
    uint64_t id;
    const char *client, *server;
    uint16_t client_port, server_port;
    struct flow_transaction transaction;
    uint8_t ttl;
};

/* The group of the first one, whichever comes first. */
static void check_datagrams(const struct datagrams *flows, size_t count,
                            const char *expected)
{
    for (unsigned backwards = 0; backwards < 2; backwards++) {
        struct correlation *correlation = correlation_new();
        for (size_t i = 0; i < count; i++) {
            const struct datagrams *at = &flows[backwards ? count - 1 - i : i];
            struct flow_record record;
            test_flow(&record, at->id, at->client, at->server, at->server_port);
            record.transport = FLOW_UDP;
            record.client.port = at->client_port;
            record.client.ttl = at->ttl;
            record.first_frame = frame_of(0, 70 + at->id);
            record.transaction = at->transaction;
            correlation_see(correlation, at->series, at->rank, &record);
            flow_record_release(&record);
        }
        correlation_conclude(correlation);
        check_group(correlation, flows[0].series, flows[0].id, expected);
        struct sighting_group group =
            correlation_find(correlation, flows[0].series, flows[0].id);
        for (uint32_t i = 0; i < group.count; i++) {
            CHECK(group.sightings[i].how == MATCH_TRANSACTION);
            CHECK(frame_number(group.sightings[i].frame) == 70 + group.sightings[i].id);
        }
        correlation_free(correlation);
    }
}

static void a_stun_transaction_tells_a_flow_behind_nat(void)
{
    struct datagrams flows[] = {
        { 0, 5, 4, "203.0.113.9", "52.112.0.1", 6000, 3478, { 77, 88 }, 0 },
        { 1, 1, 9, "10.0.0.1", "52.112.0.1", 5000, 3478, { 77, 88 }, 0 },
    };
    check_datagrams(flows, 2, "1:9 0:4 ");
    flows[1].server = "52.112.0.2"; /* another relay answers the same request */
    check_datagrams(flows, 2, "");
    flows[1].server = flows[0].server;
    flows[1].transaction.low++;
    check_datagrams(flows, 2, "");
    flows[0].transaction = flows[1].transaction = (struct flow_transaction){ 0, 0 };
    check_datagrams(flows, 2, ""); /* nothing is no key */
}

/* 16 bits and a question that all ask are too little to tell one client from another. */
static void a_dns_message_is_one_flow_between_the_same_ends_only(void)
{
    struct datagrams flows[] = {
        { 0, 0, 4, "10.0.0.1", "192.0.2.53", 5000, 53, { 77, 65537 }, 62 },
        { 1, 0, 9, "10.0.0.1", "192.0.2.53", 5000, 53, { 77, 65537 }, 64 },
    };
    check_datagrams(flows, 2, "1:9 0:4 "); /* ordered by what routers count down */
    flows[1].client = "203.0.113.9";
    check_datagrams(flows, 2, "");
    flows[1].client = flows[0].client;
    flows[1].client_port = 5001;
    check_datagrams(flows, 2, "");
}

static void what_repeats_at_one_point_is_no_key(void)
{
    const struct sighting sightings[] = {
        { 0, 0, 4, random_number(0), 1, "52.96.1.2", 30, 1, false },
        { 0, 0, 5, random_number(0), 2, "52.96.1.2", 30, 1, false },
        { 1, 0, 9, random_number(0), 1, "52.96.1.2", 20, 11, false },
    };
    check_all(sightings, 3, "", 3);
}

static void told_vantages_order_the_points_before_any_time(void)
{
    const struct sighting sightings[] = {
        { 0, 5, 4, random_number(0), 1, "52.96.1.2", 30, 1, false },
        { 1, 1, 9, random_number(0), 1, "52.96.1.2", 20, 11, false },
    };
    check_all(sightings, 2, "1:9 0:4 ", 0);
}

static void the_rest_of_the_way_orders_what_is_not_told(void)
{
    const struct sighting sightings[] = {
        { 0, 0, 1, random_number(0), 1, "52.96.1.2", 10, 21, false },
        { 1, 5, 1, random_number(0), 1, "52.96.1.2", 20, 11,
          false }, /* told of one alone */
        { 2, 0, 1, random_number(0), 1, "52.96.1.2", 30, 1, false },
    };
    check_all(sightings, 3, "2:1 1:1 0:1 ", 0);
}

static void the_clients_side_orders_where_the_servers_is_unknown(void)
{
    const struct sighting sightings[] = {
        { 0, 0, 1, random_number(0), 1, "52.96.1.2", -1, 21, false },
        { 1, 0, 1, random_number(0), 1, "52.96.1.2", 20, 11, false },
    };
    check_all(sightings, 2, "1:1 0:1 ", 0);
}

/* The RTT in front of a proxy is that to the proxy: it is small and tells no order. */
static void the_clients_side_of_a_proxy_comes_first(void)
{
    const struct sighting sightings[] = {
        { 0, 0, 1, random_number(0), 1, "52.96.1.2", 30, 0, false },
        { 1, 0, 1, random_number(0), 2, "10.0.0.8", 1, 1, true },
    };
    check_all(sightings, 2, "1:1 0:1 ", 0);
}

static void many_groups_stay_apart(void)
{
    struct sighting sightings[200];
    for (unsigned i = 0; i < 200; i++)
        sightings[i] = (struct sighting){ i % 2,       0,  i / 2 + 1, NULL, 1000 + i / 2,
                                          "52.96.1.2", 30, 1,         false };
    sightings[0].isn = 5; /* seen once, twice */
    struct correlation *correlation = correlated(sightings, 200, false);
    CHECK(correlation_groups(correlation) == 99);
    for (uint64_t id = 2; id <= 100; id++)
        for (uint32_t series = 0; series < 2; series++) {
            struct sighting_group group = correlation_find(correlation, series, id);
            CHECK(group.count == 2 && group.sightings[0].id == id &&
                  group.sightings[1].id == id);
        }
    CHECK(correlation_find(correlation, 0, 1).count == 0);
    CHECK(correlation_find(correlation, 0, 101).count == 0);
    CHECK(correlation_find(correlation, 2, 2).count == 0);
    correlation_free(correlation);
}

static void nothing_seen_is_nothing_found(void)
{
    struct correlation *correlation = correlation_new();
    correlation_conclude(correlation);
    CHECK(correlation_groups(correlation) == 0);
    CHECK(correlation_find(correlation, 0, 1).count == 0);
    correlation_free(correlation);
    correlation_free(NULL);
}

static void the_base_counts_before_the_handshake(void)
{
    struct flow_record record;
    test_flow(&record, 1, "10.0.0.1", "52.96.1.2", 443);
    CHECK(correlation_rtt(&record, RTT_SERVER) == -1);
    record.handshake.server_ns = 7;
    record.handshake.client_ns = 8;
    CHECK(correlation_rtt(&record, RTT_SERVER) == 7);
    CHECK(correlation_rtt(&record, RTT_CLIENT) == 8);
    record.handshake.client_is_estimate = true;
    CHECK(correlation_rtt(&record, RTT_CLIENT) == -1);
    record.rtt[RTT_SERVER].base_ns = 0;
    CHECK(correlation_rtt(&record, RTT_SERVER) == 0);
    flow_record_release(&record);
}

int main(void)
{
    RUN(the_same_hello_is_one_flow_even_behind_nat_and_another_isn);
    RUN(another_hello_is_another_flow);
    RUN(without_tls_the_sequence_number_and_the_server_tell);
    RUN(a_stun_transaction_tells_a_flow_behind_nat);
    RUN(a_dns_message_is_one_flow_between_the_same_ends_only);
    RUN(what_repeats_at_one_point_is_no_key);
    RUN(told_vantages_order_the_points_before_any_time);
    RUN(the_rest_of_the_way_orders_what_is_not_told);
    RUN(the_clients_side_orders_where_the_servers_is_unknown);
    RUN(the_clients_side_of_a_proxy_comes_first);
    RUN(many_groups_stay_apart);
    RUN(nothing_seen_is_nothing_found);
    RUN(the_base_counts_before_the_handshake);
    return test_end();
}
