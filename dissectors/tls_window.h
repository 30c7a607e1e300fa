/*
 * tls_window.h - a window whose end may not have been captured; for the TLS readers
 * alone.
 *
 * `missing` bytes are known to follow `in`. A vector that ends within them is cut, one
 * that ends behind them lies. As with struct bytes the error sticks: ask
 * tls_window_outcome once, at the end.
 */
#ifndef O365LENS_DISSECTORS_TLS_WINDOW_H
#define O365LENS_DISSECTORS_TLS_WINDOW_H

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

struct tls_window {
    struct bytes in;
    size_t missing;
};

static inline enum dissect tls_window_outcome(const struct tls_window *window)
{
    if (!window->in.ran_out)
        return DISSECT_OK;
    return window->missing > 0 ? DISSECT_TRUNCATED : DISSECT_MALFORMED;
}

/* The next `size` bytes, or those of them that were captured. */
static inline struct tls_window tls_window_take(struct tls_window *from, size_t size)
{
    if (from->in.ran_out)
        return (struct tls_window){ .in = bytes_of(from->in.at, 0),
                                    .missing = from->missing };
    if (size > from->in.left + from->missing) {
        from->missing = 0;
        bytes_skip(&from->in, size);
        return (struct tls_window){ .in = bytes_of(from->in.at, 0) };
    }
    struct tls_window taken = { .in = bytes_take_at_most(&from->in, size) };
    taken.missing = size - taken.in.left;
    from->in.ran_out = taken.missing > 0;
    return taken;
}

/* Empty where it was cut: half a random or half an id would pass for another. */
static inline struct bytes tls_window_whole(struct tls_window taken)
{
    return taken.missing > 0 ? bytes_of(taken.in.at, 0) : taken.in;
}

/* A vector with a length of one, two or three bytes before it. */
static inline struct tls_window tls_window_vector8(struct tls_window *from)
{
    return tls_window_take(from, bytes_u8(&from->in));
}

static inline struct tls_window tls_window_vector16(struct tls_window *from)
{
    return tls_window_take(from, bytes_u16(&from->in));
}

static inline struct tls_window tls_window_vector24(struct tls_window *from)
{
    return tls_window_take(from, bytes_u24(&from->in));
}

#endif
