/* stun.c - RFC 8489 sections 5 and 14, RFC 8656 section 18, MS-TURN section 2.2. */
#include "dissectors/stun.h"

enum {
    COOKIE = 0x2112a442,
    MS_TURN_COOKIE = 0x72c64bc6,
    NO_STUN_BITS = 0xc000,       /* of the first 16 */
    MS_DATA_INDICATION = 0x0115, /* by RFC 8489 it would be an error response */
    CHANNEL_FIRST = 0x4000,
    CHANNEL_LAST = 0x4fff,
    FAMILY_IPV4 = 1,
    FAMILY_IPV6 = 2,
};

enum attribute {
    MAPPED_ADDRESS = 0x0001,
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    ERROR_CODE = 0x0009,
    LIFETIME = 0x000d,
    MS_MAGIC_COOKIE = 0x000f,
    MS_DESTINATION_ADDRESS = 0x0011,
    XOR_PEER_ADDRESS = 0x0012, /* MS-TURN: remote address, plain */
    DATA = 0x0013,
    XOR_RELAYED_ADDRESS = 0x0016,
    MESSAGE_INTEGRITY_SHA256 = 0x001c,
    USERHASH = 0x001e,
    XOR_MAPPED_ADDRESS = 0x0020,
    MS_VERSION = 0x8008,
    OLD_XOR_MAPPED_ADDRESS = 0x8020,
    MS_SEQUENCE_NUMBER = 0x8050,
    MS_CANDIDATE_IDENTIFIER = 0x8054,
    MS_SERVICE_QUALITY = 0x8055,
    MS_IMPLEMENTATION_VERSION = 0x8070,
    MS_ALTERNATE_MAPPED_ADDRESS = 0x8090,
    MS_MULTIPLEXED_SESSION = 0x8095,
};

/* The class is spread over bits 4 and 8, the method around them (RFC 8489 section 5). */
static void read_type(uint16_t type, struct stun_message *message)
{
    message->message_class = (enum stun_class)((type >> 7 & 2) | (type >> 4 & 1));
    message->method =
        (uint16_t)((type & 0x000f) | (type >> 1 & 0x0070) | (type >> 2 & 0x0f80));
    if (message->is_ms_turn && type == MS_DATA_INDICATION)
        message->message_class = STUN_INDICATION;
}

static bool is_ms_turn(struct bytes attributes)
{
    return bytes_u16(&attributes) == MS_MAGIC_COOKIE && bytes_u16(&attributes) == 4 &&
           bytes_u32(&attributes) == MS_TURN_COOKIE;
}

/* What an address is XORed with: the cookie, then the transaction id. */
static uint8_t mask_at(const struct stun_message *message, size_t i)
{
    if (i >= 4)
        return message->transaction[i - 4];
    return (uint8_t)((uint32_t)COOKIE >> (24 - 8 * i));
}

/* False where the length is not the family's. Other families are to be ignored. */
static bool read_address(struct bytes value, struct stun_address *out)
{
    bytes_skip(&value, 1);
    uint8_t family = bytes_u8(&value);
    uint16_t port = bytes_u16(&value);
    if (value.ran_out)
        return false;
    if (family != FAMILY_IPV4 && family != FAMILY_IPV6)
        return true;
    if (value.left != (family == FAMILY_IPV4 ? 4 : 16))
        return false;

    *out = (struct stun_address){ .port = port };
    out->address.family = family == FAMILY_IPV4 ? 4 : 6;
    for (size_t i = 0; value.left > 0; i++)
        out->address.bytes[i] = bytes_u8(&value);
    return true;
}

static bool read_xor_address(struct bytes value, const struct stun_message *message,
                             struct stun_address *out)
{
    struct stun_address masked = { 0 };
    if (!read_address(value, &masked))
        return false;
    if (masked.address.family == 0)
        return true;
    size_t size = masked.address.family == 4 ? 4 : 16;
    for (size_t i = 0; i < size; i++)
        masked.address.bytes[i] ^= mask_at(message, i);
    masked.port ^= (uint16_t)(mask_at(message, 0) << 8 | mask_at(message, 1));
    *out = masked;
    return true;
}

static bool read_mapped(struct bytes value, struct stun_message *message)
{
    struct stun_address address = { 0 };
    if (!read_address(value, &address))
        return false;
    struct stun_address *out = message->is_ms_turn ? &message->relayed : &message->mapped;
    if (message->message_class == STUN_SUCCESS && out->address.family == 0)
        *out = address;
    return true;
}

static bool read_xor_mapped(struct bytes value, struct stun_message *message)
{
    struct stun_address address = { 0 };
    if (!read_xor_address(value, message, &address))
        return false;
    if (message->message_class == STUN_SUCCESS && address.address.family != 0)
        message->mapped = address;
    return true;
}

static bool read_error(struct bytes value, struct stun_message *message)
{
    bytes_skip(&value, 2);
    unsigned hundreds = bytes_u8(&value) & 7;
    unsigned number = bytes_u8(&value);
    if (value.ran_out || hundreds < 3 || hundreds > 6 || number > 99)
        return false;
    message->error = (uint16_t)(hundreds * 100 + number);
    return true;
}

static bool read_lifetime(struct bytes value, struct stun_message *message)
{
    message->lifetime_s = bytes_u32(&value);
    return !value.ran_out && value.left == 0;
}

static bool read_attribute(uint16_t type, struct bytes value,
                           struct stun_message *message)
{
    switch (type) {
    case MAPPED_ADDRESS:
        return read_mapped(value, message);
    case XOR_MAPPED_ADDRESS:
    case OLD_XOR_MAPPED_ADDRESS:
        return read_xor_mapped(value, message);
    case XOR_RELAYED_ADDRESS:
        return read_xor_address(value, message, &message->relayed);
    case XOR_PEER_ADDRESS:
        return message->is_ms_turn ? read_address(value, &message->peer)
                                   : read_xor_address(value, message, &message->peer);
    case MS_DESTINATION_ADDRESS:
        return !message->is_ms_turn || read_address(value, &message->peer);
    case ERROR_CODE:
        return read_error(value, message);
    case LIFETIME:
        return read_lifetime(value, message);
    case DATA:
        message->data = value;
        return true;
    case USERNAME:
    case USERHASH:
    case MESSAGE_INTEGRITY:
    case MESSAGE_INTEGRITY_SHA256:
        message->has_credentials = true;
        return true;
    case MS_VERSION:
    case MS_SEQUENCE_NUMBER:
    case MS_CANDIDATE_IDENTIFIER:
    case MS_SERVICE_QUALITY:
    case MS_IMPLEMENTATION_VERSION:
    case MS_ALTERNATE_MAPPED_ADDRESS:
    case MS_MULTIPLEXED_SESSION:
        message->has_microsoft = true;
        return true;
    default:
        return true;
    }
}

/* Microsoft's dialect comes from a draft of before the padding. */
static enum dissect read_attributes(struct bytes in, struct stun_message *message)
{
    while (in.left > 0) {
        uint16_t type = bytes_u16(&in);
        uint16_t size = bytes_u16(&in);
        struct bytes value = bytes_take(&in, size);
        if (in.ran_out)
            return DISSECT_TRUNCATED;
        if (!read_attribute(type, value, message))
            return DISSECT_MALFORMED;
        if (!message->is_ms_turn)
            bytes_take_at_most(&in, (4 - size % 4u) % 4u);
    }
    return DISSECT_OK;
}

/* OTHER as soon as the bytes that are there say so. */
static enum dissect check_header(struct bytes in)
{
    uint16_t type = bytes_u16(&in);
    if (!in.ran_out && (type & NO_STUN_BITS) != 0)
        return DISSECT_OTHER;
    bytes_skip(&in, 2);
    uint32_t cookie = bytes_u32(&in);
    if (!in.ran_out && cookie != COOKIE)
        return DISSECT_OTHER;
    return in.ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

enum dissect stun_read_message(struct bytes *in, struct stun_message *message)
{
    *message = (struct stun_message){ 0 };
    struct bytes rest = *in;
    enum dissect outcome = check_header(rest);
    if (outcome != DISSECT_OK)
        return outcome;
    uint16_t type = bytes_u16(&rest);
    uint16_t size = bytes_u16(&rest);
    bytes_skip(&rest, 4);
    struct bytes transaction = bytes_take(&rest, STUN_TRANSACTION_SIZE);
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    for (size_t i = 0; i < STUN_TRANSACTION_SIZE; i++)
        message->transaction[i] = bytes_u8(&transaction);

    bool is_whole = rest.left >= size;
    struct bytes attributes = bytes_take_at_most(&rest, size);
    message->is_ms_turn = is_ms_turn(attributes);
    message->has_microsoft = message->is_ms_turn;
    read_type(type, message);
    outcome = read_attributes(attributes, message);
    if (outcome == DISSECT_MALFORMED || (outcome == DISSECT_TRUNCATED && is_whole))
        return DISSECT_MALFORMED;
    if (!is_whole)
        return DISSECT_TRUNCATED;
    *in = rest;
    return DISSECT_OK;
}

enum dissect stun_read_channel_data(struct bytes *in,
                                    struct stun_channel_data *channel_data)
{
    *channel_data = (struct stun_channel_data){ 0 };
    struct bytes rest = *in;
    uint16_t channel = bytes_u16(&rest);
    if (!rest.ran_out && channel != STUN_CHANNEL_MULTIPLEXED &&
        (channel < CHANNEL_FIRST || channel > CHANNEL_LAST))
        return DISSECT_OTHER;
    uint16_t size = bytes_u16(&rest);
    if (rest.ran_out)
        return DISSECT_TRUNCATED;

    channel_data->channel = channel;
    bool is_whole = rest.left >= size;
    struct bytes data = bytes_take_at_most(&rest, size);
    if (channel == STUN_CHANNEL_MULTIPLEXED) {
        for (size_t i = 0; i < STUN_SESSION_SIZE; i++)
            channel_data->session[i] = bytes_u8(&data);
        if (data.ran_out)
            return is_whole ? DISSECT_MALFORMED : DISSECT_TRUNCATED;
    }
    channel_data->data = data;
    if (!is_whole)
        return DISSECT_TRUNCATED;
    *in = rest;
    return DISSECT_OK;
}
