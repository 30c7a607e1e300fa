/* Packets in pieces, from files to flow records: counted once, across files, or given up.
 */
#include "tests/read_series.h"
#include "tests/test.h"

enum { HEADERS = 34, PIECE = 96 };

/* One datagram of 200 bytes in three pieces, of which `kept` (bits) are written. */
static void send_pieces(struct wire *wire, uint16_t id, unsigned kept)
{
    static const char text[200];
    uint8_t frame[512], piece[512];
    struct pcap_writer_fields fields = wire_fields(wire, 0);
    fields.payload = text;
    fields.payload_size = sizeof text;
    size_t size = pcap_writer_udp(&fields, frame, sizeof frame);
    for (unsigned i = 0; HEADERS + i * PIECE < size; i++) {
        size_t at = HEADERS + i * PIECE;
        size_t count = size - at < PIECE ? size - at : PIECE;
        memcpy(piece, frame, HEADERS);
        memcpy(piece + HEADERS, frame + at, count);
        piece[16] = 0;
        piece[17] = (uint8_t)(20 + count);
        piece[18] = (uint8_t)(id >> 8);
        piece[19] = (uint8_t)id;
        piece[20] = at + count < size ? 0x20 : 0;
        piece[21] = (uint8_t)(i * PIECE / 8);
        if ((kept >> i & 1) != 0)
            wire_put(wire, piece, HEADERS + count);
    }
}

static void a_datagram_in_pieces_is_one_packet(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    for (uint16_t i = 1; i <= 10; i++)
        send_pieces(&wire, i, 7);
    struct series_run run = run_one(&out);
    const struct capture_entry *entry = &run.header->captures[0];
    CHECK(entry->packets == 30 && entry->fragments == 30 && entry->rebuilt == 10);
    CHECK(entry->incomplete == 0 && entry->other_count == 0);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->packets[0] == 10 && flow->bytes[0] == 10 * 228);
    CHECK(flow->client.port == 50000 || flow->server.port == 50000);
    run_release(&run);
    pcap_writer_release(&out);
}

static void what_is_incomplete_is_counted_and_its_first_piece_is_a_flows(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    send_pieces(&wire, 1, 3); /* the last piece is missing */
    send_pieces(&wire, 2, 6); /* the first */
    struct series_run run = run_one(&out);
    const struct capture_entry *entry = &run.header->captures[0];
    CHECK(entry->fragments == 4 && entry->rebuilt == 0 && entry->incomplete == 2);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->packets[0] == 1 && flow->bytes[0] == 20 + PIECE);
    CHECK(entry->other_count == 1);
    CHECK_TEXT(entry->other[0].protocol, "udp-fragment");
    CHECK(entry->other[0].packets == 3 && entry->other[0].peers == 1);
    run_release(&run);
    pcap_writer_release(&out);
}

static void pieces_may_lie_in_two_files(void)
{
    struct pcap_writer out[2] = { 0 };
    struct wire wire = wire_of(&out[0], 50000);
    send_pieces(&wire, 1, 1);
    struct wire next = wire_of(&out[1], 50000);
    next.time_ns = wire.time_ns;
    send_pieces(&next, 1, 6);
    struct test_capture captures[] = { { "a-1", &out[0] }, { "a-2", &out[1] } };
    struct series_run run = run_series(captures, 2, NULL);
    CHECK(run.header->capture_count == 2);
    CHECK(run.header->captures[1].rebuilt == 1);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->packets[0] == 1 && flow->bytes[0] == 228);
    run_release(&run);
    for (int i = 0; i < 2; i++)
        pcap_writer_release(&out[i]);
}

int main(void)
{
    RUN(a_datagram_in_pieces_is_one_packet);
    RUN(what_is_incomplete_is_counted_and_its_first_piece_is_a_flows);
    RUN(pieces_may_lie_in_two_files);
    return test_end();
}
