/*
 * address.h - IP and MAC addresses as values, and as text.
 *
 * An address is compared, hashed and copied as a struct: unused bytes are always zero.
 */
#ifndef O365LENS_DISSECTORS_ADDRESS_H
#define O365LENS_DISSECTORS_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ADDRESS_TEXT_SIZE = 46, /* the longest IPv6 form and a NUL */
    MAC_TEXT_SIZE = 18,
};

struct ip_address {
    uint8_t family;    /* 4, 6, or 0: none */
    uint8_t bytes[16]; /* network order; IPv4 in the first four, the rest zero */
};

struct mac_address {
    uint8_t bytes[6];
};

/* RFC 5952 for IPv6, dotted for IPv4, "" for none. Returns `out`. */
const char *address_text(const struct ip_address *address, char out[ADDRESS_TEXT_SIZE]);

/* Reads an IPv4 or IPv6 address; false where the text is none (no zone, no port). */
bool address_read(const char *text, struct ip_address *address);

/* Reads "ADDRESS/BITS" or a bare address. False where host bits are set or BITS is wrong.
 */
bool address_read_prefix(const char *text, struct ip_address *address, uint8_t *bits);

/* True where the first `bits` bits of both are the same and the families are. */
bool address_in_prefix(const struct ip_address *address, const struct ip_address *prefix,
                       uint8_t bits);

bool address_is_equal(const struct ip_address *a, const struct ip_address *b);
int address_order(const struct ip_address *a, const struct ip_address *b);

/* RFC 1918, 6598 (CGNAT), 3927, 4193, loopback and link-local. */
bool address_is_private(const struct ip_address *address);

/* The IPv4 inside 64:ff9b::/96 (RFC 6052); false where there is none. */
bool address_embedded_ipv4(const struct ip_address *address, struct ip_address *embedded);

const char *mac_text(const struct mac_address *mac, char out[MAC_TEXT_SIZE]);

#endif
