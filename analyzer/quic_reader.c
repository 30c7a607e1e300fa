/* quic_reader.c - RFC 9000 sections 6, 7 and 17.2, RFC 9001 section 5.2, RFC 9368. */
#include "analyzer/quic_reader.h"

#include <stdlib.h>

#include "analyzer/alloc.h"
#include "analyzer/quic_epoch.h"
#include "analyzer/quic_opener.h"
#include "analyzer/tls_facts.h"
#include "dissectors/quic_legacy.h"

enum {
    NAME_MOST = 255,
    RETRIES_MOST = 4,            /* ids that Retries gave */
    FIRST_DATAGRAM_LEAST = 1200, /* RFC 9000 section 14.1 */
    FIRST_DATAGRAMS = 16,
    FIXED_BIT = 0x40,
    CRYPTO_ERRORS = 0x100,
    VERSION_Q050 = 0x51303530,
};

/* Where and when a packet came by; a held one is read later than that. */
struct sighted {
    enum flow_side side;
    int64_t time_ns;
    uint64_t frame;
};

struct held {
    bool from_low; /* the sides may still be exchanged */
    int64_t time_ns;
    uint64_t frame;
    size_t size;
    uint8_t bytes[];
};

/* How sure the version is: what the server answers in is what both agreed on. */
enum version_by { VERSION_HEARD = 1, VERSION_OF_CLIENT, VERSION_OF_SERVER };

struct quic_reader {
    struct quic_epochs epochs;
    struct held *held[QUIC_HELD_MOST]; /* owned */
    uint32_t held_count;
    struct quic_id retries[RETRIES_MOST];
    uint32_t retry_count;
    uint32_t datagrams, datagrams_behind, client_datagrams, server_datagrams;
    uint64_t last_frame;
    struct quic_answer first_of_client, server_hello;
    enum version_by version_by;
    bool has_offer; /* of a version that only a negotiation makes QUIC */
    uint32_t offered_version;
    struct quic_id offered_dcid, offered_scid;
    struct quic_opening opening;
};

static struct quic_reader *reader_of(struct flow *flow)
{
    if (flow->quic == NULL)
        flow->quic = alloc_zeroed(1, sizeof *flow->quic);
    return flow->quic;
}

/* ---- what the flow is told to be ---- */

static void note_version(struct flow *flow, uint32_t version, enum version_by by)
{
    struct flow_facts *facts = flow_facts(flow);
    struct quic_reader *reader = reader_of(flow);
    char text[QUIC_VERSION_TEXT_SIZE];
    if (by < reader->version_by || (by == VERSION_HEARD && facts->quic.version != NULL))
        return;
    reader->version_by = by;
    quic_version_text(version, text);
    if (facts->quic.version == NULL || strcmp(facts->quic.version, text) != 0)
        facts->quic.version = text_pool_copy(&facts->texts, text);
}

static void note_dcid(struct flow_facts *facts, struct bytes dcid)
{
    facts->quic.dcid = text_pool_hex(&facts->texts, dcid);
}

static bool is_of_retry(const struct quic_reader *reader, const struct quic_id *dcid)
{
    for (uint32_t i = 0; i < reader->retry_count; i++)
        if (quic_id_is(&reader->retries[i], quic_id_bytes(dcid)))
            return true;
    return false;
}

/* The id of the first Initial is the client's own choice, not what a Retry told it. */
static void choose_dcid(struct flow *flow)
{
    struct quic_reader *reader = flow->quic;
    if (reader->epochs.count == 0 || reader->epochs.has_lost)
        return;
    uint32_t chosen = 0;
    while (chosen + 1 < reader->epochs.count &&
           is_of_retry(reader, &reader->epochs.list[chosen]->dcid))
        chosen++;
    if (is_of_retry(reader, &reader->epochs.list[chosen]->dcid))
        chosen = 0;
    note_dcid(flow_facts(flow), quic_id_bytes(&reader->epochs.list[chosen]->dcid));
}

/* ---- hellos ---- */

static bool has_hello_of(const struct flow *flow, enum flow_side side)
{
    return flow->facts != NULL && (side == FLOW_C2S ? flow->facts->tls.has_hello
                                                    : flow->facts->tls.has_server_hello);
}

static void note_chlo(struct flow_facts *facts, struct bytes crypto, uint64_t frame)
{
    struct quic_chlo chlo;
    enum dissect outcome = quic_legacy_read_chlo(crypto, &chlo);
    if ((outcome != DISSECT_OK && outcome != DISSECT_TRUNCATED) ||
        chlo.server_name.left == 0 || facts->tls.sni != NULL)
        return;
    facts->tls.is_present = true;
    facts->tls.sni = text_pool_captured(&facts->texts, chlo.server_name, NAME_MOST);
    facts->tls.hello_frame = frame;
}

/* Of a message that is cut, too: what is there counts where nothing more will come. */
static void see_message(struct flow *flow, const struct tls_message *message,
                        const struct sighted *sighted)
{
    struct flow_facts *facts = flow_facts(flow);
    struct tls_client_hello client;
    struct tls_server_hello server;
    bool is_cut = message->missing > 0;
    enum dissect wanted = is_cut ? DISSECT_TRUNCATED : DISSECT_OK;
    if (sighted->side == FLOW_C2S && message->type == TLS_CLIENT_HELLO &&
        tls_read_client_hello(message, &client) == wanted) {
        tls_facts_client_hello(facts, &client, true, sighted->frame);
    } else if (sighted->side == FLOW_S2C && message->type == TLS_SERVER_HELLO &&
               tls_read_server_hello(message, &server) == wanted) {
        (void)tls_facts_server_hello(facts, &server, sighted->frame);
        quic_opening_hello(&flow->quic->opening, &server);
        if (facts->tls.has_server_hello && flow->quic->server_hello.frame == 0)
            flow->quic->server_hello =
                (struct quic_answer){ sighted->time_ns, sighted->frame };
    }
}

static void read_hellos(struct flow *flow, const struct quic_epoch *epoch,
                        uint32_t version, const struct sighted *sighted)
{
    struct bytes ready = quic_crypto_ready(epoch->crypto[sighted->side]);
    struct tls_message message;
    if (version == VERSION_Q050 && sighted->side == FLOW_C2S)
        note_chlo(flow_facts(flow), ready, sighted->frame);
    while (ready.left > 0 && tls_read_handshake(&ready, &message) == DISSECT_OK)
        see_message(flow, &message, sighted);
    if (has_hello_of(flow, sighted->side))
        quic_epochs_forget_crypto(&flow->quic->epochs, sighted->side);
}

/* ---- Initials ---- */

static void see_acknowledgement(struct flow *flow, const struct quic_opened *opened,
                                const struct quic_frame *ack,
                                const struct sighted *sighted)
{
    enum flow_side asked = sighted->side == FLOW_C2S ? FLOW_S2C : FLOW_C2S;
    struct quic_answer answer = { sighted->time_ns, sighted->frame };
    quic_rtt_acknowledged(&flow_facts(flow)->quic_handshake,
                          sighted->side == FLOW_S2C ? RTT_SERVER : RTT_CLIENT,
                          &opened->epoch->sent[asked], ack, answer);
}

/* RFC 9001 section 4.8: an alert of TLS travels as an error of the connection. */
static void see_close(struct flow_facts *facts, const struct quic_frame *frame)
{
    enum { FATAL = 2, ALERT_SIZE = 2 };
    uint8_t bytes[ALERT_SIZE] = { FATAL, (uint8_t)frame->error_code };
    struct tls_record record = { .type = TLS_ALERT,
                                 .length = ALERT_SIZE,
                                 .fragment = bytes_of(bytes, ALERT_SIZE) };
    struct tls_alert alert;
    if (facts->tls.alert == NULL && frame->error_code >> 8 == CRYPTO_ERRORS >> 8 &&
        tls_read_alert(&record, &alert) == DISSECT_OK)
        facts->tls.alert = alert.name != NULL ? alert.name : "unnamed";
}

static void see_frames(struct flow *flow, const struct quic_opened *opened,
                       uint32_t version, const struct sighted *sighted)
{
    struct bytes plain = bytes_of(opened->plain, opened->size);
    struct quic_frame frame;
    while (plain.left > 0 && quic_read_frame(version, &plain, &frame) == DISSECT_OK) {
        if (frame.kind == QUIC_FRAME_ACK)
            see_acknowledgement(flow, opened, &frame, sighted);
        else if (frame.kind == QUIC_FRAME_CONNECTION_CLOSE)
            see_close(flow_facts(flow), &frame);
        else if (frame.kind == QUIC_FRAME_CRYPTO && !has_hello_of(flow, sighted->side))
            (void)quic_crypto_see(quic_epoch_crypto(opened->epoch, sighted->side),
                                  frame.offset, frame.data);
    }
}

static void see_opened(struct flow *flow, const struct quic_opened *opened,
                       uint32_t version, const struct sighted *sighted)
{
    struct quic_sent_packet packet = { opened->number, sighted->time_ns, sighted->frame };
    quic_sent_note(&opened->epoch->sent[sighted->side], &packet);
    if (sighted->side == FLOW_S2C)
        note_version(flow, version, VERSION_OF_SERVER);
    else
        flow_facts(flow)->quic.initials++;
    see_frames(flow, opened, version, sighted);
    if (opened->epoch->crypto[sighted->side] != NULL)
        read_hellos(flow, opened->epoch, version, sighted);
}

static bool is_held(const struct quic_reader *reader, const uint8_t *packet, size_t size)
{
    for (uint32_t i = 0; i < reader->held_count; i++)
        if (reader->held[i]->size == size &&
            memcmp(reader->held[i]->bytes, packet, size) == 0)
            return true;
    return false;
}

static void hold(struct flow *flow, const struct quic_packet *packet,
                 const struct sighted *sighted)
{
    struct quic_reader *reader = flow->quic;
    size_t size = packet->header.left + packet->payload.left;
    if (reader->held_count == QUIC_HELD_MOST || size > QUIC_HELD_SIZE ||
        is_held(reader, packet->header.at, size))
        return;
    struct held *held = alloc_zeroed(1, sizeof *held + size);
    held->from_low = (sighted->side == FLOW_C2S) == flow->client_is_low;
    held->time_ns = sighted->time_ns;
    held->frame = sighted->frame;
    held->size = size;
    memcpy(held->bytes, packet->header.at, size); /* the payload lies behind it */
    reader->held[reader->held_count++] = held;
}

static bool see_held(struct flow *flow, const struct held *held)
{
    struct bytes in = bytes_of(held->bytes, held->size);
    struct quic_packet packet;
    struct quic_opened opened;
    struct sighted sighted = {
        .side = held->from_low == flow->client_is_low ? FLOW_C2S : FLOW_S2C,
        .time_ns = held->time_ns,
        .frame = held->frame,
    };
    if (quic_read_packet(&in, &packet) != DISSECT_OK)
        return false;
    if (packet.type == QUIC_HANDSHAKE)
        return quic_opening_see(&flow->quic->opening, &packet, sighted.side == FLOW_S2C,
                                flow_facts(flow), sighted.frame);
    if (!quic_epochs_open(&flow->quic->epochs, &packet, sighted.side, &opened))
        return false;
    see_opened(flow, &opened, packet.version, &sighted);
    return true;
}

/* There are new keys: those that they open come off the list. */
static void see_all_held(struct flow *flow)
{
    struct quic_reader *reader = flow->quic;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < reader->held_count; i++) {
        if (see_held(flow, reader->held[i]))
            free(reader->held[i]);
        else
            reader->held[kept++] = reader->held[i];
    }
    reader->held_count = kept;
}

static void see_initial(struct flow *flow, const struct quic_packet *packet,
                        const struct sighted *sighted)
{
    struct quic_reader *reader = flow->quic;
    struct quic_opened opened;
    bool is_open = quic_epochs_open(&reader->epochs, packet, sighted->side, &opened);
    bool is_new = !is_open && sighted->side == FLOW_C2S &&
                  quic_epochs_begin(&reader->epochs, packet, &opened);
    if (!is_open && !is_new) {
        hold(flow, packet, sighted);
        return;
    }
    if (is_new) {
        note_version(flow, packet->version, VERSION_OF_CLIENT);
        choose_dcid(flow);
    }
    bool is_on = quic_opening_is_on(&reader->opening, flow->facts);
    see_opened(flow, &opened, packet->version, sighted);
    if (is_new)
        see_all_held(flow);
    if (!is_on && quic_opening_is_on(&reader->opening, flow->facts))
        see_all_held(flow);
}

/* ---- other packets ---- */

/* A server that keeps no state answers at once; only one datagram can be meant. */
static void see_stateless_answer(struct flow *flow, const struct sighted *sighted)
{
    struct quic_reader *reader = flow->quic;
    struct quic_answer answer = { sighted->time_ns, sighted->frame };
    if (reader->client_datagrams == 1 && reader->server_datagrams == 1)
        quic_rtt_answered(&flow_facts(flow)->quic_handshake, RTT_SERVER,
                          reader->first_of_client, answer);
}

static void see_retry(struct flow *flow, const struct quic_packet *packet,
                      const struct sighted *sighted)
{
    struct quic_reader *reader = flow->quic;
    if (sighted->side != FLOW_S2C)
        return;
    flow_facts(flow)->quic.retry = true;
    if (reader->retry_count < RETRIES_MOST)
        reader->retries[reader->retry_count++] = quic_id_of(packet->scid);
    see_stateless_answer(flow, sighted);
    choose_dcid(flow);
}

/* The server sends both ids back, the other way round (RFC 9000 section 17.2.1). */
static void see_negotiation(struct flow *flow, const struct quic_packet *packet,
                            const struct sighted *sighted)
{
    struct quic_reader *reader = flow->quic;
    if (sighted->side != FLOW_S2C)
        return;
    see_stateless_answer(flow, sighted);
    if (!reader->has_offer || !quic_id_is(&reader->offered_dcid, packet->scid) ||
        !quic_id_is(&reader->offered_scid, packet->dcid))
        return;
    note_version(flow, reader->offered_version, VERSION_HEARD);
    if (flow->facts->quic.dcid == NULL)
        note_dcid(flow->facts, packet->scid);
}

static void see_offer(struct flow *flow, const struct quic_packet *packet,
                      const struct sighted *sighted)
{
    struct quic_reader *reader = flow->quic;
    if (sighted->side != FLOW_C2S || reader->has_offer ||
        packet->dcid.left > QUIC_ID_MOST || packet->scid.left > QUIC_ID_MOST)
        return;
    reader->has_offer = true;
    reader->offered_version = packet->version;
    reader->offered_dcid = quic_id_of(packet->dcid);
    reader->offered_scid = quic_id_of(packet->scid);
}

/* Handshake packets of the client are written with keys that the server's hello gave. */
static void see_handshake(struct flow *flow, const struct quic_packet *packet,
                          const struct sighted *sighted)
{
    struct quic_answer answer = { sighted->time_ns, sighted->frame };
    if (sighted->side == FLOW_C2S && flow->quic->server_hello.frame != 0)
        quic_rtt_answered(&flow_facts(flow)->quic_handshake, RTT_CLIENT,
                          flow->quic->server_hello, answer);
    if (!quic_opening_see(&flow->quic->opening, packet, sighted->side == FLOW_S2C,
                          flow_facts(flow), sighted->frame))
        hold(flow, packet, sighted);
}

static void count_datagram(struct quic_reader *reader, const struct sighted *sighted)
{
    if (sighted->frame == reader->last_frame)
        return;
    reader->last_frame = sighted->frame;
    if (sighted->side == FLOW_S2C)
        reader->server_datagrams++;
    else if (reader->client_datagrams++ == 0)
        reader->first_of_client =
            (struct quic_answer){ sighted->time_ns, sighted->frame };
}

static struct sighted sighted_of(const struct datagram *datagram)
{
    return (struct sighted){ datagram->side, datagram->time_ns, datagram->frame };
}

/* One number in 65000 is a reserved version: only the beginning of a flow may be one. */
static bool is_chance(const struct flow *flow, const struct quic_packet *packet,
                      const struct datagram *datagram)
{
    return packet->type == QUIC_UNKNOWN_VERSION &&
           (datagram->payload.left < FIRST_DATAGRAM_LEAST ||
            packet->dcid.left > QUIC_ID_MOST || packet->scid.left > QUIC_ID_MOST ||
            flow->packets[FLOW_C2S] + flow->packets[FLOW_S2C] > FIRST_DATAGRAMS);
}

void quic_reader_see(struct flow *flow, const struct quic_packet *packet,
                     const struct datagram *datagram)
{
    struct sighted sighted = sighted_of(datagram);
    if (is_chance(flow, packet, datagram))
        return;
    count_datagram(reader_of(flow), &sighted);
    flow->quic->opening.secrets = datagram->secrets;
    flow->quic->opening.certificates = datagram->certificates;
    if (packet->type == QUIC_INITIAL)
        see_initial(flow, packet, &sighted);
    else if (packet->type == QUIC_HANDSHAKE)
        see_handshake(flow, packet, &sighted);
    else if (packet->type == QUIC_RETRY)
        see_retry(flow, packet, &sighted);
    else if (packet->type == QUIC_VERSION_NEGOTIATION)
        see_negotiation(flow, packet, &sighted);
    else if (packet->type == QUIC_UNKNOWN_VERSION)
        see_offer(flow, packet, &sighted);
    if (packet->version != 0 && (packet->first & FIXED_BIT) != 0)
        note_version(flow, packet->version, VERSION_HEARD);
}

static bool see_legacy(struct flow *flow, const struct datagram *datagram)
{
    struct quic_legacy_packet packet;
    if (datagram->side != FLOW_C2S ||
        quic_legacy_read_packet(datagram->payload, &packet) != DISSECT_OK)
        return false;
    note_version(flow, packet.version, VERSION_OF_CLIENT);
    if (flow->facts->quic.dcid == NULL)
        note_dcid(flow->facts, packet.dcid);
    note_chlo(flow->facts, packet.crypto, datagram->frame);
    return true;
}

/* A version that names itself is noted; another one when a negotiation answers it. */
void quic_reader_see_other(struct flow *flow, const struct datagram *datagram)
{
    struct sighted sighted = sighted_of(datagram);
    struct quic_packet packet;
    if (see_legacy(flow, datagram) ||
        quic_read_invariant(datagram->payload, &packet) != DISSECT_OK ||
        (packet.first & FIXED_BIT) == 0 || packet.dcid.left > QUIC_ID_MOST ||
        packet.scid.left > QUIC_ID_MOST)
        return;
    bool is_told = quic_version_is_told(packet.version);
    if (!is_told && datagram->payload.left < FIRST_DATAGRAM_LEAST)
        return;
    count_datagram(reader_of(flow), &sighted);
    see_offer(flow, &packet, &sighted);
    if (is_told)
        note_version(flow, packet.version, VERSION_HEARD);
}

static bool is_complete(const struct flow *flow)
{
    return has_hello_of(flow, FLOW_C2S) && has_hello_of(flow, FLOW_S2C) &&
           flow->facts->quic_handshake.server_ns >= 0 &&
           flow->facts->quic_handshake.client_ns >= 0 &&
           !quic_opening_is_on(&flow->quic->opening, flow->facts);
}

bool quic_reader_is_done(struct flow *flow)
{
    struct quic_reader *reader = flow->quic;
    if (reader == NULL)
        return false;
    if (is_complete(flow))
        reader->datagrams_behind++;
    return ++reader->datagrams >= QUIC_DATAGRAMS_MOST ||
           reader->datagrams_behind > QUIC_DATAGRAMS_BEHIND;
}

void quic_reader_conclude(struct flow *flow)
{
    struct quic_reader *reader = flow->quic;
    struct tls_message message;
    if (reader == NULL)
        return;
    for (uint32_t i = 0; i < reader->epochs.count; i++) {
        struct sighted sighted = { .side = FLOW_C2S };
        const struct quic_crypto *crypto = reader->epochs.list[i]->crypto[FLOW_C2S];
        if (crypto == NULL || has_hello_of(flow, FLOW_C2S))
            continue;
        struct bytes ready = quic_crypto_ready(crypto);
        sighted.frame = reader->epochs.list[i]->sent[FLOW_C2S].packets[0].frame;
        if (tls_read_handshake(&ready, &message) == DISSECT_TRUNCATED)
            see_message(flow, &message, &sighted);
    }
}

void quic_reader_free(struct quic_reader *reader)
{
    if (reader == NULL)
        return;
    quic_epochs_release(&reader->epochs);
    quic_opening_release(&reader->opening);
    for (uint32_t i = 0; i < reader->held_count; i++)
        free(reader->held[i]);
    free(reader);
}
