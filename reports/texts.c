/* texts.c - a text is filled from left to right; values are never read for placeholders.
 */
#include "reports/texts.h"

#include <string.h>

#include "analyzer/json_in.h"
#include "analyzer/names_out.h"

extern const unsigned char texts_en_json[];
extern const size_t texts_en_json_size;

enum { NAME_SIZE = 64 };

static const char not_known[] = "not known";

/* struct texts is the document itself; the name keeps its reader out of the header. */
struct texts *texts_open(struct error *error)
{
    return (struct texts *)json_in_read(texts_en_json, texts_en_json_size,
                                        "the texts of reports", error);
}

void texts_close(struct texts *texts)
{
    json_in_free((struct json_value *)texts);
}

static const struct json_value *group_of(const struct texts *texts, const char *group)
{
    return json_in_member((const struct json_value *)texts, group);
}

const char *texts_get(const struct texts *texts, const char *group, const char *entry,
                      const char *field)
{
    const struct json_value *found = json_in_member(group_of(texts, group), entry);
    return json_in_text(json_in_member(found, field));
}

const char *texts_entry(const struct texts *texts, const char *group, size_t index)
{
    const struct json_value *entry = json_in_first(group_of(texts, group));
    while (entry != NULL && index-- > 0)
        entry = json_in_next(entry);
    return json_in_key(entry);
}

struct filling {
    const struct finding *finding;
    char *out;
    size_t used;
};

/* Cut at a character's border, so that what is cut is still UTF-8. */
static void put(struct filling *filling, const char *text, size_t size)
{
    size_t room = TEXTS_SIZE - 1 - filling->used;
    if (size > room) {
        size = room;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    memcpy(filling->out + filling->used, text, size);
    filling->used += size;
}

/* The first colon between braces; the closing one where there is none. */
static const char *colon_of(const char *at, const char *brace)
{
    const char *colon = memchr(at, ':', (size_t)(brace - at));
    return colon == NULL ? brace : colon;
}

/* The parameter named between braces at `at`; NULL where it has no value to show. */
static const char *value_at(const struct finding *finding, const char *at,
                            const char *end)
{
    char name[NAME_SIZE];
    size_t size = (size_t)(colon_of(at, end) - at) - 1;
    if (size >= sizeof name)
        return NULL;
    memcpy(name, at + 1, size);
    name[size] = '\0';
    const char *value = finding_parameter(finding, name);
    bool is_missing = value == NULL || value[0] == '\0' || strcmp(value, "none") == 0;
    return is_missing ? NULL : value;
}

static bool has_all_values(const struct finding *finding, const char *at, const char *end)
{
    while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
        const char *brace = memchr(at, '}', (size_t)(end - at));
        if (brace == NULL || value_at(finding, at, brace) == NULL)
            return false;
        at = brace;
    }
    return true;
}

/* What stands between the colons for one, what stands behind them for any other number.
 */
static void put_word(struct filling *filling, const char *value, const char *one,
                     const char *brace)
{
    const char *colon = colon_of(one, brace);
    const char *many = colon == brace ? brace : colon + 1;
    if (value != NULL && strcmp(value, "1") == 0)
        put(filling, one, (size_t)(colon - one));
    else
        put(filling, many, (size_t)(brace - many));
}

static void put_value(struct filling *filling, const char *at, const char *brace)
{
    char shown[NAMES_OUT_SIZE];
    const char *value = value_at(filling->finding, at, brace);
    const char *colon = colon_of(at, brace);
    if (colon != brace) {
        put_word(filling, value, colon + 1, brace);
        return;
    }
    names_out_text(value == NULL ? not_known : value, shown, sizeof shown);
    put(filling, shown, strlen(shown));
}

/* Where the plain text ends that begins at `at`, which may be a brace without its pair.
 */
static const char *run_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '{' && *at != '[';)
        at++;
    return at;
}

/* `end` is where the text or the bracket ends; brackets do not nest. */
static void fill(struct filling *filling, const char *at, const char *end)
{
    while (at < end) {
        const char *close = *at == '{'   ? memchr(at, '}', (size_t)(end - at))
                            : *at == '[' ? memchr(at, ']', (size_t)(end - at))
                                         : NULL;
        if (close == NULL) {
            const char *next = run_end(at, end);
            put(filling, at, (size_t)(next - at));
            at = next;
            continue;
        }
        if (*at == '{')
            put_value(filling, at, close);
        else if (has_all_values(filling->finding, at + 1, close))
            fill(filling, at + 1, close);
        at = close + 1;
    }
}

const char *texts_fill(const struct texts *texts, const struct finding *finding,
                       const char *field, char out[TEXTS_SIZE])
{
    struct filling filling = { .finding = finding, .out = out };
    const char *text = texts_get(texts, "findings", finding->text, field);

    if (text == NULL)
        text = strcmp(field, "title") == 0 ? finding->kind : "";
    fill(&filling, text, text + strlen(text));
    out[filling.used] = '\0';
    return out;
}
