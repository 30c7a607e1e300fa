/* test_capture_findings.c - faults of captures, once for each kind and site. */
#include "tests/test.h"

#include "analyzer/alloc.h"
#include "analyzer/capture_findings.h"

static struct findings findings;

static struct capture_problem a_problem = { 9, 4,
                                            (char[]){ "a.pcap: frame 4, byte 9: cut" } };

static struct capture_entry entry(const char *name, const char *site)
{
    static char texts[128][32];
    static unsigned used;
    char *name_text = texts[used++ % 128], *site_text = texts[used++ % 128];
    snprintf(name_text, sizeof texts[0], "%s", name);
    snprintf(site_text, sizeof texts[0], "%s", site == NULL ? "" : site);
    return (struct capture_entry){
        .name = name_text,
        .series = name_text,
        .capture_site = site == NULL ? NULL : site_text,
        .packets = 1000,
        .flows = 10,
    };
}

static void find(const struct capture_entry *captures, uint32_t count)
{
    findings_release(&findings);
    capture_findings_add(captures, count, &findings);
    for (uint32_t i = 0; i < findings.count; i++)
        for (uint32_t k = 0; k < i; k++)
            CHECK(strcmp(findings.items[i]->id, findings.items[k]->id) != 0);
}

static void a_good_capture_is_no_finding(void)
{
    struct capture_entry good = entry("a", "Leeds");
    good.copies = 1; /* one in a thousand happens */
    find(&good, 1);
    CHECK(findings.count == 0);
}

static void each_fault_has_its_own_finding(void)
{
    struct capture_entry bad = entry("a.pcap", "Leeds");
    bad.status = STATUS_TRUNCATED;
    bad.problem_count = 1;
    bad.problems = &a_problem;
    bad.copies = 2;
    bad.has_dropped = true;
    bad.dropped = 3;
    bad.cut_packets = 4;
    bad.clock_steps = 5;
    find(&bad, 1);
    CHECK(findings.count == 5);
    for (uint32_t i = 0; i < findings.count; i++) {
        CHECK_TEXT(findings.items[i]->kind, "capture-quality");
        CHECK_TEXT(findings.items[i]->site, "Leeds");
        CHECK(findings.items[i]->evidence_count == 1);
    }
    CHECK_TEXT(findings.items[0]->id, "capture-quality/Leeds/-/truncated");
    CHECK(findings.items[0]->evidence[0].frame == 4);
    CHECK_TEXT(findings.items[0]->evidence[0].value, "cut");
    CHECK_TEXT(finding_parameter(findings.items[0], "reason"),
               "a.pcap: frame 4, byte 9: cut.");
    CHECK(finding_parameter(findings.items[0], "snaplen") == NULL); /* not told */
    bad.snaplen = 96;
    find(&bad, 1);
    CHECK_TEXT(finding_parameter(findings.items[0], "snaplen"), "96");
}

static void a_finding_has_the_word_of_the_status(void)
{
    struct capture_entry bad[2] = { entry("a", "Leeds"), entry("b", "Leeds") };
    bad[0].status = STATUS_DAMAGED;
    bad[1].status = STATUS_TRUNCATED;
    find(bad, 2);
    CHECK(findings.count == 2);
    CHECK_TEXT(findings.items[0]->id, "capture-quality/Leeds/-/truncated");
    CHECK_TEXT(findings.items[1]->id, "capture-quality/Leeds/-/damaged");
    CHECK(findings.items[0]->evidence_total == 1);
}

static void a_reason_repeats_no_field(void)
{
    static const struct {
        const char *sentence, *reason;
    } cases[] = {
        { "a.pcap: frame 4, byte 99: it lies", "it lies" },
        { "a.pcap: frame 4, byte 99 (decompressed): it lies", "it lies" },
        { "a.pcap: stored byte 99: it ends (after frame 3)", "it ends" },
        { "a.pcap: frame 5, byte 99: it lies", "frame 5, byte 99: it lies" },
        { "b.pcap: it lies", "b.pcap: it lies" },
        { "a.pcap: ", "" },
        { "", "" },
    };
    struct capture_entry capture = { .name = (char *)(uintptr_t) "a.pcap" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct capture_problem problem = {
            .offset = 99, .frame = 4, .sentence = (char *)(uintptr_t)cases[i].sentence
        };
        char *reason = capture_problem_reason(&capture, &problem);
        CHECK_TEXT(reason, cases[i].reason);
        free(reason);
    }
}

static void a_drop_counter_counts_only_where_there_is_one(void)
{
    struct capture_entry capture = entry("a", "Leeds");
    capture.dropped = 3;
    find(&capture, 1);
    CHECK(findings.count == 0);
}

static void captures_of_a_site_share_a_finding_and_sites_do_not(void)
{
    struct capture_entry captures[40];
    for (unsigned i = 0; i < 40; i++) {
        char name[8];
        snprintf(name, sizeof name, "c%02u", i);
        captures[i] = entry(name, i < 30 ? "Leeds" : i < 35 ? "HQ" : NULL);
        captures[i].clock_steps = 2;
    }
    find(captures, 40);
    CHECK(findings.count == 3);
    CHECK_TEXT(findings.items[0]->id, "capture-quality/Leeds/-/clock");
    CHECK(findings.items[0]->evidence_total == 30 &&
          findings.items[0]->evidence_count == FINDING_EVIDENCE);
    CHECK_TEXT(finding_parameter(findings.items[0], "capture"),
               "c00 (and 29 other files)");
    CHECK_TEXT(finding_parameter(findings.items[0], "steps"), "60");
    CHECK(findings.items[0]->affected_flows == 300);
    CHECK_TEXT(findings.items[1]->id, "capture-quality/HQ/-/clock");
    CHECK_TEXT(findings.items[2]->id, "capture-quality/-/-/clock");
}

static void what_was_not_read_is_told(void)
{
    struct capture_entry captures[2] = { entry("a", NULL), entry("b", NULL) };
    for (unsigned i = 0; i < 2; i++) {
        captures[i].status = STATUS_UNREADABLE;
        captures[i].problem_count = 1;
        captures[i].problems = &a_problem;
    }
    find(captures, 2);
    CHECK(findings.count == 1);
    CHECK_TEXT(findings.items[0]->id, "unanalysed/-/-/unreadable");
    CHECK(findings.items[0]->severity == SEVERITY_HIGH);
    CHECK_TEXT(finding_parameter(findings.items[0], "series"), "a (and 1 other file)");
}

int main(void)
{
    RUN(a_good_capture_is_no_finding);
    RUN(each_fault_has_its_own_finding);
    RUN(a_finding_has_the_word_of_the_status);
    RUN(a_reason_repeats_no_field);
    RUN(a_drop_counter_counts_only_where_there_is_one);
    RUN(captures_of_a_site_share_a_finding_and_sites_do_not);
    RUN(what_was_not_read_is_told);
    findings_release(&findings);
    return test_end();
}
