/* summary.c - what a consultant reads first. */
#include "reports/summary.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/names_out.h"
#include "reports/figure.h"
#include "reports/texts.h"

enum { FINDINGS_SHOWN = 12, SITES_SHOWN = 12, TITLE_SIZE = 1024 };

/* "1 flow", "2 flows" */
static struct figure counted(uint64_t count, const char *one)
{
    struct figure figure;
    (void)snprintf(figure.text, sizeof figure.text, "%llu %s%s",
                   (unsigned long long)count, one, count == 1 ? "" : "s");
    return figure;
}

static void print_rtt(const struct site_summary *site)
{
    for (uint32_t i = 0; i < site->rtt_count; i++) {
        const struct rtt_entry *entry = &site->rtt[i];
        if (entry->set != 0 || strcmp(entry->leg, "user-to-front-door") != 0 ||
            entry->by_flow.count == 0)
            continue;
        int64_t tenths = (distribution_percentile(&entry->by_flow, 500) + 50000) / 100000;
        printf("    %-23s %s%lld.%lld ms median round trip, %s %s\n",
               service_title(entry->service), entry->is_bound ? "at most " : "",
               (long long)(tenths / 10), (long long)(tenths % 10),
               counted(entry->by_flow.count, "connection").text, entry->path);
    }
}

static void print_site(const struct site_summary *site)
{
    char name[NAMES_OUT_SIZE];
    printf("  %s: %s, %llu of them Office 365 (%s, %s)\n",
           names_out_text(site->name, name, sizeof name),
           counted(site->all.flows, "flow").text,
           (unsigned long long)site->office365.flows,
           figure_bytes(site->office365.bytes).text,
           counted(site->office365.clients, "client").text);
    print_rtt(site);
}

static void print_captures(const struct assessment *assessment)
{
    uint64_t packets = 0, complete = 0;
    for (uint32_t i = 0; i < assessment->capture_count; i++) {
        packets += assessment->captures[i].packets;
        complete += assessment->captures[i].status == STATUS_COMPLETE;
    }
    printf("%s, %s, %s; %s read whole",
           counted(assessment->capture_count, "capture").text,
           counted(packets, "packet").text, counted(assessment->all.flows, "flow").text,
           counted(complete, "capture").text);
    if (assessment->skipped_count > 0)
        printf("; %s skipped", counted(assessment->skipped_count, "other file").text);
    printf("\n\n");
}

static void print_findings(const struct assessment *assessment)
{
    struct texts *texts = texts_open(NULL);
    char title[TEXTS_SIZE];
    printf("\n%s\n", counted(assessment->findings.count, "finding").text);
    for (uint32_t i = 0; i < assessment->findings.count && i < FINDINGS_SHOWN; i++) {
        const struct finding *finding = assessment->findings.items[i];
        texts_fill(texts, finding, "title", title);
        printf("  %-8s %s\n", severity_text(finding->severity), title);
    }
    if (assessment->findings.count > FINDINGS_SHOWN)
        printf("  ... and %u more\n", assessment->findings.count - FINDINGS_SHOWN);
    texts_close(texts);
}

void summary_print(const struct assessment *assessment, const char *folder)
{
    print_captures(assessment);
    for (uint32_t i = 0; i < assessment->site_count && i < SITES_SHOWN; i++)
        print_site(&assessment->sites[i]);
    print_findings(assessment);
    printf("\nreport: %s/report.html\n", folder);
}
