/*
 * result.h - one series' facts in a file: written once by its worker, read by everyone else.
 *
 * NDJSON in one zstd frame: a header (what was read, how, and how well), the certificates,
 * the flows sorted by capture name and id, and a last line with the SHA-256 of all
 * lines before it. Facts only: a result is the same whoever judges it later.
 *
 * A result that ends with its run is neither compressed nor checked against bit rot: a line
 * that says so, header and certificates as above, then packed records (record_pack.h),
 * each behind its size (4 bytes, the highest first), and a size of 0 at the end.
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
#define RESULT_PASSING_LINE "o365lens result of a run, packed"

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

struct result;

/*
 * Opens a result and reads its header. NULL, with a sentence, where the file is none,
 * damaged, or of another schema version.
 */
struct result *result_open(const char *path, struct error *error);
void result_close(struct result *result);
const struct result_header *result_header(const struct result *result);
bool result_is_passing(const struct result *result);

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
