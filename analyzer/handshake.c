/* handshake.c - which protocol the two directions of a connection speak, and for how
 * long. */
#include "analyzer/handshake.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/handshake_side.h"
#include "analyzer/lookup.h"

enum { SOCKS4_FIRST_BYTE = 4, SOCKS5_FIRST_BYTE = 5, MIDSTREAM_MOST = 65536 };

struct flow_facts *flow_facts_new(void)
{
    struct flow_facts *facts = alloc_zeroed(1, sizeof *facts);
    facts->timing = (struct flow_timing){ -1, -1, -1, -1, -1, -1 };
    facts->quic_handshake = (struct rtt_handshake){ .server_ns = -1,
                                                    .client_ns = -1,
                                                    .server_low_ns = -1,
                                                    .server_high_ns = -1,
                                                    .open_ns = -1 };
    return facts;
}

void flow_facts_free(struct flow_facts *facts)
{
    if (facts == NULL)
        return;
    text_pool_release(&facts->texts);
    free(facts);
}

struct handshake *handshake_new(void)
{
    struct handshake *handshake = alloc_zeroed(1, sizeof *handshake);
    handshake->first_request_ns = -1;
    handshake->request_ns = -1;
    handshake->connect_ns = -1;
    handshake->hello_ns = -1;
    return handshake;
}

static void release_side(struct side *side)
{
    stream_release(&side->stream);
    if (side->stream.budget != NULL)
        side->stream.budget->used -= side->message_capacity;
    free(side->messages);
    side->messages = NULL;
    side->message_size = side->message_capacity = 0;
}

void handshake_set_budget(struct handshake *handshake, struct stream_budget *budget)
{
    handshake->sides[FLOW_C2S].stream.budget = budget;
    handshake->sides[FLOW_S2C].stream.budget = budget;
}

void handshake_free(struct handshake *handshake)
{
    if (handshake == NULL)
        return;
    release_side(&handshake->sides[FLOW_C2S]);
    release_side(&handshake->sides[FLOW_S2C]);
    free(handshake);
}

void handshake_start(struct handshake *handshake, enum flow_side side, uint32_t sequence)
{
    stream_start(&handshake->sides[side].stream, sequence);
}

void handshake_swap(struct handshake *handshake)
{
    struct side client = handshake->sides[FLOW_C2S];
    handshake->sides[FLOW_C2S] = handshake->sides[FLOW_S2C];
    handshake->sides[FLOW_S2C] = client;
}

void handshake_acknowledged(struct handshake *handshake, enum flow_side side,
                            uint32_t acknowledgement)
{
    stream_peer_acknowledged(&handshake->sides[side].stream, acknowledgement);
}

void handshake_enter_tunnel(struct handshake *handshake)
{
    handshake->sides[FLOW_C2S].mode = MODE_START;
    handshake->sides[FLOW_S2C].mode = MODE_START;
}

static bool is_tls_record(struct bytes bytes, uint8_t handshake_type)
{
    return bytes_peek(bytes, 0) == TLS_HANDSHAKE && bytes_peek(bytes, 1) == 3 &&
           bytes.left > 5 && bytes_peek(bytes, 5) == handshake_type;
}

static bool is_http(struct bytes bytes, bool wants_request)
{
    struct http_head head;
    return http_read_head(&bytes, &head) != DISSECT_OTHER && head.has_start_line &&
           head.is_request == wants_request;
}

/* Does this side begin with what only the other side sends? A segment that has to wait
   for an earlier one is no beginning. */
static bool is_from_other_side(const struct step *step, uint32_t sequence,
                               struct bytes ready)
{
    const struct side *side = &step->handshake->sides[step->side];
    bool is_client = step->side == FLOW_C2S;
    if (side->mode != MODE_START || side->delivered > 0 ||
        (side->stream.has_start && side->stream.next != sequence))
        return false;
    return is_tls_record(ready, is_client ? TLS_SERVER_HELLO : TLS_CLIENT_HELLO) ||
           is_http(ready, !is_client);
}

static void choose_mode(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    struct tls_record record;
    struct tls_client_hello hello;
    struct http_head head;
    struct bytes copy = *ready;
    uint8_t first = bytes_peek(*ready, 0);
    if (step->lookup != NULL) {
        side->mode = MODE_DNS;
        return;
    }
    if (handshake_clear_begins(step, ready))
        return;
    enum dissect tls = tls_read_record(&copy, &record);
    if (tls == DISSECT_OK || tls == DISSECT_TRUNCATED) {
        side->mode = MODE_TLS;
    } else if (step->side == FLOW_C2S &&
               tls_read_sslv2_hello(&copy, &hello) == DISSECT_OK) {
        side->mode = MODE_TLS;
    } else if (http_read_head(&copy, &head) != DISSECT_OTHER) {
        side->mode = MODE_HTTP_HEAD;
    } else if (step->side == FLOW_C2S && step->handshake->socks_version == 0 &&
               (first == SOCKS4_FIRST_BYTE || first == SOCKS5_FIRST_BYTE)) {
        side->mode = MODE_SOCKS;
        step->handshake->sides[FLOW_S2C].mode = MODE_SOCKS;
    } else if (side->is_midstream && side->delivered < MIDSTREAM_MOST) {
        *ready =
            bytes_of(ready->at + ready->left, 0); /* a record may begin with the next */
    } else {
        side->mode = MODE_DONE;
    }
}

static void take_step(struct step *step, struct bytes *ready)
{
    switch (step->handshake->sides[step->side].mode) {
    case MODE_START:
        choose_mode(step, ready);
        break;
    case MODE_TLS:
        handshake_tls_step(step, ready);
        break;
    case MODE_HTTP_HEAD:
    case MODE_HTTP_BODY:
        handshake_http_step(step, ready);
        break;
    case MODE_SOCKS:
        handshake_socks_step(step, ready);
        break;
    case MODE_CLEAR:
        handshake_clear_step(step, ready);
        break;
    case MODE_DNS:
        if (lookup_see_stream(step->lookup, ready) == DISSECT_MALFORMED)
            step->handshake->sides[step->side].mode = MODE_DONE;
        break;
    case MODE_WAIT:
    case MODE_DONE:
        break;
    }
}

/* Steps until one changes neither the bytes nor the mode. */
static void read_side(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    for (;;) {
        size_t left = ready->left;
        enum side_mode mode = side->mode;
        if (left == 0 || mode == MODE_DONE)
            break;
        take_step(step, ready);
        if (mode != MODE_HTTP_BODY && mode != MODE_DNS)
            side->delivered += left - ready->left;
        if (ready->left == left && side->mode == mode)
            break;
    }
    if (side->delivered > HANDSHAKE_STREAM_MOST) {
        step->facts->stream_cap_reached = true;
        side->mode = MODE_DONE;
    }
}

/* Where the stream stops for good the side is done, after what is there was read. */
static void see_stop(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    if (side->stream.stop == STREAM_RUNS || side->mode == MODE_DONE)
        return;
    step->facts->has_gap |= side->stream.stop == STREAM_GAP;
    step->facts->stream_cap_reached |= side->stream.stop == STREAM_CAP;
    handshake_tls_conclude(step);
    side->mode = MODE_DONE;
}

/* When the answer opened the tunnel, what the client sent meanwhile can be read on. */
static void resume_other_side(struct step *step)
{
    struct step other = *step;
    other.side = step->side == FLOW_C2S ? FLOW_S2C : FLOW_C2S;
    struct stream *stream = &step->handshake->sides[other.side].stream;
    struct bytes ready = bytes_of(stream->kept_bytes, stream->kept);
    if (ready.left == 0)
        return;
    read_side(&other, &ready);
    stream_keep(stream, ready);
}

enum handshake_outcome handshake_see(struct handshake *handshake,
                                     struct flow_facts *facts,
                                     struct certificates *certificates,
                                     const struct handshake_segment *segment,
                                     bool may_swap)
{
    struct step step = { handshake,        facts,          certificates,   segment->side,
                         segment->time_ns, segment->frame, segment->lookup };
    struct side *side = &handshake->sides[segment->side];
    if (side->mode != MODE_DONE) {
        if (may_swap && is_from_other_side(&step, segment->sequence, segment->payload))
            return HANDSHAKE_SIDES_SWAPPED;
        if (handshake->awaits_first_byte && segment->side == FLOW_S2C) {
            handshake->awaits_first_byte = false;
            facts->timing.first_byte_ns =
                handshake_duration(handshake->request_ns, segment->time_ns);
        }
        side->is_midstream |= !side->stream.has_start;
        struct bytes ready = stream_see(&side->stream, segment->sequence,
                                        segment->payload, segment->wire_length);
        if (ready.left > 0) {
            read_side(&step, &ready);
            stream_keep(&side->stream, ready);
            resume_other_side(&step);
        }
        facts->has_conflict |= side->stream.has_conflict;
        see_stop(&step);
    }
    if (side->mode == MODE_DONE)
        release_side(side);
    bool is_done = handshake->sides[FLOW_C2S].mode == MODE_DONE &&
                   handshake->sides[FLOW_S2C].mode == MODE_DONE;
    return is_done ? HANDSHAKE_DONE : HANDSHAKE_MORE;
}

void handshake_conclude(struct handshake *handshake, struct flow_facts *facts)
{
    for (unsigned i = 0; i < 2; i++) {
        struct step step = { .handshake = handshake,
                             .facts = facts,
                             .side = i == 0 ? FLOW_C2S : FLOW_S2C };
        if (handshake->sides[i].mode != MODE_DONE)
            handshake_tls_conclude(&step);
    }
}
