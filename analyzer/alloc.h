/*
 * alloc.h - memory, or the end of the program.
 *
 * Out of memory is said in one place, here: the program ends with a message (in a worker
 * that costs one series, which the report names). None of these returns NULL, but for a
 * size of 0. What they give is let go of with free().
 */
#ifndef O365LENS_ANALYZER_ALLOC_H
#define O365LENS_ANALYZER_ALLOC_H

#include <stddef.h>

/* `count` items of `size` bytes, zeroed. */
void *alloc_zeroed(size_t count, size_t size);

/* Grows or shrinks to `count` items of `size` bytes; what is new is not zeroed. */
void *alloc_resize(void *memory, size_t count, size_t size);

char *alloc_text(const char *text);                     /* a copy; NULL stays NULL */
char *alloc_text_of(const void *bytes, size_t size);    /* a copy with a NUL behind it */

/* printf into memory of its own. */
char *alloc_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
