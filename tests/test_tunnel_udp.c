/* Tunnels inside UDP, at every cut and with every length a lie. */
#include "dissectors/tunnel_udp.h"

#include "dissectors/link.h"
#include "tests/test.h"

struct tunnel_case {
    enum tunnel_kind kind;
    const char *header;
    const char *inside;
    uint16_t ether_type;
    uint32_t id;
};

#define FOUR "45000014"
#define SIX "6000000000003b40"
#define TEREDO6                                                                          \
    "60000000 0000 3b 40 "                                                               \
    "20010000c0000201000000000000000120010db8000000000000000000000002"
#define FRAME "020000000001 020000000002 0800 45000014 00000000"

static const struct tunnel_case cases[] = {
    { TUNNEL_VXLAN, "08000000 00000500", FRAME, ETHER_BRIDGED, 5 },
    { TUNNEL_VXLAN_GENERIC, "0c000001 00000500", FOUR, ETHER_IPV4, 5 },
    { TUNNEL_VXLAN_GENERIC, "0c000002 00000500", SIX, ETHER_IPV6, 5 },
    { TUNNEL_VXLAN_GENERIC, "0c000003 00000500", FRAME, ETHER_BRIDGED, 5 },
    { TUNNEL_VXLAN_GENERIC, "0c000004 00000500", "0fc20201", ETHER_NSH, 5 },
    { TUNNEL_VXLAN_GENERIC, "08000000 00000500", FRAME, ETHER_BRIDGED, 5 },
    { TUNNEL_GENEVE, "0000 0800 00000500", FOUR, ETHER_IPV4, 5 },
    { TUNNEL_GTP, "30ff 0004 00000007", FOUR, ETHER_IPV4, 7 },
    { TUNNEL_GTP, "30ff 0008 00000007", SIX, ETHER_IPV6, 7 },
    { TUNNEL_GTP, "32ff 0008 00000007 0001 00 00", FOUR, ETHER_IPV4, 7 },
    { TUNNEL_GTP, "31ff 0008 00000007 0001 00 85", FOUR, ETHER_IPV4, 7 }, /* no E flag */
    { TUNNEL_GTP, "34ff 000c 00000007 0001 00 85 01 1009 00", FOUR, ETHER_IPV4, 7 },
    { TUNNEL_GTP, "34ff 0014 00000007 0001 00 85 01 1009 c0 02 000000000000 00", FOUR,
      ETHER_IPV4, 7 },
    { TUNNEL_GTP, "30ff 0016 00000007", FRAME, ETHER_BRIDGED, 7 },
    { TUNNEL_TEREDO, "", TEREDO6, ETHER_IPV6, 0 },
    { TUNNEL_TEREDO, "0000 1234 3fffffff", TEREDO6, ETHER_IPV6, 0 },
    { TUNNEL_TEREDO, "0001 0000 0102030405060708 00 0000 1234 3fffffff", TEREDO6,
      ETHER_IPV6, 0 },
    { TUNNEL_TEREDO, "0001 0102 aa bbbb 0102030405060708 00", TEREDO6, ETHER_IPV6, 0 },
    { TUNNEL_L2TP, "0002 0009 0007", "ff03", ETHER_PPP, 7 },
    { TUNNEL_L2TP, "4002 000a 0009 0007", "ff03", ETHER_PPP, 7 },
    { TUNNEL_L2TP, "4802 000e 0009 0007 00010002", "ff03", ETHER_PPP, 7 },
    { TUNNEL_L2TP, "4a02 0012 0009 0007 00010002 0002 0000", "ff03", ETHER_PPP, 7 },
    { TUNNEL_L2TP, "0003 0000 00000007", FRAME, ETHER_BRIDGED, 7 },
    { TUNNEL_L2TP, "0003 0000 00000007 0102030405060708 00000000", FRAME, ETHER_BRIDGED,
      7 },
    { TUNNEL_L2TP, "0003 0000 00000007 01020304", "ff03002145000014", ETHER_PPP, 7 },
    { TUNNEL_CAPWAP, "00 100000 0000 0000", FRAME, ETHER_BRIDGED, 0 },
    { TUNNEL_CAPWAP, "00 100300 0000 0000", "0801", ETHER_WLAN, 0 },
    { TUNNEL_CAPWAP, "00 180310 0000 0000 06020000", "0801", ETHER_WLAN, 0 },
    { TUNNEL_CAPWAP, "00 100080 0005 0000", FRAME, ETHER_BRIDGED, 0 }, /* first piece */
    { TUNNEL_MPLS, "", "00010100", ETHER_MPLS, 0 },
    { TUNNEL_GRE, "2000 0800 00000007", FOUR, ETHER_IPV4, 7 },
};

static enum dissect read_copy(enum tunnel_kind kind, const uint8_t *bytes, size_t size,
                              struct tunnel_header *tunnel, size_t *left)
{
    uint8_t *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    struct bytes in = bytes_of(copy, size);
    enum dissect outcome = tunnel_udp_read(kind, &in, tunnel);
    *left = in.left;
    free(copy);
    return outcome;
}

static void every_header_is_read(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[128];
        size_t left, size = test_hex(cases[i].header, message, sizeof message);
        size_t inside = test_hex(cases[i].inside, message + size, sizeof message - size);
        struct tunnel_header tunnel;
        CHECK(read_copy(cases[i].kind, message, size + inside, &tunnel, &left) ==
              DISSECT_OK);
        CHECK(tunnel.ether_type == cases[i].ether_type && tunnel.id == cases[i].id);
        CHECK(left == inside);
    }
}

static void no_cut_header_is_a_tunnels(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[128];
        size_t left, size = test_hex(cases[i].header, message, sizeof message);
        for (size_t kept = 0; kept < size; kept++) {
            struct tunnel_header tunnel;
            CHECK(read_copy(cases[i].kind, message, kept, &tunnel, &left) != DISSECT_OK ||
                  tunnel.ether_type == 0);
        }
    }
}

static void what_is_no_tunnel_is_not_entered(void)
{
    static const struct {
        enum tunnel_kind kind;
        const char *bytes;
    } others[] = {
        { TUNNEL_VXLAN, "00000000 00000500" FRAME },
        { TUNNEL_VXLAN_GENERIC, "00000000 00000500" FRAME },
        { TUNNEL_VXLAN_GENERIC, "3c000001 00000500" FOUR },
        { TUNNEL_GENEVE, "4000 0800 00000500" FOUR },
        { TUNNEL_GTP, "50ff 0004 00000007" FOUR },                     /* version 2 */
        { TUNNEL_GTP, "20ff 0004 00000007" FOUR },                     /* charging */
        { TUNNEL_GTP, "3001 0004 00000007" FOUR },                     /* echo request */
        { TUNNEL_GTP, "34ff 000c 00000007 00010085 00 1009 00" FOUR }, /* no length */
        { TUNNEL_TEREDO, FOUR },
        { TUNNEL_TEREDO,
          "6123 0100 0001 0000 0000 0000 0377777706676f6f676c6503636f6d0000"
          "010001000000000000000000" },                  /* a question to a name server */
        { TUNNEL_L2TP, "c802 000c 0009 0007 00000000" }, /* control */
        { TUNNEL_L2TP, "0001 0009 0007 ff03" },
        { TUNNEL_L2TP, "4002 0003 0009 0007 ff03" },
        { TUNNEL_L2TP, "1002 0009 0007 ff03" },
        { TUNNEL_L2TP, "0003 0000 00000000" FRAME },
        { TUNNEL_L2TP, "0003 0000 00000007 0102030405060708090a0b0c0d0e0f" },
        { TUNNEL_CAPWAP, "01 000000 16feff00" },        /* DTLS */
        { TUNNEL_CAPWAP, "00 080000 0000 0000" FRAME }, /* shorter than its header */
        { TUNNEL_CAPWAP, "00 100080 0005 0008" FRAME }, /* a later piece */
        { TUNNEL_CAPWAP, "00 100008 0000 0000" },       /* keep alive */
        { TUNNEL_GRE, "0002 0800 45000000" },
        { TUNNEL_NONE, FOUR },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        uint8_t message[128];
        size_t left, size = test_hex(others[i].bytes, message, sizeof message);
        struct tunnel_header tunnel;
        CHECK(read_copy(others[i].kind, message, size, &tunnel, &left) == DISSECT_OTHER);
    }
}

static void lengths_beyond_the_datagram_are_truncated(void)
{
    static const struct {
        enum tunnel_kind kind;
        const char *bytes;
    } lies[] = {
        { TUNNEL_GENEVE, "3f00 0800 00000500" FOUR },
        { TUNNEL_GTP, "34ff 00ff 00000007 00010085 ff 1009 00" FOUR },
        { TUNNEL_GTP, "34ff 0002 00000007 00010085 01 1009 00" FOUR },
        { TUNNEL_TEREDO, "0001 ffff 0102030405060708 00" },
        { TUNNEL_L2TP, "0202 0009 0007 ffff 0000" },
        { TUNNEL_CAPWAP, "00 f80000 0000 0000" FRAME },
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        uint8_t message[128];
        size_t left, size = test_hex(lies[i].bytes, message, sizeof message);
        struct tunnel_header tunnel;
        CHECK(read_copy(lies[i].kind, message, size, &tunnel, &left) ==
              DISSECT_TRUNCATED);
    }
}

static void what_is_behind_a_told_length_is_left_out(void)
{
    uint8_t message[64];
    struct tunnel_header tunnel;
    size_t left,
        size = test_hex("30ff 0004 00000007" FOUR "ffff", message, sizeof message);
    CHECK(read_copy(TUNNEL_GTP, message, size, &tunnel, &left) == DISSECT_OK);
    CHECK(left == 4);
    size = test_hex("4002 000a 0009 0007 ff03 ffff", message, sizeof message);
    CHECK(read_copy(TUNNEL_L2TP, message, size, &tunnel, &left) == DISSECT_OK);
    CHECK(left == 2);
}

static void ports_tell_which_tunnel_it_may_be(void)
{
    CHECK(tunnel_udp_kind(50000, 4789) == TUNNEL_VXLAN);
    CHECK(tunnel_udp_kind(50000, 8472) == TUNNEL_VXLAN);
    CHECK(tunnel_udp_kind(50000, 4790) == TUNNEL_VXLAN_GENERIC);
    CHECK(tunnel_udp_kind(50000, 6081) == TUNNEL_GENEVE);
    CHECK(tunnel_udp_kind(50000, 2152) == TUNNEL_GTP);
    CHECK(tunnel_udp_kind(50000, 3544) == TUNNEL_TEREDO);
    CHECK(tunnel_udp_kind(50000, 1701) == TUNNEL_L2TP);
    CHECK(tunnel_udp_kind(50000, 5247) == TUNNEL_CAPWAP);
    CHECK(tunnel_udp_kind(50000, 6635) == TUNNEL_MPLS);
    CHECK(tunnel_udp_kind(50000, 4754) == TUNNEL_GRE);
    CHECK(tunnel_udp_kind(1701, 50000) == TUNNEL_L2TP);
    CHECK(tunnel_udp_kind(3544, 50000) == TUNNEL_TEREDO);
    CHECK(tunnel_udp_kind(5247, 50000) == TUNNEL_CAPWAP);
    CHECK(tunnel_udp_kind(2152, 50000) == TUNNEL_GTP);
    CHECK(tunnel_udp_kind(4789, 50000) == TUNNEL_NONE);
    CHECK(tunnel_udp_kind(50000, 443) == TUNNEL_NONE);
}

int main(void)
{
    RUN(every_header_is_read);
    RUN(no_cut_header_is_a_tunnels);
    RUN(what_is_no_tunnel_is_not_entered);
    RUN(lengths_beyond_the_datagram_are_truncated);
    RUN(what_is_behind_a_told_length_is_left_out);
    RUN(ports_tell_which_tunnel_it_may_be);
    return test_end();
}
