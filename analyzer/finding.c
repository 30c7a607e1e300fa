/* finding.c - findings in a list, and their total order. */
#include "analyzer/finding.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/assessment.h"

enum { VALUE_SIZE = 4096 };

const char *severity_text(enum severity severity)
{
    static const char *const texts[] = {
        [SEVERITY_INFO] = "info",         [SEVERITY_LOW] = "low",
        [SEVERITY_MEDIUM] = "medium",     [SEVERITY_HIGH] = "high",
        [SEVERITY_CRITICAL] = "critical",
    };
    return texts[severity];
}

/*
 * One part of an id that others follow: "/" and "%" are spelled, so that no two findings
 * share an id. The subject stands last and may hold anything.
 */
static char *id_part(const char *text)
{
    if (text == NULL || text[0] == '\0')
        return alloc_text("-");
    char *part = alloc_zeroed(3 * strlen(text) + 1, 1);
    size_t used = 0;
    for (; *text != '\0'; text++) {
        if (*text == '/' || *text == '%') {
            memcpy(part + used, *text == '/' ? "%2F" : "%25", 3);
            used += 3;
        } else {
            part[used++] = *text;
        }
    }
    return part;
}

static char *id_of(const char *kind, const char *site, const char *service,
                   const char *subject)
{
    char *site_part = id_part(site), *service_part = id_part(service);
    char *id = alloc_format("%s/%s/%s/%s", kind, site_part, service_part,
                            subject == NULL || subject[0] == '\0' ? "-" : subject);
    free(site_part);
    free(service_part);
    return id;
}

/* The contract's word for a service, as people call it. */
static const char *title_of(const char *service)
{
    for (unsigned i = 0; i < SERVICES; i++)
        if (strcmp(service, service_text((enum service)i)) == 0)
            return service_title((enum service)i);
    return service;
}

struct finding *findings_add(struct findings *findings, const char *kind,
                             const char *site, const char *service, const char *subject)
{
    if (findings->count == findings->capacity) {
        findings->capacity = findings->capacity == 0 ? 16 : 2 * findings->capacity;
        findings->items =
            alloc_resize(findings->items, findings->capacity, sizeof *findings->items);
    }
    struct finding *finding = alloc_zeroed(1, sizeof *finding);
    finding->id = id_of(kind, site, service, subject);
    finding->kind = kind;
    finding->text = kind;
    finding->site = alloc_text(site);
    finding->service = alloc_text(service);
    finding->confidence_thousandths = -1;
    finding->affected_share_thousandths = -1;
    findings->items[findings->count++] = finding;
    if (site != NULL)
        finding_set(finding, "site", "%s", site);
    if (service != NULL)
        finding_set(finding, "service", "%s", title_of(service));
    return finding;
}

static struct finding_parameter *parameter_of(struct finding *finding, const char *name)
{
    for (uint32_t i = 0; i < finding->parameter_count; i++) {
        if (strcmp(finding->parameters[i].name, name) == 0)
            return &finding->parameters[i];
    }
    assert(finding->parameter_count < FINDING_PARAMETERS);
    struct finding_parameter *parameter =
        &finding->parameters[finding->parameter_count++];
    parameter->name = name;
    return parameter;
}

/* The room is more than names_out.h lets out, which marks what it cuts. */
void finding_set(struct finding *finding, const char *name, const char *format, ...)
{
    char value[VALUE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);

    struct finding_parameter *parameter = parameter_of(finding, name);
    free(parameter->value);
    parameter->value = alloc_text(value);
}

const char *finding_parameter(const struct finding *finding, const char *name)
{
    for (uint32_t i = 0; i < finding->parameter_count; i++) {
        if (strcmp(finding->parameters[i].name, name) == 0)
            return finding->parameters[i].value;
    }
    return NULL;
}

/* What concerns no one site or service stands before what does. */
static int text_order(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int parameters_order(const struct finding *a, const struct finding *b)
{
    int order = (a->parameter_count > b->parameter_count) -
                (a->parameter_count < b->parameter_count);
    for (uint32_t i = 0; order == 0 && i < a->parameter_count; i++) {
        order = strcmp(a->parameters[i].name, b->parameters[i].name);
        if (order == 0)
            order = strcmp(a->parameters[i].value, b->parameters[i].value);
    }
    return order;
}

static int finding_order(const void *left, const void *right)
{
    const struct finding *a = *(struct finding *const *)left;
    const struct finding *b = *(struct finding *const *)right;
    int order = (b->severity > a->severity) - (b->severity < a->severity);
    if (order == 0)
        order = strcmp(a->kind, b->kind);
    if (order == 0)
        order = text_order(a->site, b->site);
    if (order == 0)
        order = text_order(a->service, b->service);
    if (order == 0)
        order = strcmp(a->id, b->id);
    if (order == 0)
        order = strcmp(a->text, b->text);
    return order != 0 ? order : parameters_order(a, b);
}

void findings_sort(struct findings *findings)
{
    if (findings->count > 1)
        qsort(findings->items, findings->count, sizeof *findings->items, finding_order);
}

static void finding_free(struct finding *finding)
{
    for (uint32_t i = 0; i < finding->parameter_count; i++)
        free(finding->parameters[i].value);
    for (uint32_t i = 0; i < finding->evidence_count; i++) {
        struct evidence *evidence = &finding->evidence[i];
        free(evidence->series);
        free(evidence->capture);
        free(evidence->value);
        free(evidence->filter);
    }
    free(finding->id);
    free(finding->site);
    free(finding->service);
    free(finding);
}

void findings_release(struct findings *findings)
{
    for (uint32_t i = 0; i < findings->count; i++)
        finding_free(findings->items[i]);
    free(findings->items);
    *findings = (struct findings){ 0 };
}
