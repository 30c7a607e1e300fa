/*
 * frame_builder.h - frames of any layers, for tests of decode.
 *
 *     struct frame frame = segment(20);
 *     put_ipv4(&frame, 6, inner4);
 *     put_ethernet(&frame, "0800");
 *     decode_whole(&frame, &headers);
 *
 * A frame is built from its end to its start: each put_ stands in front of what is there.
 */
#ifndef O365LENS_TESTS_FRAME_BUILDER_H
#define O365LENS_TESTS_FRAME_BUILDER_H

#include "analyzer/decode.h"
#include "tests/test.h"

struct frame {
    uint8_t bytes[1024];
    size_t start;
};

static const uint8_t *frame_at(const struct frame *frame)
{
    return &frame->bytes[frame->start];
}

static inline size_t frame_size(const struct frame *frame)
{
    return sizeof frame->bytes - frame->start;
}

static inline void put_bytes(struct frame *frame, const void *bytes, size_t size)
{
    frame->start -= size;
    memcpy(&frame->bytes[frame->start], bytes, size);
}

static inline void put(struct frame *frame, const char *hex)
{
    uint8_t bytes[512];
    put_bytes(frame, bytes, test_hex(hex, bytes, sizeof bytes));
}

static inline void put_16(struct frame *frame, size_t value)
{
    uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };
    put_bytes(frame, bytes, sizeof bytes);
}

/* A segment of `size` bytes of data, from port 50000 to 443. */
static inline struct frame segment(size_t size)
{
    struct frame frame = { .start = sizeof frame.bytes - size };
    memset(&frame.bytes[frame.start], 'x', size);
    put(&frame, "c350 01bb 00000001 00000002 8018 0100 beef 0000"
                "0101 080a 00000003 00000004");
    return frame;
}

static inline void put_udp(struct frame *frame, unsigned port)
{
    put(frame, "abcd");
    put_16(frame, frame_size(frame) + 6);
    put_16(frame, port);
    put_16(frame, 50000);
}

static inline void put_ipv4(struct frame *frame, uint8_t protocol, const char *addresses)
{
    uint8_t ttl_protocol[] = { 64, protocol, 0, 0 };
    put(frame, addresses);
    put_bytes(frame, ttl_protocol, sizeof ttl_protocol);
    put(frame, "0007 4000");
    put_16(frame, frame_size(frame) + 4);
    put(frame, "4500");
}

static inline void put_ipv6(struct frame *frame, uint8_t next, const char *addresses)
{
    uint8_t next_ttl[] = { next, 63 };
    size_t size = frame_size(frame);
    put(frame, addresses);
    put_bytes(frame, next_ttl, sizeof next_ttl);
    put_16(frame, size);
    put(frame, "60000000");
}

static const char inner4[] = "0a000001 34600102";
static const char outer4[] = "c0000201 c0000202";
static const char inner6[] = "20010db8000000000000000000000001"
                             "26031096000000000000000000000002";
static const char outer6[] = "20010db8ffff00000000000000000001"
                             "20010db8ffff00000000000000000002";
static const char macs[] = "020000000001 020000000002";
static const char other_macs[] = "020000000003 020000000004";

static inline void put_ethernet(struct frame *frame, const char *type)
{
    put(frame, type);
    put(frame, macs);
}

static inline struct frame inner_packet(void)
{
    struct frame frame = segment(20);
    put_ipv4(&frame, 6, inner4);
    return frame;
}

static inline struct frame inner_frame(void)
{
    struct frame frame = inner_packet();
    put(&frame, "0800");
    put(&frame, other_macs);
    return frame;
}

/* The bytes are of an allocation of their own size: one byte too far is caught. */
static inline enum decode decode(const struct frame *frame, uint16_t link_type,
                                 size_t kept, struct headers *headers)
{
    static uint8_t *copy;
    free(copy);
    copy = malloc(kept + 1);
    memcpy(copy, frame_at(frame), kept);
    struct packet packet = {
        .captured = bytes_of(copy, kept),
        .length = (uint32_t)frame_size(frame),
        .link_type = link_type,
    };
    memset(headers, 0xa5, sizeof *headers);
    return decode_packet(&packet, headers);
}

static inline enum decode decode_whole(const struct frame *frame, struct headers *headers)
{
    return decode(frame, 1, frame_size(frame), headers);
}

static inline const char *layers_text(const struct headers *headers)
{
    static char text[256];
    text[0] = '\0';
    for (uint8_t i = 0; i < headers->layer_count; i++) {
        char layer[32];
        decode_layer_text(&headers->layers[i], layer, sizeof layer);
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                       i > 0 ? " " : "", layer);
    }
    return text;
}

static inline const char *address_of(const struct ip_address *address)
{
    static char text[ADDRESS_TEXT_SIZE];
    return address_text(address, text);
}

/* Ways of wrapping the segment between 10.0.0.1 and 52.96.1.2, or its IPv6 cousin. */

static inline struct frame plain(void)
{
    struct frame frame = inner_packet();
    put_ethernet(&frame, "0800");
    return frame;
}

static inline struct frame mirrored(void)
{
    struct frame frame = inner_frame();
    put(&frame, "1000 88be 00000001 1000 0064 00000000");
    put_ipv4(&frame, 47, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

static inline struct frame vxlan(void)
{
    struct frame frame = inner_frame();
    put(&frame, "08000000 00000500");
    put_udp(&frame, 4789);
    put_ipv4(&frame, 17, outer4);
    put_ethernet(&frame, "0800");
    return frame;
}

#endif
