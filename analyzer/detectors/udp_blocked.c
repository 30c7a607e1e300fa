/* udp_blocked.c - clients whose STUN requests to Teams relays nobody answers (RFC 8489;
 * m365-facts: UDP blocked, media falls back to TCP). */
#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/detector.h"
#include "analyzer/evidence.h"
#include "analyzer/names_out.h"

enum {
    FAIR = 700,
    CLIENTS_MOST = 16384, /* of a site; the first ones in the order of the records */
    SLOTS = 2 * CLIENTS_MOST,
};

/* Only the clients that are told in the end need evidence: what makes it is kept. */
struct client {
    struct flow_peer client, server; /* of its first unanswered flow */
    uint64_t id, first_frame;
    uint32_t series;
    uint64_t flows, bytes, attempts; /* without an answer */
    bool has_answer;
};

struct tally {
    struct client *clients; /* in order of appearance */
    uint32_t count, capacity;
    uint32_t *slots; /* index into clients, plus one; open addressing */
    uint64_t untold; /* flows of clients beyond the most */
    bool hears_servers;
};

static uint32_t slot_of(const struct tally *tally, const struct ip_address *address)
{
    uint64_t hash = address->family;
    for (unsigned i = 0; i < sizeof address->bytes; i++)
        hash = (hash ^ address->bytes[i]) * UINT64_C(0x100000001b3);
    uint32_t slot = (uint32_t)((hash ^ hash >> 29) % SLOTS);
    while (tally->slots[slot] != 0 &&
           !address_is_equal(&tally->clients[tally->slots[slot] - 1].client.ip, address))
        slot = (slot + 1) % SLOTS;
    return slot;
}

/* NULL where there is no room for one more. */
static struct client *client_of(struct tally *tally, const struct flow_peer *peer)
{
    if (tally->slots == NULL)
        tally->slots = alloc_zeroed(SLOTS, sizeof *tally->slots);
    uint32_t slot = slot_of(tally, &peer->ip);
    if (tally->slots[slot] != 0)
        return &tally->clients[tally->slots[slot] - 1];
    if (tally->count == CLIENTS_MOST)
        return NULL;
    if (tally->count == tally->capacity) {
        tally->capacity = tally->capacity == 0 ? 16 : 2 * tally->capacity;
        tally->clients =
            alloc_resize(tally->clients, tally->capacity, sizeof *tally->clients);
    }
    tally->clients[tally->count] = (struct client){ .client = *peer };
    tally->slots[slot] = ++tally->count;
    return &tally->clients[tally->count - 1];
}

static void see_attempts(struct client *client, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    if (client->flows++ == 0) {
        client->client = facts->client;
        client->server = facts->server;
        client->id = facts->id;
        client->first_frame = facts->first_frame;
        client->series = flow->series_number;
    }
    client->attempts += facts->stun_requests;
    client->bytes += facts->bytes[FLOW_C2S];
}

static void see_flow(void *memory, const struct judged_flow *flow,
                     const struct judgement_context *context)
{
    struct tally *tally = memory;
    const struct flow_record *facts = flow->facts;
    (void)context;
    tally->hears_servers |= facts->packets[FLOW_S2C] > 0;
    if (!flow->is_office365 || !flow->is_nearest || !flow->is_of_user ||
        facts->transport != FLOW_UDP || facts->stun_requests + facts->stun_answers == 0)
        return;
    struct client *client = client_of(tally, &facts->client);
    if (client == NULL)
        tally->untold++;
    else if (facts->packets[FLOW_S2C] > 0)
        client->has_answer = true;
    else
        see_attempts(client, flow);
}

static void tell_client(struct evidence_list *list, const struct client *client,
                        const struct judgement_context *context)
{
    struct flow_record facts = { .id = client->id,
                                 .transport = FLOW_UDP,
                                 .client = client->client,
                                 .server = client->server,
                                 .first_frame = client->first_frame,
                                 .bytes = { client->bytes, 0 } };
    struct judged_flow flow = { .facts = &facts,
                                .series = &context->series[client->series] };
    char address[ADDRESS_TEXT_SIZE];
    evidence_see(list, &flow, 0, "stun-unanswered", "%s: %llu requests without an answer",
                 names_out_address(&client->client.ip, address),
                 (unsigned long long)client->attempts);
    list->flows += client->flows - 1;
}

static void add_finding(struct evidence_list *list, uint64_t attempts, uint64_t answered,
                        const struct tally *tally, const struct site_summary *site,
                        struct findings *findings)
{
    struct finding *finding = findings_add(findings, "udp-blocked", site->name,
                                           service_text(SERVICE_SKYPE), "stun");
    finding->text = "udp-blocked";
    finding->severity = SEVERITY_HIGH;
    finding->confidence_thousandths = FAIR;
    evidence_conclude(list, finding, evidence_flows_of(site, SERVICE_SKYPE));
    finding_set(finding, "attempts", "%llu", (unsigned long long)attempts);
    finding_set(finding, "clients", "%llu",
                (unsigned long long)finding->affected_clients);
    finding_set(finding, "answered_clients", "%llu", (unsigned long long)answered);
    if (tally->untold > 0)
        finding_set(finding, "untold_flows", "%llu", (unsigned long long)tally->untold);
}

static void conclude(void *memory, const struct site_summary *site,
                     const struct judgement_context *context, struct findings *findings)
{
    const struct tally *tally = memory;
    struct evidence_list list = { 0 };
    uint64_t least = (uint64_t)thresholds_get(context->knowledge->thresholds,
                                              "teams.blocked_attempts");
    uint64_t attempts = 0, answered = 0;
    for (uint32_t i = 0; i < tally->count; i++) {
        const struct client *client = &tally->clients[i];
        answered += client->has_answer;
        if (client->has_answer || client->flows == 0 || client->attempts < least)
            continue;
        tell_client(&list, client, context);
        attempts += client->attempts;
    }
    /* A capture of one direction alone shows no answer to anything. */
    if (list.total > 0 && tally->hears_servers)
        add_finding(&list, attempts, answered, tally, site, findings);
    evidence_release(&list);
}

static void release(void *memory)
{
    struct tally *tally = memory;
    free(tally->clients);
    free(tally->slots);
}

extern const struct detector udp_blocked_detector;
const struct detector udp_blocked_detector = {
    .name = "udp-blocked",
    .tally_size = sizeof(struct tally),
    .see_flow = see_flow,
    .conclude = conclude,
    .release = release,
};
