/* protocol.c - the one place that knows nDPI (4.2). */
#include "analyzer/protocol.h"

/* Without it the caches that flows share are out of reach; see forget_neighbours. */
#define NDPI_LIB_COMPILATION
#include <ndpi_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analyzer/alloc.h"

enum {
    PACKET_MOST = 2048,
    TCP_PACKETS_MOST = 24,
    UDP_PACKETS_MOST = 8,
    NAME_MOST = 255,
    NANOSECONDS_A_MILLISECOND = 1000000,
};

struct protocol {
    struct ndpi_detection_module_struct *module;
    const struct protocol_flow *latest; /* whose packet the module saw last */
    _Atomic uint32_t *is_inside;
};

struct protocol_flow {
    struct ndpi_flow_struct *flow;
    ndpi_protocol label;
    uint32_t packets;
    bool is_known;
};

/* The module's own layout is private to the library: two of its members, one in front of
   the caches and one behind, must be where the header says. */
static bool has_known_layout(struct ndpi_detection_module_struct *module)
{
    return module->ndpi_num_supported_protocols ==
               ndpi_get_ndpi_num_supported_protocols(module) &&
           module->proto_defaults[NDPI_PROTOCOL_TLS].protoName ==
               ndpi_get_proto_name(module, NDPI_PROTOCOL_TLS);
}

static void forget(struct ndpi_lru_cache **cache)
{
    if (*cache != NULL)
        ndpi_lru_free_cache(*cache);
    *cache = NULL;
}

/*
 * The module remembers addresses, ports and certificates of earlier flows, so that what a
 * flow is called would depend on which others were seen before. All of that is made again
 * when it is missing: it is let go of after each packet. What was parsed of the packet of
 * another flow goes as well.
 */
static void forget_neighbours(struct protocol *protocol)
{
    struct ndpi_detection_module_struct *module = protocol->module;
    forget(&module->ookla_cache);
    forget(&module->bittorrent_cache);
    forget(&module->zoom_cache);
    forget(&module->stun_cache);
    forget(&module->tls_cert_cache);
    forget(&module->mining_cache);
    forget(&module->msteams_cache);
}

static void turn_to(struct protocol *protocol, const struct protocol_flow *flow)
{
    if (protocol->latest != flow)
        memset(&protocol->module->packet, 0, sizeof protocol->module->packet);
    protocol->latest = flow;
}

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
    if (!has_known_layout(module)) {
        ndpi_exit_detection_module(module);
        return NULL;
    }
    NDPI_PROTOCOL_BITMASK wanted;
    NDPI_BITMASK_SET_ALL(wanted);
    /* One DNS message of 65 kB keeps this release's dissector busy for ever. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" /* inside the library's macros */
    NDPI_BITMASK_DEL(wanted, NDPI_PROTOCOL_DNS);
    NDPI_BITMASK_DEL(wanted, NDPI_PROTOCOL_MDNS);
    NDPI_BITMASK_DEL(wanted, NDPI_PROTOCOL_LLMNR);
    /* What it remembers of other flows cannot be let go of from here. */
    NDPI_BITMASK_DEL(wanted, NDPI_PROTOCOL_TINC);
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
    turn_to(protocol, state);
    state->label = ndpi_detection_process_packet(
        protocol->module, state->flow, ip.at, (unsigned short)ip.left,
        (uint64_t)(time_ns / NANOSECONDS_A_MILLISECOND));
    state->packets++;
    state->is_known = ndpi_is_protocol_detected(protocol->module, state->label) &&
                      !ndpi_extra_dissection_possible(protocol->module, state->flow);
    forget_neighbours(protocol);
    set_inside(protocol, 0);
    uint32_t most = is_tcp ? TCP_PACKETS_MOST : UDP_PACKETS_MOST;
    return state->is_known || state->packets >= most;
}

static void spell(struct protocol *protocol, ndpi_protocol from,
                  struct protocol_label *label)
{
    label->master = from.master_protocol;
    label->application = from.app_protocol;
    if (from.app_protocol == NDPI_PROTOCOL_UNKNOWN &&
        from.master_protocol == NDPI_PROTOCOL_UNKNOWN)
        return;
    ndpi_protocol2name(protocol->module, from, label->name, sizeof label->name);
    const char *category = ndpi_category_get_name(
        protocol->module, ndpi_get_proto_category(protocol->module, from));
    snprintf(label->category, sizeof label->category, "%s", category);
}

void protocol_conclude(struct protocol *protocol, struct protocol_flow **flow,
                       struct protocol_label *label)
{
    static const struct protocol_label none;
    *label = none;
    label->is_guess = true;
    struct protocol_flow *state = *flow;
    if (state == NULL)
        return;
    set_inside(protocol, 1);
    turn_to(protocol, state);
    u_int8_t was_guessed = 0;
    if (!state->is_known)
        state->label =
            ndpi_detection_giveup(protocol->module, state->flow, 1, &was_guessed);
    spell(protocol, state->label, label);
    label->is_guess = state->flow->confidence < NDPI_CONFIDENCE_DPI_CACHE;
    ndpi_free_flow(state->flow);
    forget_neighbours(protocol);
    protocol->latest = NULL;
    set_inside(protocol, 0);
    free(state);
    *flow = NULL;
}

/* Of these protocols a name tells whose application speaks; any other is one itself. */
static bool carries_names(uint16_t protocol)
{
    static const uint16_t carriers[] = {
        NDPI_PROTOCOL_UNKNOWN,      NDPI_PROTOCOL_TLS,        NDPI_PROTOCOL_QUIC,
        NDPI_PROTOCOL_HTTP,         NDPI_PROTOCOL_HTTP_PROXY, NDPI_PROTOCOL_SOCKS,
        NDPI_PROTOCOL_HTTP_CONNECT, NDPI_PROTOCOL_STUN,       NDPI_PROTOCOL_RTP,
        NDPI_PROTOCOL_DTLS,
    };
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        if (carriers[i] == protocol)
            return true;
    return false;
}

void protocol_consider_name(struct protocol *protocol, struct bytes name,
                            struct protocol_label *label)
{
    uint16_t carrier =
        label->master != NDPI_PROTOCOL_UNKNOWN ? label->master : label->application;
    if (label->is_guess && !carries_names(carrier))
        carrier = NDPI_PROTOCOL_UNKNOWN;
    char text[NAME_MOST + 1];
    if (name.left == 0 || name.left > NAME_MOST || !carries_names(carrier))
        return;
    memcpy(text, name.at, name.left);
    text[name.left] = '\0';
    ndpi_protocol_match_result match;
    memset(&match, 0, sizeof match);
    set_inside(protocol, 1);
    int found =
        ndpi_match_string_subprotocol(protocol->module, text, (u_int)name.left, &match);
    if (found > 0 && found != carrier) {
        *label = (struct protocol_label){ .is_by_name = true };
        spell(protocol,
              (ndpi_protocol){ .master_protocol = carrier,
                               .app_protocol = (u_int16_t)found,
                               .category = match.protocol_category },
              label);
    }
    set_inside(protocol, 0);
}

const char *protocol_library_version(void)
{
    return ndpi_revision();
}
