/*
 * blob.h - bytes that a test makes up: TLS messages and records, certificates, DNS.
 *
 *     struct blob *hello = blob_new();
 *     put_client_hello(hello, "name.example");
 *     struct blob *records = blob_new();
 *     put_records(records, hello->bytes, hello->size, 100);
 *
 * Blobs are let go of together, by blobs_release() at the end of a test. Out of room is a
 * bug of the test: it aborts.
 */
#ifndef O365LENS_TESTS_BLOB_H
#define O365LENS_TESTS_BLOB_H

#include "tests/test.h"

enum { BLOB_SIZE = 200000, BLOBS_MOST = 64 };

struct blob {
    size_t size;
    uint8_t bytes[BLOB_SIZE];
};

static struct blob *blobs[BLOBS_MOST];
static size_t blob_count;

static inline struct blob *blob_new(void)
{
    struct blob *blob = calloc(1, sizeof *blob);
    if (blob == NULL || blob_count == BLOBS_MOST)
        abort();
    blobs[blob_count++] = blob;
    return blob;
}

/* Lets go of the newest one alone. */
static inline void blob_drop(struct blob *blob)
{
    if (blob_count == 0 || blobs[blob_count - 1] != blob)
        abort();
    free(blobs[--blob_count]);
}

static inline void blobs_release(void)
{
    while (blob_count > 0)
        free(blobs[--blob_count]);
}

static inline void put(struct blob *blob, const void *bytes, size_t size)
{
    if (size > BLOB_SIZE - blob->size)
        abort();
    if (size > 0)
        memcpy(blob->bytes + blob->size, bytes, size);
    blob->size += size;
}

static inline void put_text(struct blob *blob, const char *text)
{
    put(blob, text, strlen(text));
}

/* The low `size` bytes of a number, most significant first. */
static inline void put_number(struct blob *blob, uint64_t number, size_t size)
{
    for (size_t i = size; i-- > 0;) {
        uint8_t byte = (uint8_t)(number >> (8 * i));
        put(blob, &byte, 1);
    }
}

static inline void put_repeated(struct blob *blob, uint8_t byte, size_t count)
{
    while (count-- > 0)
        put(blob, &byte, 1);
}

/* Puts a length of `width` bytes in front of what was put from `from` on. */
static inline void enclose(struct blob *blob, size_t from, size_t width)
{
    size_t size = blob->size - from;
    put_number(blob, 0, width);
    memmove(blob->bytes + from + width, blob->bytes + from, size);
    for (size_t i = 0; i < width; i++)
        blob->bytes[from + i] = (uint8_t)(size >> (8 * (width - 1 - i)));
}

/* TLS. */

static inline void put_extension(struct blob *blob, uint16_t kind, const void *bytes,
                                 size_t size)
{
    put_number(blob, kind, 2);
    put_number(blob, size, 2);
    put(blob, bytes, size);
}

static inline void put_server_name(struct blob *blob, const char *name)
{
    put_number(blob, 0, 2);
    size_t extension = blob->size;
    put_number(blob, 0, 1);
    size_t host = blob->size;
    put_text(blob, name);
    enclose(blob, host, 2);
    enclose(blob, extension, 2);
    enclose(blob, extension, 2);
}

static const uint8_t session_id[32] = { 7, 7, 7, 9 };

/* A ClientHello that offers TLS 1.3; its random is 32 times the last letter of `name`. */
static inline void put_client_hello(struct blob *blob, const char *name)
{
    put_number(blob, 1, 1);
    size_t body = blob->size;
    put_number(blob, 0x0303, 2);
    put_repeated(blob, (uint8_t)name[strlen(name) - 1], 32);
    put_number(blob, 32, 1);
    put(blob, session_id, 32);
    put_number(blob, 2, 2);
    put_number(blob, 0x1301, 2);
    put_number(blob, 0x0100, 2); /* one compression method: none */
    size_t extensions = blob->size;
    put_server_name(blob, name);
    put_extension(blob, 16, "\0\3\2h2", 5);
    put_extension(blob, 43, "\4\3\4\3\3", 5);
    enclose(blob, extensions, 2);
    enclose(blob, body, 3);
}

struct server_hello {
    bool is_13, is_retry, echoes_session, chooses_h2;
};

static inline void put_server_hello(struct blob *blob, const struct server_hello *hello)
{
    static const char retry[] =
        "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";
    uint8_t random[32] = { 1, 2, 3 };
    if (hello->is_retry)
        (void)test_hex(retry, random, sizeof random);
    put_number(blob, 2, 1);
    size_t body = blob->size;
    put_number(blob, 0x0303, 2);
    put(blob, random, 32);
    put_number(blob, hello->echoes_session ? 32 : 0, 1);
    put(blob, session_id, hello->echoes_session ? 32 : 0);
    put_number(blob, hello->is_13 || hello->is_retry ? 0x1301 : 0xc02f, 2);
    put_number(blob, 0, 1);
    size_t extensions = blob->size;
    if (hello->is_13 || hello->is_retry)
        put_extension(blob, 43, "\3\4", 2);
    if (hello->chooses_h2)
        put_extension(blob, 16, "\0\3\2h2", 5);
    enclose(blob, extensions, 2);
    enclose(blob, body, 3);
}

static inline void put_record(struct blob *blob, uint8_t type, const void *bytes,
                              size_t size)
{
    put_number(blob, type, 1);
    put_number(blob, 0x0303, 2);
    put_number(blob, size, 2);
    put(blob, bytes, size);
}

/* Handshake records of at most `most` bytes each. */
static inline void put_records(struct blob *blob, const void *messages, size_t size,
                               size_t most)
{
    for (size_t at = 0; at < size; at += most)
        put_record(blob, 22, (const uint8_t *)messages + at,
                   size - at < most ? size - at : most);
}

/* A ClientHello in a record of its own. */
static inline struct blob *hello_record(const char *name)
{
    struct blob *message = blob_new(), *record = blob_new();
    put_client_hello(message, name);
    put_records(record, message->bytes, message->size, 16384);
    return record;
}

/* Certificates. */

/* Puts tag and length in front of what was put from `from` on. */
static inline void wrap(struct blob *blob, size_t from, uint8_t tag)
{
    size_t size = blob->size - from;
    size_t width = size < 128 ? 1 : size < 256 ? 2 : 3;
    enclose(blob, from, width);
    if (width > 1)
        blob->bytes[from] = (uint8_t)(0x7f + width);
    put_number(blob, 0, 1);
    memmove(blob->bytes + from + 1, blob->bytes + from, blob->size - from - 1);
    blob->bytes[from] = tag;
}

static inline void put_hex(struct blob *blob, const char *hex)
{
    uint8_t bytes[256];
    put(blob, bytes, test_hex(hex, bytes, sizeof bytes));
}

static inline void put_attribute(struct blob *blob, const char *kind, const char *text,
                                 size_t size)
{
    size_t from = blob->size;
    put_hex(blob, kind);
    size_t value = blob->size;
    put(blob, text, size);
    wrap(blob, value, 0x0c);
    wrap(blob, from, 0x30);
    wrap(blob, from, 0x31);
}

/* "common name" or "common name/organisation" */
static inline void put_distinguished_name(struct blob *blob, const char *name)
{
    size_t from = blob->size, size = strcspn(name, "/");
    put_attribute(blob, "0603550403", name, size);
    if (name[size] != '\0')
        put_attribute(blob, "060355040a", name + size + 1, strlen(name + size + 1));
    wrap(blob, from, 0x30);
}

/* `padding` bytes of key: how long it is. */
static inline void put_der(struct blob *blob, const char *subject, const char *issuer,
                           size_t padding)
{
    size_t whole = blob->size;
    put_hex(blob, "a003020102 020107 300a06082a8648ce3d040302");
    put_distinguished_name(blob, issuer);
    put_hex(blob, "301e170d3236303130313030303030305a170d3237303130313030303030305a");
    put_distinguished_name(blob, subject);
    size_t key = blob->size;
    put_hex(blob, "301306072a8648ce3d020106082a8648ce3d030107");
    size_t bits = blob->size;
    put_repeated(blob, 0, 1 + padding);
    wrap(blob, bits, 0x03);
    wrap(blob, key, 0x30);
    size_t names = blob->size;
    put(blob, subject, strcspn(subject, "/"));
    wrap(blob, names, 0x82);
    wrap(blob, names, 0x30);
    wrap(blob, names, 0x04);
    uint8_t kind[5];
    (void)test_hex("0603551d11", kind, sizeof kind); /* subjectAltName */
    put_hex(blob, "0000000000");
    memmove(blob->bytes + names + 5, blob->bytes + names, blob->size - names - 5);
    memcpy(blob->bytes + names, kind, 5);
    wrap(blob, names, 0x30);
    wrap(blob, names, 0x30);
    wrap(blob, names, 0xa3);
    wrap(blob, whole, 0x30);
    put_hex(blob, "300a06082a8648ce3d040302 03020055");
    wrap(blob, whole, 0x30);
}

/* A Certificate message of TLS 1.2: a leaf for `subject` and its issuer. */
static inline void put_certificate(struct blob *blob, const char *subject,
                                   const char *issuer, size_t padding)
{
    put_number(blob, 11, 1);
    size_t body = blob->size;
    size_t leaf = blob->size;
    put_der(blob, subject, issuer, padding);
    enclose(blob, leaf, 3);
    size_t above = blob->size;
    put_der(blob, issuer, "Some Root", padding);
    enclose(blob, above, 3);
    enclose(blob, body, 3);
    enclose(blob, body, 3);
}

/* DNS. */

static inline void put_name(struct blob *blob, const char *name)
{
    while (*name != '\0') {
        size_t size = strcspn(name, ".");
        put_number(blob, size, 1);
        put(blob, name, size);
        name += size + (name[size] == '.');
    }
    put_number(blob, 0, 1);
}

static inline void put_question(struct blob *blob, uint16_t id, bool is_answer,
                                uint16_t answers, const char *name)
{
    put_number(blob, id, 2);
    put_number(blob, is_answer ? 0x8180 : 0x0100, 2);
    put_number(blob, 1, 2);
    put_number(blob, answers, 2);
    put_number(blob, 0, 4);
    put_name(blob, name);
    put_number(blob, 0x00010001, 4);
}

static inline void put_address(struct blob *blob, const char *name, uint32_t ttl_s,
                               uint32_t ipv4)
{
    put_name(blob, name);
    put_number(blob, 0x00010001, 4);
    put_number(blob, ttl_s, 4);
    put_number(blob, 4, 2);
    put_number(blob, ipv4, 4);
}

static inline void put_alias(struct blob *blob, const char *name, uint32_t ttl_s,
                             const char *target)
{
    put_name(blob, name);
    put_number(blob, 0x00050001, 4);
    put_number(blob, ttl_s, 4);
    size_t data = blob->size;
    put_name(blob, target);
    enclose(blob, data, 2);
}

#endif
