/* quic_crypto.c - RFC 9000 sections 7.5 and 19.6. */
#include "dissectors/quic_crypto.h"

void quic_crypto_init(struct quic_crypto *crypto)
{
    crypto->run_count = 0;
    crypto->capped = false;
}

/* Runs [first, *end) overlap or touch `piece`. */
static size_t find_touching(const struct quic_crypto *crypto,
                            struct quic_crypto_run piece, size_t *end)
{
    size_t first = 0;
    while (first < crypto->run_count && crypto->runs[first].to < piece.from)
        first++;
    *end = first;
    while (*end < crypto->run_count && crypto->runs[*end].from <= piece.to)
        ++*end;
    return first;
}

/* Moves `data`, which begins at `*at`, up to `to`; what lies there already is passed
 * over. */
static void pass(struct bytes *data, size_t *at, size_t to)
{
    if (to > *at) {
        bytes_skip(data, to - *at);
        *at = to;
    }
}

static void fill(struct quic_crypto *crypto, size_t *at, size_t to, struct bytes *data)
{
    if (to <= *at)
        return;
    struct bytes taken = bytes_take_at_most(data, to - *at);
    memcpy(&crypto->data[*at], taken.at, taken.left);
    *at += taken.left;
}

static void join(struct quic_crypto *crypto, struct quic_crypto_run piece, size_t first,
                 size_t end)
{
    if (first < end) {
        if (crypto->runs[first].from < piece.from)
            piece.from = crypto->runs[first].from;
        if (crypto->runs[end - 1].to > piece.to)
            piece.to = crypto->runs[end - 1].to;
    }
    memmove(&crypto->runs[first + 1], &crypto->runs[end],
            (crypto->run_count - end) * sizeof crypto->runs[0]);
    crypto->runs[first] = piece;
    crypto->run_count = (uint16_t)(crypto->run_count + 1 - (end - first));
}

/* Bytes inside runs [first, end) are there already and stay. */
static void copy_new(struct quic_crypto *crypto, struct quic_crypto_run piece,
                     size_t first, size_t end, struct bytes data)
{
    size_t at = piece.from;
    for (size_t i = first; i < end; i++) {
        struct quic_crypto_run run = crypto->runs[i];
        fill(crypto, &at, run.from < piece.to ? run.from : piece.to, &data);
        pass(&data, &at, run.to < piece.to ? run.to : piece.to);
    }
    fill(crypto, &at, piece.to, &data);
}

/* `data` is not empty, and ends within the buffer. */
static bool add(struct quic_crypto *crypto, size_t offset, struct bytes data)
{
    struct quic_crypto_run piece = { .from = (uint16_t)offset,
                                     .to = (uint16_t)(offset + data.left) };
    size_t end = 0;
    size_t first = find_touching(crypto, piece, &end);

    if (first == end && crypto->run_count == QUIC_CRYPTO_RUNS)
        return false;
    copy_new(crypto, piece, first, end, data);
    join(crypto, piece, first, end);
    return true;
}

bool quic_crypto_see(struct quic_crypto *crypto, uint64_t offset, struct bytes data)
{
    size_t room = offset < QUIC_CRYPTO_SIZE ? QUIC_CRYPTO_SIZE - (size_t)offset : 0;
    struct bytes kept = bytes_take_at_most(&data, room);
    bool whole = data.left == 0;

    if (kept.left > 0 && !add(crypto, (size_t)offset, kept))
        whole = false;
    crypto->capped |= !whole;
    return whole;
}

struct bytes quic_crypto_ready(const struct quic_crypto *crypto)
{
    bool begun = crypto->run_count > 0 && crypto->runs[0].from == 0;
    return bytes_of(crypto->data, begun ? crypto->runs[0].to : 0);
}
