/* path_fold.c - legs as differences of base RTT on the same flow (methods C2.3 point 3). */
#include "analyzer/path_fold.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

static const char *series_name(const struct judgement_context *context,
                               const struct sighting_record *sighting)
{
    return context->series[sighting->series].header->series;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same_path(const struct path_summary *path, const struct judged_flow *flow,
                         const struct judgement_context *context)
{
    const struct sighting_group *group = &flow->group;
    if (path->service != flow->m365.match.best->service ||
        path->point_count != group->count || !is_same_text(path->site, flow->site) ||
        strcmp(path->matched_by,
               match_how_text((enum match_how)group->sightings[0].how)) != 0)
        return false;
    for (uint32_t i = 0; i < group->count; i++)
        if (strcmp(path->points[i], series_name(context, &group->sightings[i])) != 0)
            return false;
    return true;
}

static const char *between(const struct sighting_group *group)
{
    const char *found = "none";
    for (uint32_t i = 1; i < group->count; i++) {
        if (group->sightings[i].is_proxied != group->sightings[i - 1].is_proxied)
            return "proxy";
        if (!address_is_equal(&group->sightings[i].client, &group->sightings[i - 1].client))
            found = "nat";
    }
    return found;
}

static struct path_summary *add_path(struct path_fold *fold, const struct judged_flow *flow,
                                     const struct judgement_context *context)
{
    const struct sighting_group *group = &flow->group;
    if (fold->count == PATHS_MOST)
        return NULL;
    if (fold->count == fold->capacity) {
        fold->capacity = fold->capacity == 0 ? 16 : 2 * fold->capacity;
        fold->items = alloc_resize(fold->items, fold->capacity, sizeof *fold->items);
    }
    struct path_summary *path = &fold->items[fold->count++];
    *path = (struct path_summary){
        .site = alloc_text(flow->site),
        .has_service = true,
        .service = flow->m365.match.best->service,
        .point_count = group->count,
        .points = alloc_zeroed(group->count, sizeof(char *)),
        .point_sites = alloc_zeroed(group->count, sizeof(char *)),
        .matched_by = match_how_text((enum match_how)group->sightings[0].how),
        .between = between(group),
        .leg_count = group->count + 1,
        .legs = alloc_zeroed(group->count + 1, sizeof(struct path_leg)),
    };
    for (uint32_t i = 0; i < group->count; i++) {
        const struct sighting_record *sighting = &group->sightings[i];
        path->points[i] = alloc_text(series_name(context, sighting));
        path->point_sites[i] = alloc_text(
            context->series[sighting->series].captures[sighting->capture].site);
    }
    for (uint32_t i = 0; i < path->leg_count; i++) {
        path->legs[i].from_series = i == 0 ? NULL : alloc_text(path->points[i - 1]);
        path->legs[i].to_series =
            i == group->count ? NULL : alloc_text(path->points[i]);
        distribution_init(&path->legs[i].rtt);
    }
    return path;
}

/* Across a proxy the RTTs are those of two connections: their difference says nothing. */
static void see_legs(struct path_summary *path, const struct sighting_group *group)
{
    if (group->sightings[0].client_rtt_ns >= 0)
        distribution_see(&path->legs[0].rtt, group->sightings[0].client_rtt_ns);
    for (uint32_t i = 1; i < group->count; i++) {
        const struct sighting_record *near = &group->sightings[i - 1];
        const struct sighting_record *far = &group->sightings[i];
        if (near->is_proxied == far->is_proxied && near->server_rtt_ns >= 0 &&
            far->server_rtt_ns >= 0)
            distribution_see(&path->legs[i].rtt, near->server_rtt_ns - far->server_rtt_ns);
    }
    const struct sighting_record *last = &group->sightings[group->count - 1];
    if (last->server_rtt_ns >= 0)
        distribution_see(&path->legs[group->count].rtt, last->server_rtt_ns);
}

void path_fold_see(struct path_fold *fold, const struct judged_flow *flow,
                   const struct judgement_context *context)
{
    struct path_summary *path = NULL;
    if (flow->group.count < 2)
        return;
    for (uint32_t i = 0; i < fold->count && path == NULL; i++)
        if (is_same_path(&fold->items[i], flow, context))
            path = &fold->items[i];
    if (path == NULL)
        path = add_path(fold, flow, context);
    if (path == NULL)
        return;
    path->flows++;
    see_legs(path, &flow->group);
}

static int text_order(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int path_order(const void *a, const void *b)
{
    const struct path_summary *first = a, *second = b;
    int order = text_order(first->site, second->site);
    if (order == 0)
        order = first->service < second->service ? -1 : first->service > second->service;
    if (order == 0)
        order = (first->point_count > second->point_count) -
                (first->point_count < second->point_count);
    for (uint32_t i = 0; order == 0 && i < first->point_count; i++)
        order = strcmp(first->points[i], second->points[i]);
    return order != 0 ? order : strcmp(first->matched_by, second->matched_by);
}

void path_fold_conclude(struct path_fold *fold, struct assessment *assessment)
{
    if (fold->count > 1)
        qsort(fold->items, fold->count, sizeof *fold->items, path_order);
    assessment->paths = fold->items;
    assessment->path_count = fold->count;
    *fold = (struct path_fold){ 0 };
}
