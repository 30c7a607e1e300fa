/* test_finding.c - findings, their order, and the verdicts that they are made of. */
#include "analyzer/finding.h"

#include "analyzer/verdict.h"
#include "tests/test.h"

static void an_id_is_kind_site_service_and_subject(void)
{
    struct findings findings = { 0 };
    CHECK_TEXT(findings_add(&findings, "hairpin", "Leeds", "Exchange", "HQ")->id,
               "hairpin/Leeds/Exchange/HQ");
    CHECK_TEXT(findings_add(&findings, "unanalysed", NULL, NULL, "a/b.pcap")->id,
               "unanalysed/-/-/a/b.pcap");
    CHECK_TEXT(findings_add(&findings, "dns", "", "", "")->id, "dns/-/-/-");
    findings_release(&findings);
    CHECK(findings.items == NULL && findings.count == 0);
}

static void slashes_in_names_do_not_make_two_ids_one(void)
{
    struct findings findings = { 0 };
    const struct finding *one = findings_add(&findings, "dns", "a/b", "c", "d");
    const struct finding *other = findings_add(&findings, "dns", "a", "b/c", "d");
    const struct finding *spelled = findings_add(&findings, "dns", "a%2Fb", "c", "d");
    CHECK_TEXT(one->id, "dns/a%2Fb/c/d");
    CHECK(strcmp(one->id, other->id) != 0);
    CHECK(strcmp(one->id, spelled->id) != 0);
    findings_release(&findings);
}

static void nothing_is_claimed_of_a_new_finding(void)
{
    struct findings findings = { 0 };
    const struct finding *finding = findings_add(&findings, "loss", "Leeds", NULL, NULL);
    CHECK(finding->confidence_thousandths == -1);
    CHECK(finding->affected_share_thousandths == -1);
    CHECK(finding->severity == SEVERITY_INFO);
    CHECK(finding->service == NULL && finding->evidence_total == 0);
    findings_release(&findings);
}

static void a_parameter_set_again_has_its_last_value(void)
{
    struct findings findings = { 0 };
    struct finding *finding = findings_add(&findings, "loss", NULL, NULL, NULL);
    CHECK(finding_parameter(finding, "percent") == NULL);
    finding_set(finding, "percent", "%d", 1);
    finding_set(finding, "host", "%s", "a.example");
    finding_set(finding, "percent", "%d.%d", 2, 5);
    CHECK(finding->parameter_count == 2);
    CHECK_TEXT(finding_parameter(finding, "percent"), "2.5");
    CHECK_TEXT(finding_parameter(finding, "host"), "a.example");
    findings_release(&findings);
}

static void add(struct findings *findings, enum severity severity, const char *kind,
                const char *site, const char *service)
{
    findings_add(findings, kind, site, service, "x")->severity = severity;
}

static void the_severest_stand_first_then_kind_site_and_service(void)
{
    static const char *const expected[] = {
        "loss/Leeds/Exchange/x", "dns/-/-/x",           "dns/Leeds/-/x",
        "dns/Leeds/Exchange/x",  "dns/York/Exchange/x", "proxy/-/-/x",
    };
    struct findings findings = { 0 };
    add(&findings, SEVERITY_LOW, "proxy", NULL, NULL);
    add(&findings, SEVERITY_LOW, "dns", "York", "Exchange");
    add(&findings, SEVERITY_LOW, "dns", "Leeds", "Exchange");
    add(&findings, SEVERITY_HIGH, "loss", "Leeds", "Exchange");
    add(&findings, SEVERITY_LOW, "dns", "Leeds", NULL);
    add(&findings, SEVERITY_LOW, "dns", NULL, NULL);
    findings_sort(&findings);
    for (uint32_t i = 0; i < findings.count; i++)
        CHECK_TEXT(findings.items[i]->id, expected[i]);
    findings_release(&findings);
}

/* Twins differ in a parameter alone: their order is the same from either start. */
static void the_order_is_total(void)
{
    for (int first = 0; first < 2; first++) {
        struct findings findings = { 0 };
        for (int i = 0; i < 2; i++) {
            struct finding *finding = findings_add(&findings, "dns", "a", "b", "c");
            finding_set(finding, "resolver", "%d", i == first);
        }
        findings_sort(&findings);
        CHECK_TEXT(finding_parameter(findings.items[0], "resolver"), "0");
        findings_release(&findings);
    }
}

static void unknown_has_no_confidence(void)
{
    struct verdict verdict = { 0 };
    verdict_set(&verdict, VERDICT_UNKNOWN, NULL, "certificate-hidden", 900);
    CHECK(verdict.confidence_thousandths == -1);
    verdict_set(&verdict, VERDICT_YES, "explicit", "connect", 990);
    CHECK(verdict.confidence_thousandths == 990);
    CHECK_TEXT(verdict.kind, "explicit");
}

static void the_weightiest_signals_stay_and_all_count(void)
{
    struct verdict verdict = { 0 };
    for (int i = 0; i < VERDICT_SIGNALS; i++)
        verdict_add_signal(&verdict, "light", i, 100, 0, 0);
    verdict_add_signal(&verdict, "lighter", 0, 50, 0, 0);
    verdict_add_signal(&verdict, "against", 0, -3000, 1, 7);
    CHECK(verdict.signal_count == VERDICT_SIGNALS);
    CHECK(verdict.score_thousandths == 100 * VERDICT_SIGNALS + 50 - 3000);

    int against = 0, lighter = 0;
    for (uint32_t i = 0; i < verdict.signal_count; i++) {
        against += strcmp(verdict.signals[i].name, "against") == 0;
        lighter += strcmp(verdict.signals[i].name, "lighter") == 0;
    }
    CHECK(against == 1 && lighter == 0);
}

static void what_is_missing_is_listed_once(void)
{
    struct verdict verdict = { 0 };
    verdict_add_missing(&verdict, "a key log");
    verdict_add_missing(&verdict, "a key log");
    CHECK(verdict.missing_count == 1);
    static const char *const more[] = { "1", "2", "3", "4", "5" };
    for (size_t i = 0; i < 5; i++)
        verdict_add_missing(&verdict, more[i]);
    CHECK(verdict.missing_count == VERDICT_MISSING);
}

static void words_are_those_of_the_contract(void)
{
    CHECK_TEXT(severity_text(SEVERITY_INFO), "info");
    CHECK_TEXT(severity_text(SEVERITY_LOW), "low");
    CHECK_TEXT(severity_text(SEVERITY_MEDIUM), "medium");
    CHECK_TEXT(severity_text(SEVERITY_HIGH), "high");
    CHECK_TEXT(severity_text(SEVERITY_CRITICAL), "critical");
    CHECK_TEXT(verdict_state_text(VERDICT_UNKNOWN), "unknown");
    CHECK_TEXT(verdict_state_text(VERDICT_YES), "yes");
    CHECK_TEXT(verdict_question_text(QUESTION_INTERCEPTION), "interception");
}

int main(void)
{
    RUN(an_id_is_kind_site_service_and_subject);
    RUN(slashes_in_names_do_not_make_two_ids_one);
    RUN(nothing_is_claimed_of_a_new_finding);
    RUN(a_parameter_set_again_has_its_last_value);
    RUN(the_severest_stand_first_then_kind_site_and_service);
    RUN(the_order_is_total);
    RUN(unknown_has_no_confidence);
    RUN(the_weightiest_signals_stay_and_all_count);
    RUN(what_is_missing_is_listed_once);
    RUN(words_are_those_of_the_contract);
    return test_end();
}
