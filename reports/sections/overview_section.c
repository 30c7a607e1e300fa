/* overview_section.c - the answer in a few sentences; each says only what was counted. */
#include "reports/section.h"

#include <stdio.h>
#include <string.h>

#include "reports/figure.h"
#include "reports/sections/site_view.h"
#include "reports/table.h"
#include "reports/values.h"

static void write_json(struct json_out *out, const struct view *view)
{
    const struct assessment *assessment = view->assessment;

    values_name(out, "title", assessment->title);
    values_name(out, "customer", assessment->customer);
    values_name(out, "prepared_by", assessment->prepared_by);
    json_key(out, "totals");
    json_open_object(out);
    values_share(out, "all", &assessment->all);
    values_share(out, "office365", &assessment->office365);
    values_count(out, "flows_matched", assessment->flows_matched);
    json_close_object(out);
}

static void write_findings_sentence(struct html_out *out, const struct findings *findings)
{
    uint32_t counts[SEVERITY_CRITICAL + 1] = { 0 };
    const char *separator = ": ";

    for (uint32_t i = 0; i < findings->count; i++)
        counts[findings->items[i]->severity]++;
    html_open(out, "li");
    html_element(out, "strong", "Findings. ");
    html_format(out, "%u", findings->count);
    for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFO; severity--) {
        if (counts[severity] == 0)
            continue;
        html_format(out, "%s%u %s", separator, counts[severity],
                    severity_text((enum severity)severity));
        separator = ", ";
    }
    html_text(out, ".");
    html_close(out, "li");
}

static void write_verdict_sentence(struct html_out *out,
                                   const struct assessment *assessment,
                                   enum verdict_question question)
{
    static const char *const leads[QUESTIONS] = {
        [QUESTION_HAIRPIN] = "Hairpin or backhaul. ",
        [QUESTION_PROXY] = "Proxies. ",
        [QUESTION_INTERCEPTION] = "TLS interception. ",
    };
    uint64_t flows[VERDICT_STATES] = { 0 }, total = 0;
    for (uint32_t i = 0; i < assessment->site_count; i++)
        site_view_states(&assessment->sites[i], question, flows);
    for (size_t i = 0; i < VERDICT_STATES; i++)
        total += flows[i];

    html_open(out, "li");
    html_element(out, "strong", leads[question]);
    if (total == 0) {
        html_text(out, "No Office 365 connection was judged.");
    } else {
        html_format(out, "Of %s Office 365 connections: yes on %s (%s)",
                    figure_count(total).text, figure_count(flows[VERDICT_YES]).text,
                    figure_percent(flows[VERDICT_YES], total).text);
        html_format(out, ", likely on %s (%s)", figure_count(flows[VERDICT_LIKELY]).text,
                    figure_percent(flows[VERDICT_LIKELY], total).text);
        html_format(out, ", ruled out on %s (%s)", figure_count(flows[VERDICT_NO]).text,
                    figure_percent(flows[VERDICT_NO], total).text);
        html_format(out, ", not decidable on %s (%s).",
                    figure_count(flows[VERDICT_UNKNOWN]).text,
                    figure_percent(flows[VERDICT_UNKNOWN], total).text);
    }
    html_close(out, "li");
}

struct range { /* of the medians of sites */
    const struct site_summary *lowest, *highest;
    int64_t low_ns, high_ns;
    bool is_low_bound, is_high_bound;
    uint32_t sites;
};

static struct range range_of(const struct assessment *assessment, enum service service)
{
    struct range range = { 0 };
    for (uint32_t i = 0; i < assessment->site_count; i++) {
        const struct site_summary *site = &assessment->sites[i];
        const struct rtt_entry *entry = site_view_main_rtt(site, service);
        if (entry == NULL)
            continue;
        int64_t median_ns = distribution_percentile(&entry->by_flow, 500);
        if (range.sites == 0 || median_ns < range.low_ns) {
            range.lowest = site;
            range.low_ns = median_ns;
            range.is_low_bound = entry->is_bound;
        }
        if (range.sites++ == 0 || median_ns > range.high_ns) {
            range.highest = site;
            range.high_ns = median_ns;
            range.is_high_bound = entry->is_bound;
        }
    }
    return range;
}

static const char *bound_sign(bool is_bound)
{
    return is_bound ? "\u2264 " : "";
}

static void write_range(struct html_out *out, enum service service,
                        const struct range *range)
{
    html_format(out, "%s: %s%s ms", service_title(service),
                bound_sign(range->is_low_bound), figure_ms(range->low_ns).text);
    if (range->sites > 1 && range->low_ns == range->high_ns)
        html_format(out, " at %u sites", range->sites);
    if (range->low_ns == range->high_ns)
        return;
    html_text(out, " (");
    html_name(out, range->lowest->name);
    html_format(out, ") to %s%s ms (", bound_sign(range->is_high_bound),
                figure_ms(range->high_ns).text);
    html_name(out, range->highest->name);
    html_text(out, ")");
}

static void write_rtt_sentence(struct html_out *out, const struct assessment *assessment)
{
    bool has_any = false;

    html_open(out, "li");
    html_element(out, "strong", "Latency. ");
    html_text(out, "Median round trip from user to front door");
    for (int service = 0; service < SERVICES; service++) {
        struct range range = range_of(assessment, (enum service)service);
        if (range.sites == 0)
            continue;
        html_text(out, has_any ? "; " : ", ");
        write_range(out, (enum service)service, &range);
        has_any = true;
    }
    html_text(out, has_any ? "." : ": not measured in these captures.");
    html_close(out, "li");
}

static void write_problem_sentence(struct html_out *out,
                                   const struct assessment *assessment)
{
    uint32_t incomplete = 0;
    for (uint32_t i = 0; i < assessment->capture_count; i++)
        incomplete += assessment->captures[i].status != STATUS_COMPLETE;
    if (incomplete == 0)
        return;
    html_open(out, "li");
    html_element(out, "strong", "Incomplete captures. ");
    html_format(out,
                "%u of %u captures could not be read whole; what is missing there is "
                "in no figure.",
                incomplete, assessment->capture_count);
    html_close(out, "li");
}

static void write_html(struct html_out *out, const struct view *view)
{
    const struct assessment *assessment = view->assessment;

    html_open(out, "ul");
    html_attribute(out, "class", "answer");
    for (int question = 0; question < QUESTIONS; question++)
        write_verdict_sentence(out, assessment, (enum verdict_question)question);
    write_rtt_sentence(out, assessment);
    write_findings_sentence(out, &assessment->findings);
    write_problem_sentence(out, assessment);
    html_close(out, "ul");
}

const struct section overview_section = {
    .name = "answer",
    .title = "The answer",
    .write_json = write_json,
    .write_html = write_html,
};
