/*
 * quic_epoch.h - one attempt of a QUIC client to connect: all that hangs on the
 * destination id that it began with (RFC 9001 section 5.2).
 *
 * Internal to quic_reader.c. The id stays the root of the keys when either side changes
 * ids, and when the server answers in another version (RFC 9368 section 2.3); after a
 * Retry, and after a version negotiation, the client begins a new one.
 */
#ifndef O365LENS_ANALYZER_QUIC_EPOCH_H
#define O365LENS_ANALYZER_QUIC_EPOCH_H

#include "analyzer/flow_parts.h"
#include "analyzer/quic_rtt.h"
#include "dissectors/quic.h"
#include "dissectors/quic_crypto.h"

enum {
    QUIC_EPOCHS = 4,
    QUIC_ID_MOST = 20,
    QUIC_KEYS_MOST = 2, /* versions of one attempt */
    QUIC_PLAIN_MOST = 8192,
};

struct quic_id {
    uint8_t size;
    uint8_t bytes[QUIC_ID_MOST];
};

/* Of more bytes than an id may have the first ones are kept. */
struct quic_id quic_id_of(struct bytes bytes);
bool quic_id_is(const struct quic_id *id, struct bytes bytes);
struct bytes quic_id_bytes(const struct quic_id *id); /* live as long as the id */

struct quic_version_keys {
    uint32_t version;
    struct quic_keys of[2]; /* by enum flow_side */
};

struct quic_epoch {
    struct quic_id dcid;
    uint32_t key_count;
    struct quic_version_keys keys[QUIC_KEYS_MOST];
    uint64_t expected[2]; /* packet numbers, by enum flow_side */
    struct quic_sent sent[2];
    struct quic_crypto *crypto[2]; /* NULL before and after; owned */
};

struct quic_epochs { /* all zero: none */
    uint32_t count;
    bool has_lost;                        /* there were more than are kept */
    struct quic_epoch *list[QUIC_EPOCHS]; /* oldest first; owned */
};

struct quic_opened {
    struct quic_epoch *epoch;
    uint64_t number;
    size_t size;
    uint8_t plain[QUIC_PLAIN_MOST];
};

/* An Initial that `side` sent; false where no keys at hand open it. */
bool quic_epochs_open(struct quic_epochs *epochs, const struct quic_packet *packet,
                      enum flow_side side, struct quic_opened *opened);

/* An Initial of the client that begins a new attempt; false where it does not open. */
bool quic_epochs_begin(struct quic_epochs *epochs, const struct quic_packet *packet,
                       struct quic_opened *opened);

/* The handshake bytes of a side, made on first use. */
struct quic_crypto *quic_epoch_crypto(struct quic_epoch *epoch, enum flow_side side);

/* Lets go of the handshake bytes of a side, which were read. */
void quic_epochs_forget_crypto(struct quic_epochs *epochs, enum flow_side side);

void quic_epochs_release(struct quic_epochs *epochs);

#endif
