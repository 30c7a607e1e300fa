/*
 * json_line.h - reads one line of JSON in place, value by value.
 *
 * For the records of results alone: a million of them are read twice, and a tree of each
 * would cost ten times the rest (documents are read with json_in.h). The line must end with
 * a NUL and is changed by reading: texts are unescaped where they stand and live as long
 * as the line. An error sticks: ask has_failed once, at the end.
 */
#ifndef O365LENS_ANALYZER_JSON_LINE_H
#define O365LENS_ANALYZER_JSON_LINE_H

#include <stdbool.h>
#include <stdint.h>

struct json_line {
    char *at; /* next byte */
    bool has_failed;
};

/* True, and moved behind it, where `wanted` is the next character. */
bool json_line_take(struct json_line *line, char wanted);

/* As json_line_take, but anything else is a failure. */
void json_line_expect(struct json_line *line, char wanted);

/*
 * Goes through the members of an object or the items of an array:
 *     for (bool more = json_line_open(&line, '{'); more; more = json_line_more(&line, '}'))
 */
bool json_line_open(struct json_line *line, char opening);
bool json_line_more(struct json_line *line, char closing);

const char *json_line_text(struct json_line *line); /* "" after a failure */
const char *json_line_key(struct json_line *line);  /* with the colon behind it */
bool json_line_bool(struct json_line *line);
uint64_t json_line_uint(struct json_line *line); /* also from a text, as json_uint writes */
int64_t json_line_int(struct json_line *line);

/* Passes one value by, nested to 16 levels. */
void json_line_skip(struct json_line *line);

#endif
