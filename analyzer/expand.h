/*
 * expand.h - one compressed block, to memory; for what is inside a message.
 *
 * Files are another matter: byte_source.h. What comes out is as large as its sender
 * claims or nothing, and never above EXPAND_MOST, so that a small block cannot fill the
 * memory.
 */
#ifndef O365LENS_ANALYZER_EXPAND_H
#define O365LENS_ANALYZER_EXPAND_H

#include <stdint.h>

#include "dissectors/bytes.h"

enum { EXPAND_MOST = 131072 };

enum expand_kind { EXPAND_ZLIB, EXPAND_ZSTD }; /* RFC 1950, RFC 8878 */

/*
 * `size` bytes, to be freed by the caller; NULL where that is 0 or above EXPAND_MOST, or
 * the block gives more, less or none.
 */
uint8_t *expand(enum expand_kind kind, struct bytes in, size_t size);

#endif
