/* proxy_list.c - analyzer/data/proxies.json, as a prefix tree and a table of names. */
#include "analyzer/proxy_list.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/json_fields.h"
#include "analyzer/name_match.h"
#include "analyzer/prefix_tree.h"

struct proxy_list {
    struct json_value *document;
    struct cloud_proxy *proxies;
    uint32_t count;
    struct prefix_tree *prefixes;
    struct name_match *names;
};

enum value_kind { VALUE_PREFIX, VALUE_HOST, VALUE_SUFFIX };

static bool add_value(struct proxy_list *list, enum value_kind kind, const char *text)
{
    uint32_t proxy = list->count - 1;
    struct ip_address prefix;
    uint8_t bits;
    if (kind == VALUE_PREFIX) {
        if (!address_read_prefix(text, &prefix, &bits))
            return false;
        prefix_tree_add(list->prefixes, &prefix, bits, proxy);
        return true;
    }
    if (!name_match_is_pattern(text))
        return false;
    name_match_add(list->names, text, proxy);
    if (kind == VALUE_SUFFIX) {
        char *below = alloc_format("*.%s", text);
        name_match_add(list->names, below, proxy);
        free(below);
    }
    return true;
}

static bool add_values(const struct json_source *source, const struct json_place *place,
                       const struct json_value *entry, enum value_kind kind,
                       struct proxy_list *list)
{
    const char **values = NULL;
    size_t count = 0, i = 0;
    if (!json_read_texts(source, place, entry, "values", &values, &count))
        return false;
    while (i < count && add_value(list, kind, values[i]))
        i++;
    bool is_good =
        i == count || json_refuse(source, place, "\"%.80s\" cannot be read", values[i]);
    free(values);
    return is_good;
}

static bool read_entry(const struct json_source *source, const struct json_place *place,
                       const struct json_value *entry, struct proxy_list *list,
                       struct cloud_proxy proxy)
{
    static const char *const keys[] = { "use",    "kind", "role",   "confidence",
                                        "source", "note", "values", NULL };
    static const char *const uses[] = { "proxy",   "private-access", "vpn",       "dns",
                                        "service", "block-page",     "microsoft", NULL };
    static const char *const kinds[] = { "prefix", "host", "suffix", NULL };
    static const char *const levels[] = { "high", "medium", "low", NULL };
    static const int32_t thousandths[] = { 900, 700, 400 };
    unsigned use = 0, kind = 0, level = 0;

    if (!json_check_keys(source, place, entry, keys))
        return false;
    for (size_t i = 0; keys[i] != NULL; i++)
        if (keys[i][0] != 'n' && !json_need(source, place, entry, keys[i]))
            return false; /* all but the note */
    if (!json_read_word(source, place, entry, "use", uses, &use) ||
        !json_read_word(source, place, entry, "kind", kinds, &kind) ||
        !json_read_word(source, place, entry, "confidence", levels, &level) ||
        !json_read_text(source, place, entry, "role", &proxy.role) ||
        !json_read_text(source, place, entry, "source", &proxy.source) ||
        !json_read_text(source, place, entry, "note", &proxy.note))
        return false;
    proxy.use = (enum proxy_use)use;
    proxy.confidence_thousandths = thousandths[level];
    list->proxies = alloc_resize(list->proxies, list->count + 1, sizeof *list->proxies);
    list->proxies[list->count++] = proxy;
    return add_values(source, place, entry, (enum value_kind)kind, list);
}

static bool read_vendor(const struct json_source *source, const struct json_place *place,
                        const struct json_value *record, struct proxy_list *list)
{
    struct json_place entries_place = { .outer = place, .key = "entries" };
    struct json_place entry_place = { .outer = &entries_place };
    struct cloud_proxy proxy = { 0 };
    const struct json_value *entries = json_in_member(record, "entries");
    if (!json_want_kind(source, place, record, JSON_OBJECT) ||
        !json_need(source, place, record, "vendor") ||
        !json_need(source, place, record, "product") ||
        !json_read_text(source, place, record, "vendor", &proxy.vendor) ||
        !json_read_text(source, place, record, "product", &proxy.product) ||
        !json_want_kind(source, &entries_place, entries, JSON_ARRAY))
        return false;
    for (const struct json_value *entry = json_in_first(entries); entry != NULL;
         entry = json_in_next(entry), entry_place.index++)
        if (!read_entry(source, &entry_place, entry, list, proxy))
            return false;
    return true;
}

static bool read_vendors(const struct json_source *source, struct proxy_list *list)
{
    struct json_place list_place = { .key = "vendors" };
    struct json_place place = { .outer = &list_place };
    const struct json_value *vendors = json_in_member(list->document, "vendors");
    if (!json_want_kind(source, &list_place, vendors, JSON_ARRAY))
        return false;
    for (const struct json_value *record = json_in_first(vendors); record != NULL;
         record = json_in_next(record), place.index++)
        if (!read_vendor(source, &place, record, list))
            return false;
    return true;
}

struct proxy_list *proxy_list_read(const void *bytes, size_t size, const char *name,
                                   struct error *error)
{
    struct json_source source = { name, error };
    struct json_value *document = json_in_read(bytes, size, name, error);
    if (document == NULL)
        return NULL;
    struct proxy_list *list = alloc_zeroed(1, sizeof *list);
    list->document = document;
    list->prefixes = prefix_tree_new();
    list->names = name_match_new();
    if (!read_vendors(&source, list)) {
        proxy_list_free(list);
        return NULL;
    }
    prefix_tree_compile(list->prefixes);
    return list;
}

void proxy_list_free(struct proxy_list *list)
{
    if (list == NULL)
        return;
    free(list->proxies);
    prefix_tree_free(list->prefixes);
    name_match_free(list->names);
    json_in_free(list->document);
    free(list);
}

const struct cloud_proxy *proxy_list_find_address(const struct proxy_list *list,
                                                  const struct ip_address *address)
{
    int32_t found = prefix_tree_find(list->prefixes, address);
    return found == PREFIX_NONE
               ? NULL
               : &list->proxies[prefix_tree_value(list->prefixes, found)];
}

const struct cloud_proxy *proxy_list_find_host(const struct proxy_list *list,
                                               const char *host)
{
    struct name_hit hit;
    return name_match_find(list->names, host, &hit, 1) == 0 ? NULL
                                                            : &list->proxies[hit.value];
}
