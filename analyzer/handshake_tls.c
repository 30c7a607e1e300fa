/* handshake_tls.c - RFC 8446 section 5.1: records, and the messages that span them. */
#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/handshake_side.h"
#include "analyzer/tls_facts.h"

enum { EARLY_DATA_MOST = 65536, DER_SEQUENCE = 0x30 };

static void finish(struct step *step)
{
    step->handshake->sides[step->side].mode = MODE_DONE;
}

static void see_client_message(struct step *step, const struct tls_message *message)
{
    struct tls_client_hello hello;
    if (message->type != TLS_CLIENT_HELLO ||
        tls_read_client_hello(message, &hello) == DISSECT_OTHER)
        return;
    if (!step->facts->tls.has_hello)
        step->handshake->hello_ns = step->time_ns;
    tls_facts_client_hello(step->facts, &hello, false, step->frame);
}

/* The first answer, a request to say it again too. */
static void time_hello(struct step *step)
{
    if (step->handshake->hello_ns >= 0 && step->facts->timing.hello_ns < 0)
        step->facts->timing.hello_ns =
            handshake_duration(step->handshake->hello_ns, step->time_ns);
}

static void see_server_message(struct step *step, const struct tls_message *message)
{
    struct tls_server_hello hello;
    step->handshake->exchanges_keys |= message->type == TLS_CERTIFICATE ||
                                       message->type == TLS_SERVER_KEY_EXCHANGE ||
                                       message->type == TLS_SERVER_HELLO_DONE;
    if (message->type == TLS_SERVER_HELLO &&
        tls_read_server_hello(message, &hello) != DISSECT_OTHER) {
        time_hello(step);
        step->handshake->version =
            tls_facts_server_hello(step->facts, &hello, step->frame);
        /* All that follows in TLS 1.3 is encrypted. */
        if (step->handshake->version == TLS_13 && !hello.is_retry_request &&
            !handshake_open_begin(step, hello.cipher_suite))
            finish(step);
    } else if (message->type == TLS_HELLO_RETRY_REQUEST) {
        step->facts->tls.hello_retry = true;
    } else if (message->type == TLS_CERTIFICATE) {
        tls_facts_certificates(step->facts, step->certificates, message,
                               step->handshake->version, step->frame);
    } else if (message->type == TLS_CERTIFICATE_REQUEST) {
        tls_facts_asked(step->facts, true);
    } else if (message->type == TLS_SERVER_HELLO_DONE) {
        if (step->facts->tls.has_server_hello && !step->facts->has_gap)
            tls_facts_asked(step->facts, false);
        finish(step);
    }
}

static void see_message(struct step *step, const struct tls_message *message)
{
    if (step->side == FLOW_C2S)
        see_client_message(step, message);
    else if (!step->handshake->opener.is_on)
        see_server_message(step, message);
    else if (!tls_facts_opened_message(step->facts, step->certificates, message,
                                       step->frame))
        finish(step);
}

/* Reads whole messages off the front of the joined fragments. */
static void read_messages(struct step *step, struct bytes *joined)
{
    struct side *side = &step->handshake->sides[step->side];
    struct tls_message message;
    enum dissect outcome = DISSECT_OK;
    bool was_encrypted = step->handshake->opener.is_on;
    while (joined->left > 0 && side->mode != MODE_DONE) {
        /* No message may stand in clear behind the hello (RFC 8446 section 5.1). */
        if (step->side == FLOW_S2C && step->handshake->opener.is_on != was_encrypted) {
            finish(step);
            break;
        }
        outcome = tls_read_handshake(joined, &message);
        if (outcome != DISSECT_OK)
            break;
        see_message(step, &message);
    }
    if (joined->left > 0 && outcome != DISSECT_OK && outcome != DISSECT_TRUNCATED)
        finish(step);
}

/* Room for so many bytes of messages; false where they are more than may be kept. */
static bool reserve_messages(struct side *side, uint32_t size)
{
    struct stream_budget *budget = side->stream.budget;
    uint32_t capacity = size < 4096 ? 4096 : 2 * size;
    if (size <= side->message_capacity || size > HANDSHAKE_MESSAGES_MOST)
        return size <= HANDSHAKE_MESSAGES_MOST;
    uint32_t more = capacity - side->message_capacity;
    if (budget != NULL && budget->used + more > budget->most)
        return false;
    if (budget != NULL)
        budget->used += more;
    side->messages = alloc_resize(side->messages, capacity, 1);
    side->message_capacity = capacity;
    return true;
}

static void keep_message(struct step *step, struct bytes part)
{
    struct side *side = &step->handshake->sides[step->side];
    uint32_t size = side->message_size + (uint32_t)part.left;
    if (!reserve_messages(side, size)) {
        step->facts->stream_cap_reached = true;
        finish(step);
        return;
    }
    memcpy(side->messages + side->message_size, part.at, part.left);
    side->message_size = size;
}

/*
 * Where a message begins is not known, since bytes are missing: is this fragment the
 * beginning of one? Bytes from the middle of a certificate pass for a type and a length
 * too easily, so what follows these has to agree with them.
 */
static bool is_sound_message(struct bytes fragment)
{
    struct tls_message message;
    uint8_t type = bytes_peek(fragment, 0);
    enum dissect outcome = tls_read_handshake(&fragment, &message);
    uint32_t rest = message.length;
    if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO)
        return message.body.left >= 2 && bytes_peek(message.body, 0) == 3 &&
               bytes_peek(message.body, 1) <= 4;
    if (type == TLS_CERTIFICATE)
        return message.body.left >= 7 && bytes_u24(&message.body) == rest - 3 &&
               bytes_u24(&message.body) <= rest - 6 &&
               bytes_peek(message.body, 0) == DER_SEQUENCE;
    return outcome == DISSECT_OK && (type != TLS_SERVER_HELLO_DONE || rest == 0);
}

void handshake_tls_fragment(struct step *step, struct bytes fragment)
{
    struct side *side = &step->handshake->sides[step->side];
    side->message_skip -=
        (uint32_t)bytes_take_at_most(&fragment, side->message_skip).left;
    if (side->is_adrift && !is_sound_message(fragment))
        return;
    side->is_adrift = false;
    if (side->message_size == 0) {
        read_messages(step, &fragment);
        if (fragment.left > 0 && side->mode != MODE_DONE)
            keep_message(step, fragment);
        return;
    }
    keep_message(step, fragment);
    if (side->mode == MODE_DONE)
        return;
    struct bytes joined = bytes_of(side->messages, side->message_size);
    read_messages(step, &joined);
    if (joined.left < side->message_size)
        memmove(side->messages, side->messages + (side->message_size - joined.left),
                joined.left);
    side->message_size = (uint32_t)joined.left;
}

/* Behind the hello of a server of TLS 1.3, where a key log may open what follows. */
static bool is_sealed(const struct step *step)
{
    return step->side == FLOW_S2C && step->handshake->opener.is_on;
}

/* After a HelloRetryRequest both sides may send a change_cipher_spec that changes nothing
   (RFC 8446 appendix D.4): the second hellos still come in clear. */
static bool is_encrypted(const struct step *step)
{
    const struct side *side = &step->handshake->sides[step->side];
    return is_sealed(step) || (side->changed_cipher && !step->facts->tls.hello_retry);
}

static void see_alert(struct step *step, const struct tls_record *record)
{
    struct tls_alert alert;
    if (is_encrypted(step) || step->facts->tls.alert != NULL ||
        tls_read_alert(record, &alert) != DISSECT_OK)
        return;
    step->facts->tls.alert = alert.name != NULL ? alert.name : "unnamed";
}

static void see_application_data(struct step *step)
{
    struct handshake *handshake = step->handshake;
    if (step->side == FLOW_C2S && handshake->hello_ns >= 0 &&
        step->facts->tls.has_server_hello && step->facts->timing.tls_ns < 0)
        step->facts->timing.tls_ns =
            handshake_duration(handshake->hello_ns, step->time_ns);
    /* Early data may precede a second hello; it does not end the handshake. More of it
       than servers take is the data of a connection whose other direction was not
       captured. */
    const struct side *side = &handshake->sides[step->side];
    bool may_be_early = step->facts->tls.has_hello && side->delivered < EARLY_DATA_MOST;
    if (step->side == FLOW_S2C || step->facts->tls.has_server_hello || !may_be_early)
        finish(step);
}

static void see_record(struct step *step, const struct tls_record *record)
{
    struct side *side = &step->handshake->sides[step->side];
    switch (record->type) {
    case TLS_HANDSHAKE:
        if (!is_encrypted(step))
            handshake_tls_fragment(step, record->fragment);
        else if (step->side == FLOW_S2C)
            finish(step);
        break;
    case TLS_CHANGE_CIPHER_SPEC:
        side->changed_cipher = true;
        if (step->side == FLOW_S2C && !step->handshake->exchanges_keys)
            tls_facts_server_seals(step->facts, step->handshake->version);
        break;
    case TLS_ALERT:
        see_alert(step, record);
        break;
    case TLS_APPLICATION_DATA:
        see_application_data(step);
        break;
    default:
        break;
    }
}

/* The rest of a record of which bytes are missing. */
static void pass_record(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    struct bytes part = bytes_take_at_most(ready, side->record_skip);
    side->record_skip -= (uint32_t)part.left;
    if (side->record_type == TLS_HANDSHAKE && !side->is_adrift && !is_encrypted(step))
        handshake_tls_fragment(step, part);
}

static void read_sslv2_hello(struct step *step, struct bytes *ready)
{
    struct tls_client_hello hello;
    enum dissect outcome = tls_read_sslv2_hello(ready, &hello);
    if (outcome == DISSECT_OK) {
        step->handshake->hello_ns = step->time_ns;
        tls_facts_client_hello(step->facts, &hello, false, step->frame);
    } else if (outcome != DISSECT_TRUNCATED) {
        finish(step);
    }
}

void handshake_tls_step(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    struct tls_record record;
    struct bytes before = *ready;
    if (side->record_skip > 0) {
        pass_record(step, ready);
        return;
    }
    enum dissect outcome = tls_read_record(ready, &record);
    if (outcome == DISSECT_OK) {
        if (!is_sealed(step))
            see_record(step, &record);
        else if (!handshake_open_record(step, &record, before.left))
            *ready = before;
        return;
    }
    if (outcome == DISSECT_TRUNCATED)
        return;
    if (step->side == FLOW_C2S && side->delivered == 0)
        read_sslv2_hello(step, ready);
    else
        finish(step);
}

static bool is_read_in_part(const struct tls_message *message)
{
    return message->type == TLS_CLIENT_HELLO || message->type == TLS_SERVER_HELLO ||
           message->type == TLS_CERTIFICATE;
}

/* Joins what there is of a cut record to the messages; false where there is no record. */
static bool keep_cut_record(struct step *step, struct tls_record *record)
{
    struct side *side = &step->handshake->sides[step->side];
    struct bytes rest = bytes_of(side->stream.kept_bytes, side->stream.kept);
    if (side->record_skip > 0 || side->stream.kept < TLS_RECORD_HEADER ||
        tls_read_record(&rest, record) != DISSECT_TRUNCATED)
        return false;
    if (record->type == TLS_HANDSHAKE && !is_encrypted(step))
        handshake_tls_fragment(step, record->fragment);
    return true;
}

/* A message that a snap length or a gap cut is read as far as it goes. Returns how many
   bytes of it are missing, 0 where none is under way. */
static size_t read_cut_message(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    struct bytes joined = bytes_of(side->messages, side->message_size);
    struct tls_message message;
    if (joined.left == 0 || side->mode != MODE_TLS ||
        tls_read_handshake(&joined, &message) != DISSECT_TRUNCATED)
        return 0;
    if (is_read_in_part(&message))
        see_message(step, &message);
    side->message_size = 0;
    return message.length == 0 ? SIZE_MAX : message.missing;
}

void handshake_tls_conclude(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    struct tls_record record;
    if (side->mode != MODE_TLS)
        return;
    (void)keep_cut_record(step, &record);
    (void)read_cut_message(step);
}

/*
 * A record's header tells where the next one begins, also where bytes between are
 * missing; a message's header likewise.
 */
bool handshake_tls_pass_gap(struct step *step, uint32_t missing)
{
    struct side *side = &step->handshake->sides[step->side];
    struct tls_record record = { .type = side->record_type };
    size_t rest = side->record_skip;
    if (rest == 0 && keep_cut_record(step, &record))
        rest = record.missing;
    if (side->mode != MODE_TLS)
        return true; /* nothing more is to be learned of this side */
    bool was_sealed = is_sealed(step);
    size_t message = read_cut_message(step);
    if (is_sealed(step) && (was_sealed || rest < missing)) {
        finish(step); /* how many records are missing is the key to all that follow */
        return true;
    }
    if (rest == 0 || rest < missing)
        return false;
    side->record_type = record.type;
    side->record_skip = (uint32_t)(rest - missing);
    if (is_sealed(step))
        return true;
    if (record.type == TLS_CHANGE_CIPHER_SPEC)
        side->changed_cipher = true;
    else if (record.type == TLS_APPLICATION_DATA)
        see_application_data(step);
    if (record.type != TLS_HANDSHAKE)
        return true;
    message = message == 0 ? side->message_skip : message;
    side->is_adrift = message < missing || message == SIZE_MAX;
    side->message_skip = side->is_adrift ? 0 : (uint32_t)(message - missing);
    return true;
}
