/*
 * quic_opener.h - a QUIC server's Handshake packets, opened by a key log, as facts.
 *
 * One belongs to one flow, from the server's hello to its certificate. Packets of other
 * kinds and other keys pass it by.
 */
#ifndef O365LENS_ANALYZER_QUIC_OPENER_H
#define O365LENS_ANALYZER_QUIC_OPENER_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/handshake.h"
#include "analyzer/tls_secrets.h"
#include "dissectors/quic.h"
#include "dissectors/tls_hello.h"

struct quic_opener;

/* NULL where there is no secret for this client random, or none for the suite of the
   server's hello. `secrets` may be NULL; it is not needed later. */
struct quic_opener *quic_opener_new(const struct tls_secrets *secrets,
                                    const char *client_random, uint16_t suite);
void quic_opener_free(struct quic_opener *opener); /* wipes it; NULL is allowed */

/* One Handshake packet of the server. False once nothing more is to be learned. */
bool quic_opener_see(struct quic_opener *opener, const struct quic_packet *packet,
                     struct flow_facts *facts, struct certificates *certificates,
                     uint64_t frame);

/* What the reader of a flow's QUIC keeps for it; all zero: nothing yet. */
struct quic_opening {
    const struct tls_secrets *secrets; /* NULL: none; borrowed */
    struct certificates *certificates; /* where what is opened goes; as above */
    uint16_t suite;                    /* of the server's hello; 0 before */
    bool is_over;                      /* nothing more is to be learned */
    struct quic_opener *opener;        /* NULL before and after; owned */
};

/* The server's hello was read: its first one counts. */
void quic_opening_hello(struct quic_opening *opening,
                        const struct tls_server_hello *hello);

/* Both hellos and their secret are there: Handshake packets of the server are wanted. */
bool quic_opening_is_on(struct quic_opening *opening, const struct flow_facts *facts);

/* One Handshake packet, as from the server or not. False where it may be one to open once
   a hello that is still missing was seen. */
bool quic_opening_see(struct quic_opening *opening, const struct quic_packet *packet,
                      bool is_of_server, struct flow_facts *facts, uint64_t frame);
void quic_opening_release(struct quic_opening *opening);

#endif
