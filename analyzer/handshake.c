/* handshake.c - which protocol the two directions of a connection speak, and for how
 * long. */
#include "analyzer/handshake.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/handshake_side.h"
#include "analyzer/lookup.h"
#include "dissectors/socks.h"

enum {
    SOCKS4_FIRST_BYTE = 4,
    SOCKS5_FIRST_BYTE = 5,
    MIDSTREAM_MOST = 65536,
    HELLO_VERSION_AT = 9,
    ANSWERS_PATIENCE = 256, /* segments that an answer waits for what it answers */
    ANSWER_BYTES_MOST = 65536,
};

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

void handshake_set_secrets(struct handshake *handshake, const struct tls_secrets *secrets)
{
    handshake->opener.secrets = secrets;
}

void handshake_free(struct handshake *handshake)
{
    if (handshake == NULL)
        return;
    handshake_open_release(handshake);
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
    struct side *of = &handshake->sides[side];
    if (!of->has_acknowledged || (int32_t)(acknowledgement - of->acknowledged) > 0)
        of->acknowledged = acknowledgement;
    of->has_acknowledged = true;
    stream_peer_acknowledged(&of->stream, acknowledgement);
}

/* What this side answers was not captured yet, or not read. A FIN is acknowledged like
   one byte. */
bool handshake_is_ahead(struct step *step)
{
    const struct handshake *handshake = step->handshake;
    const struct side *side = &handshake->sides[step->side];
    const struct side *peer =
        &handshake->sides[step->side == FLOW_C2S ? FLOW_S2C : FLOW_C2S];
    const struct stream *stream = &peer->stream;
    if (handshake->is_ending || peer->mode == MODE_DONE || !stream->has_start ||
        stream->stop != STREAM_RUNS || side->answers_waited > ANSWERS_PATIENCE ||
        side->stream.kept > ANSWER_BYTES_MOST)
        return false;
    bool is_unread = stream->kept > 0 && peer->mode != MODE_WAIT;
    return is_unread ||
           (peer->has_acknowledged && (int32_t)(peer->acknowledged - stream->next) > 1);
}

void handshake_enter_tunnel(struct handshake *handshake)
{
    handshake->sides[FLOW_C2S].mode = MODE_START;
    handshake->sides[FLOW_S2C].mode = MODE_START;
}

/* A record, a message, and the version that a hello begins with. */
static bool is_tls_record(struct bytes bytes, uint8_t handshake_type)
{
    return bytes_peek(bytes, 0) == TLS_HANDSHAKE && bytes_peek(bytes, 1) == 3 &&
           bytes.left > 5 && bytes_peek(bytes, 5) == handshake_type &&
           (bytes.left <= HELLO_VERSION_AT || bytes_peek(bytes, HELLO_VERSION_AT) == 3);
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

/* Where nothing tells that a message begins here, a record has to be followed by another,
   and the first line of a head has to be whole. */
static bool looks_like_tls(const struct step *step, struct bytes ready)
{
    const struct side *side = &step->handshake->sides[step->side];
    struct tls_client_hello hello;
    struct tls_record record;
    enum dissect outcome = DISSECT_OTHER;
    if (step->side == FLOW_C2S && side->delivered == 0)
        outcome = tls_read_sslv2_hello(&ready, &hello);
    if (outcome == DISSECT_OK || (outcome == DISSECT_TRUNCATED && !side->is_midstream))
        return true;
    outcome = tls_read_record(&ready, &record);
    if (outcome == DISSECT_OK && side->is_adrift)
        outcome = tls_read_record(&ready, &record);
    else if (side->is_adrift && ready.left < TLS_RECORD_HEADER)
        return false;
    return outcome == DISSECT_OK || outcome == DISSECT_TRUNCATED;
}

static bool looks_like_http(const struct side *side, struct bytes ready)
{
    struct http_head head;
    return http_read_head(&ready, &head) != DISSECT_OTHER &&
           (head.has_start_line || !side->is_adrift);
}

static bool looks_like_socks(const struct step *step, struct bytes ready)
{
    uint8_t first = bytes_peek(ready, 0);
    return step->side == FLOW_C2S && step->handshake->socks_version == 0 &&
           !step->handshake->sides[FLOW_C2S].is_adrift &&
           (first == SOCKS4_FIRST_BYTE || first == SOCKS5_FIRST_BYTE);
}

static void choose_mode(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    if (step->lookup != NULL) {
        side->mode = MODE_DNS;
        return;
    }
    if (handshake_clear_begins(step, ready))
        return;
    if (looks_like_tls(step, *ready)) {
        side->mode = MODE_TLS;
    } else if (looks_like_http(side, *ready)) {
        side->mode = MODE_HTTP_HEAD;
    } else if (looks_like_socks(step, *ready)) {
        side->mode = MODE_SOCKS;
        step->handshake->sides[FLOW_S2C].mode = MODE_SOCKS;
    } else if (side->is_midstream && side->delivered < MIDSTREAM_MOST) {
        *ready =
            bytes_of(ready->at + ready->left, 0); /* a record may begin with the next */
    } else if (step->side == FLOW_C2S || !handshake_is_ahead(step)) {
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

/* More waits than may be kept: what is there was read, and the side is done. */
static void see_cap(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    if (side->stream.stop != STREAM_CAP || side->mode == MODE_DONE)
        return;
    step->facts->stream_cap_reached = true;
    handshake_tls_conclude(step);
    side->mode = MODE_DONE;
}

/* True where the bytes behind the gap are read on as if nothing were missing. */
static bool is_passable(struct step *step, uint32_t missing)
{
    switch (step->handshake->sides[step->side].mode) {
    case MODE_TLS:
        return handshake_tls_pass_gap(step, missing);
    case MODE_HTTP_HEAD:
    case MODE_HTTP_BODY:
        return handshake_http_pass_gap(step, missing);
    case MODE_SOCKS:
        step->handshake->sides[FLOW_C2S].mode = MODE_DONE;
        step->handshake->sides[FLOW_S2C].mode = MODE_DONE;
        return true;
    case MODE_DNS: /* where the next message begins is lost */
        step->handshake->sides[step->side].mode = MODE_DONE;
        return true;
    case MODE_CLEAR:
    case MODE_START:
    case MODE_WAIT:
    case MODE_DONE:
        break;
    }
    return false;
}

/* The missing bytes will not come: what follows is used where that is sound. */
static struct bytes pass_gap(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    uint32_t missing = stream_gap_size(&side->stream);
    bool is_counted = side->mode != MODE_HTTP_BODY && side->mode != MODE_DNS;
    if (missing > 0) {
        step->facts->has_gap = true;
        step->facts->has_loss |=
            !stream_is_cut(&side->stream) && !step->handshake->is_ending;
        side->head_waits = 0;
        if (!is_passable(step, missing)) {
            side->mode = side->mode == MODE_WAIT ? MODE_WAIT : MODE_START;
            side->is_midstream = side->is_adrift = true;
            side->message_size = side->message_skip = side->record_skip = 0;
        }
        if (is_counted)
            side->delivered +=
                side->stream.kept + (missing == STREAM_UNKNOWN ? 0 : missing);
    }
    return stream_pass_gap(&side->stream);
}

/* Reads what is ready, and what follows on it once it was read. */
static void read_on(struct step *step, struct bytes ready)
{
    struct side *side = &step->handshake->sides[step->side];
    do {
        if (ready.left > 0) { /* else what was kept stays */
            read_side(step, &ready);
            stream_keep(&side->stream, ready);
        }
        side->stream.is_one_by_one = side->mode == MODE_START && side->is_midstream;
        see_cap(step);
        if (side->stream.stop == STREAM_GAP && side->mode != MODE_WAIT)
            ready = pass_gap(step);
        else
            ready = stream_more(&side->stream);
    } while (side->mode != MODE_DONE &&
             (ready.left > 0 || side->stream.stop == STREAM_GAP) &&
             !(side->mode == MODE_WAIT && side->stream.stop == STREAM_GAP));
}

static struct step step_of(struct handshake *handshake, struct flow_facts *facts,
                           struct certificates *certificates, enum flow_side side)
{
    return (struct step){ handshake,
                          facts,
                          certificates,
                          side,
                          handshake->sides[side].time_ns,
                          handshake->sides[side].frame,
                          NULL };
}

/* Reads what a side kept; true where that changed anything. */
static bool resume(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    struct stream *stream = &side->stream;
    uint32_t kept = stream->kept, next = stream->next;
    enum side_mode mode = side->mode;
    if (mode == MODE_DONE || (kept == 0 && stream->stop != STREAM_GAP))
        return false;
    read_on(step, bytes_of(stream->kept_bytes, kept));
    return stream->kept != kept || stream->next != next || side->mode != mode;
}

/* What one side said may be what the other waits for: in turns, until neither moves. */
static void resume_both(struct step *step)
{
    enum flow_side side = step->side;
    bool has_moved;
    do {
        side = side == FLOW_C2S ? FLOW_S2C : FLOW_C2S;
        struct step other =
            step_of(step->handshake, step->facts, step->certificates, side);
        other.lookup = step->lookup;
        has_moved = resume(&other);
    } while (has_moved);
}

/* A connection whose start was not captured begins with what is known to begin one. */
static bool may_begin(const struct step *step, struct bytes payload)
{
    struct socks_greeting greeting;
    struct tls_client_hello hello;
    bool is_client = step->side == FLOW_C2S;
    if (step->handshake->sides[step->side].mode != MODE_START ||
        is_tls_record(payload, is_client ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO) ||
        is_http(payload, is_client))
        return true;
    return is_client &&
           (tls_read_sslv2_hello(&payload, &hello) == DISSECT_OK ||
            socks_read_greeting(&payload, &greeting) == DISSECT_OK) &&
           payload.left == 0;
}

static struct bytes fold(struct step *step, const struct handshake_segment *segment)
{
    struct side *side = &step->handshake->sides[step->side];
    struct stream *stream = &side->stream;
    side->time_ns = segment->time_ns;
    side->frame = segment->frame;
    if (stream->has_start || may_begin(step, segment->payload)) {
        side->is_midstream |= !stream->has_start;
        return stream_see(stream, segment->sequence, segment->payload,
                          segment->wire_length);
    }
    if (!stream_await_start(stream, segment->sequence, segment->payload,
                            segment->wire_length))
        return bytes_of(NULL, 0);
    side->is_midstream = side->is_adrift = stream->is_one_by_one = true;
    return stream_begin(stream);
}

static void see_segment(struct step *step, const struct handshake_segment *segment)
{
    struct handshake *handshake = step->handshake;
    struct side *side = &handshake->sides[step->side];
    if (handshake->awaits_first_byte && step->side == FLOW_S2C) {
        handshake->awaits_first_byte = false;
        step->facts->timing.first_byte_ns =
            handshake_duration(handshake->request_ns, segment->time_ns);
    }
    struct bytes ready = fold(step, segment);
    read_on(step, ready);
    resume_both(step);
    step->facts->has_conflict |= side->stream.has_conflict;
    side->answers_waited = handshake_is_ahead(step) ? side->answers_waited + 1 : 0;
}

enum handshake_outcome handshake_see(struct handshake *handshake,
                                     struct flow_facts *facts,
                                     struct certificates *certificates,
                                     const struct handshake_segment *segment,
                                     bool may_swap)
{
    struct step step = { handshake,        facts,          certificates,   segment->side,
                         segment->time_ns, segment->frame, segment->lookup };
    if (handshake->sides[segment->side].mode != MODE_DONE) {
        if (may_swap && is_from_other_side(&step, segment->sequence, segment->payload))
            return HANDSHAKE_SIDES_SWAPPED;
        see_segment(&step, segment);
    }
    bool is_done = true;
    for (unsigned i = 0; i < 2; i++) {
        is_done &= handshake->sides[i].mode == MODE_DONE;
        if (handshake->sides[i].mode == MODE_DONE)
            release_side(&handshake->sides[i]);
    }
    return is_done ? HANDSHAKE_DONE : HANDSHAKE_MORE;
}

/* What waits for a start or for missing bytes waits no longer. */
static void conclude_side(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    struct stream *stream = &side->stream;
    if (!stream->has_start) {
        side->is_midstream = side->is_adrift = stream->is_one_by_one = true;
        read_on(step, stream_begin(stream));
        resume_both(step);
    }
    while (side->mode != MODE_DONE && stream->stop == STREAM_RUNS &&
           stream->held_count > 0) {
        stream_end(stream);
        read_on(step, bytes_of(stream->kept_bytes, stream->kept));
        resume_both(step);
        if (side->mode == MODE_WAIT)
            break;
    }
}

void handshake_conclude(struct handshake *handshake, struct flow_facts *facts,
                        struct certificates *certificates)
{
    handshake->is_ending = true;
    handshake_socks_conclude(handshake, facts);
    for (unsigned i = 0; i < 4; i++) {
        struct step step =
            step_of(handshake, facts, certificates, i % 2 == 0 ? FLOW_C2S : FLOW_S2C);
        if (handshake->sides[step.side].mode == MODE_DONE ||
            handshake->sides[step.side].mode == MODE_DNS)
            continue; /* of a lookup there is nothing more to conclude */
        (void)resume(&step);
        resume_both(&step);
        conclude_side(&step);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct step step =
            step_of(handshake, facts, certificates, i == 0 ? FLOW_C2S : FLOW_S2C);
        handshake_tls_conclude(&step);
        handshake_http_conclude(&step);
    }
}
