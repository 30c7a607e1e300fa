/* x509.c - RFC 5280 sections 4.1, 4.2.1.6; DER as in X.690. */
#include "dissectors/x509.h"

#include <string.h>
#include <time.h>

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "dissectors/address.h"

/* Returns false, and puts nothing, where `text` has no room for the whole. */
static bool put(char *text, size_t capacity, size_t *size, const char *what)
{
    size_t length = strlen(what);
    if (capacity - *size <= length)
        return false;
    memcpy(text + *size, what, length + 1);
    *size += length;
    return true;
}

/* `is_text`: UTF-8. Otherwise nothing above ASCII can be believed either. */
static bool spell(struct bytes in, bool is_text, char *out, size_t capacity, size_t *size)
{
    while (in.left > 0) {
        uint8_t byte = bytes_u8(&in);
        bool is_plain = byte >= 0x20 && byte != 0x7f && (is_text || byte < 0x80);
        const char plain[] = { (char)byte, '\0' };
        const char spelled[] = { '\\', 'x', "0123456789abcdef"[byte >> 4],
                                 "0123456789abcdef"[byte & 15], '\0' };
        if (!put(out, capacity, size, is_plain ? plain : spelled))
            return false;
    }
    return true;
}

static struct bytes content_of(const ASN1_STRING *string)
{
    int length = ASN1_STRING_length(string);
    return bytes_of(ASN1_STRING_get0_data(string), length > 0 ? (size_t)length : 0);
}

static bool spell_string(const ASN1_STRING *string, char *out, size_t capacity)
{
    unsigned char *utf8 = NULL;
    int length = ASN1_STRING_to_UTF8(&utf8, string);
    size_t size = 0;
    bool is_text = length >= 0;
    struct bytes in = is_text ? bytes_of(utf8, (size_t)length) : content_of(string);

    out[0] = '\0';
    bool is_whole = spell(in, is_text, out, capacity, &size);
    OPENSSL_free(utf8);
    return is_whole;
}

/* The last of the attributes of this kind; "" where there is none. */
static bool read_attribute(const X509_NAME *name, int kind, char out[X509_NAME_SIZE])
{
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, kind, at)) >= 0;)
        last = at;
    out[0] = '\0';
    if (last < 0)
        return true;
    return spell_string(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)), out,
                        X509_NAME_SIZE);
}

static void read_names(const X509 *parsed, struct x509_certificate *certificate)
{
    const X509_NAME *subject = X509_get_subject_name(parsed);
    const X509_NAME *issuer = X509_get_issuer_name(parsed);
    bool is_whole = read_attribute(subject, NID_commonName, certificate->subject_cn);

    is_whole = read_attribute(issuer, NID_commonName, certificate->issuer_cn) && is_whole;
    is_whole =
        read_attribute(issuer, NID_organizationName, certificate->issuer_o) && is_whole;
    certificate->has_cut_name = !is_whole;
    certificate->is_self_issued = X509_NAME_cmp(subject, issuer) == 0;
}

/* Not with timegm, which opens the time zone file that a sandbox denies. */
static bool read_time(const ASN1_TIME *time, int64_t *seconds)
{
    const struct tm epoch = { .tm_year = 70, .tm_mday = 1 };
    struct tm calendar;
    int days, rest;

    if (time == NULL || ASN1_TIME_to_tm(time, &calendar) != 1 ||
        OPENSSL_gmtime_diff(&days, &rest, &epoch, &calendar) != 1)
        return false;
    *seconds = (int64_t)days * 24 * 60 * 60 + rest;
    return true;
}

static void read_validity(const X509 *parsed, struct x509_certificate *certificate)
{
    int64_t not_before_s, not_after_s;

    if (!read_time(X509_get0_notBefore(parsed), &not_before_s) ||
        !read_time(X509_get0_notAfter(parsed), &not_after_s))
        return;
    certificate->has_validity = true;
    certificate->not_before_s = not_before_s;
    certificate->not_after_s = not_after_s;
}

/* RFC 5280: four or sixteen bytes; anything else is spelled out. */
static bool put_address(struct bytes in, struct x509_certificate *certificate,
                        size_t *size)
{
    struct ip_address address = { .family = in.left == 4 ? 4 : 6 };
    char text[ADDRESS_TEXT_SIZE];

    if (in.left != 4 && in.left != 16)
        return spell(in, false, certificate->san, X509_SAN_SIZE, size);
    for (size_t i = 0; in.left > 0; i++)
        address.bytes[i] = bytes_u8(&in);
    return put(certificate->san, X509_SAN_SIZE, size, address_text(&address, text));
}

static bool put_san(const GENERAL_NAME *name, struct x509_certificate *certificate)
{
    int kind;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);
    size_t size = certificate->san_size;

    if (kind != GEN_DNS && kind != GEN_IPADD)
        return true;
    struct bytes in = content_of(value);
    bool has_room = kind == GEN_IPADD
                        ? put_address(in, certificate, &size)
                        : spell(in, false, certificate->san, X509_SAN_SIZE, &size);
    if (in.left == 0)
        return true;
    if (!has_room)
        return false;
    certificate->san_count++;
    certificate->san_size = size + 1;
    return true;
}

/* Once a name has no room the shorter ones behind it are left out too: a prefix is kept.
 */
static void read_san(const X509 *parsed, struct x509_certificate *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(parsed, NID_subject_alt_name, NULL, NULL);
    int count = sk_GENERAL_NAME_num(names);

    if (names == NULL) /* absent, unreadable, or there twice */
        certificate->has_cut_san =
            X509_get_ext_by_NID(parsed, NID_subject_alt_name, -1) >= 0;
    for (int i = 0; i < count && !certificate->has_cut_san; i++)
        certificate->has_cut_san = !put_san(sk_GENERAL_NAME_value(names, i), certificate);
    GENERAL_NAMES_free(names);
}

void x509_prepare(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

enum dissect x509_read(struct bytes der, struct x509_certificate *certificate)
{
    const unsigned char *end = der.at;
    X509 *parsed = NULL;

    *certificate = (struct x509_certificate){ .san_count = 0 };
    x509_prepare();
    if (der.left > 0 && der.left <= X509_DER_MAX)
        parsed = d2i_X509(NULL, &end, (long)der.left);
    bool is_whole = parsed != NULL && (size_t)(end - der.at) == der.left;
    if (is_whole) {
        read_names(parsed, certificate);
        read_validity(parsed, certificate);
        read_san(parsed, certificate);
    }
    X509_free(parsed);
    ERR_clear_error();
    return is_whole ? DISSECT_OK : DISSECT_MALFORMED;
}

const char *x509_next_name(const struct x509_certificate *certificate, const char *name)
{
    const char *next = name == NULL ? certificate->san : name + strlen(name) + 1;
    return next < certificate->san + certificate->san_size ? next : NULL;
}
