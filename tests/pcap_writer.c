/* pcap_writer.c - draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng; RFC 791, 8200, 9293,
 * 768. */
#include "tests/pcap_writer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    TCP_SIZE = 20,
    UDP_SIZE = 8,
    DONT_FRAGMENT = 0x4000,
};

void pcap_writer_release(struct pcap_writer *out)
{
    free(out->bytes);
    *out = (struct pcap_writer){ 0 };
}

bool pcap_writer_save(const struct pcap_writer *out, FILE *file)
{
    return fwrite(out->bytes, 1, out->size, file) == out->size;
}

void pcap_writer_put(struct pcap_writer *out, const void *bytes, size_t size)
{
    if (out->size + size > out->capacity) {
        out->capacity = 2 * (out->size + size) + 256;
        out->bytes = realloc(out->bytes, out->capacity);
        if (out->bytes == NULL)
            abort();
    }
    if (size > 0)
        memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

static void put_number(struct pcap_writer *out, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        size_t place = out->is_big_endian ? size - 1 - i : i;
        bytes[place] = (uint8_t)(value >> (8 * i));
    }
    pcap_writer_put(out, bytes, size);
}

void pcap_writer_put_u16(struct pcap_writer *out, uint16_t value)
{
    put_number(out, value, 2);
}

void pcap_writer_put_u32(struct pcap_writer *out, uint32_t value)
{
    put_number(out, value, 4);
}

void pcap_writer_put_u64(struct pcap_writer *out, uint64_t value)
{
    put_number(out, value, 8);
}

static void put_padding(struct pcap_writer *out, size_t size)
{
    pcap_writer_put(out, "\0\0\0", (size_t)-size & 3);
}

static uint32_t or_default(uint32_t value, uint32_t usual)
{
    return value != 0 ? value : usual;
}

void pcap_writer_start(struct pcap_writer *out, const struct pcap_writer_file *file)
{
    out->is_big_endian = file->is_big_endian;
    out->magic = or_default((uint32_t)file->magic, (uint32_t)PCAP_WRITER_MICROSECONDS);
    pcap_writer_put_u32(out, out->magic);
    pcap_writer_put_u16(out, 2);
    pcap_writer_put_u16(out, (uint16_t)or_default(file->minor_version, 4));
    pcap_writer_put_u64(out, 0);
    pcap_writer_put_u32(out,
                        file->has_no_snaplen ? 0 : or_default(file->snaplen, 262144));
    pcap_writer_put_u32(out, file->link_type);
}

void pcap_writer_packet(struct pcap_writer *out, int64_t time_ns, const void *bytes,
                        size_t size, size_t length)
{
    int64_t fraction = time_ns % 1000000000;
    if (out->magic != (uint32_t)PCAP_WRITER_NANOSECONDS)
        fraction /= 1000;
    pcap_writer_put_u32(out, (uint32_t)(time_ns / 1000000000));
    pcap_writer_put_u32(out, (uint32_t)fraction);
    pcap_writer_put_u32(out, (uint32_t)size);
    pcap_writer_put_u32(out, (uint32_t)length);
    if (out->magic == (uint32_t)PCAP_WRITER_KUZNETZOV)
        pcap_writer_put_u64(out, 0); /* interface, protocol, type "to us" */
    pcap_writer_put(out, bytes, size);
}

/* Leaves room for the length, which end_block() knows. */
static size_t begin_block(struct pcap_writer *out, uint32_t type)
{
    size_t start = out->size;
    pcap_writer_put_u32(out, type);
    pcap_writer_put_u32(out, 0);
    return start;
}

static void end_block(struct pcap_writer *out, size_t start)
{
    size_t end = out->size + 4;
    out->size = start + 4;
    pcap_writer_put_u32(out, (uint32_t)(end - start));
    out->size = end - 4;
    pcap_writer_put_u32(out, (uint32_t)(end - start));
}

static void begin_option(struct pcap_writer *out, uint16_t code, size_t size)
{
    pcap_writer_put_u16(out, code);
    pcap_writer_put_u16(out, (uint16_t)size);
}

static void put_option(struct pcap_writer *out, uint16_t code, const void *value,
                       size_t size)
{
    begin_option(out, code, size);
    pcap_writer_put(out, value, size);
    put_padding(out, size);
}

void pcap_writer_section(struct pcap_writer *out, bool is_big_endian)
{
    out->is_big_endian = is_big_endian;
    size_t start = begin_block(out, 0x0a0d0d0a);
    pcap_writer_put_u32(out, 0x1a2b3c4d);
    pcap_writer_put_u16(out, 1);
    pcap_writer_put_u16(out, 0);
    pcap_writer_put_u64(out, UINT64_MAX); /* the section's length is not told */
    end_block(out, start);
}

void pcap_writer_interface(struct pcap_writer *out,
                           const struct pcap_writer_interface *interface)
{
    size_t start = begin_block(out, 1);
    pcap_writer_put_u16(out, interface->link_type);
    pcap_writer_put_u16(out, 0);
    pcap_writer_put_u32(out, interface->snaplen);
    if (interface->name != NULL)
        put_option(out, 2, interface->name, strlen(interface->name));
    if (interface->has_resolution)
        put_option(out, 9, &interface->resolution, 1);
    if (interface->fcs_size != 0)
        put_option(out, 13, &interface->fcs_size, 1);
    if (interface->time_offset_s != 0) {
        begin_option(out, 14, 8);
        pcap_writer_put_u64(out, (uint64_t)interface->time_offset_s);
    }
    begin_option(out, 0, 0);
    end_block(out, start);
}

static void put_packet(struct pcap_writer *out, uint64_t ticks, const void *bytes,
                       size_t size, size_t length)
{
    pcap_writer_put_u32(out, (uint32_t)(ticks >> 32));
    pcap_writer_put_u32(out, (uint32_t)ticks);
    pcap_writer_put_u32(out, (uint32_t)size);
    pcap_writer_put_u32(out, (uint32_t)length);
    pcap_writer_put(out, bytes, size);
    put_padding(out, size);
}

void pcap_writer_enhanced(struct pcap_writer *out, uint32_t interface, uint64_t ticks,
                          const void *bytes, size_t size, size_t length, uint32_t flags)
{
    size_t start = begin_block(out, 6);
    pcap_writer_put_u32(out, interface);
    put_packet(out, ticks, bytes, size, length);
    if (flags != 0) {
        begin_option(out, 2, 4);
        pcap_writer_put_u32(out, flags);
        begin_option(out, 0, 0);
    }
    end_block(out, start);
}

void pcap_writer_simple(struct pcap_writer *out, const void *bytes, size_t size,
                        size_t length)
{
    size_t start = begin_block(out, 3);
    pcap_writer_put_u32(out, (uint32_t)length);
    pcap_writer_put(out, bytes, size);
    put_padding(out, size);
    end_block(out, start);
}

void pcap_writer_obsolete(struct pcap_writer *out, uint16_t interface, uint64_t ticks,
                          const void *bytes, size_t size, size_t length)
{
    size_t start = begin_block(out, 2);
    pcap_writer_put_u16(out, interface);
    pcap_writer_put_u16(out, 0);
    put_packet(out, ticks, bytes, size, length);
    end_block(out, start);
}

void pcap_writer_statistics(struct pcap_writer *out, uint32_t interface,
                            uint64_t received, uint64_t dropped)
{
    size_t start = begin_block(out, 5);
    pcap_writer_put_u32(out, interface);
    pcap_writer_put_u64(out, 0);
    begin_option(out, 4, 8);
    pcap_writer_put_u64(out, received);
    begin_option(out, 5, 8);
    pcap_writer_put_u64(out, dropped);
    begin_option(out, 0, 0);
    end_block(out, start);
}

void pcap_writer_block(struct pcap_writer *out, uint32_t type, const void *body,
                       size_t size)
{
    size_t start = begin_block(out, type);
    pcap_writer_put(out, body, size);
    put_padding(out, size);
    end_block(out, start);
}

/* Frames are written by a writer of network byte order, then copied out. */

struct addresses {
    uint8_t source[16], destination[16];
    size_t size; /* of each: 4 or 16 */
};

static struct addresses read_addresses(const struct pcap_writer_fields *fields)
{
    struct addresses read = { .size = strchr(fields->source, ':') == NULL ? 4 : 16 };
    int family = read.size == 4 ? AF_INET : AF_INET6;
    if (inet_pton(family, fields->source, read.source) != 1 ||
        inet_pton(family, fields->destination, read.destination) != 1)
        abort();
    return read;
}

static uint32_t sum_words(uint32_t sum, const uint8_t *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void set_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* RFC 1071 over the pseudo-header of RFC 9293 section 3.1 or RFC 8200 section 8.1. */
static uint32_t transport_checksum(const struct addresses *addresses, uint8_t protocol,
                                   const uint8_t *segment, size_t size)
{
    uint32_t sum = protocol + (uint32_t)size;
    sum = sum_words(sum, addresses->source, addresses->size);
    sum = sum_words(sum, addresses->destination, addresses->size);
    return ~sum_words(sum, segment, size) & 0xffff;
}

static void put_ethernet(struct pcap_writer *frame,
                         const struct pcap_writer_fields *fields, uint16_t type)
{
    if (fields->has_no_ethernet)
        return;
    pcap_writer_put(frame, fields->destination_mac, sizeof fields->destination_mac);
    pcap_writer_put(frame, fields->source_mac, sizeof fields->source_mac);
    if (fields->vlan != 0) {
        pcap_writer_put_u16(frame, 0x8100);
        pcap_writer_put_u16(frame, fields->vlan);
    }
    pcap_writer_put_u16(frame, type);
}

static void put_ipv4(struct pcap_writer *frame, const struct pcap_writer_fields *fields,
                     const struct addresses *addresses, uint8_t protocol, size_t size)
{
    size_t start = frame->size;
    uint8_t ttl = (uint8_t)or_default(fields->ttl, 64);
    pcap_writer_put_u16(frame, (uint16_t)(0x4500 | fields->dscp << 2));
    pcap_writer_put_u16(frame, (uint16_t)(20 + size));
    pcap_writer_put_u16(frame, fields->ip_id);
    pcap_writer_put_u16(frame, DONT_FRAGMENT);
    pcap_writer_put_u16(frame, (uint16_t)(ttl << 8 | protocol));
    pcap_writer_put_u16(frame, 0);
    pcap_writer_put(frame, addresses->source, addresses->size);
    pcap_writer_put(frame, addresses->destination, addresses->size);
    uint8_t *header = frame->bytes + start;
    set_u16(header + 10, ~sum_words(0, header, 20));
}

static void put_ipv6(struct pcap_writer *frame, const struct pcap_writer_fields *fields,
                     const struct addresses *addresses, uint8_t protocol, size_t size)
{
    uint8_t ttl = (uint8_t)or_default(fields->ttl, 64);
    pcap_writer_put_u32(frame, UINT32_C(6) << 28 | (uint32_t)fields->dscp << 22);
    pcap_writer_put_u16(frame, (uint16_t)size);
    pcap_writer_put_u16(frame, (uint16_t)(protocol << 8 | ttl));
    pcap_writer_put(frame, addresses->source, addresses->size);
    pcap_writer_put(frame, addresses->destination, addresses->size);
}

static size_t copy_out(struct pcap_writer *frame, void *out, size_t capacity)
{
    size_t size = frame->size;
    if (size > capacity)
        abort();
    memcpy(out, frame->bytes, size);
    pcap_writer_release(frame);
    return size;
}

size_t pcap_writer_ip(const struct pcap_writer_fields *fields, uint8_t protocol,
                      void *out, size_t capacity)
{
    struct pcap_writer frame = { .is_big_endian = true };
    struct addresses addresses = read_addresses(fields);
    size_t size = fields->payload_size;
    bool is_ipv4 = addresses.size == 4;

    put_ethernet(&frame, fields, is_ipv4 ? 0x0800 : 0x86dd);
    if (is_ipv4)
        put_ipv4(&frame, fields, &addresses, protocol, size);
    else
        put_ipv6(&frame, fields, &addresses, protocol, size);
    pcap_writer_put(&frame, fields->payload, size);
    return copy_out(&frame, out, capacity);
}

/* Sets the checksum at `place` and wraps the segment, which it releases, in IP. */
static size_t wrap(const struct pcap_writer_fields *fields, uint8_t protocol,
                   struct pcap_writer *segment, size_t place, void *out, size_t capacity)
{
    struct addresses addresses = read_addresses(fields);
    uint32_t sum =
        transport_checksum(&addresses, protocol, segment->bytes, segment->size);
    /* In UDP a sum of 0 would mean that there is none (RFC 768). */
    set_u16(segment->bytes + place, protocol == PROTOCOL_UDP && sum == 0 ? 0xffff : sum);

    struct pcap_writer_fields outer = *fields;
    outer.payload = segment->bytes;
    outer.payload_size = segment->size;
    size_t size = pcap_writer_ip(&outer, protocol, out, capacity);
    pcap_writer_release(segment);
    return size;
}

size_t pcap_writer_tcp(const struct pcap_writer_fields *fields, void *out,
                       size_t capacity)
{
    struct pcap_writer segment = { .is_big_endian = true };
    size_t header_size = TCP_SIZE + fields->tcp_options_size;
    pcap_writer_put_u16(&segment, fields->source_port);
    pcap_writer_put_u16(&segment, fields->destination_port);
    pcap_writer_put_u32(&segment, fields->sequence);
    pcap_writer_put_u32(&segment, fields->acknowledgement);
    pcap_writer_put_u16(&segment, (uint16_t)(header_size / 4 << 12 | fields->tcp_flags));
    pcap_writer_put_u16(&segment, fields->window);
    pcap_writer_put_u32(&segment, 0); /* checksum, urgent pointer */
    pcap_writer_put(&segment, fields->tcp_options, fields->tcp_options_size);
    pcap_writer_put(&segment, fields->payload, fields->payload_size);
    return wrap(fields, PROTOCOL_TCP, &segment, 16, out, capacity);
}

size_t pcap_writer_udp(const struct pcap_writer_fields *fields, void *out,
                       size_t capacity)
{
    struct pcap_writer segment = { .is_big_endian = true };
    pcap_writer_put_u16(&segment, fields->source_port);
    pcap_writer_put_u16(&segment, fields->destination_port);
    pcap_writer_put_u16(&segment, (uint16_t)(UDP_SIZE + fields->payload_size));
    pcap_writer_put_u16(&segment, 0);
    pcap_writer_put(&segment, fields->payload, fields->payload_size);
    return wrap(fields, PROTOCOL_UDP, &segment, 6, out, capacity);
}
