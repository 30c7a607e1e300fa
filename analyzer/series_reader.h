/*
 * series_reader.h - reads the files of one series and writes their facts: a worker's work.
 *
 * Runs in a process of its own, inside the sandbox. Everything it needs is open already.
 */
#ifndef O365LENS_ANALYZER_SERIES_READER_H
#define O365LENS_ANALYZER_SERIES_READER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "analyzer/filter.h"
#include "analyzer/protocol.h"
#include "analyzer/tls_secrets.h"

enum { SERIES_GAP_MS = 2000 }; /* a longer silence between two files ends a series */

struct series_file {
    char *name; /* relative to the argument, as it is printed */
    char *path; /* to open it; NULL: standard input */
    char *series_name; /* what a series of this file alone is called */
    bool in_folder; /* found in a folder, not named by the user */
};

struct series_settings {
    const char *filter;       /* BPF; NULL: none */
    int64_t from_ns, to_ns;   /* packets outside are left out; INT64_MIN, INT64_MAX: all */
    const char *from_text, *to_text; /* as given, NULL: none */
    bool with_hashes;         /* SHA-256 of the stored bytes */
    bool is_kept;             /* the result outlives the run: compress it */
    bool is_named;            /* the assessment file says that the files belong together:
                                 gaps do not end the series */
    uint32_t flow_limit;
    const struct tls_secrets *secrets; /* of --keylog; NULL: none */
    const char *labels_problem; /* why there are no labels though they were wanted */
};

/* Shared with the parent, who watches and reports it. */
struct series_progress {
    _Atomic uint64_t stored_bytes; /* read so far, over all files */
    _Atomic uint64_t packets;
    _Atomic uint64_t frame;        /* of the file being read */
    _Atomic uint32_t file;         /* being read, index into the files given */
    _Atomic uint32_t inside_ndpi;
    _Atomic uint32_t is_concluding;
    _Atomic uint32_t is_ordered;   /* `order` is set */
    _Atomic uint32_t files_done;   /* set at the end: files that the result covers */
    uint32_t order[];              /* indexes of the files, in the order of their time */
};

/*
 * `files` with their open descriptors in `inputs`. Reads as many of them, in order of
 * time, as follow each other, and writes the result to `output`; `spill` is an empty file
 * for its use. What is no capture is noted as such in a result of its own.
 */
struct series_job {
    const struct series_file *files;
    const int *inputs;
    uint32_t file_count;
    const char *group_name; /* what a series of several files is called; NULL: as its
                               first file */
    int output, spill;
    const struct series_settings *settings;
    struct protocol *labels; /* NULL: none */
    struct filter *filter;   /* NULL: none */
    struct series_progress *progress;
};

/* False, with a sentence, where the result could not be written: the disk is full. */
bool series_read(const struct series_job *job, struct error *error);

#endif
