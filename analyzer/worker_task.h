/*
 * worker_task.h - files that wait for a worker: what a group has left.
 */
#ifndef O365LENS_ANALYZER_WORKER_TASK_H
#define O365LENS_ANALYZER_WORKER_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/series.h"

struct worker_task {
    const struct series_group *group;
    uint32_t *files; /* indexes into the group's files; owned */
    uint32_t file_count;
    bool is_rest;         /* an earlier series took the first ones */
    char *labels_problem; /* why it is read again without labels; owned, NULL */
    struct worker_task *next;
};

/* The first `count` files of the group where `files` is NULL. */
struct worker_task *worker_task_new(const struct series_group *group,
                                    const uint32_t *files, uint32_t count, bool is_rest);
void worker_task_free(struct worker_task *task);

/* `index` is below the task's file_count. */
const struct series_file *worker_task_file(const struct worker_task *task,
                                           uint32_t index);

#endif
