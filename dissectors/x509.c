/* x509.c - RFC 5280 sections 4.1, 4.2.1.6; DER as in X.690. */
#include "dissectors/x509.h"

#include "dissectors/address.h"
#include "dissectors/x509_text.h"

enum { TAG_VERSION = 0xa0, TAG_EXTENSIONS = 0xa3, NAME_DNS = 0x82, NAME_ADDRESS = 0x87 };

/* What of a certificate is looked at, still as DER. */
struct parts {
    struct bytes issuer, validity, subject, extensions;
};

/* False where it is none, or not all of the window. */
static bool take_apart(struct bytes der, struct parts *parts)
{
    struct bytes whole = der_expect(&der, DER_SEQUENCE), ignored;
    struct bytes in = der_expect(&whole, DER_SEQUENCE);

    der_expect(&whole, DER_SEQUENCE); /* algorithm of the signature */
    der_expect(&whole, DER_BIT_STRING);
    if (der.ran_out || der.left > 0 || whole.ran_out || whole.left > 0)
        return false;
    der_take_if(&in, TAG_VERSION, &ignored);
    der_expect(&in, DER_INTEGER);  /* serial number */
    der_expect(&in, DER_SEQUENCE); /* algorithm of the signature */
    parts->issuer = der_expect(&in, DER_SEQUENCE);
    parts->validity = der_expect(&in, DER_SEQUENCE);
    parts->subject = der_expect(&in, DER_SEQUENCE);
    der_expect(&in, DER_SEQUENCE); /* public key */
    parts->extensions = bytes_of(in.at, 0);
    while (in.left > 0) {
        struct der part = der_take(&in);
        if (part.tag == TAG_EXTENSIONS)
            parts->extensions = part.content;
    }
    return !in.ran_out;
}

/* The last attribute of the kind id-at `kind`; false where the name is none. */
static bool find_attribute(struct bytes name, uint8_t kind, struct der *value)
{
    const uint8_t wanted[] = { 0x55, 0x04, kind };

    *value = (struct der){ .tag = 0 };
    while (name.left > 0) {
        struct bytes set = der_expect(&name, DER_SET);
        while (set.left > 0) {
            struct bytes attribute = der_expect(&set, DER_SEQUENCE);
            struct bytes oid = der_expect(&attribute, DER_OID);
            struct der found = der_take(&attribute);
            if (attribute.ran_out || attribute.left > 0)
                return false;
            if (bytes_equal(oid, wanted, sizeof wanted))
                *value = found;
        }
        if (set.ran_out)
            return false;
    }
    return !name.ran_out;
}

static bool read_attribute(struct bytes name, uint8_t kind, char out[X509_NAME_SIZE],
                           struct x509_certificate *certificate)
{
    struct x509_text text = x509_text_at(out, 0, X509_NAME_SIZE);
    struct der value;

    if (!find_attribute(name, kind, &value))
        return false;
    x509_text_put(&text, &value);
    certificate->has_cut_name = certificate->has_cut_name || text.ran_out;
    return true;
}

/* FNV-1a: tells names apart, for those who want to put a chain in order. */
static uint64_t id_of(struct bytes name)
{
    uint64_t id = UINT64_C(0xcbf29ce484222325);
    while (name.left > 0)
        id = (id ^ bytes_u8(&name)) * UINT64_C(0x100000001b3);
    return id;
}

static bool read_names(const struct parts *parts, struct x509_certificate *certificate)
{
    enum { COMMON_NAME = 3, ORGANIZATION = 10 };
    struct bytes subject = parts->subject, issuer = parts->issuer;

    certificate->is_self_issued = bytes_equal(issuer, subject.at, subject.left);
    certificate->subject_id = id_of(subject);
    certificate->issuer_id = id_of(issuer);
    return read_attribute(subject, COMMON_NAME, certificate->subject_cn, certificate) &&
           read_attribute(subject, ORGANIZATION, certificate->subject_o, certificate) &&
           read_attribute(issuer, COMMON_NAME, certificate->issuer_cn, certificate) &&
           read_attribute(issuer, ORGANIZATION, certificate->issuer_o, certificate);
}

static void read_validity(struct bytes validity, struct x509_certificate *certificate)
{
    struct der not_before = der_take(&validity), not_after = der_take(&validity);
    int64_t not_before_s, not_after_s;

    if (!x509_read_time(&not_before, &not_before_s) ||
        !x509_read_time(&not_after, &not_after_s))
        return;
    certificate->has_validity = true;
    certificate->not_before_s = not_before_s;
    certificate->not_after_s = not_after_s;
}

/* RFC 5280: four or sixteen bytes; anything else is spelled out. */
static void put_address(struct x509_text *text, struct bytes in)
{
    struct ip_address address = { .family = in.left == 4 ? 4 : 6 };
    char written[ADDRESS_TEXT_SIZE];

    if (in.left == 4 || in.left == 16) {
        for (size_t i = 0; in.left > 0; i++)
            address.bytes[i] = bytes_u8(&in);
        in = bytes_of(written, strlen(address_text(&address, written)));
    }
    x509_text_put_ascii(text, in);
}

/* False where there is no room for the whole. */
static bool put_san(const struct der *name, struct x509_certificate *certificate)
{
    if ((name->tag != NAME_DNS && name->tag != NAME_ADDRESS) || name->content.left == 0)
        return true;
    if (certificate->san_size == X509_SAN_SIZE)
        return false;
    struct x509_text text =
        x509_text_at(certificate->san, certificate->san_size, X509_SAN_SIZE);
    if (name->tag == NAME_ADDRESS)
        put_address(&text, name->content);
    else
        x509_text_put_ascii(&text, name->content);
    if (text.ran_out)
        return false;
    certificate->san_count++;
    certificate->san_size = text.size + 1;
    return true;
}

/* Once a name has no room the shorter ones behind it are left out too: a prefix is kept.
 */
static bool read_general_names(struct bytes value, struct x509_certificate *certificate)
{
    struct bytes names = der_expect(&value, DER_SEQUENCE);

    if (value.ran_out || value.left > 0)
        return false;
    while (names.left > 0) {
        struct der name = der_take(&names);
        if (names.ran_out || !put_san(&name, certificate))
            return false;
    }
    return true;
}

/* Extensions that cannot be read may hold names: that too is "cut". */
static void read_san(struct bytes extensions, struct x509_certificate *certificate)
{
    static const uint8_t subject_alternative_name[] = { 0x55, 0x1d, 0x11 };
    struct bytes list, ignored;
    bool is_whole = true;

    if (extensions.left == 0)
        return;
    list = der_expect(&extensions, DER_SEQUENCE);
    while (list.left > 0) {
        struct bytes extension = der_expect(&list, DER_SEQUENCE);
        struct bytes oid = der_expect(&extension, DER_OID);
        der_take_if(&extension, DER_BOOLEAN, &ignored); /* critical */
        struct bytes value = der_expect(&extension, DER_OCTET_STRING);
        if (bytes_equal(oid, subject_alternative_name, sizeof subject_alternative_name))
            is_whole = is_whole && certificate->san_count == 0 &&
                       read_general_names(value, certificate);
        is_whole = is_whole && !extension.ran_out;
    }
    certificate->has_cut_san = !is_whole || list.ran_out || extensions.ran_out;
}

enum dissect x509_read(struct bytes der, struct x509_certificate *certificate)
{
    struct parts parts;

    *certificate = (struct x509_certificate){ .san_count = 0 };
    if (der.left > X509_DER_MAX || !take_apart(der, &parts))
        return DISSECT_MALFORMED;
    if (!read_names(&parts, certificate)) {
        *certificate = (struct x509_certificate){ .san_count = 0 };
        return DISSECT_MALFORMED;
    }
    read_validity(parts.validity, certificate);
    read_san(parts.extensions, certificate);
    return DISSECT_OK;
}

const char *x509_next_name(const struct x509_certificate *certificate, const char *name)
{
    const char *next = name == NULL ? certificate->san : name + strlen(name) + 1;
    return next < certificate->san + certificate->san_size ? next : NULL;
}
