/* fragments.c - RFC 791 section 3.2, RFC 815, RFC 5722, RFC 8200 section 4.5. */
#include "analyzer/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/fnv.h"

enum {
    SETS = FRAGMENTS_MOST + 2, /* two that are done may still be read */
    HEADER_ROOM = 256,         /* in front of the payload: headers up to this size */
    PAYLOAD_MOST = 65535,
    BUFFER_SIZE = HEADER_ROOM + PAYLOAD_MOST + 1,
    UNIT = 8, /* bytes; offsets of fragments are counted in these */
    UNITS = (PAYLOAD_MOST + 1) / UNIT,
    WORD_BITS = 64,
    IPV6_FIXED_SIZE = 40,
    RECENT = 64,
    LINK_RAW = 101,
};

static const int64_t second_ns = INT64_C(1000000000);
static const int64_t repeat_ns = INT64_C(5000000); /* as sightings tells copies */

struct key {
    struct ip_address source, destination;
    uint32_t id;
    uint8_t protocol; /* 0 for IPv6 */
    uint8_t layer_count;
    struct layer layers[DECODE_LAYERS];
    struct mac_address source_mac, destination_mac;
};

struct set {
    struct set *older, *newer;
    struct key key;
    uint64_t hash;
    int64_t begun_ns;
    uint32_t file;
    uint32_t total;  /* of the payload, 0: not known */
    uint32_t end;    /* of the piece that reaches farthest */
    uint32_t cut_at; /* captured without a gap up to here, as far as pieces are there */
    uint32_t units;  /* seen */
    uint64_t seen[UNITS / WORD_BITS];
    uint32_t other_count;
    uint64_t other_bytes;
    uint8_t other_protocol;
    bool is_refused, has_first;
    struct packet packet; /* the first piece: windows into `buffer` */
    struct headers headers;
    enum decode outcome;
    uint8_t *buffer; /* the payload from HEADER_ROOM on, in front of it the headers */
};

struct recent {
    uint64_t hash;
    int64_t done_ns;
};

struct fragments {
    struct set sets[SETS];
    struct set *unused[SETS];
    uint32_t unused_count;
    struct set *oldest, *newest;
    uint32_t waiting;
    struct set *done[2]; /* whose bytes the caller may still read, the later one first */
    struct recent recent[RECENT];
    uint32_t recent_at;
    uint32_t credit; /* first pieces that may still wait for nothing */
};

struct fragments *fragments_new(void)
{
    struct fragments *fragments = alloc_zeroed(1, sizeof *fragments);
    for (uint32_t i = 0; i < SETS; i++)
        fragments->unused[i] = &fragments->sets[SETS - 1 - i];
    fragments->unused_count = SETS;
    fragments->credit = FRAGMENTS_IN_VAIN;
    return fragments;
}

void fragments_free(struct fragments *fragments)
{
    for (uint32_t i = 0; fragments != NULL && i < SETS; i++)
        free(fragments->sets[i].buffer);
    free(fragments);
}

bool fragments_are_waiting(const struct fragments *fragments)
{
    return fragments->waiting > 0;
}

static void key_of(const struct headers *headers, struct key *key)
{
    const struct fragment_place *place = &headers->fragment;
    memset(key, 0, sizeof *key);
    key->source = place->piece.source;
    key->destination = place->piece.destination;
    key->id = place->piece.id;
    key->protocol = key->source.family == 4 ? place->piece.protocol : 0;
    key->layer_count = place->layer_count;
    for (uint8_t i = 0; i < place->layer_count; i++) {
        key->layers[i].kind = headers->layers[i].kind;
        key->layers[i].id = headers->layers[i].id;
    }
    key->source_mac = headers->source_mac;
    key->destination_mac = headers->destination_mac;
}

static struct set *find_set(const struct fragments *fragments, const struct key *key,
                            uint64_t hash)
{
    struct set *set = fragments->newest;
    while (set != NULL && (set->hash != hash || memcmp(&set->key, key, sizeof *key) != 0))
        set = set->older;
    return set;
}

static void unlink_set(struct fragments *fragments, struct set *set)
{
    *(set->older != NULL ? &set->older->newer : &fragments->oldest) = set->newer;
    *(set->newer != NULL ? &set->newer->older : &fragments->newest) = set->older;
    fragments->waiting--;
}

static struct set *add_set(struct fragments *fragments, const struct key *key,
                           uint64_t hash, int64_t time_ns, uint32_t file)
{
    struct set *set = fragments->unused[--fragments->unused_count];
    uint8_t *buffer = set->buffer;
    if (buffer == NULL)
        buffer = alloc_zeroed(1, BUFFER_SIZE);
    memset(set, 0, sizeof *set);
    set->key = *key;
    set->hash = hash;
    set->begun_ns = time_ns;
    set->file = file;
    set->cut_at = PAYLOAD_MOST;
    set->buffer = buffer;
    set->older = fragments->newest;
    *(fragments->newest != NULL ? &fragments->newest->newer : &fragments->oldest) = set;
    fragments->newest = set;
    fragments->waiting++;
    return set;
}

static bool is_over(const struct fragments *fragments, int64_t now_ns)
{
    const struct set *oldest = fragments->oldest;
    if (fragments->waiting >= FRAGMENTS_MOST)
        return true;
    /* Clocks are set back: that ends the waiting as well. */
    uint64_t waited = now_ns > oldest->begun_ns
                          ? (uint64_t)now_ns - (uint64_t)oldest->begun_ns
                          : (uint64_t)oldest->begun_ns - (uint64_t)now_ns;
    return waited > FRAGMENTS_SECONDS * (uint64_t)second_ns;
}

bool fragments_next_given_up(struct fragments *fragments, int64_t now_ns, bool is_all,
                             struct fragments_given_up *given_up)
{
    struct set *set = fragments->oldest;
    if (set == NULL || (!is_all && !is_over(fragments, now_ns)))
        return false;
    bool is_in_vain = set->has_first && set->other_count == 0;
    if (is_in_vain && fragments->credit > 0)
        fragments->credit--;
    *given_up = (struct fragments_given_up){
        .is_refused = set->is_refused,
        .has_first = set->has_first && !set->is_refused,
        .packet = set->packet,
        .headers = set->headers,
        .outcome = set->outcome,
        .file = set->file,
        .other_count = set->other_count,
        .other_bytes = set->other_bytes,
        .other.source = set->key.source,
        .other.destination = set->key.destination,
        .other.protocol = set->other_protocol,
    };
    if (set->is_refused && set->has_first) {
        given_up->other_count++;
        given_up->other_bytes += set->packet.length;
    }
    unlink_set(fragments, set);
    fragments->unused[fragments->unused_count++] = set;
    return true;
}

static bool is_seen(const struct set *set, uint32_t unit)
{
    return (set->seen[unit / WORD_BITS] >> unit % WORD_BITS & 1) != 0;
}

static uint32_t units_of(uint32_t size)
{
    return (size + UNIT - 1) / UNIT;
}

/* How many of the units of a piece are there already. */
static uint32_t overlap_of(const struct set *set, const struct ip_fragment *piece)
{
    uint32_t first = piece->offset / UNIT, count = 0;
    for (uint32_t i = 0; i < units_of(piece->payload_length); i++)
        count += is_seen(set, first + i);
    return count;
}

static void mark_seen(struct set *set, const struct ip_fragment *piece)
{
    uint32_t first = piece->offset / UNIT, count = units_of(piece->payload_length);
    for (uint32_t i = first; i < first + count; i++)
        set->seen[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
    set->units += count;
}

/* Does it fit between what is known of the length and the room that there is? */
static bool is_fitting(const struct set *set, const struct ip_fragment *piece)
{
    uint32_t end = piece->offset + piece->payload_length;
    if (piece->payload_length > PAYLOAD_MOST ||
        end > PAYLOAD_MOST - (uint32_t)piece->header.left)
        return false;
    if (piece->is_last)
        return set->total == 0 ? end >= set->end : end == set->total;
    return set->total == 0 || end <= set->total;
}

static bool is_told_again(const struct set *set, const struct ip_fragment *piece)
{
    return piece->payload.left > 0 && memcmp(set->buffer + HEADER_ROOM + piece->offset,
                                             piece->payload.at, piece->payload.left) == 0;
}

/* Windows of the frame become windows of the buffer. */
static struct bytes moved(const struct set *set, struct bytes window,
                          const struct ip_fragment *piece)
{
    if (window.left > 0)
        window.at = set->buffer + HEADER_ROOM + (window.at - piece->payload.at);
    return window;
}

/* The headers as they stood in the frame, that of an IPv6 fragment included. */
static void keep_first(struct set *set, const struct packet *packet,
                       const struct headers *headers, enum decode outcome)
{
    const struct ip_fragment *piece = &headers->fragment.piece;
    size_t size = (size_t)(piece->payload.at - piece->header.at);
    struct bytes whole = { .at = piece->header.at, .left = size + piece->payload.left };
    memcpy(set->buffer + HEADER_ROOM - size, piece->header.at, size);
    set->has_first = true;
    set->outcome = outcome;
    set->packet = *packet;
    set->packet.captured = moved(set, whole, piece);
    set->headers = *headers;
    set->headers.ip = moved(set, headers->ip, piece);
    set->headers.payload = moved(set, headers->payload, piece);
    set->headers.fragment.piece.header = moved(set, piece->header, piece);
    set->headers.fragment.piece.payload = moved(set, piece->payload, piece);
}

static void keep(struct fragments *fragments, struct set *set,
                 const struct packet *packet, const struct headers *headers,
                 enum decode outcome)
{
    const struct ip_fragment *piece = &headers->fragment.piece;
    uint32_t end = piece->offset + piece->payload_length;
    if (piece->payload.left > 0)
        memcpy(set->buffer + HEADER_ROOM + piece->offset, piece->payload.at,
               piece->payload.left);
    if (piece->payload.left < piece->payload_length) {
        uint32_t gap = piece->offset + (uint32_t)piece->payload.left;
        set->cut_at = gap < set->cut_at ? gap : set->cut_at;
    }
    mark_seen(set, piece);
    set->end = end > set->end ? end : set->end;
    set->total = piece->is_last ? end : set->total;
    if (piece->offset == 0) {
        keep_first(set, packet, headers, outcome);
    } else {
        set->other_count++;
        set->other_bytes += packet->length;
        set->other_protocol = piece->protocol;
        fragments->credit = FRAGMENTS_IN_VAIN;
    }
}

/* The header of the first piece, told to be a packet's: length, and no fragment. */
static void rebuild(struct set *set, const struct packet *last, struct packet *rebuilt)
{
    const struct ip_fragment *first = &set->headers.fragment.piece;
    uint32_t size = (uint32_t)first->header.left;
    bool is_ipv6 = set->key.source.family == 6;
    uint32_t captured = set->total < set->cut_at ? set->total : set->cut_at;
    if (is_ipv6)
        size = IPV6_FIXED_SIZE;
    uint8_t *header = set->buffer + HEADER_ROOM - size;
    memmove(header, first->header.at, size);
    uint32_t told = is_ipv6 ? set->total : size + set->total;
    uint8_t *length = header + (is_ipv6 ? 4 : 2);
    length[0] = (uint8_t)(told >> 8);
    length[1] = (uint8_t)told;
    if (is_ipv6)
        header[6] = first->protocol;
    else
        header[6] = header[7] = 0;
    *rebuilt = *last;
    rebuilt->captured = bytes_of(header, size + captured);
    rebuilt->length = size + set->total;
    rebuilt->link_type = LINK_RAW;
    rebuilt->fcs_size = 0;
}

static void finish(struct fragments *fragments, struct set *set, int64_t time_ns)
{
    unlink_set(fragments, set);
    fragments->done[0] = set;
    fragments->recent[fragments->recent_at++ % RECENT] =
        (struct recent){ .hash = set->hash, .done_ns = time_ns };
}

/* A mirror port sends the last piece again as well; it must not wait for another packet.
 */
static bool was_just_done(const struct fragments *fragments, uint64_t hash,
                          int64_t time_ns)
{
    for (uint32_t i = 0; i < RECENT; i++) {
        const struct recent *recent = &fragments->recent[i];
        if (recent->hash == hash && recent->done_ns <= time_ns &&
            time_ns - recent->done_ns <= repeat_ns)
            return true;
    }
    return false;
}

static void let_go_of_done(struct fragments *fragments)
{
    if (fragments->done[1] != NULL)
        fragments->unused[fragments->unused_count++] = fragments->done[1];
    fragments->done[1] = fragments->done[0];
    fragments->done[0] = NULL;
}

static bool is_waiting_worth_it(const struct fragments *fragments,
                                const struct ip_fragment *piece)
{
    size_t header = (size_t)(piece->payload.at - piece->header.at);
    if (piece->payload.left == 0 || header > HEADER_ROOM)
        return false;
    return piece->offset != 0 || fragments->credit > 0;
}

/* Refused is what overlaps, unless it says the same again. */
static void see_piece(struct fragments *fragments, struct set *set,
                      const struct packet *packet, const struct headers *headers,
                      enum decode outcome)
{
    const struct ip_fragment *piece = &headers->fragment.piece;
    bool is_refused = set->is_refused || !is_fitting(set, piece);
    uint32_t overlap = is_refused ? 0 : overlap_of(set, piece);
    if (!is_refused && overlap == 0) {
        keep(fragments, set, packet, headers, outcome);
        return;
    }
    if (!is_refused && overlap == units_of(piece->payload_length) &&
        is_told_again(set, piece))
        return;
    set->is_refused = true;
    set->other_count++;
    set->other_bytes += packet->length;
    set->other_protocol = piece->protocol;
}

enum fragments_outcome fragments_see(struct fragments *fragments,
                                     const struct packet *packet,
                                     const struct headers *headers, enum decode outcome,
                                     uint32_t file, struct packet *rebuilt)
{
    struct key key;
    const struct ip_fragment *piece = &headers->fragment.piece;
    let_go_of_done(fragments);
    key_of(headers, &key);
    uint64_t hash = fnv64(UINT64_C(0xcbf29ce484222325), &key, sizeof key);
    struct set *set = find_set(fragments, &key, hash);
    if (set == NULL) {
        if (piece->offset != 0 && was_just_done(fragments, hash, packet->time_ns))
            return FRAGMENTS_HELD;
        if (fragments->unused_count == 0 || !is_waiting_worth_it(fragments, piece))
            return FRAGMENTS_ALONE;
        set = add_set(fragments, &key, hash, packet->time_ns, file);
    } else if (piece->offset == 0 && !is_waiting_worth_it(fragments, piece)) {
        return FRAGMENTS_ALONE;
    }
    see_piece(fragments, set, packet, headers, outcome);
    if (set->is_refused || !set->has_first || set->total == 0 ||
        set->units < units_of(set->total))
        return FRAGMENTS_HELD;
    rebuild(set, packet, rebuilt);
    finish(fragments, set, packet->time_ns);
    return FRAGMENTS_REBUILT;
}
