/*
 * talk.h - one connection fed to a handshake segment by segment, for its tests.
 */
#ifndef O365LENS_TESTS_TALK_H
#define O365LENS_TESTS_TALK_H

#include "analyzer/handshake.h"
#include "tests/blob.h"

enum { C2S = FLOW_C2S, S2C = FLOW_S2C };

/* One connection; the next sequence number of each side. */
struct talk {
    struct handshake *handshake;
    struct flow_facts *facts;
    struct certificates *certificates;
    uint32_t next[2];
    int64_t time_ns;
    uint64_t frame;
    enum handshake_outcome outcome;
};

static inline struct talk talk_begin(void)
{
    struct talk talk = { .handshake = handshake_new(),
                         .facts = flow_facts_new(),
                         .certificates = certificates_new(),
                         .next = { 1000, UINT32_MAX - 20 },
                         .time_ns = 1000000 };
    handshake_start(talk.handshake, FLOW_C2S, talk.next[C2S]);
    handshake_start(talk.handshake, FLOW_S2C, talk.next[S2C]);
    return talk;
}

static inline void talk_end(struct talk *talk)
{
    handshake_free(talk->handshake);
    flow_facts_free(talk->facts);
    certificates_free(talk->certificates);
    blobs_release();
}

/* A segment at any place; the bytes in memory of their own, for the sanitizer. */
static inline void segment_at(struct talk *talk, int side, uint32_t sequence,
                              const void *bytes, size_t size, size_t wire_length)
{
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, size);
    struct handshake_segment segment = {
        .side = (enum flow_side)side,
        .sequence = sequence,
        .payload = bytes_of(copy, size),
        .wire_length = (uint32_t)wire_length,
        .time_ns = talk->time_ns += 1000,
        .frame = ++talk->frame,
    };
    talk->outcome =
        handshake_see(talk->handshake, talk->facts, talk->certificates, &segment, false);
    free(copy);
}

static inline void say(struct talk *talk, int side, const void *bytes, size_t size)
{
    segment_at(talk, side, talk->next[side], bytes, size, size);
    talk->next[side] += (uint32_t)size;
}

static inline void say_text(struct talk *talk, int side, const char *text)
{
    say(talk, side, text, strlen(text));
}

static inline void say_blob(struct talk *talk, int side, const struct blob *blob)
{
    say(talk, side, blob->bytes, blob->size);
}

static inline void say_in_pieces(struct talk *talk, int side, const struct blob *blob,
                                 size_t most)
{
    for (size_t at = 0; at < blob->size; at += most)
        say(talk, side, blob->bytes + at,
            blob->size - at < most ? blob->size - at : most);
}

static inline struct blob *server_record(const struct server_hello *hello)
{
    struct blob *message = blob_new(), *record = blob_new();
    put_server_hello(message, hello);
    put_records(record, message->bytes, message->size, 16384);
    return record;
}

#endif
