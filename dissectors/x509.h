/*
 * x509.h - issuer, subject, names and validity of one certificate.
 *
 * Reads a DER certificate into a struct of the caller's, which owns all its text: nothing
 * points anywhere else, so it can be copied and kept. No signature is looked at, and no
 * key: what a certificate claims is what is told.
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
    char subject_o[X509_NAME_SIZE];  /* which is the most specific */
    char issuer_cn[X509_NAME_SIZE];
    char issuer_o[X509_NAME_SIZE];
    uint64_t subject_id, issuer_id; /* alike where the names are, byte for byte */
    bool has_cut_name;              /* one of the four was longer */
    bool has_validity;              /* both times could be read */
    bool is_self_issued;
    bool has_cut_san;     /* san holds fewer than there are, or they are unreadable */
    uint32_t san_count;   /* names in san */
    size_t san_size;      /* bytes used of it */
    int64_t not_before_s; /* since 1970, may be negative; inclusive */
    int64_t not_after_s;
    char san[X509_SAN_SIZE]; /* DNS names and addresses, each with a NUL behind it */
};

/*
 * MALFORMED where the window is no certificate, holds bytes behind one or is larger than
 * X509_DER_MAX; then nothing is filled. A name that breaks the encoding it claims is
 * spelled out, a time that is none leaves has_validity false.
 */
enum dissect x509_read(struct bytes der, struct x509_certificate *certificate);

/*
 * The name behind `name`, the first where that is NULL; NULL at the end. In the order of
 * the certificate.
 */
const char *x509_next_name(const struct x509_certificate *certificate, const char *name);

#endif
