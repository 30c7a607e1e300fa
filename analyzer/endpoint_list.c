/* endpoint_list.c - the matching rules of the Office 365 IP address and URL web service.
 */
#include "analyzer/endpoint_list.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/name_match.h"
#include "analyzer/prefix_tree.h"

enum {
    CANDIDATES = 32, /* patterns or prefixes that one name or address fits */
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    EXACT = 1 << 16, /* closer than any length of a wildcard pattern */
};

struct endpoint_scope {
    const char **patterns; /* sorted */
    size_t pattern_count;
    struct name_match *domains;
    struct prefix_tree *shared;
};

/* One host or prefix of one set: what the values of tree and names refer to. */
struct reference {
    const char *text;
    uint32_t set;
    bool is_broad; /* hosts: generic; prefixes: shared */
};

struct endpoint_list {
    struct endpoint_list_facts facts;
    struct endpoint_set *sets; /* by id */
    size_t count;
    struct reference *references;
    struct prefix_tree *prefixes;
    struct name_match *names;
};

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct endpoint_scope *endpoint_scope_new(void)
{
    struct endpoint_scope *scope = alloc_zeroed(1, sizeof *scope);
    scope->domains = name_match_new();
    scope->shared = prefix_tree_new();
    return scope;
}

void endpoint_scope_free(struct endpoint_scope *scope)
{
    if (scope == NULL)
        return;
    free(scope->patterns);
    name_match_free(scope->domains);
    prefix_tree_free(scope->shared);
    free(scope);
}

void endpoint_scope_add_pattern(struct endpoint_scope *scope, const char *pattern)
{
    scope->patterns =
        alloc_resize(scope->patterns, scope->pattern_count + 1, sizeof *scope->patterns);
    scope->patterns[scope->pattern_count++] = pattern;
}

void endpoint_scope_add_domain(struct endpoint_scope *scope, const char *domain)
{
    char *below = alloc_format("*.%s", domain);
    name_match_add(scope->domains, domain, 0);
    name_match_add(scope->domains, below, 0);
    free(below);
}

void endpoint_scope_add_shared(struct endpoint_scope *scope,
                               const struct ip_address *prefix, uint8_t bits)
{
    prefix_tree_add(scope->shared, prefix, bits, 0);
}

void endpoint_scope_compile(struct endpoint_scope *scope)
{
    if (scope->pattern_count > 1)
        qsort(scope->patterns, scope->pattern_count, sizeof *scope->patterns, text_order);
    prefix_tree_compile(scope->shared);
}

static bool is_generic(const struct endpoint_scope *scope, const char *host)
{
    if (scope == NULL)
        return false;
    if (scope->pattern_count > 0 && bsearch(&host, scope->patterns, scope->pattern_count,
                                            sizeof *scope->patterns, text_order) != NULL)
        return true;
    const char *name = strncmp(host, "*.", 2) == 0 ? host + 2 : host;
    struct name_hit hit;
    return name_match_find(scope->domains, name, &hit, 1) > 0;
}

bool endpoint_ports_read(const char *text, struct endpoint_ports *ports)
{
    *ports = (struct endpoint_ports){ .text = text };
    while (ports->count < ENDPOINT_PORT_RANGES) {
        char *end;
        text += strspn(text, " ");
        if (*text < '0' || *text > '9')
            return false;
        unsigned long first = strtoul(text, &end, 10), last = first;
        if (*end == '-' && end[1] >= '0' && end[1] <= '9')
            last = strtoul(end + 1, &end, 10);
        if (last > UINT16_MAX || first > last)
            return false;
        ports->ranges[ports->count].first = (uint16_t)first;
        ports->ranges[ports->count++].last = (uint16_t)last;
        text = end + strspn(end, " ");
        if (*text == '\0')
            return true;
        if (*text++ != ',')
            return false;
    }
    return false;
}

static bool ports_hold(const struct endpoint_ports *ports, uint16_t port)
{
    for (uint32_t i = 0; i < ports->count; i++)
        if (port >= ports->ranges[i].first && port <= ports->ranges[i].last)
            return true;
    return false;
}

bool endpoint_set_has_port(const struct endpoint_set *set, uint8_t protocol,
                           uint16_t port)
{
    if (set->tcp.count == 0 && set->udp.count == 0)
        return true;
    return (protocol == PROTOCOL_TCP && ports_hold(&set->tcp, port)) ||
           (protocol == PROTOCOL_UDP && ports_hold(&set->udp, port));
}

static int set_order(const void *a_set, const void *b_set)
{
    const struct endpoint_set *a = a_set, *b = b_set;
    return (a->id > b->id) - (a->id < b->id);
}

static size_t count_references(const struct endpoint_set *sets, size_t count)
{
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += sets[i].host_count + sets[i].prefix_count;
    return all;
}

static void add_prefix(struct endpoint_list *list, struct reference *reference,
                       const struct endpoint_scope *scope)
{
    struct ip_address address;
    uint8_t bits;
    bool is_read = address_read_prefix(reference->text, &address, &bits);
    assert(is_read); /* whoever made the sets has checked it */
    if (!is_read)
        return;
    reference->is_broad =
        scope != NULL && prefix_tree_find(scope->shared, &address) != PREFIX_NONE;
    prefix_tree_add(list->prefixes, &address, bits,
                    (uint32_t)(reference - list->references));
}

static void add_references(struct endpoint_list *list, const struct endpoint_scope *scope)
{
    struct reference *next = list->references;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct endpoint_set *set = &list->sets[i];
        for (size_t host = 0; host < set->host_count; host++, next++) {
            const char *text = set->hosts[host];
            *next = (struct reference){ text, i, is_generic(scope, text) };
            name_match_add(list->names, text, (uint32_t)(next - list->references));
        }
        for (size_t prefix = 0; prefix < set->prefix_count; prefix++, next++) {
            *next = (struct reference){ .text = set->prefixes[prefix], .set = i };
            add_prefix(list, next, scope);
        }
    }
}

struct endpoint_list *endpoint_list_new(const struct endpoint_list_facts *facts,
                                        struct endpoint_set *sets, size_t count,
                                        const struct endpoint_scope *scope)
{
    struct endpoint_list *list = alloc_zeroed(1, sizeof *list);
    list->facts = *facts;
    list->sets = sets;
    list->count = count;
    if (count > 1)
        qsort(sets, count, sizeof *sets, set_order);
    list->references =
        alloc_zeroed(count_references(sets, count), sizeof *list->references);
    list->prefixes = prefix_tree_new();
    list->names = name_match_new();
    add_references(list, scope);
    prefix_tree_compile(list->prefixes);
    return list;
}

void endpoint_list_free(struct endpoint_list *list)
{
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->count; i++) {
        free(list->sets[i].hosts);
        free(list->sets[i].prefixes);
    }
    free(list->sets);
    free(list->references);
    prefix_tree_free(list->prefixes);
    name_match_free(list->names);
    free(list);
}

const struct endpoint_list_facts *endpoint_list_facts(const struct endpoint_list *list)
{
    return &list->facts;
}

size_t endpoint_list_count(const struct endpoint_list *list)
{
    return list->count;
}

const struct endpoint_set *endpoint_list_at(const struct endpoint_list *list,
                                            size_t index)
{
    return &list->sets[index];
}

const struct endpoint_set *endpoint_list_find(const struct endpoint_list *list,
                                              uint32_t id)
{
    struct endpoint_set wanted = { .id = id };
    return list->count == 0
               ? NULL
               : bsearch(&wanted, list->sets, list->count, sizeof wanted, set_order);
}

/* `rank`: closeness, port, category and id in one number, the higher the better. */
struct candidate {
    const struct reference *reference;
    uint64_t rank;
};

struct candidates {
    const struct endpoint_list *list;
    uint8_t protocol;
    uint16_t port;
    uint32_t count;
    struct candidate items[CANDIDATES];
};

static uint64_t rank_of(const struct endpoint_set *set, uint32_t closeness,
                        bool port_fits)
{
    uint64_t choice = (uint64_t)closeness << 3 | (uint64_t)port_fits << 2 |
                      (CATEGORY_DEFAULT - (uint64_t)set->category);
    return choice << 32 | (UINT32_MAX - set->id);
}

static bool has_port(const struct candidate *candidate)
{
    return (candidate->rank >> 34 & 1) == 1;
}

/* `closeness`: bits of the prefix, or bytes of the pattern. */
static void add_candidate(struct candidates *all, uint32_t reference, uint32_t closeness)
{
    const struct reference *added = &all->list->references[reference];
    const struct endpoint_set *set = &all->list->sets[added->set];
    uint64_t rank =
        rank_of(set, closeness, endpoint_set_has_port(set, all->protocol, all->port));
    uint32_t at = all->count++;
    for (; at > 0 && rank > all->items[at - 1].rank; at--)
        all->items[at] = all->items[at - 1];
    all->items[at].reference = added;
    all->items[at].rank = rank;
}

static void add_set(struct endpoint_match *match, uint32_t id)
{
    for (uint8_t i = 0; i < match->set_count; i++)
        if (match->sets[i] == id)
            return;
    if (match->set_count < ENDPOINT_MATCH_SETS)
        match->sets[match->set_count++] = id;
}

static bool conclude(const struct candidates *all, struct endpoint_match *match)
{
    if (all->count == 0)
        return false;
    const struct reference *best = all->items[0].reference;
    const struct endpoint_set *set = &all->list->sets[best->set];
    *match = (struct endpoint_match){
        .list = all->list,
        .best = set,
        .port_fits = has_port(&all->items[0]),
        .has_addresses = set->prefix_count > 0,
        .pattern = best->text,
    };
    for (uint32_t i = 0; i < all->count; i++)
        add_set(match, UINT32_MAX - (uint32_t)all->items[i].rank);
    return true;
}

bool endpoints_match_address(const struct endpoint_list *list,
                             const struct ip_address *address, uint8_t protocol,
                             uint16_t port, struct endpoint_match *match)
{
    struct candidates all;
    all.list = list;
    all.protocol = protocol;
    all.port = port;
    all.count = 0;
    for (int32_t at = prefix_tree_find(list->prefixes, address);
         at != PREFIX_NONE && all.count < CANDIDATES;
         at = prefix_tree_wider(list->prefixes, at)) {
        add_candidate(&all, prefix_tree_value(list->prefixes, at),
                      prefix_tree_bits(list->prefixes, at));
        if (!has_port(&all.items[all.count - 1]))
            all.count--; /* the best come first: without the port, it stands last */
    }
    if (!conclude(&all, match))
        return false;
    match->is_shared = all.items[0].reference->is_broad;
    return true;
}

bool endpoints_match_name(const struct endpoint_list *list, const char *host,
                          uint8_t protocol, uint16_t port, struct endpoint_match *match)
{
    struct name_hit hits[CANDIDATES];
    size_t count = name_match_find(list->names, host, hits, CANDIDATES);
    struct candidates all;
    all.list = list;
    all.protocol = protocol;
    all.port = port;
    all.count = 0;
    for (size_t i = 0; i < count; i++)
        add_candidate(&all, hits[i].value,
                      hits[i].is_exact ? EXACT : (uint32_t)hits[i].literal);
    if (!conclude(&all, match))
        return false;
    match->is_exact = hits[0].is_exact;
    match->breadth =
        all.items[0].reference->is_broad ? BREADTH_GENERIC : BREADTH_SPECIFIC;
    return true;
}
