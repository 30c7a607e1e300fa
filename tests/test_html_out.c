/* test_html_out.c - captured text is never markup. */
#include "reports/html_out.h"

#include "tests/test.h"

struct written {
    char text[65536];
    size_t size;
    bool refuses;
};

static bool keep(void *context, const void *bytes, size_t size)
{
    struct written *written = context;
    if (written->refuses || written->size + size >= sizeof written->text)
        return false;
    memcpy(written->text + written->size, bytes, size);
    written->size += size;
    written->text[written->size] = '\0';
    return true;
}

static struct written written;
static struct html_out out;

static void begin(void)
{
    written.size = 0;
    written.refuses = false;
    html_out_init(&out, keep, &written);
}

static const char *end(void)
{
    CHECK(html_out_flush(&out));
    return written.text + strlen("<!DOCTYPE html>\n");
}

static void elements_nest(void)
{
    begin();
    html_open(&out, "b");
    html_element(&out, "i", "x");
    html_empty(&out, "br");
    html_text(&out, "y");
    html_close(&out, "b");
    CHECK_TEXT(end(), "<b><i>x</i><br/>y</b>\n");
}

static void markup_in_text_is_escaped(void)
{
    begin();
    html_element(&out, "b", "</b><script>alert('\"&amp;')</script>");
    CHECK_TEXT(end(),
               "<b>&lt;/b&gt;&lt;script&gt;alert('\"&amp;amp;')&lt;/script&gt;</b>\n");
}

static void markup_in_values_is_escaped(void)
{
    begin();
    html_open(&out, "a");
    html_attribute(&out, "title", "\"><script>'&");
    html_attribute_format(&out, "href", "#%s-%d", "\"x", 7);
    html_close(&out, "a");
    CHECK_TEXT(end(), "<a title=\"&quot;&gt;&lt;script&gt;'&amp;\" "
                      "href=\"#&quot;x-7\"></a>\n");
}

static void values_come_in_pieces(void)
{
    begin();
    html_empty(&out, "polyline");
    html_attribute_begin(&out, "points");
    html_format(&out, "%d,%d ", 1, 2);
    html_text(&out, "3,4\"");
    html_attribute_end(&out);
    html_open(&out, "b");
    html_close(&out, "b");
    CHECK_TEXT(end(), "<polyline points=\"1,2 3,4&quot;\"/><b></b>\n");
}

static void what_is_no_utf8_or_a_control_character_is_replaced(void)
{
    begin();
    html_element(&out, "b", "a\x01\x7f\xff\xc0\xaf\xed\xa0\x80\xc2\x85z\xf0\x9f");
    CHECK_TEXT(end(), "<b>a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"
                      "z\ufffd\ufffd</b>\n");
}

static void letters_of_all_scripts_stay(void)
{
    begin();
    html_element(&out, "b", "Z\u00fcrich \u6771\u4eac \U0001f310\n\t");
    CHECK_TEXT(end(), "<b>Z\u00fcrich \u6771\u4eac \U0001f310\n\t</b>\n");
}

static void names_lose_their_direction_marks(void)
{
    begin();
    html_open(&out, "b");
    html_name(&out, "\u202e<moc.elpmaxe");
    html_name(&out, NULL);
    html_close(&out, "b");
    CHECK_TEXT(end(), "<b>\\u{202E}&lt;moc.elpmaxe</b>\n");
}

static void no_byte_of_text_makes_a_tag(void)
{
    char all[256];
    for (int byte = 1; byte < 256; byte++)
        all[byte - 1] = (char)byte;
    all[255] = '\0';
    begin();
    html_open(&out, "b");
    html_attribute(&out, "title", all);
    html_text(&out, all);
    html_close(&out, "b");

    const char *text = end();
    unsigned opening = 0, quotes = 0;
    for (; *text != '\0'; text++) {
        opening += *text == '<';
        quotes += *text == '"';
    }
    CHECK(opening == 2);
    CHECK(quotes == 3); /* two of the value, one in the text */
}

static void text_longer_than_the_buffer_arrives_whole(void)
{
    static char text[3 * HTML_OUT_BUFFER + 1];
    memset(text, 'x', sizeof text - 1);
    begin();
    html_element(&out, "b", text);
    CHECK(strlen(end()) == sizeof text - 1 + strlen("<b></b>\n"));
}

static void a_failed_write_is_told_at_the_end(void)
{
    begin();
    written.refuses = true;
    html_element(&out, "b", "x");
    CHECK(!html_out_flush(&out));
    written.refuses = false;
    html_element(&out, "b", "y");
    CHECK(!html_out_flush(&out));
    CHECK(written.size == 0);
}

int main(void)
{
    RUN(elements_nest);
    RUN(markup_in_text_is_escaped);
    RUN(markup_in_values_is_escaped);
    RUN(values_come_in_pieces);
    RUN(what_is_no_utf8_or_a_control_character_is_replaced);
    RUN(letters_of_all_scripts_stay);
    RUN(names_lose_their_direction_marks);
    RUN(no_byte_of_text_makes_a_tag);
    RUN(text_longer_than_the_buffer_arrives_whole);
    RUN(a_failed_write_is_told_at_the_end);
    return test_end();
}
