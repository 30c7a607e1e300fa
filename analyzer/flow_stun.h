/*
 * flow_stun.h - part of a flow record: the STUN transactions of a flow's client.
 *
 * An answer may come from another address than the request went to (relays do that): it
 * counts for the flow that asked, wherever it came from. RFC 8489 section 6.2.1: a
 * request is sent again with the same transaction id.
 */
#ifndef O365LENS_ANALYZER_FLOW_STUN_H
#define O365LENS_ANALYZER_FLOW_STUN_H

#include <stdbool.h>
#include <stdint.h>

struct flow_stun {
    uint64_t transactions; /* distinct requests of the client */
    uint64_t answered;     /* of those */
    uint64_t repeats;      /* requests sent again */
    int64_t rtt_ns;        /* shortest, of requests sent once; -1: none */
    bool is_turn;          /* a relay was asked for, or data passed by one */
    bool is_microsoft;     /* MS-TURN, or attributes of Microsoft's clients */
};

#endif
