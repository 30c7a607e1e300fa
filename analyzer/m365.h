/*
 * m365.h - is this flow Office 365, by which evidence, and how sure (methods C5)?
 */
#ifndef O365LENS_ANALYZER_M365_H
#define O365LENS_ANALYZER_M365_H

#include "analyzer/judgement.h"

void m365_judge(const struct judgement_context *context, const struct series_context *series,
                const struct flow_record *record, struct m365 *m365);

#endif
