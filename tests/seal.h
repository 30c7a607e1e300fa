/*
 * seal.h - records of TLS 1.3 and packets of QUIC, sealed as a server seals them.
 *
 * Keys come from OpenSSL's own TLS 1.3 derivation, so that what the program derives by
 * itself is held against another one.
 */
#ifndef O365LENS_TESTS_SEAL_H
#define O365LENS_TESTS_SEAL_H

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "tests/blob.h"

enum { SEAL_TAG_MOST = 16 };

struct seal {
    uint16_t suite;
    size_t secret_size, key_size, tag_size;
    uint8_t secret[48];
    uint8_t key[32], iv[12], header_key[32];
    uint64_t number;     /* of the next record or packet */
    uint8_t packet_type; /* first byte of packets; 0: that of a Handshake packet */
};

static inline void seal_expand(const struct seal *seal, const char *label, uint8_t *out,
                               size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS13-KDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    char hash[8];
    strcpy(hash, seal->secret_size == 48 ? "SHA384" : "SHA256");
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)seal->secret,
                                          seal->secret_size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, (void *)"tls13 ", 6),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, (void *)label,
                                          strlen(label)),
        OSSL_PARAM_construct_end(),
    };
    if (context == NULL || EVP_KDF_derive(context, out, size, parameters) <= 0)
        abort();
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

/* A secret of `fill` bytes; `labels`: "" for records, "quic " or "quicv2 ". */
static inline struct seal seal_new(uint16_t suite, uint8_t fill, const char *labels)
{
    struct seal seal = { .suite = suite,
                         .secret_size = suite == 0x1302 ? 48 : 32,
                         .key_size = suite == 0x1302 || suite == 0x1303 ? 32 : 16,
                         .tag_size = suite == 0x1305 ? 8 : 16 };
    char label[16];
    memset(seal.secret, fill, sizeof seal.secret);
    snprintf(label, sizeof label, "%skey", labels);
    seal_expand(&seal, label, seal.key, seal.key_size);
    snprintf(label, sizeof label, "%siv", labels);
    seal_expand(&seal, label, seal.iv, sizeof seal.iv);
    if (labels[0] != '\0') {
        snprintf(label, sizeof label, "%shp", labels);
        seal_expand(&seal, label, seal.header_key, seal.key_size);
    }
    return seal;
}

/* A line of a key log: the server's handshake secret, for a random of 32 times a byte. */
static inline void seal_write_line(const struct seal *seal, uint8_t random, char *line)
{
    line += sprintf(line, "SERVER_HANDSHAKE_TRAFFIC_SECRET ");
    for (int i = 0; i < 32; i++)
        line += sprintf(line, "%02x", random);
    *line++ = ' ';
    for (size_t i = 0; i < seal->secret_size; i++)
        line += sprintf(line, "%02x", seal->secret[i]);
    strcpy(line, "\n");
}

static inline const EVP_CIPHER *seal_cipher(const struct seal *seal)
{
    return seal->suite == 0x1301   ? EVP_aes_128_gcm()
           : seal->suite == 0x1302 ? EVP_aes_256_gcm()
           : seal->suite == 0x1303 ? EVP_chacha20_poly1305()
                                   : EVP_aes_128_ccm();
}

/* Puts `text` behind its header, encrypted, and the tag behind that. */
static inline void seal_put(struct seal *seal, struct blob *out, const void *header,
                            size_t header_size, const struct blob *text)
{
    static uint8_t sealed[BLOB_SIZE];
    uint8_t nonce[12], tag[SEAL_TAG_MOST];
    int size = 0, rest = 0;
    bool is_ccm = seal->suite >= 0x1304;
    memcpy(nonce, seal->iv, sizeof nonce);
    for (int i = 0; i < 8; i++)
        nonce[11 - i] ^= (uint8_t)(seal->number >> 8 * i);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_good =
        EVP_EncryptInit_ex(context, seal_cipher(seal), NULL, NULL, NULL) &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) &&
        (!is_ccm || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG,
                                        (int)seal->tag_size, NULL)) &&
        EVP_EncryptInit_ex(context, NULL, NULL, seal->key, nonce) &&
        (!is_ccm || EVP_EncryptUpdate(context, NULL, &size, NULL, (int)text->size)) &&
        EVP_EncryptUpdate(context, NULL, &size, header, (int)header_size) &&
        EVP_EncryptUpdate(context, sealed, &size, text->bytes, (int)text->size) &&
        EVP_EncryptFinal_ex(context, sealed + size, &rest) &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, (int)seal->tag_size, tag);
    if (!is_good)
        abort();
    EVP_CIPHER_CTX_free(context);
    put(out, header, header_size);
    put(out, sealed, (size_t)size);
    put(out, tag, seal->tag_size);
    seal->number++;
}

/* One record with `padding` zeros behind its inner type. */
static inline void seal_record(struct seal *seal, struct blob *out, uint8_t inner_type,
                               const void *bytes, size_t size, size_t padding)
{
    struct blob *text = blob_new();
    put(text, bytes, size);
    put(text, &inner_type, 1);
    put_repeated(text, 0, padding);
    size_t length = text->size + seal->tag_size;
    const uint8_t header[] = { 23, 3, 3, (uint8_t)(length >> 8), (uint8_t)length };
    seal_put(seal, out, header, sizeof header, text);
    blob_drop(text);
}

/* Handshake messages in records of at most `most` bytes each. */
static inline void seal_messages(struct seal *seal, struct blob *out,
                                 const struct blob *messages, size_t most)
{
    for (size_t at = 0; at < messages->size; at += most)
        seal_record(seal, out, 22, messages->bytes + at,
                    messages->size - at < most ? messages->size - at : most, 0);
}

/* A QUIC packet; its header ends with the packet number, in 2 bytes. */
static inline void seal_numbered(struct seal *seal, struct blob *out,
                                 const struct blob *header, const struct blob *frames)
{
    uint8_t mask[16] = { 0 }, zeros[5] = { 0 };
    int size = 0;
    size_t from = out->size, number_at = from + header->size - 2;
    seal_put(seal, out, header->bytes, header->size, frames);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const uint8_t *sample = out->bytes + number_at + 4;
    bool is_chacha = seal->suite == 0x1303;
    const EVP_CIPHER *cipher = is_chacha              ? EVP_chacha20()
                               : seal->key_size == 32 ? EVP_aes_256_ecb()
                                                      : EVP_aes_128_ecb();
    if (!EVP_EncryptInit_ex(context, cipher, NULL, seal->header_key,
                            is_chacha ? sample : NULL) ||
        !EVP_EncryptUpdate(context, mask, &size, is_chacha ? zeros : sample,
                           is_chacha ? 5 : 16))
        abort();
    EVP_CIPHER_CTX_free(context);
    out->bytes[from] ^= mask[0] & 0x0f;
    out->bytes[number_at] ^= mask[1];
    out->bytes[number_at + 1] ^= mask[2];
}

/* A QUIC Handshake packet. */
static inline void seal_packet(struct seal *seal, struct blob *out, uint32_t version,
                               const struct blob *frames)
{
    struct blob *header = blob_new();
    put_number(header,
               seal->packet_type != 0  ? seal->packet_type
               : version == 0x6b3343cf ? 0xf1
                                       : 0xe1,
               1);
    put_number(header, version, 4);
    put(header, "\4abcd\4efgh", 10);
    put_number(header, 0x4000 | (2 + frames->size + seal->tag_size), 2);
    put_number(header, seal->number & 0xffff, 2);
    seal_numbered(seal, out, header, frames);
    blob_drop(header);
}

/* Messages of the server's flight of TLS 1.3. */

static inline void put_encrypted_extensions(struct blob *blob, const char *protocol)
{
    put_number(blob, 8, 1);
    size_t body = blob->size, list = blob->size;
    put_number(blob, 16, 2);
    size_t content = blob->size;
    put_number(blob, strlen(protocol), 1);
    put_text(blob, protocol);
    enclose(blob, content, 2);
    enclose(blob, content, 2);
    enclose(blob, list, 2);
    enclose(blob, body, 3);
}

static inline void put_certificate_request(struct blob *blob)
{
    put_hex(blob, "0d00000b 00 0008 000d000400020403");
}

static inline void put_certificate_13(struct blob *blob, const char *subject,
                                      const char *issuer, size_t padding)
{
    put_number(blob, 11, 1);
    size_t body = blob->size;
    put_number(blob, 0, 1); /* request context */
    size_t list = blob->size;
    put_der(blob, subject, issuer, padding);
    enclose(blob, list, 3);
    put_number(blob, 0, 2);
    enclose(blob, list, 3);
    enclose(blob, body, 3);
}

#endif
