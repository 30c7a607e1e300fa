/* tls_secrets.c - an open-addressing table; whoever wrote the key log does not know the
 * seed of its hash. */
#include "analyzer/tls_secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "dissectors/keylog.h"

enum { FIRST_ENTRIES = 64, BUFFER_SIZE = 65536, BYTE_DIGITS = 2 };

struct entry {
    uint8_t client_random[TLS_RANDOM_SIZE];
    uint8_t secret_size;
    uint8_t secret[TLS_SECRET_MOST];
};

struct tls_secrets {
    const struct tls_secrets *given; /* borrowed */
    struct entry *entries;
    uint32_t *slots; /* numbers of entries from 1; twice as many as entries fit */
    uint32_t count, capacity;
    uint64_t seed;
    uint64_t good_lines, wrong_lines;
};

/* What freed memory held would stay there. */
static void wipe(void *memory, size_t size)
{
    if (memory != NULL)
        explicit_bzero(memory, size);
    free(memory);
}

struct tls_secrets *tls_secrets_new(const struct tls_secrets *given)
{
    struct tls_secrets *secrets = alloc_zeroed(1, sizeof *secrets);
    secrets->given = given;
    if (getrandom(&secrets->seed, sizeof secrets->seed, 0) != sizeof secrets->seed)
        secrets->seed = UINT64_C(0x9e3779b97f4a7c15);
    return secrets;
}

void tls_secrets_free(struct tls_secrets *secrets)
{
    if (secrets == NULL)
        return;
    wipe(secrets->entries, secrets->capacity * sizeof *secrets->entries);
    free(secrets->slots);
    free(secrets);
}

/* Every bit of a word reaches the low bits, which choose the slot. */
static uint64_t mix(uint64_t hash)
{
    hash = (hash ^ hash >> 32) * UINT64_C(0xe7037ed1a0b428db);
    hash = (hash ^ hash >> 29) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 32;
}

static uint64_t hash_of(const struct tls_secrets *secrets, const uint8_t *client_random)
{
    uint64_t hash = secrets->seed;
    for (size_t i = 0; i < TLS_RANDOM_SIZE; i += sizeof hash) {
        uint64_t word;
        memcpy(&word, client_random + i, sizeof word);
        hash = mix(hash ^ word) + secrets->seed;
    }
    return hash;
}

/* The slot of this random, or the free one where it belongs. */
static uint32_t *slot_of(const struct tls_secrets *secrets, const uint8_t *client_random)
{
    uint32_t mask = 2 * secrets->capacity - 1;
    for (uint64_t at = hash_of(secrets, client_random);; at++) {
        uint32_t *slot = &secrets->slots[at & mask];
        if (*slot == 0 || memcmp(secrets->entries[*slot - 1].client_random, client_random,
                                 TLS_RANDOM_SIZE) == 0)
            return slot;
    }
}

static void grow(struct tls_secrets *secrets)
{
    struct entry *old = secrets->entries;
    uint32_t capacity = secrets->capacity;
    secrets->capacity = capacity == 0 ? FIRST_ENTRIES : 2 * capacity;
    secrets->entries = alloc_zeroed(secrets->capacity, sizeof *old);
    if (old != NULL)
        memcpy(secrets->entries, old, secrets->count * sizeof *old);
    wipe(old, capacity * sizeof *old);
    free(secrets->slots);
    secrets->slots = alloc_zeroed(2 * (size_t)secrets->capacity, sizeof *secrets->slots);
    for (uint32_t i = 0; i < secrets->count; i++)
        *slot_of(secrets, secrets->entries[i].client_random) = i + 1;
}

static void add(struct tls_secrets *secrets, const struct keylog_entry *read)
{
    if (secrets->count == TLS_SECRETS_MOST)
        return;
    if (secrets->count == secrets->capacity)
        grow(secrets);
    uint32_t *slot = slot_of(secrets, read->client_random);
    if (*slot != 0)
        return;
    struct entry *entry = &secrets->entries[secrets->count];
    memcpy(entry->client_random, read->client_random, TLS_RANDOM_SIZE);
    memcpy(entry->secret, read->secret, sizeof entry->secret);
    entry->secret_size = read->secret_size;
    *slot = ++secrets->count;
}

void tls_secrets_see(struct tls_secrets *secrets, struct bytes text)
{
    struct keylog_entry entry;
    while (text.left > 0) {
        enum dissect outcome = keylog_read_line(&text, &entry);
        secrets->good_lines += outcome == DISSECT_OK;
        secrets->wrong_lines += outcome == DISSECT_MALFORMED;
        if (outcome == DISSECT_OK && entry.is_wanted)
            add(secrets, &entry);
    }
    explicit_bzero(&entry, sizeof entry);
}

/* Sees the whole lines of the buffer and moves the rest to its front. A line that fills
   it is none of a key log. */
static size_t see_lines(struct tls_secrets *secrets, uint8_t *buffer, size_t size)
{
    const uint8_t *end = memrchr(buffer, '\n', size);
    size_t whole = end == NULL ? 0 : (size_t)(end + 1 - buffer);
    if (end == NULL && size == BUFFER_SIZE)
        whole = size;
    tls_secrets_see(secrets, bytes_of(buffer, whole));
    memmove(buffer, buffer + whole, size - whole);
    return size - whole;
}

static bool read_all(struct tls_secrets *secrets, int file)
{
    uint8_t *buffer = alloc_zeroed(BUFFER_SIZE, 1);
    size_t size = 0;
    ssize_t got;
    while ((got = read(file, buffer + size, BUFFER_SIZE - size)) > 0)
        size = see_lines(secrets, buffer, size + (size_t)got);
    tls_secrets_see(secrets, bytes_of(buffer, size));
    wipe(buffer, BUFFER_SIZE);
    return got == 0;
}

bool tls_secrets_load(struct tls_secrets *secrets, const char *path, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = file >= 0 && read_all(secrets, file);
    if (!is_read)
        error_set(error, "%s: %s", path, strerror(errno));
    if (file >= 0)
        close(file);
    if (is_read && secrets->good_lines == 0 && secrets->wrong_lines > 0) {
        error_set(error, "%s: not one line of it is of a TLS key log", path);
        return false;
    }
    return is_read;
}

static bool read_random(const char *digits, uint8_t random[TLS_RANDOM_SIZE])
{
    static const char known[] = "0123456789abcdef";
    for (size_t i = 0; i < BYTE_DIGITS * TLS_RANDOM_SIZE; i++) {
        const char *found = digits[i] == '\0' ? NULL : strchr(known, digits[i]);
        if (found == NULL)
            return false;
        random[i / 2] = (uint8_t)(random[i / 2] << 4 | (found - known));
    }
    return true;
}

static bool find(const struct tls_secrets *secrets, const uint8_t *client_random,
                 struct bytes *secret)
{
    if (secrets->given != NULL && find(secrets->given, client_random, secret))
        return true;
    uint32_t number = secrets->count == 0 ? 0 : *slot_of(secrets, client_random);
    if (number == 0)
        return false;
    const struct entry *entry = &secrets->entries[number - 1];
    *secret = bytes_of(entry->secret, entry->secret_size);
    return true;
}

bool tls_secrets_find(const struct tls_secrets *secrets, const char *client_random,
                      struct bytes *secret)
{
    uint8_t random[TLS_RANDOM_SIZE] = { 0 };
    return client_random != NULL && read_random(client_random, random) &&
           find(secrets, random, secret);
}

uint32_t tls_secrets_count(const struct tls_secrets *secrets)
{
    return secrets->count +
           (secrets->given == NULL ? 0 : tls_secrets_count(secrets->given));
}
