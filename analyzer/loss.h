/*
 * loss.h - what stands in for the result of a worker that did not come back.
 *
 * A series whose worker crashed, hung or ran out of memory gives a result without flows:
 * the files that had been begun, each unreadable, each with the sentence that says why.
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

/*
 * Writes the result of `files`, at least one, to `output`; `spill` is an empty file for
 * its use. Both stay the caller's. False, with a sentence, where they could not be
 * written.
 */
bool loss_write(const struct series_file *const *files, uint32_t count,
                const char *sentence, uint64_t frame, int output, int spill,
                struct error *error);

#endif
