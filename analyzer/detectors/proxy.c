/* proxy.c - does a proxy stand between the client and Office 365? (methods C3.1, C3.3) */
#include <string.h>

#include "analyzer/detector.h"
#include "analyzer/evidence.h"
#include "analyzer/names_out.h"

enum {
    TOLD_BY_PROTOCOL = 1000,
    BY_ADDRESS = 950,
    BY_SITE_FILE = 900,
    BY_TWO_POINTS = 900
};

static bool has_port(const struct site_proxy *proxy, uint16_t port)
{
    for (size_t i = 0; i < proxy->port_count; i++)
        if (proxy->ports[i] == port)
            return true;
    return proxy->port_count == 0;
}

static bool judge_spoken(const struct judged_flow *flow, struct verdict *verdict)
{
    const struct flow_record *facts = flow->facts;
    const struct flow_http *http = &facts->http;
    const char *reason = facts->socks.target != NULL ? "socks-request"
                         : http->connect_frame != 0  ? "connect"
                         : http->is_absolute         ? "absolute-form"
                                                     : NULL;
    if (reason == NULL)
        return false;
    bool is_socks = facts->socks.target != NULL;
    verdict_set(verdict, VERDICT_YES, is_socks ? "socks" : "explicit", reason,
                TOLD_BY_PROTOCOL);
    verdict_add_signal(verdict, reason, 1000, 4000, flow->series_number,
                       is_socks                   ? facts->socks.frame
                       : http->connect_frame != 0 ? http->connect_frame
                                                  : http->request_frame);
    return true;
}

static uint64_t naming_frame(const struct flow_record *facts)
{
    return facts->tls.hello_frame != 0      ? facts->tls.hello_frame
           : facts->http.request_frame != 0 ? facts->http.request_frame
                                            : facts->first_frame;
}

/* The name that the client said is Office 365, and for that alone is it asked. */
static bool names_office365(const struct m365 *m365)
{
    return m365->is_matched && m365->match.breadth == BREADTH_SPECIFIC &&
           (m365->matched_by & (EVIDENCE_SNI | EVIDENCE_HTTP_HOST)) != 0;
}

static bool judge_address(const struct judged_flow *flow,
                          const struct judgement_context *context,
                          struct verdict *verdict)
{
    const struct flow_record *facts = flow->facts;
    const struct cloud_proxy *cloud =
        proxy_list_find_address(context->knowledge->proxies, &facts->server.ip);
    if (!names_office365(&flow->m365) || flow->m365.address_published)
        return false;
    if (cloud != NULL && cloud->use == PROXY_USE_PROXY) {
        verdict_set(verdict, VERDICT_YES, "cloud", "cloud-proxy-address", BY_ADDRESS);
        verdict->product = cloud->product;
        verdict_add_signal(verdict, "cloud-proxy-address", 1000, 3000,
                           flow->series_number, naming_frame(facts));
        return true;
    }
    if (flow->m365.has_address_published && address_is_private(&facts->server.ip)) {
        verdict_set(verdict, VERDICT_YES, "internal-redirect", "private-address",
                    BY_ADDRESS);
        verdict_add_signal(verdict, "private-address", 1000, 3000, flow->series_number,
                           naming_frame(facts));
        return true;
    }
    return false;
}

static bool judge_site_file(const struct judged_flow *flow,
                            const struct judgement_context *context,
                            struct verdict *verdict)
{
    const struct flow_record *facts = flow->facts;
    const struct site_proxy *proxy =
        site_file_find_proxy(context->site_file, &facts->server.ip);
    if (proxy == NULL || !has_port(proxy, facts->server.port) ||
        facts->transport != FLOW_TCP)
        return false;
    /* Who says hello for the service itself was led here by DNS; else it may be the
       middle of a conversation with a proxy. */
    const char *kind = facts->tls.sni == NULL                  ? "explicit"
                       : address_is_private(&facts->server.ip) ? "internal-redirect"
                                                               : "cloud";
    verdict_set(verdict, VERDICT_LIKELY, kind, "listed-proxy", BY_SITE_FILE);
    verdict_add_signal(verdict, "listed-proxy", 1000, 2000, flow->series_number,
                       facts->first_frame);
    if (facts->tls.sni == NULL)
        verdict_add_missing(verdict, "the first packets of the connection");
    return true;
}

/*
 * The very connection of the client, by its initial sequence number and its ClientHello,
 * was seen leaving for Microsoft's address at an Internet edge: nothing up to there took
 * it apart.
 */
static bool judge_two_points(const struct judged_flow *flow,
                             const struct judgement_context *context,
                             struct verdict *verdict)
{
    const struct sighting_group *group = &flow->group;
    if (group->count < 2 || !flow->m365.address_published)
        return false;
    const struct sighting_record *nearest = &group->sightings[0];
    const struct sighting_record *last = &group->sightings[group->count - 1];
    const struct capture_context *edge =
        &context->series[last->series].captures[last->capture];
    if (edge->vantage != VANTAGE_INTERNET_EDGE || !edge->vantage_is_told ||
        !nearest->has_isn || !last->has_isn || nearest->isn != last->isn ||
        nearest->is_proxied || !address_is_equal(&nearest->server, &last->server))
        return false;
    verdict_set(verdict, VERDICT_NO, "none", "same-connection-at-internet-edge",
                BY_TWO_POINTS);
    verdict_add_signal(verdict, "same-initial-sequence-number", 1000, -3000, last->series,
                       last->frame);
    return true;
}

static void judge_flow_for_proxy(const struct judged_flow *flow,
                                 const struct judgement_context *context,
                                 struct verdict *verdict)
{
    if (judge_spoken(flow, verdict) || judge_address(flow, context, verdict) ||
        judge_site_file(flow, context, verdict) ||
        judge_two_points(flow, context, verdict))
        return;
    verdict_set(verdict, VERDICT_UNKNOWN, NULL, "none-seen-transparent-not-excluded", -1);
    verdict_add_missing(verdict,
                        "a capture of the same flows at the Internet edge, to tell a "
                        "transparent proxy");
}

struct kind_tally {
    struct evidence_list evidence;
    struct ip_address proxy;
    uint16_t port;
    const char *product;
    int32_t confidence; /* of the surest verdict */
    struct distribution connect;
    char host[256];
};

enum { KIND_EXPLICIT, KIND_SOCKS, KIND_CLOUD, KIND_REDIRECT, KINDS };
static const char *const kinds[KINDS] = { "explicit", "socks", "cloud",
                                          "internal-redirect" };

struct tally {
    struct kind_tally kinds[KINDS][SERVICES];
    struct evidence_list auth;
    struct distribution auth_cost;
    uint64_t auth_rounds;
    struct ip_address auth_proxy;
    char auth_scheme[64];
    struct distribution direct[SERVICES]; /* base RTT of flows without a proxy */
};

static void see_auth(struct tally *tally, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    char cost[32];
    if (facts->http.auth_rounds == 0)
        return;
    tally->auth_rounds += facts->http.auth_rounds;
    tally->auth_proxy = facts->server.ip;
    if (facts->http.auth_scheme != NULL)
        names_out_text(facts->http.auth_scheme, tally->auth_scheme,
                       sizeof tally->auth_scheme);
    if (facts->timing.auth_ns >= 0)
        distribution_see(&tally->auth_cost, facts->timing.auth_ns);
    evidence_see(&tally->auth, flow, facts->http.auth_frame, "407", "%u round%s, %s",
                 facts->http.auth_rounds, facts->http.auth_rounds == 1 ? "" : "s",
                 facts->timing.auth_ns < 0
                     ? "not completed"
                     : evidence_ms(facts->timing.auth_ns, cost, sizeof cost));
}

static void see_kind(struct kind_tally *kind, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    const struct verdict *verdict = &flow->verdicts[QUESTION_PROXY];
    char host[NAMES_OUT_SIZE], server[ADDRESS_TEXT_SIZE];
    kind->proxy = facts->server.ip;
    kind->port = facts->server.port;
    kind->product = verdict->product;
    if (verdict->confidence_thousandths > kind->confidence)
        kind->confidence = verdict->confidence_thousandths;
    names_out_text(flow->m365.host, kind->host, sizeof kind->host);
    if (facts->timing.connect_ns >= 0)
        distribution_see(&kind->connect, facts->timing.connect_ns);
    evidence_see(&kind->evidence, flow, verdict->signals[0].frame, verdict->reason,
                 "%s by %s port %u", names_out_text(flow->m365.host, host, sizeof host),
                 names_out_address(&facts->server.ip, server), facts->server.port);
}

static void see_flow(void *memory, const struct judged_flow *flow,
                     const struct judgement_context *context)
{
    struct tally *tally = memory;
    const struct verdict *verdict = &flow->verdicts[QUESTION_PROXY];
    (void)context;
    if (!flow->is_office365 || !flow->is_nearest || !flow->is_of_user)
        return;
    enum service service = flow->m365.match.best->service;
    if (verdict->state == VERDICT_YES || verdict->state == VERDICT_LIKELY) {
        for (unsigned i = 0; i < KINDS; i++)
            if (verdict->kind != NULL && strcmp(verdict->kind, kinds[i]) == 0)
                see_kind(&tally->kinds[i][service], flow);
        see_auth(tally, flow);
    } else if (!judged_flow_ends_early(flow) &&
               flow->facts->rtt[RTT_SERVER].base_ns >= 0) {
        distribution_see(&tally->direct[service], flow->facts->rtt[RTT_SERVER].base_ns);
    }
}

static void conclude_kind(struct tally *tally, unsigned which, enum service service,
                          const struct site_summary *site, struct findings *findings)
{
    static const char *const texts[KINDS] = { "proxy-explicit", "proxy-explicit",
                                              "proxy-cloud", "proxy-internal-redirect" };
    struct kind_tally *kind = &tally->kinds[which][service];
    char address[ADDRESS_TEXT_SIZE];
    if (kind->evidence.flows == 0)
        return;
    struct finding *finding =
        findings_add(findings, "proxy", site->name, service_text(service), kinds[which]);
    finding->text = texts[which];
    finding->severity = SEVERITY_HIGH;
    if (site->by_service[service][CATEGORY_OPTIMIZE].flows == 0)
        finding->severity = SEVERITY_MEDIUM;
    finding->confidence_thousandths = kind->confidence;
    evidence_conclude(&kind->evidence, finding, evidence_flows_of(site, service));
    finding_set(finding, "proxy", "%s:%u", names_out_address(&kind->proxy, address),
                kind->port);
    finding_set(finding, "address", "%s", address);
    if (kind->product != NULL)
        finding_set(finding, "vendor", "%s", kind->product);
    finding_set(finding, "host", "%s", kind->host);
    evidence_set_median(finding, "connect_p50_ms", &kind->connect);
    evidence_set_median(finding, "baseline_ms", &tally->direct[service]);
}

static void conclude_auth(struct tally *tally, const struct site_summary *site,
                          struct findings *findings)
{
    char address[ADDRESS_TEXT_SIZE];
    if (tally->auth.flows == 0)
        return;
    struct finding *finding =
        findings_add(findings, "proxy-auth", site->name, NULL, "407");
    finding->text = "proxy-auth";
    finding->severity = SEVERITY_MEDIUM;
    finding->confidence_thousandths = TOLD_BY_PROTOCOL;
    evidence_conclude(&tally->auth, finding, site->office365.flows);
    finding_set(finding, "proxy", "%s", names_out_address(&tally->auth_proxy, address));
    finding_set(finding, "rounds", "%llu", (unsigned long long)tally->auth_rounds);
    if (tally->auth_scheme[0] != '\0')
        finding_set(finding, "scheme", "%s", tally->auth_scheme);
    evidence_set_median(finding, "auth_p50_ms", &tally->auth_cost);
}

static void conclude(void *memory, const struct site_summary *site,
                     const struct judgement_context *context, struct findings *findings)
{
    struct tally *tally = memory;
    (void)context;
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned service = 0; service < SERVICES; service++)
            conclude_kind(tally, kind, (enum service)service, site, findings);
    conclude_auth(tally, site, findings);
}

static void release(void *memory)
{
    struct tally *tally = memory;
    for (unsigned kind = 0; kind < KINDS; kind++)
        for (unsigned service = 0; service < SERVICES; service++) {
            evidence_release(&tally->kinds[kind][service].evidence);
            distribution_release(&tally->kinds[kind][service].connect);
        }
    for (unsigned service = 0; service < SERVICES; service++)
        distribution_release(&tally->direct[service]);
    evidence_release(&tally->auth);
    distribution_release(&tally->auth_cost);
}

extern const struct detector proxy_detector;
const struct detector proxy_detector = {
    .name = "proxy",
    .question = QUESTION_PROXY,
    .judge_flow = judge_flow_for_proxy,
    .tally_size = sizeof(struct tally),
    .see_flow = see_flow,
    .conclude = conclude,
    .release = release,
};
