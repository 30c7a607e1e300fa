/*
 * tls_facts.h - hello and certificate messages, as facts of a flow; for TCP and QUIC.
 */
#ifndef O365LENS_ANALYZER_TLS_FACTS_H
#define O365LENS_ANALYZER_TLS_FACTS_H

#include "analyzer/handshake.h"
#include "dissectors/tls.h"
#include "dissectors/tls_hello.h"

/* The first ClientHello counts; a second one, after a HelloRetryRequest, changes nothing.
 */
void tls_facts_client_hello(struct flow_facts *facts,
                            const struct tls_client_hello *hello, bool is_quic,
                            uint64_t frame);

/* Returns the negotiated version. */
enum tls_version tls_facts_server_hello(struct flow_facts *facts,
                                        const struct tls_server_hello *hello,
                                        uint64_t frame);

/*
 * The server's ChangeCipherSpec came behind its hello, without certificate and key
 * exchange: an earlier session goes on (RFC 5246 section 7.3), whatever its ticket or id.
 */
void tls_facts_server_seals(struct flow_facts *facts, enum tls_version version);

/*
 * The server's chain; `message` is a Certificate message, or a compressed one of TLS 1.3.
 * The leaf is the first as it came (RFC 8446 section 4.4.2); those above it are put in
 * order where each follows from the one before, and others stay behind them.
 */
void tls_facts_certificates(struct flow_facts *facts, struct certificates *certificates,
                            const struct tls_message *message, enum tls_version version,
                            uint64_t frame);

/* The server asked for a certificate of the client, or went on without having asked. */
void tls_facts_asked(struct flow_facts *facts, bool is_asked);

/*
 * One message of the server's flight of TLS 1.3, as a key log opened it: the protocol
 * that was answered, the chain. False once nothing more is to be learned: behind the
 * certificate, compressed or not, or where there is none.
 */
bool tls_facts_opened_message(struct flow_facts *facts, struct certificates *certificates,
                              const struct tls_message *message, uint64_t frame);

#endif
