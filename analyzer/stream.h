/*
 * stream.h - the first bytes of one direction of a TCP connection, put back in order.
 *
 *     struct bytes ready = stream_see(stream, sequence, payload, wire_length);
 *     ... read messages from the front of `ready` ...
 *     stream_keep(stream, rest);   what was not used, for the next time
 *
 * Segments may come out of order, twice, with other boundaries and with bytes that
 * contradict each other: the first copy wins and the contradiction is noted. A stream
 * exists only for as long as a handshake lasts; its memory is capped, and that of all
 * streams together by a budget: beyond it a stream stops with STREAM_CAP.
 */
#ifndef O365LENS_ANALYZER_STREAM_H
#define O365LENS_ANALYZER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/bytes.h"

enum {
    STREAM_HELD_SEGMENTS = 64,      /* segments kept that wait for an earlier one */
    STREAM_HELD_BYTES = 131072,     /* their bytes, and those not yet used, together */
};

enum stream_stop {
    STREAM_RUNS,
    STREAM_GAP, /* bytes are missing that will not come: lost, or cut by a snap length */
    STREAM_CAP, /* more waits than may be kept */
};

/* What all streams of a worker together may keep; `used` is theirs to count. */
struct stream_budget {
    uint64_t used, most; /* bytes */
};

struct stream_segment;

struct stream {
    struct stream_budget *budget; /* NULL: none; borrowed */
    bool has_start;
    uint32_t next;              /* sequence number of the first byte not yet delivered */
    enum stream_stop stop;
    bool has_conflict;          /* two copies of a byte differed */
    uint32_t kept, kept_capacity; /* delivered but not used yet */
    uint8_t *kept_bytes;
    uint32_t held_count, held_bytes;
    struct stream_segment *held; /* sorted by sequence; owned */
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
 * STREAM_GAP.
 */
struct bytes stream_see(struct stream *stream, uint32_t sequence, struct bytes payload,
                        uint32_t wire_length);

/* Keeps `rest`, the end of what stream_see returned, for the next call. */
void stream_keep(struct stream *stream, struct bytes rest);

/* True where bytes after a hole wait. `peer_acknowledged`: the hole's bytes arrived at the
   other end, so that they are lost to this capture; the stream then stops. */
void stream_peer_acknowledged(struct stream *stream, uint32_t acknowledgement);

#endif
