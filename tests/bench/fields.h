/*
 * fields.h - where in the frames of a template stand the bytes that must differ from copy
 * to copy: randoms of ClientHellos, session ids of both hellos, ids of DNS messages.
 *
 * Hellos and DNS over TCP are read from streams put back in order, from their first byte,
 * behind what a client says to an HTTP or SOCKS proxy in front; so a field is found where
 * it lies, over as many frames as it lies in, in each retransmission too. Hellos inside
 * QUIC are encrypted and stay. RFC 8446 section 4.1, RFC 9112, RFC 1928, RFC 1035.
 */
#ifndef O365LENS_TESTS_BENCH_FIELDS_H
#define O365LENS_TESTS_BENCH_FIELDS_H

#include "tests/bench/template.h"

enum { FIELDS_STREAM_LIMIT = 65536 }; /* bytes of a stream that are looked at */

/* A UDP payload; `frame` is the next to be added to the template. */
void fields_see_datagram(struct template *pattern, const struct template_flow *flow,
                         const struct frame *frame, struct bytes payload);

/* All streams. The template's frames still stand in the order of reading. */
void fields_find(struct template *pattern);

#endif
