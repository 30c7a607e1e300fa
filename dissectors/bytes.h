/*
 * bytes.h - a window on bytes that nobody vouches for.
 *
 * Every dissector reads through this file and through nothing else. A window does
 * not own its bytes; it is two words and a flag, passed and copied freely.
 *
 * A read that asks for more than is left marks the window `ran_out` and empties it.
 * From then on every read yields 0 and every taken window is empty, so a message is
 * read straight through and `ran_out` is asked once, at the end.
 */
#ifndef O365LENS_DISSECTORS_BYTES_H
#define O365LENS_DISSECTORS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *at; /* next byte to read */
    size_t left;       /* bytes from `at` to the end of the window */
    bool ran_out;      /* a read asked for more than was left */
};

static inline struct bytes bytes_of(const void *at, size_t size)
{
    return (struct bytes){ .at = at, .left = size };
}

/* Moves the next `size` bytes out of `in` into a window of their own. */
static inline struct bytes bytes_take(struct bytes *in, size_t size)
{
    if (size > in->left) {
        *in = (struct bytes){ .at = in->at, .ran_out = true };
        return (struct bytes){ .at = in->at };
    }
    struct bytes taken = bytes_of(in->at, size);
    if (size > 0)
        in->at += size;
    in->left -= size;
    return taken;
}

/* As bytes_take, but what is missing at the end is simply not there. */
static inline struct bytes bytes_take_at_most(struct bytes *in, size_t size)
{
    return bytes_take(in, size < in->left ? size : in->left);
}

static inline uint8_t bytes_u8(struct bytes *in)
{
    struct bytes taken = bytes_take(in, 1);
    return taken.left == 1 ? taken.at[0] : 0;
}

static inline uint16_t bytes_u16(struct bytes *in)
{
    struct bytes taken = bytes_take(in, 2);
    if (taken.left != 2)
        return 0;
    return (uint16_t)(taken.at[0] << 8 | taken.at[1]);
}

static inline uint32_t bytes_u24(struct bytes *in)
{
    struct bytes taken = bytes_take(in, 3);
    if (taken.left != 3)
        return 0;
    return (uint32_t)taken.at[0] << 16 | (uint32_t)taken.at[1] << 8 | taken.at[2];
}

static inline uint32_t bytes_u32(struct bytes *in)
{
    struct bytes taken = bytes_take(in, 4);
    if (taken.left != 4)
        return 0;
    return (uint32_t)taken.at[0] << 24 | (uint32_t)taken.at[1] << 16 |
           (uint32_t)taken.at[2] << 8 | taken.at[3];
}

static inline uint64_t bytes_u64(struct bytes *in)
{
    struct bytes taken = bytes_take(in, 8);
    uint64_t value = 0;
    for (size_t i = 0; i < taken.left; i++)
        value = value << 8 | taken.at[i];
    return value;
}

/* Little-endian reads, for the formats that are written so. */
static inline uint16_t bytes_u16le(struct bytes *in)
{
    uint16_t value = bytes_u16(in);
    return (uint16_t)(value << 8 | value >> 8);
}

static inline uint32_t bytes_u32le(struct bytes *in)
{
    uint32_t low = bytes_u16le(in);
    uint32_t high = bytes_u16le(in);
    return in->ran_out ? 0 : high << 16 | low;
}

static inline void bytes_skip(struct bytes *in, size_t size)
{
    (void)bytes_take(in, size);
}

/* The byte at `offset` without moving; 0 past the end, and the window is not marked. */
static inline uint8_t bytes_peek(struct bytes in, size_t offset)
{
    return offset < in.left ? in.at[offset] : 0;
}

static inline bool bytes_contain(struct bytes in, char wanted)
{
    return in.left > 0 && memchr(in.at, wanted, in.left) != NULL;
}

static inline bool bytes_equal(struct bytes in, const void *other, size_t size)
{
    return in.left == size && (size == 0 || memcmp(in.at, other, size) == 0);
}

static inline bool bytes_start_with(struct bytes in, const void *prefix, size_t size)
{
    return in.left >= size && (size == 0 || memcmp(in.at, prefix, size) == 0);
}

/*
 * Copies the window into `out` as a string, cut at `capacity` - 1 bytes. The bytes are
 * copied as they are, embedded NULs included: callers refuse those first. Returns false
 * where the string had to be cut.
 */
static inline bool bytes_copy_text(struct bytes in, char *out, size_t capacity)
{
    size_t size = in.left < capacity ? in.left : capacity - 1;
    if (size > 0)
        memcpy(out, in.at, size);
    out[size] = '\0';
    return size == in.left;
}

#endif
