/*
 * template.h - small captures, read whole, as the pattern that a large one repeats.
 *
 *     struct template pattern = { 0 };
 *     if (!template_read(&pattern, path)) ...        once for each capture
 *     template_finish(&pattern);
 *     ... pattern.frames, in time order ...
 *     template_release(&pattern);
 *
 * template_read leaves a file out, with a message on standard error, that cannot be read
 * or has another link type than the first. What a damaged file holds before the damage is
 * kept.
 *
 * A flow is a TCP or UDP 5-tuple of one capture: the same one in two captures is two. An
 * address that opens a flow is a client, and it is the clients that differ from copy to
 * copy. Tunnels are not opened.
 */
#ifndef O365LENS_TESTS_BENCH_TEMPLATE_H
#define O365LENS_TESTS_BENCH_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissectors/address.h"
#include "dissectors/bytes.h"

enum { TEMPLATE_NONE = -1 };

/* What is not the same in any two copies. */
enum field_kind { FIELD_RANDOM, FIELD_SESSION_ID, FIELD_DNS_ID };

struct field {
    int64_t frame;
    uint32_t at;   /* offset in the frame */
    uint32_t size; /* bytes of it in this frame */
    uint32_t from; /* the first of them, counted from the field's own start */
    enum field_kind kind;
};

struct frame {
    int64_t time_ns; /* since the first frame of its capture */
    uint32_t capture;
    size_t place; /* in the order of reading */
    uint8_t *bytes;
    uint32_t size, length; /* captured, and on the wire */
    uint8_t family;        /* 4 or 6; 0: no IP, and nothing below is filled */
    uint8_t protocol;
    bool has_transport; /* a transport header is there, cut perhaps */
    bool is_whole;      /* no fragment, and captured to its end */
    uint32_t network_at, transport_at;
    uint32_t transport_size;        /* on the wire */
    struct ip_address addresses[2]; /* source, destination */
    int32_t clients[2];             /* of template.clients, or TEMPLATE_NONE */
    int32_t flow;                   /* of template.flows, or TEMPLATE_NONE */
    uint8_t sender;                 /* of flow.ends */
    uint32_t number;                /* in its flow, from 0 */
    size_t first_field, field_count;
};

struct flow_end {
    struct ip_address address;
    uint16_t port;
};

struct template_flow {
    uint32_t capture;
    uint8_t protocol;
    struct flow_end ends[2]; /* in no particular order */
    uint8_t client;          /* of ends */
    bool client_is_sure;     /* by a SYN */
    int32_t streams[2];      /* the latest of each end, or TEMPLATE_NONE */
    uint32_t frames;
};

/* One direction of a TCP connection. */
struct template_stream {
    int32_t flow;
    int32_t peer; /* the other direction, or TEMPLATE_NONE */
    uint8_t sender;
    uint32_t start; /* sequence number of its first byte */
};

struct segment {
    int32_t stream;
    uint32_t offset; /* in the stream */
    int64_t frame;
    uint32_t at, size; /* of the payload in the frame */
};

struct template_client {
    uint32_t capture;
    struct ip_address address;
};

struct template
{
    int link_type; /* as libpcap numbers it */
    uint32_t captures;
    int64_t start_ns; /* of the first capture */
    int64_t span_ns;  /* of the longest */
    struct frame *frames;
    size_t frame_count, frame_room;
    struct template_flow *flows;
    size_t flow_count, flow_room;
    int32_t *flow_slots; /* open addressing, a power of two of them */
    size_t slot_count;
    struct template_stream *streams;
    size_t stream_count, stream_room;
    struct segment *segments;
    size_t segment_count, segment_room;
    struct field *fields; /* by frame */
    size_t field_count, field_room;
    struct template_client *clients;
    size_t client_count, client_room;
    uint32_t *fixed; /* addresses in 10.0.0.0/8 that are no clients', ascending */
    size_t fixed_count;
};

bool template_read(struct template *pattern, const char *path);

/* Names the clients, finds the fields, mends the checksums, sorts by time. */
void template_finish(struct template *pattern);

/* Whether copies of the flow differ. Asked once template_finish has named the clients. */
bool template_has_client(const struct template *pattern,
                         const struct template_flow *flow);

void template_release(struct template *pattern);

/* Makes room for one more item of `size` bytes in an array that grows by doubling. */
void *template_grow(void *items, size_t count, size_t *room, size_t size);

#endif
