/* rtt_handshake.c - RFC 9293 section 3.5 (opening), RFC 7413 (data in the SYN). */
#include "analyzer/rtt_handshake.h"

void rtt_handshake_init(struct rtt *rtt)
{
    rtt->handshake = (struct rtt_handshake){
        .server_ns = -1,
        .client_ns = -1,
        .server_low_ns = -1,
        .server_high_ns = -1,
        .open_ns = -1,
    };
    rtt->opening = (struct rtt_opening){ .has_syn = false };
}

static int64_t duration_or_none(int64_t from_ns, int64_t to_ns)
{
    int64_t duration_ns = to_ns - from_ns;
    return duration_ns >= 0 && duration_ns < rtt_longest_ns ? duration_ns : -1;
}

static void see_first_syn(struct rtt *rtt, const struct rtt_packet *packet)
{
    const struct tcp_header *tcp = &packet->headers->tcp;
    rtt_handshake_init(rtt);
    rtt->handshake.syn_frame = packet->frame;
    rtt->opening = (struct rtt_opening){
        .has_syn = true,
        .first_syn_ns = packet->time_ns,
        .last_syn_ns = packet->time_ns,
        .last_syn_frame = packet->frame,
        .client_isn = tcp->sequence,
        .has_syn_timestamps = tcp->has_timestamps,
        .first_syn_timestamp = tcp->timestamp,
        .last_syn_timestamp = tcp->timestamp,
        .syn_has_payload = packet->headers->payload_length > 0,
        .mss[0] = tcp->has_mss ? tcp->mss : 0,
    };
}

static void see_syn(struct rtt *rtt, const struct rtt_packet *packet)
{
    struct rtt_opening *opening = &rtt->opening;
    const struct tcp_header *tcp = &packet->headers->tcp;

    if (opening->has_syn && opening->client_isn == tcp->sequence)
        rtt->counts[0].retransmissions++;
    if (opening->has_synack || opening->is_over)
        return; /* too late to be what was answered */
    if (!opening->has_syn || opening->client_isn != tcp->sequence) {
        see_first_syn(rtt, packet);
        return;
    }
    opening->syn_is_repeated = true;
    opening->last_syn_ns = packet->time_ns;
    opening->last_syn_frame = packet->frame;
    opening->last_syn_timestamp = tcp->timestamp;
    opening->has_syn_timestamps = opening->has_syn_timestamps && tcp->has_timestamps;
}

/* Which of several SYNs was answered? Only a timestamp can tell; else it is an interval.
 */
static void time_server(struct rtt *rtt, const struct rtt_packet *packet)
{
    struct rtt_opening *opening = &rtt->opening;
    struct rtt_handshake *handshake = &rtt->handshake;
    const struct tcp_header *tcp = &packet->headers->tcp;
    int64_t since_first = duration_or_none(opening->first_syn_ns, packet->time_ns);
    int64_t since_last = duration_or_none(opening->last_syn_ns, packet->time_ns);
    bool can_tell = opening->has_syn_timestamps && tcp->has_timestamps &&
                    opening->first_syn_timestamp != opening->last_syn_timestamp;

    if (!opening->syn_is_repeated ||
        (can_tell && tcp->timestamp_echo == opening->first_syn_timestamp)) {
        handshake->server_ns = since_first;
    } else if (can_tell && tcp->timestamp_echo == opening->last_syn_timestamp) {
        handshake->server_ns = since_last;
        handshake->syn_frame = opening->last_syn_frame;
    } else {
        handshake->server_is_interval = true;
        handshake->server_low_ns = since_last;
        handshake->server_high_ns = since_first;
    }
}

static bool answers_syn(const struct rtt_opening *opening,
                        const struct rtt_packet *packet)
{
    /* Of data in the SYN, any part may be acknowledged with it; without, only the SYN. */
    uint32_t beyond = packet->headers->tcp.acknowledgement - opening->client_isn;
    return beyond == 1 || (opening->syn_has_payload && beyond > 0 && beyond < 65536);
}

static void see_synack(struct rtt *rtt, const struct rtt_packet *packet)
{
    struct rtt_opening *opening = &rtt->opening;
    const struct tcp_header *tcp = &packet->headers->tcp;

    if (opening->has_syn && !answers_syn(opening, packet))
        return;
    if (opening->has_synack && opening->server_isn != tcp->sequence)
        return; /* two servers answer: the first one counts */
    if (!opening->has_synack) {
        if (opening->is_over)
            return;
        opening->has_synack = true;
        opening->server_isn = tcp->sequence;
        opening->first_synack_timestamp = tcp->timestamp;
        opening->has_synack_timestamps = tcp->has_timestamps;
        opening->mss[1] = tcp->has_mss ? tcp->mss : 0;
        if (opening->has_syn)
            time_server(rtt, packet);
        else
            opening->client_isn = tcp->acknowledgement - 1;
    } else {
        rtt->counts[1].retransmissions++;
        opening->synack_is_repeated = true;
    }
    if (opening->is_over)
        return;
    rtt->handshake.synack_frame = packet->frame;
    opening->synack_ns = packet->time_ns;
    opening->last_synack_timestamp = tcp->timestamp;
}

/* True where the third packet's echo shows that the last SYN-ACK is what it answers. */
static bool echoes_last_synack(const struct rtt_opening *opening,
                               const struct tcp_header *tcp)
{
    return opening->has_synack_timestamps && tcp->has_timestamps &&
           opening->first_synack_timestamp != opening->last_synack_timestamp &&
           tcp->timestamp_echo == opening->last_synack_timestamp;
}

/* The client's first packet after its SYN. Whatever it is, the handshake is over. */
static void see_third(struct rtt *rtt, const struct rtt_packet *packet)
{
    struct rtt_opening *opening = &rtt->opening;
    struct rtt_handshake *handshake = &rtt->handshake;
    const struct tcp_header *tcp = &packet->headers->tcp;

    opening->is_over = true;
    if (opening->has_synack && tcp->acknowledgement != opening->server_isn + 1)
        return;
    if (!opening->syn_has_payload && tcp->sequence != opening->client_isn + 1)
        return;
    handshake->ack_frame = packet->frame;
    if (opening->has_syn)
        handshake->open_ns = duration_or_none(opening->first_syn_ns, packet->time_ns);
    if (!opening->has_synack || opening->syn_has_payload)
        return; /* after data in the SYN the server may have spoken first */
    handshake->client_ns = duration_or_none(opening->synack_ns, packet->time_ns);
    handshake->client_is_estimate =
        packet->headers->payload_length > 0 || (tcp->flags & TCP_FIN) != 0 ||
        (opening->synack_is_repeated && !echoes_last_synack(opening, tcp));
}

void rtt_handshake_see(struct rtt *rtt, const struct rtt_packet *packet)
{
    uint8_t flags = packet->headers->tcp.flags;
    bool is_opened = rtt->opening.has_syn || rtt->opening.has_synack;

    if (flags & TCP_RST) {
        /* a refused SYN may be sent again as it was */
        rtt->opening.is_over |= rtt->opening.has_synack || !is_opened;
    } else if (flags & TCP_SYN) {
        if (packet->from == 0 && !(flags & TCP_ACK))
            see_syn(rtt, packet);
        else if (packet->from == 1 && (flags & TCP_ACK))
            see_synack(rtt, packet);
    } else if (!is_opened) {
        rtt->opening.is_over = true; /* seen from the middle on */
    } else if (packet->from == 0 && (flags & TCP_ACK)) {
        see_third(rtt, packet);
    }
}
