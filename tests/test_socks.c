/* test_socks.c - requests and replies of SOCKS 4, 4a and 5. */
#include "dissectors/socks.h"
#include "tests/test.h"

static struct socks_request request;
static struct socks_reply reply;
static uint8_t wire[1024];

static const char request_4[] = "04 01 01bb 34600102 75736572 00";
static const char request_4a[] =
    "04 01 01bb 00000001 75736572 00 686f73742e6578616d706c65 00";
static const char request_5_ipv4[] = "05 01 00 01 34600102 01bb";
static const char request_5_ipv6[] = "05 01 00 04 20010db8000000000000000000000001 01bb";
static const char request_5_name[] = "05 01 00 03 0c 686f73742e6578616d706c65 01bb";

static enum dissect read_request(const char *hex)
{
    size_t size = test_hex(hex, wire, sizeof wire);
    struct bytes in = bytes_of(wire, size);
    enum dissect outcome = socks_read_request(&in, &request);
    CHECK(in.left == (outcome == DISSECT_OK ? 0 : size));
    return outcome;
}

static enum dissect read_reply(const char *hex)
{
    size_t size = test_hex(hex, wire, sizeof wire);
    struct bytes in = bytes_of(wire, size);
    enum dissect outcome = socks_read_reply(&in, &reply);
    CHECK(in.left == (outcome == DISSECT_OK ? 0 : size));
    return outcome;
}

static bool is_v4(const struct ip_address *address)
{
    static const uint8_t expected[16] = { 0x34, 0x60, 1, 2 };
    return address->family == 4 && memcmp(address->bytes, expected, 16) == 0;
}

static void version_4_asks_for_an_address(void)
{
    CHECK(read_request(request_4) == DISSECT_OK);
    CHECK(request.version == 4 && !request.is_4a && request.command == SOCKS_CONNECT);
    CHECK(is_v4(&request.destination.address) && request.destination.port == 443);
    CHECK(request.destination.name.left == 0);
}

static void version_4a_asks_for_a_name(void)
{
    CHECK(read_request(request_4a) == DISSECT_OK);
    CHECK(request.version == 4 && request.is_4a && request.destination.port == 443);
    CHECK(bytes_equal(request.destination.name, "host.example", 12));
    CHECK(request.destination.address.family == 0);
}

static void version_5_asks_for_either(void)
{
    CHECK(read_request(request_5_ipv4) == DISSECT_OK);
    CHECK(request.version == 5 && is_v4(&request.destination.address));
    CHECK(request.destination.port == 443);
    CHECK(read_request(request_5_ipv6) == DISSECT_OK);
    CHECK(request.destination.address.family == 6);
    CHECK(request.destination.address.bytes[0] == 0x20);
    CHECK(request.destination.address.bytes[15] == 1);
    CHECK(read_request(request_5_name) == DISSECT_OK);
    CHECK(bytes_equal(request.destination.name, "host.example", 12));
    CHECK(read_request("05 03 00 01 00000000 0000") == DISSECT_OK);
    CHECK(request.command == SOCKS_UDP_ASSOCIATE);
}

static void replies_say_whether_it_was_granted(void)
{
    CHECK(read_reply("00 5a 01bb 34600102") == DISSECT_OK);
    CHECK(reply.version == 4 && reply.is_granted && is_v4(&reply.bound.address));
    CHECK(read_reply("00 5b 0000 00000000") == DISSECT_OK);
    CHECK(!reply.is_granted && reply.code == 91);
    CHECK(read_reply("05 00 00 01 34600102 01bb") == DISSECT_OK);
    CHECK(reply.version == 5 && reply.is_granted && reply.bound.port == 443);
    CHECK(read_reply("05 05 00 03 00 0000") == DISSECT_OK);
    CHECK(!reply.is_granted && reply.code == 5 && reply.bound.name.left == 0);
}

static void a_greeting_offers_methods(void)
{
    struct socks_greeting greeting;
    struct bytes in = bytes_of("\x05\x02\x00\x02\x01", 5);
    CHECK(socks_read_greeting(&in, &greeting) == DISSECT_OK && in.left == 1);
    CHECK(greeting.methods == 2 && greeting.offers_none && greeting.offers_login);
    CHECK(!greeting.offers_gssapi);
    for (size_t kept = 0; kept < 4; kept++) {
        in = bytes_of("\x05\x02\x00\x02", kept);
        CHECK(socks_read_greeting(&in, &greeting) == DISSECT_TRUNCATED);
        CHECK(in.left == kept && !greeting.offers_none);
    }
    in = bytes_of("\x05\x00", 2);
    CHECK(socks_read_greeting(&in, &greeting) == DISSECT_MALFORMED);
    in = bytes_of("\x16\x03", 2);
    CHECK(socks_read_greeting(&in, &greeting) == DISSECT_OTHER);
}

static void the_server_chooses_one(void)
{
    uint8_t method;
    struct bytes in = bytes_of("\x05\x02", 2);
    CHECK(socks_read_choice(&in, &method) == DISSECT_OK && method == SOCKS_METHOD_LOGIN);
    in = bytes_of("\x05", 1);
    CHECK(socks_read_choice(&in, &method) == DISSECT_TRUNCATED && in.left == 1);
    CHECK(method == SOCKS_METHOD_REFUSED);
    in = bytes_of("H", 1);
    CHECK(socks_read_choice(&in, &method) == DISSECT_OTHER);
}

static void a_login_is_passed_by(void)
{
    static const char login[] = "\x01\x04user\x06secret";
    struct bytes in = bytes_of(login, 13);
    CHECK(socks_read_login(&in) == DISSECT_OK && in.left == 0);
    for (size_t kept = 0; kept < 13; kept++) {
        in = bytes_of(login, kept);
        CHECK(socks_read_login(&in) == DISSECT_TRUNCATED && in.left == kept);
    }
    in = bytes_of("\x05\x01", 2);
    CHECK(socks_read_login(&in) == DISSECT_OTHER && in.left == 2);
}

static void a_login_is_accepted_or_not(void)
{
    bool is_accepted;
    struct bytes in = bytes_of("\x01\x00", 2);
    CHECK(socks_read_login_result(&in, &is_accepted) == DISSECT_OK && is_accepted);
    in = bytes_of("\x01\x01", 2);
    CHECK(socks_read_login_result(&in, &is_accepted) == DISSECT_OK && !is_accepted);
    in = bytes_of("\x01", 1);
    CHECK(socks_read_login_result(&in, &is_accepted) == DISSECT_TRUNCATED);
    in = bytes_of("\x05\x00", 2);
    CHECK(socks_read_login_result(&in, &is_accepted) == DISSECT_OTHER && in.left == 2);
}

static void check_request_cuts(const char *hex)
{
    size_t size = test_hex(hex, wire, sizeof wire);
    for (size_t kept = 0; kept < size; kept++) {
        uint8_t *cut = malloc(kept + 1);
        memcpy(cut, wire, kept);
        struct bytes in = bytes_of(cut, kept);
        CHECK(socks_read_request(&in, &request) == DISSECT_TRUNCATED && in.left == kept);
        CHECK(request.destination.name.left == 0 && request.version == 0);
        free(cut);
    }
}

static void every_cut_of_a_request_is_truncated(void)
{
    check_request_cuts(request_4);
    check_request_cuts(request_4a);
    check_request_cuts(request_5_ipv4);
    check_request_cuts(request_5_ipv6);
    check_request_cuts(request_5_name);
}

static void every_cut_of_a_reply_is_truncated(void)
{
    static const char *const replies[] = { "00 5a 01bb 34600102",
                                           "05 00 00 03 02 6162 01bb" };
    for (size_t i = 0; i < 2; i++) {
        size_t size = test_hex(replies[i], wire, sizeof wire);
        for (size_t kept = 0; kept < size; kept++) {
            struct bytes in = bytes_of(wire, kept);
            CHECK(socks_read_reply(&in, &reply) == DISSECT_TRUNCATED && in.left == kept);
        }
    }
}

static void what_the_specification_does_not_have_is_malformed(void)
{
    static const char *const wrong[] = {
        "05 01 01 01 34600102 01bb",      /* the reserved byte */
        "05 01 00 02 34600102 01bb",      /* no such kind of address */
        "05 01 00 03 00 01bb",            /* an empty name */
        "05 01 00 03 03 610062 01bb",     /* a NUL in a name */
        "05 01 00 03 03 610a62 01bb",     /* a line feed in a name */
        "04 01 01bb 00000001 00 00",      /* 4a with an empty name */
        "04 01 01bb 00000001 00 6120 00", /* a blank in a name */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(read_request(wrong[i]) == DISSECT_MALFORMED && request.version == 0);
    CHECK(read_reply("05 00 00 09 34600102 01bb") == DISSECT_MALFORMED);
}

static void other_protocols_are_other(void)
{
    static const char *const others[] = { "16 03", "47",    "04 03",
                                          "05 04", "05 00", "00 5a" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK(read_request(others[i]) == DISSECT_OTHER);
    CHECK(read_reply("00 59") == DISSECT_OTHER);
    CHECK(read_reply("00 5e") == DISSECT_OTHER);
    CHECK(read_reply("04 5a") == DISSECT_OTHER);
}

static void a_text_without_end_is_malformed_at_its_limit(void)
{
    memset(wire, 'a', sizeof wire);
    memcpy(wire, "\x04\x01\x01\xbb\x34\x60\x01\x02", 8);
    struct bytes in = bytes_of(wire, 8 + 512);
    CHECK(socks_read_request(&in, &request) == DISSECT_TRUNCATED);
    in = bytes_of(wire, 8 + 513);
    CHECK(socks_read_request(&in, &request) == DISSECT_MALFORMED);
    memcpy(wire, "\x04\x01\x01\xbb\0\0\0\x01\0", 9);
    in = bytes_of(wire, 9 + 255);
    CHECK(socks_read_request(&in, &request) == DISSECT_TRUNCATED);
    in = bytes_of(wire, 9 + 256);
    CHECK(socks_read_request(&in, &request) == DISSECT_MALFORMED);
}

int main(void)
{
    RUN(version_4_asks_for_an_address);
    RUN(version_4a_asks_for_a_name);
    RUN(version_5_asks_for_either);
    RUN(replies_say_whether_it_was_granted);
    RUN(a_greeting_offers_methods);
    RUN(the_server_chooses_one);
    RUN(a_login_is_passed_by);
    RUN(a_login_is_accepted_or_not);
    RUN(every_cut_of_a_request_is_truncated);
    RUN(every_cut_of_a_reply_is_truncated);
    RUN(what_the_specification_does_not_have_is_malformed);
    RUN(other_protocols_are_other);
    RUN(a_text_without_end_is_malformed_at_its_limit);
    return test_end();
}
