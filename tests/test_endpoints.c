/* test_endpoints.c - which set an address or a name belongs to, on which day. */
#include "tests/test.h"

#include "analyzer/day.h"
#include "analyzer/endpoints.h"

#define TERMS_BEGIN                                                                      \
    "{\"service\": \"Exchange\", \"required\": true, \"express_route\": true, "
#define OPTIMIZE TERMS_BEGIN "\"category\": \"Optimize\", "
#define ALLOW TERMS_BEGIN "\"category\": \"Allow\", "
#define DEFAULT TERMS_BEGIN "\"category\": \"Default\", "

static const char history[] =
    "{\"instance\": \"Worldwide\", \"about\": \"x\", \"versions\": ["
    "{\"from\": \"2020-01-01\", \"version\": \"2020010100\", \"source\": \"s1\"},"
    "{\"from\": \"2021-01-01\", \"version\": \"20210101\", \"interpolated\": true,"
    " \"source\": \"s2\"},"
    "{\"from\": \"2022-03-01\", \"version\": \"2022030100\", \"source\": \"s3\"}],"
    "\"sets\": ["
    "{\"id\": 2, \"terms\": {\"2020-01-01/\": " ALLOW "\"tcp\": \"587\"}},"
    " \"hosts\": {\"2020-01-01/\": [\"outlook.office365.com\"]},"
    " \"prefixes\": {\"2020-01-01/\": [\"52.96.0.0/14\"]}},"
    "{\"id\": 1, \"terms\": {"
    "\"2020-01-01/2022-03-01\": " OPTIMIZE "\"tcp\": \"80,443\"},"
    "\"2022-03-01/\": " OPTIMIZE "\"tcp\": \"80,443\", \"udp\": \"443\"}},"
    " \"hosts\": {\"2020-01-01/\": [\"outlook.office365.com\"]},"
    " \"prefixes\": {\"2020-01-01/\": [\"52.96.0.0/14\"], \"2020-01-01/2021-01-01\":"
    " [\"13.107.9.152/31\"], \"2022-03-01/\": [\"2603:1006::/40\"]}},"
    "{\"id\": 11, \"terms\": {"
    "\"2020-01-01/\": " OPTIMIZE "\"udp\": \"3478,3479,50000-50019\"}},"
    " \"prefixes\": {\"2020-01-01/\": [\"52.112.0.0/14\"]}},"
    "{\"id\": 71, \"terms\": {\"2021-01-01/\": " DEFAULT "\"tcp\": \"443\"}},"
    " \"hosts\": {\"2021-01-01/\": [\"*.office365.com\"], \"2022-03-01/\":"
    " [\"*.microsoft.com\", \"*.one.example\"]}},"
    "{\"id\": 72, \"terms\": {\"2022-03-01/\": " ALLOW "\"tcp\": \"443\"}},"
    " \"hosts\": {\"2022-03-01/\": [\"*.one.example\", \"ocsp.ca.example\"]}}"
    "]}";

static const char breadth[] =
    "{\"generic_patterns\": [{\"why\": \"w\", \"source\": \"s\","
    " \"values\": [\"*.microsoft.com\"]}],"
    "\"generic_domains\": [{\"why\": \"w\", \"source\": \"s\", \"values\": "
    "[\"ca.example\"]}],"
    "\"shared_prefixes\": [{\"why\": \"w\", \"source\": \"s\","
    " \"values\": [\"13.107.0.0/18\"]}]}";

static const char download[] =
    "[{\"id\": 1, \"serviceArea\": \"Exchange\", \"serviceAreaDisplayName\": \"Exchange"
    " Online\", \"urls\": [\"outlook.office365.com\", \"*.office365.com\"], \"ips\":"
    " [\"10.9.0.0/16\"], \"tcpPorts\": \"80, 443\", \"udpPorts\": \"443\","
    " \"expressRoute\": true, \"category\": \"Optimize\", \"required\": true},"
    "{\"id\": 99, \"urls\": [\"*.new.example\"], \"notes\": \"\", \"future\": [1]}]";

static struct endpoints *open_lists(void)
{
    struct endpoints *endpoints = endpoints_new();
    struct error error = { "" };
    if (!endpoints_read_breadth(endpoints, breadth, strlen(breadth), "b.json", &error) ||
        !endpoints_read_history(endpoints, history, strlen(history), "h.json", &error)) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return endpoints;
}

static int64_t noon(const char *day)
{
    int64_t days;
    if (!day_read(day, &days))
        abort();
    return days * DAY_NS + DAY_NS / 2;
}

static const struct endpoint_list *list_on(struct endpoints *endpoints, const char *day)
{
    return endpoints_at(endpoints, INSTANCE_WORLDWIDE, noon(day));
}

static bool match_address(const struct endpoint_list *list, const char *text,
                          uint8_t protocol, uint16_t port, struct endpoint_match *match)
{
    struct ip_address address;
    if (!address_read(text, &address))
        abort();
    return endpoints_match_address(list, &address, protocol, port, match);
}

static void the_list_of_the_day_is_given(void)
{
    struct endpoints *endpoints = open_lists();
    CHECK_TEXT(endpoint_list_facts(list_on(endpoints, "2020-12-31"))->version,
               "2020010100");
    const struct endpoint_list_facts *second =
        endpoint_list_facts(list_on(endpoints, "2021-01-01"));
    CHECK_TEXT(second->version, "20210101");
    CHECK(second->is_interpolated && !second->is_loaded);
    CHECK(second->from_ns == noon("2021-01-01") - DAY_NS / 2);
    CHECK(second->until_ns == noon("2022-03-01") - DAY_NS / 2);
    CHECK_TEXT(endpoint_list_facts(list_on(endpoints, "2030-01-01"))->version,
               "2022030100");
    CHECK_TEXT(endpoint_list_facts(list_on(endpoints, "2019-01-01"))->version,
               "2020010100");
    endpoints_free(endpoints);
}

static void one_version_is_one_object(void)
{
    struct endpoints *endpoints = open_lists();
    CHECK(list_on(endpoints, "2021-02-01") == list_on(endpoints, "2022-02-28"));
    CHECK(list_on(endpoints, "2021-02-01") != list_on(endpoints, "2022-03-01"));
    CHECK(endpoints_version_count(endpoints, INSTANCE_WORLDWIDE) == 3);
    CHECK(endpoints_version(endpoints, INSTANCE_WORLDWIDE, 2) ==
          list_on(endpoints, "2022-03-01"));
    CHECK_TEXT(endpoints_facts(endpoints, INSTANCE_WORLDWIDE, 0)->source, "s1");
    CHECK(endpoints_at(endpoints, INSTANCE_CHINA, 0) == NULL);
    CHECK(endpoints_version_count(endpoints, INSTANCE_CHINA) == 0);
    endpoints_free(endpoints);
}

static void sets_change_with_the_days(void)
{
    struct endpoints *endpoints = open_lists();
    const struct endpoint_list *first = list_on(endpoints, "2020-06-01");
    const struct endpoint_list *last = list_on(endpoints, "2022-06-01");
    struct endpoint_match match;
    CHECK(endpoint_list_count(first) == 3 && endpoint_list_count(last) == 5);
    CHECK(endpoint_list_at(first, 0)->id == 1);
    CHECK(endpoint_list_find(first, 71) == NULL);
    CHECK(endpoint_list_find(last, 71)->category == CATEGORY_DEFAULT);
    CHECK(match_address(first, "13.107.9.153", 6, 443, &match) && match.is_shared);
    CHECK(!match_address(last, "13.107.9.153", 6, 443, &match));
    CHECK(!match_address(first, "2603:1006::1", 6, 443, &match));
    CHECK(match_address(last, "2603:1006::1", 6, 443, &match) && !match.is_shared);
    endpoints_free(endpoints);
}

static void the_port_separates_sets_of_the_same_prefix(void)
{
    struct endpoints *endpoints = open_lists();
    const struct endpoint_list *list = list_on(endpoints, "2022-06-01");
    struct endpoint_match match;
    CHECK(match_address(list, "52.97.1.1", 6, 443, &match) && match.best->id == 1);
    CHECK(match.set_count == 1 && match.sets[0] == 1 && match.port_fits);
    CHECK_TEXT(match.pattern, "52.96.0.0/14");
    CHECK(match_address(list, "52.97.1.1", 6, 587, &match) && match.best->id == 2);
    CHECK(match_address(list, "52.97.1.1", 17, 443, &match) && match.best->id == 1);
    CHECK(!match_address(list, "52.97.1.1", 6, 22, &match));
    CHECK(!match_address(list, "52.97.1.1", 17, 80, &match));
    CHECK(match_address(list, "52.113.0.1", 17, 50010, &match) && match.best->id == 11);
    CHECK(!match_address(list, "52.113.0.1", 17, 50020, &match));
    CHECK(!match_address(list, "52.113.0.1", 132, 3478, &match));
    endpoints_free(endpoints);
}

static void an_exact_host_beats_a_wildcard(void)
{
    struct endpoints *endpoints = open_lists();
    const struct endpoint_list *list = list_on(endpoints, "2022-06-01");
    struct endpoint_match match;
    CHECK(endpoints_match_name(list, "Outlook.Office365.com", 6, 443, &match));
    CHECK(match.best->id == 1 && match.is_exact && match.has_addresses);
    CHECK(match.set_count == 3);
    CHECK(match.sets[0] == 1 && match.sets[1] == 2 && match.sets[2] == 71);
    CHECK(match.list == list);
    endpoints_free(endpoints);
}

static void the_port_decides_between_equal_names_but_excludes_none(void)
{
    struct endpoints *endpoints = open_lists();
    const struct endpoint_list *list = list_on(endpoints, "2022-06-01");
    struct endpoint_match match;
    CHECK(endpoints_match_name(list, "outlook.office365.com", 6, 587, &match));
    CHECK(match.best->id == 2 && match.port_fits);
    CHECK(endpoints_match_name(list, "outlook.office365.com", 6, 8443, &match));
    CHECK(match.best->id == 1 && !match.port_fits);
    endpoints_free(endpoints);
}

static void the_higher_category_decides_between_equal_patterns(void)
{
    struct endpoints *endpoints = open_lists();
    struct endpoint_match match;
    CHECK(endpoints_match_name(list_on(endpoints, "2022-06-01"), "a.one.example", 6, 443,
                               &match));
    CHECK(match.best->id == 72 && match.set_count == 2 && match.sets[1] == 71);
    CHECK(!match.is_exact && match.breadth == BREADTH_SPECIFIC && !match.has_addresses);
    endpoints_free(endpoints);
}

static void broad_patterns_are_generic(void)
{
    struct endpoints *endpoints = open_lists();
    const struct endpoint_list *list = list_on(endpoints, "2022-06-01");
    struct endpoint_match match;
    CHECK(endpoints_match_name(list, "teams.microsoft.com", 6, 443, &match));
    CHECK(match.breadth == BREADTH_GENERIC);
    CHECK(endpoints_match_name(list, "ocsp.ca.example", 6, 80, &match));
    CHECK(match.breadth == BREADTH_GENERIC && match.is_exact);
    CHECK(!endpoints_match_name(list, "www.example.org", 6, 443, &match));
    CHECK(!endpoints_match_name(list, "", 6, 443, &match));
    endpoints_free(endpoints);
}

static void a_downloaded_list_replaces_all_days_of_its_instance(void)
{
    struct endpoints *endpoints = open_lists();
    struct error error = { "" };
    struct endpoint_match match;
    CHECK(endpoints_read_download(endpoints, download, strlen(download), "d/ww.json",
                                  INSTANCE_CHINA, &error));
    CHECK(endpoints_at(endpoints, INSTANCE_CHINA, 0) == NULL);
    const struct endpoint_list *list = list_on(endpoints, "2020-06-01");
    CHECK(list == list_on(endpoints, "2030-06-01"));
    CHECK(endpoint_list_facts(list)->is_loaded);
    CHECK_TEXT(endpoint_list_facts(list)->version, "ww.json");
    CHECK(match_address(list, "10.9.1.2", 17, 443, &match) && match.best->id == 1);
    CHECK(!match_address(list, "52.97.1.1", 6, 443, &match));
    CHECK(endpoints_match_name(list, "x.new.example", 6, 12345, &match));
    CHECK(match.best->category == CATEGORY_DEFAULT && match.port_fits);
    CHECK(match.best->service == SERVICE_COMMON && !match.best->is_required);
    endpoints_free(endpoints);
}

static void a_second_list_for_an_instance_is_refused(void)
{
    struct endpoints *endpoints = open_lists();
    struct error error = { "" };
    CHECK(endpoints_read_download(endpoints, download, strlen(download), "d/ww.json",
                                  INSTANCE_CHINA, &error));
    CHECK(!endpoints_read_download(endpoints, download, strlen(download), "b.json",
                                   INSTANCE_CHINA, &error));
    CHECK_TEXT(error.text,
               "b.json: the document: a list for Worldwide was already given: ww.json");
    endpoints_free(endpoints);
}

static void an_unknown_list_goes_to_the_instance_that_was_asked_for(void)
{
    static const char text[] = "[{\"id\": 5, \"urls\": [\"a.example\", \"b.example\"],"
                               " \"category\": \"Allow\"}]";
    struct endpoints *endpoints = open_lists();
    struct error error = { "" };
    CHECK(endpoints_read_download(endpoints, text, strlen(text), "x.json", INSTANCE_CHINA,
                                  &error));
    CHECK(endpoints_at(endpoints, INSTANCE_CHINA, 0) != NULL);
    CHECK(!endpoint_list_facts(list_on(endpoints, "2022-01-01"))->is_loaded);
    endpoints_free(endpoints);
}

static void what_is_no_endpoint_list_is_refused_with_its_place(void)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "{}", "x.json: the document: is an object, not an array" },
        { "[]", "x.json: the document: holds no endpoint sets" },
        { "[1]", "x.json: [0]: is a number, not an object" },
        { "[{}]", "x.json: [0].id: is missing" },
        { "[{\"id\": \"1\"}]", "x.json: [0].id: is a text, not a number" },
        { "[{\"id\": 1}, {\"id\": 1}]",
          "x.json: the document: the set 1 is there twice" },
        { "[{\"id\": 1, \"category\": \"Optimise\"}]",
          "x.json: [0].category: \"Optimise\" is none of Optimize, Allow, Default" },
        { "[{\"id\": 1, \"tcpPorts\": \"80-\"}]",
          "x.json: [0].tcpPorts: \"80-\" is no list of ports" },
        { "[{\"id\": 1, \"udpPorts\": \"70000\"}]",
          "x.json: [0].udpPorts: \"70000\" is no list of ports" },
        { "[{\"id\": 1, \"urls\": [\"a.example\", \"http://b\"]}]",
          "x.json: [0].urls[1]: \"http://b\" is no host name or pattern" },
        { "[{\"id\": 1, \"ips\": [\"10.0.0.1/8\"]}]",
          "x.json: [0].ips[0]: \"10.0.0.1/8\" is no address prefix" },
        { "[{\"id\": 1,}]", "x.json: line 1, column 11: a key in quotes is missing" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct endpoints *endpoints = open_lists();
        struct error error = { "" };
        CHECK(!endpoints_read_download(endpoints, cases[i].text, strlen(cases[i].text),
                                       "x.json", INSTANCE_WORLDWIDE, &error));
        CHECK_TEXT(error.text, cases[i].sentence);
        endpoints_free(endpoints);
    }
}

static void a_missing_file_is_named(void)
{
    struct endpoints *endpoints = open_lists();
    struct error error = { "" };
    CHECK(!endpoints_load_file(endpoints, "/nonexistent/e.json", INSTANCE_CHINA, &error));
    CHECK(strncmp(error.text, "/nonexistent/e.json: ", 21) == 0);
    endpoints_free(endpoints);
}

/* The history with one text replaced by another of any length. */
static bool is_history(const char *text, const char *replacement)
{
    char changed[sizeof history + 200];
    const char *at = strstr(history, text);
    if (at == NULL)
        abort();
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - history), history,
             replacement, at + strlen(text));
    struct endpoints *endpoints = endpoints_new();
    struct error error = { "" };
    bool is_good =
        endpoints_read_history(endpoints, changed, strlen(changed), "h.json", &error);
    CHECK(is_good == (error.text[0] == '\0'));
    endpoints_free(endpoints);
    return is_good;
}

static void a_broken_history_is_refused(void)
{
    CHECK(is_history("s1", "other"));
    CHECK(!is_history("Worldwide", "Elsewhere"));
    CHECK(!is_history("\"source\": \"s1\"", "\"sauce\": \"s1\""));
    CHECK(!is_history("\"from\": \"2021-01-01\"", "\"from\": \"2019-01-01\""));
    CHECK(!is_history("\"from\": \"2021-01-01\"", "\"from\": \"2021-02-30\""));
    CHECK(!is_history("2022-03-01/", "2022-3-01/"));
    CHECK(!is_history("2020-01-01/2022-03-01", "2020-01-01/2020-01-01"));
    CHECK(!is_history("52.96.0.0/14", "52.97.0.0/14"));
    CHECK(!is_history("*.office365.com", "*.office365.com/"));
    CHECK(!is_history("80,443", "80;443"));
    CHECK(!is_history("\"service\": \"Exchange\", ", ""));
    CHECK(!is_history("Optimize", "optimize"));
    CHECK(!is_history("\"id\": 1,", ""));
}

static void ports_are_read_as_published(void)
{
    struct endpoint_ports ports;
    CHECK(endpoint_ports_read("143, 587, 993, 995", &ports) && ports.count == 4);
    CHECK(endpoint_ports_read("443,80", &ports) && ports.ranges[1].first == 80);
    CHECK(endpoint_ports_read("50000-59999", &ports) && ports.ranges[0].last == 59999);
    CHECK(!endpoint_ports_read("", &ports) && !endpoint_ports_read("80,", &ports));
    CHECK(!endpoint_ports_read("90-80", &ports) && !endpoint_ports_read("a", &ports));
    CHECK(!endpoint_ports_read("80 81", &ports) && !endpoint_ports_read("-1", &ports));
    CHECK(!endpoint_ports_read("1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", &ports));
}

static void instances_are_read_without_case(void)
{
    enum endpoint_instance instance = INSTANCE_WORLDWIDE;
    CHECK(endpoint_instance_read("usgovgcchigh", &instance));
    CHECK(instance == INSTANCE_USGOV_GCC_HIGH);
    CHECK(!endpoint_instance_read("Germany", &instance));
    CHECK_TEXT(endpoint_instance_text(INSTANCE_USGOV_DOD), "USGOVDoD");
}

static void days_are_counted_from_the_epoch(void)
{
    int64_t days = 0;
    CHECK(day_read("1970-01-01", &days) && days == 0);
    CHECK(day_read("2000-02-29", &days) && days == 11016);
    CHECK(day_read("2000-03-01", &days) && days == 11017);
    CHECK(day_read("2026-08-10", &days) && days == 20675);
    CHECK(!day_read("2023-02-29", &days) && !day_read("2023-00-01", &days));
    CHECK(!day_read("1969-12-31", &days) && !day_read("2023-1-01", &days));
    CHECK(!day_read("", &days) && !day_read("2023-04-31", &days));
}

int main(void)
{
    RUN(the_list_of_the_day_is_given);
    RUN(one_version_is_one_object);
    RUN(sets_change_with_the_days);
    RUN(the_port_separates_sets_of_the_same_prefix);
    RUN(an_exact_host_beats_a_wildcard);
    RUN(the_port_decides_between_equal_names_but_excludes_none);
    RUN(the_higher_category_decides_between_equal_patterns);
    RUN(broad_patterns_are_generic);
    RUN(a_downloaded_list_replaces_all_days_of_its_instance);
    RUN(a_second_list_for_an_instance_is_refused);
    RUN(an_unknown_list_goes_to_the_instance_that_was_asked_for);
    RUN(what_is_no_endpoint_list_is_refused_with_its_place);
    RUN(a_missing_file_is_named);
    RUN(a_broken_history_is_refused);
    RUN(ports_are_read_as_published);
    RUN(instances_are_read_without_case);
    RUN(days_are_counted_from_the_epoch);
    return test_end();
}
