/* endpoint_record.c - a record of the Office 365 IP address and URL web service. */
#include "analyzer/endpoint_record.h"

#include "analyzer/name_match.h"

static const char *const service_words[] = { "Exchange", "SharePoint", "Skype", "Common",
                                             NULL };
static const char *const category_words[] = { "Optimize", "Allow", "Default", NULL };

const struct endpoint_spelling endpoint_own_spelling = { "service", "required",
                                                         "express_route", "tcp", "udp" };
const struct endpoint_spelling endpoint_web_spelling = { "serviceArea", "required",
                                                         "expressRoute", "tcpPorts",
                                                         "udpPorts" };

static bool read_ports(const struct json_source *source, const struct json_place *place,
                       const struct json_value *record, const char *key,
                       struct endpoint_ports *ports)
{
    struct json_place inner = { .outer = place, .key = key };
    const char *text = NULL;
    if (!json_read_text(source, place, record, key, &text))
        return false;
    return text == NULL || endpoint_ports_read(text, ports) ||
           json_refuse(source, &inner, "\"%.80s\" is no list of ports", text);
}

bool endpoint_record_read_terms(const struct json_source *source,
                                const struct json_place *place,
                                const struct json_value *record,
                                const struct endpoint_spelling *spelling,
                                struct endpoint_set *set)
{
    unsigned service = SERVICE_COMMON, category = CATEGORY_DEFAULT;
    if (!json_want_kind(source, place, record, JSON_OBJECT) ||
        !json_read_word(source, place, record, spelling->service, service_words,
                        &service) ||
        !json_read_word(source, place, record, "category", category_words, &category) ||
        !json_read_bool(source, place, record, spelling->required, &set->is_required) ||
        !json_read_bool(source, place, record, spelling->express_route,
                        &set->is_express_route) ||
        !read_ports(source, place, record, spelling->tcp, &set->tcp) ||
        !read_ports(source, place, record, spelling->udp, &set->udp))
        return false;
    set->service = (enum service)service;
    set->category = (enum category)category;
    return true;
}

bool endpoint_record_read_id(const struct json_source *source,
                             const struct json_place *place,
                             const struct json_value *record, struct endpoint_set *set)
{
    int64_t id = 0;
    if (!json_want_kind(source, place, record, JSON_OBJECT) ||
        !json_need(source, place, record, "id") ||
        !json_read_integer(source, place, record, "id", 1, UINT32_MAX, &id))
        return false;
    set->id = (uint32_t)id;
    return true;
}

static bool is_prefix(const char *text)
{
    struct ip_address prefix;
    uint8_t bits;
    return address_read_prefix(text, &prefix, &bits);
}

bool endpoint_record_check(const struct json_source *source,
                           const struct json_place *place, const char *text, bool is_host)
{
    if (is_host ? name_match_is_pattern(text) : is_prefix(text))
        return true;
    return json_refuse(source, place, "\"%.80s\" is no %s", text,
                       is_host ? "host name or pattern" : "address prefix");
}
