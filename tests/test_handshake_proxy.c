/* test_handshake_proxy.c - analyzer/handshake_http.c and handshake_socks.c: requests, and
   what is inside of tunnels. */
#include "analyzer/handshake.h"

#include "tests/talk.h"

static const char connect_request[] = "CONNECT mail.example:443 HTTP/1.1\r\n"
                                      "Host: mail.example:443\r\n";
static const char need_login[] = "HTTP/1.1 407 Proxy Authentication Required\r\n"
                                 "Proxy-Authenticate: Negotiate\r\n"
                                 "Proxy-Authenticate: Basic realm=\"x\"\r\n"
                                 "Via: 1.1 gate\r\n"
                                 "Content-Length: 11\r\n\r\nlog in here";
static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";

static void say_connect(struct talk *talk, const char *more)
{
    char text[600];
    snprintf(text, sizeof text, "%s%s\r\n", connect_request, more);
    say_text(talk, C2S, text);
}

static void check_tunnel(struct talk *talk)
{
    say_blob(talk, C2S, hello_record("mail.example"));
    say_blob(talk, S2C, server_record(&(struct server_hello){ .is_13 = true }));
    CHECK_TEXT(talk->facts->tls.sni, "mail.example");
    CHECK_TEXT(talk->facts->tls.version, "1.3");
}

static void tls_is_read_behind_a_connect_with_two_rounds_of_login(void)
{
    struct talk talk = talk_begin();
    say_connect(&talk, "");
    say_text(&talk, S2C, need_login);
    say_connect(&talk, "Proxy-Authorization: Negotiate TlRMTVNTUAABAAAAMESECRET=\r\n");
    say_text(&talk, S2C, need_login);
    say_connect(&talk, "Proxy-Authorization: Negotiate TlRMTVNTUAADAAAAMESECRET=\r\n");
    say_text(&talk, S2C, established);
    const struct flow_http *http = &talk.facts->http;
    CHECK_TEXT(http->method, "CONNECT");
    CHECK_TEXT(http->host, "mail.example:443");
    CHECK(http->requests == 3 && http->auth_rounds == 2 && http->status_count == 3);
    CHECK(http->statuses[0] == 407 && http->statuses[1] == 407 &&
          http->statuses[2] == 200);
    CHECK_TEXT(http->auth_scheme, "Negotiate");
    CHECK_TEXT(http->via, "1.1 gate");
    CHECK(http->request_frame == 1 && http->connect_frame == 5);
    CHECK(http->connect_reply_frame == 6 && http->auth_frame == 2);
    CHECK(talk.facts->timing.connect_ns == 1000 && talk.facts->timing.auth_ns == 4000);
    CHECK(talk.facts->timing.first_byte_ns == -1);
    check_tunnel(&talk);
    talk_end(&talk);
}

static void a_connect_in_small_pieces_and_with_all_at_once(void)
{
    static const size_t pieces[] = { 1, 10, 9999 };
    for (size_t i = 0; i < 3; i++) {
        struct talk talk = talk_begin();
        struct blob *up = blob_new(), *down = blob_new();
        put_text(up, connect_request);
        put_text(up, "\r\n");
        struct blob *hello = hello_record("mail.example");
        put(up, hello->bytes, hello->size);
        put_text(down, established);
        struct blob *answer = server_record(&(struct server_hello){ .is_13 = true });
        put(down, answer->bytes, answer->size);
        say_in_pieces(&talk, C2S, up, pieces[i]); /* it does not wait for the answer */
        CHECK(talk.facts->tls.sni == NULL);
        say_in_pieces(&talk, S2C, down, pieces[i]);
        CHECK_TEXT(talk.facts->tls.sni, "mail.example");
        CHECK_TEXT(talk.facts->tls.version, "1.3");
        CHECK(talk.facts->http.requests == 1 && talk.facts->http.status_count == 1);
        talk_end(&talk);
    }
}

static void a_connect_that_is_refused_opens_no_tunnel(void)
{
    struct talk talk = talk_begin();
    say_connect(&talk, "");
    say_text(&talk, S2C, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    say_blob(&talk, C2S, hello_record("mail.example"));
    CHECK(talk.facts->tls.sni == NULL);
    CHECK(talk.facts->timing.connect_ns == -1 && talk.facts->http.statuses[0] == 403);
    talk_end(&talk);
}

static void a_duration_over_a_clock_that_went_back_is_not_seen(void)
{
    struct talk talk = talk_begin();
    say_connect(&talk, "");
    talk.time_ns -= 500000;
    say_text(&talk, S2C, established);
    CHECK(talk.facts->timing.connect_ns == -1);
    check_tunnel(&talk);
    talk_end(&talk);

    talk = talk_begin();
    say_text(&talk, C2S, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
    talk.time_ns -= 500000;
    say_text(&talk, S2C, "HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(talk.facts->timing.first_byte_ns == -1);
    talk_end(&talk);
}

static void requests_of_one_connection_are_counted_past_their_bodies(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, C2S,
             "GET /a?key=1 HTTP/1.1\r\nHost: a.example\r\n"
             "User-Agent: probe/1\r\n\r\n");
    say_text(&talk, S2C,
             "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
             "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nHTTP/\r\n");
    say_text(&talk, S2C, "1b\r\n1.1 500 no answer: a body!!\r\n0\r\nTrailer: x\r\n\r\n");
    say_text(&talk, C2S, "HEAD /b HTTP/1.1\r\nHost: b.example\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 206 Partial Content\r\nContent-Length: 900\r\n\r\n");
    say_text(&talk, C2S,
             "POST /c HTTP/1.1\r\nHost: c.example\r\nContent-Length: 24\r\n"
             "\r\nGET /x HTTP/1.1\r\nHost: x");
    say_text(&talk, C2S, "\r");
    say_text(&talk, C2S, "GET /d HTTP/1.1\r\nHost: d.example\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc");
    say_text(&talk, S2C, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    const struct flow_http *http = &talk.facts->http;
    CHECK_TEXT(http->method, "GET");
    CHECK_TEXT(http->host, "a.example");
    CHECK_TEXT(http->user_agent, "probe/1");
    CHECK(http->requests == 4);
    static const uint16_t statuses[] = { 100, 200, 206, 201, 404 };
    CHECK(http->status_count == 5 &&
          memcmp(http->statuses, statuses, sizeof statuses) == 0);
    CHECK(talk.facts->timing.first_byte_ns == 1000);
    talk_end(&talk);
}

static void a_request_to_a_proxy_has_an_absolute_target(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, C2S,
             "GET http://u:hunter2@a.example:81/p?q=hunter2 HTTP/1.1\r\n"
             "Host: b.example\r\n\r\n");
    CHECK(talk.facts->http.is_absolute);
    CHECK_TEXT(talk.facts->http.host, "a.example:81");
    talk_end(&talk);
}

static void more_requests_than_the_limit_are_given_up_and_said(void)
{
    struct talk talk = talk_begin();
    for (int i = 0; i < HANDSHAKE_REQUESTS_MOST + 20; i++) {
        say_text(&talk, C2S, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        say_text(&talk, S2C, "HTTP/1.1 204 No Content\r\n\r\n");
    }
    CHECK(talk.facts->stream_cap_reached);
    CHECK(talk.facts->http.requests == HANDSHAKE_REQUESTS_MOST + 1);
    CHECK(talk.facts->http.status_count == FLOW_STATUS_MAX);
    talk_end(&talk);
}

/* Byte by byte a head is not read from its start each time: it would take minutes. */
static void a_long_head_in_single_bytes_takes_no_time(void)
{
    struct talk talk = talk_begin();
    struct blob *head = blob_new();
    put_text(head, "GET / HTTP/1.1\r\nHost: a.example\r\nX-Filler: ");
    put_repeated(head, 'x', 60000);
    put_text(head, "\r\n\r\n");
    say_in_pieces(&talk, C2S, head, 1);
    CHECK(talk.facts->http.requests == 1);
    CHECK_TEXT(talk.facts->http.host, "a.example");
    talk_end(&talk);
}

static void a_head_without_an_end_is_given_up(void)
{
    struct talk talk = talk_begin();
    struct blob *head = blob_new();
    put_text(head, "GET / HTTP/1.1\r\nHost: a.example\r\nX-Filler: ");
    put_repeated(head, 'x', 150000);
    say_in_pieces(&talk, C2S, head, 1000);
    CHECK(talk.facts->http.requests == 0);
    say_text(&talk, S2C, "no\r\n");
    CHECK(talk.outcome == HANDSHAKE_DONE);
    talk_end(&talk);
}

static void an_upgrade_ends_http(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, C2S,
             "GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\n\r\n");
    say_text(&talk, S2C,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\n\r\n\x81\x05HTTP/");
    CHECK(talk.outcome == HANDSHAKE_DONE);
    CHECK(talk.facts->http.status_count == 1);
    talk_end(&talk);
}

static const char socks_request[] = "\5\1\0\3\14mail.example\1\xbb";
static const char socks_granted[] = "\5\0\0\1\12\0\0\1\0\1";

static void say_socks_login(struct talk *talk)
{
    say(talk, C2S, "\5\2\0\2", 4);
    say(talk, S2C, "\5\2", 2);
    say(talk, C2S, "\1\5alice\7hunter2", 15);
    say(talk, S2C, "\1\0", 2);
}

static void tls_is_read_behind_socks_5_with_a_login(void)
{
    struct talk talk = talk_begin();
    say_socks_login(&talk);
    say(&talk, C2S, socks_request, sizeof socks_request - 1);
    say(&talk, S2C, socks_granted, sizeof socks_granted - 1);
    CHECK(talk.facts->socks.version == 5 && talk.facts->socks.frame == 5);
    CHECK_TEXT(talk.facts->socks.target, "mail.example:443");
    CHECK(talk.facts->timing.connect_ns == 1000);
    check_tunnel(&talk);
    talk_end(&talk);
}

static void socks_5_byte_by_byte_and_with_an_address(void)
{
    struct talk talk = talk_begin();
    struct blob *up = blob_new(), *down = blob_new();
    put(up, "\5\1\0", 3);
    put(down, "\5\0", 2);
    say_in_pieces(&talk, C2S, up, 1);
    say_in_pieces(&talk, S2C, down, 1);
    up->size = down->size = 0;
    put(up, "\5\1\0\4\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7\1\xbb", 22);
    put(down, socks_granted, sizeof socks_granted - 1);
    say_in_pieces(&talk, C2S, up, 1);
    say_in_pieces(&talk, S2C, down, 1);
    CHECK_TEXT(talk.facts->socks.target, "[2001:db8::7]:443");
    check_tunnel(&talk);
    talk_end(&talk);
}

static void tls_is_read_behind_socks_4_and_4a(void)
{
    struct talk talk = talk_begin();
    say(&talk, C2S, "\4\1\1\xbb\64\x60\0\1hunter2\0", 16);
    say(&talk, S2C, "\0\x5a\0\0\0\0\0\0", 8);
    CHECK_TEXT(talk.facts->socks.target, "52.96.0.1:443");
    CHECK(talk.facts->socks.version == 4);
    check_tunnel(&talk);
    talk_end(&talk);

    talk = talk_begin();
    say(&talk, C2S, "\4\1\1\xbb\0\0\0\1user\0mail.example\0", 26);
    say(&talk, S2C, "\0\x5a\0\0\0\0\0\0", 8);
    CHECK_TEXT(talk.facts->socks.target, "mail.example:443");
    check_tunnel(&talk);
    talk_end(&talk);
}

static void a_connect_inside_socks_is_read_as_well(void)
{
    struct talk talk = talk_begin();
    say(&talk, C2S, "\5\1\0", 3);
    say(&talk, S2C, "\5\0", 2);
    say(&talk, C2S, socks_request, sizeof socks_request - 1);
    say(&talk, S2C, socks_granted, sizeof socks_granted - 1);
    say_connect(&talk, "");
    say_text(&talk, S2C, established);
    CHECK_TEXT(talk.facts->http.method, "CONNECT");
    check_tunnel(&talk);
    talk_end(&talk);
}

static void socks_that_is_refused_or_sealed_ends_it(void)
{
    struct talk talk = talk_begin();
    say(&talk, C2S, "\5\2\0\1", 4);
    say(&talk, S2C, "\5\1", 2); /* GSSAPI */
    CHECK(talk.outcome == HANDSHAKE_DONE);
    talk_end(&talk);

    talk = talk_begin();
    say_socks_login(&talk);
    say(&talk, C2S, socks_request, sizeof socks_request - 1);
    say(&talk, S2C, "\5\5\0\1\0\0\0\0\0\0", 10);
    CHECK(talk.outcome == HANDSHAKE_DONE);
    CHECK(talk.facts->timing.connect_ns == -1);
    CHECK_TEXT(talk.facts->socks.target, "mail.example:443");
    talk_end(&talk);

    talk = talk_begin();
    say(&talk, C2S, "\5\1\2", 3);
    say(&talk, S2C, "\5\2", 2);
    say(&talk, C2S, "\1\5alice\7hunter2", 15);
    say(&talk, S2C, "\1\1", 2);
    CHECK(talk.outcome == HANDSHAKE_DONE);
    talk_end(&talk);
}

/* 3 MB each, told by length and in chunks: what is passed by counts for nothing. */
static void long_bodies_are_passed_by(void)
{
    static uint8_t block[0x8000];
    struct talk talk = talk_begin();
    say_text(&talk, C2S, "GET /big HTTP/1.1\r\nHost: a.example\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n");
    for (unsigned i = 0; i < 96; i++)
        say(&talk, S2C, block, sizeof block);
    say_text(&talk, C2S, "GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (unsigned i = 0; i < 96; i++) {
        say_text(&talk, S2C, "8000\r\n");
        say(&talk, S2C, block, sizeof block);
        say_text(&talk, S2C, "\r\n");
    }
    say_text(&talk, S2C, "0\r\n\r\n");
    say_text(&talk, C2S, "GET /last HTTP/1.1\r\nHost: a.example\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 404 Not Found\r\nVia: 1.1 gate\r\n\r\n");
    CHECK(talk.facts->http.requests == 3 && talk.facts->http.status_count == 3);
    CHECK(talk.facts->http.statuses[2] == 404);
    CHECK(!talk.facts->stream_cap_reached && !talk.facts->has_gap);
    talk_end(&talk);
}

/* More are under way than are remembered, and room comes free before the last is sent. */
static void pipelined_requests_keep_their_answers(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    struct talk talk = talk_begin();
    struct blob *up = blob_new();
    for (int i = 0; i < 45; i++)
        put_text(up, "GET /g HTTP/1.1\r\nHost: a.example\r\n\r\n");
    say_blob(&talk, C2S, up);
    say_text(&talk, S2C, answer);
    say_text(&talk, C2S, "HEAD /h HTTP/1.1\r\nHost: a.example\r\n\r\n");
    for (int i = 0; i < 44; i++)
        say_text(&talk, S2C, answer);
    say_text(&talk, S2C, "HTTP/1.1 204 None\r\n\r\n");
    CHECK(talk.facts->http.requests == 46 && talk.outcome == HANDSHAKE_MORE);
    say_text(&talk, C2S, "HEAD /h HTTP/1.1\r\nHost: a.example\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    say_text(&talk, C2S, "GET /wpad.dat HTTP/1.1\r\nHost: wpad\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK_TEXT(talk.facts->http.pac, "served");
    talk_end(&talk);
}

static void a_proxys_configuration_is_noted(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, C2S, "GET /WPAD.DAT?key=1 HTTP/1.1\r\nHost: wpad.lan\r\n\r\n");
    CHECK_TEXT(talk.facts->http.pac, "requested");
    CHECK(talk.facts->http.pac_frame == 1);
    say_text(&talk, S2C, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
    CHECK_TEXT(talk.facts->http.pac, "requested");
    say_text(&talk, C2S, "GET /cfg/office.pac HTTP/1.1\r\nHost: wpad.lan\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK_TEXT(talk.facts->http.pac, "served");
    CHECK(talk.facts->http.pac_frame == 4);
    talk_end(&talk);

    talk = talk_begin();
    say_text(&talk, C2S, "GET /config HTTP/1.1\r\nHost: a.example\r\n\r\n");
    CHECK(talk.facts->http.pac == NULL);
    say_text(&talk, S2C,
             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
             "Content-Type: application/x-ns-proxy-autoconfig; charset=utf-8\r\n\r\n");
    CHECK_TEXT(talk.facts->http.pac, "served");
    talk_end(&talk);
}

static void headers_that_proxies_add_are_named_once(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, C2S,
             "GET / HTTP/1.1\r\nHost: a.example\r\nProxy-Connection: keep-alive\r\n"
             "X-Forwarded-For: 10.0.0.9\r\nX-BlueCoat-Via: 9a8b\r\n\r\n");
    say_text(&talk, S2C,
             "HTTP/1.1 200 OK\r\nvia: 1.1 gate\r\nVia: 1.1 other\r\n"
             "X-Cache: MISS\r\nx-forwarded-for: 1.2.3.4\r\nContent-Length: 0\r\n\r\n");
    const struct flow_http *http = &talk.facts->http;
    CHECK(http->proxy_header_count == 5);
    CHECK_TEXT(http->proxy_headers[0], "proxy-connection");
    CHECK_TEXT(http->proxy_headers[1], "x-forwarded-for");
    CHECK_TEXT(http->proxy_headers[2], "x-bluecoat-via");
    CHECK_TEXT(http->proxy_headers[3], "via");
    CHECK_TEXT(http->proxy_headers[4], "x-cache");
    CHECK_TEXT(http->via, "1.1 gate");
    talk_end(&talk);
}

static void the_scheme_that_the_client_uses_is_told(void)
{
    struct talk talk = talk_begin();
    say_connect(&talk, "");
    say_text(&talk, S2C, need_login);
    CHECK_TEXT(talk.facts->http.auth_scheme, "Negotiate");
    say_connect(&talk, "Proxy-Authorization: NTLM TlRMTVNTUAABSECRET=\r\n");
    CHECK_TEXT(talk.facts->http.auth_scheme, "NTLM");
    say_text(&talk, S2C, need_login);
    CHECK_TEXT(talk.facts->http.auth_scheme, "NTLM");
    talk_end(&talk);
}

/* Only the proxy's side was captured: the CONNECT that it answers was not. */
static void tls_is_read_behind_an_answer_without_its_connect(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, S2C, established);
    say_blob(&talk, S2C, server_record(&(struct server_hello){ .is_13 = true }));
    CHECK_TEXT(talk.facts->tls.version, "1.3");
    talk_end(&talk);
}

static void socks_tells_command_login_and_reply(void)
{
    struct talk talk = talk_begin();
    say_socks_login(&talk);
    CHECK(talk.facts->socks.version == 5 && talk.facts->socks.target == NULL);
    CHECK_TEXT(talk.facts->socks.auth, "login");
    say(&talk, C2S, socks_request, sizeof socks_request - 1);
    CHECK_TEXT(talk.facts->socks.command, "connect");
    CHECK(!talk.facts->socks.has_reply);
    say(&talk, S2C, "\5\5\0\1\0\0\0\0\0\0", 10);
    CHECK(talk.facts->socks.has_reply && talk.facts->socks.reply == 5);
    talk_end(&talk);

    talk = talk_begin();
    say(&talk, C2S, "\5\1\2", 3);
    say(&talk, S2C, "\5\xff", 2);
    CHECK_TEXT(talk.facts->socks.auth, "refused");
    talk_end(&talk);

    talk = talk_begin();
    say(&talk, C2S, "\4\2\1\xbb\64\x60\0\1\0", 9);
    say(&talk, S2C, "\0\x5b\0\0\0\0\0\0", 8);
    CHECK_TEXT(talk.facts->socks.command, "bind");
    CHECK(talk.facts->socks.reply == 91 && talk.facts->socks.auth == NULL);
    talk_end(&talk);
}

/* A 4 and a 1 begin many things. */
static void what_only_begins_like_socks_4_is_none(void)
{
    struct talk talk = talk_begin();
    say(&talk, C2S, "\4\1\1\xbb\64\x60\0\1\0 and more", 18);
    handshake_conclude(talk.handshake, talk.facts, talk.certificates);
    CHECK(talk.facts->socks.target == NULL && talk.facts->socks.version == 0);
    talk_end(&talk);

    talk = talk_begin();
    say(&talk, C2S, "\4\1\1\xbb\64\x60\0\1\0", 9);
    say(&talk, S2C, "another protocol", 16);
    CHECK(talk.facts->socks.target == NULL && talk.facts->socks.version == 0);
    talk_end(&talk);
}

int main(void)
{
    RUN(tls_is_read_behind_a_connect_with_two_rounds_of_login);
    RUN(a_connect_in_small_pieces_and_with_all_at_once);
    RUN(a_connect_that_is_refused_opens_no_tunnel);
    RUN(a_duration_over_a_clock_that_went_back_is_not_seen);
    RUN(requests_of_one_connection_are_counted_past_their_bodies);
    RUN(a_request_to_a_proxy_has_an_absolute_target);
    RUN(more_requests_than_the_limit_are_given_up_and_said);
    RUN(a_long_head_in_single_bytes_takes_no_time);
    RUN(a_head_without_an_end_is_given_up);
    RUN(an_upgrade_ends_http);
    RUN(tls_is_read_behind_socks_5_with_a_login);
    RUN(socks_5_byte_by_byte_and_with_an_address);
    RUN(tls_is_read_behind_socks_4_and_4a);
    RUN(a_connect_inside_socks_is_read_as_well);
    RUN(socks_that_is_refused_or_sealed_ends_it);
    RUN(long_bodies_are_passed_by);
    RUN(pipelined_requests_keep_their_answers);
    RUN(a_proxys_configuration_is_noted);
    RUN(headers_that_proxies_add_are_named_once);
    RUN(the_scheme_that_the_client_uses_is_told);
    RUN(tls_is_read_behind_an_answer_without_its_connect);
    RUN(socks_tells_command_login_and_reply);
    RUN(what_only_begins_like_socks_4_is_none);
    return test_end();
}
