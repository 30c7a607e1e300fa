/* test_detectors.c - what is claimed of a flow, and above all what is not. */
#include "tests/test.h"

#include "analyzer/detector.h"
#include "tests/judge_world.h"

static const char sites[] =
    "{\"schema\":\"o365lens/assessment/1\",\"sites\":["
    "{\"name\":\"Leeds\",\"prefixes\":[\"10.20.0.0/16\"]},"
    "{\"name\":\"HQ\",\"prefixes\":[\"10.0.0.0/24\"]}],"
    "\"proxies\":[{\"name\":\"squid\",\"site\":\"HQ\",\"addresses\":[\"10.0.0.8\"],"
    "\"ports\":[3128]},{\"name\":\"cloud\",\"site\":\"HQ\","
    "\"addresses\":[\"198.51.100.8\"]}],"
    "\"interception\":{\"issuers\":[\"Example Inspection CA\"]}}";

#define OUTLOOK "outlook.office365.com"
#define EXCHANGE "52.96.1.2"
#define FOREIGN "198.51.100.9"

static struct judge_world world;
static struct judged_flow judged;
static struct flow_record record;

static void open_world(const char *site_file)
{
    judge_world_open(&world, site_file);
}

static void close_world(void)
{
    flow_record_release(&record);
    judge_world_close(&world);
}

static const struct verdict *verdict_on(enum verdict_question question, uint32_t point)
{
    judge_world_judge(&world, point, &record, &judged);
    return &judged.verdicts[question];
}

static void check_verdict(const struct verdict *verdict, enum verdict_state state,
                          const char *kind, const char *reason)
{
    CHECK(verdict->state == state);
    if (kind == NULL)
        CHECK(verdict->kind == NULL);
    else
        CHECK_TEXT(verdict->kind, kind);
    CHECK_TEXT(verdict->reason, reason);
    CHECK((verdict->confidence_thousandths == -1) == (state == VERDICT_UNKNOWN));
    bool is_for = verdict->score_thousandths > 0,
         is_against = verdict->score_thousandths < 0;
    CHECK(is_for == (state == VERDICT_YES || state == VERDICT_LIKELY));
    CHECK(is_against == (state == VERDICT_NO));
    for (uint32_t i = 0; i < verdict->signal_count; i++)
        CHECK(verdict->signals[i].frame != 0);
}

/* One point without a site file, and a flow to judge there. */
static void open_alone(const char *server, const char *sni)
{
    open_world(NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    test_tls_flow(&record, 1, "10.20.0.1", server, sni);
}

static void what_the_client_says_to_a_proxy_proves_it(void)
{
    open_alone("10.0.0.8", NULL);
    record.http.method = "CONNECT";
    record.http.host = OUTLOOK ":443";
    record.http.connect_frame = 12;
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_YES, "explicit", "connect");
    CHECK(judged.verdicts[QUESTION_PROXY].signals[0].frame == 12);
    record.http =
        (struct flow_http){ .method = "GET", .host = OUTLOOK, .is_absolute = true };
    record.http.request_frame = 13;
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_YES, "explicit",
                  "absolute-form");
    record.http = (struct flow_http){ .method = NULL };
    record.socks =
        (struct flow_socks){ .version = 5, .target = OUTLOOK ":443", .frame = 14 };
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_YES, "socks", "socks-request");
    CHECK(judged.verdicts[QUESTION_PROXY].signals[0].frame == 14);
    close_world();
}

static void an_office365_name_at_a_cloud_proxys_address_is_a_cloud_proxy(void)
{
    open_alone("165.225.0.1", OUTLOOK);
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_YES, "cloud",
                  "cloud-proxy-address");
    CHECK_TEXT(judged.verdicts[QUESTION_PROXY].product, "Zscaler Internet Access");
    record.tls.sni = "www.example";
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    record.tls.sni = NULL; /* the vendor's own service, for all one can tell */
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    close_world();
}

static void a_private_address_for_a_published_name_is_a_redirect(void)
{
    open_alone("10.0.0.8", OUTLOOK);
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_YES, "internal-redirect",
                  "private-address");
    record.tls.sni = "res.cdn.office.net"; /* no addresses are published for it */
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    record.tls.sni = NULL;
    record.dns.name = OUTLOOK; /* the client did not say so itself */
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    close_world();
}

static void a_proxy_of_the_assessment_file_is_likely_one(void)
{
    open_world(sites);
    (void)judge_world_point(&world, "a", "Leeds", VANTAGE_CLIENT_LAN);
    judge_world_correlate(&world);
    test_flow(&record, 1, "10.20.0.1", "10.0.0.8", 3128);
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_LIKELY, "explicit",
                  "listed-proxy");
    CHECK(judged.verdicts[QUESTION_PROXY].missing_count == 1);
    record.server.port = 443; /* another service of the same machine */
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    record.server.ip = test_address("198.51.100.8");
    record.tls.is_present = true;
    record.tls.sni = OUTLOOK;
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_LIKELY, "cloud", "listed-proxy");
    record.transport = FLOW_UDP;
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    close_world();
}

static void one_point_never_rules_a_proxy_out(void)
{
    static const char *const servers[] = { EXCHANGE, FOREIGN };
    for (unsigned i = 0; i < 2; i++) {
        open_alone(servers[i], OUTLOOK);
        check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_UNKNOWN, NULL,
                      "none-seen-transparent-not-excluded");
        CHECK(judged.verdicts[QUESTION_PROXY].missing_count == 1);
        close_world();
    }
}

/* The flow at its site and once more at `other`, which sees it `later` ms nearer. */
static void open_two_points(const char *site_file, const char *here_site,
                            enum vantage here, const char *there_site, enum vantage there)
{
    struct flow_record second;
    open_world(site_file);
    (void)judge_world_point(&world, "here", here_site, here);
    (void)judge_world_point(&world, "there", there_site, there);
    test_tls_flow(&record, 1, "10.20.0.1", EXCHANGE, OUTLOOK);
    test_tls_flow(&second, 1, "10.20.0.1", EXCHANGE, OUTLOOK);
    record.rtt[RTT_SERVER].base_ns = 60000000;
    second.rtt[RTT_SERVER].base_ns = 20000000;
    judge_world_see(&world, 0, &record);
    judge_world_see(&world, 1, &second);
    flow_record_release(&second);
    judge_world_correlate(&world);
}

static void the_same_connection_at_the_edge_rules_a_proxy_out(void)
{
    open_two_points(sites, "Leeds", VANTAGE_CLIENT_LAN, "Leeds", VANTAGE_INTERNET_EDGE);
    check_verdict(verdict_on(QUESTION_PROXY, 0), VERDICT_NO, "none",
                  "same-connection-at-internet-edge");
    close_world();
    open_two_points(sites, "Leeds", VANTAGE_CLIENT_LAN, "Leeds", VANTAGE_WAN);
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    close_world();
    open_two_points(sites, "Leeds", VANTAGE_CLIENT_LAN, "Leeds", VANTAGE_UNKNOWN);
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    close_world();
}

static void another_connection_at_the_edge_proves_nothing(void)
{
    struct flow_record second;
    open_world(sites);
    (void)judge_world_point(&world, "here", "Leeds", VANTAGE_CLIENT_LAN);
    (void)judge_world_point(&world, "there", "Leeds", VANTAGE_INTERNET_EDGE);
    test_tls_flow(&record, 1, "10.20.0.1", EXCHANGE, OUTLOOK);
    test_tls_flow(&second, 2, "10.20.0.1", EXCHANGE, OUTLOOK); /* same hello, other ISN */
    judge_world_see(&world, 0, &record);
    judge_world_see(&world, 1, &second);
    judge_world_correlate(&world);
    CHECK(verdict_on(QUESTION_PROXY, 0)->state == VERDICT_UNKNOWN);
    CHECK(judged.group.count == 2);
    flow_record_release(&second);
    close_world();
}

struct leaf {
    const char *issuer, *organisation, *subject, *san;
    const char *host; /* NULL: no name */
    enum verdict_state state;
    const char *kind, *reason;
};

static void every_issuer_is_judged_for_what_it_is(void)
{
    static const struct leaf leaves[] = {
        { "DigiCert Cloud Services CA-1", "DigiCert Inc", OUTLOOK, OUTLOOK, OUTLOOK,
          VERDICT_NO, NULL, "expected-issuer" },
        { "Microsoft Azure RSA TLS Issuing CA 03", "Microsoft Corporation", "x",
          "*.office365.com", OUTLOOK, VERDICT_NO, NULL, "expected-issuer" },
        { "E7", "Let's Encrypt", OUTLOOK, OUTLOOK, OUTLOOK, VERDICT_UNKNOWN, NULL,
          "public-issuer-not-known-for-microsoft" },
        { "Zscaler Intermediate Root CA", "Zscaler Inc.", OUTLOOK, OUTLOOK, OUTLOOK,
          VERDICT_YES, "inspection", "inspection-issuer" },
        { "Example Inspection CA", NULL, OUTLOOK, OUTLOOK, OUTLOOK, VERDICT_YES,
          "inspection", "inspection-issuer" },
        { "Example Inspection CA", NULL, "x", "y", OUTLOOK, VERDICT_YES, "inspection",
          "inspection-issuer" },
        { "Some Private Root", "A Company", OUTLOOK, OUTLOOK, OUTLOOK, VERDICT_YES,
          "inspection", "unpublished-issuer" },
        { NULL, NULL, OUTLOOK, OUTLOOK, OUTLOOK, VERDICT_YES, "inspection",
          "unpublished-issuer" },
        { "portal.local", NULL, "portal.local", "portal.local", OUTLOOK, VERDICT_LIKELY,
          "captive-portal", "self-signed-other-name" },
        { "Some Private Root", NULL, "portal.local", "portal.local", OUTLOOK,
          VERDICT_LIKELY, "inspection", "certificate-for-other-name" },
        { "DigiCert Cloud Services CA-1", "DigiCert Inc", "x", "www.example", OUTLOOK,
          VERDICT_LIKELY, "inspection", "certificate-for-other-name" },
        { "E7", "Let's Encrypt", "x", "cdn.example", "res.cdn.office.net",
          VERDICT_UNKNOWN, NULL, "certificate-for-other-name" },
        { "DigiCert Cloud Services CA-1", "DigiCert Inc", "x", "y", NULL, VERDICT_NO,
          NULL, "expected-issuer" },
        { "Some Private Root", NULL, "*.relay.local", "y", NULL, VERDICT_UNKNOWN, NULL,
          "no-name-to-compare" },
    };
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++) {
        const struct leaf *leaf = &leaves[i];
        open_world(sites);
        (void)judge_world_point(&world, "a", "Leeds", VANTAGE_CLIENT_LAN);
        judge_world_correlate(&world);
        test_tls_flow(&record, 1, "10.20.0.1", EXCHANGE, leaf->host);
        record.tls.chain_count = 1;
        record.tls.chain[0] = judge_world_certificate(&world, leaf->subject, leaf->issuer,
                                                      leaf->organisation, leaf->san);
        record.tls.certificate_frame = 9;
        if (leaf->host == NULL)
            record.tls.sni = NULL;
        int failures = test_failures;
        check_verdict(verdict_on(QUESTION_INTERCEPTION, 0), leaf->state, leaf->kind,
                      leaf->reason);
        CHECK(judged.verdicts[QUESTION_INTERCEPTION].issuer != NULL);
        CHECK(judged.verdicts[QUESTION_INTERCEPTION].signals[0].frame == 9);
        if (failures != test_failures)
            fprintf(stderr, "  in: %s for %s\n", leaf->issuer, leaf->san);
        close_world();
    }
}

static void what_is_hidden_is_unknown_and_never_no(void)
{
    open_alone(EXCHANGE, OUTLOOK);
    record.tls.version = "1.3";
    record.tls.hidden = CERTIFICATE_HIDDEN_TLS13;
    check_verdict(verdict_on(QUESTION_INTERCEPTION, 0), VERDICT_UNKNOWN, NULL,
                  "certificate-hidden");
    CHECK(judged.verdicts[QUESTION_INTERCEPTION].missing_count == 1);
    record.tls.is_present = false;
    record.tls.sni = NULL;
    check_verdict(verdict_on(QUESTION_INTERCEPTION, 0), VERDICT_UNKNOWN, NULL,
                  "no-tls-seen");
    close_world();
    open_alone(FOREIGN, "www.example");
    record.tls.chain_count = 1;
    record.tls.chain[0] =
        judge_world_certificate(&world, "www.example", "Zscaler", NULL, "www.example");
    check_verdict(verdict_on(QUESTION_INTERCEPTION, 0), VERDICT_UNKNOWN, NULL,
                  "not-judged-for-this-host");
    close_world();
}

static void a_flow_of_one_site_at_another_is_backhaul(void)
{
    open_two_points(sites, "Leeds", VANTAGE_CLIENT_LAN, "HQ", VANTAGE_INTERNET_EDGE);
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_YES, "backhaul",
                  "same-flow-at-other-site");
    CHECK(judged.verdicts[QUESTION_HAIRPIN].signals[0].series == 1);
    CHECK_TEXT(judged.verdicts[QUESTION_HAIRPIN].signals[1].name, "segment-rtt-ms");
    CHECK(judged.verdicts[QUESTION_HAIRPIN].signals[1].value == 40000);
    close_world();
}

static void a_flow_that_left_at_its_own_edge_made_no_hairpin(void)
{
    open_two_points(sites, "Leeds", VANTAGE_CLIENT_LAN, "Leeds", VANTAGE_INTERNET_EDGE);
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_NO, NULL, "left-at-own-edge");
    close_world();
    open_two_points(sites, "Leeds", VANTAGE_CLIENT_LAN, "Leeds", VANTAGE_WAN);
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_UNKNOWN, NULL,
                  "one-point-only");
    close_world();
}

static void points_of_no_told_site_decide_nothing_and_say_so(void)
{
    open_two_points(NULL, "unassigned", VANTAGE_UNKNOWN, "unassigned", VANTAGE_UNKNOWN);
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_UNKNOWN, NULL,
                  "points-of-no-told-site");
    close_world();
}

static void a_flow_seen_once_is_unknown(void)
{
    open_world(sites);
    (void)judge_world_point(&world, "hq", "HQ", VANTAGE_INTERNET_EDGE);
    judge_world_correlate(&world);
    test_tls_flow(&record, 1, "10.0.0.1", EXCHANGE, OUTLOOK);
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_UNKNOWN, NULL,
                  "one-point-only");
    CHECK(judged.verdicts[QUESTION_HAIRPIN].missing_count == 1);
    record.client.ip = test_address("10.20.0.1"); /* a user of Leeds, seen at HQ */
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_UNKNOWN, NULL,
                  "client-of-other-site");
    close_world();
}

static void where_the_site_is_inferred_nothing_is_proven(void)
{
    open_two_points(NULL, "leeds", VANTAGE_UNKNOWN, "hq", VANTAGE_UNKNOWN);
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_LIKELY, "backhaul",
                  "same-flow-at-other-site");
    close_world();
    open_two_points(NULL, "leeds", VANTAGE_CLIENT_LAN, "hq", VANTAGE_INTERNET_EDGE);
    CHECK(verdict_on(QUESTION_HAIRPIN, 0)->state == VERDICT_YES);
    close_world();
    open_two_points(NULL, "unassigned", VANTAGE_UNKNOWN, "hq", VANTAGE_UNKNOWN);
    CHECK(verdict_on(QUESTION_HAIRPIN, 0)->state == VERDICT_UNKNOWN);
    close_world();
    open_two_points(NULL, "leeds", VANTAGE_UNKNOWN, "unassigned", VANTAGE_UNKNOWN);
    CHECK(verdict_on(QUESTION_HAIRPIN, 0)->state == VERDICT_UNKNOWN);
    close_world();
}

static void points_without_an_order_give_no_verdict(void)
{
    struct flow_record second;
    open_world(NULL);
    (void)judge_world_point(&world, "here", "leeds", VANTAGE_UNKNOWN);
    (void)judge_world_point(&world, "there", "hq", VANTAGE_UNKNOWN);
    test_tls_flow(&record, 1, "10.20.0.1", EXCHANGE, OUTLOOK);
    test_tls_flow(&second, 1, "10.20.0.1", EXCHANGE, OUTLOOK);
    judge_world_see(&world, 0, &record);
    judge_world_see(&world, 1, &second);
    judge_world_correlate(&world);
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_UNKNOWN, NULL,
                  "order-of-points-unknown");
    flow_record_release(&second);
    close_world();
}

static void open_detour(const char *there_site)
{
    struct flow_record second;
    open_world(sites);
    (void)judge_world_point(&world, "here", "Leeds", VANTAGE_CLIENT_LAN);
    (void)judge_world_point(&world, "there", there_site, VANTAGE_INTERNET_EDGE);
    test_tls_flow(&record, 1, "10.20.0.1", "10.0.0.8", OUTLOOK);
    record.http.method = "CONNECT";
    record.http.host = OUTLOOK ":443";
    record.http.connect_frame = 7;
    record.http.connect_reply_frame = 8;
    test_tls_flow(&second, 2, "10.0.0.8", EXCHANGE, OUTLOOK);
    judge_world_see(&world, 0, &record);
    judge_world_see(&world, 1, &second);
    flow_record_release(&second);
    judge_world_correlate(&world);
}

static void a_proxy_at_another_site_is_a_detour(void)
{
    open_detour("HQ");
    check_verdict(verdict_on(QUESTION_HAIRPIN, 0), VERDICT_YES, "proxy-detour",
                  "same-flow-at-other-site");
    CHECK(judged.verdicts[QUESTION_HAIRPIN].signal_count == 1); /* no RTT across it */
    close_world();
    open_detour("Leeds"); /* a proxy at home: it might still send the rest elsewhere */
    CHECK(verdict_on(QUESTION_HAIRPIN, 0)->state == VERDICT_UNKNOWN);
    close_world();
}

int main(void)
{
    RUN(what_the_client_says_to_a_proxy_proves_it);
    RUN(an_office365_name_at_a_cloud_proxys_address_is_a_cloud_proxy);
    RUN(a_private_address_for_a_published_name_is_a_redirect);
    RUN(a_proxy_of_the_assessment_file_is_likely_one);
    RUN(one_point_never_rules_a_proxy_out);
    RUN(the_same_connection_at_the_edge_rules_a_proxy_out);
    RUN(another_connection_at_the_edge_proves_nothing);
    RUN(every_issuer_is_judged_for_what_it_is);
    RUN(what_is_hidden_is_unknown_and_never_no);
    RUN(a_flow_of_one_site_at_another_is_backhaul);
    RUN(a_flow_that_left_at_its_own_edge_made_no_hairpin);
    RUN(points_of_no_told_site_decide_nothing_and_say_so);
    RUN(a_flow_seen_once_is_unknown);
    RUN(where_the_site_is_inferred_nothing_is_proven);
    RUN(points_without_an_order_give_no_verdict);
    RUN(a_proxy_at_another_site_is_a_detour);
    return test_end();
}
