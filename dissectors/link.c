/* link.c - LINKTYPE_ formats; IEEE 802.3, 802.1Q, 802.5; RFC 1042, 1201, 1390, 3032,
 * 4391. */
#include "dissectors/link.h"

#include <string.h>

#include "dissectors/link_serial.h"
#include "dissectors/link_wlan.h"
#include "dissectors/link_wrap.h"

enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_TOKEN_RING = 6,
    LINK_ARCNET = 7,
    LINK_FDDI = 10,
    LINK_RAW_BSD =
        12, /* DLT_RAW as some systems number it, written to files by mistake */
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_FIBRE_CHANNEL = 122,
    LINK_ARCNET_LINUX = 129,
    LINK_MPLS = 219,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_INFINIBAND = 242,
    LINK_COOKED2 = 276,
};

enum {
    ETHERNET_SIZE = 14,
    ETHER_ARP = 0x0806,
    IPV4_FIXED_SIZE = 20,
    IPV6_FIXED_SIZE = 40,
    LENGTHS_END = 0x0600, /* a type below is a length: LLC follows */
    COOKED_LLC = 4,       /* the kernel's own number for LLC, where a type is expected */
    HARDWARE_NETLINK = 824,
    SNAP_SAPS = 0xaaaa,
    IP_SAPS = 0x0606,
    LLC_UNNUMBERED = 0x03,
    OUI_ETHER_TYPE = 0x000000,
    OUI_BRIDGE_TUNNEL = 0x0000f8,
    PPP_ADDRESS = 0xff,
    PPP_MULTILINK = 0x003d,
    PPPOE_VERSION_TYPE = 0x11,
    FDDI_LLC = 0x50, /* in the upper half of the frame control */
    RING_LLC = 0x40,
    RING_HAS_ROUTE = 0x80,
    ARCNET_IP = 0xd4,
    ARCNET_OLD_IP = 0xf0, /* RFC 1051: no fragmentation header */
    ARCNET_IPV6 = 0xc4,
};

static inline void take_mac(struct bytes *in, struct mac_address *mac)
{
    struct bytes taken = bytes_take(in, sizeof mac->bytes);
    if (taken.left == sizeof mac->bytes)
        memcpy(mac->bytes, taken.at, sizeof mac->bytes);
}

/* RFC 1042: SNAP carries an EtherType; IP also has a service access point of its own. */
uint16_t link_read_llc(struct bytes *in)
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
    return type >= LENGTHS_END && type != ETHER_JUMBO_LLC ? type : link_read_llc(in);
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
    link->dark = LINK_CLEAR;
    link->interface = 0;
    take_mac(&fixed, &link->destination);
    take_mac(&fixed, &link->source);
    link->ether_type = bytes_u16(&fixed);
    if (link->ether_type < LENGTHS_END || link->ether_type == ETHER_JUMBO_LLC)
        link->ether_type = link_read_llc(in);
    return outcome_of(in);
}

enum dissect link_read_vlan(struct bytes *in, uint16_t *id, uint16_t *ether_type)
{
    *id = bytes_u16(in) & 0x0fff;
    *ether_type = read_type_or_length(in);
    return outcome_of(in);
}

static bool is_sum_right(struct bytes header)
{
    uint32_t sum = 0;
    while (header.left > 1)
        sum += bytes_u16(&header);
    return sum % 0xffff == 0;
}

/* Lengths that agree with themselves; `is_certain` asks for the checksum as well. */
static bool is_ipv4_likely(struct bytes in, bool is_certain)
{
    struct bytes fixed = in;
    uint8_t first = bytes_u8(&fixed);
    size_t size = (first & 0xfu) * 4;
    bytes_skip(&fixed, 1);
    uint16_t length = bytes_u16(&fixed);
    if (fixed.ran_out || first >> 4 != 4 || size < IPV4_FIXED_SIZE || length < size)
        return false;
    return !is_certain || is_sum_right(bytes_take(&in, size));
}

/* There is no checksum: what follows has to be as long as told, at the least. */
static bool is_ipv6_likely(struct bytes in, bool is_exact)
{
    uint8_t version = bytes_peek(in, 0) >> 4;
    bytes_skip(&in, 4);
    size_t length = bytes_u16(&in);
    bytes_skip(&in, IPV6_FIXED_SIZE - 6);
    return version == 6 && !in.ran_out &&
           (is_exact ? length == in.left : length <= in.left);
}

static bool is_frame_likely(struct bytes in, bool is_certain)
{
    bytes_skip(&in, ETHERNET_SIZE - 2);
    uint16_t type = bytes_u16(&in);
    for (int tags = 0; tags < 2 && (type == ETHER_VLAN || type == ETHER_PROVIDER_VLAN);
         tags++) {
        bytes_skip(&in, 2);
        type = bytes_u16(&in);
    }
    if (in.left == 0)
        return false;
    switch (type) {
    case ETHER_IPV4:
        return is_ipv4_likely(in, is_certain);
    case ETHER_IPV6:
        return is_certain ? is_ipv6_likely(in, false) : bytes_peek(in, 0) >> 4 == 6;
    case ETHER_ARP:
        return bytes_peek(in, 0) == 0 && bytes_peek(in, 1) == 1;
    default:
        return false;
    }
}

bool link_is_frame_likely(struct bytes in)
{
    return is_frame_likely(in, false);
}

uint16_t link_ip_type(struct bytes in)
{
    switch (bytes_peek(in, 0) >> 4) {
    case 4:
        return ETHER_IPV4;
    case 6:
        return ETHER_IPV6;
    default:
        return 0;
    }
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
    case 0x0283:
        return ETHER_MPLS_UPSTREAM;
    default:
        return 0;
    }
}

static uint16_t read_ppp_protocol(struct bytes *in)
{
    uint16_t protocol = bytes_u8(in);
    if ((protocol & 1) == 0) /* the last byte of the field is odd: RFC 1661 section 2 */
        protocol = (uint16_t)(protocol << 8 | bytes_u8(in));
    return protocol;
}

enum dissect link_read_ppp(struct bytes *in, uint16_t *ether_type)
{
    /* No protocol begins with that byte: RFC 1661 section 6.6. */
    if (bytes_peek(*in, 0) == PPP_ADDRESS)
        bytes_skip(in, 2);
    uint16_t protocol = read_ppp_protocol(in);
    if (protocol == PPP_MULTILINK) {
        /* RFC 1990 section 3, numbers of three bytes: is this piece the whole packet? */
        uint8_t flags = bytes_u8(in);
        bytes_skip(in, 3);
        protocol = flags >> 6 == 3 ? read_ppp_protocol(in) : protocol;
    }
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

/* The address of a frame may begin with the nibble of IP: what fits better decides. */
static bool is_frame_after_all(struct bytes in, uint16_t ip_type)
{
    bool is_ipv4 = ip_type == ETHER_IPV4;
    if (is_ipv4 && !is_ipv4_likely(in, false))
        return is_frame_likely(in, false);
    if (is_ipv4 ? is_ipv4_likely(in, true) : is_ipv6_likely(in, true))
        return false;
    return is_frame_likely(in, true);
}

uint16_t link_guess_mpls(struct bytes *in)
{
    uint16_t type = link_ip_type(*in);
    if (type != 0)
        return is_frame_after_all(*in, type) ? ETHER_BRIDGED : type;
    struct bytes behind = *in;
    bytes_skip(&behind, 4);
    bool is_frame = is_frame_likely(*in, false);
    bool has_control_word = bytes_peek(*in, 0) >> 4 == 0;
    if (has_control_word && (!is_frame || is_frame_likely(behind, true))) {
        *in = behind;
        return ETHER_BRIDGED;
    }
    return is_frame ? ETHER_BRIDGED : 0;
}

static enum dissect read_cooked(struct bytes *in, struct link_header *link)
{
    bytes_skip(in, 2); /* packet type */
    uint16_t hardware = bytes_u16(in);
    bytes_skip(in, 10); /* address */
    uint16_t type = bytes_u16(in);
    link->ether_type = hardware == HARDWARE_NETLINK ? 0 : type;
    if (link->ether_type == COOKED_LLC)
        link->ether_type = link_read_llc(in);
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
        link->ether_type = link_read_llc(in);
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
    link->ether_type = link_ip_type(*in);
    return DISSECT_OK;
}

/* The addresses are left out: by the system their bits stand in one order or the other.
 */
static enum dissect read_fddi(struct bytes *in, struct link_header *link)
{
    uint8_t control = bytes_u8(in);
    bytes_skip(in, 12);
    link->ether_type = (control & 0xf0) == FDDI_LLC ? link_read_llc(in) : 0;
    return outcome_of(in);
}

/* A source route follows the addresses where the source's first bit says so. */
static enum dissect read_token_ring(struct bytes *in, struct link_header *link)
{
    bytes_skip(in, 1);
    uint8_t control = bytes_u8(in);
    bytes_skip(in, 6);
    bool has_route = (bytes_peek(*in, 0) & RING_HAS_ROUTE) != 0;
    bytes_skip(in, 6);
    if (has_route)
        bytes_skip(in, bytes_peek(*in, 0) & 0x1fu);
    link->ether_type = (control & 0xc0) == RING_LLC ? link_read_llc(in) : 0;
    return outcome_of(in);
}

/* RFC 1201; only what was sent in one piece. Linux leaves the two bytes of offset in. */
static enum dissect read_arcnet(struct bytes *in, bool is_linux, struct link_header *link)
{
    bytes_skip(in, is_linux ? 4 : 2);
    uint8_t system = bytes_u8(in);
    if (system == ARCNET_OLD_IP) {
        link->ether_type = ETHER_IPV4;
        return outcome_of(in);
    }
    uint8_t split = bytes_u8(in);
    bytes_skip(in, 2);
    if (split == 0 && system == ARCNET_IP)
        link->ether_type = ETHER_IPV4;
    else if (split == 0 && system == ARCNET_IPV6)
        link->ether_type = ETHER_IPV6;
    return outcome_of(in);
}

/* A global route header or addresses of that size, then type and two bytes unused. */
static enum dissect read_infiniband(struct bytes *in, struct link_header *link)
{
    bytes_skip(in, 40);
    link->ether_type = bytes_u16(in);
    bytes_skip(in, 2);
    return outcome_of(in);
}

static enum dissect read_fibre_channel(struct bytes *in, struct link_header *link)
{
    bytes_skip(in, 16);
    link->ether_type = link_read_llc(in);
    return outcome_of(in);
}

static enum dissect read_local(uint32_t link_type, struct bytes *in,
                               struct link_header *link)
{
    switch (link_type) {
    case LINK_NULL:
    case LINK_LOOP:
        return read_family(in, link);
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_RAW:
    case LINK_IPV4:
    case LINK_IPV6:
        return read_raw(in, link);
    case LINK_MPLS:
        link->ether_type = ETHER_MPLS;
        return DISSECT_OK;
    case LINK_TOKEN_RING:
        return read_token_ring(in, link);
    case LINK_FDDI:
        return read_fddi(in, link);
    case LINK_ARCNET:
    case LINK_ARCNET_LINUX:
        return read_arcnet(in, link_type == LINK_ARCNET_LINUX, link);
    case LINK_FIBRE_CHANNEL:
        return read_fibre_channel(in, link);
    case LINK_INFINIBAND:
        return read_infiniband(in, link);
    case LINK_COOKED:
        return read_cooked(in, link);
    case LINK_COOKED2:
        return read_cooked2(in, link);
    default:
        return DISSECT_OTHER;
    }
}

static enum dissect read_bare(uint32_t link_type, struct bytes *in,
                              struct link_header *link)
{
    if (link_type == LINK_ETHERNET)
        return link_read_ethernet(in, link);
    enum dissect outcome = read_local(link_type, in, link);
    if (outcome == DISSECT_OTHER)
        outcome = link_serial_read(link_type, in, link);
    return outcome == DISSECT_OTHER ? link_wlan_read_header(link_type, in, link)
                                    : outcome;
}

enum dissect link_read_header(uint32_t link_type, struct bytes *in,
                              struct link_header *link)
{
    uint32_t inner = link_type;
    if (link_type == LINK_ETHERNET)
        return link_read_ethernet(in, link);
    *link = (struct link_header){ 0 };
    enum dissect outcome = link_wrap_take(&inner, in);
    if (outcome != DISSECT_OK)
        return outcome;
    outcome = read_bare(inner, in, link);
    if (outcome == DISSECT_OK && link->ether_type == ETHER_BRIDGED)
        return link_read_ethernet(in, link);
    return outcome;
}
