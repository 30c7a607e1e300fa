/* expand.c - RFC 1950 by zlib, RFC 8878 by libzstd. */
#include "analyzer/expand.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "analyzer/alloc.h"

static bool expand_zlib(struct bytes in, uint8_t *out, size_t size)
{
    uLongf expanded = size;
    uLong used = in.left;
    return uncompress2(out, &expanded, in.at, &used) == Z_OK && expanded == size &&
           used == in.left;
}

static bool expand_zstd(struct bytes in, uint8_t *out, size_t size)
{
    return ZSTD_decompress(out, size, in.at, in.left) == size;
}

uint8_t *expand(enum expand_kind kind, struct bytes in, size_t size)
{
    if (size == 0 || size > EXPAND_MOST || in.left == 0)
        return NULL;
    uint8_t *out = alloc_zeroed(size, 1);
    bool is_whole =
        kind == EXPAND_ZLIB ? expand_zlib(in, out, size) : expand_zstd(in, out, size);
    if (is_whole)
        return out;
    free(out);
    return NULL;
}
