/*
 * json_out.h - the only writer of JSON: a stream, since a report can be large.
 *
 *     struct json_out out;
 *     json_out_init(&out, write_to_file, file);
 *     json_open_object(&out);
 *     json_key(&out, "title");  json_text(&out, title);
 *     json_close_object(&out);
 *     if (!json_out_flush(&out)) ...;
 *
 * Commas are its business. Strings may hold anything: what is no valid UTF-8 leaves as
 * U+FFFD, control characters and U+2028/9 are escaped, and "<" leaves as \u003c so that
 * no JSON can end a script element. Numbers follow the contract, section 2.
 */
#ifndef O365LENS_ANALYZER_JSON_OUT_H
#define O365LENS_ANALYZER_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSON_OUT_BUFFER = 16384, JSON_OUT_DEPTH = 32 };

/* Takes finished bytes; false stops the writer, which then swallows all that follows. */
typedef bool json_out_write(void *context, const void *bytes, size_t size);

struct json_out {
    json_out_write *write;
    void *context;
    bool has_failed;
    bool is_pretty; /* line breaks and blanks, for documents that people open */
    bool after_key;
    uint8_t depth;
    bool has_items[JSON_OUT_DEPTH];
    size_t used;
    char buffer[JSON_OUT_BUFFER];
};

void json_out_init(struct json_out *out, json_out_write *write, void *context);

/* Hands on what is buffered. False where any write failed. */
bool json_out_flush(struct json_out *out);

void json_open_object(struct json_out *out);
void json_close_object(struct json_out *out);
void json_open_array(struct json_out *out);
void json_close_array(struct json_out *out);

/* Where a key of `size` bytes goes; for json_key alone. */
char *json_key_place(struct json_out *out, size_t size);

/* Keys are our own: plain ASCII. Nearly all are literals, which are copied in place. */
static inline void json_key(struct json_out *out, const char *key)
{
    size_t size = strlen(key);
    memcpy(json_key_place(out, size), key, size);
}

void json_null(struct json_out *out);
void json_bool(struct json_out *out, bool value);
void json_text(struct json_out *out, const char *text);               /* NULL: null */
void json_bytes(struct json_out *out, const void *text, size_t size); /* any bytes */

/* Integers of 2^53 and above leave as strings. */
void json_uint(struct json_out *out, uint64_t value);
void json_int(struct json_out *out, int64_t value);

/* Nanoseconds as milliseconds with at most 6 decimals, trailing zeros left out. */
void json_ms(struct json_out *out, int64_t nanoseconds);

/* Nanoseconds since the epoch as seconds with exactly 6 decimals, truncated. */
void json_seconds(struct json_out *out, int64_t nanoseconds);

/* `thousandths` / 1000 with at most 3 decimals: confidences, scores, shares. */
void json_thousandths(struct json_out *out, int64_t thousandths);

/* Nanoseconds since the epoch as RFC 3339 in UTC, with `decimals` 0, 3, 6 or 9. */
void json_time(struct json_out *out, int64_t nanoseconds, unsigned decimals);

/* For records of one line: a line feed after the value that was closed last. */
void json_line_end(struct json_out *out);

#endif
