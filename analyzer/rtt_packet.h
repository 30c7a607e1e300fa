/*
 * rtt_packet.h - a packet as the parts of rtt.c hand it on.
 */
#ifndef O365LENS_ANALYZER_RTT_PACKET_H
#define O365LENS_ANALYZER_RTT_PACKET_H

#include "analyzer/rtt.h"

/* One TCP packet of the connection, as the engine looks at it. */
struct rtt_packet {
    const struct headers *headers;
    int64_t time_ns;
    uint64_t frame;
    uint8_t from; /* 0: the client, 1: the server; index of counts and directions */
};

/*
 * 137 s, as far as a distribution reaches. A segment lives two minutes at most (RFC 9293
 * section 3.4.1): what seems to be answered later was stamped by a clock that jumped.
 */
static const int64_t rtt_longest_ns = INT64_C(1) << 37;

#endif
