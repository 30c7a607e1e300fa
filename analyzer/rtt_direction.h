/*
 * rtt_direction.h - what is outstanding in one direction of a TCP connection.
 *
 * Internal to rtt.c. Sequence numbers are compared by signed difference, so everything
 * holds across the wrap as long as no window exceeds 2^30 bytes (RFC 7323 section 2.3).
 * A direction is heap memory: rtt_direction_new, rtt_direction_free.
 */
#ifndef O365LENS_ANALYZER_RTT_DIRECTION_H
#define O365LENS_ANALYZER_RTT_DIRECTION_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RTT_OUTSTANDING_MAX = 256,
    RTT_HOLES_MAX = 16,
    RTT_WINDOW_MAX = 1 << 30,
    RTT_SMALLEST = 6, /* samples kept for the base RTT, strays among them */
    RTT_WAITING = 4,  /* samples that wait for their neighbour */
};

enum rtt_entry_flag {
    RTT_TAINTED = 1, /* a copy was sent, or may have released its acknowledgement */
    RTT_HELD = 2,    /* overtook an earlier segment: only an exact SACK edge may sample */
    RTT_SUPER = 4,   /* longer than a segment may be */
    RTT_ANSWERED = 8, /* has given its sample */
};

/* A segment that was seen and is not acknowledged yet. */
struct rtt_entry {
    int64_t time_ns;
    uint64_t frame;
    uint32_t end;    /* one past its last byte; SYN and FIN count one */
    uint16_t length; /* UINT16_MAX for all that is longer */
    uint8_t flags;   /* enum rtt_entry_flag */
};

/* Bytes that were skipped, and the segment that skipped them. */
struct rtt_hole {
    uint32_t left, right;
    int64_t opened_ns;
    uint32_t timestamp;
    uint16_t ip_id; /* 0: tells nothing */
    bool has_timestamp;
};

/* When another sample came, and how long it was; -1: there is none. */
struct rtt_neighbour {
    int64_t time_ns, sample_ns;
};

/* A sample that may be a receiver's timer. */
struct rtt_waiting {
    int64_t sample_ns, time_ns;
    uint64_t source_frame, reply_frame;
    struct rtt_neighbour before;
    uint8_t class; /* enum rtt_class */
};

struct rtt_direction {
    uint32_t right;   /* one past the highest byte seen */
    uint32_t left;    /* highest acknowledgement of the other side */
    uint32_t recover; /* where has_recover: nothing up to here is sampled, but by SACK */
    bool has_right, has_left, has_recover;
    bool is_probed; /* a zero-window probe of one byte was sent at `right` */
    bool has_window;
    uint16_t window;           /* last one advertised by the sender of this direction */
    uint16_t super_size;       /* payload above this is a super-frame */
    struct rtt_entry *entries; /* a ring, by rising end; owned */
    uint16_t first, count, capacity;
    uint8_t hole_count, smallest_count;
    struct rtt_hole *holes; /* by rising left; owned; NULL until first needed */
    struct rtt_hole late;   /* acknowledged before seen; empty where left == right */
    int64_t last_counted_ns, smoothed_ns;
    struct rtt_neighbour neighbour; /* the last sample that does not wait */
    struct rtt_waiting *waiting;    /* RTT_WAITING; owned; NULL until first needed */
    uint8_t waiting_count;
    int64_t smallest[RTT_SMALLEST]; /* of all samples, rising */
};

/* How far `to` is ahead of `from`; negative where it is behind. */
static inline int32_t sequence_distance(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

static inline struct rtt_entry *rtt_direction_entry(const struct rtt_direction *direction,
                                                    unsigned position)
{
    unsigned slot = (direction->first + position) & (direction->capacity - 1u);
    return &direction->entries[slot];
}

struct rtt_direction *rtt_direction_new(void);
void rtt_direction_free(struct rtt_direction *direction); /* NULL is fine */

/* Forgets everything outstanding: no later packet gives a sample of an earlier one. */
void rtt_direction_void(struct rtt_direction *direction);

/*
 * Adds an entry; one that ends before others goes between them. At RTT_OUTSTANDING_MAX
 * every second entry of the oldest half makes room.
 */
void rtt_direction_add(struct rtt_direction *direction, const struct rtt_entry *entry);

/* Sets `flag` on every entry that ends after `sequence`. */
void rtt_direction_flag_after(struct rtt_direction *direction, uint32_t sequence,
                              uint8_t flag);

/* The entry that ends exactly at `end`, or NULL. */
struct rtt_entry *rtt_direction_find(const struct rtt_direction *direction, uint32_t end);

/*
 * Removes every entry up to `acknowledgement`; the one of them that was seen last goes to
 * `newest`. Returns how many there were.
 */
unsigned rtt_direction_take(struct rtt_direction *direction, uint32_t acknowledgement,
                            struct rtt_entry *newest);

/* At RTT_HOLES_MAX the oldest hole is forgotten. */
void rtt_direction_open_hole(struct rtt_direction *direction,
                             const struct rtt_hole *hole);

/* The hole that holds all of [left, right), or NULL. */
const struct rtt_hole *rtt_direction_find_hole(const struct rtt_direction *direction,
                                               uint32_t left, uint32_t right);

/* Takes [left, right) out of the holes. Returns how many bytes of them were missing. */
uint32_t rtt_direction_fill(struct rtt_direction *direction, uint32_t left,
                            uint32_t right);

/*
 * Closes the holes below `acknowledgement`, which were acknowledged though never seen.
 * Adds their bytes to `bytes` and returns how many there were.
 */
unsigned rtt_direction_lose(struct rtt_direction *direction, uint32_t acknowledgement,
                            uint64_t *bytes);

/* Keeps a sample among the smallest. */
void rtt_direction_keep(struct rtt_direction *direction, int64_t sample_ns);

#endif
