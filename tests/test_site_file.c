/* test_site_file.c - the assessment file: what it says, and what it must not say. */
#include "tests/test.h"

#include "analyzer/site_file.h"

static const char whole[] =
    "{\"schema\": \"o365lens/assessment/1\", \"title\": \"T\", \"customer\": \"C\","
    "\"prepared_by\": \"P\", \"timezone\": \"Europe/London\", \"note\": [1, {\"x\": 2}],"
    "\"sites\": ["
    "{\"name\": \"Leeds\", \"role\": \"branch\", \"note\": \"n\","
    " \"location\": {\"latitude\": 53.8, \"longitude\": -1.55, \"city\": \"Leeds\","
    " \"country\": \"GB\", \"note\": 1}, \"timezone\": \"UTC\","
    " \"prefixes\": [\"10.20.0.0/16\", \"2001:db8:5::/64\"], \"vpn_pools\":"
    " [\"10.20.99.0/24\"], \"resolvers\": [\"10.20.0.53\"], \"egress\":"
    " [\"203.0.113.0/24\", \"198.51.100.7\"]},"
    "{\"name\": \"HQ\", \"role\": \"hub\", \"prefixes\": [\"10.0.0.0/8\"]},"
    "{\"name\": \"Lab\"}],"
    "\"proxies\": [{\"name\": \"HQ squid\", \"site\": \"HQ\", \"addresses\":"
    " [\"10.0.0.8\", \"2001:db8::8\"], \"ports\": [3128, 8080]}],"
    "\"captures\": ["
    "{\"match\": \"leeds-*.pcap*\", \"site\": \"Leeds\", \"vantage\": \"client-lan\","
    " \"link\": \"single\", \"series\": \"auto\", \"clock_offset_ms\": 0},"
    "{\"match\": \"hq/*\", \"vantage\": \"internet-edge\", \"link\": \"span\","
    " \"series\": \"hq/edge\", \"clock_offset_ms\": -12.345678},"
    "{\"match\": \"*\"}],"
    "\"interception\": {\"issuers\": [\"Corp TLS Inspection CA\"]},"
    "\"thresholds\": {\"hairpin.extra_rtt_us\": 40000, \"note\": \"n\"}}";

static struct site_file *parse(const char *text, struct error *error)
{
    error->text[0] = '\0';
    return site_file_read(text, strlen(text), "a.json", error);
}

static struct site_file *parse_whole(void)
{
    struct error error;
    struct site_file *site_file = parse(whole, &error);
    if (site_file == NULL) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return site_file;
}

static const struct site *site_of(const struct site_file *site_file, const char *text,
                                  bool *is_vpn)
{
    struct ip_address address;
    if (!address_read(text, &address))
        abort();
    return site_file_find_site(site_file, &address, is_vpn);
}

static void every_part_is_read(void)
{
    struct site_file *file = parse_whole();
    CHECK_TEXT(file->title, "T");
    CHECK_TEXT(file->customer, "C");
    CHECK_TEXT(file->prepared_by, "P");
    CHECK_TEXT(file->timezone, "Europe/London");
    CHECK(file->site_count == 3 && file->proxy_count == 1 && file->capture_count == 3);

    const struct site *leeds = &file->sites[0];
    CHECK(leeds->role == SITE_BRANCH && leeds->has_role && leeds->has_position);
    CHECK(leeds->latitude > 53.7 && leeds->longitude < -1.5);
    CHECK_TEXT(leeds->city, "Leeds");
    CHECK_TEXT(leeds->country, "GB");
    CHECK(leeds->prefixes.count == 2 && leeds->resolvers.count == 1);
    CHECK(leeds->egress.count == 2 && leeds->egress.items[1].bits == 32);
    CHECK(!file->sites[2].has_role && !file->sites[2].has_position);
    CHECK(file->proxies[0].port_count == 2 && file->proxies[0].ports[1] == 8080);
    CHECK(file->issuer_count == 1 && file->threshold_count == 1);
    CHECK_TEXT(file->issuers[0], "Corp TLS Inspection CA");
    CHECK_TEXT(file->thresholds[0].name, "hairpin.extra_rtt_us");
    CHECK(file->thresholds[0].value > 39999);
    site_file_free(file);
}

static void captures_are_read(void)
{
    struct site_file *file = parse_whole();
    const struct site_capture *captures = file->captures;
    CHECK(captures[0].vantage == VANTAGE_CLIENT_LAN && captures[0].series == NULL);
    CHECK(captures[0].link == LINK_SINGLE && captures[1].link == LINK_SPAN);
    CHECK_TEXT(captures[1].series, "hq/edge");
    CHECK(captures[1].clock_offset_ns == -12345678 && captures[1].site == NULL);
    CHECK(captures[2].vantage == VANTAGE_UNKNOWN && captures[2].link == LINK_NOT_TOLD);
    site_file_free(file);
}

static void every_part_is_optional(void)
{
    struct error error;
    struct site_file *file = parse("{}", &error);
    CHECK(file != NULL && file->site_count == 0 && file->title == NULL);
    CHECK(site_of(file, "10.0.0.1", NULL) == NULL);
    CHECK(site_file_find_capture(file, "a.pcap") == NULL);
    site_file_free(file);
}

static void without_a_file_nothing_is_found(void)
{
    struct ip_address address = { 0 };
    CHECK(site_file_find_site(NULL, &address, NULL) == NULL);
    CHECK(site_file_find_named(NULL, "x") == NULL);
    CHECK(site_file_find_proxy(NULL, &address) == NULL);
    CHECK(site_file_find_capture(NULL, "x") == NULL);
    site_file_free(NULL);
}

static void the_longest_prefix_tells_the_site(void)
{
    struct site_file *file = parse_whole();
    bool is_vpn = true;
    CHECK_TEXT(site_of(file, "10.20.1.7", &is_vpn)->name, "Leeds");
    CHECK(!is_vpn);
    CHECK_TEXT(site_of(file, "10.20.99.7", &is_vpn)->name, "Leeds");
    CHECK(is_vpn);
    CHECK_TEXT(site_of(file, "10.21.0.1", NULL)->name, "HQ");
    CHECK_TEXT(site_of(file, "2001:db8:5::1", NULL)->name, "Leeds");
    CHECK(site_of(file, "192.0.2.1", NULL) == NULL);
    CHECK_TEXT(site_file_find_named(file, "Lab")->name, "Lab");
    CHECK(site_file_find_named(file, "lab") == NULL);
    site_file_free(file);
}

static void proxies_are_found_by_address(void)
{
    struct site_file *file = parse_whole();
    struct ip_address address;
    CHECK(address_read("10.0.0.8", &address));
    CHECK_TEXT(site_file_find_proxy(file, &address)->name, "HQ squid");
    CHECK(address_read("2001:db8::8", &address));
    CHECK(site_file_find_proxy(file, &address) != NULL);
    CHECK(address_read("10.0.0.9", &address));
    CHECK(site_file_find_proxy(file, &address) == NULL);
    CHECK(address_read("203.0.113.9", &address));
    CHECK(site_prefixes_hold(&file->sites[0].egress, &address));
    CHECK(!site_prefixes_hold(&file->sites[0].prefixes, &address));
    site_file_free(file);
}

static void the_first_glob_that_fits_tells_the_capture(void)
{
    struct site_file *file = parse_whole();
    const struct site_capture *captures = file->captures;
    CHECK(site_file_find_capture(file, "leeds-7.pcapng.zst") == &captures[0]);
    CHECK(site_file_find_capture(file, "day2/leeds-7.pcap") == &captures[0]);
    CHECK(site_file_find_capture(file, "hq/a.pcap") == &captures[1]);
    CHECK(site_file_find_capture(file, "hq/b/a.pcap") == &captures[1]);
    CHECK(site_file_find_capture(file, "x/hq/a.pcap") == &captures[2]);
    site_file_free(file);
}

static void what_must_not_be_is_refused_with_its_place(void)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "[]", "the document: is an array, not an object" },
        { "{\"sights\": []}", "sights: unknown key" },
        { "{\"schema\": \"o365lens/assessment/2\"}",
          "schema: \"o365lens/assessment/2\" is not \"o365lens/assessment/1\"" },
        { "{\"title\": 1}", "title: is a number, not a text" },
        { "{\"title\": \"\"}", "title: is empty" },
        { "{\"title\": \"a\", \"title\": \"b\"}",
          "the document: the key \"title\" is there twice" },
        { "{\"timezone\": \"Mars/Olympus\"}",
          "timezone: \"Mars/Olympus\" is no time zone" },
        { "{\"timezone\": \"../../etc/passwd\"}",
          "timezone: \"../../etc/passwd\" is no time zone" },
        { "{\"sites\": {}}", "sites: is an object, not an array" },
        { "{\"sites\": [{}]}", "sites[0].name: is missing" },
        { "{\"sites\": [{\"name\": \"a\"}, {\"name\": \"b\"}, {\"name\": \"c\","
          " \"prefixs\": []}]}",
          "sites[2].prefixs: unknown key" },
        { "{\"sites\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}",
          "sites[1]: a second site \"a\"" },
        { "{\"sites\": [{\"name\": \"a\", \"role\": \"spoke\"}]}",
          "sites[0].role: \"spoke\" is none of branch, hub" },
        { "{\"sites\": [{\"name\": \"a\", \"prefixes\": [\"10.0.0.0/8\", "
          "\"10.1.0.1/16\"]}]}",
          "sites[0].prefixes[1]: \"10.1.0.1/16\" is no IP prefix (are host bits set?)" },
        { "{\"sites\": [{\"name\": \"a\", \"resolvers\": [\"10.0.0.0/8\"]}]}",
          "sites[0].resolvers[0]: \"10.0.0.0/8\" is no IP address" },
        { "{\"sites\": [{\"name\": \"a\", \"prefixes\": [\"10.0.0.0/8\"]},"
          " {\"name\": \"b\", \"vpn_pools\": [\"10.0.0.0/8\"]}]}",
          "sites: 10.0.0.0/8 is claimed by \"a\" and \"b\"" },
        { "{\"sites\": [{\"name\": \"a\", \"location\": {\"latitude\": 91,"
          " \"longitude\": 0}}]}",
          "sites[0].location.latitude: 91 is not between -90 and 90" },
        { "{\"sites\": [{\"name\": \"a\", \"location\": {\"latitude\": 1}}]}",
          "sites[0].location: needs latitude and longitude, or neither" },
        { "{\"sites\": [{\"name\": \"a\", \"location\": {\"country\": \"England\"}}]}",
          "sites[0].location.country: \"England\" is no code of two letters" },
        { "{\"sites\": [{\"name\": \"a\", \"location\": {\"town\": \"x\"}}]}",
          "sites[0].location.town: unknown key" },
        { "{\"proxies\": [{\"ports\": [0]}]}",
          "proxies[0].ports[0]: is no port from 1 to 65535" },
        { "{\"proxies\": [{\"adresses\": []}]}", "proxies[0].adresses: unknown key" },
        { "{\"sites\": [{\"name\": \"a\"}], \"proxies\": [{\"site\": \"b\"}]}",
          "proxies[0].site: sites has no \"b\"" },
        { "{\"captures\": [{\"site\": \"a\"}]}", "captures[0].match: is missing" },
        { "{\"captures\": [{\"match\": \"*\", \"vantage\": \"lan\"}]}",
          "captures[0].vantage: \"lan\" is none of unknown, client-lan, wan, "
          "internet-edge, proxy-client, proxy-internet" },
        { "{\"captures\": [{\"match\": \"*\", \"link\": \"tap\"}]}",
          "captures[0].link: \"tap\" is none of single, span" },
        { "{\"captures\": [{\"match\": \"*\", \"clock_offset_ms\": 1e300}]}",
          "captures[0].clock_offset_ms: 1e+300 is not between -3153600000000 and "
          "3153600000000" },
        { "{\"interception\": {\"issuer\": []}}", "interception.issuer: unknown key" },
        { "{\"thresholds\": {\"a\": \"1\"}}", "thresholds.a: is a text, not a number" },
        { "{\"thresholds\": []}", "thresholds: is an array, not an object" },
        { "{\"sites\": [", "line 1, column 12: the document ends too early" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error;
        struct site_file *file = parse(cases[i].text, &error);
        CHECK(file == NULL && strncmp(error.text, "a.json: ", 8) == 0);
        CHECK_TEXT(error.text + 8, cases[i].sentence);
        site_file_free(file);
    }
}

static void a_file_without_sites_may_name_any(void)
{
    struct error error;
    struct site_file *file =
        parse("{\"captures\": [{\"match\": \"*\", \"site\": \"Leeds\"}]}", &error);
    CHECK(file != NULL);
    CHECK_TEXT(file->captures[0].site, "Leeds");
    site_file_free(file);
}

static void every_cut_is_refused(void)
{
    struct error error;
    for (size_t size = 0; size < strlen(whole); size++)
        CHECK(site_file_read(whole, size, "a.json", &error) == NULL);
}

static void vantages_have_names(void)
{
    enum vantage vantage;
    for (unsigned i = 0; i < VANTAGES; i++)
        CHECK(vantage_read(vantage_text((enum vantage)i), &vantage) && vantage == i);
    CHECK(!vantage_read("lan", &vantage));
    CHECK_TEXT(site_role_text(SITE_HUB), "hub");
}

int main(void)
{
    RUN(every_part_is_read);
    RUN(captures_are_read);
    RUN(every_part_is_optional);
    RUN(without_a_file_nothing_is_found);
    RUN(the_longest_prefix_tells_the_site);
    RUN(proxies_are_found_by_address);
    RUN(the_first_glob_that_fits_tells_the_capture);
    RUN(what_must_not_be_is_refused_with_its_place);
    RUN(a_file_without_sites_may_name_any);
    RUN(every_cut_is_refused);
    RUN(vantages_have_names);
    return test_end();
}
