/* Headers of tunnels: GRE in its forms, VXLAN, Geneve, at every cut. */
#include "dissectors/tunnel.h"

#include "dissectors/link.h"
#include "tests/test.h"

typedef enum dissect reader(struct bytes *in, struct tunnel_header *tunnel);

struct tunnel_case {
    reader *read;
    const char *header;
    uint16_t ether_type;
    uint32_t id;
    bool is_mirror;
};

/* Behind each header the byte 45, which must be left. */
static const struct tunnel_case cases[] = {
    { tunnel_read_gre, "0000 0800", ETHER_IPV4, 0, false },
    { tunnel_read_gre, "0000 86dd", ETHER_IPV6, 0, false },
    { tunnel_read_gre, "8000 0800 abcd 0000", ETHER_IPV4, 0, false },
    { tunnel_read_gre, "2000 0800 00000007", ETHER_IPV4, 7, false },
    { tunnel_read_gre, "1000 0800 00000001", ETHER_IPV4, 0, false },
    { tunnel_read_gre, "b000 0800 abcd0000 00000007 00000001", ETHER_IPV4, 7, false },
    { tunnel_read_gre, "2000 6558 01020304", ETHER_BRIDGED, 0x01020304, false },
    { tunnel_read_gre, "4000 0800 00000000 0002 00 04 0a000001 00000000", ETHER_IPV4, 0,
      false },
    { tunnel_read_gre, "3001 880b 0010 0005 00000001", ETHER_PPP, 0, false },
    { tunnel_read_gre, "3081 880b 0010 0005 00000001 00000002", ETHER_PPP, 0, false },
    { tunnel_read_gre, "2081 880b 0000 0005 00000002", 0, 0, false },
    { tunnel_read_gre, "0000 883e", ETHER_IPV4, 0, false },
    { tunnel_read_gre, "0000 883e 00000000", ETHER_IPV4, 0, false },
    { tunnel_read_gre, "0000 88be", ETHER_BRIDGED, 0, true },
    { tunnel_read_gre, "1000 88be 00000001 1000 0064 00000000", ETHER_BRIDGED, 100,
      true },
    { tunnel_read_gre, "1000 22eb 00000001 2000 03ff 00000000 0000 0000", ETHER_BRIDGED,
      1023, true },
    { tunnel_read_gre, "1000 22eb 00000001 2000 0001 00000000 0000 0001 0000000000000000",
      ETHER_BRIDGED, 1, true },
    { tunnel_read_gre, "2001 6400 0001 0700", ETHER_BRIDGED, 7, false },
    { tunnel_read_etherip, "3000", ETHER_BRIDGED, 0, false },
    { tunnel_read_vxlan, "08000000 00000500", ETHER_BRIDGED, 5, false },
    { tunnel_read_vxlan, "88000001 ffffff00", ETHER_BRIDGED, 0xffffff, false },
    { tunnel_read_geneve, "0000 6558 00000500", ETHER_BRIDGED, 5, false },
    { tunnel_read_geneve, "0280 0800 ffffff00 0102 03 01 00000000", ETHER_IPV4, 0xffffff,
      false },
};

static void every_header_is_read(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex(cases[i].header, message, sizeof message - 1);
        message[size] = 0x45;
        struct bytes in = bytes_of(message, size + 1);
        struct tunnel_header tunnel;
        CHECK(cases[i].read(&in, &tunnel) == DISSECT_OK);
        CHECK(tunnel.ether_type == cases[i].ether_type);
        CHECK(tunnel.id == cases[i].id);
        CHECK(tunnel.is_mirror == cases[i].is_mirror);
        CHECK(bytes_equal(in, "\x45", 1));
    }
}

static void every_cut_is_truncated(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex(cases[i].header, message, sizeof message);
        if (memcmp(message + 2, "\x88\x3e", 2) == 0)
            continue; /* what follows is looked at to tell how long the header is */
        for (size_t kept = 0; kept < size; kept++) {
            uint8_t *copy = malloc(kept + 1);
            memcpy(copy, message, kept);
            struct bytes in = bytes_of(copy, kept);
            struct tunnel_header tunnel;
            CHECK(cases[i].read(&in, &tunnel) == DISSECT_TRUNCATED);
            free(copy);
        }
    }
}

static void what_is_no_such_tunnel_is_other(void)
{
    static const struct {
        reader *read;
        const char *header;
    } others[] = {
        { tunnel_read_gre, "0002 0800 45000000" },          /* version 2 */
        { tunnel_read_gre, "3001 0800 00100005 00000001" }, /* version 1 without PPP */
        { tunnel_read_gre, "1001 880b 00000001 00000000" }, /* version 1 without key */
        { tunnel_read_vxlan, "00000000 00000500" },         /* no network told */
        { tunnel_read_geneve, "4000 6558 00000500" },       /* version 1 */
        { tunnel_read_gre, "a001 6400 00000000 00010700" }, /* version 1, no EoIP */
        { tunnel_read_etherip, "4000 45" },                 /* version 4 */
        { tunnel_read_l2tp3, "00000000 c8030014" },         /* control */
        { tunnel_read_l2tp3, "00000007 0102030405060708090a0b0c" },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        uint8_t message[32];
        struct bytes in =
            bytes_of(message, test_hex(others[i].header, message, sizeof message));
        struct tunnel_header tunnel;
        CHECK(others[i].read(&in, &tunnel) == DISSECT_OTHER);
    }
}

static void options_longer_than_the_packet_are_truncated(void)
{
    uint8_t message[32];
    struct tunnel_header tunnel;
    struct bytes in = bytes_of(
        message, test_hex("3f00 0800 00000500 00000000", message, sizeof message));
    CHECK(tunnel_read_geneve(&in, &tunnel) == DISSECT_TRUNCATED);
    in = bytes_of(message, test_hex("4000 0800 00000000 000200ff 0a000001", message,
                                    sizeof message));
    CHECK(tunnel_read_gre(&in, &tunnel) == DISSECT_TRUNCATED);
}

static void a_mirror_may_hold_a_packet_without_a_frame(void)
{
    uint8_t message[32];
    struct tunnel_header tunnel;
    struct bytes in =
        bytes_of(message, test_hex("1000 22eb 00000001 2000 0001 00000000 0000 0800 45",
                                   message, sizeof message));
    CHECK(tunnel_read_gre(&in, &tunnel) == DISSECT_OK && tunnel.is_mirror);
    CHECK(tunnel.ether_type == ETHER_IPV4 && in.left == 1);
}

static void a_session_is_entered_behind_a_cookie_of_any_size(void)
{
    static const char *const fronts[] = { "", "01020304", "0102030405060708",
                                          "010203040506070800000001" };
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex("00000007", message, sizeof message);
        size += test_hex(fronts[i], message + size, sizeof message - size);
        size += test_hex("020000000001 020000000002 8100 0005 0800 45000014",
                         message + size, sizeof message - size);
        struct tunnel_header tunnel;
        struct bytes in = bytes_of(message, size);
        CHECK(tunnel_read_l2tp3(&in, &tunnel) == DISSECT_OK);
        CHECK(tunnel.id == 7 && tunnel.ether_type == ETHER_BRIDGED && in.left == 22);
        for (size_t kept = 0; kept < size - 3; kept++) {
            in = bytes_of(message, kept);
            CHECK(tunnel_read_l2tp3(&in, &tunnel) != DISSECT_OK);
        }
    }
}

int main(void)
{
    RUN(a_mirror_may_hold_a_packet_without_a_frame);
    RUN(a_session_is_entered_behind_a_cookie_of_any_size);
    RUN(every_header_is_read);
    RUN(every_cut_is_truncated);
    RUN(what_is_no_such_tunnel_is_other);
    RUN(options_longer_than_the_packet_are_truncated);
    return test_end();
}
