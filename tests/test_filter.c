/* test_filter.c - what passes a filter, by link type. */
#include "analyzer/filter.h"

#include "tests/pcap_writer.h"
#include "tests/test.h"

enum { ETHERNET = 1, RAW = 101 };

static const struct pcap_writer_fields web = {
    .source = "10.0.0.1",
    .destination = "192.0.2.7",
    .source_port = 50000,
    .destination_port = 443,
    .tcp_flags = PCAP_WRITER_SYN,
};

static bool passes(struct filter *filter, const struct pcap_writer_fields *fields)
{
    uint8_t frame[256];
    size_t size = pcap_writer_tcp(fields, frame, sizeof frame);
    return filter_is_match(filter, fields->has_no_ethernet ? RAW : ETHERNET,
                           bytes_of(frame, size), (uint32_t)size);
}

static void packets_pass_or_not(void)
{
    struct error error = { 0 };
    struct filter *filter = filter_new("tcp port 443 and host 192.0.2.7", &error);
    struct pcap_writer_fields other = web;
    other.destination_port = 80;
    CHECK(passes(filter, &web));
    CHECK(!passes(filter, &other));
    other = web;
    other.vlan = 20;
    CHECK(!passes(filter, &other)); /* pcap-filter(7): VLANs are asked for by name */
    CHECK(!filter_next_problem(filter, &error));
    filter_free(filter);
}

static void each_link_type_has_its_own_program(void)
{
    struct filter *filter = filter_new("tcp port 443", NULL);
    struct pcap_writer_fields raw = web;
    raw.has_no_ethernet = true;
    for (int i = 0; i < 3; i++) {
        CHECK(passes(filter, &web));
        CHECK(passes(filter, &raw));
    }
    raw.destination_port = 80;
    CHECK(!passes(filter, &raw));
    filter_free(filter);
}

static void vlan_and_ipv6_are_as_in_tcpdump(void)
{
    struct filter *filter = filter_new("vlan 20 and ip6 and tcp", NULL);
    struct pcap_writer_fields fields = { .source = "2001:db8::1",
                                         .destination = "2001:db8::2",
                                         .vlan = 20 };
    CHECK(passes(filter, &fields));
    fields.vlan = 21;
    CHECK(!passes(filter, &fields));
    filter_free(filter);
}

static void bytes_that_were_not_captured_do_not_match(void)
{
    struct filter *filter = filter_new("tcp port 443", NULL);
    uint8_t frame[256];
    size_t size = pcap_writer_tcp(&web, frame, sizeof frame);
    for (size_t kept = 0; kept < size; kept++) {
        bool has_ports = kept >= 14 + 20 + 4;
        CHECK(filter_is_match(filter, ETHERNET, bytes_of(frame, kept), (uint32_t)size) ==
              has_ports);
    }
    filter_free(filter);
}

static void the_length_is_that_on_the_wire(void)
{
    struct filter *filter = filter_new("greater 1000", NULL);
    uint8_t frame[256];
    size_t size = pcap_writer_tcp(&web, frame, sizeof frame);
    CHECK(!filter_is_match(filter, ETHERNET, bytes_of(frame, size), (uint32_t)size));
    CHECK(filter_is_match(filter, ETHERNET, bytes_of(frame, size), 1000));
    filter_free(filter);
}

static void a_wrong_expression_is_an_error_in_words(void)
{
    struct error error = { 0 };
    CHECK(filter_new("tcp prot 443", &error) == NULL);
    CHECK(strstr(error.text, "filter \"tcp prot 443\" cannot be used") != NULL);
    CHECK(filter_new("ip host 1.2.3.4.5.6", NULL) == NULL);
}

static void an_empty_expression_passes_all(void)
{
    struct filter *filter = filter_new("", NULL);
    CHECK(passes(filter, &web));
    filter_free(filter);
}

static void a_link_type_that_cannot_be_filtered_is_told_of_once(void)
{
    struct error error = { 0 };
    struct filter *filter = filter_new("vlan 20", &error);
    struct pcap_writer_fields raw = web;
    raw.has_no_ethernet = true;
    CHECK(!filter_next_problem(filter, &error)); /* no such packet was met yet */
    CHECK(!passes(filter, &raw));
    CHECK(!passes(filter, &raw));
    CHECK(filter_next_problem(filter, &error));
    CHECK(strncmp(error.text,
                  "filter \"vlan 20\" cannot be used on link type 101: ", 50) == 0);
    CHECK(!filter_next_problem(filter, &error));
    CHECK(!passes(filter, &raw));
    CHECK(!filter_next_problem(filter, &error));
    filter_free(filter);
}

static void any_number_of_link_types_is_survived(void)
{
    struct error error = { 0 };
    struct filter *filter = filter_new("tcp", NULL);
    int problems = 0;
    for (uint32_t link_type = 0; link_type < 65536; link_type++)
        filter_is_match(filter, (uint16_t)link_type, bytes_of("x", 1), 1);
    while (filter_next_problem(filter, &error))
        problems++;
    CHECK(problems >= 1 && problems <= 65);
    CHECK_TEXT(error.text,
               "filter \"tcp\": packets of more than 64 link types; the others "
               "do not pass");
    CHECK(passes(filter, &web));
    filter_free(filter);
}

int main(void)
{
    RUN(packets_pass_or_not);
    RUN(each_link_type_has_its_own_program);
    RUN(vlan_and_ipv6_are_as_in_tcpdump);
    RUN(bytes_that_were_not_captured_do_not_match);
    RUN(the_length_is_that_on_the_wire);
    RUN(a_wrong_expression_is_an_error_in_words);
    RUN(an_empty_expression_passes_all);
    RUN(a_link_type_that_cannot_be_filtered_is_told_of_once);
    RUN(any_number_of_link_types_is_survived);
    return test_end();
}
