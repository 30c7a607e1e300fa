/*
 * series.h - which files there are, and which of them may be one series.
 *
 * A group holds files of one folder whose names differ in their numbers only, or that the
 * assessment file names together. Whether they follow each other is seen when they are read
 * (series_reader.h).
 */
#ifndef O365LENS_ANALYZER_SERIES_H
#define O365LENS_ANALYZER_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "analyzer/series_reader.h"
#include "analyzer/site_file.h"

struct series_group {
    char *name;
    bool is_named; /* by the assessment file */
    struct series_file *files;
    uint32_t file_count;
    uint64_t bytes; /* on disk */
};

struct series_groups {
    struct series_group *items; /* by name */
    uint32_t count;
    uint64_t bytes;
    bool has_missing; /* an argument did not exist or could not be read: said in `lost` */
    struct series_lost {
        char *name, *sentence;
    } *lost;
    uint32_t lost_count;
};

/*
 * Collects the files below `paths`; "-" is standard input, once. Folders are walked in
 * depth, links to folders not followed. `site_file` may be NULL. False, with a sentence, only
 * where the arguments contradict each other ("-" twice); a path that does not exist goes
 * to `lost`.
 */
bool series_collect(const char *const *paths, uint32_t path_count,
                    const struct site_file *site_file, struct series_groups *groups,
                    struct error *error);
void series_groups_release(struct series_groups *groups);

#endif
