/*
 * sample_assessment.h - an assessment made by hand, for tests of reports.
 *
 * Two sites, a capture cut short, a path of two points, a finding for each wording. Every
 * text that comes from outside is `text`, but for the second site's. The caller lets go
 * of it by assessment_free.
 */
#ifndef O365LENS_TESTS_SAMPLE_ASSESSMENT_H
#define O365LENS_TESTS_SAMPLE_ASSESSMENT_H

#include "analyzer/assessment.h"

struct assessment *sample_assessment(const char *text);

#endif
