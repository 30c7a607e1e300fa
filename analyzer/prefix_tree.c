/*
 * prefix_tree.c - prefixes laid out as ranges. RFC 4632 section 3, RFC 4291 section 2.3.
 *
 * Prefixes are nested or apart, never half over each other. So the address space falls
 * into ranges with one longest prefix each: a lookup is a search among their starts, and
 * for IPv4 the leading bits say where among them.
 */
#include "analyzer/prefix_tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

enum {
    INDEX_BITS = 14, /* 64 KiB of index; most of its parts hold a single range */
    INDEX_PARTS = 1 << INDEX_BITS,
};

struct key {
    uint64_t high, low; /* of an IPv4 address: the address itself in `low` */
};

struct entry {
    struct key first, last;
    uint32_t value;
    uint8_t bits;
    int32_t wider;
};

struct range {
    struct key first;
    int32_t entry;
};

struct family {
    struct entry *entries;
    uint32_t entry_count, entry_capacity;
    struct range *ranges; /* by first address; the first one begins at 0 */
    uint32_t range_count;
};

struct prefix_tree {
    struct family v4, v6;
    uint32_t *v4_firsts; /* of the ranges again, packed for the search */
    uint32_t *index; /* last range that begins at or before the part's first address */
};

static uint64_t load(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static struct key key_of(const struct ip_address *address)
{
    if (address->family == 4)
        return (struct key){ .low = load(address->bytes, 4) };
    return (struct key){ load(address->bytes, 8), load(address->bytes + 8, 8) };
}

static int key_order(struct key a, struct key b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return (a.low > b.low) - (a.low < b.low);
}

static struct key last_of(struct key first, unsigned width, unsigned bits)
{
    unsigned free_bits = width - bits;
    if (free_bits >= 64)
        first.high |=
            free_bits == 128 ? UINT64_MAX : (UINT64_C(1) << (free_bits - 64)) - 1;
    first.low |= free_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << free_bits) - 1;
    return first;
}

/* False where `key` is the last address of all. */
static bool move_on(struct key *key, bool is_v4)
{
    if (is_v4 ? key->low == UINT32_MAX : key->low == UINT64_MAX && ++key->high == 0)
        return false;
    key->low++;
    return true;
}

struct prefix_tree *prefix_tree_new(void)
{
    return alloc_zeroed(1, sizeof(struct prefix_tree));
}

void prefix_tree_free(struct prefix_tree *tree)
{
    if (tree == NULL)
        return;
    free(tree->v4.entries);
    free(tree->v4.ranges);
    free(tree->v6.entries);
    free(tree->v6.ranges);
    free(tree->v4_firsts);
    free(tree->index);
    free(tree);
}

void prefix_tree_add(struct prefix_tree *tree, const struct ip_address *address,
                     uint8_t bits, uint32_t value)
{
    struct family *family = address->family == 4 ? &tree->v4 : &tree->v6;
    if (family->entry_count == family->entry_capacity) {
        family->entry_capacity = family->entry_capacity * 2 + 16;
        family->entries = alloc_resize(family->entries, family->entry_capacity,
                                       sizeof *family->entries);
    }
    struct key first = key_of(address);
    family->entries[family->entry_count++] = (struct entry){
        .first = first,
        .last = last_of(first, address->family == 4 ? 32 : 128, bits),
        .value = value,
        .bits = bits,
    };
}

/* Wider before narrower; of the same prefix the highest value first: walks go backwards.
 */
static int entry_order(const void *a_entry, const void *b_entry)
{
    const struct entry *a = a_entry, *b = b_entry;
    int order = key_order(a->first, b->first);
    if (order == 0)
        order = (a->bits > b->bits) - (a->bits < b->bits);
    return order != 0 ? order : (a->value < b->value) - (a->value > b->value);
}

static void begin_range(struct family *family, struct key first, int32_t entry)
{
    struct range *last = &family->ranges[family->range_count - 1];
    if (key_order(last->first, first) != 0)
        last = &family->ranges[family->range_count++];
    *last = (struct range){ .first = first, .entry = entry };
}

/* Ends the open entries that end before `next`, or all where it is NULL. */
static int32_t close_entries(struct family *family, int32_t open, const struct key *next,
                             bool is_v4)
{
    while (open != PREFIX_NONE &&
           (next == NULL || key_order(family->entries[open].last, *next) < 0)) {
        struct key after = family->entries[open].last;
        open = family->entries[open].wider;
        if (move_on(&after, is_v4))
            begin_range(family, after, open);
    }
    return open;
}

static void lay_out(struct family *family, bool is_v4)
{
    if (family->entry_count > 1)
        qsort(family->entries, family->entry_count, sizeof *family->entries, entry_order);
    family->ranges =
        alloc_zeroed(2 * (size_t)family->entry_count + 1, sizeof *family->ranges);
    family->ranges[0].entry = PREFIX_NONE;
    family->range_count = 1;

    int32_t open = PREFIX_NONE;
    for (uint32_t i = 0; i < family->entry_count; i++) {
        struct entry *entry = &family->entries[i];
        entry->wider = close_entries(family, open, &entry->first, is_v4);
        open = (int32_t)i;
        begin_range(family, entry->first, open);
    }
    close_entries(family, open, NULL, is_v4);
}

static void index_v4(struct prefix_tree *tree)
{
    const struct family *family = &tree->v4;
    tree->v4_firsts = alloc_zeroed(family->range_count, sizeof *tree->v4_firsts);
    tree->index = alloc_zeroed(INDEX_PARTS + 1, sizeof *tree->index);
    for (uint32_t i = 0; i < family->range_count; i++)
        tree->v4_firsts[i] = (uint32_t)family->ranges[i].first.low;

    uint32_t range = 0;
    for (uint32_t part = 0; part < INDEX_PARTS; part++) {
        uint32_t first = part << (32 - INDEX_BITS);
        while (range + 1 < family->range_count && tree->v4_firsts[range + 1] <= first)
            range++;
        tree->index[part] = range;
    }
    tree->index[INDEX_PARTS] = family->range_count - 1;
}

void prefix_tree_compile(struct prefix_tree *tree)
{
    lay_out(&tree->v4, true);
    lay_out(&tree->v6, false);
    index_v4(tree);
}

static int32_t find_v4(const struct prefix_tree *tree, uint32_t wanted)
{
    uint32_t part = wanted >> (32 - INDEX_BITS);
    uint32_t low = tree->index[part], high = tree->index[part + 1];
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (tree->v4_firsts[middle] <= wanted)
            low = middle;
        else
            high = middle - 1;
    }
    return tree->v4.ranges[low].entry;
}

static int32_t find_v6(const struct family *family, struct key wanted)
{
    uint32_t low = 0, high = family->range_count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low + 1) / 2;
        if (key_order(family->ranges[middle].first, wanted) <= 0)
            low = middle;
        else
            high = middle - 1;
    }
    return family->ranges[low].entry;
}

/* Entries of both families share one numbering: those of IPv6 come behind. */
int32_t prefix_tree_find(const struct prefix_tree *tree, const struct ip_address *address)
{
    if (address->family == 4)
        return find_v4(tree, (uint32_t)address->bytes[0] << 24 |
                                 (uint32_t)address->bytes[1] << 16 |
                                 (uint32_t)address->bytes[2] << 8 | address->bytes[3]);
    if (address->family != 6)
        return PREFIX_NONE;
    int32_t found = find_v6(&tree->v6, key_of(address));
    return found == PREFIX_NONE ? found : found + (int32_t)tree->v4.entry_count;
}

static const struct entry *entry_at(const struct prefix_tree *tree, int32_t entry)
{
    uint32_t at = (uint32_t)entry;
    return at < tree->v4.entry_count ? &tree->v4.entries[at]
                                     : &tree->v6.entries[at - tree->v4.entry_count];
}

int32_t prefix_tree_wider(const struct prefix_tree *tree, int32_t entry)
{
    int32_t wider = entry_at(tree, entry)->wider;
    bool is_v6 = (uint32_t)entry >= tree->v4.entry_count;
    return wider == PREFIX_NONE || !is_v6 ? wider : wider + (int32_t)tree->v4.entry_count;
}

uint32_t prefix_tree_value(const struct prefix_tree *tree, int32_t entry)
{
    return entry_at(tree, entry)->value;
}

uint8_t prefix_tree_bits(const struct prefix_tree *tree, int32_t entry)
{
    return entry_at(tree, entry)->bits;
}
