/* test_json_in.c - RFC 8259, and what the reader refuses beyond it. */
#include "tests/test.h"

#include "analyzer/json_fields.h"
#include "analyzer/json_in.h"

static struct json_value *parse(const char *text, struct error *error)
{
    error->text[0] = '\0';
    return json_in_read(text, strlen(text), "a.json", error);
}

static bool is_read(const char *text)
{
    struct error error;
    struct json_value *document = parse(text, &error);
    json_in_free(document);
    return document != NULL;
}

/* The sentence with which the text is refused; "" where it is not. */
static const char *refusal(const char *text)
{
    static struct error error;
    json_in_free(parse(text, &error));
    return error.text;
}

static void values_of_every_kind_are_read(void)
{
    struct error error;
    struct json_value *document = parse(
        "{\"a\": [1, -2.5, true, null, \"x\\u00e9\\ud83d\\ude00\"], \"b\": {}}", &error);
    const struct json_value *a = json_in_member(document, "a");
    const struct json_value *item = json_in_first(a);
    int64_t integer = 0;
    double number = 0;
    bool truth = false;

    CHECK(json_in_count(a) == 5 && json_in_key(a) != NULL && json_in_key(item) == NULL);
    CHECK(json_in_integer(item, &integer) && integer == 1);
    item = json_in_next(item);
    CHECK(!json_in_integer(item, &integer));
    CHECK(json_in_number(item, &number) && number < -2.4 && number > -2.6);
    item = json_in_next(item);
    CHECK(json_in_bool(item, &truth) && truth);
    item = json_in_next(item);
    CHECK(json_in_kind(item) == JSON_NULL && json_in_text(item) == NULL);
    item = json_in_next(item);
    CHECK_TEXT(json_in_text(item), "x\xc3\xa9\xf0\x9f\x98\x80");
    CHECK(json_in_next(item) == NULL);
    CHECK(json_in_kind(json_in_member(document, "b")) == JSON_OBJECT);
    CHECK(json_in_member(document, "c") == NULL);
    CHECK(json_in_member(a, "a") == NULL);
    json_in_free(document);
}

static void absence_is_no_value_of_any_kind(void)
{
    int64_t integer = 7;
    CHECK(json_in_kind(NULL) == JSON_ABSENT && json_in_first(NULL) == NULL);
    CHECK(json_in_next(NULL) == NULL && json_in_key(NULL) == NULL);
    CHECK(json_in_text(NULL) == NULL && !json_in_integer(NULL, &integer) && integer == 7);
}

static void every_cut_of_a_document_is_refused(void)
{
    const char *text = "{\"a\": [1, {\"b\": \"\\u00e9\"}, -1.5e+3, true], \"c\": null}";
    struct error error;
    for (size_t size = 0; size < strlen(text); size++)
        CHECK(json_in_read(text, size, "a.json", &error) == NULL);
    CHECK(is_read(text));
}

static void a_refusal_names_line_and_column(void)
{
    CHECK_TEXT(refusal("{\n  \"a\": 01\n}"),
               "a.json: line 2, column 9: a number begins with 0");
    CHECK_TEXT(refusal("[1]\n]"),
               "a.json: line 2, column 1: text behind the end of the document");
    CHECK_TEXT(refusal("[1,"), "a.json: line 1, column 4: the document ends too early");
}

static void what_cJSON_would_let_pass_is_refused(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "01",
        "1.",
        ".5",
        "0x10",
        "+1",
        "1e",
        "-",
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "nul",
        "true false",
        "'a'",
        "\"a",
        "\"a\nb\"",
        "\"\\x41\"",
        "\"\\u00\"",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":1",
        "[}",
        "1e999",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\xef\xbb",
        "\"\x80\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xe2\x82\"",
        "\"\xf0\x80\x80\x80\"",
        "\"\xe0\x80\xaf\"",
        "\"\xf4\x90\x80\x80\"",
        "1111111111111111111111111111111111111111111111111111111111111111",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        CHECK(!is_read(texts[i]));
        CHECK(strncmp(refusal(texts[i]), "a.json: ", 8) == 0);
    }
}

static void a_nul_byte_is_no_blank(void)
{
    struct error error;
    CHECK(json_in_read("1\0", 2, "a.json", &error) == NULL);
    CHECK(json_in_read("\"a\0b\"", 5, "a.json", &error) == NULL);
}

static void a_byte_order_mark_is_skipped(void)
{
    CHECK(is_read("\xef\xbb\xbf[]"));
}

static void a_repeated_key_is_refused_with_its_place(void)
{
    CHECK_TEXT(refusal("{\"s\": [{}, {\"a\": 1, \"b\": 2, \"\\u0061\": 3}]}"),
               "a.json: s[1]: the key \"a\" is there twice");
    CHECK(is_read("{\"a\": 1, \"A\": 2}"));
}

static void depth_is_limited(void)
{
    char text[2 * JSON_IN_DEPTH_MAX + 8];
    for (int depth = JSON_IN_DEPTH_MAX; depth <= JSON_IN_DEPTH_MAX + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        CHECK(is_read(text) == (depth == JSON_IN_DEPTH_MAX));
    }
}

static void integers_are_exact_or_refused(void)
{
    struct error error;
    struct json_value *document =
        parse("[9007199254740991, 9007199254740992, 0.5, -9007199254740991]", &error);
    const struct json_value *item = json_in_first(document);
    int64_t integer;
    CHECK(json_in_integer(item, &integer) && integer == 9007199254740991);
    item = json_in_next(item);
    CHECK(!json_in_integer(item, &integer));
    item = json_in_next(item);
    CHECK(!json_in_integer(item, &integer));
    item = json_in_next(item);
    CHECK(json_in_integer(item, &integer) && integer == -9007199254740991);
    json_in_free(document);
}

static void a_file_that_is_not_there_is_named(void)
{
    struct error error;
    CHECK(json_in_load("/nonexistent/x.json", &error) == NULL);
    CHECK(strncmp(error.text, "/nonexistent/x.json: ", 21) == 0);
    CHECK(json_in_load("/", &error) == NULL);
}

static void a_place_is_written_from_the_outside_in(void)
{
    char text[JSON_PLACE_TEXT_SIZE];
    struct json_place sites = { .key = "sites" };
    struct json_place site = { .outer = &sites, .index = 2 };
    struct json_place prefixes = { .outer = &site, .key = "prefixes" };
    struct json_place first = { .outer = &prefixes, .index = 0 };
    CHECK_TEXT(json_place_text(&first, text), "sites[2].prefixes[0]");
    CHECK_TEXT(json_place_text(&site, text), "sites[2]");
    CHECK_TEXT(json_place_text(NULL, text), "the document");
}

static void a_long_place_is_cut_on_the_left(void)
{
    char text[JSON_PLACE_TEXT_SIZE], key[200];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    struct json_place outer = { .key = key };
    struct json_place inner = { .outer = &outer, .key = "inner" };
    CHECK_TEXT(json_place_text(&inner, text), "....inner");
    for (size_t size = 140; size < sizeof key - 1; size++) {
        key[size] = '\0';
        CHECK(strlen(json_place_text(&inner, text)) < JSON_PLACE_TEXT_SIZE);
        CHECK(strstr(text, "inner") != NULL);
        key[size] = 'k';
    }
}

static void fields_of_the_wrong_kind_are_refused_with_their_place(void)
{
    struct error error;
    struct json_source source = { "a.json", &error };
    struct json_value *document =
        parse("{\"n\": \"x\", \"t\": 5, \"w\": \"red\", \"l\": [\"a\", 1]}", &error);
    static const char *const words[] = { "green", "blue", NULL };
    static const char *const keys[] = { "n", "t", "w", NULL };
    const char *text = NULL, **texts = NULL;
    unsigned word = 9;
    int64_t integer = 9;
    size_t count = 0;

    CHECK(!json_read_integer(&source, NULL, document, "n", 0, 9, &integer));
    CHECK_TEXT(error.text, "a.json: n: is a text, not a number");
    CHECK(!json_read_integer(&source, NULL, document, "t", 0, 4, &integer));
    CHECK_TEXT(error.text, "a.json: t: 5 is not between 0 and 4");
    CHECK(!json_read_text(&source, NULL, document, "t", &text) && text == NULL);
    CHECK(!json_read_word(&source, NULL, document, "w", words, &word) && word == 9);
    CHECK_TEXT(error.text, "a.json: w: \"red\" is none of green, blue");
    CHECK(!json_read_texts(&source, NULL, document, "l", &texts, &count));
    CHECK_TEXT(error.text, "a.json: l[1]: is a number, not a text");
    CHECK(!json_need(&source, NULL, document, "z"));
    CHECK_TEXT(error.text, "a.json: z: is missing");
    CHECK(!json_check_keys(&source, NULL, document, keys));
    CHECK_TEXT(error.text, "a.json: l: unknown key");
    CHECK(json_read_integer(&source, NULL, document, "z", 0, 4, &integer) &&
          integer == 9);
    json_in_free(document);
}

int main(void)
{
    RUN(values_of_every_kind_are_read);
    RUN(absence_is_no_value_of_any_kind);
    RUN(every_cut_of_a_document_is_refused);
    RUN(a_refusal_names_line_and_column);
    RUN(what_cJSON_would_let_pass_is_refused);
    RUN(a_nul_byte_is_no_blank);
    RUN(a_byte_order_mark_is_skipped);
    RUN(a_repeated_key_is_refused_with_its_place);
    RUN(depth_is_limited);
    RUN(integers_are_exact_or_refused);
    RUN(a_file_that_is_not_there_is_named);
    RUN(a_place_is_written_from_the_outside_in);
    RUN(a_long_place_is_cut_on_the_left);
    RUN(fields_of_the_wrong_kind_are_refused_with_their_place);
    return test_end();
}
