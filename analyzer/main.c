/* main.c - wiring: options, knowledge, captures, assessment, reports. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/byte_source.h"
#include "analyzer/run.h"
#include "analyzer/version.h"
#include "reports/flow_lines.h"
#include "reports/report.h"
#include "reports/summary.h"

enum { OUTPUT_BUFFER = 1 << 18 };

/* Where flow records go: a file or standard output, compressed or not. */
struct record_output {
    struct flow_lines *lines;
    FILE *file;
    struct byte_sink *sink;   /* NULL: not compressed */
    char *temporary, *wanted; /* NULL: standard output */
    bool is_made, is_kept, is_closed_pipe;
};

static bool write_record(void *context, const void *bytes, size_t size)
{
    struct record_output *output = context;
    if (output->sink != NULL) {
        byte_sink_write(output->sink, bytes, size);
        return !byte_sink_has_failed(output->sink);
    }
    if (fwrite(bytes, 1, size, output->file) == size)
        return true;
    output->is_closed_pipe = errno == EPIPE;
    return false;
}

static bool see_record(void *context, const struct judged_flow *flow,
                       const struct judgement_context *judgement)
{
    struct record_output *output = context;
    if (workers_interrupted_by() != 0)
        return false;
    return output == NULL || flow_lines_see(output->lines, flow, judgement);
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t size = strlen(name), length = strlen(suffix);
    return size > length && strcmp(name + size - length, suffix) == 0;
}

static bool open_records(struct record_output *output, const char *path,
                         struct error *error)
{
    bool is_zstd = has_suffix(path, ".zst");
    bool is_csv = has_suffix(path, ".csv") || has_suffix(path, ".csv.zst");
    output->wanted = alloc_text(path);
    output->temporary = alloc_format("%s.tmp-%ld", path, (long)getpid());
    output->file = fopen(output->temporary, "wx");
    output->is_made = output->file != NULL;
    if (output->file != NULL && is_zstd)
        output->sink = byte_sink_open(fileno(output->file), path, BYTE_SINK_ZSTD, error);
    if (output->file == NULL || (is_zstd && output->sink == NULL)) {
        error_set(error, "%s: %s", output->temporary, strerror(errno));
        return false;
    }
    output->lines =
        flow_lines_new(is_csv ? FLOW_LINES_CSV : FLOW_LINES_NDJSON, write_record, output);
    return true;
}

/* Hands on what is buffered; the file keeps its temporary name. */
static bool finish_records(struct record_output *output, struct error *error)
{
    bool is_written = output->lines == NULL || flow_lines_conclude(output->lines);
    if (output->sink != NULL && !byte_sink_close(output->sink, error))
        is_written = false;
    if (output->file != NULL && fclose(output->file) != 0)
        is_written = false;
    if (!is_written && error->text[0] == '\0')
        error_set(error, "%s: %s",
                  output->wanted == NULL ? "standard output" : output->wanted,
                  strerror(errno));
    return is_written;
}

static bool keep_records(struct record_output *output, struct error *error)
{
    if (output->wanted == NULL)
        return true;
    output->is_kept = rename(output->temporary, output->wanted) == 0;
    if (!output->is_kept)
        error_set(error, "%s: %s", output->wanted, strerror(errno));
    return output->is_kept;
}

/* Removes what was not kept. */
static void release_records(struct record_output *output)
{
    if (output->temporary != NULL && output->is_made && !output->is_kept)
        unlink(output->temporary);
    free(output->temporary);
    free(output->wanted);
}

static int by_signal(void)
{
    return EXIT_BY_SIGNAL + workers_interrupted_by();
}

static int status_of(const struct assessment_output *output,
                     const struct options *options)
{
    if (!output->has_captures)
        return EXIT_NOTHING;
    if (options->has_fail_on && output->assessment != NULL)
        for (uint32_t i = 0; i < output->assessment->findings.count; i++)
            if (output->assessment->findings.items[i]->severity >= options->fail_on)
                return EXIT_FAIL_ON;
    return output->has_problems ? EXIT_NOT_WHOLE : EXIT_WHOLE;
}

/* One sentence on standard error for each capture that was not read whole. */
static void print_problems(const struct assessment_output *output)
{
    struct error error;
    for (uint32_t i = 0; i < output->problem_count; i++) {
        error_set(&error, "%s", output->problems[i]);
        error_print(&error);
    }
}

/* What was given held files, perhaps, and no capture among them. */
static void print_nothing(const struct run *run, const struct assessment_output *output)
{
    struct error error;
    if (output->has_captures || output->problem_count > 0 || run->groups.lost_count > 0)
        return;
    error_set(&error, "%s: there is no capture in it", run->options->arguments[0]);
    error_print(&error);
}

static int write_flows(struct run *run, struct output_folder *scratch)
{
    struct error error = { { 0 } };
    int status = run_read_captures(run, scratch->results, false);
    if (status != EXIT_WHOLE)
        return status;
    struct record_output output = { .file = stdout };
    static char buffer[OUTPUT_BUFFER]; /* with NULL, setvbuf takes no size */
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    output.lines = flow_lines_new(
        run->options->is_csv ? FLOW_LINES_CSV : FLOW_LINES_NDJSON, write_record, &output);
    struct assessment_input input;
    struct assessment_output made;
    run_fill_input(run, &input);
    input.see_flow = see_record;
    input.see_context = &output;
    input.flows_only = true;
    assessment_make(&input, &made);
    bool is_written = finish_records(&output, &error);
    print_problems(&made);
    print_nothing(run, &made);
    status = status_of(&made, run->options);
    if (workers_interrupted_by() != 0) {
        status = by_signal();
    } else if (!is_written && (output.is_closed_pipe || errno == EPIPE)) {
        status = EXIT_WHOLE;
    } else if (!is_written) {
        error_print(&error);
        status = EXIT_OUTPUT;
    }
    assessment_output_release(&made);
    return status;
}

static int run_flows(struct run *run)
{
    struct output_folder scratch;
    struct error error;
    int status = EXIT_OUTPUT;
    if (output_folder_open_scratch(&scratch, &error))
        status = write_flows(run, &scratch);
    else
        error_print(&error);
    output_folder_close(&scratch);
    return status;
}

/* A name that is a file name everywhere. */
static char *file_name_of(uint32_t number, const struct assessment_result *result)
{
    char *name =
        alloc_format("%s%04u-%.100s.o365.zst", result->is_skipped ? "skipped-" : "",
                     number, result->series);
    for (char *at = name; *at != '\0'; at++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
                   *at) == NULL)
            *at = '-';
    return name;
}

static bool copy_file(const char *from, const char *to)
{
    char buffer[1 << 16];
    FILE *source = fopen(from, "rb");
    FILE *target = source == NULL ? NULL : fopen(to, "wb");
    bool is_copied = target != NULL;
    for (size_t size; is_copied && (size = fread(buffer, 1, sizeof buffer, source)) > 0;)
        is_copied = fwrite(buffer, 1, size, target) == size;
    if (source != NULL && (ferror(source) != 0 || fclose(source) != 0))
        is_copied = false;
    if (target != NULL && fclose(target) != 0)
        is_copied = false;
    return is_copied;
}

/*
 * Results are named by number and series: moved where they are ours, copied in a merge.
 * What is no capture is numbered apart, so that a note beside the captures renames none.
 */
static bool place_results(const struct assessment_output *made,
                          const struct output_folder *folder, bool is_merge,
                          struct error *error)
{
    uint32_t captures = 0, skipped = 0;
    for (uint32_t i = 0; i < made->result_count; i++) {
        const struct assessment_result *result = &made->results[i];
        char *name = file_name_of(result->is_skipped ? ++skipped : ++captures, result);
        char *path = alloc_format("%s/%s", folder->results, name);
        bool is_placed =
            is_merge ? copy_file(result->path, path) : rename(result->path, path) == 0;
        if (!is_placed)
            error_set(error, "%s: %s", path, strerror(errno));
        free(name);
        free(path);
        if (!is_placed)
            return false;
    }
    return true;
}

static bool write_report(struct run *run, const struct assessment_output *made,
                         struct output_folder *folder, bool is_merge, struct error *error)
{
    run_note_settings(run, made->assessment);
    return place_results(made, folder, is_merge, error) &&
           report_write(made->assessment, folder->temporary, error) &&
           workers_interrupted_by() == 0;
}

static bool wants_summary(const struct options *options)
{
    return options->summary == WHEN_ALWAYS ||
           (options->summary == WHEN_AUTO && isatty(STDOUT_FILENO));
}

static int assess(struct run *run, struct output_folder *folder, bool is_merge)
{
    const struct options *options = run->options;
    struct record_output records = { 0 };
    struct assessment_input input;
    struct assessment_output made;
    struct error error = { { 0 } };
    if (options->flows_file != NULL &&
        !open_records(&records, options->flows_file, &error)) {
        (void)finish_records(&records, &error);
        release_records(&records);
        error_print(&error);
        return EXIT_OUTPUT;
    }
    run_fill_input(run, &input);
    input.groups = is_merge ? NULL : &run->groups;
    input.see_flow = see_record;
    input.see_context = options->flows_file == NULL ? NULL : &records;
    assessment_make(&input, &made);
    print_problems(&made);
    print_nothing(run, &made);
    int status = status_of(&made, options);
    bool is_whole = !made.is_stopped && status != EXIT_NOTHING;
    bool is_written = finish_records(&records, &error) &&
                      (!is_whole || (write_report(run, &made, folder, is_merge, &error) &&
                                     keep_records(&records, &error) &&
                                     output_folder_keep(folder, &error)));
    release_records(&records);
    if (workers_interrupted_by() != 0) {
        status = by_signal();
    } else if (!is_written || made.is_stopped) {
        error_print(&error);
        status = EXIT_OUTPUT;
    } else if (is_whole && wants_summary(options)) {
        summary_print(made.assessment, folder->wanted);
    }
    assessment_output_release(&made);
    return status;
}

static int run_report(struct run *run, bool is_merge)
{
    const struct options *options = run->options;
    struct output_folder folder = { 0 };
    struct error error = { { 0 } };
    if (!output_folder_is_free(options->output, options->force, &error) ||
        (is_merge && !run_collect_results(run, &error))) {
        error_print(&error);
        return EXIT_USAGE;
    }
    int status = EXIT_OUTPUT;
    if (!output_folder_open(&folder, options->output, &error))
        error_print(&error);
    else if (is_merge ||
             (status = run_read_captures(run, folder.results, true)) == EXIT_WHOLE)
        status = assess(run, &folder, is_merge);
    output_folder_close(&folder);
    return status;
}

/* A reader that has seen enough is no failure; a full disk is. */
static int status_of_output(int status)
{
    struct error error;
    if (fflush(stdout) == 0 || errno == EPIPE)
        return status;
    error_set(&error, "standard output: %s", strerror(errno));
    error_print(&error);
    return EXIT_OUTPUT;
}

static int run_command(const struct options *options)
{
    struct run run;
    struct error error = { { 0 } };
    int status = EXIT_USAGE;
    if (!run_open(&run, options, &error))
        error_print(&error);
    else if (options->command == COMMAND_FLOWS)
        status = run_flows(&run);
    else if (options->command == COMMAND_ENDPOINTS)
        status = status_of_output(run_endpoints(&run));
    else
        status = run_report(&run, options->command == COMMAND_MERGE);
    run_close(&run);
    return status;
}

static void print_version(void)
{
    printf("o365lens %s\nnDPI %s\n", O365LENS_VERSION, protocol_library_version());
}

/* A series may be hundreds of files, all open while its worker reads them. */
static void allow_open_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

static void handle_signals(void)
{
    struct sigaction action = { .sa_handler = workers_interrupt };
    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error = { { 0 } };
    int status = EXIT_WHOLE;
    handle_signals();
    allow_open_files();
    if (!options_read(argc, argv, &options, &error)) {
        error_print(&error);
        status = EXIT_USAGE;
    } else if (options.wants_help) {
        options_print_usage(options.command);
        status = status_of_output(status);
    } else if (options.wants_version) {
        print_version();
        status = status_of_output(status);
    } else {
        status = run_command(&options);
    }
    options_release(&options);
    return status;
}
