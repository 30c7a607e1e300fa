/* x509_text.c - RFC 5280 section 4.1.2.4 (strings), 4.1.2.5 (times); RFC 3629. */
#include "dissectors/x509_text.h"

#include "dissectors/text.h"

enum { NO_CHARACTER = 0x110000, SECONDS_OF_DAY = 24 * 60 * 60 };

struct x509_text x509_text_at(char *out, size_t size, size_t capacity)
{
    out[size] = '\0';
    return (struct x509_text){ .out = out, .capacity = capacity, .size = size };
}

/* All of it or nothing: no half of a character, nor of what is spelled out. */
static void put(struct x509_text *text, const char *what, size_t size)
{
    if (text->ran_out || text->capacity - text->size <= size) {
        text->ran_out = true;
        return;
    }
    memcpy(text->out + text->size, what, size);
    text->size += size;
    text->out[text->size] = '\0';
}

static void put_spelled(struct x509_text *text, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    const char spelled[] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };
    put(text, spelled, sizeof spelled);
}

static void put_character(struct x509_text *text, uint32_t c)
{
    const char utf8[] = { (char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
                          (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)) };
    const char two = (char)(0xc0 | c >> 6), three = (char)(0xe0 | c >> 12);
    const char one = (char)c;

    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
        put_spelled(text, (uint8_t)c);
    } else if (c < 0x80) {
        put(text, &one, 1);
    } else if (c < 0x800) {
        put(text, (const char[]){ two, utf8[3] }, 2);
    } else if (c < 0x10000) {
        put(text, (const char[]){ three, utf8[2], utf8[3] }, 3);
    } else {
        put(text, utf8, 4);
    }
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xd800 && c <= 0xdfff;
}

/* One character of UTF-8, in its shortest form; NO_CHARACTER where there is none. */
static uint32_t take_utf8(struct bytes *in)
{
    static const uint32_t lowest[] = { 0, 0x80, 0x800, 0x10000 };
    uint8_t first = bytes_u8(in);
    unsigned more = first < 0x80             ? 0
                    : (first & 0xe0) == 0xc0 ? 1
                    : (first & 0xf0) == 0xe0 ? 2
                    : (first & 0xf8) == 0xf0 ? 3
                                             : 4;
    if (more == 0)
        return first;
    if (more == 4)
        return NO_CHARACTER;
    uint32_t c = first & (0x3fU >> more);
    for (unsigned i = 0; i < more; i++) {
        uint8_t next = bytes_u8(in);
        if ((next & 0xc0) != 0x80)
            return NO_CHARACTER;
        c = c << 6 | (next & 0x3f);
    }
    bool is_sound = c >= lowest[more] && c < NO_CHARACTER && !is_surrogate(c);
    return is_sound ? c : NO_CHARACTER;
}

/* A character beyond the first plane is a pair, though BMPString knows of none. */
static uint32_t take_utf16(struct bytes *in)
{
    uint32_t high = bytes_u16(in);
    if (!is_surrogate(high))
        return in->ran_out ? NO_CHARACTER : high;
    uint32_t low = bytes_u16(in);
    if (in->ran_out || high >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
        return NO_CHARACTER;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static uint32_t take_utf32(struct bytes *in)
{
    uint32_t c = bytes_u32(in);
    return in->ran_out || c >= NO_CHARACTER || is_surrogate(c) ? NO_CHARACTER : c;
}

static uint32_t take_latin1(struct bytes *in)
{
    return bytes_u8(in);
}

static uint32_t take_ascii(struct bytes *in)
{
    uint8_t byte = bytes_u8(in);
    return byte < 0x80 ? byte : NO_CHARACTER;
}

/* `unit` bytes that begin no character are spelled out, and the next ones tried. */
static void put_all(struct x509_text *text, struct bytes in, size_t unit,
                    uint32_t (*take)(struct bytes *))
{
    while (in.left > 0 && !text->ran_out) {
        struct bytes at = in;
        uint32_t c = take(&at);
        if (c == NO_CHARACTER) {
            struct bytes wrong = bytes_take_at_most(&in, unit);
            while (wrong.left > 0)
                put_spelled(text, bytes_u8(&wrong));
            continue;
        }
        put_character(text, c);
        in = at;
    }
}

void x509_text_put(struct x509_text *text, const struct der *string)
{
    struct bytes in = string->content;

    switch (string->tag) {
    case DER_UTF8_STRING:
        put_all(text, in, 1, take_utf8);
        break;
    case DER_BMP_STRING:
        put_all(text, in, 2, take_utf16);
        break;
    case DER_UNIVERSAL_STRING:
        put_all(text, in, 4, take_utf32);
        break;
    case DER_BIT_STRING:
        bytes_skip(&in, in.left > 0); /* how many bits are unused */
        put_all(text, in, 1, take_ascii);
        break;
    case 0x12: /* NumericString */
    case 0x13: /* PrintableString */
    case 0x14: /* T61String */
    case 0x15: /* VideotexString */
    case 0x16: /* IA5String */
    case 0x19: /* GraphicString */
    case 0x1a: /* VisibleString */
    case 0x1b: /* GeneralString */
        put_all(text, in, 1, take_latin1);
        break;
    default:
        put_all(text, in, 1, take_ascii);
    }
}

void x509_text_put_ascii(struct x509_text *text, struct bytes in)
{
    put_all(text, in, 1, take_ascii);
}

static unsigned take_digits(struct bytes *in, unsigned count)
{
    unsigned value = 0;
    for (unsigned i = 0; i < count; i++) {
        uint8_t byte = bytes_u8(in);
        if (!text_is_digit(byte))
            bytes_skip(in, SIZE_MAX);
        value = value * 10 + (byte - '0');
    }
    return in->ran_out ? 0 : value;
}

static bool has_digit(struct bytes in)
{
    return in.left > 0 && text_is_digit(bytes_peek(in, 0));
}

/* Of the Gregorian calendar, as if it had always been in force. */
static int64_t days_until(unsigned year, unsigned month)
{
    static const uint16_t days_before[] = { 0,   31,  59,  90,  120, 151,
                                            181, 212, 243, 273, 304, 334 };
    int64_t y = (int64_t)year - (month <= 2);
    int64_t leap_days = y / 4 - y / 100 + y / 400;
    return (int64_t)year * 365 + leap_days + days_before[month - 1] - 719527;
}

static bool is_day(unsigned year, unsigned month, unsigned day)
{
    if (month < 1 || month > 12 || day < 1)
        return false;
    unsigned next_year = month == 12 ? year + 1 : year;
    unsigned next_month = month == 12 ? 1 : month + 1;
    return day <= days_until(next_year, next_month) - days_until(year, month);
}

/* "Z" or "+hhmm" at the end, as seconds to take off. */
static int64_t take_zone(struct bytes *in)
{
    uint8_t sign = bytes_u8(in);
    if (sign == 'Z' || (sign != '+' && sign != '-')) {
        bytes_skip(in, sign == 'Z' ? 0 : SIZE_MAX);
        return 0;
    }
    unsigned hours = take_digits(in, 2), minutes = take_digits(in, 2);
    if (hours > 14 || minutes > 59)
        bytes_skip(in, SIZE_MAX);
    int64_t seconds = 3600 * (int64_t)hours + 60 * (int64_t)minutes;
    return sign == '+' ? seconds : -seconds;
}

static unsigned take_seconds(struct bytes *in)
{
    unsigned seconds = has_digit(*in) ? take_digits(in, 2) : 0;
    if (bytes_peek(*in, 0) == '.') {
        bytes_skip(in, 1);
        text_take_while(in, text_is_digit);
    }
    return seconds;
}

bool x509_read_time(const struct der *time, int64_t *seconds)
{
    struct bytes in = time->content;
    unsigned year;

    if (time->tag == DER_GENERALIZED_TIME) {
        year = take_digits(&in, 4);
    } else if (time->tag == DER_UTC_TIME) {
        year = take_digits(&in, 2);
        year += year < 50 ? 2000 : 1900;
    } else {
        return false;
    }
    unsigned month = take_digits(&in, 2), day = take_digits(&in, 2);
    unsigned hour = take_digits(&in, 2), minute = take_digits(&in, 2);
    unsigned second = take_seconds(&in);
    int64_t zone = take_zone(&in);

    if (in.ran_out || in.left > 0 || !is_day(year, month, day) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    *seconds = (days_until(year, month) + day - 1) * SECONDS_OF_DAY +
               3600 * (int64_t)hour + 60 * (int64_t)minute + second - zone;
    return true;
}
