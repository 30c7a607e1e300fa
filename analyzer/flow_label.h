/*
 * flow_label.h - the label of a flow: by its packets, then by the name of its server.
 */
#ifndef O365LENS_ANALYZER_FLOW_LABEL_H
#define O365LENS_ANALYZER_FLOW_LABEL_H

#include "analyzer/flow.h"

/* The packets were enough, or there are no more. `labels` NULL: there are no labels. */
void flow_label_conclude(struct flow *flow, struct protocol *labels);

/* At the end of the flow, when all names that it will ever have are known. */
void flow_label_name(struct flow *flow, struct protocol *labels);

#endif
