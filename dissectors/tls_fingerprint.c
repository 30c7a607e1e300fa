/* tls_fingerprint.c - JA3 and JA4 (client), as publicly specified; GREASE: RFC 8701. */
#include "dissectors/tls_fingerprint.h"

#include <assert.h>

struct text {
    char *out;
    size_t capacity, size;
    bool ran_out;
};

struct list {
    uint16_t items[TLS_JA4_ITEMS];
    size_t count;
    bool ran_out;
};

static struct text text_of(char *out, size_t capacity)
{
    assert(capacity > 0);
    out[0] = '\0';
    return (struct text){ .out = out, .capacity = capacity };
}

static void put_char(struct text *text, char c)
{
    if (text->capacity - text->size < 2) {
        text->ran_out = true;
        return;
    }
    text->out[text->size++] = c;
    text->out[text->size] = '\0';
}

static void put_decimal(struct text *text, uint16_t value)
{
    if (value > 9)
        put_decimal(text, value / 10);
    put_char(text, (char)('0' + value % 10));
}

static char hex_digit(unsigned value)
{
    return "0123456789abcdef"[value & 15];
}

static void put_hex(struct text *text, uint16_t value)
{
    for (int shift = 12; shift >= 0; shift -= 4)
        put_char(text, hex_digit((unsigned)value >> shift));
}

/* Not a cut text: it would look like a fingerprint of something else. */
static bool finish(struct text *text)
{
    if (text->ran_out)
        text->out[0] = '\0';
    return !text->ran_out;
}

static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void put_numbers(struct text *text, struct bytes numbers)
{
    bool is_first = true;
    while (numbers.left > 0) {
        uint16_t number = bytes_u16(&numbers);
        if (is_grease(number))
            continue;
        if (!is_first)
            put_char(text, '-');
        put_decimal(text, number);
        is_first = false;
    }
}

static void put_kinds(struct text *text, struct bytes extensions)
{
    struct tls_extension extension;
    bool is_first = true;
    while (tls_next_extension(&extensions, &extension)) {
        if (is_grease(extension.kind))
            continue;
        if (!is_first)
            put_char(text, '-');
        put_decimal(text, extension.kind);
        is_first = false;
    }
}

bool tls_write_ja3(const struct tls_client_hello *hello, char *out, size_t capacity)
{
    struct text text = text_of(out, capacity);
    struct bytes formats = hello->point_formats;

    if (!hello->is_whole)
        return false;
    put_decimal(&text, hello->legacy_version);
    put_char(&text, ',');
    put_numbers(&text, hello->cipher_suites);
    put_char(&text, ',');
    put_kinds(&text, hello->extensions);
    put_char(&text, ',');
    put_numbers(&text, hello->supported_groups);
    put_char(&text, ',');
    while (formats.left > 0) {
        put_decimal(&text, bytes_u8(&formats));
        if (formats.left > 0)
            put_char(&text, '-');
    }
    return finish(&text);
}

bool tls_write_ja3s(const struct tls_server_hello *hello, char *out, size_t capacity)
{
    struct text text = text_of(out, capacity);

    if (!hello->is_whole)
        return false;
    put_decimal(&text, hello->legacy_version);
    put_char(&text, ',');
    put_decimal(&text, hello->cipher_suite);
    put_char(&text, ',');
    put_kinds(&text, hello->extensions);
    return finish(&text);
}

static void list_add(struct list *list, uint16_t item)
{
    if (is_grease(item))
        return;
    if (list->count == TLS_JA4_ITEMS)
        list->ran_out = true;
    else
        list->items[list->count++] = item;
}

static void list_add_numbers(struct list *list, struct bytes numbers)
{
    while (numbers.left > 0)
        list_add(list, bytes_u16(&numbers));
}

/* By insertion: the lists are short, and qsort may take memory. */
static void list_sort(struct list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        uint16_t item = list->items[i];
        size_t place = i;
        for (; place > 0 && list->items[place - 1] > item; place--)
            list->items[place] = list->items[place - 1];
        list->items[place] = item;
    }
}

static void put_list(struct text *text, const struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            put_char(text, ',');
        put_hex(text, list->items[i]);
    }
}

static const char *ja4_version(const struct tls_client_hello *hello)
{
    uint16_t highest = 0;
    for (struct bytes in = hello->supported_versions; in.left > 0;) {
        uint16_t version = bytes_u16(&in);
        if (!is_grease(version) && version > highest)
            highest = version;
    }
    switch (highest != 0 ? highest : hello->legacy_version) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    case 0x0002:
        return "s2";
    default:
        return "00";
    }
}

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A two-byte GREASE name is passed over like every other GREASE value. */
static struct bytes first_protocol(const struct tls_client_hello *hello)
{
    struct bytes list = hello->alpn, name;
    while (tls_next_protocol(&list, &name)) {
        struct bytes value = name;
        if (name.left != 2 || !is_grease(bytes_u16(&value)))
            return name;
    }
    return (struct bytes){ .left = 0 };
}

static void put_protocol(struct text *text, struct bytes name)
{
    if (name.left == 0) {
        put_char(text, '0');
        put_char(text, '0');
        return;
    }
    uint8_t first = bytes_peek(name, 0), last = bytes_peek(name, name.left - 1);
    if (is_letter_or_digit(first) && is_letter_or_digit(last)) {
        put_char(text, (char)first);
        put_char(text, (char)last);
    } else {
        put_char(text, hex_digit(first >> 4));
        put_char(text, hex_digit(last));
    }
}

static void put_count(struct text *text, size_t count)
{
    size_t shown = count < 99 ? count : 99;
    put_char(text, (char)('0' + shown / 10));
    put_char(text, (char)('0' + shown % 10));
}

/* Those two kinds are told in the head, so that the list is the software's alone. */
static void drop_told_kinds(struct list *kinds)
{
    size_t kept = 0;
    for (size_t i = 0; i < kinds->count; i++)
        if (kinds->items[i] != TLS_EXTENSION_SERVER_NAME &&
            kinds->items[i] != TLS_EXTENSION_ALPN)
            kinds->items[kept++] = kinds->items[i];
    kinds->count = kept;
}

static void write_ja4_head(const struct tls_client_hello *hello, bool over_quic,
                           size_t suites, size_t kinds, struct tls_ja4 *ja4)
{
    struct text head = text_of(ja4->head, sizeof ja4->head);
    const char *version = ja4_version(hello);

    put_char(&head, over_quic ? 'q' : 't');
    put_char(&head, version[0]);
    put_char(&head, version[1]);
    put_char(&head, hello->has_server_name ? 'd' : 'i');
    put_count(&head, suites);
    put_count(&head, kinds);
    put_protocol(&head, first_protocol(hello));
}

bool tls_write_ja4(const struct tls_client_hello *hello, bool over_quic,
                   struct tls_ja4 *ja4)
{
    struct list suites = { .count = 0 }, kinds = { .count = 0 };
    struct list algorithms = { .count = 0 };
    struct text suites_text = text_of(ja4->suites, sizeof ja4->suites);
    struct text kinds_text = text_of(ja4->extensions, sizeof ja4->extensions);
    struct tls_extension extension;

    ja4->head[0] = '\0';
    list_add_numbers(&suites, hello->cipher_suites);
    for (struct bytes in = hello->extensions; tls_next_extension(&in, &extension);)
        list_add(&kinds, extension.kind);
    list_add_numbers(&algorithms, hello->signature_algorithms);
    if (!hello->is_whole || suites.ran_out || kinds.ran_out || algorithms.ran_out)
        return false;

    write_ja4_head(hello, over_quic, suites.count, kinds.count, ja4);
    drop_told_kinds(&kinds);
    list_sort(&suites);
    list_sort(&kinds);
    put_list(&suites_text, &suites);
    put_list(&kinds_text, &kinds);
    if (algorithms.count > 0) {
        put_char(&kinds_text, '_');
        put_list(&kinds_text, &algorithms);
    }
    return finish(&suites_text) && finish(&kinds_text);
}
