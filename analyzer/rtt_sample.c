/* rtt_sample.c - methods C1.4 (delayed acknowledgements) and C1.8 (spacing of samples).
 */
#include "analyzer/rtt_sample.h"

#include <stddef.h>
#include <stdlib.h>

#include "analyzer/alloc.h"

#define MS(milliseconds) ((milliseconds)*INT64_C(1000000))

static const int64_t counted_spacing_ns = MS(10);
static const int64_t timers_ns[] = { MS(40), MS(50), MS(100), MS(200) };
static const int64_t timer_tolerance_ns = MS(5);
static const int64_t shortest_delay_ns = MS(35); /* the least of all that */
static const int64_t neighbourhood_ns = MS(1000);

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

/* Smoothed as in RFC 6298, which is steady enough to space the samples. */
static bool is_counted(struct rtt_direction *direction,
                       const struct distribution *samples, int64_t time_ns,
                       int64_t sample_ns)
{
    if (samples->count == 0)
        direction->smoothed_ns = sample_ns;
    direction->smoothed_ns += (sample_ns - direction->smoothed_ns) / 8;
    int64_t spacing = direction->smoothed_ns / 2;
    if (spacing < counted_spacing_ns)
        spacing = counted_spacing_ns;
    int64_t since = time_ns - direction->last_counted_ns;
    if (samples->count > 0 && since >= 0 && since < spacing)
        return false;
    direction->last_counted_ns = time_ns;
    return true;
}

/* It tells of the way. */
static void take(struct rtt *rtt, unsigned side, const struct rtt_waiting *sample)
{
    struct distribution *samples = &rtt->samples[side];
    if (sample->sample_ns > 0) /* below the tick of the clock: no measure of the base */
        rtt_direction_keep(rtt->directions[side], sample->sample_ns);
    if (samples->count == 0 || sample->sample_ns < samples->min_ns) {
        rtt->min_source_frame[side] = sample->source_frame;
        rtt->min_reply_frame[side] = sample->reply_frame;
    }
    if (is_counted(rtt->directions[side], samples, sample->time_ns, sample->sample_ns)) {
        distribution_see(samples, sample->sample_ns);
        rtt->classes[side][sample->class]++;
    } else {
        distribution_widen(samples, sample->sample_ns);
    }
}

/* It tells of the receiver's timer. */
static void set_apart(struct rtt *rtt, unsigned side, const struct rtt_waiting *sample)
{
    if (rtt->delayed[side] == NULL) {
        rtt->delayed[side] = alloc_zeroed(1, sizeof *rtt->delayed[side]);
        distribution_init(rtt->delayed[side]);
    }
    distribution_see(rtt->delayed[side], sample->sample_ns);
}

bool rtt_sample_is_timer(int64_t excess_ns)
{
    for (size_t i = 0; i < sizeof timers_ns / sizeof *timers_ns; i++)
        if (distance(excess_ns, timers_ns[i]) <= timer_tolerance_ns)
            return true;
    return false;
}

/* Of data alone: a SYN may be answered by something nearer than the receiver. */
static int64_t shortest_ns(const struct rtt *rtt, unsigned side)
{
    const struct distribution *samples = &rtt->samples[side];
    return samples->count > 0 ? samples->min_ns : -1;
}

/* Was the way as slow just before or after as it seems to have been here? */
static bool is_contradicted(const struct rtt_waiting *sample,
                            const struct rtt_neighbour *neighbour, int64_t minimum_ns)
{
    return neighbour->sample_ns >= 0 &&
           distance(neighbour->time_ns, sample->time_ns) <= neighbourhood_ns &&
           2 * (neighbour->sample_ns - minimum_ns) >= sample->sample_ns - minimum_ns;
}

static int64_t shortest_waiting_ns(const struct rtt_direction *direction)
{
    int64_t shortest = direction->waiting[0].sample_ns;
    for (unsigned i = 1; i < direction->waiting_count; i++)
        if (direction->waiting[i].sample_ns < shortest)
            shortest = direction->waiting[i].sample_ns;
    return shortest;
}

/* Decides on the first `count` that wait; `behind` came after them, or is none. */
static void settle(struct rtt *rtt, unsigned side, unsigned count,
                   const struct rtt_neighbour *behind)
{
    struct rtt_direction *direction = rtt->directions[side];
    int64_t minimum = shortest_ns(rtt, side);
    if (count > 0 && minimum < 0)
        minimum = shortest_waiting_ns(direction);
    for (unsigned i = 0; i < count; i++) {
        const struct rtt_waiting *sample = &direction->waiting[i];
        if (!rtt_sample_is_timer(sample->sample_ns - minimum) ||
            is_contradicted(sample, &sample->before, minimum) ||
            is_contradicted(sample, behind, minimum))
            take(rtt, side, sample);
        else
            set_apart(rtt, side, sample);
    }
    direction->waiting_count = (uint8_t)(direction->waiting_count - count);
    for (unsigned i = 0; i < direction->waiting_count; i++)
        direction->waiting[i] = direction->waiting[i + count];
}

static void wait(struct rtt *rtt, unsigned side, const struct rtt_waiting *sample)
{
    static const struct rtt_neighbour none = { .sample_ns = -1 };
    struct rtt_direction *direction = rtt->directions[side];
    if (direction->waiting == NULL)
        direction->waiting = alloc_resize(NULL, RTT_WAITING, sizeof *direction->waiting);
    if (direction->waiting_count == RTT_WAITING)
        settle(rtt, side, 1, &none);
    direction->waiting[direction->waiting_count++] = *sample;
}

/* Where nothing was measured yet, it may turn out to be long. */
static bool may_be_delayed(const struct rtt *rtt, unsigned side, int64_t sample_ns)
{
    int64_t minimum = shortest_ns(rtt, side);
    return sample_ns >= shortest_delay_ns &&
           (minimum < 0 || rtt_sample_is_timer(sample_ns - minimum));
}

void rtt_sample_see(struct rtt *rtt, unsigned side, enum rtt_class class, bool is_short,
                    const struct rtt_entry *source, const struct rtt_packet *reply)
{
    struct rtt_direction *direction = rtt->directions[side];
    struct rtt_waiting sample = {
        .sample_ns = reply->time_ns - source->time_ns,
        .time_ns = reply->time_ns,
        .source_frame = source->frame,
        .reply_frame = reply->frame,
        .class = (uint8_t) class,
        .before = direction->neighbour,
    };
    if (sample.sample_ns < 0 || sample.sample_ns >= rtt_longest_ns)
        return;
    if (is_short && may_be_delayed(rtt, side, sample.sample_ns)) {
        wait(rtt, side, &sample);
        return;
    }
    take(rtt, side, &sample);
    if (class == RTT_G)
        return; /* at most so long */
    direction->neighbour = (struct rtt_neighbour){ sample.time_ns, sample.sample_ns };
    settle(rtt, side, direction->waiting_count, &direction->neighbour);
}

void rtt_sample_conclude(struct rtt *rtt, unsigned side)
{
    static const struct rtt_neighbour none = { .sample_ns = -1 };
    if (rtt->directions[side] != NULL)
        settle(rtt, side, rtt->directions[side]->waiting_count, &none);
}
