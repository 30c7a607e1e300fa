/* fuzz_byte_source.c - any stored bytes; the first one says in which steps they are read.
 */
#include "analyzer/byte_source.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PRODUCED_MAX = 64 << 20 };

/* The bytes of the window that it adds up must all be readable. */
static unsigned walk(struct byte_source *source, size_t step)
{
    struct bytes window;
    unsigned sum = 0;
    while (byte_source_need(source, step, &window) &&
           byte_source_facts(source)->produced_bytes < PRODUCED_MAX) {
        sum += (unsigned)window.at[0] + window.at[step - 1] + window.at[window.left - 1];
        byte_source_consume(source, step);
    }
    return sum;
}

static void check(const struct byte_source *source)
{
    const struct byte_source_facts *facts = byte_source_facts(source);
    bool is_good = byte_source_state(source) <= BYTE_SOURCE_END;
    if (is_good != (byte_source_problem(source)->text[0] == '\0') ||
        facts->consumed_bytes > facts->produced_bytes)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    size_t step = (size_t)bytes_u8(&in) * 97 + 1;
    int fd = memfd_create("stored", 0);
    if (fd < 0 || write(fd, in.at, in.left) != (ssize_t)in.left)
        abort();
    lseek(fd, 0, SEEK_SET);
    struct byte_source *source = byte_source_open(fd, "fuzz", NULL);
    if (source == NULL)
        abort();
    walk(source, step);
    check(source);
    if (!byte_source_drain(source) || byte_source_facts(source)->stored_bytes != in.left)
        abort();
    byte_source_close(source);
    close(fd);
    return 0;
}
