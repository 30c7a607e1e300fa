/* test_decode_odd.c - fragments, lengths that contradict, tunnels that are none. */
#include "tests/frame_builder.h"

static void padding_of_a_frame_is_no_payload(void)
{
    struct frame frame = { .start = sizeof frame.bytes - 6 };
    struct frame segment_alone = segment(0);
    put_ipv4(&segment_alone, 6, inner4);
    put_bytes(&frame, frame_at(&segment_alone), frame_size(&segment_alone));
    put_ethernet(&frame, "0800");

    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK(headers.payload_length == 0 && headers.payload.left == 0);
    CHECK(!headers.is_cut && headers.ip_length == 52 && headers.ip.left == 52);
}

static void a_super_frame_without_a_length_has_the_frames(void)
{
    struct frame frame = inner_packet();
    memset(&frame.bytes[frame.start + 2], 0, 2);
    put_ethernet(&frame, "0800");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK(headers.ip_length == 72 && headers.payload_length == 20);

    size_t kept = frame_size(&frame) - 15;
    CHECK(decode(&frame, 1, kept, &headers) == DECODE_TRANSPORT);
    CHECK(headers.ip_length == 72 && headers.payload_length == 20);
    CHECK(headers.payload.left == 5 && headers.is_cut);
}

static void payload_length_is_the_ip_lengths_where_the_frame_was_shortened(void)
{
    struct frame frame = plain();
    frame.bytes[frame.start + 14 + 2] = 0x05; /* 1,352 bytes in a frame of 86 */
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK(headers.ip_length == 0x548 && headers.payload_length == 0x548 - 52);
    CHECK(headers.payload.left == 20 && headers.is_cut);
}

static void later_fragments_have_no_ports(void)
{
    struct frame frame = plain();
    frame.bytes[frame.start + 14 + 6] = 0x20;
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK(headers.is_fragment && headers.source_port == 50000);

    frame.bytes[frame.start + 14 + 7] = 0x10;
    CHECK(decode_whole(&frame, &headers) == DECODE_IP);
    CHECK(headers.is_fragment && headers.source_port == 0 && headers.protocol == 6);
    CHECK(headers.tcp.size == 0 && headers.payload.left == 0);
}

static void the_first_fragment_of_a_tunnels_packet_shows_the_inner_one(void)
{
    struct frame frame = segment(500);
    put_ipv4(&frame, 6, inner4);
    put(&frame, "0000 0800");
    put_ipv4(&frame, 47, outer4);
    frame.bytes[frame.start + 2] = 0;
    frame.bytes[frame.start + 3] = 200; /* the fragment's own length */
    frame.bytes[frame.start + 6] = 0x20;
    put_ethernet(&frame, "0800");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK_TEXT(address_of(&headers.source), "10.0.0.1");
    CHECK(headers.payload_length == 500 && !headers.is_fragment);
    CHECK(headers.payload.left == 200 - 24 - 52 && headers.is_cut);
}

static void a_fragment_too_small_for_its_header_is_ip(void)
{
    struct frame frame = { .start = sizeof frame.bytes };
    put(&frame, "c350 01bb 00000001");
    put_ipv4(&frame, 6, inner4);
    frame.bytes[frame.start + 6] = 0x20;
    put_ethernet(&frame, "0800");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_IP);
    frame.bytes[frame.start + 14 + 6] = 0x40; /* and where it is no fragment: */
    CHECK(decode_whole(&frame, &headers) == DECODE_MALFORMED);
    CHECK(headers.source_port == 50000);
}

static void a_tcp_header_beyond_its_packet_is_malformed(void)
{
    struct frame frame = plain();
    frame.bytes[frame.start + 14 + 20 + 12] = 0xf0; /* 60 bytes of 52 */
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_MALFORMED);
    frame.bytes[frame.start + 14 + 20 + 12] = 0x40;
    CHECK(decode_whole(&frame, &headers) == DECODE_MALFORMED);
}

static void a_broken_tcp_option_leaves_the_segment(void)
{
    struct frame frame = plain();
    frame.bytes[frame.start + 14 + 20 + 23] = 9; /* timestamps of nine bytes */
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK(headers.tcp.options_malformed && headers.payload_length == 20);
}

static struct frame datagram(size_t size, unsigned length)
{
    struct frame frame = { .start = sizeof frame.bytes - size };
    put(&frame, "abcd");
    put_16(&frame, length);
    put(&frame, "c350 0d96");
    put_ipv4(&frame, 17, inner4);
    put_ethernet(&frame, "0800");
    return frame;
}

static void of_two_lengths_of_a_datagram_the_smaller_counts(void)
{
    static const struct {
        unsigned told;
        uint32_t expected;
    } cases[] = {
        { 28, 20 }, { 18, 10 }, { 8, 0 }, { 29, 20 }, { 65535, 20 }, { 0, 20 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame frame = datagram(20, cases[i].told);
        struct headers headers;
        CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
        CHECK(headers.payload_length == cases[i].expected);
        CHECK(headers.payload.left == cases[i].expected && !headers.is_cut);
        CHECK(headers.udp_checksum == 0xabcd && headers.destination_port == 3478);
    }
    struct frame frame = datagram(20, 7);
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_MALFORMED);
}

static void other_protocols_are_ip(void)
{
    struct frame frame = { .start = sizeof frame.bytes };
    put(&frame, "0800 0000 0001 0001");
    put_ipv4(&frame, 1, inner4);
    put_ethernet(&frame, "0800");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_IP);
    CHECK(headers.protocol == 1 && headers.ip.left == 28);
}

static void what_is_no_ip_tells_its_type(void)
{
    struct frame frame = { .start = sizeof frame.bytes };
    put(&frame, "0001 0800 0604 0001");
    put_ethernet(&frame, "8100 0014 0806");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_NOT_IP);
    CHECK(headers.ether_type == 0x0806 && headers.source.family == 0);
    CHECK_TEXT(layers_text(&headers), "vlan:20");
    CHECK(decode(&frame, 189, frame_size(&frame), &headers) == DECODE_LINK_UNKNOWN);
    CHECK(headers.ether_type == 189);
}

static void an_ip_version_that_contradicts_its_type_is_malformed(void)
{
    struct frame frame = inner_packet();
    struct headers headers;
    put_ethernet(&frame, "86dd");
    CHECK(decode_whole(&frame, &headers) == DECODE_MALFORMED);
}

/* The packet that carries it is the innermost one, as if nothing had been tried. */
static void check_outer(const struct headers *headers, uint8_t protocol)
{
    CHECK_TEXT(address_of(&headers->source), "192.0.2.1");
    CHECK_TEXT(address_of(&headers->tunnel_source), "");
    CHECK(headers->protocol == protocol && headers->layer_count == 0);
    CHECK(headers->ether_type == 0);
}

static void a_tunnel_without_ip_stays_the_packet_that_carries_it(void)
{
    static const char *const carried[] = {
        "0000 0000",                                               /* keep-alive */
        "0000 6558 020000000003 020000000004 0806 0001 0800 0604", /* ARP */
        "2001 880b 0000 0005",                                     /* PPTP, nothing */
        "3001 880b 0004 0005 00000001 ff03 c021",                  /* PPTP, LCP */
        "0002 0800 45000014",                                      /* version 2 */
        "1000 88be 00000001 1000 0064 00000000 020000000003 020000000004 0806 0001",
    };
    for (size_t i = 0; i < sizeof carried / sizeof carried[0]; i++) {
        struct frame frame = { .start = sizeof frame.bytes };
        struct headers headers;
        put(&frame, carried[i]);
        put_ipv4(&frame, 47, outer4);
        put_ethernet(&frame, "0800");
        CHECK(decode_whole(&frame, &headers) == DECODE_IP);
        check_outer(&headers, 47);
    }
}

static void a_datagram_to_a_tunnels_port_that_is_none_stays_one(void)
{
    static const char *const payloads[] = {
        "",
        "08",
        "00000000 00000500",
        "08000000 00000500",
        "08000000 00000500 020000000003 020000000004 0806 0001 0800 0604 0001",
        "08000000 00000500 020000000003 020000000004 0800 65000014",
        ("08000000 00000500 020000000003 020000000004 0800 "
         "44000014 00000000 40060000 0a000001 0a000002"),
        "ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff",
    };
    static const unsigned ports[] = { 4789, 8472, 6081 };
    for (size_t i = 0; i < 3 * sizeof payloads / sizeof payloads[0]; i++) {
        struct frame frame = { .start = sizeof frame.bytes };
        struct headers headers;
        put(&frame, payloads[i / 3]);
        size_t size = frame_size(&frame);
        put_udp(&frame, ports[i % 3]);
        put_ipv4(&frame, 17, outer4);
        put_ethernet(&frame, "0800");
        CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
        check_outer(&headers, 17);
        CHECK(headers.destination_port == ports[i % 3]);
        CHECK(headers.payload_length == size && headers.payload.left == size);
    }
}

static void a_tunnels_answer_port_is_no_tunnel(void)
{
    struct frame frame = inner_frame();
    struct headers headers;
    put(&frame, "08000000 00000500");
    put_udp(&frame, 50000);
    frame.bytes[frame.start] = 4789 >> 8;
    frame.bytes[frame.start + 1] = 4789 & 0xff;
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "0800");
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK(headers.protocol == 17 && headers.source_port == 4789);
}

static void inner_icmp_has_no_ports_of_the_tunnel(void)
{
    struct frame frame = { .start = sizeof frame.bytes };
    struct headers headers;
    put(&frame, "0800 0000 0001 0001");
    put_ipv4(&frame, 1, inner4);
    put(&frame, "0800");
    put(&frame, other_macs);
    put(&frame, "08000000 00000500");
    put_udp(&frame, 4789);
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "0800");
    CHECK(decode_whole(&frame, &headers) == DECODE_IP);
    CHECK(headers.protocol == 1 && headers.source_port == 0);
    CHECK_TEXT(address_of(&headers.source), "10.0.0.1");
    CHECK_TEXT(layers_text(&headers), "vxlan:5");
}

static void macs_are_the_outermost_and_of_a_mirrored_frame_its_own(void)
{
    struct frame frame = vxlan();
    struct headers headers;
    char text[MAC_TEXT_SIZE];
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK_TEXT(mac_text(&headers.destination_mac, text), "02:00:00:00:00:01");
    CHECK_TEXT(mac_text(&headers.source_mac, text), "02:00:00:00:00:02");
    frame = mirrored();
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK_TEXT(mac_text(&headers.destination_mac, text), "02:00:00:00:00:03");
    CHECK_TEXT(mac_text(&headers.source_mac, text), "02:00:00:00:00:04");
}

static void a_tunnel_in_a_mirrored_frame_is_the_tunnel(void)
{
    struct frame frame = inner_packet();
    put_ipv4(&frame, 4, "c0000203 c0000204");
    put(&frame, "0800");
    put(&frame, other_macs);
    put(&frame, "0000 88be");
    put_ipv4(&frame, 47, outer4);
    put_ethernet(&frame, "0800");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    CHECK_TEXT(address_of(&headers.tunnel_source), "192.0.2.3");
    CHECK_TEXT(layers_text(&headers), "erspan:0 ipip");
}

static void more_layers_than_fit_are_not_followed(void)
{
    struct frame vlans = inner_packet();
    struct headers headers;
    put(&vlans, "0800");
    for (int i = 0; i < 9; i++)
        put(&vlans, "8100 0001");
    put(&vlans, macs);
    CHECK(decode_whole(&vlans, &headers) == DECODE_NOT_IP);
    CHECK(headers.layers_cut && headers.layer_count == DECODE_LAYERS);
    CHECK(headers.ether_type == 0x8100);

    struct frame tunnels = inner_packet();
    for (int i = 0; i < 9; i++)
        put_ipv4(&tunnels, 4, outer4);
    put_ethernet(&tunnels, "0800");
    CHECK(decode_whole(&tunnels, &headers) == DECODE_IP);
    CHECK(headers.layers_cut && headers.layer_count == DECODE_LAYERS);
    CHECK(headers.protocol == 4);
    CHECK_TEXT(address_of(&headers.source), "192.0.2.1");
}

static void frames_in_frames_without_a_tunnel_are_no_ip(void)
{
    struct frame frame = { .start = sizeof frame.bytes };
    struct headers headers;
    for (int i = 0; i < 60; i++)
        put_ethernet(&frame, "6558");
    CHECK(decode_whole(&frame, &headers) == DECODE_NOT_IP);
    CHECK(headers.ether_type == 0x6558);
}

static void layers_are_written_as_the_report_wants_them(void)
{
    static const struct {
        struct layer layer;
        const char *text;
    } cases[] = {
        { { LAYER_VLAN, 20 }, "vlan:20" },
        { { LAYER_GRE, 0 }, "gre" },
        { { LAYER_GRE, 4294967295 }, "gre:4294967295" },
        { { LAYER_IPIP, 0 }, "ipip" },
        { { LAYER_VXLAN, 0 }, "vxlan:0" },
        { { LAYER_GENEVE, 5 }, "geneve:5" },
        { { LAYER_MPLS, 16 }, "mpls:16" },
        { { LAYER_PPPOE, 3 }, "pppoe:3" },
        { { LAYER_ERSPAN, 1 }, "erspan:1" },
        { { 200, 1 }, "unknown" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        decode_layer_text(&cases[i].layer, text, sizeof text);
        CHECK_TEXT(text, cases[i].text);
    }
    char small[4];
    decode_layer_text(&cases[0].layer, small, sizeof small);
    CHECK_TEXT(small, "vla");
}

int main(void)
{
    RUN(padding_of_a_frame_is_no_payload);
    RUN(a_super_frame_without_a_length_has_the_frames);
    RUN(payload_length_is_the_ip_lengths_where_the_frame_was_shortened);
    RUN(later_fragments_have_no_ports);
    RUN(the_first_fragment_of_a_tunnels_packet_shows_the_inner_one);
    RUN(a_fragment_too_small_for_its_header_is_ip);
    RUN(a_tcp_header_beyond_its_packet_is_malformed);
    RUN(a_broken_tcp_option_leaves_the_segment);
    RUN(of_two_lengths_of_a_datagram_the_smaller_counts);
    RUN(other_protocols_are_ip);
    RUN(what_is_no_ip_tells_its_type);
    RUN(an_ip_version_that_contradicts_its_type_is_malformed);
    RUN(a_tunnel_without_ip_stays_the_packet_that_carries_it);
    RUN(a_datagram_to_a_tunnels_port_that_is_none_stays_one);
    RUN(a_tunnels_answer_port_is_no_tunnel);
    RUN(inner_icmp_has_no_ports_of_the_tunnel);
    RUN(macs_are_the_outermost_and_of_a_mirrored_frame_its_own);
    RUN(a_tunnel_in_a_mirrored_frame_is_the_tunnel);
    RUN(more_layers_than_fit_are_not_followed);
    RUN(frames_in_frames_without_a_tunnel_are_no_ip);
    RUN(layers_are_written_as_the_report_wants_them);
    return test_end();
}
