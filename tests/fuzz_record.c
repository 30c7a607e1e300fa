/* fuzz_record.c - any bytes as a flow's line; what is read is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/record_fields.h"
#include "tests/written.h"

static char *text_of(const struct flow_record *record)
{
    struct written written = { 0 };
    struct json_out out;
    json_out_init(&out, written_take, &written);
    record_fields_write(record, &out);
    (void)json_out_flush(&out);
    return written.text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_record record, again;
    char *line = alloc_text_of(data, size);
    if (record_fields_read(line, &record)) {
        char *first = text_of(&record), *copy = alloc_text(first);
        if (!record_fields_read(copy, &again))
            abort();
        char *second = text_of(&again);
        if (strcmp(first, second) != 0)
            abort();
        (void)record_fields_name_files_below(&record, 3);
        free(first);
        free(second);
        flow_record_release(&again);
        flow_record_release(&record);
        free(copy);
    }
    free(line);
    return 0;
}
