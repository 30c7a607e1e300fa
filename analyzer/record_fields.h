/*
 * record_fields.h - a flow record as one line of JSON, and back.
 *
 * One table of fields serves both directions, so that what is written can be read. What
 * is as flow_record_init leaves it is not written.
 */
#ifndef O365LENS_ANALYZER_RECORD_FIELDS_H
#define O365LENS_ANALYZER_RECORD_FIELDS_H

#include <stdbool.h>

#include "analyzer/flow_record.h"
#include "analyzer/json_out.h"

void record_fields_write(const struct flow_record *record, struct json_out *out);

/*
 * Fills `record`, which is initialised first, from the line; texts point into the line,
 * which is changed. The distributions are the record's: flow_record_release. False where
 * the line is no record; `record` is then released.
 */
bool record_fields_read(char *line, struct flow_record *record);

/* Are the record's capture, and the file of each of its frames, below `captures`? */
bool record_fields_name_files_below(const struct flow_record *record, uint32_t captures);

#endif
