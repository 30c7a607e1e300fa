/* judgement.c - where a flow belongs, what it is, and what each detector says of it. */
#include "analyzer/judgement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/detector.h"
#include "analyzer/m365.h"
#include "analyzer/verdict_codes.h"

enum { PORT_SMTP = 25, MUCH_SOONER = 4 };

const struct flow_certificate *judged_flow_certificate(const struct judged_flow *flow)
{
    const struct flow_tls *tls = &flow->facts->tls;
    return tls->chain_count == 0 ? NULL
                                 : &flow->series->header->certificates[tls->chain[0]];
}

bool judged_flow_ends_early(const struct judged_flow *flow)
{
    enum verdict_state proxy = flow->verdicts[QUESTION_PROXY].state;
    enum verdict_state opened = flow->verdicts[QUESTION_INTERCEPTION].state;
    return proxy == VERDICT_YES || proxy == VERDICT_LIKELY || opened == VERDICT_YES ||
           opened == VERDICT_LIKELY;
}

bool judged_flow_is_server_mail(const struct judged_flow *flow)
{
    return flow->facts->transport == FLOW_TCP && flow->facts->server.port == PORT_SMTP;
}

static bool is_opened(const struct judged_flow *flow)
{
    enum verdict_state opened = flow->verdicts[QUESTION_INTERCEPTION].state;
    return opened == VERDICT_YES || opened == VERDICT_LIKELY;
}

/*
 * Where the same flow leaves the one proxy that it goes through, with both sides
 * measured; NULL where that was not seen. Behind a chain of proxies a way between them is
 * missing.
 */
static const struct sighting_record *leaving_proxy(const struct judged_flow *flow)
{
    const struct sighting_group *group = &flow->group;
    const struct sighting_record *first = group->sightings;
    if (group->count == 0 || !first->is_proxied)
        return NULL;
    for (uint32_t i = 1; i < group->count; i++) {
        const struct sighting_record *sighting = &first[i];
        if (sighting->is_proxied &&
            (sighting->server_port != first->server_port ||
             !address_is_equal(&sighting->server, &first->server)))
            return NULL;
        if (!sighting->is_proxied && sighting->client_rtt_ns >= 0 &&
            sighting->server_rtt_ns >= 0)
            return sighting;
    }
    return NULL;
}

/*
 * An answer as fast as the proxy itself did not wait for the service (C3.1). Nor did one
 * that came much sooner behind the proxy's own round trip than what the service answers.
 */
static bool is_early(int64_t connect_ns, int64_t hello_ns, int64_t early_ns)
{
    return connect_ns < early_ns ||
           (hello_ns >= 0 && connect_ns < hello_ns / MUCH_SOONER);
}

static int64_t bound_behind_proxy(const struct judged_flow *flow,
                                  const struct judgement_context *context,
                                  int64_t server_ns, const char **reason)
{
    const struct flow_timing *timing = &flow->facts->timing;
    int64_t early_ns =
        1000 * thresholds_get(context->knowledge->thresholds, "proxy.early_reply_us");
    if (timing->connect_ns < 0) {
        *reason = "proxy-without-connect";
        return -1;
    }
    int64_t hello_ns = timing->hello_ns < 0 ? -1 : timing->hello_ns - server_ns;
    if (!is_early(timing->connect_ns - server_ns, hello_ns, early_ns))
        return timing->connect_ns;
    if (hello_ns >= early_ns)
        return timing->hello_ns;
    *reason = "early-reply";
    return -1;
}

static struct judged_way way_through_proxy(const struct judged_flow *flow,
                                           const struct judgement_context *context,
                                           int64_t server_ns, int64_t client_ns)
{
    const struct flow_record *facts = flow->facts;
    const struct sighting_record *far = leaving_proxy(flow);
    struct judged_way way = { .ns = -1, .is_bound = true };
    if (is_opened(flow)) {
        way.reason = "tls-opened";
    } else if (far != NULL) {
        way = (struct judged_way){
            .ns = client_ns + server_ns + far->client_rtt_ns + far->server_rtt_ns,
            .is_sum = true,
            .is_confirmed = correlation_rtt_is_confirmed(facts, RTT_SERVER) &&
                            correlation_rtt_is_confirmed(facts, RTT_CLIENT) &&
                            far->server_is_confirmed && far->client_is_confirmed,
        };
    } else {
        int64_t bound_ns = bound_behind_proxy(flow, context, server_ns, &way.reason);
        if (bound_ns >= 0)
            way.ns = client_ns + bound_ns;
    }
    return way;
}

struct judged_way judged_flow_way(const struct judged_flow *flow,
                                  const struct judgement_context *context)
{
    const struct flow_record *facts = flow->facts;
    int64_t server_ns = correlation_rtt(facts, RTT_SERVER);
    int64_t client_ns = correlation_rtt(facts, RTT_CLIENT);
    struct judged_way way = { .ns = -1, .is_bound = judged_flow_ends_early(flow) };
    if (judged_flow_is_server_mail(flow))
        way.reason = "server-mail";
    else if (server_ns < 0 || client_ns < 0)
        way.reason = "side-not-measured";
    if (way.reason != NULL)
        return way;
    if (way.is_bound)
        return way_through_proxy(flow, context, server_ns, client_ns);
    way.ns = server_ns + client_ns;
    way.is_confirmed = correlation_rtt_is_confirmed(facts, RTT_SERVER) &&
                       correlation_rtt_is_confirmed(facts, RTT_CLIENT);
    return way;
}

int64_t judged_flow_way_ns(const struct judged_flow *flow,
                           const struct judgement_context *context, bool *is_bound)
{
    struct judged_way way = judged_flow_way(flow, context);
    *is_bound = way.is_bound;
    return way.ns;
}

static bool split_authority(const char *authority, char *host, size_t capacity,
                            uint16_t *port)
{
    const char *colon = strrchr(authority, ':');
    const char *start = authority, *end = colon;
    if (colon == NULL)
        return false;
    if (authority[0] == '[' && end > authority + 1 && end[-1] == ']') {
        start++;
        end--;
    }
    unsigned long number = strtoul(colon + 1, NULL, 10);
    size_t size = (size_t)(end - start);
    if (size == 0 || size >= capacity || number == 0 || number > UINT16_MAX)
        return false;
    memcpy(host, start, size);
    host[size] = '\0';
    *port = (uint16_t)number;
    return true;
}

bool judged_flow_proxy_target(const struct flow_record *record, char *host,
                              size_t capacity, uint16_t *port)
{
    const struct flow_http *http = &record->http;
    if (record->socks.target != NULL)
        return split_authority(record->socks.target, host, capacity, port);
    if (http->method == NULL || http->host == NULL ||
        strcmp(http->method, "CONNECT") != 0)
        return false;
    return split_authority(http->host, host, capacity, port);
}

/* The contract: longest prefix, else by correlation, else where it was captured. */
static const char *site_of(const struct judgement_context *context,
                           struct judged_flow *judged)
{
    const struct site *site =
        site_file_find_site(context->site_file, &judged->facts->client.ip, NULL);
    for (uint32_t i = 0; site == NULL && i < judged->group.count; i++)
        site = site_file_find_site(context->site_file, &judged->group.sightings[i].client,
                                   NULL);
    judged->site_is_told = site != NULL;
    if (site != NULL)
        return site->name;
    for (uint32_t i = 0; i < judged->group.count; i++) {
        const struct sighting_record *sighting = &judged->group.sightings[i];
        const char *where =
            context->series[sighting->series].captures[sighting->capture].site;
        if (where != NULL)
            return where;
    }
    return judged->capture->site;
}

static bool is_proxy_of_site_file(const struct judgement_context *context,
                                  const struct ip_address *client)
{
    return site_file_find_proxy(context->site_file, client) != NULL;
}

static bool is_nearest(const struct judged_flow *judged)
{
    const struct sighting_group *group = &judged->group;
    return group->count == 0 || (group->sightings[0].series == judged->series_number &&
                                 group->sightings[0].id == judged->facts->id);
}

void judge_flow(const struct judgement_context *context, uint32_t series,
                const struct flow_record *record, struct judged_flow *judged)
{
    *judged = (struct judged_flow){
        .facts = record,
        .series = &context->series[series],
        .series_number = series,
        .capture = &context->series[series].captures[record->capture],
        .group = correlation_find(context->correlation, series, record->id),
    };
    judged->site = site_of(context, judged);
    judged->is_nearest = is_nearest(judged);
    judged->is_of_user = judged->capture->vantage != VANTAGE_PROXY_INTERNET &&
                         !is_proxy_of_site_file(context, &record->client.ip);
    m365_judge(context, judged->series, record, &judged->m365);
    judged->is_office365 = judged->m365.is_matched &&
                           judged->m365.match.best->category != CATEGORY_DEFAULT &&
                           judged->m365.match.breadth == BREADTH_SPECIFIC;
    for (unsigned i = 0; detectors[i] != NULL; i++)
        if (detectors[i]->judge_flow != NULL)
            detectors[i]->judge_flow(judged, context,
                                     &judged->verdicts[detectors[i]->question]);
    for (unsigned question = 0; question < QUESTIONS; question++)
        verdict_codes_complete(&judged->verdicts[question],
                               (enum verdict_question)question);
}
