/* loss.c - a result that says only why there is none. */
#include "analyzer/loss.h"

#include <signal.h>
#include <sys/wait.h>

#include "analyzer/alloc.h"
#include "analyzer/result_writer.h"
#include "analyzer/version.h"

enum { EXIT_OUT_OF_MEMORY = 4 }; /* alloc.c */

char *loss_sentence(const struct loss *loss)
{
    const char *where = loss->is_inside_ndpi ? " inside nDPI" : "";
    unsigned long long near = (unsigned long long)loss->frame;
    int status = loss->status;
    if (loss->is_hung)
        return alloc_format("%s: its analysis hung%s near frame %llu and was ended",
                            loss->name, where, near);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return alloc_format("%s: its analysis made a forbidden system call%s near frame "
                            "%llu and was ended",
                            loss->name, where, near);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return alloc_format("%s: its analysis was killed (signal 9)%s near frame %llu",
                            loss->name, where, near);
    if (WIFSIGNALED(status))
        return alloc_format("%s: its analysis crashed (signal %d)%s near frame %llu",
                            loss->name, WTERMSIG(status), where, near);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OUT_OF_MEMORY)
        return alloc_format("%s: its analysis ran out of memory%s near frame %llu",
                            loss->name, where, near);
    return alloc_format(
        "%s: its analysis ended unexpectedly (status %d)%s near frame %llu", loss->name,
        WIFEXITED(status) ? WEXITSTATUS(status) : -1, where, near);
}

/* Of the files of a series all are lost, and one of them was at fault. */
static struct capture_problem problem_of(const struct series_file *file,
                                         const struct lost_series *lost)
{
    if (file == lost->culprit)
        return (struct capture_problem){ .frame = lost->frame,
                                         .sentence = alloc_text(lost->sentence) };
    return (struct capture_problem){
        .sentence = alloc_format("%s: it was lost with the series that it is of: %s",
                                 file->name, lost->sentence)
    };
}

static void lose_file(struct result_header *header, const struct series_file *file,
                      const struct lost_series *lost)
{
    struct capture_entry *entry = &header->captures[header->capture_count++];
    *entry = (struct capture_entry){
        .name = alloc_text(file->name),
        .in_folder = file->in_folder,
        .status = STATUS_UNREADABLE,
        .problems = alloc_zeroed(1, sizeof *entry->problems),
        .problem_count = 1,
    };
    entry->problems[0] = problem_of(file, lost);
}

bool loss_write(const struct lost_series *lost, int output, int spill,
                struct error *error)
{
    struct result_header header = {
        .series = alloc_text(lost->files[0]->series_name),
        .generator = alloc_text(O365LENS_VERSION),
        .captures = alloc_zeroed(lost->file_count, sizeof *header.captures),
    };
    for (uint32_t i = 0; i < lost->file_count; i++)
        lose_file(&header, lost->files[i], lost);
    struct certificates *none = certificates_new();
    bool is_written =
        result_writer_conclude(result_writer_new(spill), &header, none, output, error);
    certificates_free(none);
    result_header_release(&header);
    return is_written;
}
