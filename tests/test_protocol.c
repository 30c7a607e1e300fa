/* test_protocol.c - analyzer/protocol.c: labels, and what must not keep nDPI busy. */
#include "analyzer/protocol.h"

#include <unistd.h>

#include "tests/read_series.h"

enum { SECONDS_MOST = 10, LABEL_SIZE = 63, TCP_MOST = 24, UDP_MOST = 8 };

/* A DNS message full of labels of 63 bytes, none of which ends a name. */
static struct blob *endless_name(size_t size)
{
    struct blob *message = blob_new();
    put_number(message, 7, 2);
    put_number(message, 0x0100, 2);
    put_number(message, 1, 2); /* one question, nothing else */
    put_number(message, 0, 6);
    while (message->size < size) {
        put_number(message, LABEL_SIZE, 1);
        put_repeated(message, 'a', LABEL_SIZE);
    }
    message->size = size; /* the last label reaches beyond the end, and past 2^16 */
    return message;
}

/* One packet from the IP header on. */
static struct bytes packet(bool is_tcp, uint16_t port, const void *bytes, size_t size)
{
    struct blob *blob = blob_new();
    struct pcap_writer_fields fields = {
        .source = "10.0.0.1",
        .destination = "52.96.0.1",
        .source_port = 50000,
        .destination_port = port,
        .has_no_ethernet = true,
        .tcp_flags = ACK,
        .payload = bytes,
        .payload_size = size,
    };
    blob->size = is_tcp ? pcap_writer_tcp(&fields, blob->bytes, BLOB_SIZE)
                        : pcap_writer_udp(&fields, blob->bytes, BLOB_SIZE);
    return bytes_of(blob->bytes, blob->size);
}

static void large_dns_messages_return_at_once(void)
{
    static const size_t sizes[] = { 100, 512, 1400, 2000, 9000, 65490, 65507 };
    struct protocol *protocol = protocol_new(NULL);
    alarm(SECONDS_MOST);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
            struct blob *message = endless_name(sizes[i]);
            if (is_tcp) { /* as much as a segment holds that offloading put together */
                message->size -= message->size > 65493 ? 14 : 0;
                enclose(message, 0, 2);
            }
            struct protocol_flow *flow = NULL;
            struct protocol_label label;
            for (int k = 0; k < 3; k++)
                (void)protocol_see(protocol, &flow,
                                   packet(is_tcp, 53, message->bytes, message->size),
                                   is_tcp, 1);
            protocol_conclude(protocol, &flow, &label);
            blobs_release();
        }
    alarm(0);
    protocol_free(protocol);
}

/* The same through the whole worker: 65,507 bytes are the most that a datagram holds. */
static void a_capture_with_the_largest_dns_messages_is_read_at_once(void)
{
    run_labels = protocol_new(NULL);
    CHECK(run_labels != NULL);
    struct pcap_writer out = { 0 };
    struct wire udp = wire_of(&out, 50000), tcp = wire_of(&out, 50001);
    udp.port[1] = tcp.port[1] = 53;
    struct blob *message = endless_name(65507), *segment = endless_name(65000);
    enclose(segment, 0, 2);
    alarm(SECONDS_MOST);
    for (int i = 0; i < 20; i++) {
        send_udp(&udp, 0, message->bytes, message->size);
        send_udp(&udp, 1, message->bytes, message->size);
        send_tcp(&tcp, 0, ACK, segment->bytes, segment->size);
    }
    struct series_run run = run_one(&out);
    alarm(0);
    CHECK(flow_count(&run) == 2);
    CHECK(run.header->ndpi != NULL);
    run_release(&run);
    pcap_writer_release(&out);
    blobs_release();
    protocol_free(run_labels);
    run_labels = NULL;
}

static void tls_gets_its_label_and_the_mark_is_taken_back(void)
{
    _Atomic uint32_t is_inside = 7, own = 7;
    struct protocol *protocol = protocol_new(&is_inside);
    protocol_watch(protocol, &own);
    struct blob *hello = hello_record("outlook.office365.com");
    struct protocol_flow *flow = NULL;
    struct protocol_label label;
    (void)protocol_see(protocol, &flow, packet(true, 443, hello->bytes, hello->size),
                       true, 1);
    CHECK(own == 0 && is_inside == 7 && flow != NULL);
    protocol_conclude(protocol, &flow, &label);
    CHECK(flow == NULL && own == 0);
    CHECK(strncmp(label.name, "TLS", 3) == 0);
    CHECK(label.category[0] != '\0');
    protocol_free(protocol);
    blobs_release();
}

static void a_flow_is_shown_a_few_packets_only(void)
{
    struct protocol *protocol = protocol_new(NULL);
    uint8_t noise[300];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 151 + 89);
    for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
        struct protocol_flow *flow = NULL;
        struct protocol_label label;
        struct bytes ip = packet(is_tcp, 50007, noise, sizeof noise);
        int shown = 1, most = is_tcp ? TCP_MOST : UDP_MOST;
        while (shown <= most && !protocol_see(protocol, &flow, ip, is_tcp, shown))
            shown++;
        CHECK(shown <= most);
        protocol_conclude(protocol, &flow, &label);
        blobs_release();
    }
    protocol_free(protocol);
}

static void a_packet_above_the_limit_is_not_shown(void)
{
    struct protocol *protocol = protocol_new(NULL);
    struct blob *large = endless_name(2100);
    struct protocol_flow *flow = NULL;
    CHECK(!protocol_see(protocol, &flow, packet(false, 53, large->bytes, large->size),
                        false, 1));
    CHECK(flow == NULL);
    struct protocol_label label = { .name = "x", .category = "x" };
    protocol_conclude(protocol, &flow, &label);
    CHECK(label.name[0] == '\0' && label.category[0] == '\0');
    protocol_free(protocol);
    blobs_release();
}

/* A flow of a few packets, each shown when its turn comes. */
enum { SHOWN_FLOWS = 6, SHOWN_PACKETS = 3 };

struct shown {
    bool is_tcp;
    uint16_t client_port, server_port;
    const char *server;
    const void *bytes;
    size_t size;
};

/* A Binding request; the second has an attribute of Microsoft's clients. */
static const char stun_plain[] = "\0\1\0\0\x21\x12\xa4\x42"
                                 "0123456789ab";
static const char stun_microsoft[] = "\0\1\0\x08\x21\x12\xa4\x42"
                                     "0123456789ab"
                                     "\x80\x36\0\4\0\0\0\1";

static const char media[] = "\x80\x60 media of a call ...............";

/* Pairs of flows that the library takes for one application's: calls from one port, and
   connections to one server. */
static void fill_shown(struct shown shown[SHOWN_FLOWS])
{
    struct blob *hello = hello_record("teams.microsoft.com");
    struct blob *nameless = hello_record("x.invalid");
    const struct shown all[SHOWN_FLOWS] = {
        { false, 50016, 3478, "192.0.2.1", stun_microsoft, sizeof stun_microsoft - 1 },
        { false, 50016, 3478, "192.0.2.2", stun_plain, sizeof stun_plain - 1 },
        { true, 50017, 443, "192.0.2.3", hello->bytes, hello->size },
        { true, 50018, 443, "192.0.2.3", nameless->bytes, nameless->size },
        { false, 50016, 50019, "192.0.2.2", stun_plain, sizeof stun_plain - 1 },
        { false, 50020, 3479, "192.0.2.3", media, sizeof media - 1 },
    };
    memcpy(shown, all, sizeof all);
}

static void show(struct protocol *protocol, const struct shown *shown,
                 struct protocol_flow **flow)
{
    uint8_t ip[2048];
    struct pcap_writer_fields fields = {
        .source = "10.0.0.1",
        .destination = shown->server,
        .source_port = shown->client_port,
        .destination_port = shown->server_port,
        .has_no_ethernet = true,
        .tcp_flags = ACK,
        .payload = shown->bytes,
        .payload_size = shown->size,
    };
    size_t size = shown->is_tcp ? pcap_writer_tcp(&fields, ip, sizeof ip)
                                : pcap_writer_udp(&fields, ip, sizeof ip);
    (void)protocol_see(protocol, flow, bytes_of(ip, size), shown->is_tcp, 1000);
}

static void check_alone(const struct protocol_label *label,
                        const struct protocol_label *alone)
{
    CHECK_TEXT(label->name, alone->name);
    CHECK_TEXT(label->category, alone->category);
}

/* All flows in the order of `first`, `first` + step ...; a packet of each in turn, or one
   flow after another. */
static void check_order(const struct shown shown[SHOWN_FLOWS],
                        const struct protocol_label alone[SHOWN_FLOWS], unsigned first,
                        unsigned step, bool in_turn)
{
    struct protocol *protocol = protocol_new(NULL);
    struct protocol_flow *flows[SHOWN_FLOWS] = { NULL };
    struct protocol_label label;
    for (unsigned k = 0; k < (in_turn ? SHOWN_PACKETS : 1); k++)
        for (unsigned n = 0; n < SHOWN_FLOWS; n++) {
            unsigned i = (first + n * step) % SHOWN_FLOWS;
            for (unsigned again = in_turn ? 1 : SHOWN_PACKETS; again > 0; again--)
                show(protocol, &shown[i], &flows[i]);
            if (in_turn)
                continue;
            protocol_conclude(protocol, &flows[i], &label);
            check_alone(&label, &alone[i]);
        }
    for (unsigned n = 0; in_turn && n < SHOWN_FLOWS; n++) {
        unsigned i = (first + n * step) % SHOWN_FLOWS;
        protocol_conclude(protocol, &flows[i], &label);
        check_alone(&label, &alone[i]);
    }
    protocol_free(protocol);
}

static void a_flow_has_the_same_label_alone_and_among_others_in_any_order(void)
{
    struct shown shown[SHOWN_FLOWS];
    struct protocol_label alone[SHOWN_FLOWS];
    fill_shown(shown);
    for (unsigned i = 0; i < SHOWN_FLOWS; i++) {
        struct protocol *protocol = protocol_new(NULL);
        struct protocol_flow *flow = NULL;
        for (unsigned k = 0; k < SHOWN_PACKETS; k++)
            show(protocol, &shown[i], &flow);
        protocol_conclude(protocol, &flow, &alone[i]);
        protocol_free(protocol);
    }
    CHECK(strcmp(alone[0].name, alone[1].name) != 0);
    for (unsigned first = 0; first < SHOWN_FLOWS; first++)
        for (int in_turn = 0; in_turn < 2; in_turn++) {
            check_order(shown, alone, first, 1, in_turn);
            check_order(shown, alone, first, SHOWN_FLOWS - 1, in_turn);
        }
    blobs_release();
}

static struct protocol_label named(struct protocol *protocol, const struct shown *shown,
                                   const char *name)
{
    struct protocol_flow *flow = NULL;
    struct protocol_label label;
    if (shown != NULL)
        show(protocol, shown, &flow);
    protocol_conclude(protocol, &flow, &label);
    protocol_consider_name(protocol, bytes_of(name, strlen(name)), &label);
    return label;
}

static void a_name_of_the_host_table_is_the_label(void)
{
    struct protocol *protocol = protocol_new(NULL);
    struct shown shown[SHOWN_FLOWS];
    fill_shown(shown);
    shown[3].server = "52.96.0.1"; /* which the library has as Microsoft's */
    struct protocol_label label = named(protocol, &shown[3], "www.youtube.com");
    CHECK_TEXT(label.name, "TLS.YouTube");
    CHECK_TEXT(label.category, "Media");
    CHECK(label.is_by_name);
    label = named(protocol, &shown[3], "no.such.invalid");
    CHECK(!label.is_by_name && strcmp(label.name, "TLS.YouTube") != 0);
    label = named(protocol, NULL, "www.youtube.com"); /* nothing was shown */
    CHECK(label.is_by_name);
    CHECK_TEXT(label.name, "YouTube");
    label = named(protocol, NULL, "");
    CHECK(!label.is_by_name && label.name[0] == '\0');
    struct shown ssh = { true, 50021, 22, "192.0.2.9", "SSH-2.0-OpenSSH_9.2\r\n", 21 };
    label = named(protocol, &ssh, "www.youtube.com");
    CHECK(!label.is_by_name); /* what the packets showed is an application of its own */
    CHECK_TEXT(label.name, "SSH");
    protocol_free(protocol);
    blobs_release();
}

int main(void)
{
    RUN(large_dns_messages_return_at_once);
    RUN(a_capture_with_the_largest_dns_messages_is_read_at_once);
    RUN(tls_gets_its_label_and_the_mark_is_taken_back);
    RUN(a_flow_is_shown_a_few_packets_only);
    RUN(a_packet_above_the_limit_is_not_shown);
    RUN(a_flow_has_the_same_label_alone_and_among_others_in_any_order);
    RUN(a_name_of_the_host_table_is_the_label);
    return test_end();
}
