/*
 * quic_crypto.h - the handshake bytes of one direction, put back in order.
 *
 * CRYPTO frames come in any order, twice, overlapping, over several packets (RFC 9000
 * section 7.5); browsers shuffle them on purpose, down to single bytes. The struct is the
 * caller's, has a fixed size and needs no release: init, see each frame, ask what is
 * ready. Of bytes that come twice the first copy stays. One per direction and connection;
 * only for Initials.
 */
#ifndef O365LENS_DISSECTORS_QUIC_CRYPTO_H
#define O365LENS_DISSECTORS_QUIC_CRYPTO_H

#include "dissectors/bytes.h"

enum {
    QUIC_CRYPTO_SIZE = 16384, /* bytes kept, from offset 0 */
};

/* Fields are private, but for `capped`. */
struct quic_crypto {
    uint32_t ready;                         /* all bytes before this one are there */
    bool capped;                            /* something was left out for want of room */
    uint8_t is_there[QUIC_CRYPTO_SIZE / 8]; /* one bit for each byte of `data` */
    uint8_t data[QUIC_CRYPTO_SIZE];
};

void quic_crypto_init(struct quic_crypto *crypto);

/* Copies what is new of `data`; false where some of it found no room. */
bool quic_crypto_see(struct quic_crypto *crypto, uint64_t offset, struct bytes data);

/* All bytes from offset 0 to the first gap; lives until the next see. */
struct bytes quic_crypto_ready(const struct quic_crypto *crypto);

#endif
