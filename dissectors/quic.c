/* quic.c - RFC 9000 sections 16, 17 and 19, RFC 9001 section 5, RFC 9369 section 3. */
#include "dissectors/quic.h"
#include "dissectors/quic_legacy.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "dissectors/quic_version.h"

enum {
    FORM_LONG = 0x80,
    SPIN_BIT = 0x20,
    MAX_ID_SIZE = 20,
    SECRET_SIZE = 32,
    TAG_SIZE = 16,
    SAMPLE_SIZE = 16,
    SAMPLE_AT = 4, /* the packet number counts as 4 bytes, whatever its size */
    MIN_PAYLOAD_SIZE = SAMPLE_AT + SAMPLE_SIZE,
    MIN_RETRY_SIZE = 16,
    ACK_DELAY_EXPONENT = 3,
};

static const uint64_t MAX_NUMBER = UINT64_C(1) << 62;

static uint64_t read_varint(struct bytes *in)
{
    size_t more = ((size_t)1 << (bytes_peek(*in, 0) >> 6)) - 1;
    uint64_t value = bytes_u8(in) & 0x3f;
    struct bytes rest = bytes_take(in, more);
    while (rest.left > 0)
        value = value << 8 | bytes_u8(&rest);
    return in->ran_out ? 0 : value;
}

static struct bytes take_counted(struct bytes *in, uint64_t size)
{
    return bytes_take(in, size <= in->left ? (size_t)size : in->left + 1);
}

static struct bytes take_rest(struct bytes *in)
{
    return bytes_take(in, in->left);
}

/* RFC 9369 section 3.2 turns the types by one. */
static enum quic_packet_type type_of(uint8_t first, const struct quic_version *version)
{
    static const enum quic_packet_type types[] = { QUIC_INITIAL, QUIC_ZERO_RTT,
                                                   QUIC_HANDSHAKE, QUIC_RETRY };
    unsigned code = first >> 4 & 3;
    return types[version->dialect == QUIC_DIALECT_V2 ? (code + 3) & 3 : code];
}

static enum dissect read_short(struct bytes *in, struct quic_packet *packet)
{
    packet->type = QUIC_SHORT;
    packet->spin = packet->first & SPIN_BIT;
    packet->payload = take_rest(in);
    return packet->payload.left < MIN_PAYLOAD_SIZE ? DISSECT_TRUNCATED : DISSECT_OK;
}

static enum dissect read_negotiation(struct bytes *in, struct quic_packet *packet)
{
    packet->type = QUIC_VERSION_NEGOTIATION;
    packet->payload = take_rest(in);
    size_t size = packet->payload.left;
    return size == 0 || size % 4 != 0 ? DISSECT_TRUNCATED : DISSECT_OK;
}

static enum dissect read_retry(struct bytes *in, struct quic_packet *packet)
{
    packet->payload = take_rest(in);
    return packet->payload.left < MIN_RETRY_SIZE ? DISSECT_TRUNCATED : DISSECT_OK;
}

/* Token, length and payload; `start` is the whole packet, from its first byte on. */
static enum dissect read_numbered(struct bytes *in, struct bytes start,
                                  struct quic_packet *packet)
{
    if (packet->type == QUIC_INITIAL)
        packet->token = take_counted(in, read_varint(in));
    uint64_t size = read_varint(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (size < MIN_PAYLOAD_SIZE)
        return DISSECT_MALFORMED;
    packet->header = bytes_take(&start, start.left - in->left);
    packet->payload = take_counted(in, size);
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

/* An unknown version may have longer ids (RFC 8999 section 5.1), and a type of its own.
 */
static enum dissect read_ids(struct bytes *in, size_t max_size,
                             struct quic_packet *packet)
{
    uint8_t dcid_size = bytes_u8(in);
    packet->dcid = bytes_take(in, dcid_size);
    uint8_t scid_size = bytes_u8(in);
    packet->scid = bytes_take(in, scid_size);
    if (dcid_size > max_size || scid_size > max_size)
        return DISSECT_MALFORMED;
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

static enum dissect read_long(struct bytes *in, struct bytes start,
                              struct quic_packet *packet)
{
    uint32_t number = bytes_u32(in);
    const struct quic_version *version = quic_version_find(number);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (version == NULL && number != 0 && !quic_version_is_reserved(number))
        return DISSECT_OTHER;
    enum dissect outcome = read_ids(in, version == NULL ? 255 : MAX_ID_SIZE, packet);
    if (outcome != DISSECT_OK)
        return outcome;

    packet->version = number;
    if (number == 0)
        return read_negotiation(in, packet);
    if (version == NULL) {
        packet->type = QUIC_UNKNOWN_VERSION;
        packet->payload = take_rest(in);
        return DISSECT_OK;
    }
    packet->type = type_of(packet->first, version);
    if (packet->type == QUIC_RETRY)
        return read_retry(in, packet);
    return read_numbered(in, start, packet);
}

enum dissect quic_read_packet(struct bytes *in, struct quic_packet *packet)
{
    struct bytes start = *in;
    *packet = (struct quic_packet){ .first = bytes_u8(in) };
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (packet->first & FORM_LONG)
        return read_long(in, start, packet);
    if (packet->first & 0x40)
        return read_short(in, packet);
    return DISSECT_OTHER;
}

enum dissect quic_read_invariant(struct bytes in, struct quic_packet *packet)
{
    *packet =
        (struct quic_packet){ .type = QUIC_UNKNOWN_VERSION, .first = bytes_u8(&in) };
    if (!in.ran_out && !(packet->first & FORM_LONG))
        return DISSECT_OTHER;
    packet->version = bytes_u32(&in);
    packet->dcid = bytes_take(&in, bytes_u8(&in));
    packet->scid = bytes_take(&in, bytes_u8(&in));
    packet->payload = take_rest(&in);
    return in.ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

static bool hmac(struct bytes key, struct bytes message, uint8_t out[SECRET_SIZE])
{
    unsigned size = SECRET_SIZE;
    return HMAC(EVP_sha256(), key.at, (int)key.left, message.at, message.left, out,
                &size) != NULL;
}

/*
 * HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context. At most 32 bytes are
 * wanted, so that one round of HMAC makes them.
 */
static bool expand(const uint8_t secret[SECRET_SIZE], const char *label, uint8_t *out,
                   size_t size)
{
    uint8_t info[64] = { 0, (uint8_t)size, (uint8_t)(6 + strlen(label)) };
    size_t used = 3;
    memcpy(&info[used], "tls13 ", 6);
    used += 6;
    memcpy(&info[used], label, strlen(label));
    used += strlen(label) + 1; /* and the empty context's length */
    info[used++] = 1;          /* the first round */

    uint8_t full[SECRET_SIZE];
    if (!hmac(bytes_of(secret, SECRET_SIZE), bytes_of(info, used), full))
        return false;
    memcpy(out, full, size);
    return true;
}

static bool derive_side(const uint8_t initial[SECRET_SIZE], const char *side, bool is_v2,
                        struct quic_keys *keys)
{
    uint8_t secret[SECRET_SIZE];
    return expand(initial, side, secret, sizeof secret) &&
           expand(secret, is_v2 ? "quicv2 key" : "quic key", keys->key,
                  sizeof keys->key) &&
           expand(secret, is_v2 ? "quicv2 iv" : "quic iv", keys->iv, sizeof keys->iv) &&
           expand(secret, is_v2 ? "quicv2 hp" : "quic hp", keys->header_key,
                  sizeof keys->header_key);
}

bool quic_derive_initial(uint32_t version, struct bytes dcid, struct quic_keys *client,
                         struct quic_keys *server)
{
    const struct quic_version *known = quic_version_find(version);
    uint8_t initial[SECRET_SIZE];
    if (known == NULL || !hmac(bytes_of(known->salt, QUIC_SALT_SIZE), dcid, initial))
        return false;
    bool is_v2 = known->dialect == QUIC_DIALECT_V2;
    return derive_side(initial, "client in", is_v2, client) &&
           derive_side(initial, "server in", is_v2, server);
}

/* Header and packet number without their protection. */
struct clear_header {
    uint8_t first;
    uint8_t number_size;
    uint8_t number[4];
    uint64_t full_number;
};

/* RFC 9000 appendix A.3: the number next to the expected one that ends in these bytes. */
static uint64_t full_number(const struct clear_header *clear, uint64_t expected)
{
    struct bytes in = bytes_of(clear->number, clear->number_size);
    uint64_t window = UINT64_C(1) << 8 * clear->number_size;
    uint64_t number = 0;
    while (in.left > 0)
        number = number << 8 | bytes_u8(&in);
    number |= expected & ~(window - 1);
    if (number + window / 2 <= expected && number < MAX_NUMBER - window)
        return number + window;
    if (number > expected + window / 2 && number >= window)
        return number - window;
    return number;
}

/* RFC 9001 section 5.4. */
static bool clear_header(EVP_CIPHER_CTX *context, const struct quic_packet *packet,
                         const struct quic_keys *keys, uint64_t expected,
                         struct clear_header *clear)
{
    struct bytes payload = packet->payload;
    struct bytes number = bytes_take(&payload, SAMPLE_AT);
    struct bytes sample = bytes_take(&payload, SAMPLE_SIZE);
    uint8_t mask[SAMPLE_SIZE];
    int size = 0;

    if (payload.ran_out ||
        !EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, keys->header_key, NULL) ||
        !EVP_EncryptUpdate(context, mask, &size, sample.at, SAMPLE_SIZE))
        return false;
    clear->first = packet->first ^ (mask[0] & 0x0f);
    clear->number_size = (clear->first & 3) + 1;
    for (size_t i = 0; i < clear->number_size; i++)
        clear->number[i] = bytes_u8(&number) ^ mask[1 + i];
    clear->full_number = full_number(clear, expected);
    return true;
}

static void make_nonce(const struct quic_keys *keys, const struct clear_header *clear,
                       uint8_t nonce[sizeof keys->iv])
{
    memcpy(nonce, keys->iv, sizeof keys->iv);
    uint64_t number = clear->full_number;
    for (size_t i = sizeof keys->iv; number > 0; number >>= 8)
        nonce[--i] ^= (uint8_t)number;
}

/* The header is authenticated as it was before its protection (RFC 9001 section 5.3). */
static bool add_header(EVP_CIPHER_CTX *context, struct bytes header,
                       const struct clear_header *clear)
{
    int size = 0;
    bytes_skip(&header, 1);
    return EVP_DecryptUpdate(context, NULL, &size, &clear->first, 1) &&
           EVP_DecryptUpdate(context, NULL, &size, header.at, (int)header.left) &&
           EVP_DecryptUpdate(context, NULL, &size, clear->number, clear->number_size);
}

static bool decrypt(EVP_CIPHER_CTX *context, const struct quic_packet *packet,
                    const struct quic_keys *keys, const struct clear_header *clear,
                    uint8_t *plain)
{
    struct bytes payload = packet->payload;
    bytes_skip(&payload, clear->number_size);
    struct bytes sealed = bytes_take(&payload, payload.left - TAG_SIZE);
    uint8_t nonce[sizeof keys->iv], tag[TAG_SIZE], none[TAG_SIZE];
    int size = 0;

    make_nonce(keys, clear, nonce);
    memcpy(tag, payload.at, TAG_SIZE);
    return EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), NULL, keys->key, nonce) &&
           add_header(context, packet->header, clear) &&
           EVP_DecryptUpdate(context, plain, &size, sealed.at, (int)sealed.left) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) &&
           EVP_DecryptFinal_ex(context, none, &size) > 0;
}

bool quic_open_initial(const struct quic_packet *packet, const struct quic_keys *keys,
                       uint8_t *plain, size_t capacity, size_t *size,
                       uint64_t *packet_number)
{
    if (packet->type != QUIC_INITIAL || packet->payload.left < MIN_PAYLOAD_SIZE ||
        packet->payload.left > QUIC_PLAIN_SIZE || packet->header.left > QUIC_PLAIN_SIZE)
        return false;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    struct clear_header clear = { 0 };
    bool opened = false;
    if (context == NULL || !clear_header(context, packet, keys, *packet_number, &clear))
        goto release;
    size_t plain_size = packet->payload.left - clear.number_size - TAG_SIZE;
    if (plain_size > capacity || !decrypt(context, packet, keys, &clear, plain))
        goto release;

    *packet_number = clear.full_number;
    *size = plain_size;
    opened = true;
release:
    EVP_CIPHER_CTX_free(context);
    return opened;
}

/* Opening any packet once makes libcrypto fetch both ciphers and the hash. */
void quic_prepare(void)
{
    uint8_t datagram[64] = { 0xc0, 0, 0, 0, 1, 0, 0, 0, 0x20 };
    struct bytes in = bytes_of(datagram, sizeof datagram);
    struct quic_packet packet;
    struct quic_keys client, server;
    uint8_t plain[sizeof datagram];
    size_t size;
    uint64_t number = 0;

    if (quic_read_packet(&in, &packet) == DISSECT_OK &&
        quic_derive_initial(packet.version, packet.dcid, &client, &server))
        (void)quic_open_initial(&packet, &client, plain, sizeof plain, &size, &number);
}

static void read_padding(struct bytes *in)
{
    while (in->left > 0 && bytes_peek(*in, 0) == 0)
        bytes_skip(in, 1);
}

/* RFC 9000 section 19.3; types 2, and 3 with counts of congestion marks. */
static bool read_ack(struct bytes *in, bool has_marks, struct quic_frame *frame)
{
    frame->kind = QUIC_FRAME_ACK;
    frame->largest_acknowledged = read_varint(in);
    /* A varint has 62 bits: what the shift would lose is no sensible delay. */
    uint64_t delay = read_varint(in);
    frame->ack_delay_us = delay > UINT64_MAX >> ACK_DELAY_EXPONENT
                              ? UINT64_MAX
                              : delay << ACK_DELAY_EXPONENT;
    uint64_t range_count = read_varint(in);
    uint64_t first_range = read_varint(in);
    for (; range_count > 0 && !in->ran_out; range_count--) {
        read_varint(in);
        read_varint(in);
    }
    for (int i = 0; has_marks && i < 3; i++)
        read_varint(in);
    return first_range <= frame->largest_acknowledged;
}

static void read_crypto(struct bytes *in, struct quic_frame *frame)
{
    frame->kind = QUIC_FRAME_CRYPTO;
    frame->offset = read_varint(in);
    frame->data = take_counted(in, read_varint(in));
}

/* The application's kind does not belong in an Initial and says no frame type; seen it
 * is. */
static void read_close(struct bytes *in, bool is_application, struct quic_frame *frame)
{
    frame->kind = QUIC_FRAME_CONNECTION_CLOSE;
    frame->error_code = read_varint(in);
    if (!is_application)
        read_varint(in); /* the type of the frame that was at fault */
    frame->data = take_counted(in, read_varint(in));
}

static enum dissect read_standard_frame(struct bytes *in, struct quic_frame *frame)
{
    uint64_t type = read_varint(in);
    bool holds = true;
    switch (type) {
    case 0x00:
        read_padding(in);
        break;
    case 0x01:
        frame->kind = QUIC_FRAME_PING;
        break;
    case 0x02:
    case 0x03:
        holds = read_ack(in, type == 0x03, frame);
        break;
    case 0x06:
        read_crypto(in, frame);
        break;
    case 0x1c:
    case 0x1d:
        read_close(in, type == 0x1d, frame);
        break;
    default:
        return quic_legacy_skip_timed_ack(in, type);
    }
    return in->ran_out || !holds ? DISSECT_MALFORMED : DISSECT_OK;
}

/* Only what comes beside a hello: the rest is OTHER. */
static enum dissect read_google_frame(struct bytes *in, struct quic_frame *frame)
{
    uint8_t type = bytes_u8(in);
    switch (type) {
    case 0x00:
        read_padding(in);
        break;
    case 0x07:
        frame->kind = QUIC_FRAME_PING;
        break;
    case 0x08:
        read_crypto(in, frame);
        break;
    default:
        return quic_legacy_skip_ack(in, type);
    }
    return in->ran_out ? DISSECT_MALFORMED : DISSECT_OK;
}

enum dissect quic_read_frame(uint32_t version, struct bytes *in, struct quic_frame *frame)
{
    const struct quic_version *known = quic_version_find(version);
    *frame = (struct quic_frame){ .kind = QUIC_FRAME_PADDING };
    if (in->left == 0)
        return DISSECT_MALFORMED;
    if (known != NULL && known->dialect == QUIC_DIALECT_GOOGLE)
        return read_google_frame(in, frame);
    return read_standard_frame(in, frame);
}
