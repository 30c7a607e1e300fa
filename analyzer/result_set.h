/*
 * result_set.h - the results that are judged together, in an order of their own.
 *
 * They are numbered by series and content, never by where they lie or in which order they
 * were given; one that is given twice counts once. Headers are kept, the files are
 * closed.
 */
#ifndef O365LENS_ANALYZER_RESULT_SET_H
#define O365LENS_ANALYZER_RESULT_SET_H

#include "analyzer/result.h"

struct result_set {
    struct result_header **headers; /* owned */
    char **paths;                   /* owned; parallel */
    uint32_t count;
    struct result_refused {    /* what was given and is no result of ours */
        char *name, *sentence; /* the file's name without its folder */
    } * refused;
    uint32_t refused_count;
};

void result_set_open(struct result_set *set, char *const *paths, uint32_t count);

/* What is missing in result `number` is missing in its captures: they are told damaged.
 */
void result_set_note_damage(struct result_set *set, uint32_t number,
                            const struct error *error);

void result_set_release(struct result_set *set);

#endif
