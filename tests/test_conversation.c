/* test_conversation.c - analyzer/conversation.c and flow.c: packets of a capture, and the
   flows that become of them. */
#include "analyzer/conversation.h"

#include "tests/read_series.h"

static bool is_client(const struct flow_record *flow, const char *ip, uint16_t port)
{
    char text[ADDRESS_TEXT_SIZE];
    address_text(&flow->client.ip, text);
    return strcmp(text, ip) == 0 && flow->client.port == port;
}

static void a_whole_connection_is_one_flow_with_all_that_it_showed(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    wire.ttl[1] = 117;
    open_tcp(&wire);
    send_blob(&wire, 0, hello_record("mail.example"));
    close_tcp(&wire);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->id == 1 && flow->transport == FLOW_TCP && flow->first_frame == 1);
    CHECK(is_client(flow, "10.0.0.1", 50000) && flow->server.port == 443);
    CHECK(flow->client_by == CLIENT_BY_SYN && flow->partial == 0);
    CHECK(flow->client.ttl == 64 && flow->server.ttl == 117);
    CHECK(flow->client.has_mac && flow->client.mac.bytes[5] == 1);
    CHECK(flow->packets[0] == 5 && flow->packets[1] == 2);
    CHECK(flow->bytes[1] == 80 && flow->crossings == 1 && flow->copies == 0);
    CHECK(flow->start_ns == noon_ns + ms_ns && flow->end_ns == noon_ns + 7 * ms_ns);
    CHECK(flow->ended_by == FLOW_END_FIN);
    CHECK(flow->client_isn == 1000 && flow->options[0].is_seen);
    CHECK_TEXT(flow->tls.sni, "mail.example");
    CHECK(flow->tls.hidden == CERTIFICATE_HIDDEN_NOT_CAPTURED);
    CHECK(flow->timing.tcp_ns == 2 * ms_ns);
    run_release(&run);
    pcap_writer_release(&out);
    blobs_release();
}

/* It still waits for a neighbour when the capture ends. */
static void the_last_sample_of_a_flow_counts(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    open_tcp(&wire);
    for (unsigned i = 0; i < 2; i++) {
        send_text(&wire, 0, "request");
        wire.time_ns += i == 0 ? 0 : 40 * ms_ns;
        send_tcp(&wire, 1, ACK, NULL, 0);
        wire.time_ns += 1000 * ms_ns;
    }
    struct series_run run = run_one(&out);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->rtt[RTT_SERVER].samples.count == 1);
    CHECK(flow->rtt[RTT_SERVER].delayed.count == 1);
    CHECK(flow->rtt[RTT_SERVER].delayed.max_ns == 41 * ms_ns);
    CHECK(flow->rtt[RTT_SERVER].is_base_confirmed);
    CHECK(!flow->rtt[RTT_CLIENT].is_base_confirmed);
    run_release(&run);
    pcap_writer_release(&out);
}

static void why_there_is_no_certificate_is_told(void)
{
    static const struct {
        struct server_hello hello;
        const char *certificate; /* the message behind the hello, hexadecimal */
        enum certificate_hidden hidden;
    } cases[] = {
        { { .is_13 = true }, NULL, CERTIFICATE_HIDDEN_TLS13 },
        { { .echoes_session = true }, NULL, CERTIFICATE_HIDDEN_RESUMED },
        { { 0 }, NULL, CERTIFICATE_HIDDEN_NOT_CAPTURED },
        { { 0 }, "0b000008 000005 000002 3000", CERTIFICATE_HIDDEN_UNREADABLE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pcap_writer out = { 0 };
        struct wire wire = wire_of(&out, 50000);
        struct blob *messages = blob_new(), *records = blob_new();
        put_server_hello(messages, &cases[i].hello);
        if (cases[i].certificate != NULL)
            put_hex(messages, cases[i].certificate);
        put_records(records, messages->bytes, messages->size, 16384);
        open_tcp(&wire);
        send_blob(&wire, 0, hello_record("mail.example"));
        send_blob(&wire, 1, records);
        close_tcp(&wire);
        struct series_run run = run_one(&out);
        const struct flow_record *flow = next_flow(&run);
        CHECK(flow->tls.hidden == cases[i].hidden && flow->tls.chain_count == 0);
        run_release(&run);
        pcap_writer_release(&out);
        blobs_release();
    }
}

/* Who sends the only packet, and what it is, tells who is the client. */
static void every_reason_to_be_the_client(void)
{
    struct blob *hello = hello_record("mail.example"), *server = blob_new();
    struct blob *message = blob_new(), *question = blob_new(), *reply = blob_new();
    put_server_hello(message, &(struct server_hello){ 0 });
    put_records(server, message->bytes, message->size, 9999);
    put_question(question, 7, false, 0, "mail.example");
    put_question(reply, 7, true, 0, "mail.example");
    static const char request[] = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    static const char stun[] = "\0\1\0\0\x21\x12\xa4\x42"
                               "0123456789ab";
    static const char stun_answer[] = "\1\1\0\0\x21\x12\xa4\x42"
                                      "0123456789ab";
    const struct {
        uint16_t from, to;
        uint8_t tcp_flags; /* 0: UDP */
        const void *bytes;
        size_t size;
        bool sender_is_client;
        enum client_by by;
    } cases[] = {
        { 443, 5000, SYN, NULL, 0, true, CLIENT_BY_SYN },
        { 5000, 443, SYN | ACK, NULL, 0, false, CLIENT_BY_SYN_ACK },
        { 443, 5000, ACK, hello->bytes, hello->size, true, CLIENT_BY_HELLO },
        { 443, 5000, ACK, request, sizeof request - 1, true, CLIENT_BY_REQUEST },
        { 5000, 443, ACK, server->bytes, server->size, false, CLIENT_BY_ANSWER },
        { 5000, 443, ACK, "HTTP/1.1 204 No\r\n\r\n", 19, false, CLIENT_BY_ANSWER },
        { 5000, 443, ACK, "data", 4, true, CLIENT_BY_PORT },
        { 443, 5000, ACK, "data", 4, false, CLIENT_BY_PORT },
        { 8080, 5000, ACK, "data", 4, false, CLIENT_BY_PORT },
        { 3481, 5000, 0, "data", 4, false, CLIENT_BY_PORT },
        { 3482, 5000, 0, "data", 4, true, CLIENT_BY_FIRST_PACKET },
        { 80, 443, ACK, "data", 4, true, CLIENT_BY_FIRST_PACKET },
        { 5001, 5000, ACK, "data", 4, true, CLIENT_BY_FIRST_PACKET },
        { 53, 53, 0, question->bytes, question->size, true, CLIENT_BY_REQUEST },
        { 53, 5000, 0, reply->bytes, reply->size, false, CLIENT_BY_ANSWER },
        { 3478, 5000, 0, stun, sizeof stun - 1, true, CLIENT_BY_REQUEST },
        { 5000, 3478, 0, stun_answer, sizeof stun_answer - 1, false, CLIENT_BY_ANSWER },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pcap_writer out = { 0 };
        struct wire wire = wire_of(&out, cases[i].from);
        wire.port[1] = cases[i].to;
        if (cases[i].tcp_flags != 0)
            send_tcp(&wire, 0, cases[i].tcp_flags, cases[i].bytes, cases[i].size);
        else
            send_udp(&wire, 0, cases[i].bytes, cases[i].size);
        struct series_run run = run_one(&out);
        const struct flow_record *flow = next_flow(&run);
        bool is_sender = flow != NULL && is_client(flow, "10.0.0.1", cases[i].from);
        CHECK(flow != NULL && flow->client_by == cases[i].by);
        CHECK(is_sender == cases[i].sender_is_client);
        CHECK(flow->packets[is_sender ? 0 : 1] == 1 && flow->packets[is_sender] == 0);
        CHECK((flow->partial & PARTIAL_ONE_WAY) != 0);
        run_release(&run);
        pcap_writer_release(&out);
    }
    blobs_release();
}

/* From the server's port to the client's, so that all was noted for the wrong sides. */
static void a_client_found_by_its_hello_takes_what_was_noted_along(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 443);
    wire.port[1] = 50000;
    wire.ttl[0] = 128;
    send_tcp(&wire, 1, ACK, NULL, 0);
    send_tcp(&wire, 0, ACK, NULL, 0);
    send_tcp(&wire, 0, ACK, NULL, 0);
    send_blob(&wire, 0, hello_record("mail.example"));
    struct series_run run = run_one(&out);
    const struct flow_record *flow = next_flow(&run);
    CHECK(is_client(flow, "10.0.0.1", 443) && flow->client_by == CLIENT_BY_HELLO);
    CHECK(flow->packets[0] == 3 && flow->packets[1] == 1);
    CHECK(flow->client.ttl == 128 && flow->server.ttl == 64);
    CHECK_TEXT(flow->tls.sni, "mail.example");
    run_release(&run);
    pcap_writer_release(&out);
    blobs_release();
}

static void a_syn_with_another_number_after_the_end_begins_a_flow(void)
{
    for (int by_reset = 0; by_reset < 2; by_reset++) {
        struct pcap_writer out = { 0 };
        struct wire wire = wire_of(&out, 50000);
        open_tcp(&wire);
        if (by_reset)
            send_tcp(&wire, 1, RST, NULL, 0);
        else
            close_tcp(&wire);
        wire.next[0] += 10; /* near: only the end tells */
        wire.next[1] += 10;
        open_tcp(&wire);
        struct series_run run = run_one(&out);
        CHECK(flow_count(&run) == 2);
        const struct flow_record *flow = next_flow(&run);
        CHECK(flow->ended_by == (by_reset ? FLOW_END_SERVER_RST : FLOW_END_FIN));
        flow = next_flow(&run);
        CHECK(flow->id == 2 && flow->packets[0] == 2 && flow->packets[1] == 1);
        CHECK(flow->ended_by == FLOW_END_OPEN);
        run_release(&run);
        pcap_writer_release(&out);
    }
}

static void a_syn_sent_again_is_of_the_same_flow(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    send_tcp(&wire, 0, SYN, NULL, 0);
    wire.next[0]--;
    wire.time_ns += 1000 * ms_ns;
    open_tcp(&wire);
    close_tcp(&wire);
    wire.next[0] = 1000; /* a straggler */
    send_tcp(&wire, 0, SYN, NULL, 0);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 1);
    run_release(&run);
    pcap_writer_release(&out);
}

static void a_syn_far_outside_the_window_begins_a_flow_without_an_end(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    open_tcp(&wire);
    wire.next[0] += 1000;
    send_tcp(&wire, 0, SYN, NULL, 0); /* within: an attack, or nonsense */
    wire.next[0] += 50000000;
    wire.next[1] += 50000000;
    open_tcp(&wire);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 2);
    run_release(&run);
    pcap_writer_release(&out);
}

static void a_syn_recorded_behind_its_answer_is_of_the_same_flow(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    wire.next[0]++;
    send_tcp(&wire, 1, SYN | ACK, NULL, 0);
    wire.next[0]--;
    send_tcp(&wire, 0, SYN, NULL, 0);
    send_tcp(&wire, 0, ACK, NULL, 0);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->client_by == CLIENT_BY_SYN && flow->client_isn == 1000);
    CHECK(is_client(flow, "10.0.0.1", 50000));
    CHECK((flow->partial & (PARTIAL_NO_SYN | PARTIAL_NO_SYNACK)) == 0);
    run_release(&run);
    pcap_writer_release(&out);
}

/* Of the servers' direction only SYN-ACKs show that the port was used again. */
static void one_direction_shows_the_reuse_of_a_port_too(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    for (int i = 0; i < 3; i++) {
        wire.next[0] += 7000;
        wire.next[1] += 90000000;
        send_tcp(&wire, 1, SYN | ACK, NULL, 0);
        wire.next[1]--;
        send_tcp(&wire, 1, SYN | ACK, NULL, 0); /* sent again */
        send_text(&wire, 1, "data");
    }
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 3);
    run_release(&run);
    pcap_writer_release(&out);
}

static void udp_ends_after_300_seconds_of_silence(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    wire.port[1] = 5001;
    send_udp(&wire, 0, "x", 1);
    wire.time_ns += 300 * s_ns - ms_ns;
    send_udp(&wire, 0, "x", 1);
    wire.time_ns += 300 * s_ns;
    send_udp(&wire, 0, "x", 1);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 2);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->packets[0] == 2);
    run_release(&run);
    pcap_writer_release(&out);
}

static void tcp_never_ends_by_silence(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    open_tcp(&wire);
    wire.time_ns += 90000 * s_ns;
    send_text(&wire, 0, "still here");
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 1);
    run_release(&run);
    pcap_writer_release(&out);
}

/* The flow at hand is then older than all others: it must not be closed while in use. */
static void a_clock_that_steps_back_closes_no_flow(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    struct wire other = wire_of(&out, 50001);
    wire.port[1] = other.port[1] = 5001;
    send_udp(&wire, 0, "x", 1);
    wire.time_ns -= 1000 * s_ns;
    for (int i = 0; i < 5; i++) {
        send_udp(&wire, 0, "x", 1);
        other.time_ns = wire.time_ns;
        send_udp(&other, 0, "x", 1);
    }
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 2);
    CHECK(run.header->captures[0].clock_steps == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->packets[0] == 6);
    run_release(&run);
    pcap_writer_release(&out);
}

/* The only datagrams, and older than all else. */
static void an_old_flow_is_not_closed_while_it_is_in_use(void)
{
    struct pcap_writer out = { 0 };
    struct wire tcp = wire_of(&out, 50000), udp = wire_of(&out, 50001);
    udp.port[1] = 5001;
    udp.time_ns -= 1000 * s_ns;
    open_tcp(&tcp);
    for (int i = 0; i < 3; i++)
        send_udp(&udp, 0, "x", 1);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 2);
    run_release(&run);
    pcap_writer_release(&out);
}

static void the_table_is_capped_and_closes_the_silent_ones_first(void)
{
    struct pcap_writer out = { 0 };
    struct wire first = wire_of(&out, 40000);
    open_tcp(&first);
    for (uint16_t i = 1; i <= 20; i++) {
        struct wire wire = wire_of(&out, (uint16_t)(40000 + i));
        wire.time_ns = first.time_ns;
        send_tcp(&wire, 0, SYN, NULL, 0);
        first.time_ns = wire.time_ns + 2 * s_ns; /* ages are told to a second */
        send_text(&first, 0, "busy");
    }
    close_tcp(&first);
    struct series_settings settings = usual_settings();
    settings.flow_limit = 8;
    struct series_run run =
        run_series(&(struct test_capture){ "one.pcap", &out }, 1, &settings);
    CHECK(flow_count(&run) == 21 && run.header->evicted_flows == 13);
    uint64_t evicted = 0;
    const struct flow_record *flow;
    for (uint64_t id = 1; (flow = next_flow(&run)) != NULL; id++) {
        CHECK(flow->id == id);
        bool is_evicted = (flow->partial & PARTIAL_EVICTED) != 0;
        evicted += is_evicted;
        CHECK(is_evicted == (id >= 2 && id <= 14));
    }
    CHECK(evicted == 13);
    run_release(&run);
    pcap_writer_release(&out);
}

static uint32_t partial_of_only(struct pcap_writer *out)
{
    struct series_run run = run_one(out);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    uint32_t partial = flow == NULL ? UINT32_MAX : flow->partial;
    run_release(&run);
    pcap_writer_release(out);
    *out = (struct pcap_writer){ 0 };
    return partial;
}

static void what_is_missing_is_said(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    open_tcp(&wire);
    send_tcp(&wire, 1, RST, NULL, 0);
    CHECK(partial_of_only(&out) == 0);

    wire = wire_of(&out, 50000); /* open, and the capture ends */
    open_tcp(&wire);
    CHECK(partial_of_only(&out) == (PARTIAL_NO_END | PARTIAL_CUT_AT_FILE));

    wire = wire_of(&out, 50000); /* silent for long before the capture ends */
    open_tcp(&wire);
    wire.time_ns += 10 * s_ns;
    uint8_t frame[100];
    struct pcap_writer_fields ping = wire_fields(&wire, 0);
    wire_put(&wire, frame, pcap_writer_ip(&ping, 1, frame, sizeof frame));
    wire.port[0]++;
    send_tcp(&wire, 0, SYN, NULL, 0);
    struct series_run run = run_one(&out);
    CHECK(next_flow(&run)->partial == PARTIAL_NO_END);
    run_release(&run);
    pcap_writer_release(&out);
    out = (struct pcap_writer){ 0 };

    wire = wire_of(&out, 50000); /* begins in the middle, and lacks a segment */
    send_text(&wire, 0, "some");
    send_text(&wire, 1, "some");
    wire.is_lost = true;
    send_text(&wire, 0, "lost");
    wire.is_lost = false;
    send_text(&wire, 1, "more");
    send_text(&wire, 0, "more");
    send_tcp(&wire, 1, RST, NULL, 0);
    CHECK(partial_of_only(&out) ==
          (PARTIAL_NO_SYN | PARTIAL_NO_SYNACK | PARTIAL_CAPTURE_LOSS));

    wire = wire_of(&out, 50000); /* cut by the snap length, one way */
    wire.snaplen = 60;
    send_tcp(&wire, 0, SYN, NULL, 0);
    send_text(&wire, 0, "more than sixty bytes with all its headers in front");
    send_tcp(&wire, 0, RST, NULL, 0);
    CHECK(partial_of_only(&out) ==
          (PARTIAL_NO_SYNACK | PARTIAL_ONE_WAY | PARTIAL_SNAPLEN));

    struct blob *large = blob_new(); /* longer than any link carries: not yet cut up */
    put_repeated(large, 'x', 20000);
    wire = wire_of(&out, 50000);
    open_tcp(&wire);
    send_tcp(&wire, 0, ACK, large->bytes, large->size);
    send_tcp(&wire, 1, RST, NULL, 0);
    CHECK(partial_of_only(&out) == PARTIAL_OFFLOAD);
    blobs_release();
}

static void a_damaged_capture_cuts_its_flows_short(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    open_tcp(&wire);
    out.size -= 3;
    struct series_run run = run_one(&out);
    CHECK(run.header->captures[0].status == STATUS_TRUNCATED);
    CHECK((next_flow(&run)->partial & PARTIAL_CUT_SHORT) != 0);
    run_release(&run);
    pcap_writer_release(&out);
}

static void an_exact_copy_is_counted_and_left_out(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    for (int i = 0; i < 8; i++) {
        size_t before = out.size;
        send_text(&wire, i % 2, "something long enough");
        uint8_t packet[200];
        size_t size = out.size - before;
        memcpy(packet, out.bytes + before, size);
        pcap_writer_put(&out, packet, size);
    }
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->copies == 8 && flow->crossings == 1);
    CHECK(flow->packets[0] == 4 && flow->packets[1] == 4);
    CHECK(flow->counts[0].retransmissions == 0);
    CHECK(run.header->captures[0].copies == 8 && run.header->captures[0].packets == 16);
    run_release(&run);
    pcap_writer_release(&out);
}

static void a_packet_seen_on_both_sides_of_a_router_crosses(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    for (int i = 0; i < 8; i++) {
        struct wire behind = wire;
        send_text(&wire, i % 2, "something long enough");
        behind.ttl[0] = behind.ttl[1] = 63;
        behind.time_ns += ms_ns / 10;
        send_text(&behind, i % 2, "something long enough");
    }
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->crossings == 2 && flow->copies == 0);
    CHECK(flow->packets[0] == 4 && flow->packets[1] == 4 && flow->client.ttl == 64);
    CHECK(run.header->captures[0].crossings == 8);
    run_release(&run);
    pcap_writer_release(&out);
}

static void a_flow_takes_the_name_that_its_client_asked_for(void)
{
    struct pcap_writer out = { 0 };
    struct wire dns = wire_of(&out, 40000);
    dns.ip[1] = "10.0.0.53";
    dns.port[1] = 53;
    struct blob *question = blob_new(), *reply = blob_new();
    put_question(question, 7, false, 0, "mail.example");
    put_question(reply, 7, true, 1, "mail.example");
    put_address(reply, "mail.example", 60, 0x34600001);
    send_udp(&dns, 0, question->bytes, question->size);
    send_udp(&dns, 1, reply->bytes, reply->size);
    struct wire wire = wire_of(&out, 50000);
    wire.time_ns = dns.time_ns;
    open_tcp(&wire);
    wire.ip[0] = "10.0.0.2";
    open_tcp(&wire);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 3);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->transport == FLOW_UDP && flow->dns.lookup_ns == ms_ns);
    flow = next_flow(&run);
    CHECK_TEXT(flow->dns.name, "mail.example");
    CHECK(flow->dns.age_ns == ms_ns && flow->dns.lookup_ns == ms_ns);
    flow = next_flow(&run);
    CHECK(flow->dns.name == NULL);
    run_release(&run);
    pcap_writer_release(&out);
    blobs_release();
}

/* The name of the only flow's ClientHello; "" where it has none. */
static const char *name_of_only(struct pcap_writer *out, uint32_t *partial)
{
    static char name[256];
    struct series_run run = run_one(out);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    bool has_name = flow != NULL && flow->tls.sni != NULL;
    snprintf(name, sizeof name, "%s", has_name ? flow->tls.sni : "");
    *partial = flow == NULL ? UINT32_MAX : flow->partial;
    run_release(&run);
    pcap_writer_release(out);
    *out = (struct pcap_writer){ 0 };
    return name;
}

/* One segment of `blob`, wherever the connection is. */
static void send_part(struct wire *wire, int side, const struct blob *blob, uint32_t base,
                      size_t from, size_t to)
{
    uint32_t next = wire->next[side];
    wire->next[side] = base + (uint32_t)from;
    send_tcp(wire, side, ACK, blob->bytes + from, to - from);
    wire->next[side] = next;
}

static void data_with_the_syn_are_the_first_data(void)
{
    uint32_t partial;
    for (int is_taken = 0; is_taken < 2; is_taken++) {
        struct pcap_writer out = { 0 };
        struct wire wire = wire_of(&out, 50000);
        struct blob *hello = hello_record("mail.example");
        size_t first = 100;
        send_tcp(&wire, 0, SYN, hello->bytes, first);
        wire.next[0] = 1001 + (is_taken ? (uint32_t)first : 0);
        send_tcp(&wire, 1, SYN | ACK, NULL, 0);
        send_part(&wire, 0, hello, 1001, is_taken ? first : 0, hello->size);
        CHECK_TEXT(name_of_only(&out, &partial), "mail.example");
        CHECK((partial & PARTIAL_CAPTURE_LOSS) == 0);
    }
    blobs_release();
}

/* Each in its own order; base is the hello's first sequence number, which wraps. */
static void a_hello_is_read_wherever_its_packets_are_recorded(void)
{
    enum { BEFORE_SYN, LATE, BEHIND_FIN, SYN_ACK_ALONE, ONE_WAY, ORDERS };
    uint32_t partial, base = UINT32_MAX - 20;
    for (int order = 0; order < ORDERS; order++) {
        struct pcap_writer out = { 0 };
        struct wire wire = wire_of(&out, 50000);
        struct blob *hello = hello_record("mail.example"), *other = blob_new();
        size_t size = hello->size;
        put_repeated(other, 0x55, 5); /* of what was before the SYN */
        wire.next[0] = base - 1;
        if (order == BEFORE_SYN) {
            send_part(&wire, 0, other, base - 200, 0, 5);
            send_part(&wire, 0, hello, base, 60, size);
            send_part(&wire, 0, hello, base, 3, 60);
        }
        wire.is_lost = order == SYN_ACK_ALONE;
        send_tcp(&wire, 0, SYN, NULL, 0);
        wire.is_lost = order == ONE_WAY;
        send_tcp(&wire, 1, SYN | ACK, NULL, 0);
        wire.next[0] += (uint32_t)size;
        send_tcp(&wire, 1, ACK, NULL, 0); /* acknowledges all of it */
        wire.is_lost = false;
        if (order == BEHIND_FIN)
            send_tcp(&wire, 0, FIN | ACK, NULL, 0);
        send_part(&wire, 0, other, base - 200, 0, 5);
        if (order != BEFORE_SYN) {
            send_part(&wire, 0, hello, base, 60, size);
            send_part(&wire, 0, hello, base, 3, 60);
        }
        send_part(&wire, 0, hello, base, 0, 3); /* alone, it tells nothing */
        CHECK_TEXT(name_of_only(&out, &partial), "mail.example");
        CHECK(((partial & PARTIAL_ONE_WAY) != 0) == (order == ONE_WAY));
    }
    blobs_release();
}

static void what_a_reset_carries_is_no_data(void)
{
    uint32_t partial;
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    struct blob *hello = hello_record("mail.example");
    open_tcp(&wire);
    send_part(&wire, 0, hello, 1001, 0, 60);
    wire.next[0] = 1061;
    send_tcp(&wire, 0, RST | ACK, "reset by policy: see https://blocked.example", 44);
    wire.next[0] = 1061;
    send_part(&wire, 0, hello, 1001, 60, hello->size);
    CHECK_TEXT(name_of_only(&out, &partial), "mail.example");
    blobs_release();
}

static void bytes_that_the_capture_lacks_of_a_handshake_are_said(void)
{
    uint32_t partial;
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    struct blob *hello = hello_record("mail.example");
    send_tcp(&wire, 0, SYN, NULL, 0);
    send_part(&wire, 0, hello, 1001, 0, 40);
    for (uint32_t i = 0; i < 300; i++)
        send_part(&wire, 0, hello, 1001 + i * (uint32_t)hello->size, 60, hello->size);
    CHECK_TEXT(name_of_only(&out, &partial), "");
    CHECK((partial & PARTIAL_CAPTURE_LOSS) != 0);
    blobs_release();
}

static void copies_that_contradict_each_other_are_a_fact_of_the_flow(void)
{
    for (int differs = 0; differs < 2; differs++) {
        struct pcap_writer out = { 0 };
        struct wire wire = wire_of(&out, 50000);
        struct blob *hello = hello_record("mail.example");
        struct blob *other = hello_record(differs ? "evil.example" : "mail.example");
        open_tcp(&wire);
        send_part(&wire, 0, hello, 1001, 0, hello->size - 10);
        send_part(&wire, 0, other, 1001, 0, other->size);
        struct series_run run = run_one(&out);
        const struct flow_record *flow = next_flow(&run);
        CHECK_TEXT(flow->tls.sni, "mail.example");
        CHECK(flow->has_conflict == (differs == 1));
        run_release(&run);
        pcap_writer_release(&out);
        blobs_release();
    }
}

int main(void)
{
    RUN(a_whole_connection_is_one_flow_with_all_that_it_showed);
    RUN(the_last_sample_of_a_flow_counts);
    RUN(why_there_is_no_certificate_is_told);
    RUN(every_reason_to_be_the_client);
    RUN(a_client_found_by_its_hello_takes_what_was_noted_along);
    RUN(a_syn_with_another_number_after_the_end_begins_a_flow);
    RUN(a_syn_sent_again_is_of_the_same_flow);
    RUN(a_syn_far_outside_the_window_begins_a_flow_without_an_end);
    RUN(a_syn_recorded_behind_its_answer_is_of_the_same_flow);
    RUN(one_direction_shows_the_reuse_of_a_port_too);
    RUN(udp_ends_after_300_seconds_of_silence);
    RUN(tcp_never_ends_by_silence);
    RUN(a_clock_that_steps_back_closes_no_flow);
    RUN(an_old_flow_is_not_closed_while_it_is_in_use);
    RUN(the_table_is_capped_and_closes_the_silent_ones_first);
    RUN(what_is_missing_is_said);
    RUN(a_damaged_capture_cuts_its_flows_short);
    RUN(an_exact_copy_is_counted_and_left_out);
    RUN(a_packet_seen_on_both_sides_of_a_router_crosses);
    RUN(a_flow_takes_the_name_that_its_client_asked_for);
    RUN(data_with_the_syn_are_the_first_data);
    RUN(a_hello_is_read_wherever_its_packets_are_recorded);
    RUN(what_a_reset_carries_is_no_data);
    RUN(bytes_that_the_capture_lacks_of_a_handshake_are_said);
    RUN(copies_that_contradict_each_other_are_a_fact_of_the_flow);
    return test_end();
}
