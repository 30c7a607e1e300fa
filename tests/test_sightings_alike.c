/* test_sightings_alike.c - packets that only look like copies, and the ends of the table.
 */
#include "tests/sighting_samples.h"

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
    sample.headers.layers[0] = (struct layer){ LAYER_VLAN, 20 };
    sample.headers.layer_count = 1;
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
