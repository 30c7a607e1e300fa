/*
 * day.h - days as the data files write them: "2018-08-02", in UTC.
 *
 * Days of this form stand in the order of their bytes.
 */
#ifndef O365LENS_ANALYZER_DAY_H
#define O365LENS_ANALYZER_DAY_H

#include <stdbool.h>
#include <stdint.h>

enum { DAY_SIZE = 10 /* without a NUL */ };

#define DAY_NS (INT64_C(86400) * 1000000000)

/*
 * Days since 1970-01-01 of the first ten bytes; what follows them is the caller's to
 * check. False where they are no day from 1970 to 2261, which 64 bits of ns can hold.
 */
bool day_read(const char *text, int64_t *days);

#endif
