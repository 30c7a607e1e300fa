/* assessment.c - the words for what an assessment holds, and its end. */
#include "analyzer/assessment.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

const char *service_text(enum service service)
{
    static const char *const texts[SERVICES] = {
        [SERVICE_EXCHANGE] = "Exchange",
        [SERVICE_SHAREPOINT] = "SharePoint",
        [SERVICE_SKYPE] = "Skype",
        [SERVICE_COMMON] = "Common",
    };
    return texts[service];
}

const char *service_title(enum service service)
{
    static const char *const texts[SERVICES] = {
        [SERVICE_EXCHANGE] = "Exchange Online",
        [SERVICE_SHAREPOINT] = "SharePoint and OneDrive",
        [SERVICE_SKYPE] = "Teams",
        [SERVICE_COMMON] = "Microsoft 365 Common",
    };
    return texts[service];
}

const char *category_text(enum category category)
{
    static const char *const texts[CATEGORIES] = {
        [CATEGORY_OPTIMIZE] = "Optimize",
        [CATEGORY_ALLOW] = "Allow",
        [CATEGORY_DEFAULT] = "Default",
    };
    return texts[category];
}

/* Behind `what`, where the text begins with it. */
static const char *without(const char *text, const char *format, ...)
{
    char *what = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&what, format, arguments) < 0)
        what = NULL;
    va_end(arguments);
    size_t size = what == NULL ? 0 : strlen(what);
    bool begins = what != NULL && strncmp(text, what, size) == 0;
    free(what);
    return begins ? text + size : text;
}

char *capture_problem_reason(const struct capture_entry *capture,
                             const struct capture_problem *problem)
{
    unsigned long long offset = problem->offset, frame = problem->frame;
    char tail[64];
    const char *at = without(problem->sentence, "%s: ", capture->name);
    at = without(at, "frame %llu, byte %llu: ", frame, offset);
    at = without(at, "frame %llu, byte %llu (decompressed): ", frame, offset);
    at = without(at, "stored byte %llu: ", offset);
    snprintf(tail, sizeof tail, " (after frame %llu)", frame - 1);
    size_t size = strlen(at), length = strlen(tail);
    if (frame > 0 && size > length && strcmp(at + size - length, tail) == 0)
        size -= length;
    return alloc_text_of(at, size);
}

const char *capture_status_text(enum capture_status status)
{
    static const char *const texts[] = {
        [STATUS_COMPLETE] = "complete",
        [STATUS_TRUNCATED] = "truncated",
        [STATUS_DAMAGED] = "damaged",
        [STATUS_UNREADABLE] = "unreadable",
    };
    return texts[status];
}

static void release_capture(struct capture_entry *capture)
{
    for (uint32_t i = 0; i < capture->problem_count; i++)
        free(capture->problems[i].sentence);
    for (uint32_t i = 0; i < capture->other_count; i++)
        free(capture->other[i].protocol);
    free(capture->problems);
    free(capture->other);
    free(capture->name);
    free(capture->series);
    free(capture->sha256);
    free(capture->format);
    free(capture->looks_like);
    free(capture->compression);
    free(capture->link_types);
    free(capture->capture_site);
}

void site_summary_release(struct site_summary *site)
{
    for (uint32_t i = 0; i < site->rtt_count; i++) {
        distribution_release(&site->rtt[i].by_sample);
        distribution_release(&site->rtt[i].by_flow);
        distribution_release(&site->rtt[i].by_flow_confirmed);
        distribution_release(&site->rtt[i].delayed);
    }
    for (uint32_t i = 0; i < site->resolver_count; i++)
        distribution_release(&site->resolvers[i].lookup);
    for (uint32_t i = 0; i < site->host_count; i++) {
        free(site->hosts[i].host);
        distribution_release(&site->hosts[i].rtt);
    }
    free(site->verdicts);
    free(site->rtt);
    free(site->resolvers);
    free(site->hosts);
    free(site->name);
    free(site->role);
}

static void release_path(struct path_summary *path)
{
    for (uint32_t i = 0; i < path->point_count; i++) {
        free(path->points[i]);
        free(path->point_sites[i]);
    }
    for (uint32_t i = 0; i < path->leg_count; i++) {
        free(path->legs[i].from_series);
        free(path->legs[i].to_series);
        distribution_release(&path->legs[i].rtt);
    }
    free(path->points);
    free(path->point_sites);
    free(path->legs);
    free(path->site);
}

static void release_inputs(struct assessment *assessment)
{
    for (uint32_t i = 0; i < assessment->setting_count; i++)
        free(assessment->settings[i].value);
    for (uint32_t i = 0; i < assessment->list_count; i++) {
        free(assessment->lists[i].instance);
        free(assessment->lists[i].version);
        free(assessment->lists[i].source);
    }
    for (uint32_t i = 0; i < assessment->skipped_count; i++) {
        free(assessment->skipped[i].name);
        free(assessment->skipped[i].looks_like);
    }
    free(assessment->settings);
    free(assessment->lists);
    free(assessment->skipped);
}

void assessment_free(struct assessment *assessment)
{
    if (assessment == NULL)
        return;
    release_inputs(assessment);
    for (uint32_t i = 0; i < assessment->capture_count; i++)
        release_capture(&assessment->captures[i]);
    for (uint32_t i = 0; i < assessment->site_count; i++)
        site_summary_release(&assessment->sites[i]);
    for (uint32_t i = 0; i < assessment->path_count; i++)
        release_path(&assessment->paths[i]);
    free(assessment->captures);
    free(assessment->sites);
    free(assessment->paths);
    free(assessment->title);
    free(assessment->customer);
    free(assessment->prepared_by);
    findings_release(&assessment->findings);
    free(assessment);
}
