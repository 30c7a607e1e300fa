/* Packets in pieces: a sequence of frames, each with a length and a time in front. */
#include <stdlib.h>
#include <string.h>

#include "analyzer/fragments.h"

enum { DEPTH = 3 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void read_through(struct bytes window)
{
    volatile uint8_t last = 0;
    for (size_t i = 0; i < window.left; i++)
        last = window.at[i];
    (void)last;
}

static void check_decoded(const struct headers *headers, enum decode outcome)
{
    read_through(headers->ip);
    read_through(headers->payload);
    check(headers->layer_count <= DECODE_LAYERS);
    check(outcome != DECODE_TRANSPORT ||
          headers->payload.left <= headers->payload_length);
}

static void drain(struct fragments *fragments, int64_t now_ns, bool is_all)
{
    struct fragments_given_up lost;
    while (fragments_next_given_up(fragments, now_ns, is_all, &lost)) {
        check(lost.has_first || lost.other_count > 0);
        check(!lost.is_refused || !lost.has_first);
        if (lost.has_first) {
            read_through(lost.packet.captured);
            check_decoded(&lost.headers, lost.outcome);
        }
    }
}

static void see(struct fragments *fragments, const struct packet *packet)
{
    struct packet rebuilt[DEPTH];
    struct headers headers[DEPTH + 1];
    enum decode outcome = decode_packet(packet, &headers[0]);
    for (int depth = 0; depth < DEPTH && headers[depth].has_fragment; depth++) {
        drain(fragments, packet->time_ns, false);
        if (fragments_see(fragments, packet, &headers[depth], outcome, 0,
                          &rebuilt[depth]) != FRAGMENTS_REBUILT)
            return;
        packet = &rebuilt[depth];
        read_through(packet->captured);
        check(packet->captured.left <= packet->length);
        outcome = decode_rebuilt(packet, &headers[depth], &headers[depth + 1]);
        check_decoded(&headers[depth + 1], outcome);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fragments *fragments; /* emptied each time: making one takes long */
    if (fragments == NULL)
        fragments = fragments_new();
    struct bytes in = bytes_of(data, size);
    int64_t time_ns = 0;
    while (in.left > 0) {
        size_t length = bytes_u16(&in);
        time_ns += (int64_t)bytes_u8(&in) * 1000000000;
        struct bytes frame = bytes_take_at_most(&in, length);
        uint8_t *copy = malloc(frame.left + 1);
        if (frame.left > 0)
            memcpy(copy, frame.at, frame.left);
        struct packet packet = { .captured = bytes_of(copy, frame.left),
                                 .length = (uint32_t)length,
                                 .link_type = 1,
                                 .time_ns = time_ns,
                                 .has_time = true };
        see(fragments, &packet);
        free(copy);
    }
    drain(fragments, 0, true);
    check(!fragments_are_waiting(fragments));
    return 0;
}
