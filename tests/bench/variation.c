/* variation.c - RFC 1071 and RFC 1624: a checksum follows what changes beneath it. */
#include "tests/bench/variation.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "dissectors/ip.h"

enum {
    PROTOCOL_ICMPV6 = 58,
    IPV4_CHECKSUM = 10,
    IPV6_HEADER = 40,
    EPHEMERAL_PORTS = 32768, /* the first of them, and how many there are */
    CHECKSUM_MODULUS = 65535,
};

static const uint32_t first_address = 0x0a000001; /* 10.0.0.1 */
static const uint32_t last_address = 0x0afffffe;
static const uint64_t interface_base = 0xc11e000000000000;

/* The next number of the sequence that `state` stands in (SplitMix64). */
static uint64_t next_number(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

static void put_number(uint8_t *at, uint64_t value, size_t size)
{
    while (size-- > 0) {
        at[size] = (uint8_t)value;
        value >>= 8;
    }
}

bool variation_has_room(const struct template *pattern, uint64_t copies)
{
    uint64_t room = last_address - first_address + 1 - pattern->fixed_count;
    return pattern->client_count == 0 || copies <= room / pattern->client_count;
}

/* The address `place` of 10.0.0.0/8, those left out that servers have. */
static uint32_t free_address(const struct template *pattern, uint64_t place)
{
    uint32_t address = first_address + (uint32_t)place;
    for (size_t i = 0; i < pattern->fixed_count; i++)
        if (pattern->fixed[i] >= first_address && pattern->fixed[i] <= address)
            address++;
    return address;
}

void variation_begin(struct variation *copy, const struct template *pattern,
                     uint64_t number)
{
    uint64_t state = number;
    for (size_t kind = 0; kind <= FIELD_DNS_ID; kind++)
        for (size_t i = 0; i < TLS_RANDOM_SIZE; i += sizeof state)
            put_number(&copy->masks[kind][i], next_number(&state), sizeof state);
    copy->port_shift = (uint16_t)(next_number(&state) % EPHEMERAL_PORTS);

    copy->addresses =
        alloc_resize(copy->addresses, pattern->client_count + 1, sizeof *copy->addresses);
    for (size_t i = 0; i < pattern->client_count; i++) {
        struct ip_address address = pattern->clients[i].address;
        uint64_t place = number * pattern->client_count + i;
        if (address.family == 4)
            put_number(address.bytes, free_address(pattern, place), 4);
        else
            put_number(address.bytes + 8, interface_base + place, 8);
        copy->addresses[i] = address;
    }
}

void variation_release(struct variation *copy)
{
    free(copy->addresses);
    *copy = (struct variation){ 0 };
}

/* Where the transport checksum stands; 0 where there is none, or it was not captured. */
static size_t transport_checksum_at(const struct frame *frame)
{
    size_t at = frame->transport_at;
    if (!frame->has_transport)
        return 0;
    if (frame->protocol == IP_PROTOCOL_TCP)
        at += 16;
    else if (frame->protocol == IP_PROTOCOL_UDP)
        at += 6;
    else if (frame->protocol == PROTOCOL_ICMPV6 && frame->family == 6)
        at += 2;
    else
        return 0;
    if (at + 2 > frame->size)
        return 0;
    bool is_none = frame->bytes[at] == 0 && frame->bytes[at + 1] == 0;
    return frame->protocol == IP_PROTOCOL_UDP && is_none ? 0 : at;
}

static uint64_t sum_words(struct bytes in)
{
    uint64_t sum = 0;
    while (in.left > 1)
        sum += bytes_u16(&in);
    return sum + (uint64_t)bytes_peek(in, 0) * 256;
}

static uint16_t folded(uint64_t sum)
{
    while (sum > CHECKSUM_MODULUS)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static void put_checksum(uint8_t *at, uint64_t sum, uint8_t protocol)
{
    uint16_t checksum = (uint16_t)~folded(sum);
    /* RFC 768: a 0 would say that there is none. */
    if (checksum == 0 && protocol == IP_PROTOCOL_UDP)
        checksum = 0xffff;
    put_number(at, checksum, 2);
}

/* What the transport checksum covers: a UDP datagram may end before its packet does. */
static struct bytes covered_by_checksum(const struct frame *frame)
{
    struct bytes in = bytes_of(frame->bytes + frame->transport_at, frame->transport_size);
    struct bytes length = bytes_of(in.at + 4, 2);
    if (frame->protocol != IP_PROTOCOL_UDP)
        return in;
    uint16_t told = bytes_u16(&length);
    return told == 0 ? in : bytes_take_at_most(&in, told);
}

void variation_mend(struct frame *frame)
{
    size_t header_size = frame->transport_at - frame->network_at;
    size_t at = transport_checksum_at(frame);
    if (frame->family == 4) {
        uint8_t *header = frame->bytes + frame->network_at;
        put_number(header + IPV4_CHECKSUM, 0, 2);
        put_checksum(header + IPV4_CHECKSUM, sum_words(bytes_of(header, header_size)), 0);
    }
    /* Behind extension headers the destination may be another one (RFC 8200, 8.1). */
    bool is_plain = frame->family == 4 || header_size == IPV6_HEADER;
    if (at == 0 || !frame->is_whole || !is_plain)
        return;

    struct bytes covered = covered_by_checksum(frame);
    size_t address_size = frame->family == 4 ? 4 : 16;
    put_number(frame->bytes + at, 0, 2);
    uint64_t sum = sum_words(covered) + covered.left + frame->protocol;
    for (size_t side = 0; side < 2; side++)
        sum += sum_words(bytes_of(frame->addresses[side].bytes, address_size));
    put_checksum(frame->bytes + at, sum, frame->protocol);
}

/* Returns how much more the words sum up to that start at an even distance of `base`. */
static int64_t change(uint8_t *out, size_t at, size_t base, uint8_t value)
{
    int64_t more = (int64_t)value - out[at];
    out[at] = value;
    return (at - base) % 2 == 0 ? more * 256 : more;
}

static int64_t change_addresses(const struct variation *copy, const struct frame *frame,
                                uint8_t *out)
{
    size_t size = frame->family == 4 ? 4 : 16;
    size_t source_at = frame->network_at + (frame->family == 4 ? 12 : 8);
    int64_t more = 0;
    for (size_t side = 0; side < 2; side++) {
        if (frame->clients[side] == TEMPLATE_NONE)
            continue;
        const struct ip_address *address = &copy->addresses[frame->clients[side]];
        for (size_t i = 0; i < size; i++)
            more += change(out, source_at + side * size + i, frame->network_at,
                           address->bytes[i]);
    }
    return more;
}

static int64_t change_port(const struct variation *copy, const struct template *pattern,
                           const struct frame *frame, uint8_t *out)
{
    if (frame->flow == TEMPLATE_NONE)
        return 0;
    const struct template_flow *flow = &pattern->flows[frame->flow];
    unsigned port = flow->ends[flow->client].port;
    size_t at = frame->transport_at + (frame->sender == flow->client ? 0 : 2);
    if (port < EPHEMERAL_PORTS)
        return 0;
    port = EPHEMERAL_PORTS + (port + copy->port_shift) % EPHEMERAL_PORTS;
    return change(out, at, frame->transport_at, (uint8_t)(port >> 8)) +
           change(out, at + 1, frame->transport_at, (uint8_t)port);
}

static int64_t change_fields(const struct variation *copy, const struct template *pattern,
                             const struct frame *frame, uint8_t *out)
{
    int64_t more = 0;
    for (size_t i = 0; i < frame->field_count; i++) {
        const struct field *field = &pattern->fields[frame->first_field + i];
        for (uint32_t j = 0; j < field->size; j++) {
            uint8_t mask = copy->masks[field->kind][(field->from + j) % TLS_RANDOM_SIZE];
            more += change(out, field->at + j, frame->transport_at,
                           out[field->at + j] ^ mask);
        }
    }
    return more;
}

static void follow(uint8_t *checksum, int64_t more, uint8_t protocol)
{
    struct bytes in = bytes_of(checksum, 2);
    int64_t added = more % CHECKSUM_MODULUS;
    uint16_t sum = (uint16_t)~bytes_u16(&in);
    if (added < 0)
        added += CHECKSUM_MODULUS;
    put_checksum(checksum, (uint64_t)sum + (uint64_t)added, protocol);
}

void variation_apply(const struct variation *copy, const struct template *pattern,
                     const struct frame *frame, uint8_t *out)
{
    memcpy(out, frame->bytes, frame->size);
    if (frame->family == 0)
        return;
    int64_t more = change_addresses(copy, frame, out);
    if (frame->family == 4)
        follow(out + frame->network_at + IPV4_CHECKSUM, more, 0);
    size_t at = transport_checksum_at(frame);
    more += change_port(copy, pattern, frame, out);
    more += change_fields(copy, pattern, frame, out);
    if (at != 0)
        follow(out + at, more, frame->protocol);
}
