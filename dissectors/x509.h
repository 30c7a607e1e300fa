/*
 * x509.h - issuer, subject, names and validity of one certificate.
 *
 * Reads a DER certificate into a struct of the caller's, which owns all its text: nothing
 * points anywhere else, so it can be copied and kept. libcrypto does the parsing and
 * takes some memory while it does. Reading costs about 0.2 ms; a caller that meets the
 * same certificate often keeps it by the SHA-256 of its DER.
 *
 * Text is UTF-8. Control bytes, an embedded NUL among them, and whatever is not text are
 * spelled out as \x00, so that "a.example\x00.b.example" is never taken for "a.example".
 * Nothing is cut silently: has_cut_name, has_cut_san. RFC 5280 sections 4.1 and 4.2.1.6.
 */
#ifndef O365LENS_DISSECTORS_X509_H
#define O365LENS_DISSECTORS_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum {
    X509_DER_MAX = 64 * 1024, /* a larger certificate is refused */
    X509_NAME_SIZE = 256,     /* RFC 5280 allows 64 characters */
    X509_SAN_SIZE = 8192,
};

struct x509_certificate {
    char subject_cn[X509_NAME_SIZE]; /* "" where there is none; of several the last, */
    char issuer_cn[X509_NAME_SIZE];  /* which is the most specific */
    char issuer_o[X509_NAME_SIZE];
    bool has_cut_name; /* one of the three was longer */
    bool has_validity; /* both times could be read */
    bool is_self_issued;
    bool has_cut_san;     /* san holds fewer than there are, or they are unreadable */
    uint32_t san_count;   /* names in san */
    size_t san_size;      /* bytes used of it */
    int64_t not_before_s; /* since 1970, may be negative; inclusive */
    int64_t not_after_s;
    char san[X509_SAN_SIZE]; /* DNS names and addresses, each with a NUL behind it */
};

/*
 * Keeps libcrypto from reading the machine's openssl.cnf: what a certificate says depends
 * on no setting, and nothing is opened behind a sandbox. x509_read calls it; a program
 * that uses libcrypto for more calls it first of all. May be called often.
 */
void x509_prepare(void);

/*
 * MALFORMED where the window is no certificate, holds bytes behind one, is larger than
 * X509_DER_MAX, or has a name that breaks the encoding it claims; then nothing is filled.
 */
enum dissect x509_read(struct bytes der, struct x509_certificate *certificate);

/*
 * The name behind `name`, the first where that is NULL; NULL at the end. In the order of
 * the certificate.
 */
const char *x509_next_name(const struct x509_certificate *certificate, const char *name);

#endif
