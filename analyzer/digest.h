/*
 * digest.h - hashes, and the names that are made of hashes.
 *
 * Hashing is libcrypto's, fetched from a library context of our own, so that neither the
 * machine's openssl.cnf nor a FIPS default decides what can be read. digest_prepare does
 * that fetching, and whatever else libcrypto would open a file for; it may be called
 * often and works once. Call it before the sandbox closes; the functions below call it
 * too. A libcrypto without SHA-256, SHA-1 or MD5 ends the program with a message.
 *
 * Texts are lower case and NUL-terminated; sizes below count the NUL. Community ID:
 * version 1 of its specification, seed 0. JA3, JA4: dissectors/tls_fingerprint.h.
 */
#ifndef O365LENS_ANALYZER_DIGEST_H
#define O365LENS_ANALYZER_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "dissectors/address.h"
#include "dissectors/tls_fingerprint.h"

enum {
    DIGEST_SHA256_SIZE = 32,
    DIGEST_SHA256_TEXT_SIZE = 2 * DIGEST_SHA256_SIZE + 1,
    DIGEST_JA3_TEXT_SIZE = 33,
    DIGEST_JA4_TEXT_SIZE = 37,
    DIGEST_COMMUNITY_ID_TEXT_SIZE = 31,
};

struct digest; /* a SHA-256 in the making */

void digest_prepare(void);

void digest_sha256(const void *data, size_t size, uint8_t out[DIGEST_SHA256_SIZE]);

/*
 * SHA-256 of a file while it is read: new, see as often as wanted, conclude, free.
 * digest_conclude starts anew: what is seen after it belongs to another hash.
 */
struct digest *digest_new(void);
void digest_see(struct digest *digest, const void *data, size_t size);
void digest_conclude(struct digest *digest, uint8_t out[DIGEST_SHA256_SIZE]);
void digest_free(struct digest *digest); /* NULL is fine */

/* Two digits a byte; `out` has room for 2 * size + 1. Returns `out`. */
const char *digest_write_hex(const void *bytes, size_t size, char *out);

/* JA3 or JA3S from its text. Returns `out`, as the two below do. */
const char *digest_ja3(const char *text, char out[DIGEST_JA3_TEXT_SIZE]);
const char *digest_ja4(const struct tls_ja4 *parts, char out[DIGEST_JA4_TEXT_SIZE]);

/*
 * The same for both directions. `protocol` is 6 for TCP, 17 for UDP. Both addresses are
 * of one family.
 */
const char *digest_community_id(uint8_t protocol, const struct ip_address *source,
                                uint16_t source_port,
                                const struct ip_address *destination,
                                uint16_t destination_port,
                                char out[DIGEST_COMMUNITY_ID_TEXT_SIZE]);

#endif
