/*
 * dns.h - names and addresses in DNS messages: one question, and the answers to it.
 *
 *     struct dns_message message;
 *     struct dns_answer answer;
 *     enum dissect outcome = dns_read_message(&in, &message);
 *     if (outcome == DISSECT_OK || outcome == DISSECT_TRUNCATED)
 *         while (dns_next_answer(&message, &answer))
 *             ...
 *
 * `in` is one message: a UDP payload, or what dns_take_tcp_message took. The caller
 * knows DNS by its port (53), and multicast DNS (5353) and LLMNR (5355), which share the
 * format. On OK all of `in` was taken, otherwise it stays where it was:
 *   TRUNCATED  the bytes end within the question or an answer. What is there before may
 *              be used. In a datagram captured whole this is the sender's fault.
 *   MALFORMED  the question's name, or the labels of an owner, are none that an encoder
 *              makes. What is there before may be used.
 *   OTHER      an opcode that does not exist. `message` is empty.
 * An answer that is broken within is passed by and counted in `broken_answers`; the
 * outcome stays OK. What follows the answers (authority, additional) is counted, not
 * read.
 *
 * Names are text in lower case without the last dot; "." is the root. Bytes of labels
 * other than letters, digits and harmless punctuation are written \DDD, dots too: a '.'
 * in the text always separates labels. A text longer than 255 bytes is cut and ends in
 * three dots, as no name does.
 *
 * Effort is linear: a name ends at 255 octets (RFC 1035 section 2.3.4), compression
 * points strictly backwards and is capped. The message holds windows on the bytes of
 * `in` and lives as long; the texts are copies.
 *
 * RFC 1035 section 4, RFC 3596 (AAAA), RFC 6762 (multicast DNS: class bits).
 */
#ifndef O365LENS_DISSECTORS_DNS_H
#define O365LENS_DISSECTORS_DNS_H

#include "dissectors/address.h"
#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum {
    DNS_NAME_SIZE = 256, /* longest text and a NUL */
    DNS_TYPE_A = 1,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_HTTPS = 65,
};

struct dns_message {
    uint16_t id;
    bool is_response;
    bool is_cut;       /* TC: the server left answers out */
    uint8_t opcode;    /* 0: query */
    uint8_t rcode;     /* 0: no error, 3: no such name */
    bool has_question; /* the three fields below are filled */
    uint16_t type;     /* of the first question */
    uint16_t query_class;
    char name[DNS_NAME_SIZE];
    uint16_t questions, answers, authorities, additionals; /* as the header counts them */

    uint16_t broken_answers; /* A, AAAA and CNAME of class IN that had to be passed by */
    uint32_t steps; /* labels and pointers followed so far: how much work it was */
    struct bytes whole, rest; /* for dns_next_answer */
    uint16_t answers_left;
};

struct dns_answer {
    char name[DNS_NAME_SIZE]; /* owner */
    uint16_t type;            /* DNS_TYPE_A, DNS_TYPE_AAAA or DNS_TYPE_CNAME */
    uint32_t ttl_s;
    struct ip_address address;  /* family 0 for a CNAME */
    char target[DNS_NAME_SIZE]; /* of a CNAME; else "" */
};

enum dissect dns_read_message(struct bytes *in, struct dns_message *message);

/* The next A, AAAA or CNAME of class IN; others, and broken ones, are passed by. */
bool dns_next_answer(struct dns_message *message, struct dns_answer *answer);

/*
 * Over TCP each message stands behind its length (RFC 1035 section 4.2.2). OK: `message`
 * is the window, `in` is moved behind it. TRUNCATED: `message` is what there is of it,
 * `in` stays. MALFORMED: the length holds no header.
 */
enum dissect dns_take_tcp_message(struct bytes *in, struct bytes *message);

#endif
