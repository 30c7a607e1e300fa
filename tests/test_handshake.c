/* test_handshake.c - analyzer/handshake*.c and tls_facts.c, fed segment by segment. */
#include "analyzer/handshake.h"

#include "analyzer/tls_facts.h"
#include "tests/talk.h"

/* ServerHello, Certificate and ServerHelloDone of TLS 1.2 in records of `most` bytes. */
static struct blob *server_flight(size_t most, size_t padding)
{
    struct blob *messages = blob_new(), *records = blob_new();
    put_server_hello(messages, &(struct server_hello){ 0 });
    put_certificate(messages, "mail.example", "Some CA", padding);
    put_number(messages, 0x0e000000, 4);
    put_records(records, messages->bytes, messages->size, most);
    return records;
}

static void the_name_is_found_however_the_bytes_are_cut(void)
{
    struct blob *message = blob_new();
    put_client_hello(message, "mail.example");
    static const size_t records[] = { 1, 3, 50, 16384 },
                        segments[] = { 1, 2, 7, 100, 9999 };
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        for (size_t k = 0; k < sizeof segments / sizeof *segments; k++) {
            struct talk talk = talk_begin();
            message = blob_new();
            put_client_hello(message, "mail.example");
            struct blob *stream = blob_new();
            put_records(stream, message->bytes, message->size, records[i]);
            say_in_pieces(&talk, C2S, stream, segments[k]);
            CHECK_TEXT(talk.facts->tls.sni, "mail.example");
            CHECK(talk.facts->tls.alpn_offered_count == 1);
            CHECK_TEXT(talk.facts->tls.alpn_offered[0], "h2");
            CHECK(talk.facts->tls.offers_13 && talk.facts->tls.has_hello);
            CHECK(talk.facts->tls.hello_frame == talk.frame);
            CHECK(!talk.facts->has_gap && !talk.facts->has_conflict);
            talk_end(&talk);
        }
}

/* All orders of four pieces, each sent once. */
static void the_name_is_found_out_of_order(void)
{
    for (unsigned order = 0; order < 256; order++) {
        unsigned turn[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3 };
        unsigned seen = 1u << turn[0] | 1u << turn[1] | 1u << turn[2] | 1u << turn[3];
        if (seen != 15)
            continue;
        struct talk talk = talk_begin();
        struct blob *hello = hello_record("mail.example");
        size_t piece = hello->size / 4 + 1;
        for (unsigned i = 0; i < 4; i++) {
            size_t at = turn[i] * piece;
            size_t size = hello->size - at < piece ? hello->size - at : piece;
            CHECK(talk.facts->tls.sni == NULL);
            segment_at(&talk, C2S, 1000 + (uint32_t)at, hello->bytes + at, size, size);
        }
        CHECK_TEXT(talk.facts->tls.sni, "mail.example");
        talk_end(&talk);
    }
}

static void repeats_with_other_borders_change_nothing(void)
{
    struct talk talk = talk_begin();
    struct blob *hello = hello_record("mail.example");
    segment_at(&talk, C2S, 1000, hello->bytes, 60, 60);
    segment_at(&talk, C2S, 1000, hello->bytes, 40, 40);
    segment_at(&talk, C2S, 1030, hello->bytes + 30, 50, 50);
    segment_at(&talk, C2S, 1100, hello->bytes + 100, hello->size - 100,
               hello->size - 100);
    segment_at(&talk, C2S, 1070, hello->bytes + 70, 60, 60);
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    CHECK(!talk.facts->has_conflict);
    talk_end(&talk);
}

static void of_two_copies_that_differ_the_first_counts_and_it_is_said(void)
{
    struct talk talk = talk_begin();
    struct blob *hello = hello_record("good.example"),
                *other = hello_record("evil.example");
    size_t cut = hello->size - 15; /* behind the name */
    segment_at(&talk, C2S, 1000, hello->bytes, cut, cut);
    segment_at(&talk, C2S, 1000, other->bytes, other->size, other->size);
    CHECK_TEXT(talk.facts->tls.sni, "good.example");
    CHECK(talk.facts->has_conflict);
    talk_end(&talk);
}

static void a_tls_12_handshake_gives_certificate_and_time(void)
{
    struct talk talk = talk_begin();
    say_blob(&talk, C2S, hello_record("mail.example"));
    say_blob(&talk, S2C, server_flight(16384, 100));
    CHECK(talk.outcome == HANDSHAKE_MORE);
    struct blob *rest = blob_new();
    put_record(rest, 22, "\x10\0\0\1x", 5);
    put_record(rest, 20, "\1", 1);
    put_record(rest, 22, "sealed finished message", 23);
    say_blob(&talk, C2S, rest);
    struct blob *data = blob_new();
    put_record(data, 23, "sealed", 6);
    say_blob(&talk, C2S, data);
    CHECK(talk.outcome == HANDSHAKE_DONE);
    const struct flow_tls *tls = &talk.facts->tls;
    CHECK_TEXT(tls->version, "1.2");
    CHECK(tls->chain_count == 2 && !tls->resumed && !tls->hello_retry);
    CHECK_TEXT(certificates_at(talk.certificates, tls->chain[0])->subject_cn,
               "mail.example");
    CHECK_TEXT(certificates_at(talk.certificates, tls->chain[1])->subject_cn, "Some CA");
    CHECK(tls->ja3 != NULL && tls->ja4 != NULL && tls->ja3s != NULL);
    CHECK(tls->hello_frame == 1 && tls->server_hello_frame == 2);
    CHECK(talk.facts->timing.hello_ns == 1000);
    CHECK(talk.facts->timing.tls_ns == 3000);
    talk_end(&talk);
}

static void the_protocol_is_the_one_that_the_server_chose(void)
{
    for (int chooses = 0; chooses < 2; chooses++) {
        struct talk talk = talk_begin();
        say_blob(&talk, C2S, hello_record("mail.example"));
        CHECK(talk.facts->tls.alpn == NULL);
        say_blob(&talk, S2C,
                 server_record(&(struct server_hello){ .chooses_h2 = chooses }));
        if (chooses)
            CHECK_TEXT(talk.facts->tls.alpn, "h2");
        else
            CHECK(talk.facts->tls.has_server_hello && talk.facts->tls.alpn == NULL);
        talk_end(&talk);
    }
}

static void in_clear_it_is_seen_whether_a_client_certificate_is_asked_for(void)
{
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        struct talk talk = talk_begin();
        struct blob *messages = blob_new(), *records = blob_new();
        put_server_hello(messages, &(struct server_hello){ 0 });
        put_certificate(messages, "mail.example", "Some CA", 10);
        if (is_asked)
            put_hex(messages, "0d000008 0101 0002 0403 0000");
        say_blob(&talk, C2S, hello_record("mail.example"));
        put_records(records, messages->bytes, messages->size, 16384);
        say_blob(&talk, S2C, records);
        CHECK(talk.facts->tls.knows_asked == (is_asked != 0));
        struct blob *done = blob_new();
        put_record(done, 22, "\x0e\0\0\0", 4);
        say_blob(&talk, S2C, done);
        CHECK(talk.facts->tls.knows_asked);
        CHECK(talk.facts->tls.is_asked == (is_asked != 0));
        talk_end(&talk);
    }
}

static void what_a_gap_may_hide_of_that_is_not_known(void)
{
    for (int has_gap = 0; has_gap < 2; has_gap++) {
        struct talk talk = talk_begin();
        struct blob *hello = server_record(&(struct server_hello){ 0 });
        struct blob *certificate = blob_new(), *record = blob_new(), *done = blob_new();
        put_certificate(certificate, "mail.example", "Some CA", 10);
        put_records(record, certificate->bytes, certificate->size, 16384);
        put_record(done, 22, "\x0e\0\0\0", 4);
        say_blob(&talk, C2S, hello_record("mail.example"));
        say_blob(&talk, S2C, hello);
        segment_at(&talk, S2C, talk.next[S2C], record->bytes,
                   record->size - (has_gap ? 1u : 0u), record->size);
        talk.next[S2C] += (uint32_t)record->size;
        say_blob(&talk, S2C, done);
        CHECK(talk.facts->tls.has_server_hello && talk.facts->has_gap == (has_gap == 1));
        CHECK(talk.facts->tls.knows_asked == (has_gap == 0));
        talk_end(&talk);
    }
}

static void of_many_offered_protocols_the_first_are_kept(void)
{
    static const char list[] = "\2h2\x08http/1.1\3a-3\3a-4\3a-5\3a-6\3a-7\1\xff\3a-9";
    struct flow_facts *facts = calloc(1, sizeof *facts);
    if (facts == NULL)
        abort();
    struct tls_client_hello hello = { .alpn = bytes_of(list, sizeof list - 1) };
    tls_facts_client_hello(facts, &hello, false, 1);
    CHECK(facts->tls.alpn_offered_count == FLOW_ALPN_MAX);
    CHECK_TEXT(facts->tls.alpn_offered[1], "http/1.1");
    CHECK_TEXT(facts->tls.alpn_offered[FLOW_ALPN_MAX - 1], "\\xff");
    flow_facts_free(facts);
}

static void a_chain_over_many_records_and_segments_is_put_together(void)
{
    struct talk talk = talk_begin();
    say_blob(&talk, C2S, hello_record("mail.example"));
    say_in_pieces(&talk, S2C, server_flight(97, 15000), 1460);
    CHECK(talk.facts->tls.chain_count == 2);
    CHECK(!talk.facts->stream_cap_reached);
    talk_end(&talk);
}

static void a_chain_beyond_the_limit_is_given_up_and_said(void)
{
    struct talk talk = talk_begin();
    say_blob(&talk, C2S, hello_record("mail.example"));
    struct blob *messages = blob_new(), *records = blob_new();
    put_server_hello(messages, &(struct server_hello){ 0 });
    put_number(messages, 0x0bffffff, 4);
    put_repeated(messages, 0, HANDSHAKE_MESSAGES_MOST + 5000);
    put_records(records, messages->bytes, messages->size, 16384);
    say_in_pieces(&talk, S2C, records, 1460);
    CHECK(talk.facts->stream_cap_reached);
    CHECK(talk.facts->tls.chain_count == 0);
    talk_end(&talk);
}

static void after_a_hello_retry_request_the_second_server_hello_counts(void)
{
    struct talk talk = talk_begin();
    say_blob(&talk, C2S, hello_record("mail.example"));
    struct blob *retry = server_record(&(struct server_hello){ .is_retry = true });
    put_record(retry, 20, "\1", 1);
    say_blob(&talk, S2C, retry);
    CHECK(talk.facts->tls.hello_retry && !talk.facts->tls.has_server_hello);
    struct blob *second = blob_new();
    put_record(second, 20, "\1", 1);
    struct blob *again = hello_record("second.example");
    put(second, again->bytes, again->size);
    say_blob(&talk, C2S, second);
    say_blob(&talk, S2C, server_record(&(struct server_hello){ .is_13 = true }));
    CHECK(talk.facts->tls.has_server_hello);
    CHECK_TEXT(talk.facts->tls.version, "1.3");
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    CHECK(talk.facts->tls.server_hello_frame == 4 && talk.facts->tls.hello_frame == 1);
    talk_end(&talk);
}

static void an_echoed_session_means_resumed_unless_a_certificate_comes(void)
{
    for (int with_certificate = 0; with_certificate < 2; with_certificate++) {
        struct talk talk = talk_begin();
        say_blob(&talk, C2S, hello_record("mail.example"));
        struct blob *messages = blob_new(), *records = blob_new();
        put_server_hello(messages, &(struct server_hello){ .echoes_session = true });
        if (with_certificate)
            put_certificate(messages, "mail.example", "Some CA", 10);
        put_records(records, messages->bytes, messages->size, 16384);
        say_blob(&talk, S2C, records);
        CHECK(talk.facts->tls.resumed == !with_certificate);
        talk_end(&talk);
    }
}

static void an_alert_in_clear_is_noted_and_a_sealed_one_not(void)
{
    struct talk talk = talk_begin();
    say_blob(&talk, C2S, hello_record("mail.example"));
    struct blob *alert = blob_new();
    put_record(alert, 21, "\2\x28", 2);
    say_blob(&talk, S2C, alert);
    CHECK_TEXT(talk.facts->tls.alert, "handshake_failure");
    talk_end(&talk);

    talk = talk_begin();
    struct blob *sealed = hello_record("mail.example");
    put_record(sealed, 20, "\1", 1);
    put_record(sealed, 21, "\2\x28", 2);
    say_blob(&talk, C2S, sealed);
    CHECK(talk.facts->tls.alert == NULL);
    talk_end(&talk);
}

static void one_direction_alone_gives_what_it_holds(void)
{
    struct talk talk = talk_begin();
    say_blob(&talk, S2C, server_flight(16384, 100));
    CHECK(talk.facts->tls.chain_count == 2 && !talk.facts->tls.has_hello);
    CHECK_TEXT(talk.facts->tls.version, "1.2");
    talk_end(&talk);

    talk = talk_begin();
    say_blob(&talk, C2S, hello_record("mail.example"));
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    CHECK(!talk.facts->tls.has_server_hello && talk.facts->tls.version == NULL);
    talk_end(&talk);
}

/* A long upload, its answers not captured: nothing of the handshake is missing. */
static void data_of_one_direction_alone_reach_no_limit(void)
{
    for (int with_hello = 0; with_hello < 2; with_hello++) {
        struct talk talk = talk_begin();
        if (with_hello)
            say_blob(&talk, C2S, hello_record("mail.example"));
        struct blob *data = blob_new(), *sealed = blob_new();
        put_repeated(sealed, 0x55, 16000);
        for (int i = 0; i < 10; i++)
            put_record(data, 23, sealed->bytes, sealed->size);
        for (int i = 0; i < 10; i++)
            say_in_pieces(&talk, C2S, data, 1460);
        CHECK(!talk.facts->stream_cap_reached);
        talk_end(&talk);
    }
}

static void a_hello_cut_by_the_snap_length_is_read_as_far_as_it_goes(void)
{
    struct blob *whole = hello_record("mail.example");
    size_t size = whole->size, found_at = 0;
    for (size_t kept = 1; kept < size; kept++) {
        struct talk talk = talk_begin();
        struct blob *hello = hello_record("mail.example");
        segment_at(&talk, C2S, 1000, hello->bytes, kept, size);
        handshake_conclude(talk.handshake, talk.facts, talk.certificates);
        const char *sni = talk.facts->tls.sni;
        CHECK(sni == NULL || strcmp(sni, "mail.example") == 0);
        CHECK(sni != NULL || found_at == 0);
        found_at = sni != NULL && found_at == 0 ? kept : found_at;
        CHECK(talk.facts->has_gap);
        CHECK((talk.facts->tls.client_random != NULL) == (kept >= 5 + 4 + 2 + 32));
        talk_end(&talk);
    }
    /* The name ends 18 bytes before the end: ALPN and versions are behind it. */
    CHECK(found_at == size - 18);
}

static void an_unfinished_hello_is_read_when_the_flow_ends(void)
{
    struct talk talk = talk_begin();
    struct blob *hello = hello_record("mail.example");
    say(&talk, C2S, hello->bytes, hello->size - 3);
    CHECK(talk.facts->tls.sni == NULL);
    handshake_conclude(talk.handshake, talk.facts, talk.certificates);
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    talk_end(&talk);
}

/* So many repeats that what is missing is waited for no longer. */
static void tire(struct talk *talk, int side, uint32_t sequence, const void *bytes,
                 size_t size)
{
    for (int i = 0; i < 300; i++)
        segment_at(talk, side, sequence, bytes, size, size);
}

static void of_a_hello_that_lacks_bytes_what_is_there_is_read(void)
{
    struct talk talk = talk_begin();
    struct blob *hello = hello_record("mail.example"), *data = blob_new();
    put_record(data, 23, "sealed", 6);
    segment_at(&talk, C2S, 1000, hello->bytes, 50, 50);
    segment_at(&talk, C2S, 1060, hello->bytes + 60, 20, 20);
    handshake_acknowledged(talk.handshake, FLOW_C2S, 1080);
    segment_at(&talk, C2S, 1080, hello->bytes + 80, hello->size - 80, hello->size - 80);
    CHECK(!talk.facts->has_gap);
    tire(&talk, C2S, 1060, hello->bytes + 60, 20);
    CHECK(talk.facts->has_gap && talk.facts->has_loss && talk.facts->tls.sni == NULL);
    CHECK(talk.facts->tls.client_random != NULL);
    /* Its header told where the next record begins. */
    say_blob(&talk, S2C, server_record(&(struct server_hello){ .is_13 = true }));
    segment_at(&talk, C2S, 1000 + (uint32_t)hello->size, data->bytes, data->size,
               data->size);
    CHECK(talk.facts->timing.tls_ns > 0 && talk.outcome == HANDSHAKE_DONE);
    talk_end(&talk);
}

static void a_late_segment_within_patience_loses_nothing(void)
{
    struct talk talk = talk_begin();
    struct blob *hello = hello_record("mail.example");
    segment_at(&talk, C2S, 1060, hello->bytes + 60, hello->size - 60, hello->size - 60);
    handshake_acknowledged(talk.handshake, FLOW_C2S, 1000 + (uint32_t)hello->size);
    say_blob(&talk, S2C, server_record(&(struct server_hello){ .is_13 = true }));
    segment_at(&talk, C2S, 1000, hello->bytes, 60, 60);
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    CHECK(!talk.facts->has_gap);
    talk_end(&talk);
}

/* Up to the hole, and from each place behind it: what is read is right or absent. */
static void of_a_server_flight_with_a_hole_the_whole_parts_are_read(void)
{
    size_t size = server_flight(2000, 3000)->size, leaf_alone = 0, behind = 0;
    blobs_release();
    for (size_t from = 1; from + 40 < size; from += 7) {
        struct talk talk = talk_begin();
        struct blob *flight = server_flight(2000, 3000);
        size_t to = from + 40;
        say(&talk, S2C, flight->bytes, from);
        segment_at(&talk, S2C, talk.next[S2C] + 40, flight->bytes + to, size - to,
                   size - to);
        CHECK(talk.facts->tls.chain_count == 0 || from > 200);
        handshake_conclude(talk.handshake, talk.facts, talk.certificates);
        const struct flow_tls *tls = &talk.facts->tls;
        CHECK(tls->version == NULL || strcmp(tls->version, "1.2") == 0);
        CHECK(tls->chain_count <= 2 && talk.facts->tls.alert == NULL);
        if (tls->chain_count > 0)
            CHECK_TEXT(certificates_at(talk.certificates, tls->chain[0])->subject_cn,
                       "mail.example");
        leaf_alone += tls->chain_count == 1;
        behind += tls->chain_count > 0 && !tls->has_server_hello;
        talk_end(&talk);
    }
    CHECK(leaf_alone > 0);
    CHECK(behind == 0); /* one record: where the certificate begins is not known */
}

static struct blob *flight_in_two_records(void)
{
    struct blob *hello = blob_new(), *rest = blob_new(), *records = blob_new();
    put_server_hello(hello, &(struct server_hello){ 0 });
    put_certificate(rest, "mail.example", "Some CA", 500);
    put_number(rest, 0x0e000000, 4);
    put_records(records, hello->bytes, hello->size, 16384);
    put_records(records, rest->bytes, rest->size, 16384);
    return records;
}

/* The hole hides the ServerHello, or the end of it: the certificate is in a record of its
   own, which begins with a segment or where the first record told. */
static void a_certificate_behind_a_hole_is_found(void)
{
    for (size_t from = 0; from < 42; from += 7) {
        struct talk talk = talk_begin();
        struct blob *flight = flight_in_two_records();
        struct blob *hello = server_record(&(struct server_hello){ 0 });
        say(&talk, S2C, flight->bytes, from);
        segment_at(&talk, S2C, talk.next[S2C] - (uint32_t)from + (uint32_t)hello->size,
                   flight->bytes + hello->size, flight->size - hello->size,
                   flight->size - hello->size);
        handshake_conclude(talk.handshake, talk.facts, talk.certificates);
        CHECK(talk.facts->tls.chain_count == 2);
        CHECK(talk.facts->has_gap && !talk.facts->has_loss);
        talk_end(&talk);
    }
}

/* Each packet of a connection with so many bytes of TCP payload kept. */
static void say_cut(struct talk *talk, int side, const struct blob *blob, size_t kept)
{
    for (size_t at = 0; at < blob->size; at += 1000) {
        size_t size = blob->size - at < 1000 ? blob->size - at : 1000;
        segment_at(talk, side, talk->next[side], blob->bytes + at,
                   size < kept ? size : kept, size);
        talk->next[side] += (uint32_t)size;
    }
}

static void a_short_snap_length_leaves_what_the_heads_of_packets_tell(void)
{
    struct talk talk = talk_begin();
    struct blob *data = blob_new(), *flight = server_flight(16384, 3000);
    put_record(data, 20, "\1", 1);
    put_record(data, 22, "sealed finished message of some length and more", 40);
    say_cut(&talk, C2S, hello_record("mail.example"), 60);
    say_cut(&talk, S2C, flight, 60);
    CHECK(talk.facts->tls.client_random != NULL && talk.facts->tls.sni == NULL);
    CHECK_TEXT(talk.facts->tls.version, "1.2");
    say_cut(&talk, C2S, data, 30);
    struct blob *sealed = blob_new();
    put_record(sealed, 23, "sealed data of some length, of which the head is there", 50);
    say_cut(&talk, C2S, sealed, 30);
    CHECK(talk.facts->timing.tls_ns > 0);
    CHECK(talk.facts->has_gap && !talk.facts->has_loss);
    talk_end(&talk);
}

static void a_start_in_mid_flow_in_any_order_is_read_from_the_hello(void)
{
    struct talk talk = { .handshake = handshake_new(),
                         .facts = flow_facts_new(),
                         .certificates = certificates_new() };
    struct blob *hello = hello_record("mail.example");
    segment_at(&talk, C2S, 1100, hello->bytes + 100, hello->size - 100,
               hello->size - 100);
    CHECK(!talk.facts->tls.has_hello);
    segment_at(&talk, C2S, 1000, hello->bytes, 100, 100);
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    talk_end(&talk);
}

/* The end of something else, then a hello, each segment by itself. */
static void in_mid_flow_a_segment_that_begins_a_record_is_enough(void)
{
    struct talk talk = { .handshake = handshake_new(),
                         .facts = flow_facts_new(),
                         .certificates = certificates_new(),
                         .next = { 77, 99 } };
    struct blob *hello = hello_record("mail.example"), *other = blob_new();
    put_repeated(other, 0x55, 300);
    for (int i = 0; i < 2; i++)
        say_blob(&talk, C2S, other);
    say_blob(&talk, C2S, hello);
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    talk_end(&talk);
}

/* Bytes of a certificate look like a type and a length too easily. */
static void in_mid_flow_not_every_fragment_is_a_message(void)
{
    struct talk talk = { .handshake = handshake_new(),
                         .facts = flow_facts_new(),
                         .certificates = certificates_new() };
    struct blob *middle = blob_new(), *fragment = blob_new();
    put_number(fragment, 0x02000040, 4);
    put_repeated(fragment, 0x55, 64);
    for (int i = 0; i < 4; i++)
        put_record(middle, 22, fragment->bytes, fragment->size);
    for (int i = 0; i < 4; i++)
        say_blob(&talk, S2C, middle);
    handshake_conclude(talk.handshake, talk.facts, talk.certificates);
    CHECK(!talk.facts->tls.is_present && !talk.facts->tls.has_server_hello);
    talk_end(&talk);
}

static void cut_text(struct talk *talk, int side, const char *text, size_t kept)
{
    segment_at(talk, side, talk->next[side], text, kept, strlen(text));
    talk->next[side] += (uint32_t)strlen(text);
}

static void cut_heads_tell_of_the_tunnel(void)
{
    struct talk talk = talk_begin();
    cut_text(&talk, C2S,
             "CONNECT mail.example:443 HTTP/1.1\r\nHost: mail.example\r\n\r\n", 42);
    cut_text(&talk, S2C, "HTTP/1.1 200 Established\r\nVia: 1.1 proxy\r\n\r\n", 30);
    say_blob(&talk, C2S, hello_record("mail.example"));
    CHECK_TEXT(talk.facts->http.host, "mail.example:443");
    CHECK(talk.facts->http.status_count == 1 && talk.facts->http.statuses[0] == 200);
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    talk_end(&talk);
}

static void a_body_that_lacks_bytes_ends_where_its_length_says(void)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    struct talk talk = talk_begin();
    say_text(&talk, C2S, request);
    cut_text(&talk, S2C,
             "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789"
             "01234567890123456789",
             45);
    say_text(&talk, C2S, request);
    say_text(&talk, S2C, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    say_text(&talk, S2C, "HTTP/1.1 204 None\r\n\r\n");
    CHECK(talk.facts->http.status_count == 3 && talk.facts->http.statuses[2] == 204);
    talk_end(&talk);
}

static void the_order_of_the_hellos_does_not_matter(void)
{
    struct talk talk = talk_begin();
    say_blob(&talk, S2C, server_record(&(struct server_hello){ .echoes_session = true }));
    CHECK(!talk.facts->tls.resumed);
    say_blob(&talk, C2S, hello_record("mail.example"));
    CHECK(talk.facts->tls.resumed);
    talk_end(&talk);
}

static enum handshake_outcome see_guess(struct talk *talk, int side, const void *bytes,
                                        size_t size, uint32_t sequence)
{
    struct handshake_segment segment = { .side = (enum flow_side)side,
                                         .sequence = sequence,
                                         .payload = bytes_of(bytes, size),
                                         .wire_length = (uint32_t)size,
                                         .time_ns = 1,
                                         .frame = 1 };
    return handshake_see(talk->handshake, talk->facts, talk->certificates, &segment,
                         true);
}

static void the_bytes_tell_that_the_sides_are_swapped(void)
{
    struct blob *client = hello_record("mail.example"), *server = server_flight(9999, 10);
    static const char request[] = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct {
        int side;
        const void *bytes;
        size_t size;
        bool is_swapped;
    } cases[] = {
        { C2S, client->bytes, client->size, false },
        { S2C, client->bytes, client->size, true },
        { S2C, server->bytes, server->size, false },
        { C2S, server->bytes, server->size, true },
        { C2S, request, sizeof request - 1, false },
        { S2C, request, sizeof request - 1, true },
        { S2C, answer, sizeof answer - 1, false },
        { C2S, answer, sizeof answer - 1, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talk talk = { .handshake = handshake_new(),
                             .facts = flow_facts_new(),
                             .certificates = certificates_new() };
        enum handshake_outcome outcome =
            see_guess(&talk, cases[i].side, cases[i].bytes, cases[i].size, 7);
        CHECK((outcome == HANDSHAKE_SIDES_SWAPPED) == cases[i].is_swapped);
        CHECK(!cases[i].is_swapped || !talk.facts->tls.is_present);
        CHECK(!cases[i].is_swapped || talk.facts->http.requests == 0);
        handshake_free(talk.handshake);
        flow_facts_free(talk.facts);
        certificates_free(talk.certificates);
    }
    blobs_release();
}

static void after_a_swap_the_same_segment_is_read(void)
{
    struct talk talk = { .handshake = handshake_new(),
                         .facts = flow_facts_new(),
                         .certificates = certificates_new() };
    struct blob *hello = hello_record("mail.example");
    CHECK(see_guess(&talk, S2C, hello->bytes, hello->size, 7) == HANDSHAKE_SIDES_SWAPPED);
    handshake_swap(talk.handshake);
    CHECK(see_guess(&talk, C2S, hello->bytes, hello->size, 7) == HANDSHAKE_MORE);
    CHECK_TEXT(talk.facts->tls.sni, "mail.example");
    talk_end(&talk);
}

/* Otherwise a sender could have the sides swapped with every segment, for ever. */
static void a_segment_that_waits_for_others_swaps_nothing(void)
{
    struct talk talk = talk_begin();
    struct blob *hello = hello_record("mail.example");
    for (int i = 0; i < 3; i++)
        CHECK(see_guess(&talk, S2C, hello->bytes, hello->size, talk.next[S2C] + 9) ==
              HANDSHAKE_MORE);
    talk_end(&talk);
}

static void a_connection_that_nothing_knows_is_let_go_of(void)
{
    struct talk talk = talk_begin();
    say_text(&talk, S2C, "SSH-2.0-one\r\n");
    CHECK(talk.outcome == HANDSHAKE_MORE);
    say_text(&talk, C2S, "SSH-2.0-two\r\n");
    CHECK(talk.outcome == HANDSHAKE_DONE);
    CHECK(!talk.facts->tls.is_present && talk.facts->http.requests == 0);
    talk_end(&talk);
}

int main(void)
{
    RUN(the_name_is_found_however_the_bytes_are_cut);
    RUN(the_name_is_found_out_of_order);
    RUN(repeats_with_other_borders_change_nothing);
    RUN(of_two_copies_that_differ_the_first_counts_and_it_is_said);
    RUN(a_tls_12_handshake_gives_certificate_and_time);
    RUN(the_protocol_is_the_one_that_the_server_chose);
    RUN(in_clear_it_is_seen_whether_a_client_certificate_is_asked_for);
    RUN(what_a_gap_may_hide_of_that_is_not_known);
    RUN(of_many_offered_protocols_the_first_are_kept);
    RUN(a_chain_over_many_records_and_segments_is_put_together);
    RUN(a_chain_beyond_the_limit_is_given_up_and_said);
    RUN(after_a_hello_retry_request_the_second_server_hello_counts);
    RUN(an_echoed_session_means_resumed_unless_a_certificate_comes);
    RUN(an_alert_in_clear_is_noted_and_a_sealed_one_not);
    RUN(one_direction_alone_gives_what_it_holds);
    RUN(data_of_one_direction_alone_reach_no_limit);
    RUN(a_hello_cut_by_the_snap_length_is_read_as_far_as_it_goes);
    RUN(an_unfinished_hello_is_read_when_the_flow_ends);
    RUN(of_a_hello_that_lacks_bytes_what_is_there_is_read);
    RUN(a_late_segment_within_patience_loses_nothing);
    RUN(of_a_server_flight_with_a_hole_the_whole_parts_are_read);
    RUN(a_certificate_behind_a_hole_is_found);
    RUN(a_short_snap_length_leaves_what_the_heads_of_packets_tell);
    RUN(a_start_in_mid_flow_in_any_order_is_read_from_the_hello);
    RUN(in_mid_flow_a_segment_that_begins_a_record_is_enough);
    RUN(in_mid_flow_not_every_fragment_is_a_message);
    RUN(cut_heads_tell_of_the_tunnel);
    RUN(a_body_that_lacks_bytes_ends_where_its_length_says);
    RUN(the_order_of_the_hellos_does_not_matter);
    RUN(the_bytes_tell_that_the_sides_are_swapped);
    RUN(after_a_swap_the_same_segment_is_read);
    RUN(a_segment_that_waits_for_others_swaps_nothing);
    RUN(a_connection_that_nothing_knows_is_let_go_of);
    return test_end();
}
