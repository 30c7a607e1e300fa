/*
 * run.h - what the commands have in common: knowledge in, captures read, exit status out.
 */
#ifndef O365LENS_ANALYZER_RUN_H
#define O365LENS_ANALYZER_RUN_H

#include <stdbool.h>

#include "analyzer/assessment_make.h"
#include "analyzer/knowledge.h"
#include "analyzer/options.h"
#include "analyzer/output_folder.h"
#include "analyzer/series.h"
#include "analyzer/site_file.h"
#include "analyzer/tls_secrets.h"
#include "analyzer/worker.h"

enum exit_status { /* contract, section 1 */
    EXIT_WHOLE = 0,
    EXIT_NOT_WHOLE = 1,
    EXIT_USAGE = 2,
    EXIT_FAIL_ON = 3,
    EXIT_NOTHING = 4,
    EXIT_OUTPUT = 5,
    EXIT_BY_SIGNAL = 128, /* plus its number */
};

/* What is known before anything is read. */
struct run {
    const struct options *options;
    struct site_file *site_file; /* NULL: none */
    struct knowledge *knowledge;
    struct tls_secrets *secrets; /* of --keylog, until captures are read; NULL: none */
    struct series_groups groups;
    struct worker_results results;
};

/* False, with a sentence, where the assessment file, a list, the filter or the key log is
   wrong. */
bool run_open(struct run *run, const struct options *options, struct error *error);
void run_close(struct run *run);

/* Collects the arguments' files and has them read; results go to `directory`. Returns an
   exit status, and prints what went wrong: EXIT_WHOLE where results are there. */
int run_read_captures(struct run *run, const char *directory, bool with_hashes);

/* Looks results up among files and report folders. */
bool run_collect_results(struct run *run, struct error *error);

void run_fill_input(const struct run *run, struct assessment_input *input);

/* The settings that an assessment tells of. */
void run_note_settings(const struct run *run, struct assessment *assessment);

int run_endpoints(const struct run *run);

#endif
