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

#include "analyzer/capture_entry.h"
#include "analyzer/distribution.h"
#include "analyzer/finding.h"
#include "analyzer/site_summary.h"
#include "analyzer/rtt.h"
#include "analyzer/verdict.h"
#include "dissectors/address.h"

/*
 * The reason alone, without the name and the place that stand beside it as fields: "the
 * file ends 12 bytes into a packet". The caller's to free.
 */
char *capture_problem_reason(const struct capture_entry *capture,
                             const struct capture_problem *problem);

struct skipped_file {
    char *name;
    char *looks_like; /* "a ZIP archive", "text", "nothing known", "empty" */
};

struct path_leg {
    char *from_series,
        *to_series;          /* of a leg; from NULL: the client, to NULL: the server */
    struct distribution rtt; /* by flow, of base RTTs at both ends */
    uint64_t confirmed;      /* flows of it whose bases are confirmed */
};

struct path_summary {
    char *site;
    bool has_service;
    enum service service;
    uint32_t point_count;
    char **points;          /* names of series, from client to server */
    char **point_sites;     /* capture site of each, NULL where none */
    const char *matched_by; /* "client-random" ... */
    const char *between;    /* "nat", "proxy", "none" */
    uint64_t flows;
    uint32_t leg_count;
    struct path_leg *legs;
};

struct assessment_list { /* an endpoint list that was used */
    char *instance, *version, *source;
};

struct assessment {
    char *title, *customer, *prepared_by; /* NULL where not told */
    int64_t created_ns;                   /* time of the last packet */
    uint32_t setting_count;
    struct {
        const char *name;
        char *value;
    } * settings;
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
