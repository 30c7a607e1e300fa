/*
 * result.h - one series' facts in a file: written once by its worker, read by everyone else.
 *
 * NDJSON in one zstd frame: a header (what was read, how, and how well), the certificates,
 * the flows sorted by capture name and id, and a last line with the SHA-256 of all
 * lines before it. Facts only: a result is the same whoever judges it later.
 *
 * The writer spills flow records to a file of its own while the series is read, since they
 * close in another order than they are written in and the header is known last.
 */
#ifndef O365LENS_ANALYZER_RESULT_H
#define O365LENS_ANALYZER_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/assessment.h"
#include "analyzer/certificates.h"
#include "analyzer/error.h"
#include "analyzer/flow_record.h"

#define RESULT_SCHEMA "o365lens/result/1"

struct result_header {
    char *series;
    char *generator;         /* version of the program that made it */
    char *filter;            /* NULL: none */
    char *from, *to;         /* time limits as given; NULL: none */
    char *ndpi;              /* version; NULL where labels were off */
    char *ndpi_problem;      /* why labels are missing though they were wanted; NULL */
    uint64_t flow_count, evicted_flows;
    uint32_t capture_count;
    struct capture_entry *captures; /* in order of time: the index flows refer to;
                                       site, vantage and m365_flows are judgement: unset */
    uint32_t certificate_count;
    struct flow_certificate *certificates; /* texts owned by the reader */
};

void capture_entry_release(struct capture_entry *entry);
void result_header_release(struct result_header *header); /* all but the certificates */

struct result_writer;

/* `spill` is an empty file open for reading and writing; both stay the caller's. */
struct result_writer *result_writer_new(int spill);
void result_writer_add(struct result_writer *writer, const struct flow_record *record);
uint64_t result_writer_count(const struct result_writer *writer);

/* For a result that does not outlive the run: it is not worth being compressed. */
void result_writer_set_plain(struct result_writer *writer);

/*
 * Writes the whole result to `output` and frees the writer. flow_count is filled in.
 * False, with a sentence, where either file could not be written.
 */
bool result_writer_conclude(struct result_writer *writer, struct result_header *header,
                            const struct certificates *certificates, int output,
                            struct error *error);

struct result;

/*
 * Opens a result and reads its header. NULL, with a sentence, where the file is none,
 * damaged, or of another schema version.
 */
struct result *result_open(const char *path, struct error *error);
void result_close(struct result *result);
const struct result_header *result_header(const struct result *result);

/* The header alone, without certificates, for the caller to keep and to free; the result
   can then only be closed. */
struct result_header *result_take_header(struct result *result);

/*
 * The next flow; texts live until the next call, distributions are the record's. False at
 * the end and on damage: ask result_is_whole, which also checks count and checksum.
 */
bool result_next(struct result *result, struct flow_record *record);
bool result_is_whole(const struct result *result, struct error *error);

#endif
