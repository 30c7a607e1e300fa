/* series.c - walks the arguments; names that differ in their numbers only are one group. */
#include "analyzer/series.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/alloc.h"

enum { DEPTH_MOST = 32 };

struct found {
    struct series_file file;
    char *stem; /* what the names of a group have in common */
    bool is_named;
    uint64_t bytes;
};

struct collection {
    struct found *items;
    uint32_t count, capacity;
    struct series_groups *groups;
    const struct site_file *site_file;
};

static void add_lost(struct series_groups *groups, const char *name, const char *reason)
{
    groups->lost =
        alloc_resize(groups->lost, groups->lost_count + 1, sizeof *groups->lost);
    groups->lost[groups->lost_count++] = (struct series_lost){
        .name = alloc_text(name),
        .sentence = alloc_format("%s: %s", name, reason),
    };
}

static bool ends_with(const char *name, size_t size, const char *suffix)
{
    size_t length = strlen(suffix);
    return size > length && strncasecmp(name + size - length, suffix, length) == 0;
}

/*
 * The size of a name without what tells compression and format. Ring buffers of tcpdump
 * put a number behind all that: "ring.pcap3".
 */
static size_t without_suffix(const char *name)
{
    static const char *const compressions[] = { ".gz", ".zst" };
    static const char *const captures[] = { ".pcapng", ".pcap", ".cap", ".dmp", ".ntar" };
    size_t size = strlen(name);
    for (unsigned i = 0; i < sizeof compressions / sizeof *compressions; i++)
        if (ends_with(name, size, compressions[i]))
            size -= strlen(compressions[i]);
    size_t digits = size;
    while (digits > 0 && isdigit((unsigned char)name[digits - 1]))
        digits--;
    for (unsigned i = 0; i < sizeof captures / sizeof *captures; i++) {
        if (ends_with(name, size, captures[i]))
            return size - strlen(captures[i]);
        if (digits < size && ends_with(name, digits, captures[i]))
            return digits - strlen(captures[i]);
    }
    return size;
}

/* "lan/ring_00012_20260504" is of the stem "lan/ring": numbers and what joins them go. */
static char *stem_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - name) + 1;
    size_t size = without_suffix(name);
    while (size > folder && (isdigit((unsigned char)name[size - 1]) ||
                             strchr("-_.", name[size - 1]) != NULL))
        size--;
    return size == folder ? alloc_text_of(name, without_suffix(name))
                          : alloc_text_of(name, size);
}

static void add_file(struct collection *collection, const char *name, const char *path,
                     bool in_folder, uint64_t bytes)
{
    if (collection->count == collection->capacity) {
        collection->capacity =
            collection->capacity == 0 ? 64 : 2 * collection->capacity;
        collection->items = alloc_resize(collection->items, collection->capacity,
                                         sizeof *collection->items);
    }
    const struct site_capture *told =
        site_file_find_capture(collection->site_file, name);
    const char *named = told == NULL ? NULL : told->series;
    collection->items[collection->count++] = (struct found){
        .file = { .name = alloc_text(name),
                  .path = alloc_text(path),
                  .series_name = alloc_text_of(name, without_suffix(name)),
                  .in_folder = in_folder },
        .stem = named != NULL ? alloc_text(named) : stem_of(name),
        .is_named = named != NULL,
        .bytes = bytes,
    };
}

static void walk(struct collection *collection, const char *path, const char *name,
                 unsigned depth);

static bool is_hidden(const char *name)
{
    return name[0] == '.';
}

static void walk_folder(struct collection *collection, const char *path, const char *name,
                        unsigned depth)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        add_lost(collection->groups, name[0] == '\0' ? path : name, strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *entry = entries[i]->d_name;
        if (!is_hidden(entry) && depth < DEPTH_MOST) {
            char *below = alloc_format("%s/%s", path, entry);
            char *shown = name[0] == '\0' ? alloc_text(entry)
                                          : alloc_format("%s/%s", name, entry);
            walk(collection, below, shown, depth + 1);
            free(below);
            free(shown);
        }
        free(entries[i]);
    }
    free(entries);
}

static void walk(struct collection *collection, const char *path, const char *name,
                 unsigned depth)
{
    struct stat about;
    if (depth > 0 && lstat(path, &about) == 0 && S_ISLNK(about.st_mode) &&
        stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return; /* a link to a folder may lead round in circles */
    if (stat(path, &about) != 0) {
        add_lost(collection->groups, name, strerror(errno));
    } else if (S_ISDIR(about.st_mode)) {
        walk_folder(collection, path, depth == 0 ? "" : name, depth);
    } else if (depth > 0 && !S_ISREG(about.st_mode)) {
        return; /* sockets, pipes and devices of a folder are no captures */
    } else if (access(path, R_OK) != 0) {
        add_lost(collection->groups, name, strerror(errno));
    } else {
        add_file(collection, name, path, depth > 0, (uint64_t)about.st_size);
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static int found_order(const void *a, const void *b)
{
    const struct found *first = a, *second = b;
    int order = strcmp(first->stem, second->stem);
    if (order == 0)
        order = strcmp(first->file.name, second->file.name);
    if (order == 0 && first->file.path != NULL && second->file.path != NULL)
        order = strcmp(first->file.path, second->file.path);
    return order;
}

static int found_by_name(const void *a, const void *b)
{
    const struct found *first = a, *second = b;
    int order = strcmp(first->file.name, second->file.name);
    return order != 0 || first->file.path == NULL || second->file.path == NULL
               ? order
               : strcmp(first->file.path, second->file.path);
}

/* Two arguments may hold files of the same name: then the path tells them apart. */
static void make_names_unique(struct collection *collection)
{
    qsort(collection->items, collection->count, sizeof *collection->items, found_by_name);
    bool was_same = false;
    for (uint32_t i = 0; i < collection->count; i++) {
        struct found *item = &collection->items[i];
        bool is_same = i + 1 < collection->count &&
                       strcmp(item->file.name, item[1].file.name) == 0;
        if ((is_same || was_same) && item->file.path != NULL) {
            const char *path = item->file.path;
            while (*path == '/' || (path[0] == '.' && path[1] == '/'))
                path++;
            was_same = is_same;
            /* The comparison above needs the old name of the next one only. */
            free(item->file.name);
            item->file.name = alloc_text(path);
            if (!item->is_named) {
                free(item->stem);
                item->stem = stem_of(path);
            }
            free(item->file.series_name);
            item->file.series_name = alloc_text_of(path, without_suffix(path));
        } else {
            was_same = is_same;
        }
    }
}

/* A name that two files, or a file and a group, would have is replaced by the file's. */
static void make_series_unique(struct collection *collection)
{
    for (uint32_t i = 0; i < collection->count; i++) {
        struct found *item = &collection->items[i];
        bool is_taken = false;
        for (uint32_t k = 0; k < collection->count && !is_taken; k++) {
            const struct found *other = &collection->items[k];
            is_taken = k != i && (strcmp(item->file.series_name, other->stem) == 0 ||
                                  strcmp(item->file.series_name,
                                         other->file.series_name) == 0);
        }
        if (is_taken) {
            free(item->file.series_name);
            item->file.series_name = alloc_text(item->file.name);
        }
    }
}

static void make_groups(struct collection *collection)
{
    struct series_groups *groups = collection->groups;
    qsort(collection->items, collection->count, sizeof *collection->items, found_order);
    for (uint32_t i = 0; i < collection->count; i++) {
        struct found *item = &collection->items[i];
        struct series_group *group =
            groups->count == 0 ? NULL : &groups->items[groups->count - 1];
        if (group == NULL || strcmp(group->name, item->stem) != 0 ||
            item->file.path == NULL) {
            groups->items =
                alloc_resize(groups->items, groups->count + 1, sizeof *groups->items);
            group = &groups->items[groups->count++];
            *group = (struct series_group){ .name = alloc_text(item->stem),
                                            .is_named = item->is_named };
        }
        group->files =
            alloc_resize(group->files, group->file_count + 1, sizeof *group->files);
        group->files[group->file_count++] = item->file;
        group->bytes += item->bytes;
        groups->bytes += item->bytes;
        free(item->stem);
    }
}

bool series_collect(const char *const *paths, uint32_t path_count,
                    const struct site_file *site_file, struct series_groups *groups,
                    struct error *error)
{
    struct collection collection = { .groups = groups, .site_file = site_file };
    unsigned standard_inputs = 0;
    *groups = (struct series_groups){ 0 };
    for (uint32_t i = 0; i < path_count; i++) {
        if (strcmp(paths[i], "-") == 0) {
            standard_inputs++;
            add_file(&collection, "stdin", NULL, false, 0);
        } else {
            walk(&collection, paths[i], base_name(paths[i]), 0);
        }
    }
    if (standard_inputs > 1)
        error_set(error, "standard input (-) can be read once only");
    make_names_unique(&collection);
    make_series_unique(&collection);
    make_groups(&collection);
    free(collection.items);
    return standard_inputs <= 1;
}

void series_groups_release(struct series_groups *groups)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        struct series_group *group = &groups->items[i];
        for (uint32_t k = 0; k < group->file_count; k++) {
            free(group->files[k].name);
            free(group->files[k].path);
            free(group->files[k].series_name);
        }
        free(group->files);
        free(group->name);
    }
    for (uint32_t i = 0; i < groups->lost_count; i++) {
        free(groups->lost[i].name);
        free(groups->lost[i].sentence);
    }
    free(groups->items);
    free(groups->lost);
    *groups = (struct series_groups){ 0 };
}
