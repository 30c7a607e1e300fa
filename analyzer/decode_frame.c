/* decode_frame.c - from one header of a link to the next, down to IP. */
#include "analyzer/decode_walk.h"
#include "dissectors/link_tag.h"
#include "dissectors/link_wlan.h"

/* The frame is what was on the link; what carried it here is no part of its way. */
enum decode decode_walk_mirrored(struct walk *walk)
{
    struct link_header link;
    unsigned ip_count = walk->ip_count;
    enum dissect outcome = link_read_ethernet(&walk->in, &link);
    if (outcome != DISSECT_OK)
        return decode_walk_failure(walk, outcome);

    walk->is_mirrored = true;
    enum decode inner = decode_walk_type(walk, link.ether_type);
    if (walk->ip_count > ip_count)
        decode_walk_note_macs(walk->headers, &link);
    return inner;
}

static enum decode read_bridged(struct walk *walk)
{
    struct link_header link;
    enum dissect outcome = link_read_ethernet(&walk->in, &link);
    if (outcome != DISSECT_OK)
        return decode_walk_failure(walk, outcome);
    return decode_walk_type(walk, link.ether_type);
}

static enum decode read_mpls(struct walk *walk)
{
    uint32_t label;
    bool is_last = false;
    while (!is_last) {
        if (link_read_mpls(&walk->in, &label, &is_last) != DISSECT_OK)
            return decode_walk_cut(walk);
        if (!decode_walk_add(walk->headers, LAYER_MPLS, label)) {
            walk->headers->ether_type = ETHER_MPLS;
            return DECODE_NOT_IP;
        }
    }
    return decode_walk_inner(walk, link_guess_mpls(&walk->in));
}

static enum decode read_pppoe(struct walk *walk)
{
    uint16_t session, type;
    enum dissect outcome = link_read_pppoe(&walk->in, &session, &type);
    if (outcome != DISSECT_OK)
        return decode_walk_failure(walk, outcome);
    if (type != 0 && decode_walk_add(walk->headers, LAYER_PPPOE, session))
        return decode_walk_type(walk, type);
    walk->headers->ether_type = ETHER_PPPOE;
    return DECODE_NOT_IP;
}

static enum decode read_ppp(struct walk *walk)
{
    uint16_t type;
    if (link_read_ppp(&walk->in, &type) != DISSECT_OK)
        return decode_walk_cut(walk);
    return decode_walk_type(walk, type);
}

static enum decode read_wlan(struct walk *walk)
{
    struct link_header link;
    enum dissect outcome = link_wlan_read(&walk->in, &link);
    if (outcome != DISSECT_OK)
        return decode_walk_failure(walk, outcome);
    walk->headers->link_dark = link.dark;
    return decode_walk_type(walk, link.ether_type);
}

static enum decode read_wrapped_wlan(struct walk *walk)
{
    if (decode_walk_add(walk->headers, LAYER_WLAN, 0))
        return read_wlan(walk);
    walk->headers->ether_type = ETHER_WLAN;
    return DECODE_NOT_IP;
}

static enum layer_kind tag_layer(uint16_t type)
{
    switch (type) {
    case ETHER_TRILL:
        return LAYER_TRILL;
    case ETHER_MACSEC:
        return LAYER_MACSEC;
    case ETHER_BACKBONE:
        return LAYER_PBB;
    case ETHER_FABRIC_PATH:
        return LAYER_FABRIC_PATH;
    case ETHER_CISCO_METADATA:
        return LAYER_SGT;
    case ETHER_VN_TAG:
        return LAYER_VN_TAG;
    case ETHER_E_TAG:
        return LAYER_E_TAG;
    default:
        return LAYER_NSH;
    }
}

static enum decode read_tag(struct walk *walk, uint16_t type)
{
    struct link_tag tag;
    enum dissect outcome = link_tag_read(type, &walk->in, &tag);
    if (outcome == DISSECT_TRUNCATED)
        return decode_walk_cut(walk);
    if (outcome == DISSECT_OK && tag.ether_type != 0 &&
        decode_walk_add(walk->headers, tag_layer(type), tag.id))
        return decode_walk_inner(walk, tag.ether_type);
    walk->headers->ether_type = type;
    return DECODE_NOT_IP;
}

enum decode decode_walk_link(struct walk *walk, uint16_t type)
{
    switch (type) {
    case ETHER_MPLS:
    case ETHER_MPLS_UPSTREAM:
        return read_mpls(walk);
    case ETHER_PPPOE:
        return read_pppoe(walk);
    case ETHER_WLAN:
        return read_wrapped_wlan(walk);
    case ETHER_TRILL:
    case ETHER_MACSEC:
    case ETHER_BACKBONE:
    case ETHER_FABRIC_PATH:
    case ETHER_CISCO_METADATA:
    case ETHER_VN_TAG:
    case ETHER_E_TAG:
    case ETHER_NSH:
        return read_tag(walk, type);
    default:
        walk->headers->ether_type = type;
        return DECODE_NOT_IP;
    }
}

/* Frames follow a layer's header only: elsewhere they could be nested without an end. */
enum decode decode_walk_inner(struct walk *walk, uint16_t type)
{
    switch (type) {
    case ETHER_PPP:
        return read_ppp(walk);
    case ETHER_BRIDGED:
        return read_bridged(walk);
    case ETHER_WLAN:
        return read_wlan(walk);
    default:
        return decode_walk_type(walk, type);
    }
}
