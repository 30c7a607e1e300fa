/* fields.c - RFC 8446 section 4.1, RFC 9112, RFC 1928, RFC 1035: what names a session. */
#include "tests/bench/fields.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "dissectors/dns.h"
#include "dissectors/http_body.h"
#include "dissectors/ip.h"
#include "dissectors/socks.h"
#include "dissectors/tls_hello.h"

enum { DNS_PORT = 53, DNS_ID_SIZE = 2 };

/* How a client asks a proxy for the connection. */
struct preamble {
    size_t http_requests;
    bool is_socks;
};

/* The first bytes of one direction, and where they came from. */
struct assembled {
    uint8_t bytes[FIELDS_STREAM_LIMIT];
    size_t size;
    const struct segment *segments; /* by offset */
    size_t segment_count;
};

/* Handshake fragments laid end to end; `origin` tells each byte's place in the stream. */
struct handshake {
    uint8_t bytes[FIELDS_STREAM_LIMIT];
    uint32_t origin[FIELDS_STREAM_LIMIT];
    size_t size;
    size_t clear_size; /* what lies behind may be encrypted */
};

static void add_field(struct template *pattern, const struct field *field)
{
    pattern->fields = template_grow(pattern->fields, pattern->field_count,
                                    &pattern->field_room, sizeof *pattern->fields);
    pattern->fields[pattern->field_count++] = *field;
}

static bool is_dns(const struct template_flow *flow)
{
    return flow->ends[0].port == DNS_PORT || flow->ends[1].port == DNS_PORT;
}

void fields_see_datagram(struct template *pattern, const struct template_flow *flow,
                         const struct frame *frame, struct bytes payload)
{
    struct bytes in = payload;
    struct dns_message message;
    if (!is_dns(flow) || payload.left < DNS_ID_SIZE ||
        dns_read_message(&in, &message) == DISSECT_OTHER)
        return;
    add_field(pattern, &(struct field){
                           .frame = (int64_t)pattern->frame_count,
                           .at = (uint32_t)(payload.at - frame->bytes),
                           .size = DNS_ID_SIZE,
                           .kind = FIELD_DNS_ID,
                       });
}

/* Bytes `begin` to `end` of a stream, in every frame that carries any of them. */
static void add_range(struct template *pattern, const struct assembled *stream,
                      uint32_t begin, uint32_t end, uint32_t from, enum field_kind kind)
{
    for (size_t i = 0; i < stream->segment_count; i++) {
        const struct segment *segment = &stream->segments[i];
        uint32_t segment_end = segment->offset + segment->size;
        uint32_t first = segment->offset > begin ? segment->offset : begin;
        uint32_t last = segment_end < end ? segment_end : end;
        if (first >= last)
            continue;
        add_field(pattern, &(struct field){
                               .frame = segment->frame,
                               .at = segment->at + first - segment->offset,
                               .size = last - first,
                               .from = from + first - begin,
                               .kind = kind,
                           });
    }
}

/* A field may lie over the border of two records: each run in the stream on its own. */
static void add_window(struct template *pattern, const struct assembled *stream,
                       const struct handshake *joined, struct bytes window,
                       enum field_kind kind)
{
    size_t at = window.left > 0 ? (size_t)(window.at - joined->bytes) : 0;
    for (size_t done = 0; done < window.left;) {
        size_t run = 1;
        while (done + run < window.left &&
               joined->origin[at + done + run] == joined->origin[at + done] + run)
            run++;
        uint32_t begin = joined->origin[at + done];
        add_range(pattern, stream, begin, begin + (uint32_t)run, (uint32_t)done, kind);
        done += run;
    }
}

static void join_record(struct handshake *joined, const struct assembled *stream,
                        struct bytes fragment)
{
    while (fragment.left > 0 && joined->size < FIELDS_STREAM_LIMIT) {
        joined->origin[joined->size] = (uint32_t)(fragment.at - stream->bytes);
        joined->bytes[joined->size++] = bytes_u8(&fragment);
    }
}

/* A second ClientHello (RFC 8446 section 4.1.4) may stand behind a ChangeCipherSpec, so
   that one ends nothing; application data does. */
static void join_records(struct handshake *joined, const struct assembled *stream,
                         struct bytes in)
{
    bool is_clear = true;
    joined->size = 0;
    joined->clear_size = 0;
    for (;;) {
        struct tls_record record;
        enum dissect outcome = tls_read_record(&in, &record);
        if ((outcome != DISSECT_OK && outcome != DISSECT_TRUNCATED) ||
            record.type == TLS_APPLICATION_DATA)
            return;
        is_clear = is_clear && record.type != TLS_CHANGE_CIPHER_SPEC;
        if (record.type == TLS_HANDSHAKE)
            join_record(joined, stream, record.fragment);
        if (is_clear)
            joined->clear_size = joined->size;
        if (outcome == DISSECT_TRUNCATED)
            return;
    }
}

/* A hello that is cut counts, but not where it may be encrypted bytes that look so. */
static void see_message(struct template *pattern, const struct assembled *stream,
                        const struct handshake *joined, const struct tls_message *message,
                        bool is_clear)
{
    struct tls_client_hello client;
    struct tls_server_hello server;
    enum dissect outcome = tls_read_client_hello(message, &client);
    if (outcome == DISSECT_OK || (outcome == DISSECT_TRUNCATED && is_clear)) {
        add_window(pattern, stream, joined, client.random, FIELD_RANDOM);
        add_window(pattern, stream, joined, client.session_id, FIELD_SESSION_ID);
    }
    outcome = tls_read_server_hello(message, &server);
    if (outcome == DISSECT_OK || (outcome == DISSECT_TRUNCATED && is_clear))
        add_window(pattern, stream, joined, server.session_id, FIELD_SESSION_ID);
}

static void find_hellos(struct template *pattern, const struct assembled *stream,
                        struct bytes in)
{
    static struct handshake joined;
    join_records(&joined, stream, in);
    struct bytes messages = bytes_of(joined.bytes, joined.size);
    enum dissect outcome;
    do {
        struct tls_message message;
        bool is_clear = (size_t)(messages.at - joined.bytes) < joined.clear_size;
        outcome = tls_read_handshake(&messages, &message);
        if (outcome == DISSECT_OK || (outcome == DISSECT_TRUNCATED && is_clear))
            see_message(pattern, stream, &joined, &message, is_clear);
    } while (outcome == DISSECT_OK);
}

static void find_dns_ids(struct template *pattern, const struct assembled *stream,
                         struct bytes in)
{
    struct bytes message;
    enum dissect outcome;
    do {
        outcome = dns_take_tcp_message(&in, &message);
        if (outcome == DISSECT_MALFORMED || message.left < DNS_ID_SIZE)
            return;
        uint32_t begin = (uint32_t)(message.at - stream->bytes);
        add_range(pattern, stream, begin, begin + DNS_ID_SIZE, 0, FIELD_DNS_ID);
    } while (outcome == DISSECT_OK);
}

static struct bytes behind_requests(struct bytes in, struct preamble *preamble)
{
    struct socks_greeting greeting;
    struct socks_request request;
    struct http_head head;
    struct http_body body;

    *preamble = (struct preamble){ 0 };
    if (socks_read_greeting(&in, &greeting) == DISSECT_OK)
        (void)socks_read_login(&in);
    if (socks_read_request(&in, &request) == DISSECT_OK)
        preamble->is_socks = true;
    while (http_read_head(&in, &head) == DISSECT_OK && head.is_request) {
        preamble->http_requests++;
        http_body_init(&body, &head, bytes_of("", 0));
        if (http_body_read(&body, &in) != DISSECT_OK)
            break;
    }
    return in;
}

/* A stream that becomes TLS has asked a proxy for nothing but tunnels. */
static struct bytes behind_answers(struct bytes in, const struct preamble *preamble)
{
    uint8_t method;
    bool is_accepted;
    struct socks_reply reply;
    if (preamble->is_socks) {
        if (socks_read_choice(&in, &method) == DISSECT_OK && method == SOCKS_METHOD_LOGIN)
            (void)socks_read_login_result(&in, &is_accepted);
        (void)socks_read_reply(&in, &reply);
    }
    for (size_t left = preamble->http_requests; left > 0;) {
        struct http_head head;
        struct http_body body;
        if (http_read_head(&in, &head) != DISSECT_OK || head.is_request)
            break;
        http_body_init(&body, &head, bytes_of("CONNECT", strlen("CONNECT")));
        if (http_body_read(&body, &in) != DISSECT_OK)
            break;
        left -= head.status >= 200;
    }
    return in;
}

/* Later copies of bytes add nothing; behind a hole nothing is looked at. */
static void assemble(const struct template *pattern, const struct segment *segments,
                     size_t count, struct assembled *stream)
{
    stream->size = 0;
    stream->segments = segments;
    stream->segment_count = count;
    for (size_t i = 0; i < count && segments[i].offset <= stream->size; i++) {
        const struct segment *segment = &segments[i];
        size_t known = stream->size - segment->offset;
        if (known >= segment->size)
            continue;
        size_t added = segment->size - known;
        if (added > FIELDS_STREAM_LIMIT - stream->size)
            added = FIELDS_STREAM_LIMIT - stream->size;
        memcpy(stream->bytes + stream->size,
               pattern->frames[segment->frame].bytes + segment->at + known, added);
        stream->size += added;
    }
}

static int order_segments(const void *left, const void *right)
{
    const struct segment *a = left, *b = right;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return (a->frame > b->frame) - (a->frame < b->frame);
}

static int order_fields(const void *left, const void *right)
{
    const struct field *a = left, *b = right;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static bool is_from_client(const struct template *pattern, int32_t stream)
{
    const struct template_stream *of = &pattern->streams[stream];
    return pattern->flows[of->flow].client == of->sender;
}

static void find_in_stream(struct template *pattern, int32_t number,
                           const struct assembled *stream, struct preamble *preambles)
{
    const struct template_stream *of = &pattern->streams[number];
    struct bytes in = bytes_of(stream->bytes, stream->size);
    if (is_dns(&pattern->flows[of->flow]))
        find_dns_ids(pattern, stream, in);
    else if (is_from_client(pattern, number))
        find_hellos(pattern, stream, behind_requests(in, &preambles[number]));
    else if (of->peer != TEMPLATE_NONE)
        find_hellos(pattern, stream, behind_answers(in, &preambles[of->peer]));
    else
        find_hellos(pattern, stream, in);
}

/* Clients first: what they asked tells what the answers are. */
static void find_in_streams(struct template *pattern, bool from_clients,
                            struct preamble *preambles)
{
    static struct assembled stream;
    const struct segment *segments = pattern->segments;
    for (size_t begin = 0, end; begin < pattern->segment_count; begin = end) {
        for (end = begin + 1; end < pattern->segment_count; end++)
            if (segments[end].stream != segments[begin].stream)
                break;
        if (is_from_client(pattern, segments[begin].stream) != from_clients)
            continue;
        assemble(pattern, segments + begin, end - begin, &stream);
        find_in_stream(pattern, segments[begin].stream, &stream, preambles);
    }
}

static void hand_out(struct template *pattern)
{
    if (pattern->field_count > 0)
        qsort(pattern->fields, pattern->field_count, sizeof *pattern->fields,
              order_fields);
    for (size_t i = 0; i < pattern->field_count; i++) {
        struct frame *frame = &pattern->frames[pattern->fields[i].frame];
        if (frame->field_count++ == 0)
            frame->first_field = i;
    }
}

void fields_find(struct template *pattern)
{
    struct preamble *preambles =
        alloc_zeroed(pattern->stream_count + 1, sizeof *preambles);
    if (pattern->segment_count > 0)
        qsort(pattern->segments, pattern->segment_count, sizeof *pattern->segments,
              order_segments);
    find_in_streams(pattern, true, preambles);
    find_in_streams(pattern, false, preambles);
    hand_out(pattern);
    free(preambles);
}
