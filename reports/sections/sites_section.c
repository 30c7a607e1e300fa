/* sites_section.c - all sites in one table, then each by itself. */
#include "reports/section.h"

#include <stdio.h>

#include "reports/figure.h"
#include "reports/sections/site_view.h"
#include "reports/table.h"
#include "reports/values.h"

enum { SITES_SHOWN_OPEN = 8 };

static const struct site_part *const parts[] = {
    &site_traffic_part, &site_verdicts_part, &site_rtt_part,
    &site_hosts_part,   &site_dns_part,      &site_tcp_part,
};
enum { PARTS = sizeof parts / sizeof *parts };

static void write_score(struct json_out *out, const struct site_summary *site)
{
    json_key(out, "score");
    if (site->score_thousandths < 0)
        json_null(out);
    else
        json_thousandths(out, site->score_thousandths);
    values_text(out, "score_reason", site->score_reason);
    json_key(out, "score_confirmed");
    if (site->score_thousandths < 0)
        json_null(out);
    else
        json_bool(out, site->score_is_confirmed);
}

static void write_json(struct json_out *out, const struct view *view)
{
    json_key(out, "sites");
    json_open_array(out);
    for (uint32_t i = 0; i < view->assessment->site_count; i++) {
        const struct site_summary *site = &view->assessment->sites[i];
        json_open_object(out);
        values_name(out, "name", site->name);
        values_name(out, "role", site->role);
        for (size_t part = 0; part < PARTS; part++)
            parts[part]->write_json(out, view, site);
        json_key(out, "media");
        json_null(out);
        write_score(out, site);
        json_close_object(out);
    }
    json_close_array(out);
}

static void show_states(struct html_out *out, const struct site_summary *site,
                        enum verdict_question question)
{
    uint64_t flows[VERDICT_STATES] = { 0 }, total = 0;
    char text[2 * FIGURE_SIZE + 16];

    site_view_states(site, question, flows);
    for (size_t i = 0; i < VERDICT_STATES; i++)
        total += flows[i];
    (void)snprintf(text, sizeof text, "%s / %s",
                   figure_percent(flows[VERDICT_YES] + flows[VERDICT_LIKELY], total).text,
                   figure_percent(flows[VERDICT_UNKNOWN], total).text);
    table_number(out, text);
}

static void show_median(struct html_out *out, const struct site_summary *site,
                        enum service service)
{
    const struct rtt_entry *entry = site_view_main_rtt(site, service);
    char text[FIGURE_SIZE + 8];

    if (entry == NULL) {
        table_number(out, "\u2013");
        return;
    }
    (void)snprintf(text, sizeof text, "%s%s", entry->is_bound ? "\u2264 " : "",
                   figure_ms(distribution_percentile(&entry->by_flow, 500)).text);
    table_number(out, text);
}

static void show_score(struct html_out *out, const struct view *view,
                       const struct site_summary *site)
{
    if (site->score_thousandths >= 0) {
        int tenths = (site->score_thousandths + 50) / 100;
        char text[32];
        (void)snprintf(text, sizeof text, "%d.%d%s", tenths / 10, tenths % 10,
                       site->score_is_confirmed ? "" : " (unconfirmed)");
        table_number(out, text);
        return;
    }
    html_open(out, "td"); /* a whole sentence: more than the column of a figure holds */
    html_attribute(out, "class", "number none why");
    html_element(out, "small",
                 texts_get(view->texts, "score-reasons", site->score_reason, "text"));
    html_close(out, "td");
}

static void show_row(struct html_out *out, const struct view *view, uint32_t index)
{
    const struct site_summary *site = &view->assessment->sites[index];
    table_row_open(out);
    html_open(out, "th");
    html_attribute(out, "scope", "row");
    html_open(out, "a");
    html_attribute_format(out, "href", "#site-%u", index + 1);
    html_name(out, site->name);
    html_close(out, "a");
    html_close(out, "th");
    table_number(out, figure_count(site->office365.flows).text);
    table_number(out, figure_count(site->office365.clients).text);
    for (int question = 0; question < QUESTIONS; question++)
        show_states(out, site, (enum verdict_question)question);
    show_median(out, site, SERVICE_EXCHANGE);
    show_median(out, site, SERVICE_SHAREPOINT);
    show_median(out, site, SERVICE_SKYPE);
    show_score(out, view, site);
    table_row_close(out);
}

static void show_summary(struct html_out *out, const struct view *view)
{
    static const char *const columns[] = {
        "Site",         "#Office 365 flows",
        "#Clients",     "#Hairpin",
        "#Proxy",       "#Interception",
        "#Exchange ms", "#SharePoint ms",
        "#Teams ms",    "#Score",
        NULL,
    };
    table_open(out, "All sites", columns);
    for (uint32_t i = 0; i < view->assessment->site_count; i++)
        show_row(out, view, i);
    table_close(out);
    html_open(out, "p");
    html_attribute(out, "class", "note");
    html_text(out,
              "Hairpin, proxy, interception: share of Office 365 flows that are proven "
              "or likely / unknown. Milliseconds: median round trip from user to front "
              "door, by flow; \u2264 marks an upper bound.");
    html_close(out, "p");
}

/* A report of many sites opens closed: the table above leads to each. */
static void show_site(struct html_out *out, const struct view *view,
                      const struct site_summary *site, uint32_t number)
{
    html_open(out, "details");
    html_attribute(out, "class", "site");
    html_attribute_format(out, "id", "site-%u", number);
    if (view->assessment->site_count <= SITES_SHOWN_OPEN)
        html_attribute(out, "open", "open");
    html_open(out, "summary");
    html_open(out, "h3");
    html_name(out, site->name);
    if (site->role != NULL) {
        html_text(out, " ");
        html_open(out, "small");
        html_name(out, site->role);
        html_close(out, "small");
    }
    html_close(out, "h3");
    html_close(out, "summary");
    for (size_t part = 0; part < PARTS; part++)
        parts[part]->write_html(out, view, site);
    html_close(out, "details");
}

static void write_html(struct html_out *out, const struct view *view)
{
    const struct assessment *assessment = view->assessment;
    if (assessment->site_count == 0) {
        html_element(out, "p", "No traffic of a client was seen.");
        return;
    }
    show_summary(out, view);
    for (uint32_t i = 0; i < assessment->site_count; i++)
        show_site(out, view, &assessment->sites[i], i + 1);
}

const struct section sites_section = {
    .name = "sites",
    .title = "Sites",
    .write_json = write_json,
    .write_html = write_html,
};
