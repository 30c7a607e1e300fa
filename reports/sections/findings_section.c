/* findings_section.c - what was found, how sure it is, and the frames that show it. */
#include "reports/section.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reports/figure.h"
#include "reports/table.h"
#include "reports/values.h"

enum { ROWS_SHOWN_OPEN = 5 };

static void write_text(struct json_out *out, const struct view *view,
                       const struct finding *finding, const char *field)
{
    char text[TEXTS_SIZE];
    values_text(out, field, texts_fill(view->texts, finding, field, text));
}

static void write_number(struct json_out *out, const char *key, uint64_t number)
{
    json_key(out, key);
    if (number == 0)
        json_null(out);
    else
        json_uint(out, number);
}

static void write_thousandths(struct json_out *out, const char *key, int32_t thousandths)
{
    json_key(out, key);
    if (thousandths < 0)
        json_null(out);
    else
        json_thousandths(out, thousandths);
}

static void write_evidence(struct json_out *out, const struct finding *finding)
{
    json_key(out, "evidence");
    json_open_array(out);
    for (uint32_t i = 0; i < finding->evidence_count; i++) {
        const struct evidence *evidence = &finding->evidence[i];
        json_open_object(out);
        values_name(out, "series", evidence->series);
        values_name(out, "capture", evidence->capture);
        write_number(out, "frame", evidence->frame);
        write_number(out, "flow", evidence->flow);
        values_text(out, "signal", evidence->signal);
        values_name(out, "value", evidence->value);
        values_name(out, "filter", evidence->filter);
        json_close_object(out);
    }
    json_close_array(out);
    values_count(out, "evidence_total", finding->evidence_total);
}

static void write_parameters(struct json_out *out, const struct finding *finding)
{
    json_key(out, "parameters");
    json_open_object(out);
    for (uint32_t i = 0; i < finding->parameter_count; i++)
        values_name(out, finding->parameters[i].name, finding->parameters[i].value);
    json_close_object(out);
}

static void write_affected(struct json_out *out, const struct finding *finding)
{
    json_key(out, "affected");
    json_open_object(out);
    values_count(out, "flows", finding->affected_flows);
    values_count(out, "clients", finding->affected_clients);
    values_count(out, "bytes", finding->affected_bytes);
    write_thousandths(out, "share", finding->affected_share_thousandths);
    json_close_object(out);
}

static void write_finding(struct json_out *out, const struct view *view,
                          const struct finding *finding)
{
    json_open_object(out);
    values_name(out, "id", finding->id);
    values_text(out, "kind", finding->kind);
    values_text(out, "text", finding->text);
    values_text(out, "severity", severity_text(finding->severity));
    values_name(out, "site", finding->site);
    values_name(out, "service", finding->service);
    write_text(out, view, finding, "title");
    write_text(out, view, finding, "explanation");
    write_thousandths(out, "confidence", finding->confidence_thousandths);
    write_affected(out, finding);
    write_parameters(out, finding);
    write_evidence(out, finding);
    write_text(out, view, finding, "principle");
    write_text(out, view, finding, "source");
    write_text(out, view, finding, "recommendation");
    json_close_object(out);
}

static void write_json(struct json_out *out, const struct view *view)
{
    const struct findings *findings = &view->assessment->findings;
    json_key(out, "findings");
    json_open_array(out);
    for (uint32_t i = 0; i < findings->count; i++)
        write_finding(out, view, findings->items[i]);
    json_close_array(out);
}

static void show_text(struct html_out *out, const struct view *view,
                      const struct finding *finding, const char *field)
{
    char text[TEXTS_SIZE];
    html_text(out, texts_fill(view->texts, finding, field, text));
}

static void show_row(struct html_out *out, const struct evidence *evidence)
{
    char number[FIGURE_SIZE];

    table_row_open(out);
    table_name(out, evidence->capture);
    (void)snprintf(number, sizeof number, "%" PRIu64, evidence->frame);
    table_number(out, evidence->frame == 0 ? "\u2013" : number);
    table_text(out, evidence->signal);
    table_name(out, evidence->value);
    html_open(out, "td");
    html_open(out, "code");
    html_name(out, evidence->filter);
    html_close(out, "code");
    html_close(out, "td");
    table_row_close(out);
}

static void show_evidence(struct html_out *out, const struct finding *finding)
{
    static const char *const columns[] = { "Capture", "#Frame",           "Signal",
                                           "Value",   "Wireshark filter", NULL };
    if (finding->evidence_count == 0)
        return;
    html_open(out, "details");
    if (finding->evidence_count <= ROWS_SHOWN_OPEN)
        html_attribute(out, "open", "open");
    html_open(out, "summary");
    html_format(out, "Evidence: %u of %s", finding->evidence_count,
                figure_count(finding->evidence_total).text);
    html_close(out, "summary");
    table_open(out, "Open the capture in Wireshark and apply the filter", columns);
    for (uint32_t i = 0; i < finding->evidence_count; i++)
        show_row(out, &finding->evidence[i]);
    table_close(out);
    html_close(out, "details");
}

static void show_confidence(struct html_out *out, const struct finding *finding)
{
    html_element(out, "dt", "How sure");
    html_open(out, "dd");
    if (finding->confidence_thousandths < 0)
        html_text(out, "No probability is given: this is a count, not a judgement.");
    else
        html_format(out, "Confidence %s, the probability that this is so.",
                    figure_thousandths(finding->confidence_thousandths).text);
    html_close(out, "dd");
}

/* A share is one of the service's connections, where the finding is of a service. */
static const char *title_of(const char *service)
{
    for (unsigned i = 0; service != NULL && i < SERVICES; i++)
        if (strcmp(service, service_text((enum service)i)) == 0)
            return service_title((enum service)i);
    return "Office 365";
}

static void show_affected(struct html_out *out, const struct finding *finding)
{
    if (finding->affected_flows == 0)
        return;
    html_element(out, "dt", "Concerns");
    html_open(out, "dd");
    html_format(out, "%s connection%s of %s client%s, %s",
                figure_count(finding->affected_flows).text,
                finding->affected_flows == 1 ? "" : "s",
                figure_count(finding->affected_clients).text,
                finding->affected_clients == 1 ? "" : "s",
                figure_bytes(finding->affected_bytes).text);
    if (finding->affected_share_thousandths >= 0)
        html_format(
            out, "; %s of the %s connections there",
            figure_percent((uint64_t)finding->affected_share_thousandths, 1000).text,
            title_of(finding->service));
    html_close(out, "dd");
}

static void show_basis(struct html_out *out, const struct view *view,
                       const struct finding *finding)
{
    html_open(out, "dl");
    show_confidence(out, finding);
    show_affected(out, finding);
    html_element(out, "dt", "Principle");
    html_open(out, "dd");
    show_text(out, view, finding, "principle");
    html_text(out, " ");
    html_open(out, "small");
    html_text(out, "Source: ");
    show_text(out, view, finding, "source");
    html_text(out, ".");
    html_close(out, "small");
    html_close(out, "dd");
    html_element(out, "dt", "What to do");
    html_open(out, "dd");
    show_text(out, view, finding, "recommendation");
    html_close(out, "dd");
    html_close(out, "dl");
}

static void show_finding(struct html_out *out, const struct view *view,
                         const struct finding *finding, uint32_t number)
{
    html_open(out, "article");
    html_attribute_format(out, "id", "finding-%u", number);
    html_attribute_format(out, "class", "finding %s", severity_text(finding->severity));
    html_open(out, "h3");
    html_open(out, "span");
    html_attribute(out, "class", "severity");
    html_text(out, severity_text(finding->severity));
    html_close(out, "span");
    html_text(out, " ");
    show_text(out, view, finding, "title");
    html_close(out, "h3");
    html_open(out, "p");
    show_text(out, view, finding, "explanation");
    html_close(out, "p");
    show_basis(out, view, finding);
    show_evidence(out, finding);
    html_open(out, "p");
    html_attribute(out, "class", "id");
    html_text(out, "Id: ");
    html_open(out, "code");
    html_name(out, finding->id);
    html_close(out, "code");
    html_close(out, "p");
    html_close(out, "article");
}

static void write_html(struct html_out *out, const struct view *view)
{
    const struct findings *findings = &view->assessment->findings;
    if (findings->count == 0)
        html_element(out, "p",
                     "None. What could not be decided is counted as unknown "
                     "below, not as absent.");
    for (uint32_t i = 0; i < findings->count; i++)
        show_finding(out, view, findings->items[i], i + 1);
}

const struct section findings_section = {
    .name = "findings",
    .title = "Findings",
    .write_json = write_json,
    .write_html = write_html,
};
