/*
 * error.h - why something outside the program failed, in one sentence.
 *
 * What can fail for an outside reason returns bool or a pointer and fills a struct error
 * of the caller's with a sentence that names the file, and the offset or frame where that
 * helps. The sentence may hold bytes of file names: it goes to a terminal through
 * error_print alone, which makes them harmless.
 */
#ifndef O365LENS_ANALYZER_ERROR_H
#define O365LENS_ANALYZER_ERROR_H

enum { ERROR_TEXT_SIZE = 512 };

struct error {
    char text[ERROR_TEXT_SIZE]; /* "" where nothing failed */
};

/* Fills the sentence, cut where it is too long; `error` may be NULL. */
void error_set(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "o365lens: SENTENCE" on standard error, control bytes as \xNN. */
void error_print(const struct error *error);

#endif
