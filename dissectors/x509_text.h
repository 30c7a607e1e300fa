/*
 * x509_text.h - the strings and times of a certificate, as text and as seconds.
 *
 * Text is UTF-8 in a buffer of the caller's. Control characters, an embedded NUL among
 * them, and bytes that are no character of their string's type are spelled out as \x00.
 * RFC 5280 sections 4.1.2.4 and 4.1.2.5; X.690 section 8.23.
 */
#ifndef O365LENS_DISSECTORS_X509_TEXT_H
#define O365LENS_DISSECTORS_X509_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/der.h"

struct x509_text {
    char *out;
    size_t capacity, size; /* without the NUL, which is always there */
    bool ran_out;          /* something was left out at the end */
};

/* Begins at `out[size]`; `capacity` is that of the whole and above `size`. */
struct x509_text x509_text_at(char *out, size_t size, size_t capacity);

/*
 * By the string's type: UTF8String as it is, BMPString as UTF-16, UniversalString as
 * UTF-32, all others that are text byte by byte as Latin-1, which T61String is in
 * practice. What is no string at all is read as ASCII.
 */
void x509_text_put(struct x509_text *text, const struct der *string);

/* ASCII alone, as in DNS names: every other byte is spelled out. */
void x509_text_put_ascii(struct x509_text *text, struct bytes in);

/*
 * Seconds since 1970 of a UTCTime or GeneralizedTime, with or without seconds and with
 * any time zone; false where it is none, or no day of the calendar.
 */
bool x509_read_time(const struct der *time, int64_t *seconds);

#endif
