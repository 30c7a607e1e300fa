/* test_result_merge.c - many results as one stream, in one order. */
#include "tests/test.h"

#include "analyzer/result_merge.h"
#include "analyzer/result_set.h"
#include "tests/result_maker.h"

static char *folder;

static char *make(const char *file, const char *series, const char *first,
                  const char *second, uint64_t flows)
{
    struct result_maker maker;
    struct flow_record record;
    char *path = alloc_format("%s/%s", folder, file);
    result_maker_open(&maker, series, first, second, NULL);
    for (uint64_t id = 1; id <= flows; id++) {
        test_flow(&record, id, "10.0.0.1", "52.96.1.2", 443);
        record.capture = second != NULL && id % 2 == 0;
        record.tls.sni = series;
        result_maker_add(&maker, &record);
        flow_record_release(&record);
    }
    result_maker_close(&maker, path);
    return path;
}

/* "CAPTURE:ID " of every flow, in order. */
static char *merged(char *const *paths, uint32_t count)
{
    struct result_set set;
    const struct flow_record *record;
    uint32_t number;
    char *all = alloc_text("");
    result_set_open(&set, paths, count);
    struct result_merge *merge = result_merge_new(set.paths, set.headers, set.count);
    while (result_merge_next(merge, &record, &number)) {
        char *longer = alloc_format("%s%s:%llu ", all,
                                    set.headers[number]->captures[record->capture].name,
                                    (unsigned long long)record->id);
        CHECK_TEXT(record->tls.sni, set.headers[number]->series);
        free(all);
        all = longer;
    }
    struct error error;
    CHECK(!result_merge_has_failed(merge, &error));
    result_merge_free(merge);
    result_set_release(&set);
    return all;
}

static void flows_come_by_capture_name_and_id_whatever_the_order_of_results(void)
{
    char *paths[] = { make("1", "z", "b", "d", 4), make("2", "y", "a", "c", 3),
                      make("3", "x", "bb", NULL, 1), make("4", "w", "e", NULL, 0) };
    static const unsigned orders[][4] = { { 0, 1, 2, 3 },
                                          { 3, 2, 1, 0 },
                                          { 2, 0, 3, 1 } };
    for (unsigned i = 0; i < 3; i++) {
        char *given[4];
        for (unsigned k = 0; k < 4; k++)
            given[k] = paths[orders[i][k]];
        char *all = merged(given, 4);
        CHECK_TEXT(all, "a:1 a:3 b:1 b:3 bb:1 c:2 d:2 d:4 ");
        free(all);
    }
    for (unsigned k = 0; k < 4; k++)
        free(paths[k]);
}

static void a_result_given_twice_counts_once(void)
{
    char *path = make("1", "s", "a", NULL, 2), *copy = make("2", "s", "a", NULL, 2);
    char *paths[] = { path, copy, path };
    char *all = merged(paths, 3);
    CHECK_TEXT(all, "a:1 a:2 ");
    free(all);
    free(path);
    free(copy);
}

/* Two sites may both have a series "edge" of a file "a": they are not one. */
static void results_of_the_same_name_and_other_content_both_count(void)
{
    struct result_maker maker;
    struct flow_record record;
    char *first = make("z", "s", "a", NULL, 3), *second = alloc_format("%s/b", folder);
    result_maker_open(&maker, "s", "a", NULL);
    maker.header.captures[0].last_ns++;
    test_flow(&record, 2, "10.0.0.9", "52.96.1.2", 443);
    record.tls.sni = "s";
    result_maker_add(&maker, &record);
    flow_record_release(&record);
    result_maker_close(&maker, second);
    char *paths[] = { first, second };
    char *all = merged(paths, 2);
    CHECK_TEXT(all, "a:1 a:2 a:2 a:3 ");
    free(all);
    free(first);
    free(second);
}

static void certificates_are_there_while_a_result_is_open(void)
{
    struct result_set set;
    const struct flow_record *record;
    uint32_t number;
    char *paths[] = { make("1", "s", "a", NULL, 1), make("2", "t", "b", NULL, 1) };
    result_set_open(&set, paths, 2);
    struct result_merge *merge = result_merge_new(set.paths, set.headers, set.count);
    CHECK(result_merge_next(merge, &record, &number));
    CHECK(set.headers[number]->certificates != NULL);
    CHECK(set.headers[1 - number]->certificates == NULL); /* not open yet */
    result_merge_free(merge);
    CHECK(set.headers[0]->certificates == NULL && set.headers[1]->certificates == NULL);
    result_set_release(&set);
    free(paths[0]);
    free(paths[1]);
}

static void a_result_that_goes_away_between_the_passes_is_told(void)
{
    struct result_set set;
    struct error error = { { 0 } };
    const struct flow_record *record;
    uint32_t number;
    char *paths[] = { make("1", "s", "a", NULL, 1), make("2", "t", "b", NULL, 1) };
    result_set_open(&set, paths, 2);
    struct result_merge *merge = result_merge_new(set.paths, set.headers, set.count);
    free(make("1", "s", "a", NULL, 2)); /* another one in its place */
    unlink(paths[1]);
    CHECK(!result_merge_next(merge, &record, &number));
    CHECK(result_merge_has_failed(merge, &error));
    CHECK(strstr(error.text, "changed while it was read") != NULL);
    result_merge_free(merge);
    result_set_release(&set);
    free(paths[0]);
    free(paths[1]);
}

static void what_is_no_result_is_named_without_its_folder(void)
{
    struct result_set set;
    char *path = alloc_format("%s/notes.txt", folder);
    FILE *file = fopen(path, "w");
    fputs("hello\n", file);
    fclose(file);
    char *paths[] = { path };
    result_set_open(&set, paths, 1);
    CHECK(set.count == 0 && set.refused_count == 1);
    CHECK_TEXT(set.refused[0].name, "notes.txt");
    CHECK(strncmp(set.refused[0].sentence, "notes.txt:", 10) == 0);
    result_set_release(&set);
    free(path);
}

int main(void)
{
    folder = test_folder_new();
    RUN(flows_come_by_capture_name_and_id_whatever_the_order_of_results);
    RUN(a_result_given_twice_counts_once);
    RUN(results_of_the_same_name_and_other_content_both_count);
    RUN(certificates_are_there_while_a_result_is_open);
    RUN(a_result_that_goes_away_between_the_passes_is_told);
    RUN(what_is_no_result_is_named_without_its_folder);
    test_folder_remove(folder);
    return test_end();
}
