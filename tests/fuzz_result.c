/*
 * fuzz_result.c - any bytes as a result, read as a merge reads them.
 *
 * The checksum stands in the way of what comes behind the header only at the end: flows
 * are given out before it is known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/correlate.h"
#include "analyzer/result.h"

static void read_flows(struct result *result)
{
    struct error error = { { 0 } };
    struct flow_record record;
    const struct result_header *header = result_header(result);
    struct correlation *correlation = correlation_new();
    while (result_next(result, &record)) {
        if (record.capture >= header->capture_count)
            abort();
        for (uint32_t i = 0; i < record.tls.chain_count; i++)
            if (header->certificates[record.tls.chain[i]].sha256 == NULL)
                abort();
        correlation_see(correlation, (uint32_t)(record.id % 3), 0, &record);
        flow_record_release(&record);
    }
    correlation_conclude(correlation);
    correlation_free(correlation);
    if (!result_is_whole(result, &error) && error.text[0] == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = { { 0 } };
    char path[64];
    int file = memfd_create("result", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct result *result = result_open(path, &error);
    if (result != NULL)
        read_flows(result);
    else if (error.text[0] == '\0')
        abort();
    result_close(result);
    close(file);
    return 0;
}
