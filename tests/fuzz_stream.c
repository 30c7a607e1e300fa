/* fuzz_stream.c - any segmentation of known bytes gives these bytes, in order, once. */
#include <stdlib.h>

#include "analyzer/stream.h"

enum { KNOWN_SIZE = 4096, SEGMENTS_MOST = 600 };

/* What a segment does, besides bringing bytes of the known ones. */
enum {
    LIES = 1,         /* a byte differs from the known one */
    IS_CUT = 2,       /* the end was not captured */
    ACKNOWLEDGES = 4, /* the other end has it */
    AWAITS = 8,       /* of an unknown start, where the stream has none */
    ENDS = 16,
    KEEPS_ALL = 32, /* nothing of what is ready is used yet */
    IS_FAR = 64,
};

struct fuzzed {
    struct stream stream;
    struct stream_budget budget;
    uint8_t known[KNOWN_SIZE], marks[KNOWN_SIZE];
    uint32_t base;
    uint32_t used; /* offset of the first byte that was not used */
    bool has_lies, has_gaps;
};

static void demand(bool is_true)
{
    if (!is_true)
        abort();
}

/* The bytes that are ready end where the stream stands; without lies they are known. */
static void check_ready(const struct fuzzed *fuzzed, struct bytes ready)
{
    uint32_t end = fuzzed->stream.next - fuzzed->base;
    if (ready.left == 0 || !fuzzed->stream.has_start)
        return;
    demand(ready.left <= KNOWN_SIZE);
    uint32_t start = end - (uint32_t)ready.left;
    if (!fuzzed->has_gaps)
        demand(start == fuzzed->used); /* nothing twice, nothing left out */
    for (size_t i = 0; !fuzzed->has_lies && i < ready.left; i++)
        demand(start + i >= KNOWN_SIZE || ready.at[i] == fuzzed->known[start + i]);
}

static void use(struct fuzzed *fuzzed, struct bytes ready, uint8_t how)
{
    struct stream *stream = &fuzzed->stream;
    for (;;) {
        if (ready.left > 0) {
            check_ready(fuzzed, ready);
            bytes_skip(&ready, (how & KEEPS_ALL) != 0 ? 0 : ready.left - ready.left / 4);
            stream_keep(stream, ready);
            fuzzed->used = stream->next - fuzzed->base - stream->kept;
        }
        if (stream->stop == STREAM_GAP) {
            fuzzed->has_gaps |= stream_gap_size(stream) > 0;
            ready = stream_pass_gap(stream);
        } else {
            ready = stream_more(stream);
        }
        if (ready.left == 0 && stream->stop != STREAM_GAP)
            break;
    }
}

static void feed(struct fuzzed *fuzzed, struct bytes *in)
{
    static const uint8_t far[KNOWN_SIZE];
    struct stream *stream = &fuzzed->stream;
    uint8_t how = bytes_u8(in);
    uint32_t from = bytes_u16(in) % KNOWN_SIZE;
    size_t size = bytes_u8(in) * (size_t)((how & 128) != 0 ? 4 : 1);
    size = size > KNOWN_SIZE - from ? KNOWN_SIZE - from : size;
    fuzzed->has_lies |= (how & (LIES | IS_FAR)) != 0;
    const uint8_t *bytes = (how & LIES) != 0 ? fuzzed->marks : fuzzed->known;
    struct bytes payload =
        (how & IS_FAR) != 0 ? bytes_of(far, size) : bytes_of(bytes + from, size);
    uint32_t sequence = fuzzed->base + from + ((how & IS_FAR) != 0 ? 77u << 20 : 0);
    uint32_t wire = (uint32_t)size + ((how & IS_CUT) != 0 ? 9 : 0);
    if (!stream->has_start && (how & AWAITS) != 0) {
        fuzzed->has_gaps = true;
        if (stream_await_start(stream, sequence, payload, wire))
            use(fuzzed, stream_begin(stream), how);
    } else {
        fuzzed->has_gaps |= !stream->has_start;
        use(fuzzed, stream_see(stream, sequence, payload, wire), how);
    }
    if ((how & ACKNOWLEDGES) != 0)
        stream_peer_acknowledged(stream, sequence + wire);
    if ((how & ENDS) != 0) {
        stream_end(stream);
        use(fuzzed, bytes_of(stream->kept_bytes, stream->kept), how);
    }
    demand(stream->held_count <= STREAM_HELD_SEGMENTS);
    demand(stream->held_bytes <= STREAM_HELD_BYTES);
    demand(fuzzed->has_lies || !stream->has_conflict);
    demand(fuzzed->budget.used <= fuzzed->budget.most);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzzed fuzzed;
    struct bytes in = bytes_of(data, size);
    fuzzed = (struct fuzzed){ .budget = { .most = UINT64_MAX } };
    for (uint32_t i = 0; i < KNOWN_SIZE; i++) {
        fuzzed.known[i] = (uint8_t)(i * 2654435761u >> 13);
        fuzzed.marks[i] = (uint8_t)~fuzzed.known[i];
    }
    uint8_t how = bytes_u8(&in);
    fuzzed.stream.budget = &fuzzed.budget;
    fuzzed.budget.most = (how & 2) != 0 ? 20000 : UINT64_MAX;
    fuzzed.stream.is_one_by_one = (how & 4) != 0;
    fuzzed.base = UINT32_MAX - (how & 8 ? 100 : 5000);
    if ((how & 1) != 0)
        stream_start(&fuzzed.stream, fuzzed.base);
    for (int i = 0; i < SEGMENTS_MOST && in.left > 0; i++)
        feed(&fuzzed, &in);
    stream_release(&fuzzed.stream);
    demand(fuzzed.budget.used == 0);
    return 0;
}
