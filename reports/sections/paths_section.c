/* paths_section.c - flows seen at more than one point, and what each leg takes. */
#include "reports/section.h"

#include <string.h>

#include "reports/figure.h"
#include "reports/table.h"
#include "reports/values.h"

static void write_point(struct json_out *out, const struct path_summary *path, uint32_t i)
{
    json_open_object(out);
    values_name(out, "series", path->points[i]);
    values_name(out, "capture_site", path->point_sites[i]);
    json_close_object(out);
}

static void write_leg(struct json_out *out, const struct path_leg *leg)
{
    json_open_object(out);
    values_name(out, "from", leg->from_series);
    values_name(out, "to", leg->to_series);
    values_distribution(out, "rtt", &leg->rtt);
    values_count(out, "confirmed_flows", leg->confirmed);
    json_close_object(out);
}

static void write_path(struct json_out *out, const struct path_summary *path)
{
    json_open_object(out);
    values_name(out, "site", path->site);
    values_text(out, "service", path->has_service ? service_text(path->service) : NULL);
    json_key(out, "points");
    json_open_array(out);
    for (uint32_t i = 0; i < path->point_count; i++)
        write_point(out, path, i);
    json_close_array(out);
    values_text(out, "matched_by", path->matched_by);
    values_text(out, "between", path->between);
    values_count(out, "flows", path->flows);
    json_key(out, "legs");
    json_open_array(out);
    for (uint32_t i = 0; i < path->leg_count; i++)
        write_leg(out, &path->legs[i]);
    json_close_array(out);
    json_close_object(out);
}

static void write_json(struct json_out *out, const struct view *view)
{
    json_key(out, "paths");
    json_open_array(out);
    for (uint32_t i = 0; i < view->assessment->path_count; i++)
        write_path(out, &view->assessment->paths[i]);
    json_close_array(out);
}

/* The codes of the JSON form, for people. */
static const char *in_words(const char *code)
{
    static const char *const words[][2] = {
        { "client-random", "the random of the ClientHello" },
        { "tcp-isn", "the first sequence number of the client" },
        { "nat", "another address of the client (NAT)" },
        { "proxy", "a proxy" },
        { "none", "the same address of the client" },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], code) == 0)
            return words[i][1];
    return code;
}

static void show_points(struct html_out *out, const struct path_summary *path)
{
    html_text(out, "client");
    for (uint32_t i = 0; i < path->point_count; i++) {
        html_text(out, " \u2192 ");
        html_name(out, path->points[i]);
        if (path->point_sites[i] != NULL) {
            html_text(out, " (");
            html_name(out, path->point_sites[i]);
            html_text(out, ")");
        }
    }
    html_text(out, " \u2192 server");
}

static void show_leg(struct html_out *out, const struct path_leg *leg)
{
    table_row_open(out);
    table_head(out, leg->from_series == NULL ? "client" : leg->from_series);
    table_name(out, leg->to_series == NULL ? "server" : leg->to_series);
    table_number(out, figure_count(leg->rtt.count).text);
    if (leg->rtt.count > 0)
        table_number(out, figure_ms(leg->rtt.min_ns).text);
    else
        table_none(out, "n = 0");
    table_percentile(out, &leg->rtt, 500);
    table_percentile(out, &leg->rtt, 900);
    table_percentile(out, &leg->rtt, 950);
    table_percentile(out, &leg->rtt, 990);
    table_row_close(out);
}

static void show_path(struct html_out *out, const struct path_summary *path)
{
    static const char *const columns[] = { "From",    "To",      "#Flows",
                                           "#min ms", "#p50 ms", "#p90 ms",
                                           "#p95 ms", "#p99 ms", NULL };
    html_open(out, "h3");
    html_name(out, path->site);
    html_format(out, ": %s",
                path->has_service ? service_title(path->service) : "all services");
    html_close(out, "h3");
    html_open(out, "p");
    show_points(out, path);
    html_format(out, ". %s flows, matched by %s; between the points: %s.",
                figure_count(path->flows).text, in_words(path->matched_by),
                in_words(path->between));
    html_close(out, "p");
    table_open(out, "Round trip of each leg, in ms", columns);
    for (uint32_t i = 0; i < path->leg_count; i++)
        show_leg(out, &path->legs[i]);
    table_close(out);
}

static void write_html(struct html_out *out, const struct view *view)
{
    const struct assessment *assessment = view->assessment;
    html_open(out, "p");
    html_format(out, "%s flows were seen at more than one capture point.",
                figure_count(assessment->flows_matched).text);
    html_close(out, "p");
    for (uint32_t i = 0; i < assessment->path_count; i++)
        show_path(out, &assessment->paths[i]);
}

const struct section paths_section = {
    .name = "paths",
    .title = "Paths between capture points",
    .write_json = write_json,
    .write_html = write_html,
};
