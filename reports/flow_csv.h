/*
 * flow_csv.h - the flow record as a line of a table (RFC 4180), safe to open in a spreadsheet.
 *
 * The columns are the flat ones of the JSON record, named by their path. A field that a
 * spreadsheet would take for a formula begins with an apostrophe.
 */
#ifndef O365LENS_REPORTS_FLOW_CSV_H
#define O365LENS_REPORTS_FLOW_CSV_H

#include <stdbool.h>

#include "analyzer/judgement.h"
#include "analyzer/json_out.h"

bool flow_csv_heading(json_out_write *write, void *context);
bool flow_csv_line(const struct judged_flow *flow, json_out_write *write, void *context);

#endif
