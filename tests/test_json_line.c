/* test_json_line.c - RFC 8259, as far as our own writer goes; and what is none of it. */
#include "tests/test.h"

#include "analyzer/json_line.h"

struct copy {
    char bytes[256];
    struct json_line line;
};

static struct json_line *line_of(struct copy *copy, const char *text)
{
    snprintf(copy->bytes, sizeof copy->bytes, "%s", text);
    copy->line = (struct json_line){ .at = copy->bytes };
    return &copy->line;
}

static void an_object_is_walked_member_by_member(void)
{
    struct copy copy;
    struct json_line *line =
        line_of(&copy, "{\"a\":1,\"b\":\"two\",\"c\":[3,-4],\"d\":true}");
    CHECK(json_line_open(line, '{'));
    CHECK_TEXT(json_line_key(line), "a");
    CHECK(json_line_uint(line) == 1);
    CHECK(json_line_more(line, '}'));
    CHECK_TEXT(json_line_key(line), "b");
    CHECK_TEXT(json_line_text(line), "two");
    CHECK(json_line_more(line, '}'));
    CHECK_TEXT(json_line_key(line), "c");
    CHECK(json_line_open(line, '['));
    CHECK(json_line_int(line) == 3);
    CHECK(json_line_more(line, ']'));
    CHECK(json_line_int(line) == -4);
    CHECK(!json_line_more(line, ']'));
    CHECK(json_line_more(line, '}'));
    CHECK_TEXT(json_line_key(line), "d");
    CHECK(json_line_bool(line));
    CHECK(!json_line_more(line, '}'));
    CHECK(!line->has_failed && *line->at == '\0');
}

static void empty_containers_have_no_members(void)
{
    struct copy copy;
    CHECK(!json_line_open(line_of(&copy, "{}"), '{'));
    CHECK(!copy.line.has_failed && *copy.line.at == '\0');
    CHECK(!json_line_open(line_of(&copy, "[]"), '['));
    CHECK(!copy.line.has_failed && *copy.line.at == '\0');
    CHECK(!json_line_open(line_of(&copy, "[}"), '{'));
    CHECK(copy.line.has_failed);
}

static void escapes_become_what_they_stand_for(void)
{
    struct copy copy;
    CHECK_TEXT(json_line_text(line_of(&copy, "\"a\\\"b\\\\c\\/d\\n\\t\\r\\b\\f\"")),
               "a\"b\\c/d\n\t\r\b\f");
    CHECK_TEXT(json_line_text(line_of(&copy, "\"\\u003c\\u00e9\\u2028\\u001B\"")),
               "<\xc3\xa9\xe2\x80\xa8\x1b");
    CHECK(!copy.line.has_failed);
}

static void bad_texts_fail(void)
{
    static const char *const bad[] = {
        "x",
        "\"open",
        "\"\\",
        "\"\\x\"",
        "\"\\u00\"",
        "\"\\u00g0\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "\"\\udc00\"",
        "null",
        "",
    };
    struct copy copy;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_TEXT(json_line_text(line_of(&copy, bad[i])), "");
        CHECK(copy.line.has_failed);
        CHECK(copy.line.at <= copy.bytes + strlen(bad[i]));
    }
}

static void numbers_go_up_to_their_limits_and_not_beyond(void)
{
    struct copy copy;
    CHECK(json_line_uint(line_of(&copy, "18446744073709551615")) == UINT64_MAX);
    CHECK(json_line_uint(line_of(&copy, "\"18446744073709551615\"")) == UINT64_MAX);
    CHECK(!copy.line.has_failed && *copy.line.at == '\0');
    CHECK(json_line_uint(line_of(&copy, "18446744073709551616")) == 0);
    CHECK(copy.line.has_failed);
    CHECK(json_line_int(line_of(&copy, "\"-9223372036854775807\"")) == -INT64_MAX);
    CHECK(!copy.line.has_failed);
    CHECK(json_line_int(line_of(&copy, "9223372036854775808")) == 0);
    CHECK(copy.line.has_failed);
}

static void what_is_no_number_fails(void)
{
    static const char *const bad[] = {
        "", "-", "x", "\"\"", "\"12", "true", "[1]", "+1"
    };
    struct copy copy;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)json_line_int(line_of(&copy, bad[i]));
        CHECK(copy.line.has_failed);
        (void)json_line_uint(line_of(&copy, bad[i]));
        CHECK(copy.line.has_failed);
    }
    (void)json_line_uint(line_of(&copy, "-1"));
    CHECK(copy.line.has_failed);
    (void)json_line_bool(line_of(&copy, "truth"));
    CHECK(copy.line.has_failed);
    (void)json_line_bool(line_of(&copy, "tru"));
    CHECK(copy.line.has_failed);
}

static void one_value_is_passed_by(void)
{
    static const char *const values[] = {
        "1",    "\"a,}\"", "{}", "[]", "{\"x\":[1,{\"y\":\"]\"}]}", "[[[[[[[[]]]]]]]]",
        "null",
    };
    char text[256];
    struct copy copy;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(text, sizeof text, "%s,\"next\":7}", values[i]);
        json_line_skip(line_of(&copy, text));
        CHECK(!copy.line.has_failed && *copy.line.at == ',');
    }
}

static void what_cannot_be_passed_by_fails(void)
{
    static const char *const values[] = { "",
                                          "}",
                                          ",",
                                          "[1",
                                          "{\"a\":",
                                          "\"open",
                                          "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]," };
    struct copy copy;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        json_line_skip(line_of(&copy, values[i]));
        CHECK(copy.line.has_failed);
    }
}

static void an_error_sticks(void)
{
    struct copy copy;
    struct json_line *line = line_of(&copy, "x\"good\"");
    json_line_expect(line, 'y');
    line->at++;
    CHECK_TEXT(json_line_text(line), "");
    CHECK(json_line_uint(line) == 0);
    CHECK(!json_line_open(line, '"') && !json_line_take(line, '"'));
    CHECK(line->has_failed);
}

int main(void)
{
    RUN(an_object_is_walked_member_by_member);
    RUN(empty_containers_have_no_members);
    RUN(escapes_become_what_they_stand_for);
    RUN(bad_texts_fail);
    RUN(numbers_go_up_to_their_limits_and_not_beyond);
    RUN(what_is_no_number_fails);
    RUN(one_value_is_passed_by);
    RUN(what_cannot_be_passed_by_fails);
    RUN(an_error_sticks);
    return test_end();
}
