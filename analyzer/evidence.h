/*
 * evidence.h - frames that show what a finding claims, gathered while flows are folded.
 */
#ifndef O365LENS_ANALYZER_EVIDENCE_H
#define O365LENS_ANALYZER_EVIDENCE_H

#include "analyzer/address_set.h"
#include "analyzer/finding.h"
#include "analyzer/judgement.h"

/* Zeroed: empty. The first FINDING_EVIDENCE pieces are kept, all are counted. */
struct evidence_list {
    uint64_t total;
    uint32_t count;
    struct evidence items[FINDING_EVIDENCE];
    /* What is affected: */
    uint64_t flows, bytes;
    struct address_set clients;
};

/* One more affected flow; `frame` 0: its first one. `value` is printf's, for people. */
void evidence_see(struct evidence_list *list, const struct judged_flow *flow,
                  uint64_t frame, const char *signal, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The flow that was seen last, at another point: a piece more, no flow more. */
void evidence_see_again(struct evidence_list *list, const struct result_header *there,
                        const struct sighting_record *sighting,
                        const struct flow_record *record, const char *signal,
                        const char *value);

/* Hands all over to a finding; `of_flows` is what the share is taken of. */
void evidence_conclude(struct evidence_list *list, struct finding *finding,
                       uint64_t of_flows);
void evidence_release(struct evidence_list *list);

/* A Wireshark display filter for one frame of a flow. */
char *evidence_filter(const struct flow_record *record, uint64_t frame);

/* "12.3 ms" into `out`. */
const char *evidence_ms(int64_t nanoseconds, char *out, size_t capacity);

/* Sets a parameter to milliseconds with one decimal, without the unit. */
void evidence_set_ms(struct finding *finding, const char *name, int64_t nanoseconds);

/* The median, where there is one; else the parameter is left out. */
void evidence_set_median(struct finding *finding, const char *name,
                         const struct distribution *distribution);

/* Office 365 flows of a service at a site. */
uint64_t evidence_flows_of(const struct site_summary *site, enum service service);

#endif
