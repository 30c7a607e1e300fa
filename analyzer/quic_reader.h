/*
 * quic_reader.h - the QUIC of one UDP flow: versions, hellos and round trips.
 *
 * A flow's reader is made by the first packet that may be QUIC, takes at most 250 kB (a
 * hello that comes in one packet: 25 kB, for as long as that packet is read), and ends
 * soon behind the handshake. It follows up to four destination ids that a client began
 * with: the first one, those after a Retry, those after a version negotiation. Facts are
 * those of the first connection between the two ends. Initials that no key opens wait for
 * the one that they belong to, for captures where the answer comes before the question;
 * with a key log, Handshake packets wait for the hellos likewise.
 */
#ifndef O365LENS_ANALYZER_QUIC_READER_H
#define O365LENS_ANALYZER_QUIC_READER_H

#include "analyzer/datagram.h"
#include "analyzer/flow.h"
#include "dissectors/quic.h"

enum {
    QUIC_HELD_MOST = 32,       /* packets that wait for their keys, each */
    QUIC_HELD_SIZE = 2048,     /* up to this long */
    QUIC_DATAGRAMS_MOST = 96,  /* looked at since the first that may be QUIC */
    QUIC_DATAGRAMS_BEHIND = 24 /* and behind the end: what was overtaken, as a Retry */
};

/* One packet that quic_read_packet read; those of a datagram in their order. */
void quic_reader_see(struct flow *flow, const struct quic_packet *packet,
                     const struct datagram *datagram);

/* A datagram that begins with none: Google's from before the standard, other versions. */
void quic_reader_see_other(struct flow *flow, const struct datagram *datagram);

/* Behind each datagram; true where nothing more is to be learned. */
bool quic_reader_is_done(struct flow *flow);

/* The flow ends: what is there of an unfinished hello is read as far as it goes. */
void quic_reader_conclude(struct flow *flow);

void quic_reader_free(struct quic_reader *reader); /* NULL: nothing */

#endif
