/* capture_pcap.c - draft-ietf-opsawg-pcap, and its older and Kuznetzov's variants. */
#include "analyzer/capture_format.h"

enum {
    FILE_HEADER_SIZE = 24,
    RECORD_SIZE = 16,
    KUZNETZOV_RECORD_SIZE = 24,
    MAJOR_VERSION = 2,
    MAJOR_VERSION_DG_UX = 543, /* its tcpdump wrote 543.0, with the lengths swapped */
    LAST_SWAPPED_MINOR = 3,    /* before it lengths are swapped; in it, by some writers */
    FCS_LENGTH_IS_TOLD = 0x04000000,
    KUZNETZOV_TO_US = 0, /* its packet type is that of Linux packet sockets */
    KUZNETZOV_OUTGOING = 4,
};

static const uint32_t magic_us = 0xa1b2c3d4;
static const uint32_t magic_ns = 0xa1b23c4d;
static const uint32_t magic_kuznetzov = 0xa1b2cd34;

static const int64_t ns_per_s = 1000000000;

/* Interface index and protocol are of no use to us; the packet type tells the direction.
 */
static enum packet_direction read_kuznetzov(struct bytes *header)
{
    bytes_skip(header, 6);
    switch (bytes_u8(header)) {
    case KUZNETZOV_TO_US:
        return PACKET_RECEIVED;
    case KUZNETZOV_OUTGOING:
        return PACKET_SENT;
    default:
        return PACKET_DIRECTION_UNKNOWN;
    }
}

static bool are_swapped(const struct capture *capture, uint32_t captured, uint32_t length)
{
    return capture->minor_version < LAST_SWAPPED_MINOR || captured > length;
}

static void read_lengths(const struct capture *capture, struct bytes *header,
                         uint32_t *captured, uint32_t *length)
{
    *captured = capture_u32(capture, header);
    *length = capture_u32(capture, header);
    if (capture->swaps_lengths && are_swapped(capture, *captured, *length)) {
        uint32_t first = *captured;
        *captured = *length;
        *length = first;
    }
}

static enum capture_next next_record(struct capture *capture, struct packet *packet)
{
    size_t header_size = capture->record_size;
    if (!capture_has(capture, header_size))
        return capture_stop_short(capture, "a packet header");

    struct bytes header = bytes_of(capture->window.at, header_size);
    uint32_t captured = 0;
    uint32_t seconds = capture_u32(capture, &header);
    uint32_t fraction = capture_u32(capture, &header);
    read_lengths(capture, &header, &captured, &packet->length);
    packet->direction = PACKET_DIRECTION_UNKNOWN;
    if (capture->is_kuznetzov)
        packet->direction = read_kuznetzov(&header);

    if (captured > CAPTURE_PACKET_MAX)
        return capture_stop_damaged(capture,
                                    "the packet claims %u captured bytes, more than %d",
                                    captured, CAPTURE_PACKET_MAX);
    if (!capture_has(capture, header_size + captured))
        return capture_stop_short(capture, "a packet");

    packet->offset = capture_offset(capture);
    bytes_skip(&capture->window, header_size);
    packet->captured = bytes_of(capture->window.at, captured);
    bytes_skip(&capture->window, captured);
    /* A fraction of a second or more is wrong, but its sum is what the writer meant. */
    packet->time_ns = (int64_t)seconds * ns_per_s +
                      (int64_t)(fraction * capture->interfaces[0].clock.multiplier);
    packet->has_time = true;
    capture_count(capture, 0, packet);
    return CAPTURE_PACKET;
}

static bool is_magic(uint32_t value)
{
    return value == magic_us || value == magic_ns || value == magic_kuznetzov;
}

/* The magic number's own order of bytes is that of the file. */
static uint32_t read_magic(struct capture *capture, struct bytes *header)
{
    uint32_t magic = bytes_u32(header);
    capture->is_big_endian = is_magic(magic);
    return capture->is_big_endian ? magic : __builtin_bswap32(magic);
}

static bool read_version(struct capture *capture, struct bytes *header,
                         struct error *error)
{
    uint16_t major = capture_u16(capture, header);
    uint16_t minor = capture_u16(capture, header);
    bool is_dg_ux = major == MAJOR_VERSION_DG_UX && minor == 0;
    if (major != MAJOR_VERSION && !is_dg_ux) {
        error_set(error, "%s: pcap version %u.%u cannot be read",
                  byte_source_name(capture->source), major, minor);
        return false;
    }
    capture->minor_version = minor;
    capture->swaps_lengths = minor <= LAST_SWAPPED_MINOR;
    return true;
}

static void describe(struct capture *capture, uint32_t magic)
{
    capture->facts.format = "pcap";
    capture->facts.variant = magic == magic_ns          ? "nanoseconds"
                             : magic == magic_kuznetzov ? "Kuznetzov"
                                                        : "microseconds";
    capture->facts.sections = 1;
    capture->is_kuznetzov = magic == magic_kuznetzov;
    capture->record_size =
        capture->is_kuznetzov ? (size_t)KUZNETZOV_RECORD_SIZE : (size_t)RECORD_SIZE;
    capture->next = next_record;
}

bool capture_pcap_open(struct capture *capture, struct error *error)
{
    if (!capture_has(capture, FILE_HEADER_SIZE)) {
        error_set(error, "%s: the file ends within the pcap file header",
                  byte_source_name(capture->source));
        return false;
    }
    struct bytes header = bytes_take(&capture->window, FILE_HEADER_SIZE);
    uint32_t magic = read_magic(capture, &header);
    if (!read_version(capture, &header, error))
        return false;
    describe(capture, magic);

    bytes_skip(&header, 8); /* time zone and accuracy: nobody ever filled them */
    uint32_t snaplen = capture_u32(capture, &header);
    uint32_t link = capture_u32(capture, &header);
    struct capture_interface *interface =
        capture_add_interface(capture, (uint16_t)link, snaplen);
    capture_set_clock(capture, interface, magic == magic_ns ? 9 : 6, 0);
    if ((link & FCS_LENGTH_IS_TOLD) != 0)
        interface->fcs_size = (uint8_t)(2 * (link >> 28)); /* told in words of 16 bits */
    return true;
}
