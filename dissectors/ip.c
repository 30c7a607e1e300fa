/* ip.c - RFC 791 section 3.1; RFC 8200 sections 3 and 4; RFC 4302 section 2; RFC 2675. */
#include "dissectors/ip.h"

#include <string.h>

enum {
    IPV4_FIXED_SIZE = 20,
    IPV6_FIXED_SIZE = 40,
    EXTENSIONS_LIMIT = 16, /* real chains have four at the most */
    MORE_FRAGMENTS = 0x2000,
    FRAGMENT_OFFSET = 0x1fff,
    OPTION_PAD1 = 0x00,
    OPTION_JUMBO = 0xc2,
};

enum extension {
    EXTENSION_HOP_BY_HOP = 0,
    EXTENSION_ROUTING = 43,
    EXTENSION_FRAGMENT = 44,
    EXTENSION_AUTHENTICATION = 51,
    EXTENSION_NONE = 59,
    EXTENSION_DESTINATION = 60,
    EXTENSION_MOBILITY = 135,
    EXTENSION_HIP = 139,
    EXTENSION_SHIM6 = 140,
};

static inline void take_address(struct bytes *in, size_t size, struct ip_address *address)
{
    struct bytes taken = bytes_take(in, size);
    if (taken.left == size)
        memcpy(address->bytes, taken.at, size);
    address->family = size == 4 ? 4 : 6;
}

/* Field by field: compilers copy a whole window in two halves of other sizes than it was
   written in, and the processor waits for that. */
static inline void cut(struct bytes *in, size_t size)
{
    struct bytes kept = bytes_take_at_most(in, size);
    in->at = kept.at;
    in->left = kept.left;
}

static bool is_extension(const struct ip_header *ip, uint8_t protocol)
{
    if (protocol == EXTENSION_AUTHENTICATION)
        return true; /* IPv4 has it as well */
    if (ip->source.family == 4)
        return false;
    return protocol == EXTENSION_HOP_BY_HOP || protocol == EXTENSION_ROUTING ||
           protocol == EXTENSION_FRAGMENT || protocol == EXTENSION_DESTINATION ||
           protocol == EXTENSION_MOBILITY || protocol == EXTENSION_HIP ||
           protocol == EXTENSION_SHIM6;
}

static void read_fragment(struct bytes *in, struct ip_header *ip)
{
    bytes_skip(in, 1);
    uint16_t field = bytes_u16(in);
    bytes_skip(in, 4); /* identification */
    ip->fragment_offset = field >> 3;
    ip->is_fragment = ip->fragment_offset != 0 || (field & 1) != 0;
}

/* Reads the header of type ip->protocol and puts the next one's type in its place. */
static void read_extension(struct bytes *in, struct ip_header *ip)
{
    uint8_t kind = ip->protocol;
    ip->protocol = bytes_u8(in);
    if (kind == EXTENSION_FRAGMENT) {
        read_fragment(in, ip);
        return;
    }
    size_t size = bytes_u8(in);
    bytes_skip(in, kind == EXTENSION_AUTHENTICATION ? (size + 2) * 4 - 2 : size * 8 + 6);
}

/* `in` ends where the packet does, or before, where the capture is cut. */
static enum dissect read_extensions(struct bytes *in, struct ip_header *ip)
{
    bool is_cut = in->left < ip->payload_length;

    for (int count = 0; is_extension(ip, ip->protocol); count++) {
        if (ip->fragment_offset != 0)
            return DISSECT_OK;
        if (count == EXTENSIONS_LIMIT)
            return DISSECT_MALFORMED;
        size_t before = in->left;
        read_extension(in, ip);
        if (in->ran_out)
            return is_cut ? DISSECT_TRUNCATED : DISSECT_MALFORMED;
        ip->payload_length -= (uint32_t)(before - in->left);
    }
    return DISSECT_OK;
}

static enum dissect read_ipv4(struct bytes *in, uint32_t wire, struct ip_header *ip)
{
    struct bytes fixed = bytes_take(in, IPV4_FIXED_SIZE);
    if (fixed.left != IPV4_FIXED_SIZE)
        return DISSECT_TRUNCATED;

    uint32_t header_size = (bytes_u8(&fixed) & 0xfu) * 4;
    ip->dscp = bytes_u8(&fixed) >> 2;
    uint16_t length = bytes_u16(&fixed);
    ip->id = bytes_u16(&fixed);
    uint16_t fragment = bytes_u16(&fixed);
    ip->ttl = bytes_u8(&fixed);
    ip->protocol = bytes_u8(&fixed);
    bytes_skip(&fixed, 2); /* checksum: offload leaves it wrong */
    ip->length = length != 0 ? length : wire;
    if (header_size < IPV4_FIXED_SIZE || header_size > ip->length)
        return DISSECT_MALFORMED;

    take_address(&fixed, 4, &ip->source);
    take_address(&fixed, 4, &ip->destination);
    ip->fragment_offset = fragment & FRAGMENT_OFFSET;
    ip->is_fragment = (fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) != 0;
    ip->payload_length = ip->length - header_size;
    bytes_skip(in, header_size - IPV4_FIXED_SIZE);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    cut(in, ip->payload_length);
    if (ip->protocol != EXTENSION_AUTHENTICATION)
        return DISSECT_OK;
    return read_extensions(in, ip);
}

/* The jumbo payload's length out of a hop-by-hop header; 0 where it has none. */
static uint32_t jumbo_length(struct bytes in)
{
    bytes_skip(&in, 1);
    size_t size = bytes_u8(&in);
    struct bytes options = bytes_take_at_most(&in, size * 8 + 6);

    while (options.left > 0) {
        uint8_t kind = bytes_u8(&options);
        if (kind == OPTION_PAD1)
            continue;
        uint8_t body_size = bytes_u8(&options);
        struct bytes body = bytes_take(&options, body_size);
        if (kind == OPTION_JUMBO && body.left == 4)
            return bytes_u32(&body);
    }
    return 0;
}

/* A told length of 0: a jumbogram, a super-frame, or nothing behind the header. */
static uint32_t untold_length(const struct bytes *in, uint32_t wire, uint8_t next)
{
    uint32_t jumbo = next == EXTENSION_HOP_BY_HOP ? jumbo_length(*in) : 0;
    if (jumbo > UINT16_MAX && jumbo <= UINT32_MAX - IPV6_FIXED_SIZE)
        return jumbo;
    return next == EXTENSION_NONE ? 0 : wire - IPV6_FIXED_SIZE;
}

static enum dissect read_ipv6(struct bytes *in, uint32_t wire, struct ip_header *ip)
{
    struct bytes fixed = bytes_take(in, IPV6_FIXED_SIZE);
    if (fixed.left != IPV6_FIXED_SIZE)
        return DISSECT_TRUNCATED;

    uint32_t word = bytes_u32(&fixed); /* version, traffic class, flow label */
    uint32_t length = bytes_u16(&fixed);
    ip->dscp = (uint8_t)(word >> 22 & 0x3f);
    ip->protocol = bytes_u8(&fixed);
    ip->ttl = bytes_u8(&fixed);
    take_address(&fixed, 16, &ip->source);
    take_address(&fixed, 16, &ip->destination);
    ip->payload_length = length != 0 ? length : untold_length(in, wire, ip->protocol);
    ip->length = IPV6_FIXED_SIZE + ip->payload_length;
    cut(in, ip->payload_length);
    return read_extensions(in, ip);
}

enum dissect ip_read_header(struct bytes *in, uint32_t wire, struct ip_header *ip)
{
    *ip = (struct ip_header){ 0 };
    uint8_t version = bytes_peek(*in, 0) >> 4;
    if (in->left == 0)
        return DISSECT_TRUNCATED;
    if (version == 4)
        return read_ipv4(in, wire, ip);
    return version == 6 ? read_ipv6(in, wire, ip) : DISSECT_OTHER;
}

static void read_ipv4_piece(struct bytes in, const struct ip_header *ip,
                            struct ip_fragment *fragment)
{
    struct bytes fixed = in;
    size_t header_size = (bytes_u8(&fixed) & 0xfu) * 4;
    bytes_skip(&fixed, 3);
    fragment->id = bytes_u16(&fixed);
    uint16_t field = bytes_u16(&fixed);
    bytes_skip(&fixed, 1);
    fragment->protocol = bytes_u8(&fixed);
    fragment->offset = (field & FRAGMENT_OFFSET) * 8u;
    fragment->is_last = (field & MORE_FRAGMENTS) == 0;
    fragment->header = bytes_take(&in, header_size);
    fragment->payload_length = ip->length - (uint32_t)header_size;
    fragment->payload = bytes_take_at_most(&in, fragment->payload_length);
}

/* What stands in front of the fragment header is told again by every piece. */
static bool read_ipv6_piece(struct bytes in, const struct ip_header *ip,
                            struct ip_fragment *fragment)
{
    struct bytes whole = in;
    struct ip_header chain = { .source.family = 6 };
    bytes_skip(&in, 6);
    chain.protocol = bytes_u8(&in);
    bytes_skip(&in, IPV6_FIXED_SIZE - 7);
    for (int count = 0; chain.protocol != EXTENSION_FRAGMENT; count++) {
        if (count == EXTENSIONS_LIMIT || !is_extension(&chain, chain.protocol))
            return false;
        read_extension(&in, &chain);
    }
    fragment->header = bytes_take(&whole, whole.left - in.left);
    fragment->protocol = bytes_u8(&in);
    bytes_skip(&in, 1);
    uint16_t field = bytes_u16(&in);
    fragment->id = bytes_u32(&in);
    fragment->offset = field & 0xfff8u;
    fragment->is_last = (field & 1) == 0;
    uint32_t before = (uint32_t)fragment->header.left + 8;
    if (in.ran_out || before > ip->length)
        return false;
    fragment->payload_length = ip->length - before;
    fragment->payload = bytes_take_at_most(&in, fragment->payload_length);
    return true;
}

enum dissect ip_read_fragment(struct bytes in, uint32_t wire,
                              struct ip_fragment *fragment)
{
    struct bytes behind = in;
    struct ip_header ip;
    *fragment = (struct ip_fragment){ 0 };
    (void)ip_read_header(&behind, wire, &ip);
    if (!ip.is_fragment)
        return DISSECT_OTHER;
    if (ip.source.family == 4)
        read_ipv4_piece(in, &ip, fragment);
    else if (!read_ipv6_piece(in, &ip, fragment))
        return DISSECT_TRUNCATED;
    fragment->source = ip.source;
    fragment->destination = ip.destination;
    if (fragment->payload_length == 0 ||
        (!fragment->is_last && fragment->payload_length % 8 != 0))
        return DISSECT_MALFORMED;
    return DISSECT_OK;
}
