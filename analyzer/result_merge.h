/*
 * result_merge.h - the flows of many results, by capture name and id.
 *
 * Each result is sorted already; only those whose captures come now are open, so that
 * ten thousand of them take no more memory than a few.
 */
#ifndef O365LENS_ANALYZER_RESULT_MERGE_H
#define O365LENS_ANALYZER_RESULT_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/flow_record.h"
#include "analyzer/result.h"

struct result_merge;

/* `paths` and `headers` are parallel; the headers give the names to merge by. Both
   outlive the merge. */
struct result_merge *result_merge_new(char *const *paths,
                                      struct result_header *const *headers,
                                      uint32_t count);

/*
 * The next flow and the number of its result; the record is released by the next call.
 * While a result is open its header has its certificates. False at the end.
 */
bool result_merge_next(struct result_merge *merge, const struct flow_record **record,
                       uint32_t *result);

/* A result could not be read any more that could be before: its flows are missing. */
bool result_merge_has_failed(const struct result_merge *merge, struct error *error);
void result_merge_free(struct result_merge *merge);

#endif
