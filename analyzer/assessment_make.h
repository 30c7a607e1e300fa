/*
 * assessment_make.h - results in, an assessment out: correlation, judgement, findings.
 *
 * Reads every result twice: once for what correlation needs, once to judge each flow. The
 * order in which results are given makes no difference.
 */
#ifndef O365LENS_ANALYZER_ASSESSMENT_MAKE_H
#define O365LENS_ANALYZER_ASSESSMENT_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/assessment.h"
#include "analyzer/error.h"
#include "analyzer/judgement.h"
#include "analyzer/series.h"

struct assessment_input {
    char *const *result_paths;
    uint32_t result_count;
    const struct series_groups *groups; /* for what was lost; NULL in a merge */
    struct knowledge *knowledge;
    const struct site_file *site_file; /* NULL: none */
    enum endpoint_instance instance;
    int64_t created_ns; /* -1: time of the last packet */
    /* Called with every judged flow in the order of printed records; may be NULL. False
       stops. */
    bool (*see_flow)(void *context, const struct judged_flow *flow,
                     const struct judgement_context *judgement);
    void *see_context;
    bool flows_only; /* no assessment is wanted: NULL is returned where all went well */
};

struct assessment_output {
    struct assessment *assessment; /* NULL where flows_only */
    bool has_problems; /* a capture could not be read whole, or a result was refused */
    bool has_captures; /* at least one capture was analysed */
    bool is_stopped;   /* see_flow said so */
    uint32_t problem_count;
    char **problems;       /* a sentence for each capture that could not be read whole */
    uint32_t result_count; /* results used, with their paths by series name: */
    struct assessment_result {
        char *path, *series;
        bool is_skipped; /* it tells of files alone that are no captures */
    } * results;
};

void assessment_make(const struct assessment_input *input,
                     struct assessment_output *output);
void assessment_output_release(struct assessment_output *output);

#endif
