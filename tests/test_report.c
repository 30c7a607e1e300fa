/*
 * test_report.c - a whole report of an assessment made by hand, with hostile texts.
 *
 * With a directory as its argument it leaves the report there, for check_schema.py.
 */
#include "reports/report.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/digest.h"
#include "analyzer/json_in.h"
#include "reports/style.h"
#include "tests/sample_assessment.h"
#include "tests/test.h"

enum { FILE_MAX = 4 << 20 };

static const char hostile[] =
    "</title></script><img src=x onerror=alert(1)>&\"'\n\x1b[31m"
    "\u202e\xff{site}[{flows}]";
struct folder {
    char directory[64], html[96], json[96];
};

static struct folder new_folder(void)
{
    struct folder folder = { .directory = "/tmp/o365lens-test-XXXXXX" };
    CHECK(mkdtemp(folder.directory) != NULL);
    (void)snprintf(folder.html, sizeof folder.html, "%s/report.html", folder.directory);
    (void)snprintf(folder.json, sizeof folder.json, "%s/report.json", folder.directory);
    return folder;
}

static void remove_folder(const struct folder *folder)
{
    (void)unlink(folder->html);
    (void)unlink(folder->json);
    CHECK(rmdir(folder->directory) == 0);
}

/* Static memory: the next call overwrites it. */
static char *contents(const char *path)
{
    static char text[FILE_MAX];
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    CHECK(file != NULL && size > 0);
    if (file != NULL)
        (void)fclose(file);
    text[size] = '\0';
    return text;
}

static struct folder written(const char *text)
{
    struct folder folder = new_folder();
    struct assessment *assessment = sample_assessment(text);
    struct error error = { "" };
    CHECK(report_write(assessment, folder.directory, &error));
    CHECK_TEXT(error.text, "");
    assessment_free(assessment);
    return folder;
}

static void hostile_texts_make_no_markup(void)
{
    struct folder folder = written(hostile);
    const char *html = contents(folder.html);

    CHECK(strstr(html, "<img") == NULL);
    CHECK(strstr(html, "<script") == NULL);
    CHECK(strstr(html, "</script") == NULL);
    CHECK(strstr(html, "onerror=\"") == NULL);
    CHECK(strchr(html, '\x1b') == NULL);
    CHECK(strstr(html, "\u202e") == NULL);
    CHECK(strchr(html, '\xff') == NULL);
    CHECK(strstr(html, "&lt;img src=x onerror=alert(1)&gt;&amp;") != NULL);
    remove_folder(&folder);
}

/* What stands in a value between braces was captured: it is no placeholder. */
static void values_are_not_read_for_placeholders(void)
{
    struct folder folder = written(hostile);
    CHECK(strstr(contents(folder.html), "{site}[{flows}]") != NULL);
    remove_folder(&folder);
}

static void the_page_fetches_and_runs_nothing(void)
{
    static const char *const banned[] = { " src=",   "@import",     "url(",    "http:",
                                          "https:",  "javascript:", " style=", "<link",
                                          "<iframe", "xlink" };
    struct folder folder = written("Leeds");
    const char *html = strstr(contents(folder.html), "</style>");
    CHECK(html != NULL);
    for (size_t i = 0; html != NULL && i < sizeof banned / sizeof *banned; i++)
        CHECK(strstr(html, banned[i]) == NULL);
    CHECK(strstr(style_text(), "url(") == NULL &&
          strstr(style_text(), "@import") == NULL);
    remove_folder(&folder);
}

static void the_policy_allows_this_style_sheet_alone(void)
{
    struct folder folder = written("Leeds");
    char source[STYLE_SOURCE_SIZE], policy[256];
    char *html = contents(folder.html);

    (void)snprintf(policy, sizeof policy,
                   "content=\"default-src 'none'; style-src %s; base-uri 'none'; "
                   "form-action 'none'\"",
                   style_source(source));
    CHECK(strstr(html, policy) != NULL);
    CHECK(strstr(html, style_text()) != NULL);
    CHECK(strpbrk(style_text(), "<>&") == NULL);
    remove_folder(&folder);
}

static void the_policy_has_the_hash_of_the_style_sheet(void)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t hash[DIGEST_SHA256_SIZE + 1] = { 0 };
    char expected[STYLE_SOURCE_SIZE] = "'sha256-", source[STYLE_SOURCE_SIZE];
    size_t used = strlen(expected);

    digest_sha256(style_text(), strlen(style_text()), hash);
    for (size_t bit = 0; bit < 8 * DIGEST_SHA256_SIZE; bit += 6) {
        unsigned two = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];
        expected[used++] = letters[two >> (10 - bit % 8) & 63];
    }
    memcpy(expected + used, "='", 3);
    CHECK_TEXT(style_source(source), expected);
}

static void the_same_assessment_gives_the_same_bytes(void)
{
    struct folder first = written(hostile), second = written(hostile);
    char *html = strdup(contents(first.html));
    CHECK_TEXT(contents(second.html), html);
    char *json = strdup(contents(first.json));
    CHECK_TEXT(contents(second.json), json);
    free(html);
    free(json);
    remove_folder(&first);
    remove_folder(&second);
}

static void the_json_holds_what_the_contract_names(void)
{
    static const char *const keys[] = { "generator", "created",  "settings",
                                        "endpoints", "captures", "skipped",
                                        "sites",     "paths",    "findings" };
    struct folder folder = written("Leeds");
    struct error error = { "" };
    struct json_value *report = json_in_load(folder.json, &error);

    CHECK_TEXT(error.text, "");
    CHECK_TEXT(json_in_text(json_in_member(report, "schema")), "o365lens/report/1");
    CHECK_TEXT(json_in_text(json_in_member(report, "created")),
               "2026-09-21T14:13:20.123456789Z");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CHECK(json_in_kind(json_in_member(report, keys[i])) != JSON_ABSENT);

    const struct json_value *capture = json_in_first(json_in_member(report, "captures"));
    CHECK_TEXT(json_in_text(json_in_member(capture, "bytes")), "1152921504606846976");
    CHECK(json_in_kind(json_in_member(json_in_next(capture), "sha256")) == JSON_NULL);
    json_in_free(report);
    remove_folder(&folder);
}

static void percentiles_of_few_samples_are_null(void)
{
    struct folder folder = written("Leeds");
    struct error error = { "" };
    struct json_value *report = json_in_load(folder.json, &error);
    const struct json_value *site = json_in_first(json_in_member(report, "sites"));
    const struct json_value *entry = json_in_first(json_in_member(site, "rtt"));
    const struct json_value *by_flow = json_in_member(entry, "by_flow"); /* n = 40 */
    double p90_ms = 0;

    CHECK(json_in_number(json_in_member(by_flow, "p90_ms"), &p90_ms) && p90_ms > 17);
    CHECK(json_in_kind(json_in_member(by_flow, "p95_ms")) == JSON_NULL);
    CHECK(json_in_kind(json_in_member(by_flow, "p99_ms")) == JSON_NULL);
    CHECK(strstr(contents(folder.html), "<small>n &lt; 59</small>") != NULL);
    json_in_free(report);
    remove_folder(&folder);
}

static void a_missing_score_is_a_code_for_programs_and_a_sentence_for_people(void)
{
    struct folder folder = written("Leeds");
    struct error error = { "" };
    struct json_value *report = json_in_load(folder.json, &error);
    const struct json_value *site = json_in_first(json_in_member(report, "sites"));

    CHECK(json_in_kind(json_in_member(site, "score")) == JSON_NULL);
    CHECK_TEXT(json_in_text(json_in_member(site, "score_reason")),
               "exchange-round-trip-not-measured");
    CHECK(strstr(contents(folder.html), "<small>no connection to Exchange") !=
          NULL);
    CHECK(strstr(contents(folder.html), "exchange-round-trip") == NULL);
    json_in_free(report);
    remove_folder(&folder);
}

/* Confirmed ones, those of a receiver's timer, and those that have none. */
static void kinds_of_round_trips_are_told_apart(void)
{
    struct folder folder = written("Leeds");
    struct error error = { "" };
    struct json_value *report = json_in_load(folder.json, &error);
    const struct json_value *site = json_in_first(json_in_member(report, "sites"));
    const struct json_value *entry = json_in_first(json_in_member(site, "rtt"));
    double count = 0;
    CHECK(json_in_number(
              json_in_member(json_in_member(entry, "by_flow_confirmed"), "samples"),
              &count) &&
          count == 25);
    CHECK(json_in_number(json_in_member(json_in_member(entry, "delack"), "samples"),
                         &count) &&
          count == 30);
    CHECK(json_in_kind(json_in_member(entry, "reason")) == JSON_NULL);
    while (entry != NULL && json_in_kind(json_in_member(entry, "reason")) == JSON_NULL)
        entry = json_in_next(entry);
    CHECK_TEXT(json_in_text(json_in_member(entry, "reason")), "early-reply");
    const char *html = contents(folder.html);
    CHECK(strstr(html, "none: early-reply") != NULL);
    CHECK(strstr(html, "flow, confirmed") != NULL);
    CHECK(strstr(html, "sample, delayed by the receiver") != NULL);
    json_in_free(report);
    remove_folder(&folder);
}

static void codes_are_words_for_people(void)
{
    struct folder folder = written("Leeds");

    CHECK(strstr(contents(folder.json), "\"matched_by\": \"client-random\"") != NULL);
    CHECK(strstr(contents(folder.html), "matched by the random of the ClientHello;") !=
          NULL);
    remove_folder(&folder);
}

static void a_share_is_said_of_what_it_is_a_share_of(void)
{
    struct folder folder = written("Leeds");

    CHECK(strstr(contents(folder.html), "% of the Exchange Online connections there") !=
          NULL);
    remove_folder(&folder);
}

static void shares_of_verdicts_name_unknown_apart_from_no(void)
{
    struct folder folder = written("Leeds");
    struct error error = { "" };
    struct json_value *report = json_in_load(folder.json, &error);
    const struct json_value *site = json_in_first(json_in_member(report, "sites"));
    const struct json_value *states = json_in_member(
        json_in_member(json_in_member(site, "verdicts"), "hairpin"), "states");
    double unknown = 0, no = 1;

    CHECK(json_in_number(json_in_member(json_in_member(states, "unknown"), "share"),
                         &unknown));
    CHECK(json_in_number(json_in_member(json_in_member(states, "no"), "share"), &no));
    CHECK(unknown > 0.399 && unknown < 0.401 && no == 0);
    json_in_free(report);
    remove_folder(&folder);
}

static void an_empty_assessment_is_a_report_too(void)
{
    struct folder folder = new_folder();
    struct assessment *assessment = alloc_zeroed(1, sizeof *assessment);
    struct error error = { "" };
    CHECK(report_write(assessment, folder.directory, &error));
    CHECK(strstr(contents(folder.html), "</html>") != NULL);
    assessment_free(assessment);
    remove_folder(&folder);
}

static void a_directory_that_is_not_there_is_told(void)
{
    struct assessment *assessment = sample_assessment("Leeds");
    struct error error = { "" };
    CHECK(!report_write(assessment, "/tmp/o365lens-no-such-folder", &error));
    CHECK(strstr(error.text, "/tmp/o365lens-no-such-folder/report.json") != NULL);
    assessment_free(assessment);
}

static void nothing_is_written_through_a_file_that_stands_there(void)
{
    struct folder folder = new_folder();
    struct assessment *assessment = sample_assessment("Leeds");
    struct error error = { "" };
    CHECK(symlink("/dev/full", folder.html) == 0);
    CHECK(!report_write(assessment, folder.directory, &error));
    CHECK(strstr(error.text, "report.html: cannot be created") != NULL);
    assessment_free(assessment);
    remove_folder(&folder);
}

/* A limit on the size of files stands for a full disk. */
static void a_full_disk_is_told(void)
{
    static const rlim_t sizes[] = { 0, 10, 100000, 300000 };
    struct rlimit before;
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && getrlimit(RLIMIT_FSIZE, &before) == 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct folder folder = new_folder();
        struct assessment *assessment = sample_assessment("Leeds");
        struct error error = { "" };
        struct rlimit limit = { .rlim_cur = sizes[i], .rlim_max = before.rlim_max };
        CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
        bool is_written = report_write(assessment, folder.directory, &error);
        CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
        struct stat html = { 0 }, json = { 0 };
        bool is_whole = stat(folder.html, &html) == 0 && stat(folder.json, &json) == 0 &&
                        (rlim_t)html.st_size < sizes[i] &&
                        (rlim_t)json.st_size < sizes[i];
        CHECK(is_written == is_whole);
        CHECK(is_written ||
              strstr(error.text, "cannot be written: File too large") != NULL);
        assessment_free(assessment);
        remove_folder(&folder);
    }
}

static int leave_report(const char *directory)
{
    struct assessment *assessment = sample_assessment(hostile);
    struct error error = { "" };
    bool is_written = report_write(assessment, directory, &error);
    if (!is_written)
        error_print(&error);
    assessment_free(assessment);
    return is_written ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **arguments)
{
    if (count > 1)
        return leave_report(arguments[1]);
    RUN(hostile_texts_make_no_markup);
    RUN(values_are_not_read_for_placeholders);
    RUN(the_page_fetches_and_runs_nothing);
    RUN(the_policy_allows_this_style_sheet_alone);
    RUN(the_policy_has_the_hash_of_the_style_sheet);
    RUN(the_same_assessment_gives_the_same_bytes);
    RUN(the_json_holds_what_the_contract_names);
    RUN(percentiles_of_few_samples_are_null);
    RUN(a_missing_score_is_a_code_for_programs_and_a_sentence_for_people);
    RUN(codes_are_words_for_people);
    RUN(a_share_is_said_of_what_it_is_a_share_of);
    RUN(kinds_of_round_trips_are_told_apart);
    RUN(shares_of_verdicts_name_unknown_apart_from_no);
    RUN(an_empty_assessment_is_a_report_too);
    RUN(a_directory_that_is_not_there_is_told);
    RUN(nothing_is_written_through_a_file_that_stands_there);
    RUN(a_full_disk_is_told);
    return test_end();
}
