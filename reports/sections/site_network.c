/* site_network.c - busiest names, resolvers and TCP of a site. */
#include "reports/section.h"

#include <inttypes.h>
#include <stdio.h>

#include "analyzer/names_out.h"
#include "reports/figure.h"
#include "reports/table.h"
#include "reports/values.h"

enum { HOSTS_SHOWN = 10 };

static void write_hosts(struct json_out *out, const struct view *view,
                        const struct site_summary *site)
{
    (void)view;
    json_key(out, "hosts");
    json_open_array(out);
    for (uint32_t i = 0; i < site->host_count; i++) {
        const struct site_host *host = &site->hosts[i];
        json_open_object(out);
        values_name(out, "host", host->host);
        values_text(out, "service", service_text(host->service));
        values_text(out, "category", category_text(host->category));
        values_count(out, "set", host->set);
        values_count(out, "flows", host->flows);
        values_count(out, "bytes", host->bytes);
        values_distribution(out, "rtt", &host->rtt);
        values_count(out, "confirmed_flows", host->confirmed);
        json_close_object(out);
    }
    json_close_array(out);
}

static void show_host(struct html_out *out, const struct site_host *host)
{
    char set[64];
    (void)snprintf(set, sizeof set, "%" PRIu32 " %s", host->set,
                   category_text(host->category));
    table_row_open(out);
    table_head(out, host->host);
    table_text(out, service_title(host->service));
    table_text(out, set);
    table_number(out, figure_count(host->flows).text);
    table_number(out, figure_bytes(host->bytes).text);
    table_percentile(out, &host->rtt, 500);
    table_percentile(out, &host->rtt, 950);
    table_row_close(out);
}

static void show_host_table(struct html_out *out, const struct site_summary *site,
                            uint32_t from, uint32_t to)
{
    static const char *const columns[] = { "Host",        "Service", "Set",
                                           "#Flows",      "#Bytes",  "#RTT p50 ms",
                                           "#RTT p95 ms", NULL };
    table_open(out,
               "Busiest Office 365 hosts, round trip from user to front door by flow",
               columns);
    for (uint32_t i = from; i < to; i++)
        show_host(out, &site->hosts[i]);
    table_close(out);
}

static void show_hosts(struct html_out *out, const struct view *view,
                       const struct site_summary *site)
{
    uint32_t first = site->host_count < HOSTS_SHOWN ? site->host_count : HOSTS_SHOWN;

    (void)view;
    if (site->host_count == 0)
        return;
    html_element(out, "h4", "Busiest hosts of the endpoint lists");
    show_host_table(out, site, 0, first);
    if (site->host_count == first)
        return;
    html_open(out, "details");
    html_open(out, "summary");
    html_format(out, "%" PRIu32 " more", site->host_count - first);
    html_close(out, "summary");
    show_host_table(out, site, first, site->host_count);
    html_close(out, "details");
}

static void write_dns(struct json_out *out, const struct view *view,
                      const struct site_summary *site)
{
    char address[ADDRESS_TEXT_SIZE];

    (void)view;
    json_key(out, "dns");
    json_open_object(out);
    json_key(out, "resolvers");
    json_open_array(out);
    for (uint32_t i = 0; i < site->resolver_count; i++) {
        const struct site_resolver *resolver = &site->resolvers[i];
        json_open_object(out);
        values_text(out, "address", names_out_address(&resolver->address, address));
        values_count(out, "answers", resolver->answers);
        values_distribution(out, "lookup", &resolver->lookup);
        json_close_object(out);
    }
    json_close_array(out);
    json_close_object(out);
}

static void show_dns(struct html_out *out, const struct view *view,
                     const struct site_summary *site)
{
    static const char *const columns[] = { "Resolver", "#Answers", "#p50 ms", "#p90 ms",
                                           "#p95 ms",  "#p99 ms",  NULL };
    char address[ADDRESS_TEXT_SIZE];

    (void)view;
    if (site->resolver_count == 0)
        return;
    html_element(out, "h4", "DNS resolvers");
    table_open(out, "Lookup times by resolver", columns);
    for (uint32_t i = 0; i < site->resolver_count; i++) {
        const struct site_resolver *resolver = &site->resolvers[i];
        table_row_open(out);
        table_head(out, names_out_address(&resolver->address, address));
        table_number(out, figure_count(resolver->answers).text);
        table_percentile(out, &resolver->lookup, 500);
        table_percentile(out, &resolver->lookup, 900);
        table_percentile(out, &resolver->lookup, 950);
        table_percentile(out, &resolver->lookup, 990);
        table_row_close(out);
    }
    table_close(out);
}

/* One list for both: what is counted, of what, and how people call it. */
struct tcp_count {
    const char *key, *title;
    uint64_t count, whole;
    const char *of;
};

enum { TCP_COUNTS = 9 };

static void list_tcp(const struct site_tcp *tcp, struct tcp_count counts[TCP_COUNTS])
{
    const struct tcp_count all[TCP_COUNTS] = {
        { "retransmissions", "Retransmissions", tcp->retransmissions, tcp->packets,
          "packets" },
        { "out_of_order", "Out of order", tcp->out_of_order, tcp->packets, "packets" },
        { "lost_segments", "Acknowledged but not captured", tcp->lost_segments,
          tcp->packets, "packets" },
        { "zero_windows", "Zero windows", tcp->zero_windows, tcp->packets, "packets" },
        { "resets_by_client", "Reset by the client", tcp->resets_by_client, tcp->flows,
          "flows" },
        { "resets_by_server", "Reset by the server", tcp->resets_by_server, tcp->flows,
          "flows" },
        { "without_window_scale", "Without window scaling", tcp->without_window_scale,
          tcp->flows, "flows" },
        { "without_sack", "Without selective acknowledgement", tcp->without_sack,
          tcp->flows, "flows" },
        { "with_timestamps", "With timestamps", tcp->with_timestamps, tcp->flows,
          "flows" },
    };
    for (size_t i = 0; i < TCP_COUNTS; i++)
        counts[i] = all[i];
}

static void write_tcp(struct json_out *out, const struct view *view,
                      const struct site_summary *site)
{
    struct tcp_count counts[TCP_COUNTS];

    (void)view;
    list_tcp(&site->tcp, counts);
    json_key(out, "tcp");
    json_open_object(out);
    values_count(out, "flows", site->tcp.flows);
    values_count(out, "packets", site->tcp.packets);
    for (size_t i = 0; i < TCP_COUNTS; i++)
        values_count(out, counts[i].key, counts[i].count);
    json_close_object(out);
}

static void show_tcp(struct html_out *out, const struct view *view,
                     const struct site_summary *site)
{
    static const char *const columns[] = { "Count", "#Times", "#Share", "Of", NULL };
    struct tcp_count counts[TCP_COUNTS];

    (void)view;
    if (site->tcp.flows == 0)
        return;
    html_element(out, "h4", "TCP");
    html_open(out, "p");
    html_format(out, "%s packets of %s Office 365 flows.",
                figure_count(site->tcp.packets).text, figure_count(site->tcp.flows).text);
    html_close(out, "p");
    list_tcp(&site->tcp, counts);
    table_open(out, "TCP health", columns);
    for (size_t i = 0; i < TCP_COUNTS; i++) {
        table_row_open(out);
        table_head(out, counts[i].title);
        table_number(out, figure_count(counts[i].count).text);
        table_number(out, figure_percent(counts[i].count, counts[i].whole).text);
        table_text(out, counts[i].of);
        table_row_close(out);
    }
    table_close(out);
}

const struct site_part site_hosts_part = {
    .write_json = write_hosts,
    .write_html = show_hosts,
};

const struct site_part site_dns_part = {
    .write_json = write_dns,
    .write_html = show_dns,
};

const struct site_part site_tcp_part = {
    .write_json = write_tcp,
    .write_html = show_tcp,
};
