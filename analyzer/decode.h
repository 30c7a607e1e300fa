/*
 * decode.h - a packet, layer by layer, down to the innermost transport header.
 *
 *     struct headers headers;
 *     enum decode outcome = decode_packet(&packet, &headers);
 *
 * Windows point into the packet and live as long as it does.
 */
#ifndef O365LENS_ANALYZER_DECODE_H
#define O365LENS_ANALYZER_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/packet.h"
#include "dissectors/address.h"
#include "dissectors/bytes.h"
#include "dissectors/ip.h"
#include "dissectors/tcp.h"

enum layer_kind {
    LAYER_VLAN,   /* id: VLAN identifier */
    LAYER_GRE,    /* id: key, 0 where none */
    LAYER_IPIP,   /* IPv4 or IPv6 inside IPv4 or IPv6 */
    LAYER_VXLAN,  /* id: VNI */
    LAYER_GENEVE, /* id: VNI */
    LAYER_MPLS,   /* id: label */
    LAYER_PPPOE,  /* id: session */
    LAYER_ERSPAN, /* id: session; brought the copy here, is no way of the packet itself */
    LAYER_GTP,    /* id: tunnel endpoint */
    LAYER_L2TP,   /* id: session */
    LAYER_TEREDO,
    LAYER_CAPWAP, /* between an access point and its controller */
    LAYER_EOIP,   /* id: tunnel */
    LAYER_ETHERIP,
    LAYER_PBB, /* 802.1ah; id: service */
    LAYER_MACSEC,
    LAYER_TRILL,
    LAYER_FABRIC_PATH,
    LAYER_SGT,    /* Cisco's metadata; id: security group */
    LAYER_VN_TAG, /* id: source interface */
    LAYER_E_TAG,  /* id: channel */
    LAYER_NSH,    /* id: service path */
    LAYER_WLAN,   /* an 802.11 frame in an Ethernet frame */
    LAYER_KINDS,
};

enum { DECODE_LAYERS = 8 };

struct layer {
    uint8_t kind; /* enum layer_kind */
    uint32_t id;
};

enum decode {
    DECODE_TRANSPORT,    /* TCP or UDP, ports known */
    DECODE_IP,           /* IP with another protocol, or a fragment without ports */
    DECODE_NOT_IP,       /* ARP, LLDP, 802.11 management ... */
    DECODE_LINK_UNKNOWN, /* a link type that is not read; ether_type holds its number */
    DECODE_TRUNCATED, /* the capture ends before the ports, or in TCP's fixed 20 bytes */
    DECODE_MALFORMED,
};

/* Where on the way inwards a piece of a packet was met: what decode_rebuilt goes on from.
 */
struct fragment_place {
    struct ip_fragment piece;
    uint8_t layer_count;
    bool is_nested, is_mirrored, has_tunnel;
};

struct headers {
    struct ip_address source, destination; /* innermost */
    uint8_t protocol;                      /* innermost IP protocol number */
    uint8_t ttl;                           /* innermost TTL or hop limit */
    uint8_t dscp;
    uint16_t ip_id;     /* 0 for IPv6 */
    uint32_t ip_length; /* innermost IP total length on the wire, IPv6: 40 + payload */
    bool is_fragment;   /* any fragment, also the first (an atomic one is none) */
    uint16_t source_port, destination_port;
    uint16_t udp_checksum;
    struct bytes ip;         /* innermost IP packet as captured, cut to ip_length */
    struct bytes payload;    /* transport payload as captured */
    uint32_t payload_length; /* transport payload on the wire, by the IP length */
    bool is_cut;             /* payload is shorter than payload_length: snap length */
    bool has_macs;           /* of the outermost Ethernet header, or the mirrored one */
    struct mac_address source_mac, destination_mac;
    uint32_t cooked_interface; /* cooked v2: index at the capturing machine, else 0 */
    struct ip_address tunnel_source,
        tunnel_destination; /* outermost IP, where tunnelled */
    uint16_t ether_type;    /* of what was no IP, 0 where unknown */
    uint8_t link_dark;      /* enum link_dark of link.h: 802.11 without a packet */
    bool has_fragment;      /* `fragment` is filled */
    uint8_t layer_count;
    bool layers_cut; /* more layers than DECODE_LAYERS: not followed further */
    struct layer layers[DECODE_LAYERS]; /* outermost first */
    struct tcp_header tcp;              /* zero where protocol is not 6 */
    struct fragment_place fragment;     /* the outermost one on the way, if any */
};

/*
 * What could be read is filled also where the outcome is not DECODE_TRANSPORT. An
 * ip_length of 0 in a captured super-frame (segmentation offload) is replaced by what
 * the frame's length on the wire leaves for it.
 *
 * A tunnel is entered where an IP packet is found in it, else the packet that carries it
 * stays the innermost one: so does a UDP packet to the port of a tunnel that holds
 * something else. Segments with a broken TCP option are DECODE_TRANSPORT, and
 * tcp.options_malformed is set.
 */
enum decode decode_packet(const struct packet *packet, struct headers *headers);

/*
 * The same for an IP packet that was put together from fragments: `packet` begins with
 * its IP header, `carrier` is what came of one of the frames that held them, and tells
 * the layers and addresses around the packet.
 */
enum decode decode_rebuilt(const struct packet *packet, const struct headers *carrier,
                           struct headers *headers);

/* "vlan:20", "gre", "gre:7", "ipip", "vxlan:5", "teredo" ...: a name, and the id where
   the kind has one. */
void decode_layer_text(const struct layer *layer, char *out, size_t capacity);

#endif
