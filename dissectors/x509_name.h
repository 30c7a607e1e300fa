/*
 * x509_name.h - does a certificate's name cover a host? On texts, so that it can be asked
 * of a certificate just read and of one in a result file alike.
 *
 * Names are compared without regard to ASCII case; one dot at the end is ignored. A
 * wildcard is a whole left-most label and stands for exactly one label, with at least two
 * labels behind it. Addresses are compared as addresses. A name with a byte that was
 * spelled out (\x00) covers nothing. RFC 6125 section 6.4, RFC 9525 section 6.3.
 */
#ifndef O365LENS_DISSECTORS_X509_NAME_H
#define O365LENS_DISSECTORS_X509_NAME_H

#include <stdbool.h>
#include <stddef.h>

bool x509_name_covers(const char *pattern, const char *host);

/*
 * By any of `count` subject alternative names; by `subject_cn` only where none of them is
 * a DNS name. `subject_cn` may be NULL.
 */
bool x509_covers(const char *const *san, size_t count, const char *subject_cn,
                 const char *host);

#endif
