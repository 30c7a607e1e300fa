/*
 * variation.h - what makes one copy of a template differ from all others.
 *
 *     struct variation copy = { 0 };
 *     variation_begin(&copy, &pattern, number);      again for the next number
 *     variation_apply(&copy, &pattern, frame, out);  `out` holds frame->size bytes
 *     variation_release(&copy);
 *
 * Of each client: another IPv4 address in 10.0.0.0/8, or another interface in its IPv6
 * network, in no other copy and no server's; its ports from 32768 on moved round that
 * half. Of the fields: other bytes, the same ones for the same input, so that what was
 * equal within the template (a retransmission, a session resumed, an id echoed) stays so.
 * The same number gives the same bytes, on every machine.
 */
#ifndef O365LENS_TESTS_BENCH_VARIATION_H
#define O365LENS_TESTS_BENCH_VARIATION_H

#include "dissectors/tls_hello.h"
#include "tests/bench/template.h"

struct variation {
    uint16_t port_shift;
    uint8_t masks[FIELD_DNS_ID + 1][TLS_RANDOM_SIZE]; /* by enum field_kind */
    struct ip_address *addresses;                     /* of template.clients */
};

/* False where 10.0.0.0/8 has too few addresses for so many copies. */
bool variation_has_room(const struct template *pattern, uint64_t copies);

void variation_begin(struct variation *copy, const struct template *pattern,
                     uint64_t number);
void variation_release(struct variation *copy);

/* Checksums that were right stay right, also where the frame is cut or a fragment. */
void variation_apply(const struct variation *copy, const struct template *pattern,
                     const struct frame *frame, uint8_t *out);

/*
 * Writes the checksums that the frame should have: offload leaves others in a capture. A
 * frame that is not whole keeps its transport checksum.
 */
void variation_mend(struct frame *frame);

#endif
