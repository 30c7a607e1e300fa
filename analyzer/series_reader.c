/* series_reader.c - files in order of time, packets into conversations, facts into a
 * result. */
#include "analyzer/series_reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/capture.h"
#include "analyzer/conversation.h"
#include "analyzer/decode.h"
#include "analyzer/digest.h"
#include "analyzer/fragments.h"
#include "analyzer/other_traffic.h"
#include "analyzer/result_writer.h"
#include "analyzer/version.h"

enum {
    FRAMES_A_REPORT = 1024,
    FRAGMENTS_DEPTH = 3, /* pieces of a tunnel's packet that carries pieces, and again */
};

static const int64_t millisecond_ns = 1000000;
static const int64_t overlap_ns = 100 * INT64_C(1000000);
static const int64_t latest_ns = INT64_C(1) << 62; /* in the year 2116 */

struct reader {
    const struct series_job *job;
    struct conversations *conversations;
    struct certificates *certificates;
    struct result_writer *writer;
    struct other_traffic *other;
    struct tls_secrets *secrets; /* given ones, and those inside the captures */
    struct fragments *fragments;
    struct digest *digest; /* of the file being read; NULL where none is wanted */
    struct capture_entry *entries;
    uint32_t entry_count;
    uint64_t stored_before; /* bytes of the files already read */
    int64_t previous_ns;
    bool has_previous, is_cut_short;
};

/* What can be told of a file before it is read. */
struct peek {
    uint32_t index;
    bool has_time;
    int64_t first_ns;
};

static void add_problem(struct capture_entry *entry, uint64_t offset, uint64_t frame,
                        const char *sentence)
{
    entry->problems =
        alloc_resize(entry->problems, entry->problem_count + 1, sizeof *entry->problems);
    entry->problems[entry->problem_count++] =
        (struct capture_problem){ offset, frame, alloc_text(sentence) };
}

/* Times that no clock shows count as none: sums and differences of the others fit. */
static void drop_impossible_time(struct packet *packet)
{
    if (packet->time_ns < 0 || packet->time_ns > latest_ns)
        packet->has_time = false;
}

static struct peek peek_at(const struct series_job *job, uint32_t index)
{
    struct peek peek = { .index = index };
    struct error error;
    atomic_store_explicit(&job->progress->file, index, memory_order_relaxed);
    struct packet packet;
    struct byte_source *source =
        byte_source_open(job->inputs[index], job->files[index].name, &error);
    struct capture *capture = source == NULL ? NULL : capture_open(source, &error);
    if (capture != NULL && capture_next(capture, &packet) == CAPTURE_PACKET) {
        drop_impossible_time(&packet);
        peek.has_time = packet.has_time;
        peek.first_ns = packet.time_ns;
    }
    capture_close(capture);
    byte_source_close(source);
    if (lseek(job->inputs[index], 0, SEEK_SET) < 0)
        peek.has_time = false; /* a pipe: it was given alone and is not peeked at */
    return peek;
}

/* Files without a time come last: they do not belong to any series. */
static int peek_order(const void *a, const void *b, void *context)
{
    const struct series_file *files = context;
    const struct peek *first = a, *second = b;
    if (first->has_time != second->has_time)
        return first->has_time ? -1 : 1;
    if (first->has_time && first->first_ns != second->first_ns)
        return first->first_ns < second->first_ns ? -1 : 1;
    return strcmp(files[first->index].name, files[second->index].name);
}

static struct peek *order_of(const struct series_job *job)
{
    struct peek *peeks = alloc_zeroed(job->file_count, sizeof *peeks);
    if (job->file_count > 1)
        for (uint32_t i = 0; i < job->file_count; i++)
            peeks[i] = peek_at(job, i);
    qsort_r(peeks, job->file_count, sizeof *peeks, peek_order, (void *)job->files);
    for (uint32_t i = 0; i < job->file_count; i++)
        job->progress->order[i] = peeks[i].index;
    atomic_store(&job->progress->is_ordered, 1);
    return peeks;
}

static void see_stored(void *context, const void *stored, size_t size)
{
    struct reader *reader = context;
    if (reader->digest != NULL)
        digest_see(reader->digest, stored, size);
    reader->stored_before += size;
    atomic_store_explicit(&reader->job->progress->stored_bytes, reader->stored_before,
                          memory_order_relaxed);
}

static void note_time(struct reader *reader, struct capture_entry *entry,
                      const struct packet *packet)
{
    if (!packet->has_time)
        return;
    if (reader->has_previous && packet->time_ns < reader->previous_ns - millisecond_ns) {
        entry->clock_steps++;
        conversations_clock_stepped(reader->conversations);
    }
    reader->previous_ns = packet->time_ns;
    reader->has_previous = true;
    if (!entry->has_times || packet->time_ns < entry->first_ns)
        entry->first_ns = packet->time_ns;
    if (!entry->has_times || packet->time_ns > entry->last_ns)
        entry->last_ns = packet->time_ns;
    entry->has_times = true;
}

static bool is_wanted(const struct reader *reader, const struct packet *packet)
{
    const struct series_settings *settings = reader->job->settings;
    if (packet->has_time &&
        (packet->time_ns < settings->from_ns || packet->time_ns > settings->to_ns))
        return false;
    return reader->job->filter == NULL ||
           filter_is_match(reader->job->filter, packet->link_type, packet->captured,
                           packet->length);
}

static void see_decoded(struct reader *reader, uint32_t file, const struct packet *packet,
                        const struct headers *headers, enum decode outcome)
{
    struct capture_entry *entry = &reader->entries[file];
    if (outcome == DECODE_TRANSPORT) {
        other_traffic_see_carrier(reader->other, headers, packet->length);
        conversations_see(reader->conversations, packet, headers, entry, file);
        return;
    }
    entry->malformed += outcome == DECODE_MALFORMED;
    entry->unread += outcome == DECODE_LINK_UNKNOWN;
    other_traffic_see(reader->other, headers, outcome, packet->length);
}

/* A first piece still tells between whom, and most often by which ports. */
static void see_given_up(struct reader *reader, int64_t now_ns, bool is_all)
{
    struct fragments_given_up lost;
    while (fragments_next_given_up(reader->fragments, now_ns, is_all, &lost)) {
        struct capture_entry *entry = &reader->entries[lost.file];
        entry->refused += lost.is_refused;
        entry->incomplete += !lost.is_refused;
        if (lost.has_first)
            see_decoded(reader, lost.file, &lost.packet, &lost.headers, lost.outcome);
        for (uint32_t i = 0; i < lost.other_count; i++)
            other_traffic_see(reader->other, &lost.other, DECODE_IP,
                              i == 0 ? (uint32_t)lost.other_bytes : 0);
    }
}

static void see_fragment(struct reader *reader, const struct packet *packet,
                         const struct headers *headers, enum decode outcome)
{
    struct packet rebuilt[FRAGMENTS_DEPTH];
    struct headers inner[FRAGMENTS_DEPTH];
    uint32_t file = reader->entry_count - 1;
    reader->entries[file].fragments++;
    for (unsigned depth = 0; headers->has_fragment && depth < FRAGMENTS_DEPTH; depth++) {
        see_given_up(reader, packet->time_ns, false);
        enum fragments_outcome piece = fragments_see(reader->fragments, packet, headers,
                                                     outcome, file, &rebuilt[depth]);
        if (piece == FRAGMENTS_HELD)
            return;
        if (piece == FRAGMENTS_ALONE)
            break;
        reader->entries[file].rebuilt++;
        outcome = decode_rebuilt(&rebuilt[depth], headers, &inner[depth]);
        packet = &rebuilt[depth];
        headers = &inner[depth];
    }
    see_decoded(reader, file, packet, headers, outcome);
}

static void see_packet(struct reader *reader, struct capture_entry *entry,
                       struct packet *packet)
{
    struct headers headers;
    drop_impossible_time(packet);
    entry->packets++;
    entry->bytes += packet->length;
    entry->cut_packets += packet->captured.left < packet->length;
    note_time(reader, entry, packet);
    if (!packet->has_time) /* as good as can be said; no RTT comes of equal times */
        packet->time_ns = reader->has_previous ? reader->previous_ns : 0;
    if (!is_wanted(reader, packet))
        return;
    enum decode outcome = decode_packet(packet, &headers);
    if (headers.has_fragment) {
        see_fragment(reader, packet, &headers, outcome);
        return;
    }
    if (fragments_are_waiting(reader->fragments))
        see_given_up(reader, packet->time_ns, false);
    see_decoded(reader, reader->entry_count - 1, packet, &headers, outcome);
}

static void note_facts(struct capture_entry *entry, const struct capture_facts *facts)
{
    entry->format = alloc_text(facts->format);
    entry->snaplen = facts->snaplen_max;
    entry->has_dropped = facts->has_drops;
    entry->dropped = facts->dropped + facts->dropped_by_system;
    entry->link_types = alloc_zeroed(facts->link_type_count + 1, sizeof(uint32_t));
    entry->link_type_count = facts->link_type_count;
    for (uint32_t i = 0; i < facts->link_type_count; i++)
        entry->link_types[i] = facts->link_types[i];
}

static void note_problem(struct capture_entry *entry, const struct capture *capture)
{
    struct capture_place place = capture_problem_place(capture);
    add_problem(entry, place.offset, place.frame, capture_problem(capture)->text);
}

static void see_keylog(void *context, struct bytes text)
{
    tls_secrets_see(context, text);
}

static void read_packets(struct reader *reader, struct capture_entry *entry,
                         struct capture *capture)
{
    struct series_progress *progress = reader->job->progress;
    struct packet packet;
    struct error problem;
    enum capture_next next;
    while ((next = capture_next(capture, &packet)) == CAPTURE_PACKET) {
        if (packet.number % FRAMES_A_REPORT == 1) {
            atomic_store_explicit(&progress->frame, packet.number, memory_order_relaxed);
            atomic_fetch_add_explicit(&progress->packets, FRAMES_A_REPORT,
                                      memory_order_relaxed);
        }
        see_packet(reader, entry, &packet);
    }
    note_facts(entry, capture_facts(capture));
    entry->status = next == CAPTURE_END         ? STATUS_COMPLETE
                    : next == CAPTURE_TRUNCATED ? STATUS_TRUNCATED
                                                : STATUS_DAMAGED;
    if (next != CAPTURE_END)
        note_problem(entry, capture);
    while (reader->job->filter != NULL &&
           filter_next_problem(reader->job->filter, &problem))
        add_problem(entry, 0, 0, problem.text);
    reader->is_cut_short = next != CAPTURE_END;
}

static const char *compression_text(const struct byte_source *source)
{
    static const char *const texts[] = { NULL, "gzip", "zstd" };
    return texts[byte_source_facts(source)->compression];
}

static void note_no_capture(struct capture_entry *entry, struct byte_source *source,
                            const struct error *error)
{
    const char *looks_like = NULL;
    struct bytes window = { 0 };
    entry->status = STATUS_UNREADABLE;
    if (source != NULL) {
        (void)byte_source_need(source, CAPTURE_RECOGNISE_SIZE, &window);
        if (capture_recognise(window, &looks_like) == CAPTURE_KIND_NONE) {
            if (window.left == 0 && byte_source_facts(source)->stored_bytes == 0)
                looks_like = "an empty file";
            entry->looks_like =
                alloc_text(looks_like != NULL ? looks_like : "nothing known");
        }
    }
    add_problem(entry, source == NULL ? 0 : byte_source_facts(source)->problem_byte, 0,
                error->text);
}

static void read_source(struct reader *reader, struct capture_entry *entry,
                        struct byte_source *source)
{
    struct error error = { { 0 } };
    byte_source_set_tap(source, see_stored, reader);
    struct capture *capture = capture_open(source, &error);
    if (capture == NULL) {
        entry->compression = alloc_text(compression_text(source));
        note_no_capture(entry, source, &error);
    } else {
        capture_set_keylog_tap(capture, see_keylog, reader->secrets);
        read_packets(reader, entry, capture);
        entry->compression = alloc_text(compression_text(source));
        capture_close(capture);
    }
    if (reader->digest != NULL && byte_source_drain(source)) {
        uint8_t sha256[DIGEST_SHA256_SIZE];
        entry->sha256 = alloc_zeroed(DIGEST_SHA256_TEXT_SIZE, 1);
        digest_conclude(reader->digest, sha256);
        digest_write_hex(sha256, sizeof sha256, entry->sha256);
    }
}

static void read_file(struct reader *reader, uint32_t index)
{
    const struct series_job *job = reader->job;
    struct capture_entry *entry = &reader->entries[reader->entry_count++];
    struct error error = { { 0 } };
    entry->name = alloc_text(job->files[index].name);
    entry->in_folder = job->files[index].in_folder;
    atomic_store_explicit(&job->progress->file, index, memory_order_relaxed);
    if (job->settings->with_hashes && job->files[index].path != NULL)
        reader->digest = digest_new();
    struct byte_source *source =
        byte_source_open(job->inputs[index], entry->name, &error);
    if (source == NULL)
        note_no_capture(entry, NULL, &error);
    else
        read_source(reader, entry, source);
    byte_source_close(source);
    digest_free(reader->digest);
    reader->digest = NULL;
}

/* Packets go on in the next file; where there is none, what waits is given up. */
static void conclude_file(struct reader *reader, bool is_last)
{
    if (is_last)
        see_given_up(reader, 0, true);
    other_traffic_conclude(reader->other, &reader->entries[reader->entry_count - 1]);
}

/* Does this file begin where the last one ended? */
static bool follows(const struct reader *reader, const struct peek *next)
{
    if (reader->job->settings->is_named)
        return true;
    const struct capture_entry *last = &reader->entries[reader->entry_count - 1];
    if (!next->has_time || !last->has_times || next->first_ns <= last->first_ns)
        return false;
    int64_t gap_ns = next->first_ns - last->last_ns;
    return gap_ns <= SERIES_GAP_MS * millisecond_ns && gap_ns >= -overlap_ns;
}

static char *name_of_series(const struct reader *reader)
{
    const struct series_job *job = reader->job;
    bool is_group = reader->entry_count > 1 || job->settings->is_named;
    const char *alone = job->files[job->progress->order[0]].series_name;
    return alloc_text(is_group && job->group_name != NULL ? job->group_name : alone);
}

static bool write_result(struct reader *reader, uint64_t evicted, struct error *error)
{
    const struct series_job *job = reader->job;
    struct result_header header = {
        .series = name_of_series(reader),
        .generator = alloc_text(O365LENS_VERSION),
        .filter = alloc_text(job->settings->filter),
        .from = alloc_text(job->settings->from_text),
        .to = alloc_text(job->settings->to_text),
        .ndpi = job->labels == NULL ? NULL : alloc_text(protocol_library_version()),
        .ndpi_problem = alloc_text(job->settings->labels_problem),
        .evicted_flows = evicted,
        .capture_count = reader->entry_count,
        .captures = reader->entries,
    };
    atomic_store_explicit(&job->progress->is_concluding, 1, memory_order_relaxed);
    bool is_written = result_writer_conclude(reader->writer, &header,
                                             reader->certificates, job->output, error);
    atomic_store_explicit(&job->progress->files_done, reader->entry_count,
                          memory_order_relaxed);
    result_header_release(&header);
    return is_written;
}

bool series_read(const struct series_job *job, struct error *error)
{
    struct reader reader = {
        .job = job,
        .certificates = certificates_new(),
        .writer = result_writer_new(job->spill),
        .other = other_traffic_new(),
        .secrets = tls_secrets_new(job->settings->secrets),
        .fragments = fragments_new(),
        .entries = alloc_zeroed(job->file_count, sizeof *reader.entries),
    };
    if (!job->settings->is_kept)
        result_writer_set_passing(reader.writer);
    reader.conversations = conversations_new(job->settings->flow_limit, job->labels,
                                             reader.certificates, reader.writer);
    conversations_set_secrets(reader.conversations, reader.secrets);
    struct peek *peeks = order_of(job);
    bool is_last = false;
    for (uint32_t i = 0; !is_last; i++) {
        read_file(&reader, peeks[i].index);
        is_last = i + 1 == job->file_count || !follows(&reader, &peeks[i + 1]);
        conclude_file(&reader, is_last);
    }
    uint64_t evicted = conversations_conclude(reader.conversations, reader.is_cut_short);
    tls_secrets_free(reader.secrets);
    bool is_written = write_result(&reader, evicted, error);
    certificates_free(reader.certificates);
    other_traffic_free(reader.other);
    fragments_free(reader.fragments);
    free(peeks);
    return is_written;
}
