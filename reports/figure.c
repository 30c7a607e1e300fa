/* figure.c - integers all the way, so that no rounding mode or locale has a say. */
#include "reports/figure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "analyzer/distribution.h"

enum { NS_PER_US = 1000, NS_PER_S = 1000000000 };

struct figure figure_count(uint64_t count)
{
    char digits[FIGURE_SIZE];
    struct figure figure = { "" };
    size_t size = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            figure.text[used++] = ',';
        figure.text[used++] = digits[i];
    }
    return figure;
}

struct figure figure_bytes(uint64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
    struct figure figure;
    size_t unit = 0;
    uint64_t size = 1000;

    if (bytes < 1000) {
        (void)snprintf(figure.text, sizeof figure.text, "%" PRIu64 " B", bytes);
        return figure;
    }
    while (bytes / size >= 1000) {
        size *= 1000;
        unit++;
    }
    uint64_t tenths = bytes / (size / 10) + (bytes % (size / 10) >= size / 20);
    if (tenths >= 10000) { /* 999.95 kB is 1.0 MB */
        tenths = 10;
        unit++;
    }
    (void)snprintf(figure.text, sizeof figure.text, "%" PRIu64 ".%" PRIu64 " %s",
                   tenths / 10, tenths % 10, units[unit]);
    return figure;
}

/* Three significant digits, more where they stand before the point. */
struct figure figure_ms(int64_t nanoseconds)
{
    struct figure figure;
    uint64_t ns = nanoseconds < 0 ? (uint64_t)-nanoseconds : (uint64_t)nanoseconds;
    const char *sign = nanoseconds < 0 ? "-" : "";
    uint64_t hundredths = (ns + 5 * NS_PER_US) / (10 * NS_PER_US);
    uint64_t tenths = (ns + 50 * NS_PER_US) / (100 * NS_PER_US);

    if (hundredths < 1000)
        (void)snprintf(figure.text, sizeof figure.text, "%s%" PRIu64 ".%02" PRIu64, sign,
                       hundredths / 100, hundredths % 100);
    else if (tenths < 1000)
        (void)snprintf(figure.text, sizeof figure.text, "%s%" PRIu64 ".%" PRIu64, sign,
                       tenths / 10, tenths % 10);
    else
        (void)snprintf(figure.text, sizeof figure.text, "%s%" PRIu64, sign,
                       (ns + 500 * NS_PER_US) / (1000 * NS_PER_US));
    return figure;
}

struct figure figure_time(int64_t nanoseconds)
{
    struct figure figure = { "" };
    time_t seconds =
        (time_t)(nanoseconds / NS_PER_S - (nanoseconds % NS_PER_S < 0 ? 1 : 0));
    struct tm parts;

    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(figure.text, sizeof figure.text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    return figure;
}

struct figure figure_thousandths(int64_t thousandths)
{
    struct figure figure;
    uint64_t size = thousandths < 0 ? (uint64_t)-thousandths : (uint64_t)thousandths;
    int used = snprintf(figure.text, sizeof figure.text, "%s%" PRIu64,
                        thousandths < 0 ? "-" : "", size / 1000);

    if (size % 1000 == 0)
        return figure;
    (void)snprintf(figure.text + used, sizeof figure.text - (size_t)used, ".%03u",
                   (unsigned)(size % 1000));
    size_t end = strlen(figure.text);
    while (figure.text[end - 1] == '0')
        figure.text[--end] = '\0';
    return figure;
}

struct figure figure_percent(uint64_t part, uint64_t whole)
{
    struct figure figure;
    if (whole == 0) {
        (void)snprintf(figure.text, sizeof figure.text, "\u2013");
        return figure;
    }
    while (part > UINT64_MAX / 2001 || whole > UINT64_MAX / 2001) {
        part /= 2;
        whole /= 2;
    }
    uint64_t tenths = (2000 * part + whole) / (2 * whole);
    const char *sign = "";
    if (tenths == 0 && part > 0) {
        sign = "<";
        tenths = 1;
    } else if (tenths == 1000 && part < whole) {
        sign = ">";
        tenths = 999;
    }
    (void)snprintf(figure.text, sizeof figure.text, "%s%" PRIu64 ".%" PRIu64 " %%", sign,
                   tenths / 10, tenths % 10);
    return figure;
}

unsigned figure_samples_needed(unsigned per_mille)
{
    return per_mille <= 500 ? 1 : per_mille <= 900 ? 29 : per_mille <= 950 ? 59 : 299;
}

int64_t figure_percentile(const struct distribution *distribution, unsigned per_mille)
{
    return distribution->count < figure_samples_needed(per_mille)
               ? -1
               : distribution_percentile(distribution, per_mille);
}
