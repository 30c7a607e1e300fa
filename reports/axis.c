/* axis.c - ticks are 1, 2 or 5 times a power of ten, so that every label is short. */
#include "reports/axis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    OCTAVE = 65536, /* parts of an octave */
    LOG_FROM = 16,  /* high / low from which on the axis is logarithmic */
    LINEAR_TICKS = 6,
    LINEAR_COLUMNS = 40,
    LOG_COLUMNS = 64,
    BINS_OF_OCTAVE = 64,
    LOWEST_NS = 1000,
};

static const int64_t highest_ns = INT64_C(1000000000000);

/*
 * The logarithm to base 2 in parts of an octave. Squaring the mantissa doubles its
 * logarithm, so each square gives one binary digit: the same on every machine.
 */
static int64_t log_of(int64_t value_ns)
{
    int64_t octave = 63 - __builtin_clzll((unsigned long long)value_ns);
    uint64_t mantissa = (uint64_t)value_ns << (63 - octave) >> 32; /* 1.0 is 2^31 */
    int64_t fraction = 0;

    for (int part = OCTAVE / 2; part > 0; part /= 2) {
        mantissa = mantissa * mantissa >> 31;
        if (mantissa >> 32 != 0) {
            mantissa >>= 1;
            fraction += part;
        }
    }
    return octave * OCTAVE + fraction;
}

/* The smallest value with at least this logarithm. */
static int64_t value_of_log(int64_t log)
{
    int64_t low = INT64_C(1) << (log / OCTAVE), high = 2 * low;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (log_of(middle) < log)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The smallest of 1, 2, 5, 10, 20 ... at or above the value. */
static int64_t nice_above(int64_t value_ns)
{
    int64_t power = 1;
    while (power * 10 <= value_ns)
        power *= 10;
    return value_ns <= power       ? power
           : value_ns <= 2 * power ? 2 * power
           : value_ns <= 5 * power ? 5 * power
                                   : 10 * power;
}

static int64_t nice_below(int64_t value_ns)
{
    int64_t above = nice_above(value_ns);
    int64_t power = 1;
    if (above == value_ns)
        return above;
    while (power * 10 <= value_ns)
        power *= 10;
    return value_ns >= 5 * power ? 5 * power : value_ns >= 2 * power ? 2 * power : power;
}

static struct axis log_axis(int64_t low_ns, int64_t high_ns)
{
    struct axis axis = { .is_log = true,
                         .low_ns = nice_below(low_ns),
                         .high_ns = nice_above(high_ns),
                         .column = OCTAVE / 8 };
    int64_t length = log_of(axis.high_ns) - log_of(axis.low_ns);
    while (length / axis.column >= LOG_COLUMNS)
        axis.column *= 2;
    axis.columns = (size_t)(log_of(axis.high_ns) / axis.column -
                            log_of(axis.low_ns) / axis.column + 1);
    return axis;
}

/* A column narrower than a bin would stay empty beside full ones. */
static int64_t linear_column(int64_t low_ns, int64_t high_ns)
{
    int64_t bin = (INT64_C(1) << (log_of(high_ns) / OCTAVE)) / BINS_OF_OCTAVE;
    int64_t column = nice_above((high_ns - low_ns + LINEAR_COLUMNS - 1) / LINEAR_COLUMNS);
    return column >= 2 * bin ? column : nice_above(2 * bin);
}

static struct axis linear_axis(int64_t low_ns, int64_t high_ns)
{
    int64_t start = low_ns < high_ns / 2 ? 0 : low_ns;
    int64_t step = nice_above((high_ns - start + LINEAR_TICKS - 1) / LINEAR_TICKS);
    int64_t least = linear_column(start, high_ns);
    if (step < least)
        step = least;

    struct axis axis = { .low_ns = start / step * step };
    axis.high_ns = (high_ns + step - 1) / step * step;
    if (axis.high_ns <= axis.low_ns)
        axis.high_ns = axis.low_ns + step;
    axis.column = linear_column(axis.low_ns, axis.high_ns);
    axis.columns = (size_t)((axis.high_ns - axis.low_ns + axis.column - 1) / axis.column);
    return axis;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

struct axis axis_of(int64_t low_ns, int64_t high_ns)
{
    low_ns = clamp(low_ns, LOWEST_NS, highest_ns);
    high_ns = clamp(high_ns, low_ns, highest_ns);
    return high_ns / low_ns >= LOG_FROM ? log_axis(low_ns, high_ns)
                                        : linear_axis(low_ns, high_ns);
}

int64_t axis_position(const struct axis *axis, int64_t value_ns, int64_t length)
{
    int64_t value = clamp(value_ns, axis->low_ns, axis->high_ns);
    int64_t low = axis->low_ns, high = axis->high_ns;

    if (axis->is_log) {
        value = log_of(value);
        low = log_of(low);
        high = log_of(high);
    }
    return (value - low) * length / (high - low);
}

static void add_tick(struct axis_ticks *ticks, int64_t at_ns)
{
    if (ticks->count < AXIS_TICKS_MAX)
        ticks->at_ns[ticks->count++] = at_ns;
}

static void log_ticks(const struct axis *axis, struct axis_ticks *ticks)
{
    static const int64_t all[] = { 1, 2, 5 };
    size_t factors = axis->high_ns / axis->low_ns > 1000 ? 1 : 3;

    for (int64_t power = 1; power <= axis->high_ns; power *= 10) {
        for (size_t i = 0; i < factors; i++) {
            int64_t at_ns = power * all[i];
            if (at_ns >= axis->low_ns && at_ns <= axis->high_ns)
                add_tick(ticks, at_ns);
        }
    }
}

void axis_ticks(const struct axis *axis, struct axis_ticks *ticks)
{
    ticks->count = 0;
    if (axis->is_log) {
        log_ticks(axis, ticks);
        return;
    }
    int64_t step =
        nice_above((axis->high_ns - axis->low_ns + LINEAR_TICKS) / (LINEAR_TICKS + 1));
    int64_t first = (axis->low_ns + step - 1) / step * step;
    for (int64_t at_ns = first; at_ns <= axis->high_ns; at_ns += step)
        add_tick(ticks, at_ns);
}

const char *axis_tick_text(int64_t at_ns, char text[AXIS_TICK_SIZE])
{
    (void)snprintf(text, AXIS_TICK_SIZE, "%" PRId64 ".%06" PRId64, at_ns / 1000000,
                   at_ns % 1000000);
    size_t end = strlen(text);
    while (text[end - 1] == '0')
        text[--end] = '\0';
    if (text[end - 1] == '.')
        text[end - 1] = '\0';
    return text;
}

size_t axis_column(const struct axis *axis, int64_t value_ns)
{
    int64_t value = clamp(value_ns, axis->low_ns, axis->high_ns);
    return (size_t)(axis->is_log ? log_of(value) / axis->column -
                                       log_of(axis->low_ns) / axis->column
                                 : (value - axis->low_ns) / axis->column);
}

int64_t axis_column_start(const struct axis *axis, size_t column)
{
    if (!axis->is_log)
        return axis->low_ns + (int64_t)column * axis->column;
    int64_t first = log_of(axis->low_ns) / axis->column;
    return value_of_log((first + (int64_t)column) * axis->column);
}
