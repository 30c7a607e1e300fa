/* datagram.c - RFC 1035 on port 53, RFC 8489 by its cookie, RFC 9000 by its long header.
 */
#include "analyzer/datagram.h"

#include "analyzer/fnv.h"
#include "analyzer/lookup.h"
#include "analyzer/quic_reader.h"
#include "dissectors/dns.h"
#include "dissectors/quic.h"
#include "dissectors/quic_legacy.h"
#include "dissectors/stun.h"

enum { PORT_DNS = 53, PLAIN_MOST = 8192 };

static bool is_stun(struct bytes payload)
{
    static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };
    return payload.left >= 20 && payload.at[0] < 4 &&
           memcmp(payload.at + 4, cookie, sizeof cookie) == 0;
}

/*
 * Once QUIC was seen here the fixed bit may be anything (RFC 9287, and RFC 9000 section
 * 17.2.1 for negotiations), and before that where the version speaks for it.
 */
static bool is_quic_long(const struct flow *flow, struct bytes payload)
{
    struct bytes version = payload;
    bytes_skip(&version, 1);
    if (payload.left < 7 || (payload.at[0] & 0x80) == 0)
        return false;
    return (payload.at[0] & 0x40) != 0 || flow->quic != NULL ||
           quic_version_is_told(bytes_u32(&version));
}

static struct datagram_role role_of_dns(struct bytes payload, uint16_t destination_port)
{
    /* The QR bit, RFC 1035 section 4.1.1. */
    bool is_answer = (bytes_peek(payload, 2) & 0x80) != 0;
    if (payload.left < 12 || is_answer == (destination_port == PORT_DNS))
        return (struct datagram_role){ CLIENT_BY_FIRST_PACKET, false };
    return (struct datagram_role){ is_answer ? CLIENT_BY_ANSWER : CLIENT_BY_REQUEST,
                                   !is_answer };
}

static struct datagram_role role_of_stun(struct bytes payload)
{
    struct stun_message message;
    if (stun_read_message(&payload, &message) != DISSECT_OK)
        return (struct datagram_role){ CLIENT_BY_FIRST_PACKET, false };
    if (message.message_class == STUN_REQUEST)
        return (struct datagram_role){ CLIENT_BY_REQUEST, true };
    bool is_answer = message.message_class != STUN_INDICATION;
    return (struct datagram_role){ is_answer ? CLIENT_BY_ANSWER : CLIENT_BY_FIRST_PACKET,
                                   false };
}

/* Whose Initial it is can be told by whose keys open it. */
static bool is_of_client(const struct quic_packet *packet)
{
    struct quic_keys client, server;
    uint8_t plain[PLAIN_MOST];
    size_t size;
    uint64_t number = 0;
    return packet->type == QUIC_INITIAL &&
           quic_derive_initial(packet->version, packet->dcid, &client, &server) &&
           quic_open_initial(packet, &client, plain, sizeof plain, &size, &number);
}

static struct datagram_role role_of_quic(struct bytes payload)
{
    struct quic_packet packet;
    struct quic_legacy_packet old;
    if (quic_legacy_read_packet(payload, &old) == DISSECT_OK)
        return (struct datagram_role){ CLIENT_BY_HELLO, true };
    while (payload.left > 0 && quic_read_packet(&payload, &packet) == DISSECT_OK) {
        if (is_of_client(&packet))
            return (struct datagram_role){ CLIENT_BY_HELLO, true };
        if (packet.type == QUIC_RETRY)
            return (struct datagram_role){ CLIENT_BY_ANSWER, false };
    }
    return (struct datagram_role){ CLIENT_BY_FIRST_PACKET, false };
}

struct datagram_role datagram_role_of(struct bytes payload, uint16_t source_port,
                                      uint16_t destination_port)
{
    if (source_port == PORT_DNS || destination_port == PORT_DNS)
        return role_of_dns(payload, destination_port);
    if (is_stun(payload))
        return role_of_stun(payload);
    return role_of_quic(payload);
}

static bool has_transaction(const struct flow *flow)
{
    return flow->transaction.high != 0 || flow->transaction.low != 0;
}

static void note_question(struct flow *flow, struct bytes payload)
{
    enum { IS_DNS = 1 << 16 }; /* a number of 0 is one too */
    struct dns_message message;
    enum dissect outcome = dns_read_message(&payload, &message);
    if ((outcome != DISSECT_OK && outcome != DISSECT_TRUNCATED) || !message.has_question)
        return;
    uint64_t hash = fnv64(14695981039346656037u, message.name, strlen(message.name));
    const uint8_t kind[] = { (uint8_t)(message.type >> 8), (uint8_t)message.type,
                             (uint8_t)(message.query_class >> 8),
                             (uint8_t)message.query_class };
    flow->transaction = (struct flow_transaction){ .high = fnv64(hash, kind, sizeof kind),
                                                   .low = (unsigned)IS_DNS | message.id };
}

static void note_stun(struct flow *flow, const struct stun_message *message)
{
    struct bytes in = bytes_of(message->transaction, sizeof message->transaction);
    uint64_t high = (uint64_t)bytes_u32(&in) << 32;
    high |= bytes_u32(&in);
    flow->transaction = (struct flow_transaction){ .high = high, .low = bytes_u32(&in) };
}

static void see_dns(struct flow *flow, struct name_cache *names,
                    const struct datagram *datagram)
{
    if (!has_transaction(flow))
        note_question(flow, datagram->payload);
    struct lookup lookup = flow_lookup(flow, names, datagram->time_ns, datagram->frame);
    lookup_see(&lookup, datagram->payload);
}

static void see_stun(struct flow *flow, const struct datagram *datagram)
{
    struct stun_message message;
    struct bytes payload = datagram->payload;
    if (stun_read_message(&payload, &message) != DISSECT_OK)
        return;
    if (datagram->talks != NULL)
        stun_talk_see(datagram->talks, &flow->stun, flow_address(flow, FLOW_C2S),
                      flow_port(flow, FLOW_C2S), &message, datagram->side == FLOW_C2S,
                      datagram->time_ns);
    if (message.message_class == STUN_REQUEST && datagram->side == FLOW_C2S)
        flow->stun_requests++;
    if (message.message_class != STUN_INDICATION && !has_transaction(flow))
        note_stun(flow, &message);
    if (message.message_class != STUN_SUCCESS && message.message_class != STUN_ERROR)
        return;
    if (datagram->side == FLOW_S2C)
        flow->stun_answers++;
    if (datagram->side == FLOW_S2C && message.message_class == STUN_SUCCESS &&
        message.mapped.address.family != 0 && flow->egress.family == 0) {
        flow->egress = message.mapped.address;
        flow->egress_frame = datagram->frame;
    }
}

static void see_quic(struct flow *flow, const struct datagram *datagram)
{
    struct bytes payload = datagram->payload;
    struct quic_packet packet = { 0 };
    enum dissect outcome = DISSECT_OK;
    while (payload.left > 0 && is_quic_long(flow, payload) &&
           (outcome = quic_read_packet(&payload, &packet)) == DISSECT_OK)
        quic_reader_see(flow, &packet, datagram);
    /* Google's first versions have a short header that tells the version. */
    if (outcome == DISSECT_OTHER || payload.left == datagram->payload.left)
        quic_reader_see_other(flow, datagram);
    if (quic_reader_is_done(flow))
        datagram_release(flow);
}

void datagram_see(struct flow *flow, struct name_cache *names,
                  const struct datagram *datagram)
{
    if (lookup_kind_of(flow_port(flow, FLOW_C2S), flow_port(flow, FLOW_S2C)) !=
        LOOKUP_NONE)
        see_dns(flow, names, datagram);
    else if (is_stun(datagram->payload))
        see_stun(flow, datagram);
    else if (!flow->is_done_with_handshake)
        see_quic(flow, datagram);
}

void datagram_release(struct flow *flow)
{
    quic_reader_conclude(flow);
    quic_reader_free(flow->quic);
    flow->quic = NULL;
    flow->is_done_with_handshake = true;
}
