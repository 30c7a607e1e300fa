/*
 * summary.h - an assessment on one screen of a terminal.
 */
#ifndef O365LENS_REPORTS_SUMMARY_H
#define O365LENS_REPORTS_SUMMARY_H

#include "analyzer/assessment.h"

/* On standard output; `folder` is where the report lies. */
void summary_print(const struct assessment *assessment, const char *folder);

#endif
