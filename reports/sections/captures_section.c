/* captures_section.c - what was read, and how far it can be relied on. */
#include "reports/section.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/figure.h"
#include "reports/table.h"
#include "reports/values.h"

enum { TIME_DECIMALS = 9, CAPTURES_SHOWN_OPEN = 12, OTHERS_SHOWN = 3 };

static void write_time(struct json_out *out, const char *key, bool has_time,
                       int64_t time_ns)
{
    json_key(out, key);
    if (has_time)
        json_time(out, time_ns, TIME_DECIMALS);
    else
        json_null(out);
}

static void write_problems(struct json_out *out, const struct capture_entry *capture)
{
    json_key(out, "problems");
    json_open_array(out);
    for (uint32_t i = 0; i < capture->problem_count; i++) {
        const struct capture_problem *problem = &capture->problems[i];
        json_open_object(out);
        values_count(out, "offset", problem->offset);
        json_key(out, "frame");
        if (problem->frame == 0)
            json_null(out);
        else
            json_uint(out, problem->frame);
        char *reason = capture_problem_reason(capture, problem);
        values_name(out, "sentence", reason);
        free(reason);
        json_close_object(out);
    }
    json_close_array(out);
}

static void write_other(struct json_out *out, const struct capture_entry *capture)
{
    json_key(out, "other");
    json_open_array(out);
    for (uint32_t i = 0; i < capture->other_count; i++) {
        const struct capture_other *other = &capture->other[i];
        json_open_object(out);
        values_name(out, "protocol", other->protocol);
        values_count(out, "peers", other->peers);
        values_count(out, "packets", other->packets);
        values_count(out, "bytes", other->bytes);
        json_close_object(out);
    }
    json_close_array(out);
}

static void write_file(struct json_out *out, const struct capture_entry *capture)
{
    values_name(out, "name", capture->name);
    values_name(out, "series", capture->series);
    values_text(out, "sha256", capture->sha256);
    values_text(out, "format", capture->format);
    values_text(out, "compression", capture->compression);
    json_key(out, "link_types");
    json_open_array(out);
    for (uint32_t i = 0; i < capture->link_type_count; i++)
        json_uint(out, capture->link_types[i]);
    json_close_array(out);
    json_key(out, "snaplen");
    if (capture->snaplen == 0)
        json_null(out);
    else
        json_uint(out, capture->snaplen);
    values_count(out, "packets", capture->packets);
    values_count(out, "bytes", capture->bytes);
    write_time(out, "first", capture->has_times, capture->first_ns);
    write_time(out, "last", capture->has_times, capture->last_ns);
}

static void write_fragments(struct json_out *out, const struct capture_entry *capture)
{
    json_key(out, "fragments");
    json_open_object(out);
    values_count(out, "packets", capture->fragments);
    values_count(out, "rebuilt", capture->rebuilt);
    values_count(out, "incomplete", capture->incomplete);
    values_count(out, "refused", capture->refused);
    json_close_object(out);
}

static void write_quality(struct json_out *out, const struct capture_entry *capture)
{
    values_text(out, "status", capture_status_text(capture->status));
    write_problems(out, capture);
    values_count(out, "copies", capture->copies);
    values_count(out, "crossings", capture->crossings);
    values_count(out, "cut_packets", capture->cut_packets);
    values_count(out, "malformed", capture->malformed);
    values_count(out, "unread", capture->unread);
    write_fragments(out, capture);
    json_key(out, "dropped");
    if (capture->has_dropped)
        json_uint(out, capture->dropped);
    else
        json_null(out);
    values_count(out, "clock_steps", capture->clock_steps);
}

static void write_capture(struct json_out *out, const struct capture_entry *capture)
{
    json_open_object(out);
    write_file(out, capture);
    values_name(out, "capture_site", capture->capture_site);
    values_text(out, "vantage", capture->vantage);
    values_text(out, "vantage_by", capture->vantage_by);
    write_quality(out, capture);
    write_other(out, capture);
    values_count(out, "flows", capture->flows);
    values_count(out, "m365_flows", capture->m365_flows);
    json_close_object(out);
}

static void write_json(struct json_out *out, const struct view *view)
{
    json_key(out, "captures");
    json_open_array(out);
    for (uint32_t i = 0; i < view->assessment->capture_count; i++)
        write_capture(out, &view->assessment->captures[i]);
    json_close_array(out);
}

static void show_vantage(struct html_out *out, const struct capture_entry *capture)
{
    html_open(out, "td");
    if (capture->capture_site != NULL) {
        html_name(out, capture->capture_site);
        html_text(out, ", ");
    }
    html_format(out, "%s (%s)", capture->vantage, capture->vantage_by);
    html_close(out, "td");
}

static void show_file(struct html_out *out, const struct capture_entry *capture)
{
    html_open(out, "td");
    html_name(out, capture->format);
    if (capture->compression != NULL) {
        html_text(out, ", ");
        html_name(out, capture->compression);
    }
    html_close(out, "td");
}

static void show_capture(struct html_out *out, const struct capture_entry *capture)
{
    table_row_open(out);
    table_head(out, capture->name);
    html_open(out, "td");
    html_attribute_format(out, "class", "status %s",
                          capture_status_text(capture->status));
    html_text(out, capture_status_text(capture->status));
    html_close(out, "td");
    show_vantage(out, capture);
    show_file(out, capture);
    table_number(out, figure_count(capture->packets).text);
    table_number(out, figure_bytes(capture->bytes).text);
    table_text(out, capture->has_times ? figure_time(capture->first_ns).text : NULL);
    table_text(out, capture->has_times ? figure_time(capture->last_ns).text : NULL);
    table_number(out, figure_count(capture->flows).text);
    table_number(out, figure_count(capture->m365_flows).text);
    table_row_close(out);
}

static void show_captures(struct html_out *out, const struct assessment *assessment)
{
    static const char *const columns[] = {
        "Capture",     "Status",   "Site and vantage point",
        "Format",      "#Packets", "#Bytes",
        "First",       "Last",     "#Flows",
        "#Office 365", NULL,
    };
    table_open(out, "Files that were read", columns);
    for (uint32_t i = 0; i < assessment->capture_count; i++)
        show_capture(out, &assessment->captures[i]);
    table_close(out);
}

static void show_other(struct html_out *out, const struct capture_entry *capture)
{
    html_open(out, "td");
    for (uint32_t i = 0; i < capture->other_count; i++) {
        const struct capture_other *other = &capture->other[i];
        html_text(out, i == 0 ? "" : ", ");
        if (i == OTHERS_SHOWN) {
            html_format(out, "%" PRIu32 " more", capture->other_count - i);
            break;
        }
        html_name(out, other->protocol);
        html_format(out, " %s", figure_count(other->packets).text);
    }
    html_text(out, capture->other_count == 0 ? "\u2013" : "");
    html_close(out, "td");
}

static void show_quality_row(struct html_out *out, const struct capture_entry *capture)
{
    table_row_open(out);
    table_head(out, capture->name);
    table_number(out, figure_count(capture->copies).text);
    table_number(out, figure_count(capture->crossings).text);
    if (capture->has_dropped)
        table_number(out, figure_count(capture->dropped).text);
    else
        table_none(out, "not told");
    table_number(out, figure_count(capture->cut_packets).text);
    table_number(out,
                 capture->snaplen == 0 ? "\u2013" : figure_count(capture->snaplen).text);
    table_number(out, figure_count(capture->clock_steps).text);
    table_number(out, figure_count(capture->malformed).text);
    table_number(out, figure_count(capture->unread).text);
    table_number(out, figure_count(capture->fragments).text);
    table_number(out, figure_count(capture->incomplete + capture->refused).text);
    show_other(out, capture);
    table_row_close(out);
}

static void show_quality(struct html_out *out, const struct assessment *assessment)
{
    static const char *const columns[] = {
        "Capture",       "#Copies",         "#Crossings",   "#Dropped",
        "#Cut packets",  "#Snap length",    "#Clock steps", "#Malformed",
        "#Unread links", "#Fragments", "#Packets not rebuilt", "Other protocols", NULL,
    };
    html_element(out, "h3", "Quality");
    table_open(out, "Quality of the captures, in packets", columns);
    for (uint32_t i = 0; i < assessment->capture_count; i++)
        show_quality_row(out, &assessment->captures[i]);
    table_close(out);
}

static void show_problems(struct html_out *out, const struct assessment *assessment)
{
    html_element(out, "h3", "Problems");
    html_open(out, "ul");
    for (uint32_t i = 0; i < assessment->capture_count; i++) {
        const struct capture_entry *capture = &assessment->captures[i];
        for (uint32_t problem = 0; problem < capture->problem_count; problem++) {
            html_open(out, "li");
            html_name(out, capture->problems[problem].sentence);
            html_close(out, "li");
        }
    }
    html_close(out, "ul");
}

static bool has_problems(const struct assessment *assessment)
{
    for (uint32_t i = 0; i < assessment->capture_count; i++) {
        if (assessment->captures[i].problem_count > 0)
            return true;
    }
    return false;
}

static void write_html(struct html_out *out, const struct view *view)
{
    const struct assessment *assessment = view->assessment;
    bool is_long = assessment->capture_count > CAPTURES_SHOWN_OPEN;

    if (has_problems(assessment))
        show_problems(out, assessment);
    if (is_long) {
        html_open(out, "details");
        html_open(out, "summary");
        html_format(out, "%" PRIu32 " captures", assessment->capture_count);
        html_close(out, "summary");
    }
    show_captures(out, assessment);
    show_quality(out, assessment);
    if (is_long)
        html_close(out, "details");
}

const struct section captures_section = {
    .name = "captures",
    .title = "Captures",
    .write_json = write_json,
    .write_html = write_html,
};
