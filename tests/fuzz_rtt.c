/* fuzz_rtt.c - any sequence of packets; the figures must agree with each other. */
#include <stdlib.h>

#include "analyzer/rtt.h"

/* Small steps around the wrap make collisions likely; now and then a leap. */
static uint32_t read_sequence(struct bytes *in, bool is_leap)
{
    return is_leap ? bytes_u32(in) : (uint32_t)bytes_u16(in) - 0x8000u;
}

static void read_options(struct bytes *in, struct tcp_header *tcp, uint8_t choice)
{
    if (choice & 1) {
        tcp->sack_count = (uint8_t)(1 + (choice >> 1) % TCP_SACK_BLOCKS);
        for (unsigned i = 0; i < tcp->sack_count; i++) {
            tcp->sack[i].left = read_sequence(in, false);
            tcp->sack[i].right = read_sequence(in, false);
        }
    }
    if (choice & 8) {
        tcp->has_timestamps = true;
        tcp->timestamp = bytes_u8(in);
        tcp->timestamp_echo = bytes_u8(in);
    }
    tcp->has_mss = (choice & 16) != 0;
    tcp->mss = tcp->has_mss ? bytes_u8(in) : 0;
}

static bool read_packet(struct bytes *in, struct headers *headers, uint8_t *choice)
{
    *headers = (struct headers){ .protocol = 6 };
    *choice = bytes_u8(in);
    struct tcp_header *tcp = &headers->tcp;
    tcp->flags = bytes_u8(in);
    bool is_leap = (*choice & 0x60) == 0x60;
    tcp->sequence = read_sequence(in, is_leap);
    tcp->acknowledgement = read_sequence(in, is_leap);
    headers->payload_length = *choice & 4 ? bytes_u16(in) : bytes_u8(in);
    headers->ip_id = bytes_u8(in);
    tcp->window = bytes_u8(in) & 3;
    read_options(in, tcp, *choice >> 1 & 0x1f);
    return !in->ran_out;
}

static void demand(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_side(const struct rtt *rtt, unsigned side)
{
    const struct distribution *samples = &rtt->samples[side];
    const struct rtt_counts *counts = &rtt->counts[side];
    uint64_t classes = 0;
    for (unsigned class = 0; class < RTT_CLASSES; class ++)
        classes += rtt->classes[side][class];
    demand(classes == samples->count);
    demand(samples->count == 0 ||
           (samples->min_ns >= 0 && samples->max_ns >= samples->min_ns));
    demand((samples->count > 0) == (rtt->min_source_frame[side] != 0));
    demand(rtt->min_source_frame[side] < rtt->min_reply_frame[side] ||
           samples->count == 0);
    demand(counts->acked_unseen_bytes <= counts->acked_bytes);
    demand(rtt_base_ns(rtt, side) >= rtt_minimum_ns(rtt, side));
    demand(!rtt_base_is_confirmed(rtt, side) || rtt_base_ns(rtt, side) >= 0);
    demand(rtt->delayed[side] == NULL || rtt->delayed[side]->count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct headers headers;
    struct rtt rtt;
    int64_t now_ns = 1;
    uint8_t choice;

    rtt_init(&rtt);
    for (uint64_t frame = 1; read_packet(&in, &headers, &choice); frame++) {
        now_ns += (int64_t)bytes_u8(&in) * 100000;
        bool clock_went_back = headers.ip_id == 99;
        if (clock_went_back)
            now_ns -= 2000000;
        rtt_see(&rtt, &headers, choice & 1, now_ns, frame, clock_went_back);
        if (frame % 64 == 0 && choice & 0x80 && !rtt.opening.has_syn)
            rtt_swap_sides(&rtt);
    }
    for (unsigned side = 0; side < RTT_SIDES; side++)
        check_side(&rtt, side);
    rtt_conclude(&rtt);
    for (unsigned side = 0; side < RTT_SIDES; side++)
        check_side(&rtt, side);
    int64_t base_ns = rtt_base_ns(&rtt, RTT_SERVER);
    rtt_conclude(&rtt);
    demand(rtt_base_ns(&rtt, RTT_SERVER) == base_ns);
    rtt_release(&rtt);
    return 0;
}
