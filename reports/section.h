/*
 * section.h - what a section of the report is, and the ordered table of them.
 *
 * A section writes the same facts twice, side by side so that the two cannot drift: as
 * members of report.json's object, and as HTML below its heading. A new section is one
 * file in reports/sections/, a line in sections.c, and its fields in FORMAT.md.
 */
#ifndef O365LENS_REPORTS_SECTION_H
#define O365LENS_REPORTS_SECTION_H

#include <stddef.h>

#include "analyzer/assessment.h"
#include "analyzer/json_out.h"
#include "reports/html_out.h"
#include "reports/texts.h"

struct view { /* what every section is given */
    const struct assessment *assessment;
    const struct texts *texts;
};

struct section {
    const char *name;  /* anchor */
    const char *title; /* heading */
    /* Keys and values into the object that is open; NULL where it has none. */
    void (*write_json)(struct json_out *out, const struct view *view);
    void (*write_html)(struct html_out *out, const struct view *view);
};

extern const struct section *const sections[]; /* in order; NULL behind the last */

extern const struct section overview_section;
extern const struct section findings_section;
extern const struct section sites_section;
extern const struct section paths_section;
extern const struct section captures_section;
extern const struct section skipped_section;
extern const struct section endpoints_section;
extern const struct section definitions_section;

/*
 * One part of what is told about a site, below a heading of its own. `write_html` writes
 * nothing, not even its heading, where there is nothing to tell.
 */
struct site_part {
    void (*write_json)(struct json_out *out, const struct view *view,
                       const struct site_summary *site);
    void (*write_html)(struct html_out *out, const struct view *view,
                       const struct site_summary *site);
};

extern const struct site_part site_traffic_part;
extern const struct site_part site_verdicts_part;
extern const struct site_part site_rtt_part;
extern const struct site_part site_hosts_part;
extern const struct site_part site_dns_part;
extern const struct site_part site_tcp_part;

#endif
