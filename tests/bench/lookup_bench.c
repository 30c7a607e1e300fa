/*
 * lookup_bench.c - what a lookup costs: addresses, names, and all lists of all days.
 *
 * Prints figures of this machine; it asserts nothing and is no test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyzer/knowledge.h"
#include "analyzer/prefix_tree.h"

enum { ROUNDS = 4000000, VARIETY = 4096 };

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static uint32_t next_random(void)
{
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static const char *random_prefix(const struct endpoint_list *list)
{
    for (;;) {
        const struct endpoint_set *set =
            endpoint_list_at(list, next_random() % endpoint_list_count(list));
        if (set->prefix_count > 0)
            return set->prefixes[next_random() % set->prefix_count];
    }
}

/* Half of them inside published prefixes, the rest anywhere. */
static void fill_addresses(const struct endpoint_list *list, struct ip_address *addresses,
                           uint8_t family)
{
    for (size_t i = 0; i < VARIETY;) {
        struct ip_address made = { .family = family };
        uint8_t bits = 0;
        if (i % 2 == 0 && (!address_read_prefix(random_prefix(list), &made, &bits) ||
                           made.family != family))
            continue;
        for (unsigned bit = bits; bit < (family == 4 ? 32 : 128); bit++)
            if (next_random() % 2 == 0)
                made.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        addresses[i++] = made;
    }
}

static void time_addresses(const struct endpoint_list *list, uint8_t family)
{
    static struct ip_address addresses[VARIETY];
    struct endpoint_match match;
    size_t found = 0;
    fill_addresses(list, addresses, family);
    double begin = now_ns();
    for (size_t i = 0; i < ROUNDS; i++)
        found += endpoints_match_address(list, &addresses[i % VARIETY], 6, 443, &match);
    printf("%-24s IPv%u %7.1f ns (%zu %% found)\n", "match by address", family,
           (now_ns() - begin) / ROUNDS, found * 100 / ROUNDS);
}

static void time_tree(const struct endpoint_list *list, uint8_t family)
{
    static struct ip_address addresses[VARIETY];
    struct prefix_tree *tree = prefix_tree_new();
    for (size_t i = 0; i < endpoint_list_count(list); i++) {
        const struct endpoint_set *set = endpoint_list_at(list, i);
        for (size_t prefix = 0; prefix < set->prefix_count; prefix++) {
            struct ip_address address;
            uint8_t bits;
            if (address_read_prefix(set->prefixes[prefix], &address, &bits))
                prefix_tree_add(tree, &address, bits, set->id);
        }
    }
    prefix_tree_compile(tree);
    fill_addresses(list, addresses, family);
    size_t found = 0;
    double begin = now_ns();
    for (size_t i = 0; i < ROUNDS; i++)
        found += prefix_tree_find(tree, &addresses[i % VARIETY]) != PREFIX_NONE;
    printf("%-24s IPv%u %7.1f ns (%zu %% found)\n", "prefix tree", family,
           (now_ns() - begin) / ROUNDS, found * 100 / ROUNDS);
    prefix_tree_free(tree);
}

static void time_names(const struct endpoint_list *list)
{
    static const char *const hosts[] = {
        "outlook.office365.com", "acme-my.sharepoint.com",
        "teams.microsoft.com",   "emea.ng.msg.teams.microsoft.com",
        "www.example.org",       "login.microsoftonline.com",
        "r4.res.office365.com",  "a.b.c.d.cdn.example.net",
    };
    size_t count = sizeof hosts / sizeof *hosts, found = 0;
    struct endpoint_match match;
    double begin = now_ns();
    for (size_t i = 0; i < ROUNDS; i++)
        found += endpoints_match_name(list, hosts[i % count], 6, 443, &match);
    printf("%-24s      %7.1f ns (%zu %% found)\n", "match by name",
           (now_ns() - begin) / ROUNDS, found * 100 / ROUNDS);
}

static void time_issuers(const struct issuers *issuers)
{
    static const char *const cns[] = { "Microsoft Azure RSA TLS Issuing CA 04", "R11",
                                       "Private Issuing CA 1" };
    static const char *const os[] = { "Microsoft Corporation", "Let's Encrypt",
                                      "Private" };
    size_t kinds = 0;
    double begin = now_ns();
    for (size_t i = 0; i < ROUNDS / 100; i++)
        kinds += issuers_find(issuers, cns[i % 3], os[i % 3], 1790000000000000000, NULL);
    printf("%-24s      %7.1f ns (%zu)\n", "issuer", (now_ns() - begin) / ROUNDS * 100,
           kinds);
}

int main(void)
{
    struct error error = { "" };
    double begin = now_ns();
    struct knowledge *knowledge = knowledge_open(&error);
    if (knowledge == NULL) {
        error_print(&error);
        return EXIT_FAILURE;
    }
    printf("open all data            %7.2f ms\n", (now_ns() - begin) / 1e6);
    size_t lists = 0;
    for (unsigned i = 0; i < INSTANCES; i++) {
        enum endpoint_instance instance = (enum endpoint_instance)i;
        size_t count = endpoints_version_count(knowledge->endpoints, instance);
        begin = now_ns();
        for (size_t version = 0; version < count; version++, lists++)
            endpoints_version(knowledge->endpoints, instance, version);
        printf("build %3zu lists          %7.2f ms (%s)\n", count,
               (now_ns() - begin) / 1e6, endpoint_instance_text(instance));
    }
    const struct endpoint_list *newest =
        endpoints_at(knowledge->endpoints, INSTANCE_WORLDWIDE, INT64_MAX);
    const struct endpoint_list *oldest =
        endpoints_at(knowledge->endpoints, INSTANCE_WORLDWIDE, 0);
    time_tree(newest, 4);
    time_tree(oldest, 4);
    time_tree(newest, 6);
    time_addresses(newest, 4);
    time_addresses(newest, 6);
    time_names(newest);
    time_names(oldest);
    time_issuers(knowledge->issuers);
    knowledge_free(knowledge);
    return EXIT_SUCCESS;
}
