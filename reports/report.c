/* report.c - the frame of both documents; sections fill it. */
#include "reports/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reports/figure.h"
#include "reports/section.h"
#include "reports/style.h"
#include "reports/values.h"

enum { PATH_SIZE = 4096, TIME_DECIMALS = 9 };

static const char schema[] = "o365lens/report/1";
static const char default_title[] = "Microsoft 365 network assessment";

static bool write_to_file(void *context, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, context) == size;
}

static bool write_json(FILE *file, const struct view *view)
{
    struct json_out out;

    json_out_init(&out, write_to_file, file);
    out.is_pretty = true;
    json_open_object(&out);
    values_text(&out, "schema", schema);
    json_key(&out, "generator");
    json_open_object(&out);
    values_text(&out, "name", "o365lens");
    values_text(&out, "version", O365LENS_VERSION);
    json_close_object(&out);
    json_key(&out, "created");
    json_time(&out, view->assessment->created_ns, TIME_DECIMALS);
    for (size_t i = 0; sections[i] != NULL; i++) {
        if (sections[i]->write_json != NULL)
            sections[i]->write_json(&out, view);
    }
    json_close_object(&out);
    json_line_end(&out);
    return json_out_flush(&out);
}

static void write_meta(struct html_out *out, const char *key, const char *name,
                       const char *content)
{
    html_empty(out, "meta");
    html_attribute(out, key, name);
    html_attribute(out, "content", content);
}

static void write_title(struct html_out *out, const struct assessment *assessment)
{
    html_name(out, assessment->title == NULL ? default_title : assessment->title);
}

/* The policy lets through this style sheet, by its hash, and nothing else. */
static void write_head(struct html_out *out, const struct assessment *assessment)
{
    char source[STYLE_SOURCE_SIZE], policy[STYLE_SOURCE_SIZE + 128];

    (void)snprintf(
        policy, sizeof policy,
        "default-src 'none'; style-src %s; base-uri 'none'; form-action 'none'",
        style_source(source));
    html_open(out, "head");
    html_empty(out, "meta");
    html_attribute(out, "charset", "utf-8");
    write_meta(out, "http-equiv", "Content-Security-Policy", policy);
    write_meta(out, "name", "viewport", "width=device-width, initial-scale=1");
    write_meta(out, "name", "color-scheme", "light dark");
    write_meta(out, "name", "generator", "o365lens " O365LENS_VERSION);
    html_open(out, "title");
    write_title(out, assessment);
    html_close(out, "title");
    html_element(out, "style", style_text());
    html_close(out, "head");
}

struct span {
    bool has_times;
    int64_t first_ns, last_ns;
    uint64_t packets, bytes;
};

static struct span span_of(const struct assessment *assessment)
{
    struct span span = { 0 };
    for (uint32_t i = 0; i < assessment->capture_count; i++) {
        const struct capture_entry *capture = &assessment->captures[i];
        span.packets += capture->packets;
        span.bytes += capture->bytes;
        if (!capture->has_times)
            continue;
        if (!span.has_times || capture->first_ns < span.first_ns)
            span.first_ns = capture->first_ns;
        if (!span.has_times || capture->last_ns > span.last_ns)
            span.last_ns = capture->last_ns;
        span.has_times = true;
    }
    return span;
}

/* What was analysed, in one paragraph. */
static void write_scope(struct html_out *out, const struct assessment *assessment)
{
    struct span span = span_of(assessment);

    html_open(out, "p");
    html_attribute(out, "class", "scope");
    html_format(out, "%" PRIu32 " %s with %s packets (%s)", assessment->capture_count,
                assessment->capture_count == 1 ? "capture" : "captures",
                figure_count(span.packets).text, figure_bytes(span.bytes).text);
    if (span.has_times)
        html_format(out, ", from %s to %s", figure_time(span.first_ns).text,
                    figure_time(span.last_ns).text);
    html_format(out, ": %s flows of %s clients at %" PRIu32 " %s.",
                figure_count(assessment->all.flows).text,
                figure_count(assessment->all.clients).text, assessment->site_count,
                assessment->site_count == 1 ? "site" : "sites");
    html_format(out, " %s flows (%s) of %s clients, %s, are Office 365 traffic.",
                figure_count(assessment->office365.flows).text,
                figure_percent(assessment->office365.flows, assessment->all.flows).text,
                figure_count(assessment->office365.clients).text,
                figure_bytes(assessment->office365.bytes).text);
    html_close(out, "p");
}

static void write_for_whom(struct html_out *out, const struct assessment *assessment)
{
    if (assessment->customer == NULL && assessment->prepared_by == NULL)
        return;
    html_open(out, "p");
    html_attribute(out, "class", "note");
    if (assessment->customer != NULL) {
        html_text(out, "For ");
        html_name(out, assessment->customer);
        html_text(out, ". ");
    }
    if (assessment->prepared_by != NULL) {
        html_text(out, "Prepared by ");
        html_name(out, assessment->prepared_by);
        html_text(out, ".");
    }
    html_close(out, "p");
}

static void write_contents(struct html_out *out)
{
    html_open(out, "nav");
    html_attribute(out, "aria-label", "Contents");
    for (size_t i = 0; sections[i] != NULL; i++) {
        html_open(out, "a");
        html_attribute_format(out, "href", "#%s", sections[i]->name);
        html_text(out, sections[i]->title);
        html_close(out, "a");
        html_text(out, " ");
    }
    html_close(out, "nav");
}

static void write_section(struct html_out *out, const struct view *view,
                          const struct section *section)
{
    html_open(out, "section");
    html_attribute(out, "id", section->name);
    html_element(out, "h2", section->title);
    section->write_html(out, view);
    html_close(out, "section");
}

static void write_foot(struct html_out *out, const struct assessment *assessment)
{
    html_open(out, "footer");
    html_format(out, "o365lens " O365LENS_VERSION ". Last packet: %s.",
                figure_time(assessment->created_ns).text);
    html_close(out, "footer");
}

static bool write_html(FILE *file, const struct view *view)
{
    struct html_out out;

    html_out_init(&out, write_to_file, file);
    html_open(&out, "html");
    html_attribute(&out, "lang", "en");
    write_head(&out, view->assessment);
    html_open(&out, "body");
    html_open(&out, "main");
    html_open(&out, "h1");
    write_title(&out, view->assessment);
    html_close(&out, "h1");
    write_for_whom(&out, view->assessment);
    write_scope(&out, view->assessment);
    write_contents(&out);
    for (size_t i = 0; sections[i] != NULL; i++)
        write_section(&out, view, sections[i]);
    write_foot(&out, view->assessment);
    html_close(&out, "main");
    html_close(&out, "body");
    html_close(&out, "html");
    return html_out_flush(&out);
}

static bool write_file(const struct view *view, const char *directory, const char *name,
                       bool (*write)(FILE *, const struct view *), struct error *error)
{
    char path[PATH_SIZE];
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (size < 0 || (size_t)size >= sizeof path) {
        error_set(error, "%s: the path is too long", directory);
        return false;
    }
    FILE *file = fopen(path, "wbex"); /* never through a link that stands there */
    if (file == NULL) {
        error_set(error, "%s: cannot be created: %s", path, strerror(errno));
        return false;
    }
    errno = 0;
    bool is_written = write(file, view) && fflush(file) == 0 && ferror(file) == 0;
    int reason = errno;
    if (fclose(file) != 0 && is_written) {
        reason = errno;
        is_written = false;
    }
    if (!is_written)
        error_set(error, "%s: cannot be written: %s", path, strerror(reason));
    return is_written;
}

bool report_write(const struct assessment *assessment, const char *directory,
                  struct error *error)
{
    struct view view = { .assessment = assessment, .texts = texts_open(error) };
    if (view.texts == NULL)
        return false;

    bool is_written = write_file(&view, directory, "report.json", write_json, error) &&
                      write_file(&view, directory, "report.html", write_html, error);
    texts_close((struct texts *)view.texts);
    return is_written;
}
