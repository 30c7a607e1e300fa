/* flow_record.c - records of nothing seen, and the contract's words. */
#include "analyzer/flow_record.h"

void flow_record_init(struct flow_record *record)
{
    *record = (struct flow_record){
        .crossings = 1,
        .dns = { .age_ns = -1, .lookup_ns = -1 },
        .stun = { .rtt_ns = -1 },
        .handshake = { .server_ns = -1,
                       .client_ns = -1,
                       .server_low_ns = -1,
                       .server_high_ns = -1,
                       .open_ns = -1 },
        .timing = { -1, -1, -1, -1, -1, -1 },
    };
    for (unsigned side = 0; side < RTT_SIDES; side++) {
        distribution_init(&record->rtt[side].samples);
        distribution_init(&record->rtt[side].delayed);
        record->rtt[side].base_ns = -1;
    }
}

void flow_record_release(struct flow_record *record)
{
    for (unsigned side = 0; side < RTT_SIDES; side++) {
        distribution_release(&record->rtt[side].samples);
        distribution_release(&record->rtt[side].delayed);
    }
}

const char *client_by_text(enum client_by by)
{
    static const char *const texts[] = { "syn",    "syn-ack", "hello",       "request",
                                         "answer", "port",    "first-packet" };
    return texts[by];
}

const char *partial_text(unsigned bit)
{
    static const char *const texts[] = {
        "no-syn",      "no-synack", "no-end",  "one-way",    "snaplen", "capture-loss",
        "cut-at-file", "cut-short", "evicted", "stream-cap", "offload",
    };
    return bit < sizeof texts / sizeof *texts ? texts[bit] : NULL;
}

const char *flow_end_text(enum flow_end end)
{
    static const char *const texts[] = { "open", "fin", "client-rst", "server-rst" };
    return texts[end];
}

const char *certificate_hidden_text(enum certificate_hidden hidden)
{
    static const char *const texts[] = { NULL, "tls1.3", "resumed", "not-captured",
                                         "unreadable" };
    return texts[hidden];
}
