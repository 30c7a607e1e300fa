/* transport.c - loss and windows of TCP (m365-facts: what a trace is read for). */
#include <stdio.h>

#include "analyzer/detector.h"
#include "analyzer/evidence.h"

enum { PACKETS_LEAST = 1000, SURE = 900, UNSCALED_BYTES = 65535 };

struct service_tally {
    uint64_t packets, retransmissions, acked_bytes, unseen_bytes;
    struct evidence_list lossy, unscaled;
    struct distribution unscaled_rtt;
};

struct tally {
    struct service_tally services[SERVICES];
};

static void see_loss(struct service_tally *tally, const struct judged_flow *flow)
{
    const struct rtt_counts *counts = flow->facts->counts;
    uint64_t resent = (uint64_t)counts[0].retransmissions + counts[1].retransmissions;
    tally->packets += flow->facts->packets[0] + flow->facts->packets[1];
    tally->retransmissions += resent;
    tally->acked_bytes += counts[0].acked_bytes + counts[1].acked_bytes;
    tally->unseen_bytes += counts[0].acked_unseen_bytes + counts[1].acked_unseen_bytes;
    if (resent > 0)
        evidence_see(
            &tally->lossy, flow, 0, "retransmissions", "%llu of %llu packets",
            (unsigned long long)resent,
            (unsigned long long)(flow->facts->packets[0] + flow->facts->packets[1]));
}

static void see_window(struct service_tally *tally, const struct judged_flow *flow)
{
    const struct flow_tcp_options *client = &flow->facts->options[FLOW_C2S];
    const struct flow_tcp_options *server = &flow->facts->options[FLOW_S2C];
    if (!client->is_seen || !server->is_seen ||
        (client->has_window_scale && server->has_window_scale))
        return;
    int64_t rtt_ns = correlation_rtt(flow->facts, RTT_SERVER);
    if (rtt_ns >= 0)
        distribution_see(&tally->unscaled_rtt, rtt_ns);
    evidence_see(&tally->unscaled, flow, flow->facts->handshake.syn_frame,
                 "no-window-scaling", "not offered by the %s",
                 client->has_window_scale ? "server's side" : "client's side");
}

static void see_flow(void *memory, const struct judged_flow *flow,
                     const struct judgement_context *context)
{
    struct tally *tally = memory;
    const struct flow_record *facts = flow->facts;
    (void)context;
    if (!flow->is_office365 || !flow->is_nearest || !flow->is_of_user)
        return;
    struct service_tally *service = &tally->services[flow->m365.match.best->service];
    if (facts->transport != FLOW_TCP)
        return;
    see_loss(service, flow);
    see_window(service, flow);
}

static void conclude_loss(struct service_tally *tally, enum service service,
                          const struct site_summary *site,
                          const struct judgement_context *context,
                          struct findings *findings)
{
    const struct thresholds *thresholds = context->knowledge->thresholds;
    uint64_t limit = (uint64_t)thresholds_get(thresholds, "loss.retransmitted_per_mille");
    uint64_t withheld =
        (uint64_t)thresholds_get(thresholds, "capture.loss_withheld_per_mille");
    /* A capture that lost packets itself cannot tell what the network lost (C1.7b). */
    if (tally->packets < PACKETS_LEAST ||
        tally->retransmissions * 1000 <= limit * tally->packets ||
        tally->unseen_bytes * 1000 > withheld * tally->acked_bytes)
        return;
    struct finding *finding = findings_add(findings, "loss", site->name,
                                           service_text(service), "retransmissions");
    uint64_t hundredths = tally->retransmissions * 10000 / tally->packets;
    finding->text = "loss";
    finding->severity = SEVERITY_MEDIUM;
    finding->confidence_thousandths = SURE;
    evidence_conclude(&tally->lossy, finding, evidence_flows_of(site, service));
    finding_set(finding, "percent", "%llu.%02llu", (unsigned long long)(hundredths / 100),
                (unsigned long long)(hundredths % 100));
    finding_set(finding, "retransmissions", "%llu",
                (unsigned long long)tally->retransmissions);
    finding_set(finding, "packets", "%llu", (unsigned long long)tally->packets);
}

static void conclude_window(struct service_tally *tally, enum service service,
                            const struct site_summary *site, struct findings *findings)
{
    if (tally->unscaled.flows == 0)
        return;
    struct finding *finding =
        findings_add(findings, "window", site->name, service_text(service), "scaling");
    finding->text = "window";
    finding->severity = SEVERITY_MEDIUM;
    finding->confidence_thousandths = SURE;
    evidence_conclude(&tally->unscaled, finding, evidence_flows_of(site, service));
    int64_t rtt_ns = distribution_percentile(&tally->unscaled_rtt, 500);
    if (rtt_ns > 0) {
        /* bytes * 8 / ns = Gbit/s; in tenths of Mbit/s */
        int64_t tenths = UNSCALED_BYTES * INT64_C(80000) / rtt_ns;
        finding_set(finding, "ceiling_mbit", "%lld.%lld", (long long)(tenths / 10),
                    (long long)(tenths % 10));
    }
}

static void conclude(void *memory, const struct site_summary *site,
                     const struct judgement_context *context, struct findings *findings)
{
    struct tally *tally = memory;
    for (unsigned i = 0; i < SERVICES; i++) {
        conclude_loss(&tally->services[i], (enum service)i, site, context, findings);
        conclude_window(&tally->services[i], (enum service)i, site, findings);
    }
}

static void release(void *memory)
{
    struct tally *tally = memory;
    for (unsigned i = 0; i < SERVICES; i++) {
        evidence_release(&tally->services[i].lossy);
        evidence_release(&tally->services[i].unscaled);
        distribution_release(&tally->services[i].unscaled_rtt);
    }
}

extern const struct detector transport_detector;
const struct detector transport_detector = {
    .name = "transport",
    .tally_size = sizeof(struct tally),
    .see_flow = see_flow,
    .conclude = conclude,
    .release = release,
};
