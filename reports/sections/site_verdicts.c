/* site_verdicts.c - what was judged of a site's Office 365 flows, with what was not. */
#include "reports/section.h"

#include <stdio.h>

#include "reports/chart.h"
#include "reports/figure.h"
#include "reports/sections/site_view.h"
#include "reports/table.h"
#include "reports/values.h"

/* The order of display: what was found, what was not, what is open. */
static const enum verdict_state states[VERDICT_STATES] = {
    VERDICT_YES,
    VERDICT_LIKELY,
    VERDICT_NO,
    VERDICT_UNKNOWN,
};

struct totals {
    uint64_t flows[VERDICT_STATES], bytes[VERDICT_STATES];
    uint64_t all;
};

static struct totals totals_of(const struct site_summary *site,
                               enum verdict_question question)
{
    struct totals totals = { 0 };
    for (uint32_t i = 0; i < site->verdict_count; i++) {
        const struct verdict_count *count = &site->verdicts[i];
        if (count->question != question)
            continue;
        totals.flows[count->state] += count->flows;
        totals.bytes[count->state] += count->bytes;
        totals.all += count->flows;
    }
    return totals;
}

static void write_count(struct json_out *out, uint64_t flows, uint64_t bytes,
                        uint64_t all)
{
    values_count(out, "flows", flows);
    values_count(out, "bytes", bytes);
    values_share_of(out, "share", flows, all);
}

static void write_states(struct json_out *out, const struct totals *totals)
{
    json_key(out, "states");
    json_open_object(out);
    for (size_t i = 0; i < VERDICT_STATES; i++) {
        enum verdict_state state = states[i];
        json_key(out, verdict_state_text(state));
        json_open_object(out);
        write_count(out, totals->flows[state], totals->bytes[state], totals->all);
        json_close_object(out);
    }
    json_close_object(out);
}

static void write_kinds(struct json_out *out, const struct site_summary *site,
                        enum verdict_question question, uint64_t all)
{
    json_key(out, "kinds");
    json_open_array(out);
    for (uint32_t i = 0; i < site->verdict_count; i++) {
        const struct verdict_count *count = &site->verdicts[i];
        if (count->question != question)
            continue;
        json_open_object(out);
        values_text(out, "state", verdict_state_text(count->state));
        values_text(out, "kind", count->kind);
        write_count(out, count->flows, count->bytes, all);
        json_close_object(out);
    }
    json_close_array(out);
}

static void write_json(struct json_out *out, const struct view *view,
                       const struct site_summary *site)
{
    (void)view;
    json_key(out, "verdicts");
    json_open_object(out);
    for (int i = 0; i < QUESTIONS; i++) {
        enum verdict_question question = (enum verdict_question)i;
        struct totals totals = totals_of(site, question);
        json_key(out, verdict_question_text(question));
        json_open_object(out);
        write_states(out, &totals);
        write_kinds(out, site, question, totals.all);
        json_close_object(out);
    }
    json_close_object(out);
}

static const char *state_title(enum verdict_state state)
{
    static const char *const titles[VERDICT_STATES] = {
        [VERDICT_YES] = "yes",
        [VERDICT_LIKELY] = "likely",
        [VERDICT_NO] = "ruled out",
        [VERDICT_UNKNOWN] = "unknown",
    };
    return titles[state];
}

static void show_cell(struct html_out *out, uint64_t flows, uint64_t all)
{
    char text[2 * FIGURE_SIZE + 8];
    (void)snprintf(text, sizeof text, "%s (%s)", figure_count(flows).text,
                   figure_percent(flows, all).text);
    table_number(out, flows == 0 ? "0" : text);
}

static bool is_told(const struct verdict_count *count, enum verdict_question question)
{
    return count->question == question && count->kind != NULL && count->flows > 0;
}

static void show_kinds(struct html_out *out, const struct site_summary *site,
                       enum verdict_question question)
{
    const char *separator = "";

    html_open(out, "td");
    for (uint32_t i = 0; i < site->verdict_count; i++) {
        const struct verdict_count *count = &site->verdicts[i];
        if (!is_told(count, question))
            continue;
        html_format(out, "%s%s (%s): %s", separator, count->kind,
                    state_title(count->state), figure_count(count->flows).text);
        separator = ", ";
    }
    html_text(out, separator[0] == '\0' ? "\u2013" : "");
    html_close(out, "td");
}

static void show_question(struct html_out *out, const struct site_summary *site,
                          enum verdict_question question)
{
    static const char *const titles[QUESTIONS] = {
        [QUESTION_HAIRPIN] = "Hairpin",
        [QUESTION_PROXY] = "Proxy",
        [QUESTION_INTERCEPTION] = "TLS interception",
    };
    struct totals totals = totals_of(site, question);
    struct chart_part bar[VERDICT_STATES];

    for (size_t i = 0; i < VERDICT_STATES; i++) {
        bar[i] = (struct chart_part){ .label = state_title(states[i]),
                                      .style = verdict_state_text(states[i]),
                                      .count = totals.flows[states[i]] };
    }
    table_row_open(out);
    table_head(out, titles[question]);
    html_open(out, "td");
    html_attribute(out, "class", "bar-cell");
    chart_bar(out, titles[question], bar, VERDICT_STATES);
    html_close(out, "td");
    for (size_t i = 0; i < VERDICT_STATES; i++)
        show_cell(out, totals.flows[states[i]], totals.all);
    show_kinds(out, site, question);
    table_row_close(out);
}

static void show_legend(struct html_out *out)
{
    html_open(out, "p");
    html_attribute(out, "class", "note legend");
    for (size_t i = 0; i < VERDICT_STATES; i++) {
        html_open(out, "span");
        html_attribute_format(out, "class", "swatch %s", verdict_state_text(states[i]));
        html_close(out, "span");
        html_format(out, " %s  ", state_title(states[i]));
    }
    html_close(out, "p");
}

static void write_html(struct html_out *out, const struct view *view,
                       const struct site_summary *site)
{
    static const char *const columns[] = { "Question",   "Shares of flows",
                                           "#Yes",       "#Likely",
                                           "#Ruled out", "#Unknown",
                                           "Kinds",      NULL };
    (void)view;
    html_element(out, "h4", "Verdicts on Office 365 flows");
    table_open(out, "Flows by answer, with their share", columns);
    for (int question = 0; question < QUESTIONS; question++)
        show_question(out, site, (enum verdict_question)question);
    table_close(out);
    show_legend(out);
}

const struct site_part site_verdicts_part = {
    .write_json = write_json,
    .write_html = write_html,
};
