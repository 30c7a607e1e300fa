/* test_handshake_open.c - a server's flight of TLS 1.3, opened by a key log. */
#include "analyzer/tls_secrets.h"
#include "tests/rfc8448.h"
#include "tests/seal.h"
#include "tests/talk.h"

enum { NAME_END = 'e' }; /* the random repeats a name's last letter */

/* A connection to mail.example whose key log is at hand. */
struct opened {
    struct talk talk;
    struct tls_secrets *secrets;
    struct seal seal;
};

static void see_secret(struct opened *opened, const struct seal *seal)
{
    char line[256];
    seal_write_line(seal, NAME_END, line);
    tls_secrets_see(opened->secrets, bytes_of(line, strlen(line)));
}

static struct opened opened_begin(uint16_t suite)
{
    struct opened opened = { .talk = talk_begin(),
                             .secrets = tls_secrets_new(NULL),
                             .seal = seal_new(suite, 0x42, "") };
    see_secret(&opened, &opened.seal);
    handshake_set_secrets(opened.talk.handshake, opened.secrets);
    return opened;
}

static void opened_end(struct opened *opened)
{
    talk_end(&opened->talk);
    tls_secrets_free(opened->secrets);
}

/* The server's hello in a record, for this suite. */
static struct blob *hello_of(uint16_t suite)
{
    struct blob *record =
        server_record(&(struct server_hello){ .is_13 = true, .echoes_session = true });
    size_t at = 5 + 4 + 2 + 32 + 1 + 32;
    record->bytes[at] = (uint8_t)(suite >> 8);
    record->bytes[at + 1] = (uint8_t)suite;
    return record;
}

static struct blob *usual_messages(void)
{
    struct blob *messages = blob_new();
    put_encrypted_extensions(messages, "http/1.1");
    put_certificate_request(messages);
    put_certificate_13(messages, "mail.example", "Some CA", 900);
    put_hex(messages, "0f000004 08040000 14000004 01020304");
    return messages;
}

/* What a server of this suite says, whole: its hello, and the flight in records of
   `most` bytes. */
static struct blob *flight_of(struct opened *opened, size_t most)
{
    struct blob *flight = hello_of(opened->seal.suite);
    put_record(flight, 20, "\1", 1);
    seal_messages(&opened->seal, flight, usual_messages(), most);
    return flight;
}

static bool has_certificate(const struct talk *talk)
{
    const struct flow_tls *tls = &talk->facts->tls;
    return tls->chain_count == 1 && tls->by_key_log && tls->certificate_frame > 0 &&
           strcmp(certificates_at(talk->certificates, tls->chain[0])->subject_cn,
                  "mail.example") == 0;
}

static bool has_none(const struct talk *talk)
{
    const struct flow_tls *tls = &talk->facts->tls;
    return tls->chain_count == 0 && !tls->by_key_log && tls->certificate_frame == 0;
}

static void the_certificate_and_the_answered_protocol_are_read(void)
{
    static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304, 0x1305 };
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        struct opened it = opened_begin(suites[i]);
        say_blob(&it.talk, C2S, hello_record("mail.example"));
        CHECK(it.talk.facts->tls.alpn == NULL);
        say_blob(&it.talk, S2C, flight_of(&it, 16384));
        CHECK(has_certificate(&it.talk));
        CHECK_TEXT(it.talk.facts->tls.alpn, "http/1.1");
        CHECK_TEXT(it.talk.facts->tls.version, "1.3");
        CHECK(it.talk.facts->tls.knows_asked && it.talk.facts->tls.is_asked);
        CHECK(it.talk.facts->tls.certificate_frame == 2);
        opened_end(&it);
    }
}

static void however_records_and_segments_cut_it(void)
{
    static const size_t records[] = { 1, 50, 300, 16384 },
                        segments[] = { 1, 7, 500, 9999 };
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            struct opened it = opened_begin(0x1301);
            say_blob(&it.talk, C2S, hello_record("mail.example"));
            say_in_pieces(&it.talk, S2C, flight_of(&it, records[i]), segments[k]);
            CHECK(has_certificate(&it.talk));
            opened_end(&it);
        }
}

static void every_cut_gives_none_and_no_harm(void)
{
    struct opened whole = opened_begin(0x1301);
    struct blob *flight = flight_of(&whole, 200);
    static uint8_t bytes[BLOB_SIZE];
    size_t size = flight->size;
    memcpy(bytes, flight->bytes, size);
    opened_end(&whole);
    for (size_t cut = 0; cut < size; cut++) {
        struct opened it = opened_begin(0x1301);
        say_blob(&it.talk, C2S, hello_record("mail.example"));
        if (cut > 0)
            segment_at(&it.talk, S2C, it.talk.next[S2C], bytes, cut, size);
        handshake_conclude(it.talk.handshake, it.talk.facts, it.talk.certificates);
        CHECK(has_none(&it.talk) || (has_certificate(&it.talk) && cut + 60 > size));
        opened_end(&it);
    }
}

static void the_trace_of_the_rfc_is_opened(void)
{
    struct talk talk = talk_begin();
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    char line[256];
    struct blob *client = blob_new(), *server = blob_new();
    static uint8_t flight[1024];
    snprintf(line, sizeof line, "SERVER_HANDSHAKE_TRAFFIC_SECRET %s %s", rfc8448_random,
             rfc8448_server_secret);
    tls_secrets_see(secrets, bytes_of(line, strlen(line)));
    handshake_set_secrets(talk.handshake, secrets);
    put_hex(client, rfc8448_client_hello);
    put_hex(server, rfc8448_server_hello);
    put(server, flight, test_hex(rfc8448_server_flight, flight, sizeof flight));
    say_blob(&talk, C2S, client);
    say_blob(&talk, S2C, server);
    CHECK(talk.facts->tls.chain_count == 1 && talk.facts->tls.by_key_log);
    if (talk.facts->tls.chain_count == 1)
        CHECK_TEXT(
            certificates_at(talk.certificates, talk.facts->tls.chain[0])->subject_cn,
            "rsa");
    tls_secrets_free(secrets);
    talk_end(&talk);
}

/* Sealed with the very same keys, though no server would: it stays closed. */
static void behind_the_certificate_nothing_is_opened(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *flight = hello_of(0x1301), *messages = blob_new(), *more = blob_new();
    say_blob(&it.talk, C2S, hello_record("mail.example"));
    put_encrypted_extensions(messages, "http/1.1");
    put_certificate_13(messages, "mail.example", "Some CA", 900);
    seal_messages(&it.seal, flight, messages, 16384);
    put_encrypted_extensions(more, "h3");
    seal_messages(&it.seal, flight, more, 16384);
    seal_record(&it.seal, flight, 23, "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n", 27, 0);
    say_blob(&it.talk, S2C, flight);
    CHECK(has_certificate(&it.talk));
    CHECK_TEXT(it.talk.facts->tls.alpn, "http/1.1");
    CHECK(it.talk.facts->tls.knows_asked && !it.talk.facts->tls.is_asked);
    CHECK(it.talk.facts->http.status_count == 0);
    struct blob *data = blob_new();
    put_record(data, 23, "sealed", 6);
    say_blob(&it.talk, C2S, data);
    CHECK(it.talk.outcome == HANDSHAKE_DONE);
    opened_end(&it);
}

static void application_data_under_handshake_keys_is_not_looked_at(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\n\r\n";
    for (int is_like_a_handshake = 0; is_like_a_handshake < 2; is_like_a_handshake++) {
        struct opened it = opened_begin(0x1301);
        struct blob *flight = hello_of(0x1301), *messages = usual_messages();
        say_blob(&it.talk, C2S, hello_record("mail.example"));
        if (is_like_a_handshake)
            seal_record(&it.seal, flight, 23, messages->bytes, messages->size, 0);
        else
            seal_record(&it.seal, flight, 23, answer, sizeof answer - 1, 0);
        seal_messages(&it.seal, flight, messages, 16384);
        say_blob(&it.talk, S2C, flight);
        CHECK(has_none(&it.talk) && it.talk.facts->http.status_count == 0);
        CHECK(it.talk.facts->tls.alpn == NULL);
        opened_end(&it);
    }
}

static void a_clients_certificate_is_never_the_servers(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *client = hello_record("mail.example"), *messages = blob_new();
    struct seal same = it.seal;
    put_certificate_13(messages, "laptop.example", "Device CA", 10);
    say_blob(&it.talk, C2S, client);
    struct blob *hello = hello_of(0x1301);
    say_blob(&it.talk, S2C, hello);
    struct blob *flight = blob_new();
    seal_messages(&same, flight, messages, 16384);
    say_blob(&it.talk, C2S, flight);
    CHECK(has_none(&it.talk));
    struct blob *rest = blob_new();
    seal_messages(&it.seal, rest, usual_messages(), 16384);
    say_blob(&it.talk, S2C, rest);
    CHECK(has_certificate(&it.talk));
    opened_end(&it);
}

static void a_certificate_in_clear_behind_the_hello_is_not_believed(void)
{
    for (int in_one_record = 0; in_one_record < 2; in_one_record++) {
        struct opened it = opened_begin(0x1301);
        struct blob *clear = blob_new(), *message = blob_new();
        say_blob(&it.talk, C2S, hello_record("mail.example"));
        put_certificate_13(message, "evil.example", "Some CA", 10);
        if (in_one_record) {
            struct blob *both = blob_new();
            put_server_hello(both, &(struct server_hello){ .is_13 = true });
            put(both, message->bytes, message->size);
            put_records(clear, both->bytes, both->size, 16384);
        } else {
            clear = hello_of(0x1301);
            put_records(clear, message->bytes, message->size, 16384);
        }
        say_blob(&it.talk, S2C, clear);
        CHECK(has_none(&it.talk));
        opened_end(&it);
    }
}

static void a_retry_request_comes_before(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *retry = server_record(&(struct server_hello){ .is_retry = true });
    put_record(retry, 20, "\1", 1);
    say_blob(&it.talk, C2S, hello_record("mail.example"));
    say_blob(&it.talk, S2C, retry);
    say_blob(&it.talk, C2S, hello_record("mail.example"));
    say_blob(&it.talk, S2C, flight_of(&it, 400));
    CHECK(has_certificate(&it.talk) && it.talk.facts->tls.hello_retry);
    opened_end(&it);
}

/* As capture cards with several queues write it. */
static void the_servers_bytes_may_come_before_the_clients(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *flight = flight_of(&it, 400);
    say_in_pieces(&it.talk, S2C, flight, 600);
    CHECK(has_none(&it.talk) && it.talk.outcome == HANDSHAKE_MORE);
    say_blob(&it.talk, C2S, hello_record("mail.example"));
    CHECK(has_certificate(&it.talk) && !it.talk.facts->stream_cap_reached);
    opened_end(&it);
}

static void a_client_that_never_speaks_is_not_waited_for(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *data = hello_of(0x1301);
    put_record(data, 23, "sealed", 6);
    for (int i = 0; i < 9; i++) {
        size_t from = data->size;
        put_number(data, 23, 1);
        put_number(data, 0x03034000, 4);
        put_repeated(data, 7, 0x4000);
        CHECK(data->size > from);
    }
    say_in_pieces(&it.talk, S2C, data, 1400);
    CHECK(has_none(&it.talk) && !it.talk.facts->stream_cap_reached);
    opened_end(&it);
}

static void what_the_secrets_do_not_fit_stays_hidden(void)
{
    /* No key log; one of another connection; a wrong secret; one of another size. */
    for (int how = 0; how < 4; how++) {
        struct opened it = opened_begin(0x1301);
        struct seal wrong = seal_new(how == 3 ? 0x1302 : 0x1301, 0x43, "");
        tls_secrets_free(it.secrets);
        it.secrets = tls_secrets_new(NULL);
        handshake_set_secrets(it.talk.handshake, how == 0 ? NULL : it.secrets);
        char line[256];
        seal_write_line(&wrong, how == 1 ? 'x' : NAME_END, line);
        tls_secrets_see(it.secrets, bytes_of(line, strlen(line)));
        say_blob(&it.talk, C2S, hello_record("mail.example"));
        say_blob(&it.talk, S2C, flight_of(&it, 16384));
        CHECK(has_none(&it.talk));
        CHECK(it.talk.facts->tls.alpn == NULL);
        struct blob *data = blob_new();
        put_record(data, 23, "sealed", 6);
        say_blob(&it.talk, C2S, data);
        CHECK(it.talk.outcome == HANDSHAKE_DONE);
        opened_end(&it);
    }
}

static void an_altered_record_is_not_believed(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *flight = flight_of(&it, 16384);
    flight->bytes[flight->size - 300] ^= 1;
    say_blob(&it.talk, C2S, hello_record("mail.example"));
    say_blob(&it.talk, S2C, flight);
    CHECK(has_none(&it.talk));
    opened_end(&it);
}

/* Its end, and then what lies between it and the sealed records, at a snap length. */
static void a_hello_that_is_cut_tells_enough(void)
{
    for (size_t cut = 1; cut < 12; cut++) {
        struct opened it = opened_begin(0x1301);
        struct blob *hello =
            server_record(&(struct server_hello){ .is_13 = true, .chooses_h2 = true });
        struct blob *sealed = blob_new();
        size_t alpn_size = 9;
        say_blob(&it.talk, C2S, hello_record("mail.example"));
        segment_at(&it.talk, S2C, it.talk.next[S2C], hello->bytes, hello->size - cut,
                   hello->size);
        it.talk.next[S2C] += (uint32_t)hello->size;
        seal_messages(&it.seal, sealed, usual_messages(), 400);
        say_in_pieces(&it.talk, S2C, sealed, 300);
        CHECK(cut <= alpn_size ? has_certificate(&it.talk) : has_none(&it.talk));
        CHECK(it.talk.facts->has_gap);
        opened_end(&it);
    }
}

/* The rest of a hello that lacks a piece in its middle is no message of its own. */
static void a_hello_that_lacks_a_piece_tells_enough(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *hello =
        server_record(&(struct server_hello){ .is_13 = true, .chooses_h2 = true });
    struct blob *rest = blob_new();
    say_blob(&it.talk, C2S, hello_record("mail.example"));
    segment_at(&it.talk, S2C, it.talk.next[S2C], hello->bytes, hello->size - 7,
               hello->size - 4);
    it.talk.next[S2C] += (uint32_t)hello->size - 4;
    put(rest, hello->bytes + hello->size - 4, 4);
    seal_messages(&it.seal, rest, usual_messages(), 400);
    say_in_pieces(&it.talk, S2C, rest, 300);
    CHECK(has_certificate(&it.talk) && it.talk.facts->has_gap);
    opened_end(&it);
}

/* Of the lengths that are lost none is guessed, so that the number of no record is. */
static void behind_a_gap_nothing_is_opened(void)
{
    for (size_t missing = 0; missing < 3; missing++) {
        struct opened it = opened_begin(0x1301);
        struct blob *hello = hello_of(0x1301);
        struct blob *sealed = blob_new();
        say_blob(&it.talk, C2S, hello_record("mail.example"));
        seal_messages(&it.seal, sealed, usual_messages(), 400);
        size_t from = missing * 100; /* 0: cut behind the hello, else in a record */
        put(hello, sealed->bytes, from);
        segment_at(&it.talk, S2C, it.talk.next[S2C], hello->bytes, hello->size,
                   hello->size + 50);
        it.talk.next[S2C] += (uint32_t)hello->size + 50;
        say(&it.talk, S2C, sealed->bytes + from + 50, sealed->size - from - 50);
        CHECK(has_none(&it.talk) && !it.talk.facts->tls.knows_asked);
        struct blob *data = blob_new();
        put_record(data, 23, "sealed", 6);
        say_blob(&it.talk, C2S, data);
        CHECK(it.talk.outcome == HANDSHAKE_DONE);
        opened_end(&it);
    }
}

static void a_resumed_connection_has_no_certificate(void)
{
    struct opened it = opened_begin(0x1301);
    struct blob *flight = hello_of(0x1301), *messages = blob_new();
    put_encrypted_extensions(messages, "h2");
    put_hex(messages, "14000004 01020304");
    seal_messages(&it.seal, flight, messages, 16384);
    say_blob(&it.talk, C2S, hello_record("mail.example"));
    say_blob(&it.talk, S2C, flight);
    CHECK(has_none(&it.talk));
    opened_end(&it);
}

int main(void)
{
    RUN(the_certificate_and_the_answered_protocol_are_read);
    RUN(however_records_and_segments_cut_it);
    RUN(every_cut_gives_none_and_no_harm);
    RUN(the_trace_of_the_rfc_is_opened);
    RUN(behind_the_certificate_nothing_is_opened);
    RUN(application_data_under_handshake_keys_is_not_looked_at);
    RUN(a_clients_certificate_is_never_the_servers);
    RUN(a_certificate_in_clear_behind_the_hello_is_not_believed);
    RUN(a_retry_request_comes_before);
    RUN(the_servers_bytes_may_come_before_the_clients);
    RUN(a_client_that_never_speaks_is_not_waited_for);
    RUN(what_the_secrets_do_not_fit_stays_hidden);
    RUN(an_altered_record_is_not_believed);
    RUN(a_hello_that_is_cut_tells_enough);
    RUN(a_hello_that_lacks_a_piece_tells_enough);
    RUN(behind_a_gap_nothing_is_opened);
    RUN(a_resumed_connection_has_no_certificate);
    return test_end();
}
