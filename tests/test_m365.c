/* test_m365.c - the table of methods C5, row by row. */
#include "tests/test.h"

#include "analyzer/m365.h"
#include "tests/judge_world.h"

enum { NOT_TOLD = -1, CERTAIN = 990, HIGH = 900, MEDIUM = 700, LOW = 400 };

struct row {
    const char *what;
    /* facts */
    bool is_udp;
    const char *server;
    uint16_t port;
    const char *sni, *connect, *http_host, *dns;
    int64_t dns_age_s;
    const char *certificate;
    bool is_absolute, has_stun, has_ech;
    /* judgement; set 0: none */
    uint32_t set;
    const char *host;
    int32_t confidence;
    unsigned matched_by;
    int published;        /* -1: null */
    const char *conflict; /* host of the first one */
};

#define EXCHANGE "52.96.1.2"   /* sets 1, 2 */
#define ANYCAST "13.107.6.152" /* sets 1, 2 by a shared front door */
#define MAIL "52.100.0.1"      /* sets 9, 10 */
#define TEAMS "52.112.0.1"     /* sets 11, 12 */
#define SHAREPOINT "13.107.136.1"
#define FOREIGN "198.51.100.9"
#define PRIVATE "10.0.0.8"
#define OUTLOOK "outlook.office365.com"

static const struct row rows[] = {
    { .what = "name and address agree: certain",
      .server = EXCHANGE,
      .sni = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "an answer of DNS that says the same is one more witness",
      .server = EXCHANGE,
      .sni = OUTLOOK,
      .dns = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX | EVIDENCE_DNS,
      .published = 1 },
    { .what = "QUIC to the same set",
      .is_udp = true,
      .server = EXCHANGE,
      .sni = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "case and a dot at the end do not matter",
      .server = EXCHANGE,
      .sni = "OUTLOOK.Office365.com.",
      .set = 1,
      .host = "OUTLOOK.Office365.com.",
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "the port tells IMAP from the web",
      .server = EXCHANGE,
      .port = 993,
      .sni = OUTLOOK,
      .set = 2,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "of the sets of a name, the one that has the address and the port",
      .server = MAIL,
      .sni = "fabrikam.mail.protection.outlook.com",
      .set = 9,
      .host = "fabrikam.mail.protection.outlook.com",
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "an exact host beats a wildcard of Default",
      .server = TEAMS,
      .sni = "teams.microsoft.com",
      .set = 12,
      .host = "teams.microsoft.com",
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "a tenant's name is matched by a wildcard",
      .server = SHAREPOINT,
      .sni = "fabrikam-my.sharepoint.com",
      .set = 31,
      .host = "fabrikam-my.sharepoint.com",
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "an IPv4 address inside NAT64 is that address",
      .server = "64:ff9b::3460:102",
      .sni = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },

    { .what = "CONNECT and the same name inside: certain",
      .server = PRIVATE,
      .port = 3128,
      .connect = OUTLOOK ":443",
      .sni = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_CONNECT | EVIDENCE_SNI,
      .published = NOT_TOLD },
    { .what = "CONNECT alone",
      .server = PRIVATE,
      .port = 3128,
      .connect = OUTLOOK ":443",
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_CONNECT,
      .published = NOT_TOLD },
    { .what = "the port of CONNECT counts, not the proxy's",
      .server = PRIVATE,
      .port = 3128,
      .connect = OUTLOOK ":993",
      .set = 2,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_CONNECT,
      .published = NOT_TOLD },
    { .what = "another name inside: by the name inside, flagged",
      .server = PRIVATE,
      .port = 3128,
      .connect = "proxy.example:443",
      .sni = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = HIGH,
      .matched_by = EVIDENCE_SNI,
      .published = NOT_TOLD,
      .conflict = "proxy.example" },
    { .what = "CONNECT to Office 365, another product inside: that product",
      .server = PRIVATE,
      .port = 3128,
      .connect = OUTLOOK ":443",
      .sni = "www.example" },
    { .what = "a proxy's address in a published prefix is still the proxy's",
      .server = EXCHANGE,
      .port = 3128,
      .connect = "www.example:443" },
    { .what = "CONNECT without a port: still, the address is the proxy's",
      .server = EXCHANGE,
      .connect = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_HTTP_HOST,
      .published = NOT_TOLD },
    { .what = "absolute form: by the host, and the address is the proxy's",
      .server = EXCHANGE,
      .port = 80,
      .http_host = "outlook.office.com",
      .is_absolute = true,
      .set = 1,
      .host = "outlook.office.com",
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_HTTP_HOST,
      .published = NOT_TOLD },

    { .what = "Optimize at a private address: by name",
      .server = PRIVATE,
      .sni = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = HIGH,
      .matched_by = EVIDENCE_SNI,
      .published = 0 },
    { .what = "Default at a third party's address is a CDN",
      .server = FOREIGN,
      .sni = "res.cdn.office.net",
      .set = 47,
      .host = "res.cdn.office.net",
      .confidence = HIGH,
      .matched_by = EVIDENCE_SNI,
      .published = NOT_TOLD },
    { .what = "Optimize at a foreign address: medium",
      .server = FOREIGN,
      .sni = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = MEDIUM,
      .matched_by = EVIDENCE_SNI,
      .published = 0 },
    { .what = "a Host header names too",
      .server = EXCHANGE,
      .port = 80,
      .http_host = "outlook.office.com:80",
      .set = 1,
      .host = "outlook.office.com",
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_HTTP_HOST | EVIDENCE_PREFIX,
      .published = 1 },

    { .what = "address and DNS without a name: by DNS, high",
      .server = EXCHANGE,
      .dns = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = HIGH,
      .matched_by = EVIDENCE_DNS | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "a dedicated Optimize prefix alone: the service area, medium",
      .server = EXCHANGE,
      .set = 1,
      .confidence = MEDIUM,
      .matched_by = EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "a shared front door alone: low",
      .server = ANYCAST,
      .set = 1,
      .confidence = LOW,
      .matched_by = EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "an Allow prefix alone: low",
      .server = MAIL,
      .set = 9,
      .confidence = LOW,
      .matched_by = EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "a port that no set has is none of it", .server = EXCHANGE, .port = 22 },
    { .what = "an address next to a prefix is none of it", .server = "52.95.255.255" },
    { .what = "a consumer's name at the same front door is another product",
      .server = EXCHANGE,
      .sni = "outlook.live.com" },
    { .what = "DNS said a consumer's name: the address proves nothing",
      .server = EXCHANGE,
      .dns = "outlook.live.com" },
    { .what = "a certificate names where no one else does",
      .server = EXCHANGE,
      .certificate = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = HIGH,
      .matched_by = EVIDENCE_CERTIFICATE | EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "a certificate at a foreign address: medium",
      .server = FOREIGN,
      .certificate = OUTLOOK,
      .set = 1,
      .host = OUTLOOK,
      .confidence = MEDIUM,
      .matched_by = EVIDENCE_CERTIFICATE,
      .published = 0 },
    { .what = "a certificate for a wildcard names no host",
      .server = FOREIGN,
      .certificate = "*.office365.com" },
    { .what = "a name outweighs what DNS said, flagged",
      .server = EXCHANGE,
      .sni = OUTLOOK,
      .dns = "www.example",
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1,
      .conflict = "www.example" },

    { .what = "STUN to a Teams prefix: certain",
      .is_udp = true,
      .server = TEAMS,
      .port = 3478,
      .has_stun = true,
      .set = 11,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "the same packets without STUN: only the prefix",
      .is_udp = true,
      .server = TEAMS,
      .port = 3478,
      .set = 11,
      .confidence = MEDIUM,
      .matched_by = EVIDENCE_PREFIX,
      .published = 1 },
    { .what = "STUN to anybody else is not Teams",
      .is_udp = true,
      .server = FOREIGN,
      .port = 3478,
      .has_stun = true },
    { .what = "an address as the name is no name of the list",
      .server = TEAMS,
      .sni = "52.112.0.1" },

    { .what = "DNS alone, a fresh answer: medium",
      .server = FOREIGN,
      .dns = OUTLOOK,
      .dns_age_s = 2,
      .set = 1,
      .host = OUTLOOK,
      .confidence = MEDIUM,
      .matched_by = EVIDENCE_DNS,
      .published = 0 },
    { .what = "DNS alone, an old answer: low",
      .server = FOREIGN,
      .dns = OUTLOOK,
      .dns_age_s = 600,
      .set = 1,
      .host = OUTLOOK,
      .confidence = LOW,
      .matched_by = EVIDENCE_DNS,
      .published = 0 },
    { .what = "what looks like an encrypted hello is matched by its outer name",
      .server = EXCHANGE,
      .sni = OUTLOOK,
      .has_ech = true,
      .set = 1,
      .host = OUTLOOK,
      .confidence = CERTAIN,
      .matched_by = EVIDENCE_SNI | EVIDENCE_PREFIX,
      .published = 1 },

    { .what = "nothing at all", .server = FOREIGN },
    { .what = "a name that only ends like one",
      .server = FOREIGN,
      .sni = "outlook.office365.com.evil.example" },
    { .what = "a name that only begins like one",
      .server = FOREIGN,
      .sni = "notsharepoint.com" },
};

static void make_record(struct judge_world *world, const struct row *row,
                        struct flow_record *record)
{
    test_flow(record, 1, strchr(row->server, ':') == NULL ? "10.20.0.1" : "2001:db8::1",
              row->server, row->port == 0 ? 443 : row->port);
    record->transport = row->is_udp ? FLOW_UDP : FLOW_TCP;
    record->tls.is_present = row->sni != NULL || row->certificate != NULL;
    record->tls.sni = row->sni;
    record->tls.has_ech = row->has_ech;
    if (row->connect != NULL) {
        record->http.method = "CONNECT";
        record->http.host = row->connect;
        record->http.connect_frame = 3;
    }
    if (row->http_host != NULL) {
        record->http.method = "GET";
        record->http.host = row->http_host;
        record->http.is_absolute = row->is_absolute;
    }
    if (row->dns != NULL) {
        record->dns.name = row->dns;
        record->dns.age_ns = row->dns_age_s * 1000000000;
    }
    if (row->certificate != NULL) {
        world->certificate_count = 0;
        record->tls.chain_count = 1;
        record->tls.chain[0] =
            judge_world_certificate(world, row->certificate, "An issuer", "x", NULL);
    }
    record->stun_requests = row->has_stun;
}

static bool check_row(const struct row *row, const struct m365 *m365)
{
    int failures = test_failures;
    CHECK(m365->is_matched == (row->set != 0));
    if (!m365->is_matched || row->set == 0)
        return failures == test_failures;
    CHECK(m365->match.best->id == row->set);
    CHECK(m365->match.sets[0] == row->set);
    CHECK(m365->confidence_thousandths == row->confidence);
    CHECK(m365->matched_by == row->matched_by);
    CHECK(m365->has_address_published == (row->published != NOT_TOLD));
    if (row->published != NOT_TOLD)
        CHECK(m365->address_published == (row->published == 1));
    if (row->host == NULL)
        CHECK(m365->host == NULL);
    else
        CHECK_TEXT(m365->host, row->host);
    CHECK(m365->conflict_count == (row->conflict != NULL));
    if (row->conflict != NULL && m365->conflict_count > 0)
        CHECK_TEXT(m365->conflicts[0].host, row->conflict);
    return failures == test_failures;
}

static void every_row_is_judged_as_the_table_says(void)
{
    struct judge_world world;
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct flow_record record;
        struct m365 m365;
        make_record(&world, &rows[i], &record);
        m365_judge(&world.context, &world.series[0], &record, &m365);
        if (!check_row(&rows[i], &m365))
            fprintf(stderr, "  in: %s\n", rows[i].what);
        flow_record_release(&record);
    }
    judge_world_close(&world);
}

/* Labels are hints for people: whatever nDPI says, the judgement is the same. */
static void a_label_of_ndpi_changes_nothing(void)
{
    struct judge_world world;
    struct judged_flow *with = alloc_zeroed(1, sizeof *with);
    struct judged_flow *without = alloc_zeroed(1, sizeof *without);
    judge_world_open(&world, NULL);
    uint32_t point = judge_world_point(&world, "a", "Leeds", VANTAGE_CLIENT_LAN);
    judge_world_correlate(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct flow_record record;
        make_record(&world, &rows[i], &record);
        judge_world_judge(&world, point, &record, without);
        record.ndpi_protocol = "TLS.Microsoft365";
        record.ndpi_category = "Collaborative";
        judge_world_judge(&world, point, &record, with);
        CHECK(with->m365.is_matched == without->m365.is_matched);
        CHECK(with->m365.confidence_thousandths == without->m365.confidence_thousandths);
        CHECK(memcmp(with->verdicts, without->verdicts, sizeof with->verdicts) == 0);
        flow_record_release(&record);
    }
    free(with);
    free(without);
    judge_world_close(&world);
}

int main(void)
{
    RUN(every_row_is_judged_as_the_table_says);
    RUN(a_label_of_ndpi_changes_nothing);
    return test_end();
}
