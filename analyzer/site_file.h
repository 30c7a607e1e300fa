/*
 * site_file.h - the assessment file: what a person knows about the network (contract 3).
 *
 *     struct site_file *site_file = site_file_load("assessment.json", &error);
 *     const struct site *site = site_file_find_site(site_file, &client, NULL);
 *
 * Read strictly: every part is optional and "note" is allowed in every object, but any
 * other unknown key is refused with its place, as is a value of the wrong kind, a prefix
 * with host bits, a site name that sites[] lacks. Texts are NULL and lists empty where
 * the file does not tell. Everything belongs to the site file and lives as long.
 */
#ifndef O365LENS_ANALYZER_SITE_FILE_H
#define O365LENS_ANALYZER_SITE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "dissectors/address.h"

enum site_role { SITE_BRANCH, SITE_HUB };

/* Where a capture was taken. The first one is also "not told". */
enum vantage {
    VANTAGE_UNKNOWN,
    VANTAGE_CLIENT_LAN,
    VANTAGE_WAN,
    VANTAGE_INTERNET_EDGE,
    VANTAGE_PROXY_CLIENT,
    VANTAGE_PROXY_INTERNET,
    VANTAGES,
};

enum capture_link { LINK_NOT_TOLD, LINK_SINGLE, LINK_SPAN };

struct site_prefix {
    struct ip_address address;
    uint8_t bits;
};

struct site_prefixes {
    struct site_prefix *items;
    size_t count;
};

struct site {
    const char *name; /* unique */
    enum site_role role;
    bool has_role, has_position;
    double latitude, longitude; /* degrees; where has_position */
    const char *city, *country; /* country: two letters */
    const char *timezone;       /* "Europe/London" */
    struct site_prefixes prefixes, vpn_pools, egress;
    struct site_prefixes resolvers; /* single addresses: all bits */
};

struct site_proxy {
    const char *name, *site;
    struct site_prefixes addresses; /* single addresses: all bits */
    uint16_t *ports;                /* none: any */
    size_t port_count;
};

struct site_capture {
    const char *match; /* glob */
    const char *site;
    const char *series; /* NULL: "auto" */
    enum vantage vantage;
    enum capture_link link;
    int64_t clock_offset_ns; /* added to the clock of others to get this one's */
};

struct site_threshold {
    const char *name;
    double value;
};

struct site_file {
    const char *name; /* of the file; begins sentences about it */
    const char *title, *customer, *prepared_by, *timezone;
    struct site *sites;
    struct site_proxy *proxies;
    struct site_capture *captures;
    const char **issuers; /* interception.issuers */
    struct site_threshold *thresholds;
    size_t site_count, proxy_count, capture_count, issuer_count, threshold_count;
    struct site_file_index *index; /* of the lookups; private */
};

/* NULL where the file cannot be read or says something that cannot be. */
struct site_file *site_file_load(const char *path, struct error *error);
struct site_file *site_file_read(const void *bytes, size_t size, const char *name,
                                 struct error *error);
void site_file_free(struct site_file *site_file); /* NULL is nothing to free */

/*
 * The lookups take NULL for "no site file" and give NULL for "none". A client's site is
 * that of the longest of all prefixes and VPN pools; `is_vpn`, which may be NULL, tells
 * whether it is a pool.
 */
const struct site *site_file_find_site(const struct site_file *site_file,
                                       const struct ip_address *client, bool *is_vpn);
const struct site *site_file_find_named(const struct site_file *site_file,
                                        const char *name);
const struct site_proxy *site_file_find_proxy(const struct site_file *site_file,
                                              const struct ip_address *address);

/*
 * The first entry whose glob fits the capture's name, a star standing for slashes too. A
 * glob without a slash is also tried on what follows the last slash of the name.
 */
const struct site_capture *site_file_find_capture(const struct site_file *site_file,
                                                  const char *capture);

bool site_prefixes_hold(const struct site_prefixes *prefixes,
                        const struct ip_address *address);

const char *vantage_text(enum vantage vantage);  /* "client-lan" ... */
const char *site_role_text(enum site_role role); /* "branch", "hub" */
bool vantage_read(const char *text, enum vantage *vantage);

#endif
