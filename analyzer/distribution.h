/*
 * distribution.h - a mergeable histogram of durations in nanoseconds (methods C1.8).
 *
 * Scheme "loglinear64-ns": values are counted in bins of an integer log-linear scale, 64
 * bins per octave from 1024 ns on, so that the middle of a bin is at most 0.79 % from any
 * value in it. Values below 1024 ns fall in bin 0, values of 2^37 ns and above in the last.
 * Adding up distributions in any order gives the same bytes. Count, minimum, maximum and sum
 * are exact, and as long as no more than DISTRIBUTION_RAW samples were seen so is every
 * percentile.
 *
 * The struct is the caller's: distribution_init, then see and merge, then release.
 */
#ifndef O365LENS_ANALYZER_DISTRIBUTION_H
#define O365LENS_ANALYZER_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DISTRIBUTION_RAW = 16,         /* samples kept as they are */
    DISTRIBUTION_BINS = 27 * 64,   /* octaves of 1024 ns to 137 s */
};

struct distribution_bin {
    uint16_t index;
    uint32_t count; /* saturates */
};

struct distribution {
    uint64_t count;
    int64_t min_ns, max_ns; /* of no meaning where count is 0 */
    uint64_t sum_ns;
    uint32_t bin_count, bin_capacity; /* both 0 while the samples are raw */
    union {
        int64_t raw[DISTRIBUTION_RAW]; /* sorted; while count <= DISTRIBUTION_RAW */
    };
    struct distribution_bin *bins; /* sorted by index; owned; NULL while raw */
};

void distribution_init(struct distribution *distribution);
void distribution_release(struct distribution *distribution);

/* Folds one sample in; negative ones count as 0. No allocation but when bins grow. */
void distribution_see(struct distribution *distribution, int64_t sample_ns);

/*
 * Moves minimum and maximum apart to hold a sample that is left out of the count, since
 * its neighbours in time already speak for it. Without effect while count is 0.
 */
void distribution_widen(struct distribution *distribution, int64_t sample_ns);

/* Folds `other`, not `into` itself, in. The result does not depend on the order of merges. */
void distribution_merge(struct distribution *into, const struct distribution *other);

/*
 * Folds `other` in with `shift_ns` added to every sample: exact for raw samples, else to
 * the middles of its bins, which then are at most 0.79 % of the unshifted value off.
 */
void distribution_merge_shifted(struct distribution *into,
                                const struct distribution *other, int64_t shift_ns);

/*
 * The nearest-rank percentile: the smallest value with at least `per_mille` of the samples
 * at or below it. Exact while raw, else the middle of its bin, never outside min and max.
 * Returns -1 where there is no sample.
 */
int64_t distribution_percentile(const struct distribution *distribution,
                                unsigned per_mille);

/* The bin of a value, and the lowest value of a bin (bin DISTRIBUTION_BINS: the end). */
uint16_t distribution_bin_of(int64_t value_ns);
int64_t distribution_bin_start(uint16_t index);

/*
 * Calls `see` for each bin that is not empty, by rising index; raw samples are binned for
 * it. For charts, cumulative curves and JSON.
 */
void distribution_each_bin(const struct distribution *distribution,
                           void (*see)(void *context, uint16_t index, uint32_t count),
                           void *context);

/*
 * Rebuilds a distribution of more than DISTRIBUTION_RAW samples from what was written of
 * it (fewer are simply seen again). The struct is one that was initialised; what it held
 * is let go of. False, and nothing changed, where the bins do not rise, one is empty or
 * out of range, or they hold too few samples.
 */
bool distribution_restore(struct distribution *distribution,
                          const struct distribution_bin *bins, uint32_t bin_count,
                          int64_t min_ns, int64_t max_ns, uint64_t sum_ns);

#endif
