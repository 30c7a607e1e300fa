/*
 * capture.h - the packets of a pcap or pcapng capture, in the order of the file.
 *
 * Formats: pcap in both byte orders with microseconds or nanoseconds, and Kuznetzov's
 * variant (draft-ietf-opsawg-pcap); pcapng with any number of sections, byte orders,
 * interfaces and link types (draft-ietf-opsawg-pcapng).
 *
 *     struct capture *capture = capture_open(source, &error);
 *     struct packet packet;
 *     enum capture_next next;
 *     while ((next = capture_next(capture, &packet)) == CAPTURE_PACKET)
 *         see(&packet);
 *     if (next != CAPTURE_END)
 *         error_print(capture_problem(capture));
 *     capture_close(capture);
 *
 * A length that cannot be ends the reading: nothing is guessed about where the next
 * packet might begin. The problem is a sentence with file name, frame number, byte offset
 * (after decompression) and reason. The source stays the caller's.
 */
#ifndef O365LENS_ANALYZER_CAPTURE_H
#define O365LENS_ANALYZER_CAPTURE_H

#include "analyzer/byte_source.h"
#include "analyzer/error.h"
#include "analyzer/packet.h"

enum {
    CAPTURE_PACKET_MAX = (256 << 10) + (4 << 10), /* captured bytes of one packet */
    CAPTURE_BLOCK_MAX = 16 << 20,                 /* bytes of one pcapng block */
    CAPTURE_INTERFACES_MAX = 65536,               /* over all sections of a file */
    CAPTURE_LINK_TYPES_MAX = 64,
    CAPTURE_RECOGNISE_SIZE = 512, /* what capture_recognise() wants to see, at most */
};

enum capture_next {
    CAPTURE_PACKET,
    CAPTURE_END,       /* read whole */
    CAPTURE_TRUNCATED, /* right so far; the file ends within a packet or a block */
    CAPTURE_DAMAGED,   /* something contradicts the format; reading stopped there */
};

enum capture_kind { CAPTURE_KIND_NONE, CAPTURE_KIND_PCAP, CAPTURE_KIND_PCAPNG };

/* What was met so far; whole once capture_next() gave something else than a packet. */
struct capture_facts {
    const char *format;   /* "pcap" or "pcapng" */
    const char *variant;  /* "microseconds", "nanoseconds", "Kuznetzov"; "" for pcapng */
    uint64_t packets;     /* given so far */
    uint32_t sections;    /* of a pcapng; 1 for a pcap */
    uint32_t interfaces;  /* described, with or without packets */
    uint32_t snaplen_max; /* over the interfaces; where none is told, 262144 */
    uint64_t resolution_ns; /* the coarsest clock step of an interface, at least 1 */
    uint16_t link_types[CAPTURE_LINK_TYPES_MAX]; /* of packets, in order of appearance */
    uint32_t link_type_count;
    bool has_drops;    /* the capturing program told how much it lost: */
    uint64_t received; /* by the interfaces, their last reports summed up */
    uint64_t dropped;  /* by the interfaces, for want of room */
    uint64_t dropped_by_system;
};

struct capture;

/* The format by its first bytes. For NONE, `looks_like` is what else it is ("a ZIP
   archive") or NULL where that is not known either. */
enum capture_kind capture_recognise(struct bytes first, const char **looks_like);

/* NULL where the source is no capture, or its file header is cut or wrong. */
struct capture *capture_open(struct byte_source *source, struct error *error);
void capture_close(struct capture *capture); /* NULL is nothing to close */

/* `see` is shown each TLS key log that a pcapng holds, as its block is reached. */
void capture_set_keylog_tap(struct capture *capture,
                            void (*see)(void *context, struct bytes text), void *context);

/* After the first other result than CAPTURE_PACKET it stays with that result. */
enum capture_next capture_next(struct capture *capture, struct packet *packet);

const struct error *capture_problem(const struct capture *capture); /* "" if none */

/* Where it was found: what the sentence tells, in numbers. */
struct capture_place {
    uint64_t offset; /* byte of the stored file, or of what was decompressed from it */
    uint64_t frame;  /* that would have come next; 0: no problem */
};
struct capture_place capture_problem_place(const struct capture *capture);
const struct capture_facts *capture_facts(const struct capture *capture);

#endif
