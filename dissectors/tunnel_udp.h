/*
 * tunnel_udp.h - tunnels inside UDP: VXLAN (RFC 7348, with its generic extension), Geneve
 * (RFC 8926), GTP-U (3GPP TS 29.281), Teredo (RFC 4380), L2TP (RFC 2661, 3931), CAPWAP
 * data (RFC 5415), MPLS (RFC 7510), GRE (RFC 8086).
 *
 * Which one it is, ports tell, and ports prove nothing: a caller goes in where it finds a
 * packet inside, and takes the datagram as it is where it does not.
 */
#ifndef O365LENS_DISSECTORS_TUNNEL_UDP_H
#define O365LENS_DISSECTORS_TUNNEL_UDP_H

#include "dissectors/tunnel.h"

enum tunnel_kind {
    TUNNEL_NONE,
    TUNNEL_VXLAN,
    TUNNEL_VXLAN_GENERIC,
    TUNNEL_GENEVE,
    TUNNEL_GTP,
    TUNNEL_TEREDO,
    TUNNEL_L2TP,
    TUNNEL_CAPWAP,
    TUNNEL_MPLS,
    TUNNEL_GRE,
};

/* Where a client's end has any port, answers are known by their source. */
enum tunnel_kind tunnel_udp_kind(uint16_t source_port, uint16_t destination_port);

/* As tunnel_read_gre. Of MPLS there is no header: the labels are left in `in`. */
enum dissect tunnel_udp_read(enum tunnel_kind kind, struct bytes *in,
                             struct tunnel_header *tunnel);

#endif
