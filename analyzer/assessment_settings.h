/*
 * assessment_settings.h - how the captures were read, as their results tell it.
 */
#ifndef O365LENS_ANALYZER_ASSESSMENT_SETTINGS_H
#define O365LENS_ANALYZER_ASSESSMENT_SETTINGS_H

#include "analyzer/assessment.h"
#include "analyzer/result_set.h"

void assessment_settings_note(struct assessment *assessment,
                              const struct result_set *results);

#endif
