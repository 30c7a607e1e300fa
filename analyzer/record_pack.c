/* record_pack.c - the walks over the table of fields, packed; numbers as LEB128. */
#include "analyzer/record_pack.h"

#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/record_fields.h"
#include "analyzer/record_table.h"

enum { VARINT_MOST = 10, END_OF_RECORD = 0 }; /* a field's number is counted from 1 */

/* Room for `size` more bytes; what is written there is then counted. */
static uint8_t *room_for(struct record_packing *packing, size_t size)
{
    if (packing->capacity - packing->size < size) {
        packing->capacity = 2 * packing->capacity + size + 512;
        packing->bytes = alloc_resize(packing->bytes, packing->capacity, 1);
    }
    return packing->bytes + packing->size;
}

static void put_integer(struct record_packing *packing, uint64_t value)
{
    uint8_t *at = room_for(packing, VARINT_MOST);
    for (; value > 0x7f; value >>= 7)
        *at++ = (uint8_t)(value | 0x80);
    *at++ = (uint8_t)value;
    packing->size = (size_t)(at - packing->bytes);
}

static void put_bytes(struct record_packing *packing, const void *bytes, size_t size)
{
    memcpy(room_for(packing, size), bytes, size);
    packing->size += size;
}

/* With its NUL, so that it can be used where it stands. */
static void put_text(struct record_packing *packing, const char *text)
{
    size_t size = strlen(text) + 1;
    put_integer(packing, size);
    put_bytes(packing, text, size);
}

static void put_distribution(struct record_packing *packing,
                             const struct distribution *distribution)
{
    put_integer(packing, distribution->count);
    put_integer(packing, (uint64_t)distribution->min_ns);
    put_integer(packing, (uint64_t)distribution->max_ns);
    put_integer(packing, distribution->sum_ns);
    put_integer(packing, distribution->bin_count);
    if (distribution->bins == NULL)
        for (uint64_t i = 0; i < distribution->count; i++)
            put_integer(packing, (uint64_t)distribution->raw[i]);
    for (uint32_t i = 0; distribution->bins != NULL && i < distribution->bin_count; i++) {
        put_integer(packing, distribution->bins[i].index);
        put_integer(packing, distribution->bins[i].count);
    }
}

static void put_items(struct record_packing *packing, const struct record_field *field,
                      const struct flow_record *record)
{
    const void *items = record_field_at(record, field);
    uint32_t count = record_field_items(record, field);
    put_integer(packing, count);
    for (uint32_t i = 0; i < count; i++) {
        switch (field->kind) {
        case KIND_U16S:
            put_integer(packing, ((const uint16_t *)items)[i]);
            break;
        case KIND_U32S:
            put_integer(packing, ((const uint32_t *)items)[i]);
            break;
        case KIND_TEXTS:
            put_text(packing, ((const char *const *)items)[i]);
            break;
        default:
            put_integer(packing, ((const struct layer *)items)[i].kind);
            put_integer(packing, ((const struct layer *)items)[i].id);
            break;
        }
    }
}

static void put_value(struct record_packing *packing, const struct record_field *field,
                      const struct flow_record *record)
{
    const void *value = record_field_at(record, field);
    switch (field->kind) {
    case KIND_TEXT:
        put_text(packing, *(const char *const *)value);
        break;
    case KIND_IP:
        put_bytes(packing, value, sizeof(struct ip_address));
        break;
    case KIND_MAC:
        put_bytes(packing, value, sizeof(struct mac_address));
        break;
    case KIND_U16S:
    case KIND_U32S:
    case KIND_TEXTS:
    case KIND_LAYERS:
        put_items(packing, field, record);
        break;
    case KIND_DISTRIBUTION:
        put_distribution(packing, value);
        break;
    default:
        put_integer(packing, record_field_integer(record, field));
        break;
    }
}

void record_pack(const struct flow_record *record, struct record_packing *packing)
{
    struct flow_record fresh;
    flow_record_init(&fresh);
    packing->size = 0;
    for (unsigned i = 0; i < record_field_count; i++) {
        if (record_field_is_default(record, &fresh, &record_fields[i]))
            continue;
        put_integer(packing, i + 1);
        put_value(packing, &record_fields[i], record);
    }
    put_integer(packing, END_OF_RECORD);
}

/* Anything wrong marks the window as if it had run out. */
static void fail(struct bytes *in)
{
    *in = (struct bytes){ .at = in->at, .ran_out = true };
}

static uint64_t read_long_integer(struct bytes *in, uint64_t most)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = bytes_u8(in);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (value > most)
                fail(in);
            return value;
        }
    }
    fail(in);
    return 0;
}

/* Most are of one byte. */
static inline uint64_t read_integer(struct bytes *in, uint64_t most)
{
    if (in->left == 0 || in->at[0] > 0x7f || in->at[0] > most)
        return read_long_integer(in, most);
    in->left--;
    return *in->at++;
}

static int64_t read_duration(struct bytes *in)
{
    int64_t value = (int64_t)read_integer(in, UINT64_MAX);
    if (value < -1)
        fail(in);
    return value > RECORD_DURATION_MOST_NS ? RECORD_DURATION_MOST_NS : value;
}

static const char *read_text(struct bytes *in)
{
    struct bytes text = bytes_take(in, read_integer(in, SIZE_MAX));
    if (text.left == 0 || memchr(text.at, '\0', text.left) != text.at + text.left - 1) {
        fail(in);
        return "";
    }
    return (const char *)text.at;
}

static void read_samples(struct bytes *in, struct record_samples *samples)
{
    if (samples->count > DISTRIBUTION_RAW)
        fail(in);
    for (uint64_t i = 0; !in->ran_out && i < samples->count; i++)
        samples->raw[i] = read_duration(in);
}

static void read_bins(struct bytes *in, struct record_samples *samples)
{
    for (uint32_t i = 0; !in->ran_out && i < samples->bin_count; i++) {
        samples->bins[i].index = (uint16_t)read_integer(in, DISTRIBUTION_BINS - 1);
        samples->bins[i].count = (uint32_t)read_integer(in, UINT32_MAX);
    }
}

static void read_distribution(struct bytes *in, struct distribution *distribution)
{
    struct record_samples samples;
    samples.count = read_integer(in, UINT64_MAX);
    samples.min_ns = read_duration(in);
    samples.max_ns = read_duration(in);
    samples.sum_ns = read_integer(in, UINT64_MAX);
    samples.bin_count = (uint32_t)read_integer(in, DISTRIBUTION_BINS);
    if (samples.bin_count == 0)
        read_samples(in, &samples);
    else
        read_bins(in, &samples);
    if (in->ran_out || !record_samples_restore(&samples, distribution))
        fail(in);
}

static void read_item(struct bytes *in, const struct record_field *field, void *items,
                      uint32_t i)
{
    switch (field->kind) {
    case KIND_U16S:
        ((uint16_t *)items)[i] = (uint16_t)read_integer(in, UINT16_MAX);
        break;
    case KIND_U32S:
        ((uint32_t *)items)[i] = (uint32_t)read_integer(in, UINT32_MAX);
        break;
    case KIND_TEXTS:
        ((const char **)items)[i] = read_text(in);
        break;
    default:
        ((struct layer *)items)[i].kind = (uint8_t)read_integer(in, LAYER_KINDS - 1);
        ((struct layer *)items)[i].id = (uint32_t)read_integer(in, UINT32_MAX);
        break;
    }
}

static void read_items(struct bytes *in, const struct record_field *field, char *record)
{
    uint32_t count = (uint32_t)read_integer(in, field->most);
    for (uint32_t i = 0; i < count && !in->ran_out; i++)
        read_item(in, field, record + field->at, i);
    *(uint32_t *)(void *)(record + field->count_at) = in->ran_out ? 0 : count;
}

static void read_address(struct bytes *in, struct ip_address *address)
{
    static const struct ip_address none;
    struct bytes packed = bytes_take(in, sizeof *address);
    if (packed.left != sizeof *address)
        return;
    memcpy(address, packed.at, sizeof *address);
    if (address->family == 4 &&
        memcmp(address->bytes + 4, none.bytes, sizeof address->bytes - 4) != 0)
        fail(in);
    if (address->family != 4 && address->family != 6)
        fail(in);
}

static void read_value(struct bytes *in, const struct record_field *field, char *record)
{
    void *value = record + field->at;
    switch (field->kind) {
    case KIND_DURATION:
        *(int64_t *)value = read_duration(in);
        break;
    case KIND_TEXT:
        *(const char **)value = read_text(in);
        break;
    case KIND_IP:
        read_address(in, value);
        break;
    case KIND_MAC:
        if (in->left >= sizeof(struct mac_address))
            memcpy(value, in->at, sizeof(struct mac_address));
        bytes_skip(in, sizeof(struct mac_address));
        break;
    case KIND_DISTRIBUTION:
        read_distribution(in, value);
        break;
    case KIND_U16S:
    case KIND_U32S:
    case KIND_TEXTS:
    case KIND_LAYERS:
        read_items(in, field, record);
        break;
    default:
        record_field_set(field, value, read_integer(in, record_field_most(field)));
        break;
    }
}

bool record_unpack(struct bytes packed, struct flow_record *record)
{
    unsigned last = END_OF_RECORD;
    flow_record_init(record);
    for (;;) {
        unsigned number = (unsigned)read_integer(&packed, record_field_count);
        if (packed.ran_out || number == END_OF_RECORD)
            break;
        if (number <= last)
            fail(&packed);
        else
            read_value(&packed, &record_fields[number - 1], (char *)record);
        last = number;
    }
    if (packed.ran_out || packed.left > 0 || !record_is_sound(record)) {
        flow_record_release(record);
        return false;
    }
    return true;
}
