#include "analyzer/stream.h"
#include "tests/test.h"

static const char text[] = "The quick brown fox jumps over the lazy dog";

/* Feeds text[from, to) as one segment behind sequence number `base`. */
static struct bytes feed(struct stream *stream, uint32_t base, size_t from, size_t to)
{
    return stream_see(stream, base + (uint32_t)from, bytes_of(text + from, to - from),
                      (uint32_t)(to - from));
}

static bool is_text(struct bytes ready, size_t size)
{
    return bytes_equal(ready, text, size);
}

static void bytes_in_order_are_handed_on_without_a_copy(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 100);
    struct bytes ready = feed(&stream, 100, 0, 10);
    CHECK(ready.at == (const uint8_t *)text && ready.left == 10);
    CHECK(stream.kept_bytes == NULL);
    stream_release(&stream);
}

static void what_is_not_used_comes_again_in_front(void)
{
    struct stream stream = { 0 };
    stream_keep(&stream, feed(&stream, 7, 0, 10));
    struct bytes ready = feed(&stream, 7, 10, 20);
    CHECK(is_text(ready, 20));
    bytes_skip(&ready, 4);
    stream_keep(&stream, ready);
    ready = feed(&stream, 7, 20, 25);
    CHECK(bytes_equal(ready, text + 4, 21));
    stream_release(&stream);
}

static void two_segments_swapped_are_put_in_order(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, UINT32_MAX - 5); /* the sequence numbers wrap on the way */
    CHECK(feed(&stream, UINT32_MAX - 5, 10, 20).left == 0);
    CHECK(is_text(feed(&stream, UINT32_MAX - 5, 0, 10), 20));
    stream_release(&stream);
}

static void repeats_with_other_borders_add_nothing(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    stream_keep(&stream, feed(&stream, 0, 0, 12));
    stream_keep(&stream, feed(&stream, 0, 5, 12));
    CHECK(is_text(feed(&stream, 0, 3, 30), 30));
    CHECK(!stream.has_conflict);
    stream_release(&stream);
}

static void the_first_of_two_copies_that_differ_wins_and_is_noted(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    stream_keep(&stream, feed(&stream, 0, 0, 10));
    struct bytes ready = stream_see(&stream, 0, bytes_of("XXXXXXXXXXXX", 12), 12);
    CHECK(ready.left == 12 && memcmp(ready.at, text, 10) == 0);
    CHECK(stream.has_conflict);
    stream_release(&stream);
}

static void every_order_of_five_segments_gives_the_same_bytes(void)
{
    static const size_t cut[] = { 0, 7, 9, 22, 30, 43 };
    unsigned order[5] = { 0, 1, 2, 3, 4 };
    for (unsigned permutation = 0; permutation < 120; permutation++) {
        unsigned left[5] = { 0, 1, 2, 3, 4 }, rest = permutation;
        for (unsigned i = 0; i < 5; i++) {
            unsigned pick = rest % (5 - i);
            rest /= 5 - i;
            order[i] = left[pick];
            for (unsigned k = pick; k + 1 < 5 - i; k++)
                left[k] = left[k + 1];
        }
        struct stream stream = { 0 };
        stream_start(&stream, 1);
        struct bytes ready = { 0 };
        for (unsigned i = 0; i < 5; i++) {
            struct bytes now = feed(&stream, 1, cut[order[i]], cut[order[i] + 1]);
            if (now.left > 0) {
                stream_keep(&stream, now);
                ready = bytes_of(stream.kept_bytes, stream.kept);
            }
        }
        CHECK(is_text(ready, 43));
        stream_release(&stream);
    }
}

static void a_cut_segment_gives_what_is_there_and_stops_the_stream(void)
{
    struct stream stream = { 0 };
    struct bytes ready = stream_see(&stream, 0, bytes_of(text, 10), 40);
    CHECK(is_text(ready, 10));
    CHECK(stream.stop == STREAM_GAP);
    stream_release(&stream);
}

static void missing_bytes_are_waited_for_as_long_as_patience_lasts(void)
{
    for (int is_proven = 0; is_proven < 2; is_proven++) {
        struct stream stream = { 0 };
        uint32_t patience = is_proven ? STREAM_PATIENCE_PROVEN : STREAM_PATIENCE;
        stream_start(&stream, 0);
        (void)feed(&stream, 0, 10, 20);
        stream_peer_acknowledged(&stream, is_proven ? 10 : 9);
        for (uint32_t i = 1; i < patience; i++)
            (void)feed(&stream, 0, 10, 20); /* repeats count too */
        CHECK(stream.stop == STREAM_RUNS);
        (void)feed(&stream, 0, 10, 20);
        CHECK((stream.stop == STREAM_RUNS) == (is_proven == 1));
        (void)feed(&stream, 0, 10, 20);
        CHECK(stream.stop == STREAM_GAP && stream_gap_size(&stream) == 10);
        CHECK(!stream_is_cut(&stream));
        CHECK(bytes_equal(stream_pass_gap(&stream), text + 10, 10));
        CHECK(stream.stop == STREAM_RUNS && stream.next == 20);
        stream_release(&stream);
    }
}

static void what_fills_the_hole_ends_the_waiting(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    (void)feed(&stream, 0, 10, 20);
    stream_peer_acknowledged(&stream, 20);
    for (int i = 1; i < STREAM_PATIENCE_PROVEN; i++)
        (void)feed(&stream, 0, 12, 20);
    CHECK(is_text(feed(&stream, 0, 0, 10), 20));
    stream_keep(&stream, bytes_of(NULL, 0));
    (void)feed(&stream, 0, 25, 30);
    (void)feed(&stream, 0, 25, 30);
    CHECK(stream.stop == STREAM_RUNS);
    stream_release(&stream);
}

static void what_waits_behind_a_hole_is_capped(void)
{
    static const uint8_t bytes[60000];
    static const size_t sizes[] = { 1, sizeof bytes };
    for (size_t k = 0; k < 2; k++) {
        struct stream stream = { 0 };
        stream_start(&stream, 0);
        for (uint32_t i = 0; i < 2 * STREAM_HELD_SEGMENTS; i++) {
            size_t step = k == 0 ? 2 : sizes[k];
            (void)stream_see(&stream, 10 + i * (uint32_t)step, bytes_of(bytes, sizes[k]),
                             (uint32_t)sizes[k]);
        }
        CHECK(stream.stop == STREAM_GAP);
        CHECK(stream.held_count <= STREAM_HELD_SEGMENTS && stream.held_count > 1);
        CHECK(stream.held_bytes <= STREAM_HELD_BYTES);
        stream_release(&stream);
    }
}

static void of_held_bytes_too_the_first_copy_counts(void)
{
    static const char marks[] = "XXXXXXXXXXXXXXXXXXXX";
    static const size_t starts[] = { 0, 5, 10, 12 };
    for (size_t i = 0; i < 4; i++) {
        struct stream stream = { 0 };
        stream_start(&stream, 0);
        (void)feed(&stream, 0, 10, 20);
        uint32_t from = (uint32_t)starts[i];
        (void)stream_see(&stream, from, bytes_of(marks, 20), 20);
        CHECK(stream.has_conflict);
        struct bytes ready = feed(&stream, 0, 0, 10);
        ready = from == 0 ? bytes_of(stream.kept_bytes, stream.kept) : ready;
        CHECK(ready.left == (from < 2 ? 20 : 20 + from) && ready.at != NULL);
        CHECK(memcmp(ready.at + 10, text + 10, 10) == 0);
        CHECK(from == 0 || memcmp(ready.at, text, from < 10 ? from : 10) == 0);
        stream_release(&stream);
    }
}

static void a_repeat_of_used_bytes_is_compared_with_them(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    (void)feed(&stream, 0, 0, 10); /* used at once: nothing is kept */
    (void)feed(&stream, 0, 10, 20);
    (void)feed(&stream, 0, 0, 10);
    CHECK(!stream.has_conflict);
    (void)stream_see(&stream, 0, bytes_of("The quick XXXXXX", 10), 10);
    CHECK(!stream.has_conflict);
    (void)stream_see(&stream, 0, bytes_of("HTTP/1.1 302", 10), 10);
    CHECK(stream.has_conflict);
    stream_release(&stream);
}

static void keep_alives_and_window_probes_disturb_nothing(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    stream_keep(&stream, feed(&stream, 0, 0, 10));
    CHECK(is_text(stream_see(&stream, 9, bytes_of("\0", 1), 1), 10)); /* keep-alive */
    stream_keep(&stream, feed(&stream, 0, 10, 11));                   /* probe */
    stream_keep(&stream, feed(&stream, 0, 10, 11));
    CHECK(is_text(feed(&stream, 0, 10, 25), 25));
    CHECK(!stream.has_conflict && stream.stop == STREAM_RUNS);
    stream_release(&stream);
}

static void what_a_snap_length_cut_off_is_a_gap_of_known_size(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    (void)stream_see(&stream, 20, bytes_of(text + 20, 5), 10);
    CHECK(stream.stop == STREAM_RUNS);
    struct bytes ready = stream_see(&stream, 0, bytes_of(text, 15), 20);
    CHECK(is_text(ready, 15));
    CHECK(stream.stop == STREAM_GAP && stream_gap_size(&stream) == 5);
    CHECK(stream_is_cut(&stream));
    stream_keep(&stream, ready);
    CHECK(bytes_equal(stream_pass_gap(&stream), text + 20, 5));
    CHECK(stream.stop == STREAM_GAP && stream_gap_size(&stream) == 5);
    CHECK(stream_pass_gap(&stream).left == 0 && stream.stop == STREAM_RUNS);
    CHECK(bytes_equal(feed(&stream, 0, 30, 40), text + 30, 10));
    stream_release(&stream);
}

static void a_segment_with_nothing_captured_is_a_gap(void)
{
    struct stream stream = { 0 };
    CHECK(stream_see(&stream, 0, bytes_of(text, 0), 30).left == 0);
    CHECK(stream.stop == STREAM_GAP && stream_gap_size(&stream) == 30);
    stream_release(&stream);
}

/* So much was missed that nothing near is kept: the next segment begins anew. */
static void far_ahead_nothing_is_kept(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    for (uint32_t i = 0; i <= STREAM_PATIENCE; i++)
        (void)feed(&stream, 500000000 + 50 * i, 0, 40);
    CHECK(stream.held_count == 0 && stream.stop == STREAM_GAP);
    CHECK(stream_gap_size(&stream) == STREAM_UNKNOWN);
    (void)stream_pass_gap(&stream);
    CHECK(!stream.has_start && stream.stop == STREAM_RUNS);
    CHECK(is_text(feed(&stream, 600000000, 0, 40), 40));
    stream_release(&stream);
}

static void an_unknown_start_is_the_earliest_of_the_first_segments(void)
{
    struct stream stream = { 0 };
    CHECK(!stream_await_start(&stream, UINT32_MAX, bytes_of(text + 9, 10), 10));
    CHECK(!stream_await_start(&stream, 19, bytes_of(text + 29, 10), 10));
    CHECK(!stream_await_start(&stream, UINT32_MAX - 9, bytes_of(text, 9), 9));
    CHECK(stream_await_start(&stream, 9, bytes_of(text + 19, 10), 10));
    CHECK(is_text(stream_begin(&stream), 39));
    stream_release(&stream);
}

/* The SYN was recorded behind the data. */
static void a_start_that_is_told_late_drops_what_was_before_it(void)
{
    struct stream stream = { 0 };
    (void)stream_await_start(&stream, 90, bytes_of("other", 5), 5);
    (void)stream_await_start(&stream, 110, bytes_of(text + 10, 10), 10);
    stream_start(&stream, 100);
    CHECK(stream.held_count == 1 && stream.held_bytes == 10);
    CHECK(is_text(feed(&stream, 100, 0, 10), 20));
    stream_release(&stream);
}

static void one_by_one_held_segments_keep_their_borders(void)
{
    struct stream stream = { .is_one_by_one = true };
    stream_start(&stream, 0);
    (void)feed(&stream, 0, 10, 20);
    (void)feed(&stream, 0, 20, 30);
    CHECK(is_text(feed(&stream, 0, 0, 10), 10));
    stream_keep(&stream, bytes_of(NULL, 0));
    struct bytes more = stream_more(&stream);
    CHECK(bytes_equal(more, text + 10, 10));
    bytes_skip(&more, 10);
    stream_keep(&stream, more);
    CHECK(bytes_equal(stream_more(&stream), text + 20, 10));
    stream_release(&stream);
}

static void all_streams_together_keep_no_more_than_their_budget(void)
{
    struct stream_budget budget = { .most = 10000 };
    struct stream streams[64] = { 0 };
    uint8_t bytes[100] = { 0 };
    unsigned stopped = 0;
    for (unsigned i = 0; i < 64; i++) {
        streams[i].budget = &budget;
        stream_start(&streams[i], 0);
        stream_keep(&streams[i], stream_see(&streams[i], 0, bytes_of(bytes, 10), 10));
        (void)stream_see(&streams[i], 1000, bytes_of(bytes, sizeof bytes), sizeof bytes);
        stopped += streams[i].stop == STREAM_CAP;
        CHECK(budget.used <= budget.most);
    }
    CHECK(stopped > 0 && stopped < 64);
    for (unsigned i = 0; i < 64; i++)
        stream_release(&streams[i]);
    CHECK(budget.used == 0);
}

int main(void)
{
    RUN(bytes_in_order_are_handed_on_without_a_copy);
    RUN(what_is_not_used_comes_again_in_front);
    RUN(two_segments_swapped_are_put_in_order);
    RUN(repeats_with_other_borders_add_nothing);
    RUN(the_first_of_two_copies_that_differ_wins_and_is_noted);
    RUN(every_order_of_five_segments_gives_the_same_bytes);
    RUN(a_cut_segment_gives_what_is_there_and_stops_the_stream);
    RUN(missing_bytes_are_waited_for_as_long_as_patience_lasts);
    RUN(what_fills_the_hole_ends_the_waiting);
    RUN(what_waits_behind_a_hole_is_capped);
    RUN(of_held_bytes_too_the_first_copy_counts);
    RUN(a_repeat_of_used_bytes_is_compared_with_them);
    RUN(keep_alives_and_window_probes_disturb_nothing);
    RUN(what_a_snap_length_cut_off_is_a_gap_of_known_size);
    RUN(a_segment_with_nothing_captured_is_a_gap);
    RUN(far_ahead_nothing_is_kept);
    RUN(an_unknown_start_is_the_earliest_of_the_first_segments);
    RUN(a_start_that_is_told_late_drops_what_was_before_it);
    RUN(one_by_one_held_segments_keep_their_borders);
    RUN(all_streams_together_keep_no_more_than_their_budget);
    return test_end();
}
