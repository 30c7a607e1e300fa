/* test_secrets.c - credentials that cross a capture are not in its result (contract,
 * section 2). */
#include "analyzer/byte_source.h"
#include "tests/read_series.h"

static const char secret[] = "hunter2secret";

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

int main(void)
{
    RUN(no_credential_is_in_the_result);
    return test_end();
}
