/*
 * rtt.h - round-trip times of one TCP connection, on both sides of the capture point.
 *
 * Implements methods C1.1 (handshake) and C1.3 (sequence and acknowledgement). A sample
 * of the server side is the time from a packet of the client seen here to the
 * acknowledgement of the server seen here; the client side likewise. Never a sample
 * across a retransmission: what a repeated segment may have released is tainted (Karn).
 *
 * The caller feeds every packet of the connection in order of capture, with copies and
 * further crossings already left out. State is capped (256 outstanding ends and 16 holes
 * per direction) and allocated on first use; rtt_init allocates nothing. A flow that
 * shows nothing but SYNs never allocates.
 *
 * Samples closer together than 10 ms or half the smoothed RTT of their side are not
 * counted, so that a bulk transfer does not own the percentiles of a site (methods C1.8);
 * they still move minimum and maximum, and every one of them counts for the base RTT.
 */
#ifndef O365LENS_ANALYZER_RTT_H
#define O365LENS_ANALYZER_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/decode.h"
#include "analyzer/distribution.h"

enum rtt_side {
    RTT_SERVER, /* capture point to server and back: sources are the client's packets */
    RTT_CLIENT, /* capture point to client and back: sources are the server's packets */
    RTT_SIDES,
};

/* The sample classes of methods C1.3, in the order in which they are printed. */
enum rtt_class {
    RTT_X,  /* one entry, exact end, pure acknowledgement */
    RTT_XP, /* the same, the acknowledgement carries payload */
    RTT_C,  /* cumulative: several entries covered */
    RTT_CP,
    RTT_S, /* first SACK edge equal to an entry's end */
    RTT_G, /* acknowledgement inside a super-frame: upper bound */
    RTT_CLASSES,
};
const char *rtt_class_text(enum rtt_class class); /* "X", "Xp", "C", "Cp", "S", "G" */

/* What happened in the packets of one direction. */
struct rtt_counts {
    uint32_t retransmissions; /* SYN and FIN included */
    uint32_t out_of_order;
    uint32_t lost_segments;  /* holes that were acknowledged though never seen here */
    uint32_t duplicate_acks; /* sent in this direction, about data of the other */
    uint32_t zero_windows;   /* packets of this direction that close the window */
    uint64_t acked_unseen_bytes, acked_bytes; /* data of this direction */
    uint32_t keep_alives;
    uint32_t
        super_frames; /* longer than a segment may be: offload at the capture point */
};

struct rtt_handshake {
    int64_t server_ns,
        client_ns;           /* -1 where not measured (then it is never in figures) */
    bool server_is_interval; /* several SYNs and no way to tell: class H? */
    int64_t server_low_ns, server_high_ns; /* the interval, where there is one, or -1 */
    bool client_is_estimate; /* the third packet carries payload (then client_ns is at
                                most too long), or the SYN-ACK was repeated */
    int64_t open_ns; /* first SYN to the third packet; in a capture of one direction the
                        only round trip there is; or -1 */
    uint64_t syn_frame, synack_frame, ack_frame; /* 0 where not seen */
};

/* What the handshake must remember until it is over. */
struct rtt_opening {
    int64_t first_syn_ns, last_syn_ns, synack_ns;
    uint64_t last_syn_frame;
    uint32_t client_isn, server_isn;
    uint32_t first_syn_timestamp, last_syn_timestamp; /* where has_syn_timestamps */
    uint32_t first_synack_timestamp, last_synack_timestamp;
    uint16_t mss[2]; /* announced by the client, the server; 0 where not seen */
    bool has_syn, has_synack, is_over;
    bool syn_is_repeated, synack_is_repeated, syn_has_payload, synack_is_valid;
    bool has_syn_timestamps, has_synack_timestamps;
};

struct rtt_direction;

struct rtt {
    struct rtt_handshake handshake;
    struct rtt_opening opening;
    struct rtt_counts counts[2]; /* [0] client to server, [1] server to client */
    struct distribution samples[RTT_SIDES]; /* without the handshake and the delayed */
    /* Samples that a receiver's timer made long (rtt_sample.h); owned; NULL: none. */
    struct distribution *delayed[RTT_SIDES];
    uint32_t classes[RTT_SIDES][RTT_CLASSES]; /* of the counted samples */
    uint64_t min_source_frame[RTT_SIDES],
        min_reply_frame[RTT_SIDES]; /* of samples' min */
    int64_t base_ns[RTT_SIDES];     /* once concluded; read through rtt_base_ns */
    bool is_base_confirmed[RTT_SIDES];
    bool is_concluded;
    struct rtt_direction *directions[2]; /* owned; NULL until first needed */
};

void rtt_init(struct rtt *rtt);
void rtt_release(struct rtt *rtt);

/*
 * Nothing more follows: decides on the samples that wait, and lets go of the state that
 * only further packets need. The figures stay.
 */
void rtt_conclude(struct rtt *rtt);

/*
 * Folds one TCP packet in. `from_client` tells its direction, `frame` its number.
 * `clock_went_back` voids everything outstanding (methods C1.2 rule 4).
 */
void rtt_see(struct rtt *rtt, const struct headers *headers, bool from_client,
             int64_t time_ns, uint64_t frame, bool clock_went_back);

/*
 * Base RTT in ns of a side: the smallest sample, the exact handshake among them, that has
 * another one within max(1 ms, 10 %) above it, so that no single bad stamp and no proxy
 * that answers SYNs early sets it. Where no two agree, the minimum of all. -1 where
 * nothing was measured.
 *
 * All classes take part, unlike in methods C1.4 a: every valid sample is at least as long
 * as the base, and where the receiver delays acknowledgements the classes X and S alone
 * agree on RTT + 40 ms.
 */
int64_t rtt_base_ns(const struct rtt *rtt, enum rtt_side side);

/*
 * False where the base RTT is but the shortest of samples that do not agree, or none; and
 * where all that agree may be a receiver's timer, the handshake being shorter by one.
 */
bool rtt_base_is_confirmed(const struct rtt *rtt, enum rtt_side side);

/* The shortest time measured on a side, the exact handshake included, or -1. */
int64_t rtt_minimum_ns(const struct rtt *rtt, enum rtt_side side);

/*
 * Exchanges client and server, for a connection whose start was not seen and whose client
 * was guessed wrong at first. Not to be called once a SYN was seen.
 */
void rtt_swap_sides(struct rtt *rtt);

#endif
