/*
 * read_capture.h - reads a capture made in memory to its end, for the tests of the
 * readers.
 *
 * Of each packet a test gets the struct (its window no longer points anywhere) and a sum
 * of the captured bytes to compare with text_sum().
 */
#ifndef O365LENS_TESTS_READ_CAPTURE_H
#define O365LENS_TESTS_READ_CAPTURE_H

#include "analyzer/capture.h"
#include "tests/pcap_writer.h"
#include "tests/test.h"

#include <sys/mman.h>
#include <unistd.h>

enum { ETHERNET = 1, RAW = 101, COOKED = 113, SEEN_MAX = 64 };

static const int64_t noon_ns = 1700000000123456789;
static const int64_t noon_s = 1700000000;

struct seen {
    struct packet packets[SEEN_MAX];
    uint32_t sums[SEEN_MAX];
    size_t count;
    enum capture_next end;
    struct capture_facts facts;
    struct error error;
    struct capture_place place;
    bool is_opened;
};

static inline uint32_t sum_of(struct bytes bytes)
{
    uint32_t sum = 1;
    while (bytes.left > 0)
        sum = sum * 31 + bytes_u8(&bytes);
    return sum;
}

static inline uint32_t text_sum(const char *text)
{
    return sum_of(bytes_of(text, strlen(text)));
}

static inline void read_packets(struct capture *capture, struct seen *seen)
{
    struct packet packet;
    while ((seen->end = capture_next(capture, &packet)) == CAPTURE_PACKET) {
        if (seen->count == SEEN_MAX)
            abort();
        seen->packets[seen->count] = packet;
        seen->sums[seen->count++] = sum_of(packet.captured);
    }
    CHECK(capture_next(capture, &packet) == seen->end);
    CHECK((seen->end == CAPTURE_END) == (capture_problem(capture)->text[0] == '\0'));
    seen->facts = *capture_facts(capture);
    seen->error = *capture_problem(capture);
    seen->place = capture_problem_place(capture);
    CHECK(seen->facts.packets == seen->count);
}

static inline struct seen read_bytes(const void *bytes, size_t size)
{
    struct seen seen = { .end = CAPTURE_DAMAGED };
    int fd = memfd_create("capture", 0);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    lseek(fd, 0, SEEK_SET);
    struct byte_source *source = byte_source_open(fd, "x", &seen.error);
    struct capture *capture = source == NULL ? NULL : capture_open(source, &seen.error);
    seen.is_opened = capture != NULL;
    if (capture != NULL)
        read_packets(capture, &seen);
    capture_close(capture);
    byte_source_close(source);
    close(fd);
    return seen;
}

static inline struct seen read_written(const struct pcap_writer *out)
{
    return read_bytes(out->bytes, out->size);
}

static inline void put_text(struct pcap_writer *out, int64_t time_ns, const char *text)
{
    pcap_writer_packet(out, time_ns, text, strlen(text), strlen(text));
}

static inline void put_enhanced(struct pcap_writer *out, uint32_t interface,
                                uint64_t ticks, const char *text)
{
    pcap_writer_enhanced(out, interface, ticks, text, strlen(text), strlen(text), 0);
}

#endif
