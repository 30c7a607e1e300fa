/* assessment_settings.c - a merge may bring together what was read in different ways. */
#include "analyzer/assessment_settings.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"

enum { SETTING_NDPI = 3 }; /* the place of its name below */

static const char *setting_of(const struct result_header *header, unsigned which)
{
    const char *const values[] = { header->filter, header->from, header->to,
                                   header->ndpi };
    return values[which];
}

static bool has_value(char *const *values, uint32_t count, const char *value)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(values[i], value) == 0)
            return true;
    return false;
}

/* How the captures were read: one value where all results were made alike, else each. */
static char *setting_values(const struct result_set *results, unsigned which)
{
    char **values = alloc_zeroed(results->count + 1, sizeof *values), *all = NULL;
    uint32_t count = 0, without = 0;
    for (uint32_t i = 0; i < results->count; i++) {
        const char *value = setting_of(results->headers[i], which);
        without += value == NULL && results->headers[i]->flow_count > 0;
        if (value != NULL && !has_value(values, count, value))
            values[count++] = alloc_text(value);
    }
    for (uint32_t i = 0; i < count; i++) {
        char *longer =
            all == NULL ? alloc_text(values[i]) : alloc_format("%s; %s", all, values[i]);
        free(all);
        all = longer;
        free(values[i]);
    }
    if (all == NULL && without > 0 && which == SETTING_NDPI)
        all = alloc_text("off");
    else if (all != NULL && without > 0) {
        char *longer = alloc_format("%s (not for all captures)", all);
        free(all);
        all = longer;
    }
    free(values);
    return all;
}

void assessment_settings_note(struct assessment *assessment,
                              const struct result_set *results)
{
    static const char *const names[] = { "filter", "from", "to", "ndpi" };
    for (unsigned i = 0; i < 4; i++) {
        char *value = setting_values(results, i);
        if (value == NULL)
            continue;
        assessment->settings =
            alloc_resize(assessment->settings, assessment->setting_count + 1,
                         sizeof *assessment->settings);
        assessment->settings[assessment->setting_count].name = names[i];
        assessment->settings[assessment->setting_count++].value = value;
    }
}
