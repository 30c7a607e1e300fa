/*
 * detector.h - what an analysis is: a judgement of each flow, and a fold over a site's flows.
 *
 * A detector is a constant in a file of its own and a line in detectors.c. judge_flow
 * answers the detector's question for one flow. see_flow folds a judged flow into the
 * tally of its site; conclude turns the tally into findings. Tallies begin zeroed, one
 * for each detector and site; the order of flows is that of the printed records.
 */
#ifndef O365LENS_ANALYZER_DETECTOR_H
#define O365LENS_ANALYZER_DETECTOR_H

#include <stddef.h>

#include "analyzer/finding.h"
#include "analyzer/judgement.h"

struct detector {
    const char *name;
    enum verdict_question question; /* where judge_flow is set */
    void (*judge_flow)(const struct judged_flow *flow,
                       const struct judgement_context *context, struct verdict *verdict);
    size_t tally_size; /* 0: it does not fold */
    void (*see_flow)(void *tally, const struct judged_flow *flow,
                     const struct judgement_context *context);
    void (*conclude)(void *tally, const struct site_summary *site,
                     const struct judgement_context *context, struct findings *findings);
    void (*release)(void *tally); /* may be NULL */
};

/* In the order in which their findings are looked for; NULL at the end. */
extern const struct detector *const detectors[];

#endif
