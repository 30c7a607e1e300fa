/* test_output_folder.c - a report is there whole or not at all. */
#include "tests/test.h"

#include "analyzer/output_folder.h"
#include "tests/result_maker.h"

#include <dirent.h>

static char *folder;

static bool is_there(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

static void write_text(const char *directory, const char *name, const char *text)
{
    char *path = alloc_format("%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0)
        abort();
    fclose(file);
    free(path);
}

static bool has_file(const char *directory, const char *name)
{
    char *path = alloc_format("%s/%s", directory, name);
    bool has = is_there(path);
    free(path);
    return has;
}

/* Entries besides "." and "..". */
static unsigned entries(const char *directory)
{
    unsigned count = 0;
    DIR *open = opendir(directory);
    while (readdir(open) != NULL)
        count++;
    closedir(open);
    return count - 2;
}

static char *make_report(const char *name, const char *content)
{
    struct output_folder output;
    struct error error = { { 0 } };
    char *path = alloc_format("%s/%s", folder, name);
    CHECK(output_folder_open(&output, path, &error));
    write_text(output.temporary, content, "x");
    CHECK(output_folder_keep(&output, &error));
    output_folder_close(&output);
    return path;
}

static void nothing_is_there_before_the_end_and_all_of_it_then(void)
{
    struct output_folder output;
    struct error error;
    char *path = alloc_format("%s/report", folder), *given = alloc_format("%s//", path);
    CHECK(output_folder_is_free(path, false, &error));
    CHECK(output_folder_open(&output, given, &error));
    CHECK(!is_there(path) && is_there(output.results));
    write_text(output.temporary, "report.json", "{}");
    CHECK(output_folder_keep(&output, &error));
    output_folder_close(&output);
    CHECK(has_file(path, "report.json") && has_file(path, "results"));
    CHECK(entries(folder) == 1);
    free(given);
    free(path);
}

static void what_is_not_kept_leaves_nothing_behind(void)
{
    struct output_folder output;
    struct error error;
    char *path = alloc_format("%s/other", folder);
    unsigned before = entries(folder);
    CHECK(output_folder_open(&output, path, &error));
    write_text(output.results, "deep", "x");
    output_folder_close(&output);
    CHECK(!is_there(path) && entries(folder) == before);
    free(path);
}

static void a_report_is_replaced_only_by_force(void)
{
    struct error error = { { 0 } };
    char *path = make_report("replaced", "old.txt");
    CHECK(!output_folder_is_free(path, false, &error));
    CHECK(strstr(error.text, "is there already") != NULL);
    CHECK(output_folder_is_free(path, true, &error));
    unsigned before = entries(folder);
    free(make_report("replaced", "new.txt"));
    CHECK(has_file(path, "new.txt") && !has_file(path, "old.txt"));
    CHECK(entries(folder) == before);
    free(path);
}

static void what_is_not_ours_is_never_replaced(void)
{
    struct error error = { { 0 } };
    char *path = alloc_format("%s/theirs", folder);
    CHECK(mkdir(path, 0777) == 0);
    write_text(path, "thesis.txt", "years of work");
    CHECK(!output_folder_is_free(path, true, &error));
    CHECK(strstr(error.text, "no report of ours") != NULL);
    free(path);
    path = alloc_format("%s/thesis.txt", folder);
    write_text(folder, "thesis.txt", "x");
    CHECK(!output_folder_is_free(path, true, &error)); /* a file */
    free(path);
    path = alloc_format("%s/dangling", folder);
    CHECK(symlink("/nonexistent/place", path) == 0);
    CHECK(!output_folder_is_free(path, false, &error));
    free(path);
}

/* What stands behind a link that is replaced is not touched. */
static void a_link_is_replaced_and_not_what_it_points_to(void)
{
    struct error error;
    char *target = make_report("target", "keep.txt");
    char *link = alloc_format("%s/link", folder);
    CHECK(symlink(target, link) == 0);
    CHECK(output_folder_is_free(link, true, &error));
    free(make_report("link", "new.txt"));
    CHECK(has_file(target, "keep.txt") && has_file(link, "new.txt"));
    free(target);
    free(link);
}

static void a_place_that_cannot_be_written_is_told(void)
{
    struct output_folder output;
    struct error error = { { 0 } };
    CHECK(!output_folder_open(&output, "/nonexistent/report", &error));
    CHECK(strstr(error.text, "/nonexistent/report") != NULL);
    output_folder_close(&output);
}

static void a_report_that_cannot_be_kept_leaves_the_old_one(void)
{
    struct output_folder output;
    struct error error = { { 0 } };
    char *path = make_report("kept", "old.txt");
    CHECK(output_folder_open(&output, path, &error));
    write_text(output.temporary, ".o365lens-report", "in the way"); /* the marker fails */
    CHECK(!output_folder_keep(&output, &error));
    CHECK(error.text[0] != '\0');
    output_folder_close(&output);
    CHECK(has_file(path, "old.txt"));
    free(path);
}

static void a_scratch_folder_is_always_removed(void)
{
    struct output_folder output;
    struct error error;
    setenv("TMPDIR", folder, 1);
    unsigned before = entries(folder);
    CHECK(output_folder_open_scratch(&output, &error));
    CHECK(entries(folder) == before + 1);
    write_text(output.results, "x", "x");
    output_folder_close(&output);
    CHECK(entries(folder) == before);
}

int main(void)
{
    folder = test_folder_new();
    RUN(nothing_is_there_before_the_end_and_all_of_it_then);
    RUN(what_is_not_kept_leaves_nothing_behind);
    RUN(a_report_is_replaced_only_by_force);
    RUN(what_is_not_ours_is_never_replaced);
    RUN(a_link_is_replaced_and_not_what_it_points_to);
    RUN(a_place_that_cannot_be_written_is_told);
    RUN(a_report_that_cannot_be_kept_leaves_the_old_one);
    RUN(a_scratch_folder_is_always_removed);
    test_folder_remove(folder);
    return test_end();
}
