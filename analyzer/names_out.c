/* names_out.c - UTF-8 as in RFC 3629 section 4; direction marks as in UAX 9. */
#include "analyzer/names_out.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SPELLED_SIZE = 16 };

static const char cut_mark[] = "...";

/*
 * How many bytes the character at `at` takes, or 0 where it is no UTF-8: overlong forms,
 * surrogates and codes past U+10FFFF are none. The text's NUL ends every cut sequence.
 */
static size_t character_size(const unsigned char *at, uint32_t *code)
{
    static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t size = at[0] < 0x80             ? 1
                  : (at[0] & 0xe0) == 0xc0 ? 2
                  : (at[0] & 0xf0) == 0xe0 ? 3
                  : (at[0] & 0xf8) == 0xf0 ? 4
                                           : 0;
    if (size < 2) {
        *code = at[0];
        return size;
    }
    *code = at[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (at[i] & 0x3fu);
    }
    bool is_surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < smallest[size] || *code > 0x10ffff || is_surrogate ? 0 : size;
}

/* What a screen would not show, or would show elsewhere than it stands. */
static bool is_hidden(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        { 0x0000, 0x001f }, { 0x007f, 0x009f },   { 0x00ad, 0x00ad }, { 0x061c, 0x061c },
        { 0x180e, 0x180e }, { 0x200b, 0x200f },   { 0x2028, 0x202e }, { 0x2060, 0x206f },
        { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },   { 0xfffe, 0xffff }, { 0xfdd0, 0xfdef },
        { 0xe000, 0xf8ff }, { 0xe0000, 0x10ffff }
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    }
    return false;
}

/* Spells the next character into `spelled`; returns how many bytes of the name it took.
 */
static size_t spell(const unsigned char *at, char spelled[SPELLED_SIZE])
{
    uint32_t code;
    size_t size = character_size(at, &code);

    if (size == 0) {
        (void)snprintf(spelled, SPELLED_SIZE, "\\x%02x", at[0]);
        return 1;
    }
    if (is_hidden(code)) {
        (void)snprintf(spelled, SPELLED_SIZE, "\\u{%04X}", (unsigned)code);
        return size;
    }
    memcpy(spelled, at, size);
    spelled[size] = '\0';
    return size;
}

/* Nearly all names are plain ASCII: as long as that lasts nothing is spelled. */
static size_t plain_size(const char *name)
{
    size_t size = 0;
    while (name[size] >= 0x20 && name[size] < 0x7f)
        size++;
    return size;
}

const char *names_out_text(const char *name, char *out, size_t capacity)
{
    assert(capacity > sizeof cut_mark);
    if (name == NULL)
        return NULL;
    size_t plain = plain_size(name);
    if (name[plain] == '\0' && plain < capacity)
        return memcpy(out, name, plain + 1);
    const unsigned char *at = (const unsigned char *)name;
    size_t used = 0, border = 0; /* border: the last place where the mark still fits */

    while (*at != '\0') {
        char spelled[SPELLED_SIZE];
        at += spell(at, spelled);
        size_t size = strlen(spelled);
        if (used + size >= capacity) {
            memcpy(out + border, cut_mark, sizeof cut_mark);
            return out;
        }
        memcpy(out + used, spelled, size);
        used += size;
        if (used + sizeof cut_mark <= capacity)
            border = used;
    }
    out[used] = '\0';
    return out;
}

const char *names_out_address(const struct ip_address *address,
                              char out[ADDRESS_TEXT_SIZE])
{
    return address->family == 0 ? NULL : address_text(address, out);
}
