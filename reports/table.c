/* table.c - HTML Living Standard section 4.9; the box takes the focus, to scroll by keys.
 */
#include "reports/table.h"

#include <stdio.h>

#include "analyzer/distribution.h"
#include "reports/figure.h"

static const char dash[] = "\u2013";

static void write_columns(struct html_out *out, const char *const *columns)
{
    html_open(out, "thead");
    html_open(out, "tr");
    for (; *columns != NULL; columns++) {
        bool is_number = (*columns)[0] == '#';
        html_open(out, "th");
        html_attribute(out, "scope", "col");
        if (is_number)
            html_attribute(out, "class", "number");
        html_text(out, *columns + is_number);
        html_close(out, "th");
    }
    html_close(out, "tr");
    html_close(out, "thead");
}

void table_open(struct html_out *out, const char *caption, const char *const *columns)
{
    html_open(out, "div");
    html_attribute(out, "class", "scroll");
    html_attribute(out, "role", "region");
    html_attribute(out, "tabindex", "0");
    html_attribute(out, "aria-label", caption);
    html_open(out, "table");
    html_element(out, "caption", caption);
    write_columns(out, columns);
    html_open(out, "tbody");
}

void table_close(struct html_out *out)
{
    html_close(out, "tbody");
    html_close(out, "table");
    html_close(out, "div");
}

void table_row_open(struct html_out *out)
{
    html_open(out, "tr");
}

void table_row_close(struct html_out *out)
{
    html_close(out, "tr");
}

void table_head(struct html_out *out, const char *name)
{
    html_open(out, "th");
    html_attribute(out, "scope", "row");
    html_name(out, name);
    html_close(out, "th");
}

void table_name(struct html_out *out, const char *name)
{
    html_open(out, "td");
    html_name(out, name == NULL ? dash : name);
    html_close(out, "td");
}

void table_text(struct html_out *out, const char *text)
{
    html_element(out, "td", text == NULL ? dash : text);
}

void table_number(struct html_out *out, const char *figure)
{
    html_open(out, "td");
    html_attribute(out, "class", "number");
    html_text(out, figure);
    html_close(out, "td");
}

void table_none(struct html_out *out, const char *why)
{
    html_open(out, "td");
    html_attribute(out, "class", "number none");
    html_text(out, dash);
    html_text(out, " ");
    html_element(out, "small", why);
    html_close(out, "td");
}

void table_percentile(struct html_out *out, const struct distribution *distribution,
                      unsigned per_mille)
{
    int64_t value_ns = figure_percentile(distribution, per_mille);
    char why[FIGURE_SIZE];

    if (value_ns >= 0) {
        table_number(out, figure_ms(value_ns).text);
        return;
    }
    (void)snprintf(why, sizeof why, "n < %u", figure_samples_needed(per_mille));
    table_none(out, why);
}
