/* conversation.c - one packet at a time: which flow, which side, and who learns from it.
 */
#include "analyzer/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/datagram.h"
#include "analyzer/flow_label.h"
#include "analyzer/flow_table.h"
#include "analyzer/name_cache.h"
#include "analyzer/sightings.h"
#include "analyzer/stream.h"

enum {
    RESTART_WINDOW = 1 << 20, /* a SYN this near to what was sent belongs to the flow */
    PACKETS_AN_AGEING = 16,
    STREAMS_MOST = 256 << 20,  /* bytes that all handshakes under way may keep */
    SUPER_FRAME_LENGTH = 9216, /* no link carries longer packets */
};

static const int64_t udp_silence_ns = 300 * INT64_C(1000000000);
static const int64_t touch_ns = INT64_C(1000000000);
static const int64_t border_ns = 2 * INT64_C(1000000000);

struct conversations {
    struct flow_table *table;
    struct sightings *sightings;
    struct name_cache *names;
    struct stun_talks *talks;
    struct protocol *labels; /* NULL: none; borrowed */
    const struct tls_secrets *secrets; /* likewise */
    struct certificates *certificates;
    struct result_writer *writer;
    struct stream_budget budget; /* of all handshakes under way */
    int64_t latest_ns;
    uint32_t clock_epoch;
    bool is_concluding, is_cut_short;
    uint64_t packets;
};

/* The packet at hand, as its flow sees it. */
struct step {
    struct conversations *conversations;
    const struct headers *headers;
    struct flow *flow;
    enum flow_side side;
    int64_t time_ns;
    uint64_t frame;
};

static void release_flow(struct flow *flow)
{
    if (flow->rtt != NULL)
        rtt_release(flow->rtt);
    free(flow->rtt);
    handshake_free(flow->handshake);
    flow_facts_free(flow->facts);
    free(flow->label);
    stun_talk_release(flow->stun);
}

/* What the bytes proved about who is the client, once they proved anything. */
static void believe_bytes(struct flow *flow)
{
    const struct flow_facts *facts = flow->facts;
    enum client_by by = facts->tls.has_hello           ? CLIENT_BY_HELLO
                        : facts->http.requests > 0     ? CLIENT_BY_REQUEST
                        : facts->tls.has_server_hello  ? CLIENT_BY_ANSWER
                        : facts->http.status_count > 0 ? CLIENT_BY_ANSWER
                                                       : CLIENT_BY_FIRST_PACKET;
    if (by < (enum client_by)flow->client_by)
        flow->client_by = (uint8_t)by;
}

static void close_flow(void *context, struct flow *flow)
{
    struct conversations *conversations = context;
    struct flow_record record;
    if (flow->handshake != NULL) {
        handshake_conclude(flow->handshake, flow_facts(flow),
                           conversations->certificates);
        believe_bytes(flow);
    }
    datagram_release(flow);
    flow_label_conclude(flow, conversations->labels);
    flow_label_name(flow, conversations->labels);
    if (conversations->is_concluding && !flow->is_ended &&
        flow->end_ns >= conversations->latest_ns - border_ns)
        flow->partial |=
            conversations->is_cut_short ? PARTIAL_CUT_SHORT : PARTIAL_CUT_AT_FILE;
    if (flow->rtt != NULL)
        rtt_conclude(flow->rtt);
    flow_conclude(flow, &record);
    result_writer_add(conversations->writer, &record);
    /* The record's distributions are the flow's: they go once, with it. */
    release_flow(flow);
}

struct conversations *conversations_new(uint32_t flow_limit, struct protocol *labels,
                                        struct certificates *certificates,
                                        struct result_writer *writer)
{
    struct conversations *conversations = alloc_zeroed(1, sizeof *conversations);
    *conversations = (struct conversations){
        .sightings = sightings_new(),
        .names = name_cache_new(),
        .talks = stun_talks_new(),
        .labels = labels,
        .certificates = certificates,
        .writer = writer,
        .budget = { .most = STREAMS_MOST },
        .latest_ns = INT64_MIN,
    };
    conversations->table = flow_table_new(flow_limit, close_flow, conversations);
    return conversations;
}

void conversations_set_secrets(struct conversations *conversations,
                               const struct tls_secrets *secrets)
{
    conversations->secrets = secrets;
}

void conversations_clock_stepped(struct conversations *conversations)
{
    conversations->clock_epoch++;
}

uint64_t conversations_conclude(struct conversations *conversations, bool is_cut_short)
{
    uint64_t evicted = flow_table_evicted(conversations->table);
    conversations->is_concluding = true;
    conversations->is_cut_short = is_cut_short;
    flow_table_free(conversations->table);
    sightings_free(conversations->sightings);
    name_cache_free(conversations->names);
    stun_talks_free(conversations->talks);
    free(conversations);
    return evicted;
}

static void find_name(struct conversations *conversations, struct flow *flow)
{
    struct text_pool texts = { 0 };
    flow->dns = (struct flow_dns){ .age_ns = -1, .lookup_ns = -1 };
    if (name_cache_find(conversations->names, flow_address(flow, FLOW_C2S),
                        flow_address(flow, FLOW_S2C), flow->start_ns, &texts, &flow->dns))
        text_pool_adopt(&flow_facts(flow)->texts, &texts);
}

static void set_client(struct step *step, bool client_is_low, enum client_by by)
{
    struct flow *flow = step->flow;
    bool is_swapped = flow->client_is_low != client_is_low;
    flow_set_client(flow, client_is_low, by);
    if (!is_swapped)
        return;
    step->side = step->side == FLOW_C2S ? FLOW_S2C : FLOW_C2S;
    if (flow->handshake != NULL)
        handshake_swap(flow->handshake);
    find_name(step->conversations, flow);
}

static struct flow *add_flow(struct conversations *conversations,
                             const struct flow_key *key, const struct packet *packet,
                             const struct headers *headers, bool source_is_low,
                             uint64_t frame)
{
    struct flow *flow = flow_table_add(conversations->table, key);
    flow->capture = frame_file(frame);
    flow->start_ns = flow->end_ns = packet->time_ns;
    flow->first_frame = frame;
    flow->home_interface = packet->interface;
    flow->crossings = 1;
    flow->clock_epoch = conversations->clock_epoch;
    flow->layer_count = headers->layer_count;
    memcpy(flow->layers, headers->layers, sizeof flow->layers);
    flow_presume_client(flow, headers, source_is_low);
    if (key->transport == FLOW_TCP) {
        flow->rtt = alloc_zeroed(1, sizeof *flow->rtt);
        rtt_init(flow->rtt);
    }
    find_name(conversations, flow);
    return flow;
}

/*
 * A SYN with another initial sequence number, after the end or outside the window; or,
 * where the capture lacks that SYN, its SYN-ACK. A SYN that comes behind its own SYN-ACK,
 * as capture cards with several queues write them, begins nothing.
 */
static bool starts_anew(const struct flow *flow, const struct headers *headers,
                        enum flow_side side)
{
    enum flow_side peer = side == FLOW_C2S ? FLOW_S2C : FLOW_C2S;
    uint32_t sequence = headers->tcp.sequence;
    bool is_answer = (headers->tcp.flags & TCP_ACK) != 0;
    if ((headers->tcp.flags & TCP_SYN) == 0 ||
        (flow->options[side].is_seen && flow->isn[side] == sequence))
        return false;
    if (is_answer && flow->options[peer].is_seen &&
        headers->tcp.acknowledgement == flow->isn[peer] + 1)
        return false;
    if (flow->is_ended)
        return true;
    if (!flow->has_highest[side])
        return !is_answer &&
               !(flow->options[peer].is_seen && flow->isn[side] == sequence);
    int32_t ahead = (int32_t)(sequence - flow->highest[side]);
    return ahead < -RESTART_WINDOW || ahead > RESTART_WINDOW;
}

static bool has_expired(const struct flow *flow, const struct headers *headers,
                        int64_t time_ns)
{
    if (flow->key.transport == FLOW_UDP)
        return time_ns - flow->end_ns > udp_silence_ns;
    return starts_anew(flow, headers,
                       flow_side_of(flow, &headers->source, headers->source_port));
}

static void count_packet(struct step *step)
{
    struct flow *flow = step->flow;
    const struct headers *headers = step->headers;
    struct flow_hop *hop = &flow->hops[step->side];
    flow->packets[step->side]++;
    flow->bytes[step->side] += headers->ip_length;
    if (step->time_ns > flow->end_ns)
        flow->end_ns = step->time_ns;
    if (hop->ttl_votes == 0)
        hop->ttl = headers->ttl;
    hop->ttl_votes = hop->ttl == headers->ttl ? hop->ttl_votes + 1 : hop->ttl_votes - 1;
    if (!hop->has_mac && headers->has_macs) {
        hop->has_mac = true;
        hop->mac = headers->source_mac;
    }
    if (headers->is_cut)
        flow->partial |= PARTIAL_SNAPLEN;
    if (headers->ip_length > SUPER_FRAME_LENGTH)
        flow->partial |= PARTIAL_OFFLOAD;
}

/* A SYN-ACK alone tells both numbers. */
static void start_handshake(struct flow *flow)
{
    for (unsigned side = 0; side < 2; side++)
        if (flow->options[side].is_seen || flow->isn[side] != 0)
            handshake_start(flow->handshake, (enum flow_side)side, flow->isn[side] + 1);
}

static void see_syn(struct step *step)
{
    const struct tcp_header *tcp = &step->headers->tcp;
    struct flow *flow = step->flow;
    enum flow_side peer = step->side == FLOW_C2S ? FLOW_S2C : FLOW_C2S;
    flow->isn[step->side] = tcp->sequence;
    if ((tcp->flags & TCP_ACK) != 0 && !flow->options[peer].is_seen)
        flow->isn[peer] = tcp->acknowledgement - 1;
    flow->options[step->side] = (struct flow_tcp_options){
        .is_seen = true,
        .has_window_scale = tcp->has_window_scale,
        .has_sack = tcp->has_sack_permitted,
        .has_timestamps = tcp->has_timestamps,
        .window_scale = tcp->window_scale,
        .mss = tcp->has_mss ? tcp->mss : 0,
    };
    if (flow->handshake != NULL) /* data was recorded before it */
        start_handshake(flow);
    enum client_by by = (tcp->flags & TCP_ACK) != 0 ? CLIENT_BY_SYN_ACK : CLIENT_BY_SYN;
    if (by < (enum client_by)flow->client_by)
        set_client(step,
                   (by == CLIENT_BY_SYN) == (step->side == FLOW_C2S)
                       ? flow->client_is_low
                       : !flow->client_is_low,
                   by);
}

static enum handshake_outcome read_segment(struct step *step, bool may_swap)
{
    const struct headers *headers = step->headers;
    struct lookup lookup =
        flow_lookup(step->flow, step->conversations->names, step->time_ns, step->frame);
    struct handshake_segment segment = {
        .side = step->side,
        .sequence = headers->tcp.sequence + ((headers->tcp.flags & TCP_SYN) != 0),
        .payload = headers->payload,
        .wire_length = headers->payload_length,
        .time_ns = step->time_ns,
        .frame = step->frame,
        .lookup = lookup.kind == LOOKUP_DNS ? &lookup : NULL,
    };
    return handshake_see(step->flow->handshake, flow_facts(step->flow),
                         step->conversations->certificates, &segment, may_swap);
}

static void see_acknowledgement(struct step *step)
{
    handshake_acknowledged(step->flow->handshake,
                           step->side == FLOW_C2S ? FLOW_S2C : FLOW_C2S,
                           step->headers->tcp.acknowledgement);
}

static void see_payload(struct step *step)
{
    struct flow *flow = step->flow;
    if (flow->handshake == NULL) {
        flow->handshake = handshake_new();
        handshake_set_budget(flow->handshake, &step->conversations->budget);
        start_handshake(flow);
        handshake_set_secrets(flow->handshake, step->conversations->secrets);
    }
    if ((step->headers->tcp.flags & TCP_ACK) != 0)
        see_acknowledgement(step);
    bool may_swap = flow->client_by > CLIENT_BY_SYN_ACK;
    enum handshake_outcome outcome = read_segment(step, may_swap);
    if (outcome == HANDSHAKE_SIDES_SWAPPED) {
        set_client(step, !flow->client_is_low, CLIENT_BY_PORT);
        outcome = read_segment(step, false);
    }
    believe_bytes(flow);
    if (outcome == HANDSHAKE_DONE) {
        handshake_free(flow->handshake);
        flow->handshake = NULL;
        flow->is_done_with_handshake = true;
    }
}

static void see_end(struct step *step)
{
    struct flow *flow = step->flow;
    uint8_t flags = step->headers->tcp.flags;
    if (flow->is_ended)
        return;
    if ((flags & TCP_FIN) != 0)
        flow->has_fin[step->side] = true;
    if ((flags & TCP_RST) != 0)
        flow->ended_by =
            step->side == FLOW_C2S ? FLOW_END_CLIENT_RST : FLOW_END_SERVER_RST;
    else if (flow->has_fin[0] && flow->has_fin[1])
        flow->ended_by = FLOW_END_FIN;
    else
        return;
    flow_table_ended(step->conversations->table, flow);
}

/* Round trips are those of one place: of packets that come by at several interfaces only
   the sightings at the first one's count, be they the first or the second ones. */
static void see_rtt(struct step *step, uint32_t interface)
{
    struct flow *flow = step->flow;
    if (flow->crosses_interfaces && interface != flow->home_interface)
        return;
    bool went_back = flow->clock_epoch != step->conversations->clock_epoch;
    flow->clock_epoch = step->conversations->clock_epoch;
    rtt_see(flow->rtt, step->headers, step->side == FLOW_C2S, step->time_ns, step->frame,
            went_back);
}

static void see_tcp(struct step *step, uint32_t interface)
{
    struct flow *flow = step->flow;
    const struct tcp_header *tcp = &step->headers->tcp;
    if ((tcp->flags & TCP_SYN) != 0)
        see_syn(step);
    see_rtt(step, interface);
    flow_note_highest(flow, step->side, step->headers);
    /* What a reset carries tells why, and is no data (RFC 9293 section 3.5.3). */
    if ((tcp->flags & TCP_RST) != 0)
        ;
    else if (step->headers->payload_length > 0 && !flow->is_done_with_handshake)
        see_payload(step);
    else if (flow->handshake != NULL && (tcp->flags & TCP_ACK) != 0)
        see_acknowledgement(step);
    if ((tcp->flags & (TCP_FIN | TCP_RST)) != 0)
        see_end(step);
}

static void see_udp(struct step *step)
{
    struct flow *flow = step->flow;
    const struct headers *headers = step->headers;
    if (flow->client_by > CLIENT_BY_HELLO && !flow->is_done_with_handshake) {
        struct datagram_role role = datagram_role_of(
            headers->payload, headers->source_port, headers->destination_port);
        if (role.by < (enum client_by)flow->client_by)
            set_client(step,
                       role.sender_is_client == (step->side == FLOW_C2S)
                           ? flow->client_is_low
                           : !flow->client_is_low,
                       role.by);
    }
    struct datagram datagram = {
        .payload = headers->payload,
        .side = step->side,
        .time_ns = step->time_ns,
        .frame = step->frame,
        .talks = step->conversations->talks,
        .secrets = step->conversations->secrets,
        .certificates = step->conversations->certificates,
    };
    datagram_see(flow, step->conversations->names, &datagram);
}

static void see_label(struct step *step)
{
    struct flow *flow = step->flow;
    struct conversations *conversations = step->conversations;
    if (conversations->labels == NULL || flow->is_done_with_labels ||
        step->headers->payload_length == 0 || step->headers->is_cut)
        return;
    if (protocol_see(conversations->labels, &flow->label_state, step->headers->ip,
                     flow->key.transport == FLOW_TCP, step->time_ns))
        flow_label_conclude(flow, conversations->labels);
}

/* What was seen before is counted, and otherwise left out. */
static enum sighting see_sighting(struct conversations *conversations,
                                  const struct packet *packet, struct flow *flow,
                                  struct capture_entry *entry)
{
    struct sighting_detail detail;
    enum sighting sighting = sightings_answer(conversations->sightings, &detail);
    if (sighting == SIGHTING_COPY) {
        entry->copies++;
        flow->copies++;
    } else if (sighting == SIGHTING_CROSSING) {
        entry->crossings++;
        if (detail.place > flow->crossings)
            flow->crossings = detail.place;
        flow->crosses_interfaces |= packet->interface != flow->home_interface;
    }
    return sighting;
}

/*
 * The lists by age need no more than a second's precision, and their neighbours are
 * seldom in the cache. UDP is aged by this packet's time: where the clock steps back the
 * flow at hand is the oldest.
 */
static void keep_lists(struct conversations *conversations, struct flow *flow,
                       int64_t time_ns)
{
    if (time_ns - flow->touched_ns > touch_ns || time_ns < flow->touched_ns) {
        flow->touched_ns = time_ns;
        flow_table_touch(conversations->table, flow);
    }
    if (conversations->packets++ % PACKETS_AN_AGEING == 0)
        flow_table_age_udp(conversations->table, time_ns - udp_silence_ns);
}

void conversations_see(struct conversations *conversations, const struct packet *packet,
                       const struct headers *headers, struct capture_entry *entry,
                       uint32_t file)
{
    struct flow_key key;
    int64_t time_ns = packet->time_ns;
    uint64_t frame = frame_of(file, packet->number);
    bool source_is_low = flow_key_of(headers, &key);
    sightings_ask(conversations->sightings, packet, headers);
    struct flow *flow = flow_table_find(conversations->table, &key);
    if (time_ns > conversations->latest_ns)
        conversations->latest_ns = time_ns;
    if (flow != NULL && has_expired(flow, headers, time_ns)) {
        flow_table_remove(conversations->table, flow);
        flow = NULL;
    }
    if (flow == NULL) {
        flow = add_flow(conversations, &key, packet, headers, source_is_low, frame);
        entry->flows++;
    }
    keep_lists(conversations, flow, time_ns);
    enum sighting sighting = see_sighting(conversations, packet, flow, entry);
    struct step step = {
        .conversations = conversations,
        .headers = headers,
        .flow = flow,
        .side = flow_side_of(flow, &headers->source, headers->source_port),
        .time_ns = time_ns,
        .frame = frame,
    };
    if (sighting == SIGHTING_CROSSING && flow->crosses_interfaces &&
        key.transport == FLOW_TCP)
        see_rtt(&step, packet->interface);
    if (sighting != SIGHTING_FIRST)
        return;
    if (key.transport == FLOW_TCP)
        see_tcp(&step, packet->interface);
    else
        see_udp(&step);
    count_packet(&step);
    see_label(&step);
}
