/*
 * quic_sealer.h - Initial packets made for tests, sealed as RFC 9001 section 5 tells.
 */
#ifndef O365LENS_TESTS_QUIC_SEALER_H
#define O365LENS_TESTS_QUIC_SEALER_H

#include <openssl/evp.h>

#include "dissectors/quic.h"
#include "tests/blob.h"

/* The ids as texts: each is at most 20 bytes long. */
struct initial {
    uint32_t version;
    const char *root; /* the id that the keys are made of */
    bool is_server;
    const char *dcid, *scid, *token; /* NULL: empty */
    uint32_t number;                 /* 2 bytes on the wire */
    struct blob *frames;
};

static inline void put_counted(struct blob *out, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    put_number(out, size, 1);
    put(out, text == NULL ? "" : text, size);
}

static inline void seal(const struct quic_keys *keys, uint8_t *packet, size_t header_size,
                        uint32_t number, size_t plain_size)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t nonce[12], mask[32];
    int size = 0;
    memcpy(nonce, keys->iv, sizeof nonce);
    for (int i = 0; i < 4; i++)
        nonce[11 - i] ^= (uint8_t)(number >> 8 * i);
    uint8_t *body = packet + header_size;
    EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, keys->key, nonce);
    EVP_EncryptUpdate(context, NULL, &size, packet, (int)header_size);
    EVP_EncryptUpdate(context, body, &size, body, (int)plain_size);
    EVP_EncryptFinal_ex(context, mask, &size);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, body + plain_size);
    EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, keys->header_key, NULL);
    EVP_EncryptUpdate(context, mask, &size, body + 2, 16); /* the number has 2 bytes */
    packet[0] ^= mask[0] & 0x0f;
    packet[header_size - 2] ^= mask[1];
    packet[header_size - 1] ^= mask[2];
    EVP_CIPHER_CTX_free(context);
}

/* Appended to `out`, so that packets can share a datagram. */
static inline void put_initial(struct blob *out, const struct initial *initial)
{
    struct quic_keys client, server;
    size_t start = out->size;
    bool is_v2 = initial->version == 0x6b3343cf || initial->version == 0x709a50c4;
    put_number(out, is_v2 ? 0xd1 : 0xc1, 1);
    put_number(out, initial->version, 4);
    put_counted(out, initial->dcid);
    put_counted(out, initial->scid);
    put_counted(out, initial->token);
    put_number(out, 0x4000 | (2 + initial->frames->size + 16), 2);
    put_number(out, initial->number & 0xffff, 2);
    size_t header_size = out->size - start;
    put(out, initial->frames->bytes, initial->frames->size);
    put_repeated(out, 0, 16);
    if (!quic_derive_initial(initial->version,
                             bytes_of(initial->root, strlen(initial->root)), &client,
                             &server))
        abort();
    seal(initial->is_server ? &server : &client, out->bytes + start, header_size,
         initial->number, initial->frames->size);
}

static inline void put_crypto(struct blob *frames, size_t offset, const uint8_t *bytes,
                              size_t size)
{
    put_number(frames, 6, 1);
    put_number(frames, 0x80000000 | offset, 4);
    put_number(frames, 0x4000 | size, 2);
    put(frames, bytes, size);
}

/* `delay` in units of 8 microseconds. */
static inline void put_ack(struct blob *frames, uint32_t largest, uint32_t delay)
{
    put_number(frames, 2, 1);
    put_number(frames, 0x80000000 | largest, 4);
    put_number(frames, 0x80000000 | delay, 4);
    put_number(frames, 0, 2);
}

#endif
