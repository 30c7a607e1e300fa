/* decode_layer.c - how a layer around a packet is named in `encapsulation`. */
#include <stdio.h>

#include "analyzer/decode.h"

static const struct {
    const char *name;
    bool has_id;
} layers[LAYER_KINDS] = {
    [LAYER_VLAN] = { "vlan", true },      [LAYER_GRE] = { "gre", true },
    [LAYER_IPIP] = { "ipip", false },     [LAYER_VXLAN] = { "vxlan", true },
    [LAYER_GENEVE] = { "geneve", true },  [LAYER_MPLS] = { "mpls", true },
    [LAYER_PPPOE] = { "pppoe", true },    [LAYER_ERSPAN] = { "erspan", true },
    [LAYER_GTP] = { "gtp", true },        [LAYER_L2TP] = { "l2tp", true },
    [LAYER_TEREDO] = { "teredo", false }, [LAYER_CAPWAP] = { "capwap", false },
    [LAYER_EOIP] = { "eoip", true },      [LAYER_ETHERIP] = { "etherip", false },
    [LAYER_PBB] = { "pbb", true },        [LAYER_MACSEC] = { "macsec", false },
    [LAYER_TRILL] = { "trill", false },   [LAYER_FABRIC_PATH] = { "fabricpath", false },
    [LAYER_SGT] = { "sgt", true },        [LAYER_VN_TAG] = { "vntag", true },
    [LAYER_E_TAG] = { "etag", true },     [LAYER_NSH] = { "nsh", true },
    [LAYER_WLAN] = { "wlan", false },
};

void decode_layer_text(const struct layer *layer, char *out, size_t capacity)
{
    bool is_without_key = layer->kind == LAYER_GRE && layer->id == 0;
    if (layer->kind >= LAYER_KINDS)
        (void)snprintf(out, capacity, "unknown");
    else if (!layers[layer->kind].has_id || is_without_key)
        (void)snprintf(out, capacity, "%s", layers[layer->kind].name);
    else
        (void)snprintf(out, capacity, "%s:%u", layers[layer->kind].name, layer->id);
}
