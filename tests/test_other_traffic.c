/* Traffic of other protocols: its name, its peers, and what hides in datagrams. */
#include "analyzer/other_traffic.h"

#include "tests/frame_builder.h"

static struct capture_entry concluded(struct other_traffic *other)
{
    struct capture_entry entry = { 0 };
    other_traffic_conclude(other, &entry);
    return entry;
}

static void release(struct capture_entry *entry)
{
    for (uint32_t i = 0; i < entry->other_count; i++)
        free(entry->other[i].protocol);
    free(entry->other);
}

static void check_only(struct other_traffic *other, const char *protocol, uint64_t peers,
                       uint64_t packets)
{
    struct capture_entry entry = concluded(other);
    CHECK(entry.other_count == (packets > 0));
    if (entry.other_count == 1) {
        CHECK_TEXT(entry.other[0].protocol, protocol);
        CHECK(entry.other[0].peers == peers && entry.other[0].packets == packets);
    }
    release(&entry);
}

static void what_is_not_read_has_a_name(void)
{
    static const struct {
        struct headers headers;
        enum decode outcome;
        const char *name;
    } cases[] = {
        { { .protocol = 50 }, DECODE_IP, "esp" },
        { { .protocol = 115 }, DECODE_IP, "l2tp" },
        { { .protocol = 200 }, DECODE_IP, "ip-protocol-200" },
        { { .ether_type = 0x88e5 }, DECODE_NOT_IP, "macsec" },
        { { .ether_type = 0x8847 }, DECODE_NOT_IP, "mpls" },
        { { .ether_type = 0x1234 }, DECODE_NOT_IP, "ethertype-0x1234" },
        { { .link_dark = 1 }, DECODE_NOT_IP, "802.11-management" },
        { { .link_dark = 5 }, DECODE_NOT_IP, "802.11-encrypted" },
        { { .ether_type = 189 }, DECODE_LINK_UNKNOWN, "link-usb" },
        { { .ether_type = 147 }, DECODE_LINK_UNKNOWN, "link-type-147" },
        { { .protocol = 6 }, DECODE_MALFORMED, "malformed" },
        { { .protocol = 6 }, DECODE_TRUNCATED, "cut" },
    };
    struct other_traffic *other = other_traffic_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        other_traffic_see(other, &cases[i].headers, cases[i].outcome, 60);
        check_only(other, cases[i].name, 0, 1);
    }
    other_traffic_free(other);
}

static void see_datagram(struct other_traffic *other, const char *start, size_t size,
                         const char *addresses)
{
    struct frame frame = { .start = sizeof frame.bytes - size };
    memset(&frame.bytes[frame.start], 0, size);
    uint8_t bytes[16];
    size_t count = test_hex(start, bytes, sizeof bytes);
    memcpy(&frame.bytes[frame.start], bytes, count);
    put_udp(&frame, 50001);
    put_ipv4(&frame, 17, addresses);
    put_ethernet(&frame, "0800");
    struct headers headers;
    CHECK(decode_whole(&frame, &headers) == DECODE_TRANSPORT);
    other_traffic_see_carrier(other, &headers, (uint32_t)frame_size(&frame));
}

static void data_of_wireguard_is_believed_between_ends_that_shook_hands(void)
{
    struct other_traffic *other = other_traffic_new();
    see_datagram(other, "04000000", 128, inner4);
    check_only(other, "wireguard", 0, 0);
    see_datagram(other, "01000000", 148, inner4);
    see_datagram(other, "04000000", 128, inner4);
    see_datagram(other, "04000000", 128, outer4);
    check_only(other, "wireguard", 1, 2);
    other_traffic_free(other);
}

static void ordinary_datagrams_are_no_carriers(void)
{
    struct other_traffic *other = other_traffic_new();
    see_datagram(other, "1234 0100 0001", 40, inner4);
    check_only(other, "", 0, 0);
    other_traffic_free(other);
}

int main(void)
{
    RUN(what_is_not_read_has_a_name);
    RUN(data_of_wireguard_is_believed_between_ends_that_shook_hands);
    RUN(ordinary_datagrams_are_no_carriers);
    return test_end();
}
