/* address.c - RFC 5952 (IPv6 as text), RFC 4291 section 2.2, RFC 4632 (prefixes). */
#include "dissectors/address.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

enum { GROUPS = 8 };

struct range {
    uint8_t family;
    uint8_t bits;
    uint8_t bytes[4]; /* no range below is told by more */
};

static const struct range private_ranges[] = {
    { 4, 8, { 10 } },          /* RFC 1918 */
    { 4, 12, { 172, 16 } },    /* RFC 1918 */
    { 4, 16, { 192, 168 } },   /* RFC 1918 */
    { 4, 10, { 100, 64 } },    /* RFC 6598 */
    { 4, 16, { 169, 254 } },   /* RFC 3927 */
    { 4, 8, { 127 } },         /* RFC 1122 */
    { 6, 7, { 0xfc } },        /* RFC 4193 */
    { 6, 10, { 0xfe, 0x80 } }, /* RFC 4291 section 2.5.6 */
};

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };
static const uint8_t translated_prefix[12] = { 0x00, 0x64, 0xff, 0x9b };
static const uint8_t loopback6[16] = { [15] = 1 };

static char *put_decimal(char *out, uint8_t value)
{
    if (value >= 100)
        *out++ = (char)('0' + value / 100);
    if (value >= 10)
        *out++ = (char)('0' + value / 10 % 10);
    *out++ = (char)('0' + value % 10);
    return out;
}

static char *put_dotted(char *out, const uint8_t bytes[4])
{
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *out++ = '.';
        out = put_decimal(out, bytes[i]);
    }
    return out;
}

/* Without leading zeros: RFC 5952 section 4.1. */
static char *put_group(char *out, unsigned group)
{
    static const char digits[] = "0123456789abcdef";
    bool is_started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = group >> shift & 0xf;
        is_started = is_started || digit != 0 || shift == 0;
        if (is_started)
            *out++ = digits[digit];
    }
    return out;
}

static unsigned group_of(const struct ip_address *address, int index)
{
    return (unsigned)(address->bytes[2 * index] << 8 | address->bytes[2 * index + 1]);
}

/* The first of the longest runs of at least two zero groups: RFC 5952 section 4.2. */
static int longest_zero_run(const struct ip_address *address, int groups, int *size)
{
    int best = -1, run = 0;
    *size = 1;
    for (int i = 0; i < groups; i++) {
        run = group_of(address, i) == 0 ? run + 1 : 0;
        if (run > *size) {
            *size = run;
            best = i + 1 - run;
        }
    }
    return best;
}

static char *put_ipv6(char *out, const struct ip_address *address)
{
    bool is_mapped = memcmp(address->bytes, mapped_prefix, sizeof mapped_prefix) == 0;
    int groups = is_mapped ? GROUPS - 2 : GROUPS;
    int run_size;
    int run = longest_zero_run(address, groups, &run_size);

    for (int i = 0; i < groups;) {
        if (i == run) {
            *out++ = ':';
            i += run_size;
            if (i == GROUPS)
                *out++ = ':';
            continue;
        }
        if (i > 0)
            *out++ = ':';
        out = put_group(out, group_of(address, i++));
    }
    if (is_mapped) {
        *out++ = ':';
        out = put_dotted(out, &address->bytes[12]);
    }
    return out;
}

const char *address_text(const struct ip_address *address, char out[ADDRESS_TEXT_SIZE])
{
    char *end = out;
    if (address->family == 4)
        end = put_dotted(out, address->bytes);
    else if (address->family == 6)
        end = put_ipv6(out, address);
    *end = '\0';
    return out;
}

bool address_read(const char *text, struct ip_address *address)
{
    *address = (struct ip_address){ 0 };
    if (inet_pton(AF_INET, text, address->bytes) == 1)
        address->family = 4;
    else if (inet_pton(AF_INET6, text, address->bytes) == 1)
        address->family = 6;
    else
        *address = (struct ip_address){ 0 };
    return address->family != 0;
}

/* Digits only, no leading zero: strtoul would take blanks, signs and octal looks. */
static bool read_bits(const char *text, unsigned limit, uint8_t *bits)
{
    unsigned value = 0;
    if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned)(*text - '0');
        if (value > limit)
            return false;
    }
    *bits = (uint8_t)value;
    return true;
}

static bool has_host_bits(const struct ip_address *address, unsigned bits)
{
    for (unsigned i = bits; i < 8 * sizeof address->bytes; i++)
        if (address->bytes[i / 8] >> (7 - i % 8) & 1)
            return true;
    return false;
}

bool address_read_prefix(const char *text, struct ip_address *address, uint8_t *bits)
{
    char host[ADDRESS_TEXT_SIZE];
    const char *slash = strchr(text, '/');
    size_t size = slash == NULL ? strlen(text) : (size_t)(slash - text);

    *address = (struct ip_address){ 0 };
    if (size >= sizeof host)
        return false;
    memcpy(host, text, size);
    host[size] = '\0';
    if (!address_read(host, address))
        return false;
    uint8_t limit = address->family == 4 ? 32 : 128;
    *bits = limit;
    return slash == NULL ||
           (read_bits(slash + 1, limit, bits) && !has_host_bits(address, *bits));
}

static bool share_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

bool address_in_prefix(const struct ip_address *address, const struct ip_address *prefix,
                       uint8_t bits)
{
    if (address->family != prefix->family || bits > 8 * sizeof address->bytes)
        return false;
    return share_bits(address->bytes, prefix->bytes, bits);
}

bool address_is_equal(const struct ip_address *a, const struct ip_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

int address_order(const struct ip_address *a, const struct ip_address *b)
{
    return memcmp(a, b, sizeof *a); /* the family comes first */
}

bool address_is_private(const struct ip_address *address)
{
    size_t count = sizeof private_ranges / sizeof private_ranges[0];
    for (size_t i = 0; i < count; i++) {
        const struct range *range = &private_ranges[i];
        if (address->family == range->family &&
            share_bits(address->bytes, range->bytes, range->bits))
            return true;
    }
    return address->family == 6 &&
           memcmp(address->bytes, loopback6, sizeof loopback6) == 0;
}

bool address_embedded_ipv4(const struct ip_address *address, struct ip_address *embedded)
{
    *embedded = (struct ip_address){ 0 };
    if (address->family != 6 ||
        memcmp(address->bytes, translated_prefix, sizeof translated_prefix) != 0)
        return false;
    embedded->family = 4;
    memcpy(embedded->bytes, &address->bytes[12], 4);
    return true;
}

const char *mac_text(const struct mac_address *mac, char out[MAC_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    for (size_t i = 0; i < sizeof mac->bytes; i++) {
        if (i > 0)
            *at++ = ':';
        *at++ = digits[mac->bytes[i] >> 4];
        *at++ = digits[mac->bytes[i] & 0xf];
    }
    *at = '\0';
    return out;
}
