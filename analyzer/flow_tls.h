/*
 * flow_tls.h - what a flow's TLS and QUIC handshakes showed.
 *
 * Part of flow_parts.h; see flow_record.h for how long texts live and how absence is
 * told.
 */
#ifndef O365LENS_ANALYZER_FLOW_TLS_H
#define O365LENS_ANALYZER_FLOW_TLS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    FLOW_CHAIN_MAX = 10, /* certificates kept of one chain */
    FLOW_ALPN_MAX = 8,   /* protocols kept of one offer */
};

enum certificate_hidden {
    CERTIFICATE_HIDDEN_NOT, /* a certificate is there, or there is no TLS */
    CERTIFICATE_HIDDEN_TLS13,
    CERTIFICATE_HIDDEN_RESUMED,
    CERTIFICATE_HIDDEN_NOT_CAPTURED,
    CERTIFICATE_HIDDEN_UNREADABLE, /* one came: no X.509, or compressed in a way not read
                                    */
};

/* One distinct certificate of a series; flows refer to it by its index there. */
struct flow_certificate {
    const char *subject_cn, *subject_o; /* NULL where absent */
    const char *issuer_cn, *issuer_o;
    const char *const *san; /* DNS names and addresses */
    uint32_t san_count;
    bool san_cut; /* there were more than are kept */
    int64_t not_before_s, not_after_s;
    const char *sha256; /* of the DER, 64 hex digits */
};

struct flow_tls {
    bool is_present;     /* a ClientHello or a ServerHello was read */
    bool has_hello;      /* the ClientHello was */
    const char *version; /* negotiated: "1.2"; NULL where no ServerHello */
    const char *sni;
    const char *alpn; /* what the server chose; NULL where that is sealed or not seen */
    uint32_t alpn_offered_count;
    const char *alpn_offered[FLOW_ALPN_MAX]; /* by the client, in its order */
    bool has_server_hello;
    bool resumed, hello_retry, offers_13, has_ech;
    bool knows_asked, is_asked; /* did the server ask for a certificate of the client */
    const char *starttls;      /* the protocol that asked for TLS: "smtp"; NULL: none */
    const char *alert;         /* of the first one seen in clear */
    const char *client_random; /* 64 hex digits */
    const char *session_id;    /* of the ClientHello, hex; NULL where empty */
    const char *ja3, *ja4, *ja3s;
    uint8_t hidden;                 /* enum certificate_hidden */
    bool by_key_log;                /* the chain was encrypted; a key log opened it */
    uint32_t chain_count;           /* 0: no certificate seen */
    uint32_t chain[FLOW_CHAIN_MAX]; /* leaf first, indexes of the series' certificates */
    uint64_t hello_frame, server_hello_frame, certificate_frame;
};

struct flow_quic {
    const char *version; /* "1", "2", "draft-29"; NULL where no QUIC */
    bool retry;
    const char *dcid;  /* of the first client Initial, hex */
    uint32_t initials; /* of the client that were opened, repeated ones too, up to the cap
                          of what is read as a handshake */
};

#endif
