/*
 * endpoints.h - Microsoft's endpoint lists, each for its days.
 *
 *     const struct endpoint_list *list = endpoints_at(lists, INSTANCE_WORLDWIDE,
 * time_ns); if (endpoints_match_address(list, &server, 6, 443, &match)) ...
 *
 * A packet is matched against the list of its day. Before the first known list the first
 * one is used, after the last one the last; the list's facts tell its days, so that a
 * report can say so. A file as downloaded from the web service replaces the built-in
 * lists of its instance for all days.
 *
 * Lists are compiled when first asked for and kept: the same object is given for all
 * times of one version, so pointers may be compared. They belong to the endpoints and go
 * with them. Not for use by several threads at once.
 */
#ifndef O365LENS_ANALYZER_ENDPOINTS_H
#define O365LENS_ANALYZER_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/endpoint_list.h"
#include "analyzer/error.h"

struct endpoints;

struct endpoints *endpoints_new(void);
void endpoints_free(struct endpoints *endpoints); /* NULL is nothing to free */

/* "Worldwide", "China", "USGOVDoD", "USGOVGCCHigh"; reading ignores case. */
const char *endpoint_instance_text(enum endpoint_instance instance);
bool endpoint_instance_read(const char *text, enum endpoint_instance *instance);

/*
 * The built-in files (analyzer/data/). Breadth comes first: lists are compiled with it.
 * The bytes are not needed afterwards. A history is checked whole: all that a list of any
 * day would be made of.
 */
bool endpoints_read_breadth(struct endpoints *endpoints, const void *bytes, size_t size,
                            const char *name, struct error *error);
bool endpoints_read_history(struct endpoints *endpoints, const void *bytes, size_t size,
                            const char *name, struct error *error);

/*
 * A list as downloaded. Its instance is the one whose newest built-in list shares most
 * hosts with it; where that is less than a quarter of them, `otherwise`. False, with file
 * and place, where it is no such list, and where its instance has got a file before.
 */
bool endpoints_load_file(struct endpoints *endpoints, const char *path,
                         enum endpoint_instance otherwise, struct error *error);
bool endpoints_read_download(struct endpoints *endpoints, const void *bytes, size_t size,
                             const char *name, enum endpoint_instance otherwise,
                             struct error *error);

/* The list in force at that time (ns since the epoch); NULL: none for the instance. */
const struct endpoint_list *endpoints_at(struct endpoints *endpoints,
                                         enum endpoint_instance instance,
                                         int64_t time_ns);

/* All versions in order of time, for those who compare them. */
size_t endpoints_version_count(const struct endpoints *endpoints,
                               enum endpoint_instance instance);
const struct endpoint_list_facts *endpoints_facts(const struct endpoints *endpoints,
                                                  enum endpoint_instance instance,
                                                  size_t index);
const struct endpoint_list *endpoints_version(struct endpoints *endpoints,
                                              enum endpoint_instance instance,
                                              size_t index);

#endif
