/*
 * result_header.h - the first line of a result, to JSON and back; for result.c alone.
 */
#ifndef O365LENS_ANALYZER_RESULT_HEADER_H
#define O365LENS_ANALYZER_RESULT_HEADER_H

#include "analyzer/json_out.h"
#include "analyzer/result.h"

void result_header_write(const struct result_header *header, struct json_out *out);

/* `name` is the file's, for the sentence. */
bool result_header_read(const char *line, size_t size, const char *name,
                        struct result_header *header, struct error *error);

#endif
