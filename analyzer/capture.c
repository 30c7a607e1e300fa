/* capture.c - draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng: what both formats
 * share. */
#include "analyzer/capture.h"

#include "analyzer/alloc.h"
#include "analyzer/capture_format.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_SNAPLEN = 262144, NS_DIGITS = 9, DIGITS_MAX = 19, BINARY_CLOCK = 0x80 };

static const int64_t ns_per_s = 1000000000;

/* A foreign format, told by bytes at a fixed place. */
static const struct signature {
    size_t offset, size;
    const char *bytes;
    const char *name;
} signatures[] = {
    { 0, 4, "PK\3\4", "a ZIP archive" },
    { 0, 4, "PK\5\6", "an empty ZIP archive" },
    { 0, 6, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive" },
    { 0, 6,
      "\xfd"
      "7zXZ\0",
      "xz-compressed data" },
    { 0, 3, "BZh", "bzip2-compressed data" },
    { 0, 4, "\x04\x22\x4d\x18", "LZ4-compressed data" },
    { 0, 2, "\x1f\x8b", "gzip-compressed data" },
    { 0, 4, "\x28\xb5\x2f\xfd", "zstd-compressed data" },
    { 0, 6, "Rar!\x1a\x07", "a RAR archive" },
    { 0, 4, "MSCF", "a cabinet archive, as netsh trace writes beside its .etl" },
    { 257, 5, "ustar", "a tar archive" },
    { 0, 4, "RTSS", "a Microsoft Network Monitor 1 capture" },
    { 0, 4, "GMBU", "a Microsoft Network Monitor 2 capture" },
    { 72, 4, "\2\0\1\xc0", "a Windows event trace (ETL)" },
    { 72, 4, "\2\0\2\xc0", "a Windows event trace (ETL)" },
    { 0, 8, "snoop\0\0\0", "a snoop capture" },
    { 0, 9, "iptrace 1", "an AIX iptrace capture" },
    { 0, 9, "iptrace 2", "an AIX iptrace capture" },
    { 0, 17, "TRSNIFF data    \x1a", "a Sniffer capture" },
    { 0, 4, "XCP\0", "a NetXRay or Sniffer capture" },
    { 0, 4, "\x7fver", "an EtherPeek or OmniPeek capture" },
    { 0, 4,
      "\x7f"
      "ELF",
      "a program" },
    { 0, 2, "MZ", "a Windows program" },
    { 0, 5, "%PDF-", "a PDF document" },
    { 0, 15, "SQLite format 3", "a SQLite database" },
    { 0, 5, "<?xml", "an XML document" },
    { 0, 1, "{", "a JSON document" },
};

static const char *looks_like_what(struct bytes first)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        struct bytes place = first;
        bytes_skip(&place, signatures[i].offset);
        if (bytes_start_with(place, signatures[i].bytes, signatures[i].size))
            return signatures[i].name;
    }
    return NULL;
}

enum capture_kind capture_recognise(struct bytes first, const char **looks_like)
{
    struct bytes in = first;
    uint32_t magic = bytes_u32(&in);
    *looks_like = NULL;
    switch (magic) {
    case 0xa1b2c3d4:
    case 0xd4c3b2a1:
    case 0xa1b23c4d:
    case 0x4d3cb2a1:
    case 0xa1b2cd34:
    case 0x34cdb2a1:
        return CAPTURE_KIND_PCAP;
    case 0x0a0d0d0a:
        return CAPTURE_KIND_PCAPNG;
    default:
        *looks_like = looks_like_what(first);
        return CAPTURE_KIND_NONE;
    }
}

bool capture_refill(struct capture *capture, size_t size)
{
    byte_source_consume(capture->source, capture->window_size - capture->window.left);
    bool is_enough = byte_source_need(capture->source, size, &capture->window);
    capture->window_size = capture->window.left;
    capture->window_end =
        byte_source_facts(capture->source)->consumed_bytes + capture->window_size;
    return is_enough;
}

static enum capture_next stay(struct capture *capture, struct packet *packet)
{
    (void)packet;
    return capture->outcome;
}

static enum capture_next stop(struct capture *capture, enum capture_next outcome)
{
    capture->outcome = outcome;
    capture->next = stay;
    return outcome;
}

/* "a.pcap: frame 7, byte 1234: REASON"; the frame is the one that would have come next.
 */
static void tell(struct capture *capture, const char *reason)
{
    bool is_plain = byte_source_facts(capture->source)->compression == BYTE_SOURCE_PLAIN;
    capture->problem_place =
        (struct capture_place){ capture_offset(capture), capture->frames + 1 };
    error_set(&capture->problem, "%s: frame %" PRIu64 ", byte %" PRIu64 "%s: %s",
              byte_source_name(capture->source), capture->frames + 1,
              capture_offset(capture), is_plain ? "" : " (decompressed)", reason);
}

enum capture_next capture_stop_short(struct capture *capture, const char *what)
{
    enum byte_source_state state = byte_source_state(capture->source);
    char reason[sizeof capture->problem.text];
    if (state == BYTE_SOURCE_TRUNCATED || state == BYTE_SOURCE_DAMAGED) {
        error_set(&capture->problem, "%s (after frame %" PRIu64 ")",
                  byte_source_problem(capture->source)->text, capture->frames);
        capture->problem_place =
            (struct capture_place){ byte_source_facts(capture->source)->problem_byte,
                                    capture->frames + 1 };
        return stop(capture,
                    state == BYTE_SOURCE_TRUNCATED ? CAPTURE_TRUNCATED : CAPTURE_DAMAGED);
    }
    if (capture->window.left == 0)
        return stop(capture, CAPTURE_END);
    snprintf(reason, sizeof reason, "the file ends %zu bytes into %s",
             capture->window.left, what);
    tell(capture, reason);
    return stop(capture, CAPTURE_TRUNCATED);
}

enum capture_next capture_stop_damaged(struct capture *capture, const char *format, ...)
{
    char reason[sizeof capture->problem.text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    tell(capture, reason);
    return stop(capture, CAPTURE_DAMAGED);
}

struct capture_interface *capture_add_interface(struct capture *capture,
                                                uint16_t link_type, uint32_t snaplen)
{
    struct capture_facts *facts = &capture->facts;
    if (facts->interfaces == CAPTURE_INTERFACES_MAX)
        return NULL;
    if (facts->interfaces == capture->interface_capacity) {
        capture->interface_capacity = 2 * capture->interface_capacity + 4;
        capture->interfaces =
            alloc_resize(capture->interfaces, capture->interface_capacity,
                         sizeof *capture->interfaces);
    }
    struct capture_interface *interface = &capture->interfaces[facts->interfaces++];
    *interface = (struct capture_interface){ .link_type = link_type, .snaplen = snaplen };

    uint32_t told = snaplen != 0 ? snaplen : DEFAULT_SNAPLEN;
    if (told > facts->snaplen_max)
        facts->snaplen_max = told;
    return interface;
}

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static struct capture_clock decimal_clock(unsigned exponent)
{
    struct capture_clock clock = { .multiplier = 1, .divisor = 1 };
    if (exponent <= NS_DIGITS)
        clock.multiplier = power_of_ten(NS_DIGITS - exponent);
    else if (exponent - NS_DIGITS <= DIGITS_MAX)
        clock.divisor = power_of_ten(exponent - NS_DIGITS);
    else
        clock.divisor = 0;
    return clock;
}

void capture_set_clock(struct capture *capture, struct capture_interface *interface,
                       uint8_t exponent, int64_t offset_s)
{
    unsigned digits = exponent & ~(unsigned)BINARY_CLOCK;
    bool is_binary = (exponent & BINARY_CLOCK) != 0 && digits > 0;
    struct capture_clock *clock = &interface->clock;

    *clock = is_binary ? (struct capture_clock){ .shift = (uint8_t)digits }
                       : decimal_clock(digits);
    clock->is_impossible = __builtin_mul_overflow(offset_s, ns_per_s, &clock->offset_ns);

    uint64_t step_ns = clock->multiplier;
    if (is_binary)
        step_ns = digits < 30 ? (uint64_t)ns_per_s >> digits : 1;
    if (step_ns > capture->facts.resolution_ns)
        capture->facts.resolution_ns = step_ns;
}

/* fraction * 10^9 / 2^shift in two halves, since the product has up to 94 bits. */
static uint64_t binary_fraction_ns(uint64_t fraction, unsigned shift)
{
    if (shift <= 32)
        return fraction * (uint64_t)ns_per_s >> shift;
    uint64_t low = (fraction & UINT32_MAX) * (uint64_t)ns_per_s;
    uint64_t high = (fraction >> 32) * (uint64_t)ns_per_s + (low >> 32);
    return shift - 32 < 64 ? high >> (shift - 32) : 0;
}

/* False where the time is beyond what 64 bits of nanoseconds hold. */
static bool ticks_to_ns(const struct capture_clock *clock, uint64_t ticks, uint64_t *ns)
{
    if (clock->shift == 0) {
        *ns = clock->divisor == 1 ? ticks : 0;
        if (clock->divisor > 1)
            *ns = ticks / clock->divisor;
        return !__builtin_mul_overflow(*ns, clock->multiplier, ns);
    }
    uint64_t seconds = clock->shift < 64 ? ticks >> clock->shift : 0;
    uint64_t fraction =
        clock->shift < 64 ? ticks & ((UINT64_C(1) << clock->shift) - 1) : ticks;
    return !__builtin_mul_overflow(seconds, (uint64_t)ns_per_s, ns) &&
           !__builtin_add_overflow(*ns, binary_fraction_ns(fraction, clock->shift), ns);
}

void capture_set_time(const struct capture_clock *clock, uint64_t ticks,
                      struct packet *packet)
{
    uint64_t ns = 0;
    packet->has_time = !clock->is_impossible && ticks_to_ns(clock, ticks, &ns) &&
                       !__builtin_add_overflow(ns, clock->offset_ns, &packet->time_ns);
    if (!packet->has_time)
        packet->time_ns = 0;
}

static void note_link_type(struct capture_facts *facts, uint16_t link_type)
{
    for (uint32_t i = 0; i < facts->link_type_count; i++)
        if (facts->link_types[i] == link_type)
            return;
    if (facts->link_type_count < CAPTURE_LINK_TYPES_MAX)
        facts->link_types[facts->link_type_count++] = link_type;
}

void capture_count(struct capture *capture, uint32_t index, struct packet *packet)
{
    struct capture_interface *interface = &capture->interfaces[index];
    if (!interface->has_packets)
        note_link_type(&capture->facts, interface->link_type);
    interface->has_packets = true;
    packet->interface = index;
    packet->link_type = interface->link_type;
    packet->fcs_size = interface->fcs_size;
    packet->number = ++capture->frames;
    capture->facts.packets++;
    if (packet->length < packet->captured.left)
        packet->length = (uint32_t)packet->captured.left;
}

static bool refuse(struct capture *capture, const char *looks_like, struct error *error)
{
    const char *name = byte_source_name(capture->source);
    if (looks_like != NULL)
        error_set(error, "%s: not a capture: looks like %s", name, looks_like);
    else if (byte_source_problem(capture->source)->text[0] != '\0')
        error_set(error, "%s", byte_source_problem(capture->source)->text);
    else if (capture->window.left == 0)
        error_set(error, "%s: not a capture: the file is empty", name);
    else
        error_set(error, "%s: not a capture", name);
    return false;
}

static bool open_format(struct capture *capture, struct error *error)
{
    const char *looks_like = NULL;
    capture_refill(capture, CAPTURE_RECOGNISE_SIZE); /* short captures have fewer */
    switch (capture_recognise(capture->window, &looks_like)) {
    case CAPTURE_KIND_PCAP:
        return capture_pcap_open(capture, error);
    case CAPTURE_KIND_PCAPNG:
        return capture_pcapng_open(capture, error);
    default:
        return refuse(capture, looks_like, error);
    }
}

struct capture *capture_open(struct byte_source *source, struct error *error)
{
    struct capture *capture = alloc_zeroed(1, sizeof *capture);
    capture->source = source;
    if (open_format(capture, error))
        return capture;
    capture_close(capture);
    return NULL;
}

void capture_close(struct capture *capture)
{
    if (capture == NULL)
        return;
    free(capture->interfaces);
    free(capture);
}

void capture_set_keylog_tap(struct capture *capture,
                            void (*see)(void *context, struct bytes text), void *context)
{
    capture->see_keylog = see;
    capture->keylog_context = context;
}

enum capture_next capture_next(struct capture *capture, struct packet *packet)
{
    return capture->next(capture, packet);
}

const struct error *capture_problem(const struct capture *capture)
{
    return &capture->problem;
}

struct capture_place capture_problem_place(const struct capture *capture)
{
    return capture->problem_place;
}

const struct capture_facts *capture_facts(const struct capture *capture)
{
    return &capture->facts;
}
