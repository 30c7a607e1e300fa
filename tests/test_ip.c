/* IPv4 and IPv6 headers: options, extension headers, fragments, and lengths that lie. */
#include "dissectors/ip.h"

#include "tests/test.h"

static const char ipv4[] = "45b8 0018 abcd 4000 4006 0000 0a000001 0a000002 01020304";
static const char ipv4_options[] =
    "4700 0020 0001 0000 8011 0000 0a000001 0a000002 9404 0000 01010101 01020304";
static const char ipv6[] = "6b812345 0004 06 40 20010db8000000000000000000000001"
                           "20010db8000000000000000000000002 01020304";

#define V6_ADDRESSES "20010db8000000000000000000000001 20010db8000000000000000000000002 "

/* Hop-by-hop, routing, destination options, AH, mobility, then UDP. */
static const char ipv6_chain[] = "60000000 0048 00 40 " V6_ADDRESSES "2b 00 050200000000 "
                                 "3c 01 000000000000 0000000000000000 "
                                 "33 00 010400000000 "
                                 "87 02 0000 00000001 00000002 00000003 "
                                 "11 00 0000 00000000 "
                                 "0001 0002 0008 0000"
                                 "6162636465666768";

struct taken {
    enum dissect outcome;
    struct ip_header ip;
    struct bytes in;
};

/* Each read is of an allocation of its own size, so that one byte too far is caught. */
static struct taken read_bytes(const uint8_t *message, size_t kept, uint32_t wire)
{
    static uint8_t *copy;
    struct taken taken = { .outcome = DISSECT_OK };
    free(copy);
    copy = malloc(kept + 1);
    memcpy(copy, message, kept);
    taken.in = bytes_of(copy, kept);
    taken.outcome = ip_read_header(&taken.in, wire, &taken.ip);
    return taken;
}

static struct taken read_hex(const char *text)
{
    uint8_t message[256];
    size_t size = test_hex(text, message, sizeof message);
    return read_bytes(message, size, (uint32_t)size);
}

static void an_ipv4_header_is_read(void)
{
    struct taken taken = read_hex(ipv4);
    char text[ADDRESS_TEXT_SIZE];
    CHECK(taken.outcome == DISSECT_OK);
    CHECK_TEXT(address_text(&taken.ip.source, text), "10.0.0.1");
    CHECK_TEXT(address_text(&taken.ip.destination, text), "10.0.0.2");
    CHECK(taken.ip.protocol == 6 && taken.ip.ttl == 64 && taken.ip.dscp == 46);
    CHECK(taken.ip.id == 0xabcd && !taken.ip.is_fragment);
    CHECK(taken.ip.length == 24 && taken.ip.payload_length == 4);
    CHECK(taken.in.left == 4);
}

static void ipv4_options_are_passed_over(void)
{
    struct taken taken = read_hex(ipv4_options);
    CHECK(taken.outcome == DISSECT_OK && taken.ip.protocol == 17);
    CHECK(taken.ip.length == 32 && taken.ip.payload_length == 4);
    CHECK(bytes_equal(taken.in, "\1\2\3\4", 4));
}

static void padding_is_no_payload(void)
{
    struct taken taken = read_hex("4500 0018 0000 0000 4006 0000 0a000001 0a000002"
                                  "01020304 0000000000000000000000000000");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.payload_length == 4);
    CHECK(taken.in.left == 4);
}

static void a_length_beyond_the_frame_is_believed(void)
{
    struct taken taken = read_hex("4500 05dc 0000 0000 4006 0000 0a000001 0a000002 0102");
    CHECK(taken.outcome == DISSECT_OK);
    CHECK(taken.ip.length == 1500 && taken.ip.payload_length == 1480);
    CHECK(taken.in.left == 2);
}

static void a_length_of_zero_is_the_frames(void)
{
    uint8_t message[64];
    size_t size = test_hex("4500 0000 0000 0000 4006 0000 0a000001 0a000002 0102",
                           message, sizeof message);
    struct taken taken = read_bytes(message, size, 9000);
    CHECK(taken.outcome == DISSECT_OK);
    CHECK(taken.ip.length == 9000 && taken.ip.payload_length == 8980);
    CHECK(taken.in.left == 2);
}

static void ipv4_lengths_that_lie_are_malformed(void)
{
    static const char *const wrong[] = {
        "4400 0018 0000 0000 4006 0000 0a000001 0a000002 01020304", /* header of 16 */
        "4000 0018 0000 0000 4006 0000 0a000001 0a000002 01020304", /* header of 0 */
        "4500 0013 0000 0000 4006 0000 0a000001 0a000002 01020304", /* total of 19 */
        "4600 0014 0000 0000 4006 0000 0a000001 0a000002 01020304", /* options outside */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(read_hex(wrong[i]).outcome == DISSECT_MALFORMED);
}

static void other_versions_are_other(void)
{
    CHECK(read_hex("0500").outcome == DISSECT_OTHER);
    CHECK(read_hex("f500").outcome == DISSECT_OTHER);
}

static void fragments_are_told(void)
{
    struct taken first =
        read_hex("4500 0018 0007 2000 4011 0000 0a000001 0a000002 01020304");
    CHECK(first.outcome == DISSECT_OK);
    CHECK(first.ip.is_fragment && first.ip.fragment_offset == 0);

    struct taken last =
        read_hex("4500 0018 0007 00b9 4011 0000 0a000001 0a000002 01020304");
    CHECK(last.ip.is_fragment && last.ip.fragment_offset == 0xb9);

    struct taken whole =
        read_hex("4500 0018 0007 c000 4011 0000 0a000001 0a000002 01020304");
    CHECK(!whole.ip.is_fragment);
}

static void an_ipv6_header_is_read(void)
{
    struct taken taken = read_hex(ipv6);
    char text[ADDRESS_TEXT_SIZE];
    CHECK(taken.outcome == DISSECT_OK);
    CHECK_TEXT(address_text(&taken.ip.source, text), "2001:db8::1");
    CHECK_TEXT(address_text(&taken.ip.destination, text), "2001:db8::2");
    CHECK(taken.ip.protocol == 6 && taken.ip.ttl == 64 && taken.ip.dscp == 46);
    CHECK(taken.ip.id == 0 && taken.ip.length == 44 && taken.ip.payload_length == 4);
    CHECK(taken.in.left == 4);
}

static void a_chain_of_extension_headers_is_followed(void)
{
    struct taken taken = read_hex(ipv6_chain);
    CHECK(taken.outcome == DISSECT_OK && taken.ip.protocol == 17);
    CHECK(taken.ip.length == 40 + 0x48);
    CHECK(taken.ip.payload_length == 16 && taken.in.left == 16);
}

static void ah_is_followed_in_ipv4_and_other_extensions_are_not(void)
{
    struct taken taken = read_hex("4500 0024 0000 0000 4033 0000 0a000001 0a000002"
                                  "06 01 0000 00000001 00000002 01020304");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.protocol == 6);
    CHECK(taken.ip.payload_length == 4 && taken.in.left == 4);

    taken = read_hex("4500 001c 0000 0000 4000 0000 0a000001 0a000002 0600000000000000");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.protocol == 0);
    CHECK(taken.ip.payload_length == 8);
}

static void ipv6_fragments_are_told(void)
{
    struct taken first =
        read_hex("60000000 000c 2c 40 " V6_ADDRESSES "11 00 0001 00000007 01020304");
    CHECK(first.outcome == DISSECT_OK && first.ip.protocol == 17);
    CHECK(first.ip.is_fragment && first.ip.fragment_offset == 0);
    CHECK(first.ip.payload_length == 4);

    /* What looks like an extension header behind a later fragment's is data. */
    struct taken last =
        read_hex("60000000 000c 2c 40 " V6_ADDRESSES "3c 00 0010 00000007 ffffffff");
    CHECK(last.outcome == DISSECT_OK && last.ip.protocol == 60);
    CHECK(last.ip.is_fragment && last.ip.fragment_offset == 2);

    struct taken atomic =
        read_hex("60000000 000c 2c 40 " V6_ADDRESSES "11 00 0000 00000007 01020304");
    CHECK(atomic.outcome == DISSECT_OK && !atomic.ip.is_fragment);
}

static void jumbograms_tell_their_length_in_an_option(void)
{
    struct taken taken =
        read_hex("60000000 0000 00 40 " V6_ADDRESSES "06 00 c2 04 00020000 01020304");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.protocol == 6);
    CHECK(taken.ip.length == 40 + 0x20000);
    CHECK(taken.ip.payload_length == 0x20000 - 8 && taken.in.left == 4);

    /* Not a jumbogram's length: the frame's is taken. */
    taken = read_hex("60000000 0000 00 40 " V6_ADDRESSES "06 00 c2 04 00000100 01020304");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.length == 52);
    taken = read_hex("60000000 0000 00 40 " V6_ADDRESSES "06 00 c2 04 ffffffff 01020304");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.length == 52);
}

static void an_ipv6_length_of_zero_is_the_frames_or_nothing(void)
{
    struct taken taken = read_hex("60000000 0000 06 40 " V6_ADDRESSES "01020304");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.length == 44 && taken.in.left == 4);
    taken = read_hex("60000000 0000 3b 40 " V6_ADDRESSES "01020304");
    CHECK(taken.outcome == DISSECT_OK && taken.ip.length == 40 && taken.in.left == 0);
}

static void extension_lengths_that_lie_are_malformed(void)
{
    static const char *const wrong[] = {
        "60000000 0008 00 40 " V6_ADDRESSES "06 01 000000000000", /* 16 in 8 */
        "60000000 0008 3c 40 " V6_ADDRESSES "06 ff 000000000000",
        "60000000 0004 2c 40 " V6_ADDRESSES "06 00 0000",
        "60000000 0008 33 40 " V6_ADDRESSES "06 02 000000000000",
        "60000000 0001 2b 40 " V6_ADDRESSES "06",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(read_hex(wrong[i]).outcome == DISSECT_MALFORMED);
    CHECK(read_hex("4500 001c 0000 0000 4033 0000 0a000001 0a000002 06ff000000000000")
              .outcome == DISSECT_MALFORMED);
}

static void endless_chains_are_malformed(void)
{
    uint8_t message[40 + 8 * 64] = { 0x60, 0, 0, 0, 2, 0, 60, 64 };
    for (size_t i = 0; i < 64; i++)
        message[40 + 8 * i] = 60;
    struct taken taken = read_bytes(message, sizeof message, sizeof message);
    CHECK(taken.outcome == DISSECT_MALFORMED);
    CHECK(taken.ip.source.family == 6);
}

static void every_cut_of_the_headers_is_truncated(void)
{
    static const struct {
        const char *text;
        size_t fixed, headers;
    } cases[] = {
        { ipv4, 20, 20 },
        { ipv4_options, 20, 28 },
        { ipv6, 40, 40 },
        { ipv6_chain, 40, 40 + 8 + 16 + 8 + 16 + 8 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[256];
        size_t size = test_hex(cases[i].text, message, sizeof message);
        for (size_t kept = 0; kept <= size; kept++) {
            struct taken taken = read_bytes(message, kept, (uint32_t)size);
            bool is_whole = kept >= cases[i].headers;
            CHECK(taken.outcome == (is_whole ? DISSECT_OK : DISSECT_TRUNCATED));
            CHECK((taken.ip.source.family != 0) == (kept >= cases[i].fixed));
            CHECK(!is_whole || taken.in.left == kept - cases[i].headers);
        }
    }
}

int main(void)
{
    RUN(an_ipv4_header_is_read);
    RUN(ipv4_options_are_passed_over);
    RUN(padding_is_no_payload);
    RUN(a_length_beyond_the_frame_is_believed);
    RUN(a_length_of_zero_is_the_frames);
    RUN(ipv4_lengths_that_lie_are_malformed);
    RUN(other_versions_are_other);
    RUN(fragments_are_told);
    RUN(an_ipv6_header_is_read);
    RUN(a_chain_of_extension_headers_is_followed);
    RUN(ah_is_followed_in_ipv4_and_other_extensions_are_not);
    RUN(ipv6_fragments_are_told);
    RUN(jumbograms_tell_their_length_in_an_option);
    RUN(an_ipv6_length_of_zero_is_the_frames_or_nothing);
    RUN(extension_lengths_that_lie_are_malformed);
    RUN(endless_chains_are_malformed);
    RUN(every_cut_of_the_headers_is_truncated);
    return test_end();
}
