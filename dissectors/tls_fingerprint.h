/*
 * tls_fingerprint.h - which TLS software speaks: the texts behind JA3, JA3S and JA4.
 *
 * The writers put the texts that are hashed into buffers of the caller's; hashing is not
 * done here. GREASE values (RFC 8701) are left out everywhere. Each returns false, and
 * leaves empty texts, where the hello was not read whole (a part of it would be another
 * software's fingerprint), is in SSL 2.0 clothes, or exceeds the buffers.
 *
 * JA3 and JA3S: "version,ciphers,extensions,groups,formats" and "version,cipher,
 * extensions", decimal numbers joined by '-', in the order of the hello. JA4: the public
 * specification of the client fingerprint for TLS over TCP and over QUIC.
 */
#ifndef O365LENS_DISSECTORS_TLS_FINGERPRINT_H
#define O365LENS_DISSECTORS_TLS_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "dissectors/tls_hello.h"

enum {
    TLS_JA3_SIZE = 8192,    /* room for any hello that software sends */
    TLS_JA4_ITEMS = 512,    /* of each list; IANA has assigned fewer */
    TLS_JA4_HEAD_SIZE = 11, /* ten characters and a NUL */
    TLS_JA4_LIST_SIZE = TLS_JA4_ITEMS * 5 + 1, /* "1301," each; the last comma is a NUL */
};

/* JA4 is `head`_HASH(`suites`)_HASH(`extensions`); an empty list hashes to zeros. */
struct tls_ja4 {
    char head[TLS_JA4_HEAD_SIZE];           /* "t13d1516h2" */
    char suites[TLS_JA4_LIST_SIZE];         /* "002f,0035,1301", sorted */
    char extensions[2 * TLS_JA4_LIST_SIZE]; /* sorted, then "_0403,0804" in order */
};

bool tls_write_ja3(const struct tls_client_hello *hello, char *out, size_t capacity);
bool tls_write_ja3s(const struct tls_server_hello *hello, char *out, size_t capacity);
bool tls_write_ja4(const struct tls_client_hello *hello, bool over_quic,
                   struct tls_ja4 *ja4);

#endif
