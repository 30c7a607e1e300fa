/*
 * text_pool.h - the texts of one owner, let go of together.
 *
 * A text made here lives until text_pool_release; a zeroed struct is an empty pool.
 */
#ifndef O365LENS_ANALYZER_TEXT_POOL_H
#define O365LENS_ANALYZER_TEXT_POOL_H

#include <stddef.h>

#include "dissectors/bytes.h"

struct text_pool_block;

struct text_pool {
    struct text_pool_block *blocks;
};

/* `size` bytes, aligned for pointers, zeroed. */
void *text_pool_take(struct text_pool *pool, size_t size);

/*
 * Captured bytes as a text: valid UTF-8 without control characters; what is not is spelled
 * \xNN. Cut at `most` characters of the result. NULL where `bytes` is empty.
 */
const char *text_pool_captured(struct text_pool *pool, struct bytes bytes, size_t most);

const char *text_pool_copy(struct text_pool *pool, const char *text); /* NULL: NULL */
const char *text_pool_hex(struct text_pool *pool, struct bytes bytes); /* NULL if empty */

/* `pool` owns the texts of `from` now; they stay where they are, `from` is empty. */
void text_pool_adopt(struct text_pool *pool, struct text_pool *from);

void text_pool_release(struct text_pool *pool);

#endif
