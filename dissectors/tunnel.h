/*
 * tunnel.h - headers of tunnels inside IP: GRE (RFC 2784, 2890, 1701; NVGRE in RFC 7637;
 * PPTP in RFC 2637; ERSPAN; EoIP), EtherIP (RFC 3378), L2TP version 3 (RFC 3931); of
 * VXLAN (RFC 7348) and Geneve (RFC 8926). What else is inside UDP is tunnel_udp.h's.
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

struct tunnel_header {
    /* GRE: key, 0 where none; ERSPAN, L2TP: session; VXLAN, Geneve: network; EoIP, GTP:
       tunnel */
    uint32_t id;
    uint16_t ether_type;
    bool is_eoip;   /* GRE as one vendor uses it for Ethernet */
    bool is_mirror; /* ERSPAN: no way of the packet, but of its copy to the capture */
};

/* OTHER for a version other than 0 (RFC 2784) and 1 (PPTP's and EoIP's). */
enum dissect tunnel_read_gre(struct bytes *in, struct tunnel_header *tunnel);
enum dissect tunnel_read_vxlan(struct bytes *in, struct tunnel_header *tunnel);
enum dissect tunnel_read_geneve(struct bytes *in, struct tunnel_header *tunnel);
enum dissect tunnel_read_etherip(struct bytes *in, struct tunnel_header *tunnel);

/*
 * Behind the session's number stand a cookie and a sublayer whose sizes were agreed upon
 * before: they are known by where an Ethernet frame or PPP begins. OTHER for control
 * messages and where neither is found.
 */
enum dissect tunnel_read_l2tp3(struct bytes *in, struct tunnel_header *tunnel);

#endif
