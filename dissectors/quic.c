/* quic.c - RFC 9000 sections 16, 17 and 19, RFC 9001 section 5, RFC 9369 section 3. */
#include "dissectors/quic.h"

#include "dissectors/quic_legacy.h"
#include "dissectors/quic_version.h"

enum {
    FORM_LONG = 0x80,
    SPIN_BIT = 0x20,
    MAX_ID_SIZE = 20,
    SECRET_SIZE = 32,
    TAG_SIZE = 16,
    SAMPLE_AT = 4, /* the packet number counts as 4 bytes, whatever its size */
    MIN_PAYLOAD_SIZE = SAMPLE_AT + TLS_SAMPLE_SIZE,
    MIN_RETRY_SIZE = 16,
    ACK_DELAY_EXPONENT = 3,
    INITIAL_SUITE = TLS_AES_128_GCM_SHA256, /* RFC 9001 section 5.2 */
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

static enum tls_key_use use_of(const struct quic_version *version)
{
    return version->dialect == QUIC_DIALECT_V2 ? TLS_KEYS_OF_QUIC_V2 : TLS_KEYS_OF_QUIC;
}

static bool derive_side(struct bytes initial, const char *side,
                        const struct quic_version *version, struct quic_keys *keys)
{
    uint8_t secret[SECRET_SIZE];
    return tls_expand_label(INITIAL_SUITE, initial, side, secret, sizeof secret) &&
           tls_derive_keys(INITIAL_SUITE, bytes_of(secret, sizeof secret),
                           use_of(version), &keys->tls);
}

bool quic_derive_initial(uint32_t version, struct bytes dcid, struct quic_keys *client,
                         struct quic_keys *server)
{
    const struct quic_version *known = quic_version_find(version);
    uint8_t initial[SECRET_SIZE];
    if (known == NULL ||
        !tls_extract(bytes_of(known->salt, QUIC_SALT_SIZE), dcid, initial))
        return false;
    struct bytes secret = bytes_of(initial, sizeof initial);
    return derive_side(secret, "client in", known, client) &&
           derive_side(secret, "server in", known, server);
}

bool quic_derive_handshake(uint32_t version, uint16_t suite, struct bytes secret,
                           struct quic_keys *keys)
{
    const struct quic_version *known = quic_version_find(version);
    /* RFC 9001 section 5.3: the suite with a tag of 8 bytes is none of QUIC. */
    return known != NULL && known->dialect != QUIC_DIALECT_GOOGLE &&
           suite != TLS_AES_128_CCM_8_SHA256 &&
           tls_derive_keys(suite, secret, use_of(known), &keys->tls);
}

/* Header and packet number without their protection. */
struct clear_header {
    uint8_t first;
    uint8_t number_size;
    uint8_t number[4];
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
static bool clear_header(const struct quic_packet *packet, const struct quic_keys *keys,
                         struct clear_header *clear)
{
    struct bytes payload = packet->payload;
    struct bytes number = bytes_take(&payload, SAMPLE_AT);
    struct bytes sample = bytes_take(&payload, TLS_SAMPLE_SIZE);
    uint8_t mask[TLS_MASK_SIZE];

    if (payload.ran_out || !tls_header_mask(&keys->tls, sample, mask))
        return false;
    clear->first = packet->first ^ (mask[0] & 0x0f);
    clear->number_size = (clear->first & 3) + 1;
    for (size_t i = 0; i < clear->number_size; i++)
        clear->number[i] = bytes_u8(&number) ^ mask[1 + i];
    return true;
}

/* The header is authenticated as it was before its protection (RFC 9001 section 5.3). */
static bool open_packet(const struct quic_packet *packet, const struct quic_keys *keys,
                        uint8_t *plain, size_t capacity, size_t *size,
                        uint64_t *packet_number)
{
    struct bytes sealed = packet->payload, rest = packet->header;
    struct clear_header clear;
    if (sealed.left < MIN_PAYLOAD_SIZE || sealed.left > QUIC_PLAIN_SIZE ||
        rest.left > QUIC_PLAIN_SIZE || !clear_header(packet, keys, &clear))
        return false;
    bytes_skip(&sealed, clear.number_size);
    bytes_skip(&rest, 1);
    const struct bytes header[] = { bytes_of(&clear.first, 1), rest,
                                    bytes_of(clear.number, clear.number_size) };
    uint64_t number = full_number(&clear, *packet_number);
    if (sealed.left - TAG_SIZE > capacity ||
        !tls_open(&keys->tls, number, header, 3, sealed, plain, size))
        return false;
    *packet_number = number;
    return true;
}

bool quic_open_initial(const struct quic_packet *packet, const struct quic_keys *keys,
                       uint8_t *plain, size_t capacity, size_t *size,
                       uint64_t *packet_number)
{
    return packet->type == QUIC_INITIAL &&
           open_packet(packet, keys, plain, capacity, size, packet_number);
}

bool quic_open_handshake(const struct quic_packet *packet, const struct quic_keys *keys,
                         uint8_t *plain, size_t capacity, size_t *size,
                         uint64_t *packet_number)
{
    return packet->type == QUIC_HANDSHAKE &&
           open_packet(packet, keys, plain, capacity, size, packet_number);
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
