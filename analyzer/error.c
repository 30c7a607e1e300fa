/* error.c - sentences about the outside, harmless on a terminal. */
#include "analyzer/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

void error_set(struct error *error, const char *format, ...)
{
    if (error == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
}

void error_print(const struct error *error)
{
    fputs("o365lens: ", stderr);
    for (const char *at = error->text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        /* Escape sequences of a terminal begin with a C0 byte, or a C1 byte (0x80-0x9f
           in Latin-1, C2 80-9F in UTF-8): what is no printable ASCII is spelled out. */
        if (byte < 0x20 || byte > 0x7e)
            fprintf(stderr, "\\x%02x", byte);
        else
            fputc(byte, stderr);
    }
    fputc('\n', stderr);
}
