/*
 * correlate.h - the same flow seen at several vantage points (methods C2.3).
 *
 * Fed with every flow of every series, then asked for the group of each. Two sightings
 * are one flow where they carry the same ClientHello random (which survives NAT and
 * tunnels, CONNECT too), or, where there was no TLS, where the same initial sequence
 * number opened a connection to the same server, or the same STUN transaction a UDP flow
 * to it. The number of a DNS message has 16 bits, so the question, the resolver and the
 * client's address and port must be the same too. What occurs more than once in one
 * series is no key: it is counted as ambiguous and left alone.
 */
#ifndef O365LENS_ANALYZER_CORRELATE_H
#define O365LENS_ANALYZER_CORRELATE_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/flow_record.h"

enum match_how { MATCH_CLIENT_RANDOM, MATCH_TCP_ISN, MATCH_TRANSACTION };
const char *match_how_text(enum match_how how);

/* One flow at one point. Sightings of a group are in order from client to server. */
struct sighting_record {
    uint8_t key[16];
    uint8_t how;     /* enum match_how */
    bool is_proxied; /* CONNECT or SOCKS: the server is a proxy */
    uint8_t rank;    /* of its vantage, from client to Internet; 0: not told */
    uint32_t series, capture;
    uint64_t id;
    int64_t server_rtt_ns, client_rtt_ns;          /* base, else handshake; -1: none */
    bool server_is_confirmed, client_is_confirmed; /* that base */
    uint32_t isn;
    bool has_isn;
    uint16_t server_port;
    uint8_t client_ttl; /* of most of its packets; 0: not seen */
    uint64_t frame;     /* of the ClientHello, of the SYN, or the first */
    struct ip_address client, server;
};

struct correlation;

struct correlation *correlation_new(void);
void correlation_free(struct correlation *correlation);

/* `rank`: where the assessment file puts the capture, 1 nearest the clients; 0: nowhere.
 */
void correlation_see(struct correlation *correlation, uint32_t series, uint8_t rank,
                     const struct flow_record *record);
void correlation_conclude(struct correlation *correlation);

struct sighting_group {
    const struct sighting_record *sightings; /* at least 2, from client to server */
    uint32_t count;
};

/* The group that this flow belongs to; count 0 where it was seen once. */
struct sighting_group correlation_find(const struct correlation *correlation,
                                       uint32_t series, uint64_t id);

uint64_t correlation_groups(const struct correlation *correlation);
uint64_t correlation_ambiguous(const struct correlation *correlation);
struct sighting_group correlation_group(const struct correlation *correlation,
                                        uint64_t index);

/* Base RTT of a side, else the handshake's where it is exact; -1 where there is neither. */
int64_t correlation_rtt(const struct flow_record *record, enum rtt_side side);

/* True where that is a base RTT that another sample confirms. */
bool correlation_rtt_is_confirmed(const struct flow_record *record, enum rtt_side side);

#endif
