/*
 * endpoint_history.h - the lists of one instance through the years, from data/.
 *
 * The file tells for every set which terms, hosts and prefixes were in force in which
 * span of days "2018-08-02/2020-03-25" (first day, and first day after; UTC; open at the
 * end where nothing follows the slash). A list is put together when it is first asked
 * for, kept, and goes with the history.
 */
#ifndef O365LENS_ANALYZER_ENDPOINT_HISTORY_H
#define O365LENS_ANALYZER_ENDPOINT_HISTORY_H

#include "analyzer/endpoint_list.h"
#include "analyzer/error.h"

struct endpoint_history;

/* The whole document is checked. NULL where it is no history. */
struct endpoint_history *endpoint_history_read(const void *bytes, size_t size,
                                               const char *name, struct error *error);

/* A history of a single list, which it takes. */
struct endpoint_history *endpoint_history_of(struct endpoint_list *list);
void endpoint_history_free(struct endpoint_history *history);

enum endpoint_instance endpoint_history_instance(const struct endpoint_history *history);
size_t endpoint_history_count(const struct endpoint_history *history); /* at least 1 */

/* The version in force at that time, or the one nearest to it. */
size_t endpoint_history_at(const struct endpoint_history *history, int64_t time_ns);

const struct endpoint_list_facts *
endpoint_history_facts(const struct endpoint_history *history, size_t version);
const struct endpoint_list *endpoint_history_list(struct endpoint_history *history,
                                                  size_t version,
                                                  const struct endpoint_scope *scope);

#endif
