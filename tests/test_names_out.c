/* test_names_out.c - what leaves can neither break a line nor turn it round. */
#include "analyzer/names_out.h"

#include "tests/test.h"

static const char *shown(const char *name)
{
    static char out[NAMES_OUT_SIZE];
    return names_out_text(name, out, sizeof out);
}

static void no_name_has_no_text(void)
{
    CHECK(shown(NULL) == NULL);
    CHECK_TEXT(shown(""), "");
}

static void letters_of_all_scripts_stay(void)
{
    CHECK_TEXT(shown("outlook.office365.com"), "outlook.office365.com");
    CHECK_TEXT(shown("Z\u00fcrich \u6771\u4eac \U0001f310"),
               "Z\u00fcrich \u6771\u4eac \U0001f310");
}

static void control_characters_are_spelled(void)
{
    CHECK_TEXT(shown("a\nb\x1b[2J\x7f"), "a\\u{000A}b\\u{001B}[2J\\u{007F}");
    CHECK_TEXT(shown("\xc2\x85"), "\\u{0085}");
}

static void line_and_direction_marks_are_spelled(void)
{
    CHECK_TEXT(shown("\u2028\u2029"), "\\u{2028}\\u{2029}");
    CHECK_TEXT(shown("fdp.\u202eexe"), "fdp.\\u{202E}exe");
    CHECK_TEXT(shown("\u2066\u2069\u200f\u061c\ufeff"),
               "\\u{2066}\\u{2069}\\u{200F}\\u{061C}\\u{FEFF}");
    CHECK_TEXT(shown("\U000e0041"), "\\u{E0041}");
}

static void bytes_that_are_no_utf8_are_spelled(void)
{
    CHECK_TEXT(shown("\xff\xfe"), "\\xff\\xfe");
    CHECK_TEXT(shown("a\x80"), "a\\x80");
    CHECK_TEXT(shown("\xc0\xaf"), "\\xc0\\xaf"); /* overlong "/" */
    CHECK_TEXT(shown("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
    CHECK_TEXT(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80");          /* a surrogate */
    CHECK_TEXT(shown("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* past U+10FFFF */
}

static void every_cut_of_a_character_is_spelled(void)
{
    static const char globe[] = "\U0001f310";
    static const char *const spelled[] = { "", "\\xf0", "\\xf0\\x9f", "\\xf0\\x9f\\x8c" };

    for (size_t kept = 0; kept < 4; kept++) {
        char cut[5] = "";
        memcpy(cut, globe, kept);
        CHECK_TEXT(shown(cut), spelled[kept]);
    }
}

static void a_long_name_is_cut_at_a_border(void)
{
    char out[8];
    CHECK_TEXT(names_out_text("1234567", out, sizeof out), "1234567");
    CHECK_TEXT(names_out_text("12345678", out, sizeof out), "1234...");
    CHECK_TEXT(names_out_text("123\u00fc\u00fc\u00fc", out, sizeof out), "123...");
    CHECK_TEXT(names_out_text("12\x01zz", out, sizeof out), "12...");
}

static void every_size_of_output_is_kept_to(void)
{
    static const char name[] = "a\x01\xff\u00fc\u202e\U0001f310"
                               "bcdefgh";
    for (size_t capacity = 5; capacity < 64; capacity++) {
        char *out = malloc(capacity);
        const char *text = names_out_text(name, out, capacity);
        CHECK(text == out && strlen(text) < capacity);
        free(out);
    }
}

static void addresses_are_text_and_none_is_none(void)
{
    char out[ADDRESS_TEXT_SIZE];
    struct ip_address address = { .family = 4, .bytes = { 192, 0, 2, 7 } };
    CHECK_TEXT(names_out_address(&address, out), "192.0.2.7");
    address.family = 0;
    CHECK(names_out_address(&address, out) == NULL);
}

int main(void)
{
    RUN(no_name_has_no_text);
    RUN(letters_of_all_scripts_stay);
    RUN(control_characters_are_spelled);
    RUN(line_and_direction_marks_are_spelled);
    RUN(bytes_that_are_no_utf8_are_spelled);
    RUN(every_cut_of_a_character_is_spelled);
    RUN(a_long_name_is_cut_at_a_border);
    RUN(every_size_of_output_is_kept_to);
    RUN(addresses_are_text_and_none_is_none);
    return test_end();
}
