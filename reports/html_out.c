/* html_out.c - HTML Living Standard, sections 13.1 (syntax) and 13.3 (escaping). */
#include "reports/html_out.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/names_out.h"

enum { FORMAT_SIZE = 2048 };

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static void hand_on(struct html_out *out)
{
    if (!out->has_failed && out->used > 0)
        out->has_failed = !out->write(out->context, out->buffer, out->used);
    out->used = 0;
}

static void put(struct html_out *out, const char *bytes, size_t size)
{
    while (size > 0) {
        if (out->used == sizeof out->buffer)
            hand_on(out);
        size_t room = sizeof out->buffer - out->used;
        size_t part = size < room ? size : room;
        memcpy(out->buffer + out->used, bytes, part);
        out->used += part;
        bytes += part;
        size -= part;
    }
}

static void put_constant(struct html_out *out, const char *text)
{
    put(out, text, strlen(text));
}

void html_out_init(struct html_out *out, html_out_write *write, void *context)
{
    out->write = write;
    out->context = context;
    out->has_failed = false;
    out->is_in_value = false;
    out->tag = HTML_TAG_NONE;
    out->depth = 0;
    out->used = 0;
    put_constant(out, "<!DOCTYPE html>\n");
}

bool html_out_flush(struct html_out *out)
{
    hand_on(out);
    return !out->has_failed;
}

/* A name that is not ours would be markup: there is none. */
static bool is_our_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return name[0] != '\0' && strspn(name, letters) == strlen(name);
}

static void end_tag(struct html_out *out)
{
    assert(!out->is_in_value);
    if (out->tag != HTML_TAG_NONE)
        put_constant(out, out->tag == HTML_TAG_EMPTY ? "/>" : ">");
    out->tag = HTML_TAG_NONE;
}

static bool starts_a_line(const char *element)
{
    static const char *const elements[] = { "head",  "body", "section", "article",
                                            "table", "tr",   "p",       "h1",
                                            "h2",    "h3",   "details", "svg",
                                            "div",   "meta", "dt",      "style",
                                            "ul",    "li",   "main",    "figure" };
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strcmp(elements[i], element) == 0)
            return true;
    }
    return false;
}

static void start_tag(struct html_out *out, const char *element, enum html_tag tag)
{
    assert(is_our_name(element));
    end_tag(out);
    put_constant(out, starts_a_line(element) ? "\n<" : "<");
    put_constant(out, element);
    out->tag = tag;
}

void html_open(struct html_out *out, const char *element)
{
    assert(out->depth < HTML_OUT_DEPTH);
    start_tag(out, element, HTML_TAG_OPEN);
    out->open[out->depth++] = element;
}

void html_close(struct html_out *out, const char *element)
{
    assert(out->depth > 0 && strcmp(out->open[out->depth - 1], element) == 0);
    end_tag(out);
    out->depth--;
    put_constant(out, "</");
    put_constant(out, element);
    put_constant(out, out->depth == 0 ? ">\n" : ">");
}

void html_empty(struct html_out *out, const char *element)
{
    start_tag(out, element, HTML_TAG_EMPTY);
}

/* The size of the UTF-8 sequence of more than one byte at `at`; 0 where there is none. */
static size_t sequence_size(const unsigned char *at)
{
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool is_surrogate = at[0] == 0xed && at[1] > 0x9f;
    bool is_past_end = at[0] == 0xf4 && at[1] > 0x8f;
    bool is_control = at[0] == 0xc2 && at[1] < 0xa0; /* C1 */
    return is_overlong || is_surrogate || is_past_end || is_control ? 0 : size;
}

/* What one ASCII byte becomes; NULL where it stays. */
static const char *escape_of(unsigned char byte, bool is_in_value)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return is_in_value ? "&quot;" : NULL;
    case '\n':
    case '\t':
        return NULL;
    default:
        return byte < 0x20 || byte == 0x7f ? replacement : NULL;
    }
}

void html_text(struct html_out *out, const char *text)
{
    if (text == NULL)
        return;
    if (!out->is_in_value)
        end_tag(out);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t size = *at < 0x80 ? 1 : sequence_size(at);
        const char *escape = size == 0 ? replacement : escape_of(*at, out->is_in_value);
        if (escape != NULL)
            put_constant(out, escape);
        else
            put(out, (const char *)at, size);
        at += size == 0 ? 1 : size;
    }
}

static void put_format(struct html_out *out, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void put_format(struct html_out *out, const char *format, va_list arguments)
{
    char text[FORMAT_SIZE];
    (void)vsnprintf(text, sizeof text, format, arguments);
    html_text(out, text);
}

void html_format(struct html_out *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_format(out, format, arguments);
    va_end(arguments);
}

void html_attribute_begin(struct html_out *out, const char *name)
{
    assert(is_our_name(name) && out->tag != HTML_TAG_NONE && !out->is_in_value);
    put_constant(out, " ");
    put_constant(out, name);
    put_constant(out, "=\"");
    out->is_in_value = true;
}

void html_attribute_end(struct html_out *out)
{
    assert(out->is_in_value);
    out->is_in_value = false;
    put_constant(out, "\"");
}

void html_attribute(struct html_out *out, const char *name, const char *value)
{
    html_attribute_begin(out, name);
    html_text(out, value);
    html_attribute_end(out);
}

void html_attribute_format(struct html_out *out, const char *name, const char *format,
                           ...)
{
    html_attribute_begin(out, name);
    va_list arguments;
    va_start(arguments, format);
    put_format(out, format, arguments);
    va_end(arguments);
    html_attribute_end(out);
}

void html_name(struct html_out *out, const char *name)
{
    char shown[NAMES_OUT_SIZE];
    html_text(out, names_out_text(name, shown, sizeof shown));
}

void html_element(struct html_out *out, const char *element, const char *text)
{
    html_open(out, element);
    html_text(out, text);
    html_close(out, element);
}
