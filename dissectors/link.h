/*
 * link.h - what stands in front of IP on a link: Ethernet and its tags, cooked captures,
 * PPP, MPLS (IEEE 802.3, 802.1Q, 802.1ad; RFC 1042; RFC 1661, 2516, 3032; the LINKTYPE_
 * registry of draft-ietf-opsawg-pcaplinktype).
 *
 * Each function reads one header, moves `in` behind it and tells by an EtherType what
 * follows; 0 where that has none (LLC without SNAP, other PPP protocols, an unknown
 * family). TRUNCATED where `in` ends inside the header; what is filled then is of no use.
 */
#ifndef O365LENS_DISSECTORS_LINK_H
#define O365LENS_DISSECTORS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/address.h"
#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum ether_type {
    ETHER_IPV4 = 0x0800,
    ETHER_BRIDGED = 0x6558, /* an Ethernet frame, in GRE and Geneve */
    ETHER_VLAN = 0x8100,
    ETHER_IPV6 = 0x86dd,
    ETHER_MPLS = 0x8847,
    ETHER_MPLS_UPSTREAM = 0x8848,
    ETHER_PPPOE = 0x8864, /* session */
    ETHER_PPP = 0x880b,
    ETHER_PROVIDER_VLAN = 0x88a8,
    ETHER_OLD_VLAN = 0x9100, /* before 802.1ad; also 0x9200 */
    ETHER_OLDER_VLAN = 0x9200,
};

struct link_header {
    uint16_t ether_type;
    bool has_macs;
    struct mac_address source, destination; /* where has_macs */
    uint32_t interface; /* cooked v2: index at the capturing machine */
};

/* OTHER for a link type that is not read. */
enum dissect link_read_header(uint32_t link_type, struct bytes *in,
                              struct link_header *link);

enum dissect link_read_ethernet(struct bytes *in, struct link_header *link);

/* Behind one of the VLAN types. */
enum dissect link_read_vlan(struct bytes *in, uint16_t *id, uint16_t *ether_type);

/* Behind ETHER_PPPOE; MALFORMED where it is no session data of version 1. */
enum dissect link_read_pppoe(struct bytes *in, uint16_t *session, uint16_t *ether_type);

/* With or without FF 03 in front, and with the protocol field in one byte or two. */
enum dissect link_read_ppp(struct bytes *in, uint16_t *ether_type);

/*
 * One label. Behind the last one nothing tells what follows: link_guess_mpls goes by the
 * first nibble (RFC 4928), and gives ETHER_BRIDGED where it skipped a pseudowire's
 * control word (RFC 4448).
 */
enum dissect link_read_mpls(struct bytes *in, uint32_t *label, bool *is_last);
uint16_t link_guess_mpls(struct bytes *in);

#endif
