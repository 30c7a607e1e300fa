/*
 * handshake.h - runs the dissectors over the first bytes of a connection, notes facts.
 *
 * One struct handshake belongs to one TCP flow, from its first payload to the end of its
 * handshake. Both directions are put back in order (stream.h) and read as TLS, as HTTP/1
 * with what a CONNECT carries inside, as SOCKS with what that carries, or as DNS, which goes
 * on for as long as the connection.
 */
#ifndef O365LENS_ANALYZER_HANDSHAKE_H
#define O365LENS_ANALYZER_HANDSHAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/certificates.h"
#include "analyzer/flow_record.h"
#include "analyzer/text_pool.h"
#include "dissectors/bytes.h"

enum {
    HANDSHAKE_STREAM_MOST = 1048576, /* bytes of a direction that are followed */
    HANDSHAKE_MESSAGES_MOST = 131072, /* bytes of handshake messages waiting to be whole */
    HANDSHAKE_REQUESTS_MOST = 256,    /* HTTP requests of a connection that are read */
};

/* What the dissectors found out about a flow; texts live in the pool. */
struct flow_facts {
    struct text_pool texts;
    struct flow_tls tls;
    struct flow_quic quic;
    struct flow_http http;
    struct flow_socks socks;
    struct flow_timing timing;
    struct rtt_handshake quic_handshake; /* as told by its Initials */
    const char *echoed_session; /* of a ServerHello below TLS 1.3, hex */
    bool stream_cap_reached;
    bool has_gap;      /* bytes were missing while it lasted, and others came behind them */
    bool has_loss;     /* ... though nothing had cut them off: the capture lacks them */
    bool has_conflict; /* two copies of a byte differed */
};

struct flow_facts *flow_facts_new(void);
void flow_facts_free(struct flow_facts *facts);

struct handshake;
struct lookup;

struct handshake *handshake_new(void);
void handshake_free(struct handshake *handshake);

/* What it keeps counts towards this budget, which outlives it; to be set before it sees
   anything. */
struct stream_budget;
void handshake_set_budget(struct handshake *handshake, struct stream_budget *budget);

/* Where secrets for what the server encrypts are looked up; borrowed, may be NULL. */
struct tls_secrets;
void handshake_set_secrets(struct handshake *handshake,
                           const struct tls_secrets *secrets);

/* The sequence number of a direction's first byte: that of its SYN plus one. */
void handshake_start(struct handshake *handshake, enum flow_side side,
                     uint32_t sequence);

struct handshake_segment {
    enum flow_side side;
    uint32_t sequence;
    struct bytes payload;
    uint32_t wire_length;
    int64_t time_ns;
    uint64_t frame;
    const struct lookup *lookup; /* where DNS is to be expected; NULL elsewhere */
};

enum handshake_outcome {
    HANDSHAKE_MORE, /* goes on */
    HANDSHAKE_DONE, /* nothing more is to be learned: let go of it */
    HANDSHAKE_SIDES_SWAPPED, /* the bytes show that the presumed client is the server:
                                nothing was used; call handshake_swap and see it again */
};

/*
 * Folds one segment with payload in. `may_swap`: the client is only presumed, so that
 * what the bytes show is believed more.
 */
enum handshake_outcome handshake_see(struct handshake *handshake,
                                     struct flow_facts *facts,
                                     struct certificates *certificates,
                                     const struct handshake_segment *segment,
                                     bool may_swap);
void handshake_swap(struct handshake *handshake);

/* The other side acknowledged this much of `side`: these bytes exist, and what the other
   side says may answer them. */
void handshake_acknowledged(struct handshake *handshake, enum flow_side side,
                            uint32_t acknowledgement);

/* The flow ends: what waits for missing bytes is read without them, and of an unfinished
   message what is there. */
void handshake_conclude(struct handshake *handshake, struct flow_facts *facts,
                        struct certificates *certificates);

#endif
