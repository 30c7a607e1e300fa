/* capture_pcapng.c - draft-ietf-opsawg-pcapng, sections 3 and 4. */
#include "analyzer/capture_format.h"

enum {
    BLOCK_SECTION_HEADER = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_OBSOLETE_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_JOURNAL_ENTRY = 9,
    BLOCK_SECRETS = 10,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NOT_COPIED = 0x40000bad,

    BLOCK_HEADER_SIZE = 8,
    BLOCK_TRAILER_SIZE = 4,
    BLOCK_SIZE_MIN = 12,
    SECTION_HEADER_SIZE_MIN = 28,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,

    SECRETS_TLS_KEY_LOG = 0x544c534b,

    OPTION_END = 0,
    INTERFACE_RESOLUTION = 9,
    INTERFACE_FCS_SIZE = 13,
    INTERFACE_TIME_OFFSET = 14,
    PACKET_FLAGS = 2,
    STATISTICS_RECEIVED = 4,
    STATISTICS_DROPPED = 5,
    STATISTICS_DROPPED_BY_SYSTEM = 7,

    MICROSECONDS = 6,
};

enum block {
    BLOCK_PACKET,
    BLOCK_SEEN,
    BLOCK_STOP, /* the capture has its outcome, and the reason */
};

struct option {
    uint16_t code;
    struct bytes value;
};

/* Items are padded to 4 bytes; padding that is not there any more harms nobody. */
static void skip_padding(struct bytes *in, size_t size)
{
    bytes_take_at_most(in, (size_t)-size & 3);
}

/* False at the end of the options, and where one is longer than its block (`ran_out`). */
static bool next_option(const struct capture *capture, struct bytes *options,
                        struct option *option)
{
    if (options->left == 0)
        return false;
    option->code = capture_u16(capture, options);
    uint16_t size = capture_u16(capture, options);
    option->value = bytes_take(options, size);
    skip_padding(options, size);
    return !options->ran_out && option->code != OPTION_END;
}

static enum block wrong(struct capture *capture, const char *reason)
{
    capture_stop_damaged(capture, "%s", reason);
    return BLOCK_STOP;
}

static enum block read_section_header(struct capture *capture, struct bytes *body)
{
    bytes_skip(body, 4); /* the byte-order magic, read before the length was */
    uint16_t major = capture_u16(capture, body);
    uint16_t minor = capture_u16(capture, body);
    if (body->ran_out)
        return wrong(capture, "the section header is too short");
    if (major != 1 || (minor != 0 && minor != 2)) {
        capture_stop_damaged(capture, "pcapng version %u.%u cannot be read", major,
                             minor);
        return BLOCK_STOP;
    }
    capture->facts.sections++;
    capture->section_first = capture->facts.interfaces;
    return BLOCK_SEEN;
}

/* The specification counts bits, its example and most writers bytes: no sequence is as
   short as 15 bits, none as long as 16 bytes. */
static uint8_t fcs_bytes(uint8_t told)
{
    return told < 16 ? told : told / 8;
}

struct interface_options {
    uint8_t resolution, fcs_size;
    int64_t time_offset_s;
    bool is_malformed;
};

static struct interface_options read_interface_options(const struct capture *capture,
                                                       struct bytes in)
{
    struct interface_options told = { .resolution = MICROSECONDS };
    struct option option;
    while (next_option(capture, &in, &option)) {
        struct bytes *value = &option.value;
        if (option.code == INTERFACE_RESOLUTION)
            told.resolution = bytes_u8(value);
        else if (option.code == INTERFACE_FCS_SIZE)
            told.fcs_size = fcs_bytes(bytes_u8(value));
        else if (option.code == INTERFACE_TIME_OFFSET)
            told.time_offset_s = (int64_t)capture_u64(capture, value);
        told.is_malformed |= value->ran_out;
    }
    told.is_malformed |= in.ran_out;
    return told;
}

static enum block read_interface(struct capture *capture, struct bytes *body)
{
    uint16_t link_type = capture_u16(capture, body);
    bytes_skip(body, 2);
    uint32_t snaplen = capture_u32(capture, body);
    if (body->ran_out)
        return wrong(capture, "the interface description is too short");
    struct interface_options told = read_interface_options(capture, *body);
    if (told.is_malformed)
        return wrong(capture, "an option of the interface description is longer than it");

    struct capture_interface *interface =
        capture_add_interface(capture, link_type, snaplen);
    if (interface == NULL)
        return wrong(capture, "more interfaces than can be");
    interface->fcs_size = told.fcs_size;
    capture_set_clock(capture, interface, told.resolution, told.time_offset_s);
    return BLOCK_SEEN;
}

/* NULL where the section describes no such interface. */
static struct capture_interface *find_interface(const struct capture *capture,
                                                uint32_t index)
{
    if (index >= capture->facts.interfaces - capture->section_first)
        return NULL;
    return &capture->interfaces[capture->section_first + index];
}

static enum block unknown_interface(struct capture *capture, uint32_t index)
{
    capture_stop_damaged(capture, "the packet is of interface %u, which is not described",
                         index);
    return BLOCK_STOP;
}

static enum packet_direction read_direction(struct capture *capture,
                                            struct bytes *options, struct packet *packet)
{
    struct option option;
    uint32_t flags = 0;
    while (next_option(capture, options, &option))
        if (option.code == PACKET_FLAGS)
            flags = capture_u32(capture, &option.value);
    uint8_t fcs_size = flags >> 5 & 0xf;
    if (fcs_size != 0)
        packet->fcs_size = fcs_size;
    switch (flags & 3) {
    case 1:
        return PACKET_RECEIVED;
    case 2:
        return PACKET_SENT;
    default:
        return PACKET_DIRECTION_UNKNOWN;
    }
}

/* Takes `size` captured bytes; false, and the reading stopped, where they cannot be. */
static bool take_captured(struct capture *capture, struct bytes *body, uint32_t size,
                          struct packet *packet)
{
    if (size > CAPTURE_PACKET_MAX) {
        capture_stop_damaged(capture, "the packet claims %u captured bytes, more than %d",
                             size, CAPTURE_PACKET_MAX);
        return false;
    }
    if (size > body->left) {
        capture_stop_damaged(
            capture, "the packet claims %u captured bytes, its block has room for %zu",
            size, body->left);
        return false;
    }
    packet->captured = bytes_of(body->at, size);
    bytes_skip(body, size);
    skip_padding(body, size);
    return true;
}

/* What enhanced and obsolete packet blocks have in common. */
static enum block read_timed_packet(struct capture *capture, uint32_t index,
                                    struct bytes *body, struct packet *packet)
{
    const struct capture_interface *interface = find_interface(capture, index);
    uint64_t high = capture_u32(capture, body);
    uint64_t low = capture_u32(capture, body);
    uint32_t captured = capture_u32(capture, body);
    packet->length = capture_u32(capture, body);
    if (body->ran_out)
        return wrong(capture, "the packet block is too short");
    if (interface == NULL)
        return unknown_interface(capture, index);
    if (!take_captured(capture, body, captured, packet))
        return BLOCK_STOP;

    capture_set_time(&interface->clock, high << 32 | low, packet);
    capture_count(capture, capture->section_first + index, packet);
    packet->direction = PACKET_DIRECTION_UNKNOWN;
    if (body->left > 0)
        packet->direction = read_direction(capture, body, packet);
    return BLOCK_PACKET;
}

static enum block read_enhanced_packet(struct capture *capture, struct bytes *body,
                                       struct packet *packet)
{
    uint32_t index = capture_u32(capture, body);
    return read_timed_packet(capture, index, body, packet);
}

static enum block read_obsolete_packet(struct capture *capture, struct bytes *body,
                                       struct packet *packet)
{
    uint16_t index = capture_u16(capture, body);
    bytes_skip(body, 2); /* drops since the packet before: statistics tell them in sum */
    return read_timed_packet(capture, index, body, packet);
}

static enum block read_simple_packet(struct capture *capture, struct bytes *body,
                                     struct packet *packet)
{
    const struct capture_interface *interface = find_interface(capture, 0);
    packet->length = capture_u32(capture, body);
    if (body->ran_out)
        return wrong(capture, "the packet block is too short");
    if (interface == NULL)
        return unknown_interface(capture, 0);

    /* The block tells no captured length: it follows from the interface's snaplen. */
    uint32_t captured = packet->length;
    if (interface->snaplen != 0 && captured > interface->snaplen)
        captured = interface->snaplen;
    if (!take_captured(capture, body, captured, packet))
        return BLOCK_STOP;
    packet->has_time = false;
    packet->time_ns = 0;
    packet->direction = PACKET_DIRECTION_UNKNOWN;
    capture_count(capture, capture->section_first, packet);
    return BLOCK_PACKET;
}

/* Counters grow from report to report: the last one of an interface replaces the others.
 */
static void replace(uint64_t *of_interface, uint64_t *sum, uint64_t value)
{
    *sum += value - *of_interface;
    *of_interface = value;
}

/* Statistics are a courtesy: where they are wrong, the packets are still right. */
static enum block read_statistics(struct capture *capture, struct bytes *body)
{
    struct capture_interface *interface =
        find_interface(capture, capture_u32(capture, body));
    struct capture_facts *facts = &capture->facts;
    struct option option;
    bytes_skip(body, 8); /* when they were taken */
    if (body->ran_out || interface == NULL)
        return BLOCK_SEEN;
    while (next_option(capture, body, &option)) {
        uint64_t value = capture_u64(capture, &option.value);
        if (option.value.ran_out)
            continue;
        if (option.code == STATISTICS_RECEIVED) {
            replace(&interface->received, &facts->received, value);
        } else if (option.code == STATISTICS_DROPPED) {
            replace(&interface->dropped, &facts->dropped, value);
            facts->has_drops = true;
        } else if (option.code == STATISTICS_DROPPED_BY_SYSTEM) {
            replace(&interface->dropped_by_system, &facts->dropped_by_system, value);
            facts->has_drops = true;
        }
    }
    return BLOCK_SEEN;
}

/* Section 4.7. Other kinds of secrets, and a text longer than its block, are passed over.
 */
static enum block read_secrets(struct capture *capture, struct bytes *body)
{
    uint32_t kind = capture_u32(capture, body);
    struct bytes text = bytes_take(body, capture_u32(capture, body));
    if (kind == SECRETS_TLS_KEY_LOG && !body->ran_out && capture->see_keylog != NULL)
        capture->see_keylog(capture->keylog_context, text);
    return BLOCK_SEEN;
}

static enum block read_block(struct capture *capture, uint32_t type, struct bytes *body,
                             struct packet *packet)
{
    switch (type) {
    case BLOCK_ENHANCED_PACKET:
        return read_enhanced_packet(capture, body, packet);
    case BLOCK_SIMPLE_PACKET:
        return read_simple_packet(capture, body, packet);
    case BLOCK_OBSOLETE_PACKET:
        return read_obsolete_packet(capture, body, packet);
    case BLOCK_INTERFACE:
        return read_interface(capture, body);
    case BLOCK_STATISTICS:
        return read_statistics(capture, body);
    case BLOCK_SECRETS:
        return read_secrets(capture, body);
    case BLOCK_SECTION_HEADER:
        return read_section_header(capture, body);
    case BLOCK_JOURNAL_ENTRY:
    case BLOCK_CUSTOM:
    case BLOCK_CUSTOM_NOT_COPIED:
        capture->frames++; /* Wireshark shows them as frames: numbers shall agree */
        return BLOCK_SEEN;
    default: /* names, keys, private blocks */
        return BLOCK_SEEN;
    }
}

/* The block type reads the same in both orders; the magic behind the length tells which.
 */
static bool read_byte_order(struct capture *capture)
{
    struct bytes in = bytes_of(capture->window.at, BLOCK_SIZE_MIN);
    bytes_skip(&in, BLOCK_HEADER_SIZE);
    uint32_t magic = bytes_u32(&in);
    capture->is_big_endian = magic == BYTE_ORDER_MAGIC;
    return capture->is_big_endian || __builtin_bswap32(magic) == BYTE_ORDER_MAGIC;
}

/* The size that the block at the window's start tells; 0 where the reading stops there.
 */
static uint32_t read_block_header(struct capture *capture, uint32_t *type)
{
    struct bytes in = bytes_of(capture->window.at, BLOCK_SIZE_MIN);
    *type = capture_u32(capture, &in);
    bool is_section = *type == BLOCK_SECTION_HEADER;
    if (is_section && !read_byte_order(capture)) {
        capture_stop_damaged(capture, "the section's byte order cannot be told");
        return 0;
    }
    uint32_t size = capture_u32(capture, &in);
    uint32_t least = is_section ? SECTION_HEADER_SIZE_MIN : BLOCK_SIZE_MIN;
    if (size >= least && size <= CAPTURE_BLOCK_MAX)
        return size;
    capture_stop_damaged(capture, "a block of %u bytes cannot be", size);
    return 0;
}

/* Shows the block's body; the block's two lengths agree. */
static bool show_body(struct capture *capture, uint32_t size, struct bytes *body)
{
    /* Early writers left the padding out of the length, though not out of the file. */
    size_t padded = size + ((size_t)-size & 3);
    if (!capture_has(capture, padded)) {
        capture_stop_short(capture, "a block");
        return false;
    }
    struct bytes trailer = bytes_of(capture->window.at, padded);
    bytes_skip(&trailer, padded - BLOCK_TRAILER_SIZE);
    uint32_t size_again = capture_u32(capture, &trailer);
    *body = bytes_of(capture->window.at, padded - BLOCK_TRAILER_SIZE);
    bytes_skip(body, BLOCK_HEADER_SIZE);
    if (size_again != size)
        capture_stop_damaged(capture,
                             "the block has %u bytes at its start, %u at its end", size,
                             size_again);
    return size_again == size;
}

static enum block next_block(struct capture *capture, struct packet *packet)
{
    uint32_t type = 0;
    struct bytes body;
    if (!capture_has(capture, BLOCK_SIZE_MIN)) {
        capture_stop_short(capture, "a block header");
        return BLOCK_STOP;
    }
    uint32_t size = read_block_header(capture, &type);
    if (size == 0 || !show_body(capture, size, &body))
        return BLOCK_STOP;
    packet->offset = capture_offset(capture);
    enum block became = read_block(capture, type, &body, packet);
    if (became != BLOCK_STOP)
        bytes_skip(&capture->window, size + ((size_t)-size & 3));
    return became;
}

static enum capture_next next_packet(struct capture *capture, struct packet *packet)
{
    enum block became;
    do {
        became = next_block(capture, packet);
    } while (became == BLOCK_SEEN);
    return became == BLOCK_PACKET ? CAPTURE_PACKET : capture->outcome;
}

bool capture_pcapng_open(struct capture *capture, struct error *error)
{
    struct packet none;
    capture->facts.format = "pcapng";
    capture->facts.variant = "";
    capture->next = next_packet;
    if (next_block(capture, &none) == BLOCK_SEEN)
        return true;
    error_set(error, "%s", capture->problem.text);
    return false;
}
