/* decode.c - link, IP, tunnels, transport; each header is read by its dissector. */
#include "analyzer/decode.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/decode_walk.h"
#include "dissectors/ip.h"
#include "dissectors/tunnel.h"
#include "dissectors/tunnel_udp.h"
#include "dissectors/udp.h"

static uint32_t wire_length(const struct walk *walk)
{
    return (uint32_t)walk->in.left + walk->missing;
}

/* Windows are copied field by field here: as in ip.c. */
static void note_payload(struct walk *walk, uint32_t length)
{
    struct headers *headers = walk->headers;
    headers->payload.at = walk->in.at;
    headers->payload.left = walk->in.left;
    headers->payload_length = length;
    headers->is_cut = walk->in.left < length;
}

static enum decode read_tcp(struct walk *walk)
{
    struct headers *headers = walk->headers;
    uint32_t segment_length = wire_length(walk);
    enum dissect outcome = tcp_read_header(&walk->in, &headers->tcp);

    headers->source_port = headers->tcp.source_port;
    headers->destination_port = headers->tcp.destination_port;
    if (outcome == DISSECT_TRUNCATED)
        return decode_walk_cut(walk);
    if (outcome == DISSECT_MALFORMED && !headers->tcp.options_malformed)
        return DECODE_MALFORMED;
    if (headers->tcp.size > segment_length)
        return headers->is_fragment ? DECODE_IP : DECODE_MALFORMED;
    note_payload(walk, segment_length - headers->tcp.size);
    return DECODE_TRANSPORT;
}

/*
 * Enters a tunnel. Where no IP packet is found in it all is as before, and the outcome is
 * DECODE_NOT_IP where nothing was wrong with what was found. Labels of MPLS are layers of
 * their own.
 */
static enum decode enter_tunnel(struct walk *walk, enum layer_kind kind,
                                const struct tunnel_header *tunnel)
{
    struct headers *headers = walk->headers;
    uint8_t layer_count = headers->layer_count;
    uint16_t ether_type = headers->ether_type;
    uint8_t link_dark = headers->link_dark;
    unsigned ip_count = walk->ip_count;
    bool is_frame = tunnel->ether_type == ETHER_BRIDGED;

    if (kind != LAYER_MPLS && !decode_walk_add(headers, kind, tunnel->id))
        return DECODE_NOT_IP;
    enum decode outcome = kind == LAYER_ERSPAN && is_frame
                              ? decode_walk_mirrored(walk)
                              : decode_walk_inner(walk, tunnel->ether_type);
    if (walk->ip_count == ip_count) {
        headers->layer_count = layer_count;
        headers->ether_type = ether_type;
        headers->link_dark = link_dark;
    }
    return outcome;
}

static enum layer_kind gre_layer(const struct tunnel_header *tunnel)
{
    if (tunnel->is_mirror)
        return LAYER_ERSPAN;
    return tunnel->is_eoip ? LAYER_EOIP : LAYER_GRE;
}

static enum layer_kind udp_layer(enum tunnel_kind kind,
                                 const struct tunnel_header *tunnel)
{
    static const uint8_t layers[] = {
        [TUNNEL_VXLAN] = LAYER_VXLAN,   [TUNNEL_VXLAN_GENERIC] = LAYER_VXLAN,
        [TUNNEL_GENEVE] = LAYER_GENEVE, [TUNNEL_GTP] = LAYER_GTP,
        [TUNNEL_TEREDO] = LAYER_TEREDO, [TUNNEL_L2TP] = LAYER_L2TP,
        [TUNNEL_CAPWAP] = LAYER_CAPWAP, [TUNNEL_MPLS] = LAYER_MPLS,
    };
    return kind == TUNNEL_GRE ? gre_layer(tunnel) : (enum layer_kind)layers[kind];
}

/* The walk is a copy: where this is no tunnel after all, the datagram is read on. */
static bool read_udp_tunnel(struct walk walk, enum tunnel_kind kind, enum decode *outcome)
{
    struct tunnel_header tunnel;
    unsigned ip_count = walk.ip_count;
    if (tunnel_udp_read(kind, &walk.in, &tunnel) != DISSECT_OK)
        return false;
    *outcome = enter_tunnel(&walk, udp_layer(kind, &tunnel), &tunnel);
    return walk.ip_count > ip_count;
}

static enum decode read_udp(struct walk *walk)
{
    struct headers *headers = walk->headers;
    struct udp_header udp;
    enum decode inner;
    uint32_t length = wire_length(walk);
    enum dissect outcome = udp_read_header(&walk->in, &udp);

    if (outcome == DISSECT_OK) {
        /* The told length is believed where it is the smaller one. */
        if (udp.length != 0 && udp.length < length)
            length = udp.length;
        length -= UDP_HEADER_SIZE;
        walk->missing = length - (uint32_t)walk->in.left;
        enum tunnel_kind kind = tunnel_udp_kind(udp.source_port, udp.destination_port);
        if (kind != TUNNEL_NONE && read_udp_tunnel(*walk, kind, &inner))
            return inner;
    }
    headers->source_port = udp.source_port;
    headers->destination_port = udp.destination_port;
    headers->udp_checksum = udp.checksum;
    if (outcome != DISSECT_OK)
        return decode_walk_failure(walk, outcome);
    note_payload(walk, length);
    return DECODE_TRANSPORT;
}

/* What no tunnel begins with stays a packet of its protocol. */
static enum decode read_tunnel(struct walk *walk, enum dissect outcome,
                               enum layer_kind kind, const struct tunnel_header *tunnel)
{
    if (outcome == DISSECT_TRUNCATED)
        return decode_walk_cut(walk);
    if (outcome != DISSECT_OK)
        return DECODE_IP;
    enum decode inner = enter_tunnel(walk, kind, tunnel);
    return inner == DECODE_NOT_IP ? DECODE_IP : inner;
}

static enum decode read_gre(struct walk *walk)
{
    struct tunnel_header tunnel;
    enum dissect outcome = tunnel_read_gre(&walk->in, &tunnel);
    return read_tunnel(walk, outcome, gre_layer(&tunnel), &tunnel);
}

static enum decode read_etherip(struct walk *walk)
{
    struct tunnel_header tunnel;
    enum dissect outcome = tunnel_read_etherip(&walk->in, &tunnel);
    return read_tunnel(walk, outcome, LAYER_ETHERIP, &tunnel);
}

static enum decode read_l2tp(struct walk *walk)
{
    struct tunnel_header tunnel;
    enum dissect outcome = tunnel_read_l2tp3(&walk->in, &tunnel);
    return read_tunnel(walk, outcome, LAYER_L2TP, &tunnel);
}

/* Without a header of the tunnel's own. */
static enum decode read_bare_tunnel(struct walk *walk, enum layer_kind kind,
                                    uint16_t type)
{
    struct tunnel_header tunnel = { .ether_type = type };
    return read_tunnel(walk, DISSECT_OK, kind, &tunnel);
}

static void note_ip(struct walk *walk, const struct ip_header *ip)
{
    struct headers *headers = walk->headers;
    if (walk->ip_count > 0 && !walk->is_mirrored && headers->tunnel_source.family == 0) {
        headers->tunnel_source = headers->source;
        headers->tunnel_destination = headers->destination;
    }
    walk->is_mirrored = false;
    walk->ip_count++;
    headers->source = ip->source;
    headers->destination = ip->destination;
    headers->protocol = ip->protocol;
    headers->ttl = ip->ttl;
    headers->dscp = ip->dscp;
    headers->ip_id = ip->id;
    headers->ip_length = ip->length;
    headers->is_fragment = ip->is_fragment;
}

static enum decode read_ip_payload(struct walk *walk, uint8_t protocol)
{
    switch (protocol) {
    case IP_PROTOCOL_TCP:
        return read_tcp(walk);
    case IP_PROTOCOL_UDP:
        return read_udp(walk);
    case IP_PROTOCOL_IPV4:
        return read_bare_tunnel(walk, LAYER_IPIP, ETHER_IPV4);
    case IP_PROTOCOL_IPV6:
        return read_bare_tunnel(walk, LAYER_IPIP, ETHER_IPV6);
    case IP_PROTOCOL_GRE:
        return read_gre(walk);
    case IP_PROTOCOL_FRAME:
        return read_etherip(walk);
    case IP_PROTOCOL_L2TP:
        return read_l2tp(walk);
    case IP_PROTOCOL_MPLS:
        return read_bare_tunnel(walk, LAYER_MPLS, ETHER_MPLS);
    default:
        return DECODE_IP;
    }
}

/* Before note_ip: what was read so far is what stands around the packet. */
static void note_fragment(struct walk *walk, struct bytes packet, uint32_t wire)
{
    struct headers *headers = walk->headers;
    struct fragment_place *place = &headers->fragment;
    bool is_within = headers->tunnel_source.family != 0;
    if (headers->has_fragment ||
        ip_read_fragment(packet, wire, &place->piece) != DISSECT_OK)
        return;
    place->layer_count = headers->layer_count;
    place->is_nested = walk->ip_count > 0;
    place->is_mirrored = walk->is_mirrored;
    place->has_tunnel = is_within || (place->is_nested && !place->is_mirrored);
    headers->has_fragment = true;
}

static enum decode read_ip(struct walk *walk, uint8_t version)
{
    struct bytes packet = walk->in;
    uint32_t wire = wire_length(walk);
    struct ip_header ip;
    if (walk->in.left > 0 && bytes_peek(walk->in, 0) >> 4 != version)
        return DECODE_MALFORMED;
    enum dissect outcome = ip_read_header(&walk->in, wire, &ip);
    if (ip.source.family == 0)
        return decode_walk_failure(walk, outcome);

    if (ip.is_fragment)
        note_fragment(walk, packet, wire);
    note_ip(walk, &ip);
    struct bytes kept = bytes_take_at_most(&packet, ip.length);
    walk->headers->ip.at = kept.at;
    walk->headers->ip.left = kept.left;
    if (outcome != DISSECT_OK)
        return decode_walk_failure(walk, outcome);
    walk->missing = ip.payload_length - (uint32_t)walk->in.left;
    if (ip.fragment_offset != 0)
        return DECODE_IP;
    return read_ip_payload(walk, ip.protocol);
}

static enum decode read_vlan(struct walk *walk, uint16_t own_type)
{
    uint16_t id, type;
    if (link_read_vlan(&walk->in, &id, &type) != DISSECT_OK)
        return decode_walk_cut(walk);
    if (decode_walk_add(walk->headers, LAYER_VLAN, id))
        return decode_walk_type(walk, type);
    walk->headers->ether_type = own_type;
    return DECODE_NOT_IP;
}

/* What leads deeper adds a layer, and of these there are DECODE_LAYERS at the most. */
enum decode decode_walk_type(struct walk *walk, uint16_t type)
{
    switch (type) {
    case ETHER_IPV4:
        return read_ip(walk, 4);
    case ETHER_IPV6:
        return read_ip(walk, 6);
    case ETHER_VLAN:
    case ETHER_PROVIDER_VLAN:
    case ETHER_OLD_VLAN:
    case ETHER_OLDER_VLAN:
        return read_vlan(walk, type);
    default:
        return decode_walk_link(walk, type);
    }
}

/* In pieces, which compilers clear by single stores: the whole is twice as slow. */
static inline void clear(struct headers *headers)
{
    memset(headers, 0, offsetof(struct headers, ip));
    memset(&headers->ip, 0,
           offsetof(struct headers, source_mac) - offsetof(struct headers, ip));
    memset(&headers->source_mac, 0,
           offsetof(struct headers, layers) - offsetof(struct headers, source_mac));
    memset(headers->layers, 0, sizeof headers->layers);
    memset(&headers->tcp, 0, sizeof headers->tcp);
}

enum decode decode_packet(const struct packet *packet, struct headers *headers)
{
    struct walk walk = { .in = packet->captured, .headers = headers };
    struct link_header link;
    uint32_t captured = (uint32_t)packet->captured.left;

    clear(headers);
    walk.missing = packet->length > captured ? packet->length - captured : 0;
    enum dissect outcome = link_read_header(packet->link_type, &walk.in, &link);
    if (outcome == DISSECT_OTHER) {
        headers->ether_type = packet->link_type;
        return DECODE_LINK_UNKNOWN;
    }
    if (outcome != DISSECT_OK)
        return decode_walk_failure(&walk, outcome);
    decode_walk_note_macs(headers, &link);
    headers->cooked_interface = link.interface;
    headers->link_dark = link.dark;
    return decode_walk_type(&walk, link.ether_type);
}

/* The tunnel's ends are those of the outermost one: known before, or the carrier's. */
enum decode decode_rebuilt(const struct packet *packet, const struct headers *carrier,
                           struct headers *headers)
{
    const struct fragment_place *place = &carrier->fragment;
    struct walk walk = {
        .in = packet->captured,
        .missing = packet->length - (uint32_t)packet->captured.left,
        .ip_count = place->is_nested ? 1 : 0,
        .is_mirrored = place->is_mirrored,
        .headers = headers,
    };
    clear(headers);
    headers->has_macs = carrier->has_macs;
    headers->source_mac = carrier->source_mac;
    headers->destination_mac = carrier->destination_mac;
    headers->cooked_interface = carrier->cooked_interface;
    headers->layer_count = place->layer_count;
    memcpy(headers->layers, carrier->layers,
           place->layer_count * sizeof *headers->layers);
    if (place->has_tunnel) {
        headers->tunnel_source = carrier->tunnel_source;
        headers->tunnel_destination = carrier->tunnel_destination;
    }
    return read_ip(&walk, bytes_peek(walk.in, 0) >> 4);
}
