/* site_fold_rtt.c - a site's round trips, whole and in parts, and its score (methods C0).
 */
#include "analyzer/site_fold_rtt.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

struct round_trips {
    struct site_summary *summary;
    uint32_t *capacity;
};

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

struct rtt_key {
    enum service service;
    enum category category;
    uint32_t set;
    const char *path, *leg, *reason;
    bool is_bound;
};

static bool is_entry_of(const struct rtt_entry *entry, const struct rtt_key *key)
{
    return entry->service == key->service && entry->set == key->set &&
           entry->is_bound == key->is_bound && strcmp(entry->path, key->path) == 0 &&
           strcmp(entry->leg, key->leg) == 0 && is_same_text(entry->reason, key->reason);
}

static struct rtt_entry *rtt_entry_of(struct round_trips *to, const struct rtt_key *key)
{
    struct site_summary *summary = to->summary;
    for (uint32_t i = 0; i < summary->rtt_count; i++)
        if (is_entry_of(&summary->rtt[i], key))
            return &summary->rtt[i];
    if (summary->rtt_count == *to->capacity) {
        *to->capacity = *to->capacity == 0 ? 16 : 2 * *to->capacity;
        summary->rtt = alloc_resize(summary->rtt, *to->capacity, sizeof *summary->rtt);
    }
    struct rtt_entry *entry = &summary->rtt[summary->rtt_count++];
    *entry = (struct rtt_entry){ .has_service = true,
                                 .service = key->service,
                                 .category = key->category,
                                 .set = key->set,
                                 .path = key->path,
                                 .leg = key->leg,
                                 .reason = key->reason,
                                 .is_bound = key->is_bound };
    distribution_init(&entry->by_sample);
    distribution_init(&entry->by_flow);
    distribution_init(&entry->by_flow_confirmed);
    distribution_init(&entry->delayed);
    return entry;
}

/* What one flow adds to an entry. */
struct rtt_value {
    int64_t flow_ns; /* -1: none, for the key's reason */
    bool is_confirmed;
    const struct flow_side_rtt *side; /* whose samples are shown; NULL: none */
    int64_t shift_ns;                 /* of these samples */
};

/* Into the service as a whole, and into its endpoint set. */
static void see_rtt(struct round_trips *to, struct rtt_key key,
                    const struct rtt_value *value)
{
    uint32_t set = key.set;
    for (unsigned i = 0; i < 2; i++) {
        key.set = i == 0 ? 0 : set;
        struct rtt_entry *entry = rtt_entry_of(to, &key);
        entry->flows++;
        if (value->side != NULL) {
            distribution_merge_shifted(&entry->by_sample, &value->side->samples,
                                       value->shift_ns);
            distribution_merge_shifted(&entry->delayed, &value->side->delayed,
                                       value->shift_ns);
        }
        if (value->flow_ns >= 0)
            distribution_see(&entry->by_flow, value->flow_ns);
        if (value->flow_ns >= 0 && value->is_confirmed)
            distribution_see(&entry->by_flow_confirmed, value->flow_ns);
    }
}

static void see_side(struct round_trips *to, struct rtt_key key,
                     const struct flow_record *facts, enum rtt_side side)
{
    struct rtt_value value = {
        .flow_ns = correlation_rtt(facts, side),
        .is_confirmed = correlation_rtt_is_confirmed(facts, side),
        .side = &facts->rtt[side],
    };
    key.leg = side == RTT_SERVER ? "server-side" : "client-side";
    if (value.flow_ns >= 0)
        see_rtt(to, key, &value);
}

/* Of a sum or a bound, one side's samples would not tell how the whole varies. */
static void see_way(struct round_trips *to, struct rtt_key key,
                    const struct judged_flow *flow,
                    const struct judgement_context *context)
{
    struct judged_way way = judged_flow_way(flow, context);
    struct rtt_value value = {
        .flow_ns = way.ns,
        .is_confirmed = way.is_confirmed,
        .shift_ns = correlation_rtt(flow->facts, RTT_CLIENT),
    };
    if (way.ns >= 0 && !way.is_bound && !way.is_sum)
        value.side = &flow->facts->rtt[RTT_SERVER];
    key.leg = "user-to-front-door";
    key.reason = way.reason;
    key.is_bound = way.is_bound && way.ns >= 0;
    see_rtt(to, key, &value);
}

/* Of what ends at a proxy, or where the TLS is opened, the server's side is that end. */
void site_fold_rtt_see(struct site_summary *summary, uint32_t *capacity,
                       const struct judged_flow *flow,
                       const struct judgement_context *context)
{
    struct round_trips to = { summary, capacity };
    const struct flow_record *facts = flow->facts;
    const struct endpoint_set *set = flow->m365.match.best;
    struct rtt_key key = {
        .service = set->service,
        .category = set->category,
        .set = set->id,
        .path = judged_flow_ends_early(flow) ? "proxied" : "direct",
    };
    see_side(&to, key, facts, RTT_SERVER);
    see_side(&to, key, facts, RTT_CLIENT);
    key.leg = "handshake";
    if (facts->handshake.server_ns >= 0)
        see_rtt(&to, key, &(struct rtt_value){ .flow_ns = facts->handshake.server_ns });
    see_way(&to, key, flow, context);
}

static int rtt_order(const void *a, const void *b)
{
    const struct rtt_entry *first = a, *second = b;
    if (first->service != second->service)
        return first->service < second->service ? -1 : 1;
    if (first->set != second->set)
        return first->set < second->set ? -1 : 1;
    int order = strcmp(first->path, second->path);
    if (order == 0)
        order = strcmp(first->leg, second->leg);
    if (order == 0)
        order = first->is_bound - second->is_bound;
    return order != 0 ? order
                      : strcmp(first->reason == NULL ? "" : first->reason,
                               second->reason == NULL ? "" : second->reason);
}

static bool is_seen(const struct site_summary *summary, enum service service)
{
    for (unsigned category = 0; category < CATEGORIES; category++)
        if (summary->by_service[service][category].flows > 0)
            return true;
    return false;
}

/*
 * Microsoft's scale for Exchange: the median of what users need to the front door, by the
 * confirmed values where there are any.
 */
static void conclude_score(struct site_summary *summary,
                           const struct judgement_context *context)
{
    struct distribution all, confirmed;
    distribution_init(&all);
    distribution_init(&confirmed);
    for (uint32_t i = 0; i < summary->rtt_count; i++) {
        const struct rtt_entry *entry = &summary->rtt[i];
        if (entry->service != SERVICE_EXCHANGE || entry->set != 0 || entry->is_bound ||
            strcmp(entry->leg, "user-to-front-door") != 0)
            continue;
        distribution_merge(&all, &entry->by_flow);
        distribution_merge(&confirmed, &entry->by_flow_confirmed);
    }
    summary->score_is_confirmed = confirmed.count > 0;
    const struct distribution *used = confirmed.count > 0 ? &confirmed : &all;
    if (used->count > 0) {
        summary->score_thousandths =
            thresholds_score(context->knowledge->thresholds, "latency.exchange_score",
                             distribution_percentile(used, 500) / 1000);
    } else {
        summary->score_thousandths = -1;
        summary->score_reason = is_seen(summary, SERVICE_EXCHANGE)
                                    ? "exchange-round-trip-not-measured"
                                    : "no-exchange-traffic";
    }
    distribution_release(&all);
    distribution_release(&confirmed);
}

void site_fold_rtt_conclude(struct site_summary *summary,
                            const struct judgement_context *context)
{
    if (summary->rtt_count > 1)
        qsort(summary->rtt, summary->rtt_count, sizeof *summary->rtt, rtt_order);
    conclude_score(summary, context);
}
