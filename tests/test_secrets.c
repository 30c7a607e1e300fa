/* test_secrets.c - credentials that cross a capture are not in its result (contract,
 * section 2). */
#include "analyzer/byte_source.h"
#include "tests/quic_sealer.h"
#include "tests/read_series.h"

static const char secret[] = "hunter2secret";
static const char hexadecimal[] =
    "c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77c0ffee88";

/* All bytes of a result, as they can be read again; a NUL is a line's end here. */
static char *text_of(const struct series_run *run)
{
    struct error error;
    lseek(run->output, 0, SEEK_SET);
    struct byte_source *source = byte_source_open(run->output, "result", &error);
    struct bytes window;
    if (source == NULL)
        abort();
    (void)byte_source_need(source, 1 << 20, &window);
    char *text = calloc(window.left + 1, 1);
    for (size_t i = 0; i < window.left; i++)
        text[i] = window.at[i] == '\0' ? '\n' : (char)window.at[i];
    byte_source_close(source);
    return text;
}

static void no_credential_is_in_the_result(void)
{
    static const char request[] =
        "CONNECT mail.example:443 HTTP/1.1\r\nHost: hunter2secret@mail.example:443\r\n"
        "Proxy-Authorization: Basic hunter2secret\r\nUser-Agent: probe\r\n\r\n";
    static const char bare[] =
        "GET http://alice:hunter2secret@mail.example/p?token=hunter2secret#hunter2secret "
        "HTTP/1.1\r\nHost: mail.example\r\nAuthorization: hunter2secret\r\n"
        "Proxy-Authorization: hunter2secret\r\nCookie: id=hunter2secret\r\n"
        "Referer: http://x.example/?q=hunter2secret\r\n\r\n";
    static const char answer[] = "HTTP/1.1 200 OK\r\nSet-Cookie: id=hunter2secret\r\n"
                                 "Location: http://x/?t=hunter2secret\r\n"
                                 "Content-Length: 13\r\n\r\nhunter2secret";
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    wire.port[1] = 8080;
    open_tcp(&wire);
    send_text(&wire, 0, request);
    send_text(&wire, 1, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    send_text(&wire, 0, bare);
    send_text(&wire, 1, answer);
    struct wire first = wire_of(&out, 50001);
    first.port[1] = 8080;
    open_tcp(&first);
    send_text(&first, 0, bare);
    send_text(&first, 1, answer);
    struct wire socks = wire_of(&out, 50002);
    socks.port[1] = 1080;
    open_tcp(&socks);
    send_tcp(&socks, 0, ACK, "\5\1\2", 3);
    send_tcp(&socks, 1, ACK, "\5\2", 2);
    send_tcp(&socks, 0, ACK, "\1\15hunter2secret\15hunter2secret", 29);
    send_tcp(&socks, 1, ACK, "\1\0", 2);
    send_tcp(&socks, 0, ACK, "\5\1\0\3\14mail.example\1\xbb", 19);
    struct wire old = wire_of(&out, 50003);
    old.port[1] = 1080;
    open_tcp(&old);
    send_tcp(&old, 0, ACK, "\4\1\1\xbb\64\x60\0\1hunter2secret\0", 22);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 4);
    char *text = text_of(&run);
    CHECK(strstr(text, "mail.example") != NULL && strstr(text, "Basic") != NULL);
    CHECK(strstr(text, secret) == NULL);
    free(text);
    lseek(run.output, 0, SEEK_SET);
    result_close(run.result);
    open_run(&run);
    uint32_t socks_flows = 0, requests = 0;
    const struct flow_record *flow;
    while ((flow = next_flow(&run)) != NULL) {
        socks_flows += flow->socks.target != NULL;
        requests += flow->http.requests;
    }
    CHECK(socks_flows == 2 && requests == 3); /* they were read, not passed by */
    run_release(&run);
    pcap_writer_release(&out);
}

static void put_keylog(struct pcap_writer *out, const char *text)
{
    struct pcap_writer body = { 0 };
    pcap_writer_put_u32(&body, 0x544c534b);
    pcap_writer_put_u32(&body, (uint32_t)strlen(text));
    pcap_writer_put(&body, text, strlen(text));
    pcap_writer_block(out, 10, body.bytes, body.size);
    pcap_writer_release(&body);
}

/* A pcapng of one connection; `keylog`, where given, stands in a block before it. */
static void put_sealed_capture(struct pcap_writer *out, struct seal *seal,
                               const char *keylog)
{
    struct pcap_writer packets = { 0 };
    struct wire wire = wire_of(&packets, 50000);
    struct blob *hello = blob_new(), *flight = blob_new(), *messages = blob_new();
    pcap_writer_section(out, false);
    pcap_writer_interface(out, &(struct pcap_writer_interface){ .link_type = 1 });
    if (keylog != NULL)
        put_keylog(out, keylog);
    open_tcp(&wire);
    send_blob(&wire, 0, hello_record("mail.example"));
    put_server_hello(hello, &(struct server_hello){ .is_13 = true });
    put_records(flight, hello->bytes, hello->size, 16384);
    put_encrypted_extensions(messages, "h2");
    put_certificate_13(messages, "mail.example", "Some CA", 400);
    put_hex(messages, "14000004 01020304");
    seal_messages(seal, flight, messages, 16384);
    send_blob(&wire, 1, flight);
    struct bytes in = bytes_of(packets.bytes, packets.size);
    bytes_skip(&in, 24);
    while (in.left > 0) { /* the same packets in the other format */
        bytes_skip(&in, 8);
        uint32_t size = bytes_u32le(&in);
        bytes_skip(&in, 4);
        struct bytes packet = bytes_take(&in, size);
        pcap_writer_enhanced(out, 0, 1000000, packet.at, size, size, 0);
    }
    pcap_writer_release(&packets);
}

/* The log of a connection to mail.example: what opens, and what would open all else. */
static char *keylog_of(const struct seal *seal)
{
    static char text[2048];
    char random[65];
    for (int i = 0; i < 32; i++)
        sprintf(random + 2 * i, "%02x", 'e');
    seal_write_line(seal, 'e', text);
    sprintf(text + strlen(text),
            "CLIENT_TRAFFIC_SECRET_0 %s %s\nSERVER_TRAFFIC_SECRET_0 %s %s\n"
            "CLIENT_RANDOM %s %s%s\n",
            random, hexadecimal, random, hexadecimal, random, hexadecimal,
            "00112233445566778899aabbccddeeff");
    return text;
}

static bool is_opened(const struct series_run *run, const struct flow_record *flow)
{
    return flow != NULL && flow->tls.chain_count == 1 && flow->tls.by_key_log &&
           flow->tls.hidden == CERTIFICATE_HIDDEN_NOT &&
           strcmp(run->header->certificates[flow->tls.chain[0]].issuer_cn, "Some CA") ==
               0;
}

static void no_secret_of_a_key_log_is_in_the_result(void)
{
    /* Inside the capture; given beside it. */
    for (int is_given = 0; is_given < 2; is_given++) {
        struct pcap_writer out = { 0 };
        struct seal seal = seal_new(0x1301, 0x6b, ""); /* "kkkk..." */
        struct tls_secrets *given = tls_secrets_new(NULL);
        char *keylog = keylog_of(&seal);
        struct series_settings settings = usual_settings();
        settings.is_kept = true;
        if (is_given)
            tls_secrets_see(given, bytes_of(keylog, strlen(keylog)));
        settings.secrets = given;
        put_sealed_capture(&out, &seal, is_given ? NULL : keylog);
        struct series_run run =
            run_series(&(struct test_capture){ "one.pcapng", &out }, 1, &settings);
        CHECK(flow_count(&run) == 1);
        char *text = text_of(&run);
        CHECK(strstr(text, "mail.example") != NULL);
        CHECK(strstr(text, "6b6b6b6b6b6b") == NULL && strstr(text, "kkkkkk") == NULL);
        CHECK(strstr(text, hexadecimal) == NULL);
        CHECK(strstr(text, "TRAFFIC_SECRET") == NULL);
        free(text);
        lseek(run.output, 0, SEEK_SET);
        result_close(run.result);
        open_run(&run);
        CHECK(is_opened(&run, next_flow(&run)));
        run_release(&run);
        tls_secrets_free(given);
        pcap_writer_release(&out);
        blobs_release();
    }
}

static void a_secret_opens_quic_as_well(void)
{
    for (int is_given = 0; is_given < 2; is_given++) {
        struct pcap_writer out = { 0 };
        struct wire wire = wire_of(&out, 50000);
        struct seal seal = seal_new(0x1301, 0x6b, "quic ");
        struct tls_secrets *given = tls_secrets_new(NULL);
        struct series_settings settings = usual_settings();
        struct blob *messages = blob_new(), *frames = blob_new(), *sealed = blob_new();
        char *keylog = keylog_of(&seal);
        struct blob *hello = hello_datagram(1, "first", 0);
        struct blob *answer = answer_datagram(1, "first", 0, 0);
        if (is_given)
            tls_secrets_see(given, bytes_of(keylog, strlen(keylog)));
        settings.secrets = given;
        put_certificate_13(messages, "mail.example", "Some CA", 400);
        put_crypto(frames, 0, messages->bytes, messages->size);
        seal_packet(&seal, sealed, 1, frames);
        send_udp(&wire, 0, hello->bytes, hello->size);
        send_udp(&wire, 1, answer->bytes, answer->size);
        send_udp(&wire, 1, sealed->bytes, sealed->size);
        struct series_run run =
            run_series(&(struct test_capture){ "one.pcap", &out }, 1, &settings);
        CHECK(is_opened(&run, next_flow(&run)) == (is_given != 0));
        run_release(&run);
        tls_secrets_free(given);
        pcap_writer_release(&out);
        blobs_release();
    }
}

/* What stands behind its packets comes too late: a capture is read once. */
static void a_key_log_counts_from_where_it_stands(void)
{
    for (int is_before = 0; is_before < 2; is_before++) {
        struct pcap_writer out = { 0 };
        struct seal seal = seal_new(0x1301, 0x6b, "");
        put_sealed_capture(&out, &seal, is_before ? keylog_of(&seal) : NULL);
        put_keylog(&out, keylog_of(&seal));
        struct series_run run = run_one(&out);
        const struct flow_record *flow = next_flow(&run);
        CHECK(is_opened(&run, flow) == (is_before != 0));
        CHECK(is_before || flow->tls.hidden == CERTIFICATE_HIDDEN_TLS13);
        run_release(&run);
        pcap_writer_release(&out);
        blobs_release();
    }
}

int main(void)
{
    RUN(no_secret_of_a_key_log_is_in_the_result);
    RUN(a_secret_opens_quic_as_well);
    RUN(a_key_log_counts_from_where_it_stands);
    RUN(no_credential_is_in_the_result);
    return test_end();
}
