/* flow_lines.c - one record a flow: every key of the contract, null where nothing was
 * seen. */
#include "reports/flow_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/digest.h"
#include "analyzer/names_out.h"
#include "reports/flow_csv.h"
#include "reports/flow_line_facts.h"
#include "reports/values.h"

struct flow_lines {
    enum flow_lines_format format;
    bool has_heading, has_failed;
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

static void write_peer(struct json_out *out, const char *key,
                       const struct flow_peer *peer)
{
    char text[MAC_TEXT_SIZE];
    struct ip_address embedded;
    json_key(out, key);
    json_open_object(out);
    values_address(out, "ip", &peer->ip);
    values_count(out, "port", peer->port);
    json_key(out, "ttl");
    if (peer->ttl == 0)
        json_null(out);
    else
        json_uint(out, peer->ttl);
    values_text(out, "mac", peer->has_mac ? mac_text(&peer->mac, text) : NULL);
    if (strcmp(key, "server") == 0) {
        if (address_embedded_ipv4(&peer->ip, &embedded))
            values_address(out, "embedded_ip", &embedded);
        else
            values_null(out, "embedded_ip");
    }
    json_close_object(out);
}

static void write_identity(struct json_out *out, const struct judged_flow *flow)
{
    const struct flow_record *facts = flow->facts;
    char community[DIGEST_COMMUNITY_ID_TEXT_SIZE];
    values_text(out, "schema", "o365lens/flow/1");
    values_name(out, "capture", flow->series->header->captures[facts->capture].name);
    values_name(out, "series", flow->series->header->series);
    values_name(out, "capture_site", flow->capture->site);
    values_name(out, "site", flow->site);
    values_text(out, "vantage", vantage_text(flow->capture->vantage));
    values_text(out, "vantage_by", flow->capture->vantage_is_told ? "site-file" : "none");
    values_count(out, "id", facts->id);
    values_text(out, "community_id",
                digest_community_id(facts->transport == FLOW_TCP ? 6 : 17,
                                    &facts->client.ip, facts->client.port,
                                    &facts->server.ip, facts->server.port, community));
    values_text(out, "transport", facts->transport == FLOW_TCP ? "tcp" : "udp");
    write_peer(out, "client", &facts->client);
    write_peer(out, "server", &facts->server);
    values_text(out, "client_by", client_by_text((enum client_by)facts->client_by));
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
    values_count(out, "crossings", facts->crossings);
    values_count(out, "copies", facts->copies);
    json_key(out, "start");
    json_seconds(out, facts->start_ns);
    json_key(out, "end");
    json_seconds(out, facts->end_ns);
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)facts->start_ns);
    values_text(out, "start_ns", text);
    snprintf(text, sizeof text, "%lld", (long long)facts->end_ns);
    values_text(out, "end_ns", text);
    values_both(out, "packets", facts->packets[FLOW_C2S], facts->packets[FLOW_S2C]);
    values_both(out, "bytes", facts->bytes[FLOW_C2S], facts->bytes[FLOW_S2C]);
    json_key(out, "partial");
    json_open_array(out);
    for (unsigned bit = 0; partial_text(bit) != NULL; bit++)
        if ((facts->partial >> bit & 1) != 0)
            json_text(out, partial_text(bit));
    json_close_array(out);
    json_key(out, "ndpi");
    json_open_object(out);
    values_name(out, "protocol", facts->ndpi_protocol);
    values_name(out, "category", facts->ndpi_category);
    values_text(out, "by",
                facts->ndpi_protocol == NULL ? NULL
                : facts->ndpi_by_name        ? "name"
                                             : "packets");
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
    values_text(out, "service", service_text(match->best->service));
    values_count(out, "set", match->best->id);
    json_key(out, "sets");
    json_open_array(out);
    for (uint8_t i = 0; i < match->set_count; i++)
        json_uint(out, match->sets[i]);
    json_close_array(out);
    values_text(out, "category", category_text(match->best->category));
    values_bool(out, "required", match->best->is_required);
    values_text(out, "breadth",
                match->breadth == BREADTH_SPECIFIC ? "specific" : "generic");
    values_name(out, "host", m365->host);
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
        values_text(out, "by", evidence_kind_text((unsigned)__builtin_ctz(conflict->by)));
        values_name(out, "host", conflict->host);
        json_key(out, "set");
        if (conflict->set == 0)
            json_null(out);
        else
            json_uint(out, conflict->set);
        json_close_object(out);
    }
    json_close_array(out);
    values_text(out, "list_version", endpoint_list_facts(match->list)->version);
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
        values_name(out, "series", context->series[sighting->series].header->series);
        values_count(out, "id", sighting->id);
        values_text(out, "how", match_how_text((enum match_how)sighting->how));
        values_null(out, "margin");
        json_close_object(out);
    }
    json_close_array(out);
}

/* Where the frame is in another file than the flow's first packet. */
static void write_place(struct json_out *out, const struct verdict_signal *signal,
                        const struct judged_flow *flow,
                        const struct judgement_context *context)
{
    uint32_t file = frame_file(signal->frame);
    if (signal->frame == 0 ||
        (signal->series == flow->series_number && file == flow->facts->capture))
        return;
    const struct result_header *header = context->series[signal->series].header;
    values_name(out, "series", header->series);
    values_name(out, "capture", header->captures[file].name);
}

static void write_signals(struct json_out *out, const struct verdict *verdict,
                          const struct judged_flow *flow,
                          const struct judgement_context *context)
{
    json_key(out, "signals");
    json_open_array(out);
    for (uint32_t i = 0; i < verdict->signal_count; i++) {
        const struct verdict_signal *signal = &verdict->signals[i];
        json_open_object(out);
        values_text(out, "name", signal->name);
        json_key(out, "value");
        json_thousandths(out, signal->value);
        json_key(out, "weight");
        json_thousandths(out, signal->weight_thousandths);
        json_key(out, "frame");
        if (signal->frame == 0)
            json_null(out);
        else
            json_uint(out, frame_number(signal->frame));
        write_place(out, signal, flow, context);
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
                          const struct judgement_context *context,
                          enum verdict_question question)
{
    const struct verdict *verdict = &flow->verdicts[question];
    json_key(out, verdict_question_text(question));
    json_open_object(out);
    values_text(out, "state", verdict_state_text(verdict->state));
    values_text(out, "kind", verdict->kind);
    json_key(out, "confidence");
    if (verdict->confidence_thousandths < 0)
        json_null(out);
    else
        json_thousandths(out, verdict->confidence_thousandths);
    json_key(out, "score");
    json_thousandths(out, verdict->score_thousandths);
    values_text(out, "reason", verdict->reason);
    bool is_there = verdict->state == VERDICT_YES || verdict->state == VERDICT_LIKELY;
    if (question == QUESTION_PROXY && is_there) {
        values_address(out, "address", &flow->facts->server.ip);
        values_count(out, "port", flow->facts->server.port);
    } else if (question == QUESTION_PROXY) {
        values_null(out, "address");
        values_null(out, "port");
    }
    if (question == QUESTION_INTERCEPTION)
        values_name(out, "issuer", verdict->issuer);
    if (question != QUESTION_HAIRPIN)
        values_name(out, "product", verdict->product);
    write_signals(out, verdict, flow, context);
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
    flow_line_facts(out, flow);
    values_address(out, "egress_address", &facts->egress);
    write_same_as(out, flow, context);
    json_key(out, "verdicts");
    json_open_object(out);
    for (unsigned question = 0; question < QUESTIONS; question++)
        write_verdict(out, flow, context, (enum verdict_question)question);
    json_close_object(out);
    json_close_object(out);
    json_line_end(out);
}

static void write_heading(struct flow_lines *lines)
{
    if (!lines->has_heading)
        lines->has_failed = !flow_csv_heading(lines->write, lines->context);
    lines->has_heading = true;
}

bool flow_lines_see(struct flow_lines *lines, const struct judged_flow *flow,
                    const struct judgement_context *context)
{
    if (lines->format == FLOW_LINES_NDJSON) {
        write_record(&lines->out, flow, context);
        return !lines->out.has_failed;
    }
    write_heading(lines);
    lines->has_failed =
        lines->has_failed || !flow_csv_line(flow, lines->write, lines->context);
    return !lines->has_failed;
}

bool flow_lines_conclude(struct flow_lines *lines)
{
    if (lines->format == FLOW_LINES_CSV)
        write_heading(lines);
    bool is_written = json_out_flush(&lines->out) && !lines->has_failed;
    free(lines);
    return is_written;
}
