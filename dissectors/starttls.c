/* starttls.c - RFC 3207, 9051, 2595, 4217, 4642, 6120, 4511; see starttls.h. */
#include "dissectors/starttls.h"

#include "dissectors/der.h"
#include "dissectors/text.h"

enum {
    TAG_EXTENDED_REQUEST = 0x77, /* [APPLICATION 23] */
    TAG_REQUEST_NAME = 0x80,
    LDAP_BEGINNING_SIZE = 13, /* the longest that begins_as_ldap looks at */
    TPKT_VERSION = 3,
    X224_CONNECTION_REQUEST = 0xe0,
    MYSQL_PROTOCOL = 10,
    MYSQL_SSL_FLAG = 0x0800,
};

static const uint8_t postgresql_request[] = { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f };

static enum dissect matches(struct bytes in, const void *wanted, size_t size)
{
    struct bytes start = bytes_take_at_most(&in, size);
    if (!bytes_equal(start, wanted, start.left))
        return DISSECT_OTHER;
    return start.left == size ? DISSECT_OK : DISSECT_TRUNCATED;
}

/* The first words of those that begin with a line or a tag. */
static enum dissect begins_with_word(struct bytes in, bool from_client,
                                     enum starttls *protocol)
{
    static const struct {
        bool from_client;
        const char *word;
        enum starttls protocol;
    } words[] = {
        { false, "220 ", STARTTLS_SMTP },       { false, "220-", STARTTLS_SMTP },
        { false, "* OK", STARTTLS_IMAP },       { false, "* PREAUTH", STARTTLS_IMAP },
        { false, "+OK", STARTTLS_POP3 },        { false, "200 ", STARTTLS_NNTP },
        { false, "201 ", STARTTLS_NNTP },       { false, "<?xml ", STARTTLS_XMPP },
        { false, "<stream:", STARTTLS_XMPP },   { true, "<?xml ", STARTTLS_XMPP },
        { true, "<stream:", STARTTLS_XMPP },    { true, "EHLO ", STARTTLS_SMTP },
        { true, "HELO ", STARTTLS_SMTP },       { true, "LHLO ", STARTTLS_SMTP },
        { true, "STLS\r\n", STARTTLS_POP3 },    { true, "CAPA\r\n", STARTTLS_POP3 },
        { true, "AUTH TLS\r\n", STARTTLS_FTP }, { true, "AUTH SSL\r\n", STARTTLS_FTP },
    };
    enum dissect best = DISSECT_OTHER;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].from_client != from_client)
            continue;
        enum dissect outcome = matches(in, words[i].word, strlen(words[i].word));
        if (outcome == DISSECT_OK)
            *protocol = words[i].protocol;
        if (outcome != DISSECT_OTHER)
            best = outcome;
        if (outcome == DISSECT_OK)
            break;
    }
    return best;
}

/* SEQUENCE { INTEGER, [APPLICATION n] ... }; what is there of it. */
static enum dissect begins_as_ldap(struct bytes in)
{
    bool is_short = in.left < LDAP_BEGINNING_SIZE;
    if (bytes_u8(&in) != DER_SEQUENCE)
        return in.ran_out ? DISSECT_TRUNCATED : DISSECT_OTHER;
    size_t size = der_length(&in);
    uint8_t kind = bytes_u8(&in);
    struct bytes number = bytes_take(&in, bytes_u8(&in));
    uint8_t operation = bytes_u8(&in);
    if (in.ran_out)
        return is_short ? DISSECT_TRUNCATED : DISSECT_OTHER;
    bool is_ldap = kind == DER_INTEGER && number.left >= 1 && number.left <= 4 &&
                   size > number.left + 2 && operation >> 6 == 1;
    return is_ldap ? DISSECT_OK : DISSECT_OTHER;
}

static enum dissect begins_as_rdp(struct bytes in)
{
    bool is_other = (in.left > 0 && bytes_peek(in, 0) != TPKT_VERSION) ||
                    bytes_peek(in, 1) != 0 ||
                    (in.left > 5 && bytes_peek(in, 5) != X224_CONNECTION_REQUEST);
    if (is_other)
        return DISSECT_OTHER;
    return in.left > 5 ? DISSECT_OK : DISSECT_TRUNCATED;
}

static enum dissect begins_as_mysql(struct bytes in)
{
    static const uint8_t first[] = { 0, 0, 0, MYSQL_PROTOCOL };
    bytes_skip(&in, in.left > 0); /* the length, which is below 256, and message 0 */
    return matches(in, first, sizeof first);
}

enum dissect starttls_begins(struct bytes in, bool from_client, enum starttls *protocol)
{
    const struct {
        enum starttls protocol;
        enum dissect outcome;
    } binary[] = {
        { STARTTLS_LDAP, from_client ? begins_as_ldap(in) : DISSECT_OTHER },
        { STARTTLS_RDP, from_client ? begins_as_rdp(in) : DISSECT_OTHER },
        { STARTTLS_MYSQL, from_client ? DISSECT_OTHER : begins_as_mysql(in) },
        { STARTTLS_POSTGRESQL,
          from_client ? matches(in, postgresql_request, sizeof postgresql_request)
                      : DISSECT_OTHER },
    };
    *protocol = STARTTLS_NONE;
    enum dissect outcome = begins_with_word(in, from_client, protocol);
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        if (binary[i].outcome == DISSECT_OK)
            *protocol = binary[i].protocol;
        if (binary[i].outcome == DISSECT_OK ||
            (binary[i].outcome == DISSECT_TRUNCATED && outcome == DISSECT_OTHER))
            outcome = binary[i].outcome;
    }
    return outcome;
}

/* Up to `last` and with it. */
static enum dissect take_to(struct bytes *in, const char *last, struct bytes *unit)
{
    struct bytes at = *in;
    *unit = text_take_until(&at, last);
    if (at.left == 0)
        return unit->left > STARTTLS_UNIT_MOST ? DISSECT_MALFORMED : DISSECT_TRUNCATED;
    bytes_skip(&at, 1);
    *in = at;
    return DISSECT_OK;
}

static void see_line(struct bytes line, bool from_client, enum starttls *protocol,
                     struct starttls_unit *unit)
{
    if (line.left > 0 && bytes_peek(line, line.left - 1) == '\r')
        line = bytes_take_at_most(&line, line.left - 1);
    line = text_trimmed(line);
    if (!from_client) {
        /* The answer to AUTH: SMTP has no such code (RFC 4217 section 12). */
        if (*protocol == STARTTLS_SMTP && bytes_start_with(line, "234", 3))
            *protocol = STARTTLS_FTP;
        return;
    }
    if (*protocol == STARTTLS_IMAP) {
        text_take_until(&line, " "); /* the command's tag */
        line = text_trimmed(line);
    }
    bool is_ftp = text_equals(line, "auth tls") || text_equals(line, "auth ssl") ||
                  text_equals(line, "auth tls-c") || text_equals(line, "auth tls-p");
    if (is_ftp && *protocol == STARTTLS_SMTP)
        *protocol = STARTTLS_FTP;
    unit->asks = *protocol == STARTTLS_FTP    ? is_ftp
                 : *protocol == STARTTLS_POP3 ? text_equals(line, "stls")
                                              : text_equals(line, "starttls");
}

static enum dissect read_line(struct bytes *in, bool from_client, enum starttls *protocol,
                              struct starttls_unit *unit)
{
    struct bytes line;
    enum dissect outcome = take_to(in, "\n", &line);
    if (outcome == DISSECT_OK)
        see_line(line, from_client, protocol, unit);
    return outcome;
}

/* One tag, and the text before it. */
static enum dissect read_tag(struct bytes *in, bool from_client,
                             struct starttls_unit *unit)
{
    struct bytes tag;
    enum dissect outcome = take_to(in, ">", &tag);
    if (outcome != DISSECT_OK)
        return outcome;
    text_take_until(&tag, "<");
    struct bytes name = tag;
    bytes_skip(&name, name.left > 0);
    name = text_take_until(&name, " \t\r\n/>");
    unit->asks = from_client && bytes_equal(name, "starttls", 8);
    return DISSECT_OK;
}

/* A message of `size` bytes. */
static enum dissect take_message(struct bytes *in, size_t size, struct bytes *message)
{
    if (size > STARTTLS_UNIT_MOST)
        return DISSECT_MALFORMED;
    if (size > in->left)
        return DISSECT_TRUNCATED;
    *message = bytes_take(in, size);
    return DISSECT_OK;
}

static enum dissect read_ldap(struct bytes *in, bool from_client,
                              struct starttls_unit *unit)
{
    static const char start_tls[] = "1.3.6.1.4.1.1466.20037";
    struct bytes at = *in, message;

    if (in->left > 0 && bytes_peek(*in, 0) != DER_SEQUENCE)
        return DISSECT_MALFORMED;
    bytes_skip(&at, 1);
    bool has_length = at.left > 0 && at.left > (bytes_peek(at, 0) & 0x7fU);
    size_t size = der_length(&at);
    if (at.ran_out)
        return has_length ? DISSECT_MALFORMED : DISSECT_TRUNCATED;
    enum dissect outcome = take_message(in, in->left - at.left + size, &message);
    if (outcome != DISSECT_OK)
        return outcome;
    struct bytes content = der_expect(&message, DER_SEQUENCE);
    der_expect(&content, DER_INTEGER);
    struct bytes request = der_expect(&content, TAG_EXTENDED_REQUEST);
    struct bytes name = der_expect(&request, TAG_REQUEST_NAME);
    unit->asks = from_client && bytes_equal(name, start_tls, sizeof start_tls - 1);
    return DISSECT_OK;
}

static enum dissect read_mysql(struct bytes *in, bool from_client,
                               struct starttls_unit *unit)
{
    struct bytes at = *in, message;
    size_t size = bytes_u16le(&at) | (size_t)bytes_u8(&at) << 16;

    bytes_skip(&at, 1); /* number of the message */
    if (at.ran_out)
        return DISSECT_TRUNCATED;
    enum dissect outcome = take_message(in, 4 + size, &message);
    if (outcome == DISSECT_OK)
        bytes_skip(&message, 4);
    if (outcome == DISSECT_OK)
        unit->asks = from_client && (bytes_u16le(&message) & MYSQL_SSL_FLAG) != 0;
    return outcome;
}

static enum dissect read_rdp(struct bytes *in, bool from_client,
                             struct starttls_unit *unit)
{
    struct bytes at = *in, message;
    uint16_t version = bytes_u16(&at), size = bytes_u16(&at);

    if (at.ran_out)
        return DISSECT_TRUNCATED;
    if (version != TPKT_VERSION << 8 || size < 4)
        return DISSECT_MALFORMED;
    unit->asks = from_client;
    return take_message(in, size, &message);
}

static enum dissect read_postgresql(struct bytes *in, bool from_client,
                                    struct starttls_unit *unit)
{
    struct bytes message;
    if (!from_client)
        return in->left == 0               ? DISSECT_TRUNCATED
               : bytes_peek(*in, 0) == 'S' ? take_message(in, 1, &message)
                                           : DISSECT_MALFORMED;
    enum dissect outcome = matches(*in, postgresql_request, sizeof postgresql_request);
    if (outcome == DISSECT_OK)
        bytes_skip(in, sizeof postgresql_request);
    unit->asks = outcome == DISSECT_OK;
    return outcome == DISSECT_OTHER ? DISSECT_MALFORMED : outcome;
}

enum dissect starttls_read(struct bytes *in, bool from_client, enum starttls *protocol,
                           struct starttls_unit *unit)
{
    *unit = (struct starttls_unit){ .asks = false };
    switch (*protocol) {
    case STARTTLS_SMTP:
    case STARTTLS_FTP:
    case STARTTLS_IMAP:
    case STARTTLS_POP3:
    case STARTTLS_NNTP:
        return read_line(in, from_client, protocol, unit);
    case STARTTLS_XMPP:
        return read_tag(in, from_client, unit);
    case STARTTLS_LDAP:
        return read_ldap(in, from_client, unit);
    case STARTTLS_POSTGRESQL:
        return read_postgresql(in, from_client, unit);
    case STARTTLS_MYSQL:
        return read_mysql(in, from_client, unit);
    case STARTTLS_RDP:
        return read_rdp(in, from_client, unit);
    case STARTTLS_NONE:
        break;
    }
    return DISSECT_MALFORMED;
}

const char *starttls_text(enum starttls protocol)
{
    static const char *const texts[] = { NULL,         "smtp",  "ftp",  "imap",
                                         "pop3",       "nntp",  "xmpp", "ldap",
                                         "postgresql", "mysql", "rdp" };
    return texts[protocol];
}
