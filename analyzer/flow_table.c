/* flow_table.c - a chained hash table, and a list by age for each kind of flow. */
#include "analyzer/flow_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "analyzer/alloc.h"

enum { FIRST_SLOTS = 4096, AGED_A_CALL = 32 };

enum list_kind { LIST_TCP, LIST_UDP, LIST_ENDED, LISTS };

struct list {
    struct flow *oldest, *newest;
    uint32_t count;
};

struct flow_table {
    struct flow **slots;
    uint32_t slot_count, count, limit;
    uint64_t next_id, evicted, seed;
    struct list lists[LISTS];
    flow_table_close *close;
    void *context;
};

struct flow_table *flow_table_new(uint32_t limit, flow_table_close *close, void *context)
{
    struct flow_table *table = alloc_zeroed(1, sizeof *table);
    *table = (struct flow_table){ .slot_count = FIRST_SLOTS,
                                  .limit = limit,
                                  .next_id = 1,
                                  .close = close,
                                  .context = context };
    table->slots = alloc_zeroed(table->slot_count, sizeof *table->slots);
    /* So that nobody can write a capture whose flows all fall into one slot. No result
       depends on it: whatever leaves the table is sorted. */
    if (getrandom(&table->seed, sizeof table->seed, 0) != sizeof table->seed)
        table->seed = UINT64_C(0x9e3779b97f4a7c15);
    return table;
}

bool flow_key_of(const struct headers *headers, struct flow_key *key)
{
    int order = address_order(&headers->source, &headers->destination);
    bool source_is_low =
        order < 0 || (order == 0 && headers->source_port <= headers->destination_port);
    key->transport = headers->protocol == 6 ? FLOW_TCP : FLOW_UDP;
    key->low = source_is_low ? headers->source : headers->destination;
    key->high = source_is_low ? headers->destination : headers->source;
    key->low_port = source_is_low ? headers->source_port : headers->destination_port;
    key->high_port = source_is_low ? headers->destination_port : headers->source_port;
    return source_is_low;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t mixed = (a + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xa0761d6478bd642f);
    mixed = (mixed ^ mixed >> 32) + b * UINT64_C(0xe7037ed1a0b428db);
    mixed = (mixed ^ mixed >> 29) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 32;
}

static uint64_t word(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t hash_of(const struct flow_table *table, const struct flow_key *key)
{
    uint64_t ports = (uint64_t)key->low_port << 32 | (uint64_t)key->high_port << 8 |
                     key->transport;
    uint64_t hash = mix(ports, table->seed);
    hash = mix(hash ^ word(key->low.bytes), word(key->high.bytes));
    if (key->low.family == 6)
        hash = mix(hash ^ word(key->low.bytes + 8), word(key->high.bytes + 8));
    return hash;
}

static bool is_same_key(const struct flow_key *a, const struct flow_key *b)
{
    return a->low_port == b->low_port && a->high_port == b->high_port &&
           a->transport == b->transport && address_is_equal(&a->low, &b->low) &&
           address_is_equal(&a->high, &b->high);
}

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key)
{
    uint64_t hash = hash_of(table, key);
    struct flow *flow = table->slots[hash & (table->slot_count - 1)];
    while (flow != NULL && (flow->hash != hash || !is_same_key(&flow->key, key)))
        flow = flow->next_in_slot;
    return flow;
}

static struct list *list_of(struct flow_table *table, const struct flow *flow)
{
    if (flow->is_ended)
        return &table->lists[LIST_ENDED];
    return &table->lists[flow->key.transport == FLOW_TCP ? LIST_TCP : LIST_UDP];
}

static void unlink_flow(struct list *list, struct flow *flow)
{
    *(flow->older != NULL ? &flow->older->newer : &list->oldest) = flow->newer;
    *(flow->newer != NULL ? &flow->newer->older : &list->newest) = flow->older;
    flow->older = flow->newer = NULL;
    list->count--;
}

static void append_flow(struct list *list, struct flow *flow)
{
    flow->older = list->newest;
    flow->newer = NULL;
    *(list->newest != NULL ? &list->newest->newer : &list->oldest) = flow;
    list->newest = flow;
    list->count++;
}

static void grow(struct flow_table *table)
{
    uint32_t count = table->slot_count * 2;
    struct flow **slots = alloc_zeroed(count, sizeof *slots);
    for (uint32_t i = 0; i < table->slot_count; i++)
        while (table->slots[i] != NULL) {
            struct flow *flow = table->slots[i];
            table->slots[i] = flow->next_in_slot;
            flow->next_in_slot = slots[flow->hash & (count - 1)];
            slots[flow->hash & (count - 1)] = flow;
        }
    free(table->slots);
    table->slots = slots;
    table->slot_count = count;
}

static void make_room(struct flow_table *table)
{
    if (table->lists[LIST_ENDED].count > 0) {
        flow_table_remove(table, table->lists[LIST_ENDED].oldest);
        return;
    }
    struct flow *tcp = table->lists[LIST_TCP].oldest, *udp = table->lists[LIST_UDP].oldest;
    struct flow *victim =
        tcp == NULL || (udp != NULL && udp->end_ns <= tcp->end_ns) ? udp : tcp;
    victim->partial |= PARTIAL_EVICTED;
    table->evicted++;
    flow_table_remove(table, victim);
}

struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key)
{
    if (table->count >= table->limit)
        make_room(table);
    if (table->count >= table->slot_count)
        grow(table);
    struct flow *flow = alloc_zeroed(1, sizeof *flow);
    flow->key = *key;
    flow->id = table->next_id++;
    flow->hash = hash_of(table, key);
    struct flow **slot = &table->slots[flow->hash & (table->slot_count - 1)];
    flow->next_in_slot = *slot;
    *slot = flow;
    table->count++;
    append_flow(list_of(table, flow), flow);
    return flow;
}

void flow_table_touch(struct flow_table *table, struct flow *flow)
{
    struct list *list = list_of(table, flow);
    if (list->newest == flow)
        return;
    unlink_flow(list, flow);
    append_flow(list, flow);
}

void flow_table_ended(struct flow_table *table, struct flow *flow)
{
    if (flow->is_ended)
        return;
    unlink_flow(list_of(table, flow), flow);
    flow->is_ended = true;
    struct list *ended = &table->lists[LIST_ENDED];
    append_flow(ended, flow);
    if (ended->count > FLOW_TABLE_ENDED_LIMIT)
        flow_table_remove(table, ended->oldest);
}

void flow_table_remove(struct flow_table *table, struct flow *flow)
{
    struct flow **slot = &table->slots[flow->hash & (table->slot_count - 1)];
    while (*slot != flow)
        slot = &(*slot)->next_in_slot;
    *slot = flow->next_in_slot;
    unlink_flow(list_of(table, flow), flow);
    table->count--;
    table->close(table->context, flow);
    free(flow);
}

void flow_table_age_udp(struct flow_table *table, int64_t before_ns)
{
    for (unsigned i = 0; i < AGED_A_CALL; i++) {
        struct flow *oldest = table->lists[LIST_UDP].oldest;
        if (oldest == NULL || oldest->end_ns >= before_ns)
            return;
        flow_table_remove(table, oldest);
    }
}

static int by_id(const void *a, const void *b)
{
    const struct flow *first = *(struct flow *const *)a;
    const struct flow *second = *(struct flow *const *)b;
    return first->id < second->id ? -1 : first->id > second->id;
}

void flow_table_free(struct flow_table *table)
{
    struct flow **left = alloc_zeroed(table->count + 1, sizeof *left);
    uint32_t count = 0;
    for (unsigned kind = 0; kind < LISTS; kind++)
        for (struct flow *flow = table->lists[kind].oldest; flow != NULL;
             flow = flow->newer)
            left[count++] = flow;
    qsort(left, count, sizeof *left, by_id);
    for (uint32_t i = 0; i < count; i++)
        flow_table_remove(table, left[i]);
    free(left);
    free(table->slots);
    free(table);
}

uint64_t flow_table_evicted(const struct flow_table *table)
{
    return table->evicted;
}
