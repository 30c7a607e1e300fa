/* test_json_out.c - any bytes in, valid JSON out. */
#include "analyzer/json_out.h"

#include "tests/test.h"

struct sink {
    char text[1 << 17];
    size_t used;
    size_t limit; /* writes beyond it fail */
    unsigned calls;
};

static struct sink sink;

static bool write_to_sink(void *context, const void *bytes, size_t size)
{
    struct sink *into = context;
    into->calls++;
    if (into->used + size > into->limit)
        return false;
    memcpy(into->text + into->used, bytes, size);
    into->used += size;
    into->text[into->used] = '\0';
    return true;
}

static void start(struct json_out *out)
{
    sink.used = sink.calls = 0;
    sink.limit = sizeof sink.text - 1;
    sink.text[0] = '\0';
    json_out_init(out, write_to_sink, &sink);
}

static const char *finished(struct json_out *out)
{
    CHECK(json_out_flush(out));
    return sink.text;
}

static const char *text_of(const void *bytes, size_t size)
{
    struct json_out out;
    start(&out);
    json_bytes(&out, bytes, size);
    return finished(&out);
}

static void commas_and_colons_come_by_themselves(void)
{
    struct json_out out;
    start(&out);
    json_open_object(&out);
    json_key(&out, "a");
    json_uint(&out, 1);
    json_key(&out, "b");
    json_open_array(&out);
    json_null(&out);
    json_bool(&out, true);
    json_bool(&out, false);
    json_open_object(&out);
    json_close_object(&out);
    json_open_array(&out);
    json_close_array(&out);
    json_close_array(&out);
    json_key(&out, "c");
    json_text(&out, NULL);
    json_close_object(&out);
    CHECK_TEXT(finished(&out), "{\"a\":1,\"b\":[null,true,false,{},[]],\"c\":null}");
}

static void people_get_line_breaks(void)
{
    struct json_out out;
    start(&out);
    out.is_pretty = true;
    json_open_object(&out);
    json_key(&out, "a");
    json_open_array(&out);
    json_uint(&out, 1);
    json_uint(&out, 2);
    json_close_array(&out);
    json_key(&out, "b");
    json_open_object(&out);
    json_close_object(&out);
    json_close_object(&out);
    json_line_end(&out);
    CHECK_TEXT(finished(&out), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n");
}

static void records_are_one_line_each(void)
{
    struct json_out out;
    start(&out);
    for (unsigned i = 0; i < 2; i++) {
        json_open_object(&out);
        json_key(&out, "i");
        json_uint(&out, i);
        json_close_object(&out);
        json_line_end(&out);
    }
    CHECK_TEXT(finished(&out), "{\"i\":0}\n{\"i\":1}\n");
}

static void what_could_break_a_document_is_escaped(void)
{
    static const char nasty[] = "\"\\</script>\n\t\r\0\x1b\x7f";
    CHECK_TEXT(text_of(nasty, sizeof nasty - 1),
               "\"\\\"\\\\\\u003c/script>\\n\\t\\u000d\\u0000\\u001b\\u007f\"");
    CHECK_TEXT(text_of("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", 9),
               "\"\\u2028\\u2029\xe2\x80\xaa\"");
    CHECK_TEXT(text_of("\xc2\x85\xc2\xa0", 4), "\"\\u0085\xc2\xa0\"");
}

static void good_utf8_stays_as_it_is(void)
{
    static const char good[] = "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf "
                               "\xee\x80\x80 \xf4\x8f\xbf\xbf";
    char expected[sizeof good + 2];
    snprintf(expected, sizeof expected, "\"%s\"", good);
    CHECK_TEXT(text_of(good, sizeof good - 1), expected);
}

#define BAD "\xef\xbf\xbd"

static void bad_utf8_is_replaced(void)
{
    CHECK_TEXT(text_of("\x80", 1), "\"" BAD "\"");
    CHECK_TEXT(text_of("\xc0\x80", 2), "\"" BAD BAD "\"");                 /* overlong */
    CHECK_TEXT(text_of("\xe0\x9f\xbf", 3), "\"" BAD BAD BAD "\"");         /* overlong */
    CHECK_TEXT(text_of("\xed\xa0\x80", 3), "\"" BAD BAD BAD "\"");         /* surrogate */
    CHECK_TEXT(text_of("\xf4\x90\x80\x80", 4), "\"" BAD BAD BAD BAD "\""); /* too high */
    CHECK_TEXT(text_of("\xf5", 1), "\"" BAD "\"");
    CHECK_TEXT(text_of("\xc3", 1), "\"" BAD "\"");     /* cut */
    CHECK_TEXT(text_of("\xe2\x82", 2), "\"" BAD "\""); /* cut */
    CHECK_TEXT(text_of("\xf0\x9f\x98", 3), "\"" BAD "\"");
    CHECK_TEXT(text_of("\xe2\x82<", 3), "\"" BAD "\\u003c\""); /* hides nothing behind */
    CHECK_TEXT(text_of("\xc3\"", 2), "\"" BAD "\\\"\"");
}

static void any_two_bytes_leave_nothing_unescaped(void)
{
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        uint8_t bytes[2] = { (uint8_t)(pair >> 8), (uint8_t)pair };
        const char *text = text_of(bytes, 2);
        size_t size = strlen(text);
        bool is_closed = size >= 2 && text[0] == '"' && text[size - 1] == '"';
        for (size_t i = 1; is_closed && i + 1 < size; i++) {
            uint8_t byte = (uint8_t)text[i];
            is_closed = byte >= 0x20 && byte != '<' && byte != '"' && byte != 0x7f;
            if (byte == '\\')
                i += text[i + 1] == 'u' ? 5 : 1;
        }
        CHECK(is_closed);
    }
}

#define CHECK_NUMBER(call, expected)                                                     \
    do {                                                                                 \
        struct json_out out;                                                             \
        start(&out);                                                                     \
        call;                                                                            \
        CHECK_TEXT(finished(&out), expected);                                            \
    } while (0)

static void large_integers_leave_as_text(void)
{
    CHECK_NUMBER(json_uint(&out, 0), "0");
    CHECK_NUMBER(json_uint(&out, 9007199254740991), "9007199254740991");
    CHECK_NUMBER(json_uint(&out, 9007199254740992), "\"9007199254740992\"");
    CHECK_NUMBER(json_uint(&out, UINT64_MAX), "\"18446744073709551615\"");
    CHECK_NUMBER(json_int(&out, -1), "-1");
    CHECK_NUMBER(json_int(&out, -9007199254740991), "-9007199254740991");
    CHECK_NUMBER(json_int(&out, INT64_MIN), "\"-9223372036854775808\"");
    CHECK_NUMBER(json_int(&out, INT64_MAX), "\"9223372036854775807\"");
}

static void milliseconds_have_no_trailing_zeros(void)
{
    CHECK_NUMBER(json_ms(&out, 12100000), "12.1");
    CHECK_NUMBER(json_ms(&out, 1), "0.000001");
    CHECK_NUMBER(json_ms(&out, -1500000), "-1.5");
    CHECK_NUMBER(json_ms(&out, 0), "0");
    CHECK_NUMBER(json_ms(&out, 30000000), "30");
    CHECK_NUMBER(json_ms(&out, 1234567890123), "1234567.890123");
    CHECK_NUMBER(json_ms(&out, INT64_MIN), "-9223372036854.775808");
}

static void seconds_have_six_decimals_truncated(void)
{
    CHECK_NUMBER(json_seconds(&out, 1790000000123456789), "1790000000.123456");
    CHECK_NUMBER(json_seconds(&out, 1790000000123456999), "1790000000.123456");
    CHECK_NUMBER(json_seconds(&out, 0), "0.000000");
    CHECK_NUMBER(json_seconds(&out, 999), "0.000000");
    CHECK_NUMBER(json_seconds(&out, -999), "0.000000");
    CHECK_NUMBER(json_seconds(&out, -1500000000), "-1.500000");
}

static void thousandths_are_short(void)
{
    CHECK_NUMBER(json_thousandths(&out, 990), "0.99");
    CHECK_NUMBER(json_thousandths(&out, 1000), "1");
    CHECK_NUMBER(json_thousandths(&out, -3000), "-3");
    CHECK_NUMBER(json_thousandths(&out, -5), "-0.005");
}

static void times_are_rfc_3339(void)
{
    CHECK_NUMBER(json_time(&out, 0, 0), "\"1970-01-01T00:00:00Z\"");
    CHECK_NUMBER(json_time(&out, 1709210096123456789, 3), "\"2024-02-29T12:34:56.123Z\"");
    CHECK_NUMBER(json_time(&out, 1709210096123456789, 6),
                 "\"2024-02-29T12:34:56.123456Z\"");
    CHECK_NUMBER(json_time(&out, 1709210096123456789, 9),
                 "\"2024-02-29T12:34:56.123456789Z\"");
    CHECK_NUMBER(json_time(&out, -1, 9), "\"1969-12-31T23:59:59.999999999Z\"");
    CHECK_NUMBER(json_time(&out, INT64_MAX, 0), "\"2262-04-11T23:47:16Z\"");
    CHECK_NUMBER(json_time(&out, INT64_MIN, 0), "\"1677-09-21T00:12:43Z\"");
}

static void long_strings_cross_the_buffer_unharmed(void)
{
    static char text[3 * JSON_OUT_BUFFER];
    for (size_t shift = 0; shift < 8; shift++) {
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)('a' + (i + shift) % 26);
        memcpy(text + JSON_OUT_BUFFER - 4, "\xf0\x9f\x98\x80\"<", 6);
        struct json_out out;
        start(&out);
        json_open_array(&out);
        for (size_t i = 0; i < shift; i++)
            json_uint(&out, 7);
        json_bytes(&out, text, sizeof text);
        json_close_array(&out);
        const char *told = finished(&out);
        size_t before = 1 + 2 * shift + 1;
        CHECK(sink.calls >= 3);
        CHECK(sink.used == before + sizeof text + 1 + 5 + 2);
        CHECK(memcmp(told + before, text, JSON_OUT_BUFFER) == 0);
        CHECK(memcmp(told + before + JSON_OUT_BUFFER, "\\\"\\u003c", 8) == 0);
        CHECK(memcmp(told + before + JSON_OUT_BUFFER + 8, text + JSON_OUT_BUFFER + 2,
                     sizeof text - JSON_OUT_BUFFER - 2) == 0);
    }
}

static void a_failed_write_stops_everything(void)
{
    static char text[JSON_OUT_BUFFER];
    struct json_out out;
    start(&out);
    sink.limit = 0;
    memset(text, 'x', sizeof text);
    for (unsigned i = 0; i < 10; i++)
        json_bytes(&out, text, sizeof text);
    CHECK(!json_out_flush(&out));
    CHECK(sink.calls == 1 && sink.used == 0);
}

int main(void)
{
    RUN(commas_and_colons_come_by_themselves);
    RUN(people_get_line_breaks);
    RUN(records_are_one_line_each);
    RUN(what_could_break_a_document_is_escaped);
    RUN(good_utf8_stays_as_it_is);
    RUN(bad_utf8_is_replaced);
    RUN(any_two_bytes_leave_nothing_unescaped);
    RUN(large_integers_leave_as_text);
    RUN(milliseconds_have_no_trailing_zeros);
    RUN(seconds_have_six_decimals_truncated);
    RUN(thousandths_are_short);
    RUN(times_are_rfc_3339);
    RUN(long_strings_cross_the_buffer_unharmed);
    RUN(a_failed_write_stops_everything);
    return test_end();
}
