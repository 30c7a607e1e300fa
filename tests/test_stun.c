/* test_stun.c - STUN, TURN and Microsoft's dialect of it. */
#include "dissectors/stun.h"
#include "tests/test.h"

static struct stun_message message;
static uint8_t wire[512];

#define TRANSACTION "000102030405060708090a0b"

/* A binding response: the plain address, then the XOR one, a fingerprint last. */
static const char binding[] =
    "0101 0028 2112a442" TRANSACTION "0001 0008 0001 1234 c0000201"
    "0020 0008 0001 e2d3 ea12d501"
    "8022 0003 74657300"
    "8028 0004 01020304";

/* As Microsoft's relays answer: nothing is padded, the plain address is the relay's. */
static const char ms_allocated[] = "0103 0031 2112a442" TRANSACTION "000f 0004 72c64bc6"
                                   "8022 0001 78"
                                   "000d 0004 0000003c"
                                   "0001 0008 0001 0d98 34721401"
                                   "8020 0008 0001 e2d3 ea12d501"
                                   "8008 0000";

static enum dissect read_hex(const char *hex)
{
    size_t size = test_hex(hex, wire, sizeof wire);
    struct bytes in = bytes_of(wire, size);
    enum dissect outcome = stun_read_message(&in, &message);
    CHECK(in.left == (outcome == DISSECT_OK ? 0 : size));
    return outcome;
}

static bool is_v4(const struct stun_address *at, uint32_t address, uint16_t port)
{
    const uint8_t *bytes = at->address.bytes;
    return at->address.family == 4 && at->port == port &&
           bytes[0] == (uint8_t)(address >> 24) && bytes[1] == (uint8_t)(address >> 16) &&
           bytes[2] == (uint8_t)(address >> 8) && bytes[3] == (uint8_t)address &&
           bytes[4] == 0;
}

static void the_xor_form_is_believed_before_the_plain_one(void)
{
    CHECK(read_hex(binding) == DISSECT_OK);
    CHECK(message.message_class == STUN_SUCCESS && message.method == STUN_BINDING);
    CHECK(message.transaction[0] == 0 && message.transaction[11] == 11);
    CHECK(is_v4(&message.mapped, 0xcb007143, 0xc3c1));
    CHECK(!message.has_microsoft && !message.is_ms_turn && !message.has_credentials);

    CHECK(read_hex("0101 0018 2112a442" TRANSACTION "0020 0008 0001 e2d3 ea12d501"
                   "0001 0008 0001 1234 c0000201") == DISSECT_OK);
    CHECK(is_v4(&message.mapped, 0xcb007143, 0xc3c1));
    CHECK(read_hex("0101 000c 2112a442" TRANSACTION "0001 0008 0001 1234 c0000201") ==
          DISSECT_OK);
    CHECK(is_v4(&message.mapped, 0xc0000201, 0x1234));
}

static void an_ipv6_address_is_xored_with_the_transaction_too(void)
{
    static const uint8_t expected[16] = { 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0,
                                          0,    0, 0,    0,    0, 0, 0, 1 };
    CHECK(read_hex("0101 0018 2112a442" TRANSACTION
                   "0020 0014 0002 2113 0113a9fa 000102030405060708090a0a") ==
          DISSECT_OK);
    CHECK(message.mapped.address.family == 6 && message.mapped.port == 1);
    CHECK(memcmp(message.mapped.address.bytes, expected, 16) == 0);
}

static void in_microsofts_dialect_the_plain_address_is_the_relays(void)
{
    CHECK(read_hex(ms_allocated) == DISSECT_OK);
    CHECK(message.is_ms_turn && message.has_microsoft);
    CHECK(message.method == STUN_ALLOCATE && message.lifetime_s == 60);
    CHECK(is_v4(&message.mapped, 0xcb007143, 0xc3c1));
    CHECK(is_v4(&message.relayed, 0x34721401, 3480));
}

static void microsofts_methods_are_its_own(void)
{
    CHECK(read_hex("0115 0017 2112a442" TRANSACTION "000f 0004 72c64bc6"
                   "0013 0003 616263"
                   "0012 0004 0009 0001") == DISSECT_OK); /* a family to be ignored */
    CHECK(message.message_class == STUN_INDICATION && message.method == STUN_MS_DATA);
    CHECK(bytes_equal(message.data, "abc", 3) && message.peer.address.family == 0);
    CHECK(read_hex("0004 0014 2112a442" TRANSACTION "000f 0004 72c64bc6"
                   "0011 0008 0001 1234 c0000201") == DISSECT_OK);
    CHECK(message.message_class == STUN_REQUEST && message.method == STUN_MS_SEND);
    CHECK(is_v4(&message.peer, 0xc0000201, 0x1234));
}

static void a_turn_allocation_tells_relay_and_peer(void)
{
    CHECK(read_hex("0103 0018 2112a442" TRANSACTION "0016 0008 0001 e2d3 ea12d501"
                   "0020 0008 0001 2113 ea12d502") == DISSECT_OK);
    CHECK(is_v4(&message.relayed, 0xcb007143, 0xc3c1));
    CHECK(is_v4(&message.mapped, 0xcb007140, 1));
    CHECK(read_hex("0017 0014 2112a442" TRANSACTION "0012 0008 0001 e2d3 ea12d501"
                   "0013 0002 4142 0000") == DISSECT_OK);
    CHECK(message.message_class == STUN_INDICATION && message.method == STUN_DATA);
    CHECK(is_v4(&message.peer, 0xcb007143, 0xc3c1) && bytes_equal(message.data, "AB", 2));
}

static void errors_and_credentials_are_noticed(void)
{
    CHECK(read_hex("0113 0008 2112a442" TRANSACTION "0009 0004 00000401") == DISSECT_OK);
    CHECK(message.message_class == STUN_ERROR && message.error == 401);
    CHECK(message.mapped.address.family == 0);
    CHECK(read_hex("0001 0010 2112a442" TRANSACTION "0006 0001 61000000"
                   "8070 0004 00000003") == DISSECT_OK);
    CHECK(message.has_credentials && message.has_microsoft && !message.is_ms_turn);
}

static void a_request_maps_nothing(void)
{
    CHECK(read_hex("0001 000c 2112a442" TRANSACTION "0020 0008 0001 e2d3 ea12d501") ==
          DISSECT_OK);
    CHECK(message.message_class == STUN_REQUEST && message.mapped.address.family == 0);
}

static void class_and_method_are_taken_apart(void)
{
    CHECK(read_hex("3eef 0000 2112a442" TRANSACTION) == DISSECT_OK);
    CHECK(message.method == 0xfff && message.message_class == STUN_REQUEST);
    CHECK(read_hex("0110 0000 2112a442" TRANSACTION) == DISSECT_OK);
    CHECK(message.method == 0 && message.message_class == STUN_ERROR);
}

static void check_cuts(const char *hex)
{
    size_t size = test_hex(hex, wire, sizeof wire);
    for (size_t kept = 0; kept < size; kept++) {
        uint8_t *cut = malloc(kept + 1);
        memcpy(cut, wire, kept);
        struct bytes in = bytes_of(cut, kept);
        CHECK(stun_read_message(&in, &message) == DISSECT_TRUNCATED);
        CHECK(in.left == kept);
        free(cut);
    }
}

static void every_cut_is_truncated(void)
{
    check_cuts(binding);
    check_cuts(ms_allocated);
}

static void a_cut_message_tells_what_came_before_the_cut(void)
{
    test_hex(binding, wire, sizeof wire);
    struct bytes in = bytes_of(wire, 40);
    CHECK(stun_read_message(&in, &message) == DISSECT_TRUNCATED);
    CHECK(is_v4(&message.mapped, 0xc0000201, 0x1234));
}

static void every_length_that_lies_is_malformed(void)
{
    static const char *const wrong[] = {
        "0101 000c 2112a442" TRANSACTION
        "0020 0009 0001 e2d3 ea12d501", /* past the end */
        "0101 000c 2112a442" TRANSACTION "0020 0007 0001 e2d3 ea12d501",
        "0101 000c 2112a442" TRANSACTION "0020 0008 0002 e2d3 ea12d501", /* IPv6 of 4 */
        "0101 000c 2112a442" TRANSACTION "0001 0003 0001 e2d3 ea12d501",
        "0101 0002 2112a442" TRANSACTION "0020",
        "0103 0014 2112a442" TRANSACTION
        "000f 0004 72c64bc6 0001 0007 0001 0d98 34721401",
        "0113 0008 2112a442" TRANSACTION "0009 0003 00000401",
        "0113 0008 2112a442" TRANSACTION "0009 0004 00000201",
        "0113 0008 2112a442" TRANSACTION "0009 0004 00000464",
        "0103 0008 2112a442" TRANSACTION "000d 0003 00000401",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(read_hex(wrong[i]) == DISSECT_MALFORMED);
}

static void other_protocols_are_other(void)
{
    CHECK(read_hex("8001 0000 2112a442" TRANSACTION) == DISSECT_OTHER); /* RTP */
    CHECK(read_hex("4001 0000 2112a442" TRANSACTION) == DISSECT_OTHER);
    CHECK(read_hex("1603 0301") == DISSECT_TRUNCATED); /* not told apart yet */
    CHECK(read_hex("0001 0000 2112a443" TRANSACTION) == DISSECT_OTHER);
    CHECK(message.transaction[11] == 0);
}

static void a_message_is_taken_from_a_stream(void)
{
    size_t size = test_hex(binding, wire, sizeof wire);
    wire[size] = 0xaa;
    struct bytes in = bytes_of(wire, size + 1);
    CHECK(stun_read_message(&in, &message) == DISSECT_OK && in.left == 1);
}

static void channel_data_is_taken(void)
{
    struct stun_channel_data data;
    size_t size = test_hex("4000 0003 616263 00", wire, sizeof wire);
    struct bytes in = bytes_of(wire, size);
    CHECK(stun_read_channel_data(&in, &data) == DISSECT_OK && in.left == 1);
    CHECK(data.channel == 0x4000 && bytes_equal(data.data, "abc", 3));
    for (size_t kept = 0; kept < 7; kept++) {
        in = bytes_of(wire, kept);
        CHECK(stun_read_channel_data(&in, &data) == DISSECT_TRUNCATED && in.left == kept);
    }
    wire[0] = 0x50;
    in = bytes_of(wire, size);
    CHECK(stun_read_channel_data(&in, &data) == DISSECT_OTHER && in.left == size);
    wire[0] = 0x3f;
    in = bytes_of(wire, size);
    CHECK(stun_read_channel_data(&in, &data) == DISSECT_OTHER);
}

static void multiplexed_turn_has_a_session_before_the_data(void)
{
    struct stun_channel_data data;
    size_t size = test_hex("ff10 000a 0102030405060708 4142", wire, sizeof wire);
    struct bytes in = bytes_of(wire, size);
    CHECK(stun_read_channel_data(&in, &data) == DISSECT_OK && in.left == 0);
    CHECK(data.channel == STUN_CHANNEL_MULTIPLEXED && data.session[7] == 8);
    CHECK(bytes_equal(data.data, "AB", 2));
    for (size_t kept = 0; kept < size; kept++) {
        in = bytes_of(wire, kept);
        CHECK(stun_read_channel_data(&in, &data) == DISSECT_TRUNCATED);
    }
    wire[3] = 7;
    in = bytes_of(wire, size);
    CHECK(stun_read_channel_data(&in, &data) == DISSECT_MALFORMED);
}

int main(void)
{
    RUN(the_xor_form_is_believed_before_the_plain_one);
    RUN(an_ipv6_address_is_xored_with_the_transaction_too);
    RUN(in_microsofts_dialect_the_plain_address_is_the_relays);
    RUN(microsofts_methods_are_its_own);
    RUN(a_turn_allocation_tells_relay_and_peer);
    RUN(errors_and_credentials_are_noticed);
    RUN(a_request_maps_nothing);
    RUN(class_and_method_are_taken_apart);
    RUN(every_cut_is_truncated);
    RUN(a_cut_message_tells_what_came_before_the_cut);
    RUN(every_length_that_lies_is_malformed);
    RUN(other_protocols_are_other);
    RUN(a_message_is_taken_from_a_stream);
    RUN(channel_data_is_taken);
    RUN(multiplexed_turn_has_a_session_before_the_data);
    return test_end();
}
