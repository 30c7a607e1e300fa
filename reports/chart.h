/*
 * chart.h - distributions and shares as inline SVG, with the same bytes for the same
 * input.
 *
 * Charts carry no colours of their own: the style sheet's classes colour them, for light,
 * dark and paper. Each has a title and a description, for those who do not see it.
 *
 * The axis of durations is linear where the values span less than 16 times, else
 * logarithmic.
 */
#ifndef O365LENS_REPORTS_CHART_H
#define O365LENS_REPORTS_CHART_H

#include "analyzer/distribution.h"
#include "reports/html_out.h"

struct chart {
    const char *title;                              /* for the SVG's title */
    const struct distribution *by_sample, *by_flow; /* by_flow may be NULL */
    int64_t threshold_ns;                           /* -1: no line */
};

/* Share of samples (and of flows, dashed) at or below each duration. */
void chart_cumulative(struct html_out *out, const struct chart *chart);

/* Share of samples in columns of equal width on the axis. */
void chart_histogram(struct html_out *out, const struct chart *chart);

/* One bar of parts; `style` is the class that colours a part. Nothing where all are 0. */
struct chart_part {
    const char *label, *style;
    uint64_t count;
};
void chart_bar(struct html_out *out, const char *title, const struct chart_part *parts,
               size_t count);

#endif
