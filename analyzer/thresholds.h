/*
 * thresholds.h - the numbers that judgement rests on, by name (data/thresholds.json).
 *
 *     int64_t limit_us = thresholds_get(thresholds, "hairpin.extra_rtt_us");
 *
 * Every one has a unit, a reason and a source; the assessment file may set another value.
 * Asking for a name that the data lacks is a bug and ends the program. Look names up
 * once, not per flow.
 */
#ifndef O365LENS_ANALYZER_THRESHOLDS_H
#define O365LENS_ANALYZER_THRESHOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/error.h"

struct thresholds;

struct threshold_point {
    int64_t at, points;
};

struct threshold {
    const char *name, *unit, *why, *source;
    bool is_changed;                /* by the assessment file */
    int64_t value;                  /* 0 where it is a table */
    struct threshold_point *points; /* ascending by `at`; NULL: a value, no table */
    size_t point_count;
};

/* NULL where the bytes are no such document. */
struct thresholds *thresholds_read(const void *bytes, size_t size, const char *name,
                                   struct error *error);
void thresholds_free(struct thresholds *thresholds); /* NULL is nothing to free */

int64_t thresholds_get(const struct thresholds *thresholds, const char *name);

/*
 * What the table of that name gives for `at`, linear between its points and level beyond
 * them, in thousandths: a score of 0 to 100000.
 */
int32_t thresholds_score(const struct thresholds *thresholds, const char *name,
                         int64_t at);

/* Sets a value. False, with a sentence, where there is no such value (tables stay). */
bool thresholds_set(struct thresholds *thresholds, const char *name, double value,
                    struct error *error);

/* All of them, by name. */
size_t thresholds_count(const struct thresholds *thresholds);
const struct threshold *thresholds_at(const struct thresholds *thresholds, size_t index);

#endif
