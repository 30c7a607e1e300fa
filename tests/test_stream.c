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

static void a_hole_that_the_peer_acknowledged_stops_the_stream(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    (void)feed(&stream, 0, 10, 20);
    stream_peer_acknowledged(&stream, 10);
    CHECK(stream.stop == STREAM_RUNS);
    stream_peer_acknowledged(&stream, 20);
    CHECK(stream.stop == STREAM_GAP);
    stream_release(&stream);
}

static void what_waits_behind_a_hole_is_capped(void)
{
    struct stream stream = { 0 };
    stream_start(&stream, 0);
    for (uint32_t i = 0; i < 2 * STREAM_HELD_SEGMENTS; i++)
        (void)stream_see(&stream, 10 + 2 * i, bytes_of(text, 1), 1);
    CHECK(stream.stop == STREAM_CAP);
    CHECK(stream.held_count <= STREAM_HELD_SEGMENTS);
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
    RUN(a_hole_that_the_peer_acknowledged_stops_the_stream);
    RUN(what_waits_behind_a_hole_is_capped);
    RUN(all_streams_together_keep_no_more_than_their_budget);
    return test_end();
}
