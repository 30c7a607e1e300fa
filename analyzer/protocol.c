/* protocol.c - the one place that knows nDPI (4.2). */
#include "analyzer/protocol.h"

#include <ndpi_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyzer/alloc.h"


enum {
    PACKET_MOST = 2048,
    TCP_PACKETS_MOST = 24,
    UDP_PACKETS_MOST = 8,
    NANOSECONDS_A_MILLISECOND = 1000000,
};

struct protocol {
    struct ndpi_detection_module_struct *module;
    _Atomic uint32_t *is_inside;
};

struct protocol_flow {
    struct ndpi_flow_struct *flow;
    ndpi_protocol label;
    uint32_t packets;
    bool is_known;
};

struct protocol *protocol_new(_Atomic uint32_t *is_inside)
{
    /* The library asks for the local time, which opens a file the first time. */
    tzset();
    /* Struct layouts change with every release: header and library must be one. */
    if (ndpi_detection_get_sizeof_ndpi_flow_struct() != sizeof(struct ndpi_flow_struct))
        return NULL;
    struct ndpi_detection_module_struct *module =
        ndpi_init_detection_module(ndpi_no_prefs);
    if (module == NULL)
        return NULL;
    NDPI_PROTOCOL_BITMASK wanted;
    NDPI_BITMASK_SET_ALL(wanted);
    /* One DNS message of 65 kB keeps this release's dissector busy for ever. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" /* inside the library's macros */
    NDPI_BITMASK_DEL(wanted, NDPI_PROTOCOL_DNS);
    NDPI_BITMASK_DEL(wanted, NDPI_PROTOCOL_MDNS);
    NDPI_BITMASK_DEL(wanted, NDPI_PROTOCOL_LLMNR);
#pragma GCC diagnostic pop
    ndpi_set_protocol_detection_bitmask2(module, &wanted);
    ndpi_finalize_initialization(module);
    struct protocol *protocol = alloc_zeroed(1, sizeof *protocol);
    protocol->module = module;
    protocol->is_inside = is_inside;
    return protocol;
}

void protocol_free(struct protocol *protocol)
{
    if (protocol == NULL)
        return;
    ndpi_exit_detection_module(protocol->module);
    free(protocol);
}

void protocol_watch(struct protocol *protocol, _Atomic uint32_t *is_inside)
{
    protocol->is_inside = is_inside;
}

static struct protocol_flow *flow_new(void)
{
    struct protocol_flow *flow = alloc_zeroed(1, sizeof *flow);
    flow->flow = alloc_zeroed(1, SIZEOF_FLOW_STRUCT);
    return flow;
}

static void set_inside(struct protocol *protocol, uint32_t value)
{
    if (protocol->is_inside != NULL)
        atomic_store_explicit(protocol->is_inside, value, memory_order_relaxed);
}

bool protocol_see(struct protocol *protocol, struct protocol_flow **flow, struct bytes ip,
                  bool is_tcp, int64_t time_ns)
{
    if (ip.left > PACKET_MOST)
        return false;
    if (*flow == NULL)
        *flow = flow_new();
    struct protocol_flow *state = *flow;
    set_inside(protocol, 1);
    state->label = ndpi_detection_process_packet(
        protocol->module, state->flow, ip.at, (unsigned short)ip.left,
        (uint64_t)(time_ns / NANOSECONDS_A_MILLISECOND));
    state->packets++;
    state->is_known = ndpi_is_protocol_detected(protocol->module, state->label) &&
                      !ndpi_extra_dissection_possible(protocol->module, state->flow);
    set_inside(protocol, 0);
    uint32_t most = is_tcp ? TCP_PACKETS_MOST : UDP_PACKETS_MOST;
    return state->is_known || state->packets >= most;
}

void protocol_conclude(struct protocol *protocol, struct protocol_flow **flow,
                       struct protocol_label *label)
{
    *label = (struct protocol_label){ { 0 }, { 0 } };
    struct protocol_flow *state = *flow;
    if (state == NULL)
        return;
    set_inside(protocol, 1);
    u_int8_t was_guessed = 0;
    if (!state->is_known)
        state->label =
            ndpi_detection_giveup(protocol->module, state->flow, 1, &was_guessed);
    if (state->label.app_protocol != NDPI_PROTOCOL_UNKNOWN ||
        state->label.master_protocol != NDPI_PROTOCOL_UNKNOWN) {
        ndpi_protocol2name(protocol->module, state->label, label->name,
                           sizeof label->name);
        const char *category = ndpi_category_get_name(
            protocol->module, ndpi_get_proto_category(protocol->module, state->label));
        snprintf(label->category, sizeof label->category, "%s", category);
    }
    ndpi_free_flow(state->flow);
    set_inside(protocol, 0);
    free(state);
    *flow = NULL;
}

const char *protocol_library_version(void)
{
    return ndpi_revision();
}
