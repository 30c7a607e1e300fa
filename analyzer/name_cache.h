/*
 * name_cache.h - which name a client asked for when it got an address.
 *
 * Fed with the DNS messages of a capture; asked when a flow begins. An answer counts for
 * its time to live and one hour more (methods C5). Fixed size: 65,536 pairs of client and
 * address, 8,192 open queries; newer ones take the places of older ones.
 */
#ifndef O365LENS_ANALYZER_NAME_CACHE_H
#define O365LENS_ANALYZER_NAME_CACHE_H

#include <stdint.h>

#include "analyzer/flow_record.h"
#include "analyzer/text_pool.h"
#include "dissectors/bytes.h"

struct name_cache;

struct name_cache *name_cache_new(void);
void name_cache_free(struct name_cache *cache);

struct name_cache_message {
    struct ip_address client, resolver;
    uint16_t client_port;
    int64_t time_ns;
    uint64_t frame;
};

/* One DNS message as it crossed; `is_answer` tells the direction. Returns the time from
   the query to this answer in ns, or -1 where it is no answer or the query was not seen. */
int64_t name_cache_see(struct name_cache *cache, struct bytes message,
                       const struct name_cache_message *about);

/* Fills `dns` with the client's newest answer that gave `server`; texts go to the pool.
   False, and `dns` is left alone, where there is none. */
bool name_cache_find(struct name_cache *cache, const struct ip_address *client,
                     const struct ip_address *server, int64_t time_ns,
                     struct text_pool *texts, struct flow_dns *dns);

#endif
