/* definitions_section.c - so that a figure can be computed again from the packets. */
#include "reports/section.h"

static void write_html(struct html_out *out, const struct view *view)
{
    const char *entry;

    html_open(out, "dl");
    html_attribute(out, "class", "definitions");
    for (size_t i = 0; (entry = texts_entry(view->texts, "definitions", i)) != NULL;
         i++) {
        html_element(out, "dt", texts_get(view->texts, "definitions", entry, "term"));
        html_element(out, "dd", texts_get(view->texts, "definitions", entry, "text"));
    }
    html_close(out, "dl");
}

const struct section definitions_section = {
    .name = "definitions",
    .title = "How the figures are made",
    .write_html = write_html,
};
