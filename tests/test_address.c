/* Addresses and prefixes: text both ways, and what is private. */
#include "dissectors/address.h"

#include "tests/test.h"

static struct ip_address of(const char *text)
{
    struct ip_address address;
    CHECK(address_read(text, &address));
    return address;
}

static void text_is_canonical(void)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "0.0.0.0", "0.0.0.0" },
        { "255.200.19.7", "255.200.19.7" },
        { "::", "::" },
        { "::1", "::1" },
        { "1::", "1::" },
        { "2001:0DB8:0:0:0:0:0:1", "2001:db8::1" },
        { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* one zero is not a run */
        { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },          /* the longest run */
        { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },    /* the first of equals */
        { "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
        { "0:0:1:2:3:4:5:6", "::1:2:3:4:5:6" },
        { "fe80::a0:0b0:c00:d000", "fe80::a0:b0:c00:d000" },
        { "::ffff:10.1.2.3", "::ffff:10.1.2.3" },
        { "::10.1.2.3", "::a01:203" },
        { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    };
    char text[ADDRESS_TEXT_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ip_address address = of(cases[i].in), again;
        CHECK_TEXT(address_text(&address, text), cases[i].out);
        CHECK(address_read(text, &again) && address_is_equal(&address, &again));
    }
}

static void no_address_has_no_text(void)
{
    struct ip_address none = { 0 };
    char text[ADDRESS_TEXT_SIZE] = "x";
    CHECK_TEXT(address_text(&none, text), "");
}

static void what_is_no_address_is_refused(void)
{
    static const char *const wrong[] = {
        "",         "1.2.3",    "1.2.3.4.5",  "256.1.1.1",    "1.2.3.4 ",
        " 1.2.3.4", "01.2.3.4", "1.2.3.4:80", "fe80::1%eth0", "1::2::3",
        "12345::",  "a.b.c.d",  "[::1]",      "1.2.3.4/8",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ip_address address;
        CHECK(!address_read(wrong[i], &address));
        CHECK(address.family == 0);
    }
}

static void prefixes_are_read_exactly(void)
{
    struct ip_address address;
    uint8_t bits;
    CHECK(address_read_prefix("10.20.0.0/16", &address, &bits) && bits == 16);
    CHECK(address_read_prefix("10.20.0.1", &address, &bits) && bits == 32);
    CHECK(address_read_prefix("0.0.0.0/0", &address, &bits) && bits == 0);
    CHECK(address_read_prefix("2001:db8::/33", &address, &bits) && bits == 33);
    CHECK(address_read_prefix("::1", &address, &bits) && bits == 128);
    CHECK(address_read_prefix("::1/128", &address, &bits) && bits == 128);
}

static void wrong_prefixes_are_refused(void)
{
    static const char *const wrong[] = {
        "10.20.0.1/16",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/ 8",
        "10.0.0.0/8x",
        "2001:db8::1/64",
        "::/129",
        "::/256",
        "10.0.0.0/8/8",
        "/8",
        "0.0.0.0/4294967296",
        "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ip_address address;
        uint8_t bits;
        CHECK(!address_read_prefix(wrong[i], &address, &bits));
    }
}

static bool is_in(const char *address_in, const char *prefix_text)
{
    struct ip_address address = of(address_in), prefix;
    uint8_t bits;
    CHECK(address_read_prefix(prefix_text, &prefix, &bits));
    return address_in_prefix(&address, &prefix, bits);
}

static void an_address_is_in_its_prefix_alone(void)
{
    CHECK(is_in("10.20.255.255", "10.20.0.0/16"));
    CHECK(!is_in("10.21.0.0", "10.20.0.0/16"));
    CHECK(is_in("10.127.0.1", "10.0.0.0/9"));
    CHECK(!is_in("10.128.0.1", "10.0.0.0/9"));
    CHECK(is_in("1.2.3.4", "0.0.0.0/0"));
    CHECK(!is_in("::1", "0.0.0.0/0"));
    CHECK(!is_in("1.2.3.4", "::/0"));
    CHECK(is_in("2001:db8:8000::", "2001:db8:8000::/33"));
    CHECK(!is_in("2001:db8:7fff::", "2001:db8:8000::/33"));
    CHECK(is_in("::1", "::1/128"));
    CHECK(!is_in("::2", "::1/128"));
}

static void private_addresses_are_known_by_their_edges(void)
{
    static const struct {
        const char *text;
        bool is_private;
    } cases[] = {
        { "9.255.255.255", false },
        { "10.0.0.0", true },
        { "10.255.255.255", true },
        { "11.0.0.0", false },
        { "172.15.0.1", false },
        { "172.16.0.1", true },
        { "172.31.255.255", true },
        { "172.32.0.0", false },
        { "192.168.1.1", true },
        { "192.169.0.0", false },
        { "100.63.255.255", false },
        { "100.64.0.0", true },
        { "100.127.255.255", true },
        { "100.128.0.0", false },
        { "169.254.9.9", true },
        { "127.0.0.1", true },
        { "8.8.8.8", false },
        { "fc00::1", true },
        { "fdff::1", true },
        { "fe00::1", false },
        { "fe80::1", true },
        { "febf::1", true },
        { "fec0::1", false },
        { "::1", true },
        { "::2", false },
        { "2001:db8::1", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ip_address address = of(cases[i].text);
        CHECK(address_is_private(&address) == cases[i].is_private);
    }
}

static void nat64_holds_an_ipv4_address(void)
{
    struct ip_address address = of("64:ff9b::52.96.1.2"), embedded;
    char text[ADDRESS_TEXT_SIZE];
    CHECK(address_embedded_ipv4(&address, &embedded));
    CHECK_TEXT(address_text(&embedded, text), "52.96.1.2");

    address = of("64:ff9b:1::52.96.1.2");
    CHECK(!address_embedded_ipv4(&address, &embedded));
    CHECK(embedded.family == 0);
    address = of("52.96.1.2");
    CHECK(!address_embedded_ipv4(&address, &embedded));
}

static void order_is_total_and_puts_ipv4_first(void)
{
    struct ip_address low = of("9.0.0.1"), high = of("10.0.0.0"), six = of("::");
    CHECK(address_order(&low, &high) < 0);
    CHECK(address_order(&high, &low) > 0);
    CHECK(address_order(&high, &six) < 0);
    CHECK(address_order(&six, &six) == 0);
    CHECK(!address_is_equal(&low, &high));
}

static void a_mac_is_written_with_colons(void)
{
    struct mac_address mac = { { 0x00, 0x1a, 0xff, 0x09, 0xa0, 0xe5 } };
    char text[MAC_TEXT_SIZE];
    CHECK_TEXT(mac_text(&mac, text), "00:1a:ff:09:a0:e5");
}

int main(void)
{
    RUN(text_is_canonical);
    RUN(no_address_has_no_text);
    RUN(what_is_no_address_is_refused);
    RUN(prefixes_are_read_exactly);
    RUN(wrong_prefixes_are_refused);
    RUN(an_address_is_in_its_prefix_alone);
    RUN(private_addresses_are_known_by_their_edges);
    RUN(nat64_holds_an_ipv4_address);
    RUN(order_is_total_and_puts_ipv4_first);
    RUN(a_mac_is_written_with_colons);
    return test_end();
}
