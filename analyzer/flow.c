/* flow.c - who is the client, and what becomes of a flow when it closes. */
#include "analyzer/flow.h"

#include <string.h>

#include "dissectors/http.h"

enum flow_side flow_side_of(const struct flow *flow, const struct ip_address *source,
                            uint16_t source_port)
{
    bool from_low =
        source_port == flow->key.low_port && address_is_equal(source, &flow->key.low);
    return from_low == flow->client_is_low ? FLOW_C2S : FLOW_S2C;
}

const struct ip_address *flow_address(const struct flow *flow, enum flow_side sender)
{
    return (sender == FLOW_C2S) == flow->client_is_low ? &flow->key.low : &flow->key.high;
}

uint16_t flow_port(const struct flow *flow, enum flow_side sender)
{
    return (sender == FLOW_C2S) == flow->client_is_low ? flow->key.low_port
                                                       : flow->key.high_port;
}

struct flow_facts *flow_facts(struct flow *flow)
{
    if (flow->facts == NULL)
        flow->facts = flow_facts_new();
    return flow->facts;
}

#define SWAP(type, array)                                                                \
    do {                                                                                 \
        type swapped = (array)[0];                                                       \
        (array)[0] = (array)[1];                                                         \
        (array)[1] = swapped;                                                            \
    } while (0)

void flow_set_client(struct flow *flow, bool client_is_low, enum client_by by)
{
    flow->client_by = (uint8_t)by;
    if (flow->client_is_low == client_is_low)
        return;
    flow->client_is_low = client_is_low;
    SWAP(uint64_t, flow->packets);
    SWAP(uint64_t, flow->bytes);
    SWAP(struct flow_hop, flow->hops);
    SWAP(struct flow_tcp_options, flow->options);
    SWAP(uint32_t, flow->isn);
    SWAP(uint32_t, flow->highest);
    SWAP(bool, flow->has_highest);
    SWAP(bool, flow->has_fin);
    if (flow->rtt != NULL)
        rtt_swap_sides(flow->rtt);
}

/* The contract's order of reasons; a SYN or the datagram itself decides before the ports.
 */
static bool is_service_port(uint16_t port)
{
    static const uint16_t known[] = {
        1080, 3128, 3478, 3479, 3480, 3481, 4433, 8080, 8443
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (port == known[i])
            return true;
    return port < 1024;
}

void flow_presume_client(struct flow *flow, const struct headers *headers,
                         bool source_is_low)
{
    uint8_t flags = headers->tcp.flags & (TCP_SYN | TCP_ACK);
    bool is_tcp = flow->key.transport == FLOW_TCP;
    bool low_serves = is_service_port(flow->key.low_port);
    bool high_serves = is_service_port(flow->key.high_port);
    enum client_by by = CLIENT_BY_FIRST_PACKET;
    bool client_is_low = source_is_low;
    if (is_tcp && flags == TCP_SYN) {
        by = CLIENT_BY_SYN;
    } else if (is_tcp && flags == (TCP_SYN | TCP_ACK)) {
        by = CLIENT_BY_SYN_ACK;
        client_is_low = !source_is_low;
    } else if (low_serves != high_serves) {
        by = CLIENT_BY_PORT;
        client_is_low = high_serves;
    }
    flow->client_is_low = client_is_low;
    flow->client_by = (uint8_t)by;
}

static struct bytes host_in(const char *authority)
{
    struct http_authority parts;
    if (authority == NULL ||
        !http_split_authority(bytes_of(authority, strlen(authority)), &parts))
        return bytes_of(NULL, 0);
    return parts.host;
}

struct bytes flow_server_name(const struct flow *flow)
{
    static const struct flow_facts none;
    const struct flow_facts *facts = flow->facts == NULL ? &none : flow->facts;
    struct bytes host = host_in(facts->tls.sni);
    if (host.left == 0)
        host = host_in(facts->http.host);
    if (host.left == 0)
        host = host_in(facts->socks.target);
    return host.left == 0 ? host_in(flow->dns.name) : host;
}

struct lookup flow_lookup(struct flow *flow, struct name_cache *names, int64_t time_ns,
                          uint64_t frame)
{
    return (struct lookup){
        .kind = lookup_kind_of(flow_port(flow, FLOW_C2S), flow_port(flow, FLOW_S2C)),
        .names = names,
        .about = { .client = *flow_address(flow, FLOW_C2S),
                   .resolver = *flow_address(flow, FLOW_S2C),
                   .client_port = flow_port(flow, FLOW_C2S),
                   .time_ns = time_ns,
                   .frame = frame },
        .counts = &flow->lookups,
        .dns = &flow->dns,
    };
}

void flow_note_highest(struct flow *flow, enum flow_side side,
                       const struct headers *headers)
{
    const struct tcp_header *tcp = &headers->tcp;
    uint32_t end = tcp->sequence + headers->payload_length +
                   ((tcp->flags & TCP_SYN) != 0) + ((tcp->flags & TCP_FIN) != 0);
    if (!flow->has_highest[side] || (int32_t)(end - flow->highest[side]) > 0)
        flow->highest[side] = end;
    flow->has_highest[side] = true;
}

static struct flow_peer peer_of(const struct flow *flow, enum flow_side sender)
{
    const struct flow_hop *hop = &flow->hops[sender];
    return (struct flow_peer){
        .ip = *flow_address(flow, sender),
        .port = flow_port(flow, sender),
        .ttl = hop->ttl,
        .has_mac = hop->has_mac,
        .mac = hop->mac,
    };
}

static uint32_t partial_of(const struct flow *flow)
{
    uint32_t partial = flow->partial;
    if (flow->key.transport == FLOW_TCP) {
        partial |= flow->options[FLOW_C2S].is_seen ? 0 : PARTIAL_NO_SYN;
        partial |= flow->options[FLOW_S2C].is_seen ? 0 : PARTIAL_NO_SYNACK;
        partial |= flow->is_ended ? 0 : PARTIAL_NO_END;
        for (unsigned i = 0; i < 2; i++) {
            partial |=
                flow->rtt->counts[i].acked_unseen_bytes > 0 ? PARTIAL_CAPTURE_LOSS : 0;
            partial |= flow->rtt->counts[i].super_frames > 0 ? PARTIAL_OFFLOAD : 0;
        }
    }
    if (flow->packets[FLOW_C2S] == 0 || flow->packets[FLOW_S2C] == 0)
        partial |= PARTIAL_ONE_WAY;
    if (flow->facts != NULL && flow->facts->stream_cap_reached)
        partial |= PARTIAL_STREAM_CAP;
    if (flow->facts != NULL && flow->facts->has_loss)
        partial |= PARTIAL_CAPTURE_LOSS;
    return partial;
}

static enum certificate_hidden hidden_of(const struct flow_tls *tls)
{
    if (!tls->is_present || tls->chain_count > 0)
        return CERTIFICATE_HIDDEN_NOT;
    if (tls->hidden == CERTIFICATE_HIDDEN_UNREADABLE)
        return CERTIFICATE_HIDDEN_UNREADABLE;
    if (tls->version != NULL && strcmp(tls->version, "1.3") == 0)
        return CERTIFICATE_HIDDEN_TLS13;
    return tls->resumed ? CERTIFICATE_HIDDEN_RESUMED : CERTIFICATE_HIDDEN_NOT_CAPTURED;
}

static void conclude_facts(const struct flow_facts *facts, struct flow_record *record)
{
    record->tls = facts->tls;
    record->tls.hidden = (uint8_t)hidden_of(&facts->tls);
    record->quic = facts->quic;
    record->http = facts->http;
    record->socks = facts->socks;
    record->timing = facts->timing;
    record->handshake = facts->quic_handshake; /* TCP has its own, told later */
    record->has_conflict = facts->has_conflict;
}

/* The record borrows the distributions' bins: the flow lets go of them later. */
static void conclude_rtt(const struct rtt *rtt, struct flow_record *record)
{
    record->handshake = rtt->handshake;
    memcpy(record->counts, rtt->counts, sizeof record->counts);
    for (unsigned side = 0; side < RTT_SIDES; side++) {
        struct flow_side_rtt *to = &record->rtt[side];
        to->samples = rtt->samples[side];
        memcpy(to->classes, rtt->classes[side], sizeof to->classes);
        if (rtt->delayed[side] != NULL)
            to->delayed = *rtt->delayed[side];
        to->base_ns = rtt_base_ns(rtt, (enum rtt_side)side);
        to->is_base_confirmed = rtt_base_is_confirmed(rtt, (enum rtt_side)side);
        to->min_source_frame = rtt->min_source_frame[side];
        to->min_reply_frame = rtt->min_reply_frame[side];
    }
    record->timing.tcp_ns = rtt->handshake.open_ns;
}

/* By what was agreed on, else by the port that is theirs alone. */
static uint8_t sealed_lookups(const struct flow_record *record)
{
    enum { PORT_SEALED_DNS = 853 };
    const char *alpn = record->tls.alpn == NULL ? "" : record->tls.alpn;
    bool is_port = record->server.port == PORT_SEALED_DNS && alpn[0] == '\0';
    if (record->lookups.kind != LOOKUP_NONE)
        return record->lookups.kind;
    if (record->transport == FLOW_UDP)
        return strcmp(alpn, "doq") == 0 || (is_port && record->quic.version != NULL)
                   ? LOOKUP_DOQ
                   : LOOKUP_NONE;
    return strcmp(alpn, "dot") == 0 || (is_port && record->tls.is_present) ? LOOKUP_DOT
                                                                           : LOOKUP_NONE;
}

void flow_conclude(const struct flow *flow, struct flow_record *record)
{
    flow_record_init(record);
    record->capture = flow->capture;
    record->id = flow->id;
    record->transport = flow->key.transport;
    record->client_by = flow->client_by;
    record->client = peer_of(flow, FLOW_C2S);
    record->server = peer_of(flow, FLOW_S2C);
    record->layer_count = flow->layer_count;
    memcpy(record->layers, flow->layers, sizeof record->layers);
    record->crossings = flow->crossings;
    record->copies = flow->copies;
    record->start_ns = flow->start_ns;
    record->end_ns = flow->end_ns;
    record->first_frame = flow->first_frame;
    memcpy(record->packets, flow->packets, sizeof record->packets);
    memcpy(record->bytes, flow->bytes, sizeof record->bytes);
    memcpy(record->options, flow->options, sizeof record->options);
    record->client_isn = flow->isn[FLOW_C2S];
    record->ended_by = flow->ended_by;
    record->dns = flow->dns;
    record->lookups = flow->lookups;
    record->egress = flow->egress;
    record->egress_frame = flow->egress_frame;
    record->stun_requests = flow->stun_requests;
    record->stun_answers = flow->stun_answers;
    record->transaction = flow->transaction;
    if (flow->stun != NULL) {
        record->stun = flow->stun->facts;
        if (record->stun_answers < record->stun.answered)
            record->stun_answers = record->stun.answered; /* some came from elsewhere */
    }
    if (flow->label != NULL && flow->label->name[0] != '\0') {
        record->ndpi_protocol = flow->label->name;
        record->ndpi_category = flow->label->category;
        record->ndpi_by_name = flow->label->is_by_name;
    }
    if (flow->facts != NULL)
        conclude_facts(flow->facts, record);
    record->lookups.kind = sealed_lookups(record);
    if (flow->rtt != NULL)
        conclude_rtt(flow->rtt, record);
    record->partial = partial_of(flow);
}
