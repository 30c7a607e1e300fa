/*
 * prefix_tree.h - the longest of many prefixes that holds an address.
 *
 *     struct prefix_tree *tree = prefix_tree_new();
 *     prefix_tree_add(tree, &address, 14, 7);
 *     prefix_tree_compile(tree);
 *     for (int32_t at = prefix_tree_find(tree, &wanted); at != PREFIX_NONE;
 *          at = prefix_tree_wider(tree, at))
 *         use(prefix_tree_value(tree, at));
 *
 * The walk yields every entry whose prefix holds the address, longest first; entries of
 * the same prefix follow each other by value. The tree is the caller's to free. After
 * compiling it is only read, and nothing is added any more.
 */
#ifndef O365LENS_ANALYZER_PREFIX_TREE_H
#define O365LENS_ANALYZER_PREFIX_TREE_H

#include <stdint.h>

#include "dissectors/address.h"

enum { PREFIX_NONE = -1 };

struct prefix_tree;

struct prefix_tree *prefix_tree_new(void);
void prefix_tree_free(struct prefix_tree *tree); /* NULL is nothing to free */

/* `bits` of `address` count; the rest has to be zero, as address_read_prefix checks. */
void prefix_tree_add(struct prefix_tree *tree, const struct ip_address *address,
                     uint8_t bits, uint32_t value);
void prefix_tree_compile(struct prefix_tree *tree);

/* The entry with the longest prefix that holds the address, or PREFIX_NONE. */
int32_t prefix_tree_find(const struct prefix_tree *tree,
                         const struct ip_address *address);

/* The entry of the same or next wider prefix around that of `entry`, or PREFIX_NONE. */
int32_t prefix_tree_wider(const struct prefix_tree *tree, int32_t entry);

uint32_t prefix_tree_value(const struct prefix_tree *tree, int32_t entry);
uint8_t prefix_tree_bits(const struct prefix_tree *tree, int32_t entry);

#endif
