/* rtt_reply.c - RFC 9293 section 3.4 (acknowledgements), 2018, 2883 (SACK), 6298. */
#include "analyzer/rtt_reply.h"

#include <stddef.h>

#include "analyzer/rtt_direction.h"
#include "analyzer/rtt_sample.h"

enum { TIMESTAMP_OPTION = 12 }; /* padded, RFC 7323 appendix A */

static bool has_payload(const struct rtt_packet *packet)
{
    return packet->headers->payload_length > 0 ||
           (packet->headers->tcp.flags & TCP_FIN) != 0;
}

/* RFC 2883 section 4: the first block tells of something that arrived twice. */
static bool is_duplicate_sack(const struct tcp_header *tcp)
{
    const struct tcp_sack_block *first = &tcp->sack[0];
    if (sequence_distance(tcp->acknowledgement, first->right) <= 0)
        return true;
    return tcp->sack_count > 1 &&
           sequence_distance(tcp->sack[1].left, first->left) >= 0 &&
           sequence_distance(first->right, tcp->sack[1].right) >= 0;
}

/* Only the first block speaks of the segment that has just come (RFC 2018 section 4). */
static void see_sack(struct rtt *rtt, unsigned side, const struct rtt_packet *reply)
{
    const struct tcp_header *tcp = &reply->headers->tcp;
    if (is_duplicate_sack(tcp))
        return;
    struct rtt_entry *entry =
        rtt_direction_find(rtt->directions[side], tcp->sack[0].right);
    if (entry == NULL || entry->flags & (RTT_TAINTED | RTT_ANSWERED | RTT_SUPER))
        return;
    entry->flags |= RTT_ANSWERED;
    rtt_sample_see(rtt, side, RTT_S, false, entry, reply);
}

/*
 * RFC 5681 section 2: data is outstanding, nothing is carried, nothing has changed; or,
 * RFC 6675, a block tells that something arrived beyond what is missing, and then the
 * window may change. A block that tells of a copy says that nothing is missing.
 */
static void see_repeated(struct rtt *rtt, unsigned side, const struct rtt_packet *reply)
{
    struct rtt_direction *direction = rtt->directions[side];
    const struct rtt_direction *sender = rtt->directions[reply->from];
    const struct tcp_header *tcp = &reply->headers->tcp;

    if (has_payload(reply) || !direction->has_right ||
        sequence_distance(direction->left, direction->right) <= 0)
        return;
    bool tells_copy = tcp->sack_count > 0 && is_duplicate_sack(tcp);
    bool tells_hole = tcp->sack_count > 0 && !tells_copy;
    if (!tells_hole && !(sender->has_window && sender->window == tcp->window))
        return;
    rtt->counts[reply->from].duplicate_acks++;
    if (tells_copy)
        return;
    direction->recover = direction->right;
    direction->has_recover = true;
}

static bool is_usable(const struct rtt_direction *direction,
                      const struct rtt_entry *entry)
{
    if (entry->flags & (RTT_TAINTED | RTT_HELD | RTT_ANSWERED))
        return false;
    return !direction->has_recover ||
           sequence_distance(direction->recover, entry->end) > 0;
}

/* An acknowledgement inside a super-frame answers a part that left later than the rest.
 */
static void see_inside(struct rtt *rtt, unsigned side, const struct rtt_packet *reply)
{
    struct rtt_direction *direction = rtt->directions[side];
    struct rtt_entry *entry = rtt_direction_entry(direction, 0);
    if (!is_usable(direction, entry))
        return;
    rtt_sample_see(rtt, side, RTT_G, false, entry, reply);
    entry->flags |= RTT_ANSWERED;
}

static bool is_inside(const struct rtt_direction *direction, uint32_t acknowledgement)
{
    if (direction->count == 0)
        return false;
    const struct rtt_entry *entry = rtt_direction_entry(direction, 0);
    return entry->flags & RTT_SUPER &&
           sequence_distance(entry->end - entry->length, acknowledgement) > 0;
}

static enum rtt_class class_of(const struct rtt_entry *newest, unsigned covered,
                               const struct rtt_packet *reply)
{
    bool is_exact = newest->end == reply->headers->tcp.acknowledgement;
    bool is_one = covered == 1 && !(newest->flags & RTT_SUPER);
    bool is_pure = !has_payload(reply);
    if (is_exact && is_one)
        return is_pure ? RTT_X : RTT_XP;
    return is_pure ? RTT_C : RTT_CP;
}

/* Only a full segment, or the second of two, must be acknowledged at once. */
static bool is_short(const struct rtt_direction *direction,
                     const struct rtt_entry *newest, const struct rtt_packet *reply)
{
    uint32_t options = reply->headers->tcp.has_timestamps ? TIMESTAMP_OPTION : 0;
    return newest->length + options < direction->super_size && !has_payload(reply) &&
           newest->end == reply->headers->tcp.acknowledgement;
}

/* The newest covered segment is what made the receiver answer, so it or none is sampled.
 */
static void see_covered(struct rtt *rtt, unsigned side, unsigned lost,
                        const struct rtt_packet *reply)
{
    struct rtt_direction *direction = rtt->directions[side];
    uint32_t acknowledgement = reply->headers->tcp.acknowledgement;
    struct rtt_entry newest = { .frame = 0 };
    unsigned taken = rtt_direction_take(direction, acknowledgement, &newest);

    if (is_inside(direction, acknowledgement))
        see_inside(rtt, side, reply);
    else if (taken > 0 && is_usable(direction, &newest))
        rtt_sample_see(rtt, side, class_of(&newest, taken + lost, reply),
                       lost == 0 && is_short(direction, &newest, reply), &newest, reply);
    if (direction->has_recover &&
        sequence_distance(direction->recover, acknowledgement) >= 0)
        direction->has_recover = false;
}

/* Acknowledged before it was seen: lost by the capture, or the order of capture is off.
 */
static void see_unseen(struct rtt *rtt, unsigned side, const struct rtt_packet *reply)
{
    struct rtt_direction *direction = rtt->directions[side];
    struct rtt_counts *counts = &rtt->counts[side];
    uint32_t acknowledgement = reply->headers->tcp.acknowledgement;

    counts->lost_segments +=
        1 + rtt_direction_lose(direction, direction->right, &counts->acked_unseen_bytes);
    counts->acked_unseen_bytes += acknowledgement - direction->right;
    rtt_direction_void(direction);
    direction->late = (struct rtt_hole){
        .left = direction->right,
        .right = acknowledgement,
        .opened_ns = reply->time_ns,
    };
    direction->right = acknowledgement;
}

static void see_progress(struct rtt *rtt, unsigned side, const struct rtt_packet *reply)
{
    struct rtt_direction *direction = rtt->directions[side];
    struct rtt_counts *counts = &rtt->counts[side];
    uint32_t acknowledgement = reply->headers->tcp.acknowledgement;
    uint32_t progress = acknowledgement - direction->left;

    counts->acked_bytes += progress;
    if (direction->is_probed && acknowledgement == direction->right + 1)
        direction->right = acknowledgement; /* the probe's byte was taken */
    direction->is_probed = false;
    if (!direction->has_right) {
        counts->acked_unseen_bytes += progress;
    } else if (sequence_distance(direction->right, acknowledgement) > 0) {
        see_unseen(rtt, side, reply);
    } else {
        unsigned lost = 0;
        if (direction->hole_count > 0)
            lost = rtt_direction_lose(direction, acknowledgement,
                                      &counts->acked_unseen_bytes);
        counts->lost_segments += lost;
        see_covered(rtt, side, lost, reply);
    }
    direction->left = acknowledgement;
}

void rtt_reply_see(struct rtt *rtt, const struct rtt_packet *reply)
{
    unsigned side = 1u - reply->from;
    struct rtt_direction *direction = rtt->directions[side];
    const struct tcp_header *tcp = &reply->headers->tcp;

    if (!direction->has_left) {
        direction->left = tcp->acknowledgement;
        direction->has_left = true;
        return;
    }
    int32_t progress = sequence_distance(direction->left, tcp->acknowledgement);
    if (progress < 0 || progress > RTT_WINDOW_MAX)
        return;
    if (tcp->sack_count > 0)
        see_sack(rtt, side, reply);
    if (progress > 0)
        see_progress(rtt, side, reply);
    else
        see_repeated(rtt, side, reply);
}
