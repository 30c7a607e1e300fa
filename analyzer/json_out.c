/* json_out.c - RFC 8259; times as in RFC 3339. */
#include "analyzer/json_out.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum { DIGITS_MAX = 24, INDENT = 2 };

static const uint64_t safe_integer_end = UINT64_C(1) << 53;

void json_out_init(struct json_out *out, json_out_write *write, void *context)
{
    out->write = write;
    out->context = context;
    out->has_failed = false;
    out->is_pretty = false;
    out->after_key = false;
    out->depth = 0;
    out->has_items[0] = false;
    out->used = 0;
}

bool json_out_flush(struct json_out *out)
{
    if (!out->has_failed && out->used > 0)
        out->has_failed = !out->write(out->context, out->buffer, out->used);
    out->used = 0;
    return !out->has_failed;
}

static void put_long(struct json_out *out, const char *bytes, size_t size)
{
    while (size > sizeof out->buffer - out->used) {
        size_t part = sizeof out->buffer - out->used;
        memcpy(out->buffer + out->used, bytes, part);
        out->used += part;
        bytes += part;
        size -= part;
        (void)json_out_flush(out);
    }
    if (size > 0)
        memcpy(out->buffer + out->used, bytes, size);
    out->used += size;
}

/* Nearly always there is room. */
static inline void put(struct json_out *out, const char *bytes, size_t size)
{
    if (size > sizeof out->buffer - out->used) {
        put_long(out, bytes, size);
        return;
    }
    memcpy(out->buffer + out->used, bytes, size);
    out->used += size;
}

static void put_byte(struct json_out *out, char byte)
{
    if (out->used == sizeof out->buffer)
        (void)json_out_flush(out);
    out->buffer[out->used++] = byte;
}

static void put_break(struct json_out *out)
{
    if (!out->is_pretty)
        return;
    put_byte(out, '\n');
    for (unsigned i = 0; i < out->depth * (unsigned)INDENT; i++)
        put_byte(out, ' ');
}

/* What stands between the last value and the next one, or a key. */
static inline void start_item(struct json_out *out)
{
    if (out->after_key) {
        out->after_key = false;
        return;
    }
    if (out->depth == 0)
        return;
    if (out->has_items[out->depth])
        put_byte(out, ',');
    out->has_items[out->depth] = true;
    put_break(out);
}

static void open_with(struct json_out *out, char bracket)
{
    start_item(out);
    put_byte(out, bracket);
    assert(out->depth + 1 < JSON_OUT_DEPTH);
    out->has_items[++out->depth] = false;
}

static void close_with(struct json_out *out, char bracket)
{
    assert(out->depth > 0 && !out->after_key);
    bool had_items = out->has_items[out->depth--];
    if (had_items)
        put_break(out);
    put_byte(out, bracket);
}

void json_open_object(struct json_out *out)
{
    open_with(out, '{');
}

void json_close_object(struct json_out *out)
{
    close_with(out, '}');
}

void json_open_array(struct json_out *out)
{
    open_with(out, '[');
}

void json_close_array(struct json_out *out)
{
    close_with(out, ']');
}

char *json_key_place(struct json_out *out, size_t size)
{
    assert(out->depth > 0 && !out->after_key);
    start_item(out);
    if (size + 4 > sizeof out->buffer - out->used)
        (void)json_out_flush(out);
    assert(size + 4 <= sizeof out->buffer);
    char *at = out->buffer + out->used;
    at[0] = '"';
    memcpy(at + 1 + size, "\": ", 3);
    out->used += size + (out->is_pretty ? 4 : 3);
    out->after_key = true;
    return at + 1;
}

static void put_value(struct json_out *out, const char *text, size_t size)
{
    start_item(out);
    put(out, text, size);
}

void json_null(struct json_out *out)
{
    put_value(out, "null", 4);
}

void json_bool(struct json_out *out, bool value)
{
    put_value(out, value ? "true" : "false", value ? 4 : 5);
}

/* Everything that may leave as it is: printable ASCII but for three characters. */
static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\' && byte != '<';
}

static void put_escaped(struct json_out *out, uint32_t code)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = { '\\', 'u' };
    for (unsigned i = 0; i < 4; i++)
        text[2 + i] = digits[code >> (12 - 4 * i) & 15];
    put(out, text, sizeof text);
}

static void put_ascii(struct json_out *out, uint8_t byte)
{
    if (byte == '"' || byte == '\\') {
        put_byte(out, '\\');
        put_byte(out, (char)byte);
    } else if (byte == '\n') {
        put(out, "\\n", 2);
    } else if (byte == '\t') {
        put(out, "\\t", 2);
    } else {
        put_escaped(out, byte);
    }
}

/* The smallest and largest second byte: no overlong form, no surrogate (RFC 3629 4). */
static bool is_second(uint8_t first, uint8_t second)
{
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

static size_t sequence_size(uint8_t first)
{
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Bytes of the character at `at`, or 0 and in `bad` how many bytes are none. */
static size_t character_size(const uint8_t *at, size_t left, size_t *bad)
{
    size_t size = sequence_size(at[0]);
    *bad = 1;
    if (size == 0 || left < 2 || !is_second(at[0], at[1]))
        return 0;
    for (*bad = 2; *bad < size; ++*bad)
        if (*bad == left || (at[*bad] & 0xc0) != 0x80)
            return 0;
    return size;
}

/* U+0080 to U+009F are controls; U+2028 and U+2029 end a line in JavaScript. */
static bool needs_escape(const uint8_t *at, size_t size, uint32_t *code)
{
    if (size == 2 && at[0] == 0xc2 && at[1] < 0xa0) {
        *code = at[1];
        return true;
    }
    if (size == 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9)) {
        *code = 0x2000 + (at[2] & 0x3fu);
        return true;
    }
    return false;
}

/* Writes the character at `at`, which is not plain, and returns its size. */
static size_t put_character(struct json_out *out, const uint8_t *at, size_t left)
{
    if (at[0] < 0x80) {
        put_ascii(out, at[0]);
        return 1;
    }
    size_t bad;
    size_t size = character_size(at, left, &bad);
    uint32_t code;
    if (size == 0)
        put(out, "\xef\xbf\xbd", 3);
    else if (needs_escape(at, size, &code))
        put_escaped(out, code);
    else
        put(out, (const char *)at, size);
    return size == 0 ? bad : size;
}

/* The high bit of each byte of `word`, none above 127, that is at least `limit`, up to
 * 128.
 */
static inline uint64_t reaches(uint64_t word, uint64_t limit)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    return ((word | ones << 7) - ones * limit) & ones << 7;
}

/* The same of each byte that is not `byte`. */
static inline uint64_t differs(uint64_t word, char byte)
{
    return reaches(word ^ UINT64_C(0x0101010101010101) * (uint8_t)byte, 1);
}

static inline bool are_all_plain(uint64_t word)
{
    const uint64_t highs = UINT64_C(0x8080808080808080);
    return (word & highs) == 0 && reaches(word, 0x7f) == 0 &&
           (reaches(word, 0x20) & differs(word, '"') & differs(word, '\\') &
            differs(word, '<')) == highs;
}

/* How many bytes at the front are plain: nearly always all, so eight are looked at at
 * once.
 */
static size_t plain_size(const uint8_t *at, size_t size)
{
    size_t plain = 0;
    for (uint64_t word; size - plain >= sizeof word; plain += sizeof word) {
        memcpy(&word, at + plain, sizeof word);
        if (!are_all_plain(word))
            break;
    }
    while (plain < size && is_plain(at[plain]))
        plain++;
    return plain;
}

void json_bytes(struct json_out *out, const void *text, size_t size)
{
    const uint8_t *at = text;
    start_item(out);
    put_byte(out, '"');
    while (size > 0) {
        size_t plain = plain_size(at, size);
        put(out, (const char *)at, plain);
        size_t special = plain < size ? put_character(out, at + plain, size - plain) : 0;
        at += plain + special;
        size -= plain + special;
    }
    put_byte(out, '"');
}

void json_text(struct json_out *out, const char *text)
{
    if (text == NULL)
        json_null(out);
    else
        json_bytes(out, text, strlen(text));
}

/* Writes at the end of `digits` and returns where the number begins. */
static char *format_uint(char *end, uint64_t value)
{
    do {
        *--end = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return end;
}

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static void put_integer(struct json_out *out, uint64_t magnitude, bool is_negative)
{
    char digits[DIGITS_MAX];
    char *end = digits + sizeof digits;
    bool is_text = magnitude >= safe_integer_end;
    if (is_text)
        *--end = '"';
    char *start = format_uint(end, magnitude);
    if (is_negative)
        *--start = '-';
    if (is_text)
        *--start = '"';
    put_value(out, start, (size_t)(digits + sizeof digits - start));
}

void json_uint(struct json_out *out, uint64_t value)
{
    put_integer(out, value, false);
}

void json_int(struct json_out *out, int64_t value)
{
    put_integer(out, magnitude_of(value), value < 0);
}

/* `magnitude` / 10^decimals; `is_exact`: with all decimals, else without trailing zeros.
 */
static void put_decimal(struct json_out *out, uint64_t magnitude, bool is_negative,
                        unsigned decimals, bool is_exact)
{
    char digits[2 * DIGITS_MAX];
    char *end = digits + sizeof digits;
    unsigned kept = decimals;
    for (; !is_exact && kept > 0 && magnitude % 10 == 0; kept--)
        magnitude /= 10;
    bool is_zero = magnitude == 0;
    char *start = end;
    for (unsigned i = 0; i < kept; i++, magnitude /= 10)
        *--start = (char)('0' + magnitude % 10);
    if (kept > 0)
        *--start = '.';
    start = format_uint(start, magnitude);
    if (is_negative && !is_zero)
        *--start = '-';
    put_value(out, start, (size_t)(end - start));
}

void json_ms(struct json_out *out, int64_t nanoseconds)
{
    put_decimal(out, magnitude_of(nanoseconds), nanoseconds < 0, 6, false);
}

void json_seconds(struct json_out *out, int64_t nanoseconds)
{
    put_decimal(out, magnitude_of(nanoseconds) / 1000, nanoseconds < 0, 6, true);
}

void json_thousandths(struct json_out *out, int64_t thousandths)
{
    put_decimal(out, magnitude_of(thousandths), thousandths < 0, 3, false);
}

/* `count` digits of `value` with leading zeros; returns what follows them. */
static char *format_digits(char *at, unsigned count, uint64_t value)
{
    for (unsigned i = count; i > 0; i--, value /= 10)
        at[i - 1] = (char)('0' + value % 10);
    return at + count;
}

static char *format_field(char *at, unsigned count, int value, char behind)
{
    at = format_digits(at, count, (uint64_t)value);
    *at = behind;
    return at + 1;
}

void json_time(struct json_out *out, int64_t nanoseconds, unsigned decimals)
{
    /* Down, not towards zero, so that a time before 1970 stays in its second. */
    int64_t within = nanoseconds % 1000000000;
    time_t seconds = nanoseconds / 1000000000 - (within < 0);
    uint64_t fraction = (uint64_t)(within < 0 ? within + 1000000000 : within);
    struct tm date;
    char text[2 * DIGITS_MAX];
    char *at = text;

    (void)gmtime_r(&seconds, &date); /* 1677 to 2262: cannot fail */
    *at++ = '"';
    at = format_field(at, 4, date.tm_year + 1900, '-');
    at = format_field(at, 2, date.tm_mon + 1, '-');
    at = format_field(at, 2, date.tm_mday, 'T');
    at = format_field(at, 2, date.tm_hour, ':');
    at = format_field(at, 2, date.tm_min, ':');
    at = format_field(at, 2, date.tm_sec, decimals > 0 ? '.' : 'Z');
    if (decimals > 0) {
        for (unsigned i = decimals; i < 9; i++)
            fraction /= 10;
        at = format_digits(at, decimals < 9 ? decimals : 9, fraction);
        *at++ = 'Z';
    }
    *at++ = '"';
    put_value(out, text, (size_t)(at - text));
}

void json_line_end(struct json_out *out)
{
    assert(out->depth == 0);
    put_byte(out, '\n');
}
