/*
 * result_maker.h - results for tests: a header made by hand, records, a file for them.
 *
 *     struct result_maker maker;
 *     result_maker_open(&maker, "hq/edge", "hq/a.pcap", "hq/b.pcap", NULL);
 *     result_maker_add(&maker, &record);
 *     result_maker_close(&maker, path);
 *
 * What cannot be made is a bug of the test: it aborts.
 */
#ifndef O365LENS_TESTS_RESULT_MAKER_H
#define O365LENS_TESTS_RESULT_MAKER_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/result_writer.h"

/* 2025-06-02 12:00:00 UTC: the built-in lists know that day. */
static const int64_t test_day_ns = INT64_C(1748865600) * 1000000000;

struct result_maker {
    struct result_writer *writer;
    struct result_header header;
    struct certificates *certificates;
    FILE *spill;
};

static inline struct capture_entry *result_maker_capture(struct result_header *header,
                                                         const char *name)
{
    header->captures = alloc_resize(header->captures, header->capture_count + 1,
                                    sizeof *header->captures);
    struct capture_entry *entry = &header->captures[header->capture_count++];
    *entry = (struct capture_entry){
        .name = alloc_text(name),
        .format = alloc_text("pcap"),
        .packets = 1000,
        .bytes = 100000,
        .has_times = true,
        .first_ns = test_day_ns,
        .last_ns = test_day_ns + 60 * INT64_C(1000000000),
    };
    return entry;
}

/* The names of the captures follow, up to NULL. */
static inline void result_maker_open(struct result_maker *maker, const char *series, ...)
{
    va_list names;
    *maker =
        (struct result_maker){ .certificates = certificates_new(), .spill = tmpfile() };
    if (maker->spill == NULL)
        abort();
    maker->header.series = alloc_text(series);
    maker->header.generator = alloc_text("test");
    va_start(names, series);
    for (const char *name; (name = va_arg(names, const char *)) != NULL;)
        (void)result_maker_capture(&maker->header, name);
    va_end(names);
    maker->writer = result_writer_new(fileno(maker->spill));
}

static inline void result_maker_add(struct result_maker *maker,
                                    const struct flow_record *record)
{
    maker->header.captures[record->capture].flows++;
    result_writer_add(maker->writer, record);
}

static inline void result_maker_close(struct result_maker *maker, const char *path)
{
    struct error error;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || !result_writer_conclude(maker->writer, &maker->header,
                                            maker->certificates, file, &error))
        abort();
    close(file);
    fclose(maker->spill);
    certificates_free(maker->certificates);
    result_header_release(&maker->header);
}

/* A folder of its own; to be removed by test_folder_remove. */
static inline char *test_folder_new(void)
{
    char *folder = alloc_text("/tmp/o365lens-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        abort();
    return folder;
}

static inline void test_folder_remove(char *folder)
{
    char *command = alloc_format("rm -rf '%s'", folder);
    if (system(command) != 0)
        abort();
    free(command);
    free(folder);
}

static inline struct ip_address test_address(const char *text)
{
    struct ip_address address;
    if (!address_read(text, &address))
        abort();
    return address;
}

/* A TCP connection whose handshake was seen, with nothing in it. */
static inline void test_flow(struct flow_record *record, uint64_t id, const char *client,
                             const char *server, uint16_t port)
{
    flow_record_init(record);
    record->id = id;
    record->client.ip = test_address(client);
    record->client.port = (uint16_t)(40000 + id % 20000);
    record->server.ip = test_address(server);
    record->server.port = port;
    record->start_ns = test_day_ns + (int64_t)id * 1000000;
    record->end_ns = record->start_ns + 5000000;
    record->first_frame = frame_of(0, 10 * id + 1);
    record->packets[FLOW_C2S] = 3;
    record->packets[FLOW_S2C] = 2;
    record->bytes[FLOW_C2S] = 300;
    record->bytes[FLOW_S2C] = 200;
    record->options[FLOW_C2S].is_seen = record->options[FLOW_S2C].is_seen = true;
    record->options[FLOW_C2S].has_window_scale = true;
    record->options[FLOW_S2C].has_window_scale = true;
    record->client_isn = (uint32_t)(1000000 + id);
    record->handshake.syn_frame = record->first_frame;
}

#endif
