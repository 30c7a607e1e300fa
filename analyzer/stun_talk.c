/* stun_talk.c - RFC 8489 sections 6.2.1 (requests sent again) and 6.3.3 (answers). */
#include "analyzer/stun_talk.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/fnv.h"

enum { SLOTS = 4096 };

struct request {
    struct ip_address client;
    uint16_t client_port;
    uint8_t transaction[STUN_TRANSACTION_SIZE];
    int64_t time_ns;
    bool is_repeated, is_answered;
    struct stun_talk *asker; /* NULL: the slot is free */
};

struct stun_talks {
    struct request requests[SLOTS];
};

struct stun_talks *stun_talks_new(void)
{
    return alloc_zeroed(1, sizeof(struct stun_talks));
}

void stun_talk_release(struct stun_talk *talk)
{
    if (talk != NULL && --talk->references == 0)
        free(talk);
}

void stun_talks_free(struct stun_talks *talks)
{
    if (talks == NULL)
        return;
    for (unsigned i = 0; i < SLOTS; i++)
        stun_talk_release(talks->requests[i].asker);
    free(talks);
}

/* The slot that such a request has or would have. */
static struct request *slot_of(struct stun_talks *talks, const struct ip_address *client,
                               uint16_t client_port, const struct stun_message *message)
{
    uint32_t hash = fnv32(2166136261u, client->bytes, sizeof client->bytes);
    hash = fnv32(hash, &client_port, sizeof client_port);
    hash = fnv32(hash, message->transaction, sizeof message->transaction);
    return &talks->requests[(hash ^ hash >> 16) % SLOTS];
}

static bool is_same(const struct request *request, const struct ip_address *client,
                    uint16_t client_port, const struct stun_message *message)
{
    return request->asker != NULL && request->client_port == client_port &&
           address_is_equal(&request->client, client) &&
           memcmp(request->transaction, message->transaction,
                  sizeof request->transaction) == 0;
}

static void see_request(struct request *slot, struct stun_talk *talk,
                        const struct ip_address *client, uint16_t client_port,
                        const struct stun_message *message, int64_t time_ns)
{
    /* The same id to another server is another flow's request. */
    if (is_same(slot, client, client_port, message) && slot->asker == talk) {
        slot->is_repeated = true;
        talk->facts.repeats++;
        return;
    }
    stun_talk_release(slot->asker);
    talk->references++;
    talk->facts.transactions++;
    *slot = (struct request){
        .client = *client, .client_port = client_port, .time_ns = time_ns, .asker = talk
    };
    memcpy(slot->transaction, message->transaction, sizeof slot->transaction);
}

/* Which copy of a repeated request is answered cannot be told. */
static void see_answer(struct request *slot, int64_t time_ns)
{
    struct flow_stun *facts = &slot->asker->facts;
    if (slot->is_answered)
        return;
    slot->is_answered = true;
    facts->answered++;
    int64_t rtt_ns = time_ns - slot->time_ns;
    if (!slot->is_repeated && rtt_ns >= 0 &&
        (facts->rtt_ns < 0 || rtt_ns < facts->rtt_ns))
        facts->rtt_ns = rtt_ns;
}

static bool is_of_relay(const struct stun_message *message)
{
    return message->is_ms_turn || message->method == STUN_ALLOCATE ||
           (message->method >= STUN_SEND && message->method <= STUN_CHANNEL_BIND) ||
           message->method == STUN_REFRESH;
}

void stun_talk_see(struct stun_talks *talks, struct stun_talk **talk,
                   const struct ip_address *client, uint16_t client_port,
                   const struct stun_message *message, bool from_client, int64_t time_ns)
{
    if (*talk == NULL) {
        *talk = alloc_zeroed(1, sizeof **talk);
        (*talk)->references = 1;
        (*talk)->facts.rtt_ns = -1;
    }
    (*talk)->facts.is_turn |= is_of_relay(message);
    (*talk)->facts.is_microsoft |= message->has_microsoft;
    struct request *slot = slot_of(talks, client, client_port, message);
    if (message->message_class == STUN_REQUEST && from_client)
        see_request(slot, *talk, client, client_port, message, time_ns);
    else if ((message->message_class == STUN_SUCCESS ||
              message->message_class == STUN_ERROR) &&
             !from_client && is_same(slot, client, client_port, message))
        see_answer(slot, time_ns);
}
