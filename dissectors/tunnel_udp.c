/*
 * tunnel_udp.c - 3GPP TS 29.281 section 5, RFC 4380 section 5.1.1, RFC 2661 section 3.1,
 * RFC 3931 section 4.1.2, RFC 5415 section 4.3, RFC 7510, draft-ietf-nvo3-vxlan-gpe-12.
 */
#include "dissectors/tunnel_udp.h"

#include "dissectors/link.h"

enum port {
    PORT_L2TP = 1701,
    PORT_GTP = 2152,
    PORT_TEREDO = 3544,
    PORT_GRE = 4754,
    PORT_VXLAN = 4789,
    PORT_VXLAN_GENERIC = 4790,
    PORT_CAPWAP = 5247,
    PORT_GENEVE = 6081,
    PORT_MPLS = 6635,
    PORT_OLD_VXLAN = 8472, /* Linux before the port was assigned */
};

enum {
    GENERIC_FLAGS = 0x3c, /* version, instance, next protocol */
    GENERIC_HAS_NEXT = 0x04,
    GTP_VERSION_1 = 0x30, /* version and protocol type */
    GTP_EXTENDED = 0x07,
    GTP_HAS_EXTENSION = 0x04,
    GTP_PACKET = 0xff,
    TEREDO_ORIGIN = 0x0000,
    TEREDO_AUTHENTICATION = 0x0001,
    IPV6_FIXED_SIZE = 40,
    L2TP_CONTROL = 0x8000,
    L2TP_HAS_LENGTH = 0x4000,
    L2TP_HAS_SEQUENCE = 0x0800,
    L2TP_HAS_OFFSET = 0x0200,
    L2TP_UNUSED = 0x34f0,
    CAPWAP_FIXED_SIZE = 8,
    CAPWAP_NATIVE = 0x100, /* of the second half of the first word */
    CAPWAP_FRAGMENT = 0x080,
    CAPWAP_KEEP_ALIVE = 0x008,
    CAPWAP_WLAN = 1,
};

static enum dissect outcome_of(const struct bytes *in)
{
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

enum tunnel_kind tunnel_udp_kind(uint16_t source_port, uint16_t destination_port)
{
    switch (destination_port) {
    case PORT_VXLAN:
    case PORT_OLD_VXLAN:
        return TUNNEL_VXLAN;
    case PORT_VXLAN_GENERIC:
        return TUNNEL_VXLAN_GENERIC;
    case PORT_GENEVE:
        return TUNNEL_GENEVE;
    case PORT_GTP:
        return TUNNEL_GTP;
    case PORT_TEREDO:
        return TUNNEL_TEREDO;
    case PORT_L2TP:
        return TUNNEL_L2TP;
    case PORT_CAPWAP:
        return TUNNEL_CAPWAP;
    case PORT_MPLS:
        return TUNNEL_MPLS;
    case PORT_GRE:
        return TUNNEL_GRE;
    default:
        break;
    }
    switch (source_port) {
    case PORT_GTP:
        return TUNNEL_GTP;
    case PORT_TEREDO:
        return TUNNEL_TEREDO;
    case PORT_L2TP:
        return TUNNEL_L2TP;
    case PORT_CAPWAP:
        return TUNNEL_CAPWAP;
    default:
        return TUNNEL_NONE;
    }
}

static uint16_t generic_type(uint8_t next)
{
    static const uint16_t types[] = { 0,         ETHER_IPV4, ETHER_IPV6, ETHER_BRIDGED,
                                      ETHER_NSH, ETHER_MPLS };
    return next < sizeof types / sizeof types[0] ? types[next] : 0;
}

static enum dissect read_vxlan_generic(struct bytes *in, struct tunnel_header *tunnel)
{
    uint8_t flags = bytes_u8(in);
    bytes_skip(in, 2);
    uint8_t next = bytes_u8(in);
    tunnel->id = bytes_u24(in);
    bytes_skip(in, 1);
    bool has_next = (flags & GENERIC_HAS_NEXT) != 0;
    tunnel->ether_type = has_next ? generic_type(next) : ETHER_BRIDGED;
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    /* Version 0, and one of the two flags: all zero is no header. */
    bool is_header = (flags & 0x30) == 0 && (flags & GENERIC_FLAGS) != 0;
    return is_header ? DISSECT_OK : DISSECT_OTHER;
}

/* The lengths of extension headers are in words, with the length itself and the type. */
static bool skip_gtp_extensions(struct bytes *in)
{
    uint8_t next = bytes_u8(in);
    while (next != 0 && !in->ran_out) {
        size_t words = bytes_u8(in);
        if (words == 0)
            return in->ran_out;
        bytes_skip(in, words * 4 - 2);
        next = bytes_u8(in);
    }
    return true;
}

static enum dissect read_gtp(struct bytes *in, struct tunnel_header *tunnel)
{
    uint8_t flags = bytes_u8(in);
    uint8_t kind = bytes_u8(in);
    uint16_t length = bytes_u16(in);
    tunnel->id = bytes_u32(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if ((flags & 0xf0) != GTP_VERSION_1 || kind != GTP_PACKET)
        return DISSECT_OTHER;
    *in = bytes_take_at_most(in, length);
    if ((flags & GTP_EXTENDED) != 0) {
        bytes_skip(in, 3); /* sequence number, N-PDU number */
        if ((flags & GTP_HAS_EXTENSION) == 0)
            bytes_skip(in, 1);
        else if (!skip_gtp_extensions(in))
            return DISSECT_OTHER;
    }
    tunnel->ether_type = link_ip_type(*in);
    if (tunnel->ether_type == 0 && link_is_frame_likely(*in))
        tunnel->ether_type = ETHER_BRIDGED;
    return outcome_of(in);
}

static bool is_teredo_address(struct bytes address)
{
    static const uint8_t teredo[] = { 0x20, 0x01, 0x00, 0x00 };
    static const uint8_t link_local[] = { 0xfe, 0x80 };
    return bytes_start_with(address, teredo, sizeof teredo) ||
           bytes_start_with(address, link_local, sizeof link_local);
}

/* An IPv6 packet as long as the datagram, with an end that Teredo gave its address. */
static bool is_teredo_packet(struct bytes in)
{
    size_t size = in.left;
    bool is_version_6 = bytes_peek(in, 0) >> 4 == 6;
    bytes_skip(&in, 4);
    size_t told = bytes_u16(&in) + (size_t)IPV6_FIXED_SIZE;
    bytes_skip(&in, 2);
    struct bytes source = bytes_take(&in, 16);
    return is_version_6 && told >= size &&
           (is_teredo_address(source) || is_teredo_address(bytes_take(&in, 16)));
}

static enum dissect read_teredo(struct bytes *in, struct tunnel_header *tunnel)
{
    if (bytes_peek(*in, 0) == 0 && bytes_peek(*in, 1) == TEREDO_AUTHENTICATION) {
        bytes_skip(in, 2);
        size_t client_size = bytes_u8(in);
        size_t value_size = bytes_u8(in);
        bytes_skip(in, client_size + value_size + 9); /* nonce, confirmation */
    }
    if (bytes_peek(*in, 0) == 0 && bytes_peek(*in, 1) == TEREDO_ORIGIN)
        bytes_skip(in, 8);
    if (in->ran_out || in->left == 0)
        return DISSECT_TRUNCATED;
    tunnel->ether_type = ETHER_IPV6;
    return is_teredo_packet(*in) ? DISSECT_OK : DISSECT_OTHER;
}

static enum dissect read_l2tp2(struct bytes *in, uint16_t flags,
                               struct tunnel_header *tunnel)
{
    if ((flags & L2TP_HAS_LENGTH) != 0) {
        size_t length = bytes_u16(in);
        if (length < 8)
            return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OTHER;
        *in = bytes_take_at_most(in, length - 4);
    }
    bytes_skip(in, 2); /* tunnel: the session is another one at each end as well */
    tunnel->id = bytes_u16(in);
    if ((flags & L2TP_HAS_SEQUENCE) != 0)
        bytes_skip(in, 4);
    if ((flags & L2TP_HAS_OFFSET) != 0)
        bytes_skip(in, bytes_u16(in));
    tunnel->ether_type = ETHER_PPP;
    return outcome_of(in);
}

static enum dissect read_l2tp(struct bytes *in, struct tunnel_header *tunnel)
{
    uint16_t flags = bytes_u16(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if ((flags & L2TP_CONTROL) != 0)
        return DISSECT_OTHER;
    if ((flags & 0x0f) == 2 && (flags & L2TP_UNUSED) == 0)
        return read_l2tp2(in, flags, tunnel);
    if (flags != 3)
        return DISSECT_OTHER;
    bytes_skip(in, 2);
    return tunnel_read_l2tp3(in, tunnel);
}

/* The first word: preamble, header length (5 bits), radio (5), binding (5), flags (9). */
static enum dissect read_capwap(struct bytes *in, struct tunnel_header *tunnel)
{
    uint8_t preamble = bytes_u8(in);
    uint32_t rest = bytes_u24(in);
    bytes_skip(in, 2);
    uint16_t offset = bytes_u16(in) >> 3;
    size_t size = (rest >> 19) * 4u;
    bool is_fragment = (rest & CAPWAP_FRAGMENT) != 0 && offset != 0;
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (preamble != 0 || size < CAPWAP_FIXED_SIZE || is_fragment ||
        (rest & CAPWAP_KEEP_ALIVE) != 0)
        return DISSECT_OTHER;
    bytes_skip(in, size - CAPWAP_FIXED_SIZE);
    if ((rest & CAPWAP_NATIVE) == 0)
        tunnel->ether_type = ETHER_BRIDGED;
    else if ((rest >> 9 & 0x1f) == CAPWAP_WLAN)
        tunnel->ether_type = ETHER_WLAN;
    return outcome_of(in);
}

enum dissect tunnel_udp_read(enum tunnel_kind kind, struct bytes *in,
                             struct tunnel_header *tunnel)
{
    *tunnel = (struct tunnel_header){ 0 };
    switch (kind) {
    case TUNNEL_VXLAN:
        return tunnel_read_vxlan(in, tunnel);
    case TUNNEL_VXLAN_GENERIC:
        return read_vxlan_generic(in, tunnel);
    case TUNNEL_GENEVE:
        return tunnel_read_geneve(in, tunnel);
    case TUNNEL_GTP:
        return read_gtp(in, tunnel);
    case TUNNEL_TEREDO:
        return read_teredo(in, tunnel);
    case TUNNEL_L2TP:
        return read_l2tp(in, tunnel);
    case TUNNEL_CAPWAP:
        return read_capwap(in, tunnel);
    case TUNNEL_MPLS:
        tunnel->ether_type = ETHER_MPLS;
        return DISSECT_OK;
    case TUNNEL_GRE:
        return tunnel_read_gre(in, tunnel);
    case TUNNEL_NONE:
        break;
    }
    return DISSECT_OTHER;
}
