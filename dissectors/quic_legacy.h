/*
 * quic_legacy.h - Google's QUIC from before the standard, as far as it shows who is
 * called.
 *
 * Q039 to Q043 and Q046 send the client's hello in the clear: a datagram that
 * quic_read_packet calls OTHER is tried here. Q050 encrypts it like an Initial: there
 * quic_read_packet, quic_open_initial and quic_crypto lead to the same CHLO message.
 * T050 and T051 carry a TLS ClientHello instead.
 *
 * Source: "QUIC Wire Layout Specification" and "QUIC Crypto" (Google, 2016), for Q046
 * the packet header of draft-ietf-quic-transport-17. Windows point into the input.
 */
#ifndef O365LENS_DISSECTORS_QUIC_LEGACY_H
#define O365LENS_DISSECTORS_QUIC_LEGACY_H

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

struct quic_legacy_packet {
    uint32_t version;    /* quic_version_text knows it */
    struct bytes dcid;   /* the connection id */
    struct bytes crypto; /* the first bytes of the crypto stream: a CHLO */
};

struct quic_chlo {
    struct bytes server_name; /* empty where there is none; never holds a NUL */
    struct bytes user_agent;  /* likewise */
};

/*
 * The client's first packet of a connection. OTHER for all else: later packets, the
 * server's, other versions. On TRUNCATED, dcid is right if `version` is not 0.
 */
enum dissect quic_legacy_read_packet(struct bytes in, struct quic_legacy_packet *packet);

/*
 * Acknowledgements that stand before a ServerHello, read over behind their type; OTHER
 * where the type is no such one. Google's, up to T051; and the standard's with a time stamp
 * (types 0x34 and 0x35, draft-huitema-quic-1wd), which one implementation sends unasked.
 */
enum dissect quic_legacy_skip_ack(struct bytes *in, uint8_t type);
enum dissect quic_legacy_skip_timed_ack(struct bytes *in, uint64_t type);

/* A CHLO says no length: TRUNCATED where its values are not all there yet. */
enum dissect quic_legacy_read_chlo(struct bytes in, struct quic_chlo *chlo);

#endif
