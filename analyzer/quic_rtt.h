/*
 * quic_rtt.h - round trips told by the Initial packets of a QUIC connection.
 *
 * Implements methods C1.6 (i) and (ii). An ACK frame names the packet that it answers,
 * and a packet number is never used twice: a hello that was sent again does no harm. The
 * delay that the acknowledging side tells is taken off while it is a possible one; most
 * servers tell none, so that their work on the hello is in the figure.
 */
#ifndef O365LENS_ANALYZER_QUIC_RTT_H
#define O365LENS_ANALYZER_QUIC_RTT_H

#include "analyzer/rtt.h"
#include "dissectors/quic.h"

enum { QUIC_SENT_MOST = 32 }; /* Initials of one side that are remembered */

struct quic_sent_packet {
    uint64_t number;
    int64_t time_ns;
    uint64_t frame;
};

/* The Initials that one side sent; all zero: none. */
struct quic_sent {
    uint32_t count;
    struct quic_sent_packet packets[QUIC_SENT_MOST];
};

/* Of a packet that comes by again the first time counts; beyond the cap none is noted. */
void quic_sent_note(struct quic_sent *sent, const struct quic_sent_packet *packet);

struct quic_answer { /* what came back, and when */
    int64_t time_ns;
    uint64_t frame;
};

/*
 * An ACK frame of the other side. `side` is the one that acknowledges: RTT_SERVER where
 * `sent` is the client's. The shortest round trip stays in `handshake`.
 */
void quic_rtt_acknowledged(struct rtt_handshake *handshake, enum rtt_side side,
                           const struct quic_sent *sent, const struct quic_frame *ack,
                           struct quic_answer answer);

/* Something that only `cause` can have brought about, without its saying so: a figure of
   the server's side is exact, one of the client's has its work on the hello in it. */
void quic_rtt_answered(struct rtt_handshake *handshake, enum rtt_side side,
                       struct quic_answer cause, struct quic_answer answer);

#endif
