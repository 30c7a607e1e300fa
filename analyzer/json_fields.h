/*
 * json_fields.h - the fields of a JSON document, each checked, each complaint with its
 * place.
 *
 *     struct json_place place = { .outer = &sites_place, .index = 2 };
 *     if (!json_check_keys(source, &place, site, keys) ||
 *         !json_need(source, &place, site, "name") ||
 *         !json_read_text(source, &place, site, "name", &name))
 *         return false;   (error: "a.json: sites[2].prefixs: unknown key")
 *
 * A json_read_... leaves `out` alone and is true where the object lacks the key; it is
 * false, and the error is set, where the value is not what the function wants. Texts
 * belong to the document.
 */
#ifndef O365LENS_ANALYZER_JSON_FIELDS_H
#define O365LENS_ANALYZER_JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "analyzer/json_in.h"

enum { JSON_PLACE_TEXT_SIZE = 160 };

/* Which document is read, and where its complaint goes. */
struct json_source {
    const char *name;
    struct error *error;
};

/* Where a value is: links from the inside out, on the stack of the reader. */
struct json_place {
    const struct json_place *outer; /* NULL: the document itself */
    const char *key;                /* NULL: an item of an array */
    size_t index;
};

/* "sites[2].prefixes", "the document" for NULL; cut on the left where long. */
const char *json_place_text(const struct json_place *place,
                            char out[JSON_PLACE_TEXT_SIZE]);

/* "NAME: PLACE: SENTENCE"; always false. */
bool json_refuse(const struct json_source *source, const struct json_place *place,
                 const char *format, ...) __attribute__((format(printf, 3, 4)));

/* False where the object, or what should be one, holds a key that is not among `keys`,
   which end with NULL. */
bool json_check_keys(const struct json_source *source, const struct json_place *place,
                     const struct json_value *object, const char *const keys[]);

bool json_want_kind(const struct json_source *source, const struct json_place *place,
                    const struct json_value *value, enum json_kind kind);
bool json_want_text(const struct json_source *source, const struct json_place *place,
                    const struct json_value *value, const char **out); /* not "" */

bool json_need(const struct json_source *source, const struct json_place *place,
               const struct json_value *object, const char *key);
bool json_read_text(const struct json_source *source, const struct json_place *place,
                    const struct json_value *object, const char *key, const char **out);
bool json_read_bool(const struct json_source *source, const struct json_place *place,
                    const struct json_value *object, const char *key, bool *out);
bool json_read_integer(const struct json_source *source, const struct json_place *place,
                       const struct json_value *object, const char *key, int64_t least,
                       int64_t most, int64_t *out);
bool json_read_number(const struct json_source *source, const struct json_place *place,
                      const struct json_value *object, const char *key, double least,
                      double most, double *out);

/* One of `words`, which end with NULL; `out` gets its index. */
bool json_read_word(const struct json_source *source, const struct json_place *place,
                    const struct json_value *object, const char *key,
                    const char *const words[], unsigned *out);

/* An array of texts: `out` gets an array of its own (free it), with its length. */
bool json_read_texts(const struct json_source *source, const struct json_place *place,
                     const struct json_value *object, const char *key, const char ***out,
                     size_t *count);

#endif
