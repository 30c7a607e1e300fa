/*
 * finding.h - one thing worth telling: verdict, subject, evidence, and the words for it.
 *
 * A finding carries no prose. `text` names an entry of the report's texts, `parameters` are
 * the numbers and names that its sentences are filled with.
 */
#ifndef O365LENS_ANALYZER_FINDING_H
#define O365LENS_ANALYZER_FINDING_H

#include <stdint.h>

enum { FINDING_EVIDENCE = 20, FINDING_PARAMETERS = 12 };

enum severity {
    SEVERITY_INFO,
    SEVERITY_LOW,
    SEVERITY_MEDIUM,
    SEVERITY_HIGH,
    SEVERITY_CRITICAL,
};

struct finding_parameter {
    const char *name; /* constant of the program */
    char *value;      /* owned */
};

struct evidence {
    char *series, *capture; /* owned */
    uint64_t frame;         /* frame number in that capture; 0: none */
    uint64_t flow;          /* flow id in that series; 0: none */
    const char *signal;     /* constant */
    char *value;            /* owned, for people: "38.2 ms", "CN=..." */
    char *filter;           /* owned: Wireshark display filter */
};

struct finding {
    char *id;          /* kind/site/service/subject */
    const char *kind;  /* of the contract */
    const char *text;  /* entry of reports/texts */
    enum severity severity;
    char *site, *service; /* owned; NULL where it concerns no one site or service */
    int32_t confidence_thousandths; /* -1: none */
    uint64_t affected_flows, affected_clients, affected_bytes;
    int32_t affected_share_thousandths; /* of the Office 365 flows there; -1: none */
    uint32_t parameter_count, evidence_count;
    uint64_t evidence_total;
    struct finding_parameter parameters[FINDING_PARAMETERS];
    struct evidence evidence[FINDING_EVIDENCE];
};

struct findings {
    struct finding **items; /* owned, in order of finding_order once sorted */
    uint32_t count, capacity;
};

const char *severity_text(enum severity severity); /* "high" */

/* A new finding at the end of the list; site, service and subject are copied. */
struct finding *findings_add(struct findings *findings, const char *kind,
                             const char *site, const char *service, const char *subject);
void finding_set(struct finding *finding, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *finding_parameter(const struct finding *finding, const char *name);

/* Severest first, then by kind, site, service and id: a total order. */
void findings_sort(struct findings *findings);
void findings_release(struct findings *findings);

#endif
