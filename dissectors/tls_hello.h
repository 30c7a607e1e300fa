/*
 * tls_hello.h - what a ClientHello and a ServerHello say.
 *
 * Both readers take a message of tls_read_handshake, whole or cut. Whatever the outcome,
 * the fields that were read before the cut or the fault are filled, the others (a half of
 * one too) are empty windows, 0 or false; `is_whole` tells that every list was read to
 * its end, and only then is "not there" a fact. An extension whose content lies makes the
 * outcome MALFORMED and stays unset; those behind it are read all the same.
 *
 * Names are as on the wire: any bytes but NUL, not a C string. Windows live as long as
 * the message's bytes. RFC 8446 section 4.1; RFC 5246 section 7.4.1, appendix E.2;
 * RFC 6066 section 3; RFC 7301 section 3.1; RFC 8422 section 5.1; RFC 5077 section 3.2.
 */
#ifndef O365LENS_DISSECTORS_TLS_HELLO_H
#define O365LENS_DISSECTORS_TLS_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"
#include "dissectors/tls.h"

enum { TLS_RANDOM_SIZE = 32 };

enum tls_extension_kind {
    TLS_EXTENSION_SERVER_NAME = 0,
    TLS_EXTENSION_SUPPORTED_GROUPS = 10,
    TLS_EXTENSION_POINT_FORMATS = 11,
    TLS_EXTENSION_SIGNATURE_ALGORITHMS = 13,
    TLS_EXTENSION_ALPN = 16,
    TLS_EXTENSION_SESSION_TICKET = 35,
    TLS_EXTENSION_PRE_SHARED_KEY = 41,
    TLS_EXTENSION_EARLY_DATA = 42,
    TLS_EXTENSION_SUPPORTED_VERSIONS = 43,
    TLS_EXTENSION_KEY_SHARE = 51,
    TLS_EXTENSION_ENCRYPTED_HELLO = 0xfe0d,
};

struct tls_extension {
    uint16_t kind; /* enum tls_extension_kind, or any other */
    struct bytes content;
};

struct tls_client_hello {
    bool is_whole;
    bool is_sslv2;           /* in SSL 2.0 clothes: version and random alone are filled */
    uint16_t legacy_version; /* 0x0303 where TLS 1.3 is offered */
    struct bytes random;     /* 32 bytes; 16 to 32 where is_sslv2 */
    struct bytes session_id;
    struct bytes cipher_suites;  /* 2 bytes each */
    struct bytes compression;    /* 1 byte each */
    struct bytes extensions;     /* in order; tls_next_extension */
    bool has_server_name;        /* the extension is there */
    bool server_name_is_address; /* some clients put an IP literal where none may be */
    struct bytes server_name;
    struct bytes alpn_first;           /* the first name of the list */
    struct bytes alpn;                 /* the list; tls_next_protocol */
    struct bytes supported_versions;   /* 2 bytes each */
    struct bytes supported_groups;     /* 2 bytes each */
    struct bytes point_formats;        /* 1 byte each */
    struct bytes signature_algorithms; /* 2 bytes each */
    struct bytes key_shares;           /* group, length, key; for each share */
    bool offers_ticket;                /* a session ticket that is not empty */
    bool offers_psk;                   /* a TLS 1.3 resumption, or an external key */
    bool offers_early_data;
    bool offers_tls13;
    bool has_encrypted_hello; /* ECH, or GREASE that looks like it */
};

struct tls_server_hello {
    bool is_whole;
    bool is_retry_request; /* a HelloRetryRequest: another ServerHello follows */
    bool is_downgraded;    /* the random says: I speak a later version than this */
    uint16_t legacy_version;
    struct bytes random; /* 32 bytes */
    struct bytes session_id;
    uint16_t cipher_suite;
    struct bytes extensions;   /* in order; tls_next_extension */
    uint16_t selected_version; /* of supported_versions; 0 where it is not there */
    uint16_t group;            /* of the key share; 0 where it is not there */
    struct bytes alpn;         /* TLS 1.3 tells it encrypted, so not here */
    bool has_psk;              /* the client's pre-shared key was taken: resumed */
    bool has_ticket;           /* a new session ticket is announced (up to TLS 1.2) */
};

/* OTHER where the message is none. */
enum dissect tls_read_client_hello(const struct tls_message *message,
                                   struct tls_client_hello *hello);
enum dissect tls_read_server_hello(const struct tls_message *message,
                                   struct tls_server_hello *hello);

/*
 * EncryptedExtensions (RFC 8446 section 4.3.1): what a server of TLS 1.3 tells once it
 * is encrypted. Of `hello` the fields of extensions and `is_whole` are filled.
 */
enum dissect tls_read_encrypted_extensions(const struct tls_message *message,
                                           struct tls_server_hello *hello);

/*
 * A ClientHello that begins with an SSL 2.0 header (RFC 5246 appendix E.2). It comes at
 * the start of a stream, in place of a record, and is read from there; `in` moves behind
 * it where OK. OTHER for all else of SSL 2.0, its own ServerHello included.
 */
enum dissect tls_read_sslv2_hello(struct bytes *in, struct tls_client_hello *hello);

/* From a ServerHello; TLS_UNKNOWN where it was cut before that was told. */
enum tls_version tls_negotiated(const struct tls_server_hello *hello);

/* The next of hello->extensions, from a copy of the window; false at its end or cut. */
bool tls_next_extension(struct bytes *extensions, struct tls_extension *extension);

/* The next name of hello->alpn, from a copy of the window; false at its end. */
bool tls_next_protocol(struct bytes *alpn, struct bytes *name);

#endif
