/* link_wrap.c - the LINKTYPE_ registry: PPI, PKTAP, NFLOG, IPNET, PFLOG, ENC and others.
 */
#include "dissectors/link_wrap.h"

#include <stdbool.h>

enum link_type {
    LINK_ETHERNET = 1,
    LINK_RAW = 101,
    LINK_ENC = 109,
    LINK_PFLOG = 117,
    LINK_PKTAP_OLD = 149,
    LINK_JUNIPER_ETHERNET = 178,
    LINK_PPI = 192,
    LINK_IPNET = 226,
    LINK_NFLOG = 239,
    LINK_NETANALYZER = 240,
    LINK_NETANALYZER_PREAMBLE = 241,
    LINK_PKTAP = 258,
    LINK_EPON = 259,
};

enum {
    WRAPS_MOST = 2,
    PPI_SIZE = 8,
    PKTAP_SIZE = 108,
    PKTAP_IS_PACKET = 1,
    NFLOG_PAYLOAD = 9,
    NFLOG_TYPE = 0x3fff, /* the two upper bits are flags */
    JUNIPER_EXTENSIONS = 0x80,
    JUNIPER_NO_LINK = 0x02,
};

static enum dissect outcome_of(const struct bytes *in)
{
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

static enum dissect take_ppi(uint32_t *link_type, struct bytes *in)
{
    bytes_skip(in, 2); /* version and flags */
    size_t size = bytes_u16le(in);
    *link_type = bytes_u32le(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (size < PPI_SIZE)
        return DISSECT_MALFORMED;
    bytes_skip(in, size - PPI_SIZE);
    return outcome_of(in);
}

static enum dissect take_pktap(uint32_t *link_type, struct bytes *in)
{
    size_t size = bytes_u32le(in);
    uint32_t kind = bytes_u32le(in);
    uint32_t inner = bytes_u32le(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    /* The older number is anybody's to use. */
    if (size < PKTAP_SIZE || kind != PKTAP_IS_PACKET)
        return *link_type == LINK_PKTAP ? DISSECT_MALFORMED : DISSECT_OTHER;
    *link_type = inner;
    bytes_skip(in, size - 12);
    return outcome_of(in);
}

/* Lengths are in the order of the machine that captured: which fits in the first one? */
static bool is_little_endian(struct bytes in)
{
    struct bytes turned = in;
    size_t little = bytes_u16le(&in);
    size_t big = bytes_u16(&turned);
    return (little >= 4 && little <= in.left + 2) || big < 4 || big > in.left + 2;
}

/* One attribute; false at the packet itself, or where the attributes are at their end. */
static bool skip_attribute(struct bytes *in, bool is_little)
{
    struct bytes start = *in;
    size_t size = is_little ? bytes_u16le(&start) : bytes_u16(&start);
    uint16_t kind = is_little ? bytes_u16le(&start) : bytes_u16(&start);
    if (start.ran_out || size < 4) {
        in->ran_out = true;
        in->left = 0;
        return false;
    }
    if ((kind & NFLOG_TYPE) == NFLOG_PAYLOAD) {
        *in = bytes_take_at_most(&start, size - 4);
        return false;
    }
    bytes_skip(in, (size + 3) / 4 * 4);
    return !in->ran_out;
}

static enum dissect take_nflog(uint32_t *link_type, struct bytes *in)
{
    bytes_skip(in, 4); /* family, version, group */
    bool is_little = is_little_endian(*in);
    while (skip_attribute(in, is_little))
        ;
    *link_type = LINK_RAW;
    return outcome_of(in);
}

/* The length that PFLOG tells leaves out its own padding to words. */
static enum dissect take_pflog(uint32_t *link_type, struct bytes *in)
{
    size_t size = (bytes_peek(*in, 0) + 3u) / 4 * 4;
    bytes_skip(in, size > 4 ? size : 4);
    *link_type = LINK_RAW;
    return outcome_of(in);
}

static enum dissect take_juniper(uint32_t *link_type, struct bytes *in)
{
    uint32_t magic = bytes_u24(in);
    uint8_t flags = bytes_u8(in);
    if ((flags & JUNIPER_EXTENSIONS) != 0)
        bytes_skip(in, bytes_u16(in));
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (magic != 0x4d4743)
        return DISSECT_MALFORMED;
    *link_type = LINK_ETHERNET;
    if ((flags & JUNIPER_NO_LINK) == 0)
        return DISSECT_OK;
    *link_type = LINK_RAW;
    bytes_skip(in, 4); /* the family, as a word */
    return outcome_of(in);
}

static enum dissect skip_fixed(struct bytes *in, size_t size, uint32_t inner,
                               uint32_t *link_type)
{
    bytes_skip(in, size);
    *link_type = inner;
    return outcome_of(in);
}

/* OK and `is_wrapped` left false: there is nothing to take off. */
static enum dissect take_one(uint32_t *link_type, struct bytes *in, bool *is_wrapped)
{
    *is_wrapped = true;
    switch (*link_type) {
    case LINK_PPI:
        return take_ppi(link_type, in);
    case LINK_PKTAP:
    case LINK_PKTAP_OLD:
        return take_pktap(link_type, in);
    case LINK_NFLOG:
        return take_nflog(link_type, in);
    case LINK_PFLOG:
        return take_pflog(link_type, in);
    case LINK_IPNET:
        return skip_fixed(in, 24, LINK_RAW, link_type);
    case LINK_ENC:
        return skip_fixed(in, 12, LINK_RAW, link_type);
    case LINK_NETANALYZER:
        return skip_fixed(in, 4, LINK_ETHERNET, link_type);
    case LINK_NETANALYZER_PREAMBLE:
        return skip_fixed(in, 12, LINK_ETHERNET, link_type);
    case LINK_EPON:
        return skip_fixed(in, 8, LINK_ETHERNET, link_type);
    case LINK_JUNIPER_ETHERNET:
        return take_juniper(link_type, in);
    default:
        *is_wrapped = false;
        return DISSECT_OK;
    }
}

enum dissect link_wrap_take(uint32_t *link_type, struct bytes *in)
{
    bool is_wrapped = true;
    for (int count = 0; count <= WRAPS_MOST; count++) {
        enum dissect outcome = take_one(link_type, in, &is_wrapped);
        if (outcome != DISSECT_OK || !is_wrapped)
            return outcome;
    }
    return DISSECT_OTHER;
}
