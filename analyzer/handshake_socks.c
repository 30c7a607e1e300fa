/* handshake_socks.c - RFC 1928 and SOCKS 4: whom a client asks its proxy for. */
#include <stdio.h>

#include "analyzer/handshake_side.h"
#include "dissectors/socks.h"

enum { TARGET_SIZE = 320 };

/* What is expected next. Each side waits for the other, so one step serves both. */
enum socks_step { AT_START, AT_CHOICE, AT_LOGIN, AT_LOGIN_RESULT, AT_REQUEST, AT_REPLY };

static void give_up(struct handshake *handshake)
{
    handshake->sides[FLOW_C2S].mode = MODE_DONE;
    handshake->sides[FLOW_S2C].mode = MODE_DONE;
}

static const char *command_text(enum socks_command command)
{
    static const char *const texts[] = { "?", "connect", "bind", "udp-associate" };
    return texts[command];
}

static const char *auth_text(uint8_t method)
{
    return method == SOCKS_METHOD_NONE      ? "none"
           : method == SOCKS_METHOD_GSSAPI  ? "gssapi"
           : method == SOCKS_METHOD_LOGIN   ? "login"
           : method == SOCKS_METHOD_REFUSED ? "refused"
                                            : "other";
}

static void note_request(struct step *step, const struct socks_request *request)
{
    char host[TARGET_SIZE], target[TARGET_SIZE + 16];
    struct flow_socks *socks = &step->facts->socks;
    if (request->destination.name.left > 0)
        (void)bytes_copy_text(request->destination.name, host, sizeof host);
    else
        address_text(&request->destination.address, host);
    bool is_ipv6 = request->destination.address.family == 6;
    int size = snprintf(target, sizeof target, is_ipv6 ? "[%s]:%u" : "%s:%u", host,
                        (unsigned)request->destination.port);
    socks->version = request->version;
    socks->frame = step->frame;
    socks->target = text_pool_captured(&step->facts->texts,
                                       bytes_of(target, (size_t)size), TARGET_SIZE);
    socks->command = text_pool_copy(&step->facts->texts, command_text(request->command));
    step->handshake->connect_ns = step->time_ns;
    step->handshake->socks_step = AT_REPLY;
}

static enum dissect see_client(struct step *step, struct bytes *ready)
{
    struct handshake *handshake = step->handshake;
    struct socks_greeting greeting;
    struct socks_request request;
    enum dissect outcome = DISSECT_TRUNCATED;
    if (handshake->socks_step == AT_START && bytes_peek(*ready, 0) == 5) {
        outcome = socks_read_greeting(ready, &greeting);
        if (outcome == DISSECT_OK) {
            handshake->socks_version = 5;
            handshake->socks_step = AT_CHOICE;
        }
    } else if (handshake->socks_step == AT_LOGIN) {
        outcome = socks_read_login(ready);
        if (outcome == DISSECT_OK)
            handshake->socks_step = AT_LOGIN_RESULT;
    } else if (handshake->socks_step == AT_START || handshake->socks_step == AT_REQUEST) {
        outcome = socks_read_request(ready, &request);
        if (outcome == DISSECT_OK) {
            handshake->socks_version = request.version;
            note_request(step, &request);
        }
    }
    return outcome;
}

static enum dissect see_choice(struct step *step, struct bytes *ready)
{
    uint8_t method;
    enum dissect outcome = socks_read_choice(ready, &method);
    if (outcome != DISSECT_OK)
        return outcome;
    step->facts->socks.version = step->handshake->socks_version;
    step->facts->socks.auth = text_pool_copy(&step->facts->texts, auth_text(method));
    if (method == SOCKS_METHOD_NONE)
        step->handshake->socks_step = AT_REQUEST;
    else if (method == SOCKS_METHOD_LOGIN)
        step->handshake->socks_step = AT_LOGIN;
    else
        return DISSECT_OTHER; /* refused, or sealed from here on */
    return DISSECT_OK;
}

static enum dissect see_server(struct step *step, struct bytes *ready)
{
    struct handshake *handshake = step->handshake;
    struct socks_reply reply;
    bool is_accepted = false;
    enum dissect outcome = DISSECT_TRUNCATED;
    if (handshake->socks_step == AT_CHOICE)
        return see_choice(step, ready);
    if (handshake->socks_step == AT_LOGIN_RESULT) {
        outcome = socks_read_login_result(ready, &is_accepted);
        if (outcome == DISSECT_OK && !is_accepted)
            return DISSECT_OTHER;
        if (outcome == DISSECT_OK)
            handshake->socks_step = AT_REQUEST;
    } else if (handshake->socks_step == AT_REPLY) {
        outcome = socks_read_reply(ready, &reply);
        if (outcome == DISSECT_OTHER && handshake->socks_version == 4)
            step->facts->socks = (struct flow_socks){ 0 }; /* it never was SOCKS */
        if (outcome == DISSECT_OK) {
            step->facts->socks.has_reply = true;
            step->facts->socks.reply = reply.code;
        }
        if (outcome == DISSECT_OK && !reply.is_granted)
            return DISSECT_OTHER;
        if (outcome == DISSECT_OK) {
            step->facts->timing.connect_ns =
                handshake_duration(handshake->connect_ns, step->time_ns);
            handshake_enter_tunnel(handshake);
        }
    }
    return outcome;
}

void handshake_socks_step(struct step *step, struct bytes *ready)
{
    enum dissect outcome =
        step->side == FLOW_C2S ? see_client(step, ready) : see_server(step, ready);
    if (outcome == DISSECT_OTHER || outcome == DISSECT_MALFORMED)
        give_up(step->handshake);
}

/* Version 4 is a few bytes that other protocols begin with as well; but its client says no
   more until it is answered. */
void handshake_socks_conclude(struct handshake *handshake, struct flow_facts *facts)
{
    if (handshake->socks_version == 4 && handshake->socks_step == AT_REPLY &&
        handshake->sides[FLOW_C2S].stream.kept > 0)
        facts->socks = (struct flow_socks){ 0 };
}
