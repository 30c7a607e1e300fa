/*
 * result_writer.h - a worker's side of a result: records as flows close, the header last.
 *
 * Records are spilled, packed, to a file of their own while the series is read, since they
 * close in another order than they are written in and the header is known last.
 */
#ifndef O365LENS_ANALYZER_RESULT_WRITER_H
#define O365LENS_ANALYZER_RESULT_WRITER_H

#include "analyzer/result.h"

struct result_writer;

/* `spill` is an empty file open for reading and writing; both stay the caller's. */
struct result_writer *result_writer_new(int spill);
void result_writer_add(struct result_writer *writer, const struct flow_record *record);
uint64_t result_writer_count(const struct result_writer *writer);

/* For a result that does not outlive the run. */
void result_writer_set_passing(struct result_writer *writer);

/*
 * Writes the whole result to `output` and frees the writer. flow_count is filled in.
 * False, with a sentence, where either file could not be written.
 */
bool result_writer_conclude(struct result_writer *writer, struct result_header *header,
                            const struct certificates *certificates, int output,
                            struct error *error);

#endif
