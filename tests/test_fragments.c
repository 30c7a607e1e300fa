/* Packets in pieces: in any order, lost, repeated, overlapping, inside of tunnels. */
#include "analyzer/fragments.h"

#include "tests/frame_builder.h"

static const int64_t second_ns = INT64_C(1000000000);

/* A packet that was put together, or a piece that was let through. */
struct seen {
    enum fragments_outcome outcome;
    struct packet rebuilt;
    struct headers headers;
    enum decode decoded;
};

struct piece {
    size_t offset, size;
    bool is_last;
};

/* One piece of the payload behind the IPv4 header of `whole`, which is untagged. */
static struct frame piece4(const struct frame *whole, size_t offset, size_t size,
                           bool is_last)
{
    struct frame frame = { .start = sizeof frame.bytes };
    const uint8_t *packet = frame_at(whole);
    put_bytes(&frame, packet + 20 + offset, size);
    put_bytes(&frame, packet + 8, 12);
    put_16(&frame, offset / 8 | (is_last ? 0 : 0x2000));
    put_bytes(&frame, packet + 4, 2);
    put_16(&frame, size + 20);
    put_bytes(&frame, packet, 2);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame piece6(const struct frame *whole, size_t offset, size_t size,
                           bool is_last)
{
    struct frame frame = { .start = sizeof frame.bytes };
    const uint8_t *packet = frame_at(whole);
    put_bytes(&frame, packet + 40 + offset, size);
    put(&frame, "00000099");
    put_16(&frame, offset | (is_last ? 0 : 1));
    put_bytes(&frame, (uint8_t[]){ packet[6], 0 }, 2);
    put_bytes(&frame, packet + 8, 32);
    put_bytes(&frame, (uint8_t[]){ 44, 63 }, 2);
    put_16(&frame, size + 8);
    put(&frame, "60000000");
    put_ethernet(&frame, "86dd");
    return frame;
}

static struct seen see_kept(struct fragments *fragments, const struct frame *frame,
                            size_t kept, int64_t time_ns)
{
    static uint8_t *copy;
    struct seen seen;
    struct headers headers;
    free(copy);
    copy = malloc(kept + 1);
    memcpy(copy, frame_at(frame), kept);
    struct packet packet = { .captured = bytes_of(copy, kept),
                             .length = (uint32_t)frame_size(frame),
                             .link_type = 1,
                             .time_ns = time_ns,
                             .has_time = true };
    enum decode outcome = decode_packet(&packet, &headers);
    CHECK(headers.has_fragment);
    seen.outcome = fragments_see(fragments, &packet, &headers, outcome, 0, &seen.rebuilt);
    if (seen.outcome == FRAGMENTS_REBUILT)
        seen.decoded = decode_rebuilt(&seen.rebuilt, &headers, &seen.headers);
    return seen;
}

static struct seen see(struct fragments *fragments, const struct frame *frame,
                       int64_t time_ns)
{
    return see_kept(fragments, frame, frame_size(frame), time_ns);
}

static void check_whole(const struct seen *seen, uint32_t size)
{
    CHECK(seen->outcome == FRAGMENTS_REBUILT && seen->decoded == DECODE_TRANSPORT);
    CHECK(seen->headers.source_port == 50000 && seen->headers.destination_port == 443);
    CHECK(seen->headers.payload_length == size && seen->headers.payload.left == size);
    CHECK(!seen->headers.is_fragment && !seen->headers.is_cut && seen->headers.has_macs);
    for (size_t i = 0; i < seen->headers.payload.left; i++)
        CHECK(seen->headers.payload.at[i] == 'x');
}

static void pieces_in_any_order_make_the_packet(void)
{
    static const struct piece pieces[] = { { 0, 40, false },
                                           { 40, 80, false },
                                           { 120, 12, true } };
    static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    for (size_t o = 0; o < 12; o++) {
        struct frame whole = segment(100);
        if (o < 6)
            put_ipv4(&whole, 6, inner4);
        else
            put_ipv6(&whole, 6, inner6);
        struct fragments *fragments = fragments_new();
        struct seen seen = { 0 };
        for (int i = 0; i < 3; i++) {
            CHECK(seen.outcome != FRAGMENTS_REBUILT);
            const struct piece *piece = &pieces[orders[o % 6][i]];
            struct frame frame = (o < 6 ? piece4 : piece6)(&whole, piece->offset,
                                                           piece->size, piece->is_last);
            seen = see(fragments, &frame, i);
        }
        check_whole(&seen, 100);
        CHECK(seen.headers.ip_length == (o < 6 ? 152u : 172u));
        CHECK(!fragments_are_waiting(fragments));
        fragments_free(fragments);
    }
}

static void a_header_in_pieces_of_eight_bytes_is_read(void)
{
    struct frame whole = inner_packet();
    struct fragments *fragments = fragments_new();
    struct seen seen = { 0 };
    for (size_t offset = 0; offset < 52; offset += 8) {
        bool is_last = offset + 8 >= 52;
        struct frame frame = piece4(&whole, offset, is_last ? 4 : 8, is_last);
        CHECK(seen.outcome != FRAGMENTS_REBUILT);
        seen = see(fragments, &frame, 0);
    }
    check_whole(&seen, 20);
    fragments_free(fragments);
}

static void a_tunnels_packet_in_pieces_shows_the_one_inside(void)
{
    struct frame whole = segment(200);
    put_ipv4(&whole, 6, inner4);
    put(&whole, "0800");
    put(&whole, other_macs);
    put(&whole, "08000000 00000500");
    put_udp(&whole, 4789);
    put_ipv4(&whole, 17, outer4);
    struct frame first = piece4(&whole, 0, 160, false);
    struct frame last = piece4(&whole, 160, frame_size(&whole) - 180, true);
    struct fragments *fragments = fragments_new();
    CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_HELD);
    struct seen seen = see(fragments, &last, 0);
    check_whole(&seen, 200);
    CHECK_TEXT(layers_text(&seen.headers), "vxlan:5");
    CHECK_TEXT(address_of(&seen.headers.source), "10.0.0.1");
    CHECK_TEXT(address_of(&seen.headers.tunnel_source), "192.0.2.1");
    fragments_free(fragments);
}

/* Pieces of the packet inside, each in a tunnel's packet of its own. */
static void pieces_inside_of_a_tunnel_keep_its_layers(void)
{
    struct frame whole = inner_packet();
    struct fragments *fragments = fragments_new();
    struct seen seen = { 0 };
    for (size_t offset = 0; offset < 52; offset += 32) {
        struct frame frame = piece4(&whole, offset, offset == 0 ? 32 : 20, offset != 0);
        frame.start += 14;
        put(&frame, "0000 0800");
        put_ipv4(&frame, 47, outer4);
        put_ethernet(&frame, "8100 0014 0800");
        seen = see(fragments, &frame, 0);
    }
    check_whole(&seen, 20);
    CHECK_TEXT(layers_text(&seen.headers), "vlan:20 gre");
    CHECK_TEXT(address_of(&seen.headers.tunnel_destination), "192.0.2.2");
    fragments_free(fragments);
}

static void what_a_snap_length_cut_stays_cut(void)
{
    struct frame whole = segment(400);
    put_ipv4(&whole, 6, inner4);
    struct frame first = piece4(&whole, 0, 200, false),
                 last = piece4(&whole, 200, 232, true);
    struct fragments *fragments = fragments_new();
    CHECK(see_kept(fragments, &first, 100, 0).outcome == FRAGMENTS_HELD);
    struct seen seen = see_kept(fragments, &last, 100, 0);
    CHECK(seen.outcome == FRAGMENTS_REBUILT && seen.decoded == DECODE_TRANSPORT);
    CHECK(seen.headers.payload_length == 400 && seen.headers.is_cut);
    CHECK(seen.headers.payload.left == 100 - 34 - 32);
    fragments_free(fragments);
}

static struct fragments_given_up given_up_of(struct fragments *fragments)
{
    struct fragments_given_up lost;
    memset(&lost, 0, sizeof lost);
    CHECK(fragments_next_given_up(fragments, 0, true, &lost));
    return lost;
}

static void a_first_piece_alone_tells_the_ports(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct frame first = piece4(&whole, 0, 80, false);
    struct fragments *fragments = fragments_new();
    struct fragments_given_up lost;
    CHECK(see(fragments, &first, 7).outcome == FRAGMENTS_HELD);
    CHECK(!fragments_next_given_up(fragments, 30 * second_ns, false, &lost));
    CHECK(fragments_next_given_up(fragments, 30 * second_ns + 8, false, &lost));
    CHECK(lost.has_first && !lost.is_refused && lost.other_count == 0);
    CHECK(lost.outcome == DECODE_TRANSPORT && lost.headers.source_port == 50000);
    CHECK(lost.packet.time_ns == 7 && lost.headers.ip.left == 100);
    CHECK(lost.headers.payload.left == 48 && lost.headers.payload.at[47] == 'x');
    CHECK(!fragments_next_given_up(fragments, 0, true, &lost));
    fragments_free(fragments);
}

static void a_later_piece_alone_is_counted_between_its_ends(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct frame last = piece4(&whole, 80, 52, true);
    struct fragments *fragments = fragments_new();
    CHECK(see(fragments, &last, 0).outcome == FRAGMENTS_HELD);
    struct fragments_given_up lost = given_up_of(fragments);
    CHECK(!lost.has_first && lost.other_count == 1);
    CHECK(lost.other_bytes == frame_size(&last) && lost.other.protocol == 6);
    CHECK_TEXT(address_of(&lost.other.source), "10.0.0.1");
    fragments_free(fragments);
}

static void overlapping_pieces_are_refused(void)
{
    static const struct piece lies[][2] = {
        { { 0, 80, false }, { 72, 60, true } },  /* one unit twice */
        { { 0, 80, false }, { 0, 72, false } },  /* the same place, other bytes */
        { { 80, 52, true }, { 80, 48, true } },  /* two ends */
        { { 80, 24, true }, { 96, 24, false } }, /* behind the end */
        { { 96, 24, false }, { 80, 16, true } }, /* an end in front of what is there */
    };
    for (size_t i = 0; i < 2 * sizeof lies / sizeof lies[0]; i++) {
        struct frame whole = segment(100);
        struct frame (*cut)(const struct frame *, size_t, size_t, bool) = piece4;
        if (i % 2 == 0) {
            put_ipv4(&whole, 6, inner4);
        } else {
            put_ipv6(&whole, 6, inner6);
            cut = piece6;
        }
        const struct piece *lie = lies[i / 2];
        struct frame first = cut(&whole, lie[0].offset, lie[0].size, lie[0].is_last);
        struct frame second = cut(&whole, lie[1].offset, lie[1].size, lie[1].is_last);
        second.bytes[sizeof second.bytes - 1] ^= 1;
        struct frame rest = cut(&whole, 0, 80, false);
        struct fragments *fragments = fragments_new();
        CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_HELD);
        CHECK(see(fragments, &second, 0).outcome == FRAGMENTS_HELD);
        CHECK(see(fragments, &rest, 0).outcome == FRAGMENTS_HELD);
        struct fragments_given_up lost = given_up_of(fragments);
        CHECK(lost.is_refused && !lost.has_first && lost.other_count == 3);
        fragments_free(fragments);
    }
}

static void what_would_be_longer_than_a_packet_is_refused(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct frame last = piece4(&whole, 0, 24, true);
    last.bytes[last.start + 14 + 6] = 0x1f;
    last.bytes[last.start + 14 + 7] = 0xff;
    struct fragments *fragments = fragments_new();
    CHECK(see(fragments, &last, 0).outcome == FRAGMENTS_HELD);
    CHECK(given_up_of(fragments).is_refused);
    fragments_free(fragments);
}

static void a_piece_told_again_is_left_out(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct frame first = piece4(&whole, 0, 80, false),
                 last = piece4(&whole, 80, 52, true);
    struct fragments *fragments = fragments_new();
    CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_HELD);
    CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_HELD);
    struct seen seen = see(fragments, &last, 0);
    check_whole(&seen, 100);
    CHECK(see(fragments, &last, 1000).outcome == FRAGMENTS_HELD);
    CHECK(!fragments_are_waiting(fragments)); /* a copy, not another packet's piece */
    CHECK(see(fragments, &last, second_ns).outcome == FRAGMENTS_HELD);
    CHECK(fragments_are_waiting(fragments));
    fragments_free(fragments);
}

static void the_same_number_may_be_another_packets(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct frame first = piece4(&whole, 0, 80, false),
                 last = piece4(&whole, 80, 52, true);
    struct fragments *fragments = fragments_new();
    for (int i = 0; i < 5; i++) {
        CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_HELD);
        struct seen seen = see(fragments, &last, 0);
        check_whole(&seen, 100);
    }
    fragments_free(fragments);
}

static void pieces_of_different_packets_are_kept_apart(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct frame first = piece4(&whole, 0, 80, false);
    /* in the Ethernet frame: the identification, the protocol, an address, both MACs */
    static const size_t places[] = { 14 + 5, 14 + 9, 14 + 15, 3, 9 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct frame last = piece4(&whole, 80, 52, true);
        struct fragments *fragments = fragments_new();
        last.bytes[last.start + places[i]] ^= 0x10;
        CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_HELD);
        CHECK(see(fragments, &last, 0).outcome == FRAGMENTS_HELD);
        (void)given_up_of(fragments);
        CHECK(fragments_are_waiting(fragments));
        fragments_free(fragments);
    }
}

static void more_than_the_limit_give_up_the_oldest(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct fragments *fragments = fragments_new();
    struct fragments_given_up lost;
    unsigned count = 0;
    for (unsigned i = 0; i < 4 * FRAGMENTS_MOST; i++) {
        struct frame later = piece4(&whole, 80, 48, false);
        later.bytes[later.start + 14 + 4] = (uint8_t)(i >> 8);
        later.bytes[later.start + 14 + 5] = (uint8_t)i;
        while (fragments_next_given_up(fragments, 0, false, &lost))
            count++;
        CHECK(see(fragments, &later, 0).outcome == FRAGMENTS_HELD);
    }
    CHECK(count == 3 * FRAGMENTS_MOST);
    fragments_free(fragments);
}

/* As where a filter let the first pieces through alone. */
static void first_pieces_that_never_meet_others_wait_no_more(void)
{
    struct frame whole = segment(100);
    put_ipv4(&whole, 6, inner4);
    struct frame first = piece4(&whole, 0, 80, false),
                 last = piece4(&whole, 80, 52, true);
    struct fragments *fragments = fragments_new();
    struct fragments_given_up lost;
    for (int i = 0; i < FRAGMENTS_IN_VAIN; i++) {
        CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_HELD);
        CHECK(fragments_next_given_up(fragments, 0, true, &lost));
    }
    CHECK(see(fragments, &first, 0).outcome == FRAGMENTS_ALONE);
    CHECK(see(fragments, &last, 0).outcome == FRAGMENTS_HELD);
    struct seen seen = see(fragments, &first, 0);
    check_whole(&seen, 100);
    fragments_free(fragments);
}

static void pieces_of_no_whole_unit_are_no_fragments(void)
{
    static const struct piece odd[] = { { 0, 81, false }, { 80, 1, false } };
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct frame whole = segment(100);
        put_ipv4(&whole, 6, inner4);
        struct frame frame = piece4(&whole, odd[i].offset, odd[i].size, false);
        struct headers headers;
        (void)decode_whole(&frame, &headers);
        CHECK(headers.is_fragment && !headers.has_fragment);
    }
}

int main(void)
{
    RUN(pieces_in_any_order_make_the_packet);
    RUN(a_header_in_pieces_of_eight_bytes_is_read);
    RUN(a_tunnels_packet_in_pieces_shows_the_one_inside);
    RUN(pieces_inside_of_a_tunnel_keep_its_layers);
    RUN(what_a_snap_length_cut_stays_cut);
    RUN(a_first_piece_alone_tells_the_ports);
    RUN(a_later_piece_alone_is_counted_between_its_ends);
    RUN(overlapping_pieces_are_refused);
    RUN(what_would_be_longer_than_a_packet_is_refused);
    RUN(a_piece_told_again_is_left_out);
    RUN(the_same_number_may_be_another_packets);
    RUN(pieces_of_different_packets_are_kept_apart);
    RUN(more_than_the_limit_give_up_the_oldest);
    RUN(first_pieces_that_never_meet_others_wait_no_more);
    RUN(pieces_of_no_whole_unit_are_no_fragments);
    return test_end();
}
