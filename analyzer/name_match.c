/*
 * name_match.c - RFC 4343 (case); the patterns are those of the endpoint web service.
 *
 * Every pattern hangs on the longest run of whole labels at its end that holds no star.
 * A name is hashed once from its end; at each dot the hash so far finds what hangs there.
 */
#include "analyzer/name_match.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

enum { NO_ENTRY = -1, FIRST_BUCKETS = 64 };

enum pattern_kind { PATTERN_EXACT, PATTERN_BELOW, PATTERN_GLOB };

struct entry {
    char *pattern;
    uint32_t value;
    uint16_t literal;
    uint8_t kind; /* enum pattern_kind */
    int32_t next; /* of the same node */
};

struct node {
    const char *suffix; /* part of an entry's pattern; NULL: an empty bucket */
    size_t size;
    uint32_t hash;
    int32_t first;
};

struct name_match {
    struct node *buckets; /* open addressing, at most half full */
    uint32_t bucket_count, node_count;
    struct entry *entries;
    uint32_t entry_count, entry_capacity;
    bool has_bare; /* something hangs on no label at all: "login.*" */
};

/*
 * Fed byte by byte from the end of the name, finished at every dot: the steps are cheap
 * and the finish mixes. An attacker chooses names, never patterns: no name costs more
 * than the few patterns that share its hash.
 */
static uint64_t hash_add(uint64_t hash, char byte)
{
    return (hash << 7 | hash >> 57) ^ (uint8_t)byte;
}

static uint32_t hash_end(uint64_t hash)
{
    return (uint32_t)((hash ^ hash >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static char lower(char byte)
{
    return (char)(byte | ((uint8_t)(byte - 'A') < 26) << 5);
}

static bool may_stand_in_name(char byte)
{
    byte = lower(byte);
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_' || byte == '.' || byte == '*';
}

bool name_match_is_pattern(const char *text)
{
    size_t size = strlen(text);
    if (size == 0 || size > NAME_SIZE_MAX || text[0] == '.' || text[size - 1] == '.' ||
        strstr(text, "..") != NULL)
        return false;
    for (size_t i = 0; i < size; i++)
        if (!may_stand_in_name(text[i]))
            return false;
    return true;
}

struct name_match *name_match_new(void)
{
    struct name_match *names = alloc_zeroed(1, sizeof *names);
    names->bucket_count = FIRST_BUCKETS;
    names->buckets = alloc_zeroed(FIRST_BUCKETS, sizeof *names->buckets);
    return names;
}

void name_match_free(struct name_match *names)
{
    if (names == NULL)
        return;
    for (uint32_t i = 0; i < names->entry_count; i++)
        free(names->entries[i].pattern);
    free(names->entries);
    free(names->buckets);
    free(names);
}

/* The bucket that holds the suffix, or the empty one where it belongs. */
static struct node *bucket_of(const struct name_match *names, const char *suffix,
                              size_t size, uint32_t hash)
{
    uint32_t mask = names->bucket_count - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        struct node *node = &names->buckets[at];
        if (node->suffix == NULL || (node->hash == hash && node->size == size &&
                                     memcmp(node->suffix, suffix, size) == 0))
            return node;
    }
}

static void make_room(struct name_match *names)
{
    if (names->node_count < names->bucket_count / 2)
        return;
    struct node *old = names->buckets;
    uint32_t old_count = names->bucket_count;
    names->bucket_count *= 2;
    names->buckets = alloc_zeroed(names->bucket_count, sizeof *names->buckets);
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i].suffix != NULL)
            *bucket_of(names, old[i].suffix, old[i].size, old[i].hash) = old[i];
    free(old);
}

/* The whole labels behind the last star, "" where there are none. */
static const char *suffix_of(const char *pattern)
{
    const char *star = strrchr(pattern, '*');
    if (star == NULL)
        return pattern;
    const char *dot = strchr(star, '.');
    return dot == NULL ? pattern + strlen(pattern) : dot + 1;
}

static enum pattern_kind kind_of(const char *pattern)
{
    const char *star = strrchr(pattern, '*');
    if (star == NULL)
        return PATTERN_EXACT;
    return star == pattern && star[1] == '.' ? PATTERN_BELOW : PATTERN_GLOB;
}

static struct entry *new_entry(struct name_match *names, const char *pattern,
                               uint32_t value)
{
    if (names->entry_count == names->entry_capacity) {
        names->entry_capacity = names->entry_capacity * 2 + 64;
        names->entries =
            alloc_resize(names->entries, names->entry_capacity, sizeof *names->entries);
    }
    struct entry *entry = &names->entries[names->entry_count++];
    *entry = (struct entry){ .pattern = alloc_text(pattern), .value = value };
    for (char *at = entry->pattern; *at != '\0'; at++) {
        *at = lower(*at);
        entry->literal = (uint16_t)(entry->literal + (*at != '*'));
    }
    entry->kind = (uint8_t)kind_of(entry->pattern);
    return entry;
}

void name_match_add(struct name_match *names, const char *pattern, uint32_t value)
{
    make_room(names);
    struct entry *entry = new_entry(names, pattern, value);
    const char *suffix = suffix_of(entry->pattern);
    size_t size = strlen(suffix);
    uint64_t state = 0;
    for (size_t i = size; i-- > 0;)
        state = hash_add(state, suffix[i]);
    uint32_t hash = hash_end(state);

    struct node *node = bucket_of(names, suffix, size, hash);
    if (node->suffix == NULL) {
        names->node_count++;
        *node = (struct node){ suffix, size, hash, NO_ENTRY };
    }
    entry->next = node->first;
    node->first = (int32_t)names->entry_count - 1;
    names->has_bare |= size == 0;
}

/* A star in front may stand for nothing, any other one for one byte at least. */
static bool glob_fits(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL, *begin = pattern;
    while (*name != '\0') {
        if (*pattern == '*') {
            name += pattern != begin;
            star = ++pattern;
            retry = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star != NULL && *retry != '\0') {
            pattern = star;
            name = ++retry;
        } else {
            return false;
        }
    }
    return *pattern == '\0';
}

struct search {
    char host[NAME_SIZE_MAX + 11]; /* a whole word more */
    size_t size;
    struct name_hit *hits;
    size_t count, capacity;
};

static bool is_closer(const struct entry *entry, const struct name_hit *hit)
{
    bool is_exact = entry->kind == PATTERN_EXACT;
    if (is_exact != hit->is_exact)
        return is_exact;
    if (entry->literal != hit->literal)
        return entry->literal > hit->literal;
    return entry->value < hit->value;
}

/* Sorted in; the one that falls off a full list is the worst. */
static void keep_hit(struct search *search, const struct entry *entry)
{
    size_t at = search->count;
    if (at < search->capacity)
        search->count++;
    else if (at == 0 || !is_closer(entry, &search->hits[--at]))
        return;
    for (; at > 0 && is_closer(entry, &search->hits[at - 1]); at--)
        search->hits[at] = search->hits[at - 1];
    struct name_hit *hit = &search->hits[at];
    hit->pattern = entry->pattern;
    hit->value = entry->value;
    hit->literal = entry->literal;
    hit->is_exact = entry->kind == PATTERN_EXACT;
}

static void look_at(const struct name_match *names, struct search *search, size_t from,
                    uint64_t hash)
{
    const struct node *node =
        bucket_of(names, search->host + from, search->size - from, hash_end(hash));
    if (node->suffix == NULL)
        return;
    for (int32_t at = node->first; at != NO_ENTRY; at = names->entries[at].next) {
        const struct entry *entry = &names->entries[at];
        bool fits = entry->kind == PATTERN_GLOB
                        ? glob_fits(entry->pattern, search->host)
                        : (entry->kind == PATTERN_EXACT) == (from == 0);
        if (fits)
            keep_hit(search, entry);
    }
}

/* Eight bytes at a time: a byte from 'A' to 'Z' has its top bit set in `is_upper`. */
static uint64_t lower_eight(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = word & ones * 0x7f;
    uint64_t from_a = low + ones * (0x80 - 'A'), above_z = low + ones * (0x7f - 'Z');
    uint64_t is_upper = (from_a ^ above_z) & ~word & ones * 0x80;
    return word | is_upper >> 2;
}

/* Ends it with a NUL; `out` has room for one word more than `size`. */
static void copy_lower(char *out, const char *name, size_t size)
{
    uint64_t word;
    memcpy(out, name, size);
    memset(out + size, 0, sizeof word);
    for (size_t i = 0; i < size; i += sizeof word) {
        memcpy(&word, out + i, sizeof word);
        word = lower_eight(word);
        memcpy(out + i, &word, sizeof word);
    }
}

/* Without the trailing dot; 0 where it is no name. */
static size_t host_size(const char *host)
{
    size_t size = strnlen(host, NAME_SIZE_MAX + 2);
    if (size > 0 && host[size - 1] == '.')
        size--;
    return size <= NAME_SIZE_MAX ? size : 0;
}

size_t name_match_find(const struct name_match *names, const char *host,
                       struct name_hit *hits, size_t capacity)
{
    struct search search;
    search.hits = hits;
    search.count = 0;
    search.capacity = capacity;
    search.size = host_size(host);
    if (search.size == 0)
        return 0;
    copy_lower(search.host, host, search.size);

    uint64_t hash = 0;
    if (names->has_bare)
        look_at(names, &search, search.size, hash);
    for (size_t i = search.size; i-- > 0;) {
        if (search.host[i] == '.' && i + 1 < search.size)
            look_at(names, &search, i + 1, hash);
        hash = hash_add(hash, search.host[i]);
    }
    look_at(names, &search, 0, hash);
    return search.count;
}
