/*
 * site_fold.h - what all flows of one site come to.
 */
#ifndef O365LENS_ANALYZER_SITE_FOLD_H
#define O365LENS_ANALYZER_SITE_FOLD_H

#include "analyzer/assessment.h"
#include "analyzer/judgement.h"

struct site_fold;

/* `role` may be NULL. */
struct site_fold *site_fold_new(const char *name, const char *role);
const char *site_fold_name(const struct site_fold *fold);

/* One flow of the site, at its sighting nearest the client. */
void site_fold_see(struct site_fold *fold, const struct judged_flow *flow,
                   const struct judgement_context *context);

/* Fills the summary, adds what the detectors found, and frees the fold. */
void site_fold_conclude(struct site_fold *fold, const struct judgement_context *context,
                        struct site_summary *summary, struct findings *findings);

#endif
