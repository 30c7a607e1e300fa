/* stream.c - reassembly of RFC 9293 section 3.4 sequence space, for handshakes only. */
#include "analyzer/stream.h"

#include <stdlib.h>

#include "analyzer/alloc.h"

enum { COMPARED_SIZE = 64, KEEP_ALIVE_SIZE = 1 };

struct stream_segment {
    uint32_t sequence, size;
    uint32_t cut; /* bytes behind it that a snap length cut off */
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
                               .has_start = stream->has_start,
                               .next = stream->next,
                               .stop = stream->stop,
                               .has_conflict = stream->has_conflict };
}

/* What was kept while the start was not known, and is not of this stream. */
static void drop_before(struct stream *stream, uint32_t sequence)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < stream->held_count; i++) {
        struct stream_segment *held = &stream->held[i];
        int32_t ahead = distance(sequence, held->sequence);
        if (ahead >= 0 && ahead < STREAM_HELD_BYTES) {
            stream->held[left++] = *held;
            continue;
        }
        stream->held_bytes -= held->size;
        give_budget(stream, held->size);
        free(held->bytes);
    }
    stream->held_count = left;
}

void stream_start(struct stream *stream, uint32_t sequence)
{
    if (stream->has_start)
        return;
    stream->has_start = true;
    stream->next = sequence;
    drop_before(stream, sequence);
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

/* How a segment begins, in short (FNV-1a). */
static struct stream_copy copy_of(uint32_t sequence, struct bytes payload)
{
    struct stream_copy copy = { sequence, (uint32_t)payload.left, 2166136261u };
    if (copy.size > COMPARED_SIZE)
        copy.size = COMPARED_SIZE;
    for (uint32_t i = 0; i < copy.size; i++)
        copy.sum = (copy.sum ^ bytes_peek(payload, i)) * 16777619u;
    return copy;
}

/*
 * Bytes that came twice: do they agree with the first copy? Of what was used already only
 * the beginnings of the last segments are known. The one byte of a keep-alive is anything
 * (RFC 1122 section 4.2.3.6).
 */
static void compare_with_used(struct stream *stream, uint32_t sequence,
                              struct bytes payload, struct bytes again)
{
    if (payload.left <= KEEP_ALIVE_SIZE)
        return;
    uint32_t kept_start = stream->next - stream->kept;
    for (size_t i = 0; i < again.left; i++) {
        int32_t offset = distance(kept_start, sequence + (uint32_t)i);
        if (offset >= 0 && (uint32_t)offset < stream->kept &&
            stream->kept_bytes[offset] != again.at[i])
            stream->has_conflict = true;
    }
    struct stream_copy copy = copy_of(sequence, payload);
    for (unsigned i = 0; i < STREAM_COPIES && i < stream->copy_count; i++) {
        const struct stream_copy *first = &stream->copies[i];
        if (first->sequence == copy.sequence && first->size == copy.size &&
            first->sum != copy.sum)
            stream->has_conflict = true;
    }
}

static void note_used(struct stream *stream, uint32_t sequence, struct bytes payload)
{
    stream->copies[stream->copy_count % STREAM_COPIES] = copy_of(sequence, payload);
    stream->copy_count++;
    if (stream->copy_count == 0)
        stream->copy_count = STREAM_COPIES;
}

static void compare_with_held(struct stream *stream, const uint8_t *first,
                              struct bytes again)
{
    if (again.left > 0 && memcmp(first, again.at, again.left) != 0)
        stream->has_conflict = true;
}

static bool insert_held(struct stream *stream, uint32_t at, uint32_t sequence,
                        struct bytes part)
{
    if (stream->held_count == STREAM_HELD_SEGMENTS ||
        stream->held_bytes + part.left + stream->kept > STREAM_HELD_BYTES) {
        stream->stop = STREAM_GAP; /* so much came since: what is missing will not */
        return false;
    }
    if (!take_budget(stream, part.left))
        return false;
    stream->held =
        alloc_resize(stream->held, stream->held_count + 1, sizeof *stream->held);
    memmove(&stream->held[at + 1], &stream->held[at],
            (stream->held_count - at) * sizeof *stream->held);
    uint8_t *copy = alloc_zeroed(part.left, 1);
    memcpy(copy, part.at, part.left);
    stream->held[at] = (struct stream_segment){ .sequence = sequence,
                                                .size = (uint32_t)part.left,
                                                .bytes = copy };
    stream->held_count++;
    stream->held_bytes += (uint32_t)part.left;
    return true;
}

/* Of a segment beyond a gap those bytes are kept that no earlier arrival brought. */
static void hold(struct stream *stream, uint32_t sequence, struct bytes payload,
                 uint32_t cut)
{
    for (uint32_t i = 0; payload.left > 0; i++) {
        struct stream_segment *held = i < stream->held_count ? &stream->held[i] : NULL;
        if (held != NULL && distance(sequence, held->sequence + held->size) <= 0)
            continue;
        if (held != NULL && distance(sequence, held->sequence) <= 0) {
            uint32_t offset = sequence - held->sequence;
            struct bytes again = bytes_take_at_most(&payload, held->size - offset);
            compare_with_held(stream, held->bytes + offset, again);
            sequence += (uint32_t)again.left;
        } else {
            size_t room = held == NULL ? payload.left : held->sequence - sequence;
            struct bytes part = bytes_take_at_most(&payload, room);
            if (!insert_held(stream, i, sequence, part))
                return;
            sequence += (uint32_t)part.left;
            if (payload.left == 0)
                stream->held[i].cut = cut;
        }
    }
}

static void note_cut(struct stream *stream, uint32_t end)
{
    if (distance(stream->next, end) <= 0)
        return;
    stream->is_cut = true;
    stream->cut_end = end;
}

/*
 * Moves `fresh`, which begins at the next byte, behind the kept bytes, and with it all
 * held segments that follow on. What is held came earlier: where both have a byte, the
 * held one counts.
 */
static void deliver(struct stream *stream, struct bytes fresh)
{
    uint32_t used = 0, start = stream->next;
    for (;;) {
        struct stream_segment *held =
            used < stream->held_count ? &stream->held[used] : NULL;
        size_t room = held == NULL ? fresh.left : held->sequence - stream->next;
        struct bytes part = bytes_take_at_most(&fresh, room);
        append_kept(stream, part.at, (uint32_t)part.left);
        stream->next += (uint32_t)part.left;
        if (held == NULL || held->sequence != stream->next)
            break;
        if (stream->is_one_by_one && fresh.left == 0 && stream->next != start)
            break;
        compare_with_held(stream, held->bytes, bytes_take_at_most(&fresh, held->size));
        append_kept(stream, held->bytes, held->size);
        stream->next += held->size;
        note_cut(stream, stream->next + held->cut);
        stream->held_bytes -= held->size;
        give_budget(stream, held->size);
        free(held->bytes);
        used++;
    }
    if (used == 0)
        return;
    stream->waited = 0;
    stream->is_loss_proven = false;
    stream->held_count -= used;
    memmove(stream->held, stream->held + used, stream->held_count * sizeof *stream->held);
}

/* A cut that nothing filled is a gap at once. */
static struct bytes all_kept(struct stream *stream)
{
    if (stream->stop == STREAM_RUNS && stream->is_cut &&
        distance(stream->next, stream->cut_end) > 0)
        stream->stop = STREAM_GAP;
    if (stream->kept > STREAM_HELD_BYTES)
        stream->stop = STREAM_CAP;
    return bytes_of(stream->kept_bytes, stream->kept);
}

static void wait_longer(struct stream *stream)
{
    uint32_t most = stream->is_loss_proven ? STREAM_PATIENCE_PROVEN : STREAM_PATIENCE;
    if (stream->stop == STREAM_RUNS && ++stream->waited > most)
        stream->stop = STREAM_GAP;
}

struct bytes stream_see(struct stream *stream, uint32_t sequence, struct bytes payload,
                        uint32_t wire_length)
{
    uint32_t cut = wire_length > payload.left ? wire_length - (uint32_t)payload.left : 0;
    if (stream->stop != STREAM_RUNS)
        return bytes_of(NULL, 0);
    stream_start(stream, sequence);
    int32_t ahead = distance(stream->next, sequence);
    if (ahead > 0) {
        if (ahead < STREAM_HELD_BYTES)
            hold(stream, sequence, payload, cut);
        wait_longer(stream);
        if (stream->held_count > 0 && stream->held[0].sequence == stream->next) {
            deliver(stream, bytes_of(NULL, 0)); /* came before the start was known */
            return all_kept(stream);
        }
        return bytes_of(NULL, 0);
    }
    struct bytes fresh = payload;
    struct bytes again = bytes_take_at_most(&fresh, (size_t) - (int64_t)ahead);
    if (ahead < 0)
        compare_with_used(stream, sequence, payload, again);
    if (fresh.left > 0 || cut > 0)
        note_used(stream, sequence, payload);
    /* The usual case: nothing waits, so the packet itself is the window. */
    if (stream->kept == 0 && stream->held_count == 0) {
        stream->next += (uint32_t)fresh.left;
        stream->waited = fresh.left > 0 ? 0 : stream->waited;
        note_cut(stream, sequence + wire_length);
        (void)all_kept(stream);
        return fresh;
    }
    if (fresh.left > 0)
        deliver(stream, fresh);
    else if (stream->held_count > 0)
        wait_longer(stream);
    if (cut > 0)
        note_cut(stream, sequence + wire_length);
    return all_kept(stream);
}

bool stream_await_start(struct stream *stream, uint32_t sequence, struct bytes payload,
                        uint32_t wire_length)
{
    uint32_t cut = wire_length > payload.left ? wire_length - (uint32_t)payload.left : 0;
    int32_t apart =
        stream->held_count == 0 ? 0 : distance(stream->held[0].sequence, sequence);
    if (apart > -STREAM_HELD_BYTES && apart < STREAM_HELD_BYTES)
        hold(stream, sequence, payload, cut);
    bool is_full = stream->stop == STREAM_GAP;
    if (is_full)
        stream->stop = STREAM_RUNS;
    return ++stream->waited >= STREAM_START_SEGMENTS || is_full;
}

struct bytes stream_begin(struct stream *stream)
{
    if (stream->stop != STREAM_RUNS || stream->held_count == 0)
        return bytes_of(NULL, 0);
    stream->waited = 0;
    stream_start(stream, stream->held[0].sequence);
    deliver(stream, bytes_of(NULL, 0));
    return all_kept(stream);
}

struct bytes stream_more(struct stream *stream)
{
    if (stream->stop != STREAM_RUNS || !stream->has_start || stream->held_count == 0 ||
        stream->held[0].sequence != stream->next)
        return bytes_of(NULL, 0);
    deliver(stream, bytes_of(NULL, 0));
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
    if (stream->has_start && stream->held_count > 0 && !stream->is_loss_proven &&
        distance(stream->held[0].sequence, acknowledgement) >= 0) {
        stream->is_loss_proven = true;
        stream->waited = 0;
    }
}

void stream_end(struct stream *stream)
{
    if (stream->stop == STREAM_RUNS && stream->held_count > 0)
        stream->stop = STREAM_GAP;
}

bool stream_is_cut(const struct stream *stream)
{
    return stream->is_cut && distance(stream->next, stream->cut_end) > 0;
}

uint32_t stream_gap_size(const struct stream *stream)
{
    uint32_t to_held = stream->held_count == 0 || !stream->has_start
                           ? STREAM_UNKNOWN
                           : stream->held[0].sequence - stream->next;
    uint32_t to_cut =
        stream_is_cut(stream) ? stream->cut_end - stream->next : STREAM_UNKNOWN;
    return to_held < to_cut ? to_held : to_cut;
}

struct bytes stream_pass_gap(struct stream *stream)
{
    uint32_t missing = stream_gap_size(stream);
    if (missing == STREAM_UNKNOWN)
        stream->has_start = false;
    else
        stream->next += missing;
    if (missing > 0)
        stream->kept = 0;
    stream->is_loss_proven = false;
    stream->waited = 0;
    stream->stop = STREAM_RUNS;
    if (stream->has_start)
        deliver(stream, bytes_of(NULL, 0));
    return all_kept(stream);
}
