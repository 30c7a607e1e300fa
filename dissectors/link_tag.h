/*
 * link_tag.h - what stands between an Ethernet header and its packet, other than VLANs.
 *
 * TRILL (RFC 6325), MACsec (IEEE 802.1AE), backbone bridging (802.1ah), FabricPath and
 * the metadata header of Cisco's switches, VN-Tag, E-Tag (802.1BR), and the network
 * service header (RFC 8300), which goes in tunnels as well.
 */
#ifndef O365LENS_DISSECTORS_LINK_TAG_H
#define O365LENS_DISSECTORS_LINK_TAG_H

#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

struct link_tag {
    /* Backbone: service; metadata: security group; VN-Tag: source interface; E-Tag:
       channel; NSH: service path; else 0. */
    uint32_t id;
    uint16_t ether_type; /* of what follows (link.h); ETHER_BRIDGED: a frame */
};

/*
 * Reads what follows `ether_type`, one of those named above, and moves `in` behind it.
 * TRUNCATED where `in` ends before; OTHER where it is no such type, where the version is
 * not known, and where MACsec encrypts what follows.
 */
enum dissect link_tag_read(uint16_t ether_type, struct bytes *in, struct link_tag *tag);

#endif
