/*
 * report.h - one assessment as report.html and report.json.
 *
 * Both files are written whole or the call fails: any error of writing, up to the one
 * that closing a file may bring, gives false and a sentence that names the file. The
 * directory exists, is empty of both, and is the caller's to rename or to remove.
 *
 * What is written depends on the assessment and the version alone: no clock, no locale.
 */
#ifndef O365LENS_REPORTS_REPORT_H
#define O365LENS_REPORTS_REPORT_H

#include <stdbool.h>

#include "analyzer/assessment.h"
#include "analyzer/error.h"

#ifndef O365LENS_VERSION
#define O365LENS_VERSION "0.1.0"
#endif

bool report_write(const struct assessment *assessment, const char *directory,
                  struct error *error);

#endif
