/* m365.c - names and addresses against the list of the flow's day. */
#include "analyzer/m365.h"

#include <stdio.h>
#include <string.h>

#include "dissectors/x509_name.h"

enum {
    CERTAIN = 990,
    HIGH = 900,
    MEDIUM = 700,
    LOW = 400,
};

static const int64_t fresh_answer_ns = 60 * INT64_C(1000000000);

const char *evidence_kind_text(unsigned bit)
{
    static const char *const texts[] = { "prefix",    "sni", "connect",
                                         "http-host", "dns", "certificate" };
    return bit < sizeof texts / sizeof *texts ? texts[bit] : NULL;
}

/* One name that the flow gave, and what the list says of it. */
struct atom {
    enum evidence_kind kind;
    const char *host;
    bool is_matched;
    struct endpoint_match match;
};

struct atoms {
    const struct endpoint_list *list;
    const struct flow_record *record;
    uint8_t protocol;
    uint16_t port;
    bool is_through_proxy;
    struct atom connect, sni, http, dns, certificate, prefix;
};

static void match_name(struct atoms *atoms, struct atom *atom, enum evidence_kind kind,
                       const char *host)
{
    atom->kind = kind;
    atom->host = host;
    if (host != NULL)
        atom->is_matched = endpoints_match_name(atoms->list, host, atoms->protocol,
                                                atoms->port, &atom->match);
}

static const char *without_port(const char *authority, char *out)
{
    if (authority == NULL)
        return NULL;
    snprintf(out, JUDGEMENT_HOST_SIZE, "%s", authority);
    char *colon = strrchr(out, ':');
    if (colon != NULL && strchr(out, ']') == NULL && strchr(out, ':') == colon)
        *colon = '\0';
    return out;
}

static void match_addresses(struct atoms *atoms)
{
    const struct ip_address *server = &atoms->record->server.ip;
    struct ip_address embedded;
    atoms->prefix.kind = EVIDENCE_PREFIX;
    if (atoms->is_through_proxy)
        return; /* the address is the proxy's */
    if (address_embedded_ipv4(server, &embedded))
        server = &embedded;
    atoms->prefix.is_matched = endpoints_match_address(
        atoms->list, server, atoms->protocol, atoms->port, &atoms->prefix.match);
}

static void gather(struct atoms *atoms, const struct series_context *series,
                   struct m365 *m365)
{
    const struct flow_record *record = atoms->record;
    const struct flow_http *http = &record->http;
    bool is_connect = judged_flow_proxy_target(record, m365->connect_host,
                                               JUDGEMENT_HOST_SIZE, &atoms->port);
    atoms->is_through_proxy = is_connect || http->is_absolute || http->connect_frame != 0;
    match_name(atoms, &atoms->connect, EVIDENCE_CONNECT,
               is_connect ? m365->connect_host : NULL);
    match_name(atoms, &atoms->sni, EVIDENCE_SNI, record->tls.sni);
    match_name(atoms, &atoms->http, EVIDENCE_HTTP_HOST,
               is_connect ? NULL : without_port(http->host, m365->http_host));
    if (!atoms->is_through_proxy)
        match_name(atoms, &atoms->dns, EVIDENCE_DNS, record->dns.name);
    if (record->tls.chain_count > 0 && record->tls.sni == NULL) {
        const struct flow_certificate *leaf =
            &series->header->certificates[record->tls.chain[0]];
        match_name(atoms, &atoms->certificate, EVIDENCE_CERTIFICATE,
                   leaf->subject_cn != NULL && strchr(leaf->subject_cn, '*') == NULL
                       ? leaf->subject_cn
                       : NULL);
    }
    match_addresses(atoms);
}

static bool has_set(const struct endpoint_match *match, uint32_t id)
{
    for (uint8_t i = 0; i < match->set_count; i++)
        if (match->sets[i] == id)
            return true;
    return false;
}

static bool agree(const struct atom *a, const struct atom *b)
{
    if (!a->is_matched || !b->is_matched)
        return false;
    for (uint8_t i = 0; i < a->match.set_count; i++)
        if (has_set(&b->match, a->match.sets[i]))
            return true;
    return false;
}

static void decide(struct m365 *m365, const struct atom *atom, int32_t confidence)
{
    m365->is_matched = true;
    m365->match = atom->match;
    m365->host = atom->host;
    m365->confidence_thousandths = confidence;
}

/* A name and a server's address: how well do they fit (methods C5)? */
static int32_t confidence_of_name(const struct atoms *atoms, const struct atom *name)
{
    if (agree(name, &atoms->prefix))
        return CERTAIN;
    if (address_is_private(&atoms->record->server.ip))
        return HIGH;
    if (name->match.best->category == CATEGORY_DEFAULT || !name->match.has_addresses)
        return HIGH;
    /* Optimize or Allow at an address that is not published for it. */
    return MEDIUM;
}

static void judge_by_name(const struct atoms *atoms, struct m365 *m365)
{
    const struct atom *sni = &atoms->sni, *connect = &atoms->connect;
    if (connect->host != NULL) {
        if (sni->host != NULL && strcasecmp(sni->host, connect->host) != 0) {
            if (sni->is_matched)
                decide(m365, sni, HIGH);
        } else if (connect->is_matched) {
            decide(m365, connect, CERTAIN);
        }
        return;
    }
    const struct atom *name = sni->host != NULL && !atoms->record->tls.has_ech ? sni
                              : atoms->http.host != NULL ? &atoms->http
                                                         : NULL;
    if (name == NULL && sni->is_matched)
        name =
            sni; /* the outer name of an encrypted hello, or GREASE that looks like it */
    if (name != NULL && name->is_matched)
        decide(m365, name,
               atoms->is_through_proxy ? CERTAIN : confidence_of_name(atoms, name));
}

static bool has_name(const struct atoms *atoms)
{
    return atoms->sni.host != NULL || atoms->connect.host != NULL ||
           atoms->http.host != NULL;
}

static bool is_teams_media(const struct atoms *atoms)
{
    return atoms->record->stun_requests + atoms->record->stun_answers > 0 &&
           atoms->prefix.match.best->service == SERVICE_SKYPE;
}

static void judge_without_name(const struct atoms *atoms, struct m365 *m365)
{
    const struct atom *prefix = &atoms->prefix, *dns = &atoms->dns;
    if (agree(dns, prefix)) {
        decide(m365, dns, HIGH);
    } else if (prefix->is_matched && is_teams_media(atoms)) {
        decide(m365, prefix, CERTAIN);
    } else if (atoms->certificate.is_matched) {
        decide(m365, &atoms->certificate, prefix->is_matched ? HIGH : MEDIUM);
    } else if (prefix->is_matched && dns->host == NULL) {
        bool is_dedicated =
            prefix->match.best->category == CATEGORY_OPTIMIZE && !prefix->match.is_shared;
        decide(m365, prefix, is_dedicated ? MEDIUM : LOW);
    } else if (dns->is_matched) {
        decide(m365, dns, atoms->record->dns.age_ns <= fresh_answer_ns ? MEDIUM : LOW);
    }
}

static void note_atom(struct m365 *m365, const struct atom *atom)
{
    if (atom->host == NULL && !atom->is_matched)
        return;
    if (atom->is_matched && has_set(&atom->match, m365->match.best->id)) {
        m365->matched_by |= (unsigned)atom->kind;
    } else if (atom->host != NULL && m365->host != NULL &&
               strcasecmp(atom->host, m365->host) != 0 &&
               m365->conflict_count < JUDGEMENT_CONFLICTS) {
        m365->conflicts[m365->conflict_count++] = (struct m365_conflict){
            .by = atom->kind,
            .host = atom->host,
            .set = atom->is_matched ? atom->match.best->id : 0,
        };
    }
}

/* Of the sets that the name allows, the one that its address allows too. */
static void prefer_set_of_address(const struct atoms *atoms, struct m365 *m365)
{
    if (!atoms->prefix.is_matched || has_set(&atoms->prefix.match, m365->match.best->id))
        return;
    for (uint8_t i = 1; i < m365->match.set_count; i++) {
        uint32_t id = m365->match.sets[i];
        const struct endpoint_set *set = endpoint_list_find(atoms->list, id);
        if (set == NULL || !has_set(&atoms->prefix.match, id) ||
            set->category > m365->match.best->category)
            continue;
        m365->match.sets[i] = m365->match.sets[0];
        m365->match.sets[0] = id;
        m365->match.best = set;
        m365->match.has_addresses = set->prefix_count > 0;
        return;
    }
}

void m365_judge(const struct judgement_context *context,
                const struct series_context *series, const struct flow_record *record,
                struct m365 *m365)
{
    struct atoms atoms = {
        .list = endpoints_at(context->knowledge->endpoints, context->instance,
                             record->start_ns),
        .record = record,
        .protocol = record->transport == FLOW_TCP ? 6 : 17,
        .port = record->server.port,
    };
    *m365 = (struct m365){ 0 };
    if (atoms.list == NULL)
        return;
    gather(&atoms, series, m365);
    if (has_name(&atoms))
        judge_by_name(&atoms, m365);
    else
        judge_without_name(&atoms, m365);
    if (!m365->is_matched)
        return;
    prefer_set_of_address(&atoms, m365);
    note_atom(m365, &atoms.prefix);
    note_atom(m365, &atoms.sni);
    note_atom(m365, &atoms.connect);
    note_atom(m365, &atoms.http);
    note_atom(m365, &atoms.dns);
    note_atom(m365, &atoms.certificate);
    m365->has_address_published = m365->match.has_addresses && !atoms.is_through_proxy;
    m365->address_published = (m365->matched_by & EVIDENCE_PREFIX) != 0;
}
