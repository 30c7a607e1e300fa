/* worker.c - fork, watch, and what to say of a worker that did not come back. */
#include "analyzer/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/digest.h"
#include "analyzer/loss.h"
#include "analyzer/sandbox.h"
#include "analyzer/worker_task.h"
#include "dissectors/tls_crypto.h"

enum {
    EXIT_OUTPUT_FAILED = 5,
    POLL_MS = 50,
    NANOSECONDS_A_MILLISECOND = 1000000,
};

struct worker {
    pid_t pid; /* 0: free */
    struct worker_task *task;
    struct series_progress *progress;
    size_t progress_size;
    char *result_path;
    bool had_labels;
    clockid_t clock;
    uint64_t last_mark; /* of the progress, when it last moved */
    int64_t last_cpu_ns;
    bool is_hung;
};

struct pool {
    const struct worker_settings *settings;
    struct worker_results *results;
    struct protocol *labels;
    struct filter *filter;
    struct worker_task *first, *last;
    struct worker *workers;
    uint32_t running, numbered;
    uint64_t bytes_finished, packets_finished;
    enum worker_outcome outcome;
    struct error *error;
    _Atomic uint32_t unused; /* where nDPI's mark goes outside of workers */
};

static volatile sig_atomic_t interrupted_by;

void workers_interrupt(int signal_number)
{
    interrupted_by = signal_number;
}

int workers_interrupted_by(void)
{
    return interrupted_by;
}

static void push_task(struct pool *pool, struct worker_task *task)
{
    *(pool->last == NULL ? &pool->first : &pool->last->next) = task;
    pool->last = task;
}

/* What a worker shares is not believed: it may have gone wrong before it ended. */
static uint32_t in_task(const struct worker *worker, uint32_t index)
{
    return index < worker->task->file_count ? index : 0;
}

static uint32_t current_file(const struct worker *worker)
{
    return in_task(worker, atomic_load(&worker->progress->file));
}

static int open_file(struct pool *pool, const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC, 0666); /* in a folder that is ours alone */
    if (file < 0) {
        error_set(pool->error, "%s: %s", path, strerror(errno));
        pool->outcome = WORKERS_OUTPUT_FAILED;
    }
    return file;
}

/* What the child does: nothing that is opened here is needed by anyone else. */
static _Noreturn void be_worker(struct pool *pool, struct worker *worker, int output,
                                int spill)
{
    const struct worker_task *task = worker->task;
    struct series_settings settings = pool->settings->series;
    struct series_file *files = alloc_zeroed(task->file_count, sizeof *files);
    int *inputs = alloc_zeroed(task->file_count, sizeof *inputs);
    struct error error = { { 0 } };
    signal(SIGINT, SIG_IGN); /* the parent decides, and ends its workers itself */
    signal(SIGTERM, SIG_DFL);
    for (uint32_t i = 0; i < task->file_count; i++) {
        files[i] = *worker_task_file(task, i);
        inputs[i] = files[i].path == NULL ? STDIN_FILENO
                                          : open(files[i].path, O_RDONLY | O_CLOEXEC);
    }
    settings.is_named = task->group->is_named;
    settings.labels_problem = task->labels_problem;
    struct series_job job = {
        .files = files,
        .inputs = inputs,
        .file_count = task->file_count,
        .group_name = task->is_rest ? NULL : task->group->name,
        .output = output,
        .spill = spill,
        .settings = &settings,
        .labels = worker->had_labels ? pool->labels : NULL,
        .filter = pool->filter,
        .progress = worker->progress,
    };
    if (job.labels != NULL)
        protocol_watch(job.labels, &worker->progress->inside_ndpi);
    (void)sandbox_enter(pool->settings->address_space);
    if (pool->settings->work(&job, &error))
        _exit(EXIT_SUCCESS);
    error_print(&error);
    _exit(EXIT_OUTPUT_FAILED);
}

static bool start_worker(struct pool *pool, struct worker *worker,
                         struct worker_task *task)
{
    char *spill_path =
        alloc_format("%s/.spill-%u", pool->settings->directory, pool->numbered);
    *worker = (struct worker){
        .task = task,
        .had_labels = pool->labels != NULL && task->labels_problem == NULL,
        .result_path =
            alloc_format("%s/%06u.o365.zst", pool->settings->directory, pool->numbered++),
        .progress_size =
            sizeof(struct series_progress) + task->file_count * sizeof(uint32_t),
    };
    int output = open_file(pool, worker->result_path, O_WRONLY | O_CREAT | O_TRUNC);
    int spill = output < 0 ? -1 : open_file(pool, spill_path, O_RDWR | O_CREAT | O_TRUNC);
    unlink(spill_path);
    free(spill_path);
    worker->progress = mmap(NULL, worker->progress_size, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (spill >= 0 && worker->progress != MAP_FAILED) {
        fflush(NULL);
        worker->pid = fork();
        if (worker->pid == 0)
            be_worker(pool, worker, output, spill);
    }
    if (output >= 0)
        close(output);
    if (spill >= 0)
        close(spill);
    if (worker->pid > 0) {
        /* The workers to come have no business with it, should they go wrong. */
        (void)madvise(worker->progress, worker->progress_size, MADV_DONTFORK);
        pool->running++;
        return clock_getcpuclockid(worker->pid, &worker->clock) == 0;
    }
    if (pool->outcome == WORKERS_DONE) {
        error_set(pool->error, "no worker process can be started: %s", strerror(errno));
        pool->outcome = WORKERS_OUTPUT_FAILED;
    }
    free(worker->result_path);
    worker_task_free(task);
    *worker = (struct worker){ 0 };
    return false;
}

static void keep_result(struct pool *pool, const struct worker *worker)
{
    struct worker_results *results = pool->results;
    results->paths =
        alloc_resize(results->paths, results->count + 1, sizeof *results->paths);
    results->paths[results->count++] = alloc_text(worker->result_path);
}

/*
 * What the worker is done with is the first `done` files of its order, or `only` where it
 * had none. All others are read by the next one, whatever the order says: one gone wrong
 * may have named a file twice and another not at all.
 */
static void requeue(struct pool *pool, const struct worker *worker, uint32_t done,
                    uint32_t only)
{
    const struct worker_task *task = worker->task;
    uint32_t *left = alloc_zeroed(task->file_count + 1, sizeof *left);
    bool *is_done = alloc_zeroed(task->file_count + 1, sizeof *is_done);
    uint32_t count = 0;
    if (atomic_load(&worker->progress->is_ordered) == 0)
        is_done[only] = true;
    else
        for (uint32_t i = 0; i < done && i < task->file_count; i++)
            is_done[in_task(worker, worker->progress->order[i])] = true;
    for (uint32_t i = 0; i < task->file_count; i++)
        if (!is_done[i])
            left[count++] = task->files[i];
    if (count > 0)
        push_task(pool, worker_task_new(task->group, left, count, true));
    free(is_done);
    free(left);
}

static char *describe_end(const struct worker *worker, int status)
{
    struct loss loss = {
        .name = worker_task_file(worker->task, current_file(worker))->name,
        .status = status,
        .is_hung = worker->is_hung,
        .is_inside_ndpi = atomic_load(&worker->progress->inside_ndpi) != 0,
        .frame = atomic_load(&worker->progress->frame),
    };
    return loss_sentence(&loss);
}

/* A result without flows in place of the one that did not come. */
static void write_loss(struct pool *pool, const struct worker *worker,
                       const char *sentence, uint32_t reached)
{
    const struct series_progress *progress = worker->progress;
    bool is_ordered = atomic_load(&progress->is_ordered) != 0;
    const struct series_file **files = alloc_zeroed(reached, sizeof *files);
    for (uint32_t i = 0; i < reached; i++)
        files[i] = worker_task_file(worker->task,
                                    is_ordered ? in_task(worker, progress->order[i])
                                               : current_file(worker));
    const struct lost_series lost = {
        .files = files,
        .file_count = reached,
        .culprit = worker_task_file(worker->task, current_file(worker)),
        .sentence = sentence,
        .frame = atomic_load(&progress->frame),
    };
    char *spill_path = alloc_format("%s.spill", worker->result_path);
    int output = open_file(pool, worker->result_path, O_WRONLY | O_CREAT | O_TRUNC);
    int spill = open_file(pool, spill_path, O_RDWR | O_CREAT | O_TRUNC);
    unlink(spill_path);
    free(spill_path);
    if (output >= 0 && spill >= 0 && loss_write(&lost, output, spill, pool->error))
        keep_result(pool, worker);
    else
        pool->outcome = WORKERS_OUTPUT_FAILED;
    free(files);
    close(output);
    close(spill);
}

/* How many files of the order the worker had begun with. */
static uint32_t files_reached(const struct worker *worker)
{
    const struct series_progress *progress = worker->progress;
    uint32_t current = current_file(worker);
    if (atomic_load(&progress->is_ordered) == 0)
        return 1;
    for (uint32_t i = 0; i < worker->task->file_count; i++)
        if (progress->order[i] == current)
            return i + 1;
    return worker->task->file_count;
}

/* Standard input is used up: what was read of it cannot be read again. */
static bool can_be_read_again(const struct worker_task *task)
{
    for (uint32_t i = 0; i < task->file_count; i++)
        if (worker_task_file(task, i)->path == NULL)
            return false;
    return true;
}

static void see_failure(struct pool *pool, struct worker *worker, int status)
{
    struct worker_task *task = worker->task;
    char *sentence = describe_end(worker, status);
    if (worker->had_labels && atomic_load(&worker->progress->inside_ndpi) != 0 &&
        can_be_read_again(task)) {
        struct worker_task *again =
            worker_task_new(task->group, task->files, task->file_count, task->is_rest);
        again->labels_problem = sentence;
        push_task(pool, again);
        unlink(worker->result_path);
        return;
    }
    uint32_t reached = files_reached(worker);
    write_loss(pool, worker, sentence, reached);
    free(sentence);
    requeue(pool, worker, reached, current_file(worker));
}

static void see_end(struct pool *pool, struct worker *worker, int status)
{
    uint32_t done = atomic_load(&worker->progress->files_done);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS && done > 0) {
        keep_result(pool, worker);
        requeue(pool, worker, done, current_file(worker));
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OUTPUT_FAILED) {
        /* The worker has said why. */
        pool->outcome = WORKERS_OUTPUT_FAILED;
    } else if (pool->outcome == WORKERS_DONE) {
        see_failure(pool, worker, status);
    }
    pool->bytes_finished += atomic_load(&worker->progress->stored_bytes);
    pool->packets_finished += atomic_load(&worker->progress->packets);
    munmap(worker->progress, worker->progress_size);
    free(worker->result_path);
    worker_task_free(worker->task);
    *worker = (struct worker){ 0 };
    pool->running--;
}

static uint64_t mark_of(const struct series_progress *progress)
{
    return atomic_load(&progress->stored_bytes) + atomic_load(&progress->packets) +
           atomic_load(&progress->frame) + atomic_load(&progress->is_concluding) +
           ((uint64_t)atomic_load(&progress->file) << 48);
}

/* Processor time alone: who waits for a slow disk is not hung. */
static void watch(const struct pool *pool, struct worker *worker)
{
    struct timespec now;
    if (worker->is_hung || clock_gettime(worker->clock, &now) != 0)
        return;
    int64_t cpu_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    uint64_t mark = mark_of(worker->progress);
    if (mark != worker->last_mark) {
        worker->last_mark = mark;
        worker->last_cpu_ns = cpu_ns;
    }
    /* Writing the result down takes long where there are many flows. */
    int64_t patience = atomic_load(&worker->progress->is_concluding) != 0 ? 20 : 1;
    if (cpu_ns - worker->last_cpu_ns >
        patience * pool->settings->hang_cpu_seconds * INT64_C(1000000000)) {
        worker->is_hung = true;
        kill(worker->pid, SIGKILL);
    }
}

static void report_progress(const struct pool *pool)
{
    uint64_t bytes = pool->bytes_finished, packets = pool->packets_finished;
    if (pool->settings->progress == NULL)
        return;
    for (uint32_t i = 0; i < pool->settings->jobs; i++)
        if (pool->workers[i].pid > 0) {
            bytes += atomic_load(&pool->workers[i].progress->stored_bytes);
            packets += atomic_load(&pool->workers[i].progress->packets);
        }
    pool->settings->progress(pool->settings->progress_context, bytes, packets);
}

static void wait_for_one(struct pool *pool)
{
    sigset_t child;
    struct timespec pause = { 0, POLL_MS * NANOSECONDS_A_MILLISECOND };
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (uint32_t i = 0; i < pool->settings->jobs; i++) {
        struct worker *worker = &pool->workers[i];
        int status;
        if (worker->pid > 0 && waitpid(worker->pid, &status, WNOHANG) == worker->pid) {
            see_end(pool, worker, status);
            return;
        }
        if (worker->pid > 0)
            watch(pool, worker);
    }
    (void)sigtimedwait(&child, NULL, &pause);
}

static void end_workers(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->settings->jobs; i++)
        if (pool->workers[i].pid > 0)
            kill(pool->workers[i].pid, SIGKILL);
    while (pool->running > 0)
        wait_for_one(pool);
}

static void run(struct pool *pool)
{
    while (pool->first != NULL || pool->running > 0) {
        if (interrupted_by != 0)
            pool->outcome = WORKERS_INTERRUPTED;
        if (pool->outcome != WORKERS_DONE)
            break;
        for (uint32_t i = 0; i < pool->settings->jobs && pool->first != NULL &&
                             pool->outcome == WORKERS_DONE;
             i++) {
            if (pool->workers[i].pid > 0)
                continue;
            struct worker_task *task = pool->first;
            pool->first = task->next;
            if (pool->first == NULL)
                pool->last = NULL;
            task->next = NULL;
            (void)start_worker(pool, &pool->workers[i], task);
        }
        if (pool->running > 0)
            wait_for_one(pool);
        report_progress(pool);
    }
    end_workers(pool);
}

/* The largest first, so that the last worker does not work alone for long. */
static int group_order(const void *a, const void *b)
{
    const struct series_group *first = *(const struct series_group *const *)a;
    const struct series_group *second = *(const struct series_group *const *)b;
    if (first->bytes != second->bytes)
        return first->bytes > second->bytes ? -1 : 1;
    return strcmp(first->name, second->name);
}

static void queue_groups(struct pool *pool, const struct series_groups *groups)
{
    const struct series_group **sorted = alloc_zeroed(groups->count + 1, sizeof *sorted);
    for (uint32_t i = 0; i < groups->count; i++)
        sorted[i] = &groups->items[i];
    qsort(sorted, groups->count, sizeof *sorted, group_order);
    for (uint32_t i = 0; i < groups->count; i++)
        push_task(pool, worker_task_new(sorted[i], NULL, sorted[i]->file_count, false));
    free(sorted);
}

/* Whatever a library opens a file for is done before the first worker is born. */
static void prepare_libraries(struct pool *pool)
{
    digest_prepare();
    tls_crypto_prepare();
    if (pool->settings->with_labels)
        pool->labels = protocol_new(&pool->unused);
}

enum worker_outcome workers_run(const struct series_groups *groups,
                                const struct worker_settings *settings,
                                struct worker_results *results, struct error *error)
{
    struct pool pool = { .settings = settings, .results = results, .error = error };
    sigset_t child, before;
    if (settings->series.filter != NULL) {
        pool.filter = filter_new(settings->series.filter, error);
        if (pool.filter == NULL)
            return WORKERS_OUTPUT_FAILED; /* refused when the options were read */
    }
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &before);
    pool.workers = alloc_zeroed(settings->jobs, sizeof *pool.workers);
    prepare_libraries(&pool);
    queue_groups(&pool, groups);
    run(&pool);
    while (pool.first != NULL) {
        struct worker_task *task = pool.first;
        pool.first = task->next;
        worker_task_free(task);
    }
    protocol_free(pool.labels);
    filter_free(pool.filter);
    free(pool.workers);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pool.outcome;
}

void worker_results_release(struct worker_results *results)
{
    for (uint32_t i = 0; i < results->count; i++)
        free(results->paths[i]);
    free(results->paths);
    *results = (struct worker_results){ 0 };
}
