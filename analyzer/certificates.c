/* certificates.c - an open-addressing table of SHA-256 values. */
#include "analyzer/certificates.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/digest.h"
#include "analyzer/text_pool.h"
#include "dissectors/x509.h"

struct entry {
    uint8_t sha256[DIGEST_SHA256_SIZE];
    bool is_refused; /* known to be none: not parsed again */
    struct flow_certificate certificate;
    uint32_t index; /* among those that are certificates */
    uint64_t subject_id, issuer_id;
};

struct certificates {
    struct text_pool texts;
    struct entry **slots; /* a power of two of them */
    struct entry **items; /* those that are certificates, by index */
    uint32_t slot_count, entry_count, item_count;
    uint64_t refused;
};

struct certificates *certificates_new(void)
{
    struct certificates *certificates = alloc_zeroed(1, sizeof *certificates);
    certificates->slot_count = 256;
    certificates->slots = alloc_zeroed(certificates->slot_count, sizeof(struct entry *));
    return certificates;
}

void certificates_free(struct certificates *certificates)
{
    if (certificates == NULL)
        return;
    text_pool_release(&certificates->texts);
    free(certificates->slots);
    free(certificates->items);
    free(certificates);
}

static struct entry **slot_of(struct certificates *certificates, const uint8_t *sha256)
{
    uint32_t at;
    memcpy(&at, sha256, sizeof at);
    for (;; at++) {
        struct entry **slot = &certificates->slots[at & (certificates->slot_count - 1)];
        if (*slot == NULL || memcmp((*slot)->sha256, sha256, DIGEST_SHA256_SIZE) == 0)
            return slot;
    }
}

static void grow(struct certificates *certificates)
{
    struct entry **old = certificates->slots;
    uint32_t count = certificates->slot_count;
    certificates->slot_count *= 2;
    certificates->slots = alloc_zeroed(certificates->slot_count, sizeof *old);
    for (uint32_t i = 0; i < count; i++)
        if (old[i] != NULL)
            *slot_of(certificates, old[i]->sha256) = old[i];
    free(old);
}

static const char *text_or_null(struct text_pool *texts, const char *text)
{
    return text[0] == '\0' ? NULL : text_pool_copy(texts, text);
}

static void fill(struct certificates *certificates, struct entry *entry,
                 const struct x509_certificate *parsed)
{
    struct text_pool *texts = &certificates->texts;
    char hex[DIGEST_SHA256_TEXT_SIZE];
    digest_write_hex(entry->sha256, DIGEST_SHA256_SIZE, hex);
    const char **san = text_pool_take(texts, (parsed->san_count + 1) * sizeof *san);
    uint32_t count = 0;
    for (const char *name = x509_next_name(parsed, NULL);
         name != NULL && count < parsed->san_count; name = x509_next_name(parsed, name))
        san[count++] = text_pool_copy(texts, name);
    entry->certificate = (struct flow_certificate){
        .subject_cn = text_or_null(texts, parsed->subject_cn),
        .subject_o = text_or_null(texts, parsed->subject_o),
        .issuer_cn = text_or_null(texts, parsed->issuer_cn),
        .issuer_o = text_or_null(texts, parsed->issuer_o),
        .san = san,
        .san_count = count,
        .san_cut = parsed->has_cut_san,
        .not_before_s = parsed->not_before_s,
        .not_after_s = parsed->not_after_s,
        .sha256 = text_pool_copy(texts, hex),
    };
    entry->subject_id = parsed->subject_id;
    entry->issuer_id = parsed->issuer_id;
    entry->index = certificates->item_count;
    certificates->items = alloc_resize(certificates->items, certificates->item_count + 1,
                                       sizeof *certificates->items);
    certificates->items[certificates->item_count++] = entry;
}

static struct entry *add(struct certificates *certificates, struct entry **slot,
                         const uint8_t *sha256, struct bytes der)
{
    struct x509_certificate parsed;
    struct entry *entry = text_pool_take(&certificates->texts, sizeof *entry);
    memcpy(entry->sha256, sha256, DIGEST_SHA256_SIZE);
    *slot = entry;
    if (x509_read(der, &parsed) == DISSECT_OK)
        fill(certificates, entry, &parsed);
    else
        entry->is_refused = true;
    if (++certificates->entry_count * 2 > certificates->slot_count)
        grow(certificates);
    return entry;
}

bool certificates_find(struct certificates *certificates, struct bytes der,
                       uint32_t *index)
{
    uint8_t sha256[DIGEST_SHA256_SIZE];
    if (der.left > CERTIFICATE_DER_MOST)
        return certificates->refused++, false;
    digest_sha256(der.at, der.left, sha256);
    struct entry **slot = slot_of(certificates, sha256);
    struct entry *entry = *slot;
    if (entry == NULL && certificates->entry_count < CERTIFICATES_MOST)
        entry = add(certificates, slot, sha256, der);
    if (entry == NULL || entry->is_refused)
        return certificates->refused++, false;
    *index = entry->index;
    return true;
}

bool certificates_issues(const struct certificates *certificates, uint32_t issuer,
                         uint32_t certificate)
{
    return certificates->items[issuer]->subject_id ==
           certificates->items[certificate]->issuer_id;
}

uint32_t certificates_count(const struct certificates *certificates)
{
    return certificates->item_count;
}

uint64_t certificates_refused(const struct certificates *certificates)
{
    return certificates->refused;
}

const struct flow_certificate *certificates_at(const struct certificates *certificates,
                                               uint32_t index)
{
    return &certificates->items[index]->certificate;
}
