/* test_rtt.c - conversations packet by packet, and what may be concluded from them. */
#include "analyzer/rtt.h"

#include "tests/test.h"

#define MS(milliseconds) ((int64_t)((milliseconds)*1000000))

/* Sequence numbers below are relative to these, which wrap soon. */
enum { CLIENT_ISN = -1000, SERVER_ISN = -20000 };

static struct rtt rtt;
static uint64_t frame;

static struct headers blank(bool from_client, uint32_t sequence, uint32_t size,
                            uint32_t acknowledgement)
{
    struct headers headers = { .protocol = 6, .payload_length = size };
    uint32_t own = (uint32_t)(from_client ? CLIENT_ISN : SERVER_ISN);
    uint32_t other = (uint32_t)(from_client ? SERVER_ISN : CLIENT_ISN);
    headers.tcp.flags = TCP_ACK;
    headers.tcp.sequence = own + sequence;
    headers.tcp.acknowledgement = other + acknowledgement;
    headers.tcp.window = 1000;
    return headers;
}

static void see(bool from_client, double at_ms, const struct headers *headers)
{
    rtt_see(&rtt, headers, from_client, MS(1000) + MS(at_ms), ++frame, false);
}

static void client(double at_ms, uint32_t sequence, uint32_t size,
                   uint32_t acknowledgement)
{
    struct headers headers = blank(true, sequence, size, acknowledgement);
    see(true, at_ms, &headers);
}

static void server(double at_ms, uint32_t sequence, uint32_t size,
                   uint32_t acknowledgement)
{
    struct headers headers = blank(false, sequence, size, acknowledgement);
    see(false, at_ms, &headers);
}

/* A pure acknowledgement of the server with one SACK block. */
static void server_sack(double at_ms, uint32_t acknowledgement, uint32_t left,
                        uint32_t right)
{
    struct headers headers = blank(false, 1, 0, acknowledgement);
    headers.tcp.sack_count = 1;
    headers.tcp.sack[0].left = (uint32_t)CLIENT_ISN + left;
    headers.tcp.sack[0].right = (uint32_t)CLIENT_ISN + right;
    see(false, at_ms, &headers);
}

static void flagged(bool from_client, double at_ms, uint8_t flags, uint32_t sequence,
                    uint32_t acknowledgement)
{
    struct headers headers = blank(from_client, sequence, 0, acknowledgement);
    headers.tcp.flags = flags;
    see(from_client, at_ms, &headers);
}

static void begin(void)
{
    rtt_init(&rtt);
    frame = 0;
}

/* SYN at 0 ms, SYN-ACK at 20 ms, third packet at 22 ms: frames 1 to 3. */
static void begin_opened(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(false, 20, TCP_SYN | TCP_ACK, 0, 1);
    client(22, 1, 0, 1);
}

static uint64_t count_of(enum rtt_side side)
{
    return rtt.samples[side].count;
}

static bool is_only(enum rtt_side side, enum rtt_class class, double ms)
{
    return count_of(side) == 1 && rtt.classes[side][class] == 1 &&
           rtt.samples[side].min_ns == MS(ms);
}

static void nothing_is_measured_from_nothing(void)
{
    begin();
    CHECK(rtt.handshake.server_ns == -1 && rtt.handshake.client_ns == -1);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == -1 && rtt_minimum_ns(&rtt, RTT_CLIENT) == -1);
    rtt_conclude(&rtt);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == -1);
    rtt_release(&rtt);
}

static void a_handshake_measures_both_sides(void)
{
    begin_opened();
    CHECK(rtt.handshake.server_ns == MS(20) && rtt.handshake.client_ns == MS(2));
    CHECK(rtt.handshake.open_ns == MS(22));
    CHECK(!rtt.handshake.server_is_interval && !rtt.handshake.client_is_estimate);
    CHECK(rtt.handshake.syn_frame == 1 && rtt.handshake.synack_frame == 2);
    CHECK(rtt.handshake.ack_frame == 3);
    CHECK(count_of(RTT_SERVER) == 0 && count_of(RTT_CLIENT) == 0);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(20));
    rtt_release(&rtt);
}

static void a_syn_that_nobody_answers_allocates_nothing(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(true, 1000, TCP_SYN, 0, 0);
    CHECK(rtt.directions[0] == NULL && rtt.directions[1] == NULL);
    CHECK(rtt.handshake.server_ns == -1 && rtt.counts[0].retransmissions == 1);
    rtt_release(&rtt);
}

static void several_syns_give_an_interval(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(true, 1000, TCP_SYN, 0, 0);
    flagged(false, 1020, TCP_SYN | TCP_ACK, 0, 1);
    client(1022, 1, 0, 1);
    CHECK(rtt.handshake.server_ns == -1 && rtt.handshake.server_is_interval);
    CHECK(rtt.handshake.server_low_ns == MS(20) &&
          rtt.handshake.server_high_ns == MS(1020));
    CHECK(rtt.handshake.client_ns == MS(2));
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == -1);
    rtt_release(&rtt);
}

static void stamped(bool from_client, double at_ms, uint8_t flags,
                    uint32_t acknowledgement, uint32_t timestamp, uint32_t echo)
{
    struct headers headers = blank(from_client, 0, 0, acknowledgement);
    headers.tcp.flags = flags;
    headers.tcp.has_timestamps = true;
    headers.tcp.timestamp = timestamp;
    headers.tcp.timestamp_echo = echo;
    see(from_client, at_ms, &headers);
}

static void a_timestamp_tells_which_syn_was_answered(void)
{
    for (unsigned answered = 0; answered < 2; answered++) {
        begin();
        stamped(true, 0, TCP_SYN, 0, 500, 0);
        stamped(true, 1000, TCP_SYN, 0, 1500, 0);
        stamped(false, 1020, TCP_SYN | TCP_ACK, 1, 9, answered == 0 ? 500 : 1500);
        CHECK(rtt.handshake.server_ns == (answered == 0 ? MS(1020) : MS(20)));
        CHECK(rtt.handshake.syn_frame == answered + 1);
        rtt_release(&rtt);
    }
}

static void a_third_packet_with_payload_is_an_estimate(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(false, 20, TCP_SYN | TCP_ACK, 0, 1);
    client(50, 1, 100, 1);
    CHECK(rtt.handshake.client_ns == MS(30) && rtt.handshake.client_is_estimate);
    CHECK(rtt_base_ns(&rtt, RTT_CLIENT) == -1);
    rtt_release(&rtt);
}

static void a_repeated_synack_makes_the_client_side_an_estimate(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(false, 20, TCP_SYN | TCP_ACK, 0, 1);
    flagged(false, 1020, TCP_SYN | TCP_ACK, 0, 1);
    client(1022, 1, 0, 1);
    CHECK(rtt.handshake.server_ns == MS(20));
    CHECK(rtt.handshake.client_ns == MS(2) && rtt.handshake.client_is_estimate);
    CHECK(rtt.counts[1].retransmissions == 1);
    rtt_release(&rtt);
}

static void a_synack_for_another_syn_is_no_answer(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(false, 20, TCP_SYN | TCP_ACK, 0, 77);
    CHECK(rtt.handshake.server_ns == -1 && rtt.handshake.synack_frame == 0);
    rtt_release(&rtt);
}

static void data_in_the_syn_spoils_the_client_side_only(void)
{
    begin();
    struct headers syn = blank(true, 0, 50, 0);
    syn.tcp.flags = TCP_SYN;
    see(true, 0, &syn);
    flagged(false, 20, TCP_SYN | TCP_ACK, 0, 51);
    client(22, 51, 0, 1);
    CHECK(rtt.handshake.server_ns == MS(20) && rtt.handshake.client_ns == -1);
    rtt_release(&rtt);
}

static void one_direction_gives_one_round_trip_and_no_more(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    client(22, 1, 0, 1);
    client(23, 1, 100, 1);
    client(60, 101, 0, 3000);
    client(90, 101, 0, 6000);
    CHECK(rtt.handshake.open_ns == MS(22));
    CHECK(rtt.handshake.server_ns == -1 && rtt.handshake.client_ns == -1);
    CHECK(count_of(RTT_SERVER) == 0 && count_of(RTT_CLIENT) == 0);
    CHECK(rtt.counts[1].acked_unseen_bytes == 5999 && rtt.counts[1].acked_bytes == 5999);
    CHECK(rtt.counts[1].lost_segments == 0);
    rtt_release(&rtt);
}

static void the_other_direction_alone_gives_nothing(void)
{
    begin();
    flagged(false, 0, TCP_SYN | TCP_ACK, 0, 1);
    server(20, 1, 0, 301);
    server(21, 1, 1000, 301);
    server(60, 1001, 1000, 601);
    CHECK(count_of(RTT_SERVER) == 0 && count_of(RTT_CLIENT) == 0);
    CHECK(rtt.counts[0].acked_unseen_bytes == 600 && rtt.counts[0].acked_bytes == 600);
    CHECK(rtt.counts[0].lost_segments == 0);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == -1 && rtt.handshake.open_ns == -1);
    rtt_release(&rtt);
}

static void one_segment_and_a_pure_answer_is_class_x(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    server(119, 1, 0, 501);
    CHECK(is_only(RTT_SERVER, RTT_X, 19));
    CHECK(rtt.min_source_frame[RTT_SERVER] == 4 && rtt.min_reply_frame[RTT_SERVER] == 5);
    server(130, 1, 1000, 501);
    client(132, 501, 0, 1001);
    CHECK(is_only(RTT_CLIENT, RTT_X, 2));
    rtt_release(&rtt);
}

static void an_answer_with_payload_is_class_xp(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    server(150, 1, 700, 501);
    CHECK(is_only(RTT_SERVER, RTT_XP, 50));
    rtt_release(&rtt);
}

static void several_segments_are_class_c_from_the_newest(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    client(103, 501, 500, 1);
    server(123, 1, 0, 1001);
    CHECK(is_only(RTT_SERVER, RTT_C, 20));
    client(200, 1001, 500, 1);
    client(203, 1501, 500, 1);
    server(253, 1, 9, 2001);
    CHECK(rtt.classes[RTT_SERVER][RTT_CP] == 1);
    rtt_release(&rtt);
}

static void a_fin_is_a_source_too(void)
{
    begin_opened();
    flagged(true, 100, TCP_FIN | TCP_ACK, 1, 1);
    server(120, 1, 0, 2);
    CHECK(is_only(RTT_SERVER, RTT_X, 20));
    rtt_release(&rtt);
}

static void a_repeated_segment_gives_no_sample(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    client(400, 1, 500, 1);
    server(420, 1, 0, 501);
    CHECK(count_of(RTT_SERVER) == 0 && rtt.counts[0].retransmissions == 1);
    client(500, 501, 500, 1);
    server(520, 1, 0, 1001);
    CHECK(is_only(RTT_SERVER, RTT_X, 20));
    rtt_release(&rtt);
}

/* The second segment waits for the repair of the first, so its answer is as tainted. */
static void what_waits_for_a_repair_gives_no_sample(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    client(101, 501, 500, 1);
    client(400, 1, 500, 1);
    server(420, 1, 0, 1001);
    CHECK(count_of(RTT_SERVER) == 0);
    rtt_release(&rtt);
}

static void what_came_before_the_repair_gives_no_sample_with_it(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    client(101, 501, 500, 1);
    client(400, 501, 500, 1);
    server(420, 1, 0, 1001); /* 320 ms after the first, which is intact: not its answer */
    CHECK(count_of(RTT_SERVER) == 0);
    rtt_release(&rtt);
}

/* 2^37 ns: the clock jumped, no segment was under way for so long. */
static void what_took_longer_than_a_segment_lives_is_no_sample(void)
{
    static const double longest_ms = 137438.953472;
    for (unsigned is_longer = 0; is_longer < 2; is_longer++) {
        double took_ms = is_longer ? longest_ms : longest_ms - 1;
        begin_opened();
        client(100, 1, 500, 1);
        server(100 + took_ms, 1, 0, 501);
        client(200000, 501, 500, 1);
        server(200020, 1, 0, 1001);
        CHECK(count_of(RTT_SERVER) == (is_longer ? 1 : 2));
        CHECK(rtt.samples[RTT_SERVER].min_ns == MS(20));
        rtt_release(&rtt);
    }
}

static void a_handshake_across_a_jump_of_the_clock_is_not_timed(void)
{
    static const double day_ms = 86400e3;
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(false, day_ms, TCP_SYN | TCP_ACK, 0, 1);
    client(day_ms + 2, 1, 0, 1);
    CHECK(rtt.handshake.server_ns == -1 && rtt.handshake.open_ns == -1);
    CHECK(rtt.handshake.client_ns == MS(2));
    rtt_release(&rtt);
}

static void duplicate_acks_spoil_what_is_outstanding(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    server(120, 1, 0, 501);
    client(130, 501, 500, 1);
    client(131, 1001, 500, 1);
    server(151, 1, 0, 501);
    CHECK(rtt.counts[1].duplicate_acks == 1 && rtt.counts[0].duplicate_acks == 0);
    server(300, 1, 0, 1501);
    CHECK(is_only(RTT_SERVER, RTT_X, 20));
    client(400, 1501, 500, 1);
    server(420, 1, 0, 2001);
    CHECK(count_of(RTT_SERVER) == 2);
    rtt_release(&rtt);
}

static void a_window_update_is_no_duplicate_ack(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    server(120, 1, 0, 501);
    client(130, 501, 500, 1);
    struct headers update = blank(false, 1, 0, 501);
    update.tcp.window = 2000;
    see(false, 131, &update);
    CHECK(rtt.counts[1].duplicate_acks == 0);
    update.tcp.acknowledgement += 500;
    see(false, 150, &update);
    CHECK(count_of(RTT_SERVER) == 2 && rtt.samples[RTT_SERVER].max_ns == MS(20));
    rtt_release(&rtt);
}

static void a_sack_edge_samples_the_segment_that_has_come(void)
{
    begin_opened();
    client(100, 1, 500, 1); /* lost behind the capture point */
    client(101, 501, 500, 1);
    client(115, 1001, 500, 1);
    server_sack(121, 1, 501, 1001);
    CHECK(is_only(RTT_SERVER, RTT_S, 20));
    CHECK(rtt.min_source_frame[RTT_SERVER] == 5 && rtt.min_reply_frame[RTT_SERVER] == 7);
    server_sack(136, 1, 501, 1501);
    CHECK(rtt.classes[RTT_SERVER][RTT_S] == 2 &&
          rtt.samples[RTT_SERVER].max_ns == MS(21));
    server_sack(170, 1, 501, 1501); /* the same edge again */
    client(180, 1, 500, 1);
    server(200, 1, 0, 1501);
    CHECK(count_of(RTT_SERVER) == 2 && rtt.samples[RTT_SERVER].max_ns == MS(21));
    rtt_release(&rtt);
}

/* RFC 5681: a duplicate only while data is outstanding. It repairs nothing, so what is
   outstanding may still be sampled. */
static void a_duplicate_sack_is_no_sample_and_spoils_none(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    server(120, 1, 0, 501);
    client(121, 1, 500, 1); /* needless */
    server_sack(140, 501, 1, 501);
    CHECK(rtt.counts[1].duplicate_acks == 0);
    client(141, 1, 500, 1);
    client(142, 501, 500, 1);
    server_sack(161, 501, 1, 501);
    CHECK(rtt.counts[1].duplicate_acks == 1);
    server(162, 1, 0, 1001);
    CHECK(count_of(RTT_SERVER) == 2 && rtt.counts[0].retransmissions == 2);
    rtt_release(&rtt);
}

static void keep_alives_are_neither_source_nor_reply(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    server(120, 1, 0, 501);
    client(10000, 500, 1, 1);
    server(10300, 1, 0, 501);
    client(20000, 500, 0, 1);
    server(20300, 1, 0, 501);
    CHECK(is_only(RTT_SERVER, RTT_X, 20));
    CHECK(rtt.counts[0].keep_alives == 2 && rtt.counts[0].retransmissions == 0);
    CHECK(rtt.counts[1].duplicate_acks == 0);
    rtt_release(&rtt);
}

static void a_probe_of_a_closed_window_is_no_source(void)
{
    begin_opened();
    struct headers closed = blank(false, 1, 0, 501);
    closed.tcp.window = 0;
    client(100, 1, 500, 1);
    see(false, 120, &closed);
    CHECK(rtt.counts[1].zero_windows == 1 && rtt.counts[0].zero_windows == 0);
    client(400, 501, 1, 1);
    see(false, 420, &closed);
    CHECK(rtt.counts[1].duplicate_acks == 0);
    client(900, 501, 1, 1);
    server(920, 1, 0, 502); /* taken at last */
    CHECK(is_only(RTT_SERVER, RTT_X, 20));
    CHECK(rtt.counts[0].acked_unseen_bytes == 0 && rtt.counts[0].retransmissions == 0);
    client(1000, 502, 500, 1);
    server(1020, 1, 0, 1002);
    CHECK(count_of(RTT_SERVER) == 2);
    rtt_release(&rtt);
}

static void what_was_acknowledged_unseen_is_the_captures_loss(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    server(140, 1, 0, 1501); /* 1000 bytes were never captured */
    CHECK(count_of(RTT_SERVER) == 0 && rtt.counts[0].lost_segments == 1);
    CHECK(rtt.counts[0].acked_unseen_bytes == 1000 && rtt.counts[0].acked_bytes == 1500);
    client(200, 1501, 500, 1);
    server(220, 1, 0, 2001);
    CHECK(is_only(RTT_SERVER, RTT_X, 20));
    rtt_release(&rtt);
}

static void a_hole_that_is_acknowledged_unseen_releases_what_it_held(void)
{
    begin_opened();
    client(100, 501, 500, 1); /* the first 500 bytes were not captured */
    server(120, 1, 0, 1001);
    CHECK(is_only(RTT_SERVER, RTT_C, 20));
    CHECK(rtt.counts[0].lost_segments == 1 && rtt.counts[0].acked_unseen_bytes == 500);
    rtt_release(&rtt);
}

static void a_hole_that_is_complained_about_holds(void)
{
    begin_opened();
    client(100, 501, 500, 1); /* the first 500 bytes were lost before the capture point */
    server(120, 1, 0, 1);
    client(140, 1, 500, 1);
    server(160, 1, 0, 1001);
    CHECK(count_of(RTT_SERVER) == 0 && rtt.counts[0].retransmissions == 1);
    CHECK(rtt.counts[0].lost_segments == 0 && rtt.counts[0].acked_unseen_bytes == 0);
    rtt_release(&rtt);
}

static void client_with_id(double at_ms, uint32_t sequence, uint16_t ip_id)
{
    struct headers headers = blank(true, sequence, 500, 1);
    headers.ip_id = ip_id;
    see(true, at_ms, &headers);
}

static void an_overtaken_segment_is_out_of_order(void)
{
    begin_opened();
    client_with_id(100, 501, 8);
    client_with_id(101, 1, 7);
    server(121, 1, 0, 1001);
    CHECK(rtt.counts[0].out_of_order == 1 && rtt.counts[0].retransmissions == 0);
    CHECK(is_only(RTT_SERVER, RTT_C, 20)); /* the late one released the answer */
    rtt_release(&rtt);
}

static void a_younger_identification_is_a_retransmission(void)
{
    begin_opened();
    client_with_id(100, 501, 8);
    client_with_id(101, 1, 9);
    CHECK(rtt.counts[0].out_of_order == 0 && rtt.counts[0].retransmissions == 1);
    client_with_id(130, 1501, 65535);
    client_with_id(131, 1001, 2); /* across the wrap */
    CHECK(rtt.counts[0].retransmissions == 2);
    rtt_release(&rtt);
}

static void without_identification_time_decides(void)
{
    begin_opened();
    client(100, 501, 500, 1);
    client(102.9, 1, 500, 1);
    CHECK(rtt.counts[0].out_of_order == 1);
    client(200, 1501, 500, 1);
    client(203.1, 1001, 500, 1);
    CHECK(rtt.counts[0].out_of_order == 1 && rtt.counts[0].retransmissions == 1);
    rtt_release(&rtt);
}

static void an_acknowledgement_captured_too_early_is_disorder(void)
{
    begin_opened();
    server(100, 1, 0, 501);
    CHECK(rtt.counts[0].lost_segments == 1);
    client(100.01, 1, 500, 1);
    CHECK(rtt.counts[0].lost_segments == 0 && rtt.counts[0].acked_unseen_bytes == 0);
    CHECK(rtt.counts[0].out_of_order == 1 && rtt.counts[0].retransmissions == 0);
    rtt_release(&rtt);
}

static void a_capture_that_starts_in_mid_flow_measures_at_once(void)
{
    begin();
    client(0, 70001, 500, 90001);
    server(20, 90001, 1000, 70501);
    client(22, 70501, 0, 91001);
    CHECK(is_only(RTT_SERVER, RTT_XP, 20) && is_only(RTT_CLIENT, RTT_X, 2));
    CHECK(rtt.counts[0].lost_segments == 0 && rtt.counts[0].acked_unseen_bytes == 0);
    CHECK(rtt.handshake.server_ns == -1);
    rtt_release(&rtt);
}

static void what_was_outstanding_before_the_capture_is_no_loss(void)
{
    begin();
    server(0, 1, 0, 5001); /* answers what nobody has seen */
    client(1, 9001, 500, 1);
    server(10, 1, 0, 7001);
    server(21, 1, 0, 9501);
    CHECK(is_only(RTT_SERVER, RTT_X, 20));
    CHECK(rtt.counts[0].lost_segments == 0 && rtt.counts[0].retransmissions == 0);
    rtt_release(&rtt);
}

static void sequence_numbers_wrap(void)
{
    begin_opened(); /* both wrap within the first 20,000 bytes */
    for (uint32_t i = 0; i < 40; i++) {
        client(100 + 50 * i, 1 + 500 * i, 500, 1 + 1000 * i);
        server(120 + 50 * i, 1 + 1000 * i, 0, 501 + 500 * i);
        server(121 + 50 * i, 1 + 1000 * i, 1000, 501 + 500 * i);
        client(123 + 50 * i, 501 + 500 * i, 0, 1001 + 1000 * i);
    }
    CHECK(rtt.classes[RTT_SERVER][RTT_X] == 40 && rtt.classes[RTT_CLIENT][RTT_X] == 40);
    CHECK(rtt.samples[RTT_SERVER].max_ns == MS(20));
    CHECK(rtt.samples[RTT_CLIENT].max_ns == MS(2));
    CHECK(rtt.counts[0].retransmissions == 0 && rtt.counts[0].lost_segments == 0);
    CHECK(rtt.counts[0].acked_bytes == 20000 && rtt.counts[1].acked_bytes == 40000);
    rtt_release(&rtt);
}

static void an_answer_inside_a_super_frame_is_class_g(void)
{
    begin_opened();
    client(100, 1, 8000, 1);
    server(120, 1, 0, 2921);
    CHECK(is_only(RTT_SERVER, RTT_G, 20) && rtt.counts[0].super_frames == 1);
    server(121, 1, 0, 5841);
    server(190, 1, 0, 8001);
    CHECK(count_of(RTT_SERVER) == 1 && rtt.samples[RTT_SERVER].max_ns == MS(20));
    rtt_release(&rtt);
}

static void the_announced_segment_size_tells_a_super_frame(void)
{
    for (unsigned i = 0; i < 2; i++) {
        begin();
        flagged(true, 0, TCP_SYN, 0, 0);
        struct headers answer = blank(false, 0, 0, 1);
        answer.tcp.flags = TCP_SYN | TCP_ACK;
        answer.tcp.has_mss = true;
        answer.tcp.mss = i == 0 ? 1400 : 8960;
        see(false, 20, &answer);
        client(22, 1, 0, 1);
        client(100, 1, 1448, 1);
        CHECK(rtt.counts[0].super_frames == (i == 0));
        server(120, 1, 0, 1449);
        CHECK(is_only(RTT_SERVER, i == 0 ? RTT_C : RTT_X, 20));
        rtt_release(&rtt);
    }
}

static void a_reset_answers_nothing(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    flagged(false, 120, TCP_RST | TCP_ACK, 1, 501);
    server(140, 1, 0, 501);
    CHECK(count_of(RTT_SERVER) == 0);
    rtt_release(&rtt);
}

static void a_step_of_the_clock_voids_what_is_outstanding(void)
{
    begin_opened();
    client(100, 1, 500, 1);
    struct headers answer = blank(false, 1, 0, 501);
    rtt_see(&rtt, &answer, false, MS(500), ++frame, true);
    CHECK(count_of(RTT_SERVER) == 0);
    rtt_release(&rtt);

    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    struct headers synack = blank(false, 0, 0, 1);
    synack.tcp.flags = TCP_SYN | TCP_ACK;
    rtt_see(&rtt, &synack, false, MS(500), ++frame, true);
    CHECK(rtt.handshake.server_ns == -1);
    rtt_release(&rtt);
}

static void outstanding_segments_are_capped_and_the_newest_kept(void)
{
    begin_opened();
    for (uint32_t i = 0; i < 1000; i++)
        client(100 + i, 1 + 100 * i, 100, 1);
    server(1119, 1, 0, 100001);
    CHECK(is_only(RTT_SERVER, RTT_C, 20));
    rtt_release(&rtt);

    begin_opened();
    for (uint32_t i = 0; i < 257; i++)
        client(100 + i, 1 + 100 * i, 100, 1);
    server(376, 1, 0, 201); /* of the oldest, every second one was kept */
    rtt_conclude(&rtt);
    CHECK(count_of(RTT_SERVER) == 1 && rtt.samples[RTT_SERVER].min_ns == MS(275));
    rtt_release(&rtt);
}

static void close_samples_count_once_but_move_the_ends(void)
{
    begin_opened();
    for (uint32_t i = 0; i < 9; i++)
        client(100 + i, 1 + 100 * i, 100, 1);
    for (uint32_t i = 0; i < 9; i++)
        server(120 + (i == 5 ? 4.5 : i), 1, 0, 101 + 100 * i);
    CHECK(is_only(RTT_SERVER, RTT_X, 19.5));
    CHECK(rtt.min_source_frame[RTT_SERVER] == 9);
    CHECK(rtt.samples[RTT_SERVER].max_ns == MS(20));
    rtt_release(&rtt);
}

static void one_exchange(double at_ms, uint32_t number, double rtt_ms)
{
    client(at_ms, 1 + 100 * number, 100, 1);
    server(at_ms + rtt_ms, 1, 0, 101 + 100 * number);
}

static void the_base_needs_two_that_agree(void)
{
    begin();
    one_exchange(1000, 0, 3); /* a bad stamp */
    one_exchange(2000, 1, 61);
    one_exchange(3000, 2, 20);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(3));
    CHECK(!rtt_base_is_confirmed(&rtt, RTT_SERVER));
    one_exchange(4000, 3, 62);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(61));
    CHECK(rtt_base_is_confirmed(&rtt, RTT_SERVER));
    one_exchange(5000, 4, 21.5);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(20));
    CHECK(rtt_minimum_ns(&rtt, RTT_SERVER) == MS(3));
    rtt_conclude(&rtt);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(20) && rtt.directions[0] == NULL);
    CHECK(rtt_base_is_confirmed(&rtt, RTT_SERVER));
    CHECK(!rtt_base_is_confirmed(&rtt, RTT_CLIENT));
    rtt_release(&rtt);
}

static void a_syn_answered_early_does_not_set_the_base(void)
{
    begin();
    flagged(true, 0, TCP_SYN, 0, 0);
    flagged(false, 1, TCP_SYN | TCP_ACK, 0, 1);
    client(3, 1, 0, 1);
    one_exchange(1000, 0, 50);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(1)); /* no two agree */
    CHECK(!rtt_base_is_confirmed(&rtt, RTT_SERVER));
    one_exchange(2000, 1, 52);
    rtt_conclude(&rtt);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(50));
    CHECK(rtt.delayed[RTT_SERVER] == NULL);
    CHECK(rtt.handshake.server_ns == MS(1));
    rtt_release(&rtt);
}

static void delayed_acknowledgements_do_not_set_the_base(void)
{
    begin_opened(); /* 20 ms */
    client(100, 1, 100, 1);
    server(121, 1, 300, 101); /* rides on data: class Xp */
    one_exchange(1000, 1, 60);
    one_exchange(2000, 2, 60.5);
    one_exchange(3000, 3, 61);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(20));
    rtt_release(&rtt);
}

static uint64_t delayed_count(enum rtt_side side)
{
    return rtt.delayed[side] == NULL ? 0 : rtt.delayed[side]->count;
}

static void a_receivers_timer_is_a_mass_of_its_own(void)
{
    static const double timers[] = { 40, 50, 100, 200 };
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
        for (int off = -6; off <= 6; off += 2) {
            begin_opened();
            one_exchange(1000, 0, 20);
            one_exchange(3000, 1, 20 + timers[i] + off);
            one_exchange(5000, 2, 20);
            rtt_conclude(&rtt);
            bool is_near = off >= -5 && off <= 5;
            bool is_next = (i == 0 && off == 6) || (i == 1 && off == -6);
            CHECK(delayed_count(RTT_SERVER) == (is_near || is_next));
            CHECK(count_of(RTT_SERVER) == 3 - delayed_count(RTT_SERVER));
            if (is_near) {
                CHECK(rtt.samples[RTT_SERVER].max_ns == MS(20));
                CHECK(rtt.delayed[RTT_SERVER]->min_ns == MS(20 + timers[i] + off));
                CHECK(rtt.classes[RTT_SERVER][RTT_X] == 2);
            }
            rtt_release(&rtt);
        }
}

static void a_neighbour_as_slow_shows_a_queue(void)
{
    static const struct {
        double before_ms, behind_ms, behind_after_ms;
        uint64_t delayed;
    } cases[] = {
        { 20, 20, 200, 1 }, { 20, 39, 200, 1 }, { 20, 45, 200, 0 },
        { 45, 20, 200, 0 }, { 45, 45, 200, 0 }, { 20, 45, 1500, 1 }, /* long after */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_opened();
        one_exchange(1000, 0, 20);
        one_exchange(2800, 1, cases[i].before_ms);
        one_exchange(3000, 2, 62);
        one_exchange(3000 + cases[i].behind_after_ms, 3, cases[i].behind_ms);
        rtt_conclude(&rtt);
        CHECK(delayed_count(RTT_SERVER) == cases[i].delayed);
        CHECK(count_of(RTT_SERVER) == 4 - cases[i].delayed);
        rtt_release(&rtt);
    }
}

static void what_must_be_acknowledged_at_once_has_no_timer(void)
{
    begin_opened();
    one_exchange(1000, 0, 20);
    client(3000, 101, 1500, 1); /* a full segment */
    server(3062, 1, 0, 1601);
    client(5000, 1601, 100, 1);
    server(5062, 1, 300, 1701); /* with an answer */
    one_exchange(7000, 17, 20);
    rtt_conclude(&rtt);
    CHECK(delayed_count(RTT_SERVER) == 0 && count_of(RTT_SERVER) == 4);
    rtt_release(&rtt);
}

/* The option takes its room: what fills the packet with it is a full segment. */
static void timestamps_leave_less_room_for_a_full_segment(void)
{
    for (unsigned stamped = 0; stamped < 2; stamped++) {
        begin_opened();
        one_exchange(1000, 0, 20);
        client(3000, 101, 1488, 1);
        struct headers reply = blank(false, 1, 0, 1589);
        reply.tcp.has_timestamps = stamped;
        see(false, 3062, &reply);
        rtt_conclude(&rtt);
        CHECK(delayed_count(RTT_SERVER) == 1 - stamped);
        rtt_release(&rtt);
    }
}

static void where_all_are_as_long_no_timer_is_seen(void)
{
    begin_opened(); /* 20 ms, as a firewall before the server may answer */
    one_exchange(1000, 0, 60);
    one_exchange(2000, 1, 60.5);
    one_exchange(3000, 2, 61);
    rtt_conclude(&rtt);
    CHECK(delayed_count(RTT_SERVER) == 0 && count_of(RTT_SERVER) == 3);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) == MS(60));
    CHECK(!rtt_base_is_confirmed(&rtt, RTT_SERVER)); /* or is it a timer? */
    rtt_release(&rtt);
}

static void more_samples_than_can_wait_are_all_decided_on(void)
{
    begin();
    for (uint32_t i = 0; i < 10; i++)
        one_exchange(1000 + 2000 * i, i, 62);
    one_exchange(30000, 10, 20);
    for (uint32_t i = 11; i < 21; i++)
        one_exchange(30000 + 2000 * i, i, 62);
    rtt_conclude(&rtt);
    /* The first ones had to be decided on before anything shorter came. */
    CHECK(count_of(RTT_SERVER) + delayed_count(RTT_SERVER) == 21);
    CHECK(delayed_count(RTT_SERVER) >= 10);
    CHECK(rtt_base_ns(&rtt, RTT_SERVER) >= MS(20));
    rtt_release(&rtt);
}

static void a_timer_goes_with_its_side(void)
{
    begin();
    client(0, 1, 500, 1);
    server(20, 1, 0, 501);
    client(1000, 501, 500, 1);
    server(1062, 1, 0, 1001);
    client(3000, 1001, 500, 1);
    server(3020, 1, 0, 1501);
    rtt_swap_sides(&rtt);
    rtt_conclude(&rtt);
    CHECK(delayed_count(RTT_CLIENT) == 1 && delayed_count(RTT_SERVER) == 0);
    rtt_release(&rtt);
}

static void sides_can_be_exchanged(void)
{
    begin();
    client(0, 1, 500, 1);
    server(20, 1, 0, 501);
    client(30, 501, 500, 1);
    rtt_swap_sides(&rtt);
    CHECK(is_only(RTT_CLIENT, RTT_X, 20) && count_of(RTT_SERVER) == 0);
    struct headers answer = blank(false, 1, 0, 1001);
    see(true, 51, &answer);
    CHECK(count_of(RTT_CLIENT) == 2 && rtt.samples[RTT_CLIENT].max_ns == MS(21));
    CHECK(rtt.counts[1].acked_bytes == 1000);
    rtt_release(&rtt);
}

static void classes_are_named_as_the_contract_says(void)
{
    CHECK_TEXT(rtt_class_text(RTT_X), "X");
    CHECK_TEXT(rtt_class_text(RTT_XP), "Xp");
    CHECK_TEXT(rtt_class_text(RTT_C), "C");
    CHECK_TEXT(rtt_class_text(RTT_CP), "Cp");
    CHECK_TEXT(rtt_class_text(RTT_S), "S");
    CHECK_TEXT(rtt_class_text(RTT_G), "G");
}

int main(void)
{
    RUN(nothing_is_measured_from_nothing);
    RUN(a_handshake_measures_both_sides);
    RUN(a_syn_that_nobody_answers_allocates_nothing);
    RUN(several_syns_give_an_interval);
    RUN(a_timestamp_tells_which_syn_was_answered);
    RUN(a_third_packet_with_payload_is_an_estimate);
    RUN(a_repeated_synack_makes_the_client_side_an_estimate);
    RUN(a_synack_for_another_syn_is_no_answer);
    RUN(data_in_the_syn_spoils_the_client_side_only);
    RUN(one_direction_gives_one_round_trip_and_no_more);
    RUN(the_other_direction_alone_gives_nothing);
    RUN(one_segment_and_a_pure_answer_is_class_x);
    RUN(an_answer_with_payload_is_class_xp);
    RUN(several_segments_are_class_c_from_the_newest);
    RUN(a_fin_is_a_source_too);
    RUN(a_repeated_segment_gives_no_sample);
    RUN(what_waits_for_a_repair_gives_no_sample);
    RUN(what_came_before_the_repair_gives_no_sample_with_it);
    RUN(what_took_longer_than_a_segment_lives_is_no_sample);
    RUN(a_handshake_across_a_jump_of_the_clock_is_not_timed);
    RUN(duplicate_acks_spoil_what_is_outstanding);
    RUN(a_window_update_is_no_duplicate_ack);
    RUN(a_sack_edge_samples_the_segment_that_has_come);
    RUN(a_duplicate_sack_is_no_sample_and_spoils_none);
    RUN(keep_alives_are_neither_source_nor_reply);
    RUN(a_probe_of_a_closed_window_is_no_source);
    RUN(what_was_acknowledged_unseen_is_the_captures_loss);
    RUN(a_hole_that_is_acknowledged_unseen_releases_what_it_held);
    RUN(a_hole_that_is_complained_about_holds);
    RUN(an_overtaken_segment_is_out_of_order);
    RUN(a_younger_identification_is_a_retransmission);
    RUN(without_identification_time_decides);
    RUN(an_acknowledgement_captured_too_early_is_disorder);
    RUN(a_capture_that_starts_in_mid_flow_measures_at_once);
    RUN(what_was_outstanding_before_the_capture_is_no_loss);
    RUN(sequence_numbers_wrap);
    RUN(an_answer_inside_a_super_frame_is_class_g);
    RUN(the_announced_segment_size_tells_a_super_frame);
    RUN(a_reset_answers_nothing);
    RUN(a_step_of_the_clock_voids_what_is_outstanding);
    RUN(outstanding_segments_are_capped_and_the_newest_kept);
    RUN(close_samples_count_once_but_move_the_ends);
    RUN(the_base_needs_two_that_agree);
    RUN(a_syn_answered_early_does_not_set_the_base);
    RUN(delayed_acknowledgements_do_not_set_the_base);
    RUN(a_receivers_timer_is_a_mass_of_its_own);
    RUN(a_neighbour_as_slow_shows_a_queue);
    RUN(what_must_be_acknowledged_at_once_has_no_timer);
    RUN(timestamps_leave_less_room_for_a_full_segment);
    RUN(where_all_are_as_long_no_timer_is_seen);
    RUN(more_samples_than_can_wait_are_all_decided_on);
    RUN(a_timer_goes_with_its_side);
    RUN(sides_can_be_exchanged);
    RUN(classes_are_named_as_the_contract_says);
    return test_end();
}
