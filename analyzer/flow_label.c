/* flow_label.c - what nDPI calls a flow: by packets without a name, else by the name. */
#include "analyzer/flow_label.h"

#include "analyzer/alloc.h"

static void keep(struct flow *flow, const struct protocol_label *label)
{
    if (flow->label == NULL)
        flow->label = alloc_zeroed(1, sizeof *flow->label);
    *flow->label = *label;
}

void flow_label_conclude(struct flow *flow, struct protocol *labels)
{
    flow->is_done_with_labels = true;
    if (flow->label_state == NULL)
        return;
    struct protocol_label label;
    protocol_conclude(labels, &flow->label_state, &label);
    if (label.name[0] != '\0')
        keep(flow, &label);
}

void flow_label_name(struct flow *flow, struct protocol *labels)
{
    struct bytes name = flow_server_name(flow);
    if (labels == NULL || name.left == 0)
        return;
    struct protocol_label label = { .is_guess = true };
    if (flow->label != NULL)
        label = *flow->label;
    protocol_consider_name(labels, name, &label);
    if (label.is_by_name)
        keep(flow, &label);
}
