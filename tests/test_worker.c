/* test_worker.c - analyzer/worker.c and loss.c: workers that fail cost what they were
   reading, and nothing else. */
#include "analyzer/worker.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include "analyzer/alloc.h"
#include "tests/read_series.h"
#include "tests/scratch.h"

#ifdef __SANITIZE_ADDRESS__
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

/* So that too much memory asked for is refused, not reported. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static char place[SCRATCH_SIZE];

static void write_capture(const char *name, uint16_t port, int64_t start_ns)
{
    char path[128];
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, port);
    wire.time_ns = start_ns;
    for (int i = 0; i < 3; i++)
        send_text(&wire, 0, "data");
    snprintf(path, sizeof path, "%s/in/%s", place, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || !pcap_writer_save(&out, file))
        abort();
    fclose(file);
    pcap_writer_release(&out);
}

static void begin(void)
{
    scratch_make(place, "worker");
    scratch_folder(place, "in");
    scratch_folder(place, "out");
}

static void end(void)
{
    scratch_remove(place);
}

struct outcome {
    enum worker_outcome ended;
    struct worker_results results;
    struct error error;
};

typedef bool work_function(const struct series_job *job, struct error *error);

static struct outcome run_with(work_function *work, bool with_labels, const char *output)
{
    char in[128], out[128];
    snprintf(in, sizeof in, "%s/in", place);
    snprintf(out, sizeof out, "%s/%s", place, output);
    const char *paths[] = { in };
    struct series_groups groups;
    struct outcome outcome = { .error = { { 0 } } };
    CHECK(series_collect(paths, 1, NULL, &groups, &outcome.error));
    struct worker_settings settings = {
        .series = usual_settings(),
        .with_labels = with_labels,
        .jobs = 2,
        .hang_cpu_seconds = 1,
        .address_space = WORKER_ADDRESS_SPACE,
        .directory = out,
        .work = work,
    };
    outcome.ended = workers_run(&groups, &settings, &outcome.results, &outcome.error);
    series_groups_release(&groups);
    return outcome;
}

/* What the results say of one file: its series, how many flows, and what is wrong. */
struct told {
    uint32_t times;
    uint64_t flows;
    char series[64], sentence[300], labels_problem[300];
    bool has_labels;
    enum capture_status status;
};

static struct told told_of(const struct outcome *outcome, const char *name)
{
    struct told told = { 0 };
    for (uint32_t i = 0; i < outcome->results.count; i++) {
        struct error error = { { 0 } };
        struct result *result = result_open(outcome->results.paths[i], &error);
        CHECK(result != NULL);
        if (result == NULL)
            continue;
        const struct result_header *header = result_header(result);
        for (uint32_t k = 0; k < header->capture_count; k++) {
            const struct capture_entry *entry = &header->captures[k];
            if (strcmp(entry->name, name) != 0)
                continue;
            told.times++;
            told.flows = header->flow_count;
            told.status = entry->status;
            told.has_labels = header->ndpi != NULL;
            snprintf(told.series, sizeof told.series, "%s", header->series);
            if (entry->problem_count > 0)
                snprintf(told.sentence, sizeof told.sentence, "%s",
                         entry->problems[0].sentence);
            if (header->ndpi_problem != NULL)
                snprintf(told.labels_problem, sizeof told.labels_problem, "%s",
                         header->ndpi_problem);
        }
        struct flow_record flow;
        flow_record_init(&flow);
        while (result_next(result, &flow))
            flow_record_release(&flow);
        flow_record_release(&flow);
        CHECK(result_is_whole(result, &error));
        result_close(result);
    }
    return told;
}

static bool is_fine(const struct outcome *outcome, const char *name)
{
    struct told told = told_of(outcome, name);
    return told.times == 1 && told.status == STATUS_COMPLETE && told.flows == 1;
}

static void all_is_read_and_what_does_not_follow_is_a_series_of_its_own(void)
{
    begin();
    write_capture("lan-1.pcap", 50001, noon_ns);
    write_capture("lan-2.pcap", 50001, noon_ns + s_ns);
    write_capture("lan-3.pcap", 50001, noon_ns + 100 * s_ns);
    write_capture("lan-4.pcap", 50001, noon_ns + 101 * s_ns);
    write_capture("wan.pcap", 50002, noon_ns);
    struct outcome outcome = run_with(series_read, false, "out");
    CHECK(outcome.ended == WORKERS_DONE && outcome.results.count == 3);
    CHECK(is_fine(&outcome, "lan-1.pcap") && is_fine(&outcome, "lan-2.pcap"));
    CHECK(is_fine(&outcome, "lan-4.pcap") && is_fine(&outcome, "wan.pcap"));
    CHECK_TEXT(told_of(&outcome, "lan-2.pcap").series, "lan");
    CHECK_TEXT(told_of(&outcome, "lan-3.pcap").series, "lan-3");
    CHECK_TEXT(told_of(&outcome, "lan-4.pcap").series, "lan-3");
    worker_results_release(&outcome.results);
    end();
}

static bool is_victim(const struct series_job *job)
{
    return strcmp(job->files[0].name, "victim.pcap") == 0;
}

static bool crash(const struct series_job *job, struct error *error)
{
    if (is_victim(job)) {
        atomic_store(&job->progress->frame, 41);
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    return series_read(job, error);
}

static bool spin(const struct series_job *job, struct error *error)
{
    while (is_victim(job))
        continue;
    return series_read(job, error);
}

/* Bit by bit, up to the limit of the address space; with a sanitizer there is none. */
static bool take_all_memory(const struct series_job *job, struct error *error)
{
    while (is_victim(job))
        (void)alloc_zeroed(1, IS_SANITIZED ? SIZE_MAX / 4 : 64 << 20);
    return series_read(job, error);
}

static bool overflow_the_stack(const struct series_job *job, struct error *error)
{
    volatile char room[1 << 16];
    room[0] = 0;
    signal(SIGSEGV, SIG_DFL);
    return (is_victim(job) ? overflow_the_stack(job, error) : series_read(job, error)) &&
           room[0] == 0;
}

static bool be_aborted(const struct series_job *job, struct error *error)
{
    if (is_victim(job))
        abort();
    return series_read(job, error);
}

static bool get_killed(const struct series_job *job, struct error *error)
{
    if (is_victim(job))
        raise(SIGKILL);
    return series_read(job, error);
}

static bool exit_oddly(const struct series_job *job, struct error *error)
{
    if (is_victim(job))
        _exit(77);
    return series_read(job, error);
}

/* "All went well", and nothing was read: neither believed nor tried for ever. */
static bool pretend(const struct series_job *job, struct error *error)
{
    return is_victim(job) || series_read(job, error);
}

/* A worker gone wrong may write anything into what it shares. */
static bool lie(const struct series_job *job, struct error *error)
{
    if (!is_victim(job))
        return series_read(job, error);
    atomic_store(&job->progress->file, 0xfffffff0);
    job->progress->order[0] = 0xfffffff0;
    atomic_store(&job->progress->is_ordered, 1);
    _exit(78);
}

static void a_worker_that_fails_costs_its_series_and_says_so(void)
{
    static const struct {
        work_function *work;
        const char *says;
    } cases[] = {
        { crash, "victim.pcap: its analysis crashed (signal 11) near frame 41" },
        { spin, "victim.pcap: its analysis hung near frame 0 and was ended" },
        { overflow_the_stack,
          "victim.pcap: its analysis crashed (signal 11) near frame 0" },
        { be_aborted, "victim.pcap: its analysis crashed (signal 6) near frame 0" },
        { take_all_memory, "victim.pcap: its analysis ran out of memory near frame 0" },
        { get_killed, "victim.pcap: its analysis was killed (signal 9) near frame 0" },
        { exit_oddly,
          "victim.pcap: its analysis ended unexpectedly (status 77) near frame 0" },
        { pretend,
          "victim.pcap: its analysis ended unexpectedly (status 0) near frame 0" },
        { lie, "victim.pcap: its analysis ended unexpectedly (status 78) near frame 0" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        write_capture("victim.pcap", 50001, noon_ns);
        write_capture("other.pcap", 50002, noon_ns);
        struct outcome outcome = run_with(cases[i].work, false, "out");
        CHECK(outcome.ended == WORKERS_DONE && outcome.results.count == 2);
        struct told victim = told_of(&outcome, "victim.pcap");
        CHECK(victim.times == 1 && victim.flows == 0);
        CHECK(victim.status == STATUS_UNREADABLE);
        CHECK_TEXT(victim.sentence, cases[i].says);
        CHECK_TEXT(victim.series, "victim");
        CHECK(is_fine(&outcome, "other.pcap"));
        worker_results_release(&outcome.results);
        end();
    }
}

/* Of a group, at the second file. */
static bool crash_at_the_second(const struct series_job *job, struct error *error)
{
    if (job->file_count != 4)
        return series_read(job, error);
    for (uint32_t i = 0; i < 4; i++)
        job->progress->order[i] = 3 - i;
    atomic_store(&job->progress->is_ordered, 1);
    atomic_store(&job->progress->file, 2);
    raise(SIGKILL);
    return false;
}

static bool crash_while_looking(const struct series_job *job, struct error *error)
{
    if (job->file_count != 4)
        return series_read(job, error);
    atomic_store(&job->progress->file, 2);
    raise(SIGKILL);
    return false;
}

static void what_a_lost_worker_had_not_begun_is_read_by_the_next(void)
{
    for (int while_looking = 0; while_looking < 2; while_looking++) {
        begin();
        write_capture("lan-1.pcap", 50001, noon_ns);
        write_capture("lan-2.pcap", 50001, noon_ns + s_ns);
        write_capture("lan-3.pcap", 50001, noon_ns + 2 * s_ns);
        write_capture("lan-4.pcap", 50001, noon_ns + 3 * s_ns);
        struct outcome outcome = run_with(
            while_looking ? crash_while_looking : crash_at_the_second, false, "out");
        CHECK(outcome.ended == WORKERS_DONE);
        CHECK(is_fine(&outcome, "lan-1.pcap") && is_fine(&outcome, "lan-2.pcap"));
        struct told third = told_of(&outcome, "lan-3.pcap");
        CHECK(third.status == STATUS_UNREADABLE && third.times == 1);
        if (while_looking)
            CHECK(is_fine(&outcome, "lan-4.pcap"));
        else
            CHECK(told_of(&outcome, "lan-4.pcap").status == STATUS_UNREADABLE);
        worker_results_release(&outcome.results);
        end();
    }
}

/* Says that it has read all the files, whose order it gives as 0, 0, 0, 0; then ends. */
static bool forget_files(const struct series_job *job, struct error *error)
{
    if (job->file_count != 4)
        return series_read(job, error);
    memset(job->progress->order, 0, 4 * sizeof *job->progress->order);
    atomic_store(&job->progress->is_ordered, 1);
    atomic_store(&job->progress->file, 3);
    _exit(80);
}

static void no_file_is_left_out_whatever_a_worker_says_of_them(void)
{
    begin();
    write_capture("lan-1.pcap", 50001, noon_ns);
    write_capture("lan-2.pcap", 50001, noon_ns + s_ns);
    write_capture("lan-3.pcap", 50001, noon_ns + 2 * s_ns);
    write_capture("lan-4.pcap", 50001, noon_ns + 3 * s_ns);
    struct outcome outcome = run_with(forget_files, false, "out");
    CHECK(outcome.ended == WORKERS_DONE);
    CHECK(told_of(&outcome, "lan-1.pcap").status == STATUS_UNREADABLE);
    CHECK(is_fine(&outcome, "lan-2.pcap") && is_fine(&outcome, "lan-3.pcap") &&
          is_fine(&outcome, "lan-4.pcap"));
    worker_results_release(&outcome.results);
    end();
}

/* Of two workers that run at once: where the first one's progress is. */
static struct meeting {
    struct series_progress *_Atomic progress;
    _Atomic bool is_over;
} * meeting;

static bool meddle(const struct series_job *job, struct error *error)
{
    if (!is_victim(job)) {
        atomic_store(&meeting->progress, job->progress);
        while (!atomic_load(&meeting->is_over))
            sched_yield();
        return series_read(job, error);
    }
    struct series_progress *other;
    while ((other = atomic_load(&meeting->progress)) == NULL)
        sched_yield();
    signal(SIGSEGV, SIG_DFL);
    atomic_store(&meeting->is_over, true); /* in time: the first one has to wake up */
    atomic_store(&other->file, 5);
    atomic_store(&other->inside_ndpi, 1);
    return series_read(job, error);
}

/* Alike in size, so the one that comes first by name is the first. */
static void a_worker_cannot_reach_the_progress_of_an_earlier_one(void)
{
    begin();
    meeting = mmap(NULL, sizeof *meeting, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(meeting != MAP_FAILED);
    write_capture("earlier-than-the-other.pcap", 50002, noon_ns);
    write_capture("victim.pcap", 50001, noon_ns);
    struct outcome outcome = run_with(meddle, false, "out");
    CHECK_TEXT(told_of(&outcome, "victim.pcap").sentence,
               "victim.pcap: its analysis crashed (signal 11) near frame 0");
    CHECK(is_fine(&outcome, "earlier-than-the-other.pcap"));
    worker_results_release(&outcome.results);
    munmap(meeting, sizeof *meeting);
    end();
}

static bool crash_inside_ndpi(const struct series_job *job, struct error *error)
{
    if (is_victim(job) && job->labels != NULL) {
        atomic_store(&job->progress->inside_ndpi, 1);
        raise(SIGKILL);
    }
    return series_read(job, error);
}

static void a_crash_inside_ndpi_is_repeated_without_it(void)
{
    begin();
    write_capture("victim.pcap", 50001, noon_ns);
    write_capture("other.pcap", 50002, noon_ns);
    struct outcome outcome = run_with(crash_inside_ndpi, true, "out");
    CHECK(outcome.ended == WORKERS_DONE && outcome.results.count == 2);
    CHECK(is_fine(&outcome, "victim.pcap") && is_fine(&outcome, "other.pcap"));
    struct told victim = told_of(&outcome, "victim.pcap");
    CHECK(!victim.has_labels && told_of(&outcome, "other.pcap").has_labels);
    CHECK_TEXT(
        victim.labels_problem,
        "victim.pcap: its analysis was killed (signal 9) inside nDPI near frame 0");
    CHECK_TEXT(told_of(&outcome, "other.pcap").labels_problem, "");
    worker_results_release(&outcome.results);
    end();
}

static bool cannot_write(const struct series_job *job, struct error *error)
{
    (void)job;
    error_set(error, "no room (a test)");
    return false;
}

static void output_that_cannot_be_written_ends_all(void)
{
    begin();
    write_capture("one.pcap", 50001, noon_ns);
    struct outcome outcome = run_with(cannot_write, false, "out");
    CHECK(outcome.ended == WORKERS_OUTPUT_FAILED && outcome.results.count == 0);
    worker_results_release(&outcome.results);
    outcome = run_with(series_read, false, "nowhere");
    CHECK(outcome.ended == WORKERS_OUTPUT_FAILED && outcome.error.text[0] != '\0');
    worker_results_release(&outcome.results);
    end();
}

/* Is it inside the sandbox? */
static bool try_to_open(const struct series_job *job, struct error *error)
{
    if (is_victim(job) && open("/etc/passwd", O_RDONLY) >= 0)
        return series_read(job, error);
    _exit(79);
}

static void work_is_done_inside_the_sandbox(void)
{
    begin();
    write_capture("victim.pcap", 50001, noon_ns);
    struct outcome outcome = run_with(try_to_open, false, "out");
    CHECK(told_of(&outcome, "victim.pcap").status == STATUS_UNREADABLE);
    worker_results_release(&outcome.results);
    end();
}

static void interrupt(int number)
{
    (void)number;
    workers_interrupt(SIGINT);
}

static bool spin_always(const struct series_job *job, struct error *error)
{
    (void)error;
    for (uint64_t i = 0; i < UINT64_MAX; i++) /* busy, and not hung */
        atomic_store(&job->progress->packets, i);
    return false;
}

/* The last one: the mark of the interruption stays. */
static void an_interruption_ends_the_workers(void)
{
    begin();
    write_capture("one.pcap", 50001, noon_ns);
    write_capture("two.pcap", 50001, noon_ns);
    signal(SIGALRM, interrupt);
    alarm(1);
    struct outcome outcome = run_with(spin_always, false, "out");
    CHECK(outcome.ended == WORKERS_INTERRUPTED && outcome.results.count == 0);
    CHECK(workers_interrupted_by() == SIGINT);
    worker_results_release(&outcome.results);
    end();
}

int main(void)
{
    RUN(all_is_read_and_what_does_not_follow_is_a_series_of_its_own);
    RUN(a_worker_that_fails_costs_its_series_and_says_so);
    RUN(what_a_lost_worker_had_not_begun_is_read_by_the_next);
    RUN(no_file_is_left_out_whatever_a_worker_says_of_them);
    RUN(a_worker_cannot_reach_the_progress_of_an_earlier_one);
    RUN(a_crash_inside_ndpi_is_repeated_without_it);
    RUN(output_that_cannot_be_written_ends_all);
    RUN(work_is_done_inside_the_sandbox);
    RUN(an_interruption_ends_the_workers);
    return test_end();
}
