/*
 * read_series.h - captures made in memory, read by the series reader, and its result.
 *
 *     struct series_run run = run_series(files, 2, NULL);
 *     struct flow_record flow;
 *     while (next_flow(&run, &flow)) ...
 *     run_release(&run);
 *
 * No file is made: captures, result and spill are memory. Connections are written packet
 * by packet with struct wire.
 */
#ifndef O365LENS_TESTS_READ_SERIES_H
#define O365LENS_TESTS_READ_SERIES_H

#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/result.h"
#include "analyzer/series_reader.h"
#include "tests/blob.h"
#include "tests/pcap_writer.h"

enum { RUN_FILES_MOST = 16 };

static const int64_t noon_ns = INT64_C(1790000000123456789);
static const int64_t ms_ns = 1000000, s_ns = 1000000000;

struct series_run {
    bool is_written;
    int output;
    struct result *result;
    const struct result_header *header; /* NULL where there is no result */
    struct series_progress *progress;
    struct error error;
    struct flow_record flow; /* of next_flow */
};

static inline int memory_file(const void *bytes, size_t size)
{
    int file = memfd_create("test", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size ||
        lseek(file, 0, SEEK_SET) != 0)
        abort();
    return file;
}

/* nDPI, where a test wants it. */
static struct protocol *run_labels;

struct test_capture {
    const char *name;
    const struct pcap_writer *capture; /* NULL: an empty file */
};

static inline struct series_settings usual_settings(void)
{
    return (struct series_settings){ .from_ns = INT64_MIN,
                                     .to_ns = INT64_MAX,
                                     .flow_limit = 100000,
                                     .with_hashes = true };
}

static inline void open_run(struct series_run *run)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", run->output);
    run->result = result_open(path, &run->error);
    run->header = run->result == NULL ? NULL : result_header(run->result);
}

static inline struct series_run run_series(const struct test_capture *captures,
                                           uint32_t count,
                                           const struct series_settings *settings)
{
    struct series_settings usual = usual_settings();
    struct series_file files[RUN_FILES_MOST];
    int inputs[RUN_FILES_MOST];
    struct series_run run = { .output = memory_file("", 0) };
    run.progress = calloc(1, sizeof *run.progress + count * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        const struct pcap_writer *capture = captures[i].capture;
        files[i] = (struct series_file){ .name = (char *)captures[i].name,
                                         .path = (char *)"in memory",
                                         .series_name = (char *)captures[i].name };
        inputs[i] = memory_file(capture == NULL ? NULL : capture->bytes,
                                capture == NULL ? 0 : capture->size);
    }
    int spill = memory_file("", 0);
    struct series_job job = {
        .files = files,
        .inputs = inputs,
        .file_count = count,
        .group_name = "group",
        .output = run.output,
        .spill = spill,
        .settings = settings == NULL ? &usual : settings,
        .labels = run_labels,
        .progress = run.progress,
    };
    run.is_written = series_read(&job, &run.error);
    for (uint32_t i = 0; i < count; i++)
        close(inputs[i]);
    close(spill);
    open_run(&run);
    return run;
}

static inline struct series_run run_one(const struct pcap_writer *capture)
{
    return run_series(&(struct test_capture){ "one.pcap", capture }, 1, NULL);
}

/* The next flow; lives until the next call. */
static inline const struct flow_record *next_flow(struct series_run *run)
{
    flow_record_release(&run->flow);
    flow_record_init(&run->flow);
    return run->result != NULL && result_next(run->result, &run->flow) ? &run->flow
                                                                       : NULL;
}

static inline uint64_t flow_count(const struct series_run *run)
{
    return run->header == NULL ? 0 : run->header->flow_count;
}

/* Checks that there is no other flow and that the result is whole. */
static inline void run_release(struct series_run *run)
{
    CHECK(run->is_written);
    while (next_flow(run) != NULL)
        continue;
    CHECK(run->result != NULL && result_is_whole(run->result, &run->error));
    flow_record_release(&run->flow);
    result_close(run->result);
    close(run->output);
    free(run->progress);
}

/* Connections. */

enum { SYN = 2, ACK = 16, FIN = 1, RST = 4 };

struct wire {
    struct pcap_writer *out;
    const char *ip[2]; /* client, server */
    uint16_t port[2];
    uint32_t next[2]; /* sequence numbers */
    uint16_t ip_id;
    uint8_t ttl[2]; /* 0: 64 */
    int64_t time_ns;
    size_t snaplen; /* 0: none */
    bool is_lost;   /* what is sent passes the capture by */
};

static inline struct wire wire_of(struct pcap_writer *out, uint16_t client_port)
{
    if (out->size == 0)
        pcap_writer_start(out, &(struct pcap_writer_file){
                                   .magic = PCAP_WRITER_NANOSECONDS, .link_type = 1 });
    return (struct wire){ .out = out,
                          .ip = { "10.0.0.1", "52.96.0.1" },
                          .port = { client_port, 443 },
                          .next = { 1000, 500000 },
                          .ip_id = 1,
                          .time_ns = noon_ns };
}

static inline struct pcap_writer_fields wire_fields(struct wire *wire, int side)
{
    wire->time_ns += ms_ns;
    return (struct pcap_writer_fields){
        .source = wire->ip[side],
        .destination = wire->ip[!side],
        .source_port = wire->port[side],
        .destination_port = wire->port[!side],
        .source_mac = { 2, 0, 0, 0, 0, (uint8_t)(1 + side) },
        .destination_mac = { 2, 0, 0, 0, 0, (uint8_t)(2 - side) },
        .ttl = wire->ttl[side],
        .ip_id = wire->ip_id++,
        .window = 8192,
    };
}

static inline void wire_put(struct wire *wire, const uint8_t *frame, size_t size)
{
    size_t kept = wire->snaplen != 0 && size > wire->snaplen ? wire->snaplen : size;
    if (!wire->is_lost)
        pcap_writer_packet(wire->out, wire->time_ns, frame, kept, size);
}

static inline void send_tcp(struct wire *wire, int side, uint8_t flags, const void *bytes,
                            size_t size)
{
    static uint8_t frame[70000];
    struct pcap_writer_fields fields = wire_fields(wire, side);
    fields.sequence = wire->next[side];
    fields.acknowledgement = (flags & ACK) != 0 ? wire->next[!side] : 0;
    fields.tcp_flags = flags;
    fields.payload = bytes;
    fields.payload_size = size;
    wire->next[side] += (uint32_t)size + ((flags & SYN) != 0) + ((flags & FIN) != 0);
    wire_put(wire, frame, pcap_writer_tcp(&fields, frame, sizeof frame));
}

static inline void send_text(struct wire *wire, int side, const char *text)
{
    send_tcp(wire, side, ACK, text, strlen(text));
}

static inline void send_blob(struct wire *wire, int side, const struct blob *blob)
{
    for (size_t at = 0; at < blob->size; at += 1400)
        send_tcp(wire, side, ACK, blob->bytes + at,
                 blob->size - at < 1400 ? blob->size - at : 1400);
}

static inline void send_udp(struct wire *wire, int side, const void *bytes, size_t size)
{
    static uint8_t frame[70000];
    struct pcap_writer_fields fields = wire_fields(wire, side);
    fields.payload = bytes;
    fields.payload_size = size;
    wire_put(wire, frame, pcap_writer_udp(&fields, frame, sizeof frame));
}

static inline void open_tcp(struct wire *wire)
{
    send_tcp(wire, 0, SYN, NULL, 0);
    send_tcp(wire, 1, SYN | ACK, NULL, 0);
    send_tcp(wire, 0, ACK, NULL, 0);
}

static inline void close_tcp(struct wire *wire)
{
    send_tcp(wire, 0, FIN | ACK, NULL, 0);
    send_tcp(wire, 1, FIN | ACK, NULL, 0);
    send_tcp(wire, 0, ACK, NULL, 0);
}

#endif
