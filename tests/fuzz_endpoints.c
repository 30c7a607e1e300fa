/* fuzz_endpoints.c - any bytes as a list: a downloaded one, else a history of ours. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/endpoints.h"

/* Every host finds its own set, and every prefix its own address. */
static void look_up_all(const struct endpoint_list *list)
{
    struct endpoint_match match;
    for (size_t i = 0; i < endpoint_list_count(list); i++) {
        const struct endpoint_set *set = endpoint_list_at(list, i);
        for (size_t host = 0; host < set->host_count; host++)
            if (strchr(set->hosts[host], '*') == NULL &&
                !endpoints_match_name(list, set->hosts[host], 6, 443, &match))
                abort();
        for (size_t prefix = 0; prefix < set->prefix_count; prefix++) {
            struct ip_address address;
            uint8_t bits;
            uint16_t port = set->tcp.count > 0 ? set->tcp.ranges[0].first : 443;
            if (!address_read_prefix(set->prefixes[prefix], &address, &bits))
                abort();
            if (!endpoints_match_address(list, &address, 6, port, &match) &&
                endpoint_set_has_port(set, 6, port))
                abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = { "" };
    struct endpoints *endpoints = endpoints_new();
    if (endpoints_read_download(endpoints, data, size, "fuzz.json", INSTANCE_CHINA,
                                &error))
        look_up_all(endpoints_at(endpoints, INSTANCE_CHINA, 0));
    else if (error.text[0] == '\0')
        abort();
    endpoints_free(endpoints);

    endpoints = endpoints_new();
    if (endpoints_read_history(endpoints, data, size, "fuzz.json", &error))
        for (unsigned i = 0; i < INSTANCES; i++)
            for (size_t version =
                     endpoints_version_count(endpoints, (enum endpoint_instance)i);
                 version-- > 0;)
                look_up_all(
                    endpoints_version(endpoints, (enum endpoint_instance)i, version));
    endpoints_free(endpoints);
    return 0;
}
