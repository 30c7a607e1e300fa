/* knowledge.c - opens the built-in files, and lets the assessment file change them. */
#include "analyzer/knowledge.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analyzer/alloc.h"
#include "analyzer/data/embedded.h"
#include "analyzer/json_fields.h"

struct front_doors {
    struct json_value *document;
    struct front_door *items;
    size_t count;
};

static bool read_front_door(const struct json_source *source,
                            const struct json_place *place,
                            const struct json_value *record, struct front_door *door)
{
    static const char *const keys[] = { "city",   "country", "latitude", "longitude",
                                        "status", "source",  NULL };
    static const char *const states[] = { "seen", "assumed", NULL };
    unsigned state = 0;
    if (!json_check_keys(source, place, record, keys))
        return false;
    for (size_t i = 0; keys[i] != NULL; i++)
        if (!json_need(source, place, record, keys[i]))
            return false;
    door->code = place->key;
    if (!json_read_text(source, place, record, "city", &door->city) ||
        !json_read_text(source, place, record, "country", &door->country) ||
        !json_read_text(source, place, record, "source", &door->source) ||
        !json_read_word(source, place, record, "status", states, &state) ||
        !json_read_number(source, place, record, "latitude", -90, 90, &door->latitude) ||
        !json_read_number(source, place, record, "longitude", -180, 180,
                          &door->longitude))
        return false;
    door->is_assumed = state == 1;
    return true;
}

static void front_doors_free(struct front_doors *doors)
{
    if (doors == NULL)
        return;
    free(doors->items);
    json_in_free(doors->document);
    free(doors);
}

static struct front_doors *front_doors_read(const void *bytes, size_t size,
                                            const char *name, struct error *error)
{
    struct json_source source = { name, error };
    struct json_place list_place = { .key = "codes" };
    struct json_value *document = json_in_read(bytes, size, name, error);
    const struct json_value *codes = json_in_member(document, "codes");
    struct front_doors *doors = alloc_zeroed(1, sizeof *doors);
    doors->document = document;
    doors->items = alloc_zeroed(json_in_count(codes), sizeof *doors->items);
    bool is_good =
        document != NULL && json_want_kind(&source, &list_place, codes, JSON_OBJECT);
    for (const struct json_value *record = json_in_first(codes);
         is_good && record != NULL; record = json_in_next(record)) {
        struct json_place place = { .outer = &list_place, .key = json_in_key(record) };
        is_good = read_front_door(&source, &place, record, &doors->items[doors->count++]);
    }
    if (is_good)
        return doors;
    front_doors_free(doors);
    return NULL;
}

static bool open_endpoints(struct endpoints *endpoints, struct error *error)
{
    return endpoints_read_breadth(endpoints, data_breadth_json, data_breadth_json_size,
                                  "breadth.json", error) &&
           endpoints_read_history(endpoints, data_endpoints_worldwide_json,
                                  data_endpoints_worldwide_json_size,
                                  "endpoints_worldwide.json", error) &&
           endpoints_read_history(endpoints, data_endpoints_china_json,
                                  data_endpoints_china_json_size, "endpoints_china.json",
                                  error) &&
           endpoints_read_history(endpoints, data_endpoints_usgovdod_json,
                                  data_endpoints_usgovdod_json_size,
                                  "endpoints_usgovdod.json", error) &&
           endpoints_read_history(endpoints, data_endpoints_usgovgcchigh_json,
                                  data_endpoints_usgovgcchigh_json_size,
                                  "endpoints_usgovgcchigh.json", error);
}

static bool open_all(struct knowledge *knowledge, struct error *error)
{
    knowledge->endpoints = endpoints_new();
    return open_endpoints(knowledge->endpoints, error) &&
           (knowledge->issuers = issuers_read(data_issuers_json, data_issuers_json_size,
                                              "issuers.json", error)) != NULL &&
           (knowledge->proxies =
                proxy_list_read(data_proxies_json, data_proxies_json_size, "proxies.json",
                                error)) != NULL &&
           (knowledge->thresholds =
                thresholds_read(data_thresholds_json, data_thresholds_json_size,
                                "thresholds.json", error)) != NULL &&
           (knowledge->front_doors =
                front_doors_read(data_frontdoors_json, data_frontdoors_json_size,
                                 "frontdoors.json", error)) != NULL;
}

struct knowledge *knowledge_open(struct error *error)
{
    struct knowledge *knowledge = alloc_zeroed(1, sizeof *knowledge);
    if (open_all(knowledge, error))
        return knowledge;
    knowledge_free(knowledge);
    return NULL;
}

void knowledge_free(struct knowledge *knowledge)
{
    if (knowledge == NULL)
        return;
    endpoints_free(knowledge->endpoints);
    issuers_free(knowledge->issuers);
    proxy_list_free(knowledge->proxies);
    thresholds_free(knowledge->thresholds);
    front_doors_free(knowledge->front_doors);
    free(knowledge);
}

bool knowledge_apply(struct knowledge *knowledge, const struct site_file *site_file,
                     struct error *error)
{
    if (site_file == NULL)
        return true;
    for (size_t i = 0; i < site_file->issuer_count; i++)
        issuers_add_inspection(knowledge->issuers, site_file->issuers[i]);
    for (size_t i = 0; i < site_file->threshold_count; i++) {
        const struct site_threshold *wanted = &site_file->thresholds[i];
        struct error reason;
        if (!thresholds_set(knowledge->thresholds, wanted->name, wanted->value,
                            &reason)) {
            error_set(error, "%s: %.300s", site_file->name, reason.text);
            return false;
        }
    }
    return true;
}

bool front_door_code(const char *host, char code[5])
{
    size_t size = 0;
    for (; size < 4 && isalpha((unsigned char)host[size]); size++)
        code[size] = (char)tolower((unsigned char)host[size]);
    code[size] = '\0';
    return size >= 3 && strcasecmp(host + size, "-efz.ms-acdc.office.com") == 0;
}

const struct front_door *knowledge_front_door(const struct knowledge *knowledge,
                                              const char *code)
{
    const struct front_doors *doors = knowledge->front_doors;
    for (size_t i = 0; i < doors->count; i++)
        if (strcasecmp(doors->items[i].code, code) == 0)
            return &doors->items[i];
    return NULL;
}
