/* sample_assessment.c - something of everything that a report tells, in small numbers. */
#include "tests/sample_assessment.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "reports/texts.h"

enum { MS = 1000000 };

static const int64_t start_ns = INT64_C(1790000000123456789);

static struct distribution spread(int64_t low_ns, int64_t high_ns, unsigned samples)
{
    struct distribution distribution;
    distribution_init(&distribution);
    for (unsigned i = 0; i < samples; i++) {
        int64_t part = (int64_t)i * i / samples; /* more of the low ones */
        distribution_see(&distribution, low_ns + (high_ns - low_ns) * part / samples);
    }
    return distribution;
}

static void fill_capture(struct capture_entry *capture, const char *text)
{
    *capture = (struct capture_entry){
        .name = alloc_text(text),
        .series = alloc_text(text),
        .sha256 = alloc_text("00"),
        .format = alloc_text("pcapng"),
        .compression = alloc_text("zstd"),
        .link_type_count = 1,
        .link_types = alloc_zeroed(1, sizeof(uint32_t)),
        .packets = 12345,
        .bytes = UINT64_C(1) << 60,
        .has_times = true,
        .first_ns = start_ns,
        .last_ns = start_ns + INT64_C(3600000) * MS,
        .capture_site = alloc_text(text),
        .vantage = "client-lan",
        .vantage_by = "site-file",
        .status = STATUS_TRUNCATED,
        .problem_count = 1,
        .problems = alloc_zeroed(1, sizeof(struct capture_problem)),
        .copies = 17,
        .has_dropped = true,
        .other_count = 1,
        .other = alloc_zeroed(1, sizeof(struct capture_other)),
        .flows = 420,
        .m365_flows = 130,
    };
    capture->link_types[0] = 1;
    capture->problems[0].offset = 4242;
    capture->problems[0].sentence = alloc_text(text);
    capture->other[0] = (struct capture_other){ alloc_text(text), 2, 30, 4000 };
}

static void fill_rtt(struct site_summary *site)
{
    const struct rtt_entry entries[] = {
        { .has_service = true,
          .service = SERVICE_EXCHANGE,
          .path = "direct",
          .leg = "user-to-front-door",
          .flows = 40,
          .by_sample = spread(18 * MS, 190 * MS, 900),
          .by_flow = spread(17 * MS, 60 * MS, 40),
          .by_flow_confirmed = spread(17 * MS, 60 * MS, 25),
          .delayed = spread(57 * MS, 62 * MS, 30) },
        { .has_service = true,
          .service = SERVICE_SKYPE,
          .path = "proxied",
          .is_bound = true,
          .leg = "user-to-front-door",
          .by_sample = spread(2 * MS, 900 * MS, 5000),
          .by_flow = spread(2 * MS, 60 * MS, 9) },
        { .has_service = true,
          .service = SERVICE_SKYPE,
          .category = CATEGORY_OPTIMIZE,
          .set = 11,
          .path = "direct",
          .leg = "server-side",
          .by_sample = spread(30 * MS, 31 * MS, 1),
          .by_flow = spread(0, 0, 0) },
        { .has_service = true,
          .service = SERVICE_COMMON,
          .path = "proxied",
          .leg = "user-to-front-door",
          .reason = "early-reply",
          .flows = 3 },
    };
    site->rtt_count = sizeof entries / sizeof *entries;
    site->rtt = alloc_zeroed(site->rtt_count, sizeof *site->rtt);
    memcpy(site->rtt, entries, sizeof entries);
}

static void fill_verdicts(struct site_summary *site)
{
    static const struct verdict_count counts[] = {
        { QUESTION_HAIRPIN, VERDICT_YES, "backhaul", 60, 6000000 },
        { QUESTION_HAIRPIN, VERDICT_UNKNOWN, NULL, 40, 4000000 },
        { QUESTION_PROXY, VERDICT_YES, "explicit", 30, 3000000 },
        { QUESTION_PROXY, VERDICT_NO, "none", 70, 7000000 },
        { QUESTION_INTERCEPTION, VERDICT_LIKELY, NULL, 5, 500000 },
        { QUESTION_INTERCEPTION, VERDICT_UNKNOWN, NULL, 95, 9500000 },
    };
    site->verdict_count = sizeof counts / sizeof *counts;
    site->verdicts = alloc_zeroed(site->verdict_count, sizeof *site->verdicts);
    memcpy(site->verdicts, counts, sizeof counts);
}

static void fill_site(struct site_summary *site, const char *text)
{
    *site = (struct site_summary){
        .name = alloc_text(text),
        .role = alloc_text("branch"),
        .all = { 400, 40000000, 12 },
        .office365 = { 100, 10000000, 11 },
        .generic = { 7, 7000, 3 },
        .default_category = { 20, 20000, 5 },
        .resolver_count = 1,
        .resolvers = alloc_zeroed(1, sizeof(struct site_resolver)),
        .host_count = 12,
        .hosts = alloc_zeroed(12, sizeof(struct site_host)),
        .tcp = { .flows = 90,
                 .packets = 9000,
                 .retransmissions = 3,
                 .with_timestamps = 1 },
        .score_thousandths = -1,
        .score_reason = "exchange-round-trip-not-measured",
    };
    site->by_service[SERVICE_EXCHANGE][CATEGORY_OPTIMIZE] =
        (struct share){ 60, 6000000, 10 };
    site->by_service[SERVICE_SKYPE][CATEGORY_OPTIMIZE] = (struct share){ 40, 4000000, 9 };
    fill_verdicts(site);
    fill_rtt(site);
    site->resolvers[0] = (struct site_resolver){
        .address = { .family = 4, .bytes = { 10, 20, 0, 53 } },
        .answers = 300,
        .lookup = spread(MS, 80 * MS, 300),
    };
    for (uint32_t i = 0; i < site->host_count; i++) {
        site->hosts[i] = (struct site_host){ .host = alloc_text(text),
                                             .set = 1 + i,
                                             .flows = 20,
                                             .bytes = 12345678,
                                             .rtt = spread(17 * MS, 40 * MS, 20) };
    }
}

static void fill_path(struct path_summary *path, const char *text)
{
    *path = (struct path_summary){
        .site = alloc_text(text),
        .has_service = true,
        .service = SERVICE_EXCHANGE,
        .point_count = 2,
        .points = alloc_zeroed(2, sizeof(char *)),
        .point_sites = alloc_zeroed(2, sizeof(char *)),
        .matched_by = "client-random",
        .between = "nat",
        .flows = 60,
        .leg_count = 2,
        .legs = alloc_zeroed(2, sizeof(struct path_leg)),
    };
    path->points[0] = alloc_text(text);
    path->points[1] = alloc_text("hq/edge");
    path->point_sites[0] = alloc_text(text);
    path->legs[0] = (struct path_leg){ alloc_text(text), alloc_text("hq/edge"),
                                       spread(20 * MS, 22 * MS, 60), 45 };
    path->legs[1] = (struct path_leg){ alloc_text("hq/edge"), NULL, spread(0, 0, 0), 0 };
}

static struct finding *add_finding(struct findings *findings, const char *key,
                                   const char *text)
{
    struct finding *finding = findings_add(findings, "latency", text, "Exchange", text);
    finding->text = key;
    finding->severity = (enum severity)(findings->count % 5);
    finding->confidence_thousandths = 950;
    finding->affected_flows = 60;
    finding->affected_clients = 10;
    finding->affected_bytes = 6000000;
    finding->affected_share_thousandths = 600;
    finding_set(finding, "site", "%s", text);
    finding_set(finding, "service", "%s", "Exchange Online");
    finding_set(finding, "host", "%s", text);
    finding_set(finding, "flows", "%d", 60);
    finding_set(finding, "threshold_ms", "%s", "25");
    finding->evidence_count = 7;
    finding->evidence_total = 133;
    for (uint32_t i = 0; i < finding->evidence_count; i++) {
        finding->evidence[i] = (struct evidence){
            .series = alloc_text(text),
            .capture = alloc_text(text),
            .frame = i,
            .flow = 17,
            .signal = "second-crossing",
            .value = alloc_text(text),
            .filter = alloc_text(
                "ip.addr == 10.20.1.7 && tcp.port == 51234 && frame.number == 7"),
        };
    }
    return finding;
}

static void fill_findings(struct findings *findings, const char *text)
{
    struct error error;
    struct texts *texts = texts_open(&error);
    static char keys[64][64]; /* findings refer to constants */
    const char *key;

    for (size_t i = 0; (key = texts_entry(texts, "findings", i)) != NULL && i < 64; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "%s", key);
        add_finding(findings, keys[i], text);
    }
    texts_close(texts);
    findings_sort(findings);
}

struct assessment *sample_assessment(const char *text)
{
    struct assessment *assessment = alloc_zeroed(1, sizeof *assessment);

    assessment->title = alloc_text(text);
    assessment->customer = alloc_text(text);
    assessment->prepared_by = alloc_text(text);
    assessment->created_ns = start_ns;
    assessment->all = (struct share){ 800, 80000000, 24 };
    assessment->office365 = (struct share){ 200, 20000000, 22 };
    assessment->flows_matched = 60;
    assessment->setting_count = 1;
    assessment->settings = alloc_zeroed(1, sizeof *assessment->settings);
    assessment->settings[0].name = "filter";
    assessment->settings[0].value = alloc_text(text);
    assessment->list_count = 1;
    assessment->lists = alloc_zeroed(1, sizeof *assessment->lists);
    assessment->lists[0] =
        (struct assessment_list){ alloc_text("Worldwide"), alloc_text("2026082800"),
                                  alloc_text(text) };
    assessment->capture_count = 2;
    assessment->captures = alloc_zeroed(2, sizeof *assessment->captures);
    fill_capture(&assessment->captures[0], text);
    assessment->captures[1].name = alloc_text("empty.pcap");
    assessment->captures[1].format = alloc_text("pcap");
    assessment->captures[1].series = alloc_text("empty");
    assessment->captures[1].vantage = "unknown";
    assessment->captures[1].vantage_by = "none";
    assessment->skipped_count = 1;
    assessment->skipped = alloc_zeroed(1, sizeof *assessment->skipped);
    assessment->skipped[0] =
        (struct skipped_file){ alloc_text(text), alloc_text("text") };
    assessment->site_count = 2;
    assessment->sites = alloc_zeroed(2, sizeof *assessment->sites);
    fill_site(&assessment->sites[0], text);
    fill_site(&assessment->sites[1], "York");
    assessment->path_count = 1;
    assessment->paths = alloc_zeroed(1, sizeof *assessment->paths);
    fill_path(&assessment->paths[0], text);
    fill_findings(&assessment->findings, text);
    return assessment;
}
