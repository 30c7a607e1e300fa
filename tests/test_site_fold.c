/* test_site_fold.c - what the flows of a site come to, and what is told of them. */
#include "tests/test.h"

#include "analyzer/site_fold.h"
#include "tests/judge_world.h"

#define OUTLOOK "outlook.office365.com"
#define EXCHANGE "52.96.1.2"

static const char sites[] =
    "{\"schema\":\"o365lens/assessment/1\",\"sites\":["
    "{\"name\":\"Leeds\",\"prefixes\":[\"10.20.0.0/16\"]},"
    "{\"name\":\"HQ\",\"prefixes\":[\"10.0.0.0/24\"]}],"
    "\"proxies\":[{\"name\":\"squid\",\"site\":\"HQ\",\"addresses\":[\"10.0.0.8\"]}]}";

static struct judge_world world;
static struct site_fold *fold;
static struct site_summary summary;
static struct findings findings;
static struct judged_flow judged;

static void open_fold(void)
{
    judge_world_open(&world, sites);
    (void)judge_world_point(&world, "leeds", "Leeds", VANTAGE_CLIENT_LAN);
    judge_world_correlate(&world);
    fold = site_fold_new("Leeds", "branch");
    findings = (struct findings){ 0 };
}

/* Judges the flow, folds it in and lets go of it. */
static void see(struct flow_record *record)
{
    judge_world_judge(&world, 0, record, &judged);
    site_fold_see(fold, &judged, &world.context);
    flow_record_release(record);
}

static void conclude(void)
{
    site_fold_conclude(fold, &world.context, &summary, &findings);
    findings_sort(&findings);
}

static void close_fold(void)
{
    site_summary_release(&summary);
    findings_release(&findings);
    judge_world_close(&world);
}

static const struct finding *finding_with(const char *id)
{
    const struct finding *found = NULL;
    for (uint32_t i = 0; i < findings.count; i++)
        if (strcmp(findings.items[i]->id, id) == 0) {
            CHECK(found == NULL); /* ids are unique */
            found = findings.items[i];
        }
    return found;
}

static void measured(struct flow_record *record, uint64_t id, const char *client,
                     int64_t server_ms, int64_t client_ms)
{
    test_tls_flow(record, id, client, EXCHANGE, OUTLOOK);
    record->rtt[RTT_SERVER].base_ns = server_ms * 1000000;
    record->rtt[RTT_CLIENT].base_ns = client_ms * 1000000;
    for (unsigned i = 0; i < 3; i++)
        distribution_see(&record->rtt[RTT_SERVER].samples, (server_ms + i) * 1000000);
}

static void shares_count_flows_bytes_and_clients_apart(void)
{
    struct flow_record record;
    open_fold();
    for (uint64_t id = 1; id <= 3; id++) {
        test_tls_flow(&record, id, id == 3 ? "10.20.0.2" : "10.20.0.1", EXCHANGE,
                      OUTLOOK);
        see(&record);
    }
    test_tls_flow(&record, 4, "10.20.0.3", "198.51.100.1", "res.cdn.office.net");
    see(&record);
    test_tls_flow(&record, 5, "10.20.0.4", "198.51.100.1", "www.microsoft.com");
    see(&record);
    test_tls_flow(&record, 6, "10.20.0.5", "198.51.100.1", "www.example");
    see(&record);
    conclude();
    CHECK(summary.all.flows == 6 && summary.all.clients == 5 &&
          summary.all.bytes == 3000);
    CHECK(summary.office365.flows == 3 && summary.office365.clients == 2 &&
          summary.office365.bytes == 1500);
    CHECK(summary.by_service[SERVICE_EXCHANGE][CATEGORY_OPTIMIZE].flows == 3);
    CHECK(summary.by_service[SERVICE_COMMON][CATEGORY_DEFAULT].flows == 1);
    CHECK(summary.default_category.flows == 1 && summary.generic.flows == 1);
    CHECK(summary.host_count == 2);
    CHECK_TEXT(summary.hosts[0].host, OUTLOOK);
    CHECK(summary.hosts[0].flows == 3 && summary.hosts[0].set == 1);
    CHECK_TEXT(summary.role, "branch");
    close_fold();
}

static void verdicts_are_counted_of_office365_alone(void)
{
    struct flow_record record;
    uint64_t flows = 0;
    open_fold();
    for (uint64_t id = 1; id <= 2; id++) {
        test_tls_flow(&record, id, "10.20.0.1", id == 1 ? EXCHANGE : "10.0.0.9", OUTLOOK);
        see(&record);
    }
    test_tls_flow(&record, 3, "10.20.0.1", "198.51.100.1", "www.example");
    see(&record);
    conclude();
    for (uint32_t i = 0; i < summary.verdict_count; i++)
        if (summary.verdicts[i].question == QUESTION_PROXY) {
            CHECK(summary.verdicts[i].flows == 1);
            flows += summary.verdicts[i].flows;
        }
    CHECK(flows == 2);
    close_fold();
}

static const struct rtt_entry *entry_of(const char *leg, uint32_t set)
{
    for (uint32_t i = 0; i < summary.rtt_count; i++)
        if (strcmp(summary.rtt[i].leg, leg) == 0 && summary.rtt[i].set == set)
            return &summary.rtt[i];
    return NULL;
}

static void the_way_is_the_sum_of_both_sides_and_scored(void)
{
    struct flow_record record;
    open_fold();
    for (uint64_t id = 1; id <= 3; id++) {
        measured(&record, id, "10.20.0.1", 20, 5);
        see(&record);
    }
    conclude();
    const struct rtt_entry *way = entry_of("user-to-front-door", 0);
    CHECK(way != NULL && way->by_flow.count == 3 && !way->is_bound);
    CHECK(way != NULL && distribution_percentile(&way->by_flow, 500) == 25000000);
    CHECK(way != NULL && way->by_sample.count == 9 && way->by_sample.min_ns == 25000000);
    CHECK(entry_of("user-to-front-door", 1) != NULL);
    const struct rtt_entry *side = entry_of("server-side", 0);
    CHECK(side != NULL && distribution_percentile(&side->by_flow, 500) == 20000000);
    CHECK(summary.score_thousandths == 80000 && summary.score_reason == NULL);
    CHECK(finding_with("latency/Leeds/Exchange/rtt") == NULL);
    close_fold();
}

static void without_both_sides_there_is_no_score_but_a_reason(void)
{
    struct flow_record record;
    open_fold();
    measured(&record, 1, "10.20.0.1", 20, 5);
    record.rtt[RTT_CLIENT].base_ns = -1;
    see(&record);
    conclude();
    const struct rtt_entry *way = entry_of("user-to-front-door", 0);
    CHECK(way != NULL && way->by_flow.count == 0 && way->flows == 1);
    CHECK_TEXT(way == NULL ? NULL : way->reason, "side-not-measured");
    CHECK_TEXT(summary.score_reason, "exchange-round-trip-not-measured");
    CHECK(summary.score_thousandths == -1 && summary.hosts[0].rtt.count == 0);
    close_fold();
    open_fold();
    conclude();
    CHECK(summary.score_thousandths == -1);
    CHECK_TEXT(summary.score_reason, "no-exchange-traffic");
    close_fold();
}

static void the_score_rests_on_confirmed_values_or_says_so(void)
{
    for (unsigned confirmed = 0; confirmed < 2; confirmed++) {
        struct flow_record record;
        open_fold();
        for (uint64_t id = 1; id <= 3; id++) {
            measured(&record, id, "10.20.0.1", id == 3 ? 20 : 95, 5);
            record.rtt[RTT_SERVER].is_base_confirmed = id == 3 && confirmed;
            record.rtt[RTT_CLIENT].is_base_confirmed = true;
            see(&record);
        }
        conclude();
        const struct rtt_entry *way = entry_of("user-to-front-door", 0);
        CHECK(way != NULL && way->by_flow.count == 3);
        CHECK(way != NULL && way->by_flow_confirmed.count == confirmed);
        const struct rtt_entry *side = entry_of("client-side", 0);
        CHECK(side != NULL && side->by_flow_confirmed.count == 3);
        side = entry_of("server-side", 0);
        CHECK(side != NULL && side->by_flow_confirmed.count == confirmed);
        CHECK(summary.score_is_confirmed == (confirmed == 1));
        CHECK(summary.score_thousandths == (confirmed ? 80000 : 60000));
        CHECK(summary.hosts[0].confirmed == confirmed);
        close_fold();
    }
}

static void a_receivers_timer_stays_out_of_the_samples(void)
{
    struct flow_record record;
    open_fold();
    measured(&record, 1, "10.20.0.1", 20, 5);
    distribution_see(&record.rtt[RTT_SERVER].delayed, 62000000);
    see(&record);
    conclude();
    const struct rtt_entry *way = entry_of("user-to-front-door", 0);
    CHECK(way != NULL && way->by_sample.count == 3 && way->by_sample.max_ns == 27000000);
    CHECK(way != NULL && way->delayed.count == 1 && way->delayed.min_ns == 67000000);
    const struct rtt_entry *side = entry_of("server-side", 0);
    CHECK(side != NULL && side->delayed.count == 1 && side->delayed.min_ns == 62000000);
    side = entry_of("client-side", 0);
    CHECK(side != NULL && side->delayed.count == 0);
    close_fold();
}

static void a_hosts_round_trip_is_the_whole_way(void)
{
    struct flow_record record;
    open_fold();
    measured(&record, 1, "10.20.0.1", 20, 5);
    see(&record);
    conclude();
    CHECK(summary.host_count == 1 && summary.hosts[0].rtt.count == 1);
    CHECK(summary.hosts[0].rtt.min_ns == 25000000);
    close_fold();
}

static void what_a_proxy_hides_is_counted_with_the_reason(void)
{
    struct flow_record record;
    open_fold();
    test_flow(&record, 1, "10.20.0.1", "10.0.0.8", 3128);
    record.http.method = "CONNECT";
    record.http.host = OUTLOOK ":443";
    record.http.connect_frame = record.http.connect_reply_frame = 4;
    record.rtt[RTT_SERVER].base_ns = 20000000;
    record.rtt[RTT_CLIENT].base_ns = 5000000;
    record.timing.connect_ns = 20500000;
    see(&record);
    conclude();
    const struct rtt_entry *way = entry_of("user-to-front-door", 0);
    CHECK(way != NULL && !way->is_bound && way->flows == 1 && way->by_flow.count == 0);
    CHECK_TEXT(way == NULL ? NULL : way->reason, "early-reply");
    CHECK_TEXT(way == NULL ? NULL : way->path, "proxied");
    CHECK(entry_of("user-to-front-door", 1) != NULL);
    close_fold();
}

static void a_proxys_own_connections_are_not_the_users(void)
{
    struct flow_record record;
    open_fold();
    measured(&record, 1, "10.0.0.8", 20, 5);
    see(&record);
    conclude();
    CHECK(summary.all.flows == 1 && summary.office365.flows == 0);
    CHECK(summary.rtt_count == 0 && summary.host_count == 0 && findings.count == 0);
    close_fold();
}

static void mail_between_servers_is_counted_and_not_timed(void)
{
    struct flow_record record;
    open_fold();
    test_flow(&record, 1, "10.20.0.1", "52.100.0.1", 25);
    record.rtt[RTT_SERVER].base_ns = record.rtt[RTT_CLIENT].base_ns = 900000000;
    see(&record);
    conclude();
    CHECK(summary.office365.flows == 1 && summary.rtt_count == 0);
    close_fold();
}

static void a_far_service_is_a_finding_with_its_frames(void)
{
    struct flow_record record;
    open_fold();
    for (uint64_t id = 1; id <= 6; id++) {
        measured(&record, id, "10.20.0.1", 300, 5);
        record.rtt[RTT_SERVER].min_reply_frame = frame_of(0, 100 + id);
        see(&record);
    }
    measured(&record, 7, "10.20.0.1", 10, 5);
    see(&record);
    conclude();
    const struct finding *finding = finding_with("latency/Leeds/Exchange/rtt");
    CHECK(finding != NULL);
    if (finding != NULL) {
        CHECK(finding->affected_flows == 6 && finding->evidence_count == 6);
        CHECK_TEXT(finding_parameter(finding, "flows"), "7"); /* that the median is of */
        CHECK_TEXT(finding_parameter(finding, "p50_ms"), "305.0");
        CHECK(finding->evidence[0].frame == 101 && finding->evidence[0].flow == 1);
        CHECK_TEXT(finding->evidence[0].filter,
                   "ip.addr == 10.20.0.1 && ip.addr == 52.96.1.2 && tcp.port == 40001 && "
                   "tcp.port == 443 && frame.number == 101");
        CHECK_TEXT(finding->evidence[0].capture, "leeds.pcap");
    }
    close_fold();
}

static void few_flows_are_no_finding(void)
{
    struct flow_record record;
    open_fold();
    for (uint64_t id = 1; id <= 4; id++) {
        measured(&record, id, "10.20.0.1", 300, 5);
        see(&record);
    }
    conclude();
    CHECK(findings.count == 0);
    close_fold();
}

static void see_connect(uint64_t id, const char *proxy, uint32_t auth_rounds)
{
    struct flow_record record;
    test_flow(&record, id, "10.20.0.1", proxy, 3128);
    record.http.method = "CONNECT";
    record.http.host = OUTLOOK ":443";
    record.http.connect_frame = frame_of(0, 50 + id);
    record.http.auth_rounds = auth_rounds;
    record.http.auth_frame = auth_rounds == 0 ? 0 : frame_of(0, 60 + id);
    record.http.auth_scheme = auth_rounds == 0 ? NULL : "Negotiate";
    record.timing.connect_ns = 40000000;
    record.timing.auth_ns = auth_rounds == 0 ? -1 : 9000000;
    see(&record);
}

static void proxies_are_found_by_kind_and_their_logons_too(void)
{
    struct flow_record record;
    open_fold();
    see_connect(1, "10.9.0.1", 0);
    see_connect(2, "10.9.0.1", 2);
    test_tls_flow(&record, 3, "10.20.0.2", "165.225.0.1", OUTLOOK);
    see(&record);
    test_tls_flow(&record, 4, "10.20.0.3", "10.0.0.77", OUTLOOK);
    see(&record);
    test_flow(&record, 5, "10.20.0.1", "10.9.0.2", 1080);
    record.socks = (struct flow_socks){ .version = 5,
                                        .target = OUTLOOK ":443",
                                        .frame = frame_of(0, 3) };
    see(&record);
    conclude();
    const struct finding *explicit_one = finding_with("proxy/Leeds/Exchange/explicit");
    CHECK(explicit_one != NULL && explicit_one->affected_flows == 2 &&
          explicit_one->confidence_thousandths == 1000 &&
          explicit_one->evidence[0].frame == 51);
    const struct finding *cloud = finding_with("proxy/Leeds/Exchange/cloud");
    CHECK(cloud != NULL && cloud->affected_clients == 1);
    CHECK_TEXT(finding_parameter(cloud, "vendor"), "Zscaler Internet Access");
    CHECK(finding_with("proxy/Leeds/Exchange/internal-redirect") != NULL);
    CHECK(finding_with("proxy/Leeds/Exchange/socks") != NULL);
    const struct finding *auth = finding_with("proxy-auth/Leeds/-/407");
    CHECK(auth != NULL && auth->affected_flows == 1);
    CHECK(auth->evidence[0].frame == 62); /* of the answer, not of the request */
    CHECK_TEXT(auth->evidence[0].value, "2 rounds, 9.0 ms");
    CHECK_TEXT(finding_parameter(auth, "rounds"), "2");
    CHECK_TEXT(finding_parameter(auth, "scheme"), "Negotiate");
    CHECK(findings.count == 5);
    close_fold();
}

static void one_round_is_no_rounds(void)
{
    open_fold();
    see_connect(1, "10.9.0.1", 1);
    conclude();
    const struct finding *auth = finding_with("proxy-auth/Leeds/-/407");
    CHECK(auth != NULL);
    CHECK_TEXT(auth->evidence[0].value, "1 round, 9.0 ms");
    close_fold();
}

static void see_leaf(uint64_t id, const char *host, const char *issuer,
                     const char *organisation)
{
    struct flow_record record;
    test_tls_flow(&record, id, "10.20.0.1", EXCHANGE, host);
    record.tls.chain_count = 1;
    record.tls.chain[0] =
        judge_world_certificate(&world, host, issuer, organisation, NULL);
    record.tls.certificate_frame = frame_of(0, 70 + id);
    see(&record);
}

/* An issuer may call itself anything: its finding is still not the one for review. */
static void what_is_opened_and_what_needs_review_have_ids_of_their_own(void)
{
    struct flow_record record;
    open_fold();
    see_leaf(1, OUTLOOK, "review", NULL);
    see_leaf(2, OUTLOOK, "E7", "Let's Encrypt");
    see_leaf(3, OUTLOOK, "DigiCert Cloud Services CA-1", "DigiCert Inc");
    test_tls_flow(&record, 4, "10.20.0.1", EXCHANGE, OUTLOOK);
    see(&record);
    conclude();
    const struct finding *opened =
        finding_with("interception/Leeds/Exchange/issuer/review");
    CHECK(opened != NULL && opened->affected_flows == 1 &&
          opened->evidence[0].frame == 71);
    CHECK(opened != NULL && opened->severity == SEVERITY_HIGH);
    CHECK_TEXT(finding_parameter(opened, "hidden"), "1");
    const struct finding *review = finding_with("interception/Leeds/Exchange/review");
    CHECK(review != NULL && review->severity == SEVERITY_INFO &&
          review->confidence_thousandths == -1);
    CHECK(findings.count == 2);
    close_fold();
}

static void hidden_certificates_alone_are_no_finding(void)
{
    struct flow_record record;
    open_fold();
    for (uint64_t id = 1; id <= 30; id++) {
        test_tls_flow(&record, id, "10.20.0.1", EXCHANGE, OUTLOOK);
        see(&record);
    }
    conclude();
    CHECK(findings.count == 0);
    close_fold();
}

static void see_packets(uint64_t id, uint64_t packets, uint32_t resent, uint64_t unseen)
{
    struct flow_record record;
    test_tls_flow(&record, id, "10.20.0.1", EXCHANGE, OUTLOOK);
    record.packets[FLOW_C2S] = packets;
    record.counts[FLOW_C2S].retransmissions = resent;
    record.counts[FLOW_C2S].acked_bytes = 100000;
    record.counts[FLOW_C2S].acked_unseen_bytes = unseen;
    see(&record);
}

static void loss_is_told_but_not_of_a_capture_that_lost_packets_itself(void)
{
    static const struct {
        uint64_t packets;
        uint32_t resent;
        uint64_t unseen;
        bool is_found;
    } cases[] = {
        { 2000, 100, 0, true },
        { 2000, 10, 0, false },     /* half a percent */
        { 500, 100, 0, false },     /* too few packets to say */
        { 2000, 100, 5000, false }, /* 5 % of the bytes were not captured */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_fold();
        see_packets(1, cases[i].packets, cases[i].resent, cases[i].unseen);
        conclude();
        CHECK((finding_with("loss/Leeds/Exchange/retransmissions") != NULL) ==
              cases[i].is_found);
        close_fold();
    }
}

static void a_window_that_cannot_grow_is_told_with_its_ceiling(void)
{
    struct flow_record record;
    open_fold();
    measured(&record, 1, "10.20.0.1", 100, 1);
    record.options[FLOW_S2C].has_window_scale = false;
    see(&record);
    measured(&record, 2, "10.20.0.1", 100, 1);
    record.options[FLOW_S2C] = (struct flow_tcp_options){ .is_seen = false };
    see(&record); /* not seen is not "no" */
    conclude();
    const struct finding *finding = finding_with("window/Leeds/Exchange/scaling");
    CHECK(finding != NULL && finding->affected_flows == 1);
    CHECK_TEXT(finding_parameter(finding, "ceiling_mbit"), "5.2");
    close_fold();
}

static void see_stun(uint64_t id, const char *client, uint64_t requests, uint64_t answers)
{
    struct flow_record record;
    test_flow(&record, id, client, "52.112.0.1", 3478);
    record.transport = FLOW_UDP;
    record.stun_requests = requests;
    record.stun_answers = answers;
    record.packets[FLOW_S2C] = answers;
    see(&record);
}

/* Something that comes back: the capture sees both directions. */
static void see_answered_lookup(uint64_t id)
{
    struct flow_record record;
    test_flow(&record, id, "10.20.0.9", "192.0.2.53", 53);
    record.transport = FLOW_UDP;
    record.packets[FLOW_S2C] = 1;
    see(&record);
}

static void media_without_any_answer_is_blocked(void)
{
    static const char id[] = "udp-blocked/Leeds/Skype/stun";
    open_fold();
    see_answered_lookup(1);
    see_stun(2, "10.20.0.1", 1, 0);
    see_stun(3, "10.20.0.1", 1, 0);
    conclude();
    const struct finding *finding = finding_with(id);
    CHECK(finding != NULL && finding->affected_flows == 2);
    CHECK(finding->affected_clients == 1 && finding->evidence_total == 1);
    CHECK_TEXT(finding_parameter(finding, "attempts"), "2");
    close_fold();
}

static void attempts_are_requests_and_not_flows(void)
{
    static const char id[] = "udp-blocked/Leeds/Skype/stun";
    for (uint64_t requests = 1; requests <= 3; requests++) {
        open_fold();
        see_answered_lookup(1);
        see_stun(2, "10.20.0.1", requests, 0);
        conclude();
        CHECK((finding_with(id) != NULL) == (requests >= 2));
        close_fold();
    }
}

static void one_blocked_client_among_working_ones_is_named(void)
{
    open_fold();
    see_stun(1, "10.20.0.1", 5, 5);
    see_stun(2, "10.20.0.2", 3, 0);
    see_stun(3, "10.20.0.3", 5, 0); /* another relay answered this one */
    see_stun(4, "10.20.0.3", 0, 1);
    conclude();
    const struct finding *finding = finding_with("udp-blocked/Leeds/Skype/stun");
    CHECK(finding != NULL && finding->affected_clients == 1);
    CHECK(finding->evidence_count == 1 && finding->evidence[0].flow == 2);
    CHECK_TEXT(finding->evidence[0].value, "10.20.0.2: 3 requests without an answer");
    CHECK(strstr(finding->evidence[0].filter, "udp.port == 3478") != NULL);
    CHECK_TEXT(finding_parameter(finding, "attempts"), "3");
    CHECK_TEXT(finding_parameter(finding, "answered_clients"), "2");
    close_fold();
}

static void a_capture_of_one_direction_shows_nothing_blocked(void)
{
    open_fold();
    see_stun(1, "10.20.0.1", 5, 0);
    see_stun(2, "10.20.0.2", 5, 0);
    conclude();
    CHECK(finding_with("udp-blocked/Leeds/Skype/stun") == NULL);
    close_fold();
}

static void clients_are_kept_up_to_a_cap_and_the_rest_is_told(void)
{
    enum { CLIENTS = 16384 + 3 };
    char client[32];
    open_fold();
    see_answered_lookup(1);
    for (unsigned i = 0; i < CLIENTS; i++) {
        snprintf(client, sizeof client, "10.20.%u.%u", i >> 8, i & 255);
        see_stun(2 + i, client, 2, 0);
    }
    conclude();
    const struct finding *finding = finding_with("udp-blocked/Leeds/Skype/stun");
    CHECK(finding != NULL && finding->affected_clients == 16384);
    CHECK_TEXT(finding_parameter(finding, "untold_flows"), "3");
    close_fold();
}

static void a_slow_resolver_is_named_with_its_lookups(void)
{
    struct flow_record record;
    open_fold();
    for (uint64_t id = 1; id <= 6; id++) {
        test_flow(&record, id, "10.20.0.1", "192.0.2.53", 53);
        record.transport = FLOW_UDP;
        record.dns.lookup_ns = id == 1 ? 1000000 : 150000000;
        see(&record);
    }
    for (uint64_t id = 7; id <= 16; id++) {
        test_flow(&record, id, "10.20.0.1", "192.0.2.54", 53);
        record.transport = FLOW_UDP;
        record.dns.lookup_ns = 2000000;
        see(&record);
    }
    conclude();
    CHECK(summary.resolver_count == 2);
    const struct finding *finding = finding_with("dns/Leeds/-/192.0.2.53");
    CHECK(finding != NULL && findings.count == 1);
    if (finding != NULL) {
        CHECK(finding->affected_flows == 5 && finding->evidence_count == 5);
        CHECK_TEXT(finding->evidence[0].value, "150.0 ms");
        CHECK_TEXT(finding_parameter(finding, "p50_ms"), "150.0");
    }
    close_fold();
}

/* The order of flows may not move a figure; the frames shown first may differ. */
static void figures_do_not_depend_on_the_order_of_flows(void)
{
    uint64_t flows[2], bytes[2];
    int64_t medians[2];
    uint32_t counts[2];
    for (unsigned backwards = 0; backwards < 2; backwards++) {
        struct flow_record record;
        open_fold();
        for (uint64_t i = 0; i < 100; i++) {
            uint64_t id = backwards ? 100 - i : i + 1;
            measured(&record, id, id % 3 == 0 ? "10.20.0.1" : "10.20.0.2",
                     (int64_t)(10 + id * 7 % 90), 1);
            see(&record);
        }
        conclude();
        const struct rtt_entry *way = entry_of("user-to-front-door", 0);
        flows[backwards] = summary.office365.flows;
        bytes[backwards] = summary.hosts[0].bytes;
        medians[backwards] = distribution_percentile(&way->by_sample, 500);
        counts[backwards] = summary.verdict_count + summary.rtt_count;
        close_fold();
    }
    CHECK(flows[0] == flows[1] && bytes[0] == bytes[1] && medians[0] == medians[1] &&
          counts[0] == counts[1]);
}

int main(void)
{
    RUN(shares_count_flows_bytes_and_clients_apart);
    RUN(verdicts_are_counted_of_office365_alone);
    RUN(the_way_is_the_sum_of_both_sides_and_scored);
    RUN(without_both_sides_there_is_no_score_but_a_reason);
    RUN(the_score_rests_on_confirmed_values_or_says_so);
    RUN(a_receivers_timer_stays_out_of_the_samples);
    RUN(a_hosts_round_trip_is_the_whole_way);
    RUN(what_a_proxy_hides_is_counted_with_the_reason);
    RUN(a_proxys_own_connections_are_not_the_users);
    RUN(mail_between_servers_is_counted_and_not_timed);
    RUN(a_far_service_is_a_finding_with_its_frames);
    RUN(few_flows_are_no_finding);
    RUN(proxies_are_found_by_kind_and_their_logons_too);
    RUN(one_round_is_no_rounds);
    RUN(what_is_opened_and_what_needs_review_have_ids_of_their_own);
    RUN(hidden_certificates_alone_are_no_finding);
    RUN(loss_is_told_but_not_of_a_capture_that_lost_packets_itself);
    RUN(a_window_that_cannot_grow_is_told_with_its_ceiling);
    RUN(media_without_any_answer_is_blocked);
    RUN(attempts_are_requests_and_not_flows);
    RUN(one_blocked_client_among_working_ones_is_named);
    RUN(a_capture_of_one_direction_shows_nothing_blocked);
    RUN(clients_are_kept_up_to_a_cap_and_the_rest_is_told);
    RUN(a_slow_resolver_is_named_with_its_lookups);
    RUN(figures_do_not_depend_on_the_order_of_flows);
    return test_end();
}
