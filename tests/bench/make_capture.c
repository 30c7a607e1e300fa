/* make_capture.c - a large capture out of small ones: copies of them, no two the same. */
#include <getopt.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "tests/bench/variation.h"

enum {
    OVERLAP = 2, /* copies that run at a time: as many in a large file as in a small */
    ACTIVE_LIMIT = 8,   /* above OVERLAP + 2, which is what can run */
    SLICE_SIZE = 96,    /* of --flows slices */
    SHORT_FRAMES = 10,  /* of each flow, in --flows short */
    RECORD_HEADER = 16, /* in front of each packet of a pcap */
    FILE_HEADER = 24,
    SNAP_LENGTH = 262144,
    WRITE_BUFFER = 1 << 20,
    NANOSECONDS = 1000000000,
};

static const uint64_t size_limit = 1000000000000000;

enum profile { PROFILE_MIXED, PROFILE_SLICES, PROFILE_SHORT };

struct settings {
    uint64_t size;
    enum profile profile;
    const char *output;
    char **inputs;
    int input_count;
};

struct running_copy {
    uint64_t start_ns; /* since the start of the first */
    size_t next;       /* of template.frames */
    struct variation variation;
};

struct writer {
    const struct settings *settings;
    const struct template *pattern;
    pcap_dumper_t *out;
    uint8_t *buffer; /* as large as the largest frame */
    uint64_t copies, step_ns, begun;
    struct running_copy running[ACTIVE_LIMIT]; /* by number: the first began first */
    size_t running_count;
    uint64_t packets, bytes;
};

static int usage(void)
{
    fputs("usage: make_capture [--size N[K|M|G]] [--flows mixed|slices|short] OUTPUT "
          "INPUT...\n"
          "\n"
          "Writes copies of the captures INPUT to OUTPUT, a pcap of nanoseconds, until\n"
          "it has the size (default 1G, 10^9 bytes); the last copy is whole.\n"
          "  mixed   as the inputs are (default)\n"
          "  slices  each packet cut to 96 bytes\n"
          "  short   the first 10 packets of each flow\n",
          stderr);
    return 2;
}

static bool read_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMG";
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    *size = strtoull(text, &end, 10);
    const char *unit = *end == '\0' ? NULL : strchr(units, *end);
    if (*end != '\0' && (unit == NULL || end[1] != '\0'))
        return false;
    for (ptrdiff_t steps = unit == NULL ? 0 : unit - units + 1; steps > 0; steps--) {
        if (*size > size_limit / 1000)
            return false;
        *size *= 1000;
    }
    return *size > 0 && *size <= size_limit;
}

static bool read_profile(const char *text, enum profile *profile)
{
    static const char *const names[] = { "mixed", "slices", "short" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *profile = (enum profile)i;
            return true;
        }
    return false;
}

static bool read_settings(int argc, char **argv, struct settings *settings)
{
    static const struct option options[] = { { "size", required_argument, NULL, 's' },
                                             { "flows", required_argument, NULL, 'f' },
                                             { 0 } };
    int option;
    *settings = (struct settings){ .size = NANOSECONDS };
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (option == 's' ? !read_size(optarg, &settings->size)
                          : option != 'f' || !read_profile(optarg, &settings->profile))
            return false;
    if (argc - optind < 2)
        return false;
    settings->output = argv[optind];
    settings->inputs = argv + optind + 1;
    settings->input_count = argc - optind - 1;
    return true;
}

static uint32_t written_size(const struct writer *writer, const struct frame *frame)
{
    bool is_cut = writer->settings->profile == PROFILE_SLICES && frame->size > SLICE_SIZE;
    return is_cut ? SLICE_SIZE : frame->size;
}

static bool is_written(const struct writer *writer, const struct frame *frame)
{
    return writer->settings->profile != PROFILE_SHORT || frame->flow == TEMPLATE_NONE ||
           frame->number < SHORT_FRAMES;
}

static bool plan_copies(struct writer *writer)
{
    uint64_t size = 0;
    uint32_t largest = 0;
    for (size_t i = 0; i < writer->pattern->frame_count; i++) {
        const struct frame *frame = &writer->pattern->frames[i];
        if (is_written(writer, frame))
            size += RECORD_HEADER + written_size(writer, frame);
        if (frame->size > largest)
            largest = frame->size;
    }
    uint64_t wanted = writer->settings->size;
    wanted -= wanted > FILE_HEADER ? FILE_HEADER : wanted - 1;
    writer->copies = (wanted + size - 1) / size;
    writer->step_ns = (uint64_t)writer->pattern->span_ns / OVERLAP + 1;
    writer->buffer = alloc_zeroed(largest + 1, 1);
    if (variation_has_room(writer->pattern, writer->copies))
        return true;
    fprintf(stderr,
            "make_capture: %" PRIu64 " copies of %zu clients need more addresses than "
            "10.0.0.0/8 has\n",
            writer->copies, writer->pattern->client_count);
    return false;
}

static uint64_t next_time(const struct writer *writer, size_t place)
{
    const struct running_copy *copy = &writer->running[place];
    return copy->start_ns + (uint64_t)writer->pattern->frames[copy->next].time_ns;
}

/* The copy whose packet is next; of equals the first. There is one at least. */
static size_t find_next(const struct writer *writer)
{
    size_t found = 0;
    for (size_t i = 1; i < writer->running_count; i++)
        if (next_time(writer, i) < next_time(writer, found))
            found = i;
    return found;
}

static void begin_copies(struct writer *writer)
{
    while (writer->begun < writer->copies &&
           (writer->running_count == 0 ||
            writer->begun * writer->step_ns <= next_time(writer, find_next(writer)))) {
        if (writer->running_count == ACTIVE_LIMIT)
            abort();
        struct running_copy *copy = &writer->running[writer->running_count++];
        copy->start_ns = writer->begun * writer->step_ns;
        copy->next = 0;
        variation_begin(&copy->variation, writer->pattern, writer->begun++);
    }
}

/* The ended copy's memory goes to the end, for the next one that begins. */
static void end_copy(struct writer *writer, size_t place)
{
    struct running_copy ended = writer->running[place];
    for (size_t i = place + 1; i < writer->running_count; i++)
        writer->running[i - 1] = writer->running[i];
    writer->running[--writer->running_count] = ended;
}

static void write_frame(struct writer *writer, size_t place)
{
    const struct running_copy *copy = &writer->running[place];
    const struct frame *frame = &writer->pattern->frames[copy->next];
    if (!is_written(writer, frame))
        return;
    uint64_t time = (uint64_t)writer->pattern->start_ns + next_time(writer, place);
    struct pcap_pkthdr header = {
        .ts = { (time_t)(time / NANOSECONDS), (suseconds_t)(time % NANOSECONDS) },
        .caplen = written_size(writer, frame),
        .len = frame->length,
    };
    variation_apply(&copy->variation, writer->pattern, frame, writer->buffer);
    pcap_dump((u_char *)writer->out, &header, writer->buffer);
    writer->packets++;
    writer->bytes += header.caplen;
}

static void write_copies(struct writer *writer)
{
    for (begin_copies(writer); writer->running_count > 0; begin_copies(writer)) {
        size_t place = find_next(writer);
        write_frame(writer, place);
        if (++writer->running[place].next == writer->pattern->frame_count)
            end_copy(writer, place);
    }
}

/* Closes `file`. */
static bool write_file(struct writer *writer, pcap_t *shape, FILE *file)
{
    setvbuf(file, NULL, _IOFBF, WRITE_BUFFER);
    writer->out = pcap_dump_fopen(shape, file);
    if (writer->out == NULL) {
        fprintf(stderr, "make_capture: %s: %s\n", writer->settings->output,
                pcap_geterr(shape));
        fclose(file);
        return false;
    }
    write_copies(writer);
    bool is_whole = pcap_dump_flush(writer->out) == 0 && ferror(file) == 0;
    if (!is_whole)
        perror(writer->settings->output);
    pcap_dump_close(writer->out);
    return is_whole;
}

static bool write_capture(struct writer *writer)
{
    int snap_length =
        writer->settings->profile == PROFILE_SLICES ? SLICE_SIZE : SNAP_LENGTH;
    pcap_t *shape = pcap_open_dead_with_tstamp_precision(
        writer->pattern->link_type, snap_length, PCAP_TSTAMP_PRECISION_NANO);
    FILE *file = shape == NULL ? NULL : fopen(writer->settings->output, "wb");
    if (file == NULL)
        perror(writer->settings->output);
    bool is_whole = file != NULL && write_file(writer, shape, file);
    if (shape != NULL)
        pcap_close(shape);
    return is_whole;
}

/* What is the same in each copy is said: it makes no new flows. */
static void report_unvaried(const struct template *pattern)
{
    size_t same = 0;
    for (size_t i = 0; i < pattern->frame_count; i++)
        same += pattern->frames[i].clients[0] == TEMPLATE_NONE &&
                pattern->frames[i].clients[1] == TEMPLATE_NONE;
    if (same > 0)
        fprintf(stderr,
                "make_capture: %zu of %zu packets are of no client and are repeated as "
                "they are\n",
                same, pattern->frame_count);
}

/* A flow without a client is the same one in all copies. */
static uint64_t count_flows(const struct template *pattern, uint64_t copies)
{
    uint64_t flows = 0;
    for (size_t i = 0; i < pattern->flow_count; i++)
        flows += template_has_client(pattern, &pattern->flows[i]) ? copies : 1;
    return flows;
}

static int make_capture(const struct settings *settings, struct template *pattern)
{
    struct writer writer = { .settings = settings, .pattern = pattern };
    for (size_t i = 0; i < pattern->frame_count; i++)
        variation_mend(&pattern->frames[i]);
    bool is_made = plan_copies(&writer) && write_capture(&writer);
    if (is_made) {
        report_unvaried(pattern);
        printf("copies %" PRIu64 "\npackets %" PRIu64 "\nbytes %" PRIu64
               "\nflows %" PRIu64 "\n",
               writer.copies, writer.packets, writer.bytes,
               count_flows(pattern, writer.copies));
    }
    for (size_t i = 0; i < ACTIVE_LIMIT; i++)
        variation_release(&writer.running[i].variation);
    free(writer.buffer);
    return is_made ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct template pattern = { 0 };
    if (!read_settings(argc, argv, &settings))
        return usage();
    for (int i = 0; i < settings.input_count; i++)
        (void)template_read(&pattern, settings.inputs[i]);
    if (pattern.frame_count == 0) {
        fputs("make_capture: no packets to copy\n", stderr);
        return EXIT_FAILURE;
    }
    template_finish(&pattern);
    int status = make_capture(&settings, &pattern);
    template_release(&pattern);
    return status;
}
