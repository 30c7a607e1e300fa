/* correlate.c - sorts all sightings by key; neighbours of different series are one flow.
 */
#include "analyzer/correlate.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/fnv.h"

struct group {
    uint64_t first; /* index of the first sighting */
    uint32_t count;
};

/* For finding the group of a flow: sorted by series and id. */
struct reference {
    uint32_t series;
    uint64_t id, group;
};

struct correlation {
    struct sighting_record *sightings;
    uint64_t count, capacity;
    struct group *groups;
    uint64_t group_count;
    struct reference *references;
    uint64_t reference_count, ambiguous;
};

const char *match_how_text(enum match_how how)
{
    static const char *const texts[] = { [MATCH_CLIENT_RANDOM] = "client-random",
                                         [MATCH_TCP_ISN] = "tcp-isn",
                                         [MATCH_TRANSACTION] = "transaction" };
    return texts[how];
}

struct correlation *correlation_new(void)
{
    return alloc_zeroed(1, sizeof(struct correlation));
}

void correlation_free(struct correlation *correlation)
{
    if (correlation == NULL)
        return;
    free(correlation->sightings);
    free(correlation->groups);
    free(correlation->references);
    free(correlation);
}

int64_t correlation_rtt(const struct flow_record *record, enum rtt_side side)
{
    if (record->rtt[side].base_ns >= 0)
        return record->rtt[side].base_ns;
    if (side == RTT_SERVER)
        return record->handshake.server_ns;
    return record->handshake.client_is_estimate ? -1 : record->handshake.client_ns;
}

bool correlation_rtt_is_confirmed(const struct flow_record *record, enum rtt_side side)
{
    return record->rtt[side].base_ns >= 0 && record->rtt[side].is_base_confirmed;
}

static unsigned hex_value(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10) & 15;
}

static uint64_t mix_peer(uint64_t hash, const struct flow_peer *peer)
{
    hash = fnv64(hash, peer->ip.bytes, sizeof peer->ip.bytes);
    return fnv64(hash, &peer->port, sizeof peer->port);
}

/* An answer from another server than was asked is another flow of the same transaction.
 */
static bool key_of_datagrams(const struct flow_record *record,
                             struct sighting_record *sighting)
{
    enum { PORT_DNS = 53 };
    const struct flow_transaction *transaction = &record->transaction;
    if (record->transport != FLOW_UDP ||
        (transaction->high == 0 && transaction->low == 0))
        return false;
    uint64_t ends = mix_peer(14695981039346656037u, &record->server);
    if (record->server.port == PORT_DNS)
        ends = mix_peer(ends, &record->client);
    uint32_t folded = (uint32_t)(ends ^ ends >> 32);
    memcpy(sighting->key, &transaction->high, sizeof transaction->high);
    uint32_t low = (uint32_t)transaction->low;
    memcpy(sighting->key + 8, &low, sizeof low);
    memcpy(sighting->key + 12, &folded, sizeof folded);
    sighting->how = MATCH_TRANSACTION;
    return true;
}

static bool key_of(const struct flow_record *record, struct sighting_record *sighting)
{
    const char *random = record->tls.client_random;
    if (random != NULL && strlen(random) == 64) {
        /* The last 16 of 32 bytes: old clients begin with the time of day. */
        for (unsigned i = 0; i < sizeof sighting->key; i++)
            sighting->key[i] = (uint8_t)(hex_value(random[32 + 2 * i]) << 4 |
                                         hex_value(random[33 + 2 * i]));
        sighting->how = MATCH_CLIENT_RANDOM;
        return true;
    }
    if (record->transport != FLOW_TCP || !record->options[FLOW_C2S].is_seen)
        return key_of_datagrams(record, sighting);
    sighting->how = MATCH_TCP_ISN;
    uint64_t mixed = 14695981039346656037u;
    for (unsigned i = 0; i < sizeof record->server.ip.bytes; i++)
        mixed = (mixed ^ record->server.ip.bytes[i]) * UINT64_C(0x100000001b3);
    memcpy(sighting->key, &mixed, sizeof mixed);
    memcpy(sighting->key + 8, &record->client_isn, sizeof record->client_isn);
    memcpy(sighting->key + 12, &record->server.port, sizeof record->server.port);
    return true;
}

void correlation_see(struct correlation *correlation, uint32_t series, uint8_t rank,
                     const struct flow_record *record)
{
    struct sighting_record sighting = { .series = series, .rank = rank };
    if (!key_of(record, &sighting))
        return;
    sighting.capture = record->capture;
    sighting.id = record->id;
    sighting.is_proxied =
        record->http.connect_reply_frame != 0 || record->socks.target != NULL;
    sighting.server_rtt_ns = correlation_rtt(record, RTT_SERVER);
    sighting.client_rtt_ns = correlation_rtt(record, RTT_CLIENT);
    sighting.server_is_confirmed = correlation_rtt_is_confirmed(record, RTT_SERVER);
    sighting.client_is_confirmed = correlation_rtt_is_confirmed(record, RTT_CLIENT);
    sighting.has_isn = record->options[FLOW_C2S].is_seen;
    sighting.isn = record->client_isn;
    sighting.client = record->client.ip;
    sighting.server = record->server.ip;
    sighting.server_port = record->server.port;
    sighting.client_ttl = record->client.ttl;
    sighting.frame = record->tls.hello_frame != 0    ? record->tls.hello_frame
                     : record->transport == FLOW_UDP ? record->first_frame
                                                     : record->handshake.syn_frame;
    if (correlation->count == correlation->capacity) {
        correlation->capacity =
            correlation->capacity == 0 ? 1024 : 2 * correlation->capacity;
        correlation->sightings =
            alloc_resize(correlation->sightings, correlation->capacity, sizeof sighting);
    }
    correlation->sightings[correlation->count++] = sighting;
}

static int by_key(const void *a, const void *b)
{
    const struct sighting_record *first = a, *second = b;
    int order = first->how - second->how;
    if (order == 0)
        order = memcmp(first->key, second->key, sizeof first->key);
    if (order == 0 && first->series != second->series)
        order = first->series < second->series ? -1 : 1;
    if (order == 0 && first->id != second->id)
        order = first->id < second->id ? -1 : 1;
    return order;
}

/* What all sightings of a group have, so that it can order them. */
struct order_by {
    bool rank, server_rtt, client_rtt, client_ttl;
};

static int compare(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/*
 * From client to server: on the client's side of a proxy before its other side; then as
 * the assessment file has it; then by what remains of the RTT to the server, which falls
 * along the way of one connection; then by what was passed since the client; then by the
 * time to live, which routers count down.
 */
static int by_place(const void *a, const void *b, void *context)
{
    const struct sighting_record *first = a, *second = b;
    const struct order_by *by = context;
    if (first->is_proxied != second->is_proxied)
        return first->is_proxied ? -1 : 1;
    int order = by->rank ? compare(first->rank, second->rank) : 0;
    if (order == 0 && by->server_rtt)
        order = compare(second->server_rtt_ns, first->server_rtt_ns);
    if (order == 0 && by->client_rtt)
        order = compare(first->client_rtt_ns, second->client_rtt_ns);
    if (order == 0 && by->client_ttl)
        order = compare(second->client_ttl, first->client_ttl);
    return order != 0 ? order : compare(first->series, second->series);
}

static void sort_by_place(struct sighting_record *sightings, uint32_t count)
{
    struct order_by by = { true, true, true, true };
    for (uint32_t i = 0; i < count; i++) {
        by.rank &= sightings[i].rank != 0;
        by.server_rtt &= sightings[i].server_rtt_ns >= 0;
        by.client_rtt &= sightings[i].client_rtt_ns >= 0;
        by.client_ttl &= sightings[i].client_ttl != 0;
    }
    qsort_r(sightings, count, sizeof *sightings, by_place, &by);
}

static bool has_repeats(const struct sighting_record *sightings, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (sightings[i].series == sightings[i - 1].series)
            return true;
    return false;
}

/* Behind the groups before: what was seen once is let go of. */
static void add_group(struct correlation *correlation, uint64_t first, uint32_t count)
{
    uint64_t kept = correlation->reference_count;
    struct sighting_record *sightings = &correlation->sightings[kept];
    if (has_repeats(&correlation->sightings[first], count)) {
        correlation->ambiguous += count;
        return;
    }
    memmove(sightings, &correlation->sightings[first], count * sizeof *sightings);
    sort_by_place(sightings, count);
    uint64_t group = correlation->group_count++;
    correlation->groups[group] = (struct group){ kept, count };
    for (uint32_t i = 0; i < count; i++)
        correlation->references[correlation->reference_count++] =
            (struct reference){ sightings[i].series, sightings[i].id, group };
}

static int by_reference(const void *a, const void *b)
{
    const struct reference *first = a, *second = b;
    if (first->series != second->series)
        return first->series < second->series ? -1 : 1;
    return first->id < second->id ? -1 : first->id > second->id;
}

void correlation_conclude(struct correlation *correlation)
{
    uint64_t count = correlation->count;
    struct sighting_record *sightings = correlation->sightings;
    if (count > 0)
        qsort(sightings, count, sizeof *sightings, by_key);
    correlation->groups = alloc_zeroed(count / 2 + 1, sizeof *correlation->groups);
    correlation->references = alloc_zeroed(count + 1, sizeof *correlation->references);
    for (uint64_t first = 0; first < count;) {
        uint64_t end = first + 1;
        while (end < count && sightings[end].how == sightings[first].how &&
               memcmp(sightings[end].key, sightings[first].key, sizeof sightings->key) ==
                   0)
            end++;
        if (end - first > 1)
            add_group(correlation, first, (uint32_t)(end - first));
        first = end;
    }
    uint64_t kept = correlation->reference_count;
    qsort(correlation->references, kept, sizeof *correlation->references, by_reference);
    correlation->sightings =
        alloc_resize(correlation->sightings, kept + 1, sizeof *sightings);
    correlation->references =
        alloc_resize(correlation->references, kept + 1, sizeof *correlation->references);
    correlation->groups = alloc_resize(correlation->groups, correlation->group_count + 1,
                                       sizeof *correlation->groups);
}

struct sighting_group correlation_group(const struct correlation *correlation,
                                        uint64_t index)
{
    const struct group *group = &correlation->groups[index];
    return (struct sighting_group){ &correlation->sightings[group->first], group->count };
}

struct sighting_group correlation_find(const struct correlation *correlation,
                                       uint32_t series, uint64_t id)
{
    struct reference wanted = { .series = series, .id = id };
    if (correlation->reference_count == 0)
        return (struct sighting_group){ 0 };
    const struct reference *found =
        bsearch(&wanted, correlation->references, correlation->reference_count,
                sizeof wanted, by_reference);
    return found == NULL ? (struct sighting_group){ 0 }
                         : correlation_group(correlation, found->group);
}

uint64_t correlation_groups(const struct correlation *correlation)
{
    return correlation->group_count;
}

uint64_t correlation_ambiguous(const struct correlation *correlation)
{
    return correlation->ambiguous;
}
