/* quic_opener.c - RFC 9001 sections 4.1.3 and 5: the handshake's own packets. */
#include "analyzer/quic_opener.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/tls_facts.h"
#include "dissectors/quic_crypto.h"

enum { PLAIN_SIZE = 8192 };

/* A server may go on in another version than it was asked in: keys are a version's. */
struct quic_opener {
    uint16_t suite;
    uint8_t secret[TLS_SECRET_MOST];
    uint32_t version; /* of the keys; 0: there are none yet */
    struct quic_keys keys;
    uint64_t expected; /* number of the next packet */
    struct quic_crypto crypto;
};

struct quic_opener *quic_opener_new(const struct tls_secrets *secrets,
                                    const char *client_random, uint16_t suite)
{
    struct bytes secret;
    if (secrets == NULL || tls_secret_size(suite) == 0 ||
        !tls_secrets_find(secrets, client_random, &secret) ||
        secret.left != tls_secret_size(suite))
        return NULL;
    struct quic_opener *opener = alloc_zeroed(1, sizeof *opener);
    opener->suite = suite;
    memcpy(opener->secret, secret.at, secret.left);
    quic_crypto_init(&opener->crypto);
    return opener;
}

void quic_opener_free(struct quic_opener *opener)
{
    if (opener != NULL) {
        explicit_bzero(opener->secret, sizeof opener->secret);
        tls_keys_wipe(&opener->keys.tls);
    }
    free(opener);
}

static bool has_keys(struct quic_opener *opener, uint32_t version)
{
    struct bytes secret = bytes_of(opener->secret, tls_secret_size(opener->suite));
    if (opener->version == version)
        return true;
    bool is_derived =
        quic_derive_handshake(version, opener->suite, secret, &opener->keys);
    opener->version = is_derived ? version : 0;
    return is_derived;
}

/* From the start each time: what is read again says the same. */
static bool read_messages(const struct quic_opener *opener, struct flow_facts *facts,
                          struct certificates *certificates, uint64_t frame)
{
    struct bytes ready = quic_crypto_ready(&opener->crypto);
    struct tls_message message;
    while (ready.left > 0) {
        enum dissect outcome = tls_read_handshake(&ready, &message);
        if (outcome != DISSECT_OK)
            return outcome == DISSECT_TRUNCATED && !opener->crypto.capped;
        if (!tls_facts_opened_message(facts, certificates, &message, frame))
            return false;
    }
    return true;
}

bool quic_opener_see(struct quic_opener *opener, const struct quic_packet *packet,
                     struct flow_facts *facts, struct certificates *certificates,
                     uint64_t frame)
{
    uint8_t plain[PLAIN_SIZE];
    struct quic_frame seen;
    size_t size = 0;
    uint64_t number = opener->expected;
    if (!has_keys(opener, packet->version) ||
        !quic_open_handshake(packet, &opener->keys, plain, sizeof plain, &size, &number))
        return true;
    if (number >= opener->expected)
        opener->expected = number + 1;
    struct bytes in = bytes_of(plain, size);
    while (in.left > 0 && quic_read_frame(packet->version, &in, &seen) == DISSECT_OK)
        if (seen.kind == QUIC_FRAME_CRYPTO)
            (void)quic_crypto_see(&opener->crypto, seen.offset, seen.data);
    return read_messages(opener, facts, certificates, frame);
}

void quic_opening_hello(struct quic_opening *opening,
                        const struct tls_server_hello *hello)
{
    if (!hello->is_retry_request && opening->suite == 0)
        opening->suite = hello->cipher_suite;
}

bool quic_opening_is_on(struct quic_opening *opening, const struct flow_facts *facts)
{
    if (opening->is_over || opening->suite == 0 || facts == NULL)
        return false;
    if (opening->opener == NULL)
        opening->opener =
            quic_opener_new(opening->secrets, facts->tls.client_random, opening->suite);
    return opening->opener != NULL;
}

/* Who sent it is not sure either before both hellos are there. */
static bool may_come(const struct quic_opening *opening, const struct flow_facts *facts)
{
    bool has_both = opening->suite != 0 && facts->tls.client_random != NULL;
    return !has_both && opening->secrets != NULL &&
           tls_secrets_count(opening->secrets) > 0;
}

bool quic_opening_see(struct quic_opening *opening, const struct quic_packet *packet,
                      bool is_of_server, struct flow_facts *facts, uint64_t frame)
{
    if (may_come(opening, facts))
        return false;
    if (is_of_server && quic_opening_is_on(opening, facts)) {
        opening->is_over = !quic_opener_see(opening->opener, packet, facts,
                                            opening->certificates, frame);
        if (opening->is_over)
            quic_opening_release(opening);
    }
    return true;
}

void quic_opening_release(struct quic_opening *opening)
{
    quic_opener_free(opening->opener);
    opening->opener = NULL;
}
