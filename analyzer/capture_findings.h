/*
 * capture_findings.h - what is wrong with the captures themselves, as findings.
 *
 * One finding for each kind of fault and capture site, however many captures have it: they
 * are its evidence.
 */
#ifndef O365LENS_ANALYZER_CAPTURE_FINDINGS_H
#define O365LENS_ANALYZER_CAPTURE_FINDINGS_H

#include "analyzer/assessment.h"

void capture_findings_add(const struct capture_entry *captures, uint32_t count,
                          struct findings *findings);

#endif
