/*
 * quic_sealer.h - Initial packets made for tests, sealed as RFC 9001 section 5 tells, and
 * the hellos in them.
 */
#ifndef O365LENS_TESTS_QUIC_SEALER_H
#define O365LENS_TESTS_QUIC_SEALER_H

#include "dissectors/quic.h"
#include "tests/seal.h"

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

/* Appended to `out`, so that packets can share a datagram. */
static inline void put_initial(struct blob *out, const struct initial *initial)
{
    struct quic_keys client, server;
    struct blob *header = blob_new();
    struct seal seal = { .suite = 0x1301, .key_size = 16, .tag_size = 16 };
    bool is_v2 = initial->version == 0x6b3343cf || initial->version == 0x709a50c4;
    put_number(header, is_v2 ? 0xd1 : 0xc1, 1);
    put_number(header, initial->version, 4);
    put_counted(header, initial->dcid);
    put_counted(header, initial->scid);
    put_counted(header, initial->token);
    put_number(header, 0x4000 | (2 + initial->frames->size + seal.tag_size), 2);
    put_number(header, initial->number & 0xffff, 2);
    if (!quic_derive_initial(initial->version,
                             bytes_of(initial->root, strlen(initial->root)), &client,
                             &server))
        abort();
    const struct tls_keys *keys = initial->is_server ? &server.tls : &client.tls;
    memcpy(seal.key, keys->key, seal.key_size);
    memcpy(seal.iv, keys->iv, sizeof seal.iv);
    memcpy(seal.header_key, keys->header_key, seal.key_size);
    seal.number = initial->number;
    seal_numbered(&seal, out, header, initial->frames);
    blob_drop(header);
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

static inline struct blob *hello_frames(const char *name)
{
    struct blob *message = blob_new(), *frames = blob_new();
    put_client_hello(message, name);
    put_crypto(frames, 0, message->bytes, message->size);
    return frames;
}

static inline struct blob *answer_frames(uint32_t acknowledged, uint32_t delay)
{
    struct blob *message = blob_new(), *frames = blob_new();
    put_server_hello(message, &(struct server_hello){ .is_13 = true });
    put_ack(frames, acknowledged, delay);
    put_crypto(frames, 0, message->bytes, message->size);
    return frames;
}

static inline struct blob *hello_datagram(uint32_t version, const char *id,
                                          uint32_t number)
{
    struct blob *out = blob_new();
    put_initial(out, &(struct initial){ .version = version,
                                        .root = id,
                                        .dcid = id,
                                        .scid = "client",
                                        .number = number,
                                        .frames = hello_frames("name.example") });
    return out;
}

static inline struct blob *answer_datagram(uint32_t version, const char *id,
                                           uint32_t number, uint32_t delay)
{
    struct blob *out = blob_new();
    put_initial(out, &(struct initial){ .version = version,
                                        .root = id,
                                        .is_server = true,
                                        .dcid = "client",
                                        .scid = "server",
                                        .frames = answer_frames(number, delay) });
    return out;
}

#endif
