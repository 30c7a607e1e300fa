/* handshake_tls.c - RFC 8446 section 5.1: records, and the messages that span them. */
#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/handshake_side.h"
#include "analyzer/tls_facts.h"

enum { EARLY_DATA_MOST = 65536 };

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
        if (step->handshake->version == TLS_13 && !hello.is_retry_request)
            finish(step);
    } else if (message->type == TLS_HELLO_RETRY_REQUEST) {
        step->facts->tls.hello_retry = true;
    } else if (message->type == TLS_CERTIFICATE) {
        tls_facts_certificates(step->facts, step->certificates, message,
                               step->handshake->version, step->frame);
    } else if (message->type == TLS_SERVER_HELLO_DONE) {
        finish(step);
    }
}

static void see_message(struct step *step, const struct tls_message *message)
{
    if (step->side == FLOW_C2S)
        see_client_message(step, message);
    else
        see_server_message(step, message);
}

/* Reads whole messages off the front of the joined fragments. */
static void read_messages(struct step *step, struct bytes *joined)
{
    struct side *side = &step->handshake->sides[step->side];
    struct tls_message message;
    enum dissect outcome = DISSECT_OK;
    while (joined->left > 0 && side->mode != MODE_DONE) {
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

static void see_fragment(struct step *step, struct bytes fragment)
{
    struct side *side = &step->handshake->sides[step->side];
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

/* After a HelloRetryRequest both sides may send a change_cipher_spec that changes nothing
   (RFC 8446 appendix D.4): the second hellos still come in clear. */
static bool is_encrypted(const struct step *step)
{
    const struct side *side = &step->handshake->sides[step->side];
    return side->changed_cipher && !step->facts->tls.hello_retry;
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
            see_fragment(step, record->fragment);
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

void handshake_tls_step(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    struct tls_record record;
    enum dissect outcome = tls_read_record(ready, &record);
    if (outcome == DISSECT_OK) {
        see_record(step, &record);
        return;
    }
    if (outcome == DISSECT_TRUNCATED)
        return;
    struct tls_client_hello hello;
    if (step->side == FLOW_C2S && side->delivered == 0 &&
        tls_read_sslv2_hello(ready, &hello) == DISSECT_OK) {
        step->handshake->hello_ns = step->time_ns;
        tls_facts_client_hello(step->facts, &hello, false, step->frame);
        return;
    }
    finish(step);
}

/* A hello that a snap length or a hole cut: what is there is read as far as it goes. */
void handshake_tls_conclude(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    if (side->mode != MODE_TLS || is_encrypted(step))
        return;
    struct bytes rest = bytes_of(side->stream.kept_bytes, side->stream.kept);
    struct tls_record record;
    struct tls_message message;
    if (tls_read_record(&rest, &record) == DISSECT_TRUNCATED &&
        record.type == TLS_HANDSHAKE && record.fragment.left > 0)
        keep_message(step, record.fragment);
    struct bytes joined = bytes_of(side->messages, side->message_size);
    if (joined.left > 0 && tls_read_handshake(&joined, &message) == DISSECT_TRUNCATED &&
        (message.type == TLS_CLIENT_HELLO || message.type == TLS_SERVER_HELLO))
        see_message(step, &message);
}
