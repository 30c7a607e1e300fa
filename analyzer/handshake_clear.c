/* handshake_clear.c - protocols that begin in clear: on to the TLS that the client asks
 * for.
 */
#include "analyzer/handshake_side.h"
#include "dissectors/proxy_protocol.h"

enum { CLEAR_MOST = 32768, RECORD_BEGINNING_SIZE = 6 };

/* A record that begins with a hello. TRUNCATED where more bytes must tell. */
static enum dissect begins_tls(const struct step *step, struct bytes ready)
{
    struct tls_record record;
    bool is_client = step->side == FLOW_C2S;
    if (bytes_peek(ready, 0) != TLS_HANDSHAKE)
        return DISSECT_OTHER;
    uint8_t type = bytes_peek(ready, RECORD_BEGINNING_SIZE - 1);
    bool is_short = ready.left < RECORD_BEGINNING_SIZE;
    if (tls_read_record(&ready, &record) == DISSECT_OTHER)
        return DISSECT_OTHER;
    if (is_short)
        return DISSECT_TRUNCATED;
    return type == (is_client ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO) ? DISSECT_OK
                                                                     : DISSECT_OTHER;
}

/* The client asked, or may have: of what it said nothing was captured. */
static bool may_turn(const struct handshake *handshake)
{
    const struct side *client = &handshake->sides[FLOW_C2S];
    return handshake->wants_tls || (client->mode == MODE_START && client->delivered == 0);
}

bool handshake_clear_begins(struct step *step, struct bytes *ready)
{
    struct handshake *handshake = step->handshake;
    struct side *side = &handshake->sides[step->side];
    bool is_client = step->side == FLOW_C2S;
    enum dissect outcome = DISSECT_OTHER;
    if (side->is_midstream && side->delivered > 0)
        return false;
    if (is_client && side->delivered == 0)
        outcome = proxy_protocol_read(ready);
    if (outcome == DISSECT_OK || outcome == DISSECT_TRUNCATED)
        return true;
    if (begins_tls(step, *ready) != DISSECT_OTHER)
        return false;
    outcome = DISSECT_OK;
    if (handshake->clear_protocol == STARTTLS_NONE)
        outcome = starttls_begins(*ready, is_client, &handshake->clear_protocol);
    if (outcome == DISSECT_OK)
        side->mode = MODE_CLEAR;
    /* From the middle of a connection a few bytes are no reason to wait. */
    return outcome == DISSECT_OK ||
           (outcome == DISSECT_TRUNCATED && !side->is_midstream);
}

void handshake_clear_step(struct step *step, struct bytes *ready)
{
    struct handshake *handshake = step->handshake;
    struct side *side = &handshake->sides[step->side];
    struct starttls_unit unit;
    enum dissect tls = may_turn(handshake) ? begins_tls(step, *ready) : DISSECT_OTHER;
    if (tls == DISSECT_TRUNCATED)
        return;
    if (tls == DISSECT_OK) {
        step->facts->tls.starttls = starttls_text(handshake->clear_protocol);
        side->mode = MODE_TLS;
        return;
    }
    enum dissect outcome =
        starttls_read(ready, step->side == FLOW_C2S, &handshake->clear_protocol, &unit);
    if (outcome == DISSECT_OK)
        handshake->wants_tls = handshake->wants_tls || unit.asks;
    if (outcome == DISSECT_MALFORMED || outcome == DISSECT_OTHER ||
        side->delivered > CLEAR_MOST)
        side->mode = MODE_DONE;
}
