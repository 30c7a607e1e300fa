/* link.c - LINKTYPE_ formats; IEEE 802.3, 802.1Q; RFC 1042, 1661, 2516, 3032. */
#include "dissectors/link.h"

#include <string.h>

enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_BSD =
        12, /* DLT_RAW as some systems number it, written to files by mistake */
    LINK_RAW_OPENBSD = 14,
    LINK_PPP_HDLC = 50,
    LINK_RAW = 101,
    LINK_CISCO_HDLC = 104,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED2 = 276,
};

enum {
    ETHERNET_SIZE = 14,
    LENGTHS_END = 0x0600, /* a type below is a length: LLC follows */
    COOKED_LLC = 4,       /* the kernel's own number for LLC, where a type is expected */
    HARDWARE_NETLINK = 824,
    PPP_ADDRESS = 0xff,
    CISCO_UNICAST = 0x0f,
    CISCO_BROADCAST = 0x8f,
    SNAP_SAPS = 0xaaaa,
    IP_SAPS = 0x0606,
    LLC_UNNUMBERED = 0x03,
    OUI_ETHER_TYPE = 0x000000,
    OUI_BRIDGE_TUNNEL = 0x0000f8,
    PPPOE_VERSION_TYPE = 0x11,
};

static inline void take_mac(struct bytes *in, struct mac_address *mac)
{
    struct bytes taken = bytes_take(in, sizeof mac->bytes);
    if (taken.left == sizeof mac->bytes)
        memcpy(mac->bytes, taken.at, sizeof mac->bytes);
}

/* RFC 1042: SNAP carries an EtherType; IP also has a service access point of its own. */
static uint16_t read_llc(struct bytes *in)
{
    uint16_t saps = bytes_u16(in);
    uint8_t control = bytes_u8(in);
    if (saps == IP_SAPS && control == LLC_UNNUMBERED)
        return ETHER_IPV4;
    if (saps != SNAP_SAPS || control != LLC_UNNUMBERED)
        return 0;
    uint32_t oui = bytes_u24(in);
    uint16_t type = bytes_u16(in);
    return oui == OUI_ETHER_TYPE || oui == OUI_BRIDGE_TUNNEL ? type : 0;
}

static uint16_t read_type_or_length(struct bytes *in)
{
    uint16_t type = bytes_u16(in);
    return type >= LENGTHS_END ? type : read_llc(in);
}

static enum dissect outcome_of(const struct bytes *in)
{
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

enum dissect link_read_ethernet(struct bytes *in, struct link_header *link)
{
    struct bytes fixed = bytes_take(in, ETHERNET_SIZE);
    if (fixed.left != ETHERNET_SIZE)
        return DISSECT_TRUNCATED;
    link->has_macs = true;
    link->interface = 0;
    take_mac(&fixed, &link->destination);
    take_mac(&fixed, &link->source);
    link->ether_type = bytes_u16(&fixed);
    if (link->ether_type < LENGTHS_END)
        link->ether_type = read_llc(in);
    return outcome_of(in);
}

enum dissect link_read_vlan(struct bytes *in, uint16_t *id, uint16_t *ether_type)
{
    *id = bytes_u16(in) & 0x0fff;
    *ether_type = read_type_or_length(in);
    return outcome_of(in);
}

static uint16_t ppp_ether_type(uint16_t protocol)
{
    switch (protocol) {
    case 0x0021:
        return ETHER_IPV4;
    case 0x0057:
        return ETHER_IPV6;
    case 0x0281:
        return ETHER_MPLS;
    default:
        return 0;
    }
}

enum dissect link_read_ppp(struct bytes *in, uint16_t *ether_type)
{
    /* No protocol begins with that byte: RFC 1661 section 6.6. */
    if (bytes_peek(*in, 0) == PPP_ADDRESS)
        bytes_skip(in, 2);
    uint16_t protocol = bytes_u8(in);
    if ((protocol & 1) == 0) /* the last byte of the field is odd: RFC 1661 section 2 */
        protocol = (uint16_t)(protocol << 8 | bytes_u8(in));
    *ether_type = ppp_ether_type(protocol);
    return outcome_of(in);
}

enum dissect link_read_pppoe(struct bytes *in, uint16_t *session, uint16_t *ether_type)
{
    uint8_t version_type = bytes_u8(in);
    uint8_t code = bytes_u8(in);
    *session = bytes_u16(in);
    uint16_t length = bytes_u16(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (version_type != PPPOE_VERSION_TYPE || code != 0 || length == 0)
        return DISSECT_MALFORMED;
    *ether_type = ppp_ether_type(bytes_u16(in));
    return outcome_of(in);
}

enum dissect link_read_mpls(struct bytes *in, uint32_t *label, bool *is_last)
{
    uint32_t entry = bytes_u32(in);
    *label = entry >> 12;
    *is_last = (entry >> 8 & 1) != 0;
    return outcome_of(in);
}

uint16_t link_guess_mpls(struct bytes *in)
{
    switch (bytes_peek(*in, 0) >> 4) {
    case 4:
        return ETHER_IPV4;
    case 6:
        return ETHER_IPV6;
    case 0:
        bytes_skip(in, 4);
        return ETHER_BRIDGED;
    default:
        return 0;
    }
}

static enum dissect read_cooked(struct bytes *in, struct link_header *link)
{
    bytes_skip(in, 2); /* packet type */
    uint16_t hardware = bytes_u16(in);
    bytes_skip(in, 10); /* address */
    uint16_t type = bytes_u16(in);
    link->ether_type = hardware == HARDWARE_NETLINK ? 0 : type;
    if (link->ether_type == COOKED_LLC)
        link->ether_type = read_llc(in);
    return outcome_of(in);
}

static enum dissect read_cooked2(struct bytes *in, struct link_header *link)
{
    uint16_t type = bytes_u16(in);
    bytes_skip(in, 2);
    link->interface = bytes_u32(in);
    uint16_t hardware = bytes_u16(in);
    bytes_skip(in, 10); /* packet type and address */
    link->ether_type = hardware == HARDWARE_NETLINK ? 0 : type;
    if (link->ether_type == COOKED_LLC)
        link->ether_type = read_llc(in);
    return outcome_of(in);
}

/* AF_INET is 2 everywhere; AF_INET6 has the number of the system that captured. */
static uint16_t family_ether_type(uint32_t family)
{
    switch (family) {
    case 2:
        return ETHER_IPV4;
    case 10: /* Linux */
    case 23: /* Windows */
    case 24: /* NetBSD, OpenBSD */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return ETHER_IPV6;
    default:
        return 0;
    }
}

/* LINKTYPE_NULL is in the byte order of the machine that captured, LOOP in network order.
 */
static enum dissect read_family(struct bytes *in, struct link_header *link)
{
    struct bytes swapped = *in;
    uint32_t family = bytes_u32(in);
    if (family > 0xffff)
        family = bytes_u32le(&swapped);
    link->ether_type = family_ether_type(family);
    return outcome_of(in);
}

static enum dissect read_raw(struct bytes *in, struct link_header *link)
{
    if (in->left == 0)
        return DISSECT_TRUNCATED;
    uint8_t version = bytes_peek(*in, 0) >> 4;
    if (version == 4)
        link->ether_type = ETHER_IPV4;
    else if (version == 6)
        link->ether_type = ETHER_IPV6;
    return DISSECT_OK;
}

static enum dissect read_cisco_hdlc(struct bytes *in, struct link_header *link)
{
    bytes_skip(in, 2); /* address and control */
    link->ether_type = bytes_u16(in);
    return outcome_of(in);
}

/* Captures of serial lines call both kinds of framing PPP; the first byte differs. */
static enum dissect read_serial(struct bytes *in, struct link_header *link)
{
    uint8_t start = bytes_peek(*in, 0);
    if (start == CISCO_UNICAST || start == CISCO_BROADCAST)
        return read_cisco_hdlc(in, link);
    return link_read_ppp(in, &link->ether_type);
}

enum dissect link_read_header(uint32_t link_type, struct bytes *in,
                              struct link_header *link)
{
    if (link_type == LINK_ETHERNET)
        return link_read_ethernet(in, link);
    *link = (struct link_header){ 0 };
    switch (link_type) {
    case LINK_NULL:
    case LINK_LOOP:
        return read_family(in, link);
    case LINK_PPP:
    case LINK_PPP_HDLC:
        return read_serial(in, link);
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW:
    case LINK_IPV4:
    case LINK_IPV6:
        return read_raw(in, link);
    case LINK_CISCO_HDLC:
        return read_cisco_hdlc(in, link);
    case LINK_COOKED:
        return read_cooked(in, link);
    case LINK_COOKED2:
        return read_cooked2(in, link);
    default:
        return DISSECT_OTHER;
    }
}
