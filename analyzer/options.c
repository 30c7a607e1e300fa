/* options.c - argv into struct options; RFC 3339 for times. */
#include "analyzer/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/endpoints.h"

enum {
    FOR_ANALYZE = 1 << COMMAND_ANALYZE,
    FOR_FLOWS = 1 << COMMAND_FLOWS,
    FOR_MERGE = 1 << COMMAND_MERGE,
    FOR_ENDPOINTS = 1 << COMMAND_ENDPOINTS,
    FOR_READERS = FOR_ANALYZE | FOR_FLOWS,
    FOR_REPORTS = FOR_ANALYZE | FOR_MERGE,
    FOR_JUDGES = FOR_ANALYZE | FOR_FLOWS | FOR_MERGE,
    FOR_ALL = FOR_JUDGES | FOR_ENDPOINTS,
    JOBS_MOST = 256,
};

static const int64_t second_ns = 1000000000;

struct command_entry {
    enum command command;
    const char *name, *synopsis, *purpose;
};

static const struct command_entry commands[] = {
    { COMMAND_ANALYZE, "analyze", "PATH...",
      "captures, folders or - (standard input) into a report folder" },
    { COMMAND_FLOWS, "flows", "PATH...", "one record a flow on standard output" },
    { COMMAND_MERGE, "merge", "RESULT...",
      "results of earlier runs, or report folders, into one report folder" },
    { COMMAND_ENDPOINTS, "endpoints", "info | lookup ADDRESS|NAME...",
      "which endpoint lists are known; what an address or a name is" },
};

struct option_entry {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* NULL: none */
    unsigned for_commands;
    const char *purpose;
    bool (*read)(struct options *options, const char *value, struct error *error);
};

static bool read_output(struct options *options, const char *value, struct error *error)
{
    (void)error;
    options->output = value;
    return true;
}

static bool read_force(struct options *options, const char *value, struct error *error)
{
    (void)value;
    (void)error;
    return options->force = true;
}

static bool read_site(struct options *options, const char *value, struct error *error)
{
    (void)error;
    options->site_file = value;
    return true;
}

static bool read_endpoints(struct options *options, const char *value,
                           struct error *error)
{
    (void)error;
    options->endpoint_files =
        alloc_resize(options->endpoint_files, options->endpoint_file_count + 1,
                     sizeof *options->endpoint_files);
    options->endpoint_files[options->endpoint_file_count++] = value;
    return true;
}

static bool read_instance(struct options *options, const char *value, struct error *error)
{
    if (endpoint_instance_read(value, &options->instance))
        return true;
    error_set(error, "--instance: %s is none of Worldwide, China, USGOVDoD, USGOVGCCHigh",
              value);
    return false;
}

static bool read_filter(struct options *options, const char *value, struct error *error)
{
    (void)error;
    options->filter = value;
    return true;
}

static bool read_keylog(struct options *options, const char *value, struct error *error)
{
    (void)error;
    options->keylog_file = value;
    return true;
}

static bool read_from(struct options *options, const char *value, struct error *error)
{
    options->from_text = value;
    if (options_read_time(value, &options->from_ns))
        return true;
    error_set(error, "--from: %s is no time such as 2026-05-04T10:00:00Z", value);
    return false;
}

static bool read_to(struct options *options, const char *value, struct error *error)
{
    options->to_text = value;
    if (options_read_time(value, &options->to_ns))
        return true;
    error_set(error, "--to: %s is no time such as 2026-05-04T10:00:00Z", value);
    return false;
}

static bool read_at(struct options *options, const char *value, struct error *error)
{
    options->has_at = options_read_time(value, &options->at_ns);
    if (!options->has_at)
        error_set(error, "--at: %s is no date such as 2026-05-04", value);
    return options->has_at;
}

static bool read_jobs(struct options *options, const char *value, struct error *error)
{
    char *end;
    unsigned long jobs = strtoul(value, &end, 10);
    if (*end != '\0' || end == value || jobs == 0 || jobs > JOBS_MOST) {
        error_set(error, "--jobs: %s is no number from 1 to %d", value, JOBS_MOST);
        return false;
    }
    options->jobs = (uint32_t)jobs;
    return true;
}

static bool read_labels(struct options *options, const char *value, struct error *error)
{
    options->with_labels = strcmp(value, "on") == 0;
    if (options->with_labels || strcmp(value, "off") == 0)
        return true;
    error_set(error, "--ndpi: %s is neither on nor off", value);
    return false;
}

static bool read_flows_file(struct options *options, const char *value,
                            struct error *error)
{
    static const char *const suffixes[] = { ".ndjson", ".csv", ".ndjson.zst",
                                            ".csv.zst" };
    size_t size = strlen(value);
    options->flows_file = value;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(suffixes[i]);
        if (size > length && strcmp(value + size - length, suffixes[i]) == 0)
            return true;
    }
    error_set(error,
              "--flows: %s ends in none of .ndjson, .csv, .ndjson.zst and .csv.zst",
              value);
    return false;
}

static bool read_format(struct options *options, const char *value, struct error *error)
{
    options->is_csv = strcmp(value, "csv") == 0;
    if (options->is_csv || strcmp(value, "ndjson") == 0)
        return true;
    error_set(error, "--format: %s is neither ndjson nor csv", value);
    return false;
}

static bool read_when(enum when *when, const char *name, const char *value,
                      struct error *error)
{
    static const char *const words[] = { "auto", "always", "never" };
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(value, words[i]) == 0) {
            *when = (enum when)i;
            return true;
        }
    error_set(error, "--%s: %s is none of auto, always, never", name, value);
    return false;
}

static bool read_progress(struct options *options, const char *value, struct error *error)
{
    return read_when(&options->progress, "progress", value, error);
}

static bool read_summary(struct options *options, const char *value, struct error *error)
{
    return read_when(&options->summary, "summary", value, error);
}

static bool read_fail_on(struct options *options, const char *value, struct error *error)
{
    for (unsigned i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
        if (strcmp(value, severity_text((enum severity)i)) == 0) {
            options->fail_on = (enum severity)i;
            return options->has_fail_on = true;
        }
    error_set(error, "--fail-on: %s is none of critical, high, medium, low, info", value);
    return false;
}

static bool read_help(struct options *options, const char *value, struct error *error)
{
    (void)value;
    (void)error;
    return options->wants_help = true;
}

static const struct option_entry entries[] = {
    { "output", 'o', "DIR", FOR_REPORTS, "the report folder (default: o365-report)",
      read_output },
    { "force", 0, NULL, FOR_REPORTS, "replace a report folder that is there",
      read_force },
    { "site", 's', "FILE", FOR_JUDGES, "the assessment file: sites, proxies, captures",
      read_site },
    { "endpoints", 'e', "FILE", FOR_ALL,
      "Microsoft's endpoint list as downloaded (repeatable)", read_endpoints },
    { "instance", 0, "NAME", FOR_ALL,
      "Worldwide (default), China, USGOVDoD or USGOVGCCHigh", read_instance },
    { "filter", 'f', "BPF", FOR_READERS,
      "analyse only packets that the filter lets through", read_filter },
    { "keylog", 'k', "FILE", FOR_READERS,
      "TLS secrets, for the certificates that TLS 1.3 and QUIC hide", read_keylog },
    { "from", 0, "TIME", FOR_READERS, "analyse only packets from this time on",
      read_from },
    { "to", 0, "TIME", FOR_READERS, "analyse only packets up to this time", read_to },
    { "jobs", 'j', "N", FOR_READERS, "series analysed at once (default: the processors)",
      read_jobs },
    { "ndpi", 0, "on|off", FOR_READERS, "application labels (default: on)", read_labels },
    { "flows", 0, "FILE", FOR_REPORTS,
      "also write the flow records: .ndjson or .csv, with .zst compressed",
      read_flows_file },
    { "format", 0, "ndjson|csv", FOR_FLOWS, "format of the records (default: ndjson)",
      read_format },
    { "progress", 0, "WHEN", FOR_READERS, "auto, always or never, on standard error",
      read_progress },
    { "summary", 0, "WHEN", FOR_REPORTS,
      "auto, always or never: one screen on standard output", read_summary },
    { "fail-on", 0, "SEVERITY", FOR_REPORTS,
      "exit 3 where a finding is at least critical, high, medium, low or info",
      read_fail_on },
    { "at", 0, "DATE", FOR_ENDPOINTS, "look up in the list of that day", read_at },
    { "help", 'h', NULL, FOR_ALL, "this text", read_help },
};

enum { ENTRIES = sizeof entries / sizeof *entries, FIRST_LONG = 256 };

static const int64_t seconds_end = INT64_MAX / 1000000000; /* in the year 2262 */

/* A day that the month does not have would become one of the next month. */
static bool read_date(const char *text, int64_t *time_ns)
{
    struct tm parts = { 0 };
    const char *end = strptime(text, "%Y-%m-%d", &parts);
    if (end != NULL && *end == 'T')
        end = strptime(end + 1, "%H:%M:%S", &parts);
    if (end == NULL || (*end != '\0' && strcmp(end, "Z") != 0))
        return false;
    int day = parts.tm_mday;
    int64_t seconds = timegm(&parts);
    if (parts.tm_mday != day || seconds < 0 || seconds >= seconds_end)
        return false;
    *time_ns = seconds * second_ns;
    return true;
}

bool options_read_time(const char *text, int64_t *time_ns)
{
    char *rest;
    if (text[0] < '0' || text[0] > '9')
        return false;
    if (read_date(text, time_ns))
        return true;
    unsigned long long seconds = strtoull(text, &rest, 10);
    if (seconds >= (unsigned long long)seconds_end)
        return false;
    int64_t fraction_ns = 0, unit = second_ns / 10;
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
            fraction_ns += (*rest - '0') * unit;
    *time_ns = (int64_t)seconds * second_ns + fraction_ns;
    return *rest == '\0';
}

static const struct command_entry *command_named(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void make_tables(char *letters, struct option *longs)
{
    size_t used = 0;
    letters[used++] = ':';
    for (int i = 0; i < ENTRIES; i++) {
        longs[i] = (struct option){ entries[i].name,
                                    entries[i].argument == NULL ? no_argument
                                                                : required_argument,
                                    NULL, FIRST_LONG + i };
        if (entries[i].letter == 0)
            continue;
        letters[used++] = entries[i].letter;
        if (entries[i].argument != NULL)
            letters[used++] = ':';
    }
    letters[used] = '\0';
    longs[ENTRIES] = (struct option){ 0 };
}

static const struct option_entry *entry_of(int found)
{
    if (found >= FIRST_LONG)
        return &entries[found - FIRST_LONG];
    for (int i = 0; i < ENTRIES; i++)
        if (entries[i].letter == found)
            return &entries[i];
    return NULL;
}

static bool read_entries(int argc, char **argv, const struct command_entry *command,
                         struct options *options, struct error *error)
{
    char letters[2 * ENTRIES + 2];
    struct option longs[ENTRIES + 1];
    int found;
    make_tables(letters, longs);
    opterr = 0;
    optind = 1;
    while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        const struct option_entry *entry = entry_of(found);
        if (entry == NULL) {
            const char *given = argv[optind - 1];
            error_set(error, found == ':' ? "%s needs a value" : "%s is no option",
                      given);
            return false;
        }
        if ((entry->for_commands & 1u << command->command) == 0) {
            error_set(error, "--%s is no option of %s", entry->name, command->name);
            return false;
        }
        if (!entry->read(options, optarg, error))
            return false;
    }
    return true;
}

static uint32_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > JOBS_MOST ? JOBS_MOST : (uint32_t)count;
}

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .output = "o365-report",
        .from_ns = INT64_MIN,
        .to_ns = INT64_MAX,
        .jobs = processors(),
        .with_labels = true,
    };
}

static bool read_command(int argc, char **argv, struct options *options,
                         struct error *error)
{
    const struct command_entry *command = command_named(argv[1]);
    if (command == NULL) {
        error_set(error, "%s is no command; see o365lens --help", argv[1]);
        return false;
    }
    options->command = command->command;
    if (!read_entries(argc - 1, argv + 1, command, options, error))
        return false;
    if (options->wants_help)
        return true;
    for (int i = optind; i < argc - 1; i++) {
        options->arguments = alloc_resize(options->arguments, options->argument_count + 1,
                                          sizeof *options->arguments);
        options->arguments[options->argument_count++] = argv[1 + i];
    }
    if (options->argument_count == 0)
        error_set(error, "%s needs %s; see o365lens %s --help", command->name,
                  command->synopsis, command->name);
    else if (options->from_ns > options->to_ns)
        error_set(error, "--from is later than --to");
    else
        return true;
    return false;
}

bool options_read(int argc, char **argv, struct options *options, struct error *error)
{
    set_defaults(options);
    if (argc < 2) {
        error_set(error, "a command is missing; see o365lens --help");
        return false;
    }
    options->wants_help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
    options->wants_version = strcmp(argv[1], "--version") == 0;
    if (options->wants_help || options->wants_version)
        return true;
    return read_command(argc, argv, options, error);
}

void options_release(struct options *options)
{
    free(options->endpoint_files);
    free(options->arguments);
}

static void print_program(void)
{
    puts("o365lens reads packet captures and says how Office 365 traffic travels.\n");
    puts("usage: o365lens COMMAND [options] ARGUMENT...\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        printf("  %-10s %s\n             %s\n", commands[i].name, commands[i].synopsis,
               commands[i].purpose);
    puts("\no365lens COMMAND --help tells the options of a command;\n"
         "o365lens --version the program's version and that of its libraries.");
}

void options_print_usage(enum command command)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].command != command)
            continue;
        printf("usage: o365lens %s [options] %s\n\n%s\n\n", commands[i].name,
               commands[i].synopsis, commands[i].purpose);
        for (int k = 0; k < ENTRIES; k++) {
            const struct option_entry *entry = &entries[k];
            char name[64], letter[8] = "";
            if ((entry->for_commands & 1u << command) == 0)
                continue;
            if (entry->letter != 0)
                snprintf(letter, sizeof letter, "-%c, ", entry->letter);
            snprintf(name, sizeof name, "%s--%s%s%s", letter, entry->name,
                     entry->argument == NULL ? "" : " ",
                     entry->argument == NULL ? "" : entry->argument);
            printf("  %-24s %s\n", name, entry->purpose);
        }
        return;
    }
    print_program();
}
