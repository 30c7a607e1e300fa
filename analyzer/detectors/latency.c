/* latency.c - how far away is the service? (methods C1.8, C0) */
#include "analyzer/detector.h"
#include "analyzer/evidence.h"
#include "analyzer/names_out.h"

enum { PERCENTILE_95_LEAST = 59, FLOWS_LEAST = 5, SURE = 900 };

static const int64_t microsecond_ns = 1000;

struct service_tally {
    struct distribution direct;
    struct evidence_list slow; /* flows above the threshold */
};

struct tally {
    struct service_tally services[SERVICES];
};

static int64_t threshold_ns(const struct judgement_context *context, enum service service)
{
    const char *name =
        service == SERVICE_SKYPE ? "teams.rtt_us" : "latency.outlook_warning_us";
    return microsecond_ns * thresholds_get(context->knowledge->thresholds, name);
}

static void see_flow(void *memory, const struct judged_flow *flow,
                     const struct judgement_context *context)
{
    if (!flow->is_office365 || !flow->is_nearest || !flow->is_of_user)
        return;
    bool is_bound;
    int64_t way_ns = judged_flow_way_ns(flow, context, &is_bound);
    enum service service = flow->m365.match.best->service;
    struct service_tally *tally = &((struct tally *)memory)->services[service];
    char text[32];
    if (way_ns < 0 || is_bound)
        return;
    distribution_see(&tally->direct, way_ns);
    if (way_ns > threshold_ns(context, service))
        evidence_see(&tally->slow, flow, flow->facts->rtt[RTT_SERVER].min_reply_frame,
                     "rtt-above-threshold", "%s", evidence_ms(way_ns, text, sizeof text));
}

static void conclude_service(struct service_tally *tally, enum service service,
                             const struct site_summary *site,
                             const struct judgement_context *context,
                             struct findings *findings)
{
    int64_t limit_ns = threshold_ns(context, service);
    if (tally->direct.count < FLOWS_LEAST ||
        distribution_percentile(&tally->direct, 500) <= limit_ns)
        return;
    struct finding *finding =
        findings_add(findings, "latency", site->name, service_text(service), "rtt");
    finding->text = "latency";
    finding->severity = SEVERITY_HIGH;
    finding->confidence_thousandths = SURE;
    evidence_conclude(&tally->slow, finding, evidence_flows_of(site, service));
    finding_set(finding, "flows", "%llu", (unsigned long long)tally->direct.count);
    evidence_set_median(finding, "p50_ms", &tally->direct);
    evidence_set_ms(finding, "threshold_ms", limit_ns);
    if (tally->direct.count >= PERCENTILE_95_LEAST)
        evidence_set_ms(finding, "p95_ms", distribution_percentile(&tally->direct, 950));
    if (service == SERVICE_EXCHANGE)
        finding_set(finding, "score", "%d",
                    thresholds_score(
                        context->knowledge->thresholds, "latency.exchange_score",
                        distribution_percentile(&tally->direct, 500) / microsecond_ns) /
                        1000);
}

static void conclude(void *memory, const struct site_summary *site,
                     const struct judgement_context *context, struct findings *findings)
{
    struct tally *tally = memory;
    for (unsigned service = 0; service < SERVICES; service++)
        conclude_service(&tally->services[service], (enum service)service, site, context,
                         findings);
}

static void release(void *memory)
{
    struct tally *tally = memory;
    for (unsigned service = 0; service < SERVICES; service++) {
        distribution_release(&tally->services[service].direct);
        evidence_release(&tally->services[service].slow);
    }
}

extern const struct detector latency_detector;
const struct detector latency_detector = {
    .name = "latency",
    .tally_size = sizeof(struct tally),
    .see_flow = see_flow,
    .conclude = conclude,
    .release = release,
};
