/*
 * stun.h - STUN and TURN messages: the public address, and what pairs a request with
 * its answer.
 *
 *     struct stun_message message;
 *     if (stun_read_message(&in, &message) == DISSECT_OK)
 *         use(&message.mapped);
 *
 * `in` is a UDP payload, or TCP bytes from the start of a message on. On OK it is moved
 * behind the message, otherwise it stays where it was:
 *   TRUNCATED  the bytes end within the message. Attributes before are filled.
 *   MALFORMED  an inner length or an error number contradicts the specification.
 *              Attributes before are filled.
 *   OTHER      no STUN; RFC 3489, which had no cookie, neither. `message` is empty.
 *
 * Microsoft's relays speak a dialect of their own (MS-TURN), which is seen to here:
 * attributes are not padded, the plain mapped address is the *relay's* and only the XOR
 * form (0x8020) the client's, and methods 4 to 6 mean "send", "data" and "set active
 * destination". An answer may come from another address than the request went to: pair
 * them by transaction id and client port. Between peers (ICE) the mapped address is what
 * the peer saw, on the same network a private one.
 *
 * Windows point into `in` and live as long. User names, realms, nonces, passwords and
 * integrity values are not handed out.
 *
 * RFC 8489 (STUN), RFC 8656 (TURN), MS-TURN section 2.2, MS-ICE2 section 2.2.
 */
#ifndef O365LENS_DISSECTORS_STUN_H
#define O365LENS_DISSECTORS_STUN_H

#include "dissectors/address.h"
#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum { STUN_TRANSACTION_SIZE = 12, STUN_SESSION_SIZE = 8 };

enum stun_class { STUN_REQUEST, STUN_INDICATION, STUN_SUCCESS, STUN_ERROR };

enum stun_method {
    STUN_BINDING = 0x001,
    STUN_ALLOCATE = 0x003,
    STUN_REFRESH = 0x004,
    STUN_SEND = 0x006,
    STUN_DATA = 0x007,
    STUN_CREATE_PERMISSION = 0x008,
    STUN_CHANNEL_BIND = 0x009,
    STUN_MS_SEND = 0x004, /* these three where is_ms_turn */
    STUN_MS_DATA = 0x005,
    STUN_MS_SET_ACTIVE_DESTINATION = 0x006,
};

struct stun_address {
    struct ip_address address; /* family 0 where absent */
    uint16_t port;
};

struct stun_message {
    enum stun_class message_class;
    uint16_t method; /* 12 bits; enum stun_method names the usual ones */
    uint8_t transaction[STUN_TRANSACTION_SIZE];
    bool is_ms_turn;      /* Microsoft's dialect of TURN */
    bool has_microsoft;   /* that, or an attribute that Microsoft's clients alone send */
    bool has_credentials; /* a user name or an integrity value was there */
    uint16_t error;       /* 300 to 699; 0 where there is none */
    uint32_t lifetime_s;  /* of an allocation; 0 where absent */

    /* In a success response: its receiver as the sender of the response saw it. The XOR
       form where there is one: NAT boxes rewrite the plain one. */
    struct stun_address mapped;
    struct stun_address relayed; /* the address that the relay lends */
    struct stun_address peer;    /* to or from whom the relay passes data */
    struct bytes data;           /* what it passes: media, or STUN again */
};

enum dissect stun_read_message(struct bytes *in, struct stun_message *message);

/*
 * Data on a bound channel (RFC 8656 section 12.4; over TCP the caller skips the padding)
 * and Microsoft's multiplexed TURN (MS-TURN section 2.2.3). Outcomes as above; OTHER
 * where the channel is neither 0x4000 to 0x4fff nor STUN_CHANNEL_MULTIPLEXED. Two bytes
 * and a length are little to go by: ask only where TURN is spoken.
 */
enum { STUN_CHANNEL_MULTIPLEXED = 0xff10 };

struct stun_channel_data {
    uint16_t channel;
    uint8_t session[STUN_SESSION_SIZE]; /* multiplexed TURN; else zero */
    struct bytes data;
};

enum dissect stun_read_channel_data(struct bytes *in,
                                    struct stun_channel_data *channel_data);

#endif
