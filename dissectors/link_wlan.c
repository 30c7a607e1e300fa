/* link_wlan.c - IEEE 802.11-2020 clause 9.2.4; the radiotap format; LINKTYPE_ registry.
 */
#include "dissectors/link_wlan.h"

#include <string.h>

enum link_type {
    LINK_WLAN = 105,
    LINK_PRISM = 119,
    LINK_RADIOTAP = 127,
    LINK_AVS = 163,
};

/* The frame control, its first byte in the upper half. */
enum {
    CONTROL_VERSION = 0x0300,
    CONTROL_TYPE = 0x0c00,
    TYPE_MANAGEMENT = 0x0000,
    TYPE_CONTROL = 0x0400,
    TYPE_DATA = 0x0800,
    DATA_EMPTY = 0x4000,
    DATA_HAS_QOS = 0x8000,
    CONTROL_TO_NETWORK = 0x0001,
    CONTROL_FROM_NETWORK = 0x0002,
    CONTROL_PROTECTED = 0x0040,
    CONTROL_ORDER = 0x0080,
};

enum {
    QOS_AGGREGATED = 0x80,
    PRISM_SIZE = 144,
    RADIOTAP_TIMER = 0x00000001,
    RADIOTAP_FLAGS = 0x00000002,
    FLAG_PADDED = 0x20,
};

static const uint32_t avs_magic = 0x80211000;
static const uint32_t radiotap_more = 0x80000000;
static const uint8_t snap_start[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00 };

static enum dissect outcome_of(const struct bytes *in)
{
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

static void take_mac(struct bytes *in, struct mac_address *mac)
{
    struct bytes taken = bytes_take(in, sizeof mac->bytes);
    if (taken.left == sizeof mac->bytes)
        memcpy(mac->bytes, taken.at, sizeof mac->bytes);
}

/* Three addresses, whose roles the direction tells; a fourth between access points. */
static uint16_t read_addresses(struct bytes *in, uint16_t control,
                               struct link_header *link)
{
    struct mac_address third = { { 0 } };
    bool to = (control & CONTROL_TO_NETWORK) != 0;
    bool from = (control & CONTROL_FROM_NETWORK) != 0;
    take_mac(in, &link->destination);
    take_mac(in, &link->source);
    take_mac(in, &third);
    uint16_t sequence = bytes_u16le(in);
    if (to)
        link->destination = third;
    if (to && from)
        take_mac(in, &link->source);
    else if (from)
        link->source = third;
    link->has_macs = true;
    return sequence & 0x000f;
}

static enum dissect dark_of(struct bytes *in, enum link_dark dark,
                            struct link_header *link)
{
    link->dark = (uint8_t)dark;
    return outcome_of(in);
}

/* Some drivers decrypt and leave the mark, and the initialisation vector: that of WEP is
   four bytes long, any other eight. */
static bool skip_to_clear_text(struct bytes *in)
{
    for (size_t size = 0; size <= 8; size += 4) {
        struct bytes behind = *in;
        bytes_skip(&behind, size);
        if (bytes_start_with(behind, snap_start, sizeof snap_start)) {
            *in = behind;
            return true;
        }
    }
    return false;
}

/* Addresses and length of the first of several packets in the frame. */
static void read_aggregate(struct bytes *in, struct link_header *link)
{
    take_mac(in, &link->destination);
    take_mac(in, &link->source);
    struct bytes first = bytes_take_at_most(in, bytes_u16(in));
    if (!in->ran_out)
        *in = first;
}

static enum dissect read_data(struct bytes *in, uint16_t control,
                              struct link_header *link)
{
    uint16_t piece = read_addresses(in, control, link);
    uint16_t qos = (control & DATA_HAS_QOS) != 0 ? bytes_u16le(in) : 0;
    if ((control & DATA_HAS_QOS) != 0 && (control & CONTROL_ORDER) != 0)
        bytes_skip(in, 4);
    if ((control & DATA_EMPTY) != 0)
        return dark_of(in, LINK_WLAN_EMPTY, link);
    if (piece != 0)
        return dark_of(in, LINK_WLAN_FRAGMENT, link);
    if ((control & CONTROL_PROTECTED) != 0 && !skip_to_clear_text(in))
        return dark_of(in, LINK_WLAN_ENCRYPTED, link);
    if ((qos & QOS_AGGREGATED) != 0)
        read_aggregate(in, link);
    link->ether_type = link_read_llc(in);
    return outcome_of(in);
}

/* Version 0 is the only one, so a number there means that the bytes were turned. */
static uint16_t read_control(struct bytes *in)
{
    uint16_t control = bytes_u16(in);
    bool is_turned = (control & CONTROL_VERSION) != 0 && (control & 3) == 0;
    return is_turned ? (uint16_t)(control << 8 | control >> 8) : control;
}

enum dissect link_wlan_read(struct bytes *in, struct link_header *link)
{
    *link = (struct link_header){ 0 };
    uint16_t control = read_control(in);
    bytes_skip(in, 2); /* duration */
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if ((control & CONTROL_VERSION) != 0)
        return DISSECT_MALFORMED;
    switch (control & CONTROL_TYPE) {
    case TYPE_DATA:
        return read_data(in, control, link);
    case TYPE_MANAGEMENT:
        return dark_of(in, LINK_WLAN_MANAGEMENT, link);
    default:
        return dark_of(in, LINK_WLAN_CONTROL, link);
    }
}

/* Of the receiver's fields one matters: is the header of the frame padded to words? */
static bool is_padded(struct bytes fields)
{
    bytes_skip(&fields, 4);
    uint32_t present = bytes_u32le(&fields);
    size_t at = 8;
    for (uint32_t more = present; (more & radiotap_more) != 0 && !fields.ran_out; at += 4)
        more = bytes_u32le(&fields);
    if ((present & RADIOTAP_FLAGS) == 0)
        return false;
    if ((present & RADIOTAP_TIMER) != 0)
        bytes_skip(&fields, (8 - at % 8) % 8 + 8);
    return (bytes_u8(&fields) & FLAG_PADDED) != 0;
}

static size_t header_size_of(struct bytes in)
{
    uint16_t control = bytes_u16(&in);
    size_t size = 24;
    if ((control & CONTROL_TYPE) != TYPE_DATA)
        return size;
    if ((control & CONTROL_TO_NETWORK) != 0 && (control & CONTROL_FROM_NETWORK) != 0)
        size += 6;
    if ((control & DATA_HAS_QOS) == 0)
        return size;
    return size + ((control & CONTROL_ORDER) != 0 ? 6 : 2);
}

/* The padding stands behind the header: what is in front is read from it, the rest
   follows. Only the four bytes of LLC and what is behind differ. */
static enum dissect read_padded(struct bytes *in, struct link_header *link)
{
    size_t size = header_size_of(*in);
    struct bytes behind = *in;
    bytes_skip(&behind, (size + 3) / 4 * 4);
    struct bytes header = bytes_take(in, size);
    if (behind.ran_out || in->ran_out)
        return DISSECT_TRUNCATED;
    enum dissect outcome = link_wlan_read(&header, link);
    *in = behind;
    if (link->dark == LINK_CLEAR && outcome == DISSECT_TRUNCATED)
        link->ether_type =
            link_read_llc(in); /* the header ended where the packet begins */
    return outcome == DISSECT_MALFORMED ? outcome : outcome_of(in);
}

static enum dissect read_radiotap(struct bytes *in, struct link_header *link)
{
    struct bytes fields = *in;
    bytes_skip(in, 2);
    size_t size = bytes_u16le(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (size < 8 || bytes_peek(fields, 0) != 0)
        return DISSECT_MALFORMED;
    bytes_skip(in, size - 4);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    fields = bytes_take(&fields, size);
    return is_padded(fields) ? read_padded(in, link) : link_wlan_read(in, link);
}

/* Both formats begin with a word; that of AVS tells itself. */
static enum dissect read_receiver(struct bytes *in, struct link_header *link)
{
    struct bytes start = *in;
    uint32_t magic = bytes_u32(&start);
    uint32_t size = bytes_u32(&start);
    bool is_avs = (magic & 0xfffff000) == avs_magic;
    if (start.ran_out)
        return DISSECT_TRUNCATED;
    if (is_avs && size < 8)
        return DISSECT_MALFORMED;
    bytes_skip(in, is_avs ? size : PRISM_SIZE);
    return in->ran_out ? DISSECT_TRUNCATED : link_wlan_read(in, link);
}

enum dissect link_wlan_read_header(uint32_t link_type, struct bytes *in,
                                   struct link_header *link)
{
    switch (link_type) {
    case LINK_WLAN:
        return link_wlan_read(in, link);
    case LINK_RADIOTAP:
        return read_radiotap(in, link);
    case LINK_PRISM:
    case LINK_AVS:
        return read_receiver(in, link);
    default:
        return DISSECT_OTHER;
    }
}
