/* path_fold.c - legs by the base RTTs of the same flow at two points (methods C2.3). */
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
        if (!address_is_equal(&group->sightings[i].client,
                              &group->sightings[i - 1].client))
            found = "nat";
    }
    return found;
}

static struct path_summary *add_path(struct path_fold *fold,
                                     const struct judged_flow *flow,
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
        path->legs[i].to_series = i == group->count ? NULL : alloc_text(path->points[i]);
        distribution_init(&path->legs[i].rtt);
    }
    return path;
}

static void see_leg(struct path_leg *leg, int64_t rtt_ns, bool is_confirmed)
{
    distribution_see(&leg->rtt, rtt_ns);
    leg->confirmed += is_confirmed;
}

/* From one point to the next: what the RTT to the server falls by. Where a proxy stands
   between, it is on the server's side of the one and on the client's side of the other.
 */
static void see_between(struct path_leg *leg, const struct sighting_record *near,
                        const struct sighting_record *far)
{
    if (near->is_proxied != far->is_proxied) {
        if (near->server_rtt_ns >= 0 && far->client_rtt_ns >= 0)
            see_leg(leg, near->server_rtt_ns + far->client_rtt_ns,
                    near->server_is_confirmed && far->client_is_confirmed);
        return;
    }
    if (near->server_rtt_ns >= 0 && far->server_rtt_ns >= 0)
        see_leg(leg, near->server_rtt_ns - far->server_rtt_ns,
                near->server_is_confirmed && far->server_is_confirmed);
}

static void see_legs(struct path_summary *path, const struct sighting_group *group)
{
    const struct sighting_record *first = group->sightings;
    const struct sighting_record *last = &first[group->count - 1];
    if (first->client_rtt_ns >= 0)
        see_leg(&path->legs[0], first->client_rtt_ns, first->client_is_confirmed);
    for (uint32_t i = 1; i < group->count; i++)
        see_between(&path->legs[i], &first[i - 1], &first[i]);
    if (last->server_rtt_ns >= 0)
        see_leg(&path->legs[group->count], last->server_rtt_ns,
                last->server_is_confirmed);
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
