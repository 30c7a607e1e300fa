/* test_tls_facts.c - analyzer/tls_facts.c: chains in order, compressed ones, resumption.
 */
#include "analyzer/tls_facts.h"

#include <zlib.h>
#include <zstd.h>

#include "tests/talk.h"

/* A Certificate message of certificates by "subject<issuer", "" for a broken one. */
static struct blob *certificate_message(const char *const *chain, bool is_13)
{
    struct blob *message = blob_new();
    put_number(message, 11, 1);
    size_t body = message->size;
    for (size_t i = 0; chain[i] != NULL; i++) {
        char subject[64];
        size_t size = strcspn(chain[i], "<"), entry = message->size;
        snprintf(subject, sizeof subject, "%.*s", (int)size, chain[i]);
        if (size > 0)
            put_der(message, subject, chain[i] + size + 1, 10);
        else
            put_text(message, "no certificate");
        enclose(message, entry, 3);
        if (is_13)
            put_number(message, 0, 2);
    }
    enclose(message, body, 3);
    if (is_13) {
        put_number(message, 0, 1);
        memmove(message->bytes + body + 1, message->bytes + body,
                message->size - body - 1);
        message->bytes[body] = 0; /* request context */
    }
    enclose(message, body, 3);
    return message;
}

static struct tls_message message_of(const struct blob *blob)
{
    struct tls_message message;
    struct bytes in = bytes_of(blob->bytes, blob->size);
    CHECK(tls_read_handshake(&in, &message) == DISSECT_OK);
    return message;
}

static void see(struct talk *talk, const struct blob *blob, enum tls_version version)
{
    struct tls_message message = message_of(blob);
    tls_facts_certificates(talk->facts, talk->certificates, &message, version, 7);
}

/* The subjects of the chain, each with a blank behind it. */
static const char *subjects(const struct talk *talk)
{
    static char text[512];
    size_t size = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < talk->facts->tls.chain_count; i++)
        size += (size_t)snprintf(
            text + size, sizeof text - size, "%s ",
            certificates_at(talk->certificates, talk->facts->tls.chain[i])->subject_cn);
    return text;
}

static void a_chain_is_put_in_order_behind_its_leaf(void)
{
    static const struct {
        const char *chain[6];
        const char *subjects;
    } cases[] = {
        { { "l<a", "a<b", "b<r", "r<r" }, "l a b r " },
        { { "l<a", "r<r", "b<r", "a<b" }, "l a b r " },
        { { "l<a", "b<r", "a<b" }, "l a b " },
        { { "l<a", "x<y", "a<b", "z<z" }, "l a x z " },
        { { "l<a", "b<r", "r<r" }, "l b r " },
        { { "l<l", "a<l", "l<a" }, "l l a " },
        { { "l<a", "a<l", "l<a" }, "l a l " },
        { { "a<b", "l<a", "b<b" },
          "a b l " }, /* the first is the leaf, whatever it says */
        { { "l<a", "a/Org<b", "a<b" }, "l a a " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talk talk = talk_begin();
        see(&talk, certificate_message(cases[i].chain, false), TLS_12);
        CHECK_TEXT(subjects(&talk), cases[i].subjects);
        talk_end(&talk);
    }
    struct talk talk = talk_begin();
    static const char *const alike[] = { "l<a", "a/Org<b", "a<b", NULL };
    see(&talk, certificate_message(alike, false), TLS_12);
    uint32_t second = talk.facts->tls.chain[1];
    CHECK(certificates_at(talk.certificates, second)->subject_o == NULL);
    talk_end(&talk);
}

static void a_long_chain_is_cut_and_any_order_ends(void)
{
    struct talk talk = talk_begin();
    char names[FLOW_CHAIN_MAX + 5][16];
    const char *chain[FLOW_CHAIN_MAX + 6] = { NULL };
    for (int i = 0; i < FLOW_CHAIN_MAX + 5; i++) {
        snprintf(names[i], sizeof names[i], "n%d<n%d", i % 3, (i + 1) % 3);
        chain[i] = names[i];
    }
    see(&talk, certificate_message(chain, false), TLS_12);
    CHECK(talk.facts->tls.chain_count == FLOW_CHAIN_MAX);
    talk_end(&talk);
}

static void a_leaf_that_is_no_certificate_is_said_to_be_unreadable(void)
{
    static const char *const broken[] = { "", "a<b", NULL };
    static const char *const later[] = { "l<a", "", "a<b", NULL };
    struct talk talk = talk_begin();
    talk.facts->tls.resumed = true;
    see(&talk, certificate_message(broken, false), TLS_12);
    CHECK(talk.facts->tls.chain_count == 0 && !talk.facts->tls.resumed);
    CHECK(talk.facts->tls.hidden == CERTIFICATE_HIDDEN_UNREADABLE);
    CHECK(talk.facts->tls.certificate_frame == 7);
    talk_end(&talk);
    talk = talk_begin();
    see(&talk, certificate_message(later, false), TLS_12);
    CHECK_TEXT(subjects(&talk), "l a ");
    CHECK(talk.facts->tls.hidden == CERTIFICATE_HIDDEN_NOT);
    talk_end(&talk);
}

/* RFC 8879 section 4: the body of `message`, packed. */
static struct blob *compressed_message(const struct blob *message, uint16_t algorithm,
                                       size_t told_size)
{
    struct blob *out = blob_new();
    static uint8_t packed[BLOB_SIZE];
    const uint8_t *body = message->bytes + 4;
    size_t size = message->size - 4;
    uLongf packed_size = sizeof packed;
    if (algorithm == TLS_ZSTD)
        packed_size = ZSTD_compress(packed, sizeof packed, body, size, 1);
    else
        CHECK(compress(packed, &packed_size, body, size) == Z_OK);
    put_number(out, 25, 1);
    size_t content = out->size;
    put_number(out, algorithm, 2);
    put_number(out, told_size, 3);
    size_t data = out->size;
    put(out, packed, packed_size);
    enclose(out, data, 3);
    enclose(out, content, 3);
    return out;
}

static void a_compressed_chain_is_read(void)
{
    static const char *const chain[] = { "l<a", "b<r", "a<b", NULL };
    static const uint16_t algorithms[] = { TLS_ZLIB, TLS_ZSTD };
    for (size_t i = 0; i < 2; i++) {
        struct talk talk = talk_begin();
        struct blob *plain = certificate_message(chain, true);
        see(&talk, compressed_message(plain, algorithms[i], plain->size - 4), TLS_13);
        CHECK_TEXT(subjects(&talk), "l a b ");
        CHECK(talk.facts->tls.certificate_frame == 7);
        talk_end(&talk);
    }
}

static void a_compressed_chain_that_lies_or_is_unknown_is_unreadable(void)
{
    static const char *const chain[] = { "l<a", NULL };
    static const struct {
        uint16_t algorithm;
        long more;
    } cases[] = { { TLS_ZLIB, 1 },      { TLS_ZLIB, -1 },  { TLS_ZSTD, 1 },
                  { TLS_ZSTD, -1 },     { TLS_BROTLI, 0 }, { 77, 0 },
                  { TLS_ZLIB, 1 << 23 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct talk talk = talk_begin();
        struct blob *plain = certificate_message(chain, true);
        see(&talk,
            compressed_message(plain, cases[i].algorithm,
                               (size_t)((long)plain->size - 4 + cases[i].more)),
            TLS_13);
        CHECK(talk.facts->tls.chain_count == 0);
        CHECK(talk.facts->tls.hidden == CERTIFICATE_HIDDEN_UNREADABLE);
        talk_end(&talk);
    }
}

static void say_server(struct talk *talk, const struct blob *messages, bool seals)
{
    struct blob *records = blob_new();
    put_records(records, messages->bytes, messages->size, 16384);
    if (seals)
        put_record(records, 20, "\1", 1);
    say_blob(talk, S2C, records);
}

/* With a ticket neither side has to name a session (RFC 5077 section 3.4). */
static void a_server_that_seals_behind_its_hello_resumes(void)
{
    struct talk talk = talk_begin();
    struct blob *messages = blob_new();
    put_server_hello(messages, &(struct server_hello){ 0 });
    say_server(&talk, messages, false);
    CHECK(!talk.facts->tls.resumed);
    struct blob *rest = blob_new();
    put_hex(rest, "04000006 00000000 0000"); /* a new ticket */
    say_server(&talk, rest, true);
    CHECK(talk.facts->tls.resumed);
    talk_end(&talk);
}

static void a_server_that_exchanges_keys_does_not_resume(void)
{
    static const char *const behind[] = { "0c000001 00", "0b000003 000000" };
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
        struct talk talk = talk_begin();
        struct blob *messages = blob_new();
        put_server_hello(messages, &(struct server_hello){ 0 });
        put_hex(messages, behind[i]);
        say_server(&talk, messages, true);
        CHECK(talk.facts->tls.has_server_hello && !talk.facts->tls.resumed);
        talk_end(&talk);
    }
}

static void a_retry_request_of_an_early_draft_is_noted(void)
{
    struct talk talk = talk_begin();
    struct blob *messages = blob_new();
    put_hex(messages, "06000006 7f120017 0000");
    say_server(&talk, messages, false);
    CHECK(talk.facts->tls.hello_retry && !talk.facts->tls.has_server_hello);
    messages = blob_new();
    put_server_hello(messages, &(struct server_hello){ .is_13 = true });
    say_server(&talk, messages, false);
    CHECK(talk.facts->tls.has_server_hello && talk.facts->tls.hello_retry);
    talk_end(&talk);
}

int main(void)
{
    RUN(a_chain_is_put_in_order_behind_its_leaf);
    RUN(a_long_chain_is_cut_and_any_order_ends);
    RUN(a_leaf_that_is_no_certificate_is_said_to_be_unreadable);
    RUN(a_compressed_chain_is_read);
    RUN(a_compressed_chain_that_lies_or_is_unknown_is_unreadable);
    RUN(a_server_that_seals_behind_its_hello_resumes);
    RUN(a_server_that_exchanges_keys_does_not_resume);
    RUN(a_retry_request_of_an_early_draft_is_noted);
    return test_end();
}
