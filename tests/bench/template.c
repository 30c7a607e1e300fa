/* template.c - IEEE 802.1Q, RFC 791, 8200, 9293, 768: who talks to whom in a capture. */
#include "tests/bench/template.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/alloc.h"
#include "dissectors/ip.h"
#include "dissectors/link.h"
#include "dissectors/tcp.h"
#include "dissectors/udp.h"
#include "tests/bench/fields.h"

enum {
    FIRST_ROOM = 256,
    PRIVILEGED_PORTS = 1024,
    PORTS_SIZE = 4,
    NANOSECONDS = 1000000000,
};

void *template_grow(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room == 0 ? FIRST_ROOM : *room * 2;
    return alloc_resize(items, *room, size);
}

static uint64_t hash_flow(const struct template_flow *flow)
{
    uint64_t hash = (uint64_t)flow->capture << 8 | flow->protocol;
    for (size_t end = 0; end < 2; end++) {
        hash = (hash ^ flow->ends[end].port) * 0x9e3779b97f4a7c15u;
        for (size_t i = 0; i < sizeof flow->ends[end].address.bytes; i++)
            hash = (hash ^ flow->ends[end].address.bytes[i]) * 0x100000001b3u;
    }
    return hash ^ hash >> 32;
}

static bool is_same_flow(const struct template_flow *a, const struct template_flow *b)
{
    for (size_t end = 0; end < 2; end++)
        if (a->ends[end].port != b->ends[end].port ||
            !address_is_equal(&a->ends[end].address, &b->ends[end].address))
            return false;
    return a->capture == b->capture && a->protocol == b->protocol;
}

static int32_t *slot_of(const struct template *pattern, const struct template_flow *flow)
{
    size_t at = hash_flow(flow) & (pattern->slot_count - 1);
    while (pattern->flow_slots[at] != TEMPLATE_NONE &&
           !is_same_flow(&pattern->flows[pattern->flow_slots[at]], flow))
        at = (at + 1) & (pattern->slot_count - 1);
    return &pattern->flow_slots[at];
}

static void widen_slots(struct template *pattern)
{
    if (pattern->flow_count * 2 < pattern->slot_count)
        return;
    pattern->slot_count = pattern->slot_count == 0 ? FIRST_ROOM : pattern->slot_count * 2;
    free(pattern->flow_slots);
    pattern->flow_slots = alloc_zeroed(pattern->slot_count, sizeof *pattern->flow_slots);
    for (size_t i = 0; i < pattern->slot_count; i++)
        pattern->flow_slots[i] = TEMPLATE_NONE;
    for (size_t i = 0; i < pattern->flow_count; i++)
        *slot_of(pattern, &pattern->flows[i]) = (int32_t)i;
}

static int order_ends(const struct flow_end *a, const struct flow_end *b)
{
    int order = address_order(&a->address, &b->address);
    return order != 0 ? order : a->port - b->port;
}

/* Until a SYN tells: the end with the higher kind of port, else the first to speak. */
static uint8_t likely_client(const struct template_flow *flow, uint8_t sender)
{
    bool first_is_low = flow->ends[0].port < PRIVILEGED_PORTS;
    bool second_is_low = flow->ends[1].port < PRIVILEGED_PORTS;
    return first_is_low == second_is_low ? sender : first_is_low;
}

static struct template_flow *find_flow(struct template *pattern, struct frame *frame,
                                       uint16_t source_port, uint16_t destination_port)
{
    struct flow_end from = { frame->addresses[0], source_port };
    struct flow_end to = { frame->addresses[1], destination_port };
    frame->sender = order_ends(&from, &to) > 0;
    struct template_flow wanted = {
        .capture = pattern->captures,
        .protocol = frame->protocol,
        .ends = { frame->sender == 0 ? from : to, frame->sender == 0 ? to : from },
        .streams = { TEMPLATE_NONE, TEMPLATE_NONE },
    };
    wanted.client = likely_client(&wanted, frame->sender);

    widen_slots(pattern);
    int32_t *slot = slot_of(pattern, &wanted);
    if (*slot == TEMPLATE_NONE) {
        *slot = (int32_t)pattern->flow_count;
        pattern->flows = template_grow(pattern->flows, pattern->flow_count,
                                       &pattern->flow_room, sizeof *pattern->flows);
        pattern->flows[pattern->flow_count++] = wanted;
    }
    frame->flow = *slot;
    frame->number = pattern->flows[*slot].frames++;
    return &pattern->flows[*slot];
}

static void open_stream(struct template *pattern, const struct frame *frame,
                        uint32_t start)
{
    struct template_flow *flow = &pattern->flows[frame->flow];
    int32_t opened = (int32_t)pattern->stream_count;
    int32_t other = flow->streams[!frame->sender];

    pattern->streams = template_grow(pattern->streams, pattern->stream_count,
                                     &pattern->stream_room, sizeof *pattern->streams);
    struct template_stream *stream = &pattern->streams[pattern->stream_count++];
    *stream = (struct template_stream){ .flow = frame->flow,
                                        .peer = TEMPLATE_NONE,
                                        .sender = frame->sender,
                                        .start = start };
    if (other != TEMPLATE_NONE && pattern->streams[other].peer == TEMPLATE_NONE) {
        stream->peer = other;
        pattern->streams[other].peer = opened;
    }
    flow->streams[frame->sender] = opened;
}

/* A SYN with another sequence number is a new connection between the same ends. */
static void see_tcp(struct template *pattern, const struct frame *frame,
                    const struct tcp_header *tcp, struct bytes payload)
{
    struct template_flow *flow = &pattern->flows[frame->flow];
    bool is_syn = (tcp->flags & TCP_SYN) != 0;
    uint32_t start = tcp->sequence + (is_syn ? 1 : 0);
    int32_t current = flow->streams[frame->sender];

    if (is_syn && !flow->client_is_sure) {
        flow->client = (tcp->flags & TCP_ACK) != 0 ? !frame->sender : frame->sender;
        flow->client_is_sure = true;
    }
    if (current == TEMPLATE_NONE ? is_syn || payload.left > 0
                                 : is_syn && pattern->streams[current].start != start)
        open_stream(pattern, frame, start);
    if (payload.left == 0)
        return;

    current = flow->streams[frame->sender];
    uint32_t offset = start - pattern->streams[current].start;
    if (offset >= FIELDS_STREAM_LIMIT)
        return;
    pattern->segments = template_grow(pattern->segments, pattern->segment_count,
                                      &pattern->segment_room, sizeof *pattern->segments);
    pattern->segments[pattern->segment_count++] = (struct segment){
        .stream = current,
        .offset = offset,
        .frame = (int64_t)pattern->frame_count,
        .at = (uint32_t)(payload.at - frame->bytes),
        .size = (uint32_t)payload.left,
    };
}

static void see_transport(struct template *pattern, struct frame *frame, struct bytes in)
{
    if (in.left < PORTS_SIZE)
        return;
    if (frame->protocol == IP_PROTOCOL_TCP) {
        struct tcp_header tcp;
        bool is_read = tcp_read_header(&in, &tcp) == DISSECT_OK || tcp.options_malformed;
        find_flow(pattern, frame, tcp.source_port, tcp.destination_port);
        if (is_read)
            see_tcp(pattern, frame, &tcp, in);
    } else if (frame->protocol == IP_PROTOCOL_UDP) {
        struct udp_header udp;
        bool is_read = udp_read_header(&in, &udp) == DISSECT_OK;
        struct template_flow *flow =
            find_flow(pattern, frame, udp.source_port, udp.destination_port);
        if (is_read)
            fields_see_datagram(pattern, flow, frame, in);
    }
}

static bool is_vlan(uint16_t type)
{
    return type == ETHER_VLAN || type == ETHER_PROVIDER_VLAN || type == ETHER_OLD_VLAN ||
           type == ETHER_OLDER_VLAN;
}

static void see_network(struct template *pattern, struct frame *frame)
{
    struct bytes in = bytes_of(frame->bytes, frame->size);
    struct link_header link;
    struct ip_header ip;
    uint16_t id;

    if (link_read_header((uint32_t)pattern->link_type, &in, &link) != DISSECT_OK)
        return;
    while (is_vlan(link.ether_type))
        if (link_read_vlan(&in, &id, &link.ether_type) != DISSECT_OK)
            return;
    uint32_t network_at = (uint32_t)(in.at - frame->bytes);
    if ((link.ether_type != ETHER_IPV4 && link.ether_type != ETHER_IPV6) ||
        ip_read_header(&in, frame->length - network_at, &ip) != DISSECT_OK)
        return;

    frame->family = ip.source.family;
    frame->protocol = ip.protocol;
    frame->addresses[0] = ip.source;
    frame->addresses[1] = ip.destination;
    frame->network_at = network_at;
    frame->transport_at = (uint32_t)(in.at - frame->bytes);
    frame->transport_size = ip.payload_length;
    frame->has_transport = ip.fragment_offset == 0;
    frame->is_whole = !ip.is_fragment && in.left == ip.payload_length;
    if (frame->has_transport)
        see_transport(pattern, frame, in);
}

static void add_frame(struct template *pattern, const struct pcap_pkthdr *header,
                      const u_char *bytes)
{
    struct frame frame = {
        .time_ns = (int64_t)header->ts.tv_sec * NANOSECONDS + header->ts.tv_usec,
        .size = header->caplen,
        .length = header->len < header->caplen ? header->caplen : header->len,
        .bytes = alloc_zeroed(header->caplen + 1, 1),
        .capture = pattern->captures,
        .place = pattern->frame_count,
        .clients = { TEMPLATE_NONE, TEMPLATE_NONE },
        .flow = TEMPLATE_NONE,
    };
    memcpy(frame.bytes, bytes, header->caplen);
    see_network(pattern, &frame);
    pattern->frames = template_grow(pattern->frames, pattern->frame_count,
                                    &pattern->frame_room, sizeof *pattern->frames);
    pattern->frames[pattern->frame_count++] = frame;
}

/* Lets the capture that begins at frame `first` begin at time 0. */
static void shift_times(struct template *pattern, size_t first)
{
    int64_t start = INT64_MAX;
    for (size_t i = first; i < pattern->frame_count; i++)
        if (pattern->frames[i].time_ns < start)
            start = pattern->frames[i].time_ns;
    for (size_t i = first; i < pattern->frame_count; i++) {
        pattern->frames[i].time_ns -= start;
        if (pattern->frames[i].time_ns > pattern->span_ns)
            pattern->span_ns = pattern->frames[i].time_ns;
    }
    if (first == 0)
        pattern->start_ns = start;
}

static bool read_frames(struct template *pattern, pcap_t *in, const char *path)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    size_t first = pattern->frame_count;
    int outcome;

    while ((outcome = pcap_next_ex(in, &header, &bytes)) == 1)
        add_frame(pattern, header, bytes);
    if (outcome == PCAP_ERROR)
        fprintf(stderr, "make_capture: %s: %s\n", path, pcap_geterr(in));
    if (pattern->frame_count == first)
        return false;
    shift_times(pattern, first);
    pattern->captures++;
    return true;
}

bool template_read(struct template *pattern, const char *path)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_t *in =
        pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (in == NULL) {
        fprintf(stderr, "make_capture: left out: %s: %s\n", path, reason);
        return false;
    }
    int link_type = pcap_datalink(in);
    if (pattern->captures == 0)
        pattern->link_type = link_type;
    bool is_same = link_type == pattern->link_type;
    if (!is_same)
        fprintf(stderr, "make_capture: left out: %s: another link type than the first\n",
                path);
    bool is_read = is_same && read_frames(pattern, in, path);
    pcap_close(in);
    return is_read;
}

static bool is_host(const struct ip_address *address)
{
    static const struct ip_address none6 = { .family = 6 };
    if (address->family == 4)
        return address->bytes[0] > 0 && address->bytes[0] < 224;
    return address->bytes[0] != 0xff && !address_is_equal(address, &none6);
}

static int32_t find_client(const struct template *pattern, uint32_t capture,
                           const struct ip_address *address)
{
    for (size_t i = 0; i < pattern->client_count; i++)
        if (pattern->clients[i].capture == capture &&
            address_is_equal(&pattern->clients[i].address, address))
            return (int32_t)i;
    return TEMPLATE_NONE;
}

bool template_has_client(const struct template *pattern, const struct template_flow *flow)
{
    for (size_t end = 0; end < 2; end++)
        if (find_client(pattern, flow->capture, &flow->ends[end].address) !=
            TEMPLATE_NONE)
            return true;
    return false;
}

static void name_clients(struct template *pattern)
{
    for (size_t i = 0; i < pattern->flow_count; i++) {
        const struct template_flow *flow = &pattern->flows[i];
        const struct ip_address *address = &flow->ends[flow->client].address;
        if (!is_host(address) ||
            find_client(pattern, flow->capture, address) != TEMPLATE_NONE)
            continue;
        pattern->clients = template_grow(pattern->clients, pattern->client_count,
                                         &pattern->client_room, sizeof *pattern->clients);
        pattern->clients[pattern->client_count++] =
            (struct template_client){ flow->capture, *address };
    }
}

static int order_numbers(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void note_fixed(struct template *pattern, const struct ip_address *address)
{
    struct bytes in = bytes_of(address->bytes, 4);
    if (address->family == 4 && address->bytes[0] == 10)
        pattern->fixed[pattern->fixed_count++] = bytes_u32(&in);
}

static void keep_distinct_fixed(struct template *pattern)
{
    size_t kept = 0;
    if (pattern->fixed_count > 0)
        qsort(pattern->fixed, pattern->fixed_count, sizeof *pattern->fixed,
              order_numbers);
    for (size_t i = 0; i < pattern->fixed_count; i++)
        if (kept == 0 || pattern->fixed[kept - 1] != pattern->fixed[i])
            pattern->fixed[kept++] = pattern->fixed[i];
    pattern->fixed_count = kept;
}

static void mark_clients(struct template *pattern)
{
    pattern->fixed = alloc_zeroed(pattern->frame_count * 2 + 1, sizeof *pattern->fixed);
    for (size_t i = 0; i < pattern->frame_count; i++) {
        struct frame *frame = &pattern->frames[i];
        for (size_t side = 0; side < 2 && frame->family != 0; side++) {
            frame->clients[side] =
                find_client(pattern, frame->capture, &frame->addresses[side]);
            if (frame->clients[side] == TEMPLATE_NONE)
                note_fixed(pattern, &frame->addresses[side]);
        }
    }
    keep_distinct_fixed(pattern);
}

/* By time; the order of reading decides between equals, so that the outcome is one. */
static int order_frames(const void *left, const void *right)
{
    const struct frame *a = left, *b = right;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

void template_finish(struct template *pattern)
{
    name_clients(pattern);
    mark_clients(pattern);
    fields_find(pattern);
    if (pattern->frame_count > 0)
        qsort(pattern->frames, pattern->frame_count, sizeof *pattern->frames,
              order_frames);
}

void template_release(struct template *pattern)
{
    for (size_t i = 0; i < pattern->frame_count; i++)
        free(pattern->frames[i].bytes);
    free(pattern->frames);
    free(pattern->flows);
    free(pattern->flow_slots);
    free(pattern->streams);
    free(pattern->segments);
    free(pattern->fields);
    free(pattern->clients);
    free(pattern->fixed);
    *pattern = (struct template){ 0 };
}
