/* text_pool.c - a bump allocator; UTF-8 as in RFC 3629. */
#include "analyzer/text_pool.h"

#include <stdlib.h>

#include "analyzer/alloc.h"

enum { BLOCK_SIZE = 1000, LONGEST_SPELLING = 4 };

struct text_pool_block {
    struct text_pool_block *next;
    size_t used, size;
    _Alignas(8) unsigned char bytes[];
};

void *text_pool_take(struct text_pool *pool, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    struct text_pool_block *block = pool->blocks;
    if (block == NULL || block->size - block->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = alloc_zeroed(1, sizeof *block + room);
        block->size = room;
        block->next = pool->blocks;
        pool->blocks = block;
    }
    void *taken = block->bytes + block->used;
    block->used += size;
    return taken;
}

/* Length of the UTF-8 sequence at the front of `in`, or 0 where there is none. */
static size_t sequence_length(struct bytes in)
{
    uint8_t first = bytes_peek(in, 0);
    size_t length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first == 0 || in.left < length || (first >= 0x80 && first < 0xc2) || first > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((in.at[i] & 0xc0) != 0x80)
            return 0;
    uint8_t second = bytes_peek(in, 1);
    bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    bool is_outside = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    return is_overlong || is_outside ? 0 : length;
}

static bool is_control(struct bytes in)
{
    uint8_t first = bytes_peek(in, 0);
    return first < 0x20 || first == 0x7f || (first == 0xc2 && bytes_peek(in, 1) < 0xa0);
}

const char *text_pool_captured(struct text_pool *pool, struct bytes bytes, size_t most)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.left == 0)
        return NULL;
    size_t room = bytes.left * LONGEST_SPELLING < most ? bytes.left * LONGEST_SPELLING : most;
    char *text = text_pool_take(pool, room + 1);
    size_t used = 0;
    while (bytes.left > 0) {
        size_t length = sequence_length(bytes);
        bool is_spelled = length == 0 || is_control(bytes);
        size_t needed = is_spelled ? LONGEST_SPELLING : length;
        if (used + needed > room)
            break;
        struct bytes taken = bytes_take(&bytes, is_spelled ? 1 : length);
        if (is_spelled) {
            text[used] = '\\';
            text[used + 1] = 'x';
            text[used + 2] = digits[taken.at[0] >> 4];
            text[used + 3] = digits[taken.at[0] & 15];
        } else {
            memcpy(text + used, taken.at, length);
        }
        used += needed;
    }
    text[used] = '\0';
    return text;
}

const char *text_pool_copy(struct text_pool *pool, const char *text)
{
    if (text == NULL)
        return NULL;
    size_t size = strlen(text) + 1;
    return memcpy(text_pool_take(pool, size), text, size);
}

const char *text_pool_hex(struct text_pool *pool, struct bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.left == 0)
        return NULL;
    char *text = text_pool_take(pool, 2 * bytes.left + 1);
    for (size_t i = 0; i < bytes.left; i++) {
        text[2 * i] = digits[bytes.at[i] >> 4];
        text[2 * i + 1] = digits[bytes.at[i] & 15];
    }
    text[2 * bytes.left] = '\0';
    return text;
}

void text_pool_adopt(struct text_pool *pool, struct text_pool *from)
{
    struct text_pool_block **end = &pool->blocks;
    while (*end != NULL)
        end = &(*end)->next;
    *end = from->blocks;
    from->blocks = NULL;
}

void text_pool_release(struct text_pool *pool)
{
    while (pool->blocks != NULL) {
        struct text_pool_block *block = pool->blocks;
        pool->blocks = block->next;
        free(block);
    }
}
