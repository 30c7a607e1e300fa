/*
 * flow_table.h - finds, ages and closes flows.
 *
 *     struct flow *flow = flow_table_find(table, &key);
 *     if (flow == NULL) flow = flow_table_add(table, &key);
 *     flow_table_touch(table, flow);
 *
 * The number of flows is capped: beyond it the one that was silent longest is closed,
 * those that ended first. Closing calls the owner back with the flow, then frees it.
 */
#ifndef O365LENS_ANALYZER_FLOW_TABLE_H
#define O365LENS_ANALYZER_FLOW_TABLE_H

#include <stdint.h>

#include "analyzer/flow.h"

enum {
    FLOW_TABLE_DEFAULT_LIMIT = 262144,
    FLOW_TABLE_ENDED_LIMIT = 1024, /* ended TCP flows kept for their stragglers */
};

struct flow_table;

typedef void flow_table_close(void *context, struct flow *flow);

struct flow_table *flow_table_new(uint32_t limit, flow_table_close *close, void *context);

/* Closes all flows that are left, in order of their ids, and frees the table. */
void flow_table_free(struct flow_table *table);

/* `key` with its ends in order; false where the source is the high end. */
bool flow_key_of(const struct headers *headers, struct flow_key *key);

struct flow *flow_table_find(struct flow_table *table, const struct flow_key *key);

/* A new flow, zeroed but for key and id; ids count from 1. */
struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key);

/* It was seen just now: it goes to the young end of its list. */
void flow_table_touch(struct flow_table *table, struct flow *flow);

/* A TCP flow ended: it may go once enough others have. */
void flow_table_ended(struct flow_table *table, struct flow *flow);

void flow_table_remove(struct flow_table *table, struct flow *flow);

/* Closes UDP flows whose last packet is older than this, a few at each call. */
void flow_table_age_udp(struct flow_table *table, int64_t before_ns);

uint64_t flow_table_evicted(const struct flow_table *table); /* closed for want of room */

#endif
