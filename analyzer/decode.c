/* decode.c - link, IP, tunnels, transport; each header is read by its dissector. */
#include "analyzer/decode.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "dissectors/ip.h"
#include "dissectors/link.h"
#include "dissectors/tunnel.h"
#include "dissectors/udp.h"

/*
 * Where the reading stands. Reading a header takes as much from the bytes that were
 * captured as from those on the wire, so their difference is all that has to be carried.
 */
struct walk {
    struct bytes in; /* captured, not read yet; ends where the innermost IP packet does */
    uint32_t missing;  /* bytes on the wire behind the end of `in` */
    unsigned ip_count; /* IP headers read */
    bool is_mirrored;  /* the next IP header is the first one of a mirrored frame */
    struct headers *headers;
};

static enum decode read_ether_type(struct walk *walk, uint16_t type);
static enum decode read_inner(struct walk *walk, uint16_t type);

/* A header that does not fit: was it the capture that cut it, or the packet itself? */
static enum decode cut_outcome(const struct walk *walk)
{
    if (walk->missing > 0)
        return DECODE_TRUNCATED;
    return walk->headers->is_fragment ? DECODE_IP : DECODE_MALFORMED;
}

static enum decode failure_of(const struct walk *walk, enum dissect outcome)
{
    return outcome == DISSECT_TRUNCATED ? cut_outcome(walk) : DECODE_MALFORMED;
}

static uint32_t wire_length(const struct walk *walk)
{
    return (uint32_t)walk->in.left + walk->missing;
}

static bool add_layer(struct headers *headers, enum layer_kind kind, uint32_t id)
{
    if (headers->layer_count == DECODE_LAYERS) {
        headers->layers_cut = true;
        return false;
    }
    headers->layers[headers->layer_count++] =
        (struct layer){ .kind = (uint8_t)kind, .id = id };
    return true;
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
        return cut_outcome(walk);
    if (outcome == DISSECT_MALFORMED && !headers->tcp.options_malformed)
        return DECODE_MALFORMED;
    if (headers->tcp.size > segment_length)
        return headers->is_fragment ? DECODE_IP : DECODE_MALFORMED;
    note_payload(walk, segment_length - headers->tcp.size);
    return DECODE_TRANSPORT;
}

static void note_macs(struct headers *headers, const struct link_header *link)
{
    headers->has_macs = link->has_macs;
    headers->source_mac = link->source;
    headers->destination_mac = link->destination;
}

/* The frame is what was on the link; what carried it here is no part of its way. */
static enum decode read_mirrored(struct walk *walk)
{
    struct link_header link;
    unsigned ip_count = walk->ip_count;
    enum dissect outcome = link_read_ethernet(&walk->in, &link);
    if (outcome != DISSECT_OK)
        return failure_of(walk, outcome);

    walk->is_mirrored = true;
    enum decode inner = read_ether_type(walk, link.ether_type);
    if (walk->ip_count > ip_count)
        note_macs(walk->headers, &link);
    return inner;
}

/*
 * Enters a tunnel. Where no IP packet is found in it all is as before, and the outcome is
 * DECODE_NOT_IP where nothing was wrong with what was found.
 */
static enum decode enter_tunnel(struct walk *walk, enum layer_kind kind,
                                const struct tunnel_header *tunnel)
{
    struct headers *headers = walk->headers;
    uint8_t layer_count = headers->layer_count;
    uint16_t ether_type = headers->ether_type;
    unsigned ip_count = walk->ip_count;

    if (!add_layer(headers, kind, tunnel->id))
        return DECODE_NOT_IP;
    enum decode outcome =
        kind == LAYER_ERSPAN ? read_mirrored(walk) : read_inner(walk, tunnel->ether_type);
    if (walk->ip_count == ip_count) {
        headers->layer_count = layer_count;
        headers->ether_type = ether_type;
    }
    return outcome;
}

/* The walk is a copy: where this is no tunnel after all, the datagram is read on. */
static bool read_udp_tunnel(struct walk walk, uint16_t port, enum decode *outcome)
{
    struct tunnel_header tunnel;
    unsigned ip_count = walk.ip_count;
    bool is_geneve = port == TUNNEL_PORT_GENEVE;
    enum dissect header = is_geneve ? tunnel_read_geneve(&walk.in, &tunnel)
                                    : tunnel_read_vxlan(&walk.in, &tunnel);
    if (header != DISSECT_OK)
        return false;
    *outcome = enter_tunnel(&walk, is_geneve ? LAYER_GENEVE : LAYER_VXLAN, &tunnel);
    return walk.ip_count > ip_count;
}

static bool is_tunnel_port(uint16_t port)
{
    return port == TUNNEL_PORT_VXLAN || port == TUNNEL_PORT_OLD_VXLAN ||
           port == TUNNEL_PORT_GENEVE;
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
        if (is_tunnel_port(udp.destination_port) &&
            read_udp_tunnel(*walk, udp.destination_port, &inner))
            return inner;
    }
    headers->source_port = udp.source_port;
    headers->destination_port = udp.destination_port;
    headers->udp_checksum = udp.checksum;
    if (outcome != DISSECT_OK)
        return failure_of(walk, outcome);
    note_payload(walk, length);
    return DECODE_TRANSPORT;
}

static enum decode read_gre(struct walk *walk)
{
    struct tunnel_header tunnel;
    enum dissect outcome = tunnel_read_gre(&walk->in, &tunnel);
    if (outcome == DISSECT_TRUNCATED)
        return cut_outcome(walk);
    if (outcome != DISSECT_OK)
        return DECODE_IP;
    enum decode inner =
        enter_tunnel(walk, tunnel.is_mirror ? LAYER_ERSPAN : LAYER_GRE, &tunnel);
    return inner == DECODE_NOT_IP ? DECODE_IP : inner;
}

static enum decode read_ip_in_ip(struct walk *walk, uint16_t type)
{
    struct tunnel_header tunnel = { .ether_type = type };
    enum decode inner = enter_tunnel(walk, LAYER_IPIP, &tunnel);
    return inner == DECODE_NOT_IP ? DECODE_IP : inner;
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
        return read_ip_in_ip(walk, ETHER_IPV4);
    case IP_PROTOCOL_IPV6:
        return read_ip_in_ip(walk, ETHER_IPV6);
    case IP_PROTOCOL_GRE:
        return read_gre(walk);
    default:
        return DECODE_IP;
    }
}

static enum decode read_ip(struct walk *walk, uint8_t version)
{
    struct bytes packet = walk->in;
    struct ip_header ip;
    if (walk->in.left > 0 && bytes_peek(walk->in, 0) >> 4 != version)
        return DECODE_MALFORMED;
    enum dissect outcome = ip_read_header(&walk->in, wire_length(walk), &ip);
    if (ip.source.family == 0)
        return failure_of(walk, outcome);

    note_ip(walk, &ip);
    struct bytes kept = bytes_take_at_most(&packet, ip.length);
    walk->headers->ip.at = kept.at;
    walk->headers->ip.left = kept.left;
    if (outcome != DISSECT_OK)
        return failure_of(walk, outcome);
    walk->missing = ip.payload_length - (uint32_t)walk->in.left;
    if (ip.fragment_offset != 0)
        return DECODE_IP;
    return read_ip_payload(walk, ip.protocol);
}

static enum decode read_bridged(struct walk *walk)
{
    struct link_header link;
    enum dissect outcome = link_read_ethernet(&walk->in, &link);
    if (outcome != DISSECT_OK)
        return failure_of(walk, outcome);
    return read_ether_type(walk, link.ether_type);
}

static enum decode read_vlan(struct walk *walk, uint16_t own_type)
{
    uint16_t id, type;
    if (link_read_vlan(&walk->in, &id, &type) != DISSECT_OK)
        return cut_outcome(walk);
    if (add_layer(walk->headers, LAYER_VLAN, id))
        return read_ether_type(walk, type);
    walk->headers->ether_type = own_type;
    return DECODE_NOT_IP;
}

static enum decode read_mpls(struct walk *walk)
{
    uint32_t label;
    bool is_last = false;
    while (!is_last) {
        if (link_read_mpls(&walk->in, &label, &is_last) != DISSECT_OK)
            return cut_outcome(walk);
        if (!add_layer(walk->headers, LAYER_MPLS, label)) {
            walk->headers->ether_type = ETHER_MPLS;
            return DECODE_NOT_IP;
        }
    }
    return read_inner(walk, link_guess_mpls(&walk->in));
}

static enum decode read_pppoe(struct walk *walk)
{
    uint16_t session, type;
    enum dissect outcome = link_read_pppoe(&walk->in, &session, &type);
    if (outcome != DISSECT_OK)
        return failure_of(walk, outcome);
    if (type != 0 && add_layer(walk->headers, LAYER_PPPOE, session))
        return read_ether_type(walk, type);
    walk->headers->ether_type = ETHER_PPPOE;
    return DECODE_NOT_IP;
}

static enum decode read_ppp(struct walk *walk)
{
    uint16_t type;
    if (link_read_ppp(&walk->in, &type) != DISSECT_OK)
        return cut_outcome(walk);
    return read_ether_type(walk, type);
}

/* What leads deeper adds a layer, and of these there are DECODE_LAYERS at the most. */
static enum decode read_ether_type(struct walk *walk, uint16_t type)
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
    case ETHER_MPLS:
    case ETHER_MPLS_UPSTREAM:
        return read_mpls(walk);
    case ETHER_PPPOE:
        return read_pppoe(walk);
    default:
        walk->headers->ether_type = type;
        return DECODE_NOT_IP;
    }
}

/* Frames follow a layer's header only: elsewhere they could be nested without an end. */
static enum decode read_inner(struct walk *walk, uint16_t type)
{
    switch (type) {
    case ETHER_PPP:
        return read_ppp(walk);
    case ETHER_BRIDGED:
        return read_bridged(walk);
    default:
        return read_ether_type(walk, type);
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
    if (outcome == DISSECT_OTHER)
        return DECODE_LINK_UNKNOWN;
    if (outcome != DISSECT_OK)
        return failure_of(&walk, outcome);
    note_macs(headers, &link);
    headers->cooked_interface = link.interface;
    return read_ether_type(&walk, link.ether_type);
}

void decode_layer_text(const struct layer *layer, char *out, size_t capacity)
{
    static const char *const names[] = {
        [LAYER_VLAN] = "vlan",   [LAYER_GRE] = "gre",       [LAYER_IPIP] = "ipip",
        [LAYER_VXLAN] = "vxlan", [LAYER_GENEVE] = "geneve", [LAYER_MPLS] = "mpls",
        [LAYER_PPPOE] = "pppoe", [LAYER_ERSPAN] = "erspan",
    };
    bool is_named_alone =
        layer->kind == LAYER_IPIP || (layer->kind == LAYER_GRE && layer->id == 0);

    if (layer->kind >= sizeof names / sizeof names[0])
        (void)snprintf(out, capacity, "unknown");
    else if (is_named_alone)
        (void)snprintf(out, capacity, "%s", names[layer->kind]);
    else
        (void)snprintf(out, capacity, "%s:%u", names[layer->kind], layer->id);
}
