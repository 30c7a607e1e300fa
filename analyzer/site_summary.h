/*
 * site_summary.h - what all flows of one site come to: shares, verdicts, round trips.
 *
 * Part of an assessment, and owned by it: site_summary_release (assessment.h).
 */
#ifndef O365LENS_ANALYZER_SITE_SUMMARY_H
#define O365LENS_ANALYZER_SITE_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/distribution.h"
#include "analyzer/verdict.h"
#include "dissectors/address.h"

/* Service areas as Microsoft names them; "Skype" is Teams. */
enum service {
    SERVICE_EXCHANGE,
    SERVICE_SHAREPOINT,
    SERVICE_SKYPE,
    SERVICE_COMMON,
    SERVICES
};
enum category { CATEGORY_OPTIMIZE, CATEGORY_ALLOW, CATEGORY_DEFAULT, CATEGORIES };

const char *service_text(enum service service);  /* "Exchange" ... the contract's word */
const char *service_title(enum service service); /* "Exchange Online", "Teams" ... */
const char *category_text(enum category category); /* "Optimize" ... */

struct share {
    uint64_t flows, bytes, clients;
};

/* How often a verdict was given: per question, kind and state. */
struct verdict_count {
    enum verdict_question question;
    enum verdict_state state;
    const char *kind; /* NULL: none */
    uint64_t flows, bytes;
};

/*
 * One RTT distribution. `is_bound`: an upper bound (through a proxy, where only the
 * CONNECT's time can be had). by_flow holds one value a flow, its base.
 */
struct rtt_entry {
    bool has_service;
    enum service service;
    enum category category;
    uint32_t set;     /* endpoint set; 0: all sets of the service together */
    const char *path; /* "direct", "proxied" */
    const char *leg; /* "user-to-front-door", "server-side", "client-side", "handshake" */
    bool is_bound;
    const char *reason; /* why these flows have no value; NULL: they have one */
    uint64_t flows;     /* with a value, or all that have none for that reason */
    struct distribution by_sample, by_flow;
    struct distribution by_flow_confirmed; /* those of confirmed base RTTs only */
    struct distribution delayed; /* samples made long by a receiver's timer: not in
                                    by_sample */
};

struct site_resolver {
    struct ip_address address;
    uint64_t answers;
    struct distribution lookup; /* query to answer, as seen at the capture point */
};

struct site_tcp {
    uint64_t flows, packets, retransmissions, lost_segments, out_of_order, zero_windows;
    uint64_t resets_by_client, resets_by_server, without_window_scale, without_sack;
    uint64_t with_timestamps;
};

struct site_host { /* the busiest Office 365 names */
    char *host;
    enum service service;
    enum category category;
    uint32_t set;
    uint64_t flows, bytes;
    struct distribution rtt; /* user to front door, by flow; no bounds */
    uint64_t confirmed;      /* flows of it */
};

struct site_summary {
    char *name, *role;           /* role NULL where not told */
    struct share all, office365; /* office365: Optimize and Allow, specific */
    struct share by_service[SERVICES][CATEGORIES]; /* specific names and prefixes */
    struct share generic; /* matched by broad patterns only: counted, never judged */
    struct share default_category;
    uint32_t verdict_count;
    struct verdict_count *verdicts; /* Office 365 flows only */
    uint32_t rtt_count;
    struct rtt_entry *rtt;
    uint32_t resolver_count;
    struct site_resolver *resolvers;
    uint32_t host_count;
    struct site_host *hosts; /* at most 50, by bytes */
    struct site_tcp tcp;
    int32_t score_thousandths; /* 0 to 100000, or -1 */
    const char *score_reason;  /* why there is none: an entry of "score-reasons" */
    bool score_is_confirmed;   /* it rests on confirmed base RTTs alone */
};

#endif
