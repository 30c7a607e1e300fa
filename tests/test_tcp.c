/* TCP and UDP headers: options, cuts, and lengths that lie. */
#include "dissectors/tcp.h"

#include "dissectors/udp.h"
#include "tests/test.h"

/* A SYN with MSS 1460, SACK permitted, timestamps 1 and 2, and window scale 7. */
static const char syn[] = "c350 01bb 11223344 00000000 a0c2 fa00 beef 0000"
                          "0204 05b4 0402 080a 00000001 00000002 01 0303 07";

/* An acknowledgement with timestamps and three SACK blocks, and four bytes of data. */
static const char sack[] = "01bb c350 00000001 00000002 f010 0200 0102 0000"
                           "0101 080a aabbccdd 11223344"
                           "0101 051a 00000010 00000020 00000030 00000040"
                           "00000050 00000060 61626364";

static enum dissect read_hex(const char *text, struct tcp_header *tcp, struct bytes *in)
{
    static uint8_t message[128];
    *in = bytes_of(message, test_hex(text, message, sizeof message));
    return tcp_read_header(in, tcp);
}

static void a_syn_is_read_whole(void)
{
    struct tcp_header tcp;
    struct bytes in;
    CHECK(read_hex(syn, &tcp, &in) == DISSECT_OK);
    CHECK(tcp.source_port == 50000 && tcp.destination_port == 443);
    CHECK(tcp.sequence == 0x11223344 && tcp.acknowledgement == 0);
    CHECK(tcp.flags == (TCP_SYN | TCP_ECE | TCP_CWR));
    CHECK(tcp.size == 40 && tcp.window == 0xfa00 && tcp.checksum == 0xbeef);
    CHECK(tcp.has_mss && tcp.mss == 1460);
    CHECK(tcp.has_window_scale && tcp.window_scale == 7);
    CHECK(tcp.has_sack_permitted && tcp.sack_count == 0);
    CHECK(tcp.has_timestamps && tcp.timestamp == 1 && tcp.timestamp_echo == 2);
    CHECK(!tcp.options_cut && !tcp.options_malformed);
    CHECK(in.left == 0 && !in.ran_out);
}

static void sack_blocks_are_read_and_data_is_left(void)
{
    struct tcp_header tcp;
    struct bytes in;
    CHECK(read_hex(sack, &tcp, &in) == DISSECT_OK);
    CHECK(tcp.sack_count == 3);
    CHECK(tcp.sack[0].left == 0x10 && tcp.sack[0].right == 0x20);
    CHECK(tcp.sack[2].left == 0x50 && tcp.sack[2].right == 0x60);
    CHECK(tcp.has_timestamps && tcp.timestamp == 0xaabbccdd);
    CHECK(!tcp.has_mss && !tcp.has_window_scale && !tcp.has_sack_permitted);
    CHECK(bytes_equal(in, "abcd", 4));
}

/* An allocation of its own, so that a read behind the cut is caught. */
static enum dissect read_cut(const char *text, size_t kept, struct tcp_header *tcp,
                             size_t *left)
{
    uint8_t message[128];
    test_hex(text, message, sizeof message);
    uint8_t *copy = malloc(kept + 1);
    memcpy(copy, message, kept);
    struct bytes in = bytes_of(copy, kept);
    enum dissect outcome = tcp_read_header(&in, tcp);
    *left = in.left;
    free(copy);
    return outcome;
}

static void a_cut_of_the_fixed_part_is_truncated(void)
{
    for (size_t kept = 0; kept < 20; kept++) {
        struct tcp_header tcp;
        size_t left;
        CHECK(read_cut(syn, kept, &tcp, &left) == DISSECT_TRUNCATED);
        CHECK(left == 0);
        CHECK(tcp.source_port == (kept >= 2 ? 50000 : 0));
        CHECK(tcp.destination_port == (kept >= 4 ? 443 : 0));
        CHECK(tcp.sequence == 0 && tcp.flags == 0 && tcp.size == 0);
    }
}

static void a_cut_of_the_options_is_told_and_no_error(void)
{
    for (size_t kept = 20; kept < 40; kept++) {
        struct tcp_header tcp;
        size_t left;
        CHECK(read_cut(syn, kept, &tcp, &left) == DISSECT_OK);
        CHECK(tcp.options_cut && !tcp.options_malformed);
        CHECK(tcp.size == 40 && left == 0);
        CHECK(tcp.has_mss == (kept >= 24));
        CHECK(tcp.has_sack_permitted == (kept >= 26));
        CHECK(tcp.has_timestamps == (kept >= 36));
        CHECK(!tcp.has_window_scale);
    }
}

static void a_data_offset_below_five_is_malformed(void)
{
    static const char *const headers[] = {
        "0001 0002 00000000 00000000 0010 0000 0000 0000",
        "0001 0002 00000000 00000000 4010 0000 0000 0000",
    };
    for (size_t i = 0; i < 2; i++) {
        struct tcp_header tcp;
        struct bytes in;
        CHECK(read_hex(headers[i], &tcp, &in) == DISSECT_MALFORMED);
        CHECK(!tcp.options_malformed);
        CHECK(tcp.source_port == 1 && tcp.destination_port == 2);
    }
}

static void options_whose_length_lies_are_malformed_and_the_data_stays(void)
{
    static const char *const options[] = {
        "02 00 05b4 0101 0101",                         /* shorter than kind and length */
        "02 01 05b4 0101 0101", "02 03 05b4 0101 0101", /* MSS of three bytes */
        "02 05 05b4 0101 0101", "03 04 0707 0101 0101", /* window scale of four */
        "04 03 0101 0101 0101",                         /* SACK permitted with a value */
        "05 02 0101 0101 0101",                         /* no SACK block */
        "05 06 0101 0101 0101",                         /* half a SACK block */
        "08 08 00000001 0002",                          /* short timestamps */
        "0101 0101 0101 02 04",                         /* leads behind the options */
        "08 0a 0000 0001 0002", "fe ff 0101 0101 0101",
        "0101 0101 0101 01 02", /* no room for a length */
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        char text[128];
        struct tcp_header tcp;
        struct bytes in;
        (void)snprintf(text, sizeof text,
                       "0001 0002 00000000 00000000 7010 0000 0000 0000 %s 6162",
                       options[i]);
        CHECK(read_hex(text, &tcp, &in) == DISSECT_MALFORMED);
        CHECK(tcp.options_malformed && !tcp.options_cut);
        CHECK(tcp.size == 28 && bytes_equal(in, "ab", 2));
    }
}

static void what_follows_the_end_of_options_is_padding(void)
{
    struct tcp_header tcp;
    struct bytes in;
    CHECK(read_hex("0001 0002 00000000 00000000 7002 0000 0000 0000 02040400 00 ffffff",
                   &tcp, &in) == DISSECT_OK);
    CHECK(tcp.has_mss && tcp.mss == 1024);
    CHECK(!tcp.has_window_scale);
}

static void unknown_options_are_passed_over(void)
{
    struct tcp_header tcp;
    struct bytes in;
    CHECK(
        read_hex("0001 0002 00000000 00000000 7002 0000 0000 0000 fd 04 ffff 0303 02 01",
                 &tcp, &in) == DISSECT_OK);
    CHECK(tcp.has_window_scale && tcp.window_scale == 2);
}

static void a_window_scale_above_fourteen_counts_as_fourteen(void)
{
    struct tcp_header tcp;
    struct bytes in;
    CHECK(read_hex("0001 0002 00000000 00000000 6002 0000 0000 0000 0303 ff 00", &tcp,
                   &in) == DISSECT_OK);
    CHECK(tcp.has_window_scale && tcp.window_scale == 14);
}

static enum dissect read_datagram(const char *text, struct udp_header *udp,
                                  struct bytes *in)
{
    static uint8_t message[64];
    *in = bytes_of(message, test_hex(text, message, sizeof message));
    return udp_read_header(in, udp);
}

static void a_datagram_ends_where_its_length_says(void)
{
    struct udp_header udp;
    struct bytes in;
    CHECK(read_datagram("1234 0035 000b abcd 616263 0000", &udp, &in) == DISSECT_OK);
    CHECK(udp.source_port == 0x1234 && udp.destination_port == 53);
    CHECK(udp.length == 11 && udp.checksum == 0xabcd);
    CHECK(bytes_equal(in, "abc", 3));
}

static void a_datagram_longer_than_its_window_keeps_what_is_there(void)
{
    struct udp_header udp;
    struct bytes in;
    CHECK(read_datagram("1234 0035 ffff abcd 616263", &udp, &in) == DISSECT_OK);
    CHECK(udp.length == 0xffff && bytes_equal(in, "abc", 3));
}

static void a_datagram_length_of_zero_leaves_all(void)
{
    struct udp_header udp;
    struct bytes in;
    CHECK(read_datagram("1234 0035 0000 abcd 616263", &udp, &in) == DISSECT_OK);
    CHECK(bytes_equal(in, "abc", 3));
}

static void a_datagram_length_below_its_header_is_malformed(void)
{
    for (unsigned length = 1; length < 8; length++) {
        char text[64];
        struct udp_header udp;
        struct bytes in;
        (void)snprintf(text, sizeof text, "1234 0035 %04x abcd 616263", length);
        CHECK(read_datagram(text, &udp, &in) == DISSECT_MALFORMED);
    }
}

static void every_cut_of_a_datagram_header_is_truncated(void)
{
    uint8_t message[8];
    test_hex("1234 0035 000b abcd", message, sizeof message);
    for (size_t kept = 0; kept < sizeof message; kept++) {
        struct bytes in = bytes_of(message, kept);
        struct udp_header udp;
        CHECK(udp_read_header(&in, &udp) == DISSECT_TRUNCATED);
        CHECK(udp.source_port == (kept >= 2 ? 0x1234 : 0));
        CHECK(udp.destination_port == (kept >= 4 ? 53 : 0));
    }
}

int main(void)
{
    RUN(a_syn_is_read_whole);
    RUN(sack_blocks_are_read_and_data_is_left);
    RUN(a_cut_of_the_fixed_part_is_truncated);
    RUN(a_cut_of_the_options_is_told_and_no_error);
    RUN(a_data_offset_below_five_is_malformed);
    RUN(options_whose_length_lies_are_malformed_and_the_data_stays);
    RUN(what_follows_the_end_of_options_is_padding);
    RUN(unknown_options_are_passed_over);
    RUN(a_window_scale_above_fourteen_counts_as_fourteen);
    RUN(a_datagram_ends_where_its_length_says);
    RUN(a_datagram_longer_than_its_window_keeps_what_is_there);
    RUN(a_datagram_length_of_zero_leaves_all);
    RUN(a_datagram_length_below_its_header_is_malformed);
    RUN(every_cut_of_a_datagram_header_is_truncated);
    return test_end();
}
