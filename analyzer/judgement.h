/*
 * judgement.h - what a flow is and what is concluded of it, from facts and what is known.
 *
 * Judgement never reads a packet: the same results can be judged again with another site
 * file, list or threshold. Texts live as long as the context and the record.
 */
#ifndef O365LENS_ANALYZER_JUDGEMENT_H
#define O365LENS_ANALYZER_JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/assessment.h"
#include "analyzer/correlate.h"
#include "analyzer/endpoint_list.h"
#include "analyzer/flow_record.h"
#include "analyzer/knowledge.h"
#include "analyzer/result.h"
#include "analyzer/site_file.h"
#include "analyzer/verdict.h"

enum { JUDGEMENT_CONFLICTS = 4, JUDGEMENT_HOST_SIZE = 320 };

/* Bits of m365.matched_by, in the order of the contract. */
enum evidence_kind {
    EVIDENCE_PREFIX = 1 << 0,
    EVIDENCE_SNI = 1 << 1,
    EVIDENCE_CONNECT = 1 << 2,
    EVIDENCE_HTTP_HOST = 1 << 3,
    EVIDENCE_DNS = 1 << 4,
    EVIDENCE_CERTIFICATE = 1 << 5,
};
const char *evidence_kind_text(unsigned bit); /* of bit number 0 to 5 */

struct m365_conflict {
    enum evidence_kind by;
    const char *host;
    uint32_t set; /* 0: none */
};

struct m365 {
    bool is_matched;
    struct endpoint_match match;
    const char *host;    /* NULL where only the address told */
    unsigned matched_by; /* bits of enum evidence_kind */
    int32_t confidence_thousandths;
    /* Whether the server's address is published for the host's set. */
    bool has_address_published, address_published;
    uint32_t conflict_count;
    struct m365_conflict conflicts[JUDGEMENT_CONFLICTS];
    /* Hosts without their ports; `host` may point here, so the struct stays in place. */
    char connect_host[JUDGEMENT_HOST_SIZE], http_host[JUDGEMENT_HOST_SIZE];
};

/* What is known of one series. Parallel to result_header.captures: */
struct capture_context {
    const char *site; /* NULL: at none */
    enum vantage vantage;
    bool vantage_is_told; /* by the assessment file */
    enum capture_link link;
};

struct series_context {
    const struct result_header *header;
    struct capture_context *captures;
};

struct judgement_context {
    struct knowledge *knowledge;
    const struct site_file *site_file; /* NULL: none */
    enum endpoint_instance instance;
    const struct series_context *series; /* by number, as the correlation numbers them */
    uint32_t series_count;
    const struct correlation *correlation;
};

struct judged_flow {
    const struct flow_record *facts;
    const struct series_context *series;
    uint32_t series_number;
    const struct capture_context *capture;
    const char *site;  /* where the client is; NULL: not known */
    bool site_is_told; /* by a prefix of the assessment file that holds its address */
    struct sighting_group group; /* count 0: seen once */
    bool is_nearest;             /* no other sighting is nearer to the client */
    bool is_of_user;             /* the client is no proxy */
    bool is_office365;           /* Optimize or Allow, and specific */
    struct m365 m365;
    struct verdict verdicts[QUESTIONS];
};

void judge_flow(const struct judgement_context *context, uint32_t series,
                const struct flow_record *record, struct judged_flow *judged);

/*
 * User to front door of Microsoft's network (methods C0). Directly: both sides of the
 * capture point added. Through a proxy that was captured on both its sides: user to proxy
 * and proxy to front door, each both sides of its capture point added. Else, through a
 * CONNECT, an upper bound (methods C3.1): the client's side and the time of the proxy's
 * answer, or of the ServerHello where that answer came too early to tell of the service.
 */
struct judged_way {
    int64_t ns;    /* -1: cannot be had */
    bool is_bound; /* an upper bound, or a proxied way of which there is not even that */
    bool is_sum;   /* of two connections */
    bool is_confirmed; /* every part of it is a confirmed base RTT; never of a bound */
    /* Why there is none, a stable code; NULL where there is one:
       "server-mail", "tls-opened": something else answers for the service;
       "side-not-measured": no round trip on a side of the capture point;
       "proxy-without-connect": the proxy's answer tells no time, or was not seen;
       "early-reply": the proxy answered before it can have asked the service. */
    const char *reason;
};
struct judged_way judged_flow_way(const struct judged_flow *flow,
                                  const struct judgement_context *context);

/* The same; -1 where it cannot be had. */
int64_t judged_flow_way_ns(const struct judged_flow *flow,
                           const struct judgement_context *context, bool *is_bound);

/* The server's end of the connection is a proxy's, or that of who opens the TLS. */
bool judged_flow_ends_early(const struct judged_flow *flow);

/* Mail from server to server: no user waits for its round trips. */
bool judged_flow_is_server_mail(const struct judged_flow *flow);

/* The leaf that the server showed; NULL where none was seen. */
const struct flow_certificate *judged_flow_certificate(const struct judged_flow *flow);

/* "host:port" of a CONNECT or SOCKS request taken apart; false where there is none. */
bool judged_flow_proxy_target(const struct flow_record *record, char *host,
                              size_t capacity, uint16_t *port);

#endif
