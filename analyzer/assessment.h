/*
 * assessment.h - several series judged together: all that a report tells.
 *
 * Made by assessment_make (assessment_make.h); read only from then on. Everything in
 * it is owned by it and goes with assessment_free. Lists are in the order in which they
 * are printed.
 */
#ifndef O365LENS_ANALYZER_ASSESSMENT_H
#define O365LENS_ANALYZER_ASSESSMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/distribution.h"
#include "analyzer/finding.h"
#include "analyzer/rtt.h"
#include "analyzer/verdict.h"
#include "dissectors/address.h"

/* Service areas as Microsoft names them; "Skype" is Teams. */
enum service { SERVICE_EXCHANGE, SERVICE_SHAREPOINT, SERVICE_SKYPE, SERVICE_COMMON, SERVICES };
enum category { CATEGORY_OPTIMIZE, CATEGORY_ALLOW, CATEGORY_DEFAULT, CATEGORIES };

const char *service_text(enum service service);    /* "Exchange" ... the contract's word */
const char *service_title(enum service service);   /* "Exchange Online", "Teams" ... */
const char *category_text(enum category category); /* "Optimize" ... */

enum capture_status {
    STATUS_COMPLETE,
    STATUS_TRUNCATED,  /* ends inside a packet or block */
    STATUS_DAMAGED,    /* a length or checksum lies; read up to there */
    STATUS_UNREADABLE, /* nothing of it could be read */
};
const char *capture_status_text(enum capture_status status);

struct capture_problem {
    uint64_t offset; /* byte in the stored file, or in what was decompressed from it */
    uint64_t frame;  /* 0: none */
    char *sentence;  /* with file, place and reason */
};

struct capture_other {  /* traffic that is neither TCP nor UDP */
    char *protocol;     /* "icmp", "arp", "esp" ... */
    uint64_t peers;     /* distinct pairs of addresses, at least */
    uint64_t packets, bytes;
};

struct capture_entry {
    char *name, *series;
    char *sha256;       /* of the stored bytes; NULL for standard input */
    char *format;       /* "pcap", "pcapng"; NULL where it is no capture */
    char *looks_like;   /* what it is instead, where that is known; else NULL */
    bool in_folder;     /* found in a folder, not named by the user */
    char *compression;  /* "gzip", "zstd"; NULL */
    uint32_t link_type_count;
    uint32_t *link_types; /* LINKTYPE_ numbers, in order of first appearance */
    uint32_t snaplen;     /* the largest stated; 0: none stated */
    uint64_t packets, bytes; /* packets in the file; bytes on the wire */
    bool has_times;
    int64_t first_ns, last_ns;
    char *capture_site;   /* NULL: none */
    const char *vantage, *vantage_by;
    enum capture_status status;
    uint32_t problem_count;
    struct capture_problem *problems;
    uint64_t copies, crossings;   /* packets */
    uint64_t cut_packets;         /* shorter in the file than on the wire */
    uint64_t malformed, unread;   /* packets with broken headers; of unknown link types */
    uint64_t dropped;             /* by the capturing machine, as the file tells */
    bool has_dropped;
    uint64_t clock_steps;         /* time stamps more than 1 ms before the one in front */
    uint32_t other_count;
    struct capture_other *other;
    uint64_t flows, m365_flows;   /* that begin in this file */
};

struct skipped_file {
    char *name;
    char *looks_like; /* "a ZIP archive", "text", "nothing known", "empty" */
};

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
    uint32_t set;      /* endpoint set; 0: all sets of the service together */
    const char *path;  /* "direct", "proxied" */
    const char *leg;   /* "user-to-front-door", "server-side", "client-side", "handshake" */
    bool is_bound;
    struct distribution by_sample, by_flow;
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
    struct distribution rtt; /* by flow */
};

struct site_summary {
    char *name, *role; /* role NULL where not told */
    struct share all, office365; /* office365: Optimize and Allow, specific */
    struct share by_service[SERVICES][CATEGORIES]; /* specific names and prefixes */
    struct share generic;        /* matched by broad patterns only: counted, never judged */
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
    int32_t score_thousandths;  /* 0 to 100000, or -1 */
    const char *score_reason;   /* why there is none */
};

struct path_leg {
    char *from_series, *to_series; /* of a leg; from NULL: the client, to NULL: the server */
    struct distribution rtt;       /* differences of bases, by flow */
};

struct path_summary {
    char *site;
    bool has_service;
    enum service service;
    uint32_t point_count;
    char **points;      /* names of series, from client to server */
    char **point_sites; /* capture site of each, NULL where none */
    const char *matched_by; /* "client-random" ... */
    const char *between; /* "nat", "proxy", "none" */
    uint64_t flows;
    uint32_t leg_count;
    struct path_leg *legs;
};

struct assessment_list { /* an endpoint list that was used */
    char *instance, *version, *source;
};

struct assessment {
    char *title, *customer, *prepared_by; /* NULL where not told */
    int64_t created_ns; /* time of the last packet */
    uint32_t setting_count;
    struct { const char *name; char *value; } *settings;
    uint32_t list_count;
    struct assessment_list *lists;
    uint32_t capture_count;
    struct capture_entry *captures; /* by name */
    uint32_t skipped_count;
    struct skipped_file *skipped;
    uint32_t site_count;
    struct site_summary *sites;
    uint32_t path_count;
    struct path_summary *paths;
    struct findings findings;
    struct share all, office365;
    uint64_t flows_matched; /* flows seen at more than one point */
};

void assessment_free(struct assessment *assessment); /* NULL is nothing to free */
void site_summary_release(struct site_summary *site);

#endif
