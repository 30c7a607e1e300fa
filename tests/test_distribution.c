/* test_distribution.c - exact while few, within 0.79 % when many, the same in any order.
 */
#include "analyzer/distribution.h"

#include "tests/test.h"

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Durations from below a microsecond to minutes, as they come: most of them short. */
static int64_t next_sample(void)
{
    return (int64_t)(next_random() >> (24 + next_random() % 36));
}

static int order_of(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int64_t nearest_rank(const int64_t *sorted, size_t count, unsigned per_mille)
{
    size_t rank = (count * per_mille + 999) / 1000;
    return sorted[rank == 0 ? 0 : rank - 1];
}

static bool is_same(const struct distribution *a, const struct distribution *b)
{
    if (a->count != b->count || a->sum_ns != b->sum_ns || a->bin_count != b->bin_count ||
        (a->count > 0 && (a->min_ns != b->min_ns || a->max_ns != b->max_ns)) ||
        (a->bins == NULL) != (b->bins == NULL) ||
        memcmp(a->raw, b->raw, sizeof a->raw) != 0)
        return false;
    for (uint32_t i = 0; i < a->bin_count; i++)
        if (a->bins[i].index != b->bins[i].index || a->bins[i].count != b->bins[i].count)
            return false;
    return true;
}

static void an_empty_one_has_no_percentile(void)
{
    struct distribution empty, other;
    distribution_init(&empty);
    distribution_init(&other);
    CHECK(distribution_percentile(&empty, 500) == -1);
    distribution_merge(&empty, &other);
    CHECK(empty.count == 0 && distribution_percentile(&empty, 500) == -1);
    distribution_release(&empty);
    distribution_release(&other);
}

static void every_bin_begins_where_it_says(void)
{
    CHECK(distribution_bin_of(INT64_MIN) == 0);
    CHECK(distribution_bin_of(0) == 0);
    CHECK(distribution_bin_of(1023) == 0);
    CHECK(distribution_bin_of(1039) == 0);
    CHECK(distribution_bin_of(1040) == 1);
    CHECK(distribution_bin_of(INT64_MAX) == DISTRIBUTION_BINS - 1);
    CHECK(distribution_bin_of((INT64_C(1) << 37) - 1) == DISTRIBUTION_BINS - 1);
    CHECK(distribution_bin_start(0) == 0);
    CHECK(distribution_bin_start(64) == 2048);
    CHECK(distribution_bin_start(DISTRIBUTION_BINS) == INT64_C(1) << 37);
    for (uint16_t i = 1; i < DISTRIBUTION_BINS; i++) {
        int64_t start = distribution_bin_start(i);
        CHECK(distribution_bin_of(start) == i);
        CHECK(distribution_bin_of(start - 1) == i - 1);
    }
}

static void few_samples_are_exact(void)
{
    int64_t samples[DISTRIBUTION_RAW];
    struct distribution distribution;
    distribution_init(&distribution);
    random_state = 7;
    for (size_t i = 0; i < DISTRIBUTION_RAW; i++) {
        samples[i] = next_sample();
        distribution_see(&distribution, samples[i]);
        CHECK(distribution.bins == NULL);
    }
    qsort(samples, DISTRIBUTION_RAW, sizeof *samples, order_of);
    for (unsigned per_mille = 0; per_mille <= 1000; per_mille++)
        CHECK(distribution_percentile(&distribution, per_mille) ==
              nearest_rank(samples, DISTRIBUTION_RAW, per_mille));
    CHECK(distribution.min_ns == samples[0]);
    CHECK(distribution.max_ns == samples[DISTRIBUTION_RAW - 1]);
    distribution_release(&distribution);
}

static void many_samples_are_within_a_bin(void)
{
    enum { COUNT = 5000 };
    static int64_t samples[COUNT];
    struct distribution distribution;
    distribution_init(&distribution);
    random_state = 11;
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT; i++) {
        samples[i] = 1024 + next_sample() % (INT64_C(1) << 36);
        sum += (uint64_t)samples[i];
        distribution_see(&distribution, samples[i]);
    }
    qsort(samples, COUNT, sizeof *samples, order_of);
    CHECK(distribution.count == COUNT && distribution.sum_ns == sum);
    for (unsigned per_mille = 1; per_mille <= 1000; per_mille++) {
        int64_t exact = nearest_rank(samples, COUNT, per_mille);
        int64_t told = distribution_percentile(&distribution, per_mille);
        if (exact >= 1040)
            CHECK(llabs(told - exact) * 10000 <= exact * 79);
    }
    distribution_release(&distribution);
}

static void negative_samples_count_as_zero(void)
{
    struct distribution distribution;
    distribution_init(&distribution);
    distribution_see(&distribution, -5);
    CHECK(distribution.count == 1 && distribution.min_ns == 0 &&
          distribution.sum_ns == 0);
    distribution_release(&distribution);
}

static void merging_in_any_order_is_the_same(void)
{
    enum { PARTS = 6 };
    static const unsigned orders[][PARTS] = { { 0, 1, 2, 3, 4, 5 },
                                              { 5, 4, 3, 2, 1, 0 },
                                              { 3, 0, 5, 1, 4, 2 } };
    static const size_t sizes[PARTS] = { 3, 0, 9, 40, 16, 700 };
    struct distribution parts[PARTS], whole;

    distribution_init(&whole);
    random_state = 13;
    for (size_t i = 0; i < PARTS; i++) {
        distribution_init(&parts[i]);
        for (size_t n = 0; n < sizes[i]; n++) {
            int64_t sample = next_sample();
            distribution_see(&parts[i], sample);
            distribution_see(&whole, sample);
        }
    }
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        struct distribution merged;
        distribution_init(&merged);
        for (size_t i = 0; i < PARTS; i++)
            distribution_merge(&merged, &parts[orders[o][i]]);
        CHECK(is_same(&merged, &whole));
        distribution_release(&merged);
    }
    for (size_t i = 0; i < PARTS; i++)
        distribution_release(&parts[i]);
    distribution_release(&whole);
}

/* 9 + 7 stay raw; one more bins them all, whichever side it comes from. */
static void promotion_does_not_depend_on_the_order(void)
{
    for (size_t split = 0; split <= 17; split++) {
        struct distribution left, right, whole;
        distribution_init(&left);
        distribution_init(&right);
        distribution_init(&whole);
        random_state = 17;
        for (size_t i = 0; i < 17; i++) {
            int64_t sample = next_sample();
            distribution_see(i < split ? &left : &right, sample);
            distribution_see(&whole, sample);
            if (i == 15)
                CHECK(whole.bins == NULL);
        }
        CHECK(whole.bins != NULL);
        distribution_merge(&left, &right);
        CHECK(is_same(&left, &whole));
        distribution_release(&left);
        distribution_release(&right);
        distribution_release(&whole);
    }
}

static void counts_saturate_instead_of_wrapping(void)
{
    struct distribution_bin full = { .index = 100, .count = UINT32_MAX };
    struct distribution a, b;
    distribution_init(&a);
    distribution_init(&b);
    CHECK(distribution_restore(&a, &full, 1, 5000, 6000, UINT64_MAX - 1));
    CHECK(distribution_restore(&b, &full, 1, 5000, 6000, 7));
    distribution_merge(&a, &b);
    CHECK(a.bins[0].count == UINT32_MAX && a.sum_ns == UINT64_MAX);
    CHECK(a.count == 2 * (uint64_t)UINT32_MAX);
    CHECK(distribution_percentile(&a, 1000) == 6000);
    distribution_release(&a);
    distribution_release(&b);
}

struct tally {
    uint64_t count;
    int last_index;
    bool rises;
};

static void see_bin(void *context, uint16_t index, uint32_t count)
{
    struct tally *tally = context;
    tally->rises = tally->rises && index > tally->last_index && count > 0;
    tally->last_index = index;
    tally->count += count;
}

static void bins_are_told_by_rising_index(void)
{
    struct distribution distribution;
    distribution_init(&distribution);
    random_state = 19;
    for (size_t seen = 0; seen < 100; seen++) {
        struct tally tally = { .last_index = -1, .rises = true };
        distribution_each_bin(&distribution, see_bin, &tally);
        CHECK(tally.rises && tally.count == seen);
        distribution_see(&distribution, next_sample() % 20000);
    }
    distribution_release(&distribution);
}

static void what_was_written_can_be_restored(void)
{
    struct distribution whole, restored;
    distribution_init(&whole);
    distribution_init(&restored);
    random_state = 23;
    for (size_t i = 0; i < 500; i++)
        distribution_see(&whole, next_sample());
    distribution_see(&restored, 1); /* what it held before is let go of */
    CHECK(distribution_restore(&restored, whole.bins, whole.bin_count, whole.min_ns,
                               whole.max_ns, whole.sum_ns));
    CHECK(is_same(&whole, &restored));
    distribution_release(&whole);
    distribution_release(&restored);
}

static void what_contradicts_itself_is_not_restored(void)
{
    struct distribution_bin bins[] = { { 5, 20 }, { 5, 1 } };
    struct distribution_bin beyond[] = { { DISTRIBUTION_BINS, 20 } };
    struct distribution_bin empty[] = { { 1, 20 }, { 2, 0 } };
    struct distribution distribution;
    distribution_init(&distribution);
    CHECK(!distribution_restore(&distribution, bins, 2, 1, 2, 3));
    CHECK(!distribution_restore(&distribution, beyond, 1, 1, 2, 3));
    CHECK(!distribution_restore(&distribution, empty, 2, 1, 2, 3));
    CHECK(!distribution_restore(&distribution, bins, 0, 1, 2, 3));
    CHECK(!distribution_restore(&distribution, bins, 1, 2, 1, 3));
    CHECK(!distribution_restore(&distribution, bins, 1, -1, 1, 3));
    CHECK(distribution.count == 0 && distribution.bins == NULL);
    CHECK(distribution_restore(&distribution, bins, 1, 1, 2, 3));
    distribution_release(&distribution);
}

static void a_sample_left_out_still_moves_the_ends(void)
{
    struct distribution distribution;
    distribution_init(&distribution);
    distribution_widen(&distribution, 50);
    CHECK(distribution.count == 0);
    distribution_see(&distribution, 100);
    distribution_widen(&distribution, 50);
    distribution_widen(&distribution, 300);
    CHECK(distribution.count == 1 && distribution.sum_ns == 100);
    CHECK(distribution.min_ns == 50 && distribution.max_ns == 300);
    CHECK(distribution_percentile(&distribution, 500) == 100);
    distribution_release(&distribution);
}

int main(void)
{
    RUN(an_empty_one_has_no_percentile);
    RUN(every_bin_begins_where_it_says);
    RUN(few_samples_are_exact);
    RUN(many_samples_are_within_a_bin);
    RUN(negative_samples_count_as_zero);
    RUN(merging_in_any_order_is_the_same);
    RUN(promotion_does_not_depend_on_the_order);
    RUN(counts_saturate_instead_of_wrapping);
    RUN(bins_are_told_by_rising_index);
    RUN(what_was_written_can_be_restored);
    RUN(what_contradicts_itself_is_not_restored);
    RUN(a_sample_left_out_still_moves_the_ends);
    return test_end();
}
