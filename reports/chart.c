/* chart.c - SVG 1.1. Coordinates are integers of a tenth of a unit: nothing is rounded
 * twice. */
#include "reports/chart.h"

#include <inttypes.h>
#include <stdio.h>

#include "reports/axis.h"
#include "reports/figure.h"

enum {
    TENTHS = 10,
    WIDTH = 3600,
    HEIGHT = 1900,
    LEFT = 420,
    RIGHT = 3440,
    TOP = 140,
    BOTTOM = 1510,
    COLUMNS_MAX = 256,
    DIVISIONS = 64,
    BAR_WIDTH = 3600,
    BAR_HEIGHT = 120,
};

static void attribute_tenths(struct html_out *out, const char *name, int64_t tenths)
{
    html_attribute_format(out, name, "%" PRId64 ".%" PRId64, tenths / TENTHS,
                          tenths % TENTHS);
}

static void write_line(struct html_out *out, const char *style, int64_t x1, int64_t y1,
                       int64_t x2, int64_t y2)
{
    html_empty(out, "line");
    html_attribute(out, "class", style);
    attribute_tenths(out, "x1", x1);
    attribute_tenths(out, "y1", y1);
    attribute_tenths(out, "x2", x2);
    attribute_tenths(out, "y2", y2);
}

static void write_label(struct html_out *out, const char *anchor, int64_t x, int64_t y,
                        const char *text)
{
    html_open(out, "text");
    html_attribute(out, "text-anchor", anchor);
    attribute_tenths(out, "x", x);
    attribute_tenths(out, "y", y);
    html_text(out, text);
    html_close(out, "text");
}

static int64_t x_of(const struct axis *axis, int64_t value_ns)
{
    return LEFT + axis_position(axis, value_ns, RIGHT - LEFT);
}

/* `part` of `whole` of the plot's height, from the bottom. */
static int64_t y_of(uint64_t part, uint64_t whole)
{
    while (part > UINT64_MAX / HEIGHT) {
        part /= 2;
        whole /= 2;
    }
    return BOTTOM - (int64_t)(part * (BOTTOM - TOP) / (whole == 0 ? 1 : whole));
}

static void open_chart(struct html_out *out, const struct chart *chart, const char *what)
{
    html_open(out, "svg");
    html_attribute(out, "class", "chart");
    html_attribute(out, "role", "img");
    html_attribute_format(out, "viewBox", "0 0 %d %d", WIDTH / TENTHS, HEIGHT / TENTHS);
    html_open(out, "title");
    html_format(out, "%s: %s", chart->title, what);
    html_close(out, "title");
    html_open(out, "desc");
    html_format(out, "%s samples, minimum %s ms, median %s ms, maximum %s ms.",
                figure_count(chart->by_sample->count).text,
                figure_ms(chart->by_sample->min_ns).text,
                figure_ms(distribution_percentile(chart->by_sample, 500)).text,
                figure_ms(chart->by_sample->max_ns).text);
    html_close(out, "desc");
}

/* The axis of durations below the plot, with a line up at each tick. */
static void write_axis(struct html_out *out, const struct axis *axis)
{
    struct axis_ticks ticks;
    axis_ticks(axis, &ticks);

    for (size_t i = 0; i < ticks.count; i++) {
        int64_t x = x_of(axis, ticks.at_ns[i]);
        char text[AXIS_TICK_SIZE];
        write_line(out, "grid", x, TOP, x, BOTTOM);
        write_label(out, "middle", x, BOTTOM + 150, axis_tick_text(ticks.at_ns[i], text));
    }
    write_line(out, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
    write_label(out, "middle", (LEFT + RIGHT) / 2, BOTTOM + 320,
                axis->is_log ? "ms, logarithmic" : "ms");
}

static void write_percent_tick(struct html_out *out, uint64_t part, uint64_t whole,
                               const char *text)
{
    int64_t y = y_of(part, whole);
    write_line(out, "grid", LEFT, y, RIGHT, y);
    write_label(out, "end", LEFT - 50, y + 40, text);
}

/* On the side of the line where there is room for its label. */
static void write_threshold(struct html_out *out, const struct axis *axis,
                            int64_t threshold_ns)
{
    if (threshold_ns < 0)
        return;
    int64_t x = x_of(axis, threshold_ns);
    bool is_left = x > (LEFT + RIGHT) / 2;
    char text[FIGURE_SIZE + 32];
    write_line(out, "threshold", x, TOP - 20, x, BOTTOM);
    (void)snprintf(text, sizeof text, "threshold %s ms", figure_ms(threshold_ns).text);
    write_label(out, is_left ? "end" : "start", is_left ? x - 30 : x + 30, TOP - 40,
                text);
}

static struct axis axis_of_chart(const struct chart *chart)
{
    int64_t low = chart->by_sample->min_ns, high = chart->by_sample->max_ns;
    if (chart->by_flow != NULL && chart->by_flow->count > 0) {
        low = chart->by_flow->min_ns < low ? chart->by_flow->min_ns : low;
        high = chart->by_flow->max_ns > high ? chart->by_flow->max_ns : high;
    }
    if (chart->threshold_ns >= 0) {
        low = chart->threshold_ns < low ? chart->threshold_ns : low;
        high = chart->threshold_ns > high ? chart->threshold_ns : high;
    }
    return axis_of(low, high);
}

struct curve {
    struct html_out *out;
    const struct axis *axis;
    uint64_t seen, total;
    int64_t min_ns, max_ns;
    int64_t last_x, last_y;
};

static void curve_point(struct curve *curve, int64_t x, int64_t y)
{
    html_format(curve->out, "%" PRId64 ".%" PRId64 ",%" PRId64 ".%" PRId64 " ",
                x / TENTHS, x % TENTHS, y / TENTHS, y % TENTHS);
    curve->last_x = x;
    curve->last_y = y;
}

/* A step at the bin's end; those of less than half a unit are left to the next. */
static void see_curve_bin(void *context, uint16_t index, uint32_t count)
{
    struct curve *curve = context;
    int64_t end_ns = distribution_bin_start((uint16_t)(index + 1));
    if (end_ns > curve->max_ns)
        end_ns = curve->max_ns;

    curve->seen += count;
    int64_t x = x_of(curve->axis, end_ns), y = y_of(curve->seen, curve->total);
    bool is_last = curve->seen == curve->total;
    if (!is_last && x - curve->last_x < 5 && curve->last_y - y < 5)
        return;
    curve_point(curve, x, curve->last_y);
    curve_point(curve, x, y);
}

static void count_bin(void *context, uint16_t index, uint32_t count)
{
    uint64_t *total = context;
    (void)index;
    *total += count;
}

static void write_curve(struct html_out *out, const struct axis *axis, const char *style,
                        const struct distribution *distribution)
{
    struct curve curve = { .out = out,
                           .axis = axis,
                           .min_ns = distribution->min_ns,
                           .max_ns = distribution->max_ns };
    distribution_each_bin(distribution, count_bin, &curve.total);

    html_empty(out, "polyline");
    html_attribute(out, "class", style);
    html_attribute_begin(out, "points");
    curve_point(&curve, x_of(axis, distribution->min_ns), BOTTOM);
    distribution_each_bin(distribution, see_curve_bin, &curve);
    html_attribute_end(out);
}

void chart_cumulative(struct html_out *out, const struct chart *chart)
{
    struct axis axis = axis_of_chart(chart);

    if (chart->by_sample->count == 0)
        return;
    open_chart(out, chart, "share at or below each duration");
    write_axis(out, &axis);
    write_percent_tick(out, 0, 4, "0 %");
    write_percent_tick(out, 1, 4, "25 %");
    write_percent_tick(out, 2, 4, "50 %");
    write_percent_tick(out, 3, 4, "75 %");
    write_percent_tick(out, 4, 4, "100 %");
    write_threshold(out, &axis, chart->threshold_ns);
    write_curve(out, &axis, "curve", chart->by_sample);
    if (chart->by_flow != NULL && chart->by_flow->count > 0)
        write_curve(out, &axis, "curve by-flow", chart->by_flow);
    html_close(out, "svg");
}

/* Counts are in 64ths: a bin that reaches into several columns is divided among them. */
struct columns {
    const struct axis *axis;
    int64_t min_ns, max_ns;
    uint64_t counts[COLUMNS_MAX];
    uint64_t total, highest;
};

static void add_to_column(struct columns *columns, size_t column, uint64_t count)
{
    if (column >= columns->axis->columns)
        column = columns->axis->columns - 1;
    columns->counts[column] += count;
    columns->total += count;
    if (columns->counts[column] > columns->highest)
        columns->highest = columns->counts[column];
}

static void see_column_bin(void *context, uint16_t index, uint32_t count)
{
    struct columns *columns = context;
    int64_t from = distribution_bin_start(index);
    int64_t to = distribution_bin_start((uint16_t)(index + 1));
    from = from < columns->min_ns ? columns->min_ns : from;
    to = to > columns->max_ns ? columns->max_ns : to;

    int64_t width = to > from ? to - from : 1;
    uint64_t left = (uint64_t)count * DIVISIONS;
    size_t column = axis_column(columns->axis, from);
    for (size_t last = axis_column(columns->axis, to); column < last; column++) {
        int64_t end = axis_column_start(columns->axis, column + 1);
        uint64_t part = count * (uint64_t)((end - from) * DIVISIONS / width);
        add_to_column(columns, column, part);
        left -= part;
        from = end;
    }
    add_to_column(columns, column, left);
}

static void write_columns(struct html_out *out, const struct columns *columns,
                          uint64_t whole)
{
    for (size_t i = 0; i < columns->axis->columns; i++) {
        if (columns->counts[i] == 0)
            continue;
        int64_t from = x_of(columns->axis, axis_column_start(columns->axis, i));
        int64_t to = x_of(columns->axis, axis_column_start(columns->axis, i + 1));
        int64_t y = y_of(100 * columns->counts[i], whole);
        html_empty(out, "rect");
        html_attribute(out, "class", "column");
        attribute_tenths(out, "x", from);
        attribute_tenths(out, "y", y > BOTTOM - 5 ? BOTTOM - 5 : y);
        attribute_tenths(out, "width", to - from > 8 ? to - from - 5 : 3);
        attribute_tenths(out, "height", y > BOTTOM - 5 ? 5 : BOTTOM - y);
    }
}

/* The top of the scale: the next of 1, 2, 5, 10, 20, 50, 100 per cent above the highest.
 */
static unsigned top_percent(uint64_t highest, uint64_t total)
{
    static const unsigned tops[] = { 1, 2, 5, 10, 20, 50 };
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
        if (100 * highest <= total * tops[i])
            return tops[i];
    }
    return 100;
}

void chart_histogram(struct html_out *out, const struct chart *chart)
{
    struct axis axis = axis_of_chart(chart);
    struct columns columns = { .axis = &axis,
                               .min_ns = chart->by_sample->min_ns,
                               .max_ns = chart->by_sample->max_ns };
    char text[16];

    if (chart->by_sample->count == 0 || axis.columns > COLUMNS_MAX)
        return;
    distribution_each_bin(chart->by_sample, see_column_bin, &columns);
    unsigned top = top_percent(columns.highest, columns.total);

    open_chart(out, chart, "share of samples for each duration");
    write_axis(out, &axis);
    write_percent_tick(out, 0, 2, "0 %");
    (void)snprintf(text, sizeof text, top == 1 || top == 5 ? "%u.5 %%" : "%u %%",
                   top / 2);
    write_percent_tick(out, 1, 2, text);
    (void)snprintf(text, sizeof text, "%u %%", top);
    write_percent_tick(out, 2, 2, text);
    write_columns(out, &columns, columns.total * top);
    write_threshold(out, &axis, chart->threshold_ns);
    html_close(out, "svg");
}

static void write_part(struct html_out *out, const struct chart_part *part, int64_t from,
                       int64_t to)
{
    html_open(out, "rect");
    html_attribute(out, "class", part->style);
    attribute_tenths(out, "x", from);
    attribute_tenths(out, "y", 0);
    attribute_tenths(out, "width", to - from);
    attribute_tenths(out, "height", BAR_HEIGHT);
    html_open(out, "title");
    html_format(out, "%s: %s", part->label, figure_count(part->count).text);
    html_close(out, "title");
    html_close(out, "rect");
}

void chart_bar(struct html_out *out, const char *title, const struct chart_part *parts,
               size_t count)
{
    uint64_t total = 0, before = 0;
    for (size_t i = 0; i < count; i++)
        total += parts[i].count;
    if (total == 0 || total > UINT64_MAX / BAR_WIDTH)
        return;
    html_open(out, "svg");
    html_attribute(out, "class", "bar");
    html_attribute(out, "role", "img");
    html_attribute(out, "preserveAspectRatio", "none");
    html_attribute_format(out, "viewBox", "0 0 %d %d", BAR_WIDTH / TENTHS,
                          BAR_HEIGHT / TENTHS);
    html_element(out, "title", title);
    for (size_t i = 0; i < count; i++) {
        int64_t from = (int64_t)(before * BAR_WIDTH / total);
        before += parts[i].count;
        if (parts[i].count > 0)
            write_part(out, &parts[i], from, (int64_t)(before * BAR_WIDTH / total));
    }
    html_close(out, "svg");
}
