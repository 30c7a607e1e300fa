/* site_fold.c - shares, verdicts, distributions and hosts of a site; its detectors'
 * tallies. */
#include "analyzer/site_fold.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/address_set.h"
#include "analyzer/alloc.h"
#include "analyzer/detector.h"
#include "analyzer/evidence.h"
#include "analyzer/names_out.h"
#include "analyzer/site_fold_rtt.h"

enum {
    HOSTS_MOST = 16384, /* distinct names that are followed */
    HOSTS_SHOWN = 50,
    RESOLVERS_MOST = 64,
    LOOKUPS_LEAST = 5,
    DETECTORS_MOST = 16,
    PORT_DNS = 53,
    SURE = 900,
};

struct host_slot {
    struct site_host host;
    uint64_t hash;
};

struct site_fold {
    struct site_summary summary;
    struct address_set all, office365, generic, default_category;
    struct address_set by_service[SERVICES][CATEGORIES];
    struct host_slot *hosts; /* HOSTS_MOST * 2 slots, made on first use */
    uint32_t host_count;
    struct evidence_list *slow_lookups[RESOLVERS_MOST]; /* parallel to the resolvers */
    uint32_t rtt_capacity;
    void *tallies[DETECTORS_MOST];
};

static int64_t slow_lookup_ns(const struct judgement_context *context)
{
    return 1000 * thresholds_get(context->knowledge->thresholds, "dns.lookup_us");
}

struct site_fold *site_fold_new(const char *name, const char *role)
{
    struct site_fold *fold = alloc_zeroed(1, sizeof *fold);
    fold->summary.name = alloc_text(name);
    fold->summary.role = alloc_text(role);
    for (unsigned i = 0; detectors[i] != NULL; i++)
        if (detectors[i]->tally_size > 0)
            fold->tallies[i] = alloc_zeroed(1, detectors[i]->tally_size);
    return fold;
}

const char *site_fold_name(const struct site_fold *fold)
{
    return fold->summary.name;
}

static uint64_t bytes_of_flow(const struct judged_flow *flow)
{
    return flow->facts->bytes[FLOW_C2S] + flow->facts->bytes[FLOW_S2C];
}

static void see_share(struct share *share, struct address_set *clients,
                      const struct judged_flow *flow)
{
    share->flows++;
    share->bytes += bytes_of_flow(flow);
    address_set_see(clients, &flow->facts->client.ip);
    share->clients = clients->count;
}

static bool is_same_kind(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void see_verdict(struct site_summary *summary, enum verdict_question question,
                        const struct judged_flow *flow)
{
    const struct verdict *verdict = &flow->verdicts[question];
    struct verdict_count *count = NULL;
    for (uint32_t i = 0; i < summary->verdict_count; i++)
        if (summary->verdicts[i].question == question &&
            summary->verdicts[i].state == verdict->state &&
            is_same_kind(summary->verdicts[i].kind, verdict->kind))
            count = &summary->verdicts[i];
    if (count == NULL) {
        summary->verdicts = alloc_resize(summary->verdicts, summary->verdict_count + 1,
                                         sizeof *summary->verdicts);
        count = &summary->verdicts[summary->verdict_count++];
        *count = (struct verdict_count){ question, verdict->state, verdict->kind, 0, 0 };
    }
    count->flows++;
    count->bytes += bytes_of_flow(flow);
}

static uint64_t text_hash(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static struct site_host *host_of(struct site_fold *fold, const char *name)
{
    uint64_t hash = text_hash(name);
    if (fold->hosts == NULL)
        fold->hosts = alloc_zeroed(2 * HOSTS_MOST, sizeof *fold->hosts);
    for (uint64_t at = hash;; at++) {
        struct host_slot *slot = &fold->hosts[at % (2 * HOSTS_MOST)];
        if (slot->host.host == NULL && fold->host_count < HOSTS_MOST) {
            fold->host_count++;
            slot->hash = hash;
            slot->host.host = alloc_text(name);
            distribution_init(&slot->host.rtt);
            return &slot->host;
        }
        if (slot->host.host == NULL)
            return NULL;
        if (slot->hash == hash && strcmp(slot->host.host, name) == 0)
            return &slot->host;
    }
}

static void see_host(struct site_fold *fold, const struct judged_flow *flow,
                     const struct judgement_context *context)
{
    if (flow->m365.host == NULL)
        return;
    struct site_host *host = host_of(fold, flow->m365.host);
    if (host == NULL)
        return;
    host->service = flow->m365.match.best->service;
    host->category = flow->m365.match.best->category;
    host->set = flow->m365.match.best->id;
    host->flows++;
    host->bytes += bytes_of_flow(flow);
    struct judged_way way = judged_flow_way(flow, context);
    if (way.ns >= 0 && !way.is_bound) {
        distribution_see(&host->rtt, way.ns);
        host->confirmed += way.is_confirmed;
    }
}

static void see_lookup(struct site_fold *fold, struct site_resolver *resolver,
                       const struct judged_flow *flow,
                       const struct judgement_context *context)
{
    int64_t lookup_ns = flow->facts->dns.lookup_ns;
    uint32_t number = (uint32_t)(resolver - fold->summary.resolvers);
    char text[32];
    if (lookup_ns < 0)
        return;
    distribution_see(&resolver->lookup, lookup_ns);
    if (lookup_ns <= slow_lookup_ns(context))
        return;
    if (fold->slow_lookups[number] == NULL)
        fold->slow_lookups[number] = alloc_zeroed(1, sizeof *fold->slow_lookups[number]);
    evidence_see(fold->slow_lookups[number], flow, 0, "lookup-above-threshold", "%s",
                 evidence_ms(lookup_ns, text, sizeof text));
}

static void see_resolver(struct site_fold *fold, const struct judged_flow *flow,
                         const struct judgement_context *context)
{
    struct site_summary *summary = &fold->summary;
    const struct flow_record *facts = flow->facts;
    struct site_resolver *resolver = NULL;
    if (facts->transport != FLOW_UDP || facts->server.port != PORT_DNS)
        return;
    for (uint32_t i = 0; i < summary->resolver_count; i++)
        if (address_is_equal(&summary->resolvers[i].address, &facts->server.ip))
            resolver = &summary->resolvers[i];
    if (resolver == NULL && summary->resolver_count == RESOLVERS_MOST)
        return;
    if (resolver == NULL) {
        summary->resolvers = alloc_resize(summary->resolvers, summary->resolver_count + 1,
                                          sizeof *summary->resolvers);
        resolver = &summary->resolvers[summary->resolver_count++];
        *resolver = (struct site_resolver){ .address = facts->server.ip };
        distribution_init(&resolver->lookup);
    }
    resolver->answers += facts->packets[FLOW_S2C];
    see_lookup(fold, resolver, flow, context);
}

static void see_tcp(struct site_tcp *tcp, const struct flow_record *facts)
{
    const struct flow_tcp_options *client = &facts->options[FLOW_C2S];
    const struct flow_tcp_options *server = &facts->options[FLOW_S2C];
    if (facts->transport != FLOW_TCP)
        return;
    tcp->flows++;
    tcp->packets += facts->packets[0] + facts->packets[1];
    for (unsigned side = 0; side < 2; side++) {
        tcp->retransmissions += facts->counts[side].retransmissions;
        tcp->lost_segments += facts->counts[side].lost_segments;
        tcp->out_of_order += facts->counts[side].out_of_order;
        tcp->zero_windows += facts->counts[side].zero_windows;
    }
    tcp->resets_by_client += facts->ended_by == FLOW_END_CLIENT_RST;
    tcp->resets_by_server += facts->ended_by == FLOW_END_SERVER_RST;
    if (!client->is_seen || !server->is_seen)
        return;
    tcp->without_window_scale += !client->has_window_scale || !server->has_window_scale;
    tcp->without_sack += !client->has_sack || !server->has_sack;
    tcp->with_timestamps += client->has_timestamps && server->has_timestamps;
}

static void see_office365(struct site_fold *fold, const struct judged_flow *flow,
                          const struct judgement_context *context)
{
    const struct endpoint_set *set = flow->m365.match.best;
    struct site_summary *summary = &fold->summary;
    if (flow->m365.match.breadth == BREADTH_GENERIC) {
        see_share(&summary->generic, &fold->generic, flow);
        return;
    }
    see_share(&summary->by_service[set->service][set->category],
              &fold->by_service[set->service][set->category], flow);
    see_host(fold, flow, context);
    if (set->category == CATEGORY_DEFAULT) {
        see_share(&summary->default_category, &fold->default_category, flow);
        return;
    }
    see_share(&summary->office365, &fold->office365, flow);
    for (unsigned question = 0; question < QUESTIONS; question++)
        see_verdict(summary, (enum verdict_question)question, flow);
    if (!judged_flow_is_server_mail(flow))
        site_fold_rtt_see(summary, &fold->rtt_capacity, flow, context);
    see_tcp(&summary->tcp, flow->facts);
}

void site_fold_see(struct site_fold *fold, const struct judged_flow *flow,
                   const struct judgement_context *context)
{
    see_share(&fold->summary.all, &fold->all, flow);
    see_resolver(fold, flow, context);
    if (flow->m365.is_matched && flow->is_of_user)
        see_office365(fold, flow, context);
    for (unsigned i = 0; detectors[i] != NULL; i++)
        if (detectors[i]->see_flow != NULL)
            detectors[i]->see_flow(fold->tallies[i], flow, context);
}

static int host_order(const void *a, const void *b)
{
    const struct site_host *first = a, *second = b;
    if (first->bytes != second->bytes)
        return first->bytes > second->bytes ? -1 : 1;
    return strcmp(first->host, second->host);
}

static void conclude_hosts(struct site_fold *fold)
{
    struct site_summary *summary = &fold->summary;
    struct site_host *hosts = alloc_zeroed(fold->host_count + 1, sizeof *hosts);
    uint32_t count = 0;
    for (uint32_t i = 0; fold->hosts != NULL && i < 2 * HOSTS_MOST; i++)
        if (fold->hosts[i].host.host != NULL)
            hosts[count++] = fold->hosts[i].host;
    qsort(hosts, count, sizeof *hosts, host_order);
    for (uint32_t i = HOSTS_SHOWN; i < count; i++) {
        free(hosts[i].host);
        distribution_release(&hosts[i].rtt);
    }
    summary->hosts = hosts;
    summary->host_count = count < HOSTS_SHOWN ? count : HOSTS_SHOWN;
}

static int verdict_order(const void *a, const void *b)
{
    const struct verdict_count *first = a, *second = b;
    if (first->question != second->question)
        return first->question < second->question ? -1 : 1;
    if (first->state != second->state)
        return first->state > second->state ? -1 : 1;
    return strcmp(first->kind == NULL ? "" : first->kind,
                  second->kind == NULL ? "" : second->kind);
}

static int resolver_order(const void *a, const void *b)
{
    const struct site_resolver *first = a, *second = b;
    if (first->answers != second->answers)
        return first->answers > second->answers ? -1 : 1;
    return address_order(&first->address, &second->address);
}

#define SORT(items, count, order)                                                        \
    do {                                                                                 \
        if ((count) > 1)                                                                 \
            qsort(items, count, sizeof *(items), order);                                 \
    } while (0)

/* While the resolvers stand as they were seen. */
static void find_slow_dns(struct site_fold *fold, const struct judgement_context *context,
                          struct findings *findings)
{
    const struct site_summary *summary = &fold->summary;
    int64_t limit_ns = slow_lookup_ns(context);
    char address[ADDRESS_TEXT_SIZE];
    for (uint32_t i = 0; i < summary->resolver_count; i++) {
        const struct site_resolver *resolver = &summary->resolvers[i];
        if (resolver->lookup.count < LOOKUPS_LEAST ||
            distribution_percentile(&resolver->lookup, 500) <= limit_ns)
            continue;
        names_out_address(&resolver->address, address);
        struct finding *finding =
            findings_add(findings, "dns", summary->name, NULL, address);
        finding->text = "dns-slow";
        finding->severity = SEVERITY_MEDIUM;
        finding->confidence_thousandths = SURE;
        evidence_conclude(fold->slow_lookups[i], finding, 0);
        finding_set(finding, "resolver", "%s", address);
        evidence_set_median(finding, "p50_ms", &resolver->lookup);
        evidence_set_ms(finding, "threshold_ms", limit_ns);
    }
}

static void release_fold(struct site_fold *fold)
{
    for (uint32_t i = 0; i < RESOLVERS_MOST; i++)
        if (fold->slow_lookups[i] != NULL) {
            evidence_release(fold->slow_lookups[i]);
            free(fold->slow_lookups[i]);
        }
    address_set_release(&fold->all);
    address_set_release(&fold->office365);
    address_set_release(&fold->generic);
    address_set_release(&fold->default_category);
    for (unsigned service = 0; service < SERVICES; service++)
        for (unsigned category = 0; category < CATEGORIES; category++)
            address_set_release(&fold->by_service[service][category]);
    free(fold->hosts);
    free(fold);
}

void site_fold_conclude(struct site_fold *fold, const struct judgement_context *context,
                        struct site_summary *summary, struct findings *findings)
{
    conclude_hosts(fold);
    find_slow_dns(fold, context, findings);
    *summary = fold->summary;
    SORT(summary->verdicts, summary->verdict_count, verdict_order);
    SORT(summary->resolvers, summary->resolver_count, resolver_order);
    site_fold_rtt_conclude(summary, context);
    for (unsigned i = 0; detectors[i] != NULL; i++) {
        if (detectors[i]->conclude != NULL)
            detectors[i]->conclude(fold->tallies[i], summary, context, findings);
        if (detectors[i]->release != NULL)
            detectors[i]->release(fold->tallies[i]);
        free(fold->tallies[i]);
    }
    release_fold(fold);
}
