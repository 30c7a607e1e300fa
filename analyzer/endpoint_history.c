/* endpoint_history.c - analyzer/data/endpoints_*.json: lists as spans of days. */
#include "analyzer/endpoint_history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/day.h"
#include "analyzer/endpoint_record.h"
#include "analyzer/endpoints.h"

struct version {
    const char *day; /* part of the document */
    struct endpoint_list_facts facts;
    struct endpoint_list *list; /* NULL: not put together yet */
};

struct endpoint_history {
    struct json_value *document; /* NULL: a single list */
    enum endpoint_instance instance;
    struct version *versions;
    size_t count;
};

static bool is_span(const char *text)
{
    int64_t from, until;
    return day_read(text, &from) && text[DAY_SIZE] == '/' &&
           (text[DAY_SIZE + 1] == '\0' ||
            (day_read(text + DAY_SIZE + 1, &until) && until > from &&
             text[2 * DAY_SIZE + 1] == '\0'));
}

/* Days of this form are in the order of their bytes. */
static bool is_in_force(const char *span, const char *day)
{
    return memcmp(span, day, DAY_SIZE) <= 0 &&
           (span[DAY_SIZE + 1] == '\0' || memcmp(day, span + DAY_SIZE + 1, DAY_SIZE) < 0);
}

/* Every key of `record`.`key` is a span; its value is an array of hosts or prefixes. */
static bool check_spans(const struct json_source *source, const struct json_place *place,
                        const struct json_value *record, const char *key, bool is_host)
{
    struct json_place spans_place = { .outer = place, .key = key };
    const struct json_value *spans = json_in_member(record, key);
    if (spans == NULL)
        return true;
    if (!json_want_kind(source, &spans_place, spans, JSON_OBJECT))
        return false;
    for (const struct json_value *span = json_in_first(spans); span != NULL;
         span = json_in_next(span)) {
        struct json_place inner = { .outer = &spans_place, .key = json_in_key(span) };
        struct json_place item_place = { .outer = &inner };
        if (!is_span(inner.key))
            return json_refuse(source, &inner, "is no span of days");
        if (!json_want_kind(source, &inner, span, JSON_ARRAY))
            return false;
        for (const struct json_value *item = json_in_first(span); item != NULL;
             item = json_in_next(item), item_place.index++) {
            const char *text;
            if (!json_want_text(source, &item_place, item, &text) ||
                !endpoint_record_check(source, &item_place, text, is_host))
                return false;
        }
    }
    return true;
}

static bool check_terms(const struct json_source *source, const struct json_place *place,
                        const struct json_value *record)
{
    struct json_place terms_place = { .outer = place, .key = "terms" };
    const struct json_value *terms = json_in_member(record, "terms");
    if (!json_want_kind(source, &terms_place, terms, JSON_OBJECT))
        return false;
    for (const struct json_value *span = json_in_first(terms); span != NULL;
         span = json_in_next(span)) {
        struct json_place inner = { .outer = &terms_place, .key = json_in_key(span) };
        struct endpoint_set set = { 0 };
        if (!is_span(inner.key))
            return json_refuse(source, &inner, "is no span of days");
        if (!json_need(source, &inner, span, "service") ||
            !json_need(source, &inner, span, "category") ||
            !endpoint_record_read_terms(source, &inner, span, &endpoint_own_spelling,
                                        &set))
            return false;
    }
    return true;
}

static bool check_sets(const struct json_source *source,
                       const struct json_value *document)
{
    static const char *const keys[] = { "id", "terms", "hosts", "prefixes", NULL };
    struct json_place list_place = { .key = "sets" };
    struct json_place place = { .outer = &list_place };
    const struct json_value *sets = json_in_member(document, "sets");
    if (!json_want_kind(source, &list_place, sets, JSON_ARRAY))
        return false;
    for (const struct json_value *record = json_in_first(sets); record != NULL;
         record = json_in_next(record), place.index++) {
        struct endpoint_set set = { 0 };
        if (!endpoint_record_read_id(source, &place, record, &set) ||
            !json_check_keys(source, &place, record, keys) ||
            !check_terms(source, &place, record) ||
            !check_spans(source, &place, record, "hosts", true) ||
            !check_spans(source, &place, record, "prefixes", false))
            return false;
    }
    return true;
}

static bool read_version(const struct json_source *source, const struct json_place *place,
                         const struct json_value *record, struct version *version)
{
    static const char *const keys[] = { "from", "version", "interpolated", "source",
                                        NULL };
    struct endpoint_list_facts *facts = &version->facts;
    int64_t days;
    if (!json_check_keys(source, place, record, keys) ||
        !json_need(source, place, record, "from") ||
        !json_need(source, place, record, "version") ||
        !json_need(source, place, record, "source") ||
        !json_read_text(source, place, record, "from", &version->day) ||
        !json_read_text(source, place, record, "version", &facts->version) ||
        !json_read_text(source, place, record, "source", &facts->source) ||
        !json_read_bool(source, place, record, "interpolated", &facts->is_interpolated))
        return false;
    if (!day_read(version->day, &days) || version->day[DAY_SIZE] != '\0')
        return json_refuse(source, place, "\"%.40s\" is no day", version->day);
    facts->from_ns = days * DAY_NS;
    facts->until_ns = INT64_MAX;
    return true;
}

static bool read_versions(const struct json_source *source,
                          struct endpoint_history *history)
{
    struct json_place list_place = { .key = "versions" };
    struct json_place place = { .outer = &list_place };
    const struct json_value *list = json_in_member(history->document, "versions");
    if (!json_want_kind(source, &list_place, list, JSON_ARRAY))
        return false;
    if (json_in_first(list) == NULL)
        return json_refuse(source, &list_place, "is empty");
    history->versions = alloc_zeroed(json_in_count(list), sizeof *history->versions);
    for (const struct json_value *record = json_in_first(list); record != NULL;
         record = json_in_next(record), place.index++) {
        struct version *version = &history->versions[history->count];
        if (!read_version(source, &place, record, version))
            return false;
        version->facts.instance = history->instance;
        if (history->count++ == 0)
            continue;
        version[-1].facts.until_ns = version->facts.from_ns;
        if (version[-1].facts.from_ns >= version->facts.from_ns)
            return json_refuse(source, &place, "is not later than the one before");
    }
    return true;
}

static bool read_document(const struct json_source *source,
                          struct endpoint_history *history)
{
    static const char *const keys[] = { "instance", "about", "versions", "sets", NULL };
    struct json_place place = { .key = "instance" };
    const char *instance = NULL;
    if (!json_check_keys(source, NULL, history->document, keys) ||
        !json_need(source, NULL, history->document, "instance") ||
        !json_read_text(source, NULL, history->document, "instance", &instance))
        return false;
    if (!endpoint_instance_read(instance, &history->instance))
        return json_refuse(source, &place, "\"%.40s\" is no instance", instance);
    return read_versions(source, history) && check_sets(source, history->document);
}

struct endpoint_history *endpoint_history_read(const void *bytes, size_t size,
                                               const char *name, struct error *error)
{
    struct json_source source = { name, error };
    struct json_value *document = json_in_read(bytes, size, name, error);
    if (document == NULL)
        return NULL;
    struct endpoint_history *history = alloc_zeroed(1, sizeof *history);
    history->document = document;
    if (read_document(&source, history))
        return history;
    endpoint_history_free(history);
    return NULL;
}

struct endpoint_history *endpoint_history_of(struct endpoint_list *list)
{
    struct endpoint_history *history = alloc_zeroed(1, sizeof *history);
    history->versions = alloc_zeroed(1, sizeof *history->versions);
    history->count = 1;
    history->versions[0].list = list;
    history->versions[0].facts = *endpoint_list_facts(list);
    history->instance = history->versions[0].facts.instance;
    return history;
}

void endpoint_history_free(struct endpoint_history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < history->count; i++)
        endpoint_list_free(history->versions[i].list);
    free(history->versions);
    json_in_free(history->document);
    free(history);
}

enum endpoint_instance endpoint_history_instance(const struct endpoint_history *history)
{
    return history->instance;
}

size_t endpoint_history_count(const struct endpoint_history *history)
{
    return history->count;
}

size_t endpoint_history_at(const struct endpoint_history *history, int64_t time_ns)
{
    size_t version = history->count - 1;
    while (version > 0 && history->versions[version].facts.from_ns > time_ns)
        version--;
    return version;
}

const struct endpoint_list_facts *
endpoint_history_facts(const struct endpoint_history *history, size_t version)
{
    return &history->versions[version].facts;
}

struct words {
    const char **items;
    size_t count;
};

/* Adds the texts of every span of `spans` that is in force. */
static void gather(const struct json_value *spans, const char *day, struct words *words)
{
    for (const struct json_value *span = json_in_first(spans); span != NULL;
         span = json_in_next(span)) {
        if (!is_in_force(json_in_key(span), day))
            continue;
        words->items = alloc_resize(words->items, words->count + json_in_count(span),
                                    sizeof *words->items);
        for (const struct json_value *item = json_in_first(span); item != NULL;
             item = json_in_next(item))
            words->items[words->count++] = json_in_text(item);
    }
}

/* The terms in force on that day, or NULL: the set did not exist. */
static const struct json_value *terms_on(const struct json_value *record, const char *day)
{
    const struct json_value *span = json_in_first(json_in_member(record, "terms"));
    while (span != NULL && !is_in_force(json_in_key(span), day))
        span = json_in_next(span);
    return span;
}

static struct endpoint_set set_on(const struct json_value *record,
                                  const struct json_value *terms, const char *day)
{
    struct json_source source = { .name = "" };
    struct endpoint_set set = { 0 };
    struct words hosts = { 0 }, prefixes = { 0 };
    bool is_good =
        endpoint_record_read_id(&source, NULL, record, &set) &&
        endpoint_record_read_terms(&source, NULL, terms, &endpoint_own_spelling, &set);
    assert(is_good); /* the document was checked when it was read */
    (void)is_good;
    gather(json_in_member(record, "hosts"), day, &hosts);
    gather(json_in_member(record, "prefixes"), day, &prefixes);
    set.hosts = hosts.items;
    set.host_count = hosts.count;
    set.prefixes = prefixes.items;
    set.prefix_count = prefixes.count;
    return set;
}

static struct endpoint_list *put_together(const struct endpoint_history *history,
                                          const struct version *version,
                                          const struct endpoint_scope *scope)
{
    const struct json_value *records = json_in_member(history->document, "sets");
    struct endpoint_set *sets = alloc_zeroed(json_in_count(records) + 1, sizeof *sets);
    size_t count = 0;
    for (const struct json_value *record = json_in_first(records); record != NULL;
         record = json_in_next(record)) {
        const struct json_value *terms = terms_on(record, version->day);
        if (terms != NULL)
            sets[count++] = set_on(record, terms, version->day);
    }
    return endpoint_list_new(&version->facts, sets, count, scope);
}

const struct endpoint_list *endpoint_history_list(struct endpoint_history *history,
                                                  size_t version,
                                                  const struct endpoint_scope *scope)
{
    struct version *wanted = &history->versions[version];
    if (wanted->list == NULL)
        wanted->list = put_together(history, wanted, scope);
    return wanted->list;
}
