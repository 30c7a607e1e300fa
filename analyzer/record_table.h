/*
 * record_table.h - where the fields of a flow record lie; for record_fields.c alone.
 *
 * Keys are short, since there are a million lines of them. A field that is not in the
 * table is lost between the worker and the report.
 */
#ifndef O365LENS_ANALYZER_RECORD_TABLE_H
#define O365LENS_ANALYZER_RECORD_TABLE_H

#include <stddef.h>
#include <stdint.h>

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

#endif
