/* result_set.c - a total order over what results tell of themselves. */
#include "analyzer/result_set.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

struct numbered {
    struct result_header *header;
    char *path;
};

static int integer_order(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int count_order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int text_order(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int capture_order(const struct capture_entry *a, const struct capture_entry *b)
{
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = text_order(a->sha256, b->sha256);
    if (order == 0)
        order = count_order(a->packets, b->packets);
    if (order == 0)
        order = count_order(a->bytes, b->bytes);
    if (order == 0)
        order = integer_order(a->first_ns, b->first_ns);
    return order != 0 ? order : integer_order(a->last_ns, b->last_ns);
}

/* 0: they are one result, given twice. */
static int header_order(const struct result_header *a, const struct result_header *b)
{
    int order = strcmp(a->series, b->series);
    if (order == 0)
        order = count_order(a->capture_count, b->capture_count);
    for (uint32_t i = 0; order == 0 && i < a->capture_count; i++)
        order = capture_order(&a->captures[i], &b->captures[i]);
    if (order == 0)
        order = count_order(a->flow_count, b->flow_count);
    if (order == 0)
        order = text_order(a->filter, b->filter);
    if (order == 0)
        order = text_order(a->from, b->from);
    return order != 0 ? order : text_order(a->to, b->to);
}

static int numbered_order(const void *a, const void *b)
{
    const struct numbered *first = a, *second = b;
    int order = header_order(first->header, second->header);
    return order != 0 ? order : strcmp(first->path, second->path);
}

static void free_header(struct result_header *header)
{
    result_header_release(header);
    free(header);
}

static void number_results(struct result_set *set)
{
    struct numbered *all = alloc_zeroed(set->count + 1, sizeof *all);
    uint32_t given = set->count;
    for (uint32_t i = 0; i < given; i++)
        all[i] = (struct numbered){ set->headers[i], set->paths[i] };
    if (given > 1)
        qsort(all, given, sizeof *all, numbered_order);
    set->count = 0;
    for (uint32_t i = 0; i < given; i++) {
        if (set->count > 0 &&
            header_order(set->headers[set->count - 1], all[i].header) == 0) {
            free_header(all[i].header);
            free(all[i].path);
            continue;
        }
        set->headers[set->count] = all[i].header;
        set->paths[set->count++] = all[i].path;
    }
    free(all);
}

/* Where a file lies is nobody's business: its sentence begins with its name. */
static const char *without_folder(const char *sentence, const char *path)
{
    size_t folder = (size_t)(basename(path) - path);
    return strncmp(sentence, path, folder) == 0 ? sentence + folder : sentence;
}

static void refuse(struct result_set *set, const char *path, const struct error *error)
{
    set->refused =
        alloc_resize(set->refused, set->refused_count + 1, sizeof *set->refused);
    set->refused[set->refused_count++] = (struct result_refused){
        .name = alloc_text(basename(path)),
        .sentence = alloc_text(without_folder(error->text, path)),
    };
}

static int refused_order(const void *a, const void *b)
{
    const struct result_refused *first = a, *second = b;
    int order = strcmp(first->name, second->name);
    return order != 0 ? order : strcmp(first->sentence, second->sentence);
}

void result_set_open(struct result_set *set, char *const *paths, uint32_t count)
{
    struct error error = { { 0 } };
    *set = (struct result_set){
        .headers = alloc_zeroed(count + 1, sizeof *set->headers),
        .paths = alloc_zeroed(count + 1, sizeof *set->paths),
    };
    for (uint32_t i = 0; i < count; i++) {
        struct result *result = result_open(paths[i], &error);
        if (result == NULL) {
            refuse(set, paths[i], &error);
            continue;
        }
        set->headers[set->count] = result_take_header(result);
        set->paths[set->count++] = alloc_text(paths[i]);
        result_close(result);
    }
    number_results(set);
    if (set->refused_count > 1)
        qsort(set->refused, set->refused_count, sizeof *set->refused, refused_order);
}

static void add_problem(struct capture_entry *entry, const char *sentence)
{
    entry->problems =
        alloc_resize(entry->problems, entry->problem_count + 1, sizeof *entry->problems);
    entry->problems[entry->problem_count++] =
        (struct capture_problem){ .sentence = alloc_text(sentence) };
}

void result_set_note_damage(struct result_set *set, uint32_t number,
                            const struct error *error)
{
    struct result_header *header = set->headers[number];
    for (uint32_t i = 0; i < header->capture_count; i++) {
        struct capture_entry *entry = &header->captures[i];
        if (entry->status == STATUS_UNREADABLE)
            continue;
        entry->status = STATUS_DAMAGED;
        add_problem(entry, without_folder(error->text, set->paths[number]));
    }
}

void result_set_release(struct result_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        free_header(set->headers[i]);
        free(set->paths[i]);
    }
    for (uint32_t i = 0; i < set->refused_count; i++) {
        free(set->refused[i].name);
        free(set->refused[i].sentence);
    }
    free(set->headers);
    free(set->paths);
    free(set->refused);
    *set = (struct result_set){ 0 };
}
