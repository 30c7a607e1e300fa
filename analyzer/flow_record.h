/*
 * flow_record.h - a closed flow: what its packets showed, and nothing else.
 *
 * Facts only: no site file, no endpoint list, no threshold had a say. A record is filled
 * once when the flow closes and never changed again. Its texts and lists belong to
 * whoever made it (the flow in the worker, the line buffer of the result reader in the
 * parent) and live as long as that one says. What was not seen is NULL, 0 where 0 is no
 * possible value, or -1 for durations: each field says which.
 *
 * A frame is a file of the series and a frame number in one: frame_file, frame_number.
 */
#ifndef O365LENS_ANALYZER_FLOW_RECORD_H
#define O365LENS_ANALYZER_FLOW_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/distribution.h"
#include "analyzer/flow_lookups.h"
#include "analyzer/flow_parts.h"
#include "analyzer/flow_stun.h"
#include "analyzer/rtt.h"

struct flow_side_rtt {
    struct distribution samples, delayed; /* delayed: by a receiver's timer */
    uint32_t classes[RTT_CLASSES];
    int64_t base_ns; /* -1: none */
    bool is_base_confirmed;
    uint64_t min_source_frame, min_reply_frame;
};

struct flow_timing {       /* durations in ns, -1 where not seen */
    int64_t tcp_ns;        /* SYN to third ACK */
    int64_t connect_ns;    /* CONNECT to 2xx */
    int64_t auth_ns;       /* first request to the request that was not answered by 407 */
    int64_t hello_ns;      /* ClientHello to ServerHello */
    int64_t tls_ns;        /* ClientHello to first client application record */
    int64_t first_byte_ns; /* first byte of the request to first byte of the answer */
};

struct flow_tcp_options { /* of one side's SYN or SYN-ACK */
    bool is_seen;
    bool has_window_scale, has_sack, has_timestamps;
    uint8_t window_scale;
    uint16_t mss; /* 0: none */
};

/*
 * What pairs the first request of a UDP flow with its answer, and one sighting of the
 * flow with another: the 96 bits of a STUN transaction (RFC 8489 section 5), or a DNS
 * message's number, marked, behind a hash of its question. Both 0: none seen.
 */
struct flow_transaction {
    uint64_t high, low;
};

struct flow_record {
    uint32_t capture; /* file of the first packet: index into the series' captures */
    uint64_t id;      /* from 1, in order of first packet */
    uint8_t transport, client_by;
    struct flow_peer client, server;
    uint32_t layer_count;
    struct layer layers[DECODE_LAYERS]; /* of the first sighting */
    uint32_t crossings;                 /* 1: seen at one place */
    uint64_t copies;
    int64_t start_ns, end_ns;
    uint64_t first_frame;
    uint64_t packets[2], bytes[2];             /* by enum flow_side */
    uint32_t partial;                          /* bits of enum partial */
    const char *ndpi_protocol, *ndpi_category; /* NULL where no label */
    bool ndpi_by_name;
    struct flow_tls tls;
    struct flow_quic quic;
    struct flow_http http;
    struct flow_socks socks;
    struct flow_dns dns;
    struct flow_lookups lookups;
    struct rtt_handshake handshake;
    struct flow_side_rtt rtt[RTT_SIDES];
    struct flow_timing timing;
    struct rtt_counts counts[2]; /* TCP, by enum flow_side */
    struct flow_tcp_options
        options[2];           /* [0] the client's SYN, [1] the server's SYN-ACK */
    uint32_t client_isn;      /* where options[0].is_seen */
    bool has_conflict;        /* copies of a handshake's bytes contradicted each other */
    uint8_t ended_by;         /* enum flow_end, TCP */
    struct ip_address egress; /* as a STUN answer tells it; family 0: none */
    uint64_t egress_frame;
    uint64_t stun_requests, stun_answers;
    struct flow_transaction transaction; /* UDP */
    struct flow_stun stun;
};

/* A record of nothing seen: every duration -1, every distribution empty. */
void flow_record_init(struct flow_record *record);

/* Lets go of the distributions. Texts are the maker's. */
void flow_record_release(struct flow_record *record);

const char *client_by_text(enum client_by by);
const char *partial_text(unsigned bit); /* of bit number 0 to 10 */
const char *flow_end_text(enum flow_end end);
const char *certificate_hidden_text(enum certificate_hidden hidden); /* NULL for _NOT */

#endif
