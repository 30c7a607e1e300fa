/* test_capture.c - pcap in every variant, whole, cut and lying; what both formats share.
 */
#include "tests/read_capture.h"

static void pcap_is_read_in_every_variant(void)
{
    static const struct {
        int magic;
        const char *variant;
        int64_t time_ns;
    } variants[] = {
        { PCAP_WRITER_MICROSECONDS, "microseconds", 1700000000123456000 },
        { PCAP_WRITER_NANOSECONDS, "nanoseconds", 1700000000123456789 },
        { PCAP_WRITER_KUZNETZOV, "Kuznetzov", 1700000000123456000 },
    };
    for (int i = 0; i < 6; i++) {
        struct pcap_writer out = { 0 };
        struct pcap_writer_file file = { .magic = variants[i / 2].magic,
                                         .is_big_endian = i % 2 == 1,
                                         .link_type = RAW,
                                         .snaplen = 1000 };
        pcap_writer_start(&out, &file);
        put_text(&out, noon_ns, "first");
        pcap_writer_packet(&out, noon_ns + 1000000000, "second", 6, 1500);
        struct seen seen = read_written(&out);
        CHECK(seen.end == CAPTURE_END && seen.count == 2);
        CHECK_TEXT(seen.facts.format, "pcap");
        CHECK_TEXT(seen.facts.variant, variants[i / 2].variant);
        CHECK(seen.facts.snaplen_max == 1000);
        CHECK(seen.facts.link_type_count == 1 && seen.facts.link_types[0] == RAW);
        CHECK(seen.facts.resolution_ns == (i / 2 == 1 ? 1 : 1000));
        CHECK(!seen.facts.has_drops);
        CHECK(seen.packets[0].has_time);
        CHECK(seen.packets[0].time_ns == variants[i / 2].time_ns);
        CHECK(seen.packets[0].number == 1 && seen.packets[0].offset == 24);
        CHECK(seen.packets[0].link_type == RAW && seen.packets[0].length == 5);
        CHECK(seen.packets[0].direction ==
              (i / 2 == 2 ? PACKET_RECEIVED : PACKET_DIRECTION_UNKNOWN));
        CHECK(seen.sums[0] == text_sum("first"));
        CHECK(seen.packets[1].captured.left == 6 && seen.packets[1].length == 1500);
        CHECK(seen.packets[1].time_ns == variants[i / 2].time_ns + 1000000000);
        CHECK(seen.packets[1].number == 2);
        CHECK(seen.sums[1] == text_sum("second"));
        pcap_writer_release(&out);
    }
}

static void fcs_bits_of_the_link_type_are_kept_apart(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out,
                      &(struct pcap_writer_file){ .link_type = 0x24000000 | ETHERNET });
    put_text(&out, noon_ns, "x");
    struct seen seen = read_written(&out);
    CHECK(seen.count == 1);
    CHECK(seen.packets[0].link_type == ETHERNET);
    CHECK(seen.packets[0].fcs_size == 4);
    pcap_writer_release(&out);
}

static void an_untold_snaplen_is_the_usual_one(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out, &(struct pcap_writer_file){ .has_no_snaplen = true });
    put_text(&out, noon_ns, "x");
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 1);
    CHECK(seen.facts.snaplen_max == 262144);
    pcap_writer_release(&out);
}

static void a_length_below_what_was_captured_is_raised_to_it(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = ETHERNET });
    pcap_writer_packet(&out, noon_ns, "four", 4, 0);
    struct seen seen = read_written(&out);
    CHECK(seen.count == 1);
    CHECK(seen.packets[0].captured.left == 4 && seen.packets[0].length == 4);
    pcap_writer_release(&out);
}

/* Versions before 2.3 wrote the length first; in 2.3 some did. */
static void old_versions_with_swapped_lengths_are_read(void)
{
    for (uint16_t minor = 2; minor <= 4; minor++) {
        struct pcap_writer out = { 0 };
        pcap_writer_start(&out, &(struct pcap_writer_file){ .minor_version = minor });
        size_t record = out.size;
        pcap_writer_packet(&out, noon_ns, "four", 4, 9);
        if (minor < 4) {
            out.bytes[record + 8] = 9;
            out.bytes[record + 12] = 4;
        }
        struct seen seen = read_written(&out);
        CHECK(seen.end == CAPTURE_END && seen.count == 1);
        CHECK(seen.packets[0].captured.left == 4 && seen.packets[0].length == 9);
        pcap_writer_release(&out);
    }
}

static void a_fraction_over_a_second_carries_over(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = ETHERNET });
    put_text(&out, 0, "x");
    memcpy(out.bytes + 24, "\x02\0\0\0\xff\xff\xff\xff", 8);
    struct seen seen = read_written(&out);
    CHECK(seen.count == 1);
    CHECK(seen.packets[0].time_ns == 2000000000 + INT64_C(4294967295) * 1000);
    pcap_writer_release(&out);
}

static void write_classic(struct pcap_writer *out, size_t *ends, bool is_big_endian)
{
    pcap_writer_start(out, &(struct pcap_writer_file){ .link_type = ETHERNET,
                                                       .is_big_endian = is_big_endian });
    ends[0] = out->size;
    for (size_t i = 1; i <= 3; i++) {
        put_text(out, noon_ns, "packet");
        ends[i] = out->size;
    }
}

static void pcap_cut_at_every_byte_gives_the_whole_packets(void)
{
    for (int i = 0; i < 2; i++) {
        struct pcap_writer out = { 0 };
        size_t ends[4];
        write_classic(&out, ends, i == 1);
        for (size_t kept = 0; kept <= out.size; kept++) {
            struct seen seen = read_bytes(out.bytes, kept);
            size_t whole = (kept - ends[0]) / (ends[1] - ends[0]);
            CHECK(seen.is_opened == (kept >= ends[0]));
            CHECK(seen.is_opened || seen.error.text[0] != '\0');
            CHECK(seen.count == (seen.is_opened ? whole : 0));
            if (seen.is_opened)
                CHECK(seen.end ==
                      (kept == ends[whole] ? CAPTURE_END : CAPTURE_TRUNCATED));
        }
        pcap_writer_release(&out);
    }
}

static void problems_name_file_frame_byte_and_reason(void)
{
    struct pcap_writer out = { 0 };
    size_t ends[4];
    write_classic(&out, ends, false);
    struct seen seen = read_bytes(out.bytes, ends[2] + 16 + 2);
    CHECK_TEXT(seen.error.text,
               "x: frame 3, byte 68: the file ends 18 bytes into a packet");
    CHECK(seen.place.frame == 3 && seen.place.offset == 68);
    memcpy(out.bytes + ends[1] + 8, "\xff\xff\xff\x7f", 4);
    seen = read_written(&out);
    CHECK(seen.end == CAPTURE_DAMAGED && seen.count == 1);
    CHECK_TEXT(seen.error.text, "x: frame 2, byte 46: the packet claims 2147483647 "
                                "captured bytes, more than 266240");
    CHECK(seen.place.frame == 2 && seen.place.offset == 46);
    pcap_writer_release(&out);
}

static struct pcap_writer packed(const struct pcap_writer *plain)
{
    struct pcap_writer packed = { 0 };
    struct error error;
    static uint8_t bytes[1 << 16];
    int fd = memfd_create("packed", 0);
    struct byte_sink *sink = byte_sink_open(fd, "packed", BYTE_SINK_ZSTD, &error);
    byte_sink_write(sink, plain->bytes, plain->size);
    CHECK(byte_sink_close(sink, &error));
    lseek(fd, 0, SEEK_SET);
    ssize_t size = read(fd, bytes, sizeof bytes);
    close(fd);
    pcap_writer_put(&packed, bytes, (size_t)size);
    return packed;
}

static void compressed_captures_are_read_and_their_damage_is_told(void)
{
    struct pcap_writer out = { 0 };
    size_t ends[4];
    write_classic(&out, ends, false);
    struct pcap_writer zstd = packed(&out);
    struct seen seen = read_written(&zstd);
    CHECK(seen.end == CAPTURE_END && seen.count == 3);

    zstd.size--;
    seen = read_written(&zstd);
    CHECK(seen.end == CAPTURE_TRUNCATED && seen.count == 3);
    CHECK(strstr(seen.error.text, "end within a frame (after frame 3)") != NULL);
    CHECK(seen.place.frame == 4 && seen.place.offset == zstd.size);

    out.size -= 2;
    struct pcap_writer cut = packed(&out);
    seen = read_written(&cut);
    CHECK(seen.end == CAPTURE_TRUNCATED && seen.count == 2);
    CHECK_TEXT(seen.error.text, "x: frame 3, byte 68 (decompressed): the file ends 20 "
                                "bytes into a packet");
    pcap_writer_release(&cut);
    pcap_writer_release(&zstd);
    pcap_writer_release(&out);
}

static void packets_before_a_damage_in_zstd_data_are_given(void)
{
    static uint8_t data[8000];
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = ETHERNET });
    for (int i = 0; i < 50; i++)
        pcap_writer_packet(&out, noon_ns, data, sizeof data, sizeof data);
    struct pcap_writer zstd = packed(&out);
    zstd.bytes[zstd.size - 1] ^= 1;
    struct seen seen = read_written(&zstd);
    CHECK(seen.end == CAPTURE_DAMAGED && seen.count >= 47 && seen.count <= 50);
    CHECK(strstr(seen.error.text, "doesn't match checksum (after frame ") != NULL);
    pcap_writer_release(&zstd);
    pcap_writer_release(&out);
}

static void packets_on_both_sides_of_a_buffer_border_are_whole(void)
{
    static uint8_t data[3001];
    struct pcap_writer out = { 0 };
    struct packet packet;
    uint64_t count = 0;
    pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = 1 });
    for (uint32_t i = 0; i < 5000; i++) {
        memset(data, (int)(i % 251), sizeof data);
        pcap_writer_packet(&out, i, data, sizeof data - i % 7, sizeof data);
    }
    int fd = memfd_create("capture", 0);
    CHECK(write(fd, out.bytes, out.size) == (ssize_t)out.size);
    lseek(fd, 0, SEEK_SET);
    struct byte_source *source = byte_source_open(fd, "x", NULL);
    struct capture *capture = capture_open(source, NULL);
    for (; capture_next(capture, &packet) == CAPTURE_PACKET; count++) {
        memset(data, (int)(count % 251), sizeof data);
        CHECK(bytes_equal(packet.captured, data, sizeof data - count % 7));
        CHECK(bytes_equal(bytes_of(out.bytes + packet.offset + 16, 1), data, 1));
    }
    CHECK(count == 5000);
    capture_close(capture);
    byte_source_close(source);
    close(fd);
    pcap_writer_release(&out);
}

static void expect_refusal(const void *bytes, size_t size, const char *sentence)
{
    struct seen seen = read_bytes(bytes, size);
    CHECK(!seen.is_opened);
    CHECK_TEXT(seen.error.text, sentence);
}

static void what_is_no_capture_is_called_by_its_name(void)
{
    char tar[512] = "name";
    char trace[512] = "";
    memcpy(tar + 257, "ustar", 5);
    memcpy(trace + 72, "\2\0\2\xc0", 4);
    expect_refusal("", 0, "x: not a capture: the file is empty");
    expect_refusal("hi", 2, "x: not a capture");
    expect_refusal("PK\3\4 and more", 13, "x: not a capture: looks like a ZIP archive");
    expect_refusal("GMBU", 4,
                   "x: not a capture: looks like a Microsoft Network Monitor 2 capture");
    expect_refusal(tar, sizeof tar, "x: not a capture: looks like a tar archive");
    expect_refusal(trace, sizeof trace,
                   "x: not a capture: looks like a Windows event trace (ETL)");
    expect_refusal("\x1f\x8b\x08\0", 4,
                   "x: stored byte 4: the gzip data end within a member");
}

static void recognition_needs_no_source(void)
{
    const char *looks_like = "";
    CHECK(capture_recognise(bytes_of("\xd4\xc3\xb2\xa1", 4), &looks_like) ==
          CAPTURE_KIND_PCAP);
    CHECK(looks_like == NULL);
    CHECK(capture_recognise(bytes_of("\x0a\x0d\x0d\x0a", 4), &looks_like) ==
          CAPTURE_KIND_PCAPNG);
    CHECK(capture_recognise(bytes_of("snoop\0\0\0\0", 9), &looks_like) ==
          CAPTURE_KIND_NONE);
    CHECK_TEXT(looks_like, "a snoop capture");
    CHECK(capture_recognise(bytes_of("", 0), &looks_like) == CAPTURE_KIND_NONE);
    CHECK(looks_like == NULL);
}

static void file_headers_that_cannot_be_are_refused(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = 1 });
    out.bytes[4] = 7;
    expect_refusal(out.bytes, out.size, "x: pcap version 7.4 cannot be read");
    out.size = 0;
    pcap_writer_section(&out, false);
    out.bytes[12] = 3;
    expect_refusal(out.bytes, out.size,
                   "x: frame 1, byte 0: pcapng version 3.0 cannot be read");
    out.bytes[8] = 0;
    expect_refusal(out.bytes, out.size,
                   "x: frame 1, byte 0: the section's byte order cannot be told");
    pcap_writer_release(&out);
}

static void a_capture_without_packets_is_whole(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = 1 });
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 0);
    CHECK(seen.facts.link_type_count == 0 && seen.facts.interfaces == 1);
    out.size = 0;
    pcap_writer_section(&out, true);
    seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 0 && seen.facts.sections == 1);
    pcap_writer_release(&out);
}

int main(void)
{
    RUN(pcap_is_read_in_every_variant);
    RUN(fcs_bits_of_the_link_type_are_kept_apart);
    RUN(an_untold_snaplen_is_the_usual_one);
    RUN(a_length_below_what_was_captured_is_raised_to_it);
    RUN(old_versions_with_swapped_lengths_are_read);
    RUN(a_fraction_over_a_second_carries_over);
    RUN(pcap_cut_at_every_byte_gives_the_whole_packets);
    RUN(problems_name_file_frame_byte_and_reason);
    RUN(compressed_captures_are_read_and_their_damage_is_told);
    RUN(packets_before_a_damage_in_zstd_data_are_given);
    RUN(packets_on_both_sides_of_a_buffer_border_are_whole);
    RUN(what_is_no_capture_is_called_by_its_name);
    RUN(recognition_needs_no_source);
    RUN(file_headers_that_cannot_be_are_refused);
    RUN(a_capture_without_packets_is_whole);
    return test_end();
}
