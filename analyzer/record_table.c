/* record_table.c - every field of a flow record, once. */
#include "analyzer/record_table.h"

#include <string.h>

#define AT(member) offsetof(struct flow_record, member)
#define RTT_FIELDS(prefix, side)                                                         \
    { prefix "samples", KIND_DISTRIBUTION, AT(rtt[side].samples), 0, 0 },                \
        { prefix "delayed", KIND_DISTRIBUTION, AT(rtt[side].delayed), 0, 0 },            \
        { prefix "base", KIND_DURATION, AT(rtt[side].base_ns), 0, 0 },                   \
        { prefix "confirmed", KIND_BOOL, AT(rtt[side].is_base_confirmed), 0, 0 },        \
        { prefix "X", KIND_U32, AT(rtt[side].classes[RTT_X]), 0, 0 },                    \
        { prefix "Xp", KIND_U32, AT(rtt[side].classes[RTT_XP]), 0, 0 },                  \
        { prefix "C", KIND_U32, AT(rtt[side].classes[RTT_C]), 0, 0 },                    \
        { prefix "Cp", KIND_U32, AT(rtt[side].classes[RTT_CP]), 0, 0 },                  \
        { prefix "S", KIND_U32, AT(rtt[side].classes[RTT_S]), 0, 0 },                    \
        { prefix "G", KIND_U32, AT(rtt[side].classes[RTT_G]), 0, 0 },                    \
        { prefix "min_source", KIND_FRAME, AT(rtt[side].min_source_frame), 0, 0 },       \
    {                                                                                    \
        prefix "min_reply", KIND_FRAME, AT(rtt[side].min_reply_frame), 0, 0              \
    }
#define COUNT_FIELDS(prefix, side)                                                       \
    { prefix "retransmissions", KIND_U32, AT(counts[side].retransmissions), 0, 0 },      \
        { prefix "out_of_order", KIND_U32, AT(counts[side].out_of_order), 0, 0 },        \
        { prefix "lost", KIND_U32, AT(counts[side].lost_segments), 0, 0 },               \
        { prefix "dup_acks", KIND_U32, AT(counts[side].duplicate_acks), 0, 0 },          \
        { prefix "zero_windows", KIND_U32, AT(counts[side].zero_windows), 0, 0 },        \
        { prefix "unseen", KIND_U64, AT(counts[side].acked_unseen_bytes), 0, 0 },        \
        { prefix "acked", KIND_U64, AT(counts[side].acked_bytes), 0, 0 },                \
        { prefix "keep_alives", KIND_U32, AT(counts[side].keep_alives), 0, 0 },          \
    {                                                                                    \
        prefix "super_frames", KIND_U32, AT(counts[side].super_frames), 0, 0             \
    }
#define OPTION_FIELDS(prefix, side)                                                      \
    { prefix "seen", KIND_BOOL, AT(options[side].is_seen), 0, 0 },                       \
        { prefix "mss", KIND_U16, AT(options[side].mss), 0, 0 },                         \
        { prefix "has_scale", KIND_BOOL, AT(options[side].has_window_scale), 0, 0 },     \
        { prefix "scale", KIND_U8, AT(options[side].window_scale), 0, 0 },               \
        { prefix "sack", KIND_BOOL, AT(options[side].has_sack), 0, 0 },                  \
    {                                                                                    \
        prefix "timestamps", KIND_BOOL, AT(options[side].has_timestamps), 0, 0           \
    }
#define PEER_FIELDS(prefix, peer)                                                        \
    { prefix "ip", KIND_IP, AT(peer.ip), 0, 0 },                                         \
        { prefix "port", KIND_U16, AT(peer.port), 0, 0 },                                \
        { prefix "ttl", KIND_U8, AT(peer.ttl), 0, 0 },                                   \
        { prefix "has_mac", KIND_BOOL, AT(peer.has_mac), 0, 0 },                         \
    {                                                                                    \
        prefix "mac", KIND_MAC, AT(peer.mac), 0, 0                                       \
    }

const struct record_field record_fields[] = {
    { "id", KIND_U64, AT(id), 0, 0 },
    { "capture", KIND_U32, AT(capture), 0, 0 },
    { "transport", KIND_U8, AT(transport), 0, 0 },
    { "client_by", KIND_U8, AT(client_by), 0, 0 },
    PEER_FIELDS("c_", client),
    PEER_FIELDS("s_", server),
    { "layers", KIND_LAYERS, AT(layers), AT(layer_count), DECODE_LAYERS },
    { "crossings", KIND_U32, AT(crossings), 0, 0 },
    { "copies", KIND_U64, AT(copies), 0, 0 },
    { "start", KIND_I64, AT(start_ns), 0, 0 },
    { "end", KIND_I64, AT(end_ns), 0, 0 },
    { "first_frame", KIND_FRAME, AT(first_frame), 0, 0 },
    { "c_packets", KIND_U64, AT(packets[FLOW_C2S]), 0, 0 },
    { "s_packets", KIND_U64, AT(packets[FLOW_S2C]), 0, 0 },
    { "c_bytes", KIND_U64, AT(bytes[FLOW_C2S]), 0, 0 },
    { "s_bytes", KIND_U64, AT(bytes[FLOW_S2C]), 0, 0 },
    { "partial", KIND_U32, AT(partial), 0, 0 },
    { "ndpi", KIND_TEXT, AT(ndpi_protocol), 0, 0 },
    { "ndpi_category", KIND_TEXT, AT(ndpi_category), 0, 0 },
    { "ndpi_by_name", KIND_BOOL, AT(ndpi_by_name), 0, 0 },
    { "tls", KIND_BOOL, AT(tls.is_present), 0, 0 },
    { "hello", KIND_BOOL, AT(tls.has_hello), 0, 0 },
    { "version", KIND_TEXT, AT(tls.version), 0, 0 },
    { "sni", KIND_TEXT, AT(tls.sni), 0, 0 },
    { "alpn", KIND_TEXT, AT(tls.alpn), 0, 0 },
    { "alpn_offered", KIND_TEXTS, AT(tls.alpn_offered), AT(tls.alpn_offered_count),
      FLOW_ALPN_MAX },
    { "server_hello", KIND_BOOL, AT(tls.has_server_hello), 0, 0 },
    { "resumed", KIND_BOOL, AT(tls.resumed), 0, 0 },
    { "hello_retry", KIND_BOOL, AT(tls.hello_retry), 0, 0 },
    { "offers_13", KIND_BOOL, AT(tls.offers_13), 0, 0 },
    { "ech", KIND_BOOL, AT(tls.has_ech), 0, 0 },
    { "starttls", KIND_TEXT, AT(tls.starttls), 0, 0 },
    { "knows_asked", KIND_BOOL, AT(tls.knows_asked), 0, 0 },
    { "asked", KIND_BOOL, AT(tls.is_asked), 0, 0 },
    { "alert", KIND_TEXT, AT(tls.alert), 0, 0 },
    { "random", KIND_TEXT, AT(tls.client_random), 0, 0 },
    { "session_id", KIND_TEXT, AT(tls.session_id), 0, 0 },
    { "ja3", KIND_TEXT, AT(tls.ja3), 0, 0 },
    { "ja4", KIND_TEXT, AT(tls.ja4), 0, 0 },
    { "ja3s", KIND_TEXT, AT(tls.ja3s), 0, 0 },
    { "hidden", KIND_U8, AT(tls.hidden), 0, 0 },
    { "by_key_log", KIND_BOOL, AT(tls.by_key_log), 0, 0 },
    { "chain", KIND_U32S, AT(tls.chain), AT(tls.chain_count), FLOW_CHAIN_MAX },
    { "hello_frame", KIND_FRAME, AT(tls.hello_frame), 0, 0 },
    { "server_hello_frame", KIND_FRAME, AT(tls.server_hello_frame), 0, 0 },
    { "certificate_frame", KIND_FRAME, AT(tls.certificate_frame), 0, 0 },
    { "quic", KIND_TEXT, AT(quic.version), 0, 0 },
    { "quic_retry", KIND_BOOL, AT(quic.retry), 0, 0 },
    { "dcid", KIND_TEXT, AT(quic.dcid), 0, 0 },
    { "quic_initials", KIND_U32, AT(quic.initials), 0, 0 },
    { "method", KIND_TEXT, AT(http.method), 0, 0 },
    { "host", KIND_TEXT, AT(http.host), 0, 0 },
    { "absolute", KIND_BOOL, AT(http.is_absolute), 0, 0 },
    { "requests", KIND_U32, AT(http.requests), 0, 0 },
    { "statuses", KIND_U16S, AT(http.statuses), AT(http.status_count), FLOW_STATUS_MAX },
    { "auth_rounds", KIND_U32, AT(http.auth_rounds), 0, 0 },
    { "auth_scheme", KIND_TEXT, AT(http.auth_scheme), 0, 0 },
    { "via", KIND_TEXT, AT(http.via), 0, 0 },
    { "user_agent", KIND_TEXT, AT(http.user_agent), 0, 0 },
    { "request_frame", KIND_FRAME, AT(http.request_frame), 0, 0 },
    { "connect_frame", KIND_FRAME, AT(http.connect_frame), 0, 0 },
    { "connect_reply_frame", KIND_FRAME, AT(http.connect_reply_frame), 0, 0 },
    { "auth_frame", KIND_FRAME, AT(http.auth_frame), 0, 0 },
    { "proxy_headers", KIND_TEXTS, AT(http.proxy_headers), AT(http.proxy_header_count),
      FLOW_PROXY_HEADERS_MAX },
    { "pac", KIND_TEXT, AT(http.pac), 0, 0 },
    { "pac_frame", KIND_FRAME, AT(http.pac_frame), 0, 0 },
    { "socks", KIND_U8, AT(socks.version), 0, 0 },
    { "socks_target", KIND_TEXT, AT(socks.target), 0, 0 },
    { "socks_frame", KIND_FRAME, AT(socks.frame), 0, 0 },
    { "socks_command", KIND_TEXT, AT(socks.command), 0, 0 },
    { "socks_auth", KIND_TEXT, AT(socks.auth), 0, 0 },
    { "socks_replied", KIND_BOOL, AT(socks.has_reply), 0, 0 },
    { "socks_reply", KIND_U8, AT(socks.reply), 0, 0 },
    { "dns", KIND_TEXT, AT(dns.name), 0, 0 },
    { "dns_chain", KIND_TEXTS, AT(dns.chain), AT(dns.chain_count), FLOW_DNS_CHAIN_MAX },
    { "resolver", KIND_IP, AT(dns.resolver), 0, 0 },
    { "dns_age", KIND_DURATION, AT(dns.age_ns), 0, 0 },
    { "dns_lookup", KIND_DURATION, AT(dns.lookup_ns), 0, 0 },
    { "dns_frame", KIND_FRAME, AT(dns.frame), 0, 0 },
    { "lookups", KIND_U8, AT(lookups.kind), 0, 0 },
    { "queries", KIND_U32, AT(lookups.queries), 0, 0 },
    { "answers", KIND_U32, AT(lookups.answers), 0, 0 },
    { "failures", KIND_U32, AT(lookups.failures), 0, 0 },
    { "wpad_frame", KIND_FRAME, AT(lookups.wpad_frame), 0, 0 },
    { "h_server", KIND_DURATION, AT(handshake.server_ns), 0, 0 },
    { "h_client", KIND_DURATION, AT(handshake.client_ns), 0, 0 },
    { "h_interval", KIND_BOOL, AT(handshake.server_is_interval), 0, 0 },
    { "h_low", KIND_DURATION, AT(handshake.server_low_ns), 0, 0 },
    { "h_high", KIND_DURATION, AT(handshake.server_high_ns), 0, 0 },
    { "h_estimate", KIND_BOOL, AT(handshake.client_is_estimate), 0, 0 },
    { "h_open", KIND_DURATION, AT(handshake.open_ns), 0, 0 },
    { "syn_frame", KIND_FRAME, AT(handshake.syn_frame), 0, 0 },
    { "synack_frame", KIND_FRAME, AT(handshake.synack_frame), 0, 0 },
    { "ack_frame", KIND_FRAME, AT(handshake.ack_frame), 0, 0 },
    RTT_FIELDS("rs_", RTT_SERVER),
    RTT_FIELDS("rc_", RTT_CLIENT),
    { "t_tcp", KIND_DURATION, AT(timing.tcp_ns), 0, 0 },
    { "t_connect", KIND_DURATION, AT(timing.connect_ns), 0, 0 },
    { "t_auth", KIND_DURATION, AT(timing.auth_ns), 0, 0 },
    { "t_hello", KIND_DURATION, AT(timing.hello_ns), 0, 0 },
    { "t_tls", KIND_DURATION, AT(timing.tls_ns), 0, 0 },
    { "t_first_byte", KIND_DURATION, AT(timing.first_byte_ns), 0, 0 },
    COUNT_FIELDS("nc_", FLOW_C2S),
    COUNT_FIELDS("ns_", FLOW_S2C),
    OPTION_FIELDS("oc_", FLOW_C2S),
    OPTION_FIELDS("os_", FLOW_S2C),
    { "isn", KIND_U32, AT(client_isn), 0, 0 },
    { "conflict", KIND_BOOL, AT(has_conflict), 0, 0 },
    { "ended_by", KIND_U8, AT(ended_by), 0, 0 },
    { "egress", KIND_IP, AT(egress), 0, 0 },
    { "egress_frame", KIND_FRAME, AT(egress_frame), 0, 0 },
    { "stun_requests", KIND_U64, AT(stun_requests), 0, 0 },
    { "stun_answers", KIND_U64, AT(stun_answers), 0, 0 },
    { "transaction", KIND_U64, AT(transaction.high), 0, 0 },
    { "transaction_low", KIND_U64, AT(transaction.low), 0, 0 },
    { "transactions", KIND_U64, AT(stun.transactions), 0, 0 },
    { "answered", KIND_U64, AT(stun.answered), 0, 0 },
    { "repeats", KIND_U64, AT(stun.repeats), 0, 0 },
    { "stun_rtt", KIND_DURATION, AT(stun.rtt_ns), 0, 0 },
    { "turn", KIND_BOOL, AT(stun.is_turn), 0, 0 },
    { "stun_microsoft", KIND_BOOL, AT(stun.is_microsoft), 0, 0 },
};

const unsigned record_field_count = sizeof record_fields / sizeof *record_fields;

const void *record_field_at(const struct flow_record *record,
                            const struct record_field *field)
{
    return (const char *)record + field->at;
}

uint64_t record_field_integer(const struct flow_record *record,
                              const struct record_field *field)
{
    const void *value = record_field_at(record, field);
    switch (field->kind) {
    case KIND_BOOL:
        return *(const bool *)value;
    case KIND_U8:
        return *(const uint8_t *)value;
    case KIND_U16:
        return *(const uint16_t *)value;
    case KIND_U32:
        return *(const uint32_t *)value;
    default:
        return *(const uint64_t *)value;
    }
}

uint64_t record_field_most(const struct record_field *field)
{
    return field->kind == KIND_BOOL  ? 1
           : field->kind == KIND_U8  ? UINT8_MAX
           : field->kind == KIND_U16 ? UINT16_MAX
           : field->kind == KIND_U32 ? UINT32_MAX
                                     : UINT64_MAX;
}

void record_field_set(const struct record_field *field, void *value, uint64_t integer)
{
    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)value = integer != 0;
        break;
    case KIND_U8:
        *(uint8_t *)value = (uint8_t)integer;
        break;
    case KIND_U16:
        *(uint16_t *)value = (uint16_t)integer;
        break;
    case KIND_U32:
        *(uint32_t *)value = (uint32_t)integer;
        break;
    default:
        *(uint64_t *)value = integer;
        break;
    }
}

uint32_t record_field_items(const struct flow_record *record,
                            const struct record_field *field)
{
    return *(const uint32_t *)(const void *)((const char *)record + field->count_at);
}

bool record_field_is_default(const struct flow_record *record,
                             const struct flow_record *fresh,
                             const struct record_field *field)
{
    const void *value = record_field_at(record, field);
    switch (field->kind) {
    case KIND_TEXT:
        return *(const char *const *)value == NULL;
    case KIND_IP:
        return ((const struct ip_address *)value)->family == 0;
    case KIND_MAC:
        return memcmp(value, record_field_at(fresh, field), sizeof(struct mac_address)) ==
               0;
    case KIND_U16S:
    case KIND_U32S:
    case KIND_TEXTS:
    case KIND_LAYERS:
        return record_field_items(record, field) == 0;
    case KIND_DISTRIBUTION:
        return ((const struct distribution *)value)->count == 0;
    default:
        return record_field_integer(record, field) == record_field_integer(fresh, field);
    }
}

/* Minimum and maximum may lie outside of the samples: neighbours spoke for some. */
static bool restore_raw(const struct record_samples *samples,
                        struct distribution *distribution)
{
    if (samples->count == 0 || samples->count > DISTRIBUTION_RAW)
        return false;
    for (uint64_t i = 0; i < samples->count; i++) {
        if (samples->raw[i] < samples->min_ns || samples->raw[i] > samples->max_ns)
            return false;
        distribution_see(distribution, samples->raw[i]);
    }
    distribution_widen(distribution, samples->min_ns);
    distribution_widen(distribution, samples->max_ns);
    return true;
}

bool record_samples_restore(const struct record_samples *samples,
                            struct distribution *distribution)
{
    if (distribution->count > 0 || samples->min_ns < 0 || samples->max_ns < 0)
        return false;
    if (samples->bin_count == 0)
        return restore_raw(samples, distribution);
    return distribution_restore(distribution, samples->bins, samples->bin_count,
                                samples->min_ns, samples->max_ns, samples->sum_ns) &&
           distribution->count == samples->count;
}

bool record_is_sound(const struct flow_record *record)
{
    return record->transport <= FLOW_UDP && record->client_by <= CLIENT_BY_FIRST_PACKET &&
           record->ended_by <= FLOW_END_SERVER_RST &&
           record->tls.hidden <= CERTIFICATE_HIDDEN_UNREADABLE &&
           record->lookups.kind <= LOOKUP_DOQ && record->client.ip.family != 0 &&
           record->client.ip.family == record->server.ip.family;
}
