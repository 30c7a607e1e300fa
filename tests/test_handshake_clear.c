/* test_handshake_clear.c - analyzer/handshake_clear.c: TLS behind other beginnings. */
#include "tests/talk.h"

static struct blob *server_flight(void)
{
    struct blob *messages = blob_new(), *records = blob_new();
    put_server_hello(messages, &(struct server_hello){ 0 });
    put_certificate(messages, "mail.example", "Some CA", 10);
    put_number(messages, 0x0e000000, 4);
    put_records(records, messages->bytes, messages->size, 16384);
    return records;
}

/* What is said before, in turns; a side's part may be empty. */
struct clear {
    const char *name;
    const char *said[6]; /* server, client, server, client, server, client */
    const char *hex[3];  /* in place of it: client, server, client */
};

static const struct clear clears[] = {
    { "smtp",
      { "220 mail.example ESMTP\r\n", "EHLO pc.example\r\n",
        "250-mail.example\r\n250 STARTTLS\r\n", "STARTTLS\r\n", "220 begin\r\n" },
      { NULL } },
    { "imap",
      { "* OK [CAPABILITY IMAP4 STARTTLS] ready\r\n", "a1 CAPABILITY\r\n",
        "* CAPABILITY STARTTLS\r\na1 OK\r\n", "a2 starttls\r\n", "a2 OK begin\r\n" },
      { NULL } },
    { "pop3", { "+OK ready\r\n", "STLS\r\n", "+OK begin\r\n" }, { NULL } },
    { "ftp", { "220 FTP\r\n", "AUTH TLS\r\n", "234 begin\r\n" }, { NULL } },
    { "nntp", { "200 ready\r\n", "STARTTLS\r\n", "382 go on\r\n" }, { NULL } },
    { "xmpp",
      { "", "<?xml version='1.0'?><stream:stream to='x'>",
        "<?xml version='1.0'?><stream:stream><features><starttls/></features>",
        "<starttls xmlns='urn:x'/>", "<proceed xmlns='urn:x'/>" },
      { NULL } },
    { "ldap",
      { NULL },
      { "301d02010177188016312e332e362e312e342e312e313436362e3230303337",
        "300c02010178070a010004000400", NULL } },
    { "postgresql", { NULL }, { "0000000804d2162f", "53", NULL } },
    { "rdp", { NULL }, { "0300000b06e00000000000", "0300000b06d00000000000", NULL } },
};

static void say_hex(struct talk *talk, int side, const char *hex, size_t most)
{
    struct blob *blob = blob_new();
    put_hex(blob, hex);
    say_in_pieces(talk, side, blob, most);
}

static void say_words(struct talk *talk, int side, const char *text, size_t most)
{
    struct blob *blob = blob_new();
    put_text(blob, text);
    say_in_pieces(talk, side, blob, most);
}

static void say_clear(struct talk *talk, const struct clear *clear, size_t most)
{
    for (int i = 0; i < 6 && clear->said[i] != NULL; i++)
        say_words(talk, i % 2 == 0 ? S2C : C2S, clear->said[i], most);
    for (int i = 0; i < 3 && clear->hex[i] != NULL; i++)
        say_hex(talk, i % 2 == 0 ? C2S : S2C, clear->hex[i], most);
}

static void check_tls(const struct talk *talk, const char *starttls)
{
    const struct flow_tls *tls = &talk->facts->tls;
    CHECK_TEXT(tls->sni, "mail.example");
    CHECK_TEXT(tls->version, "1.2");
    CHECK(tls->chain_count == 2);
    CHECK(starttls == NULL
              ? tls->starttls == NULL
              : tls->starttls != NULL && strcmp(tls->starttls, starttls) == 0);
}

static void tls_is_read_behind_the_wish_for_it_however_the_bytes_are_cut(void)
{
    static const size_t pieces[] = { 1, 3, 9999 };
    for (size_t i = 0; i < sizeof clears / sizeof *clears; i++)
        for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
            struct talk talk = talk_begin();
            say_clear(&talk, &clears[i], pieces[k]);
            CHECK(talk.outcome == HANDSHAKE_MORE && !talk.facts->tls.is_present);
            say_in_pieces(&talk, C2S, hello_record("mail.example"), pieces[k]);
            say_in_pieces(&talk, S2C, server_flight(), pieces[k]);
            check_tls(&talk, clears[i].name);
            CHECK(talk.facts->http.method == NULL && talk.facts->socks.target == NULL);
            talk_end(&talk);
        }
}

static void of_one_direction_alone_tls_is_read_too(void)
{
    for (size_t i = 0; i < 3; i++)
        for (int side = C2S; side <= S2C; side++) {
            if (side == C2S && i != 0)
                continue; /* that it is IMAP or POP3 the server says first */
            struct talk talk = talk_begin();
            for (int at = side == S2C ? 0 : 1; at < 6 && clears[i].said[at] != NULL;
                 at += 2)
                say_text(&talk, side, clears[i].said[at]);
            say_blob(&talk, side,
                     side == C2S ? hello_record("mail.example") : server_flight());
            CHECK(side == C2S ? talk.facts->tls.sni != NULL
                              : talk.facts->tls.chain_count == 2);
            CHECK_TEXT(talk.facts->tls.starttls, clears[i].name);
            talk_end(&talk);
        }
}

static void what_looks_like_tls_unasked_is_none(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, S2C, "220 mail.example\r\n");
    say_text(&talk, C2S, "EHLO x\r\nDATA\r\n");
    say_blob(&talk, C2S, hello_record("mail.example"));
    CHECK(!talk.facts->tls.is_present);
    talk_end(&talk);
}

static void who_never_asks_is_let_go_of(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, S2C, "220 mail.example\r\n");
    for (int i = 0; i < 5000 && talk.outcome == HANDSHAKE_MORE; i++) {
        say_text(&talk, C2S, "NOOP NOOP\r\n");
        say_text(&talk, S2C, "250 fine fine\r\n");
    }
    CHECK(talk.outcome == HANDSHAKE_DONE);
    CHECK(!talk.facts->tls.is_present && !talk.facts->stream_cap_reached);
    talk_end(&talk);
}

static void a_tunnel_may_begin_in_clear_as_well(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, C2S, "CONNECT mail.example:25 HTTP/1.1\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 200 OK\r\n\r\n");
    say_clear(&talk, &clears[0], 9999);
    say_blob(&talk, C2S, hello_record("mail.example"));
    say_blob(&talk, S2C, server_flight());
    check_tls(&talk, "smtp");
    CHECK_TEXT(talk.facts->http.host, "mail.example:25");
    talk_end(&talk);
}

static void what_a_load_balancer_wrote_is_read_over(void)
{
    static const char line[] = "PROXY TCP4 192.0.2.1 198.51.100.2 51234 443\r\n";
    static const char binary[] =
        "0d0a0d0a000d0a515549540a 21 11 000c c0000201 c6336402 c822 01bb";
    static const size_t pieces[] = { 1, 7, 9999 };
    for (int version = 1; version <= 2; version++)
        for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
            struct talk talk = talk_begin();
            struct blob *said = blob_new(), *hello = hello_record("mail.example");
            if (version == 1)
                put_text(said, line);
            else
                put_hex(said, binary);
            put(said, hello->bytes, hello->size);
            say_in_pieces(&talk, C2S, said, pieces[k]);
            say_blob(&talk, S2C, server_flight());
            check_tls(&talk, NULL);
            talk_end(&talk);
        }
    struct talk talk = talk_begin();
    struct blob *twice = blob_new();
    put_text(twice, line);
    put_text(twice, line);
    say_blob(&talk, C2S, twice);
    CHECK(talk.facts->http.method == NULL && !talk.facts->tls.is_present);
    talk_end(&talk);
}

int main(void)
{
    RUN(tls_is_read_behind_the_wish_for_it_however_the_bytes_are_cut);
    RUN(of_one_direction_alone_tls_is_read_too);
    RUN(what_looks_like_tls_unasked_is_none);
    RUN(who_never_asks_is_let_go_of);
    RUN(a_tunnel_may_begin_in_clear_as_well);
    RUN(what_a_load_balancer_wrote_is_read_over);
    return test_end();
}
