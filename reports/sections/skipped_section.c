/* skipped_section.c - files that are no captures: told, so that none is missed. */
#include "reports/section.h"

#include <inttypes.h>

#include "reports/table.h"
#include "reports/values.h"

enum { FILES_SHOWN_OPEN = 10 };

static void write_json(struct json_out *out, const struct view *view)
{
    json_key(out, "skipped");
    json_open_array(out);
    for (uint32_t i = 0; i < view->assessment->skipped_count; i++) {
        json_open_object(out);
        values_name(out, "name", view->assessment->skipped[i].name);
        values_name(out, "looks_like", view->assessment->skipped[i].looks_like);
        json_close_object(out);
    }
    json_close_array(out);
}

static void show_files(struct html_out *out, const struct assessment *assessment)
{
    static const char *const columns[] = { "File", "Looks like", NULL };

    table_open(out, "By name", columns);
    for (uint32_t i = 0; i < assessment->skipped_count; i++) {
        table_row_open(out);
        table_head(out, assessment->skipped[i].name);
        table_name(out, assessment->skipped[i].looks_like);
        table_row_close(out);
    }
    table_close(out);
}

static void write_html(struct html_out *out, const struct view *view)
{
    const struct assessment *assessment = view->assessment;
    if (assessment->skipped_count == 0) {
        html_element(out, "p", "None.");
        return;
    }
    html_open(out, "details");
    if (assessment->skipped_count <= FILES_SHOWN_OPEN)
        html_attribute(out, "open", "open");
    html_open(out, "summary");
    html_format(out, "Files that are no captures: %" PRIu32, assessment->skipped_count);
    html_close(out, "summary");
    show_files(out, assessment);
    html_close(out, "details");
}

const struct section skipped_section = {
    .name = "skipped",
    .title = "Skipped files",
    .write_json = write_json,
    .write_html = write_html,
};
