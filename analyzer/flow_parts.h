/*
 * flow_parts.h - the parts that a flow's facts are made of: who, TLS, QUIC, HTTP, DNS.
 *
 * See flow_record.h for how long texts live and how absence is told.
 */
#ifndef O365LENS_ANALYZER_FLOW_PARTS_H
#define O365LENS_ANALYZER_FLOW_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/decode.h"
#include "analyzer/flow_tls.h"
#include "dissectors/address.h"

enum {
    FLOW_DNS_CHAIN_MAX = 16,    /* names kept of one CNAME chain */
    FLOW_STATUS_MAX = 16,       /* HTTP status codes kept of one connection */
    FLOW_PROXY_HEADERS_MAX = 8, /* names of headers kept of one connection */
    FRAME_NUMBER_BITS = 40,
};

/* 0 is "no frame". */
static inline uint64_t frame_of(uint32_t file, uint64_t number)
{
    return (uint64_t)file << FRAME_NUMBER_BITS | number;
}
static inline uint32_t frame_file(uint64_t frame)
{
    return (uint32_t)(frame >> FRAME_NUMBER_BITS);
}
static inline uint64_t frame_number(uint64_t frame)
{
    return frame & ((UINT64_C(1) << FRAME_NUMBER_BITS) - 1);
}

enum flow_transport { FLOW_TCP, FLOW_UDP };

enum flow_side { FLOW_C2S, FLOW_S2C };

/* Why the client is thought to be the client, strongest first (contract, section 2). */
enum client_by {
    CLIENT_BY_SYN,
    CLIENT_BY_SYN_ACK,
    CLIENT_BY_HELLO,
    CLIENT_BY_REQUEST,
    CLIENT_BY_ANSWER,
    CLIENT_BY_PORT,
    CLIENT_BY_FIRST_PACKET,
};

/* Bits of flow_record.partial, in the order in which the contract lists them. */
enum partial {
    PARTIAL_NO_SYN = 1 << 0,
    PARTIAL_NO_SYNACK = 1 << 1,
    PARTIAL_NO_END = 1 << 2,
    PARTIAL_ONE_WAY = 1 << 3,
    PARTIAL_SNAPLEN = 1 << 4,
    PARTIAL_CAPTURE_LOSS = 1 << 5,
    PARTIAL_CUT_AT_FILE = 1 << 6,
    PARTIAL_CUT_SHORT = 1 << 7,
    PARTIAL_EVICTED = 1 << 8,
    PARTIAL_STREAM_CAP = 1 << 9,
    PARTIAL_OFFLOAD = 1 << 10,
};

enum flow_end { FLOW_END_OPEN, FLOW_END_FIN, FLOW_END_CLIENT_RST, FLOW_END_SERVER_RST };

struct flow_peer {
    struct ip_address ip; /* innermost */
    uint16_t port;
    uint8_t ttl; /* of most of its packets; 0: none seen */
    bool has_mac;
    struct mac_address mac; /* of the hop that handed its packets on */
};

struct flow_http {
    const char *method, *host; /* of the first request; host with port for CONNECT */
    bool is_absolute;          /* the request target has a scheme: sent to a proxy */
    uint32_t requests;
    uint32_t status_count;
    uint16_t statuses[FLOW_STATUS_MAX];
    uint32_t auth_rounds;    /* answers of status 407 */
    const char *auth_scheme; /* "Negotiate" */
    const char *via, *user_agent;
    uint64_t request_frame, connect_frame, connect_reply_frame;
    uint64_t auth_frame;         /* of the first answer of status 407 */
    uint32_t proxy_header_count; /* distinct names of headers that proxies add */
    const char *proxy_headers[FLOW_PROXY_HEADERS_MAX]; /* in lower case */
    const char *pac; /* a proxy auto-configuration file: "requested", "served"; NULL */
    uint64_t pac_frame;
};

struct flow_dns {
    const char *name; /* the name that the client asked for; NULL where none is known */
    uint32_t chain_count;
    const char *chain[FLOW_DNS_CHAIN_MAX]; /* CNAMEs from the name on */
    struct ip_address resolver;
    int64_t age_ns;    /* from the answer to the first packet; -1 where no answer */
    int64_t lookup_ns; /* from the query to the answer; -1 where the query was not seen */
    uint64_t frame;    /* of the answer */
};

#endif
