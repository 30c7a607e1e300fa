/* Packets of every link type through all layers, and through the table of sightings. */
#include <stdlib.h>

#include "analyzer/decode.h"
#include "analyzer/sightings.h"

static const uint16_t link_types[] = {
    1,   113, 276, 101, 0,   108, 9,   12,  14,  50,  104, 228, 229,
    1,   1,   127, 105, 119, 163, 192, 258, 149, 239, 117, 109, 226,
    107, 206, 205, 204, 166, 51,  100, 106, 123, 8,   6,   7,   10,
    129, 122, 242, 219, 240, 241, 259, 178, 179, 180, 181, 135, 137,
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool is_inside(struct bytes inner, struct bytes outer)
{
    return inner.left == 0 ||
           (inner.at >= outer.at && inner.at + inner.left <= outer.at + outer.left);
}

static void check_headers(const struct packet *packet, const struct headers *headers,
                          enum decode outcome)
{
    char text[32];
    check(headers->layer_count <= DECODE_LAYERS);
    if (headers->has_fragment) {
        check(is_inside(headers->fragment.piece.header, packet->captured));
        check(is_inside(headers->fragment.piece.payload, packet->captured));
        check(headers->fragment.layer_count <= headers->layer_count);
    }
    for (uint8_t i = 0; i < headers->layer_count; i++)
        decode_layer_text(&headers->layers[i], text, sizeof text);
    check(is_inside(headers->ip, packet->captured));
    check(is_inside(headers->payload, headers->ip));
    check(headers->ip.left <= headers->ip_length);
    check(headers->payload.left <= headers->payload_length);
    check(headers->payload_length <= headers->ip_length);
    check(headers->is_cut == (headers->payload.left < headers->payload_length));
    if (outcome == DECODE_TRANSPORT)
        check(headers->protocol == 6 || headers->protocol == 17);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sightings *sightings;
    if (sightings == NULL)
        sightings = sightings_new();

    struct bytes in = bytes_of(data, size);
    uint8_t link = bytes_u8(&in);
    uint8_t missing = bytes_u8(&in);
    struct packet packet = {
        .captured = in,
        .time_ns = missing,
        .length = (uint32_t)in.left + missing,
        .link_type = link_types[link % (sizeof link_types / sizeof *link_types)],
        .has_time = true,
    };
    struct headers headers;
    struct sighting_detail detail;
    enum decode outcome = decode_packet(&packet, &headers);
    check_headers(&packet, &headers, outcome);
    if (outcome == DECODE_TRANSPORT) {
        (void)sightings_see(sightings, &packet, &headers, &detail);
        check(detail.place >= 1 && detail.place <= 9);
    }
    return 0;
}
