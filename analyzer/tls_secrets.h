/*
 * tls_secrets.h - handshake secrets of servers by the client's random, from key logs.
 *
 * What a key log holds besides is left out (keylog.h). These are credentials: they are
 * kept in memory only, written nowhere, and wiped when the table is let go of.
 *
 * The parent reads the file that --keylog names before it starts its workers; a worker
 * adds what its captures bring along, to a table of its own on top of the given one. Of
 * two secrets for one random the first one stays.
 */
#ifndef O365LENS_ANALYZER_TLS_SECRETS_H
#define O365LENS_ANALYZER_TLS_SECRETS_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/error.h"
#include "dissectors/bytes.h"

enum { TLS_SECRETS_MOST = 262144 }; /* of one table: 24 MB; further ones are left out */

struct tls_secrets;

/* `given` is asked first; borrowed, may be NULL. */
struct tls_secrets *tls_secrets_new(const struct tls_secrets *given);
void tls_secrets_free(struct tls_secrets *secrets); /* wipes it; NULL is nothing to do */

/* Folds the lines of a key log in; a last line without its end counts as one. */
void tls_secrets_see(struct tls_secrets *secrets, struct bytes text);

/* Folds a file in. False, with a sentence, where it cannot be read or is no key log. */
bool tls_secrets_load(struct tls_secrets *secrets, const char *path, struct error *error);

/*
 * The secret for a client random of 64 hexadecimal digits (NULL: none is found). It lives
 * until the next secret is added.
 */
bool tls_secrets_find(const struct tls_secrets *secrets, const char *client_random,
                      struct bytes *secret);

/* With those of the given table. */
uint32_t tls_secrets_count(const struct tls_secrets *secrets);

#endif
