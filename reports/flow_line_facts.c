/* flow_line_facts.c - what the packets showed: TLS, QUIC, HTTP, DNS, times and TCP. */
#include "reports/flow_line_facts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "analyzer/names_out.h"
#include "reports/values.h"

/* Certificates may be valid for longer than a number of nanoseconds can tell. */
static void write_time(struct json_out *out, const char *key, int64_t seconds)
{
    time_t time = seconds;
    struct tm date;
    char text[80];
    bool has_four_digits = seconds <= 253402300799 && seconds >= -62135596800;
    if (has_four_digits && gmtime_r(&time, &date) != NULL)
        (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                       date.tm_year + 1900, date.tm_mon + 1, date.tm_mday, date.tm_hour,
                       date.tm_min, date.tm_sec);
    values_text(out, key, has_four_digits ? text : NULL);
}

static void write_names(struct json_out *out, const struct flow_certificate *certificate)
{
    values_name(out, "subject_cn", certificate->subject_cn);
    values_name(out, "subject_o", certificate->subject_o);
    values_name(out, "issuer_cn", certificate->issuer_cn);
    values_name(out, "issuer_o", certificate->issuer_o);
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
    values_text(out, "sha256", leaf->sha256);
    json_key(out, "chain");
    json_open_array(out);
    for (uint32_t i = 0; i < tls->chain_count; i++) {
        json_open_object(out);
        write_names(out, &all[tls->chain[i]]);
        values_text(out, "sha256", all[tls->chain[i]].sha256);
        json_close_object(out);
    }
    json_close_array(out);
    json_close_object(out);
}

/* TLS 1.3 tells it by itself; before, it takes both hellos or a certificate. */
static bool knows_resumption(const struct flow_tls *tls)
{
    bool is_13 = tls->version != NULL && strcmp(tls->version, "1.3") == 0;
    return tls->chain_count > 0 || (tls->has_server_hello && (tls->has_hello || is_13));
}

static void write_offer(struct json_out *out, const struct flow_tls *tls)
{
    char shown[NAMES_OUT_SIZE];
    json_key(out, "alpn_offered");
    json_open_array(out);
    for (uint32_t i = 0; i < tls->alpn_offered_count; i++)
        json_text(out, names_out_text(tls->alpn_offered[i], shown, sizeof shown));
    json_close_array(out);
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
    values_text(out, "version", tls->version);
    values_name(out, "sni", tls->sni);
    values_name(out, "alpn", tls->alpn);
    write_offer(out, tls);
    values_bool_known(out, "resumed", knows_resumption(tls), tls->resumed);
    values_bool_known(out, "hello_retry", tls->hello_retry || tls->has_server_hello,
                      tls->hello_retry);
    values_bool(out, "ech", tls->has_ech);
    values_text(out, "starttls", tls->starttls);
    values_bool_known(out, "client_certificate_asked", tls->knows_asked, tls->is_asked);
    values_name(out, "alert", tls->alert);
    values_text(out, "client_random", tls->client_random);
    values_text(out, "ja3", tls->ja3);
    values_text(out, "ja4", tls->ja4);
    values_text(out, "ja3s", tls->ja3s);
    values_text(out, "certificate_hidden",
                certificate_hidden_text((enum certificate_hidden)tls->hidden));
    values_text(out, "certificate_by",
                tls->chain_count == 0 ? NULL
                : tls->by_key_log     ? "key-log"
                                      : "clear");
    write_certificate(out, flow);
    json_close_object(out);
}

static void write_quic(struct json_out *out, const struct flow_record *facts)
{
    const struct flow_quic *quic = &facts->quic;
    json_key(out, "quic");
    if (quic->version == NULL) {
        json_null(out);
        return;
    }
    json_open_object(out);
    values_text(out, "version", quic->version);
    values_bool_known(out, "retry", quic->retry || facts->packets[FLOW_S2C] > 0,
                      quic->retry);
    values_text(out, "dcid", quic->dcid);
    json_key(out, "initials");
    json_uint(out, quic->initials);
    json_close_object(out);
}

static void write_http(struct json_out *out, const struct flow_http *http)
{
    char shown[NAMES_OUT_SIZE];
    json_key(out, "http");
    if (http->method == NULL && http->status_count == 0) {
        json_null(out);
        return;
    }
    json_open_object(out);
    values_name(out, "method", http->method);
    values_name(out, "host", http->host);
    values_count(out, "requests", http->requests);
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
    values_count(out, "auth_rounds", http->auth_rounds);
    values_name(out, "auth_scheme", http->auth_scheme);
    values_name(out, "via", http->via);
    values_name(out, "user_agent", http->user_agent);
    json_key(out, "proxy_headers");
    json_open_array(out);
    for (uint32_t i = 0; i < http->proxy_header_count; i++)
        json_text(out, names_out_text(http->proxy_headers[i], shown, sizeof shown));
    json_close_array(out);
    values_text(out, "pac", http->pac);
    json_close_object(out);
}

static void write_socks(struct json_out *out, const struct flow_socks *socks)
{
    json_key(out, "socks");
    if (socks->version == 0) {
        json_null(out);
        return;
    }
    json_open_object(out);
    values_count(out, "version", socks->version);
    values_text(out, "command", socks->command);
    values_name(out, "target", socks->target);
    values_text(out, "auth", socks->auth);
    json_key(out, "reply");
    if (socks->has_reply)
        json_uint(out, socks->reply);
    else
        json_null(out);
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
    values_name(out, "name", dns->name);
    json_key(out, "chain");
    json_open_array(out);
    for (uint32_t i = 0; i < dns->chain_count; i++)
        json_text(out, names_out_text(dns->chain[i], shown, sizeof shown));
    json_close_array(out);
    values_address(out, "resolver", &dns->resolver);
    values_ms(out, "age_ms", dns->age_ns);
    json_close_object(out);
}

static void write_delayed(struct json_out *out, const struct distribution *delayed)
{
    bool is_empty = delayed->count == 0;
    json_key(out, "delack");
    json_open_object(out);
    values_count(out, "samples", delayed->count);
    values_ms(out, "min_ms", is_empty ? -1 : delayed->min_ns);
    values_ms(out, "p50_ms", is_empty ? -1 : distribution_percentile(delayed, 500));
    values_ms(out, "max_ms", is_empty ? -1 : delayed->max_ns);
    json_close_object(out);
}

static void write_lookups(struct json_out *out, const struct flow_lookups *lookups)
{
    static const char *const protocols[] = { NULL,   "dns", "mdns", "llmnr",
                                             "nbns", "dot", "doq" };
    static const char *const unseen[] = { "queries", "answers", "failures", "wpad" };
    json_key(out, "lookups");
    if (lookups->kind == LOOKUP_NONE) {
        json_null(out);
        return;
    }
    json_open_object(out);
    values_text(out, "protocol", protocols[lookups->kind]);
    if (lookups->kind >= LOOKUP_DOT) {
        for (unsigned i = 0; i < sizeof unseen / sizeof *unseen; i++)
            values_null(out, unseen[i]);
    } else {
        values_count(out, "queries", lookups->queries);
        values_count(out, "answers", lookups->answers);
        values_count(out, "failures", lookups->failures);
        values_bool(out, "wpad", lookups->wpad_frame != 0);
    }
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
        { "p50_ms", 500, 1 },
        { "p90_ms", 900, 29 },
        { "p95_ms", 950, 59 },
        { "p99_ms", 990, 299 },
    };
    const struct distribution *samples = &side->samples;
    json_key(out, key);
    json_open_object(out);
    values_count(out, "samples", samples->count);
    values_ms(out, "base_ms", side->base_ns);
    json_key(out, "base_confirmed");
    if (side->base_ns < 0)
        json_null(out);
    else
        json_bool(out, side->is_base_confirmed);
    values_ms(out, "min_ms", samples->count == 0 ? -1 : samples->min_ns);
    for (unsigned i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        values_ms(out, percentiles[i].key,
                  samples->count < percentiles[i].least
                      ? -1
                      : distribution_percentile(samples, percentiles[i].per_mille));
    values_ms(out, "max_ms", samples->count == 0 ? -1 : samples->max_ns);
    json_key(out, "classes");
    json_open_object(out);
    for (unsigned i = 0; i < RTT_CLASSES; i++)
        if (side->classes[i] > 0)
            values_count(out, rtt_class_text((enum rtt_class)i), side->classes[i]);
    json_close_object(out);
    write_delayed(out, &side->delayed);
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
    values_ms(out, "server_ms", facts->handshake.server_ns);
    values_ms(out, "client_ms", facts->handshake.client_ns);
    json_key(out, "client_estimated");
    if (facts->handshake.client_ns < 0)
        json_null(out);
    else
        json_bool(out, facts->handshake.client_is_estimate);
    values_ms(out, "server_low_ms", facts->handshake.server_low_ns);
    values_ms(out, "server_high_ms", facts->handshake.server_high_ns);
    json_close_object(out);
    write_side(out, "server", &facts->rtt[RTT_SERVER]);
    write_side(out, "client", &facts->rtt[RTT_CLIENT]);
    json_close_object(out);
    json_key(out, "timing");
    json_open_object(out);
    values_ms(out, "dns_ms", facts->dns.lookup_ns);
    values_ms(out, "tcp_ms", timing->tcp_ns);
    values_ms(out, "connect_ms", timing->connect_ns);
    values_ms(out, "auth_ms", timing->auth_ns);
    values_ms(out, "hello_ms", timing->hello_ns);
    values_ms(out, "tls_ms", timing->tls_ns);
    values_ms(out, "first_byte_ms", timing->first_byte_ns);
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
    values_both(out, "retransmissions", c2s->retransmissions, s2c->retransmissions);
    values_both(out, "out_of_order", c2s->out_of_order, s2c->out_of_order);
    values_both(out, "lost_segments", c2s->lost_segments, s2c->lost_segments);
    values_both(out, "duplicate_acks", c2s->duplicate_acks, s2c->duplicate_acks);
    values_both(out, "zero_windows", c2s->zero_windows, s2c->zero_windows);
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
    write_agreed(out, "timestamps", facts, client->has_timestamps,
                 server->has_timestamps);
    json_key(out, "conflicting_copies");
    json_bool(out, facts->has_conflict);
    values_text(out, "ended_by", flow_end_text((enum flow_end)facts->ended_by));
    json_close_object(out);
}

static bool has_stun(const struct flow_record *facts)
{
    return facts->stun.transactions + facts->stun_requests + facts->stun_answers > 0;
}

static void write_stun(struct json_out *out, const struct flow_record *facts)
{
    const struct flow_stun *stun = &facts->stun;
    json_key(out, "stun");
    if (!has_stun(facts)) {
        json_null(out);
        return;
    }
    json_open_object(out);
    values_count(out, "transactions", stun->transactions);
    values_count(out, "answered", stun->answered);
    values_count(out, "retransmissions", stun->repeats);
    values_bool(out, "turn", stun->is_turn);
    values_bool(out, "microsoft", stun->is_microsoft);
    json_close_object(out);
}

/* Of media itself nothing is measured in this version. */
static void write_media(struct json_out *out, const struct flow_record *facts)
{
    json_key(out, "media");
    if (!has_stun(facts)) {
        json_null(out);
        return;
    }
    json_open_object(out);
    values_text(out, "kind", facts->stun.is_turn ? "turn" : "stun");
    values_null(out, "c2s");
    values_null(out, "s2c");
    values_ms(out, "stun_rtt_ms", facts->stun.rtt_ns);
    values_null(out, "dscp");
    json_close_object(out);
}

void flow_line_facts(struct json_out *out, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    write_tls(out, flow);
    write_quic(out, facts);
    write_http(out, &facts->http);
    write_socks(out, &facts->socks);
    write_dns(out, &facts->dns);
    write_lookups(out, &facts->lookups);
    write_times(out, facts);
    write_tcp(out, facts);
    write_stun(out, facts);
    write_media(out, facts);
}
