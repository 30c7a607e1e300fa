/* rtt_source.c - RFC 9293 sections 3.4, 3.8.6 (sequence numbers, windows); Karn: 6298. */
#include "analyzer/rtt_source.h"

#include "analyzer/rtt_direction.h"

static const int64_t reordering_limit_ns = 3 * INT64_C(1000000);

enum { IP_ID_NEAR = 255 }; /* identifications further apart are no counter's */

static void add_entry(struct rtt *rtt, const struct rtt_packet *packet, uint8_t flags)
{
    struct rtt_direction *direction = rtt->directions[packet->from];
    const struct headers *headers = packet->headers;
    uint32_t size = headers->payload_length + ((headers->tcp.flags & TCP_FIN) != 0);
    struct rtt_entry entry = {
        .time_ns = packet->time_ns,
        .frame = packet->frame,
        .end = headers->tcp.sequence + size,
        .length = size < UINT16_MAX ? (uint16_t)size : UINT16_MAX,
        .flags = flags,
    };
    if (headers->payload_length > direction->super_size) {
        entry.flags |= RTT_SUPER;
        rtt->counts[packet->from].super_frames++;
    }
    rtt_direction_add(direction, &entry);
}

/* The round trip between the ends, as far as both sides were measured; 0: not known. */
static int64_t whole_rtt_ns(const struct rtt *rtt)
{
    int64_t server = rtt_minimum_ns(rtt, RTT_SERVER);
    int64_t client = rtt_minimum_ns(rtt, RTT_CLIENT);
    return (server > 0 ? server : 0) + (client > 0 ? client : 0);
}

enum sent { SENT_BEFORE, SENT_AFTER, SENT_UNKNOWN };

/* A repeated segment is a packet of its own, with a stamp and an identification of then.
 */
static enum sent compare_sent(const struct headers *headers, const struct rtt_hole *hole)
{
    if (headers->tcp.has_timestamps && hole->has_timestamp &&
        headers->tcp.timestamp != hole->timestamp)
        return sequence_distance(headers->tcp.timestamp, hole->timestamp) > 0
                   ? SENT_BEFORE
                   : SENT_AFTER;
    if (headers->ip_id == 0 || hole->ip_id == 0)
        return SENT_UNKNOWN;
    int16_t behind = (int16_t)(uint16_t)(hole->ip_id - headers->ip_id);
    if (behind > 0 && behind <= IP_ID_NEAR)
        return SENT_BEFORE;
    return behind < 0 && behind >= -IP_ID_NEAR ? SENT_AFTER : SENT_UNKNOWN;
}

/* What is known to be older may be late by anything that is too short for a repetition.
 */
static bool is_reordered(const struct rtt *rtt, const struct rtt_packet *packet,
                         const struct rtt_hole *hole)
{
    int64_t age = packet->time_ns - hole->opened_ns;
    int64_t whole = whole_rtt_ns(rtt);
    enum sent sent = compare_sent(packet->headers, hole);

    if (age < 0 || sent == SENT_AFTER)
        return false;
    if (whole == 0) /* then a repeated acknowledgement may have called for it */
        return age < reordering_limit_ns &&
               (sent == SENT_BEFORE || !rtt->directions[packet->from]->has_recover);
    if (sent == SENT_BEFORE)
        return age < whole;
    return age < reordering_limit_ns && age < whole / 4;
}

static void open_hole(struct rtt_direction *direction, const struct rtt_packet *packet)
{
    const struct headers *headers = packet->headers;
    struct rtt_hole hole = {
        .left = direction->right,
        .right = headers->tcp.sequence,
        .opened_ns = packet->time_ns,
        .timestamp = headers->tcp.timestamp,
        .ip_id = headers->ip_id,
        .has_timestamp = headers->tcp.has_timestamps,
    };
    rtt_direction_open_hole(direction, &hole);
}

/* The acknowledgement was captured before what it acknowledges. True where that is it. */
static bool see_late(struct rtt *rtt, const struct rtt_packet *packet, uint32_t left,
                     uint32_t right)
{
    struct rtt_direction *direction = rtt->directions[packet->from];
    struct rtt_counts *counts = &rtt->counts[packet->from];
    struct rtt_hole *late = &direction->late;

    if (late->left != left || sequence_distance(right, late->right) < 0 ||
        !is_reordered(rtt, packet, late))
        return false;
    counts->out_of_order++;
    counts->acked_unseen_bytes -= right - left;
    late->left = right;
    if (late->left == late->right)
        counts->lost_segments--;
    return true;
}

/* A segment that fills a hole: it was overtaken, or sent again after a loss before here.
 */
static bool see_overtaken(struct rtt *rtt, const struct rtt_packet *packet, uint32_t left,
                          uint32_t right)
{
    struct rtt_direction *direction = rtt->directions[packet->from];
    const struct rtt_hole *hole = rtt_direction_find_hole(direction, left, right);
    if (hole == NULL || !is_reordered(rtt, packet, hole))
        return false;
    rtt->counts[packet->from].out_of_order++;
    rtt_direction_flag_after(direction, right, RTT_HELD);
    (void)rtt_direction_fill(direction, left, right);
    add_entry(rtt, packet, 0);
    return true;
}

/* Everything behind may wait for this copy, so none of it is sampled any more (Karn). */
static void see_old(struct rtt *rtt, const struct rtt_packet *packet, uint32_t left,
                    uint32_t right)
{
    struct rtt_direction *direction = rtt->directions[packet->from];
    if (see_late(rtt, packet, left, right) || see_overtaken(rtt, packet, left, right))
        return;
    rtt->counts[packet->from].retransmissions++;
    (void)rtt_direction_fill(direction, left, right);
    rtt_direction_flag_after(direction, left, RTT_TAINTED);
    if (sequence_distance(direction->right, right) > 0) {
        add_entry(rtt, packet, RTT_TAINTED);
        direction->right = right;
    }
}

static bool is_in_reach(uint32_t from, uint32_t to)
{
    int32_t distance = sequence_distance(from, to);
    return distance <= RTT_WINDOW_MAX && distance >= -RTT_WINDOW_MAX;
}

/*
 * The first data seen: what lies before it was sent before the capture began. Also where
 * no window reaches from what was acknowledged: then it is another stream of numbers.
 */
static void start_at(struct rtt_direction *direction, uint32_t sequence)
{
    rtt_direction_void(direction);
    if (!direction->has_left || !is_in_reach(direction->left, sequence))
        direction->left = sequence;
    bool is_old = sequence_distance(sequence, direction->left) > 0;
    direction->right = is_old ? direction->left : sequence;
    direction->has_right = direction->has_left = true;
}

/* RFC 9293 section 3.8.6.1: one byte into a closed window. */
static bool is_window_probe(const struct rtt *rtt, const struct rtt_packet *packet)
{
    const struct rtt_direction *receiver = rtt->directions[1 - packet->from];
    return packet->headers->payload_length == 1 && receiver != NULL &&
           receiver->has_window && receiver->window == 0 &&
           (packet->headers->tcp.flags & TCP_FIN) == 0;
}

static void see_new(struct rtt *rtt, const struct rtt_packet *packet, uint32_t right)
{
    struct rtt_direction *direction = rtt->directions[packet->from];
    int32_t ahead = sequence_distance(direction->right, packet->headers->tcp.sequence);

    if (direction->is_probed && ahead == 1) {
        direction->right++;
        ahead = 0;
    }
    direction->is_probed = ahead == 0 && is_window_probe(rtt, packet);
    if (direction->is_probed)
        return;
    if (ahead > 0)
        open_hole(direction, packet);
    add_entry(rtt, packet, 0);
    direction->right = right;
}

void rtt_source_see(struct rtt *rtt, const struct rtt_packet *packet)
{
    struct rtt_direction *direction = rtt->directions[packet->from];
    const struct headers *headers = packet->headers;
    uint32_t left = headers->tcp.sequence;
    uint32_t right =
        left + headers->payload_length + ((headers->tcp.flags & TCP_FIN) != 0);

    if (left == right)
        return;
    if (!direction->has_right || !is_in_reach(direction->left, left)) {
        start_at(direction, left);
        if (direction->right != left) { /* acknowledged before: old, whatever it is */
            if (sequence_distance(direction->right, right) > 0)
                direction->right = right;
            return;
        }
    }
    if (sequence_distance(direction->right, left) >= 0)
        see_new(rtt, packet, right);
    else
        see_old(rtt, packet, left, right);
}
