/*
 * rtt_reply.h - what an acknowledgement tells of the segments it answers (methods C1.3).
 *
 * Internal to rtt.c. Both directions are there when it is called.
 */
#ifndef O365LENS_ANALYZER_RTT_REPLY_H
#define O365LENS_ANALYZER_RTT_REPLY_H

#include "analyzer/rtt_packet.h"

/* Folds the acknowledgement of a packet in: samples, losses, repetitions. */
void rtt_reply_see(struct rtt *rtt, const struct rtt_packet *reply);

#endif
