/* test_flow_table.c - analyzer/flow_table.c. */
#include "analyzer/flow_table.h"

#include "tests/test.h"

enum { CLOSED_MOST = 50000 };

struct closed {
    uint32_t count;
    uint64_t ids[CLOSED_MOST];
    uint32_t partial[CLOSED_MOST];
};

static void see_close(void *context, struct flow *flow)
{
    struct closed *closed = context;
    if (closed->count == CLOSED_MOST)
        abort();
    closed->ids[closed->count] = flow->id;
    closed->partial[closed->count++] = flow->partial;
}

static struct closed *closed_new(void)
{
    struct closed *closed = calloc(1, sizeof *closed);
    if (closed == NULL)
        abort();
    return closed;
}

static struct headers packet(uint8_t protocol, uint32_t from, uint16_t port)
{
    struct headers headers = { .protocol = protocol,
                               .source = { 4, { 10 } },
                               .destination = { 4, { 52, 96, 0, 1 } },
                               .source_port = port,
                               .destination_port = 443 };
    headers.source.bytes[1] = (uint8_t)(from >> 16);
    headers.source.bytes[2] = (uint8_t)(from >> 8);
    headers.source.bytes[3] = (uint8_t)from;
    return headers;
}

static struct flow_key key_of(uint8_t protocol, uint32_t from, uint16_t port)
{
    struct headers headers = packet(protocol, from, port);
    struct flow_key key;
    (void)flow_key_of(&headers, &key);
    return key;
}

static struct flow *add(struct flow_table *table, uint8_t protocol, uint32_t from,
                        int64_t end_ns)
{
    struct flow_key key = key_of(protocol, from, 5000);
    struct flow *flow = flow_table_add(table, &key);
    flow->end_ns = end_ns;
    return flow;
}

static void both_directions_have_one_key(void)
{
    struct headers there = packet(6, 1, 5000), back = there;
    back.source = there.destination;
    back.destination = there.source;
    back.source_port = there.destination_port;
    back.destination_port = there.source_port;
    struct flow_key a, b;
    bool is_low = flow_key_of(&there, &a);
    CHECK(flow_key_of(&back, &b) == !is_low);
    CHECK(a.low_port == b.low_port && a.high_port == b.high_port);
    CHECK(address_is_equal(&a.low, &b.low) && address_is_equal(&a.high, &b.high));

    there.destination = there.source; /* a machine talks to itself: the ports decide */
    back = there;
    back.source_port = there.destination_port;
    back.destination_port = there.source_port;
    CHECK(flow_key_of(&there, &a) != flow_key_of(&back, &b));
    CHECK(a.low_port == 443 && b.low_port == 443);
}

static void what_differs_in_one_part_of_the_key_is_another_flow(void)
{
    struct closed *closed = closed_new();
    struct flow_table *table = flow_table_new(100, see_close, closed);
    struct flow *flow = add(table, 6, 1, 0);
    struct flow_key key = key_of(6, 1, 5000);
    CHECK(flow_table_find(table, &key) == flow);
    key = key_of(17, 1, 5000);
    CHECK(flow_table_find(table, &key) == NULL);
    key = key_of(6, 2, 5000);
    CHECK(flow_table_find(table, &key) == NULL);
    key = key_of(6, 1, 5001);
    CHECK(flow_table_find(table, &key) == NULL);
    key = key_of(6, 1, 5000);
    key.low.family = key.high.family = 6;
    CHECK(flow_table_find(table, &key) == NULL);
    flow_table_remove(table, flow);
    key = key_of(6, 1, 5000);
    CHECK(flow_table_find(table, &key) == NULL);
    flow_table_free(table);
    CHECK(closed->count == 1);
    free(closed);
}

static void thousands_are_found_while_the_table_grows(void)
{
    struct closed *closed = closed_new();
    struct flow_table *table = flow_table_new(CLOSED_MOST, see_close, closed);
    for (uint32_t i = 0; i < 20000; i++)
        CHECK(add(table, i % 2 ? 6 : 17, i, i)->id == i + 1);
    for (uint32_t i = 0; i < 20000; i++) {
        struct flow_key key = key_of(i % 2 ? 6 : 17, i, 5000);
        struct flow *flow = flow_table_find(table, &key);
        CHECK(flow != NULL && flow->id == i + 1);
    }
    CHECK(flow_table_evicted(table) == 0 && closed->count == 0);
    flow_table_free(table);
    CHECK(closed->count == 20000);
    for (uint32_t i = 0; i < closed->count; i++)
        CHECK(closed->ids[i] == i + 1 && closed->partial[i] == 0);
    free(closed);
}

static void the_flow_silent_longest_makes_room(void)
{
    struct closed *closed = closed_new();
    struct flow_table *table = flow_table_new(3, see_close, closed);
    struct flow *first = add(table, 6, 1, 10);
    (void)add(table, 17, 2, 20);
    (void)add(table, 6, 3, 30);
    first->end_ns = 40;
    flow_table_touch(table, first);
    (void)add(table, 6, 4, 50);  /* closes 2, a UDP flow */
    (void)add(table, 6, 5, 60);  /* closes 3 */
    (void)add(table, 17, 6, 70); /* closes 1 */
    CHECK(closed->count == 3 && flow_table_evicted(table) == 3);
    CHECK(closed->ids[0] == 2 && closed->ids[1] == 3 && closed->ids[2] == 1);
    CHECK(closed->partial[0] == PARTIAL_EVICTED);
    flow_table_free(table);
    CHECK(closed->count == 6 && closed->partial[3] == 0);
    free(closed);
}

static void flows_that_ended_make_room_first_and_nothing_is_lost_by_it(void)
{
    struct closed *closed = closed_new();
    struct flow_table *table = flow_table_new(3, see_close, closed);
    (void)add(table, 6, 1, 10);
    struct flow *ended = add(table, 6, 2, 20);
    (void)add(table, 6, 3, 30);
    flow_table_ended(table, ended);
    flow_table_ended(table, ended); /* said twice */
    (void)add(table, 6, 4, 40);
    CHECK(closed->count == 1 && closed->ids[0] == 2 && closed->partial[0] == 0);
    CHECK(flow_table_evicted(table) == 0);
    flow_table_free(table);
    free(closed);
}

static void ended_flows_are_kept_for_their_stragglers_up_to_a_limit(void)
{
    struct closed *closed = closed_new();
    struct flow_table *table = flow_table_new(CLOSED_MOST, see_close, closed);
    for (uint32_t i = 0; i < FLOW_TABLE_ENDED_LIMIT; i++)
        flow_table_ended(table, add(table, 6, i, i));
    CHECK(closed->count == 0);
    struct flow_key key = key_of(6, 0, 5000);
    flow_table_touch(table, flow_table_find(table, &key)); /* a straggler */
    flow_table_ended(table, add(table, 6, 100000, 1));
    CHECK(closed->count == 1 && closed->ids[0] == 2);
    flow_table_free(table);
    free(closed);
}

static void silent_udp_flows_age_and_tcp_flows_do_not(void)
{
    struct closed *closed = closed_new();
    struct flow_table *table = flow_table_new(100, see_close, closed);
    for (uint32_t i = 0; i < 10; i++) {
        (void)add(table, 17, i, i);
        (void)add(table, 6, i, i);
    }
    flow_table_age_udp(table, 0);
    CHECK(closed->count == 0);
    for (int i = 0; i < 10; i++)
        flow_table_age_udp(table, 5);
    CHECK(closed->count == 5 && closed->ids[4] == 9);
    flow_table_free(table);
    CHECK(closed->count == 20);
    free(closed);
}

int main(void)
{
    RUN(both_directions_have_one_key);
    RUN(what_differs_in_one_part_of_the_key_is_another_flow);
    RUN(thousands_are_found_while_the_table_grows);
    RUN(the_flow_silent_longest_makes_room);
    RUN(flows_that_ended_make_room_first_and_nothing_is_lost_by_it);
    RUN(ended_flows_are_kept_for_their_stragglers_up_to_a_limit);
    RUN(silent_udp_flows_age_and_tcp_flows_do_not);
    return test_end();
}
