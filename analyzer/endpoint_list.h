/*
 * endpoint_list.h - one list of Microsoft 365 endpoint sets, compiled for matching.
 *
 *     struct endpoint_match match;
 *     if (endpoints_match_name(list, sni, 6, 443, &match))
 *         ... match.best->service, match.best->category ...
 *
 * A list belongs to the struct endpoints that gave it (endpoints.h) and lives as long;
 * so do its sets, and all texts of both.
 *
 * Which set is best: the longer prefix; for names exact before wildcard and the longer
 * pattern; then a set whose ports hold the server's port; then the higher category
 * (Optimize, Allow, Default), which is Microsoft's own rule; then the lower id.
 */
#ifndef O365LENS_ANALYZER_ENDPOINT_LIST_H
#define O365LENS_ANALYZER_ENDPOINT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/assessment.h"
#include "dissectors/address.h"

enum endpoint_instance {
    INSTANCE_WORLDWIDE,
    INSTANCE_CHINA,
    INSTANCE_USGOV_DOD,
    INSTANCE_USGOV_GCC_HIGH,
    INSTANCES,
};

enum endpoint_breadth {
    BREADTH_SPECIFIC,
    BREADTH_GENERIC, /* a pattern that covers more than Office 365 (data/breadth.json) */
};

enum { ENDPOINT_PORT_RANGES = 16, ENDPOINT_MATCH_SETS = 8 };

struct endpoint_ports {
    const char *text; /* "80,443", "50000-59999"; NULL where the set has none */
    uint32_t count;
    struct {
        uint16_t first, last;
    } ranges[ENDPOINT_PORT_RANGES];
};

struct endpoint_set {
    uint32_t id;            /* stable within one instance */
    enum service service;   /* Common where a downloaded list does not say */
    enum category category; /* Default where a downloaded list does not say */
    bool is_required;
    bool is_express_route;
    struct endpoint_ports tcp, udp; /* none at all: any port */
    const char **hosts;             /* patterns as published */
    const char **prefixes;          /* none: the set publishes no addresses */
    size_t host_count, prefix_count;
};

struct endpoint_list_facts {
    enum endpoint_instance instance;
    const char *version; /* YYYYMMDDNN; YYYYMMDD where the number is unknown; file name */
    const char *source;
    int64_t from_ns, until_ns; /* in force [from, until); INT64_MIN, INT64_MAX: open */
    bool is_interpolated; /* put together from a flat list and the full lists around it */
    bool is_loaded;       /* from a file of the operator's */
};

struct endpoint_match {
    const struct endpoint_list *list;
    const struct endpoint_set *best;
    uint32_t sets[ENDPOINT_MATCH_SETS]; /* ids, best first */
    uint8_t set_count;
    bool port_fits;     /* the best set has the server's port */
    bool is_exact;      /* a host that is listed literally; addresses: false */
    bool is_shared;     /* an address of front doors that several services answer at */
    bool has_addresses; /* the best set publishes addresses */
    enum endpoint_breadth breadth;
    const char *pattern; /* the pattern or prefix that matched */
};

struct endpoint_list;

const struct endpoint_list_facts *endpoint_list_facts(const struct endpoint_list *list);

/* In ascending order of ids. */
size_t endpoint_list_count(const struct endpoint_list *list);
const struct endpoint_set *endpoint_list_at(const struct endpoint_list *list,
                                            size_t index);
const struct endpoint_set *endpoint_list_find(const struct endpoint_list *list,
                                              uint32_t id); /* NULL: no such set */

/* `protocol` is the IP protocol, 6 or 17; `port` the server's. */
bool endpoint_set_has_port(const struct endpoint_set *set, uint8_t protocol,
                           uint16_t port);

/* Only sets that have the port count: without a name, it is what tells sets apart. */
bool endpoints_match_address(const struct endpoint_list *list,
                             const struct ip_address *address, uint8_t protocol,
                             uint16_t port, struct endpoint_match *match);

/* Sets without the port count too, behind those that have it. */
bool endpoints_match_name(const struct endpoint_list *list, const char *host,
                          uint8_t protocol, uint16_t port, struct endpoint_match *match);

/* For endpoints.c: what is generic or shared, and lists made of sets. */
struct endpoint_scope;

struct endpoint_scope *endpoint_scope_new(void);
void endpoint_scope_free(struct endpoint_scope *scope);
void endpoint_scope_add_pattern(struct endpoint_scope *scope, const char *pattern);
void endpoint_scope_add_domain(struct endpoint_scope *scope, const char *domain);
void endpoint_scope_add_shared(struct endpoint_scope *scope,
                               const struct ip_address *prefix, uint8_t bits);
void endpoint_scope_compile(struct endpoint_scope *scope);

/*
 * Takes the sets (heap, with their hosts[] and prefixes[]; the texts stay the caller's).
 * Hosts and prefixes have been checked. `scope` may be NULL: all is specific.
 */
struct endpoint_list *endpoint_list_new(const struct endpoint_list_facts *facts,
                                        struct endpoint_set *sets, size_t count,
                                        const struct endpoint_scope *scope);
void endpoint_list_free(struct endpoint_list *list);

/* Reads "80,443, 50000-59999"; `text` is kept. False where it is no list of ports. */
bool endpoint_ports_read(const char *text, struct endpoint_ports *ports);

#endif
