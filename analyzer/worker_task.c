/* worker_task.c - a group's files, or some of them, as work to be done. */
#include "analyzer/worker_task.h"

#include <stdlib.h>

#include "analyzer/alloc.h"

struct worker_task *worker_task_new(const struct series_group *group,
                                    const uint32_t *files, uint32_t count, bool is_rest)
{
    struct worker_task *task = alloc_zeroed(1, sizeof *task);
    task->group = group;
    task->file_count = count;
    task->is_rest = is_rest;
    task->files = alloc_zeroed(count + 1, sizeof *task->files);
    for (uint32_t i = 0; i < count; i++)
        task->files[i] = files == NULL ? i : files[i];
    return task;
}

void worker_task_free(struct worker_task *task)
{
    free(task->files);
    free(task->labels_problem);
    free(task);
}

const struct series_file *worker_task_file(const struct worker_task *task, uint32_t index)
{
    return &task->group->files[task->files[index]];
}
