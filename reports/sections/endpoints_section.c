/* endpoints_section.c - the lists that told Office 365 from the rest, and the settings.
 */
#include "reports/section.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/names_out.h"
#include "reports/table.h"
#include "reports/values.h"

enum { DATE_SIZE = 8 };

static const int64_t day_ns = INT64_C(86400) * 1000000000;

/* Days from 1970-01-01 in the Gregorian calendar; years from 1 on. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2; /* the year begins in March: the leap day stands at its end */
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return 365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

static int64_t number_of(const char *digits, size_t size)
{
    int64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = 10 * number + (digits[i] - '0');
    return number;
}

/* Versions are YYYYMMDDNN. */
static bool day_of_version(const char *version, int64_t *day)
{
    if (version == NULL || strspn(version, "0123456789") != strlen(version) ||
        strlen(version) < DATE_SIZE)
        return false;
    int64_t month = number_of(version + 4, 2);
    if (month < 1 || month > 12)
        return false;
    *day = days_of(number_of(version, 4), month, number_of(version + 6, 2));
    return true;
}

static bool span_of_captures(const struct assessment *assessment, int64_t *first_ns,
                             int64_t *last_ns)
{
    bool has_any = false;
    for (uint32_t i = 0; i < assessment->capture_count; i++) {
        const struct capture_entry *capture = &assessment->captures[i];
        if (!capture->has_times)
            continue;
        if (!has_any || capture->first_ns < *first_ns)
            *first_ns = capture->first_ns;
        if (!has_any || capture->last_ns > *last_ns)
            *last_ns = capture->last_ns;
        has_any = true;
    }
    return has_any;
}

struct fit { /* days from the list's date to the captures */
    bool is_known;
    int64_t first, last;
};

static struct fit fit_of(const struct assessment *assessment, const char *version)
{
    int64_t day = 0, first_ns = 0, last_ns = 0;
    if (!day_of_version(version, &day) ||
        !span_of_captures(assessment, &first_ns, &last_ns))
        return (struct fit){ 0 };
    return (struct fit){ true, first_ns / day_ns - day, last_ns / day_ns - day };
}

static void write_day(struct json_out *out, const char *key, bool is_known, int64_t days)
{
    json_key(out, key);
    if (is_known)
        json_int(out, days);
    else
        json_null(out);
}

static void write_json(struct json_out *out, const struct view *view)
{
    const struct assessment *assessment = view->assessment;

    json_key(out, "settings");
    json_open_object(out);
    for (uint32_t i = 0; i < assessment->setting_count; i++)
        values_name(out, assessment->settings[i].name, assessment->settings[i].value);
    json_close_object(out);
    json_key(out, "endpoints");
    json_open_array(out);
    for (uint32_t i = 0; i < assessment->list_count; i++) {
        const struct assessment_list *list = &assessment->lists[i];
        struct fit fit = fit_of(assessment, list->version);
        json_open_object(out);
        values_name(out, "instance", list->instance);
        values_name(out, "version", list->version);
        values_name(out, "source", list->source);
        write_day(out, "days_to_first_packet", fit.is_known, fit.first);
        write_day(out, "days_to_last_packet", fit.is_known, fit.last);
        json_close_object(out);
    }
    json_close_array(out);
}

static void show_fit(struct html_out *out, const struct fit *fit)
{
    html_open(out, "td");
    html_attribute(out, "class", "number");
    if (fit->is_known)
        html_format(out, "%lld to %lld days", (long long)fit->first,
                    (long long)fit->last);
    else
        html_text(out, "\u2013");
    html_close(out, "td");
}

/* Microsoft's have 10 digits; of some lists no more than the day is known. */
static void show_version(struct html_out *out, const char *version)
{
    char shown[NAMES_OUT_SIZE];
    bool is_day = version != NULL && strlen(version) == DATE_SIZE;
    snprintf(shown, sizeof shown, "%s%s", version == NULL ? "" : version,
             is_day ? " (a day: its number is not known)" : "");
    table_name(out, shown);
}

static void show_lists(struct html_out *out, const struct assessment *assessment)
{
    static const char *const columns[] = { "Instance", "Version", "Source",
                                           "#From its date to the packets", NULL };
    table_open(out, "Endpoint lists used", columns);
    for (uint32_t i = 0; i < assessment->list_count; i++) {
        const struct assessment_list *list = &assessment->lists[i];
        struct fit fit = fit_of(assessment, list->version);
        table_row_open(out);
        table_head(out, list->instance);
        show_version(out, list->version);
        table_name(out, list->source);
        show_fit(out, &fit);
        table_row_close(out);
    }
    table_close(out);
}

static void show_settings(struct html_out *out, const struct assessment *assessment)
{
    static const char *const columns[] = { "Setting", "Value", NULL };
    if (assessment->setting_count == 0)
        return;
    html_open(out, "details");
    html_element(out, "summary", "Settings");
    table_open(out, "What was set", columns);
    for (uint32_t i = 0; i < assessment->setting_count; i++) {
        table_row_open(out);
        table_head(out, assessment->settings[i].name);
        table_name(out, assessment->settings[i].value);
        table_row_close(out);
    }
    table_close(out);
    html_close(out, "details");
}

static void write_html(struct html_out *out, const struct view *view)
{
    if (view->assessment->list_count > 0)
        show_lists(out, view->assessment);
    else
        html_element(out, "p", "No endpoint list was used.");
    show_settings(out, view->assessment);
}

const struct section endpoints_section = {
    .name = "endpoints",
    .title = "Endpoint lists and settings",
    .write_json = write_json,
    .write_html = write_html,
};
