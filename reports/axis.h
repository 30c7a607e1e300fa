/*
 * axis.h - an axis of durations: its range, ticks and columns, in integers.
 *
 * Linear where the values span less than 16 times, else logarithmic.
 */
#ifndef O365LENS_REPORTS_AXIS_H
#define O365LENS_REPORTS_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AXIS_TICKS_MAX = 16, AXIS_TICK_SIZE = 24 };

struct axis {
    bool is_log;
    int64_t low_ns, high_ns;
    size_t columns; /* for histograms, at most 128 */
    int64_t column; /* linear: ns a column; logarithmic: parts of an octave */
};

struct axis_ticks {
    size_t count;
    int64_t at_ns[AXIS_TICKS_MAX];
};

/* An axis that holds `low_ns` to `high_ns`. */
struct axis axis_of(int64_t low_ns, int64_t high_ns);

/* Where the value stands on an axis of `length`; values outside stand at the ends. */
int64_t axis_position(const struct axis *axis, int64_t value_ns, int64_t length);

void axis_ticks(const struct axis *axis, struct axis_ticks *ticks);
const char *axis_tick_text(int64_t at_ns, char text[AXIS_TICK_SIZE]); /* in ms */

/* The column of a value, and where a column starts, for axis_position. */
size_t axis_column(const struct axis *axis, int64_t value_ns);
int64_t axis_column_start(const struct axis *axis, size_t column);

#endif
