/* tls_crypto.c - RFC 8446 sections 5.2, 5.3, 7.1 and 7.3; RFC 9001 sections 5.1 to 5.4.
 */
#include "dissectors/tls_crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { TAG_MOST = 16, JOINED_MOST = 64, INFO_SIZE = 64, LABEL_MOST = 20 };

/* How OpenSSL wants to be asked. */
enum mode { MODE_STREAM, MODE_CCM };

struct suite {
    uint16_t number;
    enum mode mode;
    uint8_t secret_size, key_size, tag_size;
    const EVP_MD *(*hash)(void);
    const EVP_CIPHER *(*cipher)(void);
    const EVP_CIPHER *(*mask)(void); /* of QUIC headers */
};

static const struct suite suites[] = {
    { TLS_AES_128_GCM_SHA256, MODE_STREAM, 32, 16, 16, EVP_sha256, EVP_aes_128_gcm,
      EVP_aes_128_ecb },
    { TLS_AES_256_GCM_SHA384, MODE_STREAM, 48, 32, 16, EVP_sha384, EVP_aes_256_gcm,
      EVP_aes_256_ecb },
    { TLS_CHACHA20_POLY1305_SHA256, MODE_STREAM, 32, 32, 16, EVP_sha256,
      EVP_chacha20_poly1305, EVP_chacha20 },
    { TLS_AES_128_CCM_SHA256, MODE_CCM, 32, 16, 16, EVP_sha256, EVP_aes_128_ccm,
      EVP_aes_128_ecb },
    { TLS_AES_128_CCM_8_SHA256, MODE_CCM, 32, 16, 8, EVP_sha256, EVP_aes_128_ccm,
      EVP_aes_128_ecb },
};

static const struct suite *find_suite(uint16_t number)
{
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (suites[i].number == number)
            return &suites[i];
    return NULL;
}

size_t tls_secret_size(uint16_t suite)
{
    const struct suite *known = find_suite(suite);
    return known == NULL ? 0 : known->secret_size;
}

static bool hmac(const EVP_MD *hash, struct bytes key, struct bytes message, uint8_t *out)
{
    return HMAC(hash, key.at, (int)key.left, message.at, message.left, out, NULL) != NULL;
}

bool tls_extract(struct bytes salt, struct bytes material, uint8_t secret[32])
{
    return hmac(EVP_sha256(), salt, material, secret);
}

/* No more is wanted than one round of HMAC makes. */
bool tls_expand_label(uint16_t suite, struct bytes secret, const char *label,
                      uint8_t *out, size_t size)
{
    const struct suite *known = find_suite(suite);
    if (known == NULL || size > known->secret_size || strlen(label) > LABEL_MOST)
        return false;
    uint8_t info[INFO_SIZE] = { 0, (uint8_t)size, (uint8_t)(6 + strlen(label)) };
    size_t used = 3;
    memcpy(&info[used], "tls13 ", 6);
    used += 6;
    memcpy(&info[used], label, strlen(label));
    used += strlen(label) + 1; /* and the empty context's length */
    info[used++] = 1;          /* the first round */

    uint8_t full[TLS_SECRET_MOST];
    bool is_made = hmac(known->hash(), secret, bytes_of(info, used), full);
    if (is_made)
        memcpy(out, full, size);
    explicit_bzero(full, sizeof full);
    return is_made;
}

bool tls_derive_keys(uint16_t suite, struct bytes secret, enum tls_key_use use,
                     struct tls_keys *keys)
{
    static const char *const labels[][3] = {
        { "key", "iv", NULL },
        { "quic key", "quic iv", "quic hp" },
        { "quicv2 key", "quicv2 iv", "quicv2 hp" },
    };
    const struct suite *known = find_suite(suite);
    const char *const *label = labels[use];
    *keys = (struct tls_keys){ .suite = suite };
    if (known != NULL && secret.left == known->secret_size &&
        tls_expand_label(suite, secret, label[0], keys->key, known->key_size) &&
        tls_expand_label(suite, secret, label[1], keys->iv, TLS_IV_SIZE) &&
        (label[2] == NULL ||
         tls_expand_label(suite, secret, label[2], keys->header_key, known->key_size)))
        return true;
    tls_keys_wipe(keys);
    return false;
}

void tls_keys_wipe(struct tls_keys *keys)
{
    explicit_bzero(keys, sizeof *keys);
}

/* RFC 8446 section 5.3; QUIC takes the packet number for the sequence number. */
static void make_nonce(const struct tls_keys *keys, uint64_t number,
                       uint8_t nonce[TLS_IV_SIZE])
{
    memcpy(nonce, keys->iv, TLS_IV_SIZE);
    for (size_t i = 0; i < sizeof number; i++)
        nonce[TLS_IV_SIZE - 1 - i] ^= (uint8_t)(number >> 8 * i);
}

/* What one opening needs. */
struct sealed {
    const struct suite *suite;
    const uint8_t *key;
    uint8_t nonce[TLS_IV_SIZE], tag[TAG_MOST];
    const struct bytes *additional;
    unsigned count;
    struct bytes text; /* without its tag */
};

static bool open_stream(EVP_CIPHER_CTX *context, struct sealed *sealed, uint8_t *plain)
{
    uint8_t none[TAG_MOST];
    int size = 0;
    if (!EVP_DecryptInit_ex(context, sealed->suite->cipher(), NULL, sealed->key,
                            sealed->nonce))
        return false;
    for (unsigned i = 0; i < sealed->count; i++)
        if (!EVP_DecryptUpdate(context, NULL, &size, sealed->additional[i].at,
                               (int)sealed->additional[i].left))
            return false;
    return EVP_DecryptUpdate(context, plain, &size, sealed->text.at,
                             (int)sealed->text.left) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sealed->suite->tag_size,
                               sealed->tag) &&
           EVP_DecryptFinal_ex(context, none, &size) > 0;
}

/* CCM wants the tag and all lengths first, and what is authenticated in one piece. */
static bool open_ccm(EVP_CIPHER_CTX *context, struct sealed *sealed, uint8_t *plain)
{
    uint8_t joined[JOINED_MOST];
    size_t used = 0;
    int size = 0;
    for (unsigned i = 0; i < sealed->count; i++) {
        struct bytes piece = sealed->additional[i];
        if (piece.left > sizeof joined - used)
            return false;
        memcpy(&joined[used], piece.at, piece.left);
        used += piece.left;
    }
    return EVP_DecryptInit_ex(context, sealed->suite->cipher(), NULL, NULL, NULL) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, TLS_IV_SIZE, NULL) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sealed->suite->tag_size,
                               sealed->tag) &&
           EVP_DecryptInit_ex(context, NULL, NULL, sealed->key, sealed->nonce) &&
           EVP_DecryptUpdate(context, NULL, &size, NULL, (int)sealed->text.left) &&
           EVP_DecryptUpdate(context, NULL, &size, joined, (int)used) &&
           EVP_DecryptUpdate(context, plain, &size, sealed->text.at,
                             (int)sealed->text.left) > 0;
}

bool tls_open(const struct tls_keys *keys, uint64_t number,
              const struct bytes *additional, unsigned count, struct bytes text,
              uint8_t *plain, size_t *size)
{
    struct sealed sealed = { .suite = find_suite(keys->suite),
                             .key = keys->key,
                             .additional = additional,
                             .count = count,
                             .text = text };
    if (sealed.suite == NULL || text.left < sealed.suite->tag_size ||
        text.left > INT32_MAX)
        return false;
    sealed.text = bytes_take(&text, text.left - sealed.suite->tag_size);
    memcpy(sealed.tag, text.at, text.left);
    make_nonce(keys, number, sealed.nonce);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL)
        return false;
    bool is_open = sealed.suite->mode == MODE_CCM ? open_ccm(context, &sealed, plain)
                                                  : open_stream(context, &sealed, plain);
    EVP_CIPHER_CTX_free(context);
    if (is_open)
        *size = sealed.text.left;
    return is_open;
}

bool tls_header_mask(const struct tls_keys *keys, struct bytes sample,
                     uint8_t mask[TLS_MASK_SIZE])
{
    static const uint8_t zeros[TLS_MASK_SIZE];
    const struct suite *suite = find_suite(keys->suite);
    uint8_t block[TLS_SAMPLE_SIZE];
    int size = 0;
    if (suite == NULL || sample.left != TLS_SAMPLE_SIZE)
        return false;
    /* ChaCha20 begins with the sample's counter and nonce, AES encrypts the sample. */
    bool is_chacha = suite->number == TLS_CHACHA20_POLY1305_SHA256;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool is_made = context != NULL &&
                   EVP_EncryptInit_ex(context, suite->mask(), NULL, keys->header_key,
                                      is_chacha ? sample.at : NULL) &&
                   EVP_EncryptUpdate(context, block, &size, is_chacha ? zeros : sample.at,
                                     is_chacha ? TLS_MASK_SIZE : TLS_SAMPLE_SIZE);
    EVP_CIPHER_CTX_free(context);
    if (is_made)
        memcpy(mask, block, TLS_MASK_SIZE);
    return is_made;
}

bool tls_open_record(const struct tls_keys *keys, uint64_t sequence,
                     const struct tls_record *record, uint8_t plain[TLS_PLAIN_SIZE],
                     struct tls_inner *inner)
{
    const uint8_t header[] = { record->type, (uint8_t)(record->version >> 8),
                               (uint8_t)record->version, (uint8_t)(record->length >> 8),
                               (uint8_t)record->length };
    struct bytes additional = bytes_of(header, sizeof header);
    size_t size = 0;
    *inner = (struct tls_inner){ .content = bytes_of(plain, 0) };
    if (record->type != TLS_APPLICATION_DATA || record->missing > 0 ||
        record->fragment.left > TLS_PLAIN_SIZE ||
        !tls_open(keys, sequence, &additional, 1, record->fragment, plain, &size))
        return false;
    while (size > 0 && plain[size - 1] == 0)
        size--;
    if (size == 0)
        return false;
    inner->type = plain[size - 1];
    inner->content = bytes_of(plain, size - 1);
    return true;
}

/* Deriving and opening anything once makes libcrypto fetch all that a suite asks for. */
void tls_crypto_prepare(void)
{
    static const uint8_t zeros[TLS_SECRET_MOST];
    uint8_t plain[TLS_SECRET_MOST], mask[TLS_MASK_SIZE];
    struct tls_keys keys;
    struct bytes text = bytes_of(zeros, sizeof zeros);
    size_t size;
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (tls_derive_keys(suites[i].number, bytes_of(zeros, suites[i].secret_size),
                            TLS_KEYS_OF_QUIC, &keys)) {
            (void)tls_header_mask(&keys, bytes_of(zeros, TLS_SAMPLE_SIZE), mask);
            (void)tls_open(&keys, 0, &text, 1, text, plain, &size);
        }
}
