/* fuzz_capture.c - any bytes as a capture: what comes out must be consistent. */
#include "analyzer/capture.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PACKETS_MAX = 100000 };

static void check_packet(const struct packet *packet, uint64_t last_number)
{
    volatile uint8_t last = 0;
    if (packet->captured.left > 0)
        last = packet->captured.at[packet->captured.left - 1];
    (void)last;
    if (packet->number <= last_number || packet->length < packet->captured.left ||
        packet->captured.left > CAPTURE_PACKET_MAX ||
        (!packet->has_time && packet->time_ns != 0))
        abort();
}

static void check_end(struct capture *capture, enum capture_next end, uint64_t count)
{
    struct packet packet;
    if (capture_next(capture, &packet) != end ||
        (end == CAPTURE_END) != (capture_problem(capture)->text[0] == '\0') ||
        capture_facts(capture)->packets != count)
        abort();
}

static void read_packets(struct capture *capture)
{
    struct packet packet;
    uint64_t count = 0, number = 0;
    enum capture_next next;
    while ((next = capture_next(capture, &packet)) == CAPTURE_PACKET) {
        check_packet(&packet, number);
        number = packet.number;
        if (++count == PACKETS_MAX)
            return;
    }
    check_end(capture, next, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = { 0 };
    int fd = memfd_create("capture", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    lseek(fd, 0, SEEK_SET);
    struct byte_source *source = byte_source_open(fd, "fuzz", &error);
    struct capture *capture = source == NULL ? NULL : capture_open(source, &error);
    if (capture != NULL)
        read_packets(capture);
    else if (error.text[0] == '\0')
        abort();
    capture_close(capture);
    byte_source_close(source);
    close(fd);
    return 0;
}
