/*
 * datagram.h - reads the datagrams of a UDP flow as DNS, STUN or QUIC, and notes facts.
 */
#ifndef O365LENS_ANALYZER_DATAGRAM_H
#define O365LENS_ANALYZER_DATAGRAM_H

#include "analyzer/flow.h"
#include "analyzer/name_cache.h"

struct datagram {
    struct bytes payload;
    enum flow_side side; /* of the sender, as presumed so far */
    int64_t time_ns;
    uint64_t frame;
    struct stun_talks *talks; /* NULL: transactions are not paired */
    const struct tls_secrets *secrets; /* of key logs; NULL: none */
    struct certificates *certificates; /* where what they open goes; as above */
};

/* What the bytes say about who is who; CLIENT_BY_FIRST_PACKET: nothing. */
struct datagram_role {
    enum client_by by;
    bool sender_is_client;
};
struct datagram_role datagram_role_of(struct bytes payload, uint16_t source_port,
                                      uint16_t destination_port);

void datagram_see(struct flow *flow, struct name_cache *names,
                  const struct datagram *datagram);

/* Lets go of what only further datagrams would need; before the record is made. */
void datagram_release(struct flow *flow);

#endif
