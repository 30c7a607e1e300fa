/* test_expand.c - analyzer/expand.c. */
#include "analyzer/expand.h"

#include <zlib.h>
#include <zstd.h>

#include "tests/test.h"

enum { PLAIN_SIZE = 5000, PACKED_SIZE = 8192 };

struct packed {
    uint8_t bytes[PACKED_SIZE];
    size_t size;
};

static uint8_t plain[EXPAND_MOST + 1];

static struct packed pack(enum expand_kind kind, size_t size)
{
    struct packed packed = { .size = 0 };
    uLongf zlib_size = PACKED_SIZE;
    if (kind == EXPAND_ZLIB && compress(packed.bytes, &zlib_size, plain, size) == Z_OK)
        packed.size = zlib_size;
    if (kind == EXPAND_ZSTD)
        packed.size = ZSTD_compress(packed.bytes, PACKED_SIZE, plain, size, 1);
    CHECK(packed.size > 0 && packed.size <= PACKED_SIZE);
    return packed;
}

static bool gives(enum expand_kind kind, const struct packed *packed, size_t size)
{
    uint8_t *out = expand(kind, bytes_of(packed->bytes, packed->size), size);
    bool is_right = out != NULL && memcmp(out, plain, size) == 0;
    free(out);
    return is_right;
}

static bool gives_nothing(enum expand_kind kind, const struct packed *packed, size_t size)
{
    uint8_t *out = expand(kind, bytes_of(packed->bytes, packed->size), size);
    bool is_nothing = out == NULL;
    free(out);
    return is_nothing;
}

static void a_block_gives_what_was_packed(void)
{
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i / 100);
    for (int kind = EXPAND_ZLIB; kind <= EXPAND_ZSTD; kind++) {
        struct packed packed = pack((enum expand_kind)kind, PLAIN_SIZE);
        CHECK(gives((enum expand_kind)kind, &packed, PLAIN_SIZE));
        CHECK(gives_nothing((enum expand_kind)(1 - kind), &packed, PLAIN_SIZE));
    }
}

static void a_size_that_lies_gives_nothing(void)
{
    for (int kind = EXPAND_ZLIB; kind <= EXPAND_ZSTD; kind++) {
        struct packed packed = pack((enum expand_kind)kind, PLAIN_SIZE);
        CHECK(gives_nothing((enum expand_kind)kind, &packed, PLAIN_SIZE - 1));
        CHECK(gives_nothing((enum expand_kind)kind, &packed, PLAIN_SIZE + 1));
        CHECK(gives_nothing((enum expand_kind)kind, &packed, 0));
        packed.size++; /* a byte behind it */
        CHECK(gives_nothing((enum expand_kind)kind, &packed, PLAIN_SIZE));
    }
}

static void every_cut_gives_nothing(void)
{
    for (int kind = EXPAND_ZLIB; kind <= EXPAND_ZSTD; kind++) {
        struct packed packed = pack((enum expand_kind)kind, PLAIN_SIZE);
        while (packed.size-- > 0)
            CHECK(gives_nothing((enum expand_kind)kind, &packed, PLAIN_SIZE));
    }
}

static void a_bomb_is_not_let_grow(void)
{
    for (int kind = EXPAND_ZLIB; kind <= EXPAND_ZSTD; kind++) {
        struct packed packed = pack((enum expand_kind)kind, EXPAND_MOST);
        CHECK(gives((enum expand_kind)kind, &packed, EXPAND_MOST));
        packed = pack((enum expand_kind)kind, EXPAND_MOST + 1);
        CHECK(gives_nothing((enum expand_kind)kind, &packed, EXPAND_MOST + 1));
        CHECK(gives_nothing((enum expand_kind)kind, &packed, EXPAND_MOST));
    }
}

int main(void)
{
    RUN(a_block_gives_what_was_packed);
    RUN(a_size_that_lies_gives_nothing);
    RUN(every_cut_gives_nothing);
    RUN(a_bomb_is_not_let_grow);
    return test_end();
}
