/* quic_epoch.c - RFC 9001 section 5.2, RFC 9368 section 2.3. */
#include "analyzer/quic_epoch.h"

#include <stdlib.h>

#include "analyzer/alloc.h"

struct quic_id quic_id_of(struct bytes bytes)
{
    struct quic_id id = { 0 };
    struct bytes kept = bytes_take_at_most(&bytes, QUIC_ID_MOST);
    id.size = (uint8_t)kept.left;
    if (kept.left > 0)
        memcpy(id.bytes, kept.at, kept.left);
    return id;
}

bool quic_id_is(const struct quic_id *id, struct bytes bytes)
{
    return bytes_equal(bytes, id->bytes, id->size);
}

struct bytes quic_id_bytes(const struct quic_id *id)
{
    return bytes_of(id->bytes, id->size);
}

static const struct quic_keys *keys_of(struct quic_epoch *epoch, uint32_t version,
                                       enum flow_side side)
{
    for (uint32_t i = 0; i < epoch->key_count; i++)
        if (epoch->keys[i].version == version)
            return &epoch->keys[i].of[side];
    if (epoch->key_count == QUIC_KEYS_MOST)
        return NULL;
    struct quic_version_keys *keys = &epoch->keys[epoch->key_count];
    if (!quic_derive_initial(version, quic_id_bytes(&epoch->dcid), &keys->of[FLOW_C2S],
                             &keys->of[FLOW_S2C]))
        return NULL;
    keys->version = version;
    epoch->key_count++;
    return &keys->of[side];
}

static bool open_in(struct quic_epoch *epoch, const struct quic_packet *packet,
                    enum flow_side side, struct quic_opened *opened)
{
    const struct quic_keys *keys = keys_of(epoch, packet->version, side);
    opened->number = epoch->expected[side];
    if (keys == NULL || !quic_open_initial(packet, keys, opened->plain, QUIC_PLAIN_MOST,
                                           &opened->size, &opened->number))
        return false;
    opened->epoch = epoch;
    if (opened->number >= epoch->expected[side])
        epoch->expected[side] = opened->number + 1;
    return true;
}

bool quic_epochs_open(struct quic_epochs *epochs, const struct quic_packet *packet,
                      enum flow_side side, struct quic_opened *opened)
{
    for (uint32_t i = epochs->count; i > 0; i--)
        if (open_in(epochs->list[i - 1], packet, side, opened))
            return true;
    return false;
}

static void free_epoch(struct quic_epoch *epoch)
{
    free(epoch->crypto[FLOW_C2S]);
    free(epoch->crypto[FLOW_S2C]);
    free(epoch);
}

static void keep(struct quic_epochs *epochs, struct quic_epoch *epoch)
{
    if (epochs->count == QUIC_EPOCHS) {
        free_epoch(epochs->list[0]);
        memmove(&epochs->list[0], &epochs->list[1],
                (QUIC_EPOCHS - 1) * sizeof epochs->list[0]);
        epochs->count--;
        epochs->has_lost = true;
    }
    epochs->list[epochs->count++] = epoch;
}

bool quic_epochs_begin(struct quic_epochs *epochs, const struct quic_packet *packet,
                       struct quic_opened *opened)
{
    struct quic_epoch *epoch = alloc_zeroed(1, sizeof *epoch);
    epoch->dcid = quic_id_of(packet->dcid);
    if (!open_in(epoch, packet, FLOW_C2S, opened)) {
        free_epoch(epoch);
        return false;
    }
    keep(epochs, epoch);
    return true;
}

struct quic_crypto *quic_epoch_crypto(struct quic_epoch *epoch, enum flow_side side)
{
    if (epoch->crypto[side] == NULL) {
        epoch->crypto[side] = alloc_zeroed(1, sizeof *epoch->crypto[side]);
        quic_crypto_init(epoch->crypto[side]);
    }
    return epoch->crypto[side];
}

void quic_epochs_forget_crypto(struct quic_epochs *epochs, enum flow_side side)
{
    for (uint32_t i = 0; i < epochs->count; i++) {
        free(epochs->list[i]->crypto[side]);
        epochs->list[i]->crypto[side] = NULL;
    }
}

void quic_epochs_release(struct quic_epochs *epochs)
{
    for (uint32_t i = 0; i < epochs->count; i++)
        free_epoch(epochs->list[i]);
    epochs->count = 0;
}
