/*
 * stun_talk.h - pairs STUN requests with their answers, over all flows of a worker.
 *
 *     stun_talk_see(talks, &flow->stun, &client, port, &message, from_client, time_ns);
 *     ... flow->stun->facts ...
 *     stun_talk_release(flow->stun);
 *
 * Keyed by client, its port and the 96-bit transaction id. Fixed size: 4,096 requests
 * under way; newer ones take the places of older ones.
 */
#ifndef O365LENS_ANALYZER_STUN_TALK_H
#define O365LENS_ANALYZER_STUN_TALK_H

#include "analyzer/flow_stun.h"
#include "dissectors/stun.h"

struct stun_talks; /* of a worker */

/* Of one flow; the requests under way refer to it as well. */
struct stun_talk {
    struct flow_stun facts;
    uint32_t references;
};

struct stun_talks *stun_talks_new(void);
void stun_talks_free(struct stun_talks *talks);

/* One whole message. Makes *talk where there is none yet. */
void stun_talk_see(struct stun_talks *talks, struct stun_talk **talk,
                   const struct ip_address *client, uint16_t client_port,
                   const struct stun_message *message, bool from_client, int64_t time_ns);

void stun_talk_release(struct stun_talk *talk); /* NULL: nothing */

#endif
