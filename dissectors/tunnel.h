/*
 * tunnel.h - headers of tunnels inside IP and UDP: GRE (RFC 2784, 2890, 1701; NVGRE in
 * RFC 7637; PPTP in RFC 2637; ERSPAN), VXLAN (RFC 7348) and Geneve (RFC 8926).
 *
 * Each function reads the header and moves `in` to what the tunnel carries, which the
 * EtherType tells (link.h): ETHER_BRIDGED stands for an Ethernet frame, ETHER_PPP for
 * PPP, 0 for nothing. TRUNCATED where `in` ends inside the header; OTHER where it is
 * none.
 */
#ifndef O365LENS_DISSECTORS_TUNNEL_H
#define O365LENS_DISSECTORS_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum {
    TUNNEL_PORT_VXLAN = 4789,
    TUNNEL_PORT_OLD_VXLAN = 8472, /* Linux before the port was assigned */
    TUNNEL_PORT_GENEVE = 6081,
};

struct tunnel_header {
    uint32_t id; /* GRE: key, 0 where none; ERSPAN: session; VXLAN, Geneve: network */
    uint16_t ether_type;
    bool is_mirror; /* ERSPAN: no way of the packet, but of its copy to the capture */
};

enum dissect tunnel_read_gre(struct bytes *in, struct tunnel_header *tunnel);
enum dissect tunnel_read_vxlan(struct bytes *in, struct tunnel_header *tunnel);
enum dissect tunnel_read_geneve(struct bytes *in, struct tunnel_header *tunnel);

#endif
