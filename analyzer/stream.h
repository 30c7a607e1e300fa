/*
 * stream.h - the first bytes of one direction of a TCP connection, put back in order.
 *
 *     struct bytes ready = stream_see(stream, sequence, payload, wire_length);
 *     ... read messages from the front of `ready` ...
 *     stream_keep(stream, rest);   what was not used, for the next time
 *     while (stream->stop == STREAM_GAP)
 *         ready = stream_pass_gap(stream, &missing);   ... and read on, where that is
 * sound
 *
 * Segments may come out of order, twice, with other boundaries and with bytes that
 * contradict each other: of each byte the first copy wins, and the contradiction is
 * noted. A stream exists only for as long as a handshake lasts. What it keeps is capped,
 * that of all streams together by a budget (beyond it a stream stops with STREAM_CAP),
 * and how long it waits for missing bytes is counted in segments of its direction.
 */
#ifndef O365LENS_ANALYZER_STREAM_H
#define O365LENS_ANALYZER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/bytes.h"

enum {
    STREAM_HELD_SEGMENTS = 256,  /* segments kept that wait for an earlier one */
    STREAM_HELD_BYTES = 131072,  /* their bytes, and those not yet used, together */
    STREAM_PATIENCE = 256,       /* segments that come before a gap is given up */
    STREAM_PATIENCE_PROVEN = 64, /* the same, once the peer acknowledged the bytes */
    STREAM_START_SEGMENTS = 4,   /* segments of an unknown beginning that are kept */
    STREAM_UNKNOWN = INT32_MAX,
    STREAM_COPIES = 4, /* used segments that repeats are compared with */
};

enum stream_stop {
    STREAM_RUNS,
    STREAM_GAP, /* the next bytes will not come: lost, or cut by a snap length */
    STREAM_CAP, /* more waits than may be kept: nothing follows */
};

/* What all streams of a worker together may keep; `used` is theirs to count. */
struct stream_budget {
    uint64_t used, most; /* bytes */
};

struct stream_segment;

struct stream_copy { /* how a segment began that was used */
    uint32_t sequence, size, sum;
};

struct stream {
    struct stream_budget *budget; /* NULL: none; borrowed */
    bool has_start;
    uint32_t next; /* sequence number of the first byte not yet delivered */
    enum stream_stop stop;
    bool has_conflict;            /* two copies of a byte differed */
    bool is_loss_proven;          /* the peer acknowledged what the gap hides */
    uint32_t kept, kept_capacity; /* delivered but not used yet */
    uint8_t *kept_bytes;
    uint32_t held_count, held_bytes;
    struct stream_segment *held; /* sorted by sequence, without overlap; owned */
    uint32_t waited;             /* segments since the gap was met */
    bool is_one_by_one; /* held segments are delivered one a call: borders matter */
    bool is_cut;        /* a snap length cut what is before cut_end: */
    uint32_t cut_end;
    struct stream_copy copies[STREAM_COPIES];
    uint8_t copy_count; /* so far, modulo 256 */
};

/* A zeroed struct is an empty stream. Released, it holds no memory; what it was told and
   why it stopped stays. */
void stream_release(struct stream *stream);

/* The sequence number of the first byte: that of the SYN plus one. */
void stream_start(struct stream *stream, uint32_t sequence);

/*
 * Folds a segment in and returns all bytes that are in order and not used yet; the
 * window lives until the next call. `wire_length` above payload.left tells that the
 * capture cut the segment: what is there is delivered, then the stream stops with
 * STREAM_GAP. A stream without a start begins with this segment.
 */
struct bytes stream_see(struct stream *stream, uint32_t sequence, struct bytes payload,
                        uint32_t wire_length);

/* Keeps a segment of a stream whose start is not known. True where no more of them are to
   be kept: the earliest is to be taken for the start, with stream_begin. */
bool stream_await_start(struct stream *stream, uint32_t sequence, struct bytes payload,
                        uint32_t wire_length);

/* Starts at the earliest byte that is kept, and returns what is in order from there. */
struct bytes stream_begin(struct stream *stream);

/* Keeps `rest`, the end of what stream_see returned, for the next call. */
void stream_keep(struct stream *stream, struct bytes rest);

/* The other end has these bytes: a gap before `acknowledgement` is waited for no longer
   than disorder of the capture explains. */
void stream_peer_acknowledged(struct stream *stream, uint32_t acknowledgement);

/* Nothing more comes: what bytes wait for will not. */
void stream_end(struct stream *stream);

/* What follows at once where is_one_by_one is set; empty where nothing does. */
struct bytes stream_more(struct stream *stream);

/* How many bytes are missing where a stream stopped with STREAM_GAP; STREAM_UNKNOWN where
   so much was missed that nothing tells. */
uint32_t stream_gap_size(const struct stream *stream);

/* A snap length is why the next bytes are missing. */
bool stream_is_cut(const struct stream *stream);

/* Leaves the gap behind, and what was kept before it; returns what follows. Where the
   size is not known the stream has no start again. */
struct bytes stream_pass_gap(struct stream *stream);

#endif
