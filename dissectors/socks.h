/*
 * socks.h - the messages by which a client asks a SOCKS proxy for a connection.
 *
 * Version 4 and 4a:  client socks_read_request   server socks_read_reply
 * Version 5:         client socks_read_greeting  server socks_read_choice
 *                    client socks_read_login     server socks_read_login_result
 *                    client socks_read_request   server socks_read_reply
 *
 * The login is there where the choice was SOCKS_METHOD_LOGIN. After a granted reply the
 * stream is the tunnelled one. After any other method than none and login (GSSAPI) what
 * follows may be sealed: the caller stops.
 *
 * `in` is a window on contiguous bytes of one direction from the start of the message
 * on. On OK it is moved behind the message, otherwise it stays where it was and the
 * struct is empty:
 *   TRUNCATED  the bytes end within the message
 *   MALFORMED  a value that the specification does not have
 *   OTHER      not this message, by its first two bytes
 *
 * Windows point into `in` and live as long. User ids, user names and passwords are
 * passed by.
 *
 * RFC 1928 (version 5), RFC 1929 (login); versions 4 and 4a as their authors wrote them
 * down (socks4.protocol, socks4a.protocol).
 */
#ifndef O365LENS_DISSECTORS_SOCKS_H
#define O365LENS_DISSECTORS_SOCKS_H

#include "dissectors/address.h"
#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum socks_command { SOCKS_CONNECT = 1, SOCKS_BIND = 2, SOCKS_UDP_ASSOCIATE = 3 };

enum socks_method {
    SOCKS_METHOD_NONE = 0x00,
    SOCKS_METHOD_GSSAPI = 0x01,
    SOCKS_METHOD_LOGIN = 0x02,
    SOCKS_METHOD_REFUSED = 0xff,
};

/* An address or a name, never both; a reply may hold neither. */
struct socks_destination {
    struct ip_address address; /* family 0 where there is a name */
    struct bytes name; /* 1 to 255 bytes, none of them a control byte or a blank */
    uint16_t port;
};

struct socks_request {
    uint8_t version; /* 4 or 5 */
    bool is_4a;      /* version 4 with a name */
    enum socks_command command;
    struct socks_destination destination;
};

struct socks_reply {
    uint8_t version;
    bool is_granted;
    uint8_t code; /* version 4: 90 to 93; version 5: 0 to 8, or the server's own */
    struct socks_destination bound; /* version 4: without meaning after CONNECT */
};

struct socks_greeting {
    bool offers_none, offers_gssapi, offers_login;
    uint8_t methods; /* how many are offered, 1 to 255 */
};

enum dissect socks_read_request(struct bytes *in, struct socks_request *request);
enum dissect socks_read_reply(struct bytes *in, struct socks_reply *reply);

enum dissect socks_read_greeting(struct bytes *in, struct socks_greeting *greeting);

/* `method` is an enum socks_method or one that is not named there. */
enum dissect socks_read_choice(struct bytes *in, uint8_t *method);

enum dissect socks_read_login(struct bytes *in);
enum dissect socks_read_login_result(struct bytes *in, bool *is_accepted);

#endif
