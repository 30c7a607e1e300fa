/* test_lookup.c - analyzer/lookup.c: who asks for what, in datagrams and in streams. */
#include "analyzer/lookup.h"

#include "analyzer/flow.h"
#include "tests/read_series.h"

static struct flow_lookups counts;
static struct flow_dns dns;

static void see(enum lookup_kind kind, const struct blob *message)
{
    static uint64_t frame;
    struct lookup lookup = { .kind = kind,
                             .names = name_cache_new(),
                             .about = { .frame = ++frame, .time_ns = 5 },
                             .counts = &counts,
                             .dns = &dns };
    lookup_see(&lookup, bytes_of(message->bytes, message->size));
    name_cache_free(lookup.names);
}

static struct blob *question(const char *name)
{
    struct blob *message = blob_new();
    put_question(message, 1, false, 0, name);
    return message;
}

static bool asks_for_wpad(enum lookup_kind kind, const char *name)
{
    counts = (struct flow_lookups){ 0 };
    see(kind, question(name));
    CHECK(counts.kind == kind && counts.queries == 1 && counts.answers == 0);
    blobs_release();
    return counts.wpad_frame != 0;
}

static void questions_for_the_proxy_configuration_are_noted(void)
{
    CHECK(asks_for_wpad(LOOKUP_DNS, "WPAD.corp.example"));
    CHECK(asks_for_wpad(LOOKUP_LLMNR, "wpad"));
    CHECK(asks_for_wpad(LOOKUP_MDNS, "wpad.local"));
    CHECK(asks_for_wpad(LOOKUP_NBNS, "FHFAEBEECACACACACACACACACACACAAA"));
    CHECK(!asks_for_wpad(LOOKUP_DNS, "wpads.example"));
    CHECK(!asks_for_wpad(LOOKUP_DNS, "x.wpad.example"));
    CHECK(!asks_for_wpad(LOOKUP_NBNS, "FHFAEBEEEBCACACACACACACACACACAAA"));
    CHECK(!asks_for_wpad(LOOKUP_NBNS, "wpad"));
}

static void answers_and_failures_are_counted(void)
{
    counts = (struct flow_lookups){ 0 };
    struct blob *answer = blob_new();
    put_question(answer, 1, true, 0, "a.example");
    see(LOOKUP_DNS, answer);
    answer->bytes[3] |= 3; /* no such name */
    see(LOOKUP_DNS, answer);
    CHECK(counts.answers == 2 && counts.failures == 1 && counts.queries == 0);
    for (size_t size = 0; size < answer->size; size++) {
        struct blob *cut = blob_new();
        put(cut, answer->bytes, size);
        see(LOOKUP_DNS, cut);
    }
    CHECK(counts.answers == 2);
    blobs_release();
}

static void the_ports_tell_the_protocol(void)
{
    CHECK(lookup_kind_of(5000, 53) == LOOKUP_DNS);
    CHECK(lookup_kind_of(5353, 5353) == LOOKUP_MDNS);
    CHECK(lookup_kind_of(5000, 5355) == LOOKUP_LLMNR);
    CHECK(lookup_kind_of(5355, 5000) == LOOKUP_LLMNR);
    CHECK(lookup_kind_of(137, 137) == LOOKUP_NBNS);
    CHECK(lookup_kind_of(53, 5000) == LOOKUP_NONE);
    CHECK(lookup_kind_of(5000, 443) == LOOKUP_NONE);
}

static void put_framed(struct blob *stream, const struct blob *message)
{
    put_number(stream, (uint32_t)message->size, 2);
    put(stream, message->bytes, message->size);
}

/* Two lookups of one connection, in pieces of any size, with a segment out of order; the
   flows to what they gave come after. */
static void a_name_that_was_looked_up_by_tcp_is_the_later_flows_name(void)
{
    static const size_t pieces[] = { 1, 7, 1400 };
    for (size_t n = 0; n < 3; n++) {
        struct pcap_writer out = { 0 };
        struct wire tcp = wire_of(&out, 50000), later = wire_of(&out, 50001);
        tcp.ip[1] = "10.0.0.53";
        tcp.port[1] = 53;
        struct blob *up = blob_new(), *down = blob_new(), *first = blob_new(),
                    *second = blob_new();
        put_framed(up, question("other.example"));
        put_framed(up, question("mail.example"));
        put_question(first, 1, true, 1, "other.example");
        put_address(first, "other.example", 60, 0x0a000063);
        put_question(second, 1, true, 2, "mail.example");
        put_address(second, "front.example", 60, 0x34600001); /* in front of its alias */
        put_alias(second, "mail.example", 60, "front.example");
        put_framed(down, first);
        put_framed(down, second);
        open_tcp(&tcp);
        for (size_t at = 0; at < up->size; at += pieces[n])
            send_tcp(&tcp, 0, ACK, up->bytes + at,
                     up->size - at < pieces[n] ? up->size - at : pieces[n]);
        for (size_t at = 0; at < down->size; at += pieces[n])
            send_tcp(&tcp, 1, ACK, down->bytes + at,
                     down->size - at < pieces[n] ? down->size - at : pieces[n]);
        close_tcp(&tcp);
        later.ip[1] = "52.96.0.1";
        later.time_ns = tcp.time_ns;
        open_tcp(&later);
        struct series_run run = run_one(&out);
        const struct flow_record *flow = next_flow(&run);
        CHECK(flow != NULL && flow->lookups.kind == LOOKUP_DNS);
        CHECK(flow->lookups.queries == 2 && flow->lookups.answers == 2);
        flow = next_flow(&run);
        CHECK(flow != NULL);
        CHECK_TEXT(flow->dns.name, "mail.example");
        CHECK(flow->dns.chain_count == 1);
        CHECK_TEXT(flow->dns.chain[0], "front.example");
        CHECK(flow->dns.lookup_ns > 0);
        run_release(&run);
        pcap_writer_release(&out);
        blobs_release();
    }
}

static void what_is_no_dns_on_its_port_is_given_up(void)
{
    struct pcap_writer out = { 0 };
    struct wire tcp = wire_of(&out, 50000);
    tcp.port[1] = 53;
    open_tcp(&tcp);
    send_tcp(&tcp, 0, ACK, "\0\3abcdefgh", 10);
    send_text(&tcp, 1, "SSH-2.0-server on a strange port\r\n");
    struct series_run run = run_one(&out);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow != NULL && flow->lookups.kind == LOOKUP_NONE);
    run_release(&run);
    pcap_writer_release(&out);
}

static uint8_t kind_of_tls(uint16_t port, const char *alpn)
{
    struct flow_facts facts = { .tls = { .is_present = true, .alpn = alpn } };
    struct rtt rtt;
    struct flow flow = { .facts = &facts, .rtt = &rtt, .client_is_low = true };
    struct flow_record record;
    rtt_init(&rtt);
    flow.key.high_port = port;
    flow_conclude(&flow, &record);
    return record.lookups.kind;
}

static uint8_t kind_of_quic(uint16_t port, const char *alpn)
{
    struct flow_facts facts = { .quic = { .version = "1" }, .tls = { .alpn = alpn } };
    struct flow flow = { .facts = &facts, .client_is_low = true };
    struct flow_record record;
    flow.key.high_port = port;
    flow.key.transport = FLOW_UDP;
    flow_conclude(&flow, &record);
    return record.lookups.kind;
}

static void sealed_lookups_are_noticed(void)
{
    CHECK(kind_of_tls(853, NULL) == LOOKUP_DOT);
    CHECK(kind_of_tls(443, "dot") == LOOKUP_DOT);
    CHECK(kind_of_tls(853, "h2") == LOOKUP_NONE);
    CHECK(kind_of_tls(443, NULL) == LOOKUP_NONE);
    CHECK(kind_of_quic(853, NULL) == LOOKUP_DOQ);
    CHECK(kind_of_quic(443, "doq") == LOOKUP_DOQ);
    CHECK(kind_of_quic(443, "h3") == LOOKUP_NONE);
}

int main(void)
{
    RUN(questions_for_the_proxy_configuration_are_noted);
    RUN(answers_and_failures_are_counted);
    RUN(the_ports_tell_the_protocol);
    RUN(a_name_that_was_looked_up_by_tcp_is_the_later_flows_name);
    RUN(what_is_no_dns_on_its_port_is_given_up);
    RUN(sealed_lookups_are_noticed);
    return test_end();
}
