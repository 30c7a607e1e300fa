/* test_text_pool.c - analyzer/text_pool.c. */
#include "analyzer/text_pool.h"

#include "tests/test.h"

static const char *captured(struct text_pool *pool, const char *text, size_t most)
{
    return text_pool_captured(pool, bytes_of(text, strlen(text)), most);
}

static void what_is_taken_is_zeroed_aligned_and_apart(void)
{
    struct text_pool pool = { 0 };
    static const size_t sizes[] = { 1, 7, 8, 9, 500, 999, 1000, 1001, 4096, 70000, 1 };
    uint8_t *taken[sizeof sizes / sizeof *sizes];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        taken[i] = text_pool_take(&pool, sizes[i]);
        CHECK((uintptr_t)taken[i] % sizeof(void *) == 0);
        for (size_t k = 0; k < sizes[i]; k++)
            CHECK(taken[i][k] == 0);
        memset(taken[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        CHECK(taken[i][0] == i + 1 && taken[i][sizes[i] - 1] == i + 1);
    text_pool_release(&pool);
    CHECK(pool.blocks == NULL);
}

static void plain_text_stays_as_it_is(void)
{
    struct text_pool pool = { 0 };
    CHECK_TEXT(captured(&pool, "outlook.example", 255), "outlook.example");
    CHECK_TEXT(captured(&pool, "m\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80", 255),
               "m\xc3\xbcnchen \xe2\x82\xac \xf0\x9f\x98\x80");
    text_pool_release(&pool);
}

static void control_bytes_are_spelled(void)
{
    struct text_pool pool = { 0 };
    CHECK_TEXT(text_pool_captured(&pool, bytes_of("a\0b\x1b[2J\x7f", 8), 255),
               "a\\x00b\\x1b[2J\\x7f");
    /* U+0085 is a control character as well. */
    CHECK_TEXT(captured(&pool, "\xc2\x85", 255), "\\xc2\\x85");
    text_pool_release(&pool);
}

static void what_is_no_utf_8_is_spelled(void)
{
    struct text_pool pool = { 0 };
    CHECK_TEXT(captured(&pool, "\xff", 255), "\\xff");
    CHECK_TEXT(captured(&pool, "\xc0\xaf", 255), "\\xc0\\xaf"); /* too long */
    CHECK_TEXT(captured(&pool, "\xe0\x80\xaf", 255), "\\xe0\\x80\\xaf");
    CHECK_TEXT(captured(&pool, "\xed\xa0\x80", 255), "\\xed\\xa0\\x80"); /* surrogate */
    CHECK_TEXT(captured(&pool, "\xf4\x90\x80\x80", 255), "\\xf4\\x90\\x80\\x80");
    CHECK_TEXT(captured(&pool, "\xe2\x82", 255), "\\xe2\\x82"); /* cut */
    CHECK_TEXT(captured(&pool, "\xc3(", 255), "\\xc3(");
    text_pool_release(&pool);
}

static void a_cut_falls_between_characters(void)
{
    struct text_pool pool = { 0 };
    CHECK_TEXT(captured(&pool, "abcdef", 3), "abc");
    CHECK_TEXT(captured(&pool, "ab\xc3\xbc", 3), "ab");
    CHECK_TEXT(captured(&pool,
                        "ab\x01"
                        "c",
                        5),
               "ab");
    CHECK_TEXT(captured(&pool,
                        "ab\x01"
                        "c",
                        6),
               "ab\\x01");
    text_pool_release(&pool);
}

static void nothing_gives_no_text(void)
{
    struct text_pool pool = { 0 };
    CHECK(text_pool_captured(&pool, bytes_of(NULL, 0), 10) == NULL);
    CHECK(text_pool_hex(&pool, bytes_of(NULL, 0)) == NULL);
    CHECK(text_pool_copy(&pool, NULL) == NULL);
    CHECK(pool.blocks == NULL);
}

static void hex_digits_and_copies(void)
{
    struct text_pool pool = { 0 };
    char text[] = "changes later";
    const char *copy = text_pool_copy(&pool, text);
    text[0] = 'X';
    CHECK_TEXT(copy, "changes later");
    CHECK_TEXT(text_pool_copy(&pool, ""), "");
    CHECK_TEXT(text_pool_hex(&pool, bytes_of("\x00\x9f\xa0", 3)), "009fa0");
    text_pool_release(&pool);
}

int main(void)
{
    RUN(what_is_taken_is_zeroed_aligned_and_apart);
    RUN(plain_text_stays_as_it_is);
    RUN(control_bytes_are_spelled);
    RUN(what_is_no_utf_8_is_spelled);
    RUN(a_cut_falls_between_characters);
    RUN(nothing_gives_no_text);
    RUN(hex_digits_and_copies);
    return test_end();
}
