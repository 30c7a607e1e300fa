/*
 * quic.h - QUIC as a bystander can read it: headers, and the Initial packets, whose keys
 * anyone can compute (RFC 9000 sections 17 and 19, RFC 9001 section 5, RFC 9369, RFC
 * 8999).
 *
 * A datagram may hold several packets: read until `in` is empty or a packet is not OK.
 *
 *     while (payload.left > 0 && quic_read_packet(&payload, &packet) == DISSECT_OK)
 *         ...
 *
 * Keys belong to the destination id of the client's first Initial and to the version of
 * the packet at hand: they open the Initials of both sides, also once the client writes
 * to the id that the server chose. A Retry starts anew, with the destination id of the
 * client's next Initial; a server may answer in another version, for which the keys come
 * from the same id. So: try the keys at hand, and where they fail derive from the id in
 * the packet. An opened packet is a sequence of frames (`number` begins at 0):
 *
 *     if (quic_open_initial(&packet, &keys, plain, sizeof plain, &size, &number))
 *         for (in = bytes_of(plain, size); in.left > 0 && quic_read_frame(...) == ...;)
 *
 * Handshake packets open with the keys of a handshake secret, which only a key log tells;
 * their frames are those of Initials. What comes behind them, 0-RTT and 1-RTT packets, is
 * never opened.
 *
 * CRYPTO frames go into a struct quic_crypto (quic_crypto.h). What is ready there starts
 * with a TLS handshake message, or with "CHLO" in Q050 (quic_legacy.h). Versions before
 * Q050 are OTHER here, but for what every version has in common: quic_read_invariant.
 */
#ifndef O365LENS_DISSECTORS_QUIC_H
#define O365LENS_DISSECTORS_QUIC_H

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"
#include "dissectors/tls_crypto.h"

enum {
    QUIC_VERSION_TEXT_SIZE = 16,
    QUIC_PLAIN_SIZE = 65536, /* enough for every packet; the usual ones stay below 1500 */
};

enum quic_packet_type {
    QUIC_INITIAL,
    QUIC_ZERO_RTT,
    QUIC_HANDSHAKE,
    QUIC_RETRY,
    QUIC_VERSION_NEGOTIATION,
    QUIC_UNKNOWN_VERSION, /* a reserved version (0x?a?a?a?a), sent to provoke negotiation
                           */
    QUIC_SHORT,           /* 1-RTT; the destination id is not delimited */
};

/* The windows point into the datagram. */
struct quic_packet {
    enum quic_packet_type type;
    uint32_t version; /* 0 in short headers and version negotiations */
    uint8_t first;    /* the first byte, as protected */
    bool spin; /* short header: the spin bit, which an endpoint may set at random */
    struct bytes dcid;
    struct bytes scid;
    struct bytes token;  /* Initial; empty where there is none */
    struct bytes header; /* Initial, 0-RTT, Handshake: up to the packet number */
    /*
     * Those three: the protected packet number and all behind it. Retry: token and tag.
     * Version negotiation: the versions, 4 bytes each. Short: all but the first byte.
     */
    struct bytes payload;
};

/* Of one direction, for Initials or for Handshake packets. */
struct quic_keys {
    struct tls_keys tls;
};

enum quic_frame_kind {
    QUIC_FRAME_PADDING, /* a whole run of it */
    QUIC_FRAME_PING,
    QUIC_FRAME_ACK,
    QUIC_FRAME_CRYPTO,
    QUIC_FRAME_CONNECTION_CLOSE,
};

/* Fields of other kinds are 0. The window points into the opened packet. */
struct quic_frame {
    enum quic_frame_kind kind;
    uint64_t largest_acknowledged; /* ACK: a packet number */
    uint64_t ack_delay_us;         /* ACK: with the exponent 3 that Initials have */
    uint64_t offset;               /* CRYPTO: where `data` goes in the handshake */
    uint64_t error_code;           /* CONNECTION_CLOSE; 0x100 + alert for those of TLS */
    struct bytes data;             /* CRYPTO; CONNECTION_CLOSE: the reason, any bytes */
};

/*
 * Reads one packet and moves `in` behind it. Only the length of the capture is known
 * here, so a length that leads past its end is TRUNCATED; then version, dcid and scid are
 * filled if `version` is not 0. Fixed bits are not asked for: they may be greased (RFC
 * 9287). A short header is recognized by 1 bit: ask only on flows known to be QUIC.
 */
enum dissect quic_read_packet(struct bytes *in, struct quic_packet *packet);

/*
 * What a long header has in every version (RFC 8999 section 5.1): version, dcid, scid;
 * the rest is `payload`. Nothing in it says that it is QUIC.
 */
enum dissect quic_read_invariant(struct bytes in, struct quic_packet *packet);

/* False where the version has no known salt. `client` opens what the client sent. */
bool quic_derive_initial(uint32_t version, struct bytes dcid, struct quic_keys *client,
                         struct quic_keys *server);

/*
 * Opens an Initial into `plain`. False where it is no Initial, these are not its keys (or
 * it was altered), or `capacity` does not suffice. `packet_number`: before, the number
 * that is expected next from this sender (0 at its start), which tells the leading bits
 * that the wire leaves out (RFC 9000 appendix A.3); after, that of the packet. It stays
 * as it was on failure.
 */
bool quic_open_initial(const struct quic_packet *packet, const struct quic_keys *keys,
                       uint8_t *plain, size_t capacity, size_t *size,
                       uint64_t *packet_number);

/*
 * The same for Handshake packets of versions 1 and 2 and the drafts (RFC 9001 section
 * 5.1). `suite` is that of the ServerHello; false where it is unknown or the secret has
 * another size. The keys are the caller's to wipe.
 */
bool quic_derive_handshake(uint32_t version, uint16_t suite, struct bytes secret,
                           struct quic_keys *keys);
bool quic_open_handshake(const struct quic_packet *packet, const struct quic_keys *keys,
                         uint8_t *plain, size_t capacity, size_t *size,
                         uint64_t *packet_number);

/*
 * Reads one frame of an opened packet of this version. The packet is authentic, so what
 * runs out is MALFORMED; OTHER is a frame that such packets do not have.
 */
enum dissect quic_read_frame(uint32_t version, struct bytes *in,
                             struct quic_frame *frame);

/* A version that is somebody's, with keys known here or not: one number in 65000 is. */
bool quic_version_is_told(uint32_t version);

/* "1", "2", "draft-29", "mvfst-27", "Q050", else hexadecimal: "0x1a2a3a4a". */
void quic_version_text(uint32_t version, char text[QUIC_VERSION_TEXT_SIZE]);

#endif
