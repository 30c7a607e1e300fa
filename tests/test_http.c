/* test_http.c - heads, authorities and bodies of HTTP/1. */
#include "dissectors/http.h"
#include "dissectors/http_body.h"
#include "tests/test.h"

static struct http_head head;

static struct bytes text(const char *string)
{
    return bytes_of(string, strlen(string));
}

static enum dissect read_text(const char *message)
{
    struct bytes in = text(message);
    return http_read_head(&in, &head);
}

static bool is(struct bytes window, const char *expected)
{
    return bytes_equal(window, expected, strlen(expected));
}

static const char connect_request[] =
    "CONNECT outlook.office365.com:443 HTTP/1.1\r\n"
    "Host: outlook.office365.com:443\r\n"
    "Proxy-Authorization: Negotiate c2VjcmV0LXRva2Vu\r\n"
    "Authorization: s3cr3t-without-scheme\r\n"
    "Cookie: session=s3cr3t\r\n"
    "User-Agent:  Mozilla/5.0 \t\r\n"
    "Proxy-Connection: Keep-Alive\r\n"
    "\r\n";

static void a_connect_request_is_read_and_the_window_moved(void)
{
    char stream[512];
    snprintf(stream, sizeof stream, "%sTLS", connect_request);
    struct bytes in = text(stream);

    CHECK(http_read_head(&in, &head) == DISSECT_OK);
    CHECK(is(in, "TLS"));
    CHECK(head.is_request && head.has_start_line && !head.is_absolute_form);
    CHECK(head.minor_version == 1 && head.status == 0 && head.content_length == -1);
    CHECK(is(head.method, "CONNECT"));
    CHECK(is(head.target, "outlook.office365.com:443"));
    CHECK(is(http_host(&head), "outlook.office365.com:443"));
    CHECK(is(head.host, "outlook.office365.com:443"));
    CHECK(is(head.user_agent, "Mozilla/5.0"));
    CHECK(!head.connection_close && !head.is_chunked);
}

static void of_credentials_only_a_registered_scheme_is_told(void)
{
    CHECK(read_text(connect_request) == DISSECT_OK);
    CHECK(head.has_proxy_authorization && is(head.proxy_authorization, "Negotiate"));
    CHECK(head.has_authorization && head.authorization.left == 0);
    CHECK(read_text("GET / HTTP/1.1\r\nAuthorization: my secret\r\n\r\n") == DISSECT_OK);
    CHECK(head.has_authorization && head.authorization.left == 0);
    CHECK(read_text("GET / HTTP/1.1\r\nAuthorization: basic\r\n\r\n") == DISSECT_OK);
    CHECK(head.authorization.left == 0);
    CHECK(read_text("GET / HTTP/1.1\r\nAuthorization: NTLM TlRM\r\n\r\n") == DISSECT_OK);
    CHECK(is(head.authorization, "NTLM"));
}

static void a_response_tells_status_and_proxy(void)
{
    CHECK(read_text("HTTP/1.0 407 Proxy Authentication Required\r\n"
                    "Via: 1.1 gateway (squid)\r\n"
                    "via: 1.1 second\r\n"
                    "Proxy-Authenticate: NTLM TlRMTVNTUAACAAAA\r\n"
                    "Proxy-Authenticate: Basic realm=\"x\"\r\n"
                    "WWW-Authenticate: Negotiate\r\n"
                    "Server: squid/5.7\r\n"
                    "Proxy-agent: Apache/2.4\r\n"
                    "Content-Type: text/html\r\n"
                    "X-Cache: MISS from gateway\r\n"
                    "X-Forwarded-For: 198.51.100.7\r\n"
                    "X-Squid-Error: ERR_CACHE_ACCESS_DENIED 0\r\n"
                    "Upgrade: websocket\r\n"
                    "Content-Length: 3\r\n\r\nabc") == DISSECT_OK);
    CHECK(!head.is_request && head.status == 407 && head.minor_version == 0);
    CHECK(is(head.via, "1.1 gateway (squid)"));
    CHECK(is(head.proxy_authenticate, "NTLM") && is(head.www_authenticate, "Negotiate"));
    CHECK(is(head.server, "squid/5.7") && is(head.proxy_agent, "Apache/2.4"));
    CHECK(is(head.content_type, "text/html") && is(head.cache, "MISS from gateway"));
    CHECK(is(head.forwarded_for, "198.51.100.7") && is(head.upgrade, "websocket"));
    CHECK(is(head.proxy_mark, "X-Squid-Error"));
    CHECK(head.content_length == 3 && head.connection_close);
}

static void the_absolute_form_loses_user_and_query(void)
{
    CHECK(read_text("GET http://user:pa@ss@intra.example:8080/a/b?token=1 HTTP/1.1\r\n"
                    "Host: user:secret@intra.example:8080\r\n\r\n") == DISSECT_OK);
    CHECK(head.is_absolute_form && is(head.scheme, "http"));
    CHECK(is(head.target, "intra.example:8080/a/b"));
    CHECK(is(head.authority, "intra.example:8080"));
    CHECK(is(head.host, "intra.example:8080"));
    CHECK(read_text("GET ftp://u:p@[2001:db8::1]?q HTTP/1.1\r\n\r\n") == DISSECT_OK);
    CHECK(is(head.target, "[2001:db8::1]") && is(head.authority, "[2001:db8::1]"));
}

static void a_password_that_looks_like_a_path_is_not_handed_out(void)
{
    CHECK(read_text("GET http://user:pass/word@host/ HTTP/1.1\r\n\r\n") == DISSECT_OK);
    CHECK(head.is_absolute_form && head.target.left == 0 && head.authority.left == 0);
    CHECK(read_text("CONNECT user:secret@host:443 HTTP/1.1\r\n\r\n") == DISSECT_OK);
    CHECK(is(head.target, "host:443"));
    CHECK(read_text("CONNECT user:secret/@x:y HTTP/1.1\r\n\r\n") == DISSECT_OK);
    CHECK(head.target.left == 0);
}

static void queries_fragments_and_path_parameters_stay_inside(void)
{
    CHECK(read_text("GET /wpad.dat?u=me HTTP/1.1\r\n\r\n") == DISSECT_OK);
    CHECK(is(head.target, "/wpad.dat"));
    CHECK(read_text("GET /a;jsessionid=1/b HTTP/1.1\r\n\r\n") == DISSECT_OK);
    CHECK(is(head.target, "/a"));
    CHECK(read_text("GET /a#b HTTP/1.1\r\n\r\n") == DISSECT_OK && is(head.target, "/a"));
    CHECK(read_text("OPTIONS * HTTP/1.1\r\n\r\n") == DISSECT_OK && is(head.target, "*"));
    CHECK(read_text("GET junk HTTP/1.1\r\n\r\n") == DISSECT_OK && head.target.left == 0);
}

static void every_cut_is_truncated_and_hands_out_no_secret(void)
{
    size_t size = strlen(connect_request);
    for (size_t kept = 0; kept < size; kept++) {
        char *cut = malloc(kept + 1); /* of its own, so that a read past it is seen */
        memcpy(cut, connect_request, kept);
        struct bytes in = bytes_of(cut, kept);
        CHECK(http_read_head(&in, &head) == DISSECT_TRUNCATED);
        CHECK(in.left == kept);
        CHECK(head.target.left == 0 || is(head.target, "outlook.office365.com:443"));
        CHECK(head.proxy_authorization.left == 0 ||
              is(head.proxy_authorization, "Negotiate"));
        CHECK((head.target.left > 0) == (kept > 33));
        free(cut);
    }
}

static void a_cut_response_is_truncated(void)
{
    static const char response[] = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n";
    for (size_t kept = 0; kept < strlen(response); kept++) {
        struct bytes in = bytes_of(response, kept);
        CHECK(http_read_head(&in, &head) == DISSECT_TRUNCATED);
        CHECK(head.has_start_line == (kept >= 17));
        CHECK(head.status == (kept >= 12 ? 200 : 0));
    }
}

static void other_protocols_are_told_by_their_first_bytes(void)
{
    static const char *const others[] = {
        "\x16\x03\x01\x02",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "220 mail.example ESMTP\r\n",
        "EHLO client.example\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "GET /\r\n",
        "OPTIONS sip:a@b SIP/2.0\r\n",
        "CONNECT {\"user\":\"u\",\"pass\":\"p w\"}\r\n",
        "PASS two words",
        "get / http/1.1\r\n\r\n",
        "\r\n\r\n\r\n\r\n\r\n\r\n",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN",
        "G\x01",
        "G \x01",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        CHECK(read_text(others[i]) == DISSECT_OTHER);
        CHECK(head.method.left == 0 && head.target.left == 0 && !head.is_request);
    }
}

static void what_contradicts_the_syntax_is_malformed(void)
{
    static const char *const wrong[] = {
        "GET /a\x01z HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 x\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 200 O\x02K\r\n\r\n",
        "GET / HTTP/1.1\r\nServer: a\x01\r\n\r\n",
        "GET / HTTP/1.1\r\nServer: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 9999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(read_text(wrong[i]) == DISSECT_MALFORMED);
}

static void a_head_above_the_limit_is_malformed(void)
{
    size_t size = HTTP_HEAD_LIMIT + 1;
    char *long_head = malloc(size);
    memset(long_head, 'a', size);
    memcpy(long_head, "GET / HTTP/1.1\r\nX: ", 19);
    struct bytes in = bytes_of(long_head, size);
    CHECK(http_read_head(&in, &head) == DISSECT_MALFORMED);
    CHECK(is(head.target, "/"));
    in = bytes_of(long_head, size - 1);
    CHECK(http_read_head(&in, &head) == DISSECT_TRUNCATED);
    memcpy(long_head + size - 5, "\r\n\r\n", 4);
    in = bytes_of(long_head, size);
    CHECK(http_read_head(&in, &head) == DISSECT_OK && in.left == 1);
    free(long_head);
}

static void loose_senders_are_understood(void)
{
    CHECK(read_text("\r\nPOST /x HTTP/1.0\nhost:a\nCONNECTION: x, Keep-Alive\n"
                    "no colon here\n folded\nContent-Length: 5, 5\n\n") == DISSECT_OK);
    CHECK(is(head.host, "a") && !head.connection_close && head.content_length == 5);
    CHECK(read_text("RPC_IN_DATA /rpc/rpcproxy.dll HTTP/1.1\r\n\r\n") == DISSECT_OK);
    CHECK(read_text("HTTP/1.1 200\r\nConnection: close\r\n\r\n") == DISSECT_OK);
    CHECK(head.status == 200 && head.connection_close);
}

static bool splits(const char *string, const char *host, int port, bool is_ipv6)
{
    struct http_authority parts;
    return http_split_authority(text(string), &parts) && is(parts.host, host) &&
           (parts.has_port ? parts.port : -1) == port && parts.is_ipv6 == is_ipv6;
}

static void an_authority_is_taken_apart(void)
{
    CHECK(splits("outlook.office.com:443", "outlook.office.com", 443, false));
    CHECK(splits("outlook.office.com", "outlook.office.com", -1, false));
    CHECK(splits("host:", "host", -1, false));
    CHECK(splits("10.0.0.8:65535", "10.0.0.8", 65535, false));
    CHECK(splits("[2001:db8::1]:8443", "2001:db8::1", 8443, true));
    CHECK(splits("[::ffff:1.2.3.4]", "::ffff:1.2.3.4", -1, true));
    CHECK(splits("[fe80::1%25eth0]:1", "fe80::1", 1, true));
}

static void what_is_no_authority_is_refused(void)
{
    static const char *const wrong[] = {
        "",       ":443",   "host:65536", "host:4a", "2001:db8::1", "[::1",  "[]:1",
        "[ab]:1", "[::1]x", "a b",        "a/b",     "a@b",         "a:1:2", "a\x01",
    };
    struct http_authority parts;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(!http_split_authority(text(wrong[i]), &parts));
    char name[257];
    memset(name, 'a', sizeof name - 1);
    name[256] = '\0';
    CHECK(!http_split_authority(text(name), &parts));
    CHECK(http_split_authority(text(name + 1), &parts));
}

/* Whole, and in pieces of every size: the end is found at the same place. */
static bool body_ends_before(const char *response, const char *method, const char *rest)
{
    size_t size = strlen(response);
    bool is_right = true;
    for (size_t piece = 1; piece <= size; piece++) {
        struct bytes in = text(response);
        struct http_body body;
        if (http_read_head(&in, &head) != DISSECT_OK)
            return false;
        http_body_init(&body, &head, text(method));
        enum dissect outcome;
        do {
            struct bytes next = bytes_take_at_most(&in, piece);
            outcome = http_body_read(&body, &next);
            in = bytes_of(next.at, next.left + in.left);
        } while (outcome == DISSECT_TRUNCATED && in.left > 0);
        is_right = is_right && outcome == DISSECT_OK && is(in, rest);
    }
    return is_right;
}

static void a_body_is_passed_by_in_pieces_of_any_size(void)
{
    CHECK(body_ends_before("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP", "GET",
                           "HTTP"));
    CHECK(body_ends_before("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP", "GET",
                           "HTTP"));
    CHECK(body_ends_before("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n"
                           "Content-Length: 1\r\n\r\n"
                           "5\r\nhello\r\n0a;name=value\r\n0123456789\r\n1 \r\nx\r\n0\r\n"
                           "Trailer: x\r\n\r\nHTTP",
                           "GET", "HTTP"));
    CHECK(body_ends_before("POST / HTTP/1.1\r\n\r\nGET", "", "GET"));
}

static void some_responses_have_no_body(void)
{
    CHECK(body_ends_before("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx", "HEAD", "x"));
    CHECK(body_ends_before("HTTP/1.1 200 OK\r\n\r\ntls", "CONNECT", "tls"));
    CHECK(body_ends_before("HTTP/1.1 407 x\r\nContent-Length: 2\r\n\r\n..x", "CONNECT",
                           "x"));
    CHECK(body_ends_before("HTTP/1.1 100 Continue\r\n\r\nx", "POST", "x"));
    CHECK(body_ends_before("HTTP/1.1 204 x\r\nContent-Length: 5\r\n\r\nx", "GET", "x"));
    CHECK(body_ends_before("HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\nx", "",
                           "x"));
}

static enum dissect body_outcome(const char *response)
{
    struct bytes in = text(response);
    struct http_body body;
    CHECK(http_read_head(&in, &head) == DISSECT_OK);
    http_body_init(&body, &head, text("GET"));
    return http_body_read(&body, &in);
}

static void a_body_without_length_lasts_until_the_close(void)
{
    CHECK(body_outcome("HTTP/1.1 200 OK\r\n\r\nanything") == DISSECT_TRUNCATED);
    CHECK(
        body_outcome("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: gzip\r\n"
                     "\r\nanything") == DISSECT_TRUNCATED);
}

static void a_lying_chunk_size_is_malformed(void)
{
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    CHECK(body_outcome(CHUNKED "2\r\nhello\r\n0\r\n\r\n") == DISSECT_MALFORMED);
    CHECK(body_outcome(CHUNKED "g\r\n") == DISSECT_MALFORMED);
    CHECK(body_outcome(CHUNKED "\r\n") == DISSECT_MALFORMED);
    CHECK(body_outcome(CHUNKED "-1\r\n") == DISSECT_MALFORMED);
    CHECK(body_outcome(CHUNKED "1000000000000000\r\n") == DISSECT_MALFORMED);
    CHECK(body_outcome(CHUNKED "fffffffffffffff\r\nx") == DISSECT_TRUNCATED);
}

static void an_endless_trailer_is_malformed(void)
{
    size_t size = HTTP_HEAD_LIMIT + 16;
    char *trailer = malloc(size);
    memset(trailer, 'a', size);
    memcpy(trailer, "0\r\n", 3);
    CHECK(read_text(CHUNKED) == DISSECT_OK);
    struct http_body body;
    http_body_init(&body, &head, text("GET"));
    struct bytes in = bytes_of(trailer, size);
    CHECK(http_body_read(&body, &in) == DISSECT_MALFORMED);
    free(trailer);
}

int main(void)
{
    RUN(a_connect_request_is_read_and_the_window_moved);
    RUN(of_credentials_only_a_registered_scheme_is_told);
    RUN(a_response_tells_status_and_proxy);
    RUN(the_absolute_form_loses_user_and_query);
    RUN(a_password_that_looks_like_a_path_is_not_handed_out);
    RUN(queries_fragments_and_path_parameters_stay_inside);
    RUN(every_cut_is_truncated_and_hands_out_no_secret);
    RUN(a_cut_response_is_truncated);
    RUN(other_protocols_are_told_by_their_first_bytes);
    RUN(what_contradicts_the_syntax_is_malformed);
    RUN(a_head_above_the_limit_is_malformed);
    RUN(loose_senders_are_understood);
    RUN(an_authority_is_taken_apart);
    RUN(what_is_no_authority_is_refused);
    RUN(a_body_is_passed_by_in_pieces_of_any_size);
    RUN(some_responses_have_no_body);
    RUN(a_body_without_length_lasts_until_the_close);
    RUN(a_lying_chunk_size_is_malformed);
    RUN(an_endless_trailer_is_malformed);
    return test_end();
}
