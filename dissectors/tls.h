/*
 * tls.h - TLS records, the frames of handshake messages, certificate lists and alerts.
 *
 * A stream is read record by record; the fragments of consecutive handshake records, laid
 * end to end by the caller, are read message by message:
 *
 *     while (tls_read_record(&stream, &record) == DISSECT_OK) ...
 *     while (tls_read_handshake(&joined, &message) == DISSECT_OK) ...
 *
 * Both move `in` behind what they read only where the outcome is OK; otherwise `in` stays
 * as it was, so the caller can come back with more bytes. What was cut is still given as
 * far as it goes, and `missing` says how much more is needed. The readers of messages
 * (here and in tls_hello.h) take such a cut message: they fill what comes before the cut
 * and return TRUNCATED; in a message that is all there, running out of bytes is
 * MALFORMED.
 *
 * Windows point into the bytes that were given and live as long as those.
 * RFC 8446 sections 4.4.2, 5.1 and 6; RFC 5246 sections 6.2.1, 7.2 and 7.4.2; RFC 6101.
 */
#ifndef O365LENS_DISSECTORS_TLS_H
#define O365LENS_DISSECTORS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum tls_content {
    TLS_CHANGE_CIPHER_SPEC = 20, /* what this side sends behind it is encrypted */
    TLS_ALERT = 21,
    TLS_HANDSHAKE = 22,
    TLS_APPLICATION_DATA = 23,
    TLS_HEARTBEAT = 24,
};

enum tls_handshake {
    TLS_HELLO_REQUEST = 0,
    TLS_CLIENT_HELLO = 1,
    TLS_SERVER_HELLO = 2, /* in TLS 1.3 a HelloRetryRequest as well */
    TLS_NEW_SESSION_TICKET = 4,
    TLS_HELLO_RETRY_REQUEST = 6, /* of the drafts before 22 */
    TLS_ENCRYPTED_EXTENSIONS = 8,
    TLS_CERTIFICATE = 11,
    TLS_SERVER_KEY_EXCHANGE = 12,
    TLS_CERTIFICATE_REQUEST = 13,
    TLS_SERVER_HELLO_DONE = 14,
    TLS_CERTIFICATE_VERIFY = 15,
    TLS_CLIENT_KEY_EXCHANGE = 16,
    TLS_FINISHED = 20,
    TLS_CERTIFICATE_STATUS = 22,
    TLS_COMPRESSED_CERTIFICATE = 25,
};

enum tls_version { TLS_UNKNOWN, TLS_SSL30, TLS_10, TLS_11, TLS_12, TLS_13 };

enum { TLS_CHAIN_LIMIT = 10 }; /* certificates of one message that callers look at */

struct tls_record {
    uint8_t type;     /* enum tls_content */
    uint16_t version; /* as on the wire; says little, see tls_negotiated */
    uint16_t length;  /* of the fragment; 0 while the header is cut */
    struct bytes fragment;
    size_t missing; /* bytes that the record still needs, at least */
};

struct tls_message {
    uint8_t type;    /* enum tls_handshake */
    uint32_t length; /* of the body; 0 while the header is cut */
    struct bytes body;
    size_t missing; /* bytes that the message still needs, at least */
};

struct tls_alert {
    bool is_fatal;
    uint8_t description;
    const char *name; /* "handshake_failure"; NULL where no RFC names it */
};

enum tls_compression { TLS_ZLIB = 1, TLS_BROTLI = 2, TLS_ZSTD = 3 };

struct tls_compressed {
    uint16_t algorithm; /* enum tls_compression, or any other */
    uint32_t size;      /* that the body of the Certificate message claims to have */
    struct bytes data;
};

struct tls_certificates {
    struct bytes left;    /* the entries not yet given */
    size_t missing;       /* of the list, behind `left` */
    bool has_extensions;  /* TLS 1.3: each entry carries some */
    enum dissect outcome; /* once tls_next_certificate returned false */
};

/*
 * One record. OTHER where it does not look like TLS: another type than 20 to 24, a major
 * version other than 3, or a fragment above 2^14 + 2048 bytes.
 */
enum dissect tls_read_record(struct bytes *in, struct tls_record *record);

/*
 * One handshake message. OTHER where the type is none that an RFC names, as in bytes that
 * are encrypted. Lengths up to 2^24 - 1 are believed: the caller caps what it waits for.
 */
enum dissect tls_read_handshake(struct bytes *in, struct tls_message *message);

/* One alert. OTHER where the record is none, or its fragment can only be encrypted. */
enum dissect tls_read_alert(const struct tls_record *record, struct tls_alert *alert);

/*
 * Opens the list of a Certificate message; `version` is the negotiated one, since TLS 1.3
 * has another shape. OK or TRUNCATED: certificates may follow, one by one from
 * tls_next_certificate, leaf first, each the window of a whole DER certificate.
 */
enum dissect tls_read_certificates(const struct tls_message *message,
                                   enum tls_version version,
                                   struct tls_certificates *certificates);
bool tls_next_certificate(struct tls_certificates *certificates, struct bytes *der);

/*
 * A CompressedCertificate message, which is the body of a Certificate message of TLS 1.3
 * (RFC 8879 section 4). OTHER where the message is none.
 */
enum dissect tls_read_compressed(const struct tls_message *message,
                                 struct tls_compressed *compressed);

/* What a version number on the wire means; drafts of TLS 1.3 are TLS 1.3. */
enum tls_version tls_version_of(uint16_t wire);

/* "3.0" for SSL 3.0, "1.0" to "1.3"; NULL for TLS_UNKNOWN. */
const char *tls_version_text(enum tls_version version);

#endif
