/* socks.c - RFC 1928 sections 3 to 6, RFC 1929 section 2, socks4(a).protocol. */
#include "dissectors/socks.h"

enum {
    VERSION_4 = 4,
    VERSION_5 = 5,
    REPLY_4 = 0, /* version 4 answers with a version of the reply's own */
    REPLY_4_GRANTED = 90,
    REPLY_4_LAST = 93,
    REPLY_5_GRANTED = 0,
    LOGIN_VERSION = 1,
    ADDRESS_IPV4 = 1,
    ADDRESS_NAME = 3,
    ADDRESS_IPV6 = 4,
    NAME_LIMIT = 255,
    USER_LIMIT = 512, /* no specification says; nobody sends more */
};

static bool is_name(struct bytes name)
{
    if (name.left == 0 || name.left > NAME_LIMIT)
        return false;
    while (name.left > 0) {
        uint8_t byte = bytes_u8(&name);
        if (byte <= ' ' || byte == 0x7f)
            return false;
    }
    return true;
}

static void read_address(struct bytes *in, uint8_t family, struct ip_address *address)
{
    struct bytes taken = bytes_take(in, family == 4 ? 4 : 16);
    address->family = family;
    for (size_t i = 0; taken.left > 0; i++)
        address->bytes[i] = bytes_u8(&taken);
}

/* TRUNCATED as well where `limit` is not reached yet. */
static enum dissect take_text(struct bytes *in, size_t limit, struct bytes *text)
{
    size_t size = 0;
    while (size < in->left && size <= limit && bytes_peek(*in, size) != '\0')
        size++;
    if (size > limit)
        return DISSECT_MALFORMED;
    if (size == in->left)
        return DISSECT_TRUNCATED;
    *text = bytes_take(in, size);
    bytes_skip(in, 1);
    return DISSECT_OK;
}

/* 4a: an address 0.0.0.x, x not 0, says that a name follows the user id. */
static bool says_name_follows(const struct ip_address *address)
{
    const uint8_t *bytes = address->bytes;
    return bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] != 0;
}

static enum dissect read_request_4(struct bytes *in, struct socks_request *request)
{
    struct socks_destination *destination = &request->destination;
    struct bytes user;
    destination->port = bytes_u16(in);
    read_address(in, 4, &destination->address);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    enum dissect outcome = take_text(in, USER_LIMIT, &user);
    if (outcome != DISSECT_OK || !says_name_follows(&destination->address))
        return outcome;

    request->is_4a = true;
    destination->address = (struct ip_address){ 0 };
    outcome = take_text(in, NAME_LIMIT, &destination->name);
    if (outcome == DISSECT_OK && !is_name(destination->name))
        outcome = DISSECT_MALFORMED;
    return outcome;
}

static enum dissect read_destination_5(struct bytes *in,
                                       struct socks_destination *destination)
{
    uint8_t reserved = bytes_u8(in);
    uint8_t type = bytes_u8(in);
    if (in->ran_out)
        return DISSECT_TRUNCATED;
    if (reserved != 0)
        return DISSECT_MALFORMED;

    switch (type) {
    case ADDRESS_IPV4:
        read_address(in, 4, &destination->address);
        break;
    case ADDRESS_IPV6:
        read_address(in, 6, &destination->address);
        break;
    case ADDRESS_NAME:
        destination->name = bytes_take(in, bytes_u8(in));
        /* some servers answer with an empty name */
        if (destination->name.left > 0 && !is_name(destination->name))
            return DISSECT_MALFORMED;
        break;
    default:
        return DISSECT_MALFORMED;
    }
    destination->port = bytes_u16(in);
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

enum dissect socks_read_request(struct bytes *in, struct socks_request *request)
{
    *request = (struct socks_request){ 0 };
    struct bytes rest = *in;
    uint8_t version = bytes_u8(&rest);
    if (!rest.ran_out && version != VERSION_4 && version != VERSION_5)
        return DISSECT_OTHER;
    uint8_t command = bytes_u8(&rest);
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    if (command < SOCKS_CONNECT || command > SOCKS_UDP_ASSOCIATE ||
        (version == VERSION_4 && command == SOCKS_UDP_ASSOCIATE))
        return DISSECT_OTHER;

    struct socks_request read = { .version = version };
    read.command = (enum socks_command)command;
    enum dissect outcome = version == VERSION_4
                               ? read_request_4(&rest, &read)
                               : read_destination_5(&rest, &read.destination);
    if (outcome != DISSECT_OK)
        return outcome;
    if (read.destination.address.family == 0 && read.destination.name.left == 0)
        return DISSECT_MALFORMED;
    *request = read;
    *in = rest;
    return DISSECT_OK;
}

static enum dissect read_reply_4(struct bytes *in, struct socks_reply *reply)
{
    reply->version = VERSION_4;
    reply->is_granted = reply->code == REPLY_4_GRANTED;
    reply->bound.port = bytes_u16(in);
    read_address(in, 4, &reply->bound.address);
    return in->ran_out ? DISSECT_TRUNCATED : DISSECT_OK;
}

static enum dissect read_reply_5(struct bytes *in, struct socks_reply *reply)
{
    reply->version = VERSION_5;
    reply->is_granted = reply->code == REPLY_5_GRANTED;
    return read_destination_5(in, &reply->bound);
}

enum dissect socks_read_reply(struct bytes *in, struct socks_reply *reply)
{
    *reply = (struct socks_reply){ 0 };
    struct bytes rest = *in;
    uint8_t version = bytes_u8(&rest);
    if (!rest.ran_out && version != REPLY_4 && version != VERSION_5)
        return DISSECT_OTHER;
    struct socks_reply read = { .code = bytes_u8(&rest) };
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    if (version == REPLY_4 && (read.code < REPLY_4_GRANTED || read.code > REPLY_4_LAST))
        return DISSECT_OTHER;

    enum dissect outcome =
        version == REPLY_4 ? read_reply_4(&rest, &read) : read_reply_5(&rest, &read);
    if (outcome != DISSECT_OK)
        return outcome;
    *reply = read;
    *in = rest;
    return DISSECT_OK;
}

enum dissect socks_read_greeting(struct bytes *in, struct socks_greeting *greeting)
{
    *greeting = (struct socks_greeting){ 0 };
    struct bytes rest = *in;
    uint8_t version = bytes_u8(&rest);
    if (!rest.ran_out && version != VERSION_5)
        return DISSECT_OTHER;
    uint8_t count = bytes_u8(&rest);
    struct bytes methods = bytes_take(&rest, count);
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    if (count == 0)
        return DISSECT_MALFORMED;

    greeting->methods = count;
    greeting->offers_none = bytes_contain(methods, SOCKS_METHOD_NONE);
    greeting->offers_gssapi = bytes_contain(methods, SOCKS_METHOD_GSSAPI);
    greeting->offers_login = bytes_contain(methods, SOCKS_METHOD_LOGIN);
    *in = rest;
    return DISSECT_OK;
}

enum dissect socks_read_choice(struct bytes *in, uint8_t *method)
{
    *method = SOCKS_METHOD_REFUSED;
    struct bytes rest = *in;
    uint8_t version = bytes_u8(&rest);
    if (!rest.ran_out && version != VERSION_5)
        return DISSECT_OTHER;
    uint8_t chosen = bytes_u8(&rest);
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    *method = chosen;
    *in = rest;
    return DISSECT_OK;
}

enum dissect socks_read_login(struct bytes *in)
{
    struct bytes rest = *in;
    uint8_t version = bytes_u8(&rest);
    if (!rest.ran_out && version != LOGIN_VERSION)
        return DISSECT_OTHER;
    bytes_skip(&rest, bytes_u8(&rest)); /* user name */
    bytes_skip(&rest, bytes_u8(&rest)); /* password */
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    *in = rest;
    return DISSECT_OK;
}

enum dissect socks_read_login_result(struct bytes *in, bool *is_accepted)
{
    *is_accepted = false;
    struct bytes rest = *in;
    uint8_t version = bytes_u8(&rest);
    if (!rest.ran_out && version != LOGIN_VERSION)
        return DISSECT_OTHER;
    uint8_t status = bytes_u8(&rest);
    if (rest.ran_out)
        return DISSECT_TRUNCATED;
    *is_accepted = status == 0;
    *in = rest;
    return DISSECT_OK;
}
