/* digest.c - FIPS 180-4, RFC 1321, RFC 4648 section 4; Community ID version 1. */
#include "analyzer/digest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "analyzer/alloc.h"

enum {
    SHA1_SIZE = 20,
    MD5_SIZE = 16,
    JA4_HASH_DIGITS = 12,
};

struct digest {
    EVP_MD_CTX *context;
};

/* Fetched once and kept to the end of the program. */
static struct {
    EVP_MD *sha256, *sha1, *md5;
    EVP_MD_CTX *context; /* of the hashes that are made in one go */
} prepared;

static void *insist(void *given, const char *what)
{
    if (given != NULL)
        return given;
    fprintf(stderr, "o365lens: libcrypto does not offer %s\n", what);
    abort();
}

void digest_prepare(void)
{
    if (prepared.context != NULL)
        return;
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    OSSL_LIB_CTX *library = insist(OSSL_LIB_CTX_new(), "a library context");
    insist(OSSL_PROVIDER_load(library, "default"), "its default provider");
    prepared.sha256 = insist(EVP_MD_fetch(library, "SHA256", NULL), "SHA-256");
    prepared.sha1 = insist(EVP_MD_fetch(library, "SHA1", NULL), "SHA-1");
    prepared.md5 = insist(EVP_MD_fetch(library, "MD5", NULL), "MD5");
    prepared.context = insist(EVP_MD_CTX_new(), "a hash context");
}

static void begin(EVP_MD_CTX *context, const EVP_MD *kind)
{
    if (EVP_DigestInit_ex(context, kind, NULL) != 1)
        insist(NULL, "a hash to begin with");
}

static void see(EVP_MD_CTX *context, const void *data, size_t size)
{
    if (size > 0 && EVP_DigestUpdate(context, data, size) != 1)
        insist(NULL, "a hash to go on with");
}

static void conclude(EVP_MD_CTX *context, uint8_t *out)
{
    if (EVP_DigestFinal_ex(context, out, NULL) != 1)
        insist(NULL, "a hash to end with");
}

/* By a pointer to the kind, which is not there before digest_prepare. */
static void hash(EVP_MD *const *kind, const void *data, size_t size, uint8_t *out)
{
    digest_prepare();
    begin(prepared.context, *kind);
    see(prepared.context, data, size);
    conclude(prepared.context, out);
}

void digest_sha256(const void *data, size_t size, uint8_t out[DIGEST_SHA256_SIZE])
{
    hash(&prepared.sha256, data, size, out);
}

struct digest *digest_new(void)
{
    struct digest *digest = alloc_zeroed(1, sizeof *digest);
    digest_prepare();
    digest->context = insist(EVP_MD_CTX_new(), "a hash context");
    begin(digest->context, prepared.sha256);
    return digest;
}

void digest_see(struct digest *digest, const void *data, size_t size)
{
    see(digest->context, data, size);
}

void digest_conclude(struct digest *digest, uint8_t out[DIGEST_SHA256_SIZE])
{
    conclude(digest->context, out);
    begin(digest->context, prepared.sha256);
}

void digest_free(struct digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

const char *digest_write_hex(const void *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *byte = bytes;
    char *at = out;

    for (size_t i = 0; i < size; i++) {
        *at++ = digits[byte[i] >> 4];
        *at++ = digits[byte[i] & 15];
    }
    *at = '\0';
    return out;
}

const char *digest_ja3(const char *text, char out[DIGEST_JA3_TEXT_SIZE])
{
    uint8_t md5[MD5_SIZE];
    hash(&prepared.md5, text, strlen(text), md5);
    return digest_write_hex(md5, sizeof md5, out);
}

/* Nothing hashes to zeros, so that nobody takes it for a list. */
static void write_ja4_hash(const char *text, char out[JA4_HASH_DIGITS + 1])
{
    uint8_t sha256[DIGEST_SHA256_SIZE];

    digest_sha256(text, strlen(text), sha256);
    digest_write_hex(sha256, JA4_HASH_DIGITS / 2, out);
    if (text[0] == '\0')
        memset(out, '0', JA4_HASH_DIGITS);
}

const char *digest_ja4(const struct tls_ja4 *parts, char out[DIGEST_JA4_TEXT_SIZE])
{
    char suites[JA4_HASH_DIGITS + 1], extensions[JA4_HASH_DIGITS + 1];

    write_ja4_hash(parts->suites, suites);
    write_ja4_hash(parts->extensions, extensions);
    snprintf(out, DIGEST_JA4_TEXT_SIZE, "%s_%s_%s", parts->head, suites, extensions);
    return out;
}

/* The smaller end comes first: by address, then by port. */
static bool is_in_order(const struct ip_address *source, uint16_t source_port,
                        const struct ip_address *destination, uint16_t destination_port)
{
    int order = memcmp(source->bytes, destination->bytes, sizeof source->bytes);
    return order < 0 || (order == 0 && source_port <= destination_port);
}

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };
    return put(at, bytes, sizeof bytes);
}

const char *digest_community_id(uint8_t protocol, const struct ip_address *source,
                                uint16_t source_port,
                                const struct ip_address *destination,
                                uint16_t destination_port,
                                char out[DIGEST_COMMUNITY_ID_TEXT_SIZE])
{
    assert(source->family == destination->family);
    if (!is_in_order(source, source_port, destination, destination_port))
        return digest_community_id(protocol, destination, destination_port, source,
                                   source_port, out);

    size_t address_size = source->family == 6 ? 16 : 4;
    const uint8_t protocol_and_padding[] = { protocol, 0 };
    uint8_t tuple[2 + 16 + 16 + 2 + 2 + 2], sha1[SHA1_SIZE];
    uint8_t *at = put_u16(tuple, 0); /* seed */

    at = put(at, source->bytes, address_size);
    at = put(at, destination->bytes, address_size);
    at = put(at, protocol_and_padding, sizeof protocol_and_padding);
    at = put_u16(at, source_port);
    at = put_u16(at, destination_port);
    hash(&prepared.sha1, tuple, (size_t)(at - tuple), sha1);
    out[0] = '1';
    out[1] = ':';
    EVP_EncodeBlock((unsigned char *)out + 2, sha1, sizeof sha1);
    return out;
}
