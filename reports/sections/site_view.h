/*
 * site_view.h - figures of a site that more than one section shows.
 */
#ifndef O365LENS_REPORTS_SECTIONS_SITE_VIEW_H
#define O365LENS_REPORTS_SECTIONS_SITE_VIEW_H

#include <stdbool.h>

#include "analyzer/assessment.h"

/* Adds the flows of each state of the question to `flows`. */
void site_view_states(const struct site_summary *site, enum verdict_question question,
                      uint64_t flows[VERDICT_STATES]);

/* From the user to the front door, not of one leg only. */
bool site_view_is_whole_way(const struct rtt_entry *entry);

/*
 * The RTT entry that stands for a service: from user to front door, all its sets
 * together, of the path with most flows. NULL where nothing was measured.
 */
const struct rtt_entry *site_view_main_rtt(const struct site_summary *site,
                                           enum service service);

#endif
