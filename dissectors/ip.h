/*
 * ip.h - IPv4 and IPv6 headers, with options, extension headers and fragments (RFC 791,
 * RFC 8200, RFC 4302 for AH, RFC 2675 for jumbograms).
 */
#ifndef O365LENS_DISSECTORS_IP_H
#define O365LENS_DISSECTORS_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/address.h"
#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum ip_protocol {
    IP_PROTOCOL_IPV4 = 4,
    IP_PROTOCOL_TCP = 6,
    IP_PROTOCOL_UDP = 17,
    IP_PROTOCOL_IPV6 = 41,
    IP_PROTOCOL_GRE = 47,
    IP_PROTOCOL_FRAME = 97, /* EtherIP: RFC 3378 */
    IP_PROTOCOL_L2TP = 115,
    IP_PROTOCOL_MPLS = 137,
};

struct ip_header {
    struct ip_address source, destination; /* family 0 where the fixed header is cut */
    uint8_t protocol; /* of the payload, behind AH and extension headers */
    uint8_t ttl;      /* or hop limit */
    uint8_t dscp;
    uint16_t id;      /* 0 for IPv6 */
    bool is_fragment; /* a part of a packet; an atomic fragment (RFC 6946) is none */
    uint16_t fragment_offset; /* in units of 8 bytes; no transport header where not 0 */
    uint32_t length;          /* whole packet on the wire; IPv6: 40 + payload */
    uint32_t payload_length;  /* behind all headers read, on the wire */
};

/*
 * Reads the headers up to the payload, moves `in` there and cuts it where the packet ends
 * by its own length, so that padding of the frame is left out. `wire` is the number of
 * bytes on the wire from the start of the packet on, at least `in`'s size: it stands for
 * a told length of 0, as segmentation offload leaves it. A told length beyond `wire` is
 * believed: the frame may have been shortened, or be a fragment of a tunnel's packet.
 *
 * TRUNCATED where the capture ends inside the headers; the addresses are filled where the
 * fixed header is whole. MALFORMED where a header or extension header does not fit into
 * the told length. OTHER where the version is neither 4 nor 6.
 */
enum dissect ip_read_header(struct bytes *in, uint32_t wire, struct ip_header *ip);

/* One fragment, as RFC 791 section 3.2 and RFC 8200 section 4.5 cut a packet. */
struct ip_fragment {
    struct ip_address source, destination;
    uint32_t id;      /* 16 bits for IPv4 */
    uint8_t protocol; /* IPv4: of the packet. IPv6: behind the fragment header */
    bool is_last;
    uint32_t offset;         /* of the payload in the packet's, in bytes */
    struct bytes header;     /* from the IP header up to what all fragments repeat */
    struct bytes payload;    /* what was captured of this piece */
    uint32_t payload_length; /* of this piece on the wire */
};

/*
 * Reads a packet of which ip_read_header says that it is a fragment: `in` and `wire` as
 * there. OTHER where it is none, MALFORMED where a piece that is not the last one is no
 * multiple of 8 bytes long, or one is empty: no packet can be made of these.
 */
enum dissect ip_read_fragment(struct bytes in, uint32_t wire,
                              struct ip_fragment *fragment);

#endif
