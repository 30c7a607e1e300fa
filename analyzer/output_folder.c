/* output_folder.c - write beside, rename at the end. */
#include "analyzer/output_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/alloc.h"

#define MARKER ".o365lens-report"

enum { OPEN_FOLDERS = 16 };

static bool is_there(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

bool output_folder_is_free(const char *path, bool force, struct error *error)
{
    if (!is_there(path))
        return true;
    char *marker = alloc_format("%s/" MARKER, path);
    bool is_ours = is_there(marker);
    free(marker);
    if (force && is_ours)
        return true;
    if (force)
        error_set(error, "%s is there and is no report of ours: it is not replaced",
                  path);
    else
        error_set(error, "%s is there already; --force replaces a report", path);
    return false;
}

static int remove_entry(const char *path, const struct stat *about, int kind,
                        struct FTW *place)
{
    (void)about;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}

static void remove_tree(const char *path)
{
    (void)nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

static bool make_temporary(struct output_folder *folder, struct error *error)
{
    if (mkdtemp(folder->temporary) == NULL) {
        error_set(error, "%s: %s", folder->temporary, strerror(errno));
        free(folder->temporary);
        folder->temporary = NULL;
        return false;
    }
    folder->results = alloc_format("%s/results", folder->temporary);
    if (mkdir(folder->results, 0777) != 0) {
        error_set(error, "%s: %s", folder->results, strerror(errno));
        return false;
    }
    return true;
}

bool output_folder_open(struct output_folder *folder, const char *path,
                        struct error *error)
{
    *folder = (struct output_folder){ .wanted = alloc_text(path) };
    size_t size = strlen(folder->wanted);
    while (size > 1 && folder->wanted[size - 1] == '/')
        folder->wanted[--size] = '\0';
    folder->temporary = alloc_format("%s.tmp-XXXXXX", folder->wanted);
    return make_temporary(folder, error);
}

bool output_folder_open_scratch(struct output_folder *folder, struct error *error)
{
    const char *parent = getenv("TMPDIR");
    *folder = (struct output_folder){ 0 };
    folder->temporary = alloc_format(
        "%s/o365lens-XXXXXX", parent == NULL || parent[0] == '\0' ? "/tmp" : parent);
    return make_temporary(folder, error);
}

static bool write_marker(const struct output_folder *folder, struct error *error)
{
    char *path = alloc_format("%s/" MARKER, folder->temporary);
    FILE *file = fopen(path, "wx");
    bool is_written = file != NULL && fputs("a report of o365lens\n", file) >= 0;
    if (file != NULL && fclose(file) != 0)
        is_written = false;
    if (!is_written)
        error_set(error, "%s: %s", path, strerror(errno));
    free(path);
    return is_written;
}

bool output_folder_keep(struct output_folder *folder, struct error *error)
{
    char *old = alloc_format("%s.old-%ld", folder->temporary, (long)getpid());
    mode_t mask = umask(0);
    umask(mask);
    bool was_there = is_there(folder->wanted);
    bool is_kept = write_marker(folder, error);
    if (is_kept && (chmod(folder->temporary, 0777 & ~mask) != 0 ||
                    (was_there && rename(folder->wanted, old) != 0) ||
                    rename(folder->temporary, folder->wanted) != 0)) {
        error_set(error, "%s: %s", folder->wanted, strerror(errno));
        if (was_there && !is_there(folder->wanted))
            (void)rename(old, folder->wanted); /* the old report is better than none */
        is_kept = false;
    }
    if (is_kept && was_there)
        remove_tree(old);
    free(old);
    return folder->is_kept = is_kept;
}

void output_folder_close(struct output_folder *folder)
{
    if (folder->temporary != NULL && !folder->is_kept)
        remove_tree(folder->temporary);
    free(folder->wanted);
    free(folder->temporary);
    free(folder->results);
    *folder = (struct output_folder){ 0 };
}
