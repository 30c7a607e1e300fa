/* alloc.c - the one place where lack of memory ends the program. */
#include "analyzer/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No stdio: it may allocate. The exit status is that of "nothing could be analysed". */
static _Noreturn void end_program(void)
{
    static const char message[] = "o365lens: out of memory\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    _exit(4);
}

void *alloc_zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL && count > 0 && size > 0)
        end_program();
    return memory;
}

void *alloc_resize(void *memory, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        end_program();
    if (count == 0 || size == 0) {
        free(memory);
        return NULL;
    }
    void *resized = realloc(memory, count * size);
    if (resized == NULL)
        end_program();
    return resized;
}

char *alloc_text(const char *text)
{
    return text == NULL ? NULL : alloc_text_of(text, strlen(text));
}

char *alloc_text_of(const void *bytes, size_t size)
{
    char *copy = alloc_zeroed(size + 1, 1);
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

char *alloc_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        end_program();
    va_end(arguments);
    return text;
}
