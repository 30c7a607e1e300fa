/* rtt.c - RFC 9293 section 3.8 (keep-alives, windows, resets); methods C1.3, C1.4. */
#include "analyzer/rtt.h"

#include <stddef.h>
#include <stdlib.h>

#include "analyzer/rtt_direction.h"
#include "analyzer/rtt_handshake.h"
#include "analyzer/rtt_reply.h"
#include "analyzer/rtt_sample.h"
#include "analyzer/rtt_source.h"

static const int64_t base_tolerance_ns = INT64_C(1000000);

enum {
    ETHERNET_PAYLOAD = 1500,
    BASE_NEIGHBOURS = 1, /* samples that must confirm the base RTT */
};

const char *rtt_class_text(enum rtt_class class)
{
    static const char *const texts[RTT_CLASSES] = { "X", "Xp", "C", "Cp", "S", "G" };
    return texts[class];
}

void rtt_init(struct rtt *rtt)
{
    *rtt = (struct rtt){ .base_ns = { -1, -1 } };
    rtt_handshake_init(rtt);
    for (unsigned side = 0; side < RTT_SIDES; side++)
        distribution_init(&rtt->samples[side]);
}

static void release_directions(struct rtt *rtt)
{
    for (unsigned i = 0; i < 2; i++) {
        rtt_direction_free(rtt->directions[i]);
        rtt->directions[i] = NULL;
    }
}

void rtt_release(struct rtt *rtt)
{
    release_directions(rtt);
    for (unsigned side = 0; side < RTT_SIDES; side++) {
        distribution_release(&rtt->samples[side]);
        if (rtt->delayed[side] != NULL)
            distribution_release(rtt->delayed[side]);
        free(rtt->delayed[side]);
        rtt->delayed[side] = NULL;
    }
}

/* What the handshake told: the first byte that either side may send. */
static void start_after_syn(struct rtt_direction *direction,
                            const struct rtt_opening *opening, unsigned side)
{
    uint32_t isn = side == 0 ? opening->client_isn : opening->server_isn;
    direction->right = direction->left = isn + 1;
    direction->has_left = opening->has_synack || (side == 0 && opening->has_syn);
    direction->has_right = side == 0 ? opening->has_syn : opening->has_synack;
    uint16_t segment = opening->mss[1 - side]; /* what the receiver takes */
    direction->super_size = segment > 0 ? segment : ETHERNET_PAYLOAD;
}

static struct rtt_direction *direction_of(struct rtt *rtt, unsigned side)
{
    if (rtt->directions[side] == NULL) {
        rtt->directions[side] = rtt_direction_new();
        start_after_syn(rtt->directions[side], &rtt->opening, side);
    }
    return rtt->directions[side];
}

static bool is_exact_handshake(const struct rtt *rtt, unsigned side)
{
    if (side == RTT_SERVER)
        return rtt->handshake.server_ns >= 0;
    return rtt->handshake.client_ns >= 0 && !rtt->handshake.client_is_estimate;
}

static int64_t handshake_ns(const struct rtt *rtt, unsigned side)
{
    return side == RTT_SERVER ? rtt->handshake.server_ns : rtt->handshake.client_ns;
}

int64_t rtt_minimum_ns(const struct rtt *rtt, enum rtt_side side)
{
    const struct distribution *samples = &rtt->samples[side];
    int64_t minimum = samples->count > 0 ? samples->min_ns : -1;
    int64_t handshake = is_exact_handshake(rtt, side) ? handshake_ns(rtt, side) : -1;
    if (minimum < 0 || (handshake >= 0 && handshake < minimum))
        return handshake;
    return minimum;
}

/* RFC 9293 section 3.8.4: at most one byte, just below what is acknowledged already. */
static bool is_keep_alive(const struct rtt_direction *direction,
                          const struct rtt_packet *packet)
{
    return packet->headers->payload_length <= 1 &&
           (packet->headers->tcp.flags & TCP_FIN) == 0 && direction->has_right &&
           packet->headers->tcp.sequence == direction->right - 1 &&
           direction->left == direction->right;
}

static void see_window(struct rtt *rtt, const struct rtt_packet *packet)
{
    struct rtt_direction *direction = rtt->directions[packet->from];
    direction->window = packet->headers->tcp.window;
    direction->has_window = true;
    if (direction->window == 0 && (packet->headers->tcp.flags & TCP_FIN) == 0)
        rtt->counts[packet->from].zero_windows++;
}

static void void_all(struct rtt *rtt)
{
    for (unsigned i = 0; i < 2; i++)
        if (rtt->directions[i] != NULL)
            rtt_direction_void(rtt->directions[i]);
}

/* No duration may span a step of the clock. */
static void start_epoch(struct rtt *rtt)
{
    void_all(rtt);
    rtt->opening.is_over |= rtt->opening.has_syn || rtt->opening.has_synack;
}

static void see_established(struct rtt *rtt, const struct rtt_packet *packet)
{
    struct rtt_direction *direction = direction_of(rtt, packet->from);
    if (is_keep_alive(direction, packet)) {
        rtt->counts[packet->from].keep_alives++;
        see_window(rtt, packet);
        return;
    }
    if (packet->headers->tcp.flags & TCP_ACK) {
        (void)direction_of(rtt, 1u - packet->from);
        rtt_reply_see(rtt, packet);
    }
    see_window(rtt, packet);
    rtt_source_see(rtt, packet);
}

void rtt_see(struct rtt *rtt, const struct headers *headers, bool from_client,
             int64_t time_ns, uint64_t frame, bool clock_went_back)
{
    struct rtt_packet packet = {
        .headers = headers,
        .time_ns = time_ns,
        .frame = frame,
        .from = from_client ? 0 : 1,
    };
    if (clock_went_back)
        start_epoch(rtt);
    if (!rtt->opening.is_over || headers->tcp.flags & TCP_SYN)
        rtt_handshake_see(rtt, &packet);
    if (headers->tcp.flags & TCP_RST)
        void_all(rtt); /* what follows, if anything, answers nothing from before */
    else if (!(headers->tcp.flags & TCP_SYN))
        see_established(rtt, &packet);
}

/* The smallest sample that enough others confirm, or -1. `sorted` rises. */
static int64_t confirmed_ns(const int64_t *sorted, unsigned count)
{
    for (unsigned i = 0; i + BASE_NEIGHBOURS < count; i++) {
        int64_t tolerance = sorted[i] / 10;
        if (tolerance < base_tolerance_ns)
            tolerance = base_tolerance_ns;
        if (sorted[i + BASE_NEIGHBOURS] - sorted[i] <= tolerance)
            return sorted[i];
    }
    return -1;
}

/* -1 where no two samples agree. */
static int64_t find_confirmed_ns(const struct rtt *rtt, unsigned side)
{
    const struct rtt_direction *direction = rtt->directions[side];
    struct rtt_direction kept = { .smallest_count = 0 };
    if (direction != NULL)
        kept = *direction;
    if (is_exact_handshake(rtt, side) && handshake_ns(rtt, side) > 0)
        rtt_direction_keep(&kept, handshake_ns(rtt, side));
    return confirmed_ns(kept.smallest, kept.smallest_count);
}

static int64_t find_base_ns(const struct rtt *rtt, unsigned side)
{
    int64_t confirmed = find_confirmed_ns(rtt, side);
    return confirmed >= 0 ? confirmed : rtt_minimum_ns(rtt, side);
}

int64_t rtt_base_ns(const struct rtt *rtt, enum rtt_side side)
{
    return rtt->is_concluded ? rtt->base_ns[side] : find_base_ns(rtt, side);
}

/* Samples that agree may all be a receiver's timer: then the handshake is shorter by it.
 */
static bool find_is_confirmed(const struct rtt *rtt, unsigned side)
{
    int64_t confirmed = find_confirmed_ns(rtt, side);
    if (confirmed < 0)
        return false;
    return !is_exact_handshake(rtt, side) ||
           !rtt_sample_is_timer(confirmed - handshake_ns(rtt, side));
}

bool rtt_base_is_confirmed(const struct rtt *rtt, enum rtt_side side)
{
    return rtt->is_concluded ? rtt->is_base_confirmed[side]
                             : find_is_confirmed(rtt, side);
}

void rtt_conclude(struct rtt *rtt)
{
    for (unsigned side = 0; side < RTT_SIDES && !rtt->is_concluded; side++) {
        rtt_sample_conclude(rtt, side);
        rtt->base_ns[side] = find_base_ns(rtt, side);
        rtt->is_base_confirmed[side] = find_is_confirmed(rtt, side);
    }
    rtt->is_concluded = true;
    release_directions(rtt);
}

#define EXCHANGE(a, b)                                                                   \
    do {                                                                                 \
        __typeof__(a) exchanged = (a);                                                   \
        (a) = (b);                                                                       \
        (b) = exchanged;                                                                 \
    } while (0)

void rtt_swap_sides(struct rtt *rtt)
{
    EXCHANGE(rtt->counts[0], rtt->counts[1]);
    EXCHANGE(rtt->samples[0], rtt->samples[1]);
    EXCHANGE(rtt->delayed[0], rtt->delayed[1]);
    for (unsigned class = 0; class < RTT_CLASSES; class ++)
        EXCHANGE(rtt->classes[0][class], rtt->classes[1][class]);
    EXCHANGE(rtt->min_source_frame[0], rtt->min_source_frame[1]);
    EXCHANGE(rtt->min_reply_frame[0], rtt->min_reply_frame[1]);
    EXCHANGE(rtt->base_ns[0], rtt->base_ns[1]);
    EXCHANGE(rtt->is_base_confirmed[0], rtt->is_base_confirmed[1]);
    EXCHANGE(rtt->directions[0], rtt->directions[1]);
}
