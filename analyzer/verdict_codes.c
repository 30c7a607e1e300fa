/* verdict_codes.c - every reason and kind, once; the kinds are those of the contract. */
#include "analyzer/verdict_codes.h"

#include <stddef.h>
#include <string.h>

struct code {
    enum verdict_question question;
    const char *text;
    const char *missing; /* NULL: never unknown, or the detector says what is missing */
};

static const struct code reasons[] = {
    { QUESTION_HAIRPIN, "same-flow-at-other-site", NULL },
    { QUESTION_HAIRPIN, "left-at-own-edge", NULL },
    { QUESTION_HAIRPIN, "order-of-points-unknown", NULL },
    { QUESTION_HAIRPIN, "client-of-other-site", NULL },
    { QUESTION_HAIRPIN, "points-of-no-told-site", NULL },
    { QUESTION_HAIRPIN, "one-point-only", NULL },
    { QUESTION_PROXY, "socks-request", NULL },
    { QUESTION_PROXY, "connect", NULL },
    { QUESTION_PROXY, "absolute-form", NULL },
    { QUESTION_PROXY, "cloud-proxy-address", NULL },
    { QUESTION_PROXY, "private-address", NULL },
    { QUESTION_PROXY, "listed-proxy", NULL },
    { QUESTION_PROXY, "same-connection-at-internet-edge", NULL },
    { QUESTION_PROXY, "none-seen-transparent-not-excluded", NULL },
    { QUESTION_INTERCEPTION, "inspection-issuer", NULL },
    { QUESTION_INTERCEPTION, "unpublished-issuer", NULL },
    { QUESTION_INTERCEPTION, "expected-issuer", NULL },
    { QUESTION_INTERCEPTION, "self-signed-other-name", NULL },
    { QUESTION_INTERCEPTION, "certificate-for-other-name",
      "the certificate that this name shows on a way without inspection" },
    { QUESTION_INTERCEPTION, "public-issuer-not-known-for-microsoft",
      "a look at the certificate: whether its issuer is one that Microsoft uses" },
    { QUESTION_INTERCEPTION, "no-name-to-compare",
      "the name that the client asked for: its ClientHello, or its DNS lookup" },
    { QUESTION_INTERCEPTION, "certificate-hidden", NULL },
    { QUESTION_INTERCEPTION, "no-tls-seen",
      "the TLS handshake, where the connection has one: a capture from its start" },
    { QUESTION_INTERCEPTION, "not-judged-for-this-host",
      "a name or an address by which the endpoint lists know the server" },
};

static const struct code kinds[] = {
    { QUESTION_HAIRPIN, "u-turn", NULL },
    { QUESTION_HAIRPIN, "backhaul", NULL },
    { QUESTION_HAIRPIN, "tunnel", NULL },
    { QUESTION_HAIRPIN, "proxy-detour", NULL },
    { QUESTION_HAIRPIN, "routed-here", NULL },
    { QUESTION_PROXY, "none", NULL },
    { QUESTION_PROXY, "explicit", NULL },
    { QUESTION_PROXY, "socks", NULL },
    { QUESTION_PROXY, "transparent", NULL },
    { QUESTION_PROXY, "cloud", NULL },
    { QUESTION_PROXY, "internal-redirect", NULL },
    { QUESTION_INTERCEPTION, "inspection", NULL },
    { QUESTION_INTERCEPTION, "captive-portal", NULL },
};

static const struct code *find(const struct code *codes, size_t count,
                               enum verdict_question question, const char *text)
{
    for (size_t i = 0; text != NULL && i < count; i++)
        if (codes[i].question == question && strcmp(codes[i].text, text) == 0)
            return &codes[i];
    return NULL;
}

bool verdict_codes_have_reason(enum verdict_question question, const char *reason)
{
    return find(reasons, sizeof reasons / sizeof *reasons, question, reason) != NULL;
}

bool verdict_codes_have_kind(enum verdict_question question, const char *kind)
{
    return find(kinds, sizeof kinds / sizeof *kinds, question, kind) != NULL;
}

void verdict_codes_complete(struct verdict *verdict, enum verdict_question question)
{
    const struct code *code =
        find(reasons, sizeof reasons / sizeof *reasons, question, verdict->reason);
    if (verdict->state == VERDICT_UNKNOWN && verdict->missing_count == 0 &&
        code != NULL && code->missing != NULL)
        verdict_add_missing(verdict, code->missing);
}
