/*
 * scratch.h - a folder of its own for a test.
 *
 *     char place[SCRATCH_SIZE];
 *     scratch_make(place, "series");    /tmp/o365lens-series-Xy3Kq1
 *     ...
 *     scratch_remove(place);            with all that is in it
 */
#ifndef O365LENS_TESTS_SCRATCH_H
#define O365LENS_TESTS_SCRATCH_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SCRATCH_SIZE = 64, SCRATCH_FILES_OPEN = 32 };

static inline void scratch_make(char place[SCRATCH_SIZE], const char *name)
{
    snprintf(place, SCRATCH_SIZE, "/tmp/o365lens-%s-XXXXXX", name);
    if (mkdtemp(place) == NULL || chmod(place, 0755) != 0)
        abort();
}

static inline void scratch_folder(const char *place, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", place, name);
    if (mkdir(path, 0755) != 0)
        abort();
}

static inline int scratch_remove_one(const char *path, const struct stat *about, int kind,
                                     struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

static inline void scratch_remove(const char *place)
{
    if (nftw(place, scratch_remove_one, SCRATCH_FILES_OPEN, FTW_DEPTH | FTW_PHYS) != 0)
        abort();
}

#endif
