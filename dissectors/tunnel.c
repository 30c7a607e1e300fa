/*
 * tunnel.c - RFC 2784, 2890, 1701 and 2637 (GRE), draft-foschiano-erspan-03, RFC 7348
 * section 5 (VXLAN), RFC 8926 section 3.4 (Geneve), RFC 3378, RFC 3931 section 4.1.1.
 */
#include "dissectors/tunnel.h"

#include "dissectors/link.h"

enum gre_flag {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGEMENT = 0x0080, /* version 1 */
    GRE_VERSION = 0x0007,
};

enum {
    GRE_WCCP = 0x883e,
    GRE_ERSPAN = 0x88be, /* types I and II */
    GRE_ERSPAN3 = 0x22eb,
    GRE_EOIP = 0x6400,
    EOIP_FLAGS = 0x2001,
    ERSPAN3_FRAME_TYPE = 0x1f,
    ERSPAN3_IP = 2,
    ETHERIP_VERSION = 0x3000,
    L2TP3_FRONT_MOST = 12, /* a cookie of 8 bytes and a sublayer of 4 */
    PPP_FRAME = 0xff03,
    ERSPAN_SESSION = 0x03ff,
    VXLAN_HAS_ID = 0x08,
};

static enum dissect outcome_of(const struct bytes *in)
{
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

/* Type II: version, VLAN; then priority and session; index. */
static void read_erspan2(struct bytes *in, struct tunnel_header *tunnel)
{
    bytes_skip(in, 2);
    tunnel->id = bytes_u16(in) & ERSPAN_SESSION;
    bytes_skip(in, 4);
}

/* Type III: as type II; then time stamp, group, flags, and what the last flag tells. */
static void read_erspan3(struct bytes *in, struct tunnel_header *tunnel)
{
    bytes_skip(in, 2);
    tunnel->id = bytes_u16(in) & ERSPAN_SESSION;
    bytes_skip(in, 6);
    uint16_t flags = bytes_u16(in);
    if ((flags & 1) != 0)
        bytes_skip(in, 8);
    if ((flags >> 10 & ERSPAN3_FRAME_TYPE) == ERSPAN3_IP)
        tunnel->ether_type = link_ip_type(*in);
}

/* Type I has no header of its own and no sequence number: that is how it is told. */
static void read_mirror(struct bytes *in, uint16_t flags, struct tunnel_header *tunnel)
{
    bool is_third = tunnel->ether_type == GRE_ERSPAN3;
    tunnel->is_mirror = true;
    tunnel->ether_type = ETHER_BRIDGED;
    if (is_third)
        read_erspan3(in, tunnel);
    else if ((flags & GRE_SEQUENCE) != 0)
        read_erspan2(in, tunnel);
}

/* WCCP version 2 puts four bytes in front of the packet, version 1 none. */
static void read_redirected(struct bytes *in, struct tunnel_header *tunnel)
{
    if (bytes_peek(*in, 0) >> 4 != 4)
        bytes_skip(in, 4);
    tunnel->ether_type = ETHER_IPV4;
}

/* RFC 1701: addresses until one of length 0. */
static void skip_routing(struct bytes *in)
{
    size_t size;
    do {
        bytes_skip(in, 3);
        size = bytes_u8(in);
        bytes_skip(in, size);
    } while (size > 0);
}

/* Ethernet over IP: the key is a length and, in the other byte order, the tunnel. */
static enum dissect read_eoip(struct bytes *in, struct tunnel_header *tunnel)
{
    uint16_t length = bytes_u16(in);
    *tunnel = (struct tunnel_header){ .id = bytes_u16le(in),
                                      .ether_type = ETHER_BRIDGED,
                                      .is_eoip = true };
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    *in = bytes_take_at_most(in, length);
    return DISSECT_OK;
}

/* The key of version 1 is a length and a number per direction: it names no tunnel. */
static enum dissect read_pptp(struct bytes *in, uint16_t flags,
                              struct tunnel_header *tunnel)
{
    if (tunnel->ether_type != ETHER_PPP || (flags & GRE_KEY) == 0)
        return DISSECT_OTHER;
    bytes_skip(in, 4);
    if ((flags & GRE_SEQUENCE) == 0)
        tunnel->ether_type = 0; /* an acknowledgement alone */
    else
        bytes_skip(in, 4);
    if ((flags & GRE_ACKNOWLEDGEMENT) != 0)
        bytes_skip(in, 4);
    return outcome_of(in);
}

static enum dissect read_gre0(struct bytes *in, uint16_t flags,
                              struct tunnel_header *tunnel)
{
    if ((flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0)
        bytes_skip(in, 4); /* checksum and offset */
    if ((flags & GRE_KEY) != 0)
        tunnel->id = bytes_u32(in);
    if ((flags & GRE_SEQUENCE) != 0)
        bytes_skip(in, 4);
    if ((flags & GRE_ROUTING) != 0)
        skip_routing(in);
    if (tunnel->ether_type == GRE_ERSPAN || tunnel->ether_type == GRE_ERSPAN3)
        read_mirror(in, flags, tunnel);
    else if (tunnel->ether_type == GRE_WCCP)
        read_redirected(in, tunnel);
    return outcome_of(in);
}

enum dissect tunnel_read_gre(struct bytes *in, struct tunnel_header *tunnel)
{
    uint16_t flags = bytes_u16(in);
    *tunnel = (struct tunnel_header){ .ether_type = bytes_u16(in) };
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    switch (flags & GRE_VERSION) {
    case 0:
        return read_gre0(in, flags, tunnel);
    case 1:
        if (flags == EOIP_FLAGS && tunnel->ether_type == GRE_EOIP)
            return read_eoip(in, tunnel);
        return read_pptp(in, flags, tunnel);
    default:
        return DISSECT_OTHER;
    }
}

enum dissect tunnel_read_vxlan(struct bytes *in, struct tunnel_header *tunnel)
{
    uint8_t flags = bytes_u8(in);
    bytes_skip(in, 3);
    *tunnel = (struct tunnel_header){ .id = bytes_u24(in), .ether_type = ETHER_BRIDGED };
    bytes_skip(in, 1);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    return (flags & VXLAN_HAS_ID) != 0 ? DISSECT_OK : DISSECT_OTHER;
}

enum dissect tunnel_read_geneve(struct bytes *in, struct tunnel_header *tunnel)
{
    uint8_t version_size = bytes_u8(in);
    bytes_skip(in, 1); /* flags */
    *tunnel = (struct tunnel_header){ .ether_type = bytes_u16(in) };
    tunnel->id = bytes_u24(in);
    bytes_skip(in, 1);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (version_size >> 6 != 0)
        return DISSECT_OTHER;
    bytes_skip(in, (version_size & 0x3fu) * 4u);
    return outcome_of(in);
}

enum dissect tunnel_read_etherip(struct bytes *in, struct tunnel_header *tunnel)
{
    uint16_t version = bytes_u16(in);
    *tunnel = (struct tunnel_header){ .ether_type = ETHER_BRIDGED };
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    return version == ETHERIP_VERSION ? DISSECT_OK : DISSECT_OTHER;
}

static uint16_t l2tp3_type(struct bytes in)
{
    uint16_t type = 0;
    if (link_is_frame_likely(in))
        return ETHER_BRIDGED;
    if (bytes_peek(in, 0) != PPP_FRAME >> 8 || bytes_peek(in, 1) != (PPP_FRAME & 0xff) ||
        link_read_ppp(&in, &type) != DISSECT_OK)
        return 0;
    return type != 0 && type == link_ip_type(in) ? ETHER_PPP : 0;
}

enum dissect tunnel_read_l2tp3(struct bytes *in, struct tunnel_header *tunnel)
{
    *tunnel = (struct tunnel_header){ .id = bytes_u32(in) };
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    for (int front = 0; tunnel->id != 0 && front <= L2TP3_FRONT_MOST; front += 4) {
        tunnel->ether_type = l2tp3_type(*in);
        if (tunnel->ether_type != 0)
            return DISSECT_OK;
        bytes_skip(in, 4);
    }
    return DISSECT_OTHER;
}
