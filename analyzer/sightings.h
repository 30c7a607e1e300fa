/*
 * sightings.h - was this packet seen before, at this capture? (methods C1.2 rule 2)
 *
 *     struct sightings *sightings = sightings_new();
 *     struct sighting_detail detail;
 *     switch (sightings_see(sightings, &packet, &headers, &detail)) { ... }
 *     sightings_free(sightings);
 *
 * To be asked once for every packet that is DECODE_TRANSPORT, in the order of the
 * capture. Only packets of the same innermost addresses and ports are compared: behind a
 * NAT a packet is another one. Remembered are 262,144 sightings of at most a second of
 * packet time; the table is of a fixed size (7 MB) and made once.
 *
 * A copy has the TTL, MACs, VLANs, tunnel and interface of a packet at most 5 ms away: a
 * mirror port made it. A crossing differs in one of these: the packet came by again,
 * within a second, at another place of the network.
 *
 * A retransmission by TCP has a new IP-id and counts as first. Without an IP-id (0, or
 * IPv6) two packets may look the same and be none the less two: what was sent again and
 * waited with the first one in a queue, repeated acknowledgements and resets, datagrams
 * sent twice. These are copies only within 1 ms (data, SYN, FIN and datagrams: 5 ms), and
 * only where the packets so far show that this capture holds copies. With an IP-id, too,
 * fewer copies than one in 1,000 packets are none.
 */
#ifndef O365LENS_ANALYZER_SIGHTINGS_H
#define O365LENS_ANALYZER_SIGHTINGS_H

#include <stdint.h>

#include "analyzer/decode.h"
#include "analyzer/packet.h"

enum sighting {
    SIGHTING_FIRST,
    SIGHTING_COPY,
    SIGHTING_CROSSING,
};

struct sighting_detail {
    uint32_t place;   /* of the packet's distinct places, in order of sighting, from 1 */
    int64_t after_ns; /* since its first sighting, 0 for that; negative where time went
                         back */
    int ttl_drop;     /* TTL at the first sighting less the TTL now */
};

struct sightings;

struct sightings *sightings_new(void);
void sightings_free(struct sightings *sightings); /* NULL is nothing to free */

/*
 * The same in two steps, so that the memory needed for the answer is on its way while the
 * caller does something else: a tenth of the whole run was spent waiting for it.
 */
void sightings_ask(struct sightings *sightings, const struct packet *packet,
                   const struct headers *headers);
enum sighting sightings_answer(struct sightings *sightings,
                               struct sighting_detail *detail);

/* A packet without time is always a first one. */
enum sighting sightings_see(struct sightings *sightings, const struct packet *packet,
                            const struct headers *headers,
                            struct sighting_detail *detail);

#endif
