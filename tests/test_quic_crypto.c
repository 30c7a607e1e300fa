/* test_quic_crypto.c - frames in any order, twice, overlapping, byte by byte. */
#include "dissectors/quic_crypto.h"
#include "tests/test.h"

/* Byte i of the stream is i * 7, cut to a byte. */
static struct bytes stream_part(size_t from, size_t to)
{
    static uint8_t stream[QUIC_CRYPTO_SIZE + 64];
    for (size_t i = 0; i < sizeof stream; i++)
        stream[i] = (uint8_t)(i * 7);
    struct bytes part = bytes_of(stream, to);
    bytes_skip(&part, from);
    return part;
}

static bool is_ready(const struct quic_crypto *crypto, size_t size)
{
    struct bytes ready = quic_crypto_ready(crypto);
    return ready.left == size && bytes_equal(ready, stream_part(0, size).at, size);
}

static bool see_part(struct quic_crypto *crypto, size_t from, size_t to)
{
    return quic_crypto_see(crypto, from, stream_part(from, to));
}

static void shuffled_frames_are_put_in_order(void)
{
    static struct quic_crypto crypto;
    quic_crypto_init(&crypto);
    CHECK(is_ready(&crypto, 0));
    CHECK(see_part(&crypto, 100, 160));
    CHECK(see_part(&crypto, 300, 400));
    CHECK(is_ready(&crypto, 0));
    CHECK(see_part(&crypto, 0, 40));
    CHECK(is_ready(&crypto, 40));
    CHECK(see_part(&crypto, 200, 300)); /* touches on its right */
    CHECK(see_part(&crypto, 40, 90));   /* on its left */
    CHECK(is_ready(&crypto, 90));
    CHECK(see_part(&crypto, 80, 220)); /* overlaps three, fills two gaps */
    CHECK(is_ready(&crypto, 400));
    CHECK(see_part(&crypto, 50, 50));
    CHECK(see_part(&crypto, 0, 400));
    CHECK(is_ready(&crypto, 400) && !crypto.capped);
}

/* Every order of five overlapping pieces gives the same stream. */
static void every_order_of_frames_gives_the_same_stream(void)
{
    static const size_t pieces[5][2] = {
        { 0, 11 }, { 9, 20 }, { 20, 31 }, { 25, 47 }, { 3, 28 }
    };
    static struct quic_crypto crypto;
    for (unsigned order = 0; order < 5 * 5 * 5 * 5 * 5; order++) {
        unsigned digits[5], rest = order, used = 0;
        for (size_t i = 0; i < 5; i++, rest /= 5)
            used |= 1U << (digits[i] = rest % 5);
        if (used != 31)
            continue;
        quic_crypto_init(&crypto);
        for (size_t i = 0; i < 5; i++)
            CHECK(see_part(&crypto, pieces[digits[i]][0], pieces[digits[i]][1]));
        CHECK(is_ready(&crypto, 47));
    }
}

static void the_first_copy_of_a_byte_wins(void)
{
    static struct quic_crypto crypto;
    quic_crypto_init(&crypto);
    CHECK(quic_crypto_see(&crypto, 2, bytes_of("CD", 2)));
    CHECK(quic_crypto_see(&crypto, 6, bytes_of("GH", 2)));
    CHECK(quic_crypto_see(&crypto, 0, bytes_of("abcdefghij", 10)));
    CHECK(bytes_equal(quic_crypto_ready(&crypto), "abCDefGHij", 10));
    CHECK(quic_crypto_see(&crypto, 0, bytes_of("xxxxxxxxxx", 10)));
    CHECK(bytes_equal(quic_crypto_ready(&crypto), "abCDefGHij", 10));
}

static void bytes_behind_the_buffer_are_left_out_and_told(void)
{
    static struct quic_crypto crypto;
    quic_crypto_init(&crypto);
    CHECK(see_part(&crypto, 0, QUIC_CRYPTO_SIZE - 8));
    CHECK(!crypto.capped);
    CHECK(!see_part(&crypto, QUIC_CRYPTO_SIZE - 16, QUIC_CRYPTO_SIZE + 16));
    CHECK(crypto.capped && is_ready(&crypto, QUIC_CRYPTO_SIZE));
    CHECK(!quic_crypto_see(&crypto, UINT64_MAX, bytes_of("a", 1)));
    CHECK(!quic_crypto_see(&crypto, QUIC_CRYPTO_SIZE, bytes_of("a", 1)));
    CHECK(quic_crypto_see(&crypto, UINT64_MAX, bytes_of("a", 0)));
    CHECK(is_ready(&crypto, QUIC_CRYPTO_SIZE));
}

/* As browsers do it on purpose: a hello in pieces of one byte, in any order. */
static void single_bytes_in_random_orders_give_the_same_stream(void)
{
    enum { SIZE = 1800 };
    static struct quic_crypto crypto;
    static size_t order[SIZE];
    for (unsigned seed = 1; seed <= 20; seed++) {
        uint32_t random = seed;
        for (size_t i = 0; i < SIZE; i++) {
            random = random * 1664525 + 1013904223;
            size_t other = (random >> 8) % (i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        quic_crypto_init(&crypto);
        for (size_t i = 0; i < SIZE; i++)
            CHECK(see_part(&crypto, order[i], order[i] + 1));
        CHECK(is_ready(&crypto, SIZE) && !crypto.capped);
    }
}

int main(void)
{
    RUN(shuffled_frames_are_put_in_order);
    RUN(every_order_of_frames_gives_the_same_stream);
    RUN(the_first_copy_of_a_byte_wins);
    RUN(bytes_behind_the_buffer_are_left_out_and_told);
    RUN(single_bytes_in_random_orders_give_the_same_stream);
    return test_end();
}
