/*
 * record_same.h - are two flow records the same in a field of the table? For tests of
 * what writes and reads them.
 */
#ifndef O365LENS_TESTS_RECORD_SAME_H
#define O365LENS_TESTS_RECORD_SAME_H

#include "tests/record_filler.h"

static inline bool is_same_texts(const char *const *a, const char *const *b,
                                 uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (a[i] == NULL || b[i] == NULL || strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

static inline bool is_same_layers(const struct layer *a, const struct layer *b,
                                  uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (a[i].kind != b[i].kind || a[i].id != b[i].id)
            return false;
    return true;
}

static inline bool is_same_distribution(const struct distribution *a,
                                        const struct distribution *b)
{
    if (a->count != b->count || a->min_ns != b->min_ns || a->max_ns != b->max_ns ||
        a->sum_ns != b->sum_ns || (a->bins == NULL) != (b->bins == NULL))
        return false;
    if (a->bins == NULL)
        return memcmp(a->raw, b->raw, a->count * sizeof *a->raw) == 0;
    for (uint32_t i = 0; i < a->bin_count; i++)
        if (a->bins[i].index != b->bins[i].index || a->bins[i].count != b->bins[i].count)
            return false;
    return a->bin_count == b->bin_count;
}

static inline bool is_same(struct flow_record *a, struct flow_record *b,
                           const struct record_field *field)
{
    const void *first = field_at(a, field), *second = field_at(b, field);
    if (field->most > 0 && memcmp((char *)a + field->count_at,
                                  (char *)b + field->count_at, sizeof(uint32_t)) != 0)
        return false;
    switch (field->kind) {
    case KIND_TEXT:
        return is_same_texts(first, second, 1);
    case KIND_TEXTS:
        return is_same_texts(first, second, field->most);
    case KIND_LAYERS:
        return is_same_layers(first, second, field->most);
    case KIND_DISTRIBUTION:
        return is_same_distribution(first, second);
    default:
        return memcmp(first, second, size_of(field)) == 0;
    }
}

static inline void fill_all(struct flow_record *record)
{
    flow_record_init(record);
    texts_used = 0;
    for (unsigned i = 0; i < record_field_count; i++)
        fill(record, &record_fields[i], i);
}

/* The least that is a record. */
static inline void fill_least(struct flow_record *record)
{
    flow_record_init(record);
    record->id = 1;
    (void)address_read("2001:db8::1", &record->client.ip);
    (void)address_read("2001:db8::2", &record->server.ip);
}

#endif
