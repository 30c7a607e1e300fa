/*
 * test_capture_oracle.c - our reader against libpcap's, packet by packet.
 *
 *     test_capture_oracle [FILE...]
 *
 * On each file that libpcap opens both must give the same packets, and where libpcap
 * reaches the end, so must we. Three differences are ours on purpose and counted apart:
 * seconds are unsigned (libpcap: negative before 1970), a packet longer than the snaplen
 * of a pcap is given whole (libpcap cuts it), and a time beyond 64 bits of nanoseconds is
 * none. Where libpcap gives up, we may go on. Without arguments captures made here are
 * compared.
 */
#include "analyzer/capture.h"

#include "tests/pcap_writer.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
    unsigned files, refused_by_both, opened_by_us_alone, read_further_by_us;
    unsigned long long packets, unsigned_times, long_packets, no_times;
} totals;

static bool is_verbose;

/* libpcap reads compressed files through our source, or it could not read them at all. */
static ssize_t read_cookie(void *cookie, char *out, size_t size)
{
    struct bytes window;
    byte_source_need(cookie, 1, &window);
    struct bytes piece = bytes_take_at_most(&window, size);
    memcpy(out, piece.at, piece.left);
    byte_source_consume(cookie, piece.left);
    if (piece.left == 0 && byte_source_state(cookie) != BYTE_SOURCE_END) {
        errno = EIO;
        return -1;
    }
    return (ssize_t)piece.left;
}

static pcap_t *open_theirs(struct byte_source *source)
{
    char reason[PCAP_ERRBUF_SIZE];
    FILE *file = fopencookie(source, "r", (cookie_io_functions_t){ .read = read_cookie });
    pcap_t *theirs = pcap_fopen_offline_with_tstamp_precision(
        file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (theirs == NULL)
        fclose(file);
    return theirs;
}

/* libpcap takes both halves of a pcap's time for signed. */
static int64_t unsigned_ns(const struct pcap_pkthdr *theirs)
{
    int64_t seconds = theirs->ts.tv_sec, fraction = theirs->ts.tv_usec;
    if (seconds < 0)
        seconds += INT64_C(1) << 32;
    if (fraction < 0)
        fraction += (INT64_C(1) << 32) * (fraction % 1000 == 0 ? 1000 : 1);
    return seconds * 1000000000 + fraction;
}

static bool is_same_time(const struct packet *ours, const struct pcap_pkthdr *theirs)
{
    int64_t ns = 0;
    bool fits = !__builtin_mul_overflow(theirs->ts.tv_sec, INT64_C(1000000000), &ns) &&
                !__builtin_add_overflow(ns, theirs->ts.tv_usec, &ns);
    if (!ours->has_time) { /* libpcap: the interface's offset, in seconds */
        totals.no_times++;
        return theirs->ts.tv_usec == 0 || !fits;
    }
    if (fits && ours->time_ns == ns)
        return true;
    totals.unsigned_times++;
    return ours->time_ns == unsigned_ns(theirs);
}

static bool is_same_packet(const struct packet *ours, const struct pcap_pkthdr *theirs,
                           const u_char *data, int snaplen)
{
    uint32_t length = theirs->len > theirs->caplen ? theirs->len : theirs->caplen;
    struct bytes whole = ours->captured;
    struct bytes captured = bytes_take_at_most(&whole, theirs->caplen);
    bool is_cut = whole.left > 0 && theirs->caplen == (bpf_u_int32)snaplen;
    totals.long_packets += is_cut;
    return is_same_time(ours, theirs) && (whole.left == 0 || is_cut) &&
           (ours->length == length || (is_cut && ours->length >= length)) &&
           bytes_equal(captured, data, theirs->caplen);
}

/* How many packets we give after libpcap gave up. */
static void count_rest(struct capture *ours, const char *name, const char *reason)
{
    struct packet packet;
    unsigned long long count = 0;
    enum capture_next end;
    while ((end = capture_next(ours, &packet)) == CAPTURE_PACKET)
        count++;
    totals.read_further_by_us += count > 0 || end == CAPTURE_END;
    if (is_verbose)
        printf("%s: libpcap: %s; ours: %llu more, %s\n", name, reason, count,
               end == CAPTURE_END ? "complete" : capture_problem(ours)->text);
}

static bool compare_packets(struct capture *ours, pcap_t *theirs, const char *name)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    struct packet packet;
    int got;
    while ((got = pcap_next_ex(theirs, &header, &data)) == 1) {
        totals.packets++;
        if (capture_next(ours, &packet) == CAPTURE_PACKET &&
            is_same_packet(&packet, header, data, pcap_snapshot(theirs)))
            continue;
        fprintf(stderr, "%s: packet %" PRIu64 " differs: %s\n", name, packet.number,
                capture_problem(ours)->text);
        return false;
    }
    if (got != PCAP_ERROR_BREAK) {
        count_rest(ours, name, pcap_geterr(theirs));
        return true;
    }
    if (capture_next(ours, &packet) == CAPTURE_END)
        return true;
    fprintf(stderr, "%s: libpcap reaches the end: %s\n", name,
            capture_problem(ours)->text);
    return false;
}

static bool compare_opened(struct capture *ours, pcap_t *theirs, const char *name,
                           const struct error *error)
{
    if (ours != NULL && theirs != NULL)
        return compare_packets(ours, theirs, name);
    totals.refused_by_both += ours == NULL && theirs == NULL;
    totals.opened_by_us_alone += ours != NULL;
    if (is_verbose || theirs != NULL)
        printf("%s: opened by %s: %s\n", name,
               ours != NULL     ? "us alone"
               : theirs != NULL ? "libpcap alone"
                                : "neither",
               error->text);
    return theirs == NULL;
}

static bool compare(int fd, int fd_again, const char *name)
{
    struct error error = { 0 };
    struct byte_source *source = byte_source_open(fd, name, &error);
    struct byte_source *source_again = byte_source_open(fd_again, name, &error);
    if (source == NULL || source_again == NULL) {
        byte_source_close(source);
        byte_source_close(source_again);
        return false;
    }
    struct capture *ours = capture_open(source, &error);
    pcap_t *theirs = open_theirs(source_again);
    bool is_same = compare_opened(ours, theirs, name, &error);

    totals.files++;
    if (theirs != NULL)
        pcap_close(theirs);
    capture_close(ours);
    byte_source_close(source);
    byte_source_close(source_again);
    return is_same;
}

static bool compare_written(const struct pcap_writer *out)
{
    int fd = memfd_create("capture", 0), fd_again = memfd_create("capture", 0);
    bool is_written = write(fd, out->bytes, out->size) == (ssize_t)out->size &&
                      write(fd_again, out->bytes, out->size) == (ssize_t)out->size;
    lseek(fd, 0, SEEK_SET);
    lseek(fd_again, 0, SEEK_SET);
    bool is_same = is_written && compare(fd, fd_again, "written");
    close(fd);
    close(fd_again);
    return is_same;
}

static void put_frames(struct pcap_writer *out)
{
    static const struct pcap_writer_fields fields = { .source = "10.0.0.1",
                                                      .destination = "10.0.0.2",
                                                      .destination_port = 443 };
    uint8_t frame[128];
    size_t size = pcap_writer_tcp(&fields, frame, sizeof frame);
    for (int64_t i = 0; i < 5; i++)
        pcap_writer_packet(out, 1700000000123456789 + i * 999999999, frame,
                           size - (size_t)i, size);
}

static void both_read_the_same_from_pcap(void)
{
    static const int magics[] = { PCAP_WRITER_MICROSECONDS, PCAP_WRITER_NANOSECONDS,
                                  PCAP_WRITER_KUZNETZOV };
    for (int i = 0; i < 6; i++) {
        struct pcap_writer out = { 0 };
        pcap_writer_start(&out, &(struct pcap_writer_file){ .magic = magics[i / 2],
                                                            .is_big_endian = i % 2 == 1,
                                                            .link_type = 1 });
        put_frames(&out);
        unsigned long long before = totals.packets;
        CHECK(compare_written(&out));
        CHECK(totals.packets == before + 5);
        out.size -= 3;
        CHECK(compare_written(&out));
        pcap_writer_release(&out);
    }
}

static void both_read_the_same_from_pcapng(void)
{
    static const uint8_t resolutions[] = { 0, 3, 6, 9, 0x80 | 10, 0x80 | 20, 0x80 | 30 };
    for (size_t i = 0; i < 2 * sizeof resolutions; i++) {
        struct pcap_writer out = { 0 };
        struct pcap_writer_interface interface = { .link_type = 1,
                                                   .snaplen = 1500,
                                                   .has_resolution = true,
                                                   .resolution = resolutions[i / 2],
                                                   .time_offset_s = (int64_t)i * 1000 };
        pcap_writer_section(&out, i % 2 == 1);
        pcap_writer_interface(&out, &interface);
        for (uint64_t tick = 1; tick < UINT64_C(1) << 33; tick = tick * 3 + 1)
            pcap_writer_enhanced(&out, 0, tick, "packet", tick % 6, 6,
                                 (uint32_t)(tick % 3));
        pcap_writer_statistics(&out, 0, 9, 1);
        pcap_writer_simple(&out, "packet", 6, 6);
        pcap_writer_obsolete(&out, 0, 77, "packet", 6, 6);
        unsigned long long before = totals.packets;
        CHECK(compare_written(&out));
        CHECK(totals.packets > before + 20);
        pcap_writer_release(&out);
    }
}

static void the_intended_differences_are_seen_as_such(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = 1, .snaplen = 60 });
    put_frames(&out);
    pcap_writer_packet(&out, INT64_C(4000000000000000000), out.bytes, 70, 90);
    CHECK(compare_written(&out));
    CHECK(totals.unsigned_times == 1 && totals.long_packets == 1);
    pcap_writer_release(&out);
}

static bool compare_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC),
        fd_again = open(path, O_RDONLY | O_CLOEXEC);
    bool is_same = fd >= 0 && fd_again >= 0 && compare(fd, fd_again, path);
    if (fd >= 0)
        close(fd);
    if (fd_again >= 0)
        close(fd_again);
    return is_same;
}

static void report(void)
{
    printf("%u files, %llu packets compared; refused by both %u, opened by us alone %u, "
           "read further by us %u; times unsigned %llu, beyond 64 bits or none %llu; "
           "packets over the snaplen %llu\n",
           totals.files, totals.packets, totals.refused_by_both,
           totals.opened_by_us_alone, totals.read_further_by_us, totals.unsigned_times,
           totals.no_times, totals.long_packets);
}

int main(int argc, char **argv)
{
    is_verbose = argc > 1;
    for (int i = 1; i < argc; i++) {
        test_count++;
        CHECK(compare_file(argv[i]));
    }
    if (argc == 1) {
        RUN(both_read_the_same_from_pcap);
        RUN(both_read_the_same_from_pcapng);
        RUN(the_intended_differences_are_seen_as_such);
    }
    report();
    return test_end();
}
