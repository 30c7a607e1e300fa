/* Copies and crossings: what is one, and what only looks like one. */
#include "analyzer/sightings.h"

#include "tests/test.h"

enum { US = 1000, MS = 1000000, TCP = 6, UDP = 17 };

static const uint8_t text[64] =
    "a datagram that is long enough to have a front and an end";

/* One packet as the table is asked about it; changed by each test as it needs. */
struct sample {
    struct packet packet;
    struct headers headers;
    struct sighting_detail detail;
};

/* A segment with an IP-id and data, on Ethernet. */
static struct sample segment(void)
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

static struct sample without_id(void)
{
    struct sample sample = segment();
    sample.headers.ip_id = 0;
    return sample;
}

static struct sample bare_without_id(void)
{
    struct sample sample = without_id();
    sample.headers.payload_length = 0;
    return sample;
}

static struct sample datagram(void)
{
    struct sample sample = without_id();
    sample.headers.protocol = UDP;
    sample.headers.tcp = (struct tcp_header){ 0 };
    sample.headers.payload = bytes_of(text, sizeof text);
    sample.headers.payload_length = sizeof text;
    return sample;
}

static enum sighting see(struct sightings *sightings, struct sample *sample)
{
    return sightings_see(sightings, &sample->packet, &sample->headers, &sample->detail);
}

static enum sighting see_after(struct sightings *sightings, struct sample *sample,
                               int64_t ns)
{
    sample->packet.time_ns += ns;
    return see(sightings, sample);
}

/* The outcome of the same packet, seen twice, where nothing was seen before. */
static enum sighting seen_twice(struct sample sample, int64_t after_ns)
{
    struct sightings *sightings = sightings_new();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    enum sighting second = see_after(sightings, &sample, after_ns);
    sightings_free(sightings);
    return second;
}

static void route(struct sample *sample)
{
    sample->headers.ttl--;
    sample->headers.source_mac.bytes[5] = 3;
    sample->headers.destination_mac.bytes[5] = 4;
}

static void a_packet_is_first_once(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    CHECK(sample.detail.place == 1 && sample.detail.after_ns == 0);
    CHECK(sample.detail.ttl_drop == 0);
    sightings_free(sightings);
}

static void the_same_packet_within_five_milliseconds_is_a_copy(void)
{
    CHECK(seen_twice(segment(), 0) == SIGHTING_COPY);
    CHECK(seen_twice(segment(), 40 * US) == SIGHTING_COPY);
    CHECK(seen_twice(segment(), 5 * MS - 1) == SIGHTING_COPY);
    CHECK(seen_twice(segment(), 5 * MS) == SIGHTING_FIRST);
    CHECK(seen_twice(segment(), 300 * MS) == SIGHTING_FIRST);
    CHECK(seen_twice(segment(), -40 * US) ==
          SIGHTING_COPY); /* out of order in the file */
}

static void a_retransmission_is_no_copy(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    sample.headers.ip_id++;
    CHECK(see_after(sightings, &sample, MS) == SIGHTING_FIRST);
    sightings_free(sightings);
}

static void change(struct sample *sample, int field)
{
    struct headers *headers = &sample->headers;
    struct tcp_header *tcp = &headers->tcp;
    switch (field) {
    case 0:
        headers->source.bytes[3]++;
        break;
    case 1:
        headers->destination.bytes[0]++;
        break;
    case 2:
        headers->source_port++;
        break;
    case 3:
        headers->destination_port++;
        break;
    case 4:
        tcp->sequence++;
        break;
    case 5:
        tcp->acknowledgement++;
        break;
    case 6:
        tcp->flags |= TCP_PSH;
        break;
    case 7:
        tcp->timestamp++;
        break;
    default:
        headers->payload_length++;
    }
}

static void packets_that_differ_in_any_field_are_two(void)
{
    for (int field = 0; field < 9; field++) {
        struct sightings *sightings = sightings_new();
        struct sample sample = segment();
        CHECK(see(sightings, &sample) == SIGHTING_FIRST);
        change(&sample, field);
        CHECK(see(sightings, &sample) == SIGHTING_FIRST);
        sightings_free(sightings);
    }
}

static void the_other_direction_is_another_packet(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment(), answer = segment();
    answer.headers.source = sample.headers.destination;
    answer.headers.destination = sample.headers.source;
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    CHECK(see(sightings, &answer) == SIGHTING_FIRST);
    sightings_free(sightings);
}

static void a_routed_packet_crosses(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    route(&sample);
    CHECK(see_after(sightings, &sample, 30 * MS) == SIGHTING_CROSSING);
    CHECK(sample.detail.place == 2);
    CHECK(sample.detail.after_ns == 30 * MS);
    CHECK(sample.detail.ttl_drop == 1);
    sightings_free(sightings);
}

static void places_are_counted_and_copies_told_at_each(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    for (uint32_t place = 2; place <= 4; place++) {
        route(&sample);
        sample.headers.source_mac.bytes[4] = (uint8_t)place;
        CHECK(see_after(sightings, &sample, 10 * MS) == SIGHTING_CROSSING);
        CHECK(sample.detail.place == place);
        CHECK(see_after(sightings, &sample, 20 * US) == SIGHTING_COPY);
        CHECK(sample.detail.place == place);
        CHECK(sample.detail.ttl_drop == (int)place - 1);
    }
    sightings_free(sightings);
}

static void cross(struct sample *sample, int difference)
{
    struct headers *headers = &sample->headers;
    switch (difference) {
    case 0:
        headers->source_mac.bytes[0]++;
        break;
    case 1:
        headers->destination_mac.bytes[5]++;
        break;
    case 2:
        headers->layers[0] = (struct layer){ LAYER_VLAN, 20 };
        headers->layer_count = 1;
        break;
    case 3:
        headers->layers[0] = (struct layer){ LAYER_GRE, 0 };
        headers->layer_count = 1;
        break;
    case 4:
        headers->tunnel_source = (struct ip_address){ 4, { 192, 0, 2, 1 } };
        break;
    case 5:
        sample->packet.interface++;
        break;
    case 6:
        headers->cooked_interface++;
        break;
    default:
        headers->ttl--;
    }
}

static void every_difference_of_place_makes_a_crossing(void)
{
    for (int difference = 0; difference < 8; difference++) {
        struct sightings *sightings = sightings_new();
        struct sample sample = segment();
        CHECK(see(sightings, &sample) == SIGHTING_FIRST);
        cross(&sample, difference);
        CHECK(see_after(sightings, &sample, 999 * MS) == SIGHTING_CROSSING);
        sightings_free(sightings);
    }
}

static void after_a_second_nothing_is_remembered(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    route(&sample);
    CHECK(see_after(sightings, &sample, 1000 * MS) == SIGHTING_FIRST);
    sightings_free(sightings);
}

static void layers_behind_the_last_do_not_count(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    memset(sample.headers.layers, 0xa5, sizeof sample.headers.layers);
    CHECK(see(sightings, &sample) == SIGHTING_COPY);
    sightings_free(sightings);
}

/* Without MACs (cooked, raw) the TTL is all there is; with them a router changes them. */
static void a_lower_ttl_alone_needs_an_ip_id_where_macs_are_known(void)
{
    for (int has_macs = 0; has_macs < 2; has_macs++) {
        for (uint16_t id = 0; id < 2; id++) {
            struct sightings *sightings = sightings_new();
            struct sample sample = segment();
            sample.headers.ip_id = id;
            sample.headers.has_macs = has_macs != 0;
            CHECK(see(sightings, &sample) == SIGHTING_FIRST);
            sample.headers.ttl--;
            CHECK(see_after(sightings, &sample, 200 * MS) ==
                  (has_macs && id == 0 ? SIGHTING_FIRST : SIGHTING_CROSSING));
            sightings_free(sightings);
        }
    }
}

static void a_higher_ttl_alone_is_no_crossing(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    sample.headers.ttl++;
    CHECK(see_after(sightings, &sample, MS) == SIGHTING_FIRST);
    sightings_free(sightings);
}

static void a_retransmission_without_ip_id_begins_anew_at_every_place(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = without_id();
    for (int round = 0; round < 3; round++) {
        struct sample routed = sample;
        CHECK(see(sightings, &sample) == SIGHTING_FIRST);
        route(&routed);
        CHECK(see_after(sightings, &routed, 100 * US) == SIGHTING_CROSSING);
        CHECK(routed.detail.place == 2 && routed.detail.after_ns == 100 * US);
        sample.packet.time_ns += 200 * MS;
    }
    sightings_free(sightings);
}

/* Ordinary packets, none of them a copy. */
static void see_ordinary(struct sightings *sightings, struct sample *sample, int count)
{
    struct sample other = segment();
    for (int i = 0; i < count; i++) {
        other.headers.ip_id = (uint16_t)(1 + i % 60000);
        other.headers.tcp.sequence = 70000 + (uint32_t)i * 100;
        CHECK(see_after(sightings, &other, 10 * US) == SIGHTING_FIRST);
    }
    sample->packet.time_ns = other.packet.time_ns;
}

/* Every packet twice, as a mirror of both directions makes it. */
static void see_mirrored(struct sightings *sightings, struct sample *sample, int count)
{
    struct sample other = segment();
    for (int i = 0; i < count; i++) {
        other.headers.ip_id = (uint16_t)(1 + i);
        other.headers.tcp.sequence = 70000 + (uint32_t)i * 100;
        CHECK(see_after(sightings, &other, 10 * US) == SIGHTING_FIRST);
        CHECK(see_after(sightings, &other, 10 * US) == SIGHTING_COPY);
    }
    sample->packet.time_ns = other.packet.time_ns;
}

static void where_copies_are_rare_look_alikes_are_two_packets(void)
{
    struct sample samples[] = { without_id(), bare_without_id(), datagram() };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct sightings *sightings = sightings_new();
        see_ordinary(sightings, &samples[i], 500);
        CHECK(see(sightings, &samples[i]) == SIGHTING_FIRST);
        for (int j = 0; j < 3; j++)
            CHECK(see_after(sightings, &samples[i], j * 10 * US) == SIGHTING_FIRST);
        sightings_free(sightings);
    }
}

static void where_copies_are_usual_look_alikes_are_copies(void)
{
    struct sample samples[] = { without_id(), bare_without_id(), datagram() };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct sightings *sightings = sightings_new();
        see_mirrored(sightings, &samples[i], 50);
        CHECK(see(sightings, &samples[i]) == SIGHTING_FIRST);
        CHECK(see_after(sightings, &samples[i], 900 * US) == SIGHTING_COPY);
        sightings_free(sightings);
    }
}

static void repeated_acknowledgements_are_copies_only_within_a_millisecond(void)
{
    struct sightings *sightings = sightings_new();
    struct sample bare = bare_without_id(), full = without_id();
    see_mirrored(sightings, &bare, 50);
    CHECK(see(sightings, &bare) == SIGHTING_FIRST);
    CHECK(see_after(sightings, &bare, MS) == SIGHTING_FIRST);

    full.packet.time_ns = bare.packet.time_ns;
    CHECK(see(sightings, &full) == SIGHTING_FIRST);
    CHECK(see_after(sightings, &full, 4 * MS) == SIGHTING_COPY);
    sightings_free(sightings);
}

static void duplicate_acknowledgements_with_other_blocks_are_two(void)
{
    struct sightings *sightings = sightings_new();
    struct sample bare = bare_without_id();
    see_mirrored(sightings, &bare, 50);
    bare.headers.tcp.sack_count = 1;
    for (uint32_t i = 0; i < 10; i++) {
        bare.headers.tcp.sack[0] = (struct tcp_sack_block){ 5000, 6000 + 1460 * i };
        CHECK(see_after(sightings, &bare, 12 * US) == SIGHTING_FIRST);
    }
    sightings_free(sightings);
}

static void the_first_packets_of_a_mirrored_ipv6_capture_are_told(void)
{
    struct sightings *sightings = sightings_new();
    struct sample syn = bare_without_id();
    syn.headers.source.family = syn.headers.destination.family = 6;
    syn.headers.tcp.flags = TCP_SYN;
    CHECK(see(sightings, &syn) == SIGHTING_FIRST);
    CHECK(see_after(sightings, &syn, 20 * US) == SIGHTING_COPY);
    syn.headers.tcp.flags = TCP_ACK;
    CHECK(see_after(sightings, &syn, 20 * MS) == SIGHTING_FIRST);
    CHECK(see_after(sightings, &syn, 20 * US) == SIGHTING_COPY);
    sightings_free(sightings);
}

static void repeated_resets_are_no_copies(void)
{
    struct sample reset = bare_without_id();
    reset.headers.tcp.flags = TCP_RST;
    CHECK(seen_twice(reset, 0) == SIGHTING_FIRST);
    CHECK(seen_twice(reset, 50 * US) == SIGHTING_FIRST);
}

static void one_copy_in_thousands_is_none(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    see_ordinary(sightings, &sample, 3000);
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    CHECK(see_after(sightings, &sample, 20 * US) == SIGHTING_FIRST);
    sightings_free(sightings);
}

static void datagrams_are_told_apart_by_their_payload(void)
{
    struct sightings *sightings = sightings_new();
    struct sample one = datagram(), other = datagram();
    uint8_t payload[sizeof text];
    for (size_t at = 0; at < sizeof text; at++) {
        memcpy(payload, text, sizeof text);
        payload[at] ^= 1;
        other.headers.payload = bytes_of(payload, sizeof payload);
        CHECK(see_after(sightings, &one, 10 * MS) == SIGHTING_FIRST);
        other.packet.time_ns = one.packet.time_ns;
        CHECK(see(sightings, &other) == SIGHTING_FIRST);
    }
    sightings_free(sightings);
}

static void a_cut_datagram_crosses_with_a_shorter_rest(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = datagram();
    sample.headers.is_cut = true;
    sample.headers.payload = bytes_of(text, 54);
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    cross(&sample, 2);
    sample.headers.payload = bytes_of(text, 50);
    CHECK(see_after(sightings, &sample, MS) == SIGHTING_CROSSING);
    sightings_free(sightings);
}

static void a_datagram_asked_again_is_two(void)
{
    CHECK(seen_twice(datagram(), 5 * MS) == SIGHTING_FIRST);
    CHECK(seen_twice(datagram(), 250 * MS) == SIGHTING_FIRST);
}

static void packets_without_time_are_first(void)
{
    struct sample sample = segment();
    sample.packet.has_time = false;
    sample.packet.time_ns = 0;
    CHECK(seen_twice(sample, 0) == SIGHTING_FIRST);
}

static void times_at_the_ends_of_their_range_do_no_harm(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment();
    sample.packet.time_ns = INT64_MAX;
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    sample.packet.time_ns = INT64_MIN;
    CHECK(see(sightings, &sample) == SIGHTING_FIRST);
    sightings_free(sightings);
}

/* The ring is gone round more than once: what is old is overwritten, what is new found.
 */
static void a_full_table_forgets_the_oldest(void)
{
    struct sightings *sightings = sightings_new();
    struct sample sample = segment(), old = segment();
    CHECK(see(sightings, &old) == SIGHTING_FIRST);
    for (uint32_t i = 1; i <= 600000; i++) {
        sample.headers.tcp.sequence = i * 7 + 100000;
        enum sighting outcome = see_after(sightings, &sample, 1);
        if (outcome != SIGHTING_FIRST) {
            CHECK(outcome == SIGHTING_FIRST);
            break;
        }
    }
    route(&sample);
    CHECK(see_after(sightings, &sample, 1) == SIGHTING_CROSSING);
    route(&old);
    CHECK(see_after(sightings, &old, MS) == SIGHTING_FIRST);
    sightings_free(sightings);
}

int main(void)
{
    RUN(a_packet_is_first_once);
    RUN(the_same_packet_within_five_milliseconds_is_a_copy);
    RUN(a_retransmission_is_no_copy);
    RUN(packets_that_differ_in_any_field_are_two);
    RUN(the_other_direction_is_another_packet);
    RUN(a_routed_packet_crosses);
    RUN(places_are_counted_and_copies_told_at_each);
    RUN(every_difference_of_place_makes_a_crossing);
    RUN(after_a_second_nothing_is_remembered);
    RUN(layers_behind_the_last_do_not_count);
    RUN(a_lower_ttl_alone_needs_an_ip_id_where_macs_are_known);
    RUN(a_higher_ttl_alone_is_no_crossing);
    RUN(a_retransmission_without_ip_id_begins_anew_at_every_place);
    RUN(where_copies_are_rare_look_alikes_are_two_packets);
    RUN(where_copies_are_usual_look_alikes_are_copies);
    RUN(repeated_acknowledgements_are_copies_only_within_a_millisecond);
    RUN(duplicate_acknowledgements_with_other_blocks_are_two);
    RUN(the_first_packets_of_a_mirrored_ipv6_capture_are_told);
    RUN(repeated_resets_are_no_copies);
    RUN(one_copy_in_thousands_is_none);
    RUN(datagrams_are_told_apart_by_their_payload);
    RUN(a_cut_datagram_crosses_with_a_shorter_rest);
    RUN(a_datagram_asked_again_is_two);
    RUN(packets_without_time_are_first);
    RUN(times_at_the_ends_of_their_range_do_no_harm);
    RUN(a_full_table_forgets_the_oldest);
    return test_end();
}
