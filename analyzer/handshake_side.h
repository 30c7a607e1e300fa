/*
 * handshake_side.h - the parts of a handshake, shared by handshake*.c alone.
 *
 * A step reads from the front of `ready` in the mode of its side. Where it can use
 * nothing it leaves `ready` as it is, and the bytes come again with the next segment.
 */
#ifndef O365LENS_ANALYZER_HANDSHAKE_SIDE_H
#define O365LENS_ANALYZER_HANDSHAKE_SIDE_H

#include "analyzer/handshake.h"
#include "analyzer/stream.h"
#include "dissectors/http_body.h"
#include "dissectors/starttls.h"
#include "dissectors/tls.h"
#include "dissectors/tls_crypto.h"
#include "dissectors/tls_hello.h"

enum side_mode {
    MODE_START, /* nothing is known: the first bytes decide */
    MODE_TLS,
    MODE_HTTP_HEAD,
    MODE_HTTP_BODY,
    MODE_SOCKS,
    MODE_CLEAR, /* a protocol that may turn to TLS */
    MODE_DNS,
    MODE_WAIT, /* the client talks on once the proxy has answered */
    MODE_DONE,
};

enum { METHODS_REMEMBERED = 32, TLS_RECORD_HEADER = 5 };

struct side {
    struct stream stream;
    enum side_mode mode;
    bool is_midstream;   /* its beginning was not captured */
    bool has_acknowledged; /* the other side did, up to: */
    uint32_t acknowledged;
    unsigned answers_waited; /* segments that came while an answer waited for its request */
    int64_t time_ns;         /* of its last segment, and that one's frame */
    uint64_t frame;
    uint64_t delivered;  /* bytes used so far */
    bool changed_cipher; /* TLS: what follows is encrypted */
    uint8_t *messages;   /* TLS: handshake fragments laid end to end; owned */
    uint32_t message_size, message_capacity;
    bool is_adrift;        /* TLS: where messages begin is not known */
    uint32_t message_skip; /* TLS: bytes of a message of which some are missing */
    uint32_t record_skip;  /* TLS: bytes of a record of which some are missing, its type: */
    uint8_t record_type;
    uint32_t head_waits; /* HTTP: bytes of a head that is not whole yet */
    struct http_body body;
};

/* What the server of TLS 1.3 sends behind its hello, where a key log has the secret. */
struct opener {
    const struct tls_secrets *secrets; /* NULL: none; borrowed */
    bool is_on;                        /* the server's hello was read: all is encrypted */
    uint16_t suite;
    struct tls_keys *keys; /* NULL while the client's hello is missing; owned, wiped */
    uint64_t records;      /* opened so far: the number of the next one */
};

struct handshake {
    struct side sides[2]; /* by enum flow_side */
    enum tls_version version;
    bool exchanges_keys; /* TLS: the server sent what a resumed session has not */
    struct opener opener;
    uint8_t socks_version;
    unsigned socks_step;
    enum starttls clear_protocol; /* that the connection began with */
    bool wants_tls;               /* the client asked for TLS in it */
    /* HTTP: methods of the requests not answered yet, oldest first: 'C' CONNECT, 'H' HEAD,
       'P' for a proxy's configuration, 'G' any other; and how many came behind those. */
    uint8_t method_count;
    char methods[METHODS_REMEMBERED];
    uint32_t methods_beyond;
    bool scheme_is_used; /* the noted one is what the client logs in with */
    int64_t first_request_ns, request_ns, connect_ns, hello_ns; /* -1: not seen */
    bool awaits_first_byte;
    bool is_ending; /* nothing more comes */
};

/* What the steps need at hand. */
struct step {
    struct handshake *handshake;
    struct flow_facts *facts;
    struct certificates *certificates;
    enum flow_side side;
    int64_t time_ns;
    uint64_t frame;
    const struct lookup *lookup;
};

/* -1, "not seen", where the clock stepped back meanwhile. */
static inline int64_t handshake_duration(int64_t from_ns, int64_t to_ns)
{
    return to_ns < from_ns ? -1 : to_ns - from_ns;
}

void handshake_tls_step(struct step *step, struct bytes *ready);
void handshake_http_step(struct step *step, struct bytes *ready);
void handshake_socks_step(struct step *step, struct bytes *ready);
void handshake_socks_conclude(struct handshake *handshake, struct flow_facts *facts);
void handshake_clear_step(struct step *step, struct bytes *ready);

/*
 * At the start of a side: reads over what a load balancer put there, and tells whether the
 * side is taken care of, as one of a protocol that may turn to TLS (MODE_CLEAR) or one
 * of which more bytes must tell.
 */
bool handshake_clear_begins(struct step *step, struct bytes *ready);

/* One fragment of handshake messages. */
void handshake_tls_fragment(struct step *step, struct bytes fragment);

/* The server's hello of TLS 1.3 was read. False where nothing will open what follows. */
bool handshake_open_begin(struct step *step, uint16_t suite);

/* False where it has to wait for the client's hello; `waiting`: its bytes and later ones.
 */
bool handshake_open_record(struct step *step, const struct tls_record *record,
                           size_t waiting);
void handshake_open_release(struct handshake *handshake);

/* The tunnel is open: what follows on both sides is read from the start. */
void handshake_enter_tunnel(struct handshake *handshake);

/* Bytes of the other side that this side answers are still to come. */
bool handshake_is_ahead(struct step *step);

/* Reads what there is of a message that is cut or unfinished. */
void handshake_tls_conclude(struct step *step);
void handshake_http_conclude(struct step *step);

/* So many bytes are missing behind those that are kept. False where it is not known how
   those that follow are to be read. */
bool handshake_tls_pass_gap(struct step *step, uint32_t missing);
bool handshake_http_pass_gap(struct step *step, uint32_t missing);

#endif
