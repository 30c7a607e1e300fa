/*
 * worker.h - series read in processes of their own, several at once, watched.
 *
 * Each group of files that may be one series goes to a worker, which reads what follows
 * each other and leaves the rest to the next worker. A worker that crashes, hangs or runs
 * out of memory costs the series that it was reading: a result without flows, which
 * says so, takes its place. Where nDPI was at fault the series is read again without it.
 *
 * A hang is told by processor time, never by the clock on the wall: a slow disk, a slow
 * pipe or a busy machine changes nothing.
 */
#ifndef O365LENS_ANALYZER_WORKER_H
#define O365LENS_ANALYZER_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "analyzer/series.h"
#include "analyzer/series_reader.h"

enum {
    WORKER_HANG_CPU_SECONDS = 60, /* of processor time without a packet more */
};

#define WORKER_ADDRESS_SPACE (UINT64_C(6) << 30)

struct worker_settings {
    struct series_settings series;
    bool with_labels;
    uint32_t jobs;             /* workers at once, at least 1 */
    uint32_t hang_cpu_seconds;
    uint64_t address_space;
    const char *directory;     /* where results and spills go: writable */
    /* What a worker does; series_read but in tests. */
    bool (*work)(const struct series_job *job, struct error *error);
    /* Called now and then while workers run; may be NULL. */
    void (*progress)(void *context, uint64_t bytes_done, uint64_t packets);
    void *progress_context;
};

enum worker_outcome {
    WORKERS_DONE,
    WORKERS_OUTPUT_FAILED, /* a result could not be written */
    WORKERS_INTERRUPTED,   /* a signal asked the program to end */
};

struct worker_results {
    char **paths; /* of the result files, in no order that means anything */
    uint32_t count;
};

/* Reads all groups. Results are listed in `results`: the caller's to release. */
enum worker_outcome workers_run(const struct series_groups *groups,
                                const struct worker_settings *settings,
                                struct worker_results *results, struct error *error);
void worker_results_release(struct worker_results *results);

/* Asks workers_run to end; safe in a signal handler. */
void workers_interrupt(int signal_number);
int workers_interrupted_by(void); /* signal number; 0: none */

#endif
