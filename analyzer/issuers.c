/* issuers.c - RFC 5280 section 4.1.2.4 (issuer); which names count is data. */
#include "analyzer/issuers.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/day.h"
#include "analyzer/json_fields.h"

enum { NAME_SIZE = 512 };

struct authority {
    const char *cn, *o; /* patterns */
    int64_t from_ns, until_ns;
};

struct inspection {
    const char *product;
    const char **texts;
    size_t text_count;
    bool is_endpoint;
};

struct issuers {
    struct json_value *document;
    struct authority *authorities;
    struct inspection *inspections;
    const char **organisations; /* patterns of public authorities */
    char **listed;              /* the operator's */
    size_t authority_count, inspection_count, organisation_count, listed_count;
};

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 32) : byte;
}

/* ASCII case aside; a star stands for any text, also for none. */
static bool is_like(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern != '\0' && lower(*pattern) == lower(*text)) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* A name in lower case; what is longer than any authority's name is cut. */
static const char *lower_name(const char *name, char out[NAME_SIZE])
{
    size_t size = 0;
    for (; name != NULL && name[size] != '\0' && size < NAME_SIZE - 1; size++)
        out[size] = lower(name[size]);
    out[size] = '\0';
    return out;
}

static bool check_lower(const struct json_source *source, const struct json_place *place,
                        const struct inspection *inspection)
{
    for (size_t i = 0; i < inspection->text_count; i++)
        for (const char *at = inspection->texts[i]; *at != '\0'; at++)
            if (*at != lower(*at))
                return json_refuse(source, place, "\"%.80s\" is not in lower case",
                                   inspection->texts[i]);
    return true;
}

static bool read_day_of(const struct json_source *source, const struct json_place *place,
                        const struct json_value *record, const char *key, int64_t *out)
{
    struct json_place inner = { .outer = place, .key = key };
    const char *text = NULL;
    int64_t days;
    if (!json_read_text(source, place, record, key, &text))
        return false;
    if (text == NULL)
        return true;
    if (!day_read(text, &days) || text[DAY_SIZE] != '\0')
        return json_refuse(source, &inner, "\"%.40s\" is no day", text);
    *out = days * DAY_NS;
    return true;
}

static bool read_authority(const struct json_source *source,
                           const struct json_place *place,
                           const struct json_value *record, struct issuers *issuers)
{
    static const char *const keys[] = { "cn", "o", "from", "until", "source", NULL };
    struct authority *added = &issuers->authorities[issuers->authority_count++];
    *added = (struct authority){ .from_ns = INT64_MIN, .until_ns = INT64_MAX };
    return json_check_keys(source, place, record, keys) &&
           json_need(source, place, record, "cn") &&
           json_need(source, place, record, "o") &&
           json_need(source, place, record, "source") &&
           json_read_text(source, place, record, "cn", &added->cn) &&
           json_read_text(source, place, record, "o", &added->o) &&
           read_day_of(source, place, record, "from", &added->from_ns) &&
           read_day_of(source, place, record, "until", &added->until_ns);
}

static bool read_public(const struct json_source *source, const struct json_place *place,
                        const struct json_value *record, struct issuers *issuers)
{
    static const char *const keys[] = { "source", "o", NULL };
    const char **names = NULL;
    size_t count = 0;
    if (!json_check_keys(source, place, record, keys) ||
        !json_need(source, place, record, "source") ||
        !json_read_texts(source, place, record, "o", &names, &count))
        return false;
    if (count > 0) {
        issuers->organisations =
            alloc_resize(issuers->organisations, issuers->organisation_count + count,
                         sizeof *issuers->organisations);
        memcpy(issuers->organisations + issuers->organisation_count, names,
               count * sizeof *names);
        issuers->organisation_count += count;
    }
    free(names);
    return true;
}

static bool read_inspection(const struct json_source *source,
                            const struct json_place *place,
                            const struct json_value *record, struct issuers *issuers)
{
    static const char *const keys[] = { "product", "kind", "texts", "source", NULL };
    static const char *const kinds[] = { "network", "endpoint", NULL };
    struct inspection *added = &issuers->inspections[issuers->inspection_count++];
    unsigned kind = 0;
    if (!json_check_keys(source, place, record, keys) ||
        !json_need(source, place, record, "product") ||
        !json_need(source, place, record, "kind") ||
        !json_need(source, place, record, "texts") ||
        !json_need(source, place, record, "source") ||
        !json_read_text(source, place, record, "product", &added->product) ||
        !json_read_word(source, place, record, "kind", kinds, &kind) ||
        !json_read_texts(source, place, record, "texts", &added->texts,
                         &added->text_count))
        return false;
    added->is_endpoint = kind == 1;
    return check_lower(source, place, added);
}

typedef bool read_record(const struct json_source *source, const struct json_place *place,
                         const struct json_value *record, struct issuers *issuers);

static bool each_record(const struct json_source *source, struct issuers *issuers,
                        const char *key, read_record *read)
{
    struct json_place list_place = { .key = key };
    struct json_place place = { .outer = &list_place };
    const struct json_value *list = json_in_member(issuers->document, key);
    if (!json_want_kind(source, &list_place, list, JSON_ARRAY))
        return false;
    for (const struct json_value *record = json_in_first(list); record != NULL;
         record = json_in_next(record), place.index++)
        if (!read(source, &place, record, issuers))
            return false;
    return true;
}

static size_t count_of(const struct json_value *document, const char *key)
{
    return json_in_count(json_in_member(document, key));
}

struct issuers *issuers_read(const void *bytes, size_t size, const char *name,
                             struct error *error)
{
    struct json_source source = { name, error };
    struct json_value *document = json_in_read(bytes, size, name, error);
    if (document == NULL)
        return NULL;
    struct issuers *issuers = alloc_zeroed(1, sizeof *issuers);
    issuers->document = document;
    issuers->authorities =
        alloc_zeroed(count_of(document, "microsoft"), sizeof *issuers->authorities);
    issuers->inspections =
        alloc_zeroed(count_of(document, "inspection"), sizeof *issuers->inspections);
    if (each_record(&source, issuers, "microsoft", read_authority) &&
        each_record(&source, issuers, "public", read_public) &&
        each_record(&source, issuers, "inspection", read_inspection))
        return issuers;
    issuers_free(issuers);
    return NULL;
}

void issuers_free(struct issuers *issuers)
{
    if (issuers == NULL)
        return;
    for (size_t i = 0; i < issuers->inspection_count; i++)
        free(issuers->inspections[i].texts);
    for (size_t i = 0; i < issuers->listed_count; i++)
        free(issuers->listed[i]);
    free(issuers->listed);
    free(issuers->inspections);
    free(issuers->authorities);
    free(issuers->organisations);
    json_in_free(issuers->document);
    free(issuers);
}

void issuers_add_inspection(struct issuers *issuers, const char *name)
{
    issuers->listed =
        alloc_resize(issuers->listed, issuers->listed_count + 1, sizeof *issuers->listed);
    issuers->listed[issuers->listed_count++] = alloc_text(name);
}

static const char *find_listed(const struct issuers *issuers, const char *cn,
                               const char *o)
{
    for (size_t i = 0; i < issuers->listed_count; i++)
        if ((cn != NULL && is_like(issuers->listed[i], cn)) ||
            (o != NULL && is_like(issuers->listed[i], o)))
            return issuers->listed[i];
    return NULL;
}

static const char *find_product(const struct issuers *issuers, const char *cn,
                                const char *o)
{
    char cn_buffer[NAME_SIZE], o_buffer[NAME_SIZE];
    cn = lower_name(cn, cn_buffer);
    o = lower_name(o, o_buffer);
    for (size_t i = 0; i < issuers->inspection_count; i++) {
        const struct inspection *inspection = &issuers->inspections[i];
        for (size_t text = 0; text < inspection->text_count; text++)
            if (strstr(cn, inspection->texts[text]) != NULL ||
                strstr(o, inspection->texts[text]) != NULL)
                return inspection->product;
    }
    return NULL;
}

static bool is_microsoft(const struct issuers *issuers, const char *cn, const char *o,
                         int64_t time_ns)
{
    for (size_t i = 0; i < issuers->authority_count; i++) {
        const struct authority *authority = &issuers->authorities[i];
        if (is_like(authority->cn, cn) && is_like(authority->o, o) &&
            time_ns >= authority->from_ns && time_ns < authority->until_ns)
            return true;
    }
    return false;
}

static bool is_public(const struct issuers *issuers, const char *o)
{
    for (size_t i = 0; i < issuers->organisation_count; i++)
        if (is_like(issuers->organisations[i], o))
            return true;
    return false;
}

enum issuer_kind issuers_find(const struct issuers *issuers, const char *issuer_cn,
                              const char *issuer_o, int64_t time_ns, const char **product)
{
    const char *found = find_listed(issuers, issuer_cn, issuer_o);
    if (found == NULL)
        found = find_product(issuers, issuer_cn, issuer_o);
    if (product != NULL)
        *product = found;
    if (found != NULL)
        return ISSUER_INSPECTION;
    const char *cn = issuer_cn == NULL ? "" : issuer_cn;
    const char *o = issuer_o == NULL ? "" : issuer_o;
    if (is_microsoft(issuers, cn, o, time_ns))
        return ISSUER_MICROSOFT;
    return is_public(issuers, o) ? ISSUER_PUBLIC : ISSUER_UNFAMILIAR;
}

bool issuers_is_endpoint_product(const struct issuers *issuers, const char *product)
{
    for (size_t i = 0; i < issuers->inspection_count; i++)
        if (strcmp(issuers->inspections[i].product, product) == 0)
            return issuers->inspections[i].is_endpoint;
    return false;
}

const char *issuer_kind_text(enum issuer_kind kind)
{
    static const char *const texts[] = {
        [ISSUER_MICROSOFT] = "microsoft",
        [ISSUER_PUBLIC] = "public",
        [ISSUER_INSPECTION] = "inspection",
        [ISSUER_UNFAMILIAR] = "unfamiliar",
    };
    return texts[kind];
}
