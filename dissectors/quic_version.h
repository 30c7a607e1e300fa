/*
 * quic_version.h - the versions of QUIC, as far as they read differently.
 *
 * Internal to quic.c; what others need is in quic.h. Sources: RFC 9001 section 5.2, RFC
 * 9369 section 3.3, the drafts of both, and for Google's the sources of Chromium.
 */
#ifndef O365LENS_DISSECTORS_QUIC_VERSION_H
#define O365LENS_DISSECTORS_QUIC_VERSION_H

#include <stdbool.h>
#include <stdint.h>

enum { QUIC_SALT_SIZE = 20 };

enum quic_dialect {
    QUIC_DIALECT_STANDARD,
    QUIC_DIALECT_V2,     /* packet types and labels of its own */
    QUIC_DIALECT_GOOGLE, /* frame types of its own */
};

/* A range of versions that read alike. */
struct quic_version {
    uint32_t first;
    uint32_t last;
    const char *name; /* of the first; NULL: "draft-" and the last byte */
    enum quic_dialect dialect;
    const uint8_t *salt; /* QUIC_SALT_SIZE bytes */
};

/* NULL where it has no known keys. */
const struct quic_version *quic_version_find(uint32_t number);

/* RFC 9000 section 15: kept free so that endpoints learn to cope with unknown ones. */
bool quic_version_is_reserved(uint32_t version);

#endif
