/* lookup.c - RFC 1035 messages in datagrams and streams; RFC 1001 section 14.1 (names).
 */
#include "analyzer/lookup.h"

#include <string.h>

#include "dissectors/dns.h"

enum lookup_kind lookup_kind_of(uint16_t client_port, uint16_t server_port)
{
    if (server_port == LOOKUP_PORT_DNS)
        return LOOKUP_DNS;
    if (server_port == LOOKUP_PORT_MDNS || client_port == LOOKUP_PORT_MDNS)
        return LOOKUP_MDNS;
    if (server_port == LOOKUP_PORT_LLMNR || client_port == LOOKUP_PORT_LLMNR)
        return LOOKUP_LLMNR;
    if (server_port == LOOKUP_PORT_NBNS || client_port == LOOKUP_PORT_NBNS)
        return LOOKUP_NBNS;
    return LOOKUP_NONE;
}

/* "wpad", padded with blanks to 15 characters, two letters from a to p for each; what
   kind of name it is follows. */
static bool is_netbios_wpad(const char *name)
{
    static const char encoded[] = "fhfaebeecacacacacacacacacacaca";
    return strncmp(name, encoded, sizeof encoded - 1) == 0;
}

/* By that name a client finds its proxy's configuration. */
static bool is_wpad(enum lookup_kind kind, const char *name)
{
    if (kind == LOOKUP_NBNS)
        return is_netbios_wpad(name);
    return strncmp(name, "wpad", 4) == 0 && (name[4] == '\0' || name[4] == '.');
}

void lookup_see(const struct lookup *lookup, struct bytes bytes)
{
    struct flow_lookups *counts = lookup->counts;
    struct dns_message message;
    struct bytes copy = bytes;
    enum dissect outcome = dns_read_message(&copy, &message);
    if (outcome == DISSECT_OTHER || outcome == DISSECT_MALFORMED ||
        (outcome == DISSECT_TRUNCATED && !message.has_question))
        return;
    counts->kind = (uint8_t)lookup->kind;
    if (message.is_response) {
        counts->answers++;
        counts->failures += message.rcode != 0;
    } else {
        counts->queries++;
        if (counts->wpad_frame == 0 && is_wpad(lookup->kind, message.name))
            counts->wpad_frame = lookup->about.frame;
    }
    if (lookup->kind != LOOKUP_DNS)
        return;
    int64_t lookup_ns = name_cache_see(lookup->names, bytes, &lookup->about);
    if (lookup_ns >= 0)
        lookup->dns->lookup_ns = lookup_ns;
}

enum dissect lookup_see_stream(const struct lookup *lookup, struct bytes *ready)
{
    struct bytes message;
    enum dissect outcome;
    while ((outcome = dns_take_tcp_message(ready, &message)) == DISSECT_OK)
        lookup_see(lookup, message);
    return outcome;
}
