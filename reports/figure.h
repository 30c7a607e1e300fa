/*
 * figure.h - a number as people read it: rounded half up, no locale, always the same.
 *
 *     html_text(out, figure_ms(rtt_ns).text);
 *
 * A figure is returned by value and lives until the end of the full expression.
 */
#ifndef O365LENS_REPORTS_FIGURE_H
#define O365LENS_REPORTS_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

struct distribution;

enum { FIGURE_SIZE = 48 };

struct figure {
    char text[FIGURE_SIZE];
};

struct figure figure_count(uint64_t count);     /* "12,345" */
struct figure figure_bytes(uint64_t bytes);     /* "1.2 MB", powers of 1000 */
struct figure figure_ms(int64_t nanoseconds);   /* "9.87", "12.3", "345"; no unit */
struct figure figure_time(int64_t nanoseconds); /* "2026-09-21 14:13:20 UTC" */
struct figure figure_thousandths(int64_t thousandths); /* "0.95", "-3" */

/* "12.3 %", "<0.1 %", ">99.9 %"; "\u2013" where there is no whole. */
struct figure figure_percent(uint64_t part, uint64_t whole);

/*
 * How many samples a percentile needs, so that the highest of them is above it with 95 %
 * probability (methods C1.8): 1, 29, 59, 299 for p50, p90, p95, p99.
 */
unsigned figure_samples_needed(unsigned per_mille);

/* The percentile in ns, or -1 where there are too few samples for it. */
int64_t figure_percentile(const struct distribution *distribution, unsigned per_mille);

#endif
