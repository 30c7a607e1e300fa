/*
 * loss.h - what stands in for the result of a worker that did not come back.
 *
 * A series whose worker crashed, hung or ran out of memory gives a result without flows:
 * the files that had been begun, each unreadable, each with a sentence that says why.
 */
#ifndef O365LENS_ANALYZER_LOSS_H
#define O365LENS_ANALYZER_LOSS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "analyzer/series_reader.h"

struct loss {
    const char *name; /* of the file that was being read */
    int status;       /* as waitpid gave it */
    bool is_hung, is_inside_ndpi;
    uint64_t frame; /* near which it happened */
};

/* The caller's to free. */
char *loss_sentence(const struct loss *loss);

struct lost_series {
    const struct series_file *const *files; /* those that had been begun, at least one */
    uint32_t file_count;
    const struct series_file *culprit; /* one of them: it was being read */
    const char *sentence;              /* loss_sentence's, of the culprit */
    uint64_t frame;                    /* of the culprit */
};

/*
 * Writes the result to `output`; `spill` is an empty file for its use. Both stay the
 * caller's. False, with a sentence, where they could not be written.
 */
bool loss_write(const struct lost_series *lost, int output, int spill,
                struct error *error);

#endif
