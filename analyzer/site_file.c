/* site_file.c - the assessment file, contract section 3. */
#include "analyzer/site_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/json_fields.h"
#include "analyzer/prefix_tree.h"
#include "analyzer/site_file_index.h"

static const double day_ms = 86400000.0;

static const char *const schema = "o365lens/assessment/1";
static const char *const link_words[] = { "single", "span", NULL };

struct reader {
    const struct json_source *source;
    struct site_file *site_file;
};

typedef bool read_item(struct reader *reader, const struct json_place *place,
                       const struct json_value *item);

/* Hands each item of the array `key` to `read`; absent is fine. */
static bool each_item(struct reader *reader, const struct json_value *object,
                      const char *key, read_item *read)
{
    struct json_place list_place = { .key = key };
    struct json_place place = { .outer = &list_place };
    const struct json_value *list = json_in_member(object, key);
    if (list == NULL)
        return true;
    if (!json_want_kind(reader->source, &list_place, list, JSON_ARRAY))
        return false;
    for (const struct json_value *item = json_in_first(list); item != NULL;
         item = json_in_next(item), place.index++)
        if (!read(reader, &place, item))
            return false;
    return true;
}

static bool read_prefix(const char *text, bool is_single, struct site_prefix *prefix)
{
    if (!is_single)
        return address_read_prefix(text, &prefix->address, &prefix->bits);
    if (!address_read(text, &prefix->address))
        return false;
    prefix->bits = prefix->address.family == 4 ? 32 : 128;
    return true;
}

/* `is_single`: addresses, no prefixes. */
static bool read_prefixes(const struct json_source *source,
                          const struct json_place *place, const struct json_value *object,
                          const char *key, bool is_single, struct site_prefixes *prefixes)
{
    struct json_place list_place = { .outer = place, .key = key };
    struct json_place item_place = { .outer = &list_place };
    const char **texts = NULL;
    size_t count = 0;
    bool is_good = json_read_texts(source, place, object, key, &texts, &count);
    prefixes->items = alloc_zeroed(count, sizeof *prefixes->items);
    for (; is_good && prefixes->count < count; item_place.index++, prefixes->count++) {
        const char *text = texts[prefixes->count];
        if (!read_prefix(text, is_single, &prefixes->items[prefixes->count]))
            is_good =
                json_refuse(source, &item_place, "\"%.80s\" is no %s", text,
                            is_single ? "IP address" : "IP prefix (are host bits set?)");
    }
    free(texts);
    return is_good;
}

/* The names of the time zone database: letters in parts between slashes. */
static bool is_zone_name(const char *text)
{
    if (!isalpha((unsigned char)text[0]) || strstr(text, "//") != NULL)
        return false;
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)text[i]) && strchr("/_+-", text[i]) == NULL)
            return false;
    return size < 64 && text[size - 1] != '/';
}

/* Where the machine has the database, the name must be in it. */
static bool is_known_zone(const char *text)
{
    static const char *const folder = "/usr/share/zoneinfo";
    if (access(folder, R_OK) != 0)
        return true;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, text);
    return access(path, R_OK) == 0;
}

static bool read_timezone(const struct json_source *source,
                          const struct json_place *place, const struct json_value *object,
                          const char **out)
{
    struct json_place inner = { .outer = place, .key = "timezone" };
    if (!json_read_text(source, place, object, "timezone", out))
        return false;
    return *out == NULL || (is_zone_name(*out) && is_known_zone(*out)) ||
           json_refuse(source, &inner, "\"%.80s\" is no time zone", *out);
}

static bool read_location(const struct json_source *source,
                          const struct json_place *outer, const struct json_value *record,
                          struct site *site)
{
    static const char *const keys[] = { "latitude", "longitude", "city",
                                        "country",  "note",      NULL };
    struct json_place place = { .outer = outer, .key = "location" };
    struct json_place country_place = { .outer = &place, .key = "country" };
    const struct json_value *location = json_in_member(record, "location");
    if (location == NULL)
        return true;
    bool has_latitude = json_in_member(location, "latitude") != NULL;
    bool has_longitude = json_in_member(location, "longitude") != NULL;
    if (!json_check_keys(source, &place, location, keys) ||
        !json_read_number(source, &place, location, "latitude", -90, 90,
                          &site->latitude) ||
        !json_read_number(source, &place, location, "longitude", -180, 180,
                          &site->longitude) ||
        !json_read_text(source, &place, location, "city", &site->city) ||
        !json_read_text(source, &place, location, "country", &site->country))
        return false;
    if (has_latitude != has_longitude)
        return json_refuse(source, &place, "needs latitude and longitude, or neither");
    site->has_position = has_latitude;
    return site->country == NULL ||
           (strlen(site->country) == 2 && isupper((unsigned char)site->country[0]) &&
            isupper((unsigned char)site->country[1])) ||
           json_refuse(source, &country_place, "\"%.80s\" is no code of two letters",
                       site->country);
}

static bool check_new_name(const struct reader *reader, const struct json_place *place,
                           const struct site *added)
{
    for (const struct site *site = reader->site_file->sites; site != added; site++)
        if (strcmp(site->name, added->name) == 0)
            return json_refuse(reader->source, place, "a second site \"%.80s\"",
                               added->name);
    return true;
}

static bool read_site(struct reader *reader, const struct json_place *place,
                      const struct json_value *record)
{
    static const char *const keys[] = { "name",      "role",     "location",  "timezone",
                                        "note",      "prefixes", "vpn_pools", "egress",
                                        "resolvers", NULL };
    const struct json_source *source = reader->source;
    struct site *site = &reader->site_file->sites[reader->site_file->site_count++];
    unsigned role = SITE_BRANCH;
    if (!json_check_keys(source, place, record, keys) ||
        !json_need(source, place, record, "name") ||
        !json_read_text(source, place, record, "name", &site->name) ||
        !check_new_name(reader, place, site) ||
        !json_read_word(source, place, record, "role", site_role_words, &role) ||
        !read_location(source, place, record, site) ||
        !read_timezone(source, place, record, &site->timezone) ||
        !read_prefixes(source, place, record, "prefixes", false, &site->prefixes) ||
        !read_prefixes(source, place, record, "vpn_pools", false, &site->vpn_pools) ||
        !read_prefixes(source, place, record, "egress", false, &site->egress) ||
        !read_prefixes(source, place, record, "resolvers", true, &site->resolvers))
        return false;
    site->role = (enum site_role)role;
    site->has_role = json_in_member(record, "role") != NULL;
    return true;
}

/* Files without sites[] may name any; else a name that is not there is a typing error. */
static bool read_site_name(struct reader *reader, const struct json_place *place,
                           const struct json_value *record, const char **out)
{
    struct json_place inner = { .outer = place, .key = "site" };
    if (!json_read_text(reader->source, place, record, "site", out))
        return false;
    return *out == NULL || reader->site_file->site_count == 0 ||
           site_file_find_named(reader->site_file, *out) != NULL ||
           json_refuse(reader->source, &inner, "sites has no \"%.80s\"", *out);
}

static bool read_ports(const struct json_source *source, const struct json_place *place,
                       const struct json_value *record, struct site_proxy *proxy)
{
    struct json_place list_place = { .outer = place, .key = "ports" };
    struct json_place item_place = { .outer = &list_place };
    const struct json_value *list = json_in_member(record, "ports");
    if (list == NULL)
        return true;
    if (!json_want_kind(source, &list_place, list, JSON_ARRAY))
        return false;
    proxy->ports = alloc_zeroed(json_in_count(list), sizeof *proxy->ports);
    for (const struct json_value *item = json_in_first(list); item != NULL;
         item = json_in_next(item), item_place.index++) {
        int64_t port;
        if (!json_in_integer(item, &port) || port < 1 || port > UINT16_MAX)
            return json_refuse(source, &item_place, "is no port from 1 to 65535");
        proxy->ports[proxy->port_count++] = (uint16_t)port;
    }
    return true;
}

static bool read_proxy(struct reader *reader, const struct json_place *place,
                       const struct json_value *record)
{
    static const char *const keys[] = {
        "name", "site", "addresses", "ports", "note", NULL
    };
    const struct json_source *source = reader->source;
    struct site_proxy *proxy =
        &reader->site_file->proxies[reader->site_file->proxy_count++];
    return json_check_keys(source, place, record, keys) &&
           json_read_text(source, place, record, "name", &proxy->name) &&
           read_site_name(reader, place, record, &proxy->site) &&
           read_prefixes(source, place, record, "addresses", true, &proxy->addresses) &&
           read_ports(source, place, record, proxy);
}

static bool read_capture(struct reader *reader, const struct json_place *place,
                         const struct json_value *record)
{
    static const char *const keys[] = { "match", "site",   "vantage",
                                        "link",  "series", "clock_offset_ms",
                                        "note",  NULL };
    const struct json_source *source = reader->source;
    struct site_capture *capture =
        &reader->site_file->captures[reader->site_file->capture_count++];
    unsigned vantage = VANTAGE_UNKNOWN, link = 0;
    double offset_ms = 0;
    if (!json_check_keys(source, place, record, keys) ||
        !json_need(source, place, record, "match") ||
        !json_read_text(source, place, record, "match", &capture->match) ||
        !json_read_text(source, place, record, "series", &capture->series) ||
        !read_site_name(reader, place, record, &capture->site) ||
        !json_read_word(source, place, record, "vantage", site_vantage_words, &vantage) ||
        !json_read_word(source, place, record, "link", link_words, &link) ||
        !json_read_number(source, place, record, "clock_offset_ms", -36500 * day_ms,
                          36500 * day_ms, &offset_ms))
        return false;
    if (capture->series != NULL && strcmp(capture->series, "auto") == 0)
        capture->series = NULL;
    capture->vantage = (enum vantage)vantage;
    capture->link = json_in_member(record, "link") == NULL
                        ? LINK_NOT_TOLD
                        : (enum capture_link)(LINK_SINGLE + link);
    double offset_ns = offset_ms * 1e6;
    capture->clock_offset_ns = (int64_t)(offset_ns + (offset_ns < 0 ? -0.5 : 0.5));
    return true;
}

static bool read_interception(const struct json_source *source,
                              const struct json_value *document,
                              struct site_file *site_file)
{
    static const char *const keys[] = { "issuers", "note", NULL };
    struct json_place place = { .key = "interception" };
    const struct json_value *record = json_in_member(document, "interception");
    return record == NULL ||
           (json_check_keys(source, &place, record, keys) &&
            json_read_texts(source, &place, record, "issuers", &site_file->issuers,
                            &site_file->issuer_count));
}

/* Which names there are is for knowledge_apply to say: it has them. */
static bool read_thresholds(const struct json_source *source,
                            const struct json_value *document,
                            struct site_file *site_file)
{
    struct json_place place = { .key = "thresholds" };
    const struct json_value *record = json_in_member(document, "thresholds");
    if (record == NULL)
        return true;
    if (!json_want_kind(source, &place, record, JSON_OBJECT))
        return false;
    site_file->thresholds =
        alloc_zeroed(json_in_count(record), sizeof *site_file->thresholds);
    for (const struct json_value *member = json_in_first(record); member != NULL;
         member = json_in_next(member)) {
        struct json_place inner = { .outer = &place, .key = json_in_key(member) };
        struct site_threshold *added = &site_file->thresholds[site_file->threshold_count];
        if (strcmp(inner.key, "note") == 0)
            continue;
        if (!json_want_kind(source, &inner, member, JSON_NUMBER))
            return false;
        added->name = inner.key;
        json_in_number(member, &added->value);
        site_file->threshold_count++;
    }
    return true;
}

static bool read_head(const struct json_source *source, const struct json_value *document,
                      struct site_file *site_file)
{
    static const char *const keys[] = { "schema",   "title",      "customer",
                                        "timezone", "sites",      "prepared_by",
                                        "proxies",  "captures",   "interception",
                                        "note",     "thresholds", NULL };
    struct json_place schema_place = { .key = "schema" };
    const char *found = NULL;
    if (!json_check_keys(source, NULL, document, keys) ||
        !json_read_text(source, NULL, document, "schema", &found))
        return false;
    if (found != NULL && strcmp(found, schema) != 0)
        return json_refuse(source, &schema_place, "\"%.80s\" is not \"%s\"", found,
                           schema);
    return json_read_text(source, NULL, document, "title", &site_file->title) &&
           json_read_text(source, NULL, document, "customer", &site_file->customer) &&
           json_read_text(source, NULL, document, "prepared_by",
                          &site_file->prepared_by) &&
           read_timezone(source, NULL, document, &site_file->timezone);
}

/* Sites first: captures and proxies name them. */
static bool read_document(struct reader *reader, const struct json_value *document)
{
    struct site_file *site_file = reader->site_file;
    site_file->sites = alloc_zeroed(json_in_count(json_in_member(document, "sites")),
                                    sizeof *site_file->sites);
    site_file->proxies = alloc_zeroed(json_in_count(json_in_member(document, "proxies")),
                                      sizeof *site_file->proxies);
    site_file->captures = alloc_zeroed(
        json_in_count(json_in_member(document, "captures")), sizeof *site_file->captures);
    return read_head(reader->source, document, site_file) &&
           each_item(reader, document, "sites", read_site) &&
           each_item(reader, document, "proxies", read_proxy) &&
           each_item(reader, document, "captures", read_capture) &&
           read_interception(reader->source, document, site_file) &&
           read_thresholds(reader->source, document, site_file);
}

/* A prefix that two sites claim would make a client's site a matter of luck. */
static bool check_claims(const struct json_source *source, const struct site_file *file,
                         const struct site_prefixes *prefixes, const struct site *site)
{
    struct json_place place = { .key = "sites" };
    char text[ADDRESS_TEXT_SIZE];
    for (size_t i = 0; i < prefixes->count; i++) {
        const struct site_prefix *prefix = &prefixes->items[i];
        int32_t at = prefix_tree_find(file->index->clients, &prefix->address);
        for (; at != PREFIX_NONE; at = prefix_tree_wider(file->index->clients, at)) {
            const struct site *other =
                &file->sites[prefix_tree_value(file->index->clients, at) / 2];
            if (prefix_tree_bits(file->index->clients, at) == prefix->bits &&
                other != site)
                return json_refuse(source, &place,
                                   "%s/%u is claimed by \"%.60s\" and \"%.60s\"",
                                   address_text(&prefix->address, text), prefix->bits,
                                   site->name, other->name);
        }
    }
    return true;
}

static bool check_all_claims(const struct json_source *source,
                             const struct site_file *file)
{
    for (size_t i = 0; i < file->site_count; i++)
        if (!check_claims(source, file, &file->sites[i].prefixes, &file->sites[i]) ||
            !check_claims(source, file, &file->sites[i].vpn_pools, &file->sites[i]))
            return false;
    return true;
}

static struct site_file *take_document(struct json_value *document, const char *name,
                                       struct error *error)
{
    if (document == NULL)
        return NULL;
    struct json_source source = { name, error };
    struct site_file *site_file = alloc_zeroed(1, sizeof *site_file);
    site_file->index = alloc_zeroed(1, sizeof *site_file->index);
    *site_file->index = (struct site_file_index){ document, alloc_text(name),
                                                  prefix_tree_new(), prefix_tree_new() };
    site_file->name = site_file->index->name;
    struct reader reader = { &source, site_file };
    if (read_document(&reader, document)) {
        site_file_index_fill(site_file);
        if (check_all_claims(&source, site_file))
            return site_file;
    }
    site_file_free(site_file);
    return NULL;
}

struct site_file *site_file_load(const char *path, struct error *error)
{
    return take_document(json_in_load(path, error), path, error);
}

struct site_file *site_file_read(const void *bytes, size_t size, const char *name,
                                 struct error *error)
{
    return take_document(json_in_read(bytes, size, name, error), name, error);
}
