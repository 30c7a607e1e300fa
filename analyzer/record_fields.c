/* record_fields.c - the table of a flow record's fields, and the walks over it. */
#include "analyzer/record_fields.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/json_line.h"

enum kind {
    KIND_BOOL,
    KIND_U8,
    KIND_U16,
    KIND_U32,
    KIND_U64,
    KIND_I64,
    KIND_TEXT,
    KIND_IP,
    KIND_MAC,
    KIND_U16S, /* with `count` of them behind each other */
    KIND_U32S,
    KIND_TEXTS,
    KIND_LAYERS,
    KIND_DISTRIBUTION,
};

struct field {
    const char *key;
    enum kind kind;
    size_t at;
    size_t count_at; /* arrays: of a uint32_t */
    uint32_t most;   /* arrays: items that there is room for */
};

#define AT(member) offsetof(struct flow_record, member)
#define RTT_FIELDS(prefix, side)                                                         \
    { prefix "samples", KIND_DISTRIBUTION, AT(rtt[side].samples), 0, 0 },                \
        { prefix "base", KIND_I64, AT(rtt[side].base_ns), 0, 0 },                        \
        { prefix "X", KIND_U32, AT(rtt[side].classes[RTT_X]), 0, 0 },                    \
        { prefix "Xp", KIND_U32, AT(rtt[side].classes[RTT_XP]), 0, 0 },                  \
        { prefix "C", KIND_U32, AT(rtt[side].classes[RTT_C]), 0, 0 },                    \
        { prefix "Cp", KIND_U32, AT(rtt[side].classes[RTT_CP]), 0, 0 },                  \
        { prefix "S", KIND_U32, AT(rtt[side].classes[RTT_S]), 0, 0 },                    \
        { prefix "G", KIND_U32, AT(rtt[side].classes[RTT_G]), 0, 0 },                    \
        { prefix "min_source", KIND_U64, AT(rtt[side].min_source_frame), 0, 0 },         \
        { prefix "min_reply", KIND_U64, AT(rtt[side].min_reply_frame), 0, 0 }
#define COUNT_FIELDS(prefix, side)                                                       \
    { prefix "retransmissions", KIND_U32, AT(counts[side].retransmissions), 0, 0 },      \
        { prefix "out_of_order", KIND_U32, AT(counts[side].out_of_order), 0, 0 },        \
        { prefix "lost", KIND_U32, AT(counts[side].lost_segments), 0, 0 },               \
        { prefix "dup_acks", KIND_U32, AT(counts[side].duplicate_acks), 0, 0 },          \
        { prefix "zero_windows", KIND_U32, AT(counts[side].zero_windows), 0, 0 },        \
        { prefix "unseen", KIND_U64, AT(counts[side].acked_unseen_bytes), 0, 0 },        \
        { prefix "acked", KIND_U64, AT(counts[side].acked_bytes), 0, 0 },                \
        { prefix "keep_alives", KIND_U32, AT(counts[side].keep_alives), 0, 0 }
#define OPTION_FIELDS(prefix, side)                                                      \
    { prefix "seen", KIND_BOOL, AT(options[side].is_seen), 0, 0 },                       \
        { prefix "mss", KIND_U16, AT(options[side].mss), 0, 0 },                         \
        { prefix "has_scale", KIND_BOOL, AT(options[side].has_window_scale), 0, 0 },     \
        { prefix "scale", KIND_U8, AT(options[side].window_scale), 0, 0 },               \
        { prefix "sack", KIND_BOOL, AT(options[side].has_sack), 0, 0 },                  \
        { prefix "timestamps", KIND_BOOL, AT(options[side].has_timestamps), 0, 0 }
#define PEER_FIELDS(prefix, peer)                                                        \
    { prefix "ip", KIND_IP, AT(peer.ip), 0, 0 },                                         \
        { prefix "port", KIND_U16, AT(peer.port), 0, 0 },                                \
        { prefix "ttl", KIND_U8, AT(peer.ttl), 0, 0 },                                   \
        { prefix "has_mac", KIND_BOOL, AT(peer.has_mac), 0, 0 },                         \
        { prefix "mac", KIND_MAC, AT(peer.mac), 0, 0 }

static const struct field fields[] = {
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
    { "first_frame", KIND_U64, AT(first_frame), 0, 0 },
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
    { "server_hello", KIND_BOOL, AT(tls.has_server_hello), 0, 0 },
    { "resumed", KIND_BOOL, AT(tls.resumed), 0, 0 },
    { "hello_retry", KIND_BOOL, AT(tls.hello_retry), 0, 0 },
    { "offers_13", KIND_BOOL, AT(tls.offers_13), 0, 0 },
    { "ech", KIND_BOOL, AT(tls.has_ech), 0, 0 },
    { "alert", KIND_TEXT, AT(tls.alert), 0, 0 },
    { "random", KIND_TEXT, AT(tls.client_random), 0, 0 },
    { "session_id", KIND_TEXT, AT(tls.session_id), 0, 0 },
    { "ja3", KIND_TEXT, AT(tls.ja3), 0, 0 },
    { "ja4", KIND_TEXT, AT(tls.ja4), 0, 0 },
    { "ja3s", KIND_TEXT, AT(tls.ja3s), 0, 0 },
    { "hidden", KIND_U8, AT(tls.hidden), 0, 0 },
    { "chain", KIND_U32S, AT(tls.chain), AT(tls.chain_count), FLOW_CHAIN_MAX },
    { "hello_frame", KIND_U64, AT(tls.hello_frame), 0, 0 },
    { "server_hello_frame", KIND_U64, AT(tls.server_hello_frame), 0, 0 },
    { "certificate_frame", KIND_U64, AT(tls.certificate_frame), 0, 0 },
    { "quic", KIND_TEXT, AT(quic.version), 0, 0 },
    { "quic_retry", KIND_BOOL, AT(quic.retry), 0, 0 },
    { "dcid", KIND_TEXT, AT(quic.dcid), 0, 0 },
    { "method", KIND_TEXT, AT(http.method), 0, 0 },
    { "host", KIND_TEXT, AT(http.host), 0, 0 },
    { "absolute", KIND_BOOL, AT(http.is_absolute), 0, 0 },
    { "requests", KIND_U32, AT(http.requests), 0, 0 },
    { "statuses", KIND_U16S, AT(http.statuses), AT(http.status_count), FLOW_STATUS_MAX },
    { "auth_rounds", KIND_U32, AT(http.auth_rounds), 0, 0 },
    { "auth_scheme", KIND_TEXT, AT(http.auth_scheme), 0, 0 },
    { "via", KIND_TEXT, AT(http.via), 0, 0 },
    { "user_agent", KIND_TEXT, AT(http.user_agent), 0, 0 },
    { "request_frame", KIND_U64, AT(http.request_frame), 0, 0 },
    { "connect_frame", KIND_U64, AT(http.connect_frame), 0, 0 },
    { "connect_reply_frame", KIND_U64, AT(http.connect_reply_frame), 0, 0 },
    { "socks", KIND_U8, AT(socks.version), 0, 0 },
    { "socks_target", KIND_TEXT, AT(socks.target), 0, 0 },
    { "socks_frame", KIND_U64, AT(socks.frame), 0, 0 },
    { "dns", KIND_TEXT, AT(dns.name), 0, 0 },
    { "dns_chain", KIND_TEXTS, AT(dns.chain), AT(dns.chain_count), FLOW_DNS_CHAIN_MAX },
    { "resolver", KIND_IP, AT(dns.resolver), 0, 0 },
    { "dns_age", KIND_I64, AT(dns.age_ns), 0, 0 },
    { "dns_lookup", KIND_I64, AT(dns.lookup_ns), 0, 0 },
    { "dns_frame", KIND_U64, AT(dns.frame), 0, 0 },
    { "h_server", KIND_I64, AT(handshake.server_ns), 0, 0 },
    { "h_client", KIND_I64, AT(handshake.client_ns), 0, 0 },
    { "h_interval", KIND_BOOL, AT(handshake.server_is_interval), 0, 0 },
    { "syn_frame", KIND_U64, AT(handshake.syn_frame), 0, 0 },
    { "synack_frame", KIND_U64, AT(handshake.synack_frame), 0, 0 },
    { "ack_frame", KIND_U64, AT(handshake.ack_frame), 0, 0 },
    RTT_FIELDS("rs_", RTT_SERVER),
    RTT_FIELDS("rc_", RTT_CLIENT),
    { "t_tcp", KIND_I64, AT(timing.tcp_ns), 0, 0 },
    { "t_connect", KIND_I64, AT(timing.connect_ns), 0, 0 },
    { "t_auth", KIND_I64, AT(timing.auth_ns), 0, 0 },
    { "t_tls", KIND_I64, AT(timing.tls_ns), 0, 0 },
    { "t_first_byte", KIND_I64, AT(timing.first_byte_ns), 0, 0 },
    COUNT_FIELDS("nc_", FLOW_C2S),
    COUNT_FIELDS("ns_", FLOW_S2C),
    OPTION_FIELDS("oc_", FLOW_C2S),
    OPTION_FIELDS("os_", FLOW_S2C),
    { "isn", KIND_U32, AT(client_isn), 0, 0 },
    { "ended_by", KIND_U8, AT(ended_by), 0, 0 },
    { "egress", KIND_IP, AT(egress), 0, 0 },
    { "egress_frame", KIND_U64, AT(egress_frame), 0, 0 },
    { "stun_requests", KIND_U64, AT(stun_requests), 0, 0 },
    { "stun_answers", KIND_U64, AT(stun_answers), 0, 0 },
};

enum { FIELDS = sizeof fields / sizeof *fields };

/* The value of an integer field; `is_signed` where it is one. */
static uint64_t integer_at(const struct field *field, const void *at)
{
    switch (field->kind) {
    case KIND_BOOL:
        return *(const bool *)at;
    case KIND_U8:
        return *(const uint8_t *)at;
    case KIND_U16:
        return *(const uint16_t *)at;
    case KIND_U32:
        return *(const uint32_t *)at;
    default:
        return *(const uint64_t *)at;
    }
}

static uint32_t count_of(const struct field *field, const char *record)
{
    return *(const uint32_t *)(const void *)(record + field->count_at);
}

static bool is_default(const struct field *field, const char *record, const char *fresh)
{
    const void *value = record + field->at;
    switch (field->kind) {
    case KIND_TEXT:
        return *(const char *const *)value == NULL;
    case KIND_IP:
        return ((const struct ip_address *)value)->family == 0;
    case KIND_MAC:
        return memcmp(value, fresh + field->at, sizeof(struct mac_address)) == 0;
    case KIND_U16S:
    case KIND_U32S:
    case KIND_TEXTS:
    case KIND_LAYERS:
        return count_of(field, record) == 0;
    case KIND_DISTRIBUTION:
        return ((const struct distribution *)value)->count == 0;
    default:
        return integer_at(field, value) == integer_at(field, fresh + field->at);
    }
}

/* [count, min, max, sum, then raw samples, or behind a null: bin, count, bin, count ...] */
static void write_distribution(const struct distribution *distribution,
                               struct json_out *out)
{
    json_open_array(out);
    json_uint(out, distribution->count);
    json_int(out, distribution->min_ns);
    json_int(out, distribution->max_ns);
    json_uint(out, distribution->sum_ns);
    json_bool(out, distribution->bins != NULL);
    if (distribution->bins == NULL)
        for (uint64_t i = 0; i < distribution->count; i++)
            json_int(out, distribution->raw[i]);
    for (uint32_t i = 0; distribution->bins != NULL && i < distribution->bin_count; i++) {
        json_uint(out, distribution->bins[i].index);
        json_uint(out, distribution->bins[i].count);
    }
    json_close_array(out);
}

static void write_items(const struct field *field, const char *record,
                        struct json_out *out)
{
    const void *items = record + field->at;
    json_open_array(out);
    for (uint32_t i = 0; i < count_of(field, record); i++) {
        if (field->kind == KIND_U16S) {
            json_uint(out, ((const uint16_t *)items)[i]);
        } else if (field->kind == KIND_U32S) {
            json_uint(out, ((const uint32_t *)items)[i]);
        } else if (field->kind == KIND_TEXTS) {
            json_text(out, ((const char *const *)items)[i]);
        } else {
            json_uint(out, ((const struct layer *)items)[i].kind);
            json_uint(out, ((const struct layer *)items)[i].id);
        }
    }
    json_close_array(out);
}

static void write_value(const struct field *field, const char *record,
                        struct json_out *out)
{
    const void *value = record + field->at;
    char text[ADDRESS_TEXT_SIZE];
    switch (field->kind) {
    case KIND_BOOL:
        json_bool(out, *(const bool *)value);
        break;
    case KIND_I64:
        json_int(out, *(const int64_t *)value);
        break;
    case KIND_TEXT:
        json_text(out, *(const char *const *)value);
        break;
    case KIND_IP:
        json_text(out, address_text(value, text));
        break;
    case KIND_MAC:
        json_text(out, mac_text(value, text));
        break;
    case KIND_U16S:
    case KIND_U32S:
    case KIND_TEXTS:
    case KIND_LAYERS:
        write_items(field, record, out);
        break;
    case KIND_DISTRIBUTION:
        write_distribution(value, out);
        break;
    default:
        json_uint(out, integer_at(field, value));
        break;
    }
}

void record_fields_write(const struct flow_record *record, struct json_out *out)
{
    struct flow_record fresh;
    flow_record_init(&fresh);
    json_open_object(out);
    for (unsigned i = 0; i < FIELDS; i++) {
        const char *from = (const char *)record;
        if (is_default(&fields[i], from, (const char *)&fresh))
            continue;
        json_key(out, fields[i].key);
        write_value(&fields[i], from, out);
    }
    json_close_object(out);
}

static uint64_t read_limited(struct json_line *line, uint64_t most)
{
    uint64_t value = json_line_uint(line);
    if (value > most)
        line->has_failed = true;
    return value;
}

static uint32_t read_bins(struct json_line *line, struct distribution_bin *bins)
{
    uint32_t count = 0;
    while (json_line_take(line, ',') && !line->has_failed) {
        if (count == DISTRIBUTION_BINS) {
            line->has_failed = true;
            break;
        }
        bins[count].index = (uint16_t)read_limited(line, DISTRIBUTION_BINS - 1);
        json_line_expect(line, ',');
        bins[count++].count = (uint32_t)read_limited(line, UINT32_MAX);
    }
    return count;
}

static void read_samples(struct json_line *line, struct distribution *distribution,
                         uint64_t count)
{
    if (count > DISTRIBUTION_RAW)
        line->has_failed = true;
    for (uint64_t i = 0; !line->has_failed && i < count; i++) {
        json_line_expect(line, ',');
        distribution_see(distribution, json_line_int(line));
    }
}

static int64_t read_int_then_comma(struct json_line *line)
{
    int64_t value = json_line_int(line);
    json_line_expect(line, ',');
    return value;
}

static void read_distribution(struct json_line *line, struct distribution *distribution)
{
    struct distribution_bin bins[DISTRIBUTION_BINS];
    json_line_expect(line, '[');
    line->has_failed |= distribution->count > 0; /* the same key twice */
    uint64_t count = json_line_uint(line);
    json_line_expect(line, ',');
    int64_t min_ns = read_int_then_comma(line);
    int64_t max_ns = read_int_then_comma(line);
    uint64_t sum_ns = json_line_uint(line);
    json_line_expect(line, ',');
    if (!json_line_bool(line)) {
        read_samples(line, distribution, count);
    } else {
        uint32_t bin_count = read_bins(line, bins);
        line->has_failed = line->has_failed ||
                           !distribution_restore(distribution, bins, bin_count, min_ns,
                                                 max_ns, sum_ns) ||
                           distribution->count != count;
    }
    json_line_expect(line, ']');
}

static void read_item(struct json_line *line, const struct field *field, void *items,
                      uint32_t i)
{
    switch (field->kind) {
    case KIND_U16S:
        ((uint16_t *)items)[i] = (uint16_t)read_limited(line, UINT16_MAX);
        break;
    case KIND_U32S:
        ((uint32_t *)items)[i] = (uint32_t)read_limited(line, UINT32_MAX);
        break;
    case KIND_TEXTS:
        ((const char **)items)[i] = json_line_text(line);
        break;
    default:
        ((struct layer *)items)[i].kind = (uint8_t)read_limited(line, LAYER_PPPOE);
        json_line_expect(line, ',');
        ((struct layer *)items)[i].id = (uint32_t)read_limited(line, UINT32_MAX);
        break;
    }
}

static void read_items(struct json_line *line, const struct field *field, char *record)
{
    uint32_t count = 0;
    for (bool more = json_line_open(line, '['); more; more = json_line_more(line, ']')) {
        if (count == field->most) {
            line->has_failed = true;
            return;
        }
        read_item(line, field, record + field->at, count++);
    }
    *(uint32_t *)(void *)(record + field->count_at) = count;
}

static void read_mac(struct json_line *line, struct mac_address *mac)
{
    const char *text = json_line_text(line);
    for (unsigned i = 0; i < sizeof mac->bytes && !line->has_failed; i++) {
        unsigned value = 0;
        for (unsigned k = 0; k < 2; k++) {
            char c = text[0];
            unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                             : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                    : 16;
            if (digit > 15) {
                line->has_failed = true;
                return;
            }
            value = value << 4 | digit;
            text++;
        }
        mac->bytes[i] = (uint8_t)value;
        if (i < 5 && *text++ != ':')
            line->has_failed = true;
    }
}

static void read_value(struct json_line *line, const struct field *field, char *record)
{
    void *value = record + field->at;
    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)value = json_line_bool(line);
        break;
    case KIND_U8:
        *(uint8_t *)value = (uint8_t)read_limited(line, UINT8_MAX);
        break;
    case KIND_U16:
        *(uint16_t *)value = (uint16_t)read_limited(line, UINT16_MAX);
        break;
    case KIND_U32:
        *(uint32_t *)value = (uint32_t)read_limited(line, UINT32_MAX);
        break;
    case KIND_U64:
        *(uint64_t *)value = json_line_uint(line);
        break;
    case KIND_I64:
        *(int64_t *)value = json_line_int(line);
        break;
    case KIND_TEXT:
        *(const char **)value = json_line_text(line);
        break;
    case KIND_IP:
        line->has_failed |= !address_read(json_line_text(line), value);
        break;
    case KIND_MAC:
        read_mac(line, value);
        break;
    case KIND_DISTRIBUTION:
        read_distribution(line, value);
        break;
    default:
        read_items(line, field, record);
        break;
    }
}

/* Our writer keeps the order of the table: the next key is the next field or a later one. */
static const struct field *find_field(const char *key, unsigned *next)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        unsigned at = (*next + i) % FIELDS;
        if (strcmp(fields[at].key, key) == 0) {
            *next = at + 1;
            return &fields[at];
        }
    }
    return NULL;
}

/* What is used as an index of a table of words must lie in it. */
static bool is_sound(const struct flow_record *record)
{
    return record->transport <= FLOW_UDP && record->client_by <= CLIENT_BY_FIRST_PACKET &&
           record->ended_by <= FLOW_END_SERVER_RST &&
           record->tls.hidden <= CERTIFICATE_HIDDEN_NOT_CAPTURED &&
           record->client.ip.family != 0 && record->server.ip.family != 0;
}

bool record_fields_read(char *text, struct flow_record *record)
{
    struct json_line line = { .at = text };
    unsigned next = 0;
    flow_record_init(record);
    for (bool more = json_line_open(&line, '{'); more; more = json_line_more(&line, '}')) {
        const char *key = json_line_key(&line);
        const struct field *field = line.has_failed ? NULL : find_field(key, &next);
        if (field == NULL)
            json_line_skip(&line);
        else
            read_value(&line, field, (char *)record);
    }
    if (line.has_failed || *line.at != '\0' || !is_sound(record)) {
        flow_record_release(record);
        return false;
    }
    return true;
}
