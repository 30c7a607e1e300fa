/*
 * proxy_list.h - which vendor of cloud proxies an address or a name belongs to.
 *
 *     const struct cloud_proxy *proxy = proxy_list_find_address(proxies, &server);
 *     if (proxy != NULL && proxy->use == PROXY_USE_PROXY)
 *         ... web traffic goes through proxy->product ...
 *
 * Not every address of such a vendor is a proxy: `use` tells. The longest prefix and the
 * longest name win. All belongs to the list and lives as long.
 */
#ifndef O365LENS_ANALYZER_PROXY_LIST_H
#define O365LENS_ANALYZER_PROXY_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "dissectors/address.h"

enum proxy_use {
    PROXY_USE_PROXY,
    PROXY_USE_PRIVATE_ACCESS, /* tunnels to the customer's own applications */
    PROXY_USE_VPN,
    PROXY_USE_DNS,
    PROXY_USE_SERVICE,    /* portals, sign-in, PAC files */
    PROXY_USE_BLOCK_PAGE, /* an answer instead of what was asked for */
    PROXY_USE_MICROSOFT,  /* Microsoft's own: no detour of a third party */
};

struct cloud_proxy {
    const char *vendor;  /* "zscaler" */
    const char *product; /* "Zscaler Internet Access" */
    enum proxy_use use;
    const char *role; /* in words of its source */
    int32_t confidence_thousandths;
    const char *source;
    const char *note; /* NULL where none */
};

struct proxy_list;

/* The document of data/proxies.json. NULL where it is none. */
struct proxy_list *proxy_list_read(const void *bytes, size_t size, const char *name,
                                   struct error *error);
void proxy_list_free(struct proxy_list *list); /* NULL is nothing to free */

/* NULL where it is none of a known vendor's. */
const struct cloud_proxy *proxy_list_find_address(const struct proxy_list *list,
                                                  const struct ip_address *address);
const struct cloud_proxy *proxy_list_find_host(const struct proxy_list *list,
                                               const char *host);

#endif
