/* sightings.c - copies and crossings of packets, by fingerprint (methods C1.2 rule 2). */
#include "analyzer/sightings.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "dissectors/ip.h"

enum {
    RING_BITS = 18,
    RING_MOST = 1 << RING_BITS, /* sightings remembered */
    RING_LEAST = 1 << 12,
    BUCKET_SIZE = 8,
    MILLISECOND_NS = 1000000,
    SECOND_NS = 1000000000,
    COPY_NS = 5 * MILLISECOND_NS,
    UNSURE_COPY_NS = MILLISECOND_NS,
    SHARE_WINDOW = 4096,  /* packets after which the share is half forgotten */
    COPIES_ONE_IN = 1000, /* methods C1.2: rarer ones are sent again, not copied */
    UNSURE_ONE_IN = 50,
    UNSURE_FIRST_ONE_IN = 4, /* for the first few: one accident is no sign */
    UNSURE_FEW = 4,
    PROBE_SIZE = 32, /* of a datagram, front and end: connection ids may fill 20 bytes */
};

struct seen {
    uint64_t fingerprint; /* 0: forgotten */
    int64_t time_ns;
    uint32_t place; /* a hash of the link above the TTL's 8 bits */
};

/*
 * Where in the ring sightings of like fingerprints are, the newest first: the position,
 * and above it some bits of the fingerprint, so that the ring is rarely looked at in
 * vain.
 */
struct bucket {
    uint32_t slots[BUCKET_SIZE];
};

/* Packets with an IP-id, data, SYN or FIN, and those of them that look like copies. */
struct share {
    uint32_t telling, copies;
};

/* What is asked about one packet. */
struct question {
    uint64_t fingerprint;
    uint32_t place;
    bool has_ip_id;
    bool is_bare; /* nothing in it that would be sent again after a time-out only */
    bool has_macs;
    int64_t time_ns;
};

struct sightings {
    struct share share;
    bool has_question;
    struct question question;                       /* asked last */
    uint32_t next;                                  /* position in the ring */
    uint32_t size;                                  /* of the ring; a power of two */
    struct bucket buckets[RING_MOST / BUCKET_SIZE]; /* in use: size / BUCKET_SIZE */
    struct seen ring[RING_MOST];
};

static inline uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 29;
}

static inline uint64_t pair(uint32_t high, uint32_t low)
{
    return (uint64_t)high << 32 | low;
}

static uint64_t mix_address(uint64_t hash, const struct ip_address *address)
{
    uint64_t halves[2];
    memcpy(halves, address->bytes, sizeof halves);
    hash = mix(hash, halves[0]);
    return address->family == 6 ? mix(hash, halves[1]) : hash;
}

static uint64_t mix_bytes(uint64_t hash, struct bytes in)
{
    while (in.left > 0) {
        uint64_t word = 0;
        struct bytes taken = bytes_take_at_most(&in, sizeof word);
        if (taken.left == sizeof word)
            memcpy(&word, taken.at, sizeof word); /* one load, where the size is known */
        else
            memcpy(&word, taken.at, taken.left);
        hash = mix(hash, word);
    }
    return hash;
}

static bool is_bare(const struct headers *headers)
{
    return headers->protocol == IP_PROTOCOL_TCP && headers->payload_length == 0 &&
           (headers->tcp.flags & (TCP_SYN | TCP_FIN)) == 0;
}

/* Repeated acknowledgements differ by their SACK blocks at the best. */
static uint64_t mix_bare(uint64_t hash, const struct tcp_header *tcp)
{
    hash = mix(hash, pair(tcp->timestamp_echo, tcp->window));
    for (uint8_t i = 0; i < tcp->sack_count; i++)
        hash = mix(hash, pair(tcp->sack[i].left, tcp->sack[i].right));
    return hash;
}

/* No payload and no checksum: the sequence numbers tell more, and offload leaves partial
   checksums in one of two places. */
static uint64_t mix_tcp(uint64_t hash, const struct headers *headers)
{
    const struct tcp_header *tcp = &headers->tcp;
    hash = mix(hash, pair(tcp->sequence, tcp->acknowledgement));
    hash = mix(hash, pair(tcp->timestamp, tcp->flags));
    return is_bare(headers) ? mix_bare(hash, tcp) : hash;
}

/* Where the payload is cut its end is elsewhere at every place: tags take room. */
static uint64_t mix_udp(uint64_t hash, const struct headers *headers)
{
    hash = mix(hash, headers->udp_checksum);
    if (headers->ip_id != 0 && headers->udp_checksum != 0)
        return hash; /* that is telling enough */
    struct bytes rest = headers->payload;
    struct bytes front = bytes_take_at_most(&rest, PROBE_SIZE);
    hash = mix_bytes(hash, front);
    if (headers->is_cut || rest.left == 0)
        return hash;
    if (rest.left > PROBE_SIZE)
        bytes_skip(&rest, rest.left - PROBE_SIZE);
    return mix_bytes(hash, rest);
}

static uint64_t fingerprint_of(const struct headers *headers)
{
    uint32_t ports = (uint32_t)headers->source_port << 16 | headers->destination_port;
    uint32_t kind = (uint32_t)headers->ip_id << 8 | headers->protocol;

    uint64_t hash = mix_address(0, &headers->source);
    hash = mix_address(hash, &headers->destination);
    hash = mix(hash, pair(ports, kind));
    hash = mix(hash, headers->payload_length);
    if (headers->protocol == IP_PROTOCOL_TCP)
        hash = mix_tcp(hash, headers);
    else
        hash = mix_udp(hash, headers);
    return mix(hash, 0);
}

static uint64_t mix_mac(uint64_t hash, const struct mac_address *mac)
{
    uint32_t front;
    uint16_t rest;
    memcpy(&front, mac->bytes, sizeof front);
    memcpy(&rest, mac->bytes + sizeof front, sizeof rest);
    return mix(hash, pair(front, rest));
}

static uint32_t place_of(const struct packet *packet, const struct headers *headers)
{
    uint64_t hash = mix(0, pair(packet->interface, headers->cooked_interface));
    hash = mix_mac(hash, &headers->source_mac);
    hash = mix_mac(hash, &headers->destination_mac);
    for (uint8_t i = 0; i < headers->layer_count; i++)
        hash = mix(hash, pair(headers->layers[i].kind, headers->layers[i].id));
    if (headers->tunnel_source.family != 0) {
        hash = mix_address(hash, &headers->tunnel_source);
        hash = mix_address(hash, &headers->tunnel_destination);
    }
    return (uint32_t)(hash >> 32) << 8 | headers->ttl;
}

static inline uint32_t slot_of(uint64_t fingerprint, uint32_t position)
{
    return (uint32_t)(fingerprint >> 32) << RING_BITS | position;
}

static inline bool is_like_slot(uint32_t slot, uint64_t fingerprint)
{
    return (slot ^ slot_of(fingerprint, 0)) >> RING_BITS == 0;
}

/* Without a sign: files are not always in order, and clocks are set back. */
static inline uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

static inline bool is_match(const struct seen *seen, const struct question *question)
{
    return seen->fingerprint == question->fingerprint &&
           distance(seen->time_ns, question->time_ns) < SECOND_NS;
}

static bool is_telling(const struct question *question)
{
    return question->has_ip_id || !question->is_bare;
}

static void see_share(struct share *share, bool is_copy)
{
    share->telling++;
    share->copies += is_copy;
    if (share->telling == SHARE_WINDOW) {
        share->telling /= 2;
        share->copies /= 2;
    }
}

/* At least one copy in so many packets. */
static bool reaches(const struct share *share, uint32_t one_in)
{
    return share->copies > 0 && share->copies * one_in >= share->telling;
}

/* Where packets look the same and are two, does this capture hold copies anyway? */
static bool holds_copies(const struct share *share)
{
    return reaches(share, UNSURE_ONE_IN) &&
           (share->copies >= UNSURE_FEW || reaches(share, UNSURE_FIRST_ONE_IN));
}

static uint64_t copy_reach(const struct share *share, const struct question *question)
{
    if (question->has_ip_id)
        return COPY_NS;
    return !question->is_bare && holds_copies(share) ? COPY_NS : UNSURE_COPY_NS;
}

/*
 * A router changes the MACs. With the same ones a lower TTL is a loop, if it is the same
 * packet: which an IP-id tells. Links without MACs show a router by the TTL alone.
 */
static bool is_other_place(const struct seen *seen, const struct question *question)
{
    if (seen->place >> 8 != question->place >> 8)
        return true;
    return (seen->place & 0xff) > (question->place & 0xff) &&
           (question->has_ip_id || !question->has_macs);
}

static inline struct bucket *bucket_of(struct sightings *sightings, uint64_t fingerprint)
{
    return &sightings->buckets[fingerprint & (sightings->size / BUCKET_SIZE - 1)];
}

/* What stands in a bucket moves on to one of two. */
static void split_bucket(struct sightings *sightings, struct bucket *bucket)
{
    struct bucket old = *bucket;
    uint32_t filled[2] = { 0, 0 };
    struct bucket *to[2] = { bucket, bucket + sightings->size / BUCKET_SIZE / 2 };
    memset(bucket, 0, sizeof *bucket);
    for (int i = 0; i < BUCKET_SIZE; i++) {
        const struct seen *seen = &sightings->ring[old.slots[i] % RING_MOST];
        int which = bucket_of(sightings, seen->fingerprint) == to[1];
        if (is_like_slot(old.slots[i], seen->fingerprint) &&
            bucket_of(sightings, seen->fingerprint) == to[which])
            to[which]->slots[filled[which]++] = old.slots[i];
    }
}

/*
 * The ring begins small, so that the processor's cache holds what a slow link needs, and
 * doubles when it would lose what is younger than a second.
 */
static void grow(struct sightings *sightings)
{
    uint32_t buckets = sightings->size / BUCKET_SIZE;
    sightings->next = sightings->size;
    sightings->size *= 2;
    for (uint32_t i = 0; i < buckets; i++)
        split_bucket(sightings, &sightings->buckets[i]);
}

static void remember(struct sightings *sightings, const struct question *question)
{
    const struct seen *oldest = &sightings->ring[sightings->next];
    if (sightings->size < RING_MOST && oldest->fingerprint != 0 &&
        distance(oldest->time_ns, question->time_ns) < SECOND_NS)
        grow(sightings);
    uint32_t position = sightings->next;
    sightings->next = (position + 1) & (sightings->size - 1);
    struct seen *seen = &sightings->ring[position];
    seen->fingerprint = question->fingerprint;
    seen->time_ns = question->time_ns;
    seen->place = question->place;
    struct bucket *bucket = bucket_of(sightings, question->fingerprint);
    memmove(&bucket->slots[1], &bucket->slots[0],
            sizeof bucket->slots[0] * (BUCKET_SIZE - 1));
    bucket->slots[0] = slot_of(question->fingerprint, position);
}

/* Nearly always false, and then nothing but the bucket was looked at. */
static inline bool may_hold(const struct bucket *bucket, uint64_t fingerprint)
{
    bool is_like = false;
    for (int i = 0; i < BUCKET_SIZE; i++)
        is_like |= is_like_slot(bucket->slots[i], fingerprint);
    return is_like;
}

/* The sighting in a slot, where it is one of the packet; else NULL. */
static inline struct seen *match_in(struct sightings *sightings, uint32_t slot,
                                    const struct question *question)
{
    if (!is_like_slot(slot, question->fingerprint))
        return NULL;
    struct seen *seen = &sightings->ring[slot % RING_MOST];
    return is_match(seen, question) ? seen : NULL;
}

/* The sightings of the packet; `same` is the one at the place where it is now. */
struct matches {
    struct seen *list[BUCKET_SIZE];
    uint32_t count;
    const struct seen *first, *same;
    bool are_all_others; /* places, from which the packet may have come here */
};

static struct matches find_matches(struct sightings *sightings,
                                   const struct bucket *bucket,
                                   const struct question *question)
{
    struct matches found = { .are_all_others = true };
    for (int i = 0; i < BUCKET_SIZE; i++) {
        struct seen *seen = match_in(sightings, bucket->slots[i], question);
        if (seen == NULL)
            continue;
        found.list[found.count++] = seen;
        if (found.first == NULL || seen->time_ns <= found.first->time_ns)
            found.first = seen;
        if (seen->place == question->place)
            found.same = seen;
        else if (!is_other_place(seen, question))
            found.are_all_others = false;
    }
    return found;
}

/* The number of the place of `same`, in order of sighting. */
static uint32_t rank_of_same(const struct matches *found)
{
    uint32_t rank = found->count;
    for (uint32_t i = 0; i < found->count && found->list[i] != found->same; i++)
        rank--;
    return rank;
}

static void forget(const struct matches *found)
{
    for (uint32_t i = 0; i < found->count; i++)
        found->list[i]->fingerprint = 0;
}

static void describe(struct sighting_detail *detail, const struct seen *first,
                     const struct question *question)
{
    detail->after_ns = question->time_ns - first->time_ns;
    detail->ttl_drop = (int)(first->place & 0xff) - (int)(question->place & 0xff);
}

/* A packet whose fingerprint was seen within a second. */
static enum sighting judge(struct sightings *sightings, const struct matches *found,
                           const struct question *question,
                           struct sighting_detail *detail)
{
    struct share *share = &sightings->share;
    bool is_like =
        found->same != NULL &&
        distance(found->same->time_ns, question->time_ns) < copy_reach(share, question);
    if (is_telling(question))
        see_share(share, is_like);
    if (is_like &&
        (question->has_ip_id ? reaches(share, COPIES_ONE_IN) : holds_copies(share))) {
        detail->place = rank_of_same(found);
        describe(detail, found->first, question);
        return SIGHTING_COPY;
    }
    if (found->same != NULL || !found->are_all_others) {
        forget(found); /* another packet that looks the same */
        remember(sightings, question);
        return SIGHTING_FIRST;
    }
    detail->place = found->count + 1;
    describe(detail, found->first, question);
    remember(sightings, question);
    return SIGHTING_CROSSING;
}

struct sightings *sightings_new(void)
{
    struct sightings *sightings = alloc_zeroed(1, sizeof *sightings);
    sightings->size = RING_LEAST;
    return sightings;
}

void sightings_free(struct sightings *sightings)
{
    free(sightings);
}

void sightings_ask(struct sightings *sightings, const struct packet *packet,
                   const struct headers *headers)
{
    struct question *question = &sightings->question;
    sightings->has_question = packet->has_time;
    if (!packet->has_time)
        return;
    question->fingerprint = fingerprint_of(headers);
    question->place = place_of(packet, headers);
    question->has_ip_id = headers->ip_id != 0;
    question->is_bare = is_bare(headers);
    question->has_macs = headers->has_macs;
    question->time_ns = packet->time_ns;
    __builtin_prefetch(bucket_of(sightings, question->fingerprint), 1);
}

enum sighting sightings_answer(struct sightings *sightings,
                               struct sighting_detail *detail)
{
    *detail = (struct sighting_detail){ .place = 1 };
    if (!sightings->has_question)
        return SIGHTING_FIRST;
    const struct question *question = &sightings->question;
    const struct bucket *bucket = bucket_of(sightings, question->fingerprint);
    if (may_hold(bucket, question->fingerprint)) {
        struct matches found = find_matches(sightings, bucket, question);
        if (found.count > 0)
            return judge(sightings, &found, question, detail);
    }
    if (is_telling(question))
        see_share(&sightings->share, false);
    remember(sightings, question);
    return SIGHTING_FIRST;
}

enum sighting sightings_see(struct sightings *sightings, const struct packet *packet,
                            const struct headers *headers, struct sighting_detail *detail)
{
    sightings_ask(sightings, packet, headers);
    return sightings_answer(sightings, detail);
}
