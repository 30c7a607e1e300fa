/* test_judgement.c - where a flow belongs, and how long its way is. */
#include "tests/test.h"

#include "tests/judge_world.h"

static const char sites[] =
    "{\"schema\":\"o365lens/assessment/1\",\"sites\":["
    "{\"name\":\"Leeds\",\"prefixes\":[\"10.20.0.0/16\"]},"
    "{\"name\":\"Lab\",\"prefixes\":[\"10.20.30.0/24\"]},"
    "{\"name\":\"HQ\",\"prefixes\":[\"10.0.0.0/24\"]}],"
    "\"proxies\":[{\"name\":\"squid\",\"site\":\"HQ\",\"addresses\":[\"10.0.0.8\"]}]}";

static struct judged_flow judged;

static const struct judged_flow *judge(struct judge_world *world, uint32_t point,
                                       const struct flow_record *record)
{
    judge_world_judge(world, point, record, &judged);
    return &judged;
}

static void the_longest_prefix_tells_the_site_of_a_client(void)
{
    struct judge_world world;
    struct flow_record record;
    judge_world_open(&world, sites);
    uint32_t hq = judge_world_point(&world, "hq", "HQ", VANTAGE_INTERNET_EDGE);
    judge_world_correlate(&world);
    test_tls_flow(&record, 1, "10.20.1.1", "52.96.1.2", "outlook.office365.com");
    CHECK_TEXT(judge(&world, hq, &record)->site, "Leeds");
    CHECK(judged.site_is_told && judged.is_nearest && judged.is_of_user);
    record.client.ip = test_address("10.20.30.1");
    CHECK_TEXT(judge(&world, hq, &record)->site, "Lab");
    record.client.ip = test_address("192.0.2.1"); /* nobody's: where it was captured */
    CHECK_TEXT(judge(&world, hq, &record)->site, "HQ");
    CHECK(!judged.site_is_told);
    flow_record_release(&record);
    judge_world_close(&world);
}

static void a_client_behind_nat_has_the_site_of_its_other_sighting(void)
{
    struct judge_world world;
    struct flow_record inside, outside;
    judge_world_open(&world, sites);
    uint32_t hq = judge_world_point(&world, "hq", "HQ", VANTAGE_INTERNET_EDGE);
    uint32_t lan = judge_world_point(&world, "lan", NULL, VANTAGE_CLIENT_LAN);
    test_tls_flow(&inside, 1, "10.20.1.1", "52.96.1.2", "outlook.office365.com");
    test_tls_flow(&outside, 7, "203.0.113.1", "52.96.1.2", "outlook.office365.com");
    judge_world_see(&world, lan, &inside);
    judge_world_see(&world, hq, &outside);
    judge_world_correlate(&world);
    CHECK_TEXT(judge(&world, hq, &outside)->site, "Leeds");
    CHECK(!judged.is_nearest && judged.group.count == 2);
    CHECK_TEXT(judge(&world, lan, &inside)->site, "Leeds");
    CHECK(judged.is_nearest);
    flow_record_release(&inside);
    flow_record_release(&outside);
    judge_world_close(&world);
}

static void a_proxy_is_no_user(void)
{
    struct judge_world world;
    struct flow_record record;
    judge_world_open(&world, sites);
    uint32_t hq = judge_world_point(&world, "hq", "HQ", VANTAGE_INTERNET_EDGE);
    uint32_t out = judge_world_point(&world, "out", "HQ", VANTAGE_PROXY_INTERNET);
    judge_world_correlate(&world);
    test_tls_flow(&record, 1, "10.0.0.8", "52.96.1.2", "outlook.office365.com");
    CHECK(!judge(&world, hq, &record)->is_of_user);
    record.client.ip = test_address("10.0.0.9");
    CHECK(judge(&world, hq, &record)->is_of_user);
    CHECK(!judge(&world, out, &record)->is_of_user);
    flow_record_release(&record);
    judge_world_close(&world);
}

static void office365_is_what_is_specific_and_not_default(void)
{
    static const struct {
        const char *name, *server;
        bool is_matched, is_office365;
    } cases[] = {
        { "outlook.office365.com", "52.96.1.2", true, true },
        { "teams.microsoft.com", "52.112.0.1", true, true },
        { "portal.office.com", "13.107.6.156", true, false },
        { "www.microsoft.com", "198.51.100.1", true, false },
        { "www.example", "52.96.1.2", false, false },
    };
    struct judge_world world;
    struct flow_record record;
    judge_world_open(&world, NULL);
    uint32_t point = judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_tls_flow(&record, 1, "10.0.0.9", cases[i].server, cases[i].name);
        CHECK(judge(&world, point, &record)->m365.is_matched == cases[i].is_matched);
        CHECK(judged.is_office365 == cases[i].is_office365);
        flow_record_release(&record);
    }
    judge_world_close(&world);
}

static int64_t way(struct judge_world *world, const struct flow_record *record,
                   bool *is_bound)
{
    return judged_flow_way_ns(judge(world, 0, record), &world->context, is_bound);
}

static void a_direct_way_is_the_sum_of_both_sides(void)
{
    struct judge_world world;
    struct flow_record record;
    bool is_bound;
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    test_tls_flow(&record, 1, "10.0.0.9", "52.96.1.2", "outlook.office365.com");
    CHECK(way(&world, &record, &is_bound) == -1 && !is_bound);
    record.rtt[RTT_SERVER].base_ns = 20000000;
    CHECK(way(&world, &record, &is_bound) == -1);
    record.handshake.client_ns = 3000000;
    CHECK(way(&world, &record, &is_bound) == 23000000 && !is_bound);
    record.server.port = 25; /* between mail servers */
    CHECK(way(&world, &record, &is_bound) == -1);
    flow_record_release(&record);
    judge_world_close(&world);
}

static void through_a_proxy_only_a_bound_can_be_told(void)
{
    struct judge_world world;
    struct flow_record record;
    bool is_bound;
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    test_flow(&record, 1, "10.0.0.9", "10.0.0.8", 3128);
    record.http.method = "CONNECT";
    record.http.host = "outlook.office365.com:443";
    record.http.connect_frame = 4;
    record.rtt[RTT_SERVER].base_ns = 1000000;
    record.rtt[RTT_CLIENT].base_ns = 500000;
    CHECK(way(&world, &record, &is_bound) == -1 && is_bound);
    record.timing.connect_ns = 40000000;
    CHECK(way(&world, &record, &is_bound) == 40500000 && is_bound);
    record.timing.connect_ns = 2000000; /* as fast as the proxy: it asked nobody */
    CHECK(way(&world, &record, &is_bound) == -1);
    flow_record_release(&record);
    judge_world_close(&world);
}

static void connect_flow(struct flow_record *record, uint64_t id, const char *client)
{
    test_tls_flow(record, id, client, "10.0.0.8", "outlook.office365.com");
    record->server.port = 3128;
    record->http.method = "CONNECT";
    record->http.host = "outlook.office365.com:443";
    record->http.connect_frame = record->http.connect_reply_frame = 4;
    record->rtt[RTT_SERVER].base_ns = 20000000;
    record->rtt[RTT_CLIENT].base_ns = 1000000;
    record->rtt[RTT_SERVER].is_base_confirmed = true;
    record->rtt[RTT_CLIENT].is_base_confirmed = true;
}

static void where_connect_is_answered_early_the_hello_bounds_the_way(void)
{
    static const struct {
        int64_t connect_ms, hello_ms, way_ms;
        const char *reason;
    } cases[] = {
        { -1, 50, -1, "proxy-without-connect" },
        { 21, -1, -1, "early-reply" },
        { 21, 22, -1, "early-reply" }, /* from what the proxy kept ready */
        { 21, 50, 51, "" },
        { 24, 50, 51, "" }, /* late by itself, but not by what the service takes */
        { 29, 50, 30, "" },
        { 40, -1, 41, "" },
    };
    struct judge_world world;
    struct flow_record record;
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    connect_flow(&record, 1, "10.0.0.9");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        record.timing.connect_ns = cases[i].connect_ms * 1000000;
        record.timing.hello_ns = cases[i].hello_ms * 1000000;
        struct judged_way way =
            judged_flow_way(judge(&world, 0, &record), &world.context);
        CHECK(way.ns == (cases[i].way_ms < 0 ? -1 : cases[i].way_ms * 1000000));
        CHECK(way.is_bound && !way.is_sum && !way.is_confirmed);
        CHECK_TEXT(way.reason == NULL ? "" : way.reason, cases[i].reason);
    }
    flow_record_release(&record);
    judge_world_close(&world);
}

static void through_a_proxy_seen_on_both_sides_the_way_is_the_sum(void)
{
    static const struct {
        int64_t far_client_ms;
        bool is_confirmed;
        uint16_t other_port; /* of a second sighting on the way to a proxy */
        int64_t way_ms;
    } cases[] = {
        { 2, true, 3128, 31 },
        { 2, false, 3128, 31 },
        { 2, true, 8080, -1 }, /* a chain */
        { -1, true, 3128, -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct judge_world world;
        struct flow_record near, beside, far;
        judge_world_open(&world, NULL);
        (void)judge_world_point(&world, "lan", NULL, VANTAGE_CLIENT_LAN);
        (void)judge_world_point(&world, "wan", NULL, VANTAGE_PROXY_CLIENT);
        (void)judge_world_point(&world, "out", NULL, VANTAGE_PROXY_INTERNET);
        connect_flow(&near, 1, "10.0.0.9");
        connect_flow(&beside, 1, "10.0.0.9");
        beside.server.port = cases[i].other_port;
        test_tls_flow(&far, 1, "10.0.0.8", "52.96.1.2", "outlook.office365.com");
        far.rtt[RTT_SERVER].base_ns = 8000000;
        far.rtt[RTT_CLIENT].base_ns =
            cases[i].far_client_ms < 0 ? -1 : cases[i].far_client_ms * 1000000;
        far.rtt[RTT_SERVER].is_base_confirmed = cases[i].is_confirmed;
        far.rtt[RTT_CLIENT].is_base_confirmed = true;
        judge_world_see(&world, 0, &near);
        judge_world_see(&world, 1, &beside);
        judge_world_see(&world, 2, &far);
        judge_world_correlate(&world);
        struct judged_way way = judged_flow_way(judge(&world, 0, &near), &world.context);
        CHECK(judged.group.count == 3);
        CHECK(way.ns == (cases[i].way_ms < 0 ? -1 : cases[i].way_ms * 1000000));
        CHECK(way.is_sum == (way.ns >= 0) && way.is_bound == (way.ns < 0));
        CHECK(way.is_confirmed == (way.ns >= 0 && cases[i].is_confirmed));
        CHECK_TEXT(way.reason == NULL ? "" : way.reason,
                   way.ns >= 0 ? "" : "proxy-without-connect");
        flow_record_release(&near);
        flow_record_release(&beside);
        flow_record_release(&far);
        judge_world_close(&world);
    }
}

static void where_the_tls_is_opened_the_way_is_not_known(void)
{
    struct judge_world world;
    struct flow_record record;
    bool is_bound;
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    test_tls_flow(&record, 1, "10.0.0.9", "52.96.1.2", "outlook.office365.com");
    record.rtt[RTT_SERVER].base_ns = 20000000;
    record.rtt[RTT_CLIENT].base_ns = 1000000;
    record.tls.chain_count = 1;
    record.tls.chain[0] = judge_world_certificate(
        &world, "outlook.office365.com", "Zscaler Root CA", "Zscaler Inc.", NULL);
    CHECK(way(&world, &record, &is_bound) == -1 && is_bound);
    CHECK(judged_flow_ends_early(&judged));
    flow_record_release(&record);
    judge_world_close(&world);
}

static void an_authority_is_taken_apart(void)
{
    static const struct {
        const char *authority, *host;
        uint16_t port;
    } cases[] = {
        { "outlook.office365.com:443", "outlook.office365.com", 443 },
        { "[2001:db8::1]:80", "2001:db8::1", 80 },
        { "10.0.0.1:65535", "10.0.0.1", 65535 },
        { "no-port", NULL, 0 },
        { ":443", NULL, 0 },
        { "host:", NULL, 0 },
        { "host:0", NULL, 0 },
        { "host:65536", NULL, 0 },
        { "host:x", NULL, 0 },
        { "", NULL, 0 },
        { "a-host-that-does-not-fit-at-all.example:443", NULL, 0 },
    };
    struct flow_record record;
    char host[32];
    uint16_t port;
    test_flow(&record, 1, "10.0.0.9", "10.0.0.8", 3128);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned is_socks = 0; is_socks < 2; is_socks++) {
            record.http.method = is_socks ? NULL : "CONNECT";
            record.http.host = is_socks ? NULL : cases[i].authority;
            record.socks.target = is_socks ? cases[i].authority : NULL;
            port = 0;
            CHECK(judged_flow_proxy_target(&record, host, sizeof host, &port) ==
                  (cases[i].host != NULL));
            CHECK(port == cases[i].port);
            if (cases[i].host != NULL)
                CHECK_TEXT(host, cases[i].host);
        }
    record.socks.target = NULL;
    record.http.method = "GET";
    record.http.host = "outlook.office.com:80";
    CHECK(!judged_flow_proxy_target(&record, host, sizeof host, &port));
    flow_record_release(&record);
}

int main(void)
{
    RUN(the_longest_prefix_tells_the_site_of_a_client);
    RUN(a_client_behind_nat_has_the_site_of_its_other_sighting);
    RUN(a_proxy_is_no_user);
    RUN(office365_is_what_is_specific_and_not_default);
    RUN(a_direct_way_is_the_sum_of_both_sides);
    RUN(through_a_proxy_only_a_bound_can_be_told);
    RUN(where_connect_is_answered_early_the_hello_bounds_the_way);
    RUN(through_a_proxy_seen_on_both_sides_the_way_is_the_sum);
    RUN(where_the_tls_is_opened_the_way_is_not_known);
    RUN(an_authority_is_taken_apart);
    return test_end();
}
