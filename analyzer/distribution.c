/* distribution.c - integer log-linear histogram, 64 bins per octave (methods C1.8). */
#include "analyzer/distribution.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

enum {
    OCTAVE_BITS = 6,   /* 64 bins per octave */
    FIRST_OCTAVE = 10, /* 1024 ns */
    LAST_OCTAVE = 36,
    FIRST_CAPACITY = 16,
};

void distribution_init(struct distribution *distribution)
{
    *distribution = (struct distribution){ .count = 0 };
}

void distribution_release(struct distribution *distribution)
{
    free(distribution->bins);
    distribution_init(distribution);
}

uint16_t distribution_bin_of(int64_t value_ns)
{
    if (value_ns < INT64_C(1) << FIRST_OCTAVE)
        return 0;
    int octave = 63 - __builtin_clzll((unsigned long long)value_ns);
    if (octave > LAST_OCTAVE)
        return DISTRIBUTION_BINS - 1;
    int64_t within = value_ns >> (octave - OCTAVE_BITS) & ((1 << OCTAVE_BITS) - 1);
    return (uint16_t)((octave - FIRST_OCTAVE) << OCTAVE_BITS | (int)within);
}

int64_t distribution_bin_start(uint16_t index)
{
    if (index == 0)
        return 0;
    int octave = FIRST_OCTAVE + (index >> OCTAVE_BITS);
    int64_t mantissa = (1 << OCTAVE_BITS) | (index & ((1 << OCTAVE_BITS) - 1));
    return mantissa << (octave - OCTAVE_BITS);
}

static int64_t bin_middle(uint16_t index)
{
    int64_t start = distribution_bin_start(index);
    return start + (distribution_bin_start((uint16_t)(index + 1)) - start) / 2;
}

/* Saturating sums do not depend on the order; wrapped ones would tell nonsense. */
static uint64_t sum_of(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint32_t bin_sum_of(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* The position of `index`, or of the first bin above it. */
static uint32_t find_bin(const struct distribution *distribution, uint16_t index)
{
    uint32_t low = 0, high = distribution->bin_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (distribution->bins[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void reserve_bins(struct distribution *distribution, uint32_t wanted)
{
    uint32_t capacity = distribution->bin_capacity;
    if (wanted <= capacity)
        return;
    if (capacity == 0)
        capacity = FIRST_CAPACITY;
    while (capacity < wanted)
        capacity *= 2;
    distribution->bins =
        alloc_resize(distribution->bins, capacity, sizeof *distribution->bins);
    distribution->bin_capacity = capacity;
}

static void add_to_bin(struct distribution *distribution, uint16_t index, uint32_t count)
{
    uint32_t at = find_bin(distribution, index);
    if (at < distribution->bin_count && distribution->bins[at].index == index) {
        distribution->bins[at].count = bin_sum_of(distribution->bins[at].count, count);
        return;
    }
    reserve_bins(distribution, distribution->bin_count + 1);
    struct distribution_bin *bin = &distribution->bins[at];
    memmove(bin + 1, bin, (distribution->bin_count - at) * sizeof *bin);
    *bin = (struct distribution_bin){ .index = index, .count = count };
    distribution->bin_count++;
}

static bool is_raw(const struct distribution *distribution)
{
    return distribution->bins == NULL;
}

/* Kept sorted, so that percentiles and equality need no second look. */
static void add_raw(struct distribution *distribution, size_t count, int64_t sample_ns)
{
    size_t at = count;
    for (; at > 0 && distribution->raw[at - 1] > sample_ns; at--)
        distribution->raw[at] = distribution->raw[at - 1];
    distribution->raw[at] = sample_ns;
}

static void promote(struct distribution *distribution)
{
    reserve_bins(distribution, FIRST_CAPACITY);
    for (size_t i = 0; i < distribution->count; i++)
        add_to_bin(distribution, distribution_bin_of(distribution->raw[i]), 1);
    memset(distribution->raw, 0, sizeof distribution->raw);
}

void distribution_widen(struct distribution *distribution, int64_t sample_ns)
{
    if (sample_ns < 0)
        sample_ns = 0;
    if (distribution->count == 0)
        return;
    if (sample_ns < distribution->min_ns)
        distribution->min_ns = sample_ns;
    if (sample_ns > distribution->max_ns)
        distribution->max_ns = sample_ns;
}

void distribution_see(struct distribution *distribution, int64_t sample_ns)
{
    if (sample_ns < 0)
        sample_ns = 0;
    if (is_raw(distribution) && distribution->count == DISTRIBUTION_RAW)
        promote(distribution);
    if (is_raw(distribution))
        add_raw(distribution, (size_t)distribution->count, sample_ns);
    else
        add_to_bin(distribution, distribution_bin_of(sample_ns), 1);
    if (distribution->count++ == 0)
        distribution->min_ns = distribution->max_ns = sample_ns;
    distribution->sum_ns = sum_of(distribution->sum_ns, (uint64_t)sample_ns);
    distribution_widen(distribution, sample_ns);
}

static uint32_t union_size(const struct distribution *a, const struct distribution *b)
{
    uint32_t shared = 0;
    for (uint32_t i = 0, j = 0; i < a->bin_count && j < b->bin_count;) {
        uint16_t left = a->bins[i].index, right = b->bins[j].index;
        shared += left == right;
        i += left <= right;
        j += right <= left;
    }
    return a->bin_count + b->bin_count - shared;
}

/* From the back, so that nothing is overwritten before it was read. */
static void merge_bins(struct distribution *into, const struct distribution *other)
{
    uint32_t size = union_size(into, other);
    reserve_bins(into, size);
    uint32_t i = into->bin_count, j = other->bin_count;
    for (uint32_t out = size; j > 0; out--) {
        struct distribution_bin next = other->bins[j - 1];
        if (i > 0 && into->bins[i - 1].index > next.index) {
            next = into->bins[--i];
        } else {
            j--;
            if (i > 0 && into->bins[i - 1].index == next.index)
                next.count = bin_sum_of(next.count, into->bins[--i].count);
        }
        into->bins[out - 1] = next;
    }
    into->bin_count = size;
}

static void merge_samples(struct distribution *into, const struct distribution *other)
{
    if (is_raw(into) && into->count + other->count > DISTRIBUTION_RAW)
        promote(into);
    if (!is_raw(other)) {
        merge_bins(into, other);
        return;
    }
    for (size_t i = 0; i < other->count; i++) {
        if (is_raw(into))
            add_raw(into, (size_t)into->count + i, other->raw[i]);
        else
            add_to_bin(into, distribution_bin_of(other->raw[i]), 1);
    }
}

void distribution_merge(struct distribution *into, const struct distribution *other)
{
    assert(into != other);
    if (other->count == 0)
        return;
    merge_samples(into, other);
    if (into->count == 0) {
        into->min_ns = other->min_ns;
        into->max_ns = other->max_ns;
    }
    into->count = sum_of(into->count, other->count);
    into->sum_ns = sum_of(into->sum_ns, other->sum_ns);
    distribution_widen(into, other->min_ns);
    distribution_widen(into, other->max_ns);
}

/* The middle of a bin may lie outside what was seen: at both ends. */
static int64_t within_seen(const struct distribution *distribution, int64_t value_ns)
{
    if (value_ns < distribution->min_ns)
        return distribution->min_ns;
    return value_ns > distribution->max_ns ? distribution->max_ns : value_ns;
}

int64_t distribution_percentile(const struct distribution *distribution,
                                unsigned per_mille)
{
    if (distribution->count == 0)
        return -1;
    if (per_mille > 1000)
        per_mille = 1000;
    uint64_t rank = distribution->count / 1000 * per_mille +
                    (distribution->count % 1000 * per_mille + 999) / 1000;
    if (rank == 0)
        rank = 1;
    if (is_raw(distribution))
        return distribution->raw[rank - 1];
    uint64_t seen = 0;
    for (uint32_t i = 0; i < distribution->bin_count; i++) {
        seen += distribution->bins[i].count;
        if (seen >= rank)
            return within_seen(distribution, bin_middle(distribution->bins[i].index));
    }
    return distribution->max_ns;
}

static void each_raw_bin(const struct distribution *distribution,
                         void (*see)(void *context, uint16_t index, uint32_t count),
                         void *context)
{
    for (size_t i = 0; i < distribution->count;) {
        uint16_t index = distribution_bin_of(distribution->raw[i]);
        uint32_t count = 0;
        while (i < distribution->count &&
               distribution_bin_of(distribution->raw[i]) == index) {
            count++;
            i++;
        }
        see(context, index, count);
    }
}

void distribution_each_bin(const struct distribution *distribution,
                           void (*see)(void *context, uint16_t index, uint32_t count),
                           void *context)
{
    if (is_raw(distribution)) {
        each_raw_bin(distribution, see, context);
        return;
    }
    for (uint32_t i = 0; i < distribution->bin_count; i++)
        see(context, distribution->bins[i].index, distribution->bins[i].count);
}

bool distribution_restore(struct distribution *distribution,
                          const struct distribution_bin *bins, uint32_t bin_count,
                          int64_t min_ns, int64_t max_ns, uint64_t sum_ns)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < bin_count; i++) {
        if (bins[i].index >= DISTRIBUTION_BINS || bins[i].count == 0 ||
            (i > 0 && bins[i].index <= bins[i - 1].index))
            return false;
        count += bins[i].count;
    }
    if (count <= DISTRIBUTION_RAW || min_ns < 0 || max_ns < min_ns)
        return false;
    distribution_release(distribution);
    reserve_bins(distribution, bin_count);
    memcpy(distribution->bins, bins, bin_count * sizeof *bins);
    distribution->bin_count = bin_count;
    distribution->count = count;
    distribution->min_ns = min_ns;
    distribution->max_ns = max_ns;
    distribution->sum_ns = sum_ns;
    return true;
}

void distribution_merge_shifted(struct distribution *into,
                                const struct distribution *other, int64_t shift_ns)
{
    struct distribution shifted;
    distribution_init(&shifted);
    if (shift_ns == 0) {
        distribution_merge(into, other);
        return;
    }
    if (is_raw(other)) {
        for (uint64_t i = 0; i < other->count; i++)
            distribution_see(&shifted, other->raw[i] + shift_ns);
    } else {
        for (uint32_t i = 0; i < other->bin_count; i++) {
            int64_t middle = within_seen(other, bin_middle(other->bins[i].index));
            int64_t moved = middle + shift_ns > 0 ? middle + shift_ns : 0;
            add_to_bin(&shifted, distribution_bin_of(moved), other->bins[i].count);
        }
        shifted.count = other->count;
        shifted.min_ns = other->min_ns + shift_ns > 0 ? other->min_ns + shift_ns : 0;
        shifted.max_ns = other->max_ns + shift_ns > 0 ? other->max_ns + shift_ns : 0;
        shifted.sum_ns = other->sum_ns + other->count * (uint64_t)shift_ns;
    }
    distribution_merge(into, &shifted);
    distribution_release(&shifted);
}
