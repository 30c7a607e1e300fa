/* Link headers: every link type, tags, LLC, PPP and MPLS, at every cut. */
#include "dissectors/link.h"

#include "tests/test.h"

struct link_case {
    uint32_t link_type;
    const char *header;
    uint16_t ether_type;
};

/* Behind each header one byte more, which must be left. */
static const struct link_case cases[] = {
    { 1, "020000000001 020000000002 0800", 0x0800 },
    { 1, "020000000001 020000000002 86dd", 0x86dd },
    { 1, "020000000001 020000000002 0026 aaaa03 000000 0800", 0x0800 }, /* SNAP */
    { 1, "020000000001 020000000002 0026 aaaa03 0000f8 86dd", 0x86dd },
    { 1, "020000000001 020000000002 0026 aaaa03 00000c 2000", 0 }, /* CDP */
    { 1, "020000000001 020000000002 0026 060603", 0x0800 },
    { 1, "020000000001 020000000002 8870 aaaa03 000000 0800", 0x0800 }, /* jumbo */
    { 1, "020000000001 020000000002 8870 aaaa03 000000 8870", 0x8870 },
    { 1, "020000000001 020000000002 0026 424203", 0 }, /* spanning tree */
    { 113, "0000 0001 0006 020000000002 0000 0800", 0x0800 },
    { 113, "0004 0304 0006 000000000000 0000 86dd", 0x86dd },
    { 113, "0000 0001 0006 020000000002 0000 0004 aaaa03 000000 0800", 0x0800 },
    { 113, "0000 0338 0000 000000000000 0000 0800", 0 }, /* netlink */
    { 276, "0800 0000 00000007 0001 00 06 0200000000020000", 0x0800 },
    { 276, "0004 0000 00000007 0001 00 06 0200000000020000 aaaa03 000000 86dd", 0x86dd },
    { 0, "02000000", 0x0800 },
    { 0, "00000002", 0x0800 },
    { 0, "1e000000", 0x86dd },
    { 0, "0000001c", 0x86dd },
    { 0, "18000000", 0x86dd },
    { 0, "17000000", 0x86dd },
    { 0, "0a000000", 0x86dd },
    { 0, "07000000", 0 },
    { 108, "00000002", 0x0800 },
    { 108, "0000001e", 0x86dd },
    { 9, "ff03 0021", 0x0800 },
    { 9, "0021", 0x0800 },
    { 9, "21", 0x0800 },
    { 9, "ff03 57", 0x86dd },
    { 9, "ff03 0281", 0x8847 },
    { 9, "ff03 c021", 0 },
    { 9, "0f00 0800", 0x0800 },
    { 50, "ff03 0057", 0x86dd },
    { 50, "8f00 2000", 0x2000 },
    { 104, "0f00 86dd", 0x86dd },
    { 9, "ff03 003d c0000001 0021", 0x0800 }, /* a piece that is the whole packet */
    { 9, "003d 80000001", 0 },                /* the first of several */
};

static void every_link_type_tells_what_follows(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex(cases[i].header, message, sizeof message - 1);
        message[size] = 0x40;
        struct bytes in = bytes_of(message, size + 1);
        struct link_header link;
        CHECK(link_read_header(cases[i].link_type, &in, &link) == DISSECT_OK);
        CHECK(link.ether_type == cases[i].ether_type);
        CHECK(link.has_macs == (cases[i].link_type == 1));
        CHECK(in.left == 1);
    }
}

static void every_cut_is_truncated(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex(cases[i].header, message, sizeof message);
        for (size_t kept = 0; kept < size; kept++) {
            uint8_t *copy = malloc(kept + 1);
            memcpy(copy, message, kept);
            struct bytes in = bytes_of(copy, kept);
            struct link_header link;
            enum dissect outcome = link_read_header(cases[i].link_type, &in, &link);
            CHECK(outcome == DISSECT_TRUNCATED);
            free(copy);
        }
    }
}

static void raw_packets_tell_their_version(void)
{
    static const uint32_t types[] = { 12, 14, 101, 228, 229 };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        static const uint8_t four[] = { 0x45 }, six[] = { 0x60 }, other[] = { 0x10 };
        struct link_header link;
        struct bytes in = bytes_of(four, 1);
        CHECK(link_read_header(types[i], &in, &link) == DISSECT_OK);
        CHECK(link.ether_type == ETHER_IPV4 && in.left == 1);
        in = bytes_of(six, 1);
        CHECK(link_read_header(types[i], &in, &link) == DISSECT_OK);
        CHECK(link.ether_type == ETHER_IPV6 && in.left == 1);
        in = bytes_of(other, 1);
        CHECK(link_read_header(types[i], &in, &link) == DISSECT_OK);
        CHECK(link.ether_type == 0);
        in = bytes_of(other, 0);
        CHECK(link_read_header(types[i], &in, &link) == DISSECT_TRUNCATED);
    }
}

static void other_link_types_are_not_read(void)
{
    static const uint32_t types[] = { 2, 147, 189, 195, 252, 65535 };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        static const uint8_t bytes[64];
        struct bytes in = bytes_of(bytes, sizeof bytes);
        struct link_header link;
        CHECK(link_read_header(types[i], &in, &link) == DISSECT_OTHER);
    }
}

static void ethernet_gives_both_addresses(void)
{
    uint8_t message[14];
    struct bytes in =
        bytes_of(message, test_hex("010203040506 0a0b0c0d0e0f 0800", message, 14));
    struct link_header link;
    char text[MAC_TEXT_SIZE];
    CHECK(link_read_header(1, &in, &link) == DISSECT_OK && link.has_macs);
    CHECK_TEXT(mac_text(&link.destination, text), "01:02:03:04:05:06");
    CHECK_TEXT(mac_text(&link.source, text), "0a:0b:0c:0d:0e:0f");
}

static void cooked_captures_tell_the_interface(void)
{
    uint8_t message[20];
    struct bytes in = bytes_of(
        message, test_hex("0800 0000 01020304 0001 00 06 0200000000020000", message, 20));
    struct link_header link;
    CHECK(link_read_header(276, &in, &link) == DISSECT_OK);
    CHECK(link.interface == 0x01020304);
}

static void a_vlan_tag_has_twelve_bits_of_id(void)
{
    uint8_t message[16];
    uint16_t id, type;
    struct bytes in = bytes_of(message, test_hex("e123 0800", message, sizeof message));
    CHECK(link_read_vlan(&in, &id, &type) == DISSECT_OK);
    CHECK(id == 0x123 && type == 0x0800);
    in = bytes_of(message, test_hex("0005 0026 aaaa03 000000 0800", message, 16));
    CHECK(link_read_vlan(&in, &id, &type) == DISSECT_OK);
    CHECK(id == 5 && type == 0x0800 && in.left == 0);
    for (size_t kept = 0; kept < 12; kept++) {
        in = bytes_of(message, kept);
        CHECK(link_read_vlan(&in, &id, &type) == DISSECT_TRUNCATED);
    }
}

static void pppoe_sessions_are_read(void)
{
    uint8_t message[16];
    uint16_t session, type;
    size_t size = test_hex("1100 0203 0024 0021", message, sizeof message);
    struct bytes in = bytes_of(message, size);
    CHECK(link_read_pppoe(&in, &session, &type) == DISSECT_OK);
    CHECK(session == 0x0203 && type == ETHER_IPV4);
    for (size_t kept = 0; kept < size; kept++) {
        in = bytes_of(message, kept);
        CHECK(link_read_pppoe(&in, &session, &type) == DISSECT_TRUNCATED);
    }
}

static void what_is_no_pppoe_session_is_malformed(void)
{
    static const char *const wrong[] = {
        "2100 0203 0024 0021", /* version 2 */
        "1109 0000 0004 0101", /* discovery */
        "1100 0203 0000 0021", /* no room for a protocol */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t message[16];
        uint16_t session, type;
        struct bytes in = bytes_of(message, test_hex(wrong[i], message, sizeof message));
        CHECK(link_read_pppoe(&in, &session, &type) == DISSECT_MALFORMED);
    }
}

static void mpls_labels_end_at_the_bottom_of_the_stack(void)
{
    uint8_t message[8];
    uint32_t label;
    bool is_last;
    struct bytes in = bytes_of(message, test_hex("0001 0040 fffff1ff", message, 8));
    CHECK(link_read_mpls(&in, &label, &is_last) == DISSECT_OK);
    CHECK(label == 16 && !is_last);
    CHECK(link_read_mpls(&in, &label, &is_last) == DISSECT_OK);
    CHECK(label == 0xfffff && is_last);
    CHECK(link_read_mpls(&in, &label, &is_last) == DISSECT_TRUNCATED);
}

static void what_mpls_carries_is_guessed_by_the_first_nibble(void)
{
    static const uint8_t four[] = { 0x45 }, six[] = { 0x60 }, other[] = { 0x30 };
    static const uint8_t control[] = { 0, 0, 0, 1, 0xaa };
    struct bytes in = bytes_of(four, 1);
    CHECK(link_guess_mpls(&in) == ETHER_IPV4 && in.left == 1);
    in = bytes_of(six, 1);
    CHECK(link_guess_mpls(&in) == ETHER_IPV6 && in.left == 1);
    in = bytes_of(other, 1);
    CHECK(link_guess_mpls(&in) == 0);
    in = bytes_of(control, sizeof control);
    CHECK(link_guess_mpls(&in) == ETHER_BRIDGED && in.left == 1);
    in = bytes_of(control, 2);
    CHECK(link_guess_mpls(&in) == ETHER_BRIDGED && in.ran_out);
}

int main(void)
{
    RUN(every_link_type_tells_what_follows);
    RUN(every_cut_is_truncated);
    RUN(raw_packets_tell_their_version);
    RUN(other_link_types_are_not_read);
    RUN(ethernet_gives_both_addresses);
    RUN(cooked_captures_tell_the_interface);
    RUN(a_vlan_tag_has_twelve_bits_of_id);
    RUN(pppoe_sessions_are_read);
    RUN(what_is_no_pppoe_session_is_malformed);
    RUN(mpls_labels_end_at_the_bottom_of_the_stack);
    RUN(what_mpls_carries_is_guessed_by_the_first_nibble);
    return test_end();
}
