/*
 * link.h - what stands in front of IP on a link: Ethernet and its tags, cooked captures,
 * PPP, MPLS (IEEE 802.3, 802.1Q, 802.1ad; RFC 1042; RFC 1661, 2516, 3032; the LINKTYPE_
 * registry of draft-ietf-opsawg-pcaplinktype). Wireless frames are link_wlan.h's, serial
 * lines link_serial.h's, headers that a capturing system adds link_wrap.h's, tags other
 * than VLANs link_tag.h's.
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
    ETHER_TRILL = 0x22f3,
    ETHER_WLAN = 0x2452,      /* an 802.11 frame, as drivers and CAPWAP wrap it */
    ETHER_PPPOE = 0x8864,     /* session */
    ETHER_JUMBO_LLC = 0x8870, /* LLC follows, in frames too long for a length */
    ETHER_PPP = 0x880b,
    ETHER_MACSEC = 0x88e5,
    ETHER_BACKBONE = 0x88e7, /* 802.1ah: service tag, then a whole frame */
    ETHER_FABRIC_PATH = 0x8903,
    ETHER_CISCO_METADATA = 0x8909,
    ETHER_VN_TAG = 0x8926,
    ETHER_E_TAG = 0x893f,
    ETHER_NSH = 0x894f,
    ETHER_PROVIDER_VLAN = 0x88a8,
    ETHER_OLD_VLAN = 0x9100, /* before 802.1ad; also 0x9200 */
    ETHER_OLDER_VLAN = 0x9200,
};

/* Frames of a wireless link that show no packet. */
enum link_dark {
    LINK_CLEAR,
    LINK_WLAN_MANAGEMENT,
    LINK_WLAN_CONTROL,
    LINK_WLAN_EMPTY,
    LINK_WLAN_FRAGMENT, /* not the first one */
    LINK_WLAN_ENCRYPTED,
};

struct link_header {
    uint16_t ether_type;
    bool has_macs;
    uint8_t dark; /* enum link_dark; ether_type is 0 where it is not LINK_CLEAR */
    struct mac_address source, destination; /* where has_macs */
    uint32_t interface; /* cooked v2: index at the capturing machine */
};

/* OTHER for a link type that is not read. */
enum dissect link_read_header(uint32_t link_type, struct bytes *in,
                              struct link_header *link);

enum dissect link_read_ethernet(struct bytes *in, struct link_header *link);

/* Behind one of the VLAN types. */
enum dissect link_read_vlan(struct bytes *in, uint16_t *id, uint16_t *ether_type);

/* IEEE 802.2 with SNAP (RFC 1042) or the service access point of IP. */
uint16_t link_read_llc(struct bytes *in);

/* ETHER_IPV4 or ETHER_IPV6 by the version, 0 where it is neither. */
uint16_t link_ip_type(struct bytes in);

/* Does an Ethernet frame begin here whose type fits what follows? For guesses only. */
bool link_is_frame_likely(struct bytes in);

/* Behind ETHER_PPPOE; MALFORMED where it is no session data of version 1. */
enum dissect link_read_pppoe(struct bytes *in, uint16_t *session, uint16_t *ether_type);

/* With or without FF 03 in front, and with the protocol field in one byte or two. */
enum dissect link_read_ppp(struct bytes *in, uint16_t *ether_type);

/*
 * One label. Behind the last one nothing tells what follows: link_guess_mpls goes by the
 * first nibble (RFC 4928) and by what fits. It gives ETHER_BRIDGED for a pseudowire, and
 * skips its control word (RFC 4448) where there is one.
 */
enum dissect link_read_mpls(struct bytes *in, uint32_t *label, bool *is_last);
uint16_t link_guess_mpls(struct bytes *in);

#endif
