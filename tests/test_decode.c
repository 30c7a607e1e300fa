/* test_decode.c - each way of wrapping a packet, every cut of it, every byte a lie. */
#include "tests/frame_builder.h"

static struct frame plain6(void)
{
    struct frame frame = segment(20);
    put_ipv6(&frame, 6, inner6);
    put_ethernet(&frame, "86dd");
    return frame;
}

static struct frame extended6(void)
{
    struct frame frame = segment(20);
    put(&frame, "06 00 010400000000");
    put_ipv6(&frame, 60, inner6);
    put_ethernet(&frame, "86dd");
    return frame;
}

static struct frame one_vlan(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "8100 2014 0800");
    return frame;
}

static struct frame three_vlans(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "88a8 07d1 9100 0069 8100 0005 0800");
    return frame;
}

static struct frame snap(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "0050 aaaa03 000000 0800");
    return frame;
}

static struct frame mpls(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "8847 00010040 00011140");
    return frame;
}

static struct frame pseudowire(void)
{
    struct frame frame = inner_frame();
    put_ethernet(&frame, "8847 00010140 00000001");
    return frame;
}

static struct frame pppoe(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "8864 1100 0003 004a 0021");
    return frame;
}

static struct frame gre(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0000 0800");
    put_ipv4(&frame, 47, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame full_gre(void)
{
    struct frame frame = segment(20);
    put_ipv6(&frame, 6, inner6);
    put(&frame, "b000 86dd abcd0000 00000007 00000001");
    put_ipv4(&frame, 47, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame bridged_gre(void)
{
    struct frame frame = inner_packet();
    put(&frame, "8100 0005 0800");
    put(&frame, other_macs);
    put(&frame, "2000 6558 00000901");
    put_ipv4(&frame, 47, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame pptp(void)
{
    struct frame frame = inner_packet();
    put(&frame, "3001 880b 004c 0005 00000001 ff03 0021");
    put_ipv4(&frame, 47, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame four_in_four(void)
{
    struct frame frame = inner_packet();
    put_ipv4(&frame, 4, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame six_in_four(void)
{
    struct frame frame = segment(20);
    put_ipv6(&frame, 6, inner6);
    put_ipv4(&frame, 41, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame four_in_six(void)
{
    struct frame frame = inner_packet();
    put_ipv6(&frame, 4, outer6);
    put_ethernet(&frame, "86dd");
    return frame;
}

static struct frame six_in_six(void)
{
    struct frame frame = segment(20);
    put_ipv6(&frame, 6, inner6);
    put_ipv6(&frame, 41, outer6);
    put_ethernet(&frame, "86dd");
    return frame;
}

static struct frame old_vxlan(void)
{
    struct frame frame = inner_frame();
    put(&frame, "08000000 00000600");
    put_udp(&frame, 8472);
    put_ipv6(&frame, 17, outer6);
    put_ethernet(&frame, "86dd");
    return frame;
}

static struct frame geneve(void)
{
    struct frame frame = inner_frame();
    put(&frame, "0180 6558 00000700 01020304");
    put_udp(&frame, 6081);
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame routed_geneve(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0000 0800 00000700");
    put_udp(&frame, 6081);
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame nested(void)
{
    struct frame frame = inner_frame();
    put(&frame, "08000000 00000500");
    put_udp(&frame, 4789);
    put_ipv4(&frame, 17, "c0000203 c0000204");
    put(&frame, "0000 0800");
    put_ipv4(&frame, 47, outer4);
    put_ethernet(&frame, "8100 0014 0800");
    return frame;
}

static struct frame cooked(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0000 0001 0006 020000000002 0000 0800");
    return frame;
}

static struct frame cooked2(void)
{
    struct frame frame = inner_packet();
    put(&frame, "8100 0000 00000007 0001 00 06 0200000000020000 0014 0800");
    return frame;
}

static struct frame loop(void)
{
    struct frame frame = inner_packet();
    put(&frame, "02000000");
    return frame;
}

static struct frame ppp(void)
{
    struct frame frame = inner_packet();
    put(&frame, "ff03 0021");
    return frame;
}

struct wrapping {
    struct frame (*build)(void);
    uint16_t link_type;
    const char *layers;
    const char *tunnel_source; /* "" where there is no tunnel */
    bool is_six;
};

static const struct wrapping wrappings[] = {
    { plain, 1, "", "", false },
    { plain6, 1, "", "", true },
    { extended6, 1, "", "", true },
    { one_vlan, 1, "vlan:20", "", false },
    { three_vlans, 1, "vlan:2001 vlan:105 vlan:5", "", false },
    { snap, 1, "", "", false },
    { mpls, 1, "mpls:16 mpls:17", "", false },
    { pseudowire, 1, "mpls:16", "", false },
    { pppoe, 1, "pppoe:3", "", false },
    { gre, 1, "gre", "192.0.2.1", false },
    { full_gre, 1, "gre:7", "192.0.2.1", true },
    { bridged_gre, 1, "gre:2305 vlan:5", "192.0.2.1", false },
    { pptp, 1, "gre", "192.0.2.1", false },
    { mirrored, 1, "erspan:100", "", false },
    { four_in_four, 1, "ipip", "192.0.2.1", false },
    { six_in_four, 1, "ipip", "192.0.2.1", true },
    { four_in_six, 1, "ipip", "2001:db8:ffff::1", false },
    { six_in_six, 1, "ipip", "2001:db8:ffff::1", true },
    { vxlan, 1, "vxlan:5", "192.0.2.1", false },
    { old_vxlan, 1, "vxlan:6", "2001:db8:ffff::1", false },
    { geneve, 1, "geneve:7", "192.0.2.1", false },
    { routed_geneve, 1, "geneve:7", "192.0.2.1", false },
    { nested, 1, "vlan:20 gre vxlan:5", "192.0.2.1", false },
    { cooked, 113, "", "", false },
    { cooked2, 276, "vlan:20", "", false },
    { loop, 0, "", "", false },
    { ppp, 9, "", "", false },
    { inner_packet, 101, "", "", false },
};

enum { WRAPPINGS = sizeof wrappings / sizeof wrappings[0] };

static void check_inner(const struct headers *headers, bool is_six)
{
    CHECK_TEXT(address_of(&headers->source), is_six ? "2001:db8::1" : "10.0.0.1");
    CHECK_TEXT(address_of(&headers->destination), is_six ? "2603:1096::2" : "52.96.1.2");
    CHECK(headers->protocol == 6 && headers->ttl == (is_six ? 63 : 64));
    CHECK(headers->ip_id == (is_six ? 0 : 7));
    CHECK(headers->source_port == 50000 && headers->destination_port == 443);
    CHECK(headers->payload_length == 20 && !headers->is_fragment);
    CHECK(headers->tcp.sequence == 1 && headers->tcp.acknowledgement == 2);
    CHECK(headers->tcp.has_timestamps || headers->tcp.options_cut);
    CHECK(!headers->layers_cut);
}

static void every_wrapping_is_taken_off(void)
{
    for (size_t i = 0; i < WRAPPINGS; i++) {
        const struct wrapping *wrapping = &wrappings[i];
        struct frame frame = wrapping->build();
        struct headers headers;
        CHECK(decode(&frame, wrapping->link_type, frame_size(&frame), &headers) ==
              DECODE_TRANSPORT);
        check_inner(&headers, wrapping->is_six);
        CHECK_TEXT(layers_text(&headers), wrapping->layers);
        CHECK_TEXT(address_of(&headers.tunnel_source), wrapping->tunnel_source);
        CHECK(headers.payload.left == 20 && !headers.is_cut);
        CHECK(headers.ip_length == headers.ip.left);
        CHECK(headers.has_macs == (wrapping->link_type == 1));
        CHECK(headers.ether_type == 0);
    }
}

static void check_cut(const struct wrapping *wrapping, size_t missing,
                      enum decode outcome, const struct headers *headers)
{
    CHECK(outcome == DECODE_TRANSPORT || outcome == DECODE_TRUNCATED);
    if (outcome != DECODE_TRANSPORT)
        return;
    CHECK(headers->is_cut);
    CHECK(headers->payload.left + missing >= headers->payload_length);
    /* A tunnel in UDP of which the inner IP header is cut stays a UDP packet. */
    if (headers->protocol == 17)
        CHECK(wrapping->tunnel_source[0] != '\0' && headers->tcp.size == 0);
    else
        check_inner(headers, wrapping->is_six);
}

static void every_cut_of_every_wrapping_is_told(void)
{
    for (size_t i = 0; i < WRAPPINGS; i++) {
        struct frame frame = wrappings[i].build();
        size_t size = frame_size(&frame);
        for (size_t kept = 0; kept < size; kept++) {
            struct headers headers;
            enum decode outcome = decode(&frame, wrappings[i].link_type, kept, &headers);
            check_cut(&wrappings[i], size - kept, outcome, &headers);
            CHECK(kept + 20 < size || outcome == DECODE_TRANSPORT);
        }
    }
}

static bool is_inside(struct bytes inner, const struct frame *frame)
{
    return inner.left <= frame_size(frame);
}

static void every_byte_may_lie(void)
{
    static const uint8_t lies[] = { 0x00, 0x01, 0x0f, 0x40, 0x7f, 0x80, 0xff };
    for (size_t i = 0; i < WRAPPINGS; i++) {
        struct frame good = wrappings[i].build();
        for (size_t at = 0; at < frame_size(&good); at++) {
            for (size_t j = 0; j < sizeof lies; j++) {
                struct frame frame = good;
                struct headers headers;
                frame.bytes[frame.start + at] = lies[j];
                (void)decode(&frame, wrappings[i].link_type, frame_size(&frame),
                             &headers);
                CHECK(headers.layer_count <= DECODE_LAYERS);
                CHECK(is_inside(headers.ip, &frame));
                CHECK(is_inside(headers.payload, &frame));
                CHECK(headers.payload.left <= headers.payload_length);
            }
        }
    }
}

int main(void)
{
    RUN(every_wrapping_is_taken_off);
    RUN(every_cut_of_every_wrapping_is_told);
    RUN(every_byte_may_lie);
    return test_end();
}
