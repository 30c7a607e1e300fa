/* quic_crypto.c - RFC 9000 sections 7.5 and 19.6. */
#include "dissectors/quic_crypto.h"

void quic_crypto_init(struct quic_crypto *crypto)
{
    crypto->ready = 0;
    crypto->capped = false;
    memset(crypto->is_there, 0, sizeof crypto->is_there);
}

static bool is_there(const struct quic_crypto *crypto, size_t at)
{
    return (crypto->is_there[at / 8] >> at % 8 & 1) != 0;
}

static void put(struct quic_crypto *crypto, size_t at, uint8_t byte)
{
    crypto->data[at] = byte;
    crypto->is_there[at / 8] |= (uint8_t)(1u << at % 8);
}

bool quic_crypto_see(struct quic_crypto *crypto, uint64_t offset, struct bytes data)
{
    size_t room = offset < QUIC_CRYPTO_SIZE ? QUIC_CRYPTO_SIZE - (size_t)offset : 0;
    struct bytes kept = bytes_take_at_most(&data, room);
    for (size_t at = (size_t)offset; kept.left > 0; at++) {
        uint8_t byte = bytes_u8(&kept);
        if (!is_there(crypto, at))
            put(crypto, at, byte);
    }
    while (crypto->ready < QUIC_CRYPTO_SIZE && is_there(crypto, crypto->ready))
        crypto->ready++;
    crypto->capped |= data.left > 0;
    return data.left == 0;
}

struct bytes quic_crypto_ready(const struct quic_crypto *crypto)
{
    return bytes_of(crypto->data, crypto->ready);
}
