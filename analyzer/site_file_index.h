/*
 * site_file_index.h - what site_file.c reads and site_file_find.c looks up in.
 */
#ifndef O365LENS_ANALYZER_SITE_FILE_INDEX_H
#define O365LENS_ANALYZER_SITE_FILE_INDEX_H

#include "analyzer/json_in.h"
#include "analyzer/prefix_tree.h"
#include "analyzer/site_file.h"

struct site_file_index {
    struct json_value *document; /* holds the texts */
    char *name;
    struct prefix_tree *clients; /* values: index of the site * 2, + 1 for a VPN pool */
    struct prefix_tree *proxies; /* values: index of the proxy */
};

/* In the order of the enums, ended by NULL. */
extern const char *const site_role_words[];
extern const char *const site_vantage_words[];

/* Once, when all sites and proxies are read. */
void site_file_index_fill(struct site_file *site_file);

#endif
