/* test_record_fields.c - no fact is lost, and no lie believed, between worker and report.
 */
#include "tests/test.h"

#include "analyzer/record_fields.h"
#include "analyzer/record_table.h"
#include "tests/record_same.h"
#include "tests/written.h"

static struct written write(const struct flow_record *record)
{
    struct written written = { 0 };
    struct json_out out;
    json_out_init(&out, written_take, &written);
    record_fields_write(record, &out);
    (void)json_out_flush(&out);
    return written;
}

#if defined __GNUC__ && !defined __clang__

/* GCC 12 forgets what stands behind an array of structs: those are cleared one by one. */
static void clear_padding(struct flow_record *record)
{
    unsigned char *bytes = (unsigned char *)record;
    size_t egress_end = offsetof(struct flow_record, egress) + sizeof record->egress;
    __builtin_clear_padding(record);
    __builtin_clear_padding(&record->stun);
    for (unsigned side = 0; side < 2; side++) {
        __builtin_clear_padding(&record->counts[side]);
        __builtin_clear_padding(&record->options[side]);
    }
    memset(bytes + egress_end, 0,
           offsetof(struct flow_record, egress_frame) - egress_end);
}

/* A member that is added to the struct and not to the table fails here. */
static void every_byte_of_a_record_is_a_fields_or_padding(void)
{
    struct flow_record record;
    unsigned char *bytes = (unsigned char *)&record;
    memset(&record, 0xff, sizeof record);
    clear_padding(&record);
    for (unsigned i = 0; i < record_field_count; i++) {
        memset(bytes + record_fields[i].at, 0, size_of(&record_fields[i]));
        if (record_fields[i].most > 0)
            memset(bytes + record_fields[i].count_at, 0, sizeof(uint32_t));
    }
    for (size_t i = 0; i < sizeof record; i++)
        if (bytes[i] != 0) {
            fprintf(stderr, "byte %zu of struct flow_record is in no field\n", i);
            CHECK(bytes[i] == 0);
        }
}

#else

static void every_byte_of_a_record_is_a_fields_or_padding(void)
{
    CHECK(record_field_count > 100); /* only GCC tells what is padding */
}

#endif

static void no_two_fields_share_a_key_or_a_place(void)
{
    for (unsigned i = 0; i < record_field_count; i++)
        for (unsigned k = 0; k < i; k++) {
            CHECK(strcmp(record_fields[i].key, record_fields[k].key) != 0);
            CHECK(record_fields[i].at != record_fields[k].at);
        }
}

static void a_record_with_every_field_set_comes_back(void)
{
    struct flow_record record, read;
    fill_all(&record);
    struct written written = write(&record);
    CHECK((record.rtt[0].samples.bins == NULL) != (record.rtt[1].samples.bins == NULL));
    CHECK(record_fields_read(written.text, &read));
    for (unsigned i = 0; i < record_field_count; i++)
        if (!is_same(&record, &read, &record_fields[i])) {
            fprintf(stderr, "field %s is lost\n", record_fields[i].key);
            CHECK(false);
        }
    flow_record_release(&read);
    flow_record_release(&record);
    written_release(&written);
}

static void each_field_alone_comes_back_and_the_others_stay_unset(void)
{
    for (unsigned i = 0; i < record_field_count; i++) {
        struct flow_record record, read;
        fill_least(&record);
        texts_used = 0;
        fill(&record, &record_fields[i], i);
        struct written written = write(&record), again = { 0 };
        CHECK(record_fields_read(written.text, &read));
        again = write(&read);
        struct written first = write(&record);
        CHECK_TEXT(again.text, first.text);
        CHECK(is_same(&record, &read, &record_fields[i]));
        flow_record_release(&read);
        flow_record_release(&record);
        written_release(&written);
        written_release(&first);
        written_release(&again);
    }
}

static bool reads(const char *text)
{
    struct flow_record read;
    char *copy = alloc_text(text);
    bool is_read = record_fields_read(copy, &read);
    if (is_read)
        flow_record_release(&read);
    free(copy);
    return is_read;
}

/* A record whose member `key` has the value `lie`. */
static bool reads_with(const char *key, const char *lie)
{
    char *text =
        alloc_format("{\"c_ip\":\"10.0.0.1\",\"s_ip\":\"10.0.0.2\",\"%s\":%s}", key, lie);
    bool is_read = reads(text);
    free(text);
    return is_read;
}

static void a_value_of_another_kind_is_refused(void)
{
    static const char *const lies[] = { "null",     "{}",    "18446744073709551616",
                                        "[[[[]]]]", "",      "1.5x",
                                        "\"open",   "[null]" };
    for (unsigned i = 0; i < record_field_count; i++)
        for (size_t lie = 0; lie < sizeof lies / sizeof *lies; lie++)
            if (reads_with(record_fields[i].key, lies[lie])) {
                fprintf(stderr, "%s takes %s\n", record_fields[i].key, lies[lie]);
                CHECK(false);
            }
}

static void a_value_out_of_range_is_refused(void)
{
    static const struct {
        enum record_kind kind;
        const char *last, *lie;
    } limits[] = {
        { KIND_U8, "", "256" },
        { KIND_U16, "65535", "65536" },
        { KIND_U32, "4294967295", "4294967296" },
        { KIND_U64, "\"18446744073709551615\"", "-1" },
        { KIND_I64, "\"9223372036854775807\"", "\"9223372036854775808\"" },
        { KIND_DURATION, "-1", "-2" },
        { KIND_DURATION, "\"9223372036854775807\"", "\"9223372036854775808\"" },
        { KIND_FRAME, "1", "-1" },
        { KIND_BOOL, "true", "1" },
        { KIND_TEXT, "\"\"", "7" },
        { KIND_IP, "\"10.9.9.9\"", "\"10.0.0.256\"" },
        { KIND_IP, "\"10.0.0.1\"", "\"\"" },
        { KIND_MAC, "\"00:00:00:00:00:0f\"", "\"00:00:00:00:00:0\"" },
        { KIND_MAC, "\"00:00:00:00:00:ff\"", "\"00:00:00:00:00:0f1\"" },
        { KIND_MAC, "\"00:00:00:00:00:aa\"", "\"00-00-00-00-00-00\"" },
        { KIND_U16S, "[65535]", "[65536]" },
        { KIND_U32S, "[4294967295]", "[4294967296]" },
        { KIND_TEXTS, "[]", "[1]" },
        { KIND_LAYERS, "[6,1]", "[200,1]" },
        { KIND_LAYERS, "[0,4294967295]", "[0,4294967296]" },
        { KIND_LAYERS, "[0,1,1,2]", "[0,1,1]" },
    };
    for (unsigned i = 0; i < record_field_count; i++)
        for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
            if (record_fields[i].kind != limits[k].kind)
                continue;
            CHECK(limits[k].last[0] == '\0' ||
                  reads_with(record_fields[i].key, limits[k].last));
            CHECK(!reads_with(record_fields[i].key, limits[k].lie));
        }
}

/* A clock that was set from 1970 to today makes durations that nobody may add up. */
static void a_duration_of_half_a_century_is_cut(void)
{
    char line[] =
        "{\"c_ip\":\"1.1.1.1\",\"s_ip\":\"1.1.1.2\",\"h_server\":\"1748865600000000000\","
        "\"rs_samples\":[2,7,\"1748865600000000000\",9,false,7,\"1748865600000000000\"]}";
    struct flow_record record;
    CHECK(record_fields_read(line, &record));
    CHECK(record.handshake.server_ns == INT64_C(1) << 60);
    CHECK(record.rtt[RTT_SERVER].samples.max_ns == INT64_C(1) << 60);
    CHECK(record.rtt[RTT_SERVER].samples.min_ns == 7);
    flow_record_release(&record);
}

static void a_word_that_no_table_has_is_refused(void)
{
    char lie[16];
    for (unsigned i = 0; i < record_field_count; i++) {
        uint8_t most =
            record_fields[i].kind == KIND_U8 ? most_of(&record_fields[i]) : UINT8_MAX;
        if (most == UINT8_MAX)
            continue;
        snprintf(lie, sizeof lie, "%d", most);
        CHECK(reads_with(record_fields[i].key, lie));
        snprintf(lie, sizeof lie, "%d", most + 1);
        CHECK(!reads_with(record_fields[i].key, lie));
    }
}

static void a_list_longer_than_its_room_is_refused(void)
{
    for (unsigned i = 0; i < record_field_count; i++) {
        const struct record_field *field = &record_fields[i];
        const char *item = field->kind == KIND_TEXTS    ? "\"x\""
                           : field->kind == KIND_LAYERS ? "1,1"
                                                        : "1";
        char list[512] = "[";
        if (field->most == 0)
            continue;
        for (uint32_t k = 0; k < field->most; k++) {
            strcat(list, k == 0 ? "" : ",");
            strcat(list, item);
        }
        size_t size = strlen(list);
        strcpy(list + size, "]");
        CHECK(reads_with(field->key, list));
        snprintf(list + size, sizeof list - size, ",%s]", item);
        CHECK(!reads_with(field->key, list));
    }
}

static void lying_distributions_are_refused(void)
{
    static const char *const good[] = {
        "[2,5,9,14,false,5,9]",
        "[2,1,11,14,false,5,9]",
        "[17,1,90000,14,true,3,9,7,8]",
    };
    static const char *const bad[] = {
        "[]",
        "[0,5,9,14,false]",
        "[2,5,9,14,false,5]",
        "[2,5,9,14,false,5,9,9]",
        "[2,5,9,14,false,5,10]",
        "[2,5,9,14,false,4,9]",
        "[2,-1,9,14,false,5,9]",
        "[17,5,9,14,false,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5]",
        "[18,1,90000,14,true,3,9,7,8]",
        "[17,1,90000,14,true,7,9,3,8]",
        "[17,1,90000,14,true,3,17,7,0]",
        "[17,1,90000,14,true,3,9,1728,8]",
        "[17,90000,1,14,true,3,9,7,8]",
        "[17,1,90000,14,true,3,9,7]",
        "[16,1,90000,14,true,3,9,7,7]",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(reads_with("rs_samples", good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (reads_with("rs_samples", bad[i])) {
            fprintf(stderr, "%s is read\n", bad[i]);
            CHECK(false);
        }
    CHECK(
        !reads_with("rs_samples", "[1,5,5,5,false,5],\"rs_samples\":[1,5,5,5,false,5]"));
}

static void every_cut_is_refused(void)
{
    struct flow_record record;
    fill_all(&record);
    struct written written = write(&record);
    CHECK(reads(written.text));
    for (size_t size = 0; size < written.size; size++) {
        char *cut = alloc_text_of(written.text, size);
        CHECK(!reads(cut));
        free(cut);
    }
    flow_record_release(&record);
    written_release(&written);
}

static void bytes_behind_the_record_are_refused(void)
{
    CHECK(reads("{\"c_ip\":\"1.1.1.1\",\"s_ip\":\"1.1.1.2\"}"));
    CHECK(!reads("{\"c_ip\":\"1.1.1.1\",\"s_ip\":\"1.1.1.2\"} "));
    CHECK(!reads("{\"c_ip\":\"1.1.1.1\",\"s_ip\":\"1.1.1.2\"}{}"));
}

static void a_record_without_two_addresses_of_one_kind_is_none(void)
{
    CHECK(!reads("{}"));
    CHECK(!reads("{\"c_ip\":\"1.1.1.1\"}"));
    CHECK(!reads("{\"s_ip\":\"1.1.1.1\"}"));
    CHECK(!reads("{\"c_ip\":\"1.1.1.1\",\"s_ip\":\"2001:db8::1\"}"));
}

static void a_key_of_a_later_version_is_passed_by(void)
{
    CHECK(reads_with("a_key_of_the_future", "{\"x\":[1,2,\"}\"]}"));
    CHECK(reads_with("a_key_of_the_future", "12"));
}

static void the_file_of_each_frame_must_be_there(void)
{
    for (unsigned i = 0; i < record_field_count; i++) {
        struct flow_record record;
        fill_least(&record);
        record.capture = 2;
        CHECK(record_fields_name_files_below(&record, 3));
        CHECK(!record_fields_name_files_below(&record, 2));
        if (record_fields[i].kind == KIND_FRAME) {
            *(uint64_t *)(void *)field_at(&record, &record_fields[i]) = frame_of(3, 1);
            CHECK(!record_fields_name_files_below(&record, 3));
            CHECK(record_fields_name_files_below(&record, 4));
        }
        flow_record_release(&record);
    }
}

int main(void)
{
    RUN(every_byte_of_a_record_is_a_fields_or_padding);
    RUN(no_two_fields_share_a_key_or_a_place);
    RUN(a_record_with_every_field_set_comes_back);
    RUN(each_field_alone_comes_back_and_the_others_stay_unset);
    RUN(a_value_of_another_kind_is_refused);
    RUN(a_value_out_of_range_is_refused);
    RUN(a_duration_of_half_a_century_is_cut);
    RUN(a_word_that_no_table_has_is_refused);
    RUN(a_list_longer_than_its_room_is_refused);
    RUN(lying_distributions_are_refused);
    RUN(every_cut_is_refused);
    RUN(bytes_behind_the_record_are_refused);
    RUN(a_record_without_two_addresses_of_one_kind_is_none);
    RUN(a_key_of_a_later_version_is_passed_by);
    RUN(the_file_of_each_frame_must_be_there);
    return test_end();
}
