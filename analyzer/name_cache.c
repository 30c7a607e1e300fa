/* name_cache.c - RFC 1035 answers, kept by client and address. */
#include "analyzer/name_cache.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/fnv.h"
#include "dissectors/dns.h"

enum {
    PAIR_SLOTS = 65536,
    PAIR_PROBES = 8,
    QUERY_SLOTS = 8192,
    ADDRESSES_MOST = 64, /* of one answer */
};

static const int64_t second_ns = 1000000000;
static const int64_t grace_ns = 3600 * INT64_C(1000000000);

/* One answer, shared by the addresses that it gave. */
struct answer {
    uint32_t references;
    uint32_t chain_count;
    int64_t time_ns, lookup_ns;
    uint64_t frame;
    struct ip_address resolver;
    char *name;
    char *chain[FLOW_DNS_CHAIN_MAX];
};

struct pair {
    struct ip_address client, server;
    int64_t ends_ns;
    struct answer *answer;
};

struct query {
    struct ip_address client, resolver;
    uint16_t client_port, id;
    uint32_t name_hash;
    int64_t time_ns;
    bool is_open;
};

struct name_cache {
    struct pair pairs[PAIR_SLOTS];
    struct query queries[QUERY_SLOTS];
};

struct name_cache *name_cache_new(void)
{
    return alloc_zeroed(1, sizeof(struct name_cache));
}

static void let_go(struct answer *answer)
{
    if (answer == NULL || --answer->references > 0)
        return;
    for (uint32_t i = 0; i < answer->chain_count; i++)
        free(answer->chain[i]);
    free(answer->name);
    free(answer);
}

void name_cache_free(struct name_cache *cache)
{
    if (cache == NULL)
        return;
    for (uint32_t i = 0; i < PAIR_SLOTS; i++)
        let_go(cache->pairs[i].answer);
    free(cache);
}

static uint32_t pair_hash(const struct ip_address *client,
                          const struct ip_address *server)
{
    return fnv32(fnv32(2166136261u, client->bytes, sizeof client->bytes), server->bytes,
                 sizeof server->bytes);
}

/* The pair's own slot, or a free one, or that of the pair that ends first. */
static struct pair *slot_of(struct name_cache *cache, const struct ip_address *client,
                            const struct ip_address *server, bool for_writing)
{
    uint32_t at = pair_hash(client, server);
    struct pair *oldest = NULL;
    for (uint32_t i = 0; i < PAIR_PROBES; i++) {
        struct pair *pair = &cache->pairs[(at + i) % PAIR_SLOTS];
        if (pair->answer != NULL && address_is_equal(&pair->client, client) &&
            address_is_equal(&pair->server, server))
            return pair;
        if (oldest == NULL || (oldest->answer != NULL &&
                               (pair->answer == NULL || pair->ends_ns < oldest->ends_ns)))
            oldest = pair;
    }
    return for_writing ? oldest : NULL;
}

static struct query *query_of(struct name_cache *cache,
                              const struct name_cache_message *about, uint16_t id)
{
    uint32_t at = pair_hash(&about->client, &about->resolver);
    at = fnv32(at, &about->client_port, sizeof about->client_port);
    at = fnv32(at, &id, sizeof id);
    return &cache->queries[at % QUERY_SLOTS];
}

static bool is_same_query(const struct query *query,
                          const struct name_cache_message *about,
                          const struct dns_message *message)
{
    return query->is_open && query->id == message->id &&
           query->client_port == about->client_port &&
           query->name_hash ==
               fnv32(message->type, message->name, strlen(message->name)) &&
           address_is_equal(&query->client, &about->client) &&
           address_is_equal(&query->resolver, &about->resolver);
}

static void see_query(struct name_cache *cache, const struct dns_message *message,
                      const struct name_cache_message *about)
{
    struct query *query = query_of(cache, about, message->id);
    if (is_same_query(query, about, message)) {
        query->time_ns = -1; /* sent again: which one is answered cannot be told */
        return;
    }
    *query = (struct query){
        .client = about->client,
        .resolver = about->resolver,
        .client_port = about->client_port,
        .id = message->id,
        .name_hash = fnv32(message->type, message->name, strlen(message->name)),
        .time_ns = about->time_ns,
        .is_open = true,
    };
}

static int64_t lookup_time(struct name_cache *cache, const struct dns_message *message,
                           const struct name_cache_message *about)
{
    struct query *query = query_of(cache, about, message->id);
    if (!is_same_query(query, about, message))
        return -1;
    query->is_open = false;
    int64_t lookup_ns = about->time_ns - query->time_ns;
    return query->time_ns < 0 || lookup_ns < 0 ? -1 : lookup_ns;
}

static void keep_pair(struct name_cache *cache, struct answer *answer,
                      const struct ip_address *client, const struct ip_address *server,
                      uint32_t ttl_s)
{
    struct pair *pair = slot_of(cache, client, server, true);
    let_go(pair->answer);
    answer->references++;
    *pair = (struct pair){
        .client = *client,
        .server = *server,
        .ends_ns = answer->time_ns + ttl_s * second_ns + grace_ns,
        .answer = answer,
    };
}

/* One walk over the answers: goes on along the chain, keeps the addresses of where it
   stands. True where it went on and met no address: what belongs there may stand before
   the alias that led there. */
static bool walk_answers(struct name_cache *cache, struct dns_message message,
                         char current[DNS_NAME_SIZE], struct answer *answer,
                         const struct ip_address *client)
{
    struct dns_answer item;
    unsigned kept = 0;
    bool went_on = false;
    while (kept < ADDRESSES_MOST && dns_next_answer(&message, &item)) {
        if (strcmp(item.name, current) != 0)
            continue;
        if (item.type != DNS_TYPE_CNAME) {
            keep_pair(cache, answer, client, &item.address, item.ttl_s);
            kept++;
        } else if (answer->chain_count < FLOW_DNS_CHAIN_MAX) {
            memcpy(current, item.target, sizeof item.target);
            answer->chain[answer->chain_count++] = alloc_text(item.target);
            went_on = true;
        }
    }
    return went_on && kept == 0;
}

/* Follows the chain from the question on; answers of other names in the message are left
   out, so that an answer cannot name what was not asked for. At most as many walks as a
   chain has names. */
static void keep_answers(struct name_cache *cache, const struct dns_message *message,
                         struct answer *answer, const struct ip_address *client)
{
    char current[DNS_NAME_SIZE];
    memcpy(current, message->name, sizeof current);
    while (walk_answers(cache, *message, current, answer, client))
        ;
}

static void see_answer(struct name_cache *cache, struct dns_message *message,
                       const struct name_cache_message *about, int64_t lookup_ns)
{
    struct answer *answer = alloc_zeroed(1, sizeof *answer);
    answer->references = 1;
    answer->time_ns = about->time_ns;
    answer->lookup_ns = lookup_ns;
    answer->frame = about->frame;
    answer->resolver = about->resolver;
    answer->name = alloc_text(message->name);
    keep_answers(cache, message, answer, &about->client);
    let_go(answer);
}

int64_t name_cache_see(struct name_cache *cache, struct bytes bytes,
                       const struct name_cache_message *about)
{
    struct dns_message message;
    enum dissect outcome = dns_read_message(&bytes, &message);
    if ((outcome != DISSECT_OK && outcome != DISSECT_TRUNCATED) || !message.has_question)
        return -1;
    if (!message.is_response) {
        see_query(cache, &message, about);
        return -1;
    }
    int64_t lookup_ns = lookup_time(cache, &message, about);
    if (message.answers > 0 &&
        (message.type == DNS_TYPE_A || message.type == DNS_TYPE_AAAA))
        see_answer(cache, &message, about, lookup_ns);
    return lookup_ns;
}

bool name_cache_find(struct name_cache *cache, const struct ip_address *client,
                     const struct ip_address *server, int64_t time_ns,
                     struct text_pool *texts, struct flow_dns *dns)
{
    const struct pair *pair = slot_of(cache, client, server, false);
    if (pair == NULL || time_ns < pair->answer->time_ns || time_ns > pair->ends_ns)
        return false;
    const struct answer *answer = pair->answer;
    dns->name = text_pool_copy(texts, answer->name);
    dns->chain_count = answer->chain_count;
    for (uint32_t i = 0; i < answer->chain_count; i++)
        dns->chain[i] = text_pool_copy(texts, answer->chain[i]);
    dns->resolver = answer->resolver;
    dns->age_ns = time_ns - answer->time_ns;
    dns->lookup_ns = answer->lookup_ns;
    dns->frame = answer->frame;
    return true;
}
