/* quic_rtt.c - RFC 9000 sections 13.2.5 and 19.3, RFC 9002 section 5. */
#include "analyzer/quic_rtt.h"

/* The longest delay that an endpoint may add unless it said otherwise (RFC 9000 18.2). */
static const uint64_t LONGEST_DELAY_US = 25000;

static const struct quic_sent_packet *find(const struct quic_sent *sent, uint64_t number)
{
    for (uint32_t i = 0; i < sent->count; i++)
        if (sent->packets[i].number == number)
            return &sent->packets[i];
    return NULL;
}

void quic_sent_note(struct quic_sent *sent, const struct quic_sent_packet *packet)
{
    if (sent->count < QUIC_SENT_MOST && find(sent, packet->number) == NULL)
        sent->packets[sent->count++] = *packet;
}

/* False where it is no shorter than what was measured. */
static bool note(struct rtt_handshake *handshake, enum rtt_side side, int64_t rtt_ns,
                 struct quic_answer cause, struct quic_answer answer)
{
    int64_t *shortest =
        side == RTT_SERVER ? &handshake->server_ns : &handshake->client_ns;
    if (rtt_ns < 0 || (*shortest >= 0 && *shortest <= rtt_ns))
        return false;
    *shortest = rtt_ns;
    if (side == RTT_SERVER)
        handshake->syn_frame = cause.frame;
    else
        handshake->ack_frame = answer.frame;
    handshake->synack_frame = side == RTT_SERVER ? answer.frame : cause.frame;
    return true;
}

void quic_rtt_acknowledged(struct rtt_handshake *handshake, enum rtt_side side,
                           const struct quic_sent *sent, const struct quic_frame *ack,
                           struct quic_answer answer)
{
    const struct quic_sent_packet *packet = find(sent, ack->largest_acknowledged);
    if (packet == NULL)
        return;
    int64_t rtt_ns = answer.time_ns - packet->time_ns;
    uint64_t delay_us = ack->ack_delay_us;
    if (delay_us <= LONGEST_DELAY_US && (int64_t)delay_us * 1000 < rtt_ns)
        rtt_ns -= (int64_t)delay_us * 1000;
    struct quic_answer cause = { packet->time_ns, packet->frame };
    if (note(handshake, side, rtt_ns, cause, answer) && side == RTT_CLIENT)
        handshake->client_is_estimate = false;
}

void quic_rtt_answered(struct rtt_handshake *handshake, enum rtt_side side,
                       struct quic_answer cause, struct quic_answer answer)
{
    if (note(handshake, side, answer.time_ns - cause.time_ns, cause, answer) &&
        side == RTT_CLIENT)
        handshake->client_is_estimate = true;
}
