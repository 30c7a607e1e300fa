/* The bytes of a capture through a whole worker, and its result read back. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/result.h"
#include "analyzer/series_reader.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static int memory_file(const void *bytes, size_t size)
{
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    check(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    check(lseek(file, 0, SEEK_SET) == 0);
    return file;
}

static void check_flow(const struct flow_record *flow, uint64_t id)
{
    check(flow->id == id && flow->end_ns >= flow->start_ns);
    check(flow->capture == 0 && frame_number(flow->first_frame) > 0);
    check(flow->packets[0] + flow->packets[1] + flow->copies > 0);
    check(flow->crossings >= 1);
}

static void check_result(int output)
{
    char path[64];
    struct error error = { { 0 } };
    snprintf(path, sizeof path, "/proc/self/fd/%d", output);
    struct result *result = result_open(path, &error);
    check(result != NULL && result_header(result)->capture_count == 1);
    uint64_t count = result_header(result)->flow_count, seen = 0;
    struct flow_record flow;
    flow_record_init(&flow);
    while (result_next(result, &flow)) {
        check_flow(&flow, ++seen);
        flow_record_release(&flow);
        flow_record_init(&flow);
    }
    check(result_is_whole(result, &error) && seen == count);
    result_close(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct series_progress *progress; /* with room for the order of one file */
    if (progress == NULL)
        progress = calloc(1, sizeof *progress + sizeof(uint32_t));
    check(progress != NULL);
    int input = memory_file(data, size), output = memory_file("", 0);
    int spill = memory_file("", 0);
    struct series_file file = { .name = (char *)"fuzz.pcap",
                                .path = (char *)"fuzz.pcap",
                                .series_name = (char *)"fuzz" };
    struct series_settings settings = {
        .from_ns = INT64_MIN, .to_ns = INT64_MAX, .flow_limit = 16, .with_hashes = true
    };
    struct series_job job = {
        .files = &file,
        .inputs = &input,
        .file_count = 1,
        .output = output,
        .spill = spill,
        .settings = &settings,
        .progress = progress,
    };
    struct error error = { { 0 } };
    check(series_read(&job, &error));
    check_result(output);
    close(input);
    close(output);
    close(spill);
    return 0;
}
