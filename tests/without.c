/*
 * without.c - runs a program on a kernel that lacks what sandboxes are made of.
 *
 *     without landlock|seccomp|both PROGRAM ARGUMENTS...
 *
 * A filter answers the system calls as kernels do that do not know them.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int forget(scmp_filter_ctx filter, int call)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0);
}

static int forget_landlock(scmp_filter_ctx filter)
{
    return forget(filter, SCMP_SYS(landlock_create_ruleset)) |
           forget(filter, SCMP_SYS(landlock_add_rule)) |
           forget(filter, SCMP_SYS(landlock_restrict_self));
}

static int forget_seccomp(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp its = { .arg = 0,
                                      .op = SCMP_CMP_EQ,
                                      .datum_a = PR_SET_SECCOMP };
    return forget(filter, SCMP_SYS(seccomp)) |
           seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                                  &its);
}

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int failed = 0;
    if (argc < 3 || filter == NULL)
        return 2;
    if (strcmp(argv[1], "seccomp") != 0)
        failed |= forget_landlock(filter);
    if (strcmp(argv[1], "landlock") != 0)
        failed |= forget_seccomp(filter);
    if (failed != 0 || seccomp_load(filter) != 0) {
        fputs("without: the filter cannot be set\n", stderr);
        return 77;
    }
    seccomp_release(filter);
    execv(argv[2], argv + 2);
    perror(argv[2]);
    return 77;
}
