/* datagram.c - RFC 1035 on port 53, RFC 8489 by its cookie, RFC 9000 by its long header.
 */
#include "analyzer/datagram.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/tls_facts.h"
#include "dissectors/dns.h"
#include "dissectors/quic.h"
#include "dissectors/quic_crypto.h"
#include "dissectors/quic_legacy.h"
#include "dissectors/stun.h"

enum { PORT_DNS = 53, PLAIN_SIZE = 8192, QUIC_NAME_MOST = 255 };

struct quic_reader {
    bool has_keys;
    uint32_t version;
    struct quic_keys client, server;
    struct quic_crypto *crypto[2]; /* by enum flow_side; NULL before and after; owned */
};

static bool is_stun(struct bytes payload)
{
    static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };
    return payload.left >= 20 && payload.at[0] < 4 &&
           memcmp(payload.at + 4, cookie, sizeof cookie) == 0;
}

/* Once the client's Initial was opened the fixed bit may be anything (RFC 9287). */
static bool is_quic_long(const struct flow *flow, struct bytes payload)
{
    bool may_be_greased =
        flow != NULL && flow->facts != NULL && flow->facts->quic.version != NULL;
    uint8_t asked = may_be_greased ? 0x80 : 0xc0;
    return payload.left >= 7 && (payload.at[0] & asked) == asked;
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
static struct datagram_role role_of_quic(struct bytes payload)
{
    struct datagram_role role = { CLIENT_BY_FIRST_PACKET, false };
    struct quic_packet packet;
    struct quic_keys client, server;
    uint8_t plain[PLAIN_SIZE];
    size_t size;
    uint64_t number;
    if (quic_read_packet(&payload, &packet) != DISSECT_OK ||
        packet.type != QUIC_INITIAL ||
        !quic_derive_initial(packet.version, packet.dcid, &client, &server))
        return role;
    if (quic_open_initial(&packet, &client, plain, sizeof plain, &size, &number))
        role = (struct datagram_role){ CLIENT_BY_HELLO, true };
    return role;
}

struct datagram_role datagram_role_of(struct bytes payload, uint16_t source_port,
                                      uint16_t destination_port)
{
    if (source_port == PORT_DNS || destination_port == PORT_DNS)
        return role_of_dns(payload, destination_port);
    if (is_stun(payload))
        return role_of_stun(payload);
    if (is_quic_long(NULL, payload))
        return role_of_quic(payload);
    return (struct datagram_role){ CLIENT_BY_FIRST_PACKET, false };
}

static bool has_transaction(const struct flow *flow)
{
    return flow->transaction.high != 0 || flow->transaction.low != 0;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void note_question(struct flow *flow, struct bytes payload)
{
    enum { IS_DNS = 1 << 16 }; /* a number of 0 is one too */
    struct dns_message message;
    enum dissect outcome = dns_read_message(&payload, &message);
    if ((outcome != DISSECT_OK && outcome != DISSECT_TRUNCATED) || !message.has_question)
        return;
    uint64_t hash = mix(14695981039346656037u, message.name, strlen(message.name));
    const uint8_t kind[] = { (uint8_t)(message.type >> 8), (uint8_t)message.type,
                             (uint8_t)(message.query_class >> 8),
                             (uint8_t)message.query_class };
    flow->transaction = (struct flow_transaction){ .high = mix(hash, kind, sizeof kind),
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
    struct name_cache_message about = {
        .client = *flow_address(flow, FLOW_C2S),
        .resolver = *flow_address(flow, FLOW_S2C),
        .client_port = flow_port(flow, FLOW_C2S),
        .time_ns = datagram->time_ns,
        .frame = datagram->frame,
    };
    int64_t lookup_ns = name_cache_see(names, datagram->payload, &about);
    if (lookup_ns >= 0)
        flow->dns.lookup_ns = lookup_ns;
}

static void see_stun(struct flow *flow, const struct datagram *datagram)
{
    struct stun_message message;
    struct bytes payload = datagram->payload;
    if (stun_read_message(&payload, &message) != DISSECT_OK)
        return;
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

/* Made for flows that hold an Initial alone: other datagrams are far more frequent. */
static struct quic_reader *reader_of(struct flow *flow)
{
    if (flow->quic == NULL)
        flow->quic = alloc_zeroed(1, sizeof *flow->quic);
    return flow->quic;
}

static struct quic_crypto *crypto_of(struct quic_reader *reader, enum flow_side side)
{
    if (reader->crypto[side] == NULL) {
        reader->crypto[side] = alloc_zeroed(1, sizeof *reader->crypto[side]);
        quic_crypto_init(reader->crypto[side]);
    }
    return reader->crypto[side];
}

static void note_version(struct flow_facts *facts, uint32_t version)
{
    char text[QUIC_VERSION_TEXT_SIZE];
    if (facts->quic.version != NULL)
        return;
    quic_version_text(version, text);
    facts->quic.version = text_pool_copy(&facts->texts, text);
}

static void see_frames(struct quic_reader *reader, enum flow_side side, uint32_t version,
                       struct bytes plain)
{
    struct quic_frame frame;
    while (plain.left > 0 && quic_read_frame(version, &plain, &frame) == DISSECT_OK)
        if (frame.kind == QUIC_FRAME_CRYPTO)
            (void)quic_crypto_see(crypto_of(reader, side), frame.offset, frame.data);
}

/* Hello messages out of what is in order so far. */
static void read_hellos(struct flow *flow, enum flow_side side, uint64_t at_frame)
{
    struct flow_facts *facts = flow_facts(flow);
    struct bytes ready = quic_crypto_ready(crypto_of(flow->quic, side));
    struct tls_message message;
    struct tls_client_hello client;
    struct tls_server_hello server;
    while (ready.left > 0 && tls_read_handshake(&ready, &message) == DISSECT_OK) {
        if (side == FLOW_C2S && message.type == TLS_CLIENT_HELLO &&
            tls_read_client_hello(&message, &client) == DISSECT_OK)
            tls_facts_client_hello(facts, &client, true, at_frame);
        else if (side == FLOW_S2C && message.type == TLS_SERVER_HELLO &&
                 tls_read_server_hello(&message, &server) == DISSECT_OK)
            (void)tls_facts_server_hello(facts, &server, at_frame);
    }
}

static bool open_with(struct quic_reader *reader, const struct quic_packet *packet,
                      enum flow_side side, uint8_t *plain, size_t *size)
{
    uint64_t number;
    return reader->has_keys && packet->version == reader->version &&
           quic_open_initial(packet, side == FLOW_C2S ? &reader->client : &reader->server,
                             plain, PLAIN_SIZE, size, &number);
}

static void see_initial(struct flow *flow, const struct quic_packet *packet,
                        const struct datagram *datagram)
{
    struct quic_reader *reader = reader_of(flow);
    struct flow_facts *facts = flow_facts(flow);
    uint8_t plain[PLAIN_SIZE];
    size_t size = 0;
    bool is_open = open_with(reader, packet, datagram->side, plain, &size);
    if (!is_open && datagram->side == FLOW_C2S &&
        quic_derive_initial(packet->version, packet->dcid, &reader->client,
                            &reader->server)) {
        /* The first one, or the first after a Retry or a change of version. */
        reader->has_keys = true;
        reader->version = packet->version;
        is_open = open_with(reader, packet, datagram->side, plain, &size);
        if (is_open && facts->quic.dcid == NULL)
            facts->quic.dcid = text_pool_hex(&facts->texts, packet->dcid);
    }
    if (!is_open)
        return;
    note_version(facts, packet->version);
    see_frames(reader, datagram->side, packet->version, bytes_of(plain, size));
    read_hellos(flow, datagram->side, datagram->frame);
}

static void see_legacy(struct flow *flow, const struct datagram *datagram)
{
    struct quic_legacy_packet packet;
    struct quic_chlo chlo;
    if (datagram->side != FLOW_C2S ||
        quic_legacy_read_packet(datagram->payload, &packet) != DISSECT_OK)
        return;
    struct flow_facts *facts = flow_facts(flow);
    note_version(facts, packet.version);
    enum dissect outcome = quic_legacy_read_chlo(packet.crypto, &chlo);
    if ((outcome == DISSECT_OK || outcome == DISSECT_TRUNCATED) &&
        chlo.server_name.left > 0 && facts->tls.sni == NULL) {
        facts->tls.is_present = true;
        facts->tls.sni =
            text_pool_captured(&facts->texts, chlo.server_name, QUIC_NAME_MOST);
        facts->tls.hello_frame = datagram->frame;
    }
}

static void see_quic(struct flow *flow, const struct datagram *datagram)
{
    struct bytes payload = datagram->payload;
    struct quic_packet packet;
    enum dissect outcome = DISSECT_OK;
    while (payload.left > 0 && is_quic_long(flow, payload) &&
           (outcome = quic_read_packet(&payload, &packet)) == DISSECT_OK) {
        if (packet.type == QUIC_INITIAL)
            see_initial(flow, &packet, datagram);
        else if (packet.type == QUIC_RETRY && datagram->side == FLOW_S2C)
            flow_facts(flow)->quic.retry = true;
    }
    if (outcome == DISSECT_OTHER)
        see_legacy(flow, datagram);
    if (flow->facts != NULL && flow->facts->tls.has_hello &&
        flow->facts->tls.has_server_hello)
        datagram_release(flow);
}

void datagram_see(struct flow *flow, struct name_cache *names,
                  const struct datagram *datagram)
{
    if (flow_port(flow, FLOW_S2C) == PORT_DNS)
        see_dns(flow, names, datagram);
    else if (is_stun(datagram->payload))
        see_stun(flow, datagram);
    else if (flow->packets[FLOW_C2S] + flow->packets[FLOW_S2C] >= DATAGRAMS_READ_AS_QUIC)
        datagram_release(flow);
    else if (!flow->is_done_with_handshake)
        see_quic(flow, datagram);
}

void datagram_release(struct flow *flow)
{
    if (flow->quic != NULL) {
        free(flow->quic->crypto[FLOW_C2S]);
        free(flow->quic->crypto[FLOW_S2C]);
    }
    free(flow->quic);
    flow->quic = NULL;
    flow->is_done_with_handshake = true;
}
