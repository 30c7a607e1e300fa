/* json_fields.c - a complaint must name the place: nobody finds a typo in 400 lines. */
#include "analyzer/json_fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

/* Writes `text` in front of what stands from `*at` on; false where it does not fit. */
static bool put_before(char *out, size_t *at, const char *text)
{
    size_t size = strlen(text);
    if (size > *at)
        return false;
    *at -= size;
    memcpy(out + *at, text, size);
    return true;
}

static bool put_step(char *out, size_t *at, const struct json_place *place)
{
    char index[32];
    if (place->key != NULL)
        return put_before(out, at, place->key) &&
               (place->outer == NULL || put_before(out, at, "."));
    (void)snprintf(index, sizeof index, "[%zu]", place->index);
    return put_before(out, at, index);
}

const char *json_place_text(const struct json_place *place,
                            char out[JSON_PLACE_TEXT_SIZE])
{
    static const char dots[] = "...";
    if (place == NULL)
        return strcpy(out, "the document");
    size_t at = JSON_PLACE_TEXT_SIZE - 1;
    out[at] = '\0';
    while (place != NULL && put_step(out, &at, place))
        place = place->outer;
    if (place != NULL) {
        at = at < sizeof dots - 1 ? 0 : at - (sizeof dots - 1);
        memcpy(out + at, dots, sizeof dots - 1);
    }
    return memmove(out, out + at, JSON_PLACE_TEXT_SIZE - at);
}

bool json_refuse(const struct json_source *source, const struct json_place *place,
                 const char *format, ...)
{
    char text[ERROR_TEXT_SIZE], where[JSON_PLACE_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    error_set(source->error, "%s: %s: %s", source->name, json_place_text(place, where),
              text);
    return false;
}

bool json_want_kind(const struct json_source *source, const struct json_place *place,
                    const struct json_value *value, enum json_kind kind)
{
    enum json_kind found = json_in_kind(value);
    return found == kind || json_refuse(source, place, "is %s, not %s",
                                        json_kind_text(found), json_kind_text(kind));
}

static bool is_among(const char *text, const char *const list[])
{
    while (*list != NULL && strcmp(*list, text) != 0)
        list++;
    return *list != NULL;
}

bool json_check_keys(const struct json_source *source, const struct json_place *place,
                     const struct json_value *object, const char *const keys[])
{
    if (!json_want_kind(source, place, object, JSON_OBJECT))
        return false;
    for (const struct json_value *member = json_in_first(object); member != NULL;
         member = json_in_next(member)) {
        struct json_place inner = { .outer = place, .key = json_in_key(member) };
        if (!is_among(inner.key, keys))
            return json_refuse(source, &inner, "unknown key");
    }
    return true;
}

bool json_want_text(const struct json_source *source, const struct json_place *place,
                    const struct json_value *value, const char **out)
{
    if (!json_want_kind(source, place, value, JSON_TEXT))
        return false;
    *out = json_in_text(value);
    return **out != '\0' || json_refuse(source, place, "is empty");
}

bool json_need(const struct json_source *source, const struct json_place *place,
               const struct json_value *object, const char *key)
{
    struct json_place inner = { .outer = place, .key = key };
    return json_in_member(object, key) != NULL ||
           json_refuse(source, &inner, "is missing");
}

bool json_read_text(const struct json_source *source, const struct json_place *place,
                    const struct json_value *object, const char *key, const char **out)
{
    struct json_place inner = { .outer = place, .key = key };
    const struct json_value *value = json_in_member(object, key);
    return value == NULL || json_want_text(source, &inner, value, out);
}

bool json_read_bool(const struct json_source *source, const struct json_place *place,
                    const struct json_value *object, const char *key, bool *out)
{
    struct json_place inner = { .outer = place, .key = key };
    const struct json_value *value = json_in_member(object, key);
    return value == NULL ||
           (json_want_kind(source, &inner, value, JSON_BOOL) && json_in_bool(value, out));
}

bool json_read_number(const struct json_source *source, const struct json_place *place,
                      const struct json_value *object, const char *key, double least,
                      double most, double *out)
{
    struct json_place inner = { .outer = place, .key = key };
    const struct json_value *value = json_in_member(object, key);
    double number;
    if (value == NULL)
        return true;
    if (!json_want_kind(source, &inner, value, JSON_NUMBER) ||
        !json_in_number(value, &number))
        return false;
    if (number < least || number > most)
        return json_refuse(source, &inner, "%g is not between %.15g and %.15g", number,
                           least, most);
    *out = number;
    return true;
}

bool json_read_integer(const struct json_source *source, const struct json_place *place,
                       const struct json_value *object, const char *key, int64_t least,
                       int64_t most, int64_t *out)
{
    struct json_place inner = { .outer = place, .key = key };
    double number = 0;
    if (json_in_member(object, key) == NULL)
        return true;
    if (!json_read_number(source, place, object, key, (double)least, (double)most,
                          &number))
        return false;
    if (number != trunc(number))
        return json_refuse(source, &inner, "%g is no whole number", number);
    *out = (int64_t)number;
    return true;
}

bool json_read_word(const struct json_source *source, const struct json_place *place,
                    const struct json_value *object, const char *key,
                    const char *const words[], unsigned *out)
{
    struct json_place inner = { .outer = place, .key = key };
    const char *text = NULL;
    if (!json_read_text(source, place, object, key, &text))
        return false;
    if (text == NULL)
        return true;
    char list[160] = "";
    for (unsigned i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            *out = i;
            return true;
        }
        size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "",
                       words[i]);
    }
    return json_refuse(source, &inner, "\"%.80s\" is none of %s", text, list);
}

bool json_read_texts(const struct json_source *source, const struct json_place *place,
                     const struct json_value *object, const char *key, const char ***out,
                     size_t *count)
{
    struct json_place array_place = { .outer = place, .key = key };
    struct json_place inner = { .outer = &array_place };
    const struct json_value *array = json_in_member(object, key);
    if (array == NULL)
        return true;
    if (!json_want_kind(source, &array_place, array, JSON_ARRAY))
        return false;
    const char **texts = alloc_zeroed(json_in_count(array), sizeof *texts);
    for (const struct json_value *item = json_in_first(array); item != NULL;
         item = json_in_next(item), inner.index++)
        if (!json_want_text(source, &inner, item, &texts[inner.index])) {
            free(texts);
            return false;
        }
    *out = texts;
    *count = inner.index;
    return true;
}
