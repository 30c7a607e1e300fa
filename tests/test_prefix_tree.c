/* test_prefix_tree.c - against a plain search through all prefixes. */
#include "tests/test.h"

#include "analyzer/prefix_tree.h"

static struct ip_address address(const char *text)
{
    struct ip_address read;
    if (!address_read(text, &read))
        abort();
    return read;
}

static void add(struct prefix_tree *tree, const char *text, uint32_t value)
{
    struct ip_address prefix;
    uint8_t bits;
    if (!address_read_prefix(text, &prefix, &bits))
        abort();
    prefix_tree_add(tree, &prefix, bits, value);
}

/* The values around an address, narrowest first, as "7 3 "; "" for none. */
static const char *values(const struct prefix_tree *tree, const char *text)
{
    static char out[256];
    struct ip_address wanted = address(text);
    size_t used = 0;
    out[0] = '\0';
    for (int32_t at = prefix_tree_find(tree, &wanted); at != PREFIX_NONE;
         at = prefix_tree_wider(tree, at))
        used += (size_t)snprintf(out + used, sizeof out - used, "%u ",
                                 prefix_tree_value(tree, at));
    return out;
}

static void an_empty_tree_holds_nothing(void)
{
    struct prefix_tree *tree = prefix_tree_new();
    prefix_tree_compile(tree);
    CHECK_TEXT(values(tree, "0.0.0.0"), "");
    CHECK_TEXT(values(tree, "255.255.255.255"), "");
    CHECK_TEXT(values(tree, "::"), "");
    struct ip_address none = { 0 };
    CHECK(prefix_tree_find(tree, &none) == PREFIX_NONE);
    prefix_tree_free(tree);
    prefix_tree_free(NULL);
}

static void narrower_prefixes_come_first(void)
{
    struct prefix_tree *tree = prefix_tree_new();
    add(tree, "10.0.0.0/8", 1);
    add(tree, "10.20.0.0/16", 2);
    add(tree, "10.20.30.0/24", 3);
    add(tree, "10.20.30.40/32", 4);
    add(tree, "0.0.0.0/0", 0);
    prefix_tree_compile(tree);
    CHECK_TEXT(values(tree, "10.20.30.40"), "4 3 2 1 0 ");
    CHECK_TEXT(values(tree, "10.20.30.41"), "3 2 1 0 ");
    CHECK_TEXT(values(tree, "10.20.29.255"), "2 1 0 ");
    CHECK_TEXT(values(tree, "10.255.255.255"), "1 0 ");
    CHECK_TEXT(values(tree, "11.0.0.0"), "0 ");
    CHECK_TEXT(values(tree, "9.255.255.255"), "0 ");
    CHECK_TEXT(values(tree, "::1"), "");
    prefix_tree_free(tree);
}

static void one_prefix_may_have_several_values(void)
{
    struct prefix_tree *tree = prefix_tree_new();
    add(tree, "52.112.0.0/14", 12);
    add(tree, "52.112.0.0/14", 11);
    add(tree, "52.96.0.0/14", 1);
    prefix_tree_compile(tree);
    CHECK_TEXT(values(tree, "52.115.255.255"), "11 12 ");
    CHECK_TEXT(values(tree, "52.116.0.0"), "");
    CHECK_TEXT(values(tree, "52.99.1.1"), "1 ");
    prefix_tree_free(tree);
}

static void neighbours_do_not_run_together(void)
{
    struct prefix_tree *tree = prefix_tree_new();
    add(tree, "13.107.18.10/31", 1);
    add(tree, "13.107.18.15/32", 46);
    add(tree, "13.107.18.12/31", 2);
    prefix_tree_compile(tree);
    CHECK_TEXT(values(tree, "13.107.18.9"), "");
    CHECK_TEXT(values(tree, "13.107.18.10"), "1 ");
    CHECK_TEXT(values(tree, "13.107.18.11"), "1 ");
    CHECK_TEXT(values(tree, "13.107.18.12"), "2 ");
    CHECK_TEXT(values(tree, "13.107.18.14"), "");
    CHECK_TEXT(values(tree, "13.107.18.15"), "46 ");
    CHECK_TEXT(values(tree, "13.107.18.16"), "");
    prefix_tree_free(tree);
}

static void the_ends_of_the_address_space_hold(void)
{
    struct prefix_tree *tree = prefix_tree_new();
    add(tree, "255.255.255.255/32", 1);
    add(tree, "0.0.0.0/32", 2);
    add(tree, "ffff::/16", 3);
    add(tree, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 4);
    add(tree, "::/128", 5);
    add(tree, "::/64", 6);
    prefix_tree_compile(tree);
    CHECK_TEXT(values(tree, "255.255.255.255"), "1 ");
    CHECK_TEXT(values(tree, "255.255.255.254"), "");
    CHECK_TEXT(values(tree, "0.0.0.0"), "2 ");
    CHECK_TEXT(values(tree, "0.0.0.1"), "");
    CHECK_TEXT(values(tree, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "4 3 ");
    CHECK_TEXT(values(tree, "ffff::"), "3 ");
    CHECK_TEXT(values(tree, "::"), "5 6 ");
    CHECK_TEXT(values(tree, "::ffff:ffff:ffff:ffff"), "6 ");
    CHECK_TEXT(values(tree, "0:0:0:1::"), "");
    prefix_tree_free(tree);
}

enum { RANDOM_PREFIXES = 60, RANDOM_LOOKUPS = 4000 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* Few distinct bits, so that prefixes nest and meet often. */
static struct ip_address random_address(uint32_t *state, uint8_t family)
{
    struct ip_address made = { .family = family };
    size_t size = family == 4 ? 4 : 16;
    for (size_t i = 0; i < size; i++)
        made.bytes[i] =
            (uint8_t)(next_random(state) % 3 == 0 ? 0xff : next_random(state) & 0x81);
    return made;
}

static void clear_host_bits(struct ip_address *prefix, unsigned bits)
{
    for (unsigned bit = bits; bit < 128; bit++)
        prefix->bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static bool holds(const struct ip_address *prefix, unsigned bits,
                  const struct ip_address *wanted)
{
    struct ip_address cut = *wanted;
    clear_host_bits(&cut, bits);
    return prefix->family == wanted->family && memcmp(&cut, prefix, sizeof cut) == 0;
}

static void check_random(uint32_t seed)
{
    struct prefix_tree *tree = prefix_tree_new();
    struct ip_address prefixes[RANDOM_PREFIXES];
    uint8_t bits[RANDOM_PREFIXES];
    for (uint32_t i = 0; i < RANDOM_PREFIXES; i++) {
        uint8_t family = i % 2 == 0 ? 4 : 6;
        prefixes[i] = random_address(&seed, family);
        bits[i] = (uint8_t)(next_random(&seed) % (family == 4 ? 33 : 129));
        clear_host_bits(&prefixes[i], bits[i]);
        prefix_tree_add(tree, &prefixes[i], bits[i], i);
    }
    prefix_tree_compile(tree);
    for (int lookup = 0; lookup < RANDOM_LOOKUPS; lookup++) {
        struct ip_address wanted = random_address(&seed, lookup % 2 == 0 ? 4 : 6);
        unsigned expected = 0, found = 0, last = 128;
        for (uint32_t i = 0; i < RANDOM_PREFIXES; i++)
            expected += holds(&prefixes[i], bits[i], &wanted);
        for (int32_t at = prefix_tree_find(tree, &wanted); at != PREFIX_NONE;
             at = prefix_tree_wider(tree, at), found++) {
            uint32_t value = prefix_tree_value(tree, at);
            CHECK(holds(&prefixes[value], bits[value], &wanted));
            CHECK(bits[value] == prefix_tree_bits(tree, at) && bits[value] <= last);
            last = bits[value];
        }
        CHECK(found == expected);
    }
    prefix_tree_free(tree);
}

static void random_prefixes_agree_with_a_plain_search(void)
{
    for (uint32_t seed = 1; seed <= 5; seed++)
        check_random(seed);
}

int main(void)
{
    RUN(an_empty_tree_holds_nothing);
    RUN(narrower_prefixes_come_first);
    RUN(one_prefix_may_have_several_values);
    RUN(neighbours_do_not_run_together);
    RUN(the_ends_of_the_address_space_hold);
    RUN(random_prefixes_agree_with_a_plain_search);
    return test_end();
}
