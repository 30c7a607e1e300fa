/* tcp.c - RFC 9293 section 3.1 (header), RFC 7323, RFC 2018 and RFC 2883 (options). */
#include "dissectors/tcp.h"

enum {
    FIXED_SIZE = 20,
    WINDOW_SCALE_LIMIT = 14,
};

enum option {
    OPTION_END = 0,
    OPTION_NOTHING = 1,
    OPTION_MSS = 2,
    OPTION_WINDOW_SCALE = 3,
    OPTION_SACK_PERMITTED = 4,
    OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8,
};

static bool read_window_scale(struct bytes body, struct tcp_header *tcp)
{
    uint8_t shift = bytes_u8(&body);
    tcp->has_window_scale = true;
    /* A receiver takes more for 14: RFC 7323 section 2.3. */
    tcp->window_scale = shift < WINDOW_SCALE_LIMIT ? shift : WINDOW_SCALE_LIMIT;
    return !body.ran_out && body.left == 0;
}

static bool read_sack(struct bytes body, struct tcp_header *tcp)
{
    if (body.left == 0 || body.left % 8 != 0)
        return false;
    tcp->sack_count = 0;
    while (body.left > 0 && tcp->sack_count < TCP_SACK_BLOCKS) {
        struct tcp_sack_block *block = &tcp->sack[tcp->sack_count++];
        block->left = bytes_u32(&body);
        block->right = bytes_u32(&body);
    }
    return true;
}

static bool read_timestamps(struct bytes body, struct tcp_header *tcp)
{
    tcp->timestamp = bytes_u32(&body);
    tcp->timestamp_echo = bytes_u32(&body);
    tcp->has_timestamps = !body.ran_out && body.left == 0;
    return tcp->has_timestamps;
}

static bool read_option(uint8_t kind, struct bytes body, struct tcp_header *tcp)
{
    switch (kind) {
    case OPTION_MSS:
        tcp->mss = bytes_u16(&body);
        tcp->has_mss = !body.ran_out && body.left == 0;
        return tcp->has_mss;
    case OPTION_WINDOW_SCALE:
        return read_window_scale(body, tcp);
    case OPTION_SACK_PERMITTED:
        tcp->has_sack_permitted = body.left == 0;
        return tcp->has_sack_permitted;
    case OPTION_SACK:
        return read_sack(body, tcp);
    case OPTION_TIMESTAMPS:
        return read_timestamps(body, tcp);
    default:
        return true;
    }
}

/* False where a length lies; the options in front of it count. */
static bool read_options(struct bytes options, struct tcp_header *tcp)
{
    while (options.left > 0) {
        uint8_t kind = bytes_u8(&options);
        if (kind == OPTION_END)
            break;
        if (kind == OPTION_NOTHING)
            continue;
        uint8_t size = bytes_u8(&options); /* of kind and size, too */
        if (!options.ran_out && size < 2)
            return false;
        struct bytes body = bytes_take(&options, size - 2u);
        if (options.ran_out)
            return tcp->options_cut;
        if (!read_option(kind, body, tcp))
            return false;
    }
    return true;
}

static inline void read_fixed(struct bytes fixed, struct tcp_header *tcp)
{
    tcp->source_port = bytes_u16(&fixed);
    tcp->destination_port = bytes_u16(&fixed);
    tcp->sequence = bytes_u32(&fixed);
    tcp->acknowledgement = bytes_u32(&fixed);
    tcp->size = (uint8_t)(bytes_u8(&fixed) >> 4 << 2); /* told in words of 4 bytes */
    tcp->flags = bytes_u8(&fixed);
    tcp->window = bytes_u16(&fixed);
    tcp->checksum = bytes_u16(&fixed);
}

enum dissect tcp_read_header(struct bytes *in, struct tcp_header *tcp)
{
    struct bytes start = *in;
    struct bytes fixed = bytes_take(in, FIXED_SIZE);

    *tcp = (struct tcp_header){ 0 };
    if (fixed.left != FIXED_SIZE) {
        tcp->source_port = bytes_u16(&start);
        tcp->destination_port = bytes_u16(&start);
        return DISSECT_TRUNCATED;
    }
    /* From a window of a known size: compilers leave no check at run time. */
    read_fixed(fixed, tcp);
    if (tcp->size < FIXED_SIZE)
        return DISSECT_MALFORMED;

    size_t size = tcp->size - (size_t)FIXED_SIZE;
    struct bytes options = bytes_take_at_most(in, size);
    tcp->options_cut = options.left < size;
    tcp->options_malformed = !read_options(options, tcp);
    return tcp->options_malformed ? DISSECT_MALFORMED : DISSECT_OK;
}
