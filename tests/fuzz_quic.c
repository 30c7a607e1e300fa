/* fuzz_quic.c - a datagram; and the same bytes as if they had been inside an Initial. */
#include "dissectors/quic.h"
#include "dissectors/quic_crypto.h"
#include "dissectors/quic_legacy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_chlo(struct bytes in)
{
    struct quic_chlo hello;
    if (quic_legacy_read_chlo(in, &hello) == DISSECT_OK &&
        bytes_contain(hello.server_name, '\0'))
        abort();
}

static void read_frames(uint32_t version, struct bytes plain)
{
    static struct quic_crypto crypto;
    struct quic_frame frame;
    quic_crypto_init(&crypto);
    while (plain.left > 0 && quic_read_frame(version, &plain, &frame) == DISSECT_OK)
        if (frame.kind == QUIC_FRAME_CRYPTO)
            quic_crypto_see(&crypto, frame.offset, frame.data);
    struct bytes ready = quic_crypto_ready(&crypto);
    if (ready.left > QUIC_CRYPTO_SIZE)
        abort();
    read_chlo(ready);
}

/* Every two bytes place a piece of a known stream: what is ready must be its beginning.
 */
static void see_pieces(struct bytes in)
{
    static struct quic_crypto crypto;
    static uint8_t stream[1024];
    for (size_t i = 0; i < sizeof stream; i++)
        stream[i] = (uint8_t)(i ^ i >> 3);
    quic_crypto_init(&crypto);
    while (in.left > 1) {
        size_t from = bytes_u8(&in) * 3U;
        struct bytes piece = bytes_of(stream, sizeof stream);
        bytes_skip(&piece, from);
        quic_crypto_see(&crypto, from, bytes_take(&piece, bytes_u8(&in)));
    }
    struct bytes ready = quic_crypto_ready(&crypto);
    if (!bytes_equal(ready, stream, ready.left))
        abort();
}

static void open_packet(const struct quic_packet *packet)
{
    static uint8_t plain[QUIC_PLAIN_SIZE];
    struct quic_keys client, server;
    size_t size = 0;
    uint64_t number = 0;
    if (packet->type == QUIC_INITIAL &&
        quic_derive_initial(packet->version, packet->dcid, &client, &server) &&
        quic_open_initial(packet, &client, plain, sizeof plain, &size, &number))
        read_frames(packet->version, bytes_of(plain, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct quic_packet packet;
    struct quic_legacy_packet old;
    char text[QUIC_VERSION_TEXT_SIZE];

    while (in.left > 0 && quic_read_packet(&in, &packet) == DISSECT_OK) {
        quic_version_text(packet.version, text);
        open_packet(&packet);
    }
    if (quic_legacy_read_packet(bytes_of(data, size), &old) == DISSECT_OK)
        read_chlo(old.crypto);
    read_frames(1, bytes_of(data, size));
    read_frames(0x51303530, bytes_of(data, size));
    read_chlo(bytes_of(data, size));
    see_pieces(bytes_of(data, size));
    return 0;
}
