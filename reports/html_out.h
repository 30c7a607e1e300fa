/*
 * html_out.h - the only writer of '<': a stream of HTML with inline SVG.
 *
 *     html_open(out, "p");
 *     html_attribute(out, "class", "note");
 *     html_text(out, whatever_was_captured);
 *     html_close(out, "p");
 *
 * Names of elements and attributes are constants of the program: letters, digits and
 * hyphens, which is asserted. Values and text may hold anything: markup is escaped, and
 * what is no valid UTF-8 or a control character leaves as U+FFFD. There is no way to
 * write a string unescaped.
 *
 * An element takes attributes until something is put into it or behind it. After a failed
 * write all that follows is swallowed; html_out_flush tells.
 */
#ifndef O365LENS_REPORTS_HTML_OUT_H
#define O365LENS_REPORTS_HTML_OUT_H

#include <stdbool.h>
#include <stddef.h>

enum { HTML_OUT_BUFFER = 16384, HTML_OUT_DEPTH = 32 };

/* Takes finished bytes; false stops the writer. */
typedef bool html_out_write(void *context, const void *bytes, size_t size);

enum html_tag { HTML_TAG_NONE, HTML_TAG_OPEN, HTML_TAG_EMPTY };

struct html_out {
    html_out_write *write;
    void *context;
    bool has_failed;
    bool is_in_value;  /* inside an attribute's value */
    enum html_tag tag; /* the tag that still takes attributes */
    unsigned depth;
    const char *open[HTML_OUT_DEPTH];
    size_t used;
    char buffer[HTML_OUT_BUFFER];
};

/* Writes the document type at once. */
void html_out_init(struct html_out *out, html_out_write *write, void *context);

/* Hands on what is buffered. False where any write failed. */
bool html_out_flush(struct html_out *out);

void html_open(struct html_out *out, const char *element);
void html_close(struct html_out *out, const char *element); /* asserted: the open one */
void html_empty(struct html_out *out, const char *element); /* has no content: br, rect */

void html_attribute(struct html_out *out, const char *name, const char *value);
void html_attribute_format(struct html_out *out, const char *name, const char *format,
                           ...) __attribute__((format(printf, 3, 4)));

/* A value in pieces: begin, any number of html_text or html_format, end. */
void html_attribute_begin(struct html_out *out, const char *name);
void html_attribute_end(struct html_out *out);

void html_text(struct html_out *out, const char *text); /* NULL: nothing */

/* At most 2047 bytes; longer ones are cut. */
void html_format(struct html_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A name out of a capture, an assessment file or a path, by the door of names_out.h. */
void html_name(struct html_out *out, const char *name);

/* Opens, writes the text, closes. */
void html_element(struct html_out *out, const char *element, const char *text);

#endif
