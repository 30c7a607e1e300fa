/* fuzz_tls.c - a stream of records; then the same bytes as one message of any type. */
#include <assert.h>

#include "dissectors/tls.h"
#include "dissectors/tls_fingerprint.h"
#include "dissectors/tls_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_client_hello(const struct tls_message *message)
{
    static char ja3[TLS_JA3_SIZE];
    static struct tls_ja4 ja4;
    struct tls_client_hello hello;
    struct bytes name;
    enum dissect outcome = tls_read_client_hello(message, &hello);

    assert(outcome != DISSECT_OK || hello.is_whole);
    assert(outcome != DISSECT_TRUNCATED || message->missing > 0);
    assert(!tls_write_ja3(&hello, ja3, sizeof ja3) || hello.is_whole);
    assert(!tls_write_ja4(&hello, false, &ja4) || hello.is_whole);
    while (tls_next_protocol(&hello.alpn, &name))
        assert(name.left > 0);
}

static void read_message(const struct tls_message *message)
{
    static char ja3s[TLS_JA3_SIZE];
    struct tls_server_hello hello;
    struct tls_certificates certificates;
    struct bytes der;

    struct tls_compressed compressed;

    read_client_hello(message);
    if (tls_read_compressed(message, &compressed) == DISSECT_OK)
        assert(compressed.data.left <= message->body.left);
    tls_read_server_hello(message, &hello);
    tls_version_text(tls_negotiated(&hello));
    tls_write_ja3s(&hello, ja3s, sizeof ja3s);
    for (int version = TLS_12; version <= TLS_13; version++) {
        tls_read_certificates(message, (enum tls_version)version, &certificates);
        while (tls_next_certificate(&certificates, &der))
            assert(der.left > 0 && der.left <= message->body.left);
    }
}

static void read_messages(struct bytes in)
{
    struct tls_message message;
    while (tls_read_handshake(&in, &message) == DISSECT_OK)
        read_message(&message);
    read_message(&message); /* the cut one */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes stream = bytes_of(data, size), old = stream;
    struct tls_record record;
    struct tls_alert alert;
    struct tls_client_hello hello;

    while (tls_read_record(&stream, &record) == DISSECT_OK) {
        tls_read_alert(&record, &alert);
        read_messages(record.fragment);
    }
    read_messages(record.fragment);
    read_messages(bytes_of(data, size));
    tls_read_sslv2_hello(&old, &hello);
    return 0;
}
