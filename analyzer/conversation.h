/*
 * conversation.h - folds decoded packets into flows: the heart of a worker.
 */
#ifndef O365LENS_ANALYZER_CONVERSATION_H
#define O365LENS_ANALYZER_CONVERSATION_H

#include <stdint.h>

#include "analyzer/assessment.h"
#include "analyzer/certificates.h"
#include "analyzer/decode.h"
#include "analyzer/flow.h"
#include "analyzer/protocol.h"
#include "analyzer/result_writer.h"

struct conversations;

struct conversations *conversations_new(uint32_t flow_limit, struct protocol *labels,
                                        struct certificates *certificates,
                                        struct result_writer *writer);

/* Where secrets for encrypted handshakes are looked up; borrowed, may grow meanwhile. */
struct tls_secrets;
void conversations_set_secrets(struct conversations *conversations,
                               const struct tls_secrets *secrets);

/* One TCP or UDP packet. `entry` is that of its capture, number `file` of the series. */
void conversations_see(struct conversations *conversations, const struct packet *packet,
                       const struct headers *headers, struct capture_entry *entry,
                       uint32_t file);

/* The clock of the capture stepped back by more than 1 ms (methods C1.2 rule 4). */
void conversations_clock_stepped(struct conversations *conversations);

/*
 * Closes what is open and frees all. `is_cut_short`: the series ended by damage.
 * Returns how many flows had to be closed early for want of room.
 */
uint64_t conversations_conclude(struct conversations *conversations, bool is_cut_short);

#endif
