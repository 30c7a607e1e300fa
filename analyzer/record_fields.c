/* record_fields.c - the walks over the table of fields, out and in. */
#include "analyzer/record_fields.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/json_line.h"
#include "analyzer/record_table.h"

/* [count, min, max, sum, then raw samples, or behind a null: bin, count, bin, count ...]
 */
static void write_distribution(const struct distribution *distribution,
                               struct json_out *out)
{
    json_open_array(out);
    json_uint(out, distribution->count);
    json_int(out, distribution->min_ns);
    json_int(out, distribution->max_ns);
    json_uint(out, distribution->sum_ns);
    json_bool(out, distribution->bins != NULL);
    if (distribution->bins == NULL)
        for (uint64_t i = 0; i < distribution->count; i++)
            json_int(out, distribution->raw[i]);
    for (uint32_t i = 0; distribution->bins != NULL && i < distribution->bin_count; i++) {
        json_uint(out, distribution->bins[i].index);
        json_uint(out, distribution->bins[i].count);
    }
    json_close_array(out);
}

static void write_items(const struct record_field *field,
                        const struct flow_record *record, struct json_out *out)
{
    const void *items = record_field_at(record, field);
    json_open_array(out);
    for (uint32_t i = 0; i < record_field_items(record, field); i++) {
        if (field->kind == KIND_U16S) {
            json_uint(out, ((const uint16_t *)items)[i]);
        } else if (field->kind == KIND_U32S) {
            json_uint(out, ((const uint32_t *)items)[i]);
        } else if (field->kind == KIND_TEXTS) {
            json_text(out, ((const char *const *)items)[i]);
        } else {
            json_uint(out, ((const struct layer *)items)[i].kind);
            json_uint(out, ((const struct layer *)items)[i].id);
        }
    }
    json_close_array(out);
}

static void write_value(const struct record_field *field,
                        const struct flow_record *record, struct json_out *out)
{
    const void *value = record_field_at(record, field);
    char text[ADDRESS_TEXT_SIZE];
    switch (field->kind) {
    case KIND_BOOL:
        json_bool(out, *(const bool *)value);
        break;
    case KIND_I64:
    case KIND_DURATION:
        json_int(out, *(const int64_t *)value);
        break;
    case KIND_TEXT:
        json_text(out, *(const char *const *)value);
        break;
    case KIND_IP:
        json_text(out, address_text(value, text));
        break;
    case KIND_MAC:
        json_text(out, mac_text(value, text));
        break;
    case KIND_U16S:
    case KIND_U32S:
    case KIND_TEXTS:
    case KIND_LAYERS:
        write_items(field, record, out);
        break;
    case KIND_DISTRIBUTION:
        write_distribution(value, out);
        break;
    default:
        json_uint(out, record_field_integer(record, field));
        break;
    }
}

void record_fields_write(const struct flow_record *record, struct json_out *out)
{
    struct flow_record fresh;
    flow_record_init(&fresh);
    json_open_object(out);
    for (unsigned i = 0; i < record_field_count; i++) {
        if (record_field_is_default(record, &fresh, &record_fields[i]))
            continue;
        json_key(out, record_fields[i].key);
        write_value(&record_fields[i], record, out);
    }
    json_close_object(out);
}

static uint64_t read_limited(struct json_line *line, uint64_t most)
{
    uint64_t value = json_line_uint(line);
    if (value > most)
        line->has_failed = true;
    return value;
}

static uint32_t read_bins(struct json_line *line, struct distribution_bin *bins)
{
    uint32_t count = 0;
    while (json_line_take(line, ',') && !line->has_failed) {
        if (count == DISTRIBUTION_BINS) {
            line->has_failed = true;
            break;
        }
        bins[count].index = (uint16_t)read_limited(line, DISTRIBUTION_BINS - 1);
        json_line_expect(line, ',');
        bins[count++].count = (uint32_t)read_limited(line, UINT32_MAX);
    }
    return count;
}

/* -1 or a duration. */
static int64_t read_duration(struct json_line *line)
{
    int64_t value = json_line_int(line);
    if (value < -1)
        line->has_failed = true;
    return value > RECORD_DURATION_MOST_NS ? RECORD_DURATION_MOST_NS : value;
}

static void read_samples(struct json_line *line, struct record_samples *samples)
{
    if (samples->count > DISTRIBUTION_RAW)
        line->has_failed = true;
    for (uint64_t i = 0; !line->has_failed && i < samples->count; i++) {
        json_line_expect(line, ',');
        samples->raw[i] = read_duration(line);
    }
}

static int64_t read_limit(struct json_line *line)
{
    int64_t value = read_duration(line);
    json_line_expect(line, ',');
    return value;
}

static void read_distribution(struct json_line *line, struct distribution *distribution)
{
    struct record_samples samples;
    json_line_expect(line, '[');
    samples.count = json_line_uint(line);
    json_line_expect(line, ',');
    samples.min_ns = read_limit(line);
    samples.max_ns = read_limit(line);
    samples.sum_ns = json_line_uint(line);
    json_line_expect(line, ',');
    samples.bin_count = 0;
    if (!json_line_bool(line))
        read_samples(line, &samples);
    else
        samples.bin_count = read_bins(line, samples.bins);
    json_line_expect(line, ']');
    if (!line->has_failed && !record_samples_restore(&samples, distribution))
        line->has_failed = true;
}

static void read_item(struct json_line *line, const struct record_field *field,
                      void *items, uint32_t i)
{
    switch (field->kind) {
    case KIND_U16S:
        ((uint16_t *)items)[i] = (uint16_t)read_limited(line, UINT16_MAX);
        break;
    case KIND_U32S:
        ((uint32_t *)items)[i] = (uint32_t)read_limited(line, UINT32_MAX);
        break;
    case KIND_TEXTS:
        ((const char **)items)[i] = json_line_text(line);
        break;
    default:
        ((struct layer *)items)[i].kind = (uint8_t)read_limited(line, LAYER_KINDS - 1);
        json_line_expect(line, ',');
        ((struct layer *)items)[i].id = (uint32_t)read_limited(line, UINT32_MAX);
        break;
    }
}

static void read_items(struct json_line *line, const struct record_field *field,
                       char *record)
{
    uint32_t count = 0;
    for (bool more = json_line_open(line, '['); more; more = json_line_more(line, ']')) {
        if (count == field->most) {
            line->has_failed = true;
            return;
        }
        read_item(line, field, record + field->at, count++);
    }
    *(uint32_t *)(void *)(record + field->count_at) = count;
}

static void read_mac(struct json_line *line, struct mac_address *mac)
{
    const char *text = json_line_text(line);
    for (unsigned i = 0; i < sizeof mac->bytes && !line->has_failed; i++) {
        unsigned value = 0;
        for (unsigned k = 0; k < 2; k++) {
            char c = text[0];
            unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                             : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                    : 16;
            if (digit > 15) {
                line->has_failed = true;
                return;
            }
            value = value << 4 | digit;
            text++;
        }
        mac->bytes[i] = (uint8_t)value;
        if (*text++ != (i < 5 ? ':' : '\0'))
            line->has_failed = true;
    }
}

static void read_value(struct json_line *line, const struct record_field *field,
                       char *record)
{
    void *value = record + field->at;
    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)value = json_line_bool(line);
        break;
    case KIND_I64:
        *(int64_t *)value = json_line_int(line);
        break;
    case KIND_DURATION:
        *(int64_t *)value = read_duration(line);
        break;
    case KIND_TEXT:
        *(const char **)value = json_line_text(line);
        break;
    case KIND_IP:
        line->has_failed |= !address_read(json_line_text(line), value);
        break;
    case KIND_MAC:
        read_mac(line, value);
        break;
    case KIND_DISTRIBUTION:
        read_distribution(line, value);
        break;
    case KIND_U16S:
    case KIND_U32S:
    case KIND_TEXTS:
    case KIND_LAYERS:
        read_items(line, field, record);
        break;
    default:
        record_field_set(field, value, read_limited(line, record_field_most(field)));
        break;
    }
}

/* Our writer keeps the order of the table: the next key is the next field or a later one.
 */
static const struct record_field *find_field(const char *key, unsigned *next)
{
    for (unsigned i = 0; i < record_field_count; i++) {
        unsigned at = (*next + i) % record_field_count;
        if (strcmp(record_fields[at].key, key) == 0) {
            *next = at + 1;
            return &record_fields[at];
        }
    }
    return NULL;
}

bool record_fields_read(char *text, struct flow_record *record)
{
    struct json_line line = { .at = text };
    unsigned next = 0;
    flow_record_init(record);
    for (bool more = json_line_open(&line, '{'); more;
         more = json_line_more(&line, '}')) {
        const char *key = json_line_key(&line);
        const struct record_field *field =
            line.has_failed ? NULL : find_field(key, &next);
        if (field == NULL)
            json_line_skip(&line);
        else
            read_value(&line, field, (char *)record);
    }
    if (line.has_failed || *line.at != '\0' || !record_is_sound(record)) {
        flow_record_release(record);
        return false;
    }
    return true;
}

bool record_fields_name_files_below(const struct flow_record *record, uint32_t captures)
{
    for (unsigned i = 0; i < record_field_count; i++) {
        const void *at = (const char *)record + record_fields[i].at;
        if (record_fields[i].kind == KIND_FRAME &&
            frame_file(*(const uint64_t *)at) >= captures)
            return false;
    }
    return record->capture < captures;
}
