/* Datagrams of one flow: each begins with a byte for the side and two for its length. */
#include <stdlib.h>

#include "analyzer/datagram.h"

static const uint16_t ports[] = { 443, 53, 3478, 5000 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_flow(const struct flow *flow)
{
    check(flow->egress.family == 0 || flow->egress.family == 4 ||
          flow->egress.family == 6);
    if (flow->facts == NULL)
        return;
    check(flow->facts->tls.sni == NULL || strlen(flow->facts->tls.sni) <= 255);
    check(flow->facts->quic.dcid == NULL || strlen(flow->facts->quic.dcid) <= 510);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct name_cache *names; /* kept: it is large, and its contents do no harm */
    if (names == NULL)
        names = name_cache_new();
    struct bytes in = bytes_of(data, size);
    struct flow flow = { .key = { .low = { 4, { 10, 0, 0, 1 } },
                                  .high = { 4, { 52, 112, 0, 1 } },
                                  .low_port = 50000,
                                  .high_port = ports[bytes_u8(&in) % 4],
                                  .transport = FLOW_UDP },
                         .client_is_low = true };
    struct stun_talks *talks = stun_talks_new();
    for (int64_t time_ns = 0; in.left > 0; time_ns += 1000) {
        enum flow_side side = bytes_u8(&in) % 2 == 0 ? FLOW_C2S : FLOW_S2C;
        struct datagram datagram = { .payload = bytes_take_at_most(&in, bytes_u16(&in)),
                                     .side = side,
                                     .time_ns = time_ns,
                                     .frame = (uint64_t)time_ns / 1000 + 1,
                                     .talks = talks };
        struct datagram_role role =
            datagram_role_of(datagram.payload, flow_port(&flow, side), flow.key.low_port);
        check(role.by >= CLIENT_BY_HELLO);
        datagram_see(&flow, names, &datagram);
        flow.packets[side]++;
    }
    check_flow(&flow);
    check(flow.stun == NULL ||
          flow.stun->facts.answered <= flow.stun->facts.transactions);
    stun_talks_free(talks);
    stun_talk_release(flow.stun);
    datagram_release(&flow);
    flow_facts_free(flow.facts);
    struct text_pool texts = { 0 };
    struct flow_dns dns;
    if (name_cache_find(names, &flow.key.low, &flow.key.high, 5000, &texts, &dns))
        check(dns.name != NULL && dns.chain_count <= FLOW_DNS_CHAIN_MAX);
    text_pool_release(&texts);
    return 0;
}
