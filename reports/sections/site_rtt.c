/* site_rtt.c - round-trip times of a site: charts of the whole way, a table of all. */
#include "reports/section.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/chart.h"
#include "reports/figure.h"
#include "reports/sections/site_view.h"
#include "reports/table.h"
#include "reports/values.h"

enum { NS_PER_MS = 1000000, PERCENTILES_SHOWN = 5 };

static void write_entry(struct json_out *out, const struct rtt_entry *entry)
{
    json_open_object(out);
    values_text(out, "service", entry->has_service ? service_text(entry->service) : NULL);
    values_text(out, "category",
                entry->has_service && entry->set != 0 ? category_text(entry->category)
                                                      : NULL);
    json_key(out, "set");
    if (entry->set == 0)
        json_null(out);
    else
        json_uint(out, entry->set);
    values_text(out, "path", entry->path);
    values_text(out, "leg", entry->leg);
    json_key(out, "is_bound");
    json_bool(out, entry->is_bound);
    values_text(out, "reason", entry->reason);
    values_count(out, "flows", entry->flows);
    values_distribution(out, "by_sample", &entry->by_sample);
    values_distribution(out, "by_flow", &entry->by_flow);
    values_distribution(out, "by_flow_confirmed", &entry->by_flow_confirmed);
    values_distribution(out, "delack", &entry->delayed);
    json_close_object(out);
}

static void write_entries(struct json_out *out, const struct site_summary *site,
                          const char *key, bool is_whole_way)
{
    json_key(out, key);
    json_open_array(out);
    for (uint32_t i = 0; i < site->rtt_count; i++) {
        if (site_view_is_whole_way(&site->rtt[i]) == is_whole_way)
            write_entry(out, &site->rtt[i]);
    }
    json_close_array(out);
}

static void write_json(struct json_out *out, const struct view *view,
                       const struct site_summary *site)
{
    (void)view;
    write_entries(out, site, "rtt", true);
    write_entries(out, site, "rtt_legs", false);
}

/* Milliseconds with a fraction of at most 6 digits; -1 where the text is no such number.
 */
static int64_t ns_of_text(const char *text)
{
    int64_t ns = 0, unit = NS_PER_MS;
    bool has_point = false;

    if (text == NULL || text[0] == '\0' || strlen(text) > 12)
        return -1;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !has_point) {
            has_point = true;
        } else if (*text >= '0' && *text <= '9') {
            if (has_point)
                unit /= 10;
            ns = has_point ? ns + (*text - '0') * unit : ns * 10 + (*text - '0') * unit;
        } else {
            return -1;
        }
    }
    return ns;
}

/* The threshold that a latency finding of this site and service was held against. */
static int64_t threshold_of(const struct view *view, const struct site_summary *site,
                            const struct rtt_entry *entry)
{
    const struct findings *findings = &view->assessment->findings;
    if (!entry->has_service)
        return -1;
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct finding *finding = findings->items[i];
        if (strcmp(finding->kind, "latency") == 0 && finding->site != NULL &&
            strcmp(finding->site, site->name) == 0 && finding->service != NULL &&
            strcmp(finding->service, service_text(entry->service)) == 0)
            return ns_of_text(finding_parameter(finding, "threshold_ms"));
    }
    return -1;
}

static const char *entry_title(const struct rtt_entry *entry)
{
    return entry->has_service ? service_title(entry->service) : "All services";
}

static void show_caption(struct html_out *out, const struct rtt_entry *entry)
{
    html_open(out, "figcaption");
    html_element(out, "strong", entry_title(entry));
    html_format(out, ", %s%s: %s samples of %s flows", entry->path,
                entry->is_bound ? ", upper bound" : "",
                figure_count(entry->by_sample.count).text,
                figure_count(entry->by_flow.count).text);
    html_close(out, "figcaption");
}

static void show_charts(struct html_out *out, const struct view *view,
                        const struct site_summary *site, const struct rtt_entry *entry)
{
    struct chart chart = { .title = entry_title(entry),
                           .by_sample = &entry->by_sample,
                           .by_flow = &entry->by_flow,
                           .threshold_ns = threshold_of(view, site, entry) };

    html_open(out, "figure");
    show_caption(out, entry);
    html_open(out, "div");
    html_attribute(out, "class", "charts");
    chart_cumulative(out, &chart);
    chart_histogram(out, &chart);
    html_close(out, "div");
    html_close(out, "figure");
}

static void show_percentiles(struct html_out *out,
                             const struct distribution *distribution)
{
    table_number(out, figure_count(distribution->count).text);
    if (distribution->count > 0)
        table_number(out, figure_ms(distribution->min_ns).text);
    else
        table_none(out, "n = 0");
    table_percentile(out, distribution, 500);
    table_percentile(out, distribution, 900);
    table_percentile(out, distribution, 950);
    table_percentile(out, distribution, 990);
}

static void open_row(struct html_out *out, const struct rtt_entry *entry)
{
    char set[32];
    (void)snprintf(set, sizeof set, "%" PRIu32, entry->set);

    table_row_open(out);
    table_head(out, entry_title(entry));
    table_text(out, entry->set == 0 ? "all" : set);
    html_open(out, "td");
    html_format(out, "%s, %s%s", entry->leg, entry->path,
                entry->is_bound ? " \u2264" : "");
    html_close(out, "td");
}

/* Flows of which the report has no figure, and why. */
static void show_unmeasured(struct html_out *out, const struct rtt_entry *entry)
{
    open_row(out, entry);
    html_open(out, "td");
    html_format(out, "none: %s", entry->reason);
    html_close(out, "td");
    table_number(out, figure_count(entry->flows).text);
    for (unsigned i = 0; i < PERCENTILES_SHOWN; i++)
        table_number(out, "\u2013");
    table_row_close(out);
}

static void show_row(struct html_out *out, const struct rtt_entry *entry,
                     const struct distribution *distribution, const char *by)
{
    open_row(out, entry);
    table_text(out, by);
    show_percentiles(out, distribution);
    table_row_close(out);
}

static void show_table(struct html_out *out, const struct site_summary *site,
                       bool is_whole_way, const char *caption)
{
    static const char *const columns[] = { "Service", "Set",     "Leg and path",
                                           "By",      "#n",      "#min ms",
                                           "#p50 ms", "#p90 ms", "#p95 ms",
                                           "#p99 ms", NULL };
    table_open(out, caption, columns);
    for (uint32_t i = 0; i < site->rtt_count; i++) {
        const struct rtt_entry *entry = &site->rtt[i];
        if (site_view_is_whole_way(entry) != is_whole_way)
            continue;
        if (entry->reason != NULL)
            show_unmeasured(out, entry);
        if (entry->by_flow.count > 0)
            show_row(out, entry, &entry->by_flow, "flow");
        if (entry->by_flow_confirmed.count > 0 &&
            entry->by_flow_confirmed.count < entry->by_flow.count)
            show_row(out, entry, &entry->by_flow_confirmed, "flow, confirmed");
        if (entry->by_sample.count > 0)
            show_row(out, entry, &entry->by_sample, "sample");
        if (entry->delayed.count > 0)
            show_row(out, entry, &entry->delayed, "sample, delayed by the receiver");
    }
    table_close(out);
}

static bool has_entries(const struct site_summary *site, bool is_whole_way)
{
    for (uint32_t i = 0; i < site->rtt_count; i++) {
        if (site_view_is_whole_way(&site->rtt[i]) == is_whole_way)
            return true;
    }
    return false;
}

static void show_whole_way(struct html_out *out, const struct view *view,
                           const struct site_summary *site)
{
    for (uint32_t i = 0; i < site->rtt_count; i++) {
        const struct rtt_entry *entry = &site->rtt[i];
        if (entry->has_service && entry->set == 0 && entry->by_sample.count > 0 &&
            site_view_is_whole_way(entry))
            show_charts(out, view, site, entry);
    }
    html_open(out, "p");
    html_attribute(out, "class", "note");
    html_text(
        out,
        "Curves: solid by sample, dashed by flow. Columns: by sample. A dash with "
        "n < N: so many flows or samples are needed for this percentile. Delayed by "
        "the receiver: acknowledgements that it kept back until its timer ran out; "
        "they tell of no queue and are in no other row. Confirmed: another sample of "
        "the same connection agrees.");
    html_close(out, "p");
    show_table(out, site, true, "Round trip, user to front door, in ms");
}

static void write_html(struct html_out *out, const struct view *view,
                       const struct site_summary *site)
{
    html_element(out, "h4", "Round trip from user to front door");
    if (has_entries(site, true))
        show_whole_way(out, view, site);
    else
        html_element(out, "p", "Not measured: this site has no Office 365 flow.");
    if (!has_entries(site, false))
        return;
    html_open(out, "details");
    html_element(out, "summary", "The parts of the way by themselves");
    show_table(out, site, false, "Round trip of each part, in ms");
    html_close(out, "details");
}

const struct site_part site_rtt_part = {
    .write_json = write_json,
    .write_html = write_html,
};
