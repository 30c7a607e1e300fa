/* handshake_open.c - RFC 8446 section 5.2: the server's flight, opened by a key log. */
#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/handshake_side.h"
#include "analyzer/tls_secrets.h"

enum { WAITING_MOST = 32768 };

static bool find_keys(struct step *step)
{
    struct opener *opener = &step->handshake->opener;
    struct bytes secret;
    if (!tls_secrets_find(opener->secrets, step->facts->tls.client_random, &secret))
        return false;
    opener->keys = alloc_zeroed(1, sizeof *opener->keys);
    return tls_derive_keys(opener->suite, secret, TLS_KEYS_OF_RECORDS, opener->keys);
}

/* A capture may have the server's hello before the client's, whose random is asked for.
 */
bool handshake_open_begin(struct step *step, uint16_t suite)
{
    struct opener *opener = &step->handshake->opener;
    if (opener->secrets == NULL || tls_secrets_count(opener->secrets) == 0 ||
        tls_secret_size(suite) == 0)
        return false;
    opener->is_on = true;
    opener->suite = suite;
    return step->facts->tls.client_random == NULL || find_keys(step);
}

static void finish(struct step *step)
{
    step->handshake->sides[step->side].mode = MODE_DONE;
}

static void see_sealed(struct step *step, const struct tls_record *record)
{
    struct opener *opener = &step->handshake->opener;
    uint8_t plain[TLS_PLAIN_SIZE];
    struct tls_inner inner;
    if (tls_open_record(opener->keys, opener->records, record, plain, &inner) &&
        inner.type == TLS_HANDSHAKE) {
        opener->records++;
        handshake_tls_fragment(step, inner.content);
    } else {
        finish(step);
    }
}

bool handshake_open_record(struct step *step, const struct tls_record *record,
                           size_t waiting)
{
    const struct opener *opener = &step->handshake->opener;
    if (record->type == TLS_CHANGE_CIPHER_SPEC) /* changes nothing: appendix D.4 */
        return true;
    if (record->type != TLS_APPLICATION_DATA)
        finish(step);
    else if (opener->keys == NULL && step->facts->tls.client_random == NULL &&
             waiting <= WAITING_MOST)
        return false;
    else if (opener->keys != NULL || find_keys(step))
        see_sealed(step, record);
    else
        finish(step);
    return true;
}

void handshake_open_release(struct handshake *handshake)
{
    struct tls_keys *keys = handshake->opener.keys;
    if (keys != NULL)
        tls_keys_wipe(keys);
    free(keys);
    handshake->opener.keys = NULL;
}
