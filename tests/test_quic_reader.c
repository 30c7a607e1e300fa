/* test_quic_reader.c - analyzer/quic_reader.c: connections of QUIC as a bystander sees
 * them. */
#include "analyzer/quic_reader.h"

#include "tests/quic_sealer.h"

enum { VERSION_1 = 1, VERSION_2 = 0x6b3343cf, MILLISECOND = 1000000 };

struct talk {
    struct flow *flow;
    int64_t time_ns;
    uint64_t frame;
};

static struct talk talk_begin(void)
{
    struct talk talk = { .flow = calloc(1, sizeof *talk.flow) };
    if (talk.flow == NULL)
        abort();
    talk.flow->key = (struct flow_key){ .low = { 4, { 10, 0, 0, 1 } },
                                        .high = { 4, { 52, 112, 0, 1 } },
                                        .low_port = 50000,
                                        .high_port = 443,
                                        .transport = FLOW_UDP };
    talk.flow->client_is_low = true;
    return talk;
}

static void talk_end(struct talk *talk)
{
    datagram_release(talk->flow);
    flow_facts_free(talk->flow->facts);
    free(talk->flow);
    blobs_release();
}

/* In memory of its own, for the sanitizer; a millisecond after the one before. */
static void say(struct talk *talk, enum flow_side side, const struct blob *bytes)
{
    static struct name_cache *names;
    if (names == NULL)
        names = name_cache_new();
    uint8_t *copy = malloc(bytes->size + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes->bytes, bytes->size);
    talk->time_ns += MILLISECOND;
    struct datagram datagram = { .payload = bytes_of(copy, bytes->size),
                                 .side = side,
                                 .time_ns = talk->time_ns,
                                 .frame = ++talk->frame };
    datagram_see(talk->flow, names, &datagram);
    free(copy);
}

static struct blob *retry_datagram(const char *id)
{
    struct blob *out = blob_new();
    put_number(out, 0xf0, 1);
    put_number(out, VERSION_1, 4);
    put_counted(out, "client");
    put_counted(out, id);
    put_text(out, "token of the server and its tag.");
    return out;
}

/* A long header of any version; nothing in it is sealed. */
static struct blob *plain_datagram(uint32_t version, uint8_t first, const char *dcid,
                                   const char *scid, size_t size)
{
    struct blob *out = blob_new();
    put_number(out, first, 1);
    put_number(out, version, 4);
    put_counted(out, dcid);
    put_counted(out, scid);
    put_repeated(out, 7, size - out->size);
    return out;
}

static struct blob *handshake_datagram(void)
{
    struct blob *out = blob_new();
    put_number(out, 0xe0, 1);
    put_number(out, VERSION_1, 4);
    put_counted(out, "server");
    put_counted(out, "client");
    put_number(out, 0x4000 | 40, 2);
    put_repeated(out, 5, 40);
    return out;
}

static int64_t server_rtt(const struct talk *talk)
{
    return talk->flow->facts->quic_handshake.server_ns;
}

static int64_t client_rtt(const struct talk *talk)
{
    return talk->flow->facts->quic_handshake.client_ns;
}

static void check_facts(const struct talk *talk, const char *version, const char *dcid)
{
    const struct flow_facts *facts = talk->flow->facts;
    CHECK(facts != NULL && facts->tls.has_hello && facts->tls.has_server_hello);
    if (facts == NULL)
        return;
    CHECK_TEXT(facts->tls.sni, "name.example");
    CHECK_TEXT(facts->tls.version, "1.3");
    CHECK_TEXT(facts->quic.version, version);
    CHECK_TEXT(facts->quic.dcid, dcid);
    CHECK(facts->tls.ja4 != NULL && facts->tls.ja4[0] == 'q');
}

/* "first" and "other", in hexadecimal. */
static const char first_hex[] = "6669727374", other_hex[] = "6f74686572";

static void a_handshake_gives_facts_and_both_round_trips(void)
{
    struct talk talk = talk_begin();
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    CHECK(server_rtt(&talk) == -1 && client_rtt(&talk) == -1);
    talk.time_ns += 9 * MILLISECOND;
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 0));
    check_facts(&talk, "1", first_hex);
    CHECK(server_rtt(&talk) == 10 * MILLISECOND);
    CHECK(talk.flow->facts->quic_handshake.syn_frame == 1);
    CHECK(talk.flow->facts->quic_handshake.synack_frame == 2);
    say(&talk, FLOW_C2S, handshake_datagram());
    CHECK(client_rtt(&talk) == MILLISECOND);
    CHECK(talk.flow->facts->quic_handshake.client_is_estimate);
    for (int i = 0; i < QUIC_DATAGRAMS_BEHIND; i++) {
        CHECK(talk.flow->quic != NULL && !talk.flow->is_done_with_handshake);
        say(&talk, FLOW_C2S, handshake_datagram());
    }
    CHECK(talk.flow->quic == NULL && talk.flow->is_done_with_handshake);
    CHECK(client_rtt(&talk) == MILLISECOND); /* the shortest stays */
    talk_end(&talk);
}

static void an_acknowledgement_of_the_client_is_its_round_trip(void)
{
    struct talk talk = talk_begin();
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 0));
    struct blob *frames = blob_new(), *out = blob_new();
    put_ack(frames, 0, 0);
    put_repeated(frames, 0, 20);
    put_initial(out, &(struct initial){ .version = VERSION_1,
                                        .root = "first", /* whatever it writes to */
                                        .dcid = "server",
                                        .scid = "client",
                                        .number = 1,
                                        .frames = frames });
    talk.time_ns += 2 * MILLISECOND;
    say(&talk, FLOW_C2S, out);
    CHECK(client_rtt(&talk) == 3 * MILLISECOND);
    CHECK(!talk.flow->facts->quic_handshake.client_is_estimate);
    talk_end(&talk);
}

/* Numbers are never used twice: the answer names the Initial that it answers. */
static void a_repeated_initial_does_not_blur_the_round_trip(void)
{
    struct talk talk = talk_begin();
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    talk.time_ns += 300 * MILLISECOND;
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 1));
    talk.time_ns += 19 * MILLISECOND;
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 1, 0));
    CHECK(server_rtt(&talk) == 20 * MILLISECOND);
    CHECK(talk.flow->facts->quic.initials == 2);
    talk_end(&talk);
}

static void a_possible_delay_is_taken_off(void)
{
    static const struct {
        uint32_t units;
        int64_t rtt_ns;
    } delays[] = { { 250, 8 * MILLISECOND },   /* 2 ms */
                   { 1250, 10 * MILLISECOND }, /* 10 ms: nothing would be left */
                   { 100000, 10 * MILLISECOND } };
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        struct talk talk = talk_begin();
        say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
        talk.time_ns += 9 * MILLISECOND;
        say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, delays[i].units));
        CHECK(server_rtt(&talk) == delays[i].rtt_ns);
        talk_end(&talk);
    }
    struct talk talk =
        talk_begin(); /* no endpoint waits for 40 ms without having said so */
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    talk.time_ns += 99 * MILLISECOND;
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 5000));
    CHECK(server_rtt(&talk) == 100 * MILLISECOND);
    talk_end(&talk);
}

static void an_answer_that_comes_before_its_question_waits_for_it(void)
{
    struct talk talk = talk_begin();
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 0));
    CHECK(!talk.flow->facts->tls.is_present);
    CHECK_TEXT(talk.flow->facts->quic.version, "1"); /* which the header tells */
    CHECK(talk.flow->facts->quic.dcid == NULL);
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    check_facts(&talk, "1", first_hex);
    CHECK(server_rtt(&talk) == -1); /* no time runs backwards */
    talk_end(&talk);
}

/* The client was presumed on the other side when the answer came. */
static void what_waits_follows_when_the_sides_are_exchanged(void)
{
    for (int client_is_low = 0; client_is_low < 2; client_is_low++) {
        struct talk talk = talk_begin();
        talk.flow->client_is_low = client_is_low == 0;
        say(&talk, FLOW_C2S, answer_datagram(VERSION_1, "first", 0, 0));
        talk.flow->client_is_low = client_is_low == 1;
        say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
        check_facts(&talk, "1", first_hex);
        talk_end(&talk);
    }
}

static void an_initial_of_foreign_keys_takes_none_away(void)
{
    struct talk talk = talk_begin();
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    struct blob *foreign = hello_datagram(VERSION_1, "other", 1);
    foreign->bytes[foreign->size - 1] ^= 1;
    say(&talk, FLOW_C2S, foreign);
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 0));
    check_facts(&talk, "1", first_hex);
    talk_end(&talk);
}

/* Initial, Retry, Initial, answer: in each of their orders. */
static void a_retry_in_any_order_gives_the_same_facts(void)
{
    for (unsigned order = 0; order < 256; order++) {
        unsigned digits[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 };
        unsigned used = 0;
        for (size_t i = 0; i < 4; i++)
            used |= 1u << digits[i];
        if (used != 15)
            continue;
        struct talk talk = talk_begin();
        struct blob *said[] = { hello_datagram(VERSION_1, "first", 0),
                                retry_datagram("other"),
                                hello_datagram(VERSION_1, "other", 1),
                                answer_datagram(VERSION_1, "other", 1, 0) };
        for (size_t i = 0; i < 4; i++)
            say(&talk, digits[i] % 2 == 0 ? FLOW_C2S : FLOW_S2C, said[digits[i]]);
        check_facts(&talk, "1", first_hex);
        CHECK(talk.flow->facts->quic.retry);
        talk_end(&talk);
    }
}

static void a_retry_is_a_round_trip_while_one_datagram_can_be_meant(void)
{
    for (uint32_t initials = 1; initials <= 2; initials++) {
        struct talk talk = talk_begin();
        for (uint32_t i = 0; i < initials; i++)
            say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", i));
        talk.time_ns += 6 * MILLISECOND;
        say(&talk, FLOW_S2C, retry_datagram("other"));
        CHECK(server_rtt(&talk) == (initials == 1 ? 7 * MILLISECOND : -1));
        talk_end(&talk);
    }
}

static void only_a_retry_of_the_server_counts(void)
{
    struct talk talk = talk_begin();
    say(&talk, FLOW_C2S, retry_datagram("other"));
    CHECK(!talk.flow->facts->quic.retry);
    talk_end(&talk);
}

/* RFC 9368: the server answers in the version that both like best. */
static void the_version_is_the_one_that_the_server_answers_in(void)
{
    struct talk talk = talk_begin();
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    CHECK_TEXT(talk.flow->facts->quic.version, "1");
    say(&talk, FLOW_S2C, answer_datagram(VERSION_2, "first", 0, 0));
    check_facts(&talk, "2", first_hex);
    say(&talk, FLOW_C2S, handshake_datagram());
    CHECK_TEXT(talk.flow->facts->quic.version, "2");
    talk_end(&talk);
}

static struct blob *negotiation(const char *dcid, const char *scid)
{
    struct blob *out = blob_new();
    put_number(out, 0x80, 1);
    put_number(out, 0, 4);
    put_counted(out, dcid);
    put_counted(out, scid);
    put_number(out, VERSION_1, 4);
    return out;
}

static void unknown_versions_are_told_where_something_speaks_for_them(void)
{
    struct talk talk = talk_begin(); /* a reserved one names itself */
    say(&talk, FLOW_C2S, plain_datagram(0xbabababa, 0xc0, "first", "client", 1200));
    CHECK_TEXT(talk.flow->facts->quic.version, "0xbabababa");
    CHECK(!talk.flow->facts->tls.is_present);
    say(&talk, FLOW_S2C, negotiation("client", "first"));
    CHECK(server_rtt(&talk) == MILLISECOND);
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "other", 0));
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "other", 0, 0));
    check_facts(&talk, "1", other_hex);
    talk_end(&talk);

    talk = talk_begin(); /* a draft whose keys nobody has */
    say(&talk, FLOW_C2S, plain_datagram(0xff000014, 0xff, "first", "client", 1200));
    CHECK_TEXT(talk.flow->facts->quic.version, "draft-20");
    talk_end(&talk);

    talk = talk_begin(); /* any other one once the server gives both ids back */
    say(&talk, FLOW_C2S, plain_datagram(0x12345678, 0xc0, "first", "client", 1200));
    CHECK(talk.flow->facts == NULL);
    say(&talk, FLOW_S2C, negotiation("first", "client"));
    CHECK(talk.flow->facts == NULL || talk.flow->facts->quic.version == NULL);
    say(&talk, FLOW_S2C, negotiation("client", "first"));
    CHECK_TEXT(talk.flow->facts->quic.version, "0x12345678");
    CHECK_TEXT(talk.flow->facts->quic.dcid, first_hex);
    talk_end(&talk);

    talk = talk_begin(); /* sealed bytes of something else look so by chance */
    say(&talk, FLOW_C2S, plain_datagram(0xbabababa, 0xc0, "first", "client", 1199));
    talk.flow->packets[FLOW_C2S] = 20;
    say(&talk, FLOW_C2S, plain_datagram(0xbabababa, 0xc0, "first", "client", 1200));
    CHECK(talk.flow->quic == NULL && talk.flow->facts == NULL);
    talk_end(&talk);

    talk = talk_begin(); /* which a small datagram cannot ask for */
    say(&talk, FLOW_C2S, plain_datagram(0x12345678, 0xc0, "first", "client", 1199));
    CHECK(talk.flow->quic == NULL);
    talk_end(&talk);
}

static uint32_t random_of(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* A hello in overlapping pieces, some a byte apart, over 7 Initials, shuffled and sent
 * twice. */
static void a_hello_in_shuffled_pieces_is_put_together(void)
{
    enum { PACKETS = 7, PIECES_MOST = 2000 };
    static size_t from[PIECES_MOST + 1];
    for (uint32_t seed = 1; seed <= 100; seed++) {
        uint32_t random = seed;
        struct blob *message = blob_new(), *frames[PACKETS];
        put_client_hello(message, "name.example");
        for (size_t i = 0; i < PACKETS; i++)
            frames[i] = blob_new();
        size_t count = 0;
        for (size_t at = 0; at < message->size;) {
            from[count++] = at;
            at += seed % 3 == 0 ? 1 : 1 + random_of(&random) % 9;
        }
        from[count] = message->size;
        for (size_t i = 0; i < count; i++) {
            size_t other = i + random_of(&random) % (count - i);
            size_t piece = from[i], picked = from[other];
            from[i] = picked;
            from[other] = piece;
            size_t end = message->size < picked + 9 ? message->size : picked + 9;
            put_crypto(frames[random_of(&random) % PACKETS], picked,
                       message->bytes + picked, end - picked);
        }
        struct talk talk = talk_begin();
        for (uint32_t i = 0; i < 2 * PACKETS; i++) {
            struct blob *out = blob_new();
            put_repeated(frames[i % PACKETS], i % 2, 20); /* PADDING and PING */
            put_initial(out, &(struct initial){ .version = VERSION_1,
                                                .root = "first",
                                                .dcid = "first",
                                                .number = i,
                                                .frames = frames[i % PACKETS] });
            say(&talk, FLOW_C2S, out);
        }
        CHECK(talk.flow->facts->tls.has_hello);
        CHECK_TEXT(talk.flow->facts->tls.sni, "name.example");
        talk_end(&talk);
    }
}

static void coalesced_packets_are_all_read(void)
{
    struct talk talk = talk_begin();
    struct blob *message = blob_new(), *out = blob_new();
    put_client_hello(message, "name.example");
    for (uint32_t i = 0; i < 2; i++) {
        struct blob *frames = blob_new(), *zero_rtt = handshake_datagram();
        size_t half = message->size / 2;
        put_crypto(frames, i * half, message->bytes + i * half,
                   i == 0 ? half : message->size - half);
        put_initial(out, &(struct initial){ .version = VERSION_1,
                                            .root = "first",
                                            .dcid = "first",
                                            .number = i,
                                            .frames = frames });
        zero_rtt->bytes[0] = 0xd0;
        put(out, zero_rtt->bytes, zero_rtt->size);
    }
    put_repeated(out, 0, 100); /* behind the packets, as some pad */
    say(&talk, FLOW_C2S, out);
    CHECK(talk.flow->facts->tls.has_hello);
    CHECK_TEXT(talk.flow->facts->tls.sni, "name.example");
    talk_end(&talk);
}

static void a_refused_handshake_tells_the_alert(void)
{
    struct talk talk = talk_begin();
    struct blob *frames = blob_new(), *out = blob_new();
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    put_number(frames, 0x1c, 1);
    put_number(frames, 0x4000 | 0x128, 2); /* CRYPTO_ERROR 40 */
    put_number(frames, 6, 1);
    put_number(frames, 0, 1);
    put_repeated(frames, 0, 20);
    put_initial(out, &(struct initial){ .version = VERSION_1,
                                        .root = "first",
                                        .is_server = true,
                                        .frames = frames });
    say(&talk, FLOW_S2C, out);
    CHECK_TEXT(talk.flow->facts->tls.alert, "handshake_failure");
    talk_end(&talk);
}

static void a_hello_that_never_becomes_whole_still_names_the_server(void)
{
    struct talk talk = talk_begin();
    struct blob *message = blob_new(), *frames = blob_new(), *out = blob_new();
    put_client_hello(message, "name.example");
    put_crypto(frames, 0, message->bytes, message->size - 3);
    put_initial(out, &(struct initial){ .version = VERSION_1,
                                        .root = "first",
                                        .dcid = "first",
                                        .frames = frames });
    say(&talk, FLOW_C2S, out);
    CHECK(!talk.flow->facts->tls.is_present);
    datagram_release(talk.flow);
    CHECK_TEXT(talk.flow->facts->tls.sni, "name.example");
    CHECK(talk.flow->facts->tls.hello_frame == 1);
    talk_end(&talk);
}

/* Short headers alone tell nothing, and cost nothing; what begins later is read. */
static void a_connection_that_begins_late_is_read(void)
{
    struct talk talk = talk_begin();
    struct blob *sealed = blob_new();
    put_number(sealed, 0x40, 1);
    put_repeated(sealed, 9, 60);
    for (int i = 0; i < 500; i++)
        say(&talk, i % 2 == 0 ? FLOW_C2S : FLOW_S2C, sealed);
    CHECK(talk.flow->quic == NULL && talk.flow->facts == NULL);
    say(&talk, FLOW_C2S, hello_datagram(VERSION_1, "first", 0));
    say(&talk, FLOW_S2C, answer_datagram(VERSION_1, "first", 0, 0));
    check_facts(&talk, "1", first_hex);
    talk_end(&talk);
}

static void a_handshake_without_an_end_is_let_go_of(void)
{
    struct talk talk = talk_begin();
    for (uint32_t i = 0; i < QUIC_DATAGRAMS_MOST; i++) {
        CHECK(!talk.flow->is_done_with_handshake);
        const char id[] = { 'i', (char)('a' + i % 26), (char)('a' + i / 26), 0 };
        say(&talk, FLOW_C2S, hello_datagram(VERSION_1, id, 0));
        say(&talk, FLOW_S2C, hello_datagram(VERSION_1, id, 0)); /* opened by no key */
        blobs_release();
        if (i * 2 + 2 >= QUIC_DATAGRAMS_MOST)
            break;
    }
    CHECK(talk.flow->is_done_with_handshake && talk.flow->quic == NULL);
    CHECK_TEXT(talk.flow->facts->tls.sni, "name.example");
    CHECK_TEXT(talk.flow->facts->quic.dcid, "696161");
    talk_end(&talk);
}

static void every_cut_of_a_handshake_is_harmless(void)
{
    struct blob *hello = hello_datagram(VERSION_1, "first", 0);
    struct blob *answer = answer_datagram(VERSION_1, "first", 0, 0);
    size_t whole = hello->size;
    for (size_t kept = 0; kept < whole; kept++) {
        struct talk talk = talk_begin();
        hello->size = kept;
        say(&talk, FLOW_C2S, hello);
        say(&talk, FLOW_S2C, answer);
        CHECK(talk.flow->facts == NULL || !talk.flow->facts->tls.is_present);
        datagram_release(talk.flow);
        flow_facts_free(talk.flow->facts);
        free(talk.flow);
    }
    blobs_release();
}

/* Q043: public header, hash, and a STREAM frame of stream 1 with the CHLO. */
static struct blob *legacy_datagram(void)
{
    struct blob *out = blob_new();
    put_number(out, 0x09, 1);
    put_text(out, "legacyid");
    put_text(out, "Q043");
    put_number(out, 1, 1);
    put_repeated(out, 0, 12);
    put_number(out, 0x80, 1);
    put_number(out, 1, 1);
    put(out, "CHLO\1\0\0\0SNI\0\14\0\0\0name.example", 28);
    return out;
}

static void a_hello_of_googles_first_versions_is_read(void)
{
    struct talk talk = talk_begin();
    struct blob *hello = legacy_datagram();
    say(&talk, FLOW_C2S, hello);
    CHECK(talk.flow->facts != NULL);
    CHECK_TEXT(talk.flow->facts->quic.version, "Q043");
    CHECK_TEXT(talk.flow->facts->tls.sni, "name.example");
    CHECK_TEXT(talk.flow->facts->quic.dcid, "6c65676163796964");
    struct datagram_role role =
        datagram_role_of(bytes_of(hello->bytes, hello->size), 50000, 5000);
    CHECK(role.by == CLIENT_BY_HELLO && role.sender_is_client);
    talk_end(&talk);
}

static void packets_tell_who_is_the_client(void)
{
    struct blob *out = handshake_datagram(), *hello = hello_datagram(1, "first", 0);
    put(out, hello->bytes, hello->size);
    struct datagram_role role =
        datagram_role_of(bytes_of(out->bytes, out->size), 50000, 5000);
    CHECK(role.by == CLIENT_BY_HELLO && role.sender_is_client);
    out = retry_datagram("other");
    role = datagram_role_of(bytes_of(out->bytes, out->size), 50000, 5000);
    CHECK(role.by == CLIENT_BY_ANSWER && !role.sender_is_client);
    out = answer_datagram(VERSION_1, "first", 0, 0);
    role = datagram_role_of(bytes_of(out->bytes, out->size), 50000, 5000);
    CHECK(role.by == CLIENT_BY_FIRST_PACKET);
    blobs_release();
}

int main(void)
{
    RUN(a_handshake_gives_facts_and_both_round_trips);
    RUN(an_acknowledgement_of_the_client_is_its_round_trip);
    RUN(a_repeated_initial_does_not_blur_the_round_trip);
    RUN(a_possible_delay_is_taken_off);
    RUN(an_answer_that_comes_before_its_question_waits_for_it);
    RUN(what_waits_follows_when_the_sides_are_exchanged);
    RUN(an_initial_of_foreign_keys_takes_none_away);
    RUN(a_retry_in_any_order_gives_the_same_facts);
    RUN(a_retry_is_a_round_trip_while_one_datagram_can_be_meant);
    RUN(only_a_retry_of_the_server_counts);
    RUN(the_version_is_the_one_that_the_server_answers_in);
    RUN(unknown_versions_are_told_where_something_speaks_for_them);
    RUN(a_hello_in_shuffled_pieces_is_put_together);
    RUN(coalesced_packets_are_all_read);
    RUN(a_refused_handshake_tells_the_alert);
    RUN(a_hello_that_never_becomes_whole_still_names_the_server);
    RUN(a_connection_that_begins_late_is_read);
    RUN(a_handshake_without_an_end_is_let_go_of);
    RUN(every_cut_of_a_handshake_is_harmless);
    RUN(a_hello_of_googles_first_versions_is_read);
    RUN(packets_tell_who_is_the_client);
    return test_end();
}
