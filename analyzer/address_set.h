/*
 * address_set.h - how many distinct addresses there were.
 */
#ifndef O365LENS_ANALYZER_ADDRESS_SET_H
#define O365LENS_ANALYZER_ADDRESS_SET_H

#include <stdint.h>

#include "dissectors/address.h"

struct address_set { /* zeroed: empty */
    struct ip_address *slots;
    uint32_t slot_count, count;
};

void address_set_see(struct address_set *set, const struct ip_address *address);
void address_set_release(struct address_set *set);

#endif
