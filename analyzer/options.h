/*
 * options.h - the command line, from one table that also prints the usage (contract, 1).
 */
#ifndef O365LENS_ANALYZER_OPTIONS_H
#define O365LENS_ANALYZER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/endpoint_list.h"
#include "analyzer/error.h"
#include "analyzer/finding.h"

enum command {
    COMMAND_NONE,
    COMMAND_ANALYZE,
    COMMAND_FLOWS,
    COMMAND_MERGE,
    COMMAND_ENDPOINTS,
};

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct options {
    enum command command;
    bool wants_help, wants_version;
    const char *output;    /* default: o365-report */
    bool force;
    const char *site_file; /* NULL: none */
    const char **endpoint_files;
    uint32_t endpoint_file_count;
    enum endpoint_instance instance;
    const char *filter;
    const char *keylog_file;         /* NULL: none */
    const char *from_text, *to_text; /* NULL: none */
    int64_t from_ns, to_ns;
    uint32_t jobs;
    bool with_labels;
    const char *flows_file; /* NULL: none */
    bool is_csv;
    enum when progress, summary;
    bool has_fail_on;
    enum severity fail_on;
    bool has_at;
    int64_t at_ns;          /* endpoints lookup --at */
    const char **arguments; /* what is left: paths, results, words */
    uint32_t argument_count;
};

/* False, with a sentence, where the command line is wrong. The lists are owned. */
bool options_read(int argc, char **argv, struct options *options, struct error *error);
void options_release(struct options *options);

/* The usage of one command on standard output; COMMAND_NONE: of the program. */
void options_print_usage(enum command command);

/* "2026-05-04T10:00:00Z" (RFC 3339), "2026-05-04", or seconds since 1970. */
bool options_read_time(const char *text, int64_t *time_ns);

#endif
