/* result_merge.c - a merge of sorted streams that opens each one as late as it can. */
#include "analyzer/result_merge.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

struct cursor {
    uint32_t number;        /* of the result */
    const char *first_name; /* smallest capture name of it */
    struct result *result;  /* NULL: not open */
    struct flow_record record;
};

struct result_merge {
    char *const *paths;
    struct result_header *const *headers;
    struct cursor *cursors; /* by first_name */
    uint32_t count, opened; /* cursors below `opened` have been opened, maybe closed */
    uint32_t *open;         /* cursors that are open */
    uint32_t open_count;
    struct cursor *given; /* whose record was given last */
    bool has_failed;
    struct error problem; /* of the first failure */
};

static int cursor_order(const void *a, const void *b)
{
    const struct cursor *first = a, *second = b;
    int order = strcmp(first->first_name, second->first_name);
    return order != 0 ? order : (first->number < second->number ? -1 : 1);
}

static const char *first_name(const struct result_header *header)
{
    const char *first = header->captures[0].name;
    for (uint32_t i = 1; i < header->capture_count; i++)
        if (strcmp(header->captures[i].name, first) < 0)
            first = header->captures[i].name;
    return first;
}

struct result_merge *
result_merge_new(char *const *paths, struct result_header *const *headers, uint32_t count)
{
    struct result_merge *merge = alloc_zeroed(1, sizeof *merge);
    *merge =
        (struct result_merge){ .paths = paths,
                               .headers = headers,
                               .count = count,
                               .cursors = alloc_zeroed(count + 1, sizeof(struct cursor)),
                               .open = alloc_zeroed(count + 1, sizeof(uint32_t)) };
    for (uint32_t i = 0; i < count; i++)
        merge->cursors[i] =
            (struct cursor){ .number = i, .first_name = first_name(headers[i]) };
    qsort(merge->cursors, count, sizeof *merge->cursors, cursor_order);
    return merge;
}

static void close_cursor(struct result_merge *merge, uint32_t at)
{
    struct cursor *cursor = &merge->cursors[merge->open[at]];
    merge->headers[cursor->number]->certificates = NULL;
    result_close(cursor->result);
    cursor->result = NULL;
    merge->open_count--;
    memmove(&merge->open[at], &merge->open[at + 1],
            (merge->open_count - at) * sizeof *merge->open);
}

static void fail(struct result_merge *merge, const struct error *error)
{
    if (!merge->has_failed)
        merge->problem = *error;
    merge->has_failed = true;
}

/* What was readable in the first pass is so now, or the file changed under us. */
static struct result *open_again(struct result_merge *merge, uint32_t number)
{
    struct error error;
    const struct result_header *before = merge->headers[number];
    struct result *result = result_open(merge->paths[number], &error);
    if (result == NULL) {
        fail(merge, &error);
        return NULL;
    }
    const struct result_header *now = result_header(result);
    if (now->capture_count == before->capture_count &&
        now->flow_count == before->flow_count)
        return result;
    error_set(&error, "%s: it changed while it was read", merge->paths[number]);
    fail(merge, &error);
    result_close(result);
    return NULL;
}

static void open_next(struct result_merge *merge)
{
    uint32_t at = merge->opened++;
    struct cursor *cursor = &merge->cursors[at];
    cursor->result = open_again(merge, cursor->number);
    if (cursor->result == NULL)
        return;
    if (!result_next(cursor->result, &cursor->record)) {
        result_close(cursor->result);
        cursor->result = NULL;
        return;
    }
    merge->headers[cursor->number]->certificates =
        result_header(cursor->result)->certificates;
    merge->open[merge->open_count++] = at;
}

static const char *name_at(const struct result_merge *merge, const struct cursor *cursor)
{
    return merge->headers[cursor->number]->captures[cursor->record.capture].name;
}

static struct cursor *smallest(struct result_merge *merge, uint32_t *place)
{
    struct cursor *best = NULL;
    for (uint32_t i = 0; i < merge->open_count; i++) {
        struct cursor *cursor = &merge->cursors[merge->open[i]];
        int order =
            best == NULL ? -1 : strcmp(name_at(merge, cursor), name_at(merge, best));
        if (order < 0 || (order == 0 && cursor->record.id < best->record.id)) {
            best = cursor;
            *place = i;
        }
    }
    return best;
}

static void move_on(struct result_merge *merge, struct cursor *cursor)
{
    flow_record_release(&cursor->record);
    if (result_next(cursor->result, &cursor->record))
        return;
    for (uint32_t i = 0; i < merge->open_count; i++)
        if (&merge->cursors[merge->open[i]] == cursor) {
            close_cursor(merge, i);
            return;
        }
}

bool result_merge_next(struct result_merge *merge, const struct flow_record **record,
                       uint32_t *result)
{
    uint32_t place = 0;
    if (merge->given != NULL)
        move_on(merge, merge->given);
    merge->given = NULL;
    struct cursor *best = smallest(merge, &place);
    while (merge->opened < merge->count &&
           (best == NULL || strcmp(merge->cursors[merge->opened].first_name,
                                   name_at(merge, best)) <= 0)) {
        open_next(merge);
        best = smallest(merge, &place);
    }
    if (best == NULL)
        return false;
    merge->given = best;
    *record = &best->record;
    *result = best->number;
    return true;
}

bool result_merge_has_failed(const struct result_merge *merge, struct error *error)
{
    if (merge->has_failed)
        *error = merge->problem;
    return merge->has_failed;
}

void result_merge_free(struct result_merge *merge)
{
    if (merge == NULL)
        return;
    while (merge->open_count > 0) {
        flow_record_release(&merge->cursors[merge->open[0]].record);
        close_cursor(merge, 0);
    }
    free(merge->cursors);
    free(merge->open);
    free(merge);
}
