/*
 * path_fold.h - which ways the flows seen at several points took, and the RTT of each leg.
 */
#ifndef O365LENS_ANALYZER_PATH_FOLD_H
#define O365LENS_ANALYZER_PATH_FOLD_H

#include "analyzer/assessment.h"
#include "analyzer/judgement.h"

enum { PATHS_MOST = 256 }; /* ways that are told apart; more are left out */

struct path_fold {
    struct path_summary *items;
    uint32_t count, capacity;
};

/* An Office 365 flow, at its sighting nearest the client. */
void path_fold_see(struct path_fold *fold, const struct judged_flow *flow,
                   const struct judgement_context *context);

/* Hands the paths over, in order. */
void path_fold_conclude(struct path_fold *fold, struct assessment *assessment);

#endif
