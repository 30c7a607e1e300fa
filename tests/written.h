/*
 * written.h - what a json_out writes, as a string, for tests.
 *
 *     struct written written = { 0 };
 *     json_out_init(&out, written_take, &written);  ...  json_out_flush(&out);
 *     ... written.text ...  written_release(&written);
 */
#ifndef O365LENS_TESTS_WRITTEN_H
#define O365LENS_TESTS_WRITTEN_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

struct written {
    char *text; /* ends with a NUL */
    size_t size;
    size_t room; /* bytes until the next write fails; 0: never */
};

static inline bool written_take(void *context, const void *bytes, size_t size)
{
    struct written *written = context;
    if (written->room > 0 && written->size + size > written->room)
        return false;
    written->text = alloc_resize(written->text, written->size + size + 1, 1);
    memcpy(written->text + written->size, bytes, size);
    written->size += size;
    written->text[written->size] = '\0';
    return true;
}

static inline void written_release(struct written *written)
{
    free(written->text);
    *written = (struct written){ 0 };
}

#endif
