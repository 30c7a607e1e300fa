/* test_capture_pcapng.c - sections, clocks and blocks, whole, cut at every byte, and
 * lying. */
#include "tests/read_capture.h"

/* One packet with the given clock. */
static struct packet timed(uint8_t resolution, int64_t offset_s, uint64_t ticks)
{
    struct pcap_writer out = { 0 };
    pcap_writer_section(&out, false);
    pcap_writer_interface(&out,
                          &(struct pcap_writer_interface){ .link_type = ETHERNET,
                                                           .has_resolution = true,
                                                           .resolution = resolution,
                                                           .time_offset_s = offset_s });
    put_enhanced(&out, 0, ticks, "x");
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 1);
    pcap_writer_release(&out);
    return seen.packets[0];
}

static void clocks_of_every_resolution_are_exact(void)
{
    const uint64_t s = (uint64_t)noon_s;
    CHECK(timed(0, 0, s).time_ns == noon_s * 1000000000);
    CHECK(timed(0x80, 0, s).time_ns == noon_s * 1000000000);
    CHECK(timed(3, 0, s * 1000 + 5).time_ns == noon_s * 1000000000 + 5000000);
    CHECK(timed(6, 0, s * 1000000 + 5).time_ns == noon_s * 1000000000 + 5000);
    CHECK(timed(7, 0, s * 10000000 + 5).time_ns == noon_s * 1000000000 + 500);
    CHECK(timed(9, 0, (uint64_t)noon_ns).time_ns == noon_ns);
    CHECK(timed(10, 0, (uint64_t)noon_ns * 10 + 9).time_ns == noon_ns);
    CHECK(timed(18, 0, 1999999999).time_ns == 1);
    CHECK(timed(28, 0, UINT64_MAX).time_ns == 1);
    CHECK(timed(29, 0, UINT64_MAX).time_ns == 0);
    CHECK(timed(127, 0, UINT64_MAX).time_ns == 0);
    CHECK(timed(0x80 | 10, 0, s << 10 | 512).time_ns == noon_s * 1000000000 + 500000000);
    CHECK(timed(0x80 | 30, 0, s << 30 | 1).time_ns == noon_s * 1000000000);
    CHECK(timed(0x80 | 30, 0, s << 30 | 3).time_ns == noon_s * 1000000000 + 2);
    CHECK(timed(0x80 | 32, 0, s << 32 | 0x80000000).time_ns ==
          noon_s * 1000000000 + 500000000);
    CHECK(timed(0x80 | 33, 0, s << 33 | 0x100000001).time_ns ==
          noon_s * 1000000000 + 500000000);
    CHECK(timed(0x80 | 63, 0, UINT64_MAX).time_ns == 1999999999);
    CHECK(timed(0x80 | 64, 0, UINT64_MAX).time_ns == 999999999);
    CHECK(timed(0x80 | 70, 0, UINT64_MAX).time_ns == 15624999);
    CHECK(timed(0x80 | 127, 0, UINT64_MAX).time_ns == 0);
}

static void time_offsets_are_added(void)
{
    CHECK(timed(6, noon_s, 7).time_ns == noon_s * 1000000000 + 7000);
    CHECK(timed(9, -5, 7000000000).time_ns == 2000000000);
    CHECK(timed(9, -5, 1000000000).time_ns == -4000000000);
}

static void times_that_cannot_be_are_not_told(void)
{
    CHECK(timed(6, 0, 5).has_time);
    CHECK(!timed(6, 0, UINT64_MAX).has_time);
    CHECK(!timed(9, 0, UINT64_MAX).has_time);
    CHECK(!timed(9, INT64_MAX, 0).has_time);
    CHECK(!timed(9, 9223372036, 854775808).has_time);
    CHECK(timed(9, 9223372036, 854775807).has_time);
    CHECK(timed(6, 0, UINT64_MAX).time_ns == 0);
}

static void pcapng_sections_may_differ_in_byte_order_and_link_types(void)
{
    struct pcap_writer out = { 0 };
    for (int big = 0; big < 2; big++) {
        pcap_writer_section(&out, big == 1);
        pcap_writer_interface(&out, &(struct pcap_writer_interface){
                                        .link_type = ETHERNET, .snaplen = 96 });
        put_enhanced(&out, 0, 1000001, "a");
        pcap_writer_interface(
            &out, &(struct pcap_writer_interface){ .link_type = big == 1 ? COOKED : RAW,
                                                   .snaplen = 1500,
                                                   .has_resolution = true,
                                                   .resolution = 9,
                                                   .fcs_size = 32,
                                                   .name = "eth0" });
        put_enhanced(&out, 1, 5, "bc");
        pcap_writer_block(&out, 0x0bad, "private", 7);
        pcap_writer_obsolete(&out, 1, 6, "def", 3, 1400);
        pcap_writer_simple(&out, "ghij", 4, 4);
    }
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 8);
    CHECK_TEXT(seen.facts.format, "pcapng");
    CHECK(seen.facts.sections == 2 && seen.facts.interfaces == 4);
    CHECK(seen.facts.link_type_count == 3);
    CHECK(seen.facts.link_types[0] == ETHERNET && seen.facts.link_types[1] == RAW);
    CHECK(seen.facts.link_types[2] == COOKED);
    CHECK(seen.facts.snaplen_max == 1500 && seen.facts.resolution_ns == 1000);
    for (uint32_t i = 0; i < 8; i++) {
        static const uint64_t times_ns[] = { 1000001000, 5, 6, 0 };
        static const char *const texts[] = { "a", "bc", "def", "ghij" };
        const struct packet *packet = &seen.packets[i];
        CHECK(packet->number == i + 1 + (i + 2) / 4); /* a custom block counts */
        CHECK(packet->interface == i / 4 * 2 + (i % 4 == 1 || i % 4 == 2));
        CHECK(packet->has_time == (i % 4 != 3));
        CHECK(packet->time_ns == (int64_t)times_ns[i % 4]);
        CHECK(packet->fcs_size == (i % 4 == 1 || i % 4 == 2 ? 4 : 0));
        CHECK(seen.sums[i] == text_sum(texts[i % 4]));
    }
    CHECK(seen.packets[2].length == 1400);
    CHECK(seen.packets[1].link_type == RAW && seen.packets[5].link_type == COOKED);
    pcap_writer_release(&out);
}

static void a_simple_packet_is_as_long_as_the_snaplen_lets_it(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_section(&out, false);
    pcap_writer_interface(&out, &(struct pcap_writer_interface){ .snaplen = 3 });
    pcap_writer_simple(&out, "abc", 3, 1000);
    pcap_writer_simple(&out, "ab", 2, 2);
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 2);
    CHECK(seen.packets[0].captured.left == 3 && seen.packets[0].length == 1000);
    CHECK(seen.packets[1].captured.left == 2);
    CHECK(seen.sums[0] == text_sum("abc"));
    pcap_writer_release(&out);
}

static void packet_flags_tell_direction_and_fcs(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_section(&out, true);
    pcap_writer_interface(&out, &(struct pcap_writer_interface){ .fcs_size = 4 });
    pcap_writer_enhanced(&out, 0, 1, "in", 2, 2, 1);
    pcap_writer_enhanced(&out, 0, 2, "out", 3, 3, 2 | 6 << 5);
    pcap_writer_enhanced(&out, 0, 3, "?", 1, 1, 3);
    pcap_writer_enhanced(&out, 0, 4, "?", 1, 1, 0);
    struct seen seen = read_written(&out);
    CHECK(seen.count == 4);
    CHECK(seen.packets[0].direction == PACKET_RECEIVED);
    CHECK(seen.packets[0].fcs_size == 4);
    CHECK(seen.packets[1].direction == PACKET_SENT && seen.packets[1].fcs_size == 6);
    CHECK(seen.packets[2].direction == PACKET_DIRECTION_UNKNOWN);
    CHECK(seen.packets[3].direction == PACKET_DIRECTION_UNKNOWN);
    pcap_writer_release(&out);
}

static void the_last_drop_counters_of_each_interface_are_summed_up(void)
{
    struct pcap_writer out = { 0 };
    for (int section = 0; section < 2; section++) {
        pcap_writer_section(&out, section == 1);
        pcap_writer_interface(&out, &(struct pcap_writer_interface){ .link_type = 1 });
        pcap_writer_interface(&out, &(struct pcap_writer_interface){ .link_type = 1 });
        pcap_writer_statistics(&out, 0, 100, 1);
        pcap_writer_statistics(&out, 1, 10, 0);
        pcap_writer_statistics(&out, 0, 300, 7);
        pcap_writer_statistics(&out, 9, 5000, 5000); /* nobody's */
    }
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.facts.has_drops);
    CHECK(seen.facts.received == 620 && seen.facts.dropped == 14);
    pcap_writer_release(&out);
}

/* Notes in `ends` where each block ends, and in `packets` how many came until there. */
static size_t write_blocks(struct pcap_writer *out, size_t *ends, size_t *packets)
{
    size_t count = 0, seen = 0;
    for (int big = 0; big < 2; big++) {
        for (int kind = 0; kind < 7; kind++) {
            if (kind == 0)
                pcap_writer_section(out, big == 1);
            else if (kind == 1)
                pcap_writer_interface(
                    out, &(struct pcap_writer_interface){ .link_type = ETHERNET,
                                                          .has_resolution = true,
                                                          .resolution = 9 });
            else if (kind == 2)
                pcap_writer_enhanced(out, 0, 7, "packet", 6, 60, 2);
            else if (kind == 3)
                pcap_writer_simple(out, "packet", 6, 6);
            else if (kind == 4)
                pcap_writer_obsolete(out, 0, 9, "packet!", 7, 7);
            else if (kind == 5)
                pcap_writer_statistics(out, 0, 3, 1);
            else
                pcap_writer_block(out, 10, "keys", 4);
            seen += kind >= 2 && kind <= 4;
            ends[count] = out->size;
            packets[count++] = seen;
        }
    }
    return count;
}

struct shown {
    size_t count;
    char text[256]; /* all of them */
};

static void see_keylog(void *context, struct bytes text)
{
    struct shown *shown = context;
    size_t used = strlen(shown->text);
    CHECK(bytes_copy_text(text, shown->text + used, sizeof shown->text - used));
    shown->count++;
}

static struct shown shown_of(const struct pcap_writer *out)
{
    struct shown shown = { 0 };
    struct error error;
    struct packet packet;
    int file = memfd_create("capture", 0);
    if (file < 0 || write(file, out->bytes, out->size) != (ssize_t)out->size)
        abort();
    lseek(file, 0, SEEK_SET);
    struct byte_source *source = byte_source_open(file, "x", &error);
    struct capture *capture = capture_open(source, &error);
    capture_set_keylog_tap(capture, see_keylog, &shown);
    while (capture_next(capture, &packet) == CAPTURE_PACKET)
        continue;
    CHECK(capture_problem(capture)->text[0] == '\0');
    capture_close(capture);
    byte_source_close(source);
    close(file);
    return shown;
}

/* A block of secrets that says it has `told` bytes of them. */
static void put_secrets(struct pcap_writer *out, uint32_t kind, const char *text,
                        uint32_t told)
{
    struct pcap_writer body = { .is_big_endian = out->is_big_endian };
    pcap_writer_put_u32(&body, kind);
    pcap_writer_put_u32(&body, told);
    pcap_writer_put(&body, text, strlen(text));
    pcap_writer_block(out, 10, body.bytes, body.size);
    pcap_writer_release(&body);
}

static void key_logs_inside_are_shown_and_other_secrets_are_not(void)
{
    for (int is_big = 0; is_big < 2; is_big++) {
        struct pcap_writer out = { 0 };
        pcap_writer_section(&out, is_big != 0);
        put_secrets(&out, 0x544c534b, "FIRST 00 11\n", 12);
        pcap_writer_interface(&out,
                              &(struct pcap_writer_interface){ .link_type = ETHERNET });
        put_secrets(&out, 0x57474b4c, "WIREGUARD\n", 10);
        put_enhanced(&out, 0, 1, "x");
        put_secrets(&out, 0x544c534b, "SECOND\n", 7);
        put_secrets(&out, 0x544c534b, "SHORT", 5000); /* more than the block holds */
        put_secrets(&out, 0x544c534b, "", 0);
        pcap_writer_block(&out, 10, "\x4b\x53\x4c", 3);
        struct shown shown = shown_of(&out);
        CHECK(shown.count == 3);
        CHECK_TEXT(shown.text, "FIRST 00 11\nSECOND\n");
        struct seen seen = read_written(&out); /* without a tap */
        CHECK(seen.end == CAPTURE_END && seen.count == 1);
        CHECK(seen.packets[0].number == 1);
        pcap_writer_release(&out);
    }
}

static void pcapng_cut_at_every_byte_gives_the_whole_packets(void)
{
    struct pcap_writer out = { 0 };
    size_t ends[16], packets[16];
    size_t blocks = write_blocks(&out, ends, packets);
    for (size_t kept = 0, block = 0; kept <= out.size; kept++) {
        struct seen seen = read_bytes(out.bytes, kept);
        if (block < blocks && kept == ends[block])
            block++;
        bool is_border = block > 0 && kept == ends[block - 1];
        CHECK(seen.is_opened == (block > 0));
        CHECK(seen.is_opened || seen.error.text[0] != '\0');
        CHECK(seen.count == (block > 0 ? packets[block - 1] : 0));
        if (seen.is_opened)
            CHECK(seen.end == (is_border ? CAPTURE_END : CAPTURE_TRUNCATED));
    }
    pcap_writer_release(&out);
}

static void block_lengths_that_lie_stop_the_reading_there(void)
{
    static const uint8_t lies[] = { 0, 1, 4, 8, 11, 13, 0x80, 0xff };
    struct pcap_writer out = { 0 };
    size_t ends[16], packets[16];
    size_t blocks = write_blocks(&out, ends, packets);
    for (size_t block = 0; block < blocks; block++) {
        size_t start = block == 0 ? 0 : ends[block - 1];
        size_t before = block == 0 ? 0 : packets[block - 1];
        for (size_t i = 0; i < 8 * sizeof lies; i++) {
            size_t place = i / sizeof lies;
            size_t at = place < 4 ? start + 4 + place : ends[block] - 8 + place;
            uint8_t good = out.bytes[at], lie = lies[i % sizeof lies];
            if (lie == good)
                continue;
            out.bytes[at] = lie;
            struct seen seen = read_written(&out);
            CHECK(seen.count == before && seen.end != CAPTURE_END);
            CHECK(seen.is_opened == (block > 0));
            out.bytes[at] = good;
        }
    }
    pcap_writer_release(&out);
}

static void any_changed_byte_is_survived(void)
{
    struct pcap_writer out = { 0 };
    size_t ends[16], packets[16];
    size_t blocks = write_blocks(&out, ends, packets);
    for (size_t at = 0; at < out.size; at++) {
        static const uint8_t changes[] = { 0x01, 0x80, 0xff };
        for (size_t i = 0; i < sizeof changes; i++) {
            out.bytes[at] ^= changes[i];
            struct seen seen = read_written(&out);
            CHECK(seen.count <= packets[blocks - 1]);
            CHECK(seen.end != CAPTURE_PACKET);
            out.bytes[at] ^= changes[i];
        }
    }
    pcap_writer_release(&out);
}

static void expect_reason(struct pcap_writer *out, const char *reason)
{
    struct seen seen = read_written(out);
    CHECK(seen.end == CAPTURE_DAMAGED);
    CHECK(strstr(seen.error.text, reason) != NULL);
    out->size = 0;
}

static void start_section(struct pcap_writer *out)
{
    pcap_writer_section(out, false);
    pcap_writer_interface(out, &(struct pcap_writer_interface){ .link_type = 1 });
}

static void what_contradicts_pcapng_is_said_in_words(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_section(&out, false);
    put_enhanced(&out, 0, 0, "x");
    expect_reason(&out, "the packet is of interface 0, which is not described");
    start_section(&out);
    put_enhanced(&out, 1, 0, "x");
    expect_reason(&out,
                  "x: frame 1, byte 52: the packet is of interface 1, which is not");
    start_section(&out);
    pcap_writer_section(&out, true); /* interfaces do not outlive their section */
    pcap_writer_simple(&out, "x", 1, 1);
    expect_reason(&out, "the packet is of interface 0, which is not described");
    start_section(&out);
    pcap_writer_simple(&out, "x", 1, 500);
    expect_reason(&out, "claims 500 captured bytes, its block has room for 4");
    start_section(&out);
    pcap_writer_block(&out, 6, "too short", 9);
    expect_reason(&out, "the packet block is too short");
    start_section(&out);
    pcap_writer_block(&out, 1, "1234", 4);
    expect_reason(&out, "the interface description is too short");
    start_section(&out);
    pcap_writer_block(&out, 1, "\1\0\0\0\0\0\0\0\11\0\5\0\6\0\0\0", 16);
    expect_reason(&out, "an option of the interface description is longer than it");
    pcap_writer_release(&out);
}

static void a_packet_block_without_its_captured_bytes_is_damage(void)
{
    struct pcap_writer out = { 0 };
    start_section(&out);
    size_t start = out.size;
    put_enhanced(&out, 0, 0, "eight by");
    out.bytes[start + 20] = 200;
    expect_reason(&out, "claims 200 captured bytes, its block has room for 8");
    pcap_writer_release(&out);
}

static void lying_options_of_a_packet_do_not_harm_it(void)
{
    struct pcap_writer out = { 0 };
    start_section(&out);
    size_t start = out.size;
    pcap_writer_enhanced(&out, 0, 5, "abcd", 4, 4, 1);
    out.bytes[start + 28 + 4 + 2] = 0xff; /* length of the flags option */
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 1);
    CHECK(seen.packets[0].direction == PACKET_DIRECTION_UNKNOWN);
    CHECK(seen.sums[0] == text_sum("abcd"));
    pcap_writer_release(&out);
}

static void lengths_without_their_padding_are_read(void)
{
    struct pcap_writer out = { 0 };
    start_section(&out);
    size_t start = out.size;
    put_enhanced(&out, 0, 5, "ab");
    out.bytes[start + 4] -= 2;
    out.bytes[out.size - 4] -= 2;
    put_enhanced(&out, 0, 5, "c");
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 2);
    CHECK(seen.sums[0] == text_sum("ab") && seen.sums[1] == text_sum("c"));
    pcap_writer_release(&out);
}

static void more_interfaces_than_can_be_stop_the_reading(void)
{
    struct pcap_writer out = { 0 };
    pcap_writer_section(&out, false);
    for (uint32_t i = 0; i < CAPTURE_INTERFACES_MAX; i++)
        pcap_writer_interface(&out, &(struct pcap_writer_interface){ .link_type = 1 });
    put_enhanced(&out, CAPTURE_INTERFACES_MAX - 1, 0, "last");
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 1);
    CHECK(seen.packets[0].interface == CAPTURE_INTERFACES_MAX - 1);
    pcap_writer_section(&out, false);
    pcap_writer_interface(&out, &(struct pcap_writer_interface){ .link_type = 1 });
    expect_reason(&out, "more interfaces than can be");
    pcap_writer_release(&out);
}

static void the_largest_block_and_packet_are_read_and_no_larger_ones(void)
{
    static uint8_t large[CAPTURE_BLOCK_MAX];
    struct pcap_writer out = { 0 };
    start_section(&out);
    pcap_writer_block(&out, 10, large, CAPTURE_BLOCK_MAX - 12);
    pcap_writer_enhanced(&out, 0, 0, large, CAPTURE_PACKET_MAX, CAPTURE_PACKET_MAX, 0);
    struct seen seen = read_written(&out);
    CHECK(seen.end == CAPTURE_END && seen.count == 1);
    CHECK(seen.packets[0].captured.left == CAPTURE_PACKET_MAX);
    pcap_writer_enhanced(&out, 0, 0, large, CAPTURE_PACKET_MAX + 4, 1, 0);
    expect_reason(&out, "the packet claims 266244 captured bytes, more than 266240");
    start_section(&out);
    pcap_writer_block(&out, 10, large, CAPTURE_BLOCK_MAX - 8);
    expect_reason(&out, "a block of 16777220 bytes cannot be");
    pcap_writer_release(&out);
}

int main(void)
{
    RUN(clocks_of_every_resolution_are_exact);
    RUN(time_offsets_are_added);
    RUN(times_that_cannot_be_are_not_told);
    RUN(pcapng_sections_may_differ_in_byte_order_and_link_types);
    RUN(a_simple_packet_is_as_long_as_the_snaplen_lets_it);
    RUN(packet_flags_tell_direction_and_fcs);
    RUN(the_last_drop_counters_of_each_interface_are_summed_up);
    RUN(key_logs_inside_are_shown_and_other_secrets_are_not);
    RUN(pcapng_cut_at_every_byte_gives_the_whole_packets);
    RUN(block_lengths_that_lie_stop_the_reading_there);
    RUN(any_changed_byte_is_survived);
    RUN(what_contradicts_pcapng_is_said_in_words);
    RUN(a_packet_block_without_its_captured_bytes_is_damage);
    RUN(lying_options_of_a_packet_do_not_harm_it);
    RUN(lengths_without_their_padding_are_read);
    RUN(more_interfaces_than_can_be_stop_the_reading);
    RUN(the_largest_block_and_packet_are_read_and_no_larger_ones);
    return test_end();
}
