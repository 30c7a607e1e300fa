/*
 * record_table.h - where the fields of a flow record lie; for record_fields.c and
 * record_pack.c alone, which write and read them.
 *
 * Keys are short, since there are a million lines of them. A field that is not in the
 * table is lost between the worker and the report.
 */
#ifndef O365LENS_ANALYZER_RECORD_TABLE_H
#define O365LENS_ANALYZER_RECORD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow_record.h"

/*
 * 36 years: no capture is as long, and sums of a few of them stay in range. A clock that
 * was set on the way may seem to show more; that much is enough.
 */
#define RECORD_DURATION_MOST_NS (INT64_C(1) << 60)

enum record_kind {
    KIND_BOOL,
    KIND_U8,
    KIND_U16,
    KIND_U32,
    KIND_U64,
    KIND_I64,
    KIND_DURATION, /* int64_t: -1, or cut to what leaves room for sums */
    KIND_FRAME,    /* uint64_t: its file is one of the series' captures */
    KIND_TEXT,
    KIND_IP,
    KIND_MAC,
    KIND_U16S, /* with `count` of them behind each other */
    KIND_U32S,
    KIND_TEXTS,
    KIND_LAYERS,
    KIND_DISTRIBUTION,
};

struct record_field {
    const char *key;
    enum record_kind kind;
    size_t at;       /* in struct flow_record */
    size_t count_at; /* arrays: of a uint32_t */
    uint32_t most;   /* arrays: items that there is room for */
};

extern const struct record_field record_fields[];
extern const unsigned record_field_count;

const void *record_field_at(const struct flow_record *record,
                            const struct record_field *field);

/* The value of a bool or an integer, the most that it can be, and how it is set; the
   items of an array. */
uint64_t record_field_integer(const struct flow_record *record,
                              const struct record_field *field);
uint64_t record_field_most(const struct record_field *field);
void record_field_set(const struct record_field *field, void *value, uint64_t integer);
uint32_t record_field_items(const struct flow_record *record,
                            const struct record_field *field);

bool record_field_is_default(const struct flow_record *record,
                             const struct flow_record *fresh,
                             const struct record_field *field);

/* A distribution as it was written: raw samples where bin_count is 0. */
struct record_samples {
    uint64_t count, sum_ns;
    int64_t min_ns, max_ns;
    uint32_t bin_count;
    int64_t raw[DISTRIBUTION_RAW];
    struct distribution_bin bins[DISTRIBUTION_BINS];
};

/* False where they contradict each other, or `distribution` holds something already. */
bool record_samples_restore(const struct record_samples *samples,
                            struct distribution *distribution);

/* Does what is used as an index of a table of words lie in it? */
bool record_is_sound(const struct flow_record *record);

#endif
