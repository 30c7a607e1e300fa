/*
 * table.h - tables that stay readable: each scrolls in a box of its own where it is wide.
 *
 *     static const char *const columns[] = { "Host", "#Flows", NULL };
 *     table_open(out, "Busiest hosts", columns);
 *     table_row_open(out);
 *     table_name(out, host);
 *     table_number(out, figure_count(flows).text);
 *     table_row_close(out);
 *     table_close(out);
 *
 * A column whose name begins with '#' holds numbers and is set to the right.
 */
#ifndef O365LENS_REPORTS_TABLE_H
#define O365LENS_REPORTS_TABLE_H

#include "reports/html_out.h"

void table_open(struct html_out *out, const char *caption, const char *const *columns);
void table_close(struct html_out *out);
void table_row_open(struct html_out *out);
void table_row_close(struct html_out *out);

void table_head(struct html_out *out, const char *name); /* names the row; by names_out */
void table_name(struct html_out *out, const char *name); /* by names_out; NULL: a dash */
void table_text(struct html_out *out, const char *text); /* our own; NULL: a dash */
void table_number(struct html_out *out, const char *figure);
void table_none(struct html_out *out, const char *why); /* a dash that tells its reason */

/* A percentile in ms, or a dash with the number of samples that it would need. */
struct distribution;
void table_percentile(struct html_out *out, const struct distribution *distribution,
                      unsigned per_mille);

#endif
