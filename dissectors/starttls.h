/*
 * starttls.h - protocols that begin in clear and may turn to TLS when the client asks.
 *
 * What is said before is read over, line by line or message by message, to the client's
 * wish for TLS; nothing of it is given on. After a unit the next byte may be the first of
 * a TLS record: that is for the caller to try.
 *
 * RFC 3207 (SMTP), 9051 section 6.2.1 (IMAP), 2595 section 4 (POP3), 4217 (FTP), 4642
 * (NNTP), 6120 section 5 (XMPP), 4511 section 4.14 (LDAP); the published protocols of
 * PostgreSQL ("SSLRequest"), MySQL ("SSLRequest") and RDP ([MS-RDPBCGR] 2.2.1.1).
 */
#ifndef O365LENS_DISSECTORS_STARTTLS_H
#define O365LENS_DISSECTORS_STARTTLS_H

#include <stdbool.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum starttls {
    STARTTLS_NONE,
    STARTTLS_SMTP, /* FTP too, until one of its own words is read */
    STARTTLS_FTP,
    STARTTLS_IMAP,
    STARTTLS_POP3,
    STARTTLS_NNTP,
    STARTTLS_XMPP,
    STARTTLS_LDAP,
    STARTTLS_POSTGRESQL,
    STARTTLS_MYSQL,
    STARTTLS_RDP,
};

enum { STARTTLS_UNIT_MOST = 8192 }; /* bytes of a line or message that are waited for */

struct starttls_unit {
    bool asks; /* the client wants TLS from here on */
};

/*
 * Which protocol a direction begins with; STARTTLS_NONE unless OK. TRUNCATED where one of
 * them may still come of it, which some ten bytes decide.
 */
enum dissect starttls_begins(struct bytes in, bool from_client, enum starttls *protocol);

/*
 * Reads one unit; `in` moves behind it where OK. `protocol` may become another one.
 * MALFORMED where it is longer than STARTTLS_UNIT_MOST or none of that protocol.
 */
enum dissect starttls_read(struct bytes *in, bool from_client, enum starttls *protocol,
                           struct starttls_unit *unit);

/* "smtp"; NULL for STARTTLS_NONE. */
const char *starttls_text(enum starttls protocol);

#endif
