/*
 * json_in.h - reads JSON documents, strictly (RFC 8259).
 *
 *     struct json_value *document = json_in_load(path, &error);
 *     for (const struct json_value *item = json_in_first(document); item != NULL;
 *          item = json_in_next(item))
 *         puts(json_in_text(item));
 *     json_in_free(document);
 *
 * Refused with a sentence that names line and column: what is no JSON, bytes behind the
 * value, invalid UTF-8, \u0000, lone surrogates, numbers that are not finite, keys that
 * an object holds twice, and documents above the sizes below. A byte order mark is
 * skipped. The document is owned by whoever read it; all values, keys and texts are
 * parts of it and live as long. Every reader takes NULL for "absent".
 */
#ifndef O365LENS_ANALYZER_JSON_IN_H
#define O365LENS_ANALYZER_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/error.h"

enum {
    JSON_IN_SIZE_MAX = 64 << 20,  /* bytes */
    JSON_IN_VALUES_MAX = 4 << 20, /* values in one document */
    JSON_IN_DEPTH_MAX = 64,
};

struct json_value;

enum json_kind {
    JSON_ABSENT, /* the kind of NULL */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* `name` begins the sentence. NULL where the bytes are no document. */
struct json_value *json_in_read(const void *bytes, size_t size, const char *name,
                                struct error *error);
struct json_value *json_in_load(const char *path, struct error *error);
void json_in_free(struct json_value *document); /* NULL is nothing to free */

enum json_kind json_in_kind(const struct json_value *value);
const char *json_kind_text(enum json_kind kind); /* "a number", "an object" ... */

/* The items of an array or the members of an object, in order; NULL at the end. */
const struct json_value *json_in_first(const struct json_value *container);
const struct json_value *json_in_next(const struct json_value *item);
const char *json_in_key(const struct json_value *member); /* NULL for items of arrays */
size_t json_in_count(const struct json_value *container);

/* The member of that name; NULL where there is none or `object` is no object. */
const struct json_value *json_in_member(const struct json_value *object, const char *key);

/* NULL or false where the value is of another kind; `out` is left alone then. */
const char *json_in_text(const struct json_value *value);
bool json_in_bool(const struct json_value *value, bool *out);
bool json_in_number(const struct json_value *value, double *out);
bool json_in_integer(const struct json_value *value, int64_t *out); /* below 2^53 */

#endif
