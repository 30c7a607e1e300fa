/* json_line.c - RFC 8259, as far as our own writer uses it: no blanks, no fractions. */
#include "analyzer/json_line.h"

#include <stddef.h>

static const char *fail(struct json_line *line)
{
    line->has_failed = true;
    return "";
}

bool json_line_take(struct json_line *line, char wanted)
{
    if (line->has_failed || *line->at != wanted)
        return false;
    line->at++;
    return true;
}

void json_line_expect(struct json_line *line, char wanted)
{
    if (!json_line_take(line, wanted))
        fail(line);
}

bool json_line_open(struct json_line *line, char opening)
{
    json_line_expect(line, opening);
    return !line->has_failed && !json_line_take(line, opening == '{' ? '}' : ']');
}

bool json_line_more(struct json_line *line, char closing)
{
    if (line->has_failed || json_line_take(line, closing))
        return false;
    json_line_expect(line, ',');
    return !line->has_failed;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static uint32_t read_hex4(struct json_line *line)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        int digit = hex_digit(*line->at);
        if (digit < 0) {
            fail(line);
            return 0;
        }
        value = value << 4 | (uint32_t)digit;
        line->at++;
    }
    return value;
}

static char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* Our writer escapes single code units of the basic plane only; others stand as UTF-8. */
static char *unescape(struct json_line *line, char *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char name = *line->at;
    if (name == '\0') {
        fail(line);
        return out;
    }
    line->at++;
    for (size_t i = 0; i + 1 < sizeof names; i++)
        if (name == names[i]) {
            *out = values[i];
            return out + 1;
        }
    uint32_t code = name == 'u' ? read_hex4(line) : 0;
    if (code == 0 || (code >= 0xd800 && code < 0xe000)) {
        fail(line);
        return out;
    }
    return put_utf8(out, code);
}

const char *json_line_text(struct json_line *line)
{
    json_line_expect(line, '"');
    if (line->has_failed)
        return "";
    char *start = line->at, *out = line->at;
    while (*line->at != '"') {
        if (*line->at == '\0')
            return fail(line);
        if (*line->at == '\\') {
            line->at++;
            out = unescape(line, out);
            if (line->has_failed)
                return "";
        } else {
            *out++ = *line->at++;
        }
    }
    line->at++;
    *out = '\0';
    return start;
}

const char *json_line_key(struct json_line *line)
{
    const char *key = json_line_text(line);
    json_line_expect(line, ':');
    return key;
}

static bool take_word(struct json_line *line, const char *word)
{
    size_t size = 0;
    while (word[size] != '\0' && line->at[size] == word[size])
        size++;
    if (line->has_failed || word[size] != '\0')
        return false;
    line->at += size;
    return true;
}

bool json_line_bool(struct json_line *line)
{
    if (take_word(line, "true"))
        return true;
    if (!take_word(line, "false"))
        fail(line);
    return false;
}

static uint64_t read_digits(struct json_line *line)
{
    uint64_t value = 0;
    char *start = line->at;
    for (; !line->has_failed && *line->at >= '0' && *line->at <= '9'; line->at++) {
        uint64_t digit = (uint64_t)(*line->at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            fail(line);
        else
            value = value * 10 + digit;
    }
    if (line->at == start)
        fail(line);
    return line->has_failed ? 0 : value;
}

uint64_t json_line_uint(struct json_line *line)
{
    bool is_quoted = json_line_take(line, '"');
    uint64_t value = read_digits(line);
    if (is_quoted)
        json_line_expect(line, '"');
    return line->has_failed ? 0 : value;
}

int64_t json_line_int(struct json_line *line)
{
    bool is_quoted = json_line_take(line, '"');
    bool is_negative = json_line_take(line, '-');
    uint64_t value = read_digits(line);
    if (is_quoted)
        json_line_expect(line, '"');
    if (value > INT64_MAX)
        fail(line);
    if (line->has_failed)
        return 0;
    return is_negative ? -(int64_t)value : (int64_t)value;
}

void json_line_skip(struct json_line *line)
{
    unsigned depth = 0;
    if (*line->at == ',' || *line->at == '}' || *line->at == ']')
        fail(line); /* no value at all */
    do {
        char c = *line->at;
        if (line->has_failed || c == '\0' || depth > 16) {
            fail(line);
            return;
        }
        if (c == '"') {
            (void)json_line_text(line);
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        line->at++;
    } while (depth > 0 || (*line->at != ',' && *line->at != '}' && *line->at != ']'));
}
