/* thresholds.c - named numbers; a name that is not there is a bug, not an outside
 * failure. */
#include "analyzer/thresholds.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/json_fields.h"

struct thresholds {
    struct json_value *document;
    struct threshold *items; /* by name */
    size_t count;
};

static const double largest = 9e15; /* whole numbers are exact up to here */

static bool read_point(const struct json_source *source, const struct json_place *place,
                       const struct json_value *pair, struct threshold *threshold)
{
    struct threshold_point *point = &threshold->points[threshold->point_count];
    if (!json_want_kind(source, place, pair, JSON_ARRAY))
        return false;
    const struct json_value *first = json_in_first(pair);
    if (json_in_count(pair) != 2 || !json_in_integer(first, &point->at) ||
        !json_in_integer(json_in_next(first), &point->points))
        return json_refuse(source, place, "is no pair of whole numbers");
    if (threshold->point_count++ > 0 && point[-1].at >= point->at)
        return json_refuse(source, place, "does not ascend");
    return true;
}

static bool read_points(const struct json_source *source, const struct json_place *outer,
                        const struct json_value *record, struct threshold *threshold)
{
    struct json_place list_place = { .outer = outer, .key = "points" };
    struct json_place place = { .outer = &list_place };
    const struct json_value *list = json_in_member(record, "points");
    if (list == NULL)
        return true;
    if (!json_want_kind(source, &list_place, list, JSON_ARRAY))
        return false;
    if (json_in_first(list) == NULL)
        return json_refuse(source, &list_place, "is empty");
    threshold->points = alloc_zeroed(json_in_count(list), sizeof *threshold->points);
    for (const struct json_value *pair = json_in_first(list); pair != NULL;
         pair = json_in_next(pair), place.index++)
        if (!read_point(source, &place, pair, threshold))
            return false;
    return true;
}

static bool read_threshold(const struct json_source *source,
                           const struct json_place *place,
                           const struct json_value *record, struct threshold *threshold)
{
    static const char *const keys[] = {
        "value", "points", "unit", "why", "source", NULL
    };
    bool has_value = json_in_member(record, "value") != NULL;
    if (!json_check_keys(source, place, record, keys) ||
        !json_need(source, place, record, "unit") ||
        !json_need(source, place, record, "why") ||
        !json_need(source, place, record, "source") ||
        !json_read_text(source, place, record, "unit", &threshold->unit) ||
        !json_read_text(source, place, record, "why", &threshold->why) ||
        !json_read_text(source, place, record, "source", &threshold->source) ||
        !json_read_integer(source, place, record, "value", (int64_t)-largest,
                           (int64_t)largest, &threshold->value) ||
        !read_points(source, place, record, threshold))
        return false;
    return has_value != (threshold->points != NULL) ||
           json_refuse(source, place, "needs either a value or points");
}

static int threshold_order(const void *a, const void *b)
{
    return strcmp(((const struct threshold *)a)->name,
                  ((const struct threshold *)b)->name);
}

static bool read_document(const struct json_source *source, struct thresholds *thresholds)
{
    const struct json_value *document = thresholds->document;
    if (!json_want_kind(source, NULL, document, JSON_OBJECT))
        return false;
    thresholds->items = alloc_zeroed(json_in_count(document), sizeof *thresholds->items);
    for (const struct json_value *record = json_in_first(document); record != NULL;
         record = json_in_next(record)) {
        struct threshold *threshold = &thresholds->items[thresholds->count++];
        threshold->name = json_in_key(record);
        struct json_place place = { .key = threshold->name };
        if (!read_threshold(source, &place, record, threshold))
            return false;
    }
    if (thresholds->count > 1)
        qsort(thresholds->items, thresholds->count, sizeof *thresholds->items,
              threshold_order);
    return true;
}

struct thresholds *thresholds_read(const void *bytes, size_t size, const char *name,
                                   struct error *error)
{
    struct json_source source = { name, error };
    struct json_value *document = json_in_read(bytes, size, name, error);
    if (document == NULL)
        return NULL;
    struct thresholds *thresholds = alloc_zeroed(1, sizeof *thresholds);
    thresholds->document = document;
    if (read_document(&source, thresholds))
        return thresholds;
    thresholds_free(thresholds);
    return NULL;
}

void thresholds_free(struct thresholds *thresholds)
{
    if (thresholds == NULL)
        return;
    for (size_t i = 0; i < thresholds->count; i++)
        free(thresholds->items[i].points);
    free(thresholds->items);
    json_in_free(thresholds->document);
    free(thresholds);
}

static struct threshold *find(const struct thresholds *thresholds, const char *name)
{
    struct threshold wanted = { .name = name };
    return thresholds->count == 0 ? NULL
                                  : bsearch(&wanted, thresholds->items, thresholds->count,
                                            sizeof wanted, threshold_order);
}

int64_t thresholds_get(const struct thresholds *thresholds, const char *name)
{
    const struct threshold *threshold = find(thresholds, name);
    bool is_there = threshold != NULL && threshold->points == NULL;
    assert(is_there);
    if (!is_there)
        abort();
    return threshold->value;
}

static int32_t between(const struct threshold_point *low,
                       const struct threshold_point *high, int64_t at)
{
    double part = (double)(at - low->at) / (double)(high->at - low->at);
    double points = (double)low->points + part * (double)(high->points - low->points);
    return (int32_t)lround(points * 1000);
}

int32_t thresholds_score(const struct thresholds *thresholds, const char *name,
                         int64_t at)
{
    const struct threshold *threshold = find(thresholds, name);
    bool is_there = threshold != NULL && threshold->points != NULL;
    assert(is_there);
    if (!is_there)
        abort();
    const struct threshold_point *points = threshold->points;
    size_t last = threshold->point_count - 1;
    if (at <= points[0].at)
        return (int32_t)(points[0].points * 1000);
    for (size_t i = 1; i <= last; i++)
        if (at <= points[i].at)
            return between(&points[i - 1], &points[i], at);
    return (int32_t)(points[last].points * 1000);
}

bool thresholds_set(struct thresholds *thresholds, const char *name, double value,
                    struct error *error)
{
    struct threshold *threshold = find(thresholds, name);
    if (threshold == NULL || threshold->points != NULL) {
        error_set(error, "thresholds.%s: there is no such threshold", name);
        return false;
    }
    if (!(fabs(value) <= largest) || value != trunc(value)) {
        error_set(error, "thresholds.%s: %g is no whole number of %s", name, value,
                  threshold->unit);
        return false;
    }
    threshold->value = (int64_t)value;
    threshold->is_changed = true;
    return true;
}

size_t thresholds_count(const struct thresholds *thresholds)
{
    return thresholds->count;
}

const struct threshold *thresholds_at(const struct thresholds *thresholds, size_t index)
{
    return &thresholds->items[index];
}
