/*
 * keylog.h - lines of a TLS key log, as SSLKEYLOGFILE names it and pcapng embeds it.
 *
 *     while (text.left > 0)
 *         if (keylog_read_line(&text, &entry) == DISSECT_OK && entry.is_wanted) ...
 *
 * A line is a label, the client's random and a secret, in hexadecimal digits of either
 * case, with one blank between. Of all secrets one kind is wanted: that of the server's
 * handshake messages, which hold the certificate. It opens nothing else: not what the
 * client sends, no application data. All other secrets are passed over unread, the master
 * secrets of TLS 1.2 too: certificates are in clear there.
 *
 * RFC 9850 section 2; draft-ietf-opsawg-pcapng section 4.7.
 */
#ifndef O365LENS_DISSECTORS_KEYLOG_H
#define O365LENS_DISSECTORS_KEYLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"
#include "dissectors/tls_crypto.h"
#include "dissectors/tls_hello.h"

enum { KEYLOG_LINE_MOST = 512 }; /* bytes; what is longer is no line of a key log */

struct keylog_entry {
    bool is_wanted;      /* the server's handshake secret; else nothing below is filled */
    uint8_t secret_size; /* 32 or 48 */
    uint8_t client_random[TLS_RANDOM_SIZE];
    uint8_t secret[TLS_SECRET_MOST]; /* a credential: the caller's to wipe */
};

/*
 * Reads one line and moves `in` behind its end, which is LF, CR LF or that of the window.
 * OK: a line of the format. OTHER: an empty line or a comment. MALFORMED: anything else.
 */
enum dissect keylog_read_line(struct bytes *in, struct keylog_entry *entry);

#endif
