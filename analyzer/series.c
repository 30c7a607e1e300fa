/* series.c - walks the arguments; names that differ in their numbers only are one group.
 */
#include "analyzer/series.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/alloc.h"

enum { DEPTH_MOST = 32, FIRST_FILES = 64 };

struct found {
    struct series_file file;
    char *stem; /* what the names of a group have in common */
    bool is_named;
    bool is_stream; /* a pipe: it can be read once only, so it is alone */
    dev_t device;   /* of a file: with the inode it tells whether it was found before */
    ino_t inode;
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
                     bool in_folder, const struct stat *about)
{
    if (collection->count == collection->capacity) {
        collection->capacity *= 2;
        collection->items = alloc_resize(collection->items, collection->capacity,
                                         sizeof *collection->items);
    }
    const struct site_capture *told = site_file_find_capture(collection->site_file, name);
    const char *named = told == NULL ? NULL : told->series;
    collection->items[collection->count++] = (struct found){
        .file = { .name = alloc_text(name),
                  .path = alloc_text(path),
                  .series_name = alloc_text_of(name, without_suffix(name)),
                  .in_folder = in_folder },
        .stem = named != NULL ? alloc_text(named) : stem_of(name),
        .is_named = named != NULL,
        .is_stream = !S_ISREG(about->st_mode),
        .device = about->st_dev,
        .inode = about->st_ino,
        .bytes = (uint64_t)about->st_size,
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
        if (!is_hidden(entry)) {
            char *below = alloc_format("%s/%s", path, entry);
            char *shown =
                name[0] == '\0' ? alloc_text(entry) : alloc_format("%s/%s", name, entry);
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
    if (depth > DEPTH_MOST) {
        add_lost(collection->groups, name, "too many folders inside each other");
        return;
    }
    if (stat(path, &about) != 0) {
        add_lost(collection->groups, name, strerror(errno));
    } else if (S_ISDIR(about.st_mode)) {
        walk_folder(collection, path, depth == 0 ? "" : name, depth);
    } else if (depth > 0 && !S_ISREG(about.st_mode)) {
        return; /* sockets, pipes and devices of a folder are no captures */
    } else if (access(path, R_OK) != 0) {
        add_lost(collection->groups, name, strerror(errno));
    } else {
        add_file(collection, name, path, depth > 0, &about);
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
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

static int found_by_inode(const void *a, const void *b)
{
    const struct found *first = a, *second = b;
    if (first->device != second->device)
        return first->device < second->device ? -1 : 1;
    if (first->inode != second->inode)
        return first->inode < second->inode ? -1 : 1;
    /* What the user named himself stays. */
    if (first->file.in_folder != second->file.in_folder)
        return first->file.in_folder ? 1 : -1;
    return found_order(a, b);
}

static void release_file(struct series_file *file)
{
    free(file->name);
    free(file->path);
    free(file->series_name);
}

/* Named twice, linked, or in a folder and named: read once, or its flows would count
 * twice. */
static void drop_repeated(struct collection *collection)
{
    uint32_t kept = 0;
    qsort(collection->items, collection->count, sizeof *collection->items,
          found_by_inode);
    for (uint32_t i = 0; i < collection->count; i++) {
        struct found *item = &collection->items[i];
        const struct found *last = kept == 0 ? NULL : &collection->items[kept - 1];
        if (last != NULL && !item->is_stream && last->device == item->device &&
            last->inode == item->inode) {
            release_file(&item->file);
            free(item->stem);
        } else {
            collection->items[kept++] = *item;
        }
    }
    collection->count = kept;
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
        bool is_same =
            i + 1 < collection->count && strcmp(item->file.name, item[1].file.name) == 0;
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

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static uint32_t count_of(char *const *sorted, uint32_t count, const char *wanted)
{
    uint32_t low = 0, high = count, equal = 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle], wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + equal < count && strcmp(sorted[low + equal], wanted) == 0)
        equal++;
    return equal;
}

/* A name that two files, or a file and a group, would have is replaced by the file's,
   which is unique. */
static void make_series_unique(struct collection *collection)
{
    uint32_t count = collection->count;
    char **taken = alloc_zeroed((size_t)count + 1, 3 * sizeof *taken);
    for (uint32_t i = 0; i < count; i++) {
        const struct found *item = &collection->items[i];
        taken[3 * i] = alloc_text(item->file.name);
        taken[3 * i + 1] = alloc_text(item->file.series_name);
        taken[3 * i + 2] = alloc_text(item->stem);
    }
    qsort(taken, (size_t)3 * count, sizeof *taken, text_order);
    for (uint32_t i = 0; i < count; i++) {
        struct found *item = &collection->items[i];
        const char *series = item->file.series_name;
        uint32_t own = 1;
        own += strcmp(series, item->stem) == 0;
        own += strcmp(series, item->file.name) == 0;
        if (count_of(taken, 3 * count, series) > own) {
            free(item->file.series_name);
            item->file.series_name = alloc_text(item->file.name);
        }
    }
    for (uint32_t i = 0; i < 3 * count; i++)
        free(taken[i]);
    free(taken);
}

static void make_groups(struct collection *collection)
{
    struct series_groups *groups = collection->groups;
    qsort(collection->items, collection->count, sizeof *collection->items, found_order);
    for (uint32_t i = 0; i < collection->count; i++) {
        struct found *item = &collection->items[i];
        struct series_group *group =
            groups->count == 0 ? NULL : &groups->items[groups->count - 1];
        bool is_alone = item->is_stream || (i > 0 && collection->items[i - 1].is_stream);
        if (group == NULL || is_alone || strcmp(group->name, item->stem) != 0) {
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
    struct collection collection = {
        .items = alloc_zeroed(FIRST_FILES, sizeof *collection.items),
        .capacity = FIRST_FILES,
        .groups = groups,
        .site_file = site_file,
    };
    unsigned standard_inputs = 0;
    *groups = (struct series_groups){ 0 };
    for (uint32_t i = 0; i < path_count; i++) {
        if (strcmp(paths[i], "-") == 0) {
            standard_inputs++;
            add_file(&collection, "stdin", NULL, false, &(struct stat){ 0 });
        } else {
            walk(&collection, paths[i], base_name(paths[i]), 0);
        }
    }
    if (standard_inputs > 1)
        error_set(error, "standard input (-) can be read once only");
    drop_repeated(&collection);
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
        for (uint32_t k = 0; k < group->file_count; k++)
            release_file(&group->files[k]);
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
