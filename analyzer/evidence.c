/* evidence.c - the frame numbers that a reader checks with Wireshark. */
#include "analyzer/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/names_out.h"

char *evidence_filter(const struct flow_record *record, uint64_t frame)
{
    char client[ADDRESS_TEXT_SIZE], server[ADDRESS_TEXT_SIZE];
    const char *ip = record->client.ip.family == 6 ? "ipv6" : "ip";
    const char *transport = record->transport == FLOW_TCP ? "tcp" : "udp";
    return alloc_format(
        "%s.addr == %s && %s.addr == %s && %s.port == %u && %s.port == %u && "
        "frame.number == %llu",
        ip, names_out_address(&record->client.ip, client), ip,
        names_out_address(&record->server.ip, server), transport, record->client.port,
        transport, record->server.port, (unsigned long long)frame_number(frame));
}

void evidence_see(struct evidence_list *list, const struct judged_flow *flow,
                  uint64_t frame, const char *signal, const char *format, ...)
{
    list->total++;
    list->flows++;
    list->bytes += flow->facts->bytes[FLOW_C2S] + flow->facts->bytes[FLOW_S2C];
    address_set_see(&list->clients, &flow->facts->client.ip);
    if (list->count == FINDING_EVIDENCE)
        return;
    if (frame == 0)
        frame = flow->facts->first_frame;
    const struct result_header *header = flow->series->header;
    uint32_t file = frame_file(frame);
    va_list arguments;
    va_start(arguments, format);
    char *value = NULL;
    if (vasprintf(&value, format, arguments) < 0)
        value = NULL;
    va_end(arguments);
    list->items[list->count++] = (struct evidence){
        .series = alloc_text(header->series),
        .capture =
            alloc_text(header->captures[file < header->capture_count ? file : 0].name),
        .frame = frame_number(frame),
        .flow = flow->facts->id,
        .signal = signal,
        .value = value,
        .filter = evidence_filter(flow->facts, frame),
    };
}

/* The client's port may be another one there: NAT. */
static char *filter_there(const struct sighting_record *sighting,
                          const struct flow_record *record)
{
    char client[ADDRESS_TEXT_SIZE], server[ADDRESS_TEXT_SIZE];
    const char *ip = sighting->client.family == 6 ? "ipv6" : "ip";
    return alloc_format("%s.addr == %s && %s.addr == %s && %s.port == %u && "
                        "frame.number == %llu",
                        ip, names_out_address(&sighting->client, client), ip,
                        names_out_address(&sighting->server, server),
                        record->transport == FLOW_TCP ? "tcp" : "udp",
                        sighting->server_port,
                        (unsigned long long)frame_number(sighting->frame));
}

void evidence_see_again(struct evidence_list *list, const struct result_header *there,
                        const struct sighting_record *sighting,
                        const struct flow_record *record, const char *signal,
                        const char *value)
{
    list->total++;
    if (list->count == FINDING_EVIDENCE)
        return;
    uint32_t file = frame_file(sighting->frame);
    list->items[list->count++] = (struct evidence){
        .series = alloc_text(there->series),
        .capture =
            alloc_text(there->captures[file < there->capture_count ? file : 0].name),
        .frame = frame_number(sighting->frame),
        .flow = sighting->id,
        .signal = signal,
        .value = alloc_text(value),
        .filter = filter_there(sighting, record),
    };
}

void evidence_conclude(struct evidence_list *list, struct finding *finding,
                       uint64_t of_flows)
{
    finding->evidence_total = list->total;
    finding->evidence_count = list->count;
    for (uint32_t i = 0; i < list->count; i++)
        finding->evidence[i] = list->items[i];
    list->count = 0;
    finding->affected_flows = list->flows;
    finding->affected_clients = list->clients.count;
    finding->affected_bytes = list->bytes;
    finding->affected_share_thousandths =
        of_flows == 0 ? -1 : (int32_t)(list->flows * 1000 / of_flows);
    finding_set(finding, "flows", "%llu", (unsigned long long)list->flows);
    if (of_flows > 0)
        finding_set(finding, "share", "%llu.%llu",
                    (unsigned long long)(list->flows * 100 / of_flows),
                    (unsigned long long)(list->flows * 1000 / of_flows % 10));
}

void evidence_release(struct evidence_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        free(list->items[i].series);
        free(list->items[i].capture);
        free(list->items[i].value);
        free(list->items[i].filter);
    }
    address_set_release(&list->clients);
    *list = (struct evidence_list){ 0 };
}

const char *evidence_ms(int64_t nanoseconds, char *out, size_t capacity)
{
    int64_t tenths = (nanoseconds + 50000) / 100000;
    snprintf(out, capacity, "%lld.%lld ms", (long long)(tenths / 10),
             (long long)(tenths % 10));
    return out;
}

void evidence_set_ms(struct finding *finding, const char *name, int64_t nanoseconds)
{
    int64_t tenths = (nanoseconds + 50000) / 100000;
    finding_set(finding, name, "%lld.%lld", (long long)(tenths / 10),
                (long long)(tenths % 10));
}

void evidence_set_median(struct finding *finding, const char *name,
                         const struct distribution *distribution)
{
    if (distribution->count > 0)
        evidence_set_ms(finding, name, distribution_percentile(distribution, 500));
}

uint64_t evidence_flows_of(const struct site_summary *site, enum service service)
{
    return site->by_service[service][CATEGORY_OPTIMIZE].flows +
           site->by_service[service][CATEGORY_ALLOW].flows;
}
