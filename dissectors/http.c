/* http.c - RFC 9112 sections 2 to 7, RFC 9110 sections 5 to 11, RFC 3986 section 3.2. */
#include "dissectors/http.h"

#include "dissectors/text.h"

enum {
    METHOD_LIMIT = 32,
    SCHEME_LIMIT = 32,
    HOST_LIMIT = 255,
    EMPTY_LINES_LIMIT = 8, /* bytes of CR and LF before a start line */
    PORT_LIMIT = 65535,
};

/* Path parameters go with the query: session identifiers live in both. */
static const char path_ends[] = "?#;";

/* Every method in use is in capitals (RPC_IN_DATA, M-SEARCH); lower case is chatter. */
static bool is_method_byte(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
}

static bool is_token_byte(uint8_t byte)
{
    return text_is_letter(byte) || text_is_digit(byte) ||
           text_is_one_of(byte, "!#$%&'*+-.^_`|~");
}

static bool is_scheme_byte(uint8_t byte)
{
    return text_is_letter(byte) || text_is_digit(byte) || text_is_one_of(byte, "+-.");
}

static bool is_host_byte(uint8_t byte)
{
    return text_is_letter(byte) || text_is_digit(byte) || text_is_one_of(byte, "-._~%");
}

static bool is_ipv6_byte(uint8_t byte)
{
    return text_is_digit(byte) || (text_lower(byte) >= 'a' && text_lower(byte) <= 'f') ||
           byte == ':' || byte == '.';
}

/* The next line without CR LF or LF; false, and what there is of it, where it is cut. */
static bool next_line(struct bytes *in, struct bytes *line)
{
    size_t size = 0;
    while (size < in->left && bytes_peek(*in, size) != '\n')
        size++;
    bool is_whole = size < in->left;
    *line = bytes_take(in, size);
    if (is_whole)
        bytes_skip(in, 1);
    if (line->left > 0 && bytes_peek(*line, line->left - 1) == '\r')
        *line = bytes_take_at_most(line, line->left - 1);
    return is_whole;
}

/* The next element of a comma-separated list, RFC 9110 section 5.6.1. */
static bool next_element(struct bytes *list, struct bytes *element)
{
    while (list->left > 0) {
        *element = text_trimmed(text_take_until(list, ","));
        bytes_take_at_most(list, 1);
        if (element->left > 0)
            return true;
    }
    return false;
}

static bool read_port(struct bytes digits, struct http_authority *parts)
{
    if (digits.left == 0)
        return true; /* "host:" is the same as "host" */
    int64_t port = text_decimal(digits);
    if (port < 0 || port > PORT_LIMIT)
        return false;
    parts->has_port = true;
    parts->port = (uint16_t)port;
    return true;
}

static bool read_bracketed_host(struct bytes *in, struct http_authority *parts)
{
    bytes_skip(in, 1);
    parts->is_ipv6 = true;
    parts->host = text_take_while(in, is_ipv6_byte);
    if (bytes_peek(*in, 0) == '%')
        text_take_while(in, is_host_byte);
    return bytes_u8(in) == ']' && bytes_contain(parts->host, ':');
}

bool http_split_authority(struct bytes authority, struct http_authority *parts)
{
    *parts = (struct http_authority){ 0 };
    if (bytes_peek(authority, 0) != '[')
        parts->host = text_take_while(&authority, is_host_byte);
    else if (!read_bracketed_host(&authority, parts))
        return false;
    if (parts->host.left == 0 || parts->host.left > HOST_LIMIT)
        return false;
    if (authority.left > 0 && bytes_u8(&authority) != ':')
        return false;
    return read_port(authority, parts);
}

struct bytes http_host(const struct http_head *head)
{
    return head->authority.left > 0 ? head->authority : head->host;
}

static bool ends_with(struct bytes in, const char *end)
{
    size_t size = strlen(end);
    if (in.left < size)
        return false;
    bytes_skip(&in, in.left - size);
    return text_equals(in, end);
}

bool http_is_pac(const struct http_head *head)
{
    static const char type[] = "application/x-ns-proxy-autoconfig";
    if (!head->is_request)
        return text_starts_with(head->content_type, type);
    return bytes_equal(head->method, "GET", 3) &&
           (ends_with(head->target, "/wpad.dat") || ends_with(head->target, ".pac"));
}

static size_t userinfo_size(struct bytes authority)
{
    size_t size = authority.left;
    while (size > 0 && bytes_peek(authority, size - 1) != '@')
        size--;
    return size;
}

/* False where what is left without user name and password is no authority: it may then be
   a password with a '/' in it, and is not handed out. */
static bool read_authority(struct bytes in, struct bytes *authority)
{
    struct http_authority parts;
    bytes_skip(&in, userinfo_size(in));
    if (!http_split_authority(in, &parts))
        return false;
    *authority = in;
    return true;
}

static void read_absolute_target(struct bytes target, struct http_head *head)
{
    struct bytes scheme = text_take_while(&target, is_scheme_byte);
    if (scheme.left == 0 || scheme.left > SCHEME_LIMIT ||
        !bytes_start_with(target, "://", 3))
        return;
    bytes_skip(&target, 3);
    head->is_absolute_form = true;
    head->scheme = scheme;

    struct bytes rest = target;
    struct bytes authority = text_take_until(&rest, "/?#");
    if (!read_authority(authority, &head->authority))
        return;
    bytes_skip(&target, userinfo_size(authority));
    head->target = text_take_until(&target, path_ends);
}

/* RFC 9112 section 3.2: the four forms. */
static void read_target(struct bytes target, struct http_head *head)
{
    if (bytes_equal(head->method, "CONNECT", 7)) {
        if (read_authority(target, &head->authority))
            head->target = head->authority;
    } else if (bytes_peek(target, 0) == '/' || bytes_equal(target, "*", 1)) {
        head->target = text_take_until(&target, path_ends);
    } else {
        read_absolute_target(target, head);
    }
}

/* Where a line ends too early it is another protocol's, unless the capture ends there. */
static enum dissect ended(bool is_whole)
{
    return is_whole ? DISSECT_OTHER : DISSECT_TRUNCATED;
}

static enum dissect read_version(struct bytes *line, bool is_whole,
                                 struct http_head *head)
{
    static const char name[] = "HTTP/1.";
    for (const char *expected = name; *expected != '\0'; expected++) {
        if (line->left == 0)
            return ended(is_whole);
        if (bytes_u8(line) != (uint8_t)*expected)
            return DISSECT_OTHER;
    }
    if (line->left == 0)
        return ended(is_whole);
    uint8_t minor = bytes_u8(line);
    if (!text_is_digit(minor))
        return DISSECT_OTHER;
    head->minor_version = (uint8_t)(minor - '0');
    return DISSECT_OK;
}

/* Looks at no more than a method's length: most streams are no HTTP, and long. */
static bool begins_like_http(struct bytes in)
{
    struct bytes first = bytes_take_at_most(&in, METHOD_LIMIT + 1);
    struct bytes method = text_take_while(&first, is_method_byte);
    if (first.left == 0)
        return method.left <= METHOD_LIMIT;
    if (bytes_equal(method, "HTTP", 4))
        return bytes_peek(first, 0) == '/';
    return method.left > 0 && bytes_peek(first, 0) == ' ';
}

static enum dissect read_request_line(struct bytes line, bool is_whole,
                                      struct http_head *head)
{
    struct bytes method = text_take_while(&line, is_method_byte);
    text_take_while(&line, text_is_blank);
    if (line.left == 0)
        return ended(is_whole);
    if (text_is_control(bytes_peek(line, 0)))
        return DISSECT_OTHER;

    head->is_request = true;
    head->method = method;
    struct bytes target = text_take_until(&line, " \t");
    if (text_has_control(target))
        return DISSECT_MALFORMED;
    if (line.left == 0)
        return ended(is_whole);
    read_target(target, head);

    text_take_while(&line, text_is_blank);
    enum dissect outcome = read_version(&line, is_whole, head);
    if (outcome == DISSECT_OK && text_trimmed(line).left > 0)
        outcome = DISSECT_MALFORMED;
    return outcome;
}

static enum dissect read_status_line(struct bytes line, bool is_whole,
                                     struct http_head *head)
{
    enum dissect outcome = read_version(&line, is_whole, head);
    if (outcome != DISSECT_OK)
        return outcome;
    text_take_while(&line, text_is_blank);
    if (line.left < 3 && !is_whole)
        return DISSECT_TRUNCATED;
    int64_t status = text_decimal(bytes_take(&line, 3));
    if (status < 100 || (line.left > 0 && !text_is_blank(bytes_peek(line, 0))))
        return DISSECT_MALFORMED;
    head->status = (uint16_t)status;
    return text_has_control(line) ? DISSECT_MALFORMED : DISSECT_OK;
}

static enum dissect read_start_line(struct bytes *in, struct http_head *head)
{
    if (!begins_like_http(*in))
        return DISSECT_OTHER;
    struct bytes line;
    bool is_whole = next_line(in, &line);
    enum dissect outcome = bytes_start_with(line, "HTTP", 4)
                               ? read_status_line(line, is_whole, head)
                               : read_request_line(line, is_whole, head);
    if (outcome != DISSECT_OK)
        return outcome;
    head->has_start_line = is_whole;
    head->connection_close = head->minor_version == 0;
    return is_whole ? DISSECT_OK : DISSECT_TRUNCATED;
}

static void keep_first(struct bytes *kept, struct bytes value)
{
    if (kept->left == 0)
        *kept = value;
}

static void see_challenge(struct bytes *kept, struct bytes value)
{
    struct bytes scheme = text_take_while(&value, is_token_byte);
    if (value.left == 0 || text_is_blank(bytes_peek(value, 0)) ||
        bytes_peek(value, 0) == ',')
        keep_first(kept, scheme);
}

static void see_credentials(struct bytes *kept, struct bytes value)
{
    static const char *const registered[] = {
        "basic",    "bearer",      "digest",        "dpop", "hoba",
        "kerberos", "mutual",      "negotiate",     "ntlm", "oauth",
        "vapid",    "scram-sha-1", "scram-sha-256",
    };
    struct bytes scheme = text_take_until(&value, " \t");
    if (value.left == 0)
        return;
    for (size_t i = 0; i < sizeof registered / sizeof registered[0]; i++) {
        if (text_equals(scheme, registered[i]))
            keep_first(kept, scheme);
    }
}

static void see_connection(struct http_head *head, struct bytes value)
{
    struct bytes option;
    while (next_element(&value, &option)) {
        if (text_equals(option, "close"))
            head->connection_close = true;
        else if (text_equals(option, "keep-alive") && head->minor_version == 0)
            head->connection_close = false;
    }
}

static void see_transfer_coding(struct http_head *head, struct bytes value)
{
    struct bytes coding;
    while (next_element(&value, &coding)) {
        head->has_transfer_coding = true;
        head->is_chunked = text_equals(coding, "chunked");
    }
}

/* RFC 9112 section 6.3: a length told twice is one length, two lengths are an attack. */
static bool see_content_length(struct http_head *head, struct bytes value)
{
    struct bytes element;
    while (next_element(&value, &element)) {
        int64_t length = text_decimal(element);
        if (length < 0 || (head->content_length >= 0 && head->content_length != length))
            return false;
        head->content_length = length;
    }
    return head->content_length >= 0;
}

/* Names beginning so are added by proxy products and by nothing else. */
static bool is_proxy_mark(struct bytes name)
{
    static const char *const prefixes[] = {
        "x-bluecoat-",
        "x-fcckv2",
        "x-squid-",
        "x-zscaler-",
    };
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (text_starts_with(name, prefixes[i]))
            return true;
    }
    return false;
}

static bool is_for_proxies(struct bytes name)
{
    static const char *const names[] = {
        "via",         "proxy-agent", "proxy-connection", "x-forwarded-for",
        "x-client-ip", "forwarded",   "x-cache",          "x-proxy-id",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (text_equals(name, names[i]))
            return true;
    }
    return is_proxy_mark(name);
}

static void note_mark(struct http_head *head, struct bytes name)
{
    if (head->mark_count < HTTP_MARKS_LIMIT && is_for_proxies(name))
        head->marks[head->mark_count++] = name;
}

/* The header that only a window keeps; NULL for any other. */
static struct bytes *plain_field(struct http_head *head, struct bytes name)
{
    const struct {
        const char *name;
        struct bytes *field;
    } plain[] = {
        { "via", &head->via },
        { "user-agent", &head->user_agent },
        { "server", &head->server },
        { "proxy-agent", &head->proxy_agent },
        { "content-type", &head->content_type },
        { "upgrade", &head->upgrade },
        { "x-cache", &head->cache },
        { "x-forwarded-for", &head->forwarded_for },
        { "x-client-ip", &head->forwarded_for },
        { "forwarded", &head->forwarded_for },
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (text_equals(name, plain[i].name))
            return plain[i].field;
    }
    return NULL;
}

static bool see_field(struct http_head *head, struct bytes name, struct bytes value)
{
    struct bytes *field = plain_field(head, name);
    note_mark(head, name);
    if (field != NULL) {
        keep_first(field, value);
    } else if (text_equals(name, "host")) {
        if (head->host.left == 0)
            read_authority(value, &head->host);
    } else if (text_equals(name, "proxy-authenticate")) {
        see_challenge(&head->proxy_authenticate, value);
    } else if (text_equals(name, "www-authenticate")) {
        see_challenge(&head->www_authenticate, value);
    } else if (text_equals(name, "proxy-authorization")) {
        head->has_proxy_authorization = true;
        see_credentials(&head->proxy_authorization, value);
    } else if (text_equals(name, "authorization")) {
        head->has_authorization = true;
        see_credentials(&head->authorization, value);
    } else if (text_equals(name, "connection") || text_equals(name, "proxy-connection")) {
        see_connection(head, value);
    } else if (text_equals(name, "transfer-encoding")) {
        see_transfer_coding(head, value);
    } else if (text_equals(name, "content-length")) {
        return see_content_length(head, value);
    } else if (is_proxy_mark(name)) {
        keep_first(&head->proxy_mark, name);
    }
    return true;
}

/* A folded line (it begins with a blank) and one without a name are passed by: no
   receiver acts on them either. */
static bool read_field_line(struct bytes line, struct http_head *head)
{
    if (text_has_control(line))
        return false;
    struct bytes name = text_take_while(&line, is_token_byte);
    if (name.left == 0 || bytes_peek(line, 0) != ':')
        return true;
    bytes_skip(&line, 1);
    return see_field(head, name, text_trimmed(line));
}

static enum dissect read_lines(struct bytes *in, struct http_head *head)
{
    for (size_t i = 0;
         i < EMPTY_LINES_LIMIT && text_is_one_of(bytes_peek(*in, 0), "\r\n"); i++)
        bytes_skip(in, 1);
    enum dissect outcome = read_start_line(in, head);
    if (outcome != DISSECT_OK)
        return outcome;

    struct bytes line;
    while (next_line(in, &line)) {
        if (line.left == 0)
            return DISSECT_OK;
        if (!read_field_line(line, head))
            return DISSECT_MALFORMED;
    }
    return DISSECT_TRUNCATED;
}

enum dissect http_read_head(struct bytes *in, struct http_head *head)
{
    static const struct http_head empty = { .content_length = -1 };
    *head = empty;
    struct bytes rest = *in;
    struct bytes lines = bytes_take_at_most(&rest, HTTP_HEAD_LIMIT);
    size_t offered = lines.left;

    enum dissect outcome = read_lines(&lines, head);
    if (outcome == DISSECT_OK)
        bytes_skip(in, offered - lines.left);
    if (outcome == DISSECT_TRUNCATED && rest.left > 0)
        outcome = DISSECT_MALFORMED;
    if (outcome == DISSECT_OTHER)
        *head = empty;
    return outcome;
}
