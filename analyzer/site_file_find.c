/* site_file_find.c - lookups in the assessment file, contract section 3. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/site_file.h"
#include "analyzer/site_file_index.h"

const char *const site_role_words[] = { "branch", "hub", NULL };
const char *const site_vantage_words[] = {
    "unknown",      "client-lan",     "wan", "internet-edge",
    "proxy-client", "proxy-internet", NULL
};

const char *vantage_text(enum vantage vantage)
{
    return site_vantage_words[vantage];
}

const char *site_role_text(enum site_role role)
{
    return site_role_words[role];
}

bool vantage_read(const char *text, enum vantage *vantage)
{
    for (unsigned i = 0; site_vantage_words[i] != NULL; i++)
        if (strcmp(site_vantage_words[i], text) == 0) {
            *vantage = (enum vantage)i;
            return true;
        }
    return false;
}

static void add_prefixes(struct prefix_tree *tree, const struct site_prefixes *prefixes,
                         size_t value)
{
    for (size_t i = 0; i < prefixes->count; i++)
        prefix_tree_add(tree, &prefixes->items[i].address, prefixes->items[i].bits,
                        (uint32_t)value);
}

void site_file_index_fill(struct site_file *site_file)
{
    struct site_file_index *index = site_file->index;
    for (size_t i = 0; i < site_file->site_count; i++) {
        add_prefixes(index->clients, &site_file->sites[i].prefixes, 2 * i);
        add_prefixes(index->clients, &site_file->sites[i].vpn_pools, 2 * i + 1);
    }
    for (size_t i = 0; i < site_file->proxy_count; i++)
        add_prefixes(index->proxies, &site_file->proxies[i].addresses, i);
    prefix_tree_compile(index->clients);
    prefix_tree_compile(index->proxies);
}

static void index_free(struct site_file_index *index)
{
    prefix_tree_free(index->clients);
    prefix_tree_free(index->proxies);
    json_in_free(index->document);
    free(index->name);
    free(index);
}

void site_file_free(struct site_file *site_file)
{
    if (site_file == NULL)
        return;
    for (size_t i = 0; i < site_file->site_count; i++) {
        free(site_file->sites[i].prefixes.items);
        free(site_file->sites[i].vpn_pools.items);
        free(site_file->sites[i].egress.items);
        free(site_file->sites[i].resolvers.items);
    }
    for (size_t i = 0; i < site_file->proxy_count; i++) {
        free(site_file->proxies[i].addresses.items);
        free(site_file->proxies[i].ports);
    }
    free(site_file->sites);
    free(site_file->proxies);
    free(site_file->captures);
    free(site_file->issuers);
    free(site_file->thresholds);
    index_free(site_file->index);
    free(site_file);
}

const struct site *site_file_find_site(const struct site_file *site_file,
                                       const struct ip_address *client, bool *is_vpn)
{
    if (site_file == NULL)
        return NULL;
    int32_t found = prefix_tree_find(site_file->index->clients, client);
    if (found == PREFIX_NONE)
        return NULL;
    uint32_t value = prefix_tree_value(site_file->index->clients, found);
    if (is_vpn != NULL)
        *is_vpn = value % 2 == 1;
    return &site_file->sites[value / 2];
}

const struct site *site_file_find_named(const struct site_file *site_file,
                                        const char *name)
{
    if (site_file == NULL)
        return NULL;
    for (size_t i = 0; i < site_file->site_count; i++)
        if (strcmp(site_file->sites[i].name, name) == 0)
            return &site_file->sites[i];
    return NULL;
}

const struct site_proxy *site_file_find_proxy(const struct site_file *site_file,
                                              const struct ip_address *address)
{
    if (site_file == NULL)
        return NULL;
    int32_t found = prefix_tree_find(site_file->index->proxies, address);
    return found == PREFIX_NONE
               ? NULL
               : &site_file->proxies[prefix_tree_value(site_file->index->proxies, found)];
}

const struct site_capture *site_file_find_capture(const struct site_file *site_file,
                                                  const char *capture)
{
    if (site_file == NULL)
        return NULL;
    const char *slash = strrchr(capture, '/');
    for (size_t i = 0; i < site_file->capture_count; i++) {
        const char *match = site_file->captures[i].match;
        if (fnmatch(match, capture, 0) == 0 ||
            (slash != NULL && strchr(match, '/') == NULL &&
             fnmatch(match, slash + 1, 0) == 0))
            return &site_file->captures[i];
    }
    return NULL;
}

bool site_prefixes_hold(const struct site_prefixes *prefixes,
                        const struct ip_address *address)
{
    for (size_t i = 0; i < prefixes->count; i++)
        if (address_in_prefix(address, &prefixes->items[i].address,
                              prefixes->items[i].bits))
            return true;
    return false;
}
