/* sandbox.c - landlock(7) (Linux 5.13 and later), seccomp(2), and limits. */
#include "analyzer/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A sanitizer maps terabytes, and looks into /proc when it has something to report. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static void limit(__rlimit_resource_t resource, uint64_t most)
{
    struct rlimit both = { .rlim_cur = most, .rlim_max = most };
    (void)setrlimit(resource, &both);
}

/* struct landlock_ruleset_attr, and its rights, as of ABI 6: the header may be older. */
struct landlock_rights {
    uint64_t files;
    uint64_t network; /* ABI 4: 1 bind, 2 connect with TCP */
    uint64_t scope;   /* ABI 6: 1 abstract Unix sockets, 2 signals, outside of it */
};

static struct landlock_rights all_rights(long abi)
{
    struct landlock_rights rights = {
        .files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
        .network = abi >= 4 ? 3 : 0,
        .scope = abi >= 6 ? 3 : 0,
    };
    if (abi >= 2)
        rights.files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        rights.files |= UINT64_C(1) << 14; /* to truncate */
    if (abi >= 5)
        rights.files |= UINT64_C(1) << 15; /* ioctl on devices */
    return rights;
}

/* A ruleset that handles every right and grants none. A kernel takes what is behind the
   fields that it knows as long as it is zero. */
static bool deny_files(void)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return false;
    struct landlock_rights rights = all_rights(abi);
    long ruleset = syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0);
    if (ruleset < 0)
        return false;
    bool is_denied = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    close((int)ruleset);
    return is_denied;
}

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(pwrite64),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(close),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_yield),
    SCMP_SYS(fdatasync),
    SCMP_SYS(fsync),
    SCMP_SYS(sigaltstack),
};

/* Rules that look at arguments, or refuse without ending the worker; 0 where all were
   taken. */
static int allow_with_care(scmp_filter_ctx filter)
{
    int failed = 0;
    /* Memory, but none to run code from. */
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, 4 /* PROT_EXEC */, 0));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 0));
    /* abort() signals the process itself; no other one may be. */
    const struct scmp_arg_cmp itself = { .arg = 0,
                                         .op = SCMP_CMP_EQ,
                                         .datum_a = (scmp_datum_t)getpid() };
    failed |=
        seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);
    /* fstat of newer C libraries, which stdio asks: a path could be in it, so it fails.
       As the default action it must not be said again. */
    if (!IS_SANITIZED)
        failed |=
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(newfstatat), 0);
    return failed;
}

static bool allow_few_calls(void)
{
    /* Under a sanitizer a call that is not allowed fails; else it ends the worker, so
       that it is noticed. */
    scmp_filter_ctx filter =
        seccomp_init(IS_SANITIZED ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);
    if (filter == NULL)
        return false;
    int failed = 0;
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    failed |= allow_with_care(filter);
    bool is_loaded = failed == 0 && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return is_loaded;
}

unsigned sandbox_enter(uint64_t address_space)
{
    unsigned parts = 0;
    limit(RLIMIT_CORE, 0);
    if (address_space != 0 && !IS_SANITIZED)
        limit(RLIMIT_AS, address_space);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return parts;
    if (deny_files())
        parts |= SANDBOX_LANDLOCK;
    if (allow_few_calls())
        parts |= SANDBOX_SECCOMP;
    return parts;
}
