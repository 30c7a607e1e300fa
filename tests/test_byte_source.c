/* test_byte_source.c - compressed data are built by hand here, or by the byte sink. */
#include "analyzer/byte_source.h"

#include "tests/pcap_writer.h"
#include "tests/test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEGABYTE = 1 << 20, RLE_BLOCK_SIZE = 128 << 10 };

/* "hello hello hello hello hello hello\n" by gzip(1), with a Huffman-coded block. */
static const char hello_gzip[] =
    "1f8b0800000000000203cb48cdc9c957c8c047720100f3a05dc724000000";
static const char hello[] = "hello hello hello hello hello hello\n";

static int file_of(const struct pcap_writer *stored)
{
    int fd = memfd_create("stored", 0);
    if (fd < 0 || write(fd, stored->bytes, stored->size) != (ssize_t)stored->size)
        abort();
    lseek(fd, 0, SEEK_SET);
    return fd;
}

struct outcome {
    struct pcap_writer data; /* all that was produced */
    enum byte_source_state state;
    struct byte_source_facts facts;
    struct error problem;
};

static struct outcome read_all(int fd)
{
    struct outcome outcome = { .state = BYTE_SOURCE_DAMAGED };
    struct byte_source *source = byte_source_open(fd, "x", &outcome.problem);
    struct bytes window;
    if (source == NULL)
        return outcome;
    while (byte_source_need(source, 1, &window)) {
        pcap_writer_put(&outcome.data, window.at, window.left);
        byte_source_consume(source, window.left);
    }
    outcome.state = byte_source_state(source);
    outcome.facts = *byte_source_facts(source);
    outcome.problem = *byte_source_problem(source);
    byte_source_close(source);
    return outcome;
}

static struct outcome read_stored(const struct pcap_writer *stored)
{
    int fd = file_of(stored);
    struct outcome outcome = read_all(fd);
    close(fd);
    return outcome;
}

static bool is_start_of(const struct outcome *outcome, const char *text)
{
    return outcome->data.size <= strlen(text) &&
           (outcome->data.size == 0 ||
            memcmp(outcome->data.bytes, text, outcome->data.size) == 0);
}

static bool has_text(const struct outcome *outcome, const char *text)
{
    return outcome->data.size == strlen(text) && is_start_of(outcome, text);
}

static void expect(const struct pcap_writer *stored, enum byte_source_state state,
                   const char *text)
{
    struct outcome outcome = read_stored(stored);
    CHECK(outcome.state == state);
    CHECK(has_text(&outcome, text));
    CHECK((outcome.problem.text[0] == '\0') == (state == BYTE_SOURCE_END));
    pcap_writer_release(&outcome.data);
}

static uint32_t crc32_of(const char *text)
{
    uint32_t crc = UINT32_MAX;
    for (; *text != '\0'; text++) {
        crc ^= (uint8_t)*text;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return ~crc;
}

/* RFC 1952 and RFC 1951 section 3.2.4: one stored block. */
static void put_gzip(struct pcap_writer *out, const char *text)
{
    uint16_t size = (uint16_t)strlen(text);
    pcap_writer_put(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11);
    pcap_writer_put_u16(out, size);
    pcap_writer_put_u16(out, (uint16_t)~size);
    pcap_writer_put(out, text, size);
    pcap_writer_put_u32(out, crc32_of(text));
    pcap_writer_put_u32(out, size);
}

static struct pcap_writer file_content(int fd)
{
    struct pcap_writer content = { 0 };
    uint8_t piece[4096];
    ssize_t size = 0;
    lseek(fd, 0, SEEK_SET);
    while ((size = read(fd, piece, sizeof piece)) > 0)
        pcap_writer_put(&content, piece, (size_t)size);
    close(fd);
    return content;
}

static struct pcap_writer sunk(const void *bytes, size_t size, size_t piece,
                               enum byte_sink_format format)
{
    struct error error = { 0 };
    int fd = memfd_create("sunk", 0);
    struct byte_sink *sink = byte_sink_open(fd, "x", format, &error);
    struct bytes left = bytes_of(bytes, size);
    while (left.left > 0) {
        struct bytes next = bytes_take_at_most(&left, piece);
        byte_sink_write(sink, next.at, next.left);
    }
    CHECK(byte_sink_close(sink, &error));
    return file_content(fd);
}

static void put_zstd(struct pcap_writer *out, const char *text)
{
    struct pcap_writer frame = sunk(text, strlen(text), MEGABYTE, BYTE_SINK_ZSTD);
    pcap_writer_put(out, frame.bytes, frame.size);
    pcap_writer_release(&frame);
}

static void put_block(struct pcap_writer *out, unsigned type, size_t size, bool is_last)
{
    uint32_t header = (uint32_t)(is_last | type << 1 | size << 3);
    uint8_t bytes[] = { (uint8_t)header, (uint8_t)(header >> 8),
                        (uint8_t)(header >> 16) };
    pcap_writer_put(out, bytes, sizeof bytes);
}

/* RFC 8878 section 3.1.1: no checksum, a window of 2^log bytes; blocks follow. */
static void put_frame_header(struct pcap_writer *out, unsigned log)
{
    uint8_t window = (uint8_t)((log - 10) << 3);
    pcap_writer_put_u32(out, 0xfd2fb528);
    pcap_writer_put(out, "\0", 1);
    pcap_writer_put(out, &window, 1);
}

static void put_raw_frame(struct pcap_writer *out, const char *text)
{
    put_frame_header(out, 17);
    put_block(out, 0, strlen(text), true);
    pcap_writer_put(out, text, strlen(text));
}

static void put_skippable(struct pcap_writer *out, uint32_t kind, const char *text)
{
    pcap_writer_put_u32(out, 0x184d2a50 + kind);
    pcap_writer_put_u32(out, (uint32_t)strlen(text));
    pcap_writer_put(out, text, strlen(text));
}

static void plain_bytes_come_as_they_are(void)
{
    struct pcap_writer stored = { 0 };
    expect(&stored, BYTE_SOURCE_END, "");
    pcap_writer_put(&stored, "(", 1);
    expect(&stored, BYTE_SOURCE_END, "(");
    pcap_writer_put(&stored, "plain)", 6);
    expect(&stored, BYTE_SOURCE_END, "(plain)");
    pcap_writer_release(&stored);
}

static void gzip_members_are_joined(void)
{
    struct pcap_writer stored = { 0 };
    uint8_t member[64];
    pcap_writer_put(&stored, member, test_hex(hello_gzip, member, sizeof member));
    expect(&stored, BYTE_SOURCE_END, hello);
    put_gzip(&stored, "");
    put_gzip(&stored, "and more");
    expect(&stored, BYTE_SOURCE_END, "hello hello hello hello hello hello\nand more");
    struct outcome outcome = read_stored(&stored);
    CHECK(outcome.facts.parts == 3);
    CHECK(outcome.facts.compression == BYTE_SOURCE_GZIP);
    CHECK(outcome.facts.stored_bytes == stored.size);
    CHECK(outcome.facts.produced_bytes == strlen(hello) + 8);
    CHECK(outcome.facts.consumed_bytes == outcome.facts.produced_bytes);
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&stored);
}

static void zeros_behind_gzip_are_padding_and_other_bytes_are_damage(void)
{
    struct pcap_writer stored = { 0 };
    put_gzip(&stored, "data");
    pcap_writer_put(&stored, "\0\0\0\0\0", 5);
    expect(&stored, BYTE_SOURCE_END, "data");
    pcap_writer_put(&stored, "x", 1);
    expect(&stored, BYTE_SOURCE_DAMAGED, "data");
    pcap_writer_release(&stored);
}

static void gzip_cut_anywhere_is_truncated(void)
{
    struct pcap_writer stored = { 0 };
    put_gzip(&stored, "first ");
    size_t border = stored.size;
    put_gzip(&stored, "second");
    for (size_t kept = 2, whole = stored.size; kept < whole; kept++) {
        stored.size = kept;
        struct outcome outcome = read_stored(&stored);
        enum byte_source_state expected =
            kept == border       ? BYTE_SOURCE_END
            : kept == border + 1 ? BYTE_SOURCE_DAMAGED /* one byte is not yet gzip */
                                 : BYTE_SOURCE_TRUNCATED;
        CHECK(outcome.state == expected);
        CHECK(is_start_of(&outcome, "first second"));
        pcap_writer_release(&outcome.data);
        stored.size = whole;
    }
    pcap_writer_release(&stored);
}

static void a_flipped_bit_in_gzip_data_is_damage(void)
{
    struct pcap_writer stored = { 0 };
    put_gzip(&stored, "some data");
    for (size_t bit = 10 * 8; bit < stored.size * 8; bit++) {
        stored.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct outcome outcome = read_stored(&stored);
        CHECK(outcome.state != BYTE_SOURCE_MORE);
        CHECK(outcome.state != BYTE_SOURCE_END || has_text(&outcome, "some data"));
        pcap_writer_release(&outcome.data);
        stored.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    stored.bytes[stored.size - 5] ^= 1;
    struct outcome outcome = read_stored(&stored);
    CHECK(outcome.state == BYTE_SOURCE_DAMAGED);
    CHECK_TEXT(outcome.problem.text,
               "x: stored byte 28: damaged gzip data: incorrect data check");
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&stored);
}

static void zstd_frames_are_joined_and_skippable_ones_skipped(void)
{
    struct pcap_writer stored = { 0 };
    put_skippable(&stored, 0, "index");
    put_zstd(&stored, "one ");
    put_zstd(&stored, "");
    put_skippable(&stored, 15, "");
    put_zstd(&stored, "two");
    put_skippable(&stored, 7, "seek table");
    expect(&stored, BYTE_SOURCE_END, "one two");
    struct outcome outcome = read_stored(&stored);
    CHECK(outcome.facts.compression == BYTE_SOURCE_ZSTD);
    CHECK(outcome.facts.parts == 6);
    CHECK(!outcome.facts.lacks_checksum);
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&stored);
}

static void zstd_cut_anywhere_is_truncated(void)
{
    struct pcap_writer stored = { 0 };
    put_zstd(&stored, "first ");
    size_t border = stored.size;
    put_zstd(&stored, "second");
    for (size_t kept = 4, whole = stored.size; kept < whole; kept++) {
        stored.size = kept;
        struct outcome outcome = read_stored(&stored);
        CHECK(outcome.state ==
              (kept == border ? BYTE_SOURCE_END : BYTE_SOURCE_TRUNCATED));
        CHECK(is_start_of(&outcome, "first second"));
        CHECK(kept < border || outcome.data.size >= strlen("first "));
        pcap_writer_release(&outcome.data);
        stored.size = whole;
    }
    pcap_writer_release(&stored);
}

static void a_flipped_bit_never_changes_checksummed_zstd_data(void)
{
    static const char text[] = "text text text text, and some other text";
    struct pcap_writer stored = { 0 };
    put_zstd(&stored, text);
    for (size_t bit = 4 * 8; bit < stored.size * 8; bit++) {
        stored.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct outcome outcome = read_stored(&stored);
        CHECK(outcome.state != BYTE_SOURCE_MORE);
        CHECK(outcome.state != BYTE_SOURCE_END || has_text(&outcome, text));
        pcap_writer_release(&outcome.data);
        stored.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    pcap_writer_release(&stored);
}

static void a_wrong_zstd_checksum_is_damage_in_words(void)
{
    struct pcap_writer stored = { 0 };
    put_zstd(&stored, "text");
    stored.bytes[stored.size - 1] ^= 1;
    struct outcome outcome = read_stored(&stored);
    CHECK(outcome.state == BYTE_SOURCE_DAMAGED);
    CHECK(strstr(outcome.problem.text, "doesn't match checksum") != NULL);
    CHECK(strncmp(outcome.problem.text, "x: stored byte ", 15) == 0);
    CHECK(strstr(outcome.problem.text, ": damaged zstd data: ") != NULL);
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&stored);
}

static void zstd_without_checksum_is_read_and_noted(void)
{
    struct pcap_writer stored = { 0 };
    put_zstd(&stored, "a");
    put_raw_frame(&stored, "b");
    expect(&stored, BYTE_SOURCE_END, "ab");
    struct outcome outcome = read_stored(&stored);
    CHECK(outcome.facts.lacks_checksum);
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&stored);
}

static void foreign_bytes_behind_zstd_are_damage(void)
{
    struct pcap_writer stored = { 0 };
    put_zstd(&stored, "data");
    size_t size = stored.size;
    pcap_writer_put(&stored, "garbage", 7);
    struct outcome outcome = read_stored(&stored);
    char expected[128];
    snprintf(expected, sizeof expected,
             "x: stored byte %zu: no zstd data from here on (unknown frame descriptor)",
             size);
    CHECK(outcome.state == BYTE_SOURCE_DAMAGED);
    CHECK(has_text(&outcome, "data"));
    CHECK_TEXT(outcome.problem.text, expected);
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&stored);
}

static void a_window_over_128_mib_is_refused(void)
{
    struct pcap_writer stored = { 0 };
    put_frame_header(&stored, 27);
    put_block(&stored, 0, 0, true);
    expect(&stored, BYTE_SOURCE_END, "");
    stored.size = 0;
    put_frame_header(&stored, 28);
    put_block(&stored, 0, 0, true);
    expect(&stored, BYTE_SOURCE_DAMAGED, "");
    pcap_writer_release(&stored);
}

/* How much is produced before the reading stops. */
static uint64_t produced_of(const struct pcap_writer *stored,
                            enum byte_source_state *state)
{
    int fd = file_of(stored);
    struct byte_source *source = byte_source_open(fd, "x", NULL);
    struct bytes window;
    while (byte_source_need(source, 1, &window))
        byte_source_consume(source, window.left);
    *state = byte_source_state(source);
    uint64_t produced = byte_source_facts(source)->produced_bytes;
    byte_source_close(source);
    close(fd);
    return produced;
}

static void put_zeros(struct pcap_writer *out, size_t blocks)
{
    put_frame_header(out, 17);
    for (size_t i = 0; i < blocks; i++) {
        put_block(out, 1, RLE_BLOCK_SIZE, i + 1 == blocks);
        pcap_writer_put(out, "\0", 1);
    }
}

static void a_decompression_bomb_is_stopped_past_1_gib(void)
{
    enum byte_source_state state = BYTE_SOURCE_MORE;
    struct pcap_writer stored = { 0 };
    put_zeros(&stored, 8192); /* 1 GiB: may still be honest */
    CHECK(produced_of(&stored, &state) == UINT64_C(1) << 30);
    CHECK(state == BYTE_SOURCE_END);
    stored.size = 0;
    put_zeros(&stored, 100000);
    CHECK(produced_of(&stored, &state) < (UINT64_C(1) << 30) + (64 << 20));
    CHECK(state == BYTE_SOURCE_DAMAGED);
    pcap_writer_release(&stored);
}

static void see_stored(void *context, const void *stored, size_t size)
{
    pcap_writer_put(context, stored, size);
}

/* Reads `stored` up to where it ends or breaks; the tap must have seen every byte of it.
 */
static void expect_tapped(const struct pcap_writer *stored)
{
    struct pcap_writer tapped = { 0 };
    struct bytes window;
    int fd = file_of(stored);
    struct byte_source *source = byte_source_open(fd, "x", NULL);
    byte_source_set_tap(source, see_stored, &tapped);
    while (byte_source_need(source, 1, &window))
        byte_source_consume(source, 1);
    CHECK(byte_source_drain(source));
    CHECK(!byte_source_need(source, 1, &window));
    CHECK(tapped.size == stored->size);
    CHECK(memcmp(tapped.bytes, stored->bytes, stored->size) == 0);
    CHECK(byte_source_facts(source)->stored_bytes == stored->size);
    byte_source_close(source);
    close(fd);
    pcap_writer_release(&tapped);
}

static void the_tap_sees_every_stored_byte_even_behind_damage(void)
{
    struct pcap_writer stored = { 0 };
    pcap_writer_put(&stored, "plain", 5);
    expect_tapped(&stored);
    stored.size = 0;
    put_gzip(&stored, "data");
    expect_tapped(&stored);
    for (int i = 0; i < 1 << 20; i++)
        pcap_writer_put(&stored, "garbage", 7);
    expect_tapped(&stored);
    stored.size = 0;
    put_zstd(&stored, "data");
    expect_tapped(&stored);
    pcap_writer_put(&stored, "garbage", 7);
    expect_tapped(&stored);
    pcap_writer_release(&stored);
}

static void drain_reads_what_was_never_needed(void)
{
    struct pcap_writer stored = { 0 }, tapped = { 0 };
    for (int i = 0; i < 3 * MEGABYTE; i++)
        pcap_writer_put(&stored, "xyz", 3);
    int fd = file_of(&stored);
    struct byte_source *source = byte_source_open(fd, "x", NULL);
    byte_source_set_tap(source, see_stored, &tapped);
    CHECK(byte_source_drain(source));
    CHECK(tapped.size == stored.size);
    CHECK(memcmp(tapped.bytes, stored.bytes, stored.size) == 0);
    byte_source_close(source);
    close(fd);
    pcap_writer_release(&tapped);
    pcap_writer_release(&stored);
}

static uint8_t byte_at(size_t position)
{
    return (uint8_t)(position * 2654435761u >> 13);
}

static struct pcap_writer pattern(size_t size)
{
    struct pcap_writer bytes = { .bytes = malloc(size), .size = size, .capacity = size };
    for (size_t i = 0; i < size; i++)
        bytes.bytes[i] = byte_at(i);
    return bytes;
}

/* Walks in uneven steps and checks each window's two ends. */
static void expect_pattern(int fd, size_t size)
{
    struct byte_source *source = byte_source_open(fd, "x", NULL);
    struct bytes window;
    size_t at = 0;
    for (size_t step = 1; byte_source_need(source, step, &window); step = step * 3 + 1) {
        CHECK(window.left >= step && window.at[0] == byte_at(at));
        CHECK(window.at[step - 1] == byte_at(at + step - 1));
        CHECK(window.at[window.left - 1] == byte_at(at + window.left - 1));
        byte_source_consume(source, step / 2 + 1);
        at += step / 2 + 1;
        if (step > 5 * MEGABYTE)
            step = 1;
    }
    CHECK(byte_source_state(source) == BYTE_SOURCE_END);
    CHECK(byte_source_facts(source)->consumed_bytes == at);
    CHECK(at + window.left == size);
    byte_source_close(source);
}

static void windows_are_contiguous_wherever_they_begin(void)
{
    struct pcap_writer plain = pattern(40 * MEGABYTE + 1);
    struct pcap_writer packed = sunk(plain.bytes, plain.size, 12345, BYTE_SINK_ZSTD);
    int fd = file_of(&plain);
    expect_pattern(fd, plain.size);
    close(fd);
    fd = file_of(&packed);
    expect_pattern(fd, plain.size);
    close(fd);
    pcap_writer_release(&plain);
    pcap_writer_release(&packed);
}

static void the_largest_window_can_be_had(void)
{
    struct pcap_writer plain = pattern(BYTE_SOURCE_NEED_MAX + 10);
    int fd = file_of(&plain);
    struct byte_source *source = byte_source_open(fd, "x", NULL);
    struct bytes window;
    CHECK(byte_source_need(source, 10, &window));
    byte_source_consume(source, 10);
    CHECK(byte_source_need(source, BYTE_SOURCE_NEED_MAX, &window));
    CHECK(memcmp(window.at, plain.bytes + 10, BYTE_SOURCE_NEED_MAX) == 0);
    CHECK(byte_source_state(source) == BYTE_SOURCE_MORE);
    byte_source_close(source);
    close(fd);
    pcap_writer_release(&plain);
}

/* Writes in pieces from another process; gives the end to read from. */
static int pipe_of(const struct pcap_writer *stored, size_t piece)
{
    int ends[2];
    fflush(NULL);
    if (pipe(ends) != 0)
        abort();
    if (fork() == 0) {
        struct bytes left = bytes_of(stored->bytes, stored->size);
        close(ends[0]);
        while (left.left > 0) {
            struct bytes next = bytes_take_at_most(&left, piece);
            if (write(ends[1], next.at, next.left) != (ssize_t)next.left)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    return ends[0];
}

static void pipes_are_read_as_files_are(void)
{
    struct pcap_writer plain = pattern(9 * MEGABYTE);
    struct pcap_writer packed = sunk(plain.bytes, plain.size, plain.size, BYTE_SINK_ZSTD);
    int fd = pipe_of(&plain, 70001);
    expect_pattern(fd, plain.size);
    close(fd);
    wait(NULL);
    fd = pipe_of(&packed, 3001);
    expect_pattern(fd, plain.size);
    close(fd);
    wait(NULL);
    pcap_writer_release(&plain);
    pcap_writer_release(&packed);
}

static void a_pipe_that_gives_single_bytes_is_recognised(void)
{
    struct pcap_writer stored = { 0 };
    put_skippable(&stored, 3, "x");
    put_zstd(&stored, "slow");
    int fd = pipe_of(&stored, 1);
    struct outcome outcome = read_all(fd);
    CHECK(outcome.state == BYTE_SOURCE_END);
    CHECK(has_text(&outcome, "slow"));
    close(fd);
    wait(NULL);
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&stored);
}

static void what_cannot_be_read_is_an_error_in_words(void)
{
    struct error error = { 0 };
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    CHECK(byte_source_open(fd, "folder", &error) == NULL);
    CHECK_TEXT(error.text, "folder: stored byte 0: Is a directory");
    close(fd);
}

static void a_sink_writes_the_same_bytes_for_any_pieces(void)
{
    struct pcap_writer plain = pattern(MEGABYTE + 7);
    struct pcap_writer one = sunk(plain.bytes, plain.size, plain.size, BYTE_SINK_ZSTD);
    struct pcap_writer many = sunk(plain.bytes, plain.size, 1000, BYTE_SINK_ZSTD);
    CHECK(one.size == many.size && memcmp(one.bytes, many.bytes, one.size) == 0);
    struct outcome outcome = read_stored(&one);
    CHECK(outcome.state == BYTE_SOURCE_END && !outcome.facts.lacks_checksum);
    CHECK(outcome.data.size == plain.size);
    CHECK(memcmp(outcome.data.bytes, plain.bytes, plain.size) == 0);
    pcap_writer_release(&outcome.data);
    pcap_writer_release(&one);
    pcap_writer_release(&many);
    pcap_writer_release(&plain);
}

static void a_plain_sink_writes_what_it_is_given(void)
{
    struct pcap_writer plain = pattern(300001);
    struct pcap_writer copy = sunk(plain.bytes, plain.size, 777, BYTE_SINK_PLAIN);
    CHECK(copy.size == plain.size && memcmp(copy.bytes, plain.bytes, copy.size) == 0);
    pcap_writer_release(&copy);
    pcap_writer_release(&plain);
}

static void a_full_disk_is_an_error_in_words(void)
{
    struct pcap_writer plain = pattern(MEGABYTE);
    for (int format = BYTE_SINK_PLAIN; format <= BYTE_SINK_ZSTD; format++) {
        struct error error = { 0 };
        int fd = open("/dev/full", O_WRONLY);
        struct byte_sink *sink =
            byte_sink_open(fd, "out", (enum byte_sink_format)format, &error);
        byte_sink_write(sink, plain.bytes, plain.size);
        CHECK(byte_sink_has_failed(sink));
        CHECK(!byte_sink_close(sink, &error));
        CHECK_TEXT(error.text, "out: cannot be written: No space left on device");
        close(fd);
    }
    pcap_writer_release(&plain);
}

int main(void)
{
    RUN(plain_bytes_come_as_they_are);
    RUN(gzip_members_are_joined);
    RUN(zeros_behind_gzip_are_padding_and_other_bytes_are_damage);
    RUN(gzip_cut_anywhere_is_truncated);
    RUN(a_flipped_bit_in_gzip_data_is_damage);
    RUN(zstd_frames_are_joined_and_skippable_ones_skipped);
    RUN(zstd_cut_anywhere_is_truncated);
    RUN(a_flipped_bit_never_changes_checksummed_zstd_data);
    RUN(a_wrong_zstd_checksum_is_damage_in_words);
    RUN(zstd_without_checksum_is_read_and_noted);
    RUN(foreign_bytes_behind_zstd_are_damage);
    RUN(a_window_over_128_mib_is_refused);
    RUN(a_decompression_bomb_is_stopped_past_1_gib);
    RUN(the_tap_sees_every_stored_byte_even_behind_damage);
    RUN(drain_reads_what_was_never_needed);
    RUN(windows_are_contiguous_wherever_they_begin);
    RUN(the_largest_window_can_be_had);
    RUN(pipes_are_read_as_files_are);
    RUN(a_pipe_that_gives_single_bytes_is_recognised);
    RUN(what_cannot_be_read_is_an_error_in_words);
    RUN(a_sink_writes_the_same_bytes_for_any_pieces);
    RUN(a_plain_sink_writes_what_it_is_given);
    RUN(a_full_disk_is_an_error_in_words);
    return test_end();
}
