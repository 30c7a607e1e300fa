/* sections.c - what a person needs first stands first. */
#include "reports/section.h"

const struct section *const sections[] = {
    &overview_section, /* the answer, for those who read no further */
    &findings_section,    &sites_section,
    &paths_section,       &captures_section, /* from here on: what the figures rest on */
    &skipped_section,     &endpoints_section,
    &definitions_section, NULL,
};
