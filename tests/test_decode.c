/* test_decode.c - each way of wrapping a packet, every cut of it, every byte a lie. */
#include "tests/wrapping.h"

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

static const struct wrapping wrappings[] = {
    { plain, 1, "", "", false, false },
    { plain6, 1, "", "", true, false },
    { extended6, 1, "", "", true, false },
    { one_vlan, 1, "vlan:20", "", false, false },
    { three_vlans, 1, "vlan:2001 vlan:105 vlan:5", "", false, false },
    { snap, 1, "", "", false, false },
    { mpls, 1, "mpls:16 mpls:17", "", false, false },
    { pseudowire, 1, "mpls:16", "", false, false },
    { pppoe, 1, "pppoe:3", "", false, false },
    { gre, 1, "gre", "192.0.2.1", false, false },
    { full_gre, 1, "gre:7", "192.0.2.1", true, false },
    { bridged_gre, 1, "gre:2305 vlan:5", "192.0.2.1", false, false },
    { pptp, 1, "gre", "192.0.2.1", false, false },
    { mirrored, 1, "erspan:100", "", false, false },
    { four_in_four, 1, "ipip", "192.0.2.1", false, false },
    { six_in_four, 1, "ipip", "192.0.2.1", true, false },
    { four_in_six, 1, "ipip", "2001:db8:ffff::1", false, false },
    { six_in_six, 1, "ipip", "2001:db8:ffff::1", true, false },
    { vxlan, 1, "vxlan:5", "192.0.2.1", false, false },
    { old_vxlan, 1, "vxlan:6", "2001:db8:ffff::1", false, false },
    { geneve, 1, "geneve:7", "192.0.2.1", false, false },
    { routed_geneve, 1, "geneve:7", "192.0.2.1", false, false },
    { nested, 1, "vlan:20 gre vxlan:5", "192.0.2.1", false, false },
    { cooked, 113, "", "", false, false },
    { cooked2, 276, "vlan:20", "", false, false },
    { loop, 0, "", "", false, false },
    { ppp, 9, "", "", false, false },
    { inner_packet, 101, "", "", false, false },
};

enum { WRAPPINGS = sizeof wrappings / sizeof wrappings[0] };

static void every_wrapping_is_taken_off(void)
{
    check_wrappings(wrappings, WRAPPINGS);
}

static void every_cut_of_every_wrapping_is_told(void)
{
    check_cuts(wrappings, WRAPPINGS);
}

static void every_byte_may_lie(void)
{
    check_lies(wrappings, WRAPPINGS);
}

int main(void)
{
    RUN(every_wrapping_is_taken_off);
    RUN(every_cut_of_every_wrapping_is_told);
    RUN(every_byte_may_lie);
    return test_end();
}
