/* interception.c - is TLS to Office 365 opened on the way? (methods C4.1) */
#include <stdio.h>
#include <string.h>

#include "analyzer/detector.h"
#include "analyzer/evidence.h"
#include "analyzer/names_out.h"
#include "dissectors/x509_name.h"

enum { CERTAIN = 990, STRONG = 950, GOOD = 800 };

static bool is_self_issued(const struct flow_certificate *leaf)
{
    return leaf->subject_cn != NULL && leaf->issuer_cn != NULL &&
           strcmp(leaf->subject_cn, leaf->issuer_cn) == 0;
}

static const char *issuer_name(const struct flow_certificate *leaf)
{
    return leaf->issuer_cn != NULL  ? leaf->issuer_cn
           : leaf->issuer_o != NULL ? leaf->issuer_o
                                    : "(no name)";
}

static void judge_leaf(const struct judged_flow *flow,
                       const struct judgement_context *context, struct verdict *verdict)
{
    const struct flow_record *facts = flow->facts;
    const struct flow_certificate *leaf = judged_flow_certificate(flow);
    const char *product = NULL;
    enum issuer_kind kind = issuers_find(context->knowledge->issuers, leaf->issuer_cn,
                                         leaf->issuer_o, facts->start_ns, &product);
    bool covers =
        flow->m365.host == NULL ||
        x509_covers(leaf->san, leaf->san_count, leaf->subject_cn, flow->m365.host) ||
        leaf->san_cut;
    verdict->issuer = issuer_name(leaf);
    /* What is only Default may stand at a third party, with a certificate of its own. */
    bool may_be_cdn = !flow->is_office365;
    if (!covers && may_be_cdn)
        verdict_set(verdict, VERDICT_UNKNOWN, NULL, "certificate-for-other-name", -1);
    else if (!covers && is_self_issued(leaf))
        verdict_set(verdict, VERDICT_LIKELY, "captive-portal", "self-signed-other-name",
                    GOOD);
    else if (kind == ISSUER_INSPECTION)
        verdict_set(verdict, VERDICT_YES, "inspection", "inspection-issuer", CERTAIN);
    else if (kind == ISSUER_UNFAMILIAR && flow->m365.host == NULL)
        verdict_set(verdict, VERDICT_UNKNOWN, NULL, "no-name-to-compare", -1);
    else if (kind == ISSUER_UNFAMILIAR && covers)
        verdict_set(verdict, VERDICT_YES, "inspection", "unpublished-issuer", STRONG);
    else if (!covers)
        verdict_set(verdict, VERDICT_LIKELY, "inspection", "certificate-for-other-name",
                    GOOD);
    else if (kind == ISSUER_MICROSOFT)
        verdict_set(verdict, VERDICT_NO, NULL, "expected-issuer", STRONG);
    else
        verdict_set(verdict, VERDICT_UNKNOWN, NULL,
                    "public-issuer-not-known-for-microsoft", -1);
    verdict->product = product;
    verdict_add_signal(verdict, verdict->reason, 1000,
                       verdict->state == VERDICT_NO        ? -3000
                       : verdict->state == VERDICT_UNKNOWN ? 0
                                                           : 3000,
                       flow->series_number, facts->tls.certificate_frame);
}

static void judge_flow_for_interception(const struct judged_flow *flow,
                                        const struct judgement_context *context,
                                        struct verdict *verdict)
{
    const struct flow_tls *tls = &flow->facts->tls;
    if (!tls->is_present) {
        verdict_set(verdict, VERDICT_UNKNOWN, NULL, "no-tls-seen", -1);
    } else if (!flow->m365.is_matched) {
        verdict_set(verdict, VERDICT_UNKNOWN, NULL, "not-judged-for-this-host", -1);
    } else if (tls->chain_count == 0) {
        verdict_set(verdict, VERDICT_UNKNOWN, NULL, "certificate-hidden", -1);
        verdict_add_missing(verdict, "key log, or a capture on the other side");
    } else {
        judge_leaf(flow, context, verdict);
    }
}

struct service_tally {
    struct evidence_list opened, review;
    uint64_t hidden;
    enum verdict_state strongest;
    int32_t confidence;
    char issuer[256], product[128], review_issuer[256], review_host[256];
};

struct tally {
    struct service_tally services[SERVICES];
};

static void describe(const struct judged_flow *flow, char *out, size_t capacity)
{
    char issuer[NAMES_OUT_SIZE], host[NAMES_OUT_SIZE];
    const char *name = names_out_text(flow->m365.host, host, sizeof host);
    snprintf(out, capacity, "%s issued by %s", name == NULL ? "certificate" : name,
             names_out_text(flow->verdicts[QUESTION_INTERCEPTION].issuer, issuer,
                            sizeof issuer));
}

static void see_opened(struct service_tally *tally, const struct judged_flow *flow)
{
    const struct verdict *verdict = &flow->verdicts[QUESTION_INTERCEPTION];
    char what[3 * 1024];
    describe(flow, what, sizeof what);
    if (verdict->state > tally->strongest) {
        tally->strongest = verdict->state;
        tally->confidence = verdict->confidence_thousandths;
        names_out_text(verdict->issuer, tally->issuer, sizeof tally->issuer);
        if (verdict->product != NULL)
            names_out_text(verdict->product, tally->product, sizeof tally->product);
    }
    evidence_see(&tally->opened, flow, flow->facts->tls.certificate_frame,
                 verdict->reason, "%s", what);
}

static void see_flow(void *memory, const struct judged_flow *flow,
                     const struct judgement_context *context)
{
    const struct verdict *verdict = &flow->verdicts[QUESTION_INTERCEPTION];
    (void)context;
    if (!flow->is_office365 || !flow->is_nearest || !flow->is_of_user)
        return;
    struct service_tally *tally =
        &((struct tally *)memory)->services[flow->m365.match.best->service];
    char what[3 * 1024];
    if (verdict->state == VERDICT_YES || verdict->state == VERDICT_LIKELY) {
        see_opened(tally, flow);
    } else if (flow->facts->tls.is_present && flow->facts->tls.chain_count == 0) {
        tally->hidden++;
    } else if (verdict->state == VERDICT_UNKNOWN && flow->facts->tls.chain_count > 0) {
        describe(flow, what, sizeof what);
        names_out_text(verdict->issuer, tally->review_issuer,
                       sizeof tally->review_issuer);
        if (flow->m365.host != NULL)
            names_out_text(flow->m365.host, tally->review_host,
                           sizeof tally->review_host);
        evidence_see(&tally->review, flow, flow->facts->tls.certificate_frame,
                     verdict->reason, "%s", what);
    }
}

static void conclude_opened(struct service_tally *tally, enum service service,
                            const struct site_summary *site, struct findings *findings)
{
    if (tally->opened.flows == 0)
        return;
    char subject[sizeof "issuer/" + sizeof tally->issuer]; /* never "review" */
    snprintf(subject, sizeof subject, "issuer/%s", tally->issuer);
    struct finding *finding = findings_add(findings, "interception", site->name,
                                           service_text(service), subject);
    finding->text = "interception";
    finding->severity = site->by_service[service][CATEGORY_OPTIMIZE].flows > 0
                            ? SEVERITY_HIGH
                            : SEVERITY_MEDIUM;
    finding->confidence_thousandths = tally->confidence;
    evidence_conclude(&tally->opened, finding, evidence_flows_of(site, service));
    finding_set(finding, "issuer", "%s", tally->issuer);
    if (tally->product[0] != '\0')
        finding_set(finding, "product", "%s", tally->product);
    if (tally->hidden > 0)
        finding_set(finding, "hidden", "%llu", (unsigned long long)tally->hidden);
}

static void conclude_review(struct service_tally *tally, enum service service,
                            const struct site_summary *site, struct findings *findings)
{
    if (tally->review.flows == 0)
        return;
    struct finding *finding = findings_add(findings, "interception", site->name,
                                           service_text(service), "review");
    finding->text = "interception-review";
    finding->severity = SEVERITY_INFO;
    finding->confidence_thousandths = -1;
    evidence_conclude(&tally->review, finding, evidence_flows_of(site, service));
    finding_set(finding, "issuer", "%s", tally->review_issuer);
    finding_set(finding, "host", "%s", tally->review_host);
}

static void conclude(void *memory, const struct site_summary *site,
                     const struct judgement_context *context, struct findings *findings)
{
    struct tally *tally = memory;
    (void)context;
    for (unsigned service = 0; service < SERVICES; service++) {
        conclude_opened(&tally->services[service], (enum service)service, site, findings);
        conclude_review(&tally->services[service], (enum service)service, site, findings);
    }
}

static void release(void *memory)
{
    struct tally *tally = memory;
    for (unsigned service = 0; service < SERVICES; service++) {
        evidence_release(&tally->services[service].opened);
        evidence_release(&tally->services[service].review);
    }
}

extern const struct detector interception_detector;
const struct detector interception_detector = {
    .name = "interception",
    .question = QUESTION_INTERCEPTION,
    .judge_flow = judge_flow_for_interception,
    .tally_size = sizeof(struct tally),
    .see_flow = see_flow,
    .conclude = conclude,
    .release = release,
};
