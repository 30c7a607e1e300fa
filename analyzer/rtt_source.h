/*
 * rtt_source.h - segments with payload or FIN, which acknowledgements will answer
 * (methods C1.2 rule 5 and C1.3).
 *
 * Internal to rtt.c. The packet's direction is there when it is called.
 */
#ifndef O365LENS_ANALYZER_RTT_SOURCE_H
#define O365LENS_ANALYZER_RTT_SOURCE_H

#include "analyzer/rtt_packet.h"

/* Folds the payload of a packet in: outstanding, repeated, overtaken or a window probe.
 */
void rtt_source_see(struct rtt *rtt, const struct rtt_packet *packet);

#endif
