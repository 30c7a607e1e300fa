/*
 * site_fold_rtt.h - a site's round trips: the entries of site_summary.rtt, and the score.
 *
 * Internal to site_fold.c.
 */
#ifndef O365LENS_ANALYZER_SITE_FOLD_RTT_H
#define O365LENS_ANALYZER_SITE_FOLD_RTT_H

#include "analyzer/judgement.h"
#include "analyzer/site_summary.h"

/*
 * Folds an Office 365 flow of a user in: its sides, its handshake and the whole way, each
 * into its service and its endpoint set. `capacity` is that of summary->rtt, 0 at first.
 */
void site_fold_rtt_see(struct site_summary *summary, uint32_t *capacity,
                       const struct judged_flow *flow,
                       const struct judgement_context *context);

/* Puts the entries in order and sets the score. */
void site_fold_rtt_conclude(struct site_summary *summary,
                            const struct judgement_context *context);

#endif
