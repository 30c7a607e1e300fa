/* test_sightings.c - copies and crossings: what makes one. */
#include "tests/sighting_samples.h"

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
    return test_end();
}
