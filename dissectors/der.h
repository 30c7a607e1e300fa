/*
 * der.h - reads DER, one element after the other.
 *
 * Nothing is nested here: who wants what is inside an element reads its content in turn,
 * so no depth of the input takes any stack. As with struct bytes an error empties the
 * window and sticks. Lengths of up to four bytes are read, also where they are longer
 * than they need to be, as some software writes them; lengths that are not told
 * (BER) and tags of several bytes are errors: no certificate has any. X.690 section 8.1.
 */
#ifndef O365LENS_DISSECTORS_DER_H
#define O365LENS_DISSECTORS_DER_H

#include <stdbool.h>

#include "dissectors/bytes.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_UNIVERSAL_STRING = 0x1c,
    DER_BMP_STRING = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};

struct der {
    uint8_t tag; /* with class and form, as on the wire */
    struct bytes content;
};

static inline size_t der_length(struct bytes *in)
{
    uint8_t first = bytes_u8(in);
    size_t length = 0;
    if (first < 0x80)
        return first;
    if (first == 0x80 || first > 0x84)
        bytes_skip(in, SIZE_MAX); /* runs out */
    for (unsigned i = 0x80; i < first; i++)
        length = length << 8 | bytes_u8(in);
    return length;
}

/* The next element; an empty one where there is none, and `in` is then marked. */
static inline struct der der_take(struct bytes *in)
{
    struct der element = { .tag = bytes_u8(in) };
    if ((element.tag & 0x1f) == 0x1f)
        bytes_skip(in, SIZE_MAX);
    element.content = bytes_take(in, der_length(in));
    return element;
}

/* The content of the next element, which must have this tag. */
static inline struct bytes der_expect(struct bytes *in, uint8_t tag)
{
    struct der element = der_take(in);
    if (element.tag != tag)
        bytes_skip(in, SIZE_MAX);
    return in->ran_out ? bytes_of(element.content.at, 0) : element.content;
}

/* Is the next one of this tag? Then it is taken. */
static inline bool der_take_if(struct bytes *in, uint8_t tag, struct bytes *content)
{
    if (in->left == 0 || bytes_peek(*in, 0) != tag)
        return false;
    *content = der_expect(in, tag);
    return !in->ran_out;
}

#endif
