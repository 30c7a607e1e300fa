/*
 * flow_lookups.h - parts of a flow record: lookups that the flow itself carries, and whom
 * it asks a SOCKS proxy for. Texts live as long as the record's.
 */
#ifndef O365LENS_ANALYZER_FLOW_LOOKUPS_H
#define O365LENS_ANALYZER_FLOW_LOOKUPS_H

#include <stdbool.h>
#include <stdint.h>

enum lookup_kind {
    LOOKUP_NONE,
    LOOKUP_DNS,
    LOOKUP_MDNS,
    LOOKUP_LLMNR,
    LOOKUP_NBNS,
    LOOKUP_DOT, /* over TLS (RFC 7858): what is asked is not seen */
    LOOKUP_DOQ, /* over QUIC (RFC 9250): the same */
};

struct flow_lookups { /* where the flow itself carries them */
    uint8_t kind;     /* enum lookup_kind; LOOKUP_NONE: no message was read */
    uint32_t queries, answers;
    uint32_t failures;   /* answers with an error: no such name, refused */
    uint64_t wpad_frame; /* first question for the proxy configuration; 0: none */
};

struct flow_socks {
    uint8_t version;    /* 4 or 5, 0: none */
    const char *target; /* "host:port"; NULL where no request was read */
    uint64_t frame;
    const char *command; /* "connect", "bind", "udp-associate" */
    const char *auth;    /* what the proxy chose: "none", "login", "gssapi", "refused",
                            "other"; NULL for version 4 and where it was not seen */
    bool has_reply;
    uint8_t reply; /* version 4: 90 to 93; version 5: 0 to 8, or the server's own */
};

#endif
