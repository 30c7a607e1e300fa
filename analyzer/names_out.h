/*
 * names_out.h - the one door by which captured addresses and names leave the program.
 *
 * Whoever writes an address, a host name, a certificate name or a file name into a record,
 * a report or a message asks here for its text. What comes out is valid UTF-8 without
 * control characters, line or direction marks: those are spelled out as \u{XXXX}, and bytes
 * that are no UTF-8 as \xNN.
 */
#ifndef O365LENS_ANALYZER_NAMES_OUT_H
#define O365LENS_ANALYZER_NAMES_OUT_H

#include <stddef.h>

#include "dissectors/address.h"

enum { NAMES_OUT_SIZE = 1024 };

/*
 * Writes what may be shown of `name` into `out`, cut at a character border with "..." when
 * it is too long; returns `out`, or NULL where `name` is NULL.
 */
const char *names_out_text(const char *name, char *out, size_t capacity);

/* The address as text, in `out`; NULL for none. */
const char *names_out_address(const struct ip_address *address,
                              char out[ADDRESS_TEXT_SIZE]);

#endif
