/*
 * tls_crypto.h - from a traffic secret to the bytes that it seals, for TLS 1.3 and QUIC.
 *
 * The keys of a direction come from one secret and the cipher suite (RFC 8446 section
 * 7.3, RFC 9001 section 5.1); a record or packet is opened with them and its number. Who
 * holds secrets here: the Initials of QUIC, whose secrets anyone can compute, and the
 * handshake secret of a server, from a key log. No other ones are ever asked for, so
 * that nothing behind a handshake can be opened: no application data.
 *
 * Keys are the caller's to wipe once they are of no more use: tls_keys_wipe.
 */
#ifndef O365LENS_DISSECTORS_TLS_CRYPTO_H
#define O365LENS_DISSECTORS_TLS_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/tls.h"

enum {
    TLS_SECRET_MOST = 48, /* bytes of a secret: as its suite's hash has them */
    TLS_KEY_MOST = 32,
    TLS_IV_SIZE = 12,
    TLS_SAMPLE_SIZE = 16, /* of a QUIC packet, for the mask of its header */
    TLS_MASK_SIZE = 5,
    TLS_PLAIN_SIZE = 16384 + 256, /* of one record (RFC 8446 section 5.2) */
};

enum tls_suite_number {
    TLS_AES_128_GCM_SHA256 = 0x1301,
    TLS_AES_256_GCM_SHA384 = 0x1302,
    TLS_CHACHA20_POLY1305_SHA256 = 0x1303,
    TLS_AES_128_CCM_SHA256 = 0x1304,
    TLS_AES_128_CCM_8_SHA256 = 0x1305,
};

/* What the labels of keys begin with. */
enum tls_key_use { TLS_KEYS_OF_RECORDS, TLS_KEYS_OF_QUIC, TLS_KEYS_OF_QUIC_V2 };

struct tls_keys {
    uint16_t suite; /* enum tls_suite_number; 0: there are none */
    uint8_t key[TLS_KEY_MOST];
    uint8_t iv[TLS_IV_SIZE];
    uint8_t header_key[TLS_KEY_MOST]; /* QUIC */
};

/* Has libcrypto load all that this file needs, so that nothing is opened later: call it
   before entering a sandbox. Without it all works, too. */
void tls_crypto_prepare(void);

/* Bytes of a secret of this suite; 0 where it is none of TLS 1.3. */
size_t tls_secret_size(uint16_t suite);

/* HKDF-Extract with SHA-256: 32 bytes. */
bool tls_extract(struct bytes salt, struct bytes material, uint8_t secret[32]);

/*
 * HKDF-Expand-Label (RFC 8446 section 7.1) with an empty context and the suite's hash.
 * `size` is at most that of the hash, `label` at most 12 characters without "tls13 ".
 */
bool tls_expand_label(uint16_t suite, struct bytes secret, const char *label,
                      uint8_t *out, size_t size);

/* False where the suite is unknown or the secret has another size than it asks for. */
bool tls_derive_keys(uint16_t suite, struct bytes secret, enum tls_key_use use,
                     struct tls_keys *keys);
void tls_keys_wipe(struct tls_keys *keys);

/*
 * Opens `sealed`, which ends with its tag, into `plain`; both may be as long. `number` is
 * the record's or the packet's. What was authenticated with it comes in `count` pieces.
 * False where these are not its keys, or a byte of it was altered.
 */
bool tls_open(const struct tls_keys *keys, uint64_t number,
              const struct bytes *additional, unsigned count, struct bytes sealed,
              uint8_t *plain, size_t *size);

/* The mask of a QUIC header (RFC 9001 section 5.4). */
bool tls_header_mask(const struct tls_keys *keys, struct bytes sample,
                     uint8_t mask[TLS_MASK_SIZE]);

/* What was inside a record; the window points into the caller's buffer. */
struct tls_inner {
    uint8_t type; /* enum tls_content */
    struct bytes content;
};

/*
 * Opens a whole record of outer type application_data (RFC 8446 section 5.2); `sequence`
 * counts from 0 with each key. False also where there is nothing but padding in it.
 */
bool tls_open_record(const struct tls_keys *keys, uint64_t sequence,
                     const struct tls_record *record, uint8_t plain[TLS_PLAIN_SIZE],
                     struct tls_inner *inner);

#endif
