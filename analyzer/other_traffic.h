/*
 * other_traffic.h - what is neither TCP nor UDP, counted by protocol; and what carries
 * other traffic that cannot be seen, though it is in UDP or TCP and so a flow as well.
 */
#ifndef O365LENS_ANALYZER_OTHER_TRAFFIC_H
#define O365LENS_ANALYZER_OTHER_TRAFFIC_H

#include "analyzer/assessment.h"
#include "analyzer/decode.h"

enum {
    OTHER_PROTOCOLS_MOST = 64, /* the rest is "other" */
    OTHER_PEERS_MOST = 4096,   /* pairs told apart per capture */
};

struct other_traffic;

struct other_traffic *other_traffic_new(void);
void other_traffic_free(struct other_traffic *other);

/* One packet whose outcome is not DECODE_TRANSPORT. */
void other_traffic_see(struct other_traffic *other, const struct headers *headers,
                       enum decode outcome, uint32_t length);

/* One that is DECODE_TRANSPORT; counted where it is a carrier (dissectors/carrier.h). */
void other_traffic_see_carrier(struct other_traffic *other, const struct headers *headers,
                               uint32_t length);

/* Hands the counts over to a capture's entry, by name, and begins anew. */
void other_traffic_conclude(struct other_traffic *other, struct capture_entry *entry);

#endif
