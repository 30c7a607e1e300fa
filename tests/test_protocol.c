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
    struct protocol_label label = { "x", "x" };
    protocol_conclude(protocol, &flow, &label);
    CHECK(label.name[0] == '\0' && label.category[0] == '\0');
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
    return test_end();
}
