/*
 * flow_lines.h - flow records for other programs: NDJSON and CSV (contract, section 2).
 *
 *     struct flow_lines *lines = flow_lines_new(FLOW_LINES_NDJSON, write, context);
 *     flow_lines_see(lines, &judged);    once for each flow, in order
 *     is_written = flow_lines_conclude(lines);
 */
#ifndef O365LENS_REPORTS_FLOW_LINES_H
#define O365LENS_REPORTS_FLOW_LINES_H

#include <stdbool.h>

#include "analyzer/judgement.h"
#include "analyzer/json_out.h"

enum flow_lines_format { FLOW_LINES_NDJSON, FLOW_LINES_CSV };

struct flow_lines;

struct flow_lines *flow_lines_new(enum flow_lines_format format, json_out_write *write,
                                  void *context);

/* False once writing failed. */
bool flow_lines_see(struct flow_lines *lines, const struct judged_flow *flow,
                    const struct judgement_context *context);

/* Hands on what is buffered and frees the lines. */
bool flow_lines_conclude(struct flow_lines *lines);

#endif
