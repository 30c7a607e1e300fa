/*
 * measure.c - runs a command; appends to a file what it took, one line:
 *
 *     SECONDS CPU_SECONDS PEAK_KIB
 *
 * The peak is the resident set of the largest single process among the command and those
 * that it waited for (getrusage(2)). The exit status is the command's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOT_RUN = 127, BY_SIGNAL = 128 };

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static int append(const char *path, double seconds, const struct rusage *used)
{
    FILE *out = fopen(path, "a");
    if (out == NULL)
        return -1;
    fprintf(out, "%.3f %.3f %ld\n", seconds,
            seconds_of(used->ru_utime) + seconds_of(used->ru_stime), used->ru_maxrss);
    return fclose(out);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    double start = now_s();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(NOT_RUN);
    }
    int status;
    struct rusage used;
    if (child < 0 || wait4(child, &status, 0, &used) != child) {
        perror("measure");
        return EXIT_FAILURE;
    }
    if (append(argv[1], now_s() - start, &used) != 0) {
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
}
