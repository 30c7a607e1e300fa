/* flow_csv.c - RFC 4180, and formulas made harmless. */
#include "reports/flow_csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/names_out.h"

enum { LINE_SIZE = 32768 }; /* a dozen names of which each character is a quote */

struct line {
    char text[LINE_SIZE];
    size_t used;
    bool has_fields;
};

static void put(struct line *line, char c)
{
    if (line->used + 1 < sizeof line->text)
        line->text[line->used++] = c;
}

static void field(struct line *line, const char *text)
{
    if (line->has_fields)
        put(line, ',');
    line->has_fields = true;
    if (text == NULL)
        return;
    bool is_formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool is_quoted = is_formula || strpbrk(text, ",\"\r\n") != NULL;
    if (is_quoted)
        put(line, '"');
    if (is_formula)
        put(line, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            put(line, '"');
        put(line, *text);
    }
    if (is_quoted)
        put(line, '"');
}

static void name(struct line *line, const char *text)
{
    char shown[NAMES_OUT_SIZE];
    field(line, names_out_text(text, shown, sizeof shown));
}

static void formatted(struct line *line, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void formatted(struct line *line, const char *format, ...)
{
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    field(line, text);
}

static void ms(struct line *line, int64_t nanoseconds)
{
    if (nanoseconds < 0)
        field(line, NULL);
    else
        formatted(line, "%lld.%06lld", (long long)(nanoseconds / 1000000),
                  (long long)(nanoseconds % 1000000));
}

static void seconds(struct line *line, int64_t nanoseconds)
{
    int64_t whole = nanoseconds / 1000000000, rest = nanoseconds % 1000000000;
    if (rest < 0) {
        whole--;
        rest += 1000000000;
    }
    formatted(line, "%lld.%06lld", (long long)whole, (long long)(rest / 1000));
}

static const char heading[] =
    "capture,series,capture_site,site,vantage,id,transport,client.ip,client.port,"
    "server.ip,server.port,start,end,packets.c2s,packets.s2c,bytes.c2s,bytes.s2c,"
    "ndpi.protocol,m365.service,m365.set,m365.category,m365.host,m365.confidence,"
    "tls.version,tls.sni,tls.certificate.issuer_cn,http.method,http.host,http.status,"
    "dns.name,rtt.handshake.server_ms,rtt.handshake.client_ms,rtt.server.base_ms,"
    "rtt.client.base_ms,timing.connect_ms,timing.tls_ms,verdicts.hairpin.state,"
    "verdicts.hairpin.kind,verdicts.proxy.state,verdicts.proxy.kind,"
    "verdicts.interception.state,verdicts.interception.kind\r\n";

bool flow_csv_heading(json_out_write *write, void *context)
{
    return write(context, heading, sizeof heading - 1);
}

static void write_identity(struct line *line, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    char address[ADDRESS_TEXT_SIZE];
    name(line, flow->series->header->captures[facts->capture].name);
    name(line, flow->series->header->series);
    name(line, flow->capture->site);
    name(line, flow->site);
    field(line, vantage_text(flow->capture->vantage));
    formatted(line, "%llu", (unsigned long long)facts->id);
    field(line, facts->transport == FLOW_TCP ? "tcp" : "udp");
    field(line, names_out_address(&facts->client.ip, address));
    formatted(line, "%u", facts->client.port);
    field(line, names_out_address(&facts->server.ip, address));
    formatted(line, "%u", facts->server.port);
    seconds(line, facts->start_ns);
    seconds(line, facts->end_ns);
    for (unsigned side = 0; side < 2; side++)
        formatted(line, "%llu", (unsigned long long)facts->packets[side]);
    for (unsigned side = 0; side < 2; side++)
        formatted(line, "%llu", (unsigned long long)facts->bytes[side]);
    name(line, facts->ndpi_protocol);
}

static void write_m365(struct line *line, const struct m365 *m365)
{
    if (!m365->is_matched) {
        for (unsigned i = 0; i < 5; i++)
            field(line, NULL);
        return;
    }
    field(line, service_text(m365->match.best->service));
    formatted(line, "%u", m365->match.best->id);
    field(line, category_text(m365->match.best->category));
    name(line, m365->host);
    formatted(line, "%d.%03d", m365->confidence_thousandths / 1000,
              m365->confidence_thousandths % 1000);
}

static void write_facts(struct line *line, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    const struct flow_certificate *leaf = judged_flow_certificate(flow);
    name(line, facts->tls.version);
    name(line, facts->tls.sni);
    name(line, leaf == NULL ? NULL : leaf->issuer_cn);
    name(line, facts->http.method);
    name(line, facts->http.host);
    if (facts->http.status_count == 0)
        field(line, NULL);
    else
        formatted(line, "%u", facts->http.statuses[facts->http.status_count - 1]);
    name(line, facts->dns.name);
    ms(line, facts->handshake.server_ns);
    ms(line, facts->handshake.client_ns);
    ms(line, facts->rtt[RTT_SERVER].base_ns);
    ms(line, facts->rtt[RTT_CLIENT].base_ns);
    ms(line, facts->timing.connect_ns);
    ms(line, facts->timing.tls_ns);
}

bool flow_csv_line(const struct judged_flow *flow, json_out_write *write, void *context)
{
    struct line line = { .used = 0 };
    write_identity(&line, flow);
    write_m365(&line, &flow->m365);
    write_facts(&line, flow);
    for (unsigned question = 0; question < QUESTIONS; question++) {
        field(&line, verdict_state_text(flow->verdicts[question].state));
        field(&line, flow->verdicts[question].kind);
    }
    put(&line, '\r');
    put(&line, '\n');
    return write(context, line.text, line.used);
}
