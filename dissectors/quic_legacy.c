/* quic_legacy.c - Google QUIC Wire Layout (public header, STREAM frame) and QUIC Crypto.
 */
#include "dissectors/quic_legacy.h"

enum {
    VERSION_Q039 = 0x51303339,
    VERSION_Q040 = 0x51303430,
    VERSION_Q043 = 0x51303433,
    VERSION_Q046 = 0x51303436,
    MESSAGE_HASH_SIZE = 12,
    CRYPTO_STREAM = 1,
    FRAME_PADDING = 0x00,
    FRAME_PING = 0x07,
    FRAME_STREAM = 0x80,
    MAX_TAGS = 128,
};

static uint64_t read_number(struct bytes *in, size_t size)
{
    struct bytes digits = bytes_take(in, size);
    uint64_t value = 0;
    while (digits.left > 0)
        value = value << 8 | bytes_u8(&digits);
    return value;
}

/* Flags, connection id, version, packet number. A client always sends 8 bytes of id. */
static enum dissect read_public_header(struct bytes *in,
                                       struct quic_legacy_packet *packet)
{
    static const uint8_t number_sizes[] = { 1, 2, 4, 6 };
    uint8_t flags = bytes_u8(in);
    if (!in->ran_out && (flags & 0xcb) != 0x09)
        return DISSECT_OTHER;
    struct bytes dcid = bytes_take(in, 8);
    uint32_t version = bytes_u32(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (version != VERSION_Q039 && (version < VERSION_Q040 || version > VERSION_Q043))
        return DISSECT_OTHER;
    packet->version = version;
    packet->dcid = dcid;
    bytes_skip(in, number_sizes[flags >> 4 & 3]);
    return DISSECT_OK;
}

/* The long header of Q046: one byte holds both id lengths, and the server's id is absent.
 */
static enum dissect read_q046_header(struct bytes *in, struct quic_legacy_packet *packet)
{
    uint8_t first = bytes_u8(in);
    uint32_t version = bytes_u32(in);
    uint8_t lengths = bytes_u8(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (version != VERSION_Q046 || lengths != 0x50)
        return DISSECT_OTHER;
    struct bytes dcid = bytes_take(in, 8);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    packet->version = version;
    packet->dcid = dcid;
    bytes_skip(in, (size_t)(first & 3) + 1);
    return DISSECT_OK;
}

/* 1FDOOOSS, stream id, offset, length. */
static enum dissect read_stream(struct bytes *in, struct bytes *data)
{
    uint8_t type = bytes_u8(in);
    size_t offset_size = type >> 2 & 7;
    uint64_t stream = read_number(in, (size_t)(type & 3) + 1);
    uint64_t offset = read_number(in, offset_size == 0 ? 0 : offset_size + 1);
    size_t size = type & 0x20 ? bytes_u16(in) : in->left;

    if (!in->ran_out && (stream != CRYPTO_STREAM || offset != 0))
        return DISSECT_OTHER;
    *data = bytes_take(in, size);
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

enum dissect quic_legacy_read_packet(struct bytes in, struct quic_legacy_packet *packet)
{
    *packet = (struct quic_legacy_packet){ 0 };
    bool is_long = bytes_peek(in, 0) & 0x80;
    enum dissect outcome =
        is_long ? read_q046_header(&in, packet) : read_public_header(&in, packet);
    if (outcome != DISSECT_OK)
        return outcome;

    bytes_skip(&in, MESSAGE_HASH_SIZE);
    while (in.left > 0 &&
           (bytes_peek(in, 0) == FRAME_PADDING || bytes_peek(in, 0) == FRAME_PING))
        bytes_skip(&in, 1);
    if (in.left == 0)
        return DISSECT_TRUNCATED;
    if (!(bytes_peek(in, 0) & FRAME_STREAM))
        return DISSECT_OTHER;
    return read_stream(&in, &packet->crypto);
}

static void note_value(struct bytes tag, struct bytes value, struct quic_chlo *chlo)
{
    if (bytes_equal(tag, "SNI", 4))
        chlo->server_name = value;
    else if (bytes_equal(tag, "UAID", 4))
        chlo->user_agent = value;
}

enum dissect quic_legacy_read_chlo(struct bytes in, struct quic_chlo *chlo)
{
    *chlo = (struct quic_chlo){ 0 };
    struct bytes message = bytes_take(&in, 4);
    if (!in.ran_out && !bytes_equal(message, "CHLO", 4))
        return DISSECT_OTHER;
    uint16_t count = bytes_u16le(&in);
    bytes_skip(&in, 2);
    if (count > MAX_TAGS)
        return DISSECT_MALFORMED;

    struct bytes index = bytes_take(&in, (size_t)count * 8);
    uint32_t start = 0;
    while (index.left > 0) {
        struct bytes tag = bytes_take(&index, 4);
        uint32_t end = bytes_u32le(&index);
        if (end < start)
            return DISSECT_MALFORMED;
        note_value(tag, bytes_take(&in, end - start), chlo);
        start = end;
    }
    if (in.ran_out)
        return DISSECT_TRUNCATED;
    bool is_text =
        !bytes_contain(chlo->server_name, '\0') && !bytes_contain(chlo->user_agent, '\0');
    return is_text ? DISSECT_OK : DISSECT_MALFORMED;
}

/* The type is 01nullmm: has ranges, widths of the largest number and of the lengths. */
enum dissect quic_legacy_skip_ack(struct bytes *in, uint8_t type)
{
    static const uint8_t widths[] = { 1, 2, 4, 6 };
    size_t largest = widths[type >> 2 & 3], length = widths[type & 3];

    if (type >> 6 != 1)
        return DISSECT_OTHER;
    bytes_skip(in, largest + 2); /* and the delay */
    size_t ranges = (type & 0x20) != 0 ? bytes_u8(in) : 0;
    bytes_skip(in, length + ranges * (1 + length));
    size_t times = bytes_u8(in);
    bytes_skip(in, times == 0 ? 0 : 5 + (times - 1) * 3);
    return in->ran_out ? DISSECT_MALFORMED : DISSECT_OK;
}

/* RFC 9000 section 16. */
static uint64_t take_varint(struct bytes *in)
{
    uint64_t value = bytes_peek(*in, 0) & 0x3f;
    unsigned more = (1U << (bytes_u8(in) >> 6)) - 1;
    while (more-- > 0)
        value = value << 8 | bytes_u8(in);
    return in->ran_out ? 0 : value;
}

enum dissect quic_legacy_skip_timed_ack(struct bytes *in, uint64_t type)
{
    enum { TIMED = 0x34, TIMED_WITH_MARKS = 0x35, NUMBERS_BEFORE_COUNT = 3 };
    if (type != TIMED && type != TIMED_WITH_MARKS)
        return DISSECT_OTHER;
    for (int i = 0; i < NUMBERS_BEFORE_COUNT; i++)
        take_varint(in); /* the largest, the delay, the time */
    uint64_t ranges = take_varint(in);
    take_varint(in); /* the first range */
    for (; ranges > 0 && !in->ran_out; ranges--) {
        take_varint(in);
        take_varint(in);
    }
    for (int i = 0; type == TIMED_WITH_MARKS && i < 3; i++)
        take_varint(in);
    return in->ran_out ? DISSECT_MALFORMED : DISSECT_OK;
}
