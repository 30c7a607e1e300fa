/*
 * decode_walk.h - what the parts of decode share: where the reading stands in a packet.
 *
 * decode.c reads IP, transport and tunnels inside of them, decode_frame.c what leads from
 * one header of a link to the next.
 */
#ifndef O365LENS_ANALYZER_DECODE_WALK_H
#define O365LENS_ANALYZER_DECODE_WALK_H

#include "analyzer/decode.h"
#include "dissectors/dissect.h"
#include "dissectors/link.h"

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

/* A header that does not fit: was it the capture that cut it, or the packet itself? */
static inline enum decode decode_walk_cut(const struct walk *walk)
{
    if (walk->missing > 0)
        return DECODE_TRUNCATED;
    return walk->headers->is_fragment ? DECODE_IP : DECODE_MALFORMED;
}

static inline enum decode decode_walk_failure(const struct walk *walk,
                                              enum dissect outcome)
{
    return outcome == DISSECT_TRUNCATED ? decode_walk_cut(walk) : DECODE_MALFORMED;
}

static inline bool decode_walk_add(struct headers *headers, enum layer_kind kind,
                                   uint32_t id)
{
    if (headers->layer_count == DECODE_LAYERS) {
        headers->layers_cut = true;
        return false;
    }
    headers->layers[headers->layer_count++] =
        (struct layer){ .kind = (uint8_t)kind, .id = id };
    return true;
}

static inline void decode_walk_note_macs(struct headers *headers,
                                         const struct link_header *link)
{
    headers->has_macs = link->has_macs;
    headers->source_mac = link->source;
    headers->destination_mac = link->destination;
}

/* What follows an EtherType; decode.c. */
enum decode decode_walk_type(struct walk *walk, uint16_t type);

/* The same behind a layer's header, where frames may follow as well. */
enum decode decode_walk_inner(struct walk *walk, uint16_t type);

/* A frame that was mirrored to here. */
enum decode decode_walk_mirrored(struct walk *walk);

/* Labels, PPPoE, 802.11 in Ethernet, tags: `type` is none of IP and VLANs. */
enum decode decode_walk_link(struct walk *walk, uint16_t type);

#endif
