/* result_writer.c - results are written whole or not at all. */
#include "analyzer/result_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/byte_source.h"
#include "analyzer/digest.h"
#include "analyzer/json_out.h"
#include "analyzer/record_fields.h"
#include "analyzer/record_pack.h"
#include "analyzer/result_header.h"

enum { PAGE_SIZE = 1 << 16, PAGES = 32, SIZE_BYTES = 4 };

struct spilled {
    uint64_t id, offset;
    uint32_t size, capture;
};

/* A piece of the spill: what was read last of those with the same number modulo PAGES. */
struct page {
    uint64_t number;
    size_t size; /* 0: holds nothing */
    uint8_t bytes[PAGE_SIZE];
};

struct result_writer {
    int spill;
    bool is_passing;
    int failure; /* errno, 0: none */
    struct record_packing packing;
    struct spilled *items;
    uint64_t count, capacity;
    uint64_t spilled;         /* bytes */
    struct page pages[PAGES]; /* the first also gathers what is to be spilled */
};

struct result_writer *result_writer_new(int spill)
{
    struct result_writer *writer = alloc_zeroed(1, sizeof *writer);
    writer->spill = spill;
    return writer;
}

void result_writer_set_passing(struct result_writer *writer)
{
    writer->is_passing = true;
}

static void flush(struct result_writer *writer)
{
    struct page *page = &writer->pages[0];
    for (size_t done = 0; done < page->size && writer->failure == 0;) {
        ssize_t written = write(writer->spill, page->bytes + done, page->size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            writer->failure = written == 0 ? ENOSPC : errno;
        else
            done += (size_t)written;
    }
    page->size = 0;
}

static void spill(struct result_writer *writer, struct bytes record)
{
    struct page *page = &writer->pages[0];
    writer->spilled += record.left;
    while (record.left > 0) {
        struct bytes piece = bytes_take_at_most(&record, PAGE_SIZE - page->size);
        memcpy(page->bytes + page->size, piece.at, piece.left);
        page->size += piece.left;
        if (page->size == PAGE_SIZE)
            flush(writer);
    }
}

void result_writer_add(struct result_writer *writer, const struct flow_record *record)
{
    if (writer->count == writer->capacity) {
        writer->capacity = writer->capacity == 0 ? 1024 : 2 * writer->capacity;
        writer->items =
            alloc_resize(writer->items, writer->capacity, sizeof *writer->items);
    }
    record_pack(record, &writer->packing);
    writer->items[writer->count++] = (struct spilled){
        .id = record->id,
        .offset = writer->spilled,
        .size = (uint32_t)writer->packing.size,
        .capture = record->capture,
    };
    spill(writer, bytes_of(writer->packing.bytes, writer->packing.size));
}

uint64_t result_writer_count(const struct result_writer *writer)
{
    return writer->count;
}

/* Where finished lines go: through the checksum into the compressor. */
struct lines {
    struct byte_sink *sink;
    struct digest *digest; /* NULL: a passing result has none */
};

static bool write_line_bytes(void *context, const void *bytes, size_t size)
{
    struct lines *lines = context;
    if (lines->digest != NULL)
        digest_see(lines->digest, bytes, size);
    byte_sink_write(lines->sink, bytes, size);
    return !byte_sink_has_failed(lines->sink);
}

static void write_certificate(const struct flow_certificate *certificate,
                              struct json_out *out)
{
    json_open_object(out);
    json_key(out, "subject_cn");
    json_text(out, certificate->subject_cn);
    json_key(out, "subject_o");
    json_text(out, certificate->subject_o);
    json_key(out, "issuer_cn");
    json_text(out, certificate->issuer_cn);
    json_key(out, "issuer_o");
    json_text(out, certificate->issuer_o);
    json_key(out, "not_before");
    json_int(out, certificate->not_before_s);
    json_key(out, "not_after");
    json_int(out, certificate->not_after_s);
    json_key(out, "sha256");
    json_text(out, certificate->sha256);
    json_key(out, "san_cut");
    json_bool(out, certificate->san_cut);
    json_key(out, "san");
    json_open_array(out);
    for (uint32_t i = 0; i < certificate->san_count; i++)
        json_text(out, certificate->san[i]);
    json_close_array(out);
    json_close_object(out);
    json_line_end(out);
}

/* By capture name, then id: the order in which records are printed. */
static int spilled_order(const void *a, const void *b, void *context)
{
    const struct spilled *first = a, *second = b;
    const struct capture_entry *captures = context;
    int order =
        first->capture == second->capture
            ? 0
            : strcmp(captures[first->capture].name, captures[second->capture].name);
    if (order != 0)
        return order;
    return first->id < second->id ? -1 : first->id > second->id;
}

static bool read_page(struct result_writer *writer, struct page *page, uint64_t number)
{
    page->number = number;
    page->size = 0;
    while (page->size < PAGE_SIZE) {
        ssize_t got =
            pread(writer->spill, page->bytes + page->size, PAGE_SIZE - page->size,
                  (off_t)(number * PAGE_SIZE + page->size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            writer->failure = errno;
        if (got <= 0)
            return got == 0;
        page->size += (size_t)got;
    }
    return true;
}

/* What the spill holds at `offset`, to the end of its page at most; empty after a
 * failure. */
static struct bytes spilled_piece(struct result_writer *writer, uint64_t offset)
{
    uint64_t number = offset / PAGE_SIZE;
    size_t at = (size_t)(offset % PAGE_SIZE);
    struct page *page = &writer->pages[number % PAGES];
    if ((page->size == 0 || page->number != number) && !read_page(writer, page, number))
        return bytes_of(NULL, 0);
    if (at >= page->size) {
        writer->failure = EIO;
        return bytes_of(NULL, 0);
    }
    return bytes_of(page->bytes + at, page->size - at);
}

/* A packed record as it was spilled, put together in the packing: it has been there
   before, so there is room. Empty after a failure. */
static struct bytes spilled_record(struct result_writer *writer,
                                   const struct spilled *item)
{
    for (uint32_t done = 0; done < item->size;) {
        struct bytes piece = spilled_piece(writer, item->offset + done);
        piece = bytes_take_at_most(&piece, item->size - done);
        if (piece.left == 0)
            return piece;
        memcpy(writer->packing.bytes + done, piece.at, piece.left);
        done += (uint32_t)piece.left;
    }
    return bytes_of(writer->packing.bytes, item->size);
}

static void write_packed(struct bytes packed, struct lines *lines)
{
    uint8_t size[SIZE_BYTES] = { (uint8_t)(packed.left >> 24),
                                 (uint8_t)(packed.left >> 16),
                                 (uint8_t)(packed.left >> 8), (uint8_t)packed.left };
    (void)write_line_bytes(lines, size, sizeof size);
    (void)write_line_bytes(lines, packed.at, packed.left);
}

static void write_line(struct bytes packed, struct json_out *out)
{
    struct flow_record record;
    if (!record_unpack(packed, &record))
        abort(); /* it was packed by this process */
    record_fields_write(&record, out);
    json_line_end(out);
    flow_record_release(&record);
}

static void write_records(struct result_writer *writer, struct lines *lines,
                          struct json_out *out)
{
    for (uint64_t i = 0; i < writer->count; i++) {
        struct bytes packed = spilled_record(writer, &writer->items[i]);
        if (packed.left == 0)
            return;
        if (writer->is_passing)
            write_packed(packed, lines);
        else
            write_line(packed, out);
    }
}

static void write_end(struct lines *lines, struct json_out *out, uint64_t flows)
{
    uint8_t sha256[DIGEST_SHA256_SIZE];
    char hex[DIGEST_SHA256_TEXT_SIZE];
    (void)json_out_flush(out); /* the checksum is of all lines before */
    digest_conclude(lines->digest, sha256);
    json_open_object(out);
    json_key(out, "end");
    json_uint(out, flows);
    json_key(out, "sha256");
    json_text(out, digest_write_hex(sha256, sizeof sha256, hex));
    json_close_object(out);
    json_line_end(out);
    (void)json_out_flush(out);
}

static void write_all(struct result_writer *writer, struct result_header *header,
                      const struct certificates *certificates, struct lines *lines)
{
    struct json_out out;
    json_out_init(&out, write_line_bytes, lines);
    if (writer->is_passing)
        (void)write_line_bytes(lines, RESULT_PASSING_LINE "\n",
                               sizeof RESULT_PASSING_LINE);
    header->flow_count = writer->count;
    header->certificate_count = certificates_count(certificates);
    result_header_write(header, &out);
    for (uint32_t i = 0; i < header->certificate_count; i++)
        write_certificate(certificates_at(certificates, i), &out);
    if (writer->is_passing)
        (void)json_out_flush(&out);
    if (writer->count > 1)
        qsort_r(writer->items, writer->count, sizeof *writer->items, spilled_order,
                header->captures);
    write_records(writer, lines, &out);
    if (writer->is_passing)
        write_packed(bytes_of("", 0), lines);
    else
        write_end(lines, &out, writer->count);
}

static void free_writer(struct result_writer *writer)
{
    free(writer->packing.bytes);
    free(writer->items);
    free(writer);
}

bool result_writer_conclude(struct result_writer *writer, struct result_header *header,
                            const struct certificates *certificates, int output,
                            struct error *error)
{
    bool is_written = false;
    struct lines lines = { .digest = writer->is_passing ? NULL : digest_new() };
    flush(writer);
    lines.sink =
        byte_sink_open(output, header->series,
                       writer->is_passing ? BYTE_SINK_PLAIN : BYTE_SINK_ZSTD, error);
    if (lines.sink != NULL) {
        write_all(writer, header, certificates, &lines);
        is_written = byte_sink_close(lines.sink, error);
    }
    if (writer->failure != 0) {
        error_set(error, "%s: its flows could not be written: %s", header->series,
                  strerror(writer->failure));
        is_written = false;
    }
    digest_free(lines.digest);
    free_writer(writer);
    return is_written;
}
