/* link_tag.c - RFC 6325 section 3, IEEE 802.1AE clause 9, 802.1ah, 802.1BR, RFC 8300. */
#include "dissectors/link_tag.h"

#include "dissectors/link.h"

enum {
    TRILL_VERSION = 0xc000,
    MACSEC_VERSION = 0x80,
    MACSEC_HAS_CHANNEL = 0x20,
    MACSEC_ENCRYPTED = 0x08,
    MACSEC_CHANGED = 0x04,
    METADATA_VERSION = 1,
    METADATA_GROUP = 1,
    NSH_BASE_SIZE = 8,
};

/* The options of TRILL are counted in words. */
static bool read_trill(struct bytes *in, struct link_tag *tag)
{
    uint16_t first = bytes_u16(in);
    bytes_skip(in, 4); /* egress and ingress */
    bytes_skip(in, (first >> 6 & 0x1fu) * 4u);
    tag->ether_type = ETHER_BRIDGED;
    return (first & TRILL_VERSION) == 0;
}

/* Without confidentiality the packet stands in clear between the tag and a checksum. */
static bool read_macsec(struct bytes *in, struct link_tag *tag)
{
    uint8_t control = bytes_u8(in);
    bytes_skip(in, 5); /* short length, packet number */
    if ((control & MACSEC_HAS_CHANNEL) != 0)
        bytes_skip(in, 8);
    if ((control & (MACSEC_VERSION | MACSEC_ENCRYPTED | MACSEC_CHANGED)) != 0)
        return in->ran_out;
    tag->ether_type = bytes_u16(in);
    return true;
}

static bool read_backbone(struct bytes *in, struct link_tag *tag)
{
    tag->id = bytes_u32(in) & 0xffffff;
    tag->ether_type = ETHER_BRIDGED;
    return true;
}

/* The security group is the one metadata in use: a word of option type and value. */
static bool read_metadata(struct bytes *in, struct link_tag *tag)
{
    uint8_t version = bytes_u8(in);
    size_t words = bytes_u8(in);
    struct bytes options = bytes_take(in, words * 4);
    uint16_t option = bytes_u16(&options);
    if ((option & 0x0fff) == METADATA_GROUP)
        tag->id = bytes_u16(&options);
    tag->ether_type = bytes_u16(in);
    return in->ran_out || (version == METADATA_VERSION && words > 0);
}

static bool read_vn_tag(struct bytes *in, struct link_tag *tag)
{
    tag->id = bytes_u32(in) & 0x0fff;
    tag->ether_type = bytes_u16(in);
    return true;
}

/* The channel is in two parts, of 14 bits and, as its extension, 8. */
static bool read_e_tag(struct bytes *in, struct link_tag *tag)
{
    bytes_skip(in, 2);
    uint32_t channel = bytes_u16(in) & 0x3fffu;
    bytes_skip(in, 1);
    tag->id = (uint32_t)bytes_u8(in) << 14 | channel;
    tag->ether_type = bytes_u16(in);
    return true;
}

static uint16_t nsh_next_type(uint8_t next)
{
    static const uint16_t types[] = { 0,         ETHER_IPV4, ETHER_IPV6, ETHER_BRIDGED,
                                      ETHER_NSH, ETHER_MPLS };
    return next < sizeof types / sizeof types[0] ? types[next] : 0;
}

static bool read_nsh(struct bytes *in, struct link_tag *tag)
{
    uint16_t first = bytes_u16(in);
    size_t size = (first & 0x3fu) * 4u;
    bytes_skip(in, 1); /* type of the metadata */
    tag->ether_type = nsh_next_type(bytes_u8(in));
    tag->id = bytes_u24(in);
    bytes_skip(in, 1);
    if (first >> 14 != 0 || size < NSH_BASE_SIZE)
        return in->ran_out;
    bytes_skip(in, size - NSH_BASE_SIZE);
    return true;
}

static bool read_fabric_path(struct bytes *in, struct link_tag *tag)
{
    bytes_skip(in, 2); /* tree and time to live */
    tag->ether_type = ETHER_BRIDGED;
    return true;
}

static bool read_known(uint16_t ether_type, struct bytes *in, struct link_tag *tag)
{
    switch (ether_type) {
    case ETHER_TRILL:
        return read_trill(in, tag);
    case ETHER_MACSEC:
        return read_macsec(in, tag);
    case ETHER_BACKBONE:
        return read_backbone(in, tag);
    case ETHER_FABRIC_PATH:
        return read_fabric_path(in, tag);
    case ETHER_CISCO_METADATA:
        return read_metadata(in, tag);
    case ETHER_VN_TAG:
        return read_vn_tag(in, tag);
    case ETHER_E_TAG:
        return read_e_tag(in, tag);
    case ETHER_NSH:
        return read_nsh(in, tag);
    default:
        return false;
    }
}

enum dissect link_tag_read(uint16_t ether_type, struct bytes *in, struct link_tag *tag)
{
    *tag = (struct link_tag){ 0 };
    if (!read_known(ether_type, in, tag))
        return DISSECT_OTHER;
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}
