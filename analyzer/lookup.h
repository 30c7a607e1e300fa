/*
 * lookup.h - one message of a conversation that looks names up: DNS, and what the clients
 * of one network ask each other (multicast DNS, LLMNR, NetBIOS names).
 *
 *     struct lookup lookup = { ... };
 *     lookup_see(&lookup, payload);         a datagram
 *     lookup_see_stream(&lookup, &ready);   TCP: whole messages from the front of `ready`
 *
 * RFC 1035, RFC 7766 (TCP), RFC 6762 (multicast), RFC 4795 (LLMNR), RFC 1002 (NetBIOS).
 */
#ifndef O365LENS_ANALYZER_LOOKUP_H
#define O365LENS_ANALYZER_LOOKUP_H

#include "analyzer/flow_record.h"
#include "analyzer/name_cache.h"

enum {
    LOOKUP_PORT_NBNS = 137,
    LOOKUP_PORT_DNS = 53,
    LOOKUP_PORT_MDNS = 5353,
    LOOKUP_PORT_LLMNR = 5355,
};

struct lookup {
    enum lookup_kind kind;
    struct name_cache *names; /* is told the answers of DNS */
    struct name_cache_message about;
    struct flow_lookups *counts; /* of the flow */
    struct flow_dns *dns;        /* of the flow: how long its last lookup took */
};

/* LOOKUP_NONE: neither port is one of these protocols'. Only DNS has a server by port. */
enum lookup_kind lookup_kind_of(uint16_t client_port, uint16_t server_port);

void lookup_see(const struct lookup *lookup, struct bytes message);

/* OK or TRUNCATED: more is to come; MALFORMED: this is no DNS, or not from the start. */
enum dissect lookup_see_stream(const struct lookup *lookup, struct bytes *ready);

#endif
