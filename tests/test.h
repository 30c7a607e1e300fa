/*
 * test.h - the whole test framework.
 *
 *     static void every_cut_is_truncated(void) { CHECK(read(...) == DISSECT_TRUNCATED); }
 *     int main(void) { RUN(every_cut_is_truncated); return test_end(); }
 *
 * A failed CHECK prints file, line and the expression, and the test goes on.
 */
#ifndef O365LENS_TESTS_TEST_H
#define O365LENS_TESTS_TEST_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int test_failures;
static int test_count;

#define CHECK(expression)                                                                \
    do {                                                                                 \
        if (!(expression)) {                                                             \
            test_failures++;                                                             \
            fprintf(stderr, "%s:%d: %s: failed: %s\n", __FILE__, __LINE__, __func__,     \
                    #expression);                                                        \
        }                                                                                \
    } while (0)

#define CHECK_TEXT(actual, expected)                                                     \
    do {                                                                                 \
        const char *test_actual = (actual), *test_expected = (expected);                 \
        if (test_actual == NULL || strcmp(test_actual, test_expected) != 0) {            \
            test_failures++;                                                             \
            fprintf(stderr, "%s:%d: %s: \"%s\" is not \"%s\"\n", __FILE__, __LINE__,     \
                    __func__, test_actual == NULL ? "(null)" : test_actual,              \
                    test_expected);                                                      \
        }                                                                                \
    } while (0)

#define RUN(test)                                                                        \
    do {                                                                                 \
        test_count++;                                                                    \
        test();                                                                          \
    } while (0)

static inline int test_end(void)
{
    printf("%d tests, %d failed checks\n", test_count, test_failures);
    return test_failures == 0 && test_count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Reads hexadecimal digits, blanks ignored, into `out`; returns how many bytes. */
static inline size_t test_hex(const char *text, uint8_t *out, size_t capacity)
{
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        if (isspace((unsigned char)*text))
            continue;
        unsigned value = (unsigned)(*text <= '9' ? *text - '0' : (*text | 32) - 'a' + 10);
        if (value > 15 || digits / 2 >= capacity)
            abort();
        uint8_t *byte = &out[digits / 2];
        *byte = (uint8_t)(digits % 2 == 0 ? value << 4 : *byte | value);
        digits++;
    }
    return digits / 2;
}

#endif
