/*
 * verdict_codes.h - the reasons and kinds that a verdict may have: an interface to
 * scripts.
 *
 * What the detectors say stands here, in reports/FORMAT.md and in
 * reports/schema/flow.json; tests/test_codes.py compares the three.
 */
#ifndef O365LENS_ANALYZER_VERDICT_CODES_H
#define O365LENS_ANALYZER_VERDICT_CODES_H

#include <stdbool.h>

#include "analyzer/verdict.h"

bool verdict_codes_have_reason(enum verdict_question question, const char *reason);
bool verdict_codes_have_kind(enum verdict_question question, const char *kind);

/*
 * Says what would decide a verdict that is unknown, by its reason, where its detector did
 * not say it. Others stay as they are.
 */
void verdict_codes_complete(struct verdict *verdict, enum verdict_question question);

#endif
