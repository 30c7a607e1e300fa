/*
 * rtt_handshake.h - the round trips of a three-way handshake (methods C1.1).
 *
 * Internal to rtt.c, which feeds every packet until rtt->opening.is_over.
 */
#ifndef O365LENS_ANALYZER_RTT_HANDSHAKE_H
#define O365LENS_ANALYZER_RTT_HANDSHAKE_H

#include "analyzer/rtt_packet.h"

void rtt_handshake_init(struct rtt *rtt);

/* Fills rtt->handshake and counts repeated SYNs as retransmissions. */
void rtt_handshake_see(struct rtt *rtt, const struct rtt_packet *packet);

#endif
