/* test_record_pack.c - packed records come back whole, and no lie in them is believed. */
#include "tests/test.h"

#include "analyzer/alloc.h"
#include "analyzer/record_pack.h"
#include "tests/record_same.h"

static void a_record_with_every_field_set_comes_back(void)
{
    struct flow_record record, read;
    struct record_packing packing = { 0 };
    fill_all(&record);
    record_pack(&record, &packing);
    CHECK(record_unpack(bytes_of(packing.bytes, packing.size), &read));
    for (unsigned i = 0; i < record_field_count; i++)
        if (!is_same(&record, &read, &record_fields[i])) {
            fprintf(stderr, "field %s is lost\n", record_fields[i].key);
            CHECK(false);
        }
    flow_record_release(&read);
    flow_record_release(&record);
    free(packing.bytes);
}

static void each_field_alone_comes_back_and_the_others_stay_unset(void)
{
    struct record_packing packing = { 0 };
    for (unsigned i = 0; i < record_field_count; i++) {
        struct flow_record record, read, least;
        fill_least(&record);
        fill_least(&least);
        texts_used = 0;
        fill(&record, &record_fields[i], i);
        record_pack(&record, &packing);
        CHECK(record_unpack(bytes_of(packing.bytes, packing.size), &read));
        for (unsigned k = 0; k < record_field_count; k++)
            CHECK(k == i || record_fields[k].kind >= KIND_TEXT ||
                  is_same(&least, &read, &record_fields[k]));
        CHECK(is_same(&record, &read, &record_fields[i]));
        flow_record_release(&read);
        flow_record_release(&record);
    }
    free(packing.bytes);
}

/* In a block of its own, so that a sanitizer sees what is read behind it. */
static bool unpacks(const uint8_t *bytes, size_t size)
{
    struct flow_record read;
    uint8_t *copy = alloc_resize(NULL, size + 1, 1);
    copy = alloc_resize(copy, size == 0 ? 1 : size, 1);
    memcpy(copy, bytes, size);
    bool is_read = record_unpack(bytes_of(copy, size), &read);
    if (is_read)
        flow_record_release(&read);
    free(copy);
    return is_read;
}

static void every_cut_and_every_byte_behind_is_refused(void)
{
    struct flow_record record;
    struct record_packing packing = { 0 };
    fill_all(&record);
    record_pack(&record, &packing);
    CHECK(unpacks(packing.bytes, packing.size));
    for (size_t cut = 0; cut < packing.size; cut++)
        CHECK(!unpacks(packing.bytes, cut));
    packing.bytes = alloc_resize(packing.bytes, packing.size + 1, 1);
    packing.bytes[packing.size] = 0;
    CHECK(!unpacks(packing.bytes, packing.size + 1));
    flow_record_release(&record);
    free(packing.bytes);
}

/* What is read from bytes that were changed must still be a record: packed again, it is
   the same again. */
static void a_changed_byte_makes_no_record_that_is_none(void)
{
    struct flow_record record, read, again;
    struct record_packing packing = { 0 }, second = { 0 };
    fill_all(&record);
    record_pack(&record, &packing);
    for (size_t at = 0; at < packing.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            packing.bytes[at] ^= (uint8_t)(1u << bit);
            if (record_unpack(bytes_of(packing.bytes, packing.size), &read)) {
                record_pack(&read, &second);
                CHECK(record_is_sound(&read));
                CHECK(record_unpack(bytes_of(second.bytes, second.size), &again));
                flow_record_release(&again);
                flow_record_release(&read);
            }
            packing.bytes[at] ^= (uint8_t)(1u << bit);
        }
    flow_record_release(&record);
    free(second.bytes);
    free(packing.bytes);
}

static unsigned number_of(const char *key)
{
    for (unsigned i = 0; i < record_field_count; i++)
        if (strcmp(record_fields[i].key, key) == 0)
            return i + 1;
    abort();
}

/* The least record, then a field with `value` as it would be packed. */
static bool unpacks_with(const char *key, const void *value, size_t size)
{
    struct flow_record record;
    struct record_packing packing = { 0 };
    unsigned number = number_of(key);
    fill_least(&record);
    record_pack(&record, &packing);
    uint8_t *bytes = alloc_resize(NULL, packing.size + size + 2, 1);
    size_t used = packing.size - 1; /* without its end */
    memcpy(bytes, packing.bytes, used);
    bytes[used++] = (uint8_t)(number & 0x7f) | (number > 0x7f ? 0x80 : 0);
    if (number > 0x7f)
        bytes[used++] = (uint8_t)(number >> 7);
    memcpy(bytes + used, value, size);
    used += size;
    bytes = alloc_resize(bytes, used + 1, 1);
    bytes[used++] = 0;
    bool is_read = unpacks(bytes, used);
    free(bytes);
    free(packing.bytes);
    return is_read;
}

static void lies_in_values_are_refused(void)
{
    CHECK(unpacks_with("sni", "\2x", 3));
    CHECK(!unpacks_with("sni", "\0", 1));    /* no room for its NUL */
    CHECK(!unpacks_with("sni", "\2xy", 3));  /* no NUL */
    CHECK(!unpacks_with("sni", "\3\0x", 4)); /* a NUL inside */
    CHECK(!unpacks_with("sni", "\377\377\377\377\377\377\377\377\377\1x", 11));
    CHECK(unpacks_with("hello", "\1", 1));
    CHECK(!unpacks_with("hello", "\2", 1));
    CHECK(unpacks_with("socks", "\377\1", 2));
    CHECK(!unpacks_with("socks", "\200\2", 2));
    CHECK(unpacks_with("hidden", "\3", 1));
    CHECK(!unpacks_with("hidden", "\177", 1)); /* no word for it */
    CHECK(unpacks_with("chain", "\1\7", 2));
    CHECK(!unpacks_with("chain", "\177\7", 2)); /* longer than its room */
    CHECK(!unpacks_with("chain", "\2\7", 2));
    CHECK(unpacks_with("egress", "\4\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0", 17));
    CHECK(!unpacks_with("egress", "\4\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\1", 17));
    CHECK(!unpacks_with("egress", "\5\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0", 17));
    CHECK(unpacks_with("rs_samples", "\2\5\11\16\0\5\11", 7));
    CHECK(!unpacks_with("rs_samples", "\0\5\11\16\0", 5));
    CHECK(!unpacks_with("rs_samples", "\2\5\11\16\0\5\12", 7)); /* above the most */
    CHECK(!unpacks_with("rs_samples", "\21\5\11\16\0\5\11", 7));
    CHECK(unpacks_with("rs_samples", "\21\1\11\16\1\3\21", 7));
    CHECK(!unpacks_with("rs_samples", "\21\1\11\16\1\3\20", 7));      /* too few */
    CHECK(!unpacks_with("rs_samples", "\21\1\11\16\1\200\16\21", 8)); /* no such bin */
    CHECK(!unpacks_with("id", "\1", 1)); /* a field twice, or not in order */
}

int main(void)
{
    RUN(a_record_with_every_field_set_comes_back);
    RUN(each_field_alone_comes_back_and_the_others_stay_unset);
    RUN(every_cut_and_every_byte_behind_is_refused);
    RUN(a_changed_byte_makes_no_record_that_is_none);
    RUN(lies_in_values_are_refused);
    return test_end();
}
