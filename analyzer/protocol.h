/*
 * protocol.h - what nDPI calls a flow: a hint beside our own facts, never evidence.
 *
 * nDPI reads hostile bytes with known faults, so it is kept short: at most 24 TCP segments
 * with payload or 8 datagrams a flow, none above 2,048 bytes, none that is cut, and its
 * DNS dissector, which one packet can hang, is off. While it runs `is_inside` is 1: who
 * watches the worker can tell whose fault a hang or a crash was. Make it before the
 * sandbox closes. The library is not made for threads: one struct protocol a process.
 */
#ifndef O365LENS_ANALYZER_PROTOCOL_H
#define O365LENS_ANALYZER_PROTOCOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dissectors/bytes.h"

enum { PROTOCOL_TEXT_SIZE = 64 };

struct protocol;
struct protocol_flow; /* of one flow; NULL before the first packet and after the label */

struct protocol_label {
    char name[PROTOCOL_TEXT_SIZE];     /* "TLS.Microsoft365"; "" where there is none */
    char category[PROTOCOL_TEXT_SIZE]; /* "Collaborative" */
    bool is_by_name;                   /* the host table's, not the packets' */
    bool is_guess; /* no packet showed it: by address or port, or nothing was shown */
    uint16_t master, application; /* the library's numbers: of use to it alone */
};

/* NULL where the library on this machine is not the one this was built for. */
struct protocol *protocol_new(_Atomic uint32_t *is_inside);
void protocol_free(struct protocol *protocol);

/* From now on this is the mark to set: a worker's own, after the fork. */
void protocol_watch(struct protocol *protocol, _Atomic uint32_t *is_inside);

/* Shows it one packet from the IP header on. True once it needs no more of the flow. */
bool protocol_see(struct protocol *protocol, struct protocol_flow **flow, struct bytes ip,
                  bool is_tcp, int64_t time_ns);

/*
 * Asks for the label and lets go of *flow. It is what the flow would be called alone: of
 * one flow the library learns nothing about another.
 */
void protocol_conclude(struct protocol *protocol, struct protocol_flow **flow,
                       struct protocol_label *label);

/* Where the flow's server has a name that is in the library's host table, that is the
   better label: "TLS.Microsoft365" as the packets may have it by the address alone. */
void protocol_consider_name(struct protocol *protocol, struct bytes name,
                            struct protocol_label *label);

const char *protocol_library_version(void);

#endif
