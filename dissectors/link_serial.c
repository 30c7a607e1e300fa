/* link_serial.c - RFC 1662, 2427, 2684, 1055, 1144; Q.922; the LINKTYPE_ registry. */
#include "dissectors/link_serial.h"

enum link_type {
    LINK_SLIP = 8,
    LINK_PPP = 9,
    LINK_PPP_HDLC = 50,
    LINK_PPP_ETHER = 51,
    LINK_ATM_LLC = 100,
    LINK_CISCO_HDLC = 104,
    LINK_ATM_CLIP = 106,
    LINK_FRAME_RELAY = 107,
    LINK_SUN_ATM = 123,
    LINK_JUNIPER_ATM2 = 135,
    LINK_JUNIPER_ATM1 = 137,
    LINK_PPP_PPPD = 166,
    LINK_JUNIPER_PPP = 179,
    LINK_JUNIPER_FRAME_RELAY = 180,
    LINK_JUNIPER_CISCO_HDLC = 181,
    LINK_PPP_DIRECTION = 204,
    LINK_CISCO_HDLC_DIRECTION = 205,
    LINK_FRAME_RELAY_DIRECTION = 206,
};

enum {
    CISCO_UNICAST = 0x0f,
    CISCO_BROADCAST = 0x8f,
    UNNUMBERED = 0x03,
    NLPID_PAD = 0x00,
    NLPID_SNAP = 0x80,
    NLPID_IPV6 = 0x8e,
    NLPID_IPV4 = 0xcc,
    NLPID_PPP = 0xcf,
    SAPS_SNAP = 0xaaaa,
    SAPS_NLPID = 0xfefe,
    OUI_ETHER_TYPE = 0x000000,
    OUI_BRIDGED = 0x0080c2,
    BRIDGED_WITH_SUM = 0x0001,
    BRIDGED_WITHOUT_SUM = 0x0007,
    SUN_ATM_TYPE = 0x0f,
    SUN_ATM_LANE = 1,
    SUN_ATM_LLC = 2,
    SLIP_HEADER_SIZE = 16,
    SLIP_COMPRESSED = 0x80,
    JUNIPER_NO_LINK = 0x02,
    JUNIPER_EXTENSIONS = 0x80,
};

static const uint8_t juniper_magic[] = { 0x4d, 0x47, 0x43 };

static enum dissect outcome_of(const struct bytes *in)
{
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

static enum dissect read_cisco_hdlc(struct bytes *in, struct link_header *link)
{
    bytes_skip(in, 2); /* address and control */
    link->ether_type = bytes_u16(in);
    return outcome_of(in);
}

/* Captures of serial lines call both kinds of framing PPP; the first byte differs. */
static enum dissect read_hdlc(struct bytes *in, struct link_header *link)
{
    uint8_t start = bytes_peek(*in, 0);
    if (start == CISCO_UNICAST || start == CISCO_BROADCAST)
        return read_cisco_hdlc(in, link);
    return link_read_ppp(in, &link->ether_type);
}

/* `pad` bytes stand in front of a bridged frame: two where ATM aligns it. */
static uint16_t read_snap(struct bytes *in, size_t pad)
{
    uint32_t oui = bytes_u24(in);
    uint16_t type = bytes_u16(in);
    if (oui == OUI_ETHER_TYPE)
        return type;
    if (oui != OUI_BRIDGED || (type != BRIDGED_WITH_SUM && type != BRIDGED_WITHOUT_SUM))
        return 0;
    bytes_skip(in, pad);
    return ETHER_BRIDGED;
}

static uint16_t read_nlpid(struct bytes *in, size_t pad)
{
    uint16_t type = 0;
    uint8_t protocol = bytes_u8(in);
    if (protocol == NLPID_PAD)
        protocol = bytes_u8(in);
    switch (protocol) {
    case NLPID_IPV4:
        return ETHER_IPV4;
    case NLPID_IPV6:
        return ETHER_IPV6;
    case NLPID_SNAP:
        return read_snap(in, pad);
    case NLPID_PPP:
        return link_read_ppp(in, &type) == DISSECT_OK ? type : 0;
    default:
        return 0;
    }
}

/* Two to four bytes of address; then RFC 2427, or an EtherType as Cisco began it. */
static enum dissect read_frame_relay(struct bytes *in, struct link_header *link)
{
    uint8_t last = bytes_u8(in);
    for (int size = 1; size < 4 && (last & 1) == 0; size++)
        last = bytes_u8(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (bytes_peek(*in, 0) == UNNUMBERED) {
        bytes_skip(in, 1);
        link->ether_type = read_nlpid(in, 0);
    } else {
        link->ether_type = bytes_u16(in);
    }
    return outcome_of(in);
}

/* RFC 2684: LLC in front, or one protocol alone on the circuit. */
static enum dissect read_atm(struct bytes *in, struct link_header *link)
{
    struct bytes header = *in;
    uint16_t saps = bytes_u16(&header);
    uint8_t control = bytes_u8(&header);
    if (saps == SAPS_SNAP && control == UNNUMBERED) {
        link->ether_type = read_snap(&header, 2);
        *in = header;
    } else if (saps == SAPS_NLPID && control == UNNUMBERED) {
        link->ether_type = read_nlpid(&header, 2);
        *in = header;
    } else if (saps == 0xff03) {
        return link_read_ppp(in, &link->ether_type);
    } else {
        link->ether_type = link_ip_type(*in);
    }
    return outcome_of(&header);
}

/* Direction and kind, virtual path, circuit; LAN emulation has two bytes of its own. */
static enum dissect read_sun_atm(struct bytes *in, struct link_header *link)
{
    uint8_t kind = bytes_u8(in) & SUN_ATM_TYPE;
    bytes_skip(in, 3);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (kind == SUN_ATM_LLC)
        return read_atm(in, link);
    if (kind == SUN_ATM_LANE) {
        bytes_skip(in, 2);
        link->ether_type = ETHER_BRIDGED;
    }
    return outcome_of(in);
}

/* Direction, then the first bytes as sent; what RFC 1144 compressed shows no header. */
static enum dissect read_slip(struct bytes *in, struct link_header *link)
{
    uint8_t start = bytes_peek(*in, 1);
    bytes_skip(in, SLIP_HEADER_SIZE);
    if ((start & SLIP_COMPRESSED) == 0)
        link->ether_type = link_ip_type(*in);
    return outcome_of(in);
}

static enum dissect read_pppoe(struct bytes *in, struct link_header *link)
{
    uint16_t session;
    return link_read_pppoe(in, &session, &link->ether_type);
}

static enum dissect read_behind_direction(uint32_t link_type, struct bytes *in,
                                          struct link_header *link)
{
    bytes_skip(in, 1);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (link_type == LINK_CISCO_HDLC_DIRECTION)
        return read_cisco_hdlc(in, link);
    if (link_type == LINK_FRAME_RELAY_DIRECTION)
        return read_frame_relay(in, link);
    return link_read_ppp(in, &link->ether_type);
}

/* pppd puts the direction in the place of the address. */
static enum dissect read_pppd(struct bytes *in, struct link_header *link)
{
    if (bytes_peek(*in, 0) <= 1 && bytes_peek(*in, 1) == UNNUMBERED)
        bytes_skip(in, 2);
    return link_read_ppp(in, &link->ether_type);
}

static enum dissect read_juniper_link(uint32_t link_type, struct bytes *in,
                                      struct link_header *link)
{
    switch (link_type) {
    case LINK_JUNIPER_PPP:
        return link_read_ppp(in, &link->ether_type);
    case LINK_JUNIPER_FRAME_RELAY:
        return read_frame_relay(in, link);
    case LINK_JUNIPER_CISCO_HDLC:
        return read_cisco_hdlc(in, link);
    default: /* a cookie of the interface stands in front */
        bytes_skip(in, link_type == LINK_JUNIPER_ATM1 ? 4 : 8);
        return in->ran_out ? DISSECT_TRUNCATED : read_atm(in, link);
    }
}

/* Magic number, flags, and extensions where a flag tells of them. */
static enum dissect read_juniper(uint32_t link_type, struct bytes *in,
                                 struct link_header *link)
{
    struct bytes magic = bytes_take(in, sizeof juniper_magic);
    uint8_t flags = bytes_u8(in);
    if ((flags & JUNIPER_EXTENSIONS) != 0)
        bytes_skip(in, bytes_u16(in));
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (!bytes_equal(magic, juniper_magic, sizeof juniper_magic))
        return DISSECT_MALFORMED;
    if ((flags & JUNIPER_NO_LINK) == 0)
        return read_juniper_link(link_type, in, link);
    if (link_ip_type(*in) == 0)
        bytes_skip(in, 4); /* the family, as a word */
    link->ether_type = link_ip_type(*in);
    return outcome_of(in);
}

enum dissect link_serial_read(uint32_t link_type, struct bytes *in,
                              struct link_header *link)
{
    switch (link_type) {
    case LINK_PPP:
    case LINK_PPP_HDLC:
        return read_hdlc(in, link);
    case LINK_PPP_PPPD:
        return read_pppd(in, link);
    case LINK_PPP_ETHER:
        return read_pppoe(in, link);
    case LINK_CISCO_HDLC:
        return read_cisco_hdlc(in, link);
    case LINK_FRAME_RELAY:
        return read_frame_relay(in, link);
    case LINK_PPP_DIRECTION:
    case LINK_CISCO_HDLC_DIRECTION:
    case LINK_FRAME_RELAY_DIRECTION:
        return read_behind_direction(link_type, in, link);
    case LINK_ATM_LLC:
    case LINK_ATM_CLIP:
        return read_atm(in, link);
    case LINK_SUN_ATM:
        return read_sun_atm(in, link);
    case LINK_SLIP:
        return read_slip(in, link);
    case LINK_JUNIPER_ATM1:
    case LINK_JUNIPER_ATM2:
    case LINK_JUNIPER_PPP:
    case LINK_JUNIPER_FRAME_RELAY:
    case LINK_JUNIPER_CISCO_HDLC:
        return read_juniper(link_type, in, link);
    default:
        return DISSECT_OTHER;
    }
}
