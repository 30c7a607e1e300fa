/*
 * wrapping.h - ways of wrapping one packet, and what decode must make of each, whole, cut
 * at every byte and with every byte a lie.
 */
#ifndef O365LENS_TESTS_WRAPPING_H
#define O365LENS_TESTS_WRAPPING_H

#include "tests/frame_builder.h"

struct wrapping {
    struct frame (*build)(void);
    uint16_t link_type;
    const char *layers;
    const char *tunnel_source; /* "" where there is no tunnel */
    bool is_six;
    bool is_guess; /* told by what follows: a cut one may be another protocol's packet */
};

static inline void check_inner(const struct headers *headers, bool is_six)
{
    CHECK_TEXT(address_of(&headers->source), is_six ? "2001:db8::1" : "10.0.0.1");
    CHECK_TEXT(address_of(&headers->destination), is_six ? "2603:1096::2" : "52.96.1.2");
    CHECK(headers->protocol == 6 && headers->ttl == (is_six ? 63 : 64));
    CHECK(headers->ip_id == (is_six ? 0 : 7));
    CHECK(headers->source_port == 50000 && headers->destination_port == 443);
    CHECK(headers->payload_length == 20 && !headers->is_fragment);
    CHECK(headers->tcp.sequence == 1 && headers->tcp.acknowledgement == 2);
    CHECK(headers->tcp.has_timestamps || headers->tcp.options_cut);
    CHECK(!headers->layers_cut);
}

static inline void check_wrappings(const struct wrapping *wrappings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct wrapping *wrapping = &wrappings[i];
        struct frame frame = wrapping->build();
        struct headers headers;
        CHECK(decode(&frame, wrapping->link_type, frame_size(&frame), &headers) ==
              DECODE_TRANSPORT);
        check_inner(&headers, wrapping->is_six);
        CHECK_TEXT(layers_text(&headers), wrapping->layers);
        CHECK_TEXT(address_of(&headers.tunnel_source), wrapping->tunnel_source);
        CHECK(headers.payload.left == 20 && !headers.is_cut);
        CHECK(headers.ip_length == headers.ip.left);
        CHECK(headers.has_macs ==
              (wrapping->link_type == 1 || wrapping->link_type == 105));
        CHECK(headers.ether_type == 0);
    }
}

static inline void check_cut(const struct wrapping *wrapping, size_t missing,
                             enum decode outcome, const struct headers *headers)
{
    CHECK(outcome == DECODE_TRANSPORT || outcome == DECODE_TRUNCATED ||
          (outcome == DECODE_IP && wrapping->is_guess));
    if (outcome != DECODE_TRANSPORT)
        return;
    CHECK(headers->is_cut);
    CHECK(headers->payload.left + missing >= headers->payload_length);
    /* A tunnel in UDP of which the inner IP header is cut stays a UDP packet. */
    if (headers->protocol == 17)
        CHECK(wrapping->tunnel_source[0] != '\0' && headers->tcp.size == 0);
    else
        check_inner(headers, wrapping->is_six);
}

static inline void check_cuts(const struct wrapping *wrappings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct frame frame = wrappings[i].build();
        size_t size = frame_size(&frame);
        for (size_t kept = 0; kept < size; kept++) {
            struct headers headers;
            enum decode outcome = decode(&frame, wrappings[i].link_type, kept, &headers);
            check_cut(&wrappings[i], size - kept, outcome, &headers);
            CHECK(kept + 20 < size || outcome == DECODE_TRANSPORT);
        }
    }
}

static inline bool is_inside(struct bytes inner, const struct frame *frame)
{
    return inner.left <= frame_size(frame);
}

static inline void check_lies(const struct wrapping *wrappings, size_t count)
{
    static const uint8_t lies[] = { 0x00, 0x01, 0x0f, 0x40, 0x7f, 0x80, 0xff };
    for (size_t i = 0; i < count; i++) {
        struct frame good = wrappings[i].build();
        for (size_t at = 0; at < frame_size(&good); at++) {
            for (size_t j = 0; j < sizeof lies; j++) {
                struct frame frame = good;
                struct headers headers;
                frame.bytes[frame.start + at] = lies[j];
                (void)decode(&frame, wrappings[i].link_type, frame_size(&frame),
                             &headers);
                CHECK(headers.layer_count <= DECODE_LAYERS);
                CHECK(is_inside(headers.ip, &frame));
                CHECK(is_inside(headers.payload, &frame));
                CHECK(headers.payload.left <= headers.payload_length);
            }
        }
    }
}

#endif
