/* Segments of one connection: each begins with a byte of flags and a byte of length. */
#include <stdlib.h>

#include "analyzer/handshake.h"

enum { SEGMENTS_MOST = 400 };

/* Flags of a segment. */
enum {
    FROM_SERVER = 1,
    BACK = 2,
    AHEAD = 4,
    IS_CUT = 8,
    IS_LONG = 16,
    ACKNOWLEDGES = 32
};

struct fuzzed {
    struct handshake *handshake;
    struct flow_facts *facts;
    struct certificates *certificates;
    uint32_t next[2];
    int64_t time_ns;
    bool is_presumed;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static enum handshake_outcome feed(struct fuzzed *fuzzed, struct bytes *in)
{
    uint8_t flags = bytes_u8(in);
    size_t size = bytes_u8(in);
    enum flow_side side = (flags & FROM_SERVER) != 0 ? FLOW_S2C : FLOW_C2S;
    struct bytes payload =
        bytes_take_at_most(in, (flags & IS_LONG) != 0 ? 16 * size : size);
    uint32_t sequence = fuzzed->next[side];
    sequence -= (flags & BACK) != 0 ? 5 : 0;
    sequence += (flags & AHEAD) != 0 ? 7 : 0;
    if ((flags & (BACK | AHEAD)) == 0)
        fuzzed->next[side] += (uint32_t)payload.left;
    fuzzed->time_ns += flags & 0x40 ? -3000 : 1000;
    struct handshake_segment segment = {
        .side = side,
        .sequence = sequence,
        .payload = payload,
        .wire_length = (uint32_t)payload.left + ((flags & IS_CUT) != 0 ? 3 : 0),
        .time_ns = fuzzed->time_ns,
        .frame = 1,
    };
    if (payload.left == 0)
        return HANDSHAKE_MORE;
    enum handshake_outcome outcome =
        handshake_see(fuzzed->handshake, fuzzed->facts, fuzzed->certificates, &segment,
                      fuzzed->is_presumed);
    if (outcome == HANDSHAKE_SIDES_SWAPPED) {
        check(fuzzed->is_presumed);
        handshake_swap(fuzzed->handshake);
        uint32_t next = fuzzed->next[0];
        fuzzed->next[0] = fuzzed->next[1];
        fuzzed->next[1] = next;
        segment.side = side == FLOW_C2S ? FLOW_S2C : FLOW_C2S;
        outcome = handshake_see(fuzzed->handshake, fuzzed->facts, fuzzed->certificates,
                                &segment, false);
        check(outcome != HANDSHAKE_SIDES_SWAPPED);
    }
    if ((flags & ACKNOWLEDGES) != 0)
        handshake_acknowledged(fuzzed->handshake, side, fuzzed->next[side]);
    return outcome;
}

static void check_facts(const struct fuzzed *fuzzed)
{
    const struct flow_facts *facts = fuzzed->facts;
    check(facts->tls.chain_count <= FLOW_CHAIN_MAX);
    for (uint32_t i = 0; i < facts->tls.chain_count; i++)
        check(facts->tls.chain[i] < certificates_count(fuzzed->certificates));
    check(facts->http.status_count <= FLOW_STATUS_MAX);
    check(facts->http.requests <= HANDSHAKE_REQUESTS_MOST + 1);
    check(facts->timing.tls_ns >= -1 && facts->timing.connect_ns >= -1);
    check(facts->timing.auth_ns >= -1 && facts->timing.first_byte_ns >= -1);
    check(facts->tls.sni == NULL || strlen(facts->tls.sni) <= 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct fuzzed fuzzed = { .handshake = handshake_new(),
                             .facts = flow_facts_new(),
                             .certificates = certificates_new(),
                             .next = { 1000, UINT32_MAX - 50 } };
    uint8_t how = bytes_u8(&in);
    fuzzed.is_presumed = (how & 1) != 0;
    if ((how & 2) != 0) {
        handshake_start(fuzzed.handshake, FLOW_C2S, fuzzed.next[0]);
        handshake_start(fuzzed.handshake, FLOW_S2C, fuzzed.next[1]);
    }
    enum handshake_outcome outcome = HANDSHAKE_MORE;
    for (int i = 0; i < SEGMENTS_MOST && in.left > 0 && outcome == HANDSHAKE_MORE; i++)
        outcome = feed(&fuzzed, &in);
    handshake_conclude(fuzzed.handshake, fuzzed.facts, fuzzed.certificates);
    check_facts(&fuzzed);
    handshake_free(fuzzed.handshake);
    flow_facts_free(fuzzed.facts);
    certificates_free(fuzzed.certificates);
    return 0;
}
