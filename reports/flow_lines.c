/* flow_lines.c - one record a flow: every key of the contract, null where nothing was seen. */
#include "reports/flow_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/digest.h"
#include "analyzer/names_out.h"
#include "reports/flow_csv.h"

struct flow_lines {
    enum flow_lines_format format;
    bool has_heading;
    struct json_out out;
    json_out_write *write;
    void *context;
};

struct flow_lines *flow_lines_new(enum flow_lines_format format, json_out_write *write,
                                  void *context)
{
    struct flow_lines *lines = alloc_zeroed(1, sizeof *lines);
    lines->format = format;
    lines->write = write;
    lines->context = context;
    json_out_init(&lines->out, write, context);
    return lines;
}

static void text_or_null(struct json_out *out, const char *key, const char *text)
{
    char shown[NAMES_OUT_SIZE];
    json_key(out, key);
    json_text(out, names_out_text(text, shown, sizeof shown));
}

static void constant(struct json_out *out, const char *key, const char *text)
{
    json_key(out, key);
    json_text(out, text);
}

static void number(struct json_out *out, const char *key, uint64_t value)
{
    json_key(out, key);
    json_uint(out, value);
}

static void boolean(struct json_out *out, const char *key, bool value)
{
    json_key(out, key);
    json_bool(out, value);
}

static void null(struct json_out *out, const char *key)
{
    json_key(out, key);
    json_null(out);
}

static void ms_or_null(struct json_out *out, const char *key, int64_t nanoseconds)
{
    json_key(out, key);
    if (nanoseconds < 0)
        json_null(out);
    else
        json_ms(out, nanoseconds);
}

static void address(struct json_out *out, const char *key, const struct ip_address *ip)
{
    char text[ADDRESS_TEXT_SIZE];
    json_key(out, key);
    json_text(out, names_out_address(ip, text));
}

static void write_peer(struct json_out *out, const char *key, const struct flow_peer *peer)
{
    char text[MAC_TEXT_SIZE];
    struct ip_address embedded;
    json_key(out, key);
    json_open_object(out);
    address(out, "ip", &peer->ip);
    number(out, "port", peer->port);
    json_key(out, "ttl");
    if (peer->ttl == 0)
        json_null(out);
    else
        json_uint(out, peer->ttl);
    constant(out, "mac", peer->has_mac ? mac_text(&peer->mac, text) : NULL);
    if (strcmp(key, "server") == 0) {
        if (address_embedded_ipv4(&peer->ip, &embedded))
            address(out, "embedded_ip", &embedded);
        else
            null(out, "embedded_ip");
    }
    json_close_object(out);
}

static void write_both(struct json_out *out, const char *key, uint64_t c2s, uint64_t s2c)
{
    json_key(out, key);
    json_open_object(out);
    number(out, "c2s", c2s);
    number(out, "s2c", s2c);
    json_close_object(out);
}

static void write_identity(struct json_out *out, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    char community[DIGEST_COMMUNITY_ID_TEXT_SIZE];
    constant(out, "schema", "o365lens/flow/1");
    text_or_null(out, "capture", flow->series->header->captures[facts->capture].name);
    text_or_null(out, "series", flow->series->header->series);
    text_or_null(out, "capture_site", flow->capture->site);
    text_or_null(out, "site", flow->site);
    constant(out, "vantage", vantage_text(flow->capture->vantage));
    constant(out, "vantage_by", flow->capture->vantage_is_told ? "site-file" : "none");
    number(out, "id", facts->id);
    constant(out, "community_id",
             digest_community_id(facts->transport == FLOW_TCP ? 6 : 17, &facts->client.ip,
                                 facts->client.port, &facts->server.ip,
                                 facts->server.port, community));
    constant(out, "transport", facts->transport == FLOW_TCP ? "tcp" : "udp");
    write_peer(out, "client", &facts->client);
    write_peer(out, "server", &facts->server);
    constant(out, "client_by", client_by_text((enum client_by)facts->client_by));
}

static void write_volume(struct json_out *out, const struct flow_record *facts)
{
    char layer[32];
    json_key(out, "encapsulation");
    json_open_array(out);
    for (uint32_t i = 0; i < facts->layer_count; i++) {
        decode_layer_text(&facts->layers[i], layer, sizeof layer);
        json_text(out, layer);
    }
    json_close_array(out);
    number(out, "crossings", facts->crossings);
    number(out, "copies", facts->copies);
    json_key(out, "start");
    json_seconds(out, facts->start_ns);
    json_key(out, "end");
    json_seconds(out, facts->end_ns);
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)facts->start_ns);
    constant(out, "start_ns", text);
    snprintf(text, sizeof text, "%lld", (long long)facts->end_ns);
    constant(out, "end_ns", text);
    write_both(out, "packets", facts->packets[FLOW_C2S], facts->packets[FLOW_S2C]);
    write_both(out, "bytes", facts->bytes[FLOW_C2S], facts->bytes[FLOW_S2C]);
    json_key(out, "partial");
    json_open_array(out);
    for (unsigned bit = 0; partial_text(bit) != NULL; bit++)
        if ((facts->partial >> bit & 1) != 0)
            json_text(out, partial_text(bit));
    json_close_array(out);
    json_key(out, "ndpi");
    json_open_object(out);
    text_or_null(out, "protocol", facts->ndpi_protocol);
    text_or_null(out, "category", facts->ndpi_category);
    constant(out, "by",
             facts->ndpi_protocol == NULL ? NULL : facts->ndpi_by_name ? "name" : "packets");
    json_close_object(out);
}

static void write_m365(struct json_out *out, const struct m365 *m365)
{
    json_key(out, "m365");
    if (!m365->is_matched) {
        json_null(out);
        return;
    }
    const struct endpoint_match *match = &m365->match;
    json_open_object(out);
    constant(out, "service", service_text(match->best->service));
    number(out, "set", match->best->id);
    json_key(out, "sets");
    json_open_array(out);
    for (uint8_t i = 0; i < match->set_count; i++)
        json_uint(out, match->sets[i]);
    json_close_array(out);
    constant(out, "category", category_text(match->best->category));
    boolean(out, "required", match->best->is_required);
    constant(out, "breadth", match->breadth == BREADTH_SPECIFIC ? "specific" : "generic");
    text_or_null(out, "host", m365->host);
    json_key(out, "matched_by");
    json_open_array(out);
    for (unsigned bit = 0; evidence_kind_text(bit) != NULL; bit++)
        if ((m365->matched_by >> bit & 1) != 0)
            json_text(out, evidence_kind_text(bit));
    json_close_array(out);
    json_key(out, "confidence");
    json_thousandths(out, m365->confidence_thousandths);
    json_key(out, "address_published");
    if (m365->has_address_published)
        json_bool(out, m365->address_published);
    else
        json_null(out);
    json_key(out, "conflicts");
    json_open_array(out);
    for (uint32_t i = 0; i < m365->conflict_count; i++) {
        const struct m365_conflict *conflict = &m365->conflicts[i];
        json_open_object(out);
        constant(out, "by", evidence_kind_text((unsigned)__builtin_ctz(conflict->by)));
        text_or_null(out, "host", conflict->host);
        json_key(out, "set");
        if (conflict->set == 0)
            json_null(out);
        else
            json_uint(out, conflict->set);
        json_close_object(out);
    }
    json_close_array(out);
    constant(out, "list_version", endpoint_list_facts(match->list)->version);
    json_close_object(out);
}

static void write_time(struct json_out *out, const char *key, int64_t seconds)
{
    json_key(out, key);
    if (seconds > 253402300799 || seconds < -62135596800)
        json_null(out);
    else if (seconds > INT64_MAX / 1000000000 || seconds < INT64_MIN / 1000000000)
        json_text(out, seconds > 0 ? "9999-12-31T23:59:59Z" : "0001-01-01T00:00:00Z");
    else
        json_time(out, seconds * 1000000000, 0);
}

static void write_names(struct json_out *out, const struct flow_certificate *certificate)
{
    text_or_null(out, "subject_cn", certificate->subject_cn);
    text_or_null(out, "issuer_cn", certificate->issuer_cn);
    text_or_null(out, "issuer_o", certificate->issuer_o);
}

static void write_certificate(struct json_out *out, const struct judged_flow *flow)
{
    const struct flow_tls *tls = &flow->facts->tls;
    const struct flow_certificate *all = flow->series->header->certificates;
    json_key(out, "certificate");
    if (tls->chain_count == 0) {
        json_null(out);
        return;
    }
    const struct flow_certificate *leaf = &all[tls->chain[0]];
    char shown[NAMES_OUT_SIZE];
    json_open_object(out);
    write_names(out, leaf);
    json_key(out, "san");
    json_open_array(out);
    for (uint32_t i = 0; i < leaf->san_count; i++)
        json_text(out, names_out_text(leaf->san[i], shown, sizeof shown));
    json_close_array(out);
    write_time(out, "not_before", leaf->not_before_s);
    write_time(out, "not_after", leaf->not_after_s);
    constant(out, "sha256", leaf->sha256);
    json_key(out, "chain");
    json_open_array(out);
    for (uint32_t i = 0; i < tls->chain_count; i++) {
        json_open_object(out);
        write_names(out, &all[tls->chain[i]]);
        constant(out, "sha256", all[tls->chain[i]].sha256);
        json_close_object(out);
    }
    json_close_array(out);
    json_close_object(out);
}

static void write_tls(struct json_out *out, const struct judged_flow *flow)
{
    const struct flow_tls *tls = &flow->facts->tls;
    json_key(out, "tls");
    if (!tls->is_present) {
        json_null(out);
        return;
    }
    json_open_object(out);
    constant(out, "version", tls->version);
    text_or_null(out, "sni", tls->sni);
    text_or_null(out, "alpn", tls->alpn);
    boolean(out, "resumed", tls->resumed);
    boolean(out, "hello_retry", tls->hello_retry);
    text_or_null(out, "alert", tls->alert);
    constant(out, "client_random", tls->client_random);
    constant(out, "ja3", tls->ja3);
    constant(out, "ja4", tls->ja4);
    constant(out, "ja3s", tls->ja3s);
    constant(out, "certificate_hidden",
             certificate_hidden_text((enum certificate_hidden)tls->hidden));
    write_certificate(out, flow);
    json_close_object(out);
}

static void write_quic(struct json_out *out, const struct flow_quic *quic)
{
    json_key(out, "quic");
    if (quic->version == NULL) {
        json_null(out);
        return;
    }
    json_open_object(out);
    constant(out, "version", quic->version);
    boolean(out, "retry", quic->retry);
    constant(out, "dcid", quic->dcid);
    json_close_object(out);
}

static void write_http(struct json_out *out, const struct flow_http *http)
{
    json_key(out, "http");
    if (http->method == NULL && http->status_count == 0) {
        json_null(out);
        return;
    }
    json_open_object(out);
    text_or_null(out, "method", http->method);
    text_or_null(out, "host", http->host);
    number(out, "requests", http->requests);
    json_key(out, "status");
    if (http->status_count == 0)
        json_null(out);
    else
        json_uint(out, http->statuses[http->status_count - 1]);
    json_key(out, "statuses");
    json_open_array(out);
    for (uint32_t i = 0; i < http->status_count; i++)
        json_uint(out, http->statuses[i]);
    json_close_array(out);
    number(out, "auth_rounds", http->auth_rounds);
    text_or_null(out, "auth_scheme", http->auth_scheme);
    text_or_null(out, "via", http->via);
    text_or_null(out, "user_agent", http->user_agent);
    json_close_object(out);
}

static void write_dns(struct json_out *out, const struct flow_dns *dns)
{
    char shown[NAMES_OUT_SIZE];
    json_key(out, "dns");
    if (dns->name == NULL) {
        json_null(out);
        return;
    }
    json_open_object(out);
    text_or_null(out, "name", dns->name);
    json_key(out, "chain");
    json_open_array(out);
    for (uint32_t i = 0; i < dns->chain_count; i++)
        json_text(out, names_out_text(dns->chain[i], shown, sizeof shown));
    json_close_array(out);
    address(out, "resolver", &dns->resolver);
    ms_or_null(out, "age_ms", dns->age_ns);
    json_close_object(out);
}

/* Percentiles stand only where there are enough samples for them (methods C1.8). */
static void write_side(struct json_out *out, const char *key,
                       const struct flow_side_rtt *side)
{
    static const struct {
        const char *key;
        unsigned per_mille;
        uint64_t least;
    } percentiles[] = {
        { "p50_ms", 500, 1 }, { "p90_ms", 900, 29 }, { "p95_ms", 950, 59 },
        { "p99_ms", 990, 299 },
    };
    const struct distribution *samples = &side->samples;
    json_key(out, key);
    json_open_object(out);
    number(out, "samples", samples->count);
    ms_or_null(out, "base_ms", side->base_ns);
    ms_or_null(out, "min_ms", samples->count == 0 ? -1 : samples->min_ns);
    for (unsigned i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        ms_or_null(out, percentiles[i].key,
                   samples->count < percentiles[i].least
                       ? -1
                       : distribution_percentile(samples, percentiles[i].per_mille));
    ms_or_null(out, "max_ms", samples->count == 0 ? -1 : samples->max_ns);
    json_key(out, "classes");
    json_open_object(out);
    for (unsigned i = 0; i < RTT_CLASSES; i++)
        if (side->classes[i] > 0)
            number(out, rtt_class_text((enum rtt_class)i), side->classes[i]);
    json_close_object(out);
    json_key(out, "min_frames");
    json_open_array(out);
    if (side->min_reply_frame != 0) {
        json_uint(out, frame_number(side->min_source_frame));
        json_uint(out, frame_number(side->min_reply_frame));
    }
    json_close_array(out);
    json_close_object(out);
}

static void write_times(struct json_out *out, const struct flow_record *facts)
{
    const struct flow_timing *timing = &facts->timing;
    json_key(out, "rtt");
    json_open_object(out);
    json_key(out, "handshake");
    json_open_object(out);
    ms_or_null(out, "server_ms", facts->handshake.server_ns);
    ms_or_null(out, "client_ms", facts->handshake.client_ns);
    json_close_object(out);
    write_side(out, "server", &facts->rtt[RTT_SERVER]);
    write_side(out, "client", &facts->rtt[RTT_CLIENT]);
    json_close_object(out);
    json_key(out, "timing");
    json_open_object(out);
    ms_or_null(out, "dns_ms", facts->dns.lookup_ns);
    ms_or_null(out, "tcp_ms", timing->tcp_ns);
    ms_or_null(out, "connect_ms", timing->connect_ns);
    ms_or_null(out, "auth_ms", timing->auth_ns);
    ms_or_null(out, "tls_ms", timing->tls_ns);
    ms_or_null(out, "first_byte_ms", timing->first_byte_ns);
    json_close_object(out);
}

static void write_option(struct json_out *out, const char *key, bool is_seen,
                         uint32_t value)
{
    json_key(out, key);
    if (is_seen)
        json_uint(out, value);
    else
        json_null(out);
}

static void write_agreed(struct json_out *out, const char *key,
                         const struct flow_record *facts, bool client, bool server)
{
    json_key(out, key);
    if (facts->options[FLOW_C2S].is_seen && facts->options[FLOW_S2C].is_seen)
        json_bool(out, client && server);
    else
        json_null(out);
}

static void write_tcp(struct json_out *out, const struct flow_record *facts)
{
    const struct rtt_counts *c2s = &facts->counts[FLOW_C2S];
    const struct rtt_counts *s2c = &facts->counts[FLOW_S2C];
    const struct flow_tcp_options *client = &facts->options[FLOW_C2S];
    const struct flow_tcp_options *server = &facts->options[FLOW_S2C];
    json_key(out, "tcp");
    if (facts->transport != FLOW_TCP) {
        json_null(out);
        return;
    }
    json_open_object(out);
    write_both(out, "retransmissions", c2s->retransmissions, s2c->retransmissions);
    write_both(out, "out_of_order", c2s->out_of_order, s2c->out_of_order);
    write_both(out, "lost_segments", c2s->lost_segments, s2c->lost_segments);
    write_both(out, "duplicate_acks", c2s->duplicate_acks, s2c->duplicate_acks);
    write_both(out, "zero_windows", c2s->zero_windows, s2c->zero_windows);
    json_key(out, "mss");
    json_open_object(out);
    write_option(out, "client", client->mss != 0, client->mss);
    write_option(out, "server", server->mss != 0, server->mss);
    json_close_object(out);
    json_key(out, "window_scale");
    json_open_object(out);
    write_option(out, "client", client->has_window_scale, client->window_scale);
    write_option(out, "server", server->has_window_scale, server->window_scale);
    json_close_object(out);
    write_agreed(out, "sack", facts, client->has_sack, server->has_sack);
    write_agreed(out, "timestamps", facts, client->has_timestamps, server->has_timestamps);
    constant(out, "ended_by", flow_end_text((enum flow_end)facts->ended_by));
    json_close_object(out);
}

static void write_same_as(struct json_out *out, const struct judged_flow *flow,
                          const struct judgement_context *context)
{
    json_key(out, "same_as");
    json_open_array(out);
    for (uint32_t i = 0; i < flow->group.count; i++) {
        const struct sighting_record *sighting = &flow->group.sightings[i];
        if (sighting->series == flow->series_number && sighting->id == flow->facts->id)
            continue;
        json_open_object(out);
        text_or_null(out, "series", context->series[sighting->series].header->series);
        number(out, "id", sighting->id);
        constant(out, "how", match_how_text((enum match_how)sighting->how));
        null(out, "margin");
        json_close_object(out);
    }
    json_close_array(out);
}

static void write_signals(struct json_out *out, const struct verdict *verdict)
{
    json_key(out, "signals");
    json_open_array(out);
    for (uint32_t i = 0; i < verdict->signal_count; i++) {
        const struct verdict_signal *signal = &verdict->signals[i];
        json_open_object(out);
        constant(out, "name", signal->name);
        json_key(out, "value");
        json_thousandths(out, signal->value);
        json_key(out, "weight");
        json_thousandths(out, signal->weight_thousandths);
        json_key(out, "frame");
        if (signal->frame == 0)
            json_null(out);
        else
            json_uint(out, frame_number(signal->frame));
        json_close_object(out);
    }
    json_close_array(out);
    json_key(out, "missing");
    json_open_array(out);
    for (uint32_t i = 0; i < verdict->missing_count; i++)
        json_text(out, verdict->missing[i]);
    json_close_array(out);
}

static void write_verdict(struct json_out *out, const struct judged_flow *flow,
                          enum verdict_question question)
{
    const struct verdict *verdict = &flow->verdicts[question];
    json_key(out, verdict_question_text(question));
    json_open_object(out);
    constant(out, "state", verdict_state_text(verdict->state));
    constant(out, "kind", verdict->kind);
    json_key(out, "confidence");
    if (verdict->confidence_thousandths < 0)
        json_null(out);
    else
        json_thousandths(out, verdict->confidence_thousandths);
    json_key(out, "score");
    json_thousandths(out, verdict->score_thousandths);
    constant(out, "reason", verdict->reason);
    bool is_there = verdict->state == VERDICT_YES || verdict->state == VERDICT_LIKELY;
    if (question == QUESTION_PROXY && is_there) {
        address(out, "address", &flow->facts->server.ip);
        number(out, "port", flow->facts->server.port);
    } else if (question == QUESTION_PROXY) {
        null(out, "address");
        null(out, "port");
    }
    if (question == QUESTION_INTERCEPTION)
        text_or_null(out, "issuer", verdict->issuer);
    if (question != QUESTION_HAIRPIN)
        text_or_null(out, "product", verdict->product);
    write_signals(out, verdict);
    json_close_object(out);
}

static void write_record(struct json_out *out, const struct judged_flow *flow,
                         const struct judgement_context *context)
{
    const struct flow_record *facts = flow->facts;
    json_open_object(out);
    write_identity(out, flow);
    write_volume(out, facts);
    write_m365(out, &flow->m365);
    write_tls(out, flow);
    write_quic(out, &facts->quic);
    write_http(out, &facts->http);
    write_dns(out, &facts->dns);
    write_times(out, facts);
    write_tcp(out, facts);
    null(out, "media");
    address(out, "egress_address", &facts->egress);
    write_same_as(out, flow, context);
    json_key(out, "verdicts");
    json_open_object(out);
    for (unsigned question = 0; question < QUESTIONS; question++)
        write_verdict(out, flow, (enum verdict_question)question);
    json_close_object(out);
    json_close_object(out);
    json_line_end(out);
}

bool flow_lines_see(struct flow_lines *lines, const struct judged_flow *flow,
                    const struct judgement_context *context)
{
    if (lines->format == FLOW_LINES_NDJSON) {
        write_record(&lines->out, flow, context);
        return !lines->out.has_failed;
    }
    if (!lines->has_heading && !flow_csv_heading(lines->write, lines->context))
        return false;
    lines->has_heading = true;
    return flow_csv_line(flow, lines->write, lines->context);
}

bool flow_lines_conclude(struct flow_lines *lines)
{
    bool is_written = lines->format == FLOW_LINES_CSV
                          ? lines->has_heading ||
                                flow_csv_heading(lines->write, lines->context)
                          : json_out_flush(&lines->out);
    free(lines);
    return is_written;
}
