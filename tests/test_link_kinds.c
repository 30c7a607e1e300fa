/* Link types beyond Ethernet: wireless, serial, ring, wrapped by the capturing system. */
#include "dissectors/link.h"

#include "tests/test.h"

struct kind_case {
    uint32_t link_type;
    const char *header;
    uint16_t ether_type;
    uint8_t dark;
    bool has_macs;
};

#define THREE "020000000001 020000000002 020000000003 1000"
#define SNAP4 "aaaa03 000000 0800"
#define PRISM_REST                                                                       \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
    "00000000000000000000000000"
#define PKTAP_REST                                                                       \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
    "00"                                                                                 \
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
    "00"                                                                                 \
    "000000000000000000000000"
#define PPI_FIELDS "02000400 00000000"
#define ETHERNET "020000000001 020000000002 0800"

/* Behind each header one byte more, 45 or 60, which must be left. */
static const struct kind_case cases[] = {
    /* 802.11: data to and from the network, between access points, QoS, order */
    { 105, "0801 0000" THREE SNAP4, 0x0800, 0, true },
    { 105, "0802 0000" THREE "aaaa03 0000f8 86dd", 0x86dd, 0, true },
    { 105, "0803 0000" THREE "020000000004" SNAP4, 0x0800, 0, true },
    { 105, "8801 0000" THREE "0000" SNAP4, 0x0800, 0, true },
    { 105, "8881 0000" THREE "0000 00000000" SNAP4, 0x0800, 0, true },
    { 105, "8801 0000" THREE "8000 020000000005 020000000006 0009" SNAP4, 0x0800, 0,
      true },
    { 105, "0801 0000" THREE "aaaa03 00000c 2000", 0, 0, true },
    { 105, "0841 0000" THREE SNAP4, 0x0800, 0, true },            /* decrypted */
    { 105, "0841 0000" THREE "01020300" SNAP4, 0x0800, 0, true }, /* WEP */
    { 105, "0841 0000" THREE "0102030400000000" SNAP4, 0x0800, 0, true },
    { 105, "0841 0000" THREE, 0, LINK_WLAN_ENCRYPTED, true },
    { 105, "4801 0000" THREE, 0, LINK_WLAN_EMPTY, true },
    { 105, "0801 0000 020000000001 020000000002 020000000003 1100", 0, LINK_WLAN_FRAGMENT,
      true },
    { 105, "8000 0000", 0, LINK_WLAN_MANAGEMENT, false },
    { 105, "d400 0000", 0, LINK_WLAN_CONTROL, false },
    { 105, "0108 0000" THREE SNAP4, 0x0800, 0, true }, /* the control turned around */
    /* radiotap: without fields, with a timer, with more fields, padded */
    { 127, "0000 0800 00000000 0801 0000" THREE SNAP4, 0x0800, 0, true },
    { 127, "0000 1100 03000000 0102030405060708 10 0801 0000" THREE SNAP4, 0x0800, 0,
      true },
    { 127, "0000 0d00 02000080 00000000 10 8000 0000", 0, LINK_WLAN_MANAGEMENT, false },
    { 127, "0000 0900 02000000 20 8801 0000" THREE "0000 0000" SNAP4, 0x0800, 0, true },
    /* Prism and AVS */
    { 119, "44000000 90000000" PRISM_REST "0801 0000" THREE SNAP4, 0x0800, 0, true },
    { 119, "80211001 0000000c 00000000 0801 0000" THREE SNAP4, 0x0800, 0, true },
    { 163, "80211002 00000008 0801 0000" THREE SNAP4, 0x0800, 0, true },
    /* PPI around 802.11 and around Ethernet */
    { 192, "0000 1000 69000000" PPI_FIELDS "0801 0000" THREE SNAP4, 0x0800, 0, true },
    { 192, "0000 0800 01000000" ETHERNET, 0x0800, 0, true },
    /* serial lines */
    { 107, "1841 03 cc", 0x0800, 0, false },
    { 107, "1841 03 8e", 0x86dd, 0, false },
    { 107, "1841 03 00 80 000000 0800", 0x0800, 0, false },
    { 107, "1841 03 80 0080c2 0007" ETHERNET, 0x0800, 0, true },
    { 107, "1841 03 cf 0021", 0x0800, 0, false },
    { 107, "1841 0800", 0x0800, 0, false },
    { 107, "18402001 0800", 0x0800, 0, false }, /* four bytes of address */
    { 107, "0001 03 08", 0, 0, false },         /* signalling */
    { 206, "01 1841 03 cc", 0x0800, 0, false },
    { 205, "01 0f00 0800", 0x0800, 0, false },
    { 204, "01 ff03 0021", 0x0800, 0, false },
    { 166, "0003 0021", 0x0800, 0, false },
    { 166, "0103 0057", 0x86dd, 0, false },
    { 51, "1100 0005 0016 0021", 0x0800, 0, false },
    { 100, "aaaa03 000000 0800", 0x0800, 0, false },
    { 100, "aaaa03 0080c2 0007 0000" ETHERNET, 0x0800, 0, true },
    { 100, "fefe03 cc", 0x0800, 0, false },
    { 100, "ff03 0021", 0x0800, 0, false },
    { 106, "aaaa03 000000 86dd", 0x86dd, 0, false },
    { 123, "82 00 0005 aaaa03 000000 0800", 0x0800, 0, false },
    { 123, "01 00 0005 0001" ETHERNET, 0x0800, 0, true },
    { 123, "06 00 0005", 0, 0, false },
    /* rings and others */
    { 6, "1040 020000000001 020000000002 aaaa03 000000 0800", 0x0800, 0, false },
    { 6, "1040 020000000001 820000000002 0410 0011 aaaa03 000000 0800", 0x0800, 0,
      false },
    { 6, "1000 020000000001 020000000002", 0, 0, false },
    { 10, "50 020000000001 020000000002 aaaa03 000000 0800", 0x0800, 0, false },
    { 10, "41 020000000001 020000000002", 0, 0, false },
    { 7, "0102 d4 00 0001", 0x0800, 0, false },
    { 7, "0102 f0", 0x0800, 0, false },
    { 7, "0102 d4 05 0001", 0, 0, false }, /* split */
    { 129, "0102 0000 c4 00 0001", 0x86dd, 0, false },
    { 122, "0000000000000001 0000000000000002 aaaa03 000000 86dd", 0x86dd, 0, false },
    { 242,
      "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
      "0800 0000",
      0x0800, 0, false },
    { 219, "", 0x8847, 0, false },
    /* wrapped */
    { 258, "6c000000 01000000 01000000" PKTAP_REST ETHERNET, 0x0800, 0, true },
    { 149, "6c000000 01000000 00000000" PKTAP_REST "02000000", 0x0800, 0, false },
    { 240, "01020304" ETHERNET, 0x0800, 0, true },
    { 241, "01020304 55555555555555d5" ETHERNET, 0x0800, 0, true },
    { 259, "0055d50000000000" ETHERNET, 0x0800, 0, true },
    { 178, "4d4743 00" ETHERNET, 0x0800, 0, true },
    { 178, "4d4743 80 0002 aabb" ETHERNET, 0x0800, 0, true },
    { 179, "4d4743 01 ff03 0021", 0x0800, 0, false },
    { 180, "4d4743 01 1841 03 cc", 0x0800, 0, false },
    { 181, "4d4743 01 0f00 0800", 0x0800, 0, false },
    { 137, "4d4743 01 00000000 aaaa03 000000 0800", 0x0800, 0, false },
    { 135, "4d4743 01 0000000000000000 aaaa03 000000 0800", 0x0800, 0, false },
};

static enum dissect read_copy(const struct kind_case *told, const uint8_t *bytes,
                              size_t size, struct link_header *link, size_t *left)
{
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    struct bytes in = bytes_of(copy, size);
    memset(link, 0xa5, sizeof *link);
    enum dissect outcome = link_read_header(told->link_type, &in, link);
    *left = in.left;
    free(copy);
    return outcome;
}

static void every_kind_tells_what_follows(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[256];
        size_t left, size = test_hex(cases[i].header, message, sizeof message - 1);
        message[size] = cases[i].ether_type == ETHER_IPV6 ? 0x60 : 0x45;
        struct link_header link;
        enum dissect outcome = read_copy(&cases[i], message, size + 1, &link, &left);
        if (outcome != DISSECT_OK || link.ether_type != cases[i].ether_type)
            fprintf(stderr, "link type %u: %s\n", cases[i].link_type, cases[i].header);
        CHECK(outcome == DISSECT_OK);
        CHECK(link.ether_type == cases[i].ether_type && link.dark == cases[i].dark);
        CHECK(link.has_macs == cases[i].has_macs);
        CHECK(left == 1);
    }
}

static void no_cut_tells_of_a_packet(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[256];
        size_t left, size = test_hex(cases[i].header, message, sizeof message);
        for (size_t kept = 0; kept < size; kept++) {
            struct link_header link;
            enum dissect outcome = read_copy(&cases[i], message, kept, &link, &left);
            CHECK(outcome == DISSECT_TRUNCATED ||
                  (outcome == DISSECT_OK && link.ether_type == 0) ||
                  link.dark == LINK_WLAN_ENCRYPTED);
        }
    }
}

static void lengths_that_lie_are_no_headers(void)
{
    static const struct {
        uint32_t link_type;
        const char *header;
        enum dissect outcome;
    } lies[] = {
        { 127, "0000 0700 00000000 08010000", DISSECT_MALFORMED },
        { 127, "0000 ff00 00000000 08010000", DISSECT_TRUNCATED },
        { 127, "0100 0800 00000000 08010000", DISSECT_MALFORMED },
        { 163, "80211002 00000007 08010000", DISSECT_MALFORMED },
        { 163, "80211002 ffffffff 08010000", DISSECT_TRUNCATED },
        { 192, "0000 0700 69000000 08010000", DISSECT_MALFORMED },
        { 192, "0000 ffff 69000000 08010000", DISSECT_TRUNCATED },
        { 192, "0000 0800 c0000000 0000 0800 c0000000 0000 0800 c0000000",
          DISSECT_OTHER },
        { 258, "6b000000 01000000 01000000", DISSECT_MALFORMED },
        { 258, "ffffffff 01000000 01000000", DISSECT_TRUNCATED },
        { 149, "00000000 01000000 01000000", DISSECT_OTHER },
        { 178, "4d4744 00 0200000000010200000000020800", DISSECT_MALFORMED },
        { 179, "000000 00 ff030021", DISSECT_MALFORMED },
        { 179, "4d4743 80 ffff ff030021", DISSECT_TRUNCATED },
        { 51, "1200 0005 0016 0021", DISSECT_MALFORMED },
        { 105, "0901 0000 00", DISSECT_MALFORMED }, /* version 1 */
        { 239, "0200 0000 0300 0100", DISSECT_TRUNCATED },
        { 239, "0200 0000 0000 0900", DISSECT_TRUNCATED },
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        uint8_t message[64];
        struct bytes in =
            bytes_of(message, test_hex(lies[i].header, message, sizeof message));
        struct link_header link;
        CHECK(link_read_header(lies[i].link_type, &in, &link) == lies[i].outcome);
    }
}

/* Attributes before the packet, in the byte order of either kind of machine. */
static void a_log_of_the_firewall_holds_the_packet(void)
{
    static const char *const logs[] = {
        "0200 0005 0800 0100 08000100 0500 0a00 41000000 0800 0900 45aabbcc",
        "0200 0005 0008 0001 08000100 0005 000a 41000000 0008 0009 45aabbcc",
        "0200 0005 0800 0980 45aabbcc", /* flags in the type */
    };
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex(logs[i], message, sizeof message);
        struct bytes in = bytes_of(message, size);
        struct link_header link;
        CHECK(link_read_header(239, &in, &link) == DISSECT_OK);
        CHECK(link.ether_type == ETHER_IPV4 && in.left == 4);
        for (size_t kept = 0; kept < size - 4; kept++) {
            in = bytes_of(message, kept);
            CHECK(link_read_header(239, &in, &link) == DISSECT_TRUNCATED);
        }
    }
}

static void headers_of_firewalls_stand_in_front_of_a_bare_packet(void)
{
    uint8_t message[80] = { 61 }; /* told without its padding */
    struct link_header link;
    message[64] = 0x45;
    struct bytes in = bytes_of(message, 65);
    CHECK(link_read_header(117, &in, &link) == DISSECT_OK);
    CHECK(link.ether_type == ETHER_IPV4 && in.left == 1);

    message[12] = 0x60;
    in = bytes_of(message, 13);
    CHECK(link_read_header(109, &in, &link) == DISSECT_OK);
    CHECK(link.ether_type == ETHER_IPV6 && in.left == 1);

    message[24] = 0x45;
    in = bytes_of(message, 25);
    CHECK(link_read_header(226, &in, &link) == DISSECT_OK);
    CHECK(link.ether_type == ETHER_IPV4 && in.left == 1);

    message[16] = 0x45;
    in = bytes_of(message, 17);
    CHECK(link_read_header(8, &in, &link) == DISSECT_OK);
    CHECK(link.ether_type == ETHER_IPV4 && in.left == 1);
    message[1] = 0x80; /* compressed: there is no IP header */
    in = bytes_of(message, 17);
    CHECK(link_read_header(8, &in, &link) == DISSECT_OK && link.ether_type == 0);

    for (size_t kept = 0; kept < 12; kept++) {
        in = bytes_of(message, kept);
        CHECK(link_read_header(109, &in, &link) == DISSECT_TRUNCATED);
        in = bytes_of(message, kept);
        CHECK(link_read_header(226, &in, &link) == DISSECT_TRUNCATED);
        in = bytes_of(message, kept);
        CHECK(link_read_header(8, &in, &link) == DISSECT_TRUNCATED);
    }
}

static void wireless_addresses_are_those_of_the_ends(void)
{
    static const struct {
        const char *header, *source, *destination;
    } directions[] = {
        { "0800 0000" THREE SNAP4, "02:00:00:00:00:02", "02:00:00:00:00:01" },
        { "0801 0000" THREE SNAP4, "02:00:00:00:00:02", "02:00:00:00:00:03" },
        { "0802 0000" THREE SNAP4, "02:00:00:00:00:03", "02:00:00:00:00:01" },
        { "0803 0000" THREE "020000000004" SNAP4, "02:00:00:00:00:04",
          "02:00:00:00:00:03" },
    };
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++) {
        uint8_t message[64];
        char text[MAC_TEXT_SIZE];
        struct bytes in =
            bytes_of(message, test_hex(directions[i].header, message, sizeof message));
        struct link_header link;
        CHECK(link_read_header(105, &in, &link) == DISSECT_OK);
        CHECK_TEXT(mac_text(&link.source, text), directions[i].source);
        CHECK_TEXT(mac_text(&link.destination, text), directions[i].destination);
    }
}

static void of_several_packets_in_a_frame_the_first_ends_where_it_ends(void)
{
    uint8_t message[128];
    struct bytes in = bytes_of(
        message, test_hex("8801 0000" THREE "8000 020000000005 020000000006 0009" SNAP4
                          "45 0000 020000000007 020000000008 0008" SNAP4,
                          message, sizeof message));
    struct link_header link;
    CHECK(link_read_header(105, &in, &link) == DISSECT_OK);
    CHECK(link.ether_type == ETHER_IPV4 && in.left == 1);
    CHECK(link.destination.bytes[5] == 5 && link.source.bytes[5] == 6);
}

int main(void)
{
    RUN(every_kind_tells_what_follows);
    RUN(no_cut_tells_of_a_packet);
    RUN(lengths_that_lie_are_no_headers);
    RUN(a_log_of_the_firewall_holds_the_packet);
    RUN(headers_of_firewalls_stand_in_front_of_a_bare_packet);
    RUN(wireless_addresses_are_those_of_the_ends);
    RUN(of_several_packets_in_a_frame_the_first_ends_where_it_ends);
    return test_end();
}
