/*
 * flow.h - a conversation that is still open: what the worker knows of it so far.
 *
 * Lives in the flow table. When it closes, flow_conclude makes a flow_record of it.
 */
#ifndef O365LENS_ANALYZER_FLOW_H
#define O365LENS_ANALYZER_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/flow_record.h"
#include "analyzer/handshake.h"
#include "analyzer/lookup.h"
#include "analyzer/protocol.h"
#include "analyzer/rtt.h"
#include "analyzer/stun_talk.h"

/* The 5-tuple; `low` is the end that sorts first, so that both directions are one key. */
struct flow_key {
    struct ip_address low, high;
    uint16_t low_port, high_port;
    uint8_t transport; /* enum flow_transport */
};

struct flow_hop { /* of the packets of one side */
    uint32_t ttl_votes;
    uint8_t ttl; /* majority so far (Boyer and Moore) */
    bool has_mac;
    struct mac_address mac; /* source address of the first packet's frame */
};

struct flow {
    struct flow *next_in_slot;
    struct flow *older, *newer; /* in the list of its kind, by last packet */
    struct flow_key key;
    uint64_t hash;
    uint64_t id;
    bool client_is_low;
    uint8_t client_by; /* enum client_by */
    bool is_done_with_labels, is_done_with_handshake;
    bool has_fin[2];
    bool is_ended;
    uint8_t ended_by; /* enum flow_end */
    uint32_t partial; /* bits of enum partial, as far as known while it is open */
    uint32_t capture; /* file of the first packet */
    uint32_t clock_epoch; /* of its last packet: how often the clock had stepped back */
    int64_t start_ns, end_ns;
    int64_t touched_ns; /* when it last went to the young end of its list */
    uint64_t first_frame;
    uint64_t packets[2], bytes[2];
    uint32_t crossings;
    uint64_t copies;
    uint32_t home_interface; /* of its first packet */
    bool crosses_interfaces; /* its packets come by at several interfaces of the file */
    uint8_t layer_count;
    struct layer layers[DECODE_LAYERS];
    struct flow_hop hops[2];
    struct flow_tcp_options options[2];
    uint32_t isn[2];
    uint32_t highest[2]; /* TCP: highest sequence number seen, plus one */
    bool has_highest[2];
    struct rtt *rtt;              /* TCP; owned */
    struct flow_facts *facts;     /* owned; NULL until there are any */
    struct handshake *handshake;  /* owned; NULL before and after */
    struct quic_reader *quic;     /* owned; NULL before and after */
    struct stun_talk *stun;       /* owned with its requests; NULL where none */
    struct protocol_flow *label_state;
    struct protocol_label *label; /* owned */
    struct flow_dns dns;          /* texts in facts->texts */
    struct flow_lookups lookups;
    struct ip_address egress;
    uint64_t egress_frame, stun_requests, stun_answers;
    struct flow_transaction transaction;
};

/* By which end the packet was sent. */
enum flow_side flow_side_of(const struct flow *flow, const struct ip_address *source,
                            uint16_t source_port);

const struct ip_address *flow_address(const struct flow *flow, enum flow_side sender);
uint16_t flow_port(const struct flow *flow, enum flow_side sender);

/* The facts of the flow, made on first use. */
struct flow_facts *flow_facts(struct flow *flow);

/* Who the client seems to be by the first packet alone (contract, section 2). */
void flow_presume_client(struct flow *flow, const struct headers *headers,
                         bool source_is_low);

/*
 * The client is the other end, or the same for a better reason. Everything that was
 * noted by direction changes sides.
 */
void flow_set_client(struct flow *flow, bool client_is_low, enum client_by by);

/* Whom the client means to talk to: the server name of TLS, else the host of an HTTP or
   SOCKS request, else the name that it looked up. Empty where there is none. The window
   lives as long as the flow's facts. */
struct bytes flow_server_name(const struct flow *flow);

/* How the flow's messages are to be read as lookups; kind LOOKUP_NONE: not at all. */
struct lookup flow_lookup(struct flow *flow, struct name_cache *names, int64_t time_ns,
                          uint64_t frame);

/* Of a TCP segment: how far its side has come. */
void flow_note_highest(struct flow *flow, enum flow_side side,
                       const struct headers *headers);

/* Fills `record`; its texts are the flow's. */
void flow_conclude(const struct flow *flow, struct flow_record *record);

#endif
