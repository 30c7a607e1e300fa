/* site_view.c - one place to choose, so that summary and detail show the same figure. */
#include "reports/sections/site_view.h"

#include <string.h>

void site_view_states(const struct site_summary *site, enum verdict_question question,
                      uint64_t flows[VERDICT_STATES])
{
    for (uint32_t i = 0; i < site->verdict_count; i++) {
        const struct verdict_count *count = &site->verdicts[i];
        if (count->question == question)
            flows[count->state] += count->flows;
    }
}

bool site_view_is_whole_way(const struct rtt_entry *entry)
{
    return strcmp(entry->leg, "user-to-front-door") == 0;
}

const struct rtt_entry *site_view_main_rtt(const struct site_summary *site,
                                           enum service service)
{
    const struct rtt_entry *best = NULL;
    for (uint32_t i = 0; i < site->rtt_count; i++) {
        const struct rtt_entry *entry = &site->rtt[i];
        if (!entry->has_service || entry->service != service || entry->set != 0 ||
            !site_view_is_whole_way(entry) || entry->by_flow.count == 0)
            continue;
        if (best == NULL || entry->by_flow.count > best->by_flow.count)
            best = entry;
    }
    return best;
}
