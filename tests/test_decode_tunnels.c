/* Tunnels and tags of carriers, campuses and data centres around one packet. */
#include "dissectors/link.h"
#include "tests/wrapping.h"

static struct frame in_udp(struct frame frame, const char *header, unsigned port)
{
    put(&frame, header);
    put_udp(&frame, port);
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame in_ip(struct frame frame, const char *header, uint8_t protocol)
{
    put(&frame, header);
    put_ipv4(&frame, protocol, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static struct frame tagged(struct frame frame, const char *tag)
{
    put_ethernet(&frame, tag);
    return frame;
}

static struct frame packet6(void)
{
    struct frame frame = segment(20);
    put_ipv6(&frame, 6, inner6);
    return frame;
}

static struct frame gtp(void)
{
    return in_udp(inner_packet(), "34ff 0050 00000007 0001 00 85 01 1009 00", 2152);
}

static struct frame gtp6(void)
{
    return in_udp(packet6(), "30ff 005c 00000007", 2152);
}

static struct frame l2tp(void)
{
    return in_udp(inner_packet(), "4002 0054 0009 0007 ff03 0021", 1701);
}

static struct frame l2tp3_udp(void)
{
    return in_udp(inner_frame(), "0003 0000 00000007", 1701);
}

static struct frame l2tp3(void)
{
    return in_ip(inner_frame(), "00000007 01020304", 115);
}

static struct frame capwap(void)
{
    return in_udp(inner_frame(), "00 100000 0000 0000", 5247);
}

static struct frame capwap_wlan(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0801 0000 020000000001 020000000002 020000000003 1000"
                "aaaa03 000000 0800");
    return in_udp(frame, "00 100300 0000 0000", 5247);
}

static struct frame capwap_turned(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0288 0000 020000000001 020000000002 020000000003 1000 0000"
                "aaaa03 000000 0800");
    return in_udp(frame, "00 100300 0000 0000", 5247);
}

static struct frame vxlan_generic(void)
{
    return in_udp(inner_packet(), "0c000001 00000500", 4790);
}

static struct frame service_chain(void)
{
    return in_udp(inner_packet(), "0c000004 00000500 0fc2 02 01 000009 ff", 4790);
}

static struct frame gre_in_udp(void)
{
    return in_udp(inner_packet(), "2000 0800 00000007", 4754);
}

static struct frame mpls_in_udp(void)
{
    return in_udp(inner_packet(), "00010140", 6635);
}

static struct frame mpls_in_ip(void)
{
    return in_ip(inner_packet(), "00010140", 137);
}

static struct frame eoip(void)
{
    return in_ip(inner_frame(), "2001 6400 0056 0700", 47);
}

static struct frame etherip(void)
{
    return in_ip(inner_frame(), "3000", 97);
}

static struct frame backbone(void)
{
    return tagged(inner_frame(), "88a8 0005 88e7 00000905");
}

static struct frame macsec(void)
{
    return tagged(inner_packet(), "88e5 20 00 00000001 0200000000010001 0800");
}

static struct frame trill(void)
{
    return tagged(inner_frame(), "22f3 0001 0002 0003");
}

static struct frame fabric_path(void)
{
    return tagged(inner_frame(), "8903 0040");
}

static struct frame security_group(void)
{
    return tagged(inner_packet(), "8909 01 01 0001 0007 0800");
}

static struct frame vn_tag(void)
{
    return tagged(inner_packet(), "8926 80010002 8100 0005 0800");
}

static struct frame e_tag(void)
{
    return tagged(inner_packet(), "893f 0000 0005 00 00 0800");
}

static struct frame wrapped_wlan(void)
{
    return tagged(inner_packet(), "2452 0801 0000 020000000001 020000000002 020000000003"
                                  "1000 aaaa03 000000 0800");
}

static struct frame wlan(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0801 0000 020000000001 020000000002 020000000003 1000"
                "aaaa03 000000 0800");
    return frame;
}

static struct frame frame_relay(void)
{
    struct frame frame = inner_packet();
    put(&frame, "1841 03 cc");
    return frame;
}

static struct frame mobile_nest(void)
{
    struct frame frame = inner_packet();
    put(&frame, "30ff 0048 00000007");
    put_udp(&frame, 2152);
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "8100 0014 8847 00010140");
    return frame;
}

static const struct wrapping wrappings[] = {
    { gtp, 1, "gtp:7", "192.0.2.1", false, false },
    { gtp6, 1, "gtp:7", "192.0.2.1", true, false },
    { l2tp, 1, "l2tp:7", "192.0.2.1", false, false },
    { l2tp3_udp, 1, "l2tp:7", "192.0.2.1", false, true },
    { l2tp3, 1, "l2tp:7", "192.0.2.1", false, true },
    { capwap, 1, "capwap", "192.0.2.1", false, false },
    { capwap_wlan, 1, "capwap", "192.0.2.1", false, false },
    { capwap_turned, 1, "capwap", "192.0.2.1", false, false },
    { vxlan_generic, 1, "vxlan:5", "192.0.2.1", false, false },
    { service_chain, 1, "vxlan:5 nsh:9", "192.0.2.1", false, false },
    { gre_in_udp, 1, "gre:7", "192.0.2.1", false, false },
    { mpls_in_udp, 1, "mpls:16", "192.0.2.1", false, false },
    { mpls_in_ip, 1, "mpls:16", "192.0.2.1", false, true },
    { eoip, 1, "eoip:7", "192.0.2.1", false, false },
    { etherip, 1, "etherip", "192.0.2.1", false, false },
    { backbone, 1, "vlan:5 pbb:2309", "", false, false },
    { macsec, 1, "macsec", "", false, false },
    { trill, 1, "trill", "", false, false },
    { fabric_path, 1, "fabricpath", "", false, false },
    { security_group, 1, "sgt:7", "", false, false },
    { vn_tag, 1, "vntag:2 vlan:5", "", false, false },
    { e_tag, 1, "etag:5", "", false, false },
    { wrapped_wlan, 1, "wlan", "", false, false },
    { wlan, 105, "", "", false, false },
    { frame_relay, 107, "", "", false, false },
    { mobile_nest, 1, "vlan:20 mpls:16 gtp:7", "192.0.2.1", false, false },
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

static void what_a_tunnels_port_does_not_prove_stays_a_datagram(void)
{
    static const unsigned ports[] = { 1701, 2152, 3544, 4754, 4790, 5247, 6635 };
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        struct frame frame = { .start = sizeof frame.bytes };
        put(&frame,
            "1234 0100 0001 0000 0000 0000 0377777706676f6f676c6503636f6d00 0001 0001");
        put_udp(&frame, ports[i]);
        put_ipv4(&frame, 17, inner4);
        put_ethernet(&frame, "0800");
        struct headers headers;
        CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
        CHECK(headers.protocol == 17 && headers.destination_port == ports[i]);
        CHECK(headers.layer_count == 0 && headers.payload.left == 32);
    }
}

static void wireless_frames_without_a_packet_say_what_they_are(void)
{
    struct frame frame = { .start = sizeof frame.bytes };
    struct headers headers;
    put(&frame, "0841 0000 020000000001 020000000002 020000000003 1000 0123456789abcdef");
    CHECK(decode(&frame, 105, frame_size(&frame), &headers) == DECODE_NOT_IP);
    CHECK(headers.link_dark == LINK_WLAN_ENCRYPTED && headers.source.family == 0);
    put_udp(&frame, 5247); /* no header of CAPWAP in front: a datagram */
    put_ipv4(&frame, 17, inner4);
    put_ethernet(&frame, "0800");
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT && headers.link_dark == 0);
}

static void encrypted_macsec_is_dark(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "88e5 0c 00 00000001 0800");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_NOT_IP);
    CHECK(headers.ether_type == 0x88e5 && headers.layer_count == 0);
}

static void tags_are_followed_to_the_limit_of_layers(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0800");
    for (int i = 0; i < 40; i++)
        put(&frame, "893f 0000 0005 00 00");
    put(&frame, macs);
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_NOT_IP);
    CHECK(headers.layers_cut && headers.layer_count == DECODE_LAYERS);
}

int main(void)
{
    RUN(every_wrapping_is_taken_off);
    RUN(every_cut_of_every_wrapping_is_told);
    RUN(every_byte_may_lie);
    RUN(what_a_tunnels_port_does_not_prove_stays_a_datagram);
    RUN(wireless_frames_without_a_packet_say_what_they_are);
    RUN(encrypted_macsec_is_dark);
    RUN(tags_are_followed_to_the_limit_of_layers);
    return test_end();
}
