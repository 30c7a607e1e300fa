/*
 * rtt_sample.h - what becomes of a round trip that was measured.
 *
 * Internal to rtt.c. A receiver may keep the acknowledgement of segments that do not fill
 * a packet back until its timer runs out (RFC 9293 section 3.8.6.3, RFC 1122 section
 * 4.2.3.2). Such a sample tells of the receiver, not of the way: it gets a mass of its
 * own (methods C1.4 c). It is one where all of this holds:
 *
 * - the segment is shorter than a full one, and a pure acknowledgement ends with it;
 * - the sample lies 40, 50, 100 or 200 ms, 5 ms up or down, above the shortest one of
 *   data (not the handshake's, which a firewall may have answered);
 * - no other sample of this side within a second of it is raised by half as much, as the
 *   neighbours in a queue would be.
 *
 * The neighbour behind it is still to come, so up to RTT_WAITING samples wait for it.
 */
#ifndef O365LENS_ANALYZER_RTT_SAMPLE_H
#define O365LENS_ANALYZER_RTT_SAMPLE_H

#include "analyzer/rtt_direction.h"
#include "analyzer/rtt_packet.h"

/* Is this what a receiver's timer may add? */
bool rtt_sample_is_timer(int64_t excess_ns);

/* `is_short`: the acknowledgement is pure and ends with `source`, which fills no packet.
 */
void rtt_sample_see(struct rtt *rtt, unsigned side, enum rtt_class class, bool is_short,
                    const struct rtt_entry *source, const struct rtt_packet *reply);

/* Nothing more follows: decides on the samples that wait. */
void rtt_sample_conclude(struct rtt *rtt, unsigned side);

#endif
