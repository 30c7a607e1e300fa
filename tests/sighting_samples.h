/*
 * sighting_samples.h - packets as the table of sightings is asked about them, for tests.
 *
 * Each is changed by a test as it needs: route(&sample), sample.headers.ttl = 3.
 */
#ifndef O365LENS_TESTS_SIGHTING_SAMPLES_H
#define O365LENS_TESTS_SIGHTING_SAMPLES_H

#include "analyzer/sightings.h"
#include "tests/test.h"

enum { US = 1000, MS = 1000000, TCP = 6, UDP = 17 };

static const uint8_t text[64] =
    "a datagram that is long enough to have a front and an end";

struct sample {
    struct packet packet;
    struct headers headers;
    struct sighting_detail detail;
};

/* A segment with an IP-id and data, on Ethernet. */
static inline struct sample segment(void)
{
    struct sample sample = { .packet = { .has_time = true,
                                         .time_ns = 1700000000000000000 } };
    struct headers *headers = &sample.headers;
    headers->source = (struct ip_address){ 4, { 10, 0, 0, 1 } };
    headers->destination = (struct ip_address){ 4, { 52, 96, 1, 2 } };
    headers->protocol = TCP;
    headers->ttl = 64;
    headers->ip_id = 700;
    headers->source_port = 50000;
    headers->destination_port = 443;
    headers->payload_length = 100;
    headers->tcp.sequence = 1000;
    headers->tcp.flags = TCP_ACK;
    headers->tcp.acknowledgement = 2000;
    headers->has_macs = true;
    headers->source_mac = (struct mac_address){ { 2, 0, 0, 0, 0, 1 } };
    headers->destination_mac = (struct mac_address){ { 2, 0, 0, 0, 0, 2 } };
    return sample;
}

static inline struct sample without_id(void)
{
    struct sample sample = segment();
    sample.headers.ip_id = 0;
    return sample;
}

static inline struct sample bare_without_id(void)
{
    struct sample sample = without_id();
    sample.headers.payload_length = 0;
    return sample;
}

static inline struct sample datagram(void)
{
    struct sample sample = without_id();
    sample.headers.protocol = UDP;
    sample.headers.tcp = (struct tcp_header){ 0 };
    sample.headers.payload = bytes_of(text, sizeof text);
    sample.headers.payload_length = sizeof text;
    return sample;
}

static inline enum sighting see(struct sightings *sightings, struct sample *sample)
{
    return sightings_see(sightings, &sample->packet, &sample->headers, &sample->detail);
}

static inline enum sighting see_after(struct sightings *sightings, struct sample *sample,
                                      int64_t ns)
{
    sample->packet.time_ns += ns;
    return see(sightings, sample);
}

/* The outcome of the same packet, seen twice, where nothing was seen before. */
static inline enum sighting seen_twice(struct sample sample, int64_t after_ns)
{
    struct sightings *sightings = sightings_new();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    enum sighting second = see_after(sightings, &sample, after_ns);
    sightings_free(sightings);
    return second;
}

static inline void route(struct sample *sample)
{
    sample->headers.ttl--;
    sample->headers.source_mac.bytes[5] = 3;
    sample->headers.destination_mac.bytes[5] = 4;
}

#endif
