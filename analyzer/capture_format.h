/*
 * capture_format.h - what capture.c, capture_pcap.c and capture_pcapng.c share; for them
 * alone.
 *
 * A format has an open function, which reads the file header and sets `next`, and a next
 * function. Both look at `window` after capture_has() promised enough bytes there, and
 * take from it what they are done with.
 */
#ifndef O365LENS_ANALYZER_CAPTURE_FORMAT_H
#define O365LENS_ANALYZER_CAPTURE_FORMAT_H

#include "analyzer/capture.h"

/* Clock ticks -> nanoseconds: ticks * multiplier / divisor, or ticks * 10^9 / 2^shift. */
struct capture_clock {
    uint64_t multiplier;
    uint64_t divisor;   /* 0: a tick is too short for 64 bits to hold even 1 ns */
    uint8_t shift;      /* 0: decimal */
    int64_t offset_ns;  /* added to each time */
    bool is_impossible; /* the offset alone is beyond what 64 bits of ns hold */
};

struct capture_interface {
    struct capture_clock clock;
    uint32_t snaplen; /* 0: not told */
    uint16_t link_type;
    uint8_t fcs_size;
    bool has_packets;
    uint64_t received, dropped, dropped_by_system; /* as last reported */
};

struct capture {
    enum capture_next (*next)(struct capture *capture, struct packet *packet);
    struct byte_source *source;
    struct bytes window; /* bytes at hand that were not taken yet */
    uint64_t window_end; /* offset behind the window */
    size_t window_size;  /* as the source gave it */
    bool is_big_endian;  /* file or section */
    size_t record_size;  /* pcap: of a packet's header */
    bool is_kuznetzov;
    uint16_t minor_version; /* pcap: old ones swap two fields */
    bool swaps_lengths;
    uint64_t frames; /* packets, and the blocks that Wireshark numbers with them */
    struct capture_interface *interfaces; /* of all sections; a pcap has one */
    uint32_t interface_capacity;
    uint32_t section_first; /* index of the section's first interface */
    void (*see_keylog)(void *context, struct bytes text); /* NULL: nobody wants them */
    void *keylog_context;
    enum capture_next outcome;
    struct error problem;
    struct capture_place problem_place;
    struct capture_facts facts;
};

bool capture_pcap_open(struct capture *capture, struct error *error);
bool capture_pcapng_open(struct capture *capture, struct error *error);

/* Makes at least `size` bytes stand in the window; false where the source has fewer. */
bool capture_refill(struct capture *capture, size_t size);

static inline bool capture_has(struct capture *capture, size_t size)
{
    return capture->window.left >= size || capture_refill(capture, size);
}

static inline uint64_t capture_offset(const struct capture *capture)
{
    return capture->window_end - capture->window.left;
}

static inline uint16_t capture_u16(const struct capture *capture, struct bytes *in)
{
    return capture->is_big_endian ? bytes_u16(in) : bytes_u16le(in);
}

static inline uint32_t capture_u32(const struct capture *capture, struct bytes *in)
{
    uint32_t value = bytes_u32(in);
    return capture->is_big_endian ? value : __builtin_bswap32(value);
}

static inline uint64_t capture_u64(const struct capture *capture, struct bytes *in)
{
    uint64_t value = bytes_u64(in);
    return capture->is_big_endian ? value : __builtin_bswap64(value);
}

/* The data end where `what` ("a packet") should stand: an end, a cut or a damage. */
enum capture_next capture_stop_short(struct capture *capture, const char *what);

/* The record at the window's start contradicts the format. */
enum capture_next capture_stop_damaged(struct capture *capture, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A new interface, zeroed but for link type and snaplen; NULL where there are too many.
 */
struct capture_interface *capture_add_interface(struct capture *capture,
                                                uint16_t link_type, uint32_t snaplen);

/* The clock of `exponent` as in pcapng's if_tsresol: 10^-n, or 2^-n with the high bit
 * set. */
void capture_set_clock(struct capture *capture, struct capture_interface *interface,
                       uint8_t exponent, int64_t offset_s);

/* Fills time_ns and has_time. */
void capture_set_time(const struct capture_clock *clock, uint64_t ticks,
                      struct packet *packet);

/* Counts the packet and fills what its interface says about it. */
void capture_count(struct capture *capture, uint32_t interface, struct packet *packet);

#endif
