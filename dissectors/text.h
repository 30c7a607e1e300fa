/*
 * text.h - reads words and numbers of text protocols from a window.
 *
 * Bytes are judged as ASCII, whatever the locale. What is taken is a window on the same
 * bytes and may be empty; nothing here marks a window `ran_out`.
 */
#ifndef O365LENS_DISSECTORS_TEXT_H
#define O365LENS_DISSECTORS_TEXT_H

#include "dissectors/bytes.h"

static inline bool text_is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static inline uint8_t text_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static inline bool text_is_letter(uint8_t byte)
{
    return text_lower(byte) >= 'a' && text_lower(byte) <= 'z';
}

static inline bool text_is_one_of(uint8_t byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

static inline bool text_is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

/* HTAB is none: it is a blank. */
static inline bool text_is_control(uint8_t byte)
{
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

static inline struct bytes text_take_while(struct bytes *in, bool (*is_wanted)(uint8_t))
{
    size_t size = 0;
    while (size < in->left && is_wanted(bytes_peek(*in, size)))
        size++;
    return bytes_take(in, size);
}

/* To the first byte of `stops`, or the end. */
static inline struct bytes text_take_until(struct bytes *in, const char *stops)
{
    size_t size = 0;
    while (size < in->left && !text_is_one_of(bytes_peek(*in, size), stops))
        size++;
    return bytes_take(in, size);
}

static inline bool text_has_control(struct bytes in)
{
    while (in.left > 0) {
        if (text_is_control(bytes_u8(&in)))
            return true;
    }
    return false;
}

static inline struct bytes text_trimmed(struct bytes in)
{
    text_take_while(&in, text_is_blank);
    size_t size = in.left;
    while (size > 0 && text_is_blank(bytes_peek(in, size - 1)))
        size--;
    return bytes_take(&in, size);
}

/* The same but for the case of ASCII letters; `text` is in lower case. */
static inline bool text_equals(struct bytes in, const char *text)
{
    if (in.left != strlen(text))
        return false;
    for (size_t i = 0; i < in.left; i++) {
        if (text_lower(bytes_peek(in, i)) != (uint8_t)text[i])
            return false;
    }
    return true;
}

static inline bool text_starts_with(struct bytes in, const char *text)
{
    return text_equals(bytes_take_at_most(&in, strlen(text)), text);
}

/* -1 where it is no number, or one beyond any body. */
static inline int64_t text_decimal(struct bytes digits)
{
    int64_t value = 0;
    if (digits.left == 0 || digits.left > 18)
        return -1;
    while (digits.left > 0) {
        uint8_t digit = bytes_u8(&digits);
        if (!text_is_digit(digit))
            return -1;
        value = value * 10 + (digit - '0');
    }
    return value;
}

#endif
