/* shuffle_handshakes.c - the facts of a handshake do not depend on how its bytes came.
 *
 *     shuffle_handshakes SEEDS CAPTURE-OR-FOLDER...
 *
 * Takes the TCP connections of captures, at most their first segments, and writes them
 * anew: the same bytes of each direction with other borders, some of them twice, in
 * another order. What the worker says of them must be what it says of the first writing;
 * round trips, times and frame numbers apart. Seed n changes capture n modulo their
 * number, so that each has its turn.
 */
#include <ftw.h>
#include <fcntl.h>

#include "analyzer/byte_source.h"
#include "analyzer/capture.h"
#include "analyzer/decode.h"
#include "tests/read_series.h"

enum {
    SIDE_SEGMENTS_MOST = 48, /* of one direction, with payload */
    CONVERSATIONS_MOST = 300,
    SIDE_BYTES_MOST = 1 << 18,
    PIECES_MOST = 512,
    FACTS_SIZE = 1 << 14,
};

static const size_t piece_sizes[] = { 60, 300, 900, 1460 };
static const size_t block_sizes[] = { 2, 4, 8, 32 };

struct segment {
    uint32_t conversation, sequence, acknowledgement, length;
    uint16_t window;
    uint8_t side, flags;
    bool is_start;
    uint8_t *bytes; /* owned */
    uint32_t size;
};

struct conversation {
    char ip[2][ADDRESS_TEXT_SIZE];
    uint16_t port[2];
    uint32_t syn; /* sequence number, where has_syn */
    bool has_syn, is_full;
    uint32_t segments[2]; /* with payload */
};

struct material {
    char *name;
    struct segment *segments;
    size_t count, capacity;
    struct conversation *conversations;
    size_t conversation_count;
    char *facts; /* of the first writing */
};

static struct material *materials;
static size_t material_count;
static uint64_t random_state;

/* SplitMix64: Steele, Lea and Flood, 2014. */
static uint64_t random_below(uint64_t limit)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % limit;
}

static void *grown(void *memory, size_t count, size_t size)
{
    void *bigger = realloc(memory, count * size + 1);
    if (bigger == NULL)
        abort();
    return bigger;
}

/* Reading. */

static struct conversation *find_conversation(struct material *material,
                                              const struct headers *headers, int *side)
{
    char from[ADDRESS_TEXT_SIZE], to[ADDRESS_TEXT_SIZE];
    address_text(&headers->source, from);
    address_text(&headers->destination, to);
    bool is_syn = (headers->tcp.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    for (size_t i = material->conversation_count; i-- > 0;) {
        struct conversation *at = &material->conversations[i];
        for (*side = 0; *side < 2; ++*side)
            if (at->port[*side] == headers->source_port &&
                at->port[!*side] == headers->destination_port &&
                strcmp(at->ip[*side], from) == 0 && strcmp(at->ip[!*side], to) == 0) {
                if (is_syn && !(at->has_syn && at->syn == headers->tcp.sequence))
                    return NULL; /* the ports are used again: what follows is left out */
                return at;
            }
    }
    if (material->conversation_count == CONVERSATIONS_MOST)
        return NULL;
    material->conversations =
        grown(material->conversations, material->conversation_count + 1,
              sizeof *material->conversations);
    struct conversation *added = &material->conversations[material->conversation_count++];
    *added = (struct conversation){ .port = { headers->source_port,
                                              headers->destination_port },
                                    .has_syn = is_syn,
                                    .syn = headers->tcp.sequence };
    memcpy(added->ip[0], from, sizeof from);
    memcpy(added->ip[1], to, sizeof to);
    *side = 0;
    return added;
}

static void take_packet(struct material *material, const struct headers *headers)
{
    int side;
    const struct tcp_header *tcp = &headers->tcp;
    struct conversation *conversation = find_conversation(material, headers, &side);
    if (conversation == NULL || conversation->is_full)
        return;
    if (headers->payload_length > 60000 ||
        (headers->payload_length > 0 &&
         ++conversation->segments[side] > SIDE_SEGMENTS_MOST)) {
        conversation->is_full = true;
        return;
    }
    if (material->count == material->capacity) {
        material->capacity = 2 * material->capacity + 64;
        material->segments =
            grown(material->segments, material->capacity, sizeof *material->segments);
    }
    struct segment *segment = &material->segments[material->count++];
    *segment = (struct segment){
        .conversation = (uint32_t)(conversation - material->conversations),
        .sequence = tcp->sequence,
        .acknowledgement = tcp->acknowledgement,
        .window = tcp->window,
        .length = headers->payload_length,
        .side = (uint8_t)side,
        .flags = tcp->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK),
        .is_start = !conversation->has_syn && conversation->segments[side] == 1,
        .bytes = grown(NULL, headers->payload.left, 1),
        .size = (uint32_t)headers->payload.left,
    };
    memcpy(segment->bytes, headers->payload.at, headers->payload.left);
}

static void read_packets(struct material *material, struct capture *capture)
{
    struct packet packet;
    struct headers headers;
    while (capture_next(capture, &packet) == CAPTURE_PACKET)
        if (decode_packet(&packet, &headers) == DECODE_TRANSPORT &&
            headers.protocol == 6 && !headers.is_fragment)
            take_packet(material, &headers);
}

static void read_material(const char *path)
{
    struct error error;
    struct material material = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct byte_source *source = fd < 0 ? NULL : byte_source_open(fd, path, &error);
    struct capture *capture = source == NULL ? NULL : capture_open(source, &error);
    if (capture != NULL)
        read_packets(&material, capture);
    capture_close(capture);
    byte_source_close(source);
    if (fd >= 0)
        close(fd);
    if (material.count == 0) {
        free(material.conversations);
        return;
    }
    material.name = strdup(path);
    materials = grown(materials, material_count + 1, sizeof *materials);
    materials[material_count++] = material;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)at;
    if (type == FTW_F && strstr(path, "/oracle/") == NULL)
        read_material(path);
    return 0;
}

static int by_name(const void *left, const void *right)
{
    const struct material *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* Writing. */

struct writing {
    const struct material *material;
    struct pcap_writer out;
    int64_t time_ns;
    uint16_t ip_id;
};

static void write_segment(struct writing *writing, const struct segment *segment)
{
    static uint8_t frame[70000];
    const struct conversation *conversation =
        &writing->material->conversations[segment->conversation];
    struct pcap_writer_fields fields = {
        .source = conversation->ip[segment->side],
        .destination = conversation->ip[!segment->side],
        .source_port = conversation->port[segment->side],
        .destination_port = conversation->port[!segment->side],
        .source_mac = { 2, 0, 0, 0, 0, (uint8_t)(1 + segment->side) },
        .destination_mac = { 2, 0, 0, 0, 0, (uint8_t)(2 - segment->side) },
        .ip_id = ++writing->ip_id,
        .window = segment->window,
        .sequence = segment->sequence,
        .acknowledgement = segment->acknowledgement,
        .tcp_flags = segment->flags,
        .payload_size = segment->length,
    };
    uint8_t *payload = grown(NULL, segment->length, 1);
    memset(payload, 0, segment->length);
    memcpy(payload, segment->bytes, segment->size);
    fields.payload = payload;
    size_t size = pcap_writer_tcp(&fields, frame, sizeof frame);
    writing->time_ns += 6 * ms_ns;
    pcap_writer_packet(&writing->out, writing->time_ns, frame,
                       size - (segment->length - segment->size), size);
    free(payload);
}

static struct writing writing_begin(const struct material *material)
{
    struct writing writing = { .material = material, .time_ns = noon_ns };
    pcap_writer_start(
        &writing.out,
        &(struct pcap_writer_file){ .magic = PCAP_WRITER_NANOSECONDS, .link_type = 1 });
    return writing;
}

/* Shuffling: the bytes of one direction, each from its first copy. */

struct direction {
    uint8_t *bytes;
    uint32_t *acknowledgements; /* of the segment that brought the byte */
    bool *is_there;
    uint32_t base, size;
    struct segment pieces[PIECES_MOST];
    size_t piece_count, slots, next_slot, next_piece;
};

/* Where the start of a connection was not captured the first segment is taken for it: it
   stays where it is. */
static bool is_slot(const struct segment *segment)
{
    return segment->size > 0 && !segment->is_start &&
           (segment->flags & (TCP_SYN | TCP_RST)) == 0;
}

/* False where the direction is left as it is: cut, or scattered too far. */
static bool measure(const struct material *material, uint32_t conversation, int side,
                    struct direction *direction)
{
    bool has_base = false;
    int32_t low = 0, high = 0;
    for (size_t i = 0; i < material->count; i++) {
        const struct segment *segment = &material->segments[i];
        if (segment->conversation != conversation || segment->side != side ||
            !is_slot(segment))
            continue;
        if (segment->size < segment->length)
            return false;
        if (!has_base)
            direction->base = segment->sequence;
        has_base = true;
        int32_t from = (int32_t)(segment->sequence - direction->base);
        low = from < low ? from : low;
        high =
            from + (int32_t)segment->size > high ? from + (int32_t)segment->size : high;
        direction->slots++;
    }
    direction->base += (uint32_t)low;
    direction->size = (uint32_t)(high - low);
    return direction->slots > 0 && direction->size <= SIDE_BYTES_MOST;
}

static void gather(const struct material *material, uint32_t conversation, int side,
                   struct direction *direction)
{
    direction->bytes = calloc(direction->size, 1);
    direction->is_there = calloc(direction->size, sizeof(bool));
    direction->acknowledgements = calloc(direction->size, sizeof(uint32_t));
    for (size_t i = 0; i < material->count; i++) {
        const struct segment *segment = &material->segments[i];
        if (segment->conversation != conversation || segment->side != side ||
            !is_slot(segment))
            continue;
        for (uint32_t k = 0; k < segment->size; k++) {
            uint32_t at = segment->sequence - direction->base + k;
            if (direction->is_there[at])
                continue;
            direction->is_there[at] = true;
            direction->bytes[at] = segment->bytes[k];
            direction->acknowledgements[at] = segment->acknowledgement;
        }
    }
}

static void add_piece(struct direction *direction, uint32_t from, uint32_t to)
{
    if (direction->piece_count == PIECES_MOST || from == to)
        return;
    direction->pieces[direction->piece_count++] = (struct segment){
        .sequence = direction->base + from,
        .acknowledgement = direction->acknowledgements[to - 1],
        .bytes = direction->bytes + from,
        .size = to - from,
        .length = to - from,
    };
}

static void shuffle(struct segment *pieces, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = random_below(i);
        struct segment swapped = pieces[i - 1];
        pieces[i - 1] = pieces[k];
        pieces[k] = swapped;
    }
}

static void cut_run(struct direction *direction, uint32_t from, uint32_t to)
{
    size_t most = piece_sizes[random_below(4)], block = block_sizes[random_below(4)];
    size_t first = direction->piece_count;
    if (most < (to - from) / 60)
        most = (to - from) / 60;
    for (uint32_t at = from; at < to;) {
        uint32_t size = 1 + (uint32_t)random_below(most);
        uint32_t end = size > to - at ? to : at + size;
        uint32_t back = random_below(4) == 0 ? (uint32_t)random_below(at - from + 1) : 0;
        add_piece(direction, at - (back > 700 ? 700 : back), end);
        if (random_below(4) == 0) {
            uint32_t start = from + (uint32_t)random_below(end - from);
            add_piece(direction, start, end - start > 1000 ? start + 1000 : end);
        }
        at = end;
    }
    for (size_t at = first; at < direction->piece_count; at += block)
        shuffle(direction->pieces + at, direction->piece_count - at < block
                                            ? direction->piece_count - at
                                            : block);
}

static void cut_direction(struct direction *direction)
{
    for (uint32_t at = 0; at < direction->size;) {
        uint32_t end = at;
        while (end < direction->size && direction->is_there[end])
            end++;
        if (end > at)
            cut_run(direction, at, end);
        at = end + 1;
    }
}

static void write_slot(struct writing *writing, struct direction *direction,
                       const struct segment *slot)
{
    size_t end = ++direction->next_slot * direction->piece_count / direction->slots;
    for (; direction->next_piece < end; direction->next_piece++) {
        struct segment piece = direction->pieces[direction->next_piece];
        piece.conversation = slot->conversation;
        piece.side = slot->side;
        piece.window = slot->window;
        piece.flags = slot->flags & TCP_ACK;
        write_segment(writing, &piece);
    }
    if ((slot->flags & TCP_FIN) != 0) {
        struct segment fin = *slot;
        fin.sequence += slot->length;
        fin.size = fin.length = 0;
        write_segment(writing, &fin);
    }
}

static size_t shuffled_handshakes;

static struct pcap_writer write_shuffled(const struct material *material)
{
    size_t count = 2 * material->conversation_count;
    struct direction **directions = calloc(count, sizeof *directions);
    for (size_t i = 0; i < count; i++) {
        struct direction *direction = calloc(1, sizeof *direction);
        if (!measure(material, (uint32_t)(i / 2), i % 2, direction)) {
            free(direction);
            continue;
        }
        gather(material, (uint32_t)(i / 2), i % 2, direction);
        cut_direction(direction);
        directions[i] = direction;
        shuffled_handshakes += i % 2 == 0 || directions[i - 1] == NULL;
    }
    struct writing writing = writing_begin(material);
    for (size_t i = 0; i < material->count; i++) {
        const struct segment *segment = &material->segments[i];
        struct direction *direction =
            directions[2 * segment->conversation + segment->side];
        if (direction != NULL && is_slot(segment))
            write_slot(&writing, direction, segment);
        else
            write_segment(&writing, segment);
    }
    for (size_t i = 0; i < count; i++)
        if (directions[i] != NULL) {
            free(directions[i]->bytes);
            free(directions[i]->is_there);
            free(directions[i]->acknowledgements);
            free(directions[i]);
        }
    free(directions);
    return writing.out;
}

static struct pcap_writer write_plain(const struct material *material)
{
    struct writing writing = writing_begin(material);
    for (size_t i = 0; i < material->count; i++)
        write_segment(&writing, &material->segments[i]);
    return writing.out;
}

/* Facts, one line a flow. */

/* The others tell of times, sizes and gaps. */
static const uint32_t compared_partial = PARTIAL_NO_SYN | PARTIAL_NO_SYNACK |
                                         PARTIAL_NO_END | PARTIAL_ONE_WAY |
                                         PARTIAL_SNAPLEN | PARTIAL_STREAM_CAP;

static const char *shown(const char *text)
{
    return text == NULL ? "-" : text;
}

static void print_flow(FILE *out, const struct series_run *run,
                       const struct flow_record *flow)
{
    const struct flow_tls *tls = &flow->tls;
    const struct flow_http *http = &flow->http;
    char client[ADDRESS_TEXT_SIZE], server[ADDRESS_TEXT_SIZE];
    address_text(&flow->client.ip, client);
    address_text(&flow->server.ip, server);
    fprintf(out, "%s:%u %s:%u by=%u end=%u partial=%#x", client, flow->client.port,
            server, flow->server.port, flow->client_by, flow->ended_by,
            flow->partial & compared_partial);
    fprintf(out, " tls=%d%d%d version=%s sni=%s alpn=%s resumed=%d retry=%d 13=%d ech=%d",
            tls->is_present, tls->has_hello, tls->has_server_hello, shown(tls->version),
            shown(tls->sni), shown(tls->alpn), tls->resumed, tls->hello_retry,
            tls->offers_13, tls->has_ech);
    fprintf(out, " alert=%s random=%s session=%s ja3=%s ja4=%s ja3s=%s hidden=%u chain=",
            shown(tls->alert), shown(tls->client_random), shown(tls->session_id),
            shown(tls->ja3), shown(tls->ja4), shown(tls->ja3s), tls->hidden);
    for (uint32_t i = 0; i < tls->chain_count; i++)
        fprintf(out, "%.8s,", run->header->certificates[tls->chain[i]].sha256);
    fprintf(out, " http=%s %s %d %u rounds=%u scheme=%s via=%s agent=%s statuses=",
            shown(http->method), shown(http->host), http->is_absolute, http->requests,
            http->auth_rounds, shown(http->auth_scheme), shown(http->via),
            shown(http->user_agent));
    for (uint32_t i = 0; i < http->status_count; i++)
        fprintf(out, "%u,", http->statuses[i]);
    fprintf(out, " socks=%u %s\n", flow->socks.version, shown(flow->socks.target));
}

static int by_line(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The lines in order, as one text. */
static char *sorted(char *text)
{
    size_t count = 0, size = strlen(text);
    char **lines = grown(NULL, size + 1, sizeof *lines);
    char *rest = text, *joined = grown(NULL, size + 1, 1), *line;
    while ((line = strsep(&rest, "\n")) != NULL && rest != NULL)
        lines[count++] = line;
    qsort(lines, count, sizeof *lines, by_line);
    joined[0] = '\0';
    char *end = joined;
    for (size_t i = 0; i < count; i++)
        end += sprintf(end, "%s\n", lines[i]);
    free(lines);
    free(text);
    return joined;
}

static char *facts_of(struct pcap_writer *capture)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct series_run run = run_one(capture);
    const struct flow_record *flow;
    while ((flow = next_flow(&run)) != NULL)
        print_flow(out, &run, flow);
    fclose(out);
    run_release(&run);
    pcap_writer_release(capture);
    return sorted(text);
}

/* Prints the lines of each that the other lacks. */
static void print_difference(const char *before, const char *after)
{
    const char *texts[2] = { before, after };
    for (int i = 0; i < 2; i++)
        for (const char *line = texts[i]; *line != '\0';) {
            const char *end = strchr(line, '\n') + 1;
            char *alone = strndup(line, (size_t)(end - line));
            if (strstr(texts[!i], alone) == NULL)
                fprintf(stderr, "%c %s", i == 0 ? '-' : '+', alone);
            free(alone);
            line = end;
        }
}

static bool try_seed(struct material *material, uint64_t seed)
{
    if (material->facts == NULL) {
        struct pcap_writer plain = write_plain(material);
        material->facts = facts_of(&plain);
    }
    random_state = seed;
    struct pcap_writer shuffled = write_shuffled(material);
    char *facts = facts_of(&shuffled);
    bool is_same = strcmp(facts, material->facts) == 0;
    if (!is_same) {
        fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, material->name);
        print_difference(material->facts, facts);
    }
    free(facts);
    return is_same;
}

static void release_materials(void)
{
    for (size_t i = 0; i < material_count; i++) {
        for (size_t k = 0; k < materials[i].count; k++)
            free(materials[i].segments[k].bytes);
        free(materials[i].segments);
        free(materials[i].conversations);
        free(materials[i].facts);
        free(materials[i].name);
    }
    free(materials);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: shuffle_handshakes SEEDS CAPTURE-OR-FOLDER...\n");
        return 2;
    }
    uint64_t seeds = strtoull(argv[1], NULL, 10), failures = 0, handshakes = 0;
    for (int i = 2; i < argc; i++)
        if (nftw(argv[i], visit, 16, FTW_PHYS) != 0)
            return 2;
    if (material_count == 0)
        return 2;
    qsort(materials, material_count, sizeof *materials, by_name);
    for (size_t i = 0; i < material_count; i++)
        handshakes += materials[i].conversation_count;
    for (uint64_t seed = 0; seed < seeds; seed++)
        failures += !try_seed(&materials[seed % material_count], seed);
    printf("%zu captures, %llu connections; %llu seeds, %zu connections shuffled, "
           "%llu failures\n",
           material_count, (unsigned long long)handshakes, (unsigned long long)seeds,
           shuffled_handshakes, (unsigned long long)failures);
    release_materials();
    return failures == 0 && test_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
