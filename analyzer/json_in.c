/* json_in.c - RFC 8259. cJSON builds the tree; what it lets pass is refused before. */
#include "analyzer/json_in.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/json_fields.h"
#include "dissectors/bytes.h"

enum { NUMBER_SIZE_MAX = 60 /* cJSON reads no longer ones */ };

/* A grammar check of its own gives line and column, and makes cJSON's leniency moot. */
struct scan {
    struct bytes in;
    const char *problem; /* NULL: none yet */
    unsigned depth;
    size_t values;
};

static bool fail(struct scan *scan, const char *problem)
{
    if (scan->problem == NULL)
        scan->problem = problem;
    return false;
}

static void skip_blanks(struct scan *scan)
{
    while (scan->in.left > 0 && strchr(" \t\r\n", bytes_peek(scan->in, 0)) != NULL &&
           bytes_peek(scan->in, 0) != '\0')
        bytes_skip(&scan->in, 1);
}

static bool take_if(struct scan *scan, char wanted)
{
    if (scan->in.left == 0 || bytes_peek(scan->in, 0) != (uint8_t)wanted)
        return false;
    bytes_skip(&scan->in, 1);
    return true;
}

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t skip_digits(struct scan *scan)
{
    size_t count = 0;
    for (; is_digit(bytes_peek(scan->in, 0)); count++)
        bytes_skip(&scan->in, 1);
    return count;
}

static bool scan_number(struct scan *scan)
{
    size_t before = scan->in.left;
    take_if(scan, '-');
    if (!take_if(scan, '0') && skip_digits(scan) == 0)
        return fail(scan, "is no JSON value");
    if (is_digit(bytes_peek(scan->in, 0)))
        return fail(scan, "a number begins with 0");
    if (take_if(scan, '.') && skip_digits(scan) == 0)
        return fail(scan, "a number ends in its point");
    if (take_if(scan, 'e') || take_if(scan, 'E')) {
        if (!take_if(scan, '+'))
            take_if(scan, '-');
        if (skip_digits(scan) == 0)
            return fail(scan, "a number ends in its exponent");
    }
    if (before - scan->in.left > NUMBER_SIZE_MAX)
        return fail(scan, "a number is longer than 60 characters");
    return true;
}

static bool scan_hex4(struct scan *scan, unsigned *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t byte = bytes_u8(&scan->in);
        unsigned digit = is_digit(byte) ? byte - 48U : (byte | 32U) - 87U;
        if (digit > 15 || (!is_digit(byte) && digit < 10))
            return fail(scan, "a \\u escape is not followed by four hex digits");
        *unit = *unit << 4 | digit;
    }
    return true;
}

static bool scan_escape(struct scan *scan)
{
    uint8_t escape = bytes_u8(&scan->in);
    if (escape != 'u')
        return (escape != '\0' && strchr("\"\\/bfnrt", escape) != NULL) ||
               fail(scan, "an escape that JSON does not know");
    unsigned unit, low;
    if (!scan_hex4(scan, &unit))
        return false;
    if (unit == 0)
        return fail(scan, "\\u0000 in a text");
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    if (unit > 0xdbff || !take_if(scan, '\\') || !take_if(scan, 'u') ||
        !scan_hex4(scan, &low) || low < 0xdc00 || low > 0xdfff)
        return fail(scan, "half of a surrogate pair");
    return true;
}

/* The first byte gives how many follow and what the second may be (RFC 3629, 4). */
static bool scan_utf8(struct scan *scan, uint8_t first)
{
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0xc2 || first > 0xf4)
        return fail(scan, "a byte that is no UTF-8");
    for (; more > 0; more--) {
        uint8_t byte = bytes_u8(&scan->in);
        if (byte < least || byte > most)
            return fail(scan, "a byte that is no UTF-8");
        least = 0x80;
        most = 0xbf;
    }
    return true;
}

static bool scan_text(struct scan *scan)
{
    if (!take_if(scan, '"'))
        return fail(scan, "a key in quotes is missing");
    while (scan->in.left > 0) {
        uint8_t byte = bytes_u8(&scan->in);
        if (byte == '"')
            return true;
        if (byte < 0x20)
            return fail(scan, "a control character in a text");
        if (byte == '\\' ? !scan_escape(scan) : byte >= 0x80 && !scan_utf8(scan, byte))
            return false;
    }
    return fail(scan, "a text has no end");
}

static bool scan_word(struct scan *scan, const char *word)
{
    size_t size = strlen(word);
    if (!bytes_start_with(scan->in, word, size))
        return fail(scan, "is no JSON value");
    bytes_skip(&scan->in, size);
    return true;
}

static bool scan_value(struct scan *scan);

static bool scan_member(struct scan *scan)
{
    skip_blanks(scan);
    if (!scan_text(scan))
        return false;
    skip_blanks(scan);
    return take_if(scan, ':') ? scan_value(scan) : fail(scan, "a colon is missing");
}

static bool scan_container(struct scan *scan, char closing)
{
    bytes_skip(&scan->in, 1);
    skip_blanks(scan);
    if (take_if(scan, closing))
        return true;
    do {
        if (closing == '}' ? !scan_member(scan) : !scan_value(scan))
            return false;
        skip_blanks(scan);
    } while (take_if(scan, ','));
    return take_if(scan, closing) ||
           fail(scan,
                closing == '}' ? "a comma or } is missing" : "a comma or ] is missing");
}

static bool scan_value(struct scan *scan)
{
    if (++scan->values > JSON_IN_VALUES_MAX)
        return fail(scan, "more values than are read");
    if (++scan->depth > JSON_IN_DEPTH_MAX)
        return fail(scan, "nested deeper than is read");
    skip_blanks(scan);
    bool is_good;
    switch (bytes_peek(scan->in, 0)) {
    case '{':
        is_good = scan_container(scan, '}');
        break;
    case '[':
        is_good = scan_container(scan, ']');
        break;
    case '"':
        is_good = scan_text(scan);
        break;
    case 't':
        is_good = scan_word(scan, "true");
        break;
    case 'f':
        is_good = scan_word(scan, "false");
        break;
    case 'n':
        is_good = scan_word(scan, "null");
        break;
    default:
        is_good = scan_number(scan);
    }
    scan->depth--;
    return is_good;
}

static void tell_position(const uint8_t *start, size_t offset, const char *name,
                          const char *problem, struct error *error)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < offset; i++) {
        column = start[i] == '\n' ? 1 : column + 1;
        line += start[i] == '\n';
    }
    error_set(error, "%s: line %zu, column %zu: %s", name, line, column, problem);
}

static bool check_grammar(struct bytes all, const char *name, struct error *error)
{
    struct scan scan = { .in = all };
    if (scan_value(&scan)) {
        skip_blanks(&scan);
        if (scan.in.left == 0)
            return true;
        scan.problem = "text behind the end of the document";
    }
    size_t offset = (size_t)(scan.in.at - all.at);
    if (offset == all.left)
        scan.problem = "the document ends too early";
    tell_position(all.at, offset, name, scan.problem, error);
    return false;
}

static int key_order(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/* The key that is there twice, or NULL. Sorted, since an object may be large. */
static const char *repeated_key(const cJSON *object)
{
    size_t count = json_in_count((const struct json_value *)object);
    const cJSON **members = alloc_zeroed(count, sizeof *members);
    const char *repeated = NULL;
    size_t i = 0;
    for (const cJSON *member = object->child; member != NULL; member = member->next)
        members[i++] = member;
    if (count > 1)
        qsort(members, count, sizeof(const cJSON *), key_order);
    for (i = 1; i < count && repeated == NULL; i++)
        if (strcmp(members[i - 1]->string, members[i]->string) == 0)
            repeated = members[i]->string;
    free(members);
    return repeated;
}

static bool check_tree(const cJSON *value, const struct json_place *place,
                       const struct json_source *source)
{
    const char *repeated = cJSON_IsObject(value) ? repeated_key(value) : NULL;
    if (repeated != NULL)
        return json_refuse(source, place, "the key \"%s\" is there twice", repeated);
    if (cJSON_IsNumber(value) && !isfinite(value->valuedouble))
        return json_refuse(source, place, "the number is too large");
    struct json_place inner = { .outer = place };
    for (const cJSON *item = value->child; item != NULL; item = item->next) {
        inner.key = item->string;
        if (!check_tree(item, &inner, source))
            return false;
        inner.index++;
    }
    return true;
}

static void *allocate(size_t size)
{
    return alloc_resize(NULL, size, 1);
}

struct json_value *json_in_read(const void *bytes, size_t size, const char *name,
                                struct error *error)
{
    struct bytes all = bytes_of(bytes, size);
    if (size > JSON_IN_SIZE_MAX) {
        error_set(error, "%s: larger than %d MiB", name, JSON_IN_SIZE_MAX >> 20);
        return NULL;
    }
    if (bytes_start_with(all, "\xef\xbb\xbf", 3))
        bytes_skip(&all, 3);
    if (!check_grammar(all, name, error))
        return NULL;

    cJSON_Hooks hooks = { .malloc_fn = allocate, .free_fn = free };
    cJSON_InitHooks(&hooks);
    cJSON *tree = cJSON_ParseWithLength((const char *)all.at, all.left);
    if (tree == NULL) {
        error_set(error, "%s: is no JSON that can be read", name);
        return NULL;
    }
    struct json_source source = { name, error };
    if (!check_tree(tree, NULL, &source)) {
        cJSON_Delete(tree);
        return NULL;
    }
    return (struct json_value *)tree;
}

/* All bytes of the stream, or NULL; one byte above the limit tells that it is passed. */
static uint8_t *read_all(FILE *file, size_t *size)
{
    size_t capacity = 1 << 16;
    uint8_t *bytes = alloc_resize(NULL, capacity, 1);
    *size = 0;
    for (;;) {
        *size += fread(bytes + *size, 1, capacity - *size, file);
        if (*size < capacity || *size > JSON_IN_SIZE_MAX)
            break;
        capacity *= 2;
        bytes = alloc_resize(bytes, capacity, 1);
    }
    if (ferror(file)) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

struct json_value *json_in_load(const char *path, struct error *error)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        error_set(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t size;
    struct json_value *document = NULL;
    uint8_t *bytes = read_all(file, &size);
    if (bytes == NULL)
        error_set(error, "%s: %s", path, strerror(errno));
    else
        document = json_in_read(bytes, size, path, error);
    free(bytes);
    fclose(file);
    return document;
}

static const cJSON *node(const struct json_value *value)
{
    return (const cJSON *)value;
}

void json_in_free(struct json_value *document)
{
    cJSON_Delete((cJSON *)document);
}

enum json_kind json_in_kind(const struct json_value *value)
{
    if (value == NULL)
        return JSON_ABSENT;
    switch (node(value)->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_TEXT;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const char *json_kind_text(enum json_kind kind)
{
    static const char *const texts[] = {
        [JSON_ABSENT] = "nothing",     [JSON_NULL] = "null",
        [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_TEXT] = "a text",        [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };
    return texts[kind];
}

const struct json_value *json_in_first(const struct json_value *container)
{
    if (json_in_kind(container) != JSON_ARRAY && json_in_kind(container) != JSON_OBJECT)
        return NULL;
    return (const struct json_value *)node(container)->child;
}

const struct json_value *json_in_next(const struct json_value *item)
{
    return item == NULL ? NULL : (const struct json_value *)node(item)->next;
}

const char *json_in_key(const struct json_value *member)
{
    return member == NULL ? NULL : node(member)->string;
}

size_t json_in_count(const struct json_value *container)
{
    size_t count = 0;
    for (const struct json_value *item = json_in_first(container); item != NULL;
         item = json_in_next(item))
        count++;
    return count;
}

const struct json_value *json_in_member(const struct json_value *object, const char *key)
{
    if (json_in_kind(object) != JSON_OBJECT)
        return NULL;
    const struct json_value *member = json_in_first(object);
    while (member != NULL && strcmp(json_in_key(member), key) != 0)
        member = json_in_next(member);
    return member;
}

const char *json_in_text(const struct json_value *value)
{
    return json_in_kind(value) == JSON_TEXT ? node(value)->valuestring : NULL;
}

bool json_in_bool(const struct json_value *value, bool *out)
{
    if (json_in_kind(value) != JSON_BOOL)
        return false;
    *out = cJSON_IsTrue(node(value));
    return true;
}

bool json_in_number(const struct json_value *value, double *out)
{
    if (json_in_kind(value) != JSON_NUMBER)
        return false;
    *out = node(value)->valuedouble;
    return true;
}

bool json_in_integer(const struct json_value *value, int64_t *out)
{
    double number;
    if (!json_in_number(value, &number) || fabs(number) >= 9007199254740992.0 ||
        number != trunc(number))
        return false;
    *out = (int64_t)number;
    return true;
}
