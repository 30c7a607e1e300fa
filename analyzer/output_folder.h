/*
 * output_folder.h - a report folder that appears whole or not at all.
 *
 * Everything is written into a folder of a temporary name beside the wanted one, which is
 * renamed at the end. A folder that is there already is replaced only where asked for, and
 * only if it holds our marker file.
 */
#ifndef O365LENS_ANALYZER_OUTPUT_FOLDER_H
#define O365LENS_ANALYZER_OUTPUT_FOLDER_H

#include <stdbool.h>

#include "analyzer/error.h"

struct output_folder {
    char *wanted, *temporary, *results; /* paths; owned */
    bool is_kept;
};

/* False, with a sentence, where `path` is there and may not be replaced. */
bool output_folder_is_free(const char *path, bool force, struct error *error);

/* Makes the temporary folder, and `results` in it. */
bool output_folder_open(struct output_folder *folder, const char *path,
                        struct error *error);

/* Gives it its name. */
bool output_folder_keep(struct output_folder *folder, struct error *error);

/* Removes what was not kept. */
void output_folder_close(struct output_folder *folder);

/* A folder for results alone, below TMPDIR; always removed at the close. */
bool output_folder_open_scratch(struct output_folder *folder, struct error *error);

#endif
