/* style.c - CSP Level 3, section 2.3.1 (hash-source); RFC 4648 section 4 (base64). */
#include "reports/style.h"

#include <stdio.h>
#include <stdint.h>

#include "report_css_hash.h" /* REPORT_CSS_SHA256, written by the build */

extern const unsigned char report_css[]; /* with a NUL behind it */

enum { HASH_SIZE = 32 };

const char *style_text(void)
{
    return (const char *)report_css;
}

static uint32_t digit_of(char digit)
{
    return (uint32_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* Byte `at` of the hash; 0 behind its end, where base64 pads. */
static uint32_t hash_byte(size_t at)
{
    static const char hash[] = REPORT_CSS_SHA256;
    _Static_assert(sizeof hash == 2 * HASH_SIZE + 1, "SHA-256 in hexadecimal");
    return at < HASH_SIZE ? digit_of(hash[2 * at]) << 4 | digit_of(hash[2 * at + 1]) : 0;
}

const char *style_source(char out[STYLE_SOURCE_SIZE])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char base64[(HASH_SIZE + 2) / 3 * 4 + 1];
    size_t used = 0;

    for (size_t at = 0; at < HASH_SIZE; at += 3) {
        uint32_t bits = hash_byte(at) << 16 | hash_byte(at + 1) << 8 | hash_byte(at + 2);
        for (int shift = 18; shift >= 0; shift -= 6)
            base64[used++] = letters[bits >> shift & 63];
    }
    base64[used - 1] = '='; /* 32 bytes end one short of a group */
    base64[used] = '\0';
    (void)snprintf(out, STYLE_SOURCE_SIZE, "'sha256-%s'", base64);
    return out;
}
