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
#include "dissectors/address.h"

enum {
    FLOW_CHAIN_MAX = 10,        /* certificates kept of one chain */
    FLOW_DNS_CHAIN_MAX = 16,    /* names kept of one CNAME chain */
    FLOW_ALPN_MAX = 8,          /* protocols kept of one offer */
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

enum certificate_hidden {
    CERTIFICATE_HIDDEN_NOT, /* a certificate is there, or there is no TLS */
    CERTIFICATE_HIDDEN_TLS13,
    CERTIFICATE_HIDDEN_RESUMED,
    CERTIFICATE_HIDDEN_NOT_CAPTURED,
    CERTIFICATE_HIDDEN_UNREADABLE, /* one came: no X.509, or compressed in a way not read */
};

struct flow_peer {
    struct ip_address ip; /* innermost */
    uint16_t port;
    uint8_t ttl; /* of most of its packets; 0: none seen */
    bool has_mac;
    struct mac_address mac; /* of the hop that handed its packets on */
};

/* One distinct certificate of a series; flows refer to it by its index there. */
struct flow_certificate {
    const char *subject_cn, *subject_o; /* NULL where absent */
    const char *issuer_cn, *issuer_o;
    const char *const *san;                        /* DNS names and addresses */
    uint32_t san_count;
    bool san_cut; /* there were more than are kept */
    int64_t not_before_s, not_after_s;
    const char *sha256; /* of the DER, 64 hex digits */
};

struct flow_tls {
    bool is_present;     /* a ClientHello or a ServerHello was read */
    bool has_hello;      /* the ClientHello was */
    const char *version; /* negotiated: "1.2"; NULL where no ServerHello */
    const char *sni;
    const char *alpn; /* what the server chose; NULL where that is sealed or not seen */
    uint32_t alpn_offered_count;
    const char *alpn_offered[FLOW_ALPN_MAX]; /* by the client, in its order */
    bool has_server_hello;
    bool resumed, hello_retry, offers_13, has_ech;
    const char *starttls;      /* the protocol that asked for TLS: "smtp"; NULL: none */
    const char *alert;         /* of the first one seen in clear */
    const char *client_random; /* 64 hex digits */
    const char *session_id;    /* of the ClientHello, hex; NULL where empty */
    const char *ja3, *ja4, *ja3s;
    uint8_t hidden;                 /* enum certificate_hidden */
    uint32_t chain_count;           /* 0: no certificate seen */
    uint32_t chain[FLOW_CHAIN_MAX]; /* leaf first, indexes of the series' certificates */
    uint64_t hello_frame, server_hello_frame, certificate_frame;
};

struct flow_quic {
    const char *version; /* "1", "2", "draft-29"; NULL where no QUIC */
    bool retry;
    const char *dcid;  /* of the first client Initial, hex */
    uint32_t initials; /* of the client that were opened, repeated ones too, up to the cap
                          of what is read as a handshake */
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
    uint64_t auth_frame; /* of the first answer of status 407 */
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
