/* hairpin.c - does Office 365 traffic leave where its users are? (methods C2.3 point 7)
 */
#include <string.h>

#include "analyzer/detector.h"
#include "analyzer/evidence.h"
#include "analyzer/names_out.h"

enum { PROVEN = 980, INFERRED = 800, RULED_OUT = 950, PERCENTILE_95_LEAST = 59 };

/* Where a sighting was made. */
static const struct capture_context *place_of(const struct judgement_context *context,
                                              const struct sighting_record *sighting)
{
    return &context->series[sighting->series].captures[sighting->capture];
}

static bool is_same_site(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool is_place(const char *site)
{
    return site != NULL && strcmp(site, "unassigned") != 0;
}

/* The last sighting at another site than the client's; NULL where there is none. */
static const struct sighting_record *
seen_elsewhere(const struct judged_flow *flow, const struct judgement_context *context)
{
    for (uint32_t i = flow->group.count; is_place(flow->site) && i > 0; i--) {
        const struct sighting_record *sighting = &flow->group.sightings[i - 1];
        const char *site = place_of(context, sighting)->site;
        if (is_place(site) && !is_same_site(site, flow->site))
            return sighting;
    }
    return NULL;
}

static bool passed_proxy(const struct sighting_group *group)
{
    for (uint32_t i = 0; i < group->count; i++)
        if (group->sightings[i].is_proxied)
            return true;
    return false;
}

/* The same hello at the client's own Internet edge, and nowhere else. */
static const struct sighting_record *seen_leaving(const struct judged_flow *flow,
                                                  const struct judgement_context *context)
{
    const struct sighting_group *group = &flow->group;
    if (group->count == 0 || passed_proxy(group))
        return NULL;
    const struct sighting_record *last = &group->sightings[group->count - 1];
    const struct capture_context *place = place_of(context, last);
    bool is_edge = place->vantage == VANTAGE_INTERNET_EDGE && place->vantage_is_told;
    return is_edge && is_same_site(place->site, flow->site) ? last : NULL;
}

/* A client that a prefix of the site file puts elsewhere than where its flow is seen. */
static bool is_client_elsewhere(const struct judged_flow *flow,
                                const struct judgement_context *context)
{
    const struct site *site =
        site_file_find_site(context->site_file, &flow->facts->client.ip, NULL);
    return site != NULL && is_place(flow->capture->site) &&
           !is_same_site(site->name, flow->capture->site);
}

/*
 * That the flow passed two sites is certain; that the client belongs to the first one is
 * told by the assessment file, or inferred from the order of the points, or a guess.
 */
static enum verdict_state how_sure(const struct judged_flow *flow,
                                   const struct judgement_context *context,
                                   const struct sighting_record *elsewhere)
{
    const struct sighting_record *nearest = &flow->group.sightings[0];
    bool is_told = place_of(context, nearest)->vantage_is_told &&
                   place_of(context, elsewhere)->vantage_is_told;
    if (flow->site_is_told || (is_told && nearest->rank < elsewhere->rank))
        return VERDICT_YES;
    if (nearest->is_proxied != elsewhere->is_proxied)
        return VERDICT_LIKELY;
    return elsewhere->server_rtt_ns >= 0 &&
                   nearest->server_rtt_ns > elsewhere->server_rtt_ns
               ? VERDICT_LIKELY
               : VERDICT_UNKNOWN;
}

/* What was the same at both points. */
static bool is_by_transaction(const struct sighting_record *sighting)
{
    return sighting->how == MATCH_TRANSACTION;
}

static void judge_detour(const struct judged_flow *flow,
                         const struct judgement_context *context,
                         const struct sighting_record *elsewhere, struct verdict *verdict)
{
    const struct sighting_record *nearest = &flow->group.sightings[0];
    enum verdict_state state = how_sure(flow, context, elsewhere);
    bool is_detour = passed_proxy(&flow->group);
    const char *kind = is_detour ? "proxy-detour" : "backhaul";
    if (state == VERDICT_UNKNOWN) {
        verdict_set(verdict, state, NULL, "order-of-points-unknown", -1);
        verdict_add_missing(verdict, "the prefixes of the sites, in the assessment file");
    } else {
        verdict_set(verdict, state, kind, "same-flow-at-other-site",
                    state == VERDICT_YES ? PROVEN : INFERRED);
    }
    verdict_add_signal(verdict,
                       is_by_transaction(elsewhere) ? "same-transaction-at-other-site"
                                                    : "same-client-hello-at-other-site",
                       1000,
                       state == VERDICT_YES      ? 3000
                       : state == VERDICT_LIKELY ? 2000
                                                 : 0,
                       elsewhere->series, elsewhere->frame);
    if (!is_detour && nearest->server_rtt_ns >= 0 && elsewhere->server_rtt_ns >= 0)
        verdict_add_signal(verdict, "segment-rtt-ms",
                           (nearest->server_rtt_ns - elsewhere->server_rtt_ns) / 1000, 0,
                           nearest->series, nearest->frame);
}

static void judge_undecided(const struct judged_flow *flow,
                            const struct judgement_context *context,
                            struct verdict *verdict)
{
    bool is_elsewhere = is_client_elsewhere(flow, context);
    bool is_unplaced = flow->group.count > 1 && !is_place(flow->site);
    verdict_set(verdict, VERDICT_UNKNOWN, NULL,
                is_elsewhere  ? "client-of-other-site"
                : is_unplaced ? "points-of-no-told-site"
                              : "one-point-only",
                -1);
    if (is_elsewhere)
        verdict_add_signal(verdict, "client-of-other-site", 1000, 0, flow->series_number,
                           flow->facts->first_frame);
    verdict_add_missing(verdict,
                        is_unplaced
                            ? "an assessment file that tells where each capture was taken"
                            : "captures of the same time at the client's site and at "
                              "every Internet edge that it may leave by");
}

static void judge_flow_for_hairpin(const struct judged_flow *flow,
                                   const struct judgement_context *context,
                                   struct verdict *verdict)
{
    const struct sighting_record *elsewhere = seen_elsewhere(flow, context);
    const struct sighting_record *leaving = seen_leaving(flow, context);
    if (elsewhere != NULL) {
        judge_detour(flow, context, elsewhere, verdict);
    } else if (leaving != NULL) {
        verdict_set(verdict, VERDICT_NO, NULL, "left-at-own-edge", RULED_OUT);
        verdict_add_signal(verdict,
                           is_by_transaction(leaving) ? "same-transaction-at-own-edge"
                                                      : "same-client-hello-at-own-edge",
                           1000, -3000, leaving->series, leaving->frame);
    } else {
        judge_undecided(flow, context, verdict);
    }
}

struct kind_tally {
    struct evidence_list evidence;
    struct distribution cost;
    int32_t confidence; /* of the surest verdict */
    char hub[128];
    char proxy[ADDRESS_TEXT_SIZE];
};

enum { KIND_BACKHAUL, KIND_DETOUR, KINDS };

struct tally {
    struct kind_tally kinds[KINDS][SERVICES];
};

static void see_flow(void *memory, const struct judged_flow *flow,
                     const struct judgement_context *context)
{
    const struct verdict *verdict = &flow->verdicts[QUESTION_HAIRPIN];
    if (!flow->is_office365 || !flow->is_nearest || !flow->is_of_user ||
        (verdict->state != VERDICT_YES && verdict->state != VERDICT_LIKELY))
        return;
    const struct sighting_record *elsewhere = seen_elsewhere(flow, context);
    bool is_detour = strcmp(verdict->kind, "proxy-detour") == 0;
    struct kind_tally *tally = &((struct tally *)memory)
                                    ->kinds[is_detour ? KIND_DETOUR : KIND_BACKHAUL]
                                           [flow->m365.match.best->service];
    char cost_text[32] = "not measured", host[NAMES_OUT_SIZE];
    const struct sighting_record *nearest = &flow->group.sightings[0];
    if (verdict->confidence_thousandths > tally->confidence)
        tally->confidence = verdict->confidence_thousandths;
    names_out_text(place_of(context, elsewhere)->site, tally->hub, sizeof tally->hub);
    names_out_address(&flow->facts->server.ip, tally->proxy);
    if (!is_detour && nearest->server_rtt_ns >= 0 && elsewhere->server_rtt_ns >= 0) {
        int64_t cost_ns = nearest->server_rtt_ns - elsewhere->server_rtt_ns;
        distribution_see(&tally->cost, cost_ns);
        evidence_ms(cost_ns < 0 ? 0 : cost_ns, cost_text, sizeof cost_text);
    }
    const char *name = names_out_text(flow->m365.host, host, sizeof host);
    const struct result_header *there = context->series[elsewhere->series].header;
    evidence_see(&tally->evidence, flow, nearest->frame, verdict->reason,
                 "%s, again in %s frame %llu; way between: %s",
                 name == NULL ? "same connection" : name,
                 there->captures[frame_file(elsewhere->frame)].name,
                 (unsigned long long)frame_number(elsewhere->frame), cost_text);
    evidence_see_again(&tally->evidence, there, elsewhere, flow->facts, verdict->reason,
                       "the same connection there");
}

static void conclude_kind(struct kind_tally *tally, unsigned kind, enum service service,
                          const struct site_summary *site,
                          const struct judgement_context *context,
                          struct findings *findings)
{
    static const char *const texts[KINDS] = { "hairpin-backhaul",
                                              "hairpin-proxy-detour" };
    static const char *const subjects[KINDS] = { "backhaul", "proxy-detour" };
    if (tally->evidence.flows == 0)
        return;
    struct finding *finding = findings_add(findings, "hairpin", site->name,
                                           service_text(service), subjects[kind]);
    bool is_optimize = site->by_service[service][CATEGORY_OPTIMIZE].flows > 0;
    int64_t extra_ns =
        1000 * thresholds_get(context->knowledge->thresholds, "hairpin.extra_rtt_us");
    finding->text = texts[kind];
    finding->severity = is_optimize ? SEVERITY_HIGH : SEVERITY_MEDIUM;
    finding->confidence_thousandths = tally->confidence;
    evidence_conclude(&tally->evidence, finding, evidence_flows_of(site, service));
    finding_set(finding, "hub", "%s", tally->hub);
    if (kind == KIND_DETOUR) /* on other ways the server is Microsoft's */
        finding_set(finding, "proxy", "%s", tally->proxy);
    evidence_set_ms(finding, "threshold_ms", extra_ns);
    evidence_set_median(finding, "cost_ms", &tally->cost);
    if (tally->cost.count >= PERCENTILE_95_LEAST)
        evidence_set_ms(finding, "cost_p95_ms",
                        distribution_percentile(&tally->cost, 950));
}

static void conclude(void *memory, const struct site_summary *site,
                     const struct judgement_context *context, struct findings *findings)
{
    struct tally *tally = memory;
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned service = 0; service < SERVICES; service++)
            conclude_kind(&tally->kinds[kind][service], kind, (enum service)service, site,
                          context, findings);
}

static void release(void *memory)
{
    struct tally *tally = memory;
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned service = 0; service < SERVICES; service++) {
            evidence_release(&tally->kinds[kind][service].evidence);
            distribution_release(&tally->kinds[kind][service].cost);
        }
}

extern const struct detector hairpin_detector;
const struct detector hairpin_detector = {
    .name = "hairpin",
    .question = QUESTION_HAIRPIN,
    .judge_flow = judge_flow_for_hairpin,
    .tally_size = sizeof(struct tally),
    .see_flow = see_flow,
    .conclude = conclude,
    .release = release,
};
