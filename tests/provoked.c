/*
 * provoked.c - the program with workers that go wrong in the middle of a capture.
 *
 * Linked with main.c and --wrap=series_read, decode_packet and workers_run: nothing of
 * this is in the program itself. What goes wrong at a capture's frame 1,500 is the first
 * word of its name ("hang.pcap", "hang-2.pcap"); of a numbered one it is the second only.
 * A hang is noticed within a second, and memory is short.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/decode.h"
#include "analyzer/worker.h"

#ifdef __SANITIZE_ADDRESS__
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

enum { WRONG_AT = 1500, CHUNK = 64 << 20, LITTLE_MEMORY = 1 << 30 };

bool __real_series_read(const struct series_job *job, struct error *error);
bool __wrap_series_read(const struct series_job *job, struct error *error);
enum decode __real_decode_packet(const struct packet *packet, struct headers *headers);
enum decode __wrap_decode_packet(const struct packet *packet, struct headers *headers);
enum worker_outcome __real_workers_run(const struct series_groups *groups,
                                       const struct worker_settings *settings,
                                       struct worker_results *results,
                                       struct error *error);
enum worker_outcome __wrap_workers_run(const struct series_groups *groups,
                                       const struct worker_settings *settings,
                                       struct worker_results *results,
                                       struct error *error);
const char *__asan_default_options(void);

static const struct series_job *job_now;

/* So that too much memory asked for is refused, not reported. */
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:handle_segv=0:handle_abort=0";
}

enum worker_outcome __wrap_workers_run(const struct series_groups *groups,
                                       const struct worker_settings *settings,
                                       struct worker_results *results,
                                       struct error *error)
{
    struct worker_settings impatient = *settings;
    impatient.hang_cpu_seconds = 1;
    impatient.address_space = LITTLE_MEMORY;
    return __real_workers_run(groups, &impatient, results, error);
}

bool __wrap_series_read(const struct series_job *job, struct error *error)
{
    job_now = job;
    return __real_series_read(job, error);
}

static void crash(void)
{
    volatile uintptr_t nowhere =
        16; /* what the compiler does not see, it does not mind */
    *(volatile char *)nowhere = 1;
}

static void hang(void)
{
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void take_memory(void)
{
    for (;;)
        (void)alloc_zeroed(1, IS_SANITIZED ? SIZE_MAX / 4 : CHUNK);
}

static void be_killed(void)
{
    raise(SIGKILL);
}

static void leave(void)
{
    _exit(3);
}

/* What should not have come back has, and says so. */
static void tell(const char *what)
{
    (void)!write(STDERR_FILENO, what, strlen(what));
}

static void open_file(void)
{
    if (open("/etc/passwd", O_RDONLY) >= 0)
        tell("opened a file\n");
}

static void make_socket(void)
{
    if (socket(AF_INET, SOCK_DGRAM, 0) >= 0)
        tell("made a socket\n");
}

static void run_program(void)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/echo", "echo", "ran a program", (char *)NULL);
        _exit(1);
    }
}

static const struct {
    const char *name;
    void (*go)(void);
} wrongs[] = {
    { "crash", crash },        { "hang", hang },           { "memory", take_memory },
    { "kill", be_killed },     { "leave", leave },         { "open", open_file },
    { "socket", make_socket }, { "program", run_program },
};

static void go_wrong(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t size = strcspn(name, "-.");
    if (name[size] == '-' && name[size + 1] != '2')
        return;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++)
        if (strlen(wrongs[i].name) == size && memcmp(name, wrongs[i].name, size) == 0)
            wrongs[i].go();
}

enum decode __wrap_decode_packet(const struct packet *packet, struct headers *headers)
{
    if (job_now != NULL && packet->number == WRONG_AT)
        go_wrong(job_now->files[atomic_load(&job_now->progress->file)].name);
    return __real_decode_packet(packet, headers);
}
