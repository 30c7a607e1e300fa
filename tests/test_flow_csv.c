/* test_flow_csv.c - RFC 4180, and what a spreadsheet would take for a formula. */
#include "tests/test.h"

#include "reports/flow_csv.h"
#include "tests/judge_world.h"
#include "tests/written.h"

enum { FIELDS_MOST = 64 };

static struct judge_world world;
static struct judged_flow judged;
static struct flow_record record;
static struct written written;
static char *fields[FIELDS_MOST];

static void open_world(void)
{
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", "Leeds", VANTAGE_UNKNOWN);
    judge_world_correlate(&world);
    test_tls_flow(&record, 7, "10.20.0.1", "52.96.1.2", "outlook.office365.com");
}

static void close_world(void)
{
    flow_record_release(&record);
    written_release(&written);
    judge_world_close(&world);
}

/* Takes one line apart as RFC 4180 says; 0 where it is no such line. */
static size_t split(char *text)
{
    size_t count = 0;
    char *out = text;
    while (count < FIELDS_MOST) {
        fields[count++] = out;
        if (*text == '"') {
            for (text++; *text != '\0' && (*text != '"' || text[1] == '"'); text++) {
                text += *text == '"';
                *out++ = *text;
            }
            if (*text++ != '"')
                return 0;
        } else {
            while (*text != ',' && *text != '\r' && *text != '\0' && *text != '"')
                *out++ = *text++;
        }
        char end = *text++;
        *out++ = '\0';
        if (end == '\r')
            return *text == '\n' && text[1] == '\0' ? count : 0;
        if (end != ',')
            return 0;
    }
    return 0;
}

static size_t line(void)
{
    written_release(&written);
    judge_world_judge(&world, 0, &record, &judged);
    CHECK(flow_csv_line(&judged, written_take, &written));
    return split(written.text);
}

static char *column(const char *name)
{
    struct written heading = { 0 };
    char *found = NULL;
    CHECK(flow_csv_heading(written_take, &heading));
    size_t at = 0;
    for (char *part = strtok(heading.text, ",\r\n"); part != NULL;
         part = strtok(NULL, ",\r\n"), at++)
        if (strcmp(part, name) == 0)
            found = fields[at];
    written_release(&heading);
    return found;
}

static void each_line_has_as_many_fields_as_the_heading(void)
{
    struct written heading = { 0 };
    open_world();
    CHECK(flow_csv_heading(written_take, &heading));
    size_t columns = split(heading.text);
    CHECK(columns > 30);
    CHECK(line() == columns);
    record.tls.sni = NULL;
    record.server.ip = test_address("198.51.100.1");
    CHECK(line() == columns); /* no Office 365 */
    written_release(&heading);
    close_world();
}

static void each_value_stands_under_its_name(void)
{
    static const struct {
        const char *name, *value;
    } expected[] = {
        { "capture", "a.pcap" },
        { "series", "a" },
        { "capture_site", "Leeds" },
        { "site", "Leeds" },
        { "vantage", "unknown" },
        { "id", "7" },
        { "transport", "tcp" },
        { "client.ip", "10.20.0.1" },
        { "client.port", "40007" },
        { "server.ip", "52.96.1.2" },
        { "server.port", "443" },
        { "start", "1748865600.007000" },
        { "packets.c2s", "3" },
        { "bytes.s2c", "18446744073709551615" },
        { "m365.service", "Exchange" },
        { "m365.set", "1" },
        { "m365.category", "Optimize" },
        { "m365.host", "outlook.office365.com" },
        { "m365.confidence", "0.990" },
        { "tls.sni", "outlook.office365.com" },
        { "tls.certificate.issuer_cn", "An, issuer \"quoted\"" },
        { "http.status", "" },
        { "rtt.handshake.server_ms", "12.100456" },
        { "rtt.server.base_ms", "" },
        { "verdicts.hairpin.state", "unknown" },
        { "verdicts.proxy.state", "unknown" },
        { "verdicts.interception.state", "yes" },
        { "verdicts.interception.kind", "inspection" },
    };
    open_world();
    record.bytes[FLOW_S2C] = UINT64_MAX;
    record.handshake.server_ns = 12100456;
    record.tls.chain_count = 1;
    record.tls.chain[0] = judge_world_certificate(&world, "outlook.office365.com",
                                                  "An, issuer \"quoted\"", NULL, NULL);
    CHECK(line() > 0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        CHECK_TEXT(column(expected[i].name), expected[i].value);
    close_world();
}

static void a_formula_becomes_text(void)
{
    static const char *const formulas[] = {
        "=HYPERLINK(\"http://x\")", "+1+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0",
    };
    open_world();
    for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++) {
        record.http.via = NULL;
        record.http.method = "GET";
        record.http.host = formulas[i];
        CHECK(line() > 0);
        const char *host = column("http.host");
        CHECK(host != NULL && host[0] == '\'' && strcmp(host + 1, formulas[i]) == 0);
    }
    record.http.host = "plain=1";
    CHECK(line() > 0);
    CHECK_TEXT(column("http.host"), "plain=1");
    close_world();
}

static void commas_quotes_and_line_ends_stay_inside_their_field(void)
{
    open_world();
    record.http.method = "GET";
    record.http.host = "a,b\"c\r\nd\te";
    CHECK(line() > 0);
    CHECK_TEXT(column("http.host"), "a,b\"c\\u{000D}\\u{000A}d\\u{0009}e");
    record.http.host = "\t=1";
    CHECK(line() > 0);
    CHECK_TEXT(column("http.host"), "\\u{0009}=1");
    close_world();
}

/* As long as names can be, and every character one that takes two. */
static void the_longest_names_do_not_break_a_line(void)
{
    char *quotes = alloc_zeroed(70001, 1);
    memset(quotes, '"', 70000);
    open_world();
    size_t columns = line();
    world.entries[0].name = quotes;
    world.headers[0].series = quotes;
    world.captures[0].site = quotes;
    record.ndpi_protocol = record.tls.sni = record.tls.version = quotes;
    record.http.method = record.http.host = record.dns.name = quotes;
    record.tls.chain_count = 1;
    record.tls.chain[0] = judge_world_certificate(&world, quotes, quotes, quotes, quotes);
    CHECK(line() == columns);
    CHECK(strlen(column("http.host")) > 1000);
    close_world();
    free(quotes);
}

int main(void)
{
    RUN(each_line_has_as_many_fields_as_the_heading);
    RUN(each_value_stands_under_its_name);
    RUN(a_formula_becomes_text);
    RUN(commas_quotes_and_line_ends_stay_inside_their_field);
    RUN(the_longest_names_do_not_break_a_line);
    return test_end();
}
