/* Packets through all layers: each way of wrapping them, every cut, lengths that lie. */
#include "analyzer/decode.h"

#include "tests/test.h"

/* A frame is built from its end to its start: each put_ stands in front of what is there.
 */
struct frame {
    uint8_t bytes[1024];
    size_t start;
};

static const uint8_t *frame_at(const struct frame *frame)
{
    return &frame->bytes[frame->start];
}

static size_t frame_size(const struct frame *frame)
{
    return sizeof frame->bytes - frame->start;
}

static void put_bytes(struct frame *frame, const void *bytes, size_t size)
{
    frame->start -= size;
    memcpy(&frame->bytes[frame->start], bytes, size);
}

static void put(struct frame *frame, const char *hex)
{
    uint8_t bytes[512];
    put_bytes(frame, bytes, test_hex(hex, bytes, sizeof bytes));
}

static void put_16(struct frame *frame, size_t value)
{
    uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };
    put_bytes(frame, bytes, sizeof bytes);
}

/* A segment of `size` bytes of data, from port 50000 to 443. */
static struct frame segment(size_t size)
{
    struct frame frame = { .start = sizeof frame.bytes - size };
    memset(&frame.bytes[frame.start], 'x', size);
    put(&frame, "c350 01bb 00000001 00000002 8018 0100 beef 0000"
                "0101 080a 00000003 00000004");
    return frame;
}

static void put_udp(struct frame *frame, unsigned port)
{
    put(frame, "abcd");
    put_16(frame, frame_size(frame) + 6);
    put_16(frame, port);
    put_16(frame, 50000);
}

static void put_ipv4(struct frame *frame, uint8_t protocol, const char *addresses)
{
    uint8_t ttl_protocol[] = { 64, protocol, 0, 0 };
    put(frame, addresses);
    put_bytes(frame, ttl_protocol, sizeof ttl_protocol);
    put(frame, "0007 4000");
    put_16(frame, frame_size(frame) + 4);
    put(frame, "4500");
}

static void put_ipv6(struct frame *frame, uint8_t next, const char *addresses)
{
    uint8_t next_ttl[] = { next, 63 };
    size_t size = frame_size(frame);
    put(frame, addresses);
    put_bytes(frame, next_ttl, sizeof next_ttl);
    put_16(frame, size);
    put(frame, "60000000");
}

static const char inner4[] = "0a000001 34600102";
static const char outer4[] = "c0000201 c0000202";
static const char inner6[] = "20010db8000000000000000000000001"
                             "26031096000000000000000000000002";
static const char outer6[] = "20010db8ffff00000000000000000001"
                             "20010db8ffff00000000000000000002";
static const char macs[] = "020000000001 020000000002";
static const char other_macs[] = "020000000003 020000000004";

static void put_ethernet(struct frame *frame, const char *type)
{
    put(frame, type);
    put(frame, macs);
}

static struct frame inner_packet(void)
{
    struct frame frame = segment(20);
    put_ipv4(&frame, 6, inner4);
    return frame;
}

static struct frame inner_frame(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0800");
    put(&frame, other_macs);
    return frame;
}

/* The bytes are of an allocation of their own size: one byte too far is caught. */
static enum decode decode(const struct frame *frame, uint16_t link_type, size_t kept,
                          struct headers *headers)
{
    static uint8_t *copy;
    free(copy);
    copy = malloc(kept + 1);
    memcpy(copy, frame_at(frame), kept);
    struct packet packet = {
        .captured = bytes_of(copy, kept),
        .length = (uint32_t)frame_size(frame),
        .link_type = link_type,
    };
    memset(headers, 0xa5, sizeof *headers);
    return decode_packet(&packet, headers);
}

static enum decode decode_whole(const struct frame *frame, struct headers *headers)
{
    return decode(frame, 1, frame_size(frame), headers);
}

static const char *layers_text(const struct headers *headers)
{
    static char text[256];
    text[0] = '\0';
    for (uint8_t i = 0; i < headers->layer_count; i++) {
        char layer[32];
        decode_layer_text(&headers->layers[i], layer, sizeof layer);
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                       i > 0 ? " " : "", layer);
    }
    return text;
}

static const char *address_of(const struct ip_address *address)
{
    static char text[ADDRESS_TEXT_SIZE];
    return address_text(address, text);
}

/* Ways of wrapping the segment between 10.0.0.1 and 52.96.1.2, or its IPv6 cousin. */

static struct frame plain(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "0800");
    return frame;
}

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

static struct frame mirrored(void)
{
    struct frame frame = inner_frame();
    put(&frame, "1000 88be 00000001 1000 0064 00000000");
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

static struct frame vxlan(void)
{
    struct frame frame = inner_frame();
    put(&frame, "08000000 00000500");
    put_udp(&frame, 4789);
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "0800");
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
    CHECK(decode(&frame, 127, frame_size(&frame), &headers) == DECODE_LINK_UNKNOWN);
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
    RUN(every_wrapping_is_taken_off);
    RUN(every_cut_of_every_wrapping_is_told);
    RUN(every_byte_may_lie);
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
