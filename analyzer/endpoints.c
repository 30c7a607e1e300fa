/* endpoints.c - the Office 365 IP address and URL web service, and its past (data/). */
#include "analyzer/endpoints.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyzer/alloc.h"
#include "analyzer/endpoint_history.h"
#include "analyzer/endpoint_record.h"
#include "analyzer/json_fields.h"
#include "analyzer/name_match.h"

/* A file of the operator's: its texts live in its document. */
struct download {
    struct json_value *document;
    char *name;
};

struct endpoints {
    struct json_value *breadth;
    struct endpoint_scope *scope;
    struct endpoint_history *built_in[INSTANCES];
    struct endpoint_history *loaded[INSTANCES];
    struct download downloads[INSTANCES];
};

static const char *const instance_words[] = { "Worldwide", "China", "USGOVDoD",
                                              "USGOVGCCHigh" };

const char *endpoint_instance_text(enum endpoint_instance instance)
{
    return instance_words[instance];
}

bool endpoint_instance_read(const char *text, enum endpoint_instance *instance)
{
    for (unsigned i = 0; i < INSTANCES; i++)
        if (strcasecmp(text, instance_words[i]) == 0) {
            *instance = (enum endpoint_instance)i;
            return true;
        }
    return false;
}

struct endpoints *endpoints_new(void)
{
    return alloc_zeroed(1, sizeof(struct endpoints));
}

void endpoints_free(struct endpoints *endpoints)
{
    if (endpoints == NULL)
        return;
    for (unsigned i = 0; i < INSTANCES; i++) {
        endpoint_history_free(endpoints->built_in[i]);
        endpoint_history_free(endpoints->loaded[i]);
        json_in_free(endpoints->downloads[i].document);
        free(endpoints->downloads[i].name);
    }
    endpoint_scope_free(endpoints->scope);
    json_in_free(endpoints->breadth);
    free(endpoints);
}

/* Hands each text of `key`[].values[] to `add`, which may refuse it. */
static bool each_value(const struct json_source *source,
                       const struct json_value *document, const char *key,
                       struct endpoint_scope *scope,
                       bool (*add)(struct endpoint_scope *scope, const char *text))
{
    struct json_place list_place = { .key = key };
    struct json_place place = { .outer = &list_place };
    const struct json_value *list = json_in_member(document, key);
    if (!json_want_kind(source, &list_place, list, JSON_ARRAY))
        return false;
    for (const struct json_value *group = json_in_first(list); group != NULL;
         group = json_in_next(group), place.index++) {
        const char **values = NULL;
        size_t count = 0, i = 0;
        if (!json_need(source, &place, group, "source") ||
            !json_need(source, &place, group, "why") ||
            !json_read_texts(source, &place, group, "values", &values, &count))
            return false;
        while (i < count && add(scope, values[i]))
            i++;
        bool is_good = i == count ||
                       json_refuse(source, &place, "\"%.80s\" cannot be read", values[i]);
        free(values);
        if (!is_good)
            return false;
    }
    return true;
}

static bool add_pattern(struct endpoint_scope *scope, const char *text)
{
    endpoint_scope_add_pattern(scope, text);
    return name_match_is_pattern(text);
}

static bool add_domain(struct endpoint_scope *scope, const char *text)
{
    endpoint_scope_add_domain(scope, text);
    return name_match_is_pattern(text);
}

static bool add_shared(struct endpoint_scope *scope, const char *text)
{
    struct ip_address prefix;
    uint8_t bits;
    if (!address_read_prefix(text, &prefix, &bits))
        return false;
    endpoint_scope_add_shared(scope, &prefix, bits);
    return true;
}

bool endpoints_read_breadth(struct endpoints *endpoints, const void *bytes, size_t size,
                            const char *name, struct error *error)
{
    struct json_source source = { name, error };
    assert(endpoints->scope == NULL);
    endpoints->breadth = json_in_read(bytes, size, name, error);
    if (endpoints->breadth == NULL)
        return false;
    endpoints->scope = endpoint_scope_new();
    const struct json_value *document = endpoints->breadth;
    bool is_good =
        each_value(&source, document, "generic_patterns", endpoints->scope,
                   add_pattern) &&
        each_value(&source, document, "generic_domains", endpoints->scope, add_domain) &&
        each_value(&source, document, "shared_prefixes", endpoints->scope, add_shared);
    endpoint_scope_compile(endpoints->scope);
    return is_good;
}

bool endpoints_read_history(struct endpoints *endpoints, const void *bytes, size_t size,
                            const char *name, struct error *error)
{
    struct endpoint_history *history = endpoint_history_read(bytes, size, name, error);
    if (history == NULL)
        return false;
    struct endpoint_history **slot =
        &endpoints->built_in[endpoint_history_instance(history)];
    endpoint_history_free(*slot);
    *slot = history;
    return true;
}

/* Every item of `key` is good; absent is good too. */
static bool read_items(const struct json_source *source, const struct json_place *place,
                       const struct json_value *record, const char *key, bool is_host,
                       const char ***items, size_t *count)
{
    struct json_place list_place = { .outer = place, .key = key };
    struct json_place item_place = { .outer = &list_place };
    if (!json_read_texts(source, place, record, key, items, count))
        return false;
    for (; item_place.index < *count; item_place.index++)
        if (!endpoint_record_check(source, &item_place, (*items)[item_place.index],
                                   is_host))
            return false;
    return true;
}

static bool read_set(const struct json_source *source, const struct json_place *place,
                     const struct json_value *record, struct endpoint_set *set)
{
    return endpoint_record_read_id(source, place, record, set) &&
           endpoint_record_read_terms(source, place, record, &endpoint_web_spelling,
                                      set) &&
           read_items(source, place, record, "urls", true, &set->hosts,
                      &set->host_count) &&
           read_items(source, place, record, "ips", false, &set->prefixes,
                      &set->prefix_count);
}

struct sets {
    struct endpoint_set *items;
    size_t count;
};

static bool read_sets(const struct json_source *source, const struct json_value *document,
                      struct sets *sets)
{
    struct json_place place = { 0 };
    if (!json_want_kind(source, NULL, document, JSON_ARRAY))
        return false;
    if (json_in_first(document) == NULL)
        return json_refuse(source, NULL, "holds no endpoint sets");
    sets->items = alloc_zeroed(json_in_count(document), sizeof *sets->items);
    for (const struct json_value *record = json_in_first(document); record != NULL;
         record = json_in_next(record), place.index++)
        if (!read_set(source, &place, record, &sets->items[sets->count++]))
            return false;
    return true;
}

static void sets_release(struct sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        free(sets->items[i].hosts);
        free(sets->items[i].prefixes);
    }
    free(sets->items);
    *sets = (struct sets){ 0 };
}

/* How many hosts of the sets are listed literally, or below a pattern, in that list. */
static size_t shared_hosts(const struct sets *sets, const struct endpoint_list *list)
{
    size_t shared = 0;
    for (size_t i = 0; i < sets->count; i++)
        for (size_t host = 0; host < sets->items[i].host_count; host++) {
            const char *name = sets->items[i].hosts[host];
            struct endpoint_match match;
            shared += endpoints_match_name(list, name, 6, 443, &match) &&
                      strcasecmp(match.pattern, name) == 0;
        }
    return shared;
}

static enum endpoint_instance guess_instance(struct endpoints *endpoints,
                                             const struct sets *sets,
                                             enum endpoint_instance otherwise)
{
    size_t best = 0, hosts = 0;
    enum endpoint_instance guess = otherwise;
    for (size_t i = 0; i < sets->count; i++)
        hosts += sets->items[i].host_count;
    for (unsigned i = 0; i < INSTANCES; i++) {
        struct endpoint_history *history = endpoints->built_in[i];
        if (history == NULL)
            continue;
        const struct endpoint_list *newest = endpoint_history_list(
            history, endpoint_history_count(history) - 1, endpoints->scope);
        size_t shared = shared_hosts(sets, newest);
        if (shared > best || (shared == best && i == otherwise)) {
            best = shared;
            guess = (enum endpoint_instance)i;
        }
    }
    return best * 4 >= hosts && best > 0 ? guess : otherwise;
}

static bool check_ids(const struct json_source *source, const struct endpoint_list *list)
{
    for (size_t i = 1; i < endpoint_list_count(list); i++)
        if (endpoint_list_at(list, i - 1)->id == endpoint_list_at(list, i)->id)
            return json_refuse(source, NULL, "the set %u is there twice",
                               endpoint_list_at(list, i)->id);
    return true;
}

/* Takes the document and the sets, whatever comes of it. */
static bool take_list(struct endpoints *endpoints, struct json_value *document,
                      struct sets *sets, const struct json_source *source,
                      enum endpoint_instance instance)
{
    struct download *download = &endpoints->downloads[instance];
    if (download->document != NULL) {
        json_in_free(document);
        sets_release(sets);
        return json_refuse(source, NULL, "a list for %s was already given: %s",
                           endpoint_instance_text(instance), download->name);
    }
    const char *slash = strrchr(source->name, '/');
    *download = (struct download){ document,
                                   alloc_text(slash == NULL ? source->name : slash + 1) };
    struct endpoint_list_facts facts = {
        .instance = instance,
        .version = download->name,
        .source = download->name,
        .from_ns = INT64_MIN,
        .until_ns = INT64_MAX,
        .is_loaded = true,
    };
    struct endpoint_list *list =
        endpoint_list_new(&facts, sets->items, sets->count, endpoints->scope);
    endpoints->loaded[instance] = endpoint_history_of(list);
    return check_ids(source, list);
}

static bool read_download(struct endpoints *endpoints, struct json_value *document,
                          const struct json_source *source,
                          enum endpoint_instance otherwise)
{
    struct sets sets = { 0 };
    if (!read_sets(source, document, &sets)) {
        sets_release(&sets);
        json_in_free(document);
        return false;
    }
    return take_list(endpoints, document, &sets, source,
                     guess_instance(endpoints, &sets, otherwise));
}

bool endpoints_read_download(struct endpoints *endpoints, const void *bytes, size_t size,
                             const char *name, enum endpoint_instance otherwise,
                             struct error *error)
{
    struct json_source source = { name, error };
    struct json_value *document = json_in_read(bytes, size, name, error);
    return document != NULL && read_download(endpoints, document, &source, otherwise);
}

bool endpoints_load_file(struct endpoints *endpoints, const char *path,
                         enum endpoint_instance otherwise, struct error *error)
{
    struct json_source source = { path, error };
    struct json_value *document = json_in_load(path, error);
    return document != NULL && read_download(endpoints, document, &source, otherwise);
}

static struct endpoint_history *history_of(const struct endpoints *endpoints,
                                           enum endpoint_instance instance)
{
    return endpoints->loaded[instance] != NULL ? endpoints->loaded[instance]
                                               : endpoints->built_in[instance];
}

const struct endpoint_list *endpoints_at(struct endpoints *endpoints,
                                         enum endpoint_instance instance, int64_t time_ns)
{
    struct endpoint_history *history = history_of(endpoints, instance);
    return history == NULL
               ? NULL
               : endpoint_history_list(history, endpoint_history_at(history, time_ns),
                                       endpoints->scope);
}

size_t endpoints_version_count(const struct endpoints *endpoints,
                               enum endpoint_instance instance)
{
    struct endpoint_history *history = history_of(endpoints, instance);
    return history == NULL ? 0 : endpoint_history_count(history);
}

const struct endpoint_list_facts *endpoints_facts(const struct endpoints *endpoints,
                                                  enum endpoint_instance instance,
                                                  size_t index)
{
    return endpoint_history_facts(history_of(endpoints, instance), index);
}

const struct endpoint_list *endpoints_version(struct endpoints *endpoints,
                                              enum endpoint_instance instance,
                                              size_t index)
{
    return endpoint_history_list(history_of(endpoints, instance), index,
                                 endpoints->scope);
}
