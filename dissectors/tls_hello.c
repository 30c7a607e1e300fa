/* tls_hello.c - RFC 8446 sections 4.1, 4.2; RFC 5246 section 7.4.1; RFC 6066, 7301. */
#include "dissectors/tls_hello.h"

#include "dissectors/address.h"
#include "dissectors/tls_window.h"

enum {
    NAME_TYPE_HOST = 0,
    SESSION_ID_MAX = 32,
    SSLV2_CHALLENGE_MIN = 16,
    SSLV2_SUITE_SIZE = 3,
};

bool tls_next_extension(struct bytes *extensions, struct tls_extension *extension)
{
    if (extensions->left == 0)
        return false;
    extension->kind = bytes_u16(extensions);
    extension->content = bytes_take(extensions, bytes_u16(extensions));
    return !extensions->ran_out;
}

bool tls_next_protocol(struct bytes *alpn, struct bytes *name)
{
    if (alpn->left == 0)
        return false;
    *name = bytes_take(alpn, bytes_u8(alpn));
    return !alpn->ran_out;
}

/* The content is one vector and nothing else, of items of `item_size`. */
static bool read_list(struct bytes content, size_t length_size, size_t item_size,
                      struct bytes *list)
{
    size_t size = length_size == 1 ? bytes_u8(&content) : bytes_u16(&content);
    struct bytes items = bytes_take(&content, size);

    if (content.ran_out || content.left > 0 || items.left % item_size != 0)
        return false;
    *list = items;
    return true;
}

static bool is_address_literal(struct bytes name)
{
    char text[ADDRESS_TEXT_SIZE];
    struct ip_address address;

    return bytes_copy_text(name, text, sizeof text) && address_read(text, &address);
}

/* Only the first host name counts: RFC 6066 allows one of each type. */
static bool read_server_name(struct bytes content, struct tls_client_hello *hello)
{
    struct bytes list, host = { .left = 0 };

    hello->has_server_name = true;
    if (!read_list(content, 2, 1, &list))
        return false;
    while (list.left > 0) {
        uint8_t type = bytes_u8(&list);
        struct bytes name = bytes_take(&list, bytes_u16(&list));
        if (list.ran_out || name.left == 0)
            return false;
        if (type == NAME_TYPE_HOST && host.left == 0)
            host = name;
    }
    if (host.left == 0 || bytes_contain(host, '\0'))
        return false;
    hello->server_name = host;
    hello->server_name_is_address = is_address_literal(host);
    return true;
}

static bool read_alpn(struct bytes content, struct bytes *alpn, struct bytes *first)
{
    struct bytes list, name;

    if (!read_list(content, 2, 1, &list) || list.left == 0)
        return false;
    for (struct bytes rest = list; rest.left > 0;)
        if (!tls_next_protocol(&rest, &name) || name.left == 0)
            return false;
    *alpn = list;
    tls_next_protocol(&list, first);
    return true;
}

/* A client repeats GREASE and old versions; one true 1.3 among them is what counts. */
static bool offers_tls13(struct bytes versions)
{
    while (versions.left > 0)
        if (tls_version_of(bytes_u16(&versions)) == TLS_13)
            return true;
    return false;
}

static bool read_client_extension(const struct tls_extension *extension,
                                  struct tls_client_hello *hello)
{
    struct bytes content = extension->content;

    switch (extension->kind) {
    case TLS_EXTENSION_SERVER_NAME:
        return read_server_name(content, hello);
    case TLS_EXTENSION_ALPN:
        return read_alpn(content, &hello->alpn, &hello->alpn_first);
    case TLS_EXTENSION_SUPPORTED_GROUPS:
        return read_list(content, 2, 2, &hello->supported_groups);
    case TLS_EXTENSION_POINT_FORMATS:
        return read_list(content, 1, 1, &hello->point_formats);
    case TLS_EXTENSION_SIGNATURE_ALGORITHMS:
        return read_list(content, 2, 2, &hello->signature_algorithms);
    case TLS_EXTENSION_KEY_SHARE:
        return read_list(content, 2, 1, &hello->key_shares);
    case TLS_EXTENSION_SUPPORTED_VERSIONS:
        if (!read_list(content, 1, 2, &hello->supported_versions))
            return false;
        hello->offers_tls13 = offers_tls13(hello->supported_versions);
        return true;
    case TLS_EXTENSION_SESSION_TICKET:
        hello->offers_ticket = content.left > 0;
        return true;
    case TLS_EXTENSION_PRE_SHARED_KEY:
        hello->offers_psk = true;
        return true;
    case TLS_EXTENSION_EARLY_DATA:
        hello->offers_early_data = true;
        return true;
    case TLS_EXTENSION_ENCRYPTED_HELLO:
        hello->has_encrypted_hello = true;
        return true;
    default:
        return true;
    }
}

/*
 * The list ends the body of either hello, and may be absent in those before TLS 1.3. What
 * the list's window holds of an extension that is cut is left to nobody.
 */
static enum dissect open_extensions(struct tls_window *body, struct tls_window *list)
{
    *list = (struct tls_window){ .in = bytes_of(body->in.at, 0) };
    if (body->in.ran_out || (body->in.left == 0 && body->missing == 0))
        return tls_window_outcome(body);
    *list = tls_window_vector16(body);
    if (!body->in.ran_out && (body->in.left > 0 || body->missing > 0))
        return DISSECT_MALFORMED;
    return tls_window_outcome(body);
}

/* A list that is all there and still runs out has lengths that lie. */
static enum dissect close_extensions(const struct tls_window *list, enum dissect so_far)
{
    if (so_far == DISSECT_OK && list->in.ran_out)
        return DISSECT_MALFORMED;
    return so_far;
}

static enum dissect read_client_extensions(struct tls_window *body,
                                           struct tls_client_hello *hello)
{
    struct tls_window list;
    struct tls_extension extension;
    enum dissect outcome = open_extensions(body, &list);

    hello->extensions = list.in;
    bool is_honest = true;
    while (tls_next_extension(&list.in, &extension))
        is_honest = read_client_extension(&extension, hello) && is_honest;
    outcome = close_extensions(&list, outcome);
    hello->is_whole = outcome == DISSECT_OK;
    return is_honest ? outcome : DISSECT_MALFORMED;
}

enum dissect tls_read_client_hello(const struct tls_message *message,
                                   struct tls_client_hello *hello)
{
    struct tls_window body = { message->body, message->missing };

    *hello = (struct tls_client_hello){ .is_whole = false };
    if (message->type != TLS_CLIENT_HELLO)
        return DISSECT_OTHER;
    hello->legacy_version = bytes_u16(&body.in);
    hello->random = tls_window_whole(tls_window_take(&body, TLS_RANDOM_SIZE));
    hello->session_id = tls_window_whole(tls_window_vector8(&body));
    hello->cipher_suites = tls_window_whole(tls_window_vector16(&body));
    hello->compression = tls_window_whole(tls_window_vector8(&body));
    if (hello->session_id.left > SESSION_ID_MAX)
        return DISSECT_MALFORMED;
    if (hello->cipher_suites.left % 2 != 0)
        return DISSECT_MALFORMED;
    return read_client_extensions(&body, hello);
}

static bool read_server_extension(const struct tls_extension *extension,
                                  struct tls_server_hello *hello)
{
    struct bytes content = extension->content, list;

    switch (extension->kind) {
    case TLS_EXTENSION_ALPN:
        return read_alpn(content, &list, &hello->alpn);
    case TLS_EXTENSION_SUPPORTED_VERSIONS:
        hello->selected_version = bytes_u16(&content);
        return !content.ran_out && content.left == 0;
    case TLS_EXTENSION_KEY_SHARE:
        hello->group = bytes_u16(&content);
        return !content.ran_out;
    case TLS_EXTENSION_PRE_SHARED_KEY:
        hello->has_psk = true;
        return true;
    case TLS_EXTENSION_SESSION_TICKET:
        hello->has_ticket = true;
        return true;
    default:
        return true;
    }
}

static enum dissect read_server_extensions(struct tls_window *body,
                                           struct tls_server_hello *hello)
{
    struct tls_window list;
    struct tls_extension extension;
    enum dissect outcome = open_extensions(body, &list);

    hello->extensions = list.in;
    bool is_honest = true;
    while (tls_next_extension(&list.in, &extension))
        is_honest = read_server_extension(&extension, hello) && is_honest;
    outcome = close_extensions(&list, outcome);
    hello->is_whole = outcome == DISSECT_OK;
    return is_honest ? outcome : DISSECT_MALFORMED;
}

/* RFC 8446 section 4.1.3: two randoms, whole or at the end, that are none. */
static void read_server_random(struct tls_server_hello *hello)
{
    static const uint8_t retry[TLS_RANDOM_SIZE] = {
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
        0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
        0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    };
    static const uint8_t sentinel[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };
    struct bytes end = hello->random;

    hello->is_retry_request = bytes_equal(end, retry, sizeof retry);
    bytes_skip(&end, TLS_RANDOM_SIZE - sizeof sentinel - 1);
    hello->is_downgraded =
        bytes_start_with(end, sentinel, sizeof sentinel) && bytes_peek(end, 7) <= 1;
}

enum dissect tls_read_server_hello(const struct tls_message *message,
                                   struct tls_server_hello *hello)
{
    struct tls_window body = { message->body, message->missing };

    *hello = (struct tls_server_hello){ .is_whole = false };
    if (message->type != TLS_SERVER_HELLO)
        return DISSECT_OTHER;
    hello->legacy_version = bytes_u16(&body.in);
    hello->random = tls_window_whole(tls_window_take(&body, TLS_RANDOM_SIZE));
    read_server_random(hello);
    /* Drafts before 22 tell the version here and have neither id nor compression. */
    bool is_early_draft = hello->legacy_version >> 8 == 0x7f;
    if (!is_early_draft)
        hello->session_id = tls_window_whole(tls_window_vector8(&body));
    hello->cipher_suite = bytes_u16(&body.in);
    if (!is_early_draft)
        bytes_skip(&body.in, 1); /* compression */
    if (hello->session_id.left > SESSION_ID_MAX)
        return DISSECT_MALFORMED;
    return read_server_extensions(&body, hello);
}

enum dissect tls_read_encrypted_extensions(const struct tls_message *message,
                                           struct tls_server_hello *hello)
{
    struct tls_window body = { message->body, message->missing };

    *hello = (struct tls_server_hello){ .is_whole = false };
    if (message->type != TLS_ENCRYPTED_EXTENSIONS)
        return DISSECT_OTHER;
    return read_server_extensions(&body, hello);
}

/* A ServerHello whose extensions are cut may still turn out to be TLS 1.3. */
enum tls_version tls_negotiated(const struct tls_server_hello *hello)
{
    if (hello->selected_version != 0)
        return tls_version_of(hello->selected_version);
    enum tls_version version = tls_version_of(hello->legacy_version);
    return version == TLS_12 && !hello->is_whole ? TLS_UNKNOWN : version;
}

enum dissect tls_read_sslv2_hello(struct bytes *in, struct tls_client_hello *hello)
{
    struct bytes at = *in;
    uint8_t high = bytes_peek(at, 0);

    *hello = (struct tls_client_hello){ .is_whole = false };
    if ((at.left > 0 && high < 0x80) || (at.left > 2 && bytes_peek(at, 2) != 1) ||
        (at.left > 3 && bytes_peek(at, 3) != 3))
        return DISSECT_OTHER;
    struct bytes body = bytes_take(&at, bytes_u16(&at) & 0x7fff);
    if (at.ran_out)
        return DISSECT_TRUNCATED;

    bytes_skip(&body, 1); /* type */
    uint16_t version = bytes_u16(&body);
    uint16_t suites_size = bytes_u16(&body);
    uint16_t session_id_size = bytes_u16(&body);
    uint16_t challenge_size = bytes_u16(&body);
    bytes_skip(&body, suites_size);
    bytes_skip(&body, session_id_size);
    struct bytes challenge = bytes_take(&body, challenge_size);
    if (body.ran_out || body.left > 0 || suites_size % SSLV2_SUITE_SIZE != 0 ||
        challenge_size < SSLV2_CHALLENGE_MIN || challenge_size > TLS_RANDOM_SIZE)
        return DISSECT_MALFORMED;
    hello->is_sslv2 = true;
    hello->legacy_version = version;
    hello->random = challenge;
    *in = at;
    return DISSECT_OK;
}
