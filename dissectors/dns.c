/* dns.c - RFC 1035 section 4 (messages, compression), RFC 3596 section 2 (AAAA). */
#include "dissectors/dns.h"

enum {
    HEADER_SIZE = 12,
    NAME_OCTETS_LIMIT = 255,
    POINTERS_LIMIT = 127, /* as many as a name can have labels */
    KIND_MASK = 0xc0,     /* of a label's first octet */
    KIND_TEXT = 0x00,
    KIND_POINTER = 0xc0,
    CLASS_IN = 1,
    CLASS_MASK = 0x7fff, /* RFC 6762 uses the top bit for itself */
    OPCODE_LAST = 6,     /* RFC 8490 */
    OPCODE_UNASSIGNED = 3,
    FLAG_RESPONSE = 0x8000,
    FLAG_CUT = 0x0200,
};

/* A name's text under construction, in DNS_NAME_SIZE bytes. */
struct name_text {
    char *text;
    size_t size;
    bool is_full;
};

static bool is_plain(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-_*+/:=~!#%@", byte) != NULL);
}

static void add_char(struct name_text *name, char character)
{
    if (name->size + 1 < DNS_NAME_SIZE)
        name->text[name->size++] = character;
    else
        name->is_full = true;
}

static void add_byte(struct name_text *name, uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z')
        byte = (uint8_t)(byte + 32);
    if (is_plain(byte)) {
        add_char(name, (char)byte);
        return;
    }
    add_char(name, '\\');
    add_char(name, (char)('0' + byte / 100));
    add_char(name, (char)('0' + byte / 10 % 10));
    add_char(name, (char)('0' + byte % 10));
}

static void add_label(struct name_text *name, struct bytes label)
{
    if (name->size > 0)
        add_char(name, '.');
    while (label.left > 0 && !name->is_full)
        add_byte(name, bytes_u8(&label));
}

static void end_text(struct name_text *name)
{
    if (name->size == 0)
        add_char(name, '.');
    name->text[name->size] = '\0';
    if (name->is_full)
        memcpy(name->text + DNS_NAME_SIZE - 4, "...", 4);
}

enum label_kind { LABEL_TEXT, LABEL_ROOT, LABEL_POINTER, LABEL_BROKEN };

struct label {
    enum label_kind kind;
    struct bytes text;
    size_t target; /* of a pointer: octets from the message's start */
};

static struct label read_label(struct bytes *in)
{
    uint8_t first = bytes_u8(in);
    size_t size = first & 0x3f;

    switch (first & KIND_MASK) {
    case KIND_TEXT:
        if (size == 0)
            return (struct label){ .kind = LABEL_ROOT };
        return (struct label){ .kind = LABEL_TEXT, .text = bytes_take(in, size) };
    case KIND_POINTER:
        return (struct label){ .kind = LABEL_POINTER,
                               .target = size << 8 | bytes_u8(in) };
    default:
        return (struct label){ .kind = LABEL_BROKEN };
    }
}

/* Moves `in` behind a name: to its root label or first pointer, which is not followed. */
static enum dissect pass_name(struct dns_message *message, struct bytes *in)
{
    size_t octets = 1; /* the root's */
    for (;;) {
        message->steps++;
        struct label label = read_label(in);
        if (in->ran_out)
            return DISSECT_TRUNCATED;
        if (label.kind == LABEL_ROOT || label.kind == LABEL_POINTER)
            return DISSECT_OK;
        octets += 1 + label.text.left;
        if (label.kind == LABEL_BROKEN || octets > NAME_OCTETS_LIMIT)
            return DISSECT_MALFORMED;
    }
}

/* Every pointer leads before the one that led to it, so that no chain comes back. */
static bool follow(const struct dns_message *message, size_t target, size_t *earliest,
                   struct bytes *at)
{
    if (target < HEADER_SIZE || target >= *earliest)
        return false;
    *earliest = target;
    *at = message->whole;
    bytes_skip(at, target);
    return true;
}

/* `at` goes from the name to the end of the message: its size tells where it stands. */
static bool read_name(struct dns_message *message, struct bytes at,
                      char text[DNS_NAME_SIZE])
{
    struct name_text name = { .text = text };
    size_t earliest = message->whole.left - at.left;
    size_t octets = 1;
    unsigned pointers = 0;

    for (;;) {
        message->steps++;
        struct label label = read_label(&at);
        if (at.ran_out || label.kind == LABEL_BROKEN)
            return false;
        if (label.kind == LABEL_ROOT)
            break;
        if (label.kind == LABEL_POINTER) {
            if (++pointers > POINTERS_LIMIT ||
                !follow(message, label.target, &earliest, &at))
                return false;
            continue;
        }
        octets += 1 + label.text.left;
        if (octets > NAME_OCTETS_LIMIT)
            return false;
        add_label(&name, label.text);
    }
    end_text(&name);
    return true;
}

struct record {
    struct bytes owner;   /* from the name to the end of the message */
    struct bytes data_on; /* from the data to the end of the message */
    struct bytes data;
    uint16_t type;
    uint16_t record_class;
    uint32_t ttl_s;
};

static enum dissect read_record(struct dns_message *message, struct bytes *in,
                                struct record *record)
{
    record->owner = *in;
    enum dissect outcome = pass_name(message, in);
    if (outcome != DISSECT_OK)
        return outcome;
    record->type = bytes_u16(in);
    record->record_class = bytes_u16(in) & CLASS_MASK;
    record->ttl_s = bytes_u32(in);
    uint16_t size = bytes_u16(in);
    record->data_on = *in;
    record->data = bytes_take(in, size);
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

static enum dissect read_questions(struct dns_message *message)
{
    for (uint16_t i = 0; i < message->questions; i++) {
        struct bytes name = message->rest;
        enum dissect outcome = pass_name(message, &message->rest);
        if (outcome != DISSECT_OK)
            return outcome;
        uint16_t type = bytes_u16(&message->rest);
        uint16_t query_class = bytes_u16(&message->rest) & CLASS_MASK;
        if (message->rest.ran_out)
            return DISSECT_TRUNCATED;
        if (i > 0)
            continue;
        if (!read_name(message, name, message->name))
            return DISSECT_MALFORMED;
        message->has_question = true;
        message->type = type;
        message->query_class = query_class;
    }
    return DISSECT_OK;
}

static enum dissect pass_answers(struct dns_message *message)
{
    struct bytes at = message->rest;
    struct record record;
    for (uint16_t i = 0; i < message->answers; i++) {
        enum dissect outcome = read_record(message, &at, &record);
        if (outcome != DISSECT_OK)
            return outcome;
    }
    return DISSECT_OK;
}

static void read_header(struct dns_message *message)
{
    struct bytes *in = &message->rest;
    message->id = bytes_u16(in);
    uint16_t flags = bytes_u16(in);
    message->is_response = (flags & FLAG_RESPONSE) != 0;
    message->opcode = flags >> 11 & 0x0f;
    message->is_cut = (flags & FLAG_CUT) != 0;
    message->rcode = flags & 0x0f;
    message->questions = bytes_u16(in);
    message->answers = bytes_u16(in);
    message->authorities = bytes_u16(in);
    message->additionals = bytes_u16(in);
}

enum dissect dns_read_message(struct bytes *in, struct dns_message *message)
{
    static const struct dns_message empty;
    *message = empty;
    message->whole = *in;
    message->rest = *in;
    read_header(message);
    if (message->opcode == OPCODE_UNASSIGNED || message->opcode > OPCODE_LAST) {
        *message = empty;
        return DISSECT_OTHER;
    }
    if (message->rest.ran_out)
        return DISSECT_TRUNCATED;
    enum dissect outcome = read_questions(message);
    if (outcome != DISSECT_OK)
        return outcome;
    message->answers_left = message->answers;
    outcome = pass_answers(message);
    if (outcome == DISSECT_OK)
        bytes_skip(in, in->left);
    return outcome;
}

static bool read_address(struct bytes data, uint8_t family, struct ip_address *address)
{
    size_t size = family == 4 ? 4 : 16;
    if (data.left != size)
        return false;
    address->family = family;
    for (size_t i = 0; i < size; i++)
        address->bytes[i] = bytes_u8(&data);
    return true;
}

static bool read_data(struct dns_message *message, const struct record *record,
                      struct dns_answer *answer)
{
    struct bytes data = record->data;
    switch (record->type) {
    case DNS_TYPE_A:
        return read_address(data, 4, &answer->address);
    case DNS_TYPE_AAAA:
        return read_address(data, 6, &answer->address);
    default:
        return pass_name(message, &data) == DISSECT_OK && data.left == 0 &&
               read_name(message, record->data_on, answer->target);
    }
}

static bool is_wanted(const struct record *record)
{
    return record->record_class == CLASS_IN &&
           (record->type == DNS_TYPE_A || record->type == DNS_TYPE_AAAA ||
            record->type == DNS_TYPE_CNAME);
}

bool dns_next_answer(struct dns_message *message, struct dns_answer *answer)
{
    static const struct dns_answer empty;
    struct record record;
    while (message->answers_left > 0) {
        message->answers_left--;
        if (read_record(message, &message->rest, &record) != DISSECT_OK)
            message->answers_left = 0;
        else if (is_wanted(&record)) {
            *answer = empty;
            answer->type = record.type;
            answer->ttl_s = record.ttl_s;
            if (read_name(message, record.owner, answer->name) &&
                read_data(message, &record, answer))
                return true;
            message->broken_answers++;
        }
    }
    return false;
}

enum dissect dns_take_tcp_message(struct bytes *in, struct bytes *message)
{
    struct bytes rest = *in;
    uint16_t size = bytes_u16(&rest);
    *message = bytes_of(rest.at, 0);
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    if (size < HEADER_SIZE)
        return DISSECT_MALFORMED;
    bool is_whole = rest.left >= size;
    *message = bytes_take_at_most(&rest, size);
    if (!is_whole)
        return DISSECT_TRUNCATED;
    *in = rest;
    return DISSECT_OK;
}
