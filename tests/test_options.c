/* test_options.c - what a command line means, and which ones are refused. */
#include "tests/test.h"

#include "analyzer/options.h"

enum { WORDS_MOST = 16 };

/* Reads a command line of words that a blank parts. */
static bool read_line(const char *line, struct options *options, struct error *error)
{
    static char text[1024];
    char *argv[WORDS_MOST + 1];
    int argc = 0;
    snprintf(text, sizeof text, "o365lens %s", line);
    for (char *word = strtok(text, " "); word != NULL && argc < WORDS_MOST;
         word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    *error = (struct error){ { 0 } };
    return options_read(argc, argv, options, error);
}

static struct options options;
static struct error error;

static bool reads(const char *line)
{
    bool is_read = read_line(line, &options, &error);
    CHECK(is_read == (error.text[0] == '\0'));
    return is_read;
}

static void refuses(const char *line, const char *because)
{
    bool is_read = reads(line);
    if (is_read || strstr(error.text, because) == NULL) {
        fprintf(stderr, "%s: %s\n", line, error.text);
        CHECK(false);
    }
    options_release(&options);
}

static void every_option_is_taken(void)
{
    CHECK(reads("analyze a --force"));
    CHECK(options.command == COMMAND_ANALYZE && options.force);
    options_release(&options);
    CHECK(
        reads("analyze a.pcap -o out -s site.json -e a.json --endpoints b.json b.pcap"));
    CHECK_TEXT(options.output, "out");
    CHECK_TEXT(options.site_file, "site.json");
    CHECK(options.endpoint_file_count == 2);
    CHECK_TEXT(options.endpoint_files[1], "b.json");
    CHECK(options.argument_count == 2);
    CHECK_TEXT(options.arguments[0], "a.pcap");
    CHECK_TEXT(options.arguments[1], "b.pcap");
    options_release(&options);
    CHECK(reads("analyze a --instance USGOVdod -f udp --from 2025-06-02T10:00:00Z --to "
                "2025-06-03 -j 7 --ndpi off"));
    CHECK(options.instance == INSTANCE_USGOV_DOD && options.jobs == 7 &&
          !options.with_labels);
    CHECK_TEXT(options.filter, "udp");
    CHECK(options.from_ns == INT64_C(1748858400) * 1000000000);
    CHECK(options.to_ns == INT64_C(1748908800) * 1000000000);
    CHECK_TEXT(options.from_text, "2025-06-02T10:00:00Z");
    options_release(&options);
    CHECK(
        reads("merge r --flows f.csv --progress never --summary always --fail-on high") ==
        false); /* a merge reads no captures */
    options_release(&options);
    CHECK(reads("merge r --flows f.csv --summary always --fail-on high"));
    CHECK_TEXT(options.flows_file, "f.csv");
    CHECK(options.summary == WHEN_ALWAYS && options.has_fail_on &&
          options.fail_on == SEVERITY_HIGH);
    options_release(&options);
    CHECK(reads("flows --format csv -"));
    CHECK(options.is_csv && options.argument_count == 1);
    CHECK_TEXT(options.arguments[0], "-");
    options_release(&options);
    CHECK(reads("endpoints lookup --at 2025-06-02 outlook.office.com"));
    CHECK(options.has_at && options.argument_count == 2);
    options_release(&options);
    CHECK(reads("analyze -- -o"));
    CHECK_TEXT(options.arguments[0], "-o");
    options_release(&options);
}

static void what_is_not_given_has_its_default(void)
{
    CHECK(reads("analyze a"));
    CHECK_TEXT(options.output, "o365-report");
    CHECK(options.instance == INSTANCE_WORLDWIDE && options.with_labels &&
          options.jobs >= 1 && !options.force && !options.has_fail_on);
    CHECK(options.from_ns == INT64_MIN && options.to_ns == INT64_MAX);
    CHECK(options.site_file == NULL && options.filter == NULL &&
          options.flows_file == NULL);
    CHECK(options.progress == WHEN_AUTO && options.summary == WHEN_AUTO);
    options_release(&options);
}

static void wrong_command_lines_are_refused_with_their_reason(void)
{
    refuses("", "a command is missing");
    refuses("analyse a", "analyse is no command");
    refuses("analyze", "needs PATH");
    refuses("flows", "needs PATH");
    refuses("merge --force", "needs RESULT");
    refuses("analyze a --nonsense", "--nonsense is no option");
    refuses("analyze a -x", "is no option");
    refuses("analyze a -o", "needs a value");
    refuses("analyze a --force=1", "--force");
    refuses("flows a -o out", "--output is no option of flows");
    refuses("analyze a --format csv", "--format is no option of analyze");
    refuses("merge a -f tcp", "--filter is no option of merge");
    refuses("merge a --jobs 1", "--jobs is no option of merge");
    refuses("analyze a --at 2025-06-02", "--at is no option");
    refuses("analyze a --instance mars", "mars is none of");
    refuses("analyze a --jobs 0", "--jobs: 0");
    refuses("analyze a --jobs -1", "--jobs: -1");
    refuses("analyze a --jobs 257", "--jobs: 257");
    refuses("analyze a --jobs 2x", "--jobs: 2x");
    refuses("analyze a --ndpi maybe", "--ndpi: maybe");
    refuses("flows a --format xml", "--format: xml");
    refuses("analyze a --fail-on bad", "--fail-on: bad");
    refuses("analyze a --progress on", "--progress: on");
    refuses("analyze a --from yesterday", "--from: yesterday");
    refuses("analyze a --from 2025-06-03 --to 2025-06-02", "--from is later than --to");
}

static void help_needs_no_arguments(void)
{
    static const char *const lines[] = { "--help", "-h", "analyze --help", "merge -h" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        CHECK(reads(lines[i]) && options.wants_help);
        options_release(&options);
    }
    CHECK(reads("--version") && options.wants_version);
    options_release(&options);
}

static void times_are_read_as_rfc_3339_days_or_seconds(void)
{
    static const struct {
        const char *text;
        int64_t time_ns; /* -1: refused */
    } times[] = {
        { "1970-01-01", 0 },
        { "2025-06-02T12:00:00Z", INT64_C(1748865600000000000) },
        { "2025-06-02T12:00:00", INT64_C(1748865600000000000) },
        { "2024-02-29", INT64_C(1709164800000000000) },
        { "0", 0 },
        { "1748865600.25", INT64_C(1748865600250000000) },
        { "1748865600.1234567899", INT64_C(1748865600123456789) },
        { "9223372035.999999999", INT64_C(9223372035999999999) },
        { "9223372036.999999999", -1 },
        { "99999999999999999999", -1 },
        { "9999-12-31", -1 },
        { "1969-12-31", -1 },
        { "2025-02-29", -1 },
        { "2025-06-31", -1 },
        { "2025-13-01", -1 },
        { "2025-06-02T25:00:00Z", -1 },
        { "2025-06-02T12:00:00+01:00", -1 },
        { "2025-06-02 ", -1 },
        { " 5", -1 },
        { "-5", -1 },
        { "+5", -1 },
        { "5s", -1 },
        { "1.5.5", -1 },
        { "", -1 },
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t time_ns = 0;
        bool is_read = options_read_time(times[i].text, &time_ns);
        if (is_read != (times[i].time_ns >= 0) ||
            (is_read && time_ns != times[i].time_ns)) {
            fprintf(stderr, "%s: %lld\n", times[i].text, (long long)time_ns);
            CHECK(false);
        }
    }
}

int main(void)
{
    RUN(every_option_is_taken);
    RUN(what_is_not_given_has_its_default);
    RUN(wrong_command_lines_are_refused_with_their_reason);
    RUN(help_needs_no_arguments);
    RUN(times_are_read_as_rfc_3339_days_or_seconds);
    return test_end();
}
