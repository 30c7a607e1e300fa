/* tls_facts.c - RFC 8446 sections 4.1 and 4.4.2, RFC 5246 section 7.4: what of it is
 * kept. */
#include "analyzer/tls_facts.h"

#include <stdlib.h>

#include "analyzer/digest.h"
#include "analyzer/expand.h"
#include "dissectors/tls_fingerprint.h"

enum { NAME_MOST = 255, ALPN_MOST = 64 };

static const char *ja3_of(struct flow_facts *facts, const char *text)
{
    char ja3[DIGEST_JA3_TEXT_SIZE];
    return text_pool_copy(&facts->texts, digest_ja3(text, ja3));
}

static void note_fingerprints(struct flow_facts *facts,
                              const struct tls_client_hello *hello, bool is_quic)
{
    char text[TLS_JA3_SIZE], hash[DIGEST_JA4_TEXT_SIZE];
    struct tls_ja4 ja4;
    if (tls_write_ja3(hello, text, sizeof text))
        facts->tls.ja3 = ja3_of(facts, text);
    if (tls_write_ja4(hello, is_quic, &ja4))
        facts->tls.ja4 = text_pool_copy(&facts->texts, digest_ja4(&ja4, hash));
}

static void note_offer(struct flow_facts *facts, struct bytes list)
{
    struct flow_tls *tls = &facts->tls;
    struct bytes name;
    while (tls->alpn_offered_count < FLOW_ALPN_MAX && tls_next_protocol(&list, &name))
        tls->alpn_offered[tls->alpn_offered_count++] =
            text_pool_captured(&facts->texts, name, ALPN_MOST);
}

/* Up to TLS 1.2 a server that resumes echoes the client's session id (RFC 5246 7.4.1.3);
   with a ticket the client chose that id for the purpose (RFC 5077 3.4). */
static void note_resumption(struct flow_facts *facts)
{
    struct flow_tls *tls = &facts->tls;
    if (facts->echoed_session != NULL && tls->session_id != NULL && tls->chain_count == 0)
        tls->resumed |= strcmp(facts->echoed_session, tls->session_id) == 0;
}

void tls_facts_client_hello(struct flow_facts *facts,
                            const struct tls_client_hello *hello, bool is_quic,
                            uint64_t frame)
{
    struct flow_tls *tls = &facts->tls;
    struct text_pool *texts = &facts->texts;
    if (tls->has_hello)
        return;
    tls->is_present = tls->has_hello = true;
    tls->hello_frame = frame;
    tls->sni = text_pool_captured(texts, hello->server_name, NAME_MOST);
    note_offer(facts, hello->alpn);
    if (hello->random.left == TLS_RANDOM_SIZE)
        tls->client_random = text_pool_hex(texts, hello->random);
    if (hello->session_id.left <= TLS_RANDOM_SIZE)
        tls->session_id = text_pool_hex(texts, hello->session_id);
    note_resumption(facts);
    tls->offers_13 = hello->offers_tls13;
    tls->has_ech = hello->has_encrypted_hello;
    note_fingerprints(facts, hello, is_quic);
}

enum tls_version tls_facts_server_hello(struct flow_facts *facts,
                                        const struct tls_server_hello *hello,
                                        uint64_t frame)
{
    struct flow_tls *tls = &facts->tls;
    enum tls_version version = tls_negotiated(hello);
    tls->is_present = true;
    if (hello->is_retry_request) {
        tls->hello_retry = true;
        return version;
    }
    if (tls->has_server_hello)
        return version;
    char text[TLS_JA3_SIZE];
    tls->has_server_hello = true;
    tls->server_hello_frame = frame;
    tls->version = tls_version_text(version);
    if (version == TLS_13)
        tls->resumed = hello->has_psk;
    else
        facts->echoed_session = text_pool_hex(&facts->texts, hello->session_id);
    note_resumption(facts);
    tls->alpn = text_pool_captured(&facts->texts, hello->alpn, ALPN_MOST);
    if (tls_write_ja3s(hello, text, sizeof text))
        tls->ja3s = ja3_of(facts, text);
    return version;
}

void tls_facts_server_seals(struct flow_facts *facts, enum tls_version version)
{
    struct flow_tls *tls = &facts->tls;
    if (tls->has_server_hello && version != TLS_UNKNOWN && version != TLS_13)
        tls->resumed = true;
}

/* Each above the one that it issued, as far as they are there. */
static void order_chain(struct flow_tls *tls, const struct certificates *certificates)
{
    for (uint32_t i = 1; i < tls->chain_count; i++) {
        uint32_t at = i;
        while (at < tls->chain_count &&
               !certificates_issues(certificates, tls->chain[at], tls->chain[i - 1]))
            at++;
        if (at == tls->chain_count)
            return;
        uint32_t issuer = tls->chain[at];
        memmove(&tls->chain[i + 1], &tls->chain[i], (at - i) * sizeof *tls->chain);
        tls->chain[i] = issuer;
    }
}

static void read_chain(struct flow_facts *facts, struct certificates *certificates,
                       struct tls_certificates *list)
{
    struct flow_tls *tls = &facts->tls;
    struct bytes der;
    uint32_t index;
    while (tls->chain_count < FLOW_CHAIN_MAX && tls_next_certificate(list, &der)) {
        if (certificates_find(certificates, der, &index)) {
            tls->chain[tls->chain_count++] = index;
        } else if (tls->chain_count == 0) {
            /* Without a leaf there is no chain to speak of. */
            tls->hidden = CERTIFICATE_HIDDEN_UNREADABLE;
            return;
        }
    }
    order_chain(tls, certificates);
}

static void see_certificates(struct flow_facts *facts, struct certificates *certificates,
                             const struct tls_message *message, enum tls_version version,
                             uint64_t frame)
{
    struct flow_tls *tls = &facts->tls;
    struct tls_certificates list;
    enum dissect outcome = tls_read_certificates(message, version, &list);
    if (outcome != DISSECT_OK && outcome != DISSECT_TRUNCATED)
        return;
    read_chain(facts, certificates, &list);
    if (tls->chain_count > 0 || tls->hidden == CERTIFICATE_HIDDEN_UNREADABLE) {
        tls->is_present = true;
        tls->resumed = false; /* who sends a certificate does not resume */
        tls->certificate_frame = frame;
    }
}

static void see_compressed(struct flow_facts *facts, struct certificates *certificates,
                           const struct tls_message *message, uint64_t frame)
{
    struct tls_compressed compressed;
    struct tls_message expanded = { .type = TLS_CERTIFICATE };
    if (tls_read_compressed(message, &compressed) != DISSECT_OK)
        return;
    bool is_known = compressed.algorithm == TLS_ZLIB || compressed.algorithm == TLS_ZSTD;
    uint8_t *body =
        is_known ? expand(compressed.algorithm == TLS_ZLIB ? EXPAND_ZLIB : EXPAND_ZSTD,
                          compressed.data, compressed.size)
                 : NULL;
    if (body == NULL) {
        facts->tls.hidden = CERTIFICATE_HIDDEN_UNREADABLE;
        return;
    }
    expanded.length = compressed.size;
    expanded.body = bytes_of(body, compressed.size);
    see_certificates(facts, certificates, &expanded, TLS_13, frame);
    free(body);
}

void tls_facts_certificates(struct flow_facts *facts, struct certificates *certificates,
                            const struct tls_message *message, enum tls_version version,
                            uint64_t frame)
{
    if (facts->tls.chain_count > 0)
        return;
    if (message->type == TLS_COMPRESSED_CERTIFICATE)
        see_compressed(facts, certificates, message, frame);
    else
        see_certificates(facts, certificates, message, version, frame);
}

void tls_facts_asked(struct flow_facts *facts, bool is_asked)
{
    if (facts->tls.knows_asked)
        return;
    facts->tls.knows_asked = true;
    facts->tls.is_asked = is_asked;
}

static void note_answered_protocol(struct flow_facts *facts,
                                   const struct tls_message *message)
{
    struct tls_server_hello told;
    if (tls_read_encrypted_extensions(message, &told) == DISSECT_OK && told.alpn.left > 0)
        facts->tls.alpn = text_pool_captured(&facts->texts, told.alpn, ALPN_MOST);
}

bool tls_facts_opened_message(struct flow_facts *facts, struct certificates *certificates,
                              const struct tls_message *message, uint64_t frame)
{
    bool had_chain = facts->tls.chain_count > 0;
    switch (message->type) {
    case TLS_ENCRYPTED_EXTENSIONS:
        note_answered_protocol(facts, message);
        return true;
    case TLS_CERTIFICATE_REQUEST: /* what the client answers is not looked at */
        tls_facts_asked(facts, true);
        return true;
    case TLS_CERTIFICATE:
    case TLS_COMPRESSED_CERTIFICATE: /* a request would have come before */
        tls_facts_asked(facts, false);
        tls_facts_certificates(facts, certificates, message, TLS_13, frame);
        facts->tls.by_key_log |= !had_chain && facts->tls.chain_count > 0;
        return false;
    default:
        return false;
    }
}
