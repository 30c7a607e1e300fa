/* stream.c - reassembly of RFC 9293 section 3.4 sequence space, for handshakes only. */
#include "analyzer/stream.h"

#include <stdlib.h>

#include "analyzer/alloc.h"

struct stream_segment {
    uint32_t sequence, size;
    uint8_t *bytes;
};

static int32_t distance(uint32_t from, uint32_t to)
{
    return (int32_t)(to - from);
}

/* True, and counted, where so many bytes more may be kept. */
static bool take_budget(struct stream *stream, uint64_t size)
{
    struct stream_budget *budget = stream->budget;
    if (budget == NULL)
        return true;
    if (budget->used + size > budget->most) {
        stream->stop = STREAM_CAP;
        return false;
    }
    budget->used += size;
    return true;
}

static void give_budget(struct stream *stream, uint64_t size)
{
    if (stream->budget != NULL)
        stream->budget->used -= size;
}

static void drop_held(struct stream *stream)
{
    give_budget(stream, stream->held_bytes);
    for (uint32_t i = 0; i < stream->held_count; i++)
        free(stream->held[i].bytes);
    free(stream->held);
    stream->held = NULL;
    stream->held_count = 0;
    stream->held_bytes = 0;
}

void stream_release(struct stream *stream)
{
    drop_held(stream);
    give_budget(stream, stream->kept_capacity);
    free(stream->kept_bytes);
    *stream = (struct stream){ .budget = stream->budget,
                               .stop = stream->stop,
                               .has_conflict = stream->has_conflict };
}

void stream_start(struct stream *stream, uint32_t sequence)
{
    if (stream->has_start)
        return;
    stream->has_start = true;
    stream->next = sequence;
}

static void append_kept(struct stream *stream, const uint8_t *bytes, uint32_t size)
{
    if (size == 0)
        return;
    if (stream->kept + size > stream->kept_capacity) {
        uint32_t capacity = stream->kept_capacity == 0 ? 2048 : stream->kept_capacity;
        while (capacity < stream->kept + size)
            capacity *= 2;
        if (!take_budget(stream, capacity - stream->kept_capacity))
            return;
        stream->kept_bytes = alloc_resize(stream->kept_bytes, capacity, 1);
        stream->kept_capacity = capacity;
    }
    memcpy(stream->kept_bytes + stream->kept, bytes, size);
    stream->kept += size;
}

/* Bytes that came twice: do they agree with what is still kept of the first copy? */
static void compare_with_kept(struct stream *stream, uint32_t sequence,
                              struct bytes again)
{
    uint32_t kept_start = stream->next - stream->kept;
    for (size_t i = 0; i < again.left; i++) {
        uint32_t at = sequence + (uint32_t)i;
        int32_t offset = distance(kept_start, at);
        if (offset >= 0 && (uint32_t)offset < stream->kept &&
            stream->kept_bytes[offset] != again.at[i])
            stream->has_conflict = true;
    }
}

/* A segment beyond a hole is kept, sorted; a later copy of the same start is dropped
   unless it reaches further, since the first copy wins byte by byte on delivery. */
static void hold(struct stream *stream, uint32_t sequence, struct bytes payload)
{
    uint32_t at = stream->held_count;
    while (at > 0 && distance(stream->held[at - 1].sequence, sequence) < 0)
        at--;
    if (at > 0 && stream->held[at - 1].sequence == sequence &&
        stream->held[at - 1].size >= payload.left)
        return;
    if (stream->held_count == STREAM_HELD_SEGMENTS ||
        stream->held_bytes + payload.left + stream->kept > STREAM_HELD_BYTES) {
        stream->stop = STREAM_CAP;
        return;
    }
    if (!take_budget(stream, payload.left))
        return;
    stream->held =
        alloc_resize(stream->held, stream->held_count + 1, sizeof *stream->held);
    memmove(&stream->held[at + 1], &stream->held[at],
            (stream->held_count - at) * sizeof *stream->held);
    uint8_t *copy = alloc_zeroed(payload.left, 1);
    memcpy(copy, payload.at, payload.left);
    stream->held[at] = (struct stream_segment){ .sequence = sequence,
                                                .size = (uint32_t)payload.left,
                                                .bytes = copy };
    stream->held_count++;
    stream->held_bytes += (uint32_t)payload.left;
}

/* Moves held segments that now follow on behind the kept bytes, in order of arrival among
   those that overlap: the list keeps earlier arrivals first for equal starts. */
static void deliver_held(struct stream *stream)
{
    uint32_t used = 0;
    while (used < stream->held_count &&
           distance(stream->held[used].sequence, stream->next) >= 0) {
        struct stream_segment *segment = &stream->held[used++];
        uint32_t known = stream->next - segment->sequence;
        struct bytes bytes = bytes_of(segment->bytes, segment->size);
        struct bytes again = bytes_take_at_most(&bytes, known);
        compare_with_kept(stream, segment->sequence, again);
        append_kept(stream, bytes.at, (uint32_t)bytes.left);
        stream->next += (uint32_t)bytes.left;
        stream->held_bytes -= segment->size;
        give_budget(stream, segment->size);
        free(segment->bytes);
    }
    if (used == 0)
        return;
    stream->held_count -= used;
    memmove(stream->held, stream->held + used, stream->held_count * sizeof *stream->held);
}

static struct bytes all_kept(const struct stream *stream)
{
    return bytes_of(stream->kept_bytes, stream->kept);
}

struct bytes stream_see(struct stream *stream, uint32_t sequence, struct bytes payload,
                        uint32_t wire_length)
{
    if (stream->stop != STREAM_RUNS)
        return bytes_of(NULL, 0);
    stream_start(stream, sequence);
    int32_t ahead = distance(stream->next, sequence);
    if (ahead > 0) {
        hold(stream, sequence, payload);
        return bytes_of(NULL, 0);
    }
    struct bytes fresh = payload;
    struct bytes again = bytes_take_at_most(&fresh, (size_t) - (int64_t)ahead);
    compare_with_kept(stream, sequence, again);
    bool is_cut =
        wire_length > payload.left && distance(stream->next, sequence + wire_length) > 0;
    stream->next += (uint32_t)fresh.left;
    if (is_cut)
        stream->stop = STREAM_GAP;
    /* The usual case: nothing waits, so the packet itself is the window. */
    if (stream->kept == 0 && stream->held_count == 0)
        return fresh;
    append_kept(stream, fresh.at, (uint32_t)fresh.left);
    if (!is_cut)
        deliver_held(stream);
    if (stream->kept > STREAM_HELD_BYTES)
        stream->stop = STREAM_CAP;
    return all_kept(stream);
}

void stream_keep(struct stream *stream, struct bytes rest)
{
    if (stream->kept > 0) {
        /* `rest` is the end of our own buffer. */
        memmove(stream->kept_bytes, stream->kept_bytes + (stream->kept - rest.left),
                rest.left);
        stream->kept = (uint32_t)rest.left;
        return;
    }
    append_kept(stream, rest.at, (uint32_t)rest.left);
}

void stream_peer_acknowledged(struct stream *stream, uint32_t acknowledgement)
{
    if (stream->stop == STREAM_RUNS && stream->held_count > 0 &&
        distance(stream->held[0].sequence, acknowledgement) > 0)
        stream->stop = STREAM_GAP;
}
