/* day.c - RFC 3339 full-date, the proleptic Gregorian calendar. */
#include "analyzer/day.h"

#include <stddef.h>

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

bool day_read(const char *text, int64_t *days)
{
    static const char form[] = "0000-00-00";
    static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    for (size_t i = 0; i < DAY_SIZE; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    int year = two_digits(text) * 100 + two_digits(text + 2);
    int month = two_digits(text + 5), day = two_digits(text + 8);
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 ||
        day > length[month - 1] + (is_leap && month == 2))
        return false;
    int past = year - 1;
    *days = (int64_t)past * 365 + past / 4 - past / 100 + past / 400 - 719162 +
            before[month - 1] + (is_leap && month > 2) + day - 1;
    return true;
}
