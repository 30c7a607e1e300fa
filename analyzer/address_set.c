/* address_set.c - open addressing; at most half full. */
#include "analyzer/address_set.h"

#include <stdlib.h>

#include "analyzer/alloc.h"

static uint64_t hash_of(const struct ip_address *address)
{
    uint64_t hash = address->family;
    for (unsigned i = 0; i < sizeof address->bytes; i++)
        hash = (hash ^ address->bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static struct ip_address *slot_of(struct ip_address *slots, uint32_t count,
                                  const struct ip_address *address)
{
    uint64_t at = hash_of(address);
    while (slots[at & (count - 1)].family != 0 &&
           !address_is_equal(&slots[at & (count - 1)], address))
        at++;
    return &slots[at & (count - 1)];
}

void address_set_see(struct address_set *set, const struct ip_address *address)
{
    if (2 * (set->count + 1) > set->slot_count) {
        uint32_t count = set->slot_count == 0 ? 16 : 2 * set->slot_count;
        struct ip_address *slots = alloc_zeroed(count, sizeof *slots);
        for (uint32_t i = 0; i < set->slot_count; i++)
            if (set->slots[i].family != 0)
                *slot_of(slots, count, &set->slots[i]) = set->slots[i];
        free(set->slots);
        set->slots = slots;
        set->slot_count = count;
    }
    struct ip_address *slot = slot_of(set->slots, set->slot_count, address);
    if (slot->family != 0)
        return;
    *slot = *address;
    set->count++;
}

void address_set_release(struct address_set *set)
{
    free(set->slots);
    *set = (struct address_set){ 0 };
}
