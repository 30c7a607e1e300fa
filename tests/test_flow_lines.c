/* test_flow_lines.c - every key that the contract promises, with its type, unit and form.
 */
#include "tests/test.h"

#include "analyzer/json_in.h"
#include "reports/flow_lines.h"
#include "tests/judge_world.h"
#include "tests/written.h"

#define OUTLOOK "outlook.office365.com"

static struct judge_world world;
static struct judged_flow judged;
static struct flow_record record;
static struct written written;

static void open_world(void)
{
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "leeds/lan", "Leeds", VANTAGE_CLIENT_LAN);
    (void)judge_world_point(&world, "hq/edge", "HQ", VANTAGE_INTERNET_EDGE);
}

static void close_world(void)
{
    flow_record_release(&record);
    written_release(&written);
    judge_world_close(&world);
}

static void fill_tls(void)
{
    record.tls.version = "1.2";
    record.tls.has_hello = record.tls.has_server_hello = true;
    record.tls.alpn = "h2";
    record.tls.alpn_offered_count = 2;
    record.tls.alpn_offered[0] = "h2";
    record.tls.alpn_offered[1] = "http/1.1";
    record.tls.alert = "handshake_failure";
    record.tls.starttls = "smtp";
    record.tls.has_ech = true;
    record.tls.ja3 = "aa";
    record.tls.ja4 = "t13d";
    record.tls.ja3s = "bb";
    record.tls.chain_count = 2;
    record.tls.chain[0] = judge_world_certificate(
        &world, OUTLOOK, "DigiCert Cloud Services CA-1", "DigiCert Inc", OUTLOOK);
    record.tls.chain[1] =
        judge_world_certificate(&world, "An issuer", "A root", "Somebody", NULL);
    world.certificates[0].not_before_s = 1700000000;
    world.certificates[0].subject_o = "Microsoft Corporation";
    world.certificates[0].not_after_s = INT64_C(11000000000); /* 2318 */
}

static void fill_sides(void)
{
    for (unsigned side = 0; side < RTT_SIDES; side++) {
        for (unsigned i = 0; i < 60; i++)
            distribution_see(&record.rtt[side].samples, 1000000 + i);
        if (side == RTT_SERVER)
            distribution_see(&record.rtt[side].delayed, 52100000);
        record.rtt[side].base_ns = 12100456;
        record.rtt[side].classes[RTT_X] = 7;
        record.rtt[side].min_source_frame = frame_of(0, 5);
        record.rtt[side].min_reply_frame = frame_of(0, 6);
    }
}

/* All that a flow can have at once, and more. */
static void fill(void)
{
    test_tls_flow(&record, 17, "2001:db8:20::1", "64:ff9b::3460:102", OUTLOOK);
    record.start_ns = INT64_C(1790000000123456789);
    record.end_ns = INT64_C(1790000004500000000);
    record.client.ttl = 127;
    record.client.has_mac = true;
    record.client.mac = (struct mac_address){ { 0, 0x1b, 0x21, 0xab, 0xcd, 0xef } };
    record.layer_count = 2;
    record.layers[0] = (struct layer){ LAYER_VLAN, 20 };
    record.layers[1] = (struct layer){ LAYER_GRE, 0 };
    record.bytes[FLOW_C2S] = UINT64_C(1) << 53;
    record.bytes[FLOW_S2C] = (UINT64_C(1) << 53) - 1;
    record.partial = PARTIAL_NO_END | PARTIAL_OFFLOAD;
    record.ndpi_protocol = "TLS.Microsoft365";
    record.ndpi_category = "Collaborative";
    fill_tls();
    record.quic = (struct flow_quic){ "1", true, "0011", 3 };
    record.http = (struct flow_http){ .method = "GET",
                                      .host = OUTLOOK,
                                      .requests = 2,
                                      .status_count = 2,
                                      .statuses = { 407, 200 },
                                      .auth_rounds = 1,
                                      .auth_scheme = "Negotiate",
                                      .via = "1.1 squid",
                                      .user_agent = "x",
                                      .proxy_header_count = 2,
                                      .proxy_headers = { "via", "x-cache" },
                                      .pac = "served" };
    record.socks = (struct flow_socks){
        .version = 5, .command = "connect", .auth = "login", .has_reply = true
    };
    record.lookups = (struct flow_lookups){ .kind = LOOKUP_LLMNR, .queries = 3 };
    record.stun =
        (struct flow_stun){ .transactions = 2, .answered = 1, .rtt_ns = 9000000 };
    record.dns = (struct flow_dns){ .name = OUTLOOK,
                                    .chain_count = 1,
                                    .chain = { "fra-efz.ms-acdc.office.com" },
                                    .resolver = test_address("10.20.0.53"),
                                    .age_ns = 12500000,
                                    .lookup_ns = 1200000 };
    record.handshake.server_ns = 12100000;
    record.handshake.client_ns = 400000;
    record.handshake.server_low_ns = 1;
    record.handshake.server_high_ns = 3000000000;
    fill_sides();
    record.timing = (struct flow_timing){ 12500000, 40200000, 28100000,
                                          12700000, 25000000, 31000000 };
    record.options[FLOW_C2S] =
        (struct flow_tcp_options){ true, true, true, true, 8, 1460 };
    record.options[FLOW_S2C] =
        (struct flow_tcp_options){ true, true, true, false, 8, 1440 };
    record.ended_by = FLOW_END_FIN;
    record.egress = test_address("203.0.113.9");
}

static char *line_of(const struct flow_record *facts)
{
    written_release(&written);
    struct flow_lines *lines = flow_lines_new(FLOW_LINES_NDJSON, written_take, &written);
    judge_world_judge(&world, 0, facts, &judged);
    CHECK(flow_lines_see(lines, &judged, &world.context));
    CHECK(flow_lines_conclude(lines));
    return written.text;
}

static struct json_value *document_of(const char *line)
{
    struct error error;
    struct json_value *document = json_in_read(line, strlen(line), "line", &error);
    if (document == NULL) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return document;
}

/* "a.b[0].c" */
static const struct json_value *at(const struct json_value *value, const char *path)
{
    char key[64];
    while (*path != '\0' && value != NULL) {
        size_t size = strcspn(path, ".[");
        if (size > 0) {
            snprintf(key, sizeof key, "%.*s", (int)size, path);
            value = json_in_member(value, key);
            path += size;
        } else if (*path == '[') {
            value = json_in_first(value);
            path += strlen("[0]");
        } else {
            path++;
        }
    }
    return value;
}

/* Paths of the contract's example, by the type of their values. */
static const struct {
    enum json_kind kind;
    const char *paths;
} keys[] = {
    { JSON_TEXT, "schema capture series capture_site site vantage vantage_by "
                 "community_id transport client.ip client.mac server.ip "
                 "server.embedded_ip client_by encapsulation[0] start_ns end_ns "
                 "bytes.c2s partial[0] ndpi.protocol ndpi.category ndpi.by m365.service "
                 "m365.category m365.breadth m365.host m365.matched_by[0] "
                 "m365.list_version tls.version tls.sni tls.alpn "
                 "tls.alpn_offered[0] tls.alert "
                 "tls.client_random tls.ja3 tls.ja4 tls.ja3s "
                 "tls.certificate_by tls.certificate.subject_cn "
                 "tls.starttls tls.certificate.subject_o "
                 "tls.certificate.issuer_cn tls.certificate.issuer_o "
                 "tls.certificate.san[0] tls.certificate.not_before "
                 "tls.certificate.not_after tls.certificate.sha256 "
                 "tls.certificate.chain[0].subject_cn tls.certificate.chain[0].subject_o "
                 "tls.certificate.chain[0].issuer_cn tls.certificate.chain[0].issuer_o "
                 "tls.certificate.chain[0].sha256 quic.version quic.dcid http.method "
                 "http.host http.auth_scheme http.via http.user_agent "
                 "http.proxy_headers[1] http.pac socks.command socks.auth "
                 "lookups.protocol media.kind dns.name "
                 "dns.chain[0] dns.resolver tcp.ended_by egress_address "
                 "same_as[0].series same_as[0].how verdicts.hairpin.state "
                 "verdicts.hairpin.kind verdicts.hairpin.reason "
                 "verdicts.hairpin.signals[0].name verdicts.proxy.state "
                 "verdicts.proxy.kind verdicts.interception.state "
                 "verdicts.interception.issuer " },
    { JSON_NUMBER, "id client.port client.ttl server.port crossings copies start end "
                   "packets.c2s packets.s2c bytes.s2c m365.set m365.sets[0] "
                   "m365.confidence http.requests http.status http.statuses[0] "
                   "quic.initials http.auth_rounds dns.age_ms rtt.handshake.server_ms "
                   "rtt.handshake.client_ms rtt.server.samples rtt.server.base_ms "
                   "rtt.server.min_ms rtt.server.p50_ms rtt.server.p90_ms "
                   "rtt.server.p95_ms rtt.server.max_ms rtt.server.classes.X "
                   "rtt.client.samples timing.dns_ms timing.tcp_ms timing.connect_ms "
                   "timing.auth_ms timing.hello_ms timing.tls_ms timing.first_byte_ms "
                   "rtt.server.delack.samples rtt.server.delack.p50_ms "
                   "rtt.server.delack.min_ms rtt.server.delack.max_ms "
                   "rtt.client.delack.samples "
                   "rtt.handshake.server_low_ms rtt.handshake.server_high_ms "
                   "tcp.retransmissions.c2s tcp.out_of_order.s2c tcp.lost_segments.c2s "
                   "tcp.duplicate_acks.c2s tcp.zero_windows.s2c tcp.mss.client "
                   "tcp.mss.server tcp.window_scale.client tcp.window_scale.server "
                   "socks.version socks.reply lookups.queries lookups.answers "
                   "lookups.failures stun.transactions stun.answered "
                   "stun.retransmissions media.stun_rtt_ms "
                   "same_as[0].id verdicts.hairpin.confidence verdicts.hairpin.score "
                   "verdicts.hairpin.signals[0].value verdicts.hairpin.signals[0].weight "
                   "verdicts.hairpin.signals[0].frame " },
    { JSON_NULL, "server.ttl server.mac tls.certificate_hidden rtt.server.p99_ms "
                 "media.c2s media.s2c media.dscp socks.target "
                 "same_as[0].margin verdicts.proxy.address verdicts.proxy.port "
                 "verdicts.proxy.product verdicts.interception.kind "
                 "verdicts.interception.product " },
    { JSON_BOOL, "rtt.handshake.client_estimated rtt.server.base_confirmed m365.required "
                 "m365.address_published "
                 "tls.resumed tls.hello_retry tls.ech "
                 "quic.retry tcp.sack tcp.timestamps lookups.wpad stun.turn "
                 "stun.microsoft " },
    { JSON_ARRAY, "m365.conflicts verdicts.hairpin.missing verdicts.proxy.signals "
                  "verdicts.proxy.missing verdicts.interception.signals "
                  "verdicts.interception.missing " },
    { JSON_OBJECT, "rtt.client.classes " },
};

static void check_kind(const struct json_value *document, const char *path,
                       enum json_kind kind)
{
    enum json_kind found = json_in_kind(at(document, path));
    if (found == kind)
        return;
    fprintf(stderr, "%s is %s\n", path, json_kind_text(found));
    CHECK(found == kind);
}

static void every_key_of_the_contract_is_there_with_its_type(void)
{
    struct flow_record second;
    open_world();
    fill();
    test_tls_flow(&second, 4, "2001:db8::9", "64:ff9b::3460:102", OUTLOOK);
    second.client_isn = record.client_isn;
    judge_world_see(&world, 0, &record);
    judge_world_see(&world, 1, &second);
    judge_world_correlate(&world);
    struct json_value *document = document_of(line_of(&record));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *paths = alloc_text(keys[i].paths);
        for (char *path = strtok(paths, " "); path != NULL; path = strtok(NULL, " "))
            check_kind(document, path, keys[i].kind);
        free(paths);
    }
    /* The frame is in the other series' file: that is told. */
    CHECK_TEXT(json_in_text(at(document, "verdicts.hairpin.signals[0].series")),
               "hq/edge");
    CHECK_TEXT(json_in_text(at(document, "verdicts.hairpin.signals[0].capture")),
               "hq/edge.pcap");
    json_in_free(document);
    flow_record_release(&second);
    close_world();
}

/* What the packets did not show is null in the line: it is not "no". */
static void what_only_the_server_tells_is_null_without_it(void)
{
    static const struct {
        bool client, server, retry;
        const char *version;
        enum json_kind resumed, hello_retry;
    } seen[] = {
        { true, false, false, NULL, JSON_NULL, JSON_NULL },
        { true, false, true, NULL, JSON_NULL, JSON_BOOL },
        { false, true, false, "1.2", JSON_NULL, JSON_BOOL },
        { false, true, false, "1.3", JSON_BOOL, JSON_BOOL },
        { true, true, false, "1.2", JSON_BOOL, JSON_BOOL },
    };
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        open_world();
        test_tls_flow(&record, 17, "10.20.1.7", "52.96.1.2", OUTLOOK);
        record.tls.has_hello = seen[i].client;
        record.tls.has_server_hello = seen[i].server;
        record.tls.hello_retry = seen[i].retry;
        record.tls.version = seen[i].version;
        record.quic.version = "1";
        record.packets[FLOW_S2C] = seen[i].server ? 1 : 0;
        judge_world_see(&world, 0, &record);
        judge_world_correlate(&world);
        struct json_value *document = document_of(line_of(&record));
        check_kind(document, "tls.resumed", seen[i].resumed);
        check_kind(document, "tls.hello_retry", seen[i].hello_retry);
        check_kind(document, "tls.alpn", JSON_NULL);
        check_kind(document, "tls.alpn_offered", JSON_ARRAY);
        check_kind(document, "quic.retry", seen[i].server ? JSON_BOOL : JSON_NULL);
        json_in_free(document);
        close_world();
    }
    open_world(); /* who sends a certificate does not resume */
    test_tls_flow(&record, 17, "10.20.1.7", "52.96.1.2", OUTLOOK);
    record.tls.chain_count = 1;
    record.tls.chain[0] =
        judge_world_certificate(&world, OUTLOOK, "An issuer", NULL, NULL);
    judge_world_see(&world, 0, &record);
    judge_world_correlate(&world);
    struct json_value *document = document_of(line_of(&record));
    check_kind(document, "tls.resumed", JSON_BOOL);
    json_in_free(document);
    close_world();
}

static void how_a_certificate_was_seen_is_told(void)
{
    open_world();
    fill();
    judge_world_see(&world, 0, &record);
    CHECK(strstr(line_of(&record), "\"certificate_by\":\"clear\",") != NULL);
    record.tls.by_key_log = true;
    CHECK(strstr(line_of(&record), "\"certificate_by\":\"key-log\",") != NULL);
    record.tls.chain_count = 0;
    CHECK(strstr(line_of(&record), "\"certificate_by\":null,") != NULL);
    CHECK(strstr(line_of(&record), "\"client_certificate_asked\":null,") != NULL);
    record.tls.knows_asked = true;
    CHECK(strstr(line_of(&record), "\"client_certificate_asked\":false,") != NULL);
    record.tls.is_asked = true;
    CHECK(strstr(line_of(&record), "\"client_certificate_asked\":true,") != NULL);
    close_world();
}

static void numbers_have_the_form_of_the_contract(void)
{
    static const char *const forms[] = {
        "\"schema\":\"o365lens/flow/1\",",
        "\"start\":1790000000.123456,",
        "\"end\":1790000004.500000,",
        "\"start_ns\":\"1790000000123456789\",",
        "\"end_ns\":\"1790000004500000000\",",
        "\"bytes\":{\"c2s\":\"9007199254740992\",\"s2c\":9007199254740991}",
        "\"handshake\":{\"server_ms\":12.1,\"client_ms\":0.4,",
        "\"base_ms\":12.100456,",
        "\"confidence\":0.99,",
        "\"encapsulation\":[\"vlan:20\",\"gre\"]",
        "\"partial\":[\"no-end\",\"offload\"]",
        "\"matched_by\":[\"prefix\",\"sni\",\"http-host\",\"dns\"]",
        "\"embedded_ip\":\"52.96.1.2\"",
        "\"mac\":\"00:1b:21:ab:cd:ef\"",
        "\"not_before\":\"2023-11-14T22:13:20Z\"",
        "\"not_after\":\"2318-07-30T19:33:20Z\"",
        "\"statuses\":[407,200]",
        "\"status\":200,",
        "\"classes\":{\"X\":7}",
        "\"ech\":true,\"starttls\":\"smtp\",",
        "\"sack\":true,\"timestamps\":false",
        "\"min_frames\":[5,6]",
    };
    open_world();
    fill();
    judge_world_correlate(&world);
    char *line = line_of(&record);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strstr(line, forms[i]) == NULL) {
            fprintf(stderr, "%s is not in %s\n", forms[i], line);
            CHECK(false);
        }
    CHECK(strpbrk(strstr(line, "\"rtt\":"), "\n") == line + strlen(line) - 1);
    close_world();
}

static void what_was_not_seen_is_null(void)
{
    static const char *const nulls[] = {
        "m365",
        "tls",
        "quic",
        "http",
        "socks",
        "dns",
        "lookups",
        "stun",
        "media",
        "media",
        "egress_address",
        "client.ttl",
        "client.mac",
        "server.embedded_ip",
        "ndpi.protocol",
        "ndpi.by",
        "site",
        "rtt.handshake.server_ms",
        "rtt.server.base_ms",
        "rtt.server.min_ms",
        "rtt.server.p50_ms",
        "rtt.server.max_ms",
        "timing.dns_ms",
        "timing.tls_ms",
        "tcp.mss.client",
        "tcp.window_scale.server",
        "tcp.sack",
        "tcp.timestamps",
        "verdicts.hairpin.kind",
        "verdicts.hairpin.confidence",
        "verdicts.proxy.address",
    };
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    test_flow(&record, 1, "10.0.0.1", "198.51.100.1", 80);
    memset(record.options, 0, sizeof record.options);
    struct json_value *document = document_of(line_of(&record));
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (json_in_kind(at(document, nulls[i])) != JSON_NULL) {
            fprintf(stderr, "%s is no null\n", nulls[i]);
            CHECK(false);
        }
    CHECK_TEXT(json_in_text(at(document, "verdicts.proxy.state")), "unknown");
    CHECK(json_in_count(at(document, "rtt.server.classes")) == 0);
    json_in_free(document);
    record.transport = FLOW_UDP;
    document = document_of(line_of(&record));
    CHECK(json_in_kind(at(document, "tcp")) == JSON_NULL);
    json_in_free(document);
    close_world();
}

static void percentiles_stand_only_on_enough_samples(void)
{
    static const struct {
        unsigned samples, nulls;
    } cases[] = { { 1, 3 },  { 28, 3 },  { 29, 2 }, { 58, 2 },
                  { 59, 1 }, { 298, 1 }, { 299, 0 } };
    static const char *const paths[] = { "rtt.server.p50_ms", "rtt.server.p90_ms",
                                         "rtt.server.p95_ms", "rtt.server.p99_ms" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned nulls = 0;
        judge_world_open(&world, NULL);
        (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
        judge_world_correlate(&world);
        test_flow(&record, 1, "10.0.0.1", "198.51.100.1", 80);
        for (unsigned k = 0; k < cases[i].samples; k++)
            distribution_see(&record.rtt[RTT_SERVER].samples, 1000000 + k);
        struct json_value *document = document_of(line_of(&record));
        for (unsigned k = 0; k < 4; k++)
            nulls += json_in_kind(at(document, paths[k])) == JSON_NULL;
        CHECK(nulls == cases[i].nulls);
        json_in_free(document);
        close_world();
    }
}

static void whom_socks_is_asked_for_is_told(void)
{
    open_world();
    fill();
    record.socks = (struct flow_socks){ .version = 5, .target = "[2001:db8::2]:443" };
    judge_world_correlate(&world);
    struct json_value *document = document_of(line_of(&record));
    CHECK_TEXT(json_in_text(at(document, "socks.target")), "[2001:db8::2]:443");
    check_kind(document, "socks.version", JSON_NUMBER);
    json_in_free(document);
    close_world();
}

static void hostile_names_stay_one_line_of_json(void)
{
    open_world();
    fill();
    judge_world_correlate(&world);
    record.tls.sni = "\x1b[2J\"\\\n\xff\xe2\x80\xae</script>";
    record.http.via = "\x01\x7f";
    char *line = line_of(&record);
    CHECK(strchr(line, '\n') == line + strlen(line) - 1);
    CHECK(strchr(line, '\x1b') == NULL && strstr(line, "</script>") == NULL);
    CHECK(strstr(line, "\xe2\x80\xae") == NULL);
    struct json_value *document = document_of(line);
    CHECK_TEXT(json_in_text(at(document, "tls.sni")),
               "\\u{001B}[2J\"\\\\u{000A}\\xff\\u{202E}</script>");
    json_in_free(document);
    close_world();
}

static void the_schema_holds_where_a_validator_is_there(void)
{
    char *folder = test_folder_new();
    char *path = alloc_format("%s/flows.ndjson", folder);
    char *command =
        alloc_format("python3 tests/check_schema.py flow %s > %s/log", path, folder);
    FILE *file = fopen(path, "w");
    open_world();
    fill();
    judge_world_correlate(&world);
    fputs(line_of(&record), file);
    flow_record_release(&record);
    test_flow(&record, 1, "10.0.0.1", "198.51.100.1", 80);
    fputs(line_of(&record), file);
    fclose(file);
    if (system("python3 -c 'import jsonschema' 2> /dev/null") == 0)
        CHECK(system(command) == 0);
    free(command);
    free(path);
    test_folder_remove(folder);
    close_world();
}

static void a_failed_write_is_told_in_both_formats(void)
{
    open_world();
    fill();
    judge_world_correlate(&world);
    judge_world_judge(&world, 0, &record, &judged);
    for (unsigned is_csv = 0; is_csv < 2; is_csv++) {
        struct written full = { .room = 1000 };
        struct flow_lines *lines = flow_lines_new(
            is_csv ? FLOW_LINES_CSV : FLOW_LINES_NDJSON, written_take, &full);
        bool goes_on = true;
        for (unsigned i = 0; i < 100 && goes_on; i++)
            goes_on = flow_lines_see(lines, &judged, &world.context);
        CHECK(!goes_on);
        CHECK(!flow_lines_conclude(lines));
        written_release(&full);
    }
    close_world();
}

static void no_flow_is_an_empty_file_and_a_heading(void)
{
    for (unsigned is_csv = 0; is_csv < 2; is_csv++) {
        struct written none = { 0 };
        struct flow_lines *lines = flow_lines_new(
            is_csv ? FLOW_LINES_CSV : FLOW_LINES_NDJSON, written_take, &none);
        CHECK(flow_lines_conclude(lines));
        CHECK((none.size > 0) == (is_csv == 1));
        written_release(&none);
    }
}

int main(void)
{
    RUN(every_key_of_the_contract_is_there_with_its_type);
    RUN(what_only_the_server_tells_is_null_without_it);
    RUN(how_a_certificate_was_seen_is_told);
    RUN(numbers_have_the_form_of_the_contract);
    RUN(what_was_not_seen_is_null);
    RUN(percentiles_stand_only_on_enough_samples);
    RUN(whom_socks_is_asked_for_is_told);
    RUN(hostile_names_stay_one_line_of_json);
    RUN(the_schema_holds_where_a_validator_is_there);
    RUN(a_failed_write_is_told_in_both_formats);
    RUN(no_flow_is_an_empty_file_and_a_heading);
    return test_end();
}
