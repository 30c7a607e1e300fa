/* test_knowledge_data.c - every file under analyzer/data/, as it is shipped. */
#include "tests/test.h"

#include "analyzer/alloc.h"
#include "analyzer/data/embedded.h"
#include "analyzer/day.h"
#include "analyzer/json_in.h"
#include "analyzer/knowledge.h"

static struct knowledge *open_knowledge(void)
{
    struct error error = { "" };
    struct knowledge *knowledge = knowledge_open(&error);
    if (knowledge == NULL) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return knowledge;
}

static int64_t noon(const char *day)
{
    int64_t days;
    if (!day_read(day, &days))
        abort();
    return days * DAY_NS + DAY_NS / 2;
}

static struct ip_address address(const char *text)
{
    struct ip_address read;
    if (!address_read(text, &read))
        abort();
    return read;
}

/* The id of the best set for an address on a day; 0 for none. */
static uint32_t set_of(struct knowledge *knowledge, enum endpoint_instance instance,
                       const char *day, const char *text, uint8_t protocol, uint16_t port)
{
    struct ip_address wanted = address(text);
    struct endpoint_match match;
    return endpoints_match_address(
               endpoints_at(knowledge->endpoints, instance, noon(day)), &wanted, protocol,
               port, &match)
               ? match.best->id
               : 0;
}

static struct endpoint_match named(struct knowledge *knowledge, const char *day,
                                   const char *host)
{
    struct endpoint_match match = { 0 };
    endpoints_match_name(
        endpoints_at(knowledge->endpoints, INSTANCE_WORLDWIDE, noon(day)), host, 6, 443,
        &match);
    return match;
}

enum reader { READ_BREADTH, READ_HISTORY, READ_ISSUERS, READ_PROXIES, READ_THRESHOLDS };

static bool is_read(enum reader reader, const void *bytes, size_t size)
{
    struct error error = { "" };
    struct endpoints *endpoints = endpoints_new();
    struct issuers *issuers = NULL;
    struct proxy_list *proxies = NULL;
    struct thresholds *thresholds = NULL;
    bool is_good = false;
    switch (reader) {
    case READ_BREADTH:
        is_good = endpoints_read_breadth(endpoints, bytes, size, "x", &error);
        break;
    case READ_HISTORY:
        is_good = endpoints_read_history(endpoints, bytes, size, "x", &error);
        break;
    case READ_ISSUERS:
        is_good = (issuers = issuers_read(bytes, size, "x", &error)) != NULL;
        break;
    case READ_PROXIES:
        is_good = (proxies = proxy_list_read(bytes, size, "x", &error)) != NULL;
        break;
    case READ_THRESHOLDS:
        is_good = (thresholds = thresholds_read(bytes, size, "x", &error)) != NULL;
    }
    endpoints_free(endpoints);
    issuers_free(issuers);
    proxy_list_free(proxies);
    thresholds_free(thresholds);
    return is_good;
}

/* Each "source" in turn gets another name: no file may be read without it. */
static void check_sources(enum reader reader, const unsigned char *bytes, size_t size)
{
    static const char key[] = "\"source\":";
    char *copy = alloc_text_of(bytes, size);
    size_t count = 0;
    CHECK(is_read(reader, copy, size));
    for (char *at = strstr(copy, key); at != NULL; at = strstr(at + 1, key), count++) {
        at[1] = 'z';
        CHECK(!is_read(reader, copy, size));
        at[1] = 's';
    }
    CHECK(count > 0);
    free(copy);
}

static void no_entry_is_without_a_source(void)
{
    check_sources(READ_BREADTH, data_breadth_json, data_breadth_json_size);
    check_sources(READ_HISTORY, data_endpoints_china_json,
                  data_endpoints_china_json_size);
    check_sources(READ_HISTORY, data_endpoints_usgovdod_json,
                  data_endpoints_usgovdod_json_size);
    check_sources(READ_HISTORY, data_endpoints_usgovgcchigh_json,
                  data_endpoints_usgovgcchigh_json_size);
    check_sources(READ_HISTORY, data_endpoints_worldwide_json,
                  data_endpoints_worldwide_json_size);
    check_sources(READ_ISSUERS, data_issuers_json, data_issuers_json_size);
    check_sources(READ_PROXIES, data_proxies_json, data_proxies_json_size);
    check_sources(READ_THRESHOLDS, data_thresholds_json, data_thresholds_json_size);
}

static void every_front_door_has_a_source_and_a_place(void)
{
    struct error error = { "" };
    struct knowledge *knowledge = open_knowledge();
    struct json_value *document = json_in_read(
        data_frontdoors_json, data_frontdoors_json_size, "frontdoors.json", &error);
    size_t count = 0;
    for (const struct json_value *code = json_in_first(json_in_member(document, "codes"));
         code != NULL; code = json_in_next(code), count++) {
        const struct front_door *door =
            knowledge_front_door(knowledge, json_in_key(code));
        CHECK(door != NULL && door->source[0] != '\0' && door->city[0] != '\0');
        CHECK(strlen(door->country) == 2);
    }
    CHECK(count > 40);
    CHECK_TEXT(knowledge_front_door(knowledge, "DXB")->city, "Dubai");
    CHECK(!knowledge_front_door(knowledge, "dxb")->is_assumed);
    CHECK(knowledge_front_door(knowledge, "fra")->is_assumed);
    CHECK(knowledge_front_door(knowledge, "xxx") == NULL);
    json_in_free(document);
    knowledge_free(knowledge);
}

static void front_door_names_give_their_code(void)
{
    char code[5];
    CHECK(front_door_code("FRA-efz.ms-acdc.office.com", code));
    CHECK_TEXT(code, "fra");
    CHECK(front_door_code("abcd-efz.ms-acdc.office.com", code));
    CHECK(!front_door_code("ab-efz.ms-acdc.office.com", code));
    CHECK(!front_door_code("abcde-efz.ms-acdc.office.com", code));
    CHECK(!front_door_code("outlook.ms-acdc.office.com", code));
    CHECK(!front_door_code("fra-efz.ms-acdc.office.com.x", code));
    CHECK(!front_door_code("", code));
}

static void every_list_of_every_instance_is_whole(void)
{
    struct knowledge *knowledge = open_knowledge();
    static const size_t least_versions[INSTANCES] = { 54, 18, 29, 30 };
    for (unsigned i = 0; i < INSTANCES; i++) {
        enum endpoint_instance instance = (enum endpoint_instance)i;
        size_t count = endpoints_version_count(knowledge->endpoints, instance);
        CHECK(count >= least_versions[i]);
        for (size_t version = 0; version < count; version++) {
            const struct endpoint_list *list =
                endpoints_version(knowledge->endpoints, instance, version);
            const struct endpoint_list_facts *facts = endpoint_list_facts(list);
            size_t sets = endpoint_list_count(list), optimize = 0;
            CHECK(sets > 10 && facts->instance == instance && facts->source[0] != '\0');
            CHECK(strlen(facts->version) == 10 || strlen(facts->version) == 8);
            for (size_t set = 0; set < sets; set++)
                optimize += endpoint_list_at(list, set)->category == CATEGORY_OPTIMIZE &&
                            endpoint_list_at(list, set)->prefix_count > 0;
            CHECK(optimize >= 2);
        }
    }
    knowledge_free(knowledge);
}

static void the_newest_worldwide_list_is_the_published_one(void)
{
    struct knowledge *knowledge = open_knowledge();
    const struct endpoint_list *list =
        endpoints_at(knowledge->endpoints, INSTANCE_WORLDWIDE, INT64_MAX);
    size_t categories[CATEGORIES] = { 0 };
    for (size_t i = 0; i < endpoint_list_count(list); i++)
        categories[endpoint_list_at(list, i)->category]++;
    CHECK(categories[CATEGORY_OPTIMIZE] == 3 && categories[CATEGORY_ALLOW] == 7);
    CHECK(categories[CATEGORY_DEFAULT] == 53);
    const struct endpoint_set *exchange = endpoint_list_find(list, 1);
    CHECK(exchange->host_count == 3 && exchange->prefix_count == 27);
    CHECK(exchange->is_required && exchange->is_express_route);
    CHECK_TEXT(exchange->udp.text, "443");
    knowledge_free(knowledge);
}

static void addresses_belong_to_the_set_of_their_day(void)
{
    struct knowledge *knowledge = open_knowledge();
    enum endpoint_instance world = INSTANCE_WORLDWIDE;
    CHECK(set_of(knowledge, world, "2026-09-01", "52.97.1.1", 6, 443) == 1);
    CHECK(set_of(knowledge, world, "2026-09-01", "52.97.1.1", 6, 993) == 2);
    CHECK(set_of(knowledge, world, "2021-09-01", "52.97.1.1", 17, 443) == 0);
    CHECK(set_of(knowledge, world, "2026-09-01", "52.113.0.1", 17, 3480) == 11);
    CHECK(set_of(knowledge, world, "2026-09-01", "52.113.0.1", 6, 443) == 12);
    CHECK(set_of(knowledge, world, "2026-09-01", "52.105.1.1", 6, 443) == 31);
    CHECK(set_of(knowledge, world, "2022-06-01", "52.121.0.1", 17, 3478) == 11);
    CHECK(set_of(knowledge, world, "2023-06-01", "52.121.0.1", 17, 3478) == 0);
    CHECK(set_of(knowledge, world, "2023-06-01", "52.123.0.1", 17, 3478) == 11);
    CHECK(set_of(knowledge, world, "2024-07-30", "13.107.65.1", 17, 3478) == 11);
    CHECK(set_of(knowledge, world, "2024-07-31", "13.107.65.1", 17, 3478) == 0);
    CHECK(set_of(knowledge, world, "2026-09-01", "2603:1063::1", 17, 3478) == 11);
    CHECK(set_of(knowledge, world, "2026-09-01", "8.8.8.8", 6, 443) == 0);
    CHECK(set_of(knowledge, INSTANCE_USGOV_GCC_HIGH, "2026-09-01", "52.127.88.1", 17,
                 3478) == 7);
    CHECK(set_of(knowledge, INSTANCE_USGOV_DOD, "2026-09-01", "52.127.64.1", 6, 443) !=
          0);
    CHECK(set_of(knowledge, INSTANCE_CHINA, "2026-09-01", "52.97.1.1", 6, 443) == 0);
    knowledge_free(knowledge);
}

static void names_belong_to_the_closest_set(void)
{
    static const struct {
        const char *host;
        uint32_t set;
        enum category category;
    } cases[] = {
        { "outlook.office365.com", 1, CATEGORY_OPTIMIZE },
        { "outlook.cloud.microsoft", 1, CATEGORY_OPTIMIZE },
        { "acme.sharepoint.com", 31, CATEGORY_OPTIMIZE },
        { "acme-my.sharepoint.com", 31, CATEGORY_OPTIMIZE },
        { "teams.microsoft.com", 12, CATEGORY_ALLOW },
        { "emea.ng.msg.teams.microsoft.com", 12, CATEGORY_ALLOW },
        { "graph.microsoft.com", 56, CATEGORY_ALLOW },
        { "login.microsoftonline.com", 56, CATEGORY_ALLOW },
        { "acme-com.mail.protection.outlook.com", 10, CATEGORY_ALLOW },
        { "admin.protection.outlook.com", 9, CATEGORY_ALLOW },
        { "x.outlook.com", 8, CATEGORY_DEFAULT },
        { "autodiscover.acme.onmicrosoft.com", 8, CATEGORY_DEFAULT },
        { "word.cloud.microsoft", 184, CATEGORY_DEFAULT },
    };
    struct knowledge *knowledge = open_knowledge();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct endpoint_match match = named(knowledge, "2026-09-01", cases[i].host);
        CHECK(match.best != NULL && match.best->id == cases[i].set);
        CHECK(match.best != NULL && match.best->category == cases[i].category);
        CHECK(match.breadth == BREADTH_SPECIFIC);
    }
    CHECK(named(knowledge, "2026-09-01", "www.example.org").best == NULL);
    knowledge_free(knowledge);
}

static void broad_names_and_shared_addresses_are_marked(void)
{
    struct knowledge *knowledge = open_knowledge();
    const struct endpoint_list *list =
        endpoints_at(knowledge->endpoints, INSTANCE_WORLDWIDE, noon("2026-09-01"));
    struct ip_address front_door = address("13.107.6.152");
    struct ip_address exchange = address("40.97.1.1");
    struct endpoint_match match = named(knowledge, "2026-09-01", "store.microsoft.com");
    CHECK(match.best != NULL && match.breadth == BREADTH_GENERIC);
    CHECK(endpoints_match_address(list, &front_door, 6, 443, &match) && match.is_shared);
    CHECK(endpoints_match_address(list, &exchange, 6, 443, &match) && !match.is_shared);
    knowledge_free(knowledge);
}

static void no_optimize_host_is_generic(void)
{
    struct knowledge *knowledge = open_knowledge();
    for (unsigned i = 0; i < INSTANCES; i++) {
        const struct endpoint_list *list =
            endpoints_at(knowledge->endpoints, (enum endpoint_instance)i, INT64_MAX);
        for (size_t at = 0; at < endpoint_list_count(list); at++) {
            const struct endpoint_set *set = endpoint_list_at(list, at);
            struct endpoint_match match;
            for (size_t host = 0; host < set->host_count; host++)
                CHECK(endpoints_match_name(list, set->hosts[host], 6, 443, &match) &&
                      (set->category != CATEGORY_OPTIMIZE ||
                       match.breadth == BREADTH_SPECIFIC));
        }
    }
    knowledge_free(knowledge);
}

static const char *vendor_of(const struct knowledge *knowledge, const char *text,
                             enum proxy_use use)
{
    struct ip_address wanted;
    const struct cloud_proxy *proxy =
        address_read(text, &wanted) ? proxy_list_find_address(knowledge->proxies, &wanted)
                                    : proxy_list_find_host(knowledge->proxies, text);
    return proxy == NULL || proxy->use != use ? "none" : proxy->vendor;
}

static void cloud_proxies_are_known_by_address_and_name(void)
{
    struct knowledge *knowledge = open_knowledge();
    CHECK_TEXT(vendor_of(knowledge, "165.225.72.10", PROXY_USE_PROXY), "zscaler");
    CHECK_TEXT(vendor_of(knowledge, "2a03:eec0:1400::1", PROXY_USE_PROXY), "zscaler");
    CHECK_TEXT(vendor_of(knowledge, "163.116.200.1", PROXY_USE_PROXY), "netskope");
    CHECK_TEXT(vendor_of(knowledge, "208.67.222.222", PROXY_USE_DNS), "cisco-umbrella");
    CHECK_TEXT(vendor_of(knowledge, "208.67.216.1", PROXY_USE_PROXY), "cisco-umbrella");
    CHECK_TEXT(vendor_of(knowledge, "146.112.61.104", PROXY_USE_BLOCK_PAGE),
               "cisco-umbrella");
    CHECK_TEXT(vendor_of(knowledge, "52.97.1.1", PROXY_USE_PROXY), "none");
    CHECK_TEXT(vendor_of(knowledge, "ams2.sme.zscaler.net", PROXY_USE_PROXY), "zscaler");
    CHECK_TEXT(vendor_of(knowledge, "zscaler.net", PROXY_USE_PROXY), "zscaler");
    CHECK_TEXT(vendor_of(knowledge, "notzscaler.net", PROXY_USE_PROXY), "none");
    CHECK_TEXT(vendor_of(knowledge, "acme.sharepoint.com.mcas.ms", PROXY_USE_MICROSOFT),
               "microsoft-mdca");
    CHECK_TEXT(vendor_of(knowledge, "proxy.threatpulse.net", PROXY_USE_PROXY),
               "symantec-wss");
    knowledge_free(knowledge);
}

static void issuers_are_known(void)
{
    static const struct {
        const char *cn, *o, *day;
        enum issuer_kind kind;
        const char *product;
    } cases[] = {
        { "Microsoft IT TLS CA 2", "Microsoft Corporation", "2020-04-16",
          ISSUER_MICROSOFT, NULL },
        { "Microsoft RSA TLS CA 01", "Microsoft Corporation", "2022-04-16",
          ISSUER_MICROSOFT, NULL },
        { "Microsoft Azure RSA TLS Issuing CA 04", "Microsoft Corporation", "2026-10-01",
          ISSUER_MICROSOFT, NULL },
        { "Microsoft RSA TLS CA 01", "Microsoft Corporation", "2026-10-01", ISSUER_PUBLIC,
          NULL },
        { "DigiCert Cloud Services CA-1", "DigiCert Inc", "2026-04-01", ISSUER_MICROSOFT,
          NULL },
        { "R11", "Let's Encrypt", "2026-04-01", ISSUER_PUBLIC, NULL },
        { "Zscaler Intermediate Root CA (zscalertwo.net)", "Zscaler Inc.", "2026-04-01",
          ISSUER_INSPECTION, "Zscaler" },
        { "FGT60E", "Fortinet", "2026-04-01", ISSUER_INSPECTION, "Fortinet FortiGate" },
        { "Acme Corp Issuing CA", "Acme", "2026-04-01", ISSUER_UNFAMILIAR, NULL },
    };
    struct knowledge *knowledge = open_knowledge();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *product;
        CHECK(issuers_find(knowledge->issuers, cases[i].cn, cases[i].o,
                           noon(cases[i].day), &product) == cases[i].kind);
        CHECK((product == NULL) == (cases[i].product == NULL));
        if (cases[i].product != NULL)
            CHECK_TEXT(product, cases[i].product);
    }
    CHECK(issuers_is_endpoint_product(knowledge->issuers, "ESET"));
    knowledge_free(knowledge);
}

static void thresholds_have_their_values(void)
{
    struct knowledge *knowledge = open_knowledge();
    const struct thresholds *thresholds = knowledge->thresholds;
    const char *table = "latency.exchange_score";
    CHECK(thresholds_get(thresholds, "distance.finding_km") == 800);
    CHECK(thresholds_get(thresholds, "hairpin.extra_rtt_us") == 25000);
    CHECK(thresholds_score(thresholds, table, 0) == 100000);
    CHECK(thresholds_score(thresholds, table, 25000) == 80000);
    CHECK(thresholds_score(thresholds, table, 62500) == 70000);
    CHECK(thresholds_score(thresholds, table, 350000) == 0);
    CHECK(thresholds_score(thresholds, table, 9000000) == 0);
    for (size_t i = 0; i < thresholds_count(thresholds); i++) {
        const struct threshold *threshold = thresholds_at(thresholds, i);
        CHECK(threshold->why[0] != '\0' && threshold->unit[0] != '\0');
        CHECK(i == 0 || strcmp(threshold->name, threshold[-1].name) > 0);
    }
    knowledge_free(knowledge);
}

static bool apply(const char *text, struct knowledge *knowledge, struct error *error)
{
    struct site_file *file = site_file_read(text, strlen(text), "a.json", error);
    bool is_good = file != NULL && knowledge_apply(knowledge, file, error);
    site_file_free(file);
    return is_good;
}

static void the_assessment_file_changes_thresholds_and_issuers(void)
{
    struct knowledge *knowledge = open_knowledge();
    struct error error = { "" };
    CHECK(knowledge_apply(knowledge, NULL, &error));
    CHECK(apply("{\"thresholds\": {\"hairpin.extra_rtt_us\": 40000}, \"interception\":"
                " {\"issuers\": [\"Corp CA\"]}}",
                knowledge, &error));
    CHECK(thresholds_get(knowledge->thresholds, "hairpin.extra_rtt_us") == 40000);
    CHECK(issuers_find(knowledge->issuers, "Corp CA", NULL, 0, NULL) ==
          ISSUER_INSPECTION);
    CHECK(!apply("{\"thresholds\": {\"hairpin.extra\": 1}}", knowledge, &error));
    CHECK_TEXT(error.text,
               "a.json: thresholds.hairpin.extra: there is no such threshold");
    CHECK(!apply("{\"thresholds\": {\"distance.finding_km\": 0.5}}", knowledge, &error));
    CHECK_TEXT(error.text,
               "a.json: thresholds.distance.finding_km: 0.5 is no whole number of km");
    CHECK(!apply("{\"thresholds\": {\"latency.exchange_score\": 1}}", knowledge, &error));
    knowledge_free(knowledge);
}

int main(void)
{
    RUN(no_entry_is_without_a_source);
    RUN(every_front_door_has_a_source_and_a_place);
    RUN(front_door_names_give_their_code);
    RUN(every_list_of_every_instance_is_whole);
    RUN(the_newest_worldwide_list_is_the_published_one);
    RUN(addresses_belong_to_the_set_of_their_day);
    RUN(names_belong_to_the_closest_set);
    RUN(broad_names_and_shared_addresses_are_marked);
    RUN(no_optimize_host_is_generic);
    RUN(cloud_proxies_are_known_by_address_and_name);
    RUN(issuers_are_known);
    RUN(thresholds_have_their_values);
    RUN(the_assessment_file_changes_thresholds_and_issuers);
    return test_end();
}
