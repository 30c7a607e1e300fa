/* capture_findings.c - a figure is as good as the capture that it comes from. */
#include "analyzer/capture_findings.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

enum { COPIES_LEAST_PER_MILLE = 1, SURE = 1000 };

/* One kind of fault. `part` is how much of `of` has it; `of` may be 0. */
struct fault {
    const char *kind, *text, *subject, *signal;
    enum severity severity;
    bool (*is_in)(const struct capture_entry *capture, uint64_t *part);
    const char *part_name; /* of the parameter */
};

static bool is_unanalysed(const struct capture_entry *capture, uint64_t *part)
{
    *part = 1;
    return capture->status == STATUS_UNREADABLE;
}

static bool is_truncated(const struct capture_entry *capture, uint64_t *part)
{
    *part = 1;
    return capture->status == STATUS_TRUNCATED;
}

static bool is_damaged(const struct capture_entry *capture, uint64_t *part)
{
    *part = 1;
    return capture->status == STATUS_DAMAGED;
}

static bool has_copies(const struct capture_entry *capture, uint64_t *part)
{
    *part = capture->copies;
    return capture->copies * 1000 > COPIES_LEAST_PER_MILLE * capture->packets;
}

static bool has_drops(const struct capture_entry *capture, uint64_t *part)
{
    *part = capture->dropped;
    return capture->has_dropped && capture->dropped > 0;
}

static bool is_cut(const struct capture_entry *capture, uint64_t *part)
{
    *part = capture->cut_packets;
    return capture->cut_packets > 0;
}

static bool has_clock_steps(const struct capture_entry *capture, uint64_t *part)
{
    *part = capture->clock_steps;
    return capture->clock_steps > 0;
}

/* What a status tells has that status for its subject. */
static const struct fault faults[] = {
    { "unanalysed", "unanalysed", "unreadable", "not-read", SEVERITY_HIGH, is_unanalysed,
      "captures" },
    { "capture-quality", "capture-truncated", "truncated", "reading-stopped",
      SEVERITY_MEDIUM, is_truncated, "captures" },
    { "capture-quality", "capture-damaged", "damaged", "reading-stopped", SEVERITY_MEDIUM,
      is_damaged, "captures" },
    { "capture-quality", "capture-copies", "copies", "copies", SEVERITY_INFO, has_copies,
      "copies" },
    { "capture-quality", "capture-dropped", "dropped", "drop-counter", SEVERITY_LOW,
      has_drops, "dropped" },
    { "capture-quality", "capture-snaplen", "snaplen", "cut-packets", SEVERITY_LOW,
      is_cut, "cut_packets" },
    { "capture-quality", "capture-clock", "clock", "clock-steps", SEVERITY_LOW,
      has_clock_steps, "steps" },
};

static bool is_same_site(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void add_evidence(struct finding *finding, const struct fault *fault,
                         const struct capture_entry *capture, uint64_t part)
{
    finding->evidence_total++;
    finding->affected_flows += capture->flows;
    if (finding->evidence_count == FINDING_EVIDENCE)
        return;
    const struct capture_problem *problem =
        capture->problem_count > 0 && capture->status != STATUS_COMPLETE
            ? &capture->problems[0]
            : NULL;
    finding->evidence[finding->evidence_count++] = (struct evidence){
        .series = alloc_text(capture->series),
        .capture = alloc_text(capture->name),
        .frame = problem == NULL ? 0 : problem->frame,
        .signal = fault->signal,
        .value = problem != NULL
                     ? capture_problem_reason(capture, problem)
                     : alloc_format("%llu of %llu packets", (unsigned long long)part,
                                    (unsigned long long)capture->packets),
    };
}

/* All captures of one site that have one fault. */
static void add_fault(const struct capture_entry *captures, uint32_t count,
                      uint32_t first, const struct fault *fault,
                      struct findings *findings)
{
    uint64_t part = 0, parts = 0, packets = 0;
    struct finding *finding = findings_add(
        findings, fault->kind, captures[first].capture_site, NULL, fault->subject);
    finding->text = fault->text;
    finding->severity = fault->severity;
    finding->confidence_thousandths = SURE;
    for (uint32_t i = first; i < count; i++) {
        if (!is_same_site(captures[i].capture_site, captures[first].capture_site) ||
            !fault->is_in(&captures[i], &part))
            continue;
        add_evidence(finding, fault, &captures[i], part);
        parts += part;
        packets += captures[i].packets;
    }
    const char *plural = finding->evidence_total == 2 ? "" : "s";
    const char *name = captures[first].name;
    const char *which = fault->kind[0] == 'u' ? "series" : "capture";
    if (finding->evidence_total == 1)
        finding_set(finding, which, "%s", name);
    else
        finding_set(finding, which, "%s (and %llu other file%s)", name,
                    (unsigned long long)finding->evidence_total - 1, plural);
    finding_set(finding, fault->part_name, "%llu", (unsigned long long)parts);
    finding_set(finding, "packets", "%llu", (unsigned long long)packets);
    uint64_t hundredths = packets == 0 ? 0 : parts * 10000 / packets;
    finding_set(finding, "percent", "%llu.%02llu", (unsigned long long)(hundredths / 100),
                (unsigned long long)(hundredths % 100));
    if (captures[first].snaplen > 0)
        finding_set(finding, "snaplen", "%u", captures[first].snaplen);
    if (captures[first].status != STATUS_COMPLETE && captures[first].problem_count > 0)
        finding_set(finding, "reason", "%s.", captures[first].problems[0].sentence);
}

/* Is this the first capture of its site that has the fault? */
static bool is_first(const struct capture_entry *captures, uint32_t index,
                     const struct fault *fault)
{
    uint64_t part;
    for (uint32_t i = 0; i < index; i++)
        if (is_same_site(captures[i].capture_site, captures[index].capture_site) &&
            fault->is_in(&captures[i], &part))
            return false;
    return true;
}

void capture_findings_add(const struct capture_entry *captures, uint32_t count,
                          struct findings *findings)
{
    uint64_t part;
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++)
        for (uint32_t i = 0; i < count; i++)
            if (faults[f].is_in(&captures[i], &part) && is_first(captures, i, &faults[f]))
                add_fault(captures, count, i, &faults[f], findings);
}
