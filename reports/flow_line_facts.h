/*
 * flow_line_facts.h - the keys "tls" to "tcp" of a flow record; for flow_lines.c alone.
 */
#ifndef O365LENS_REPORTS_FLOW_LINE_FACTS_H
#define O365LENS_REPORTS_FLOW_LINE_FACTS_H

#include "analyzer/json_out.h"
#include "analyzer/judgement.h"

void flow_line_facts(struct json_out *out, const struct judged_flow *flow);

#endif
