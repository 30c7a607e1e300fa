/* test_chart.c - axes, columns and curves; figures as people read them. */
#include "reports/chart.h"

#include "reports/axis.h"
#include "reports/figure.h"
#include "tests/test.h"

enum { MS = 1000000 };

static char svg[1 << 20];
static size_t svg_size;

static bool keep(void *context, const void *bytes, size_t size)
{
    (void)context;
    if (svg_size + size >= sizeof svg)
        return false;
    memcpy(svg + svg_size, bytes, size);
    svg_size += size;
    svg[svg_size] = '\0';
    return true;
}

static const char *drawn(void (*draw)(struct html_out *, const struct chart *),
                         const struct chart *chart)
{
    static struct html_out out;
    svg_size = 0;
    html_out_init(&out, keep, NULL);
    draw(&out, chart);
    CHECK(html_out_flush(&out));
    return svg;
}

static unsigned times(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)) != NULL; text++)
        count++;
    return count;
}

static struct distribution spread(int64_t low_ns, int64_t high_ns, unsigned samples)
{
    struct distribution distribution;
    distribution_init(&distribution);
    for (unsigned i = 0; i < samples; i++)
        distribution_see(&distribution, low_ns + (high_ns - low_ns) * (int64_t)i /
                                                     (int64_t)(samples - 1));
    return distribution;
}

static void a_narrow_range_is_linear_and_a_wide_one_logarithmic(void)
{
    CHECK(!axis_of(20 * MS, 45 * MS).is_log);
    CHECK(axis_of(MS, 500 * MS).is_log);
}

static void every_value_stands_on_the_axis(void)
{
    static const int64_t values[] = { 0,
                                      1,
                                      999,
                                      1000,
                                      20 * MS,
                                      21 * MS,
                                      45 * MS,
                                      999 * MS,
                                      INT64_C(7000) * MS,
                                      INT64_C(137438953471) };
    enum { VALUES = sizeof values / sizeof *values };
    for (size_t low = 0; low < VALUES; low++) {
        for (size_t high = low; high < VALUES; high++) {
            struct axis axis = axis_of(values[low], values[high]);
            int64_t from = axis_position(&axis, values[low], 1000);
            int64_t to = axis_position(&axis, values[high], 1000);
            CHECK(from >= 0 && from <= to && to <= 1000);
            CHECK(axis.columns > 0 && axis.columns <= 128);
            CHECK(axis_column(&axis, values[low]) <= axis.columns);
            CHECK(axis_column(&axis, values[high]) <= axis.columns);
        }
    }
}

static void ticks_rise_and_are_on_the_axis(void)
{
    static const int64_t highs[] = { 3 * MS, 20 * MS, 33 * MS, 470 * MS,
                                     INT64_C(90000) * MS };
    for (size_t i = 0; i < sizeof highs / sizeof *highs; i++) {
        struct axis axis = axis_of(2 * MS, highs[i]);
        struct axis_ticks ticks;
        axis_ticks(&axis, &ticks);
        CHECK(ticks.count >= 2 && ticks.count <= 10);
        for (size_t tick = 0; tick < ticks.count; tick++) {
            CHECK(ticks.at_ns[tick] >= axis.low_ns && ticks.at_ns[tick] <= axis.high_ns);
            CHECK(tick == 0 || ticks.at_ns[tick] > ticks.at_ns[tick - 1]);
        }
    }
}

static void ticks_are_written_in_milliseconds(void)
{
    char text[AXIS_TICK_SIZE];
    CHECK_TEXT(axis_tick_text(20 * MS, text), "20");
    CHECK_TEXT(axis_tick_text(500000, text), "0.5");
    CHECK_TEXT(axis_tick_text(1, text), "0.000001");
    CHECK_TEXT(axis_tick_text(0, text), "0");
}

static void a_column_starts_where_its_values_do(void)
{
    struct axis axes[] = { axis_of(20 * MS, 45 * MS), axis_of(MS, 500 * MS) };
    for (size_t i = 0; i < 2; i++) {
        for (size_t column = 1; column < axes[i].columns; column++) {
            int64_t start = axis_column_start(&axes[i], column);
            if (start > axes[i].high_ns)
                continue;
            CHECK(axis_column(&axes[i], start) == column);
            CHECK(axis_column(&axes[i], start - 1) == column - 1);
        }
    }
}

static void charts_tell_what_they_show(void)
{
    struct distribution samples = spread(10 * MS, 40 * MS, 400);
    struct chart chart = { "<Leeds>", &samples, NULL, -1 };
    const char *text = drawn(chart_cumulative, &chart);
    CHECK(strstr(text, "<title>&lt;Leeds&gt;: share at or below each duration</title>"));
    CHECK(strstr(text, "<desc>400 samples, minimum 10.0 ms, median "));
    CHECK(strstr(text, "role=\"img\""));
    CHECK(strstr(text, ">ms</text>"));
    CHECK(times(text, "<polyline") == 1);
    CHECK(strstr(text, "threshold") == NULL);
    distribution_release(&samples);
}

static void a_curve_ends_at_the_top(void)
{
    struct distribution samples = spread(10 * MS, 40 * MS, 400);
    struct chart chart = { "x", &samples, &samples, 25 * MS };
    const char *text = drawn(chart_cumulative, &chart);
    CHECK(times(text, "<polyline") == 2);
    CHECK(strstr(text, "threshold 25.0 ms") != NULL);
    CHECK(strstr(text, ",14.0 \"") != NULL); /* the plot's upper edge */
    distribution_release(&samples);
}

static void a_histogram_of_one_value_has_one_column(void)
{
    struct distribution samples = spread(20 * MS, 20 * MS, 500);
    struct chart chart = { "x", &samples, NULL, -1 };
    const char *text = drawn(chart_histogram, &chart);
    CHECK(times(text, "class=\"column\"") == 1);
    CHECK(strstr(text, ">100 %</text>") != NULL);
    distribution_release(&samples);
}

static void the_same_samples_draw_the_same_bytes(void)
{
    struct distribution first = spread(MS, 900 * MS, 1000), second;
    distribution_init(&second);
    distribution_merge(&second, &first);
    struct chart one = { "x", &first, NULL, 5 * MS },
                 other = { "x", &second, NULL, 5 * MS };
    char *kept = strdup(drawn(chart_histogram, &one));
    CHECK_TEXT(drawn(chart_histogram, &other), kept);
    free(kept);
    distribution_release(&first);
    distribution_release(&second);
}

static void no_samples_draw_nothing(void)
{
    struct distribution none;
    distribution_init(&none);
    struct chart chart = { "x", &none, NULL, 5 * MS };
    CHECK(strstr(drawn(chart_histogram, &chart), "<svg") == NULL);
    CHECK(strstr(drawn(chart_cumulative, &chart), "<svg") == NULL);
}

static void a_bar_has_a_part_for_each_count(void)
{
    static struct html_out out;
    const struct chart_part parts[] = { { "yes", "yes", 1 },
                                        { "no", "no", 3 },
                                        { "unknown", "unknown", 0 } };
    svg_size = 0;
    html_out_init(&out, keep, NULL);
    chart_bar(&out, "Proxy", parts, 3);
    CHECK(html_out_flush(&out));
    CHECK(times(svg, "<rect") == 2);
    CHECK(strstr(svg, "x=\"90.0\" y=\"0.0\" width=\"270.0\"") != NULL);
}

static void figures_are_rounded_and_grouped(void)
{
    CHECK_TEXT(figure_count(0).text, "0");
    CHECK_TEXT(figure_count(1234567).text, "1,234,567");
    CHECK_TEXT(figure_bytes(999).text, "999 B");
    CHECK_TEXT(figure_bytes(1250).text, "1.3 kB");
    CHECK_TEXT(figure_bytes(999960).text, "1.0 MB");
    CHECK_TEXT(figure_bytes(UINT64_MAX).text, "18.4 EB");
    CHECK_TEXT(figure_ms(9994999).text, "9.99");
    CHECK_TEXT(figure_ms(9995000).text, "10.0");
    CHECK_TEXT(figure_ms(99949999).text, "99.9");
    CHECK_TEXT(figure_ms(123456789).text, "123");
    CHECK_TEXT(figure_ms(-1500000).text, "-1.50");
    CHECK_TEXT(figure_thousandths(950).text, "0.95");
    CHECK_TEXT(figure_thousandths(-3000).text, "-3");
    CHECK_TEXT(figure_time(INT64_C(1790000000123456789)).text, "2026-09-21 14:13:20 UTC");
}

static void a_share_is_never_rounded_to_none_or_all(void)
{
    CHECK_TEXT(figure_percent(1, 3).text, "33.3 %");
    CHECK_TEXT(figure_percent(0, 3).text, "0.0 %");
    CHECK_TEXT(figure_percent(3, 3).text, "100.0 %");
    CHECK_TEXT(figure_percent(1, 100000).text, "<0.1 %");
    CHECK_TEXT(figure_percent(99999, 100000).text, ">99.9 %");
    CHECK_TEXT(figure_percent(UINT64_MAX / 2, UINT64_MAX).text, "50.0 %");
    CHECK_TEXT(figure_percent(1, 0).text, "\u2013");
}

static void percentiles_wait_for_enough_samples(void)
{
    static const struct {
        unsigned per_mille, samples;
    } needs[] = { { 900, 29 }, { 950, 59 }, { 990, 299 } };
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        struct distribution few = spread(10 * MS, 40 * MS, needs[i].samples - 1);
        struct distribution enough = spread(10 * MS, 40 * MS, needs[i].samples);
        CHECK(figure_percentile(&few, needs[i].per_mille) == -1);
        CHECK(figure_percentile(&enough, needs[i].per_mille) > 30 * MS);
        distribution_release(&few);
        distribution_release(&enough);
    }
}

int main(void)
{
    RUN(a_narrow_range_is_linear_and_a_wide_one_logarithmic);
    RUN(every_value_stands_on_the_axis);
    RUN(ticks_rise_and_are_on_the_axis);
    RUN(ticks_are_written_in_milliseconds);
    RUN(a_column_starts_where_its_values_do);
    RUN(charts_tell_what_they_show);
    RUN(a_curve_ends_at_the_top);
    RUN(a_histogram_of_one_value_has_one_column);
    RUN(the_same_samples_draw_the_same_bytes);
    RUN(no_samples_draw_nothing);
    RUN(a_bar_has_a_part_for_each_count);
    RUN(figures_are_rounded_and_grouped);
    RUN(a_share_is_never_rounded_to_none_or_all);
    RUN(percentiles_wait_for_enough_samples);
    return test_end();
}
