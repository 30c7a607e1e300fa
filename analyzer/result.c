/* result.c - results are written whole or not at all, and checked when they are read. */
#include "analyzer/result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/alloc.h"
#include "analyzer/byte_source.h"
#include "analyzer/digest.h"
#include "analyzer/json_in.h"
#include "analyzer/json_out.h"
#include "analyzer/record_fields.h"
#include "analyzer/result_header.h"
#include "analyzer/text_pool.h"

enum { LINE_MOST = 16 << 20, COPY_SIZE = 1 << 16 };

struct spilled {
    uint64_t id, offset;
    uint32_t size, capture;
};

struct result_writer {
    int spill;
    bool is_plain;
    bool has_failed;
    int failure; /* errno */
    uint64_t offset;
    struct json_out out;
    struct spilled *items;
    uint64_t count, capacity;
};

static bool write_to_spill(void *context, const void *bytes, size_t size)
{
    struct result_writer *writer = context;
    for (size_t done = 0; done < size;) {
        ssize_t written = write(writer->spill, (const char *)bytes + done, size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            writer->has_failed = true;
            writer->failure = written == 0 ? ENOSPC : errno;
            return false;
        }
        done += (size_t)written;
    }
    writer->offset += size;
    return true;
}

struct result_writer *result_writer_new(int spill)
{
    struct result_writer *writer = alloc_zeroed(1, sizeof *writer);
    writer->spill = spill;
    json_out_init(&writer->out, write_to_spill, writer);
    return writer;
}

void result_writer_set_plain(struct result_writer *writer)
{
    writer->is_plain = true;
}

void result_writer_add(struct result_writer *writer, const struct flow_record *record)
{
    if (writer->count == writer->capacity) {
        writer->capacity = writer->capacity == 0 ? 1024 : 2 * writer->capacity;
        writer->items =
            alloc_resize(writer->items, writer->capacity, sizeof *writer->items);
    }
    uint64_t before = writer->offset + writer->out.used;
    record_fields_write(record, &writer->out);
    json_line_end(&writer->out);
    writer->items[writer->count++] = (struct spilled){
        .id = record->id,
        .offset = before,
        .size = (uint32_t)(writer->offset + writer->out.used - before),
        .capture = record->capture,
    };
}

uint64_t result_writer_count(const struct result_writer *writer)
{
    return writer->count;
}

/* Where finished lines go: through the checksum into the compressor. */
struct lines {
    struct byte_sink *sink;
    struct digest *digest;
};

static bool write_line_bytes(void *context, const void *bytes, size_t size)
{
    struct lines *lines = context;
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
    int order = strcmp(captures[first->capture].name, captures[second->capture].name);
    if (order != 0)
        return order;
    return first->id < second->id ? -1 : first->id > second->id;
}

static bool copy_spilled(struct result_writer *writer, const struct spilled *item,
                         struct lines *lines)
{
    char buffer[COPY_SIZE];
    for (uint32_t done = 0; done < item->size;) {
        uint32_t rest = item->size - done;
        ssize_t got = pread(writer->spill, buffer, rest < COPY_SIZE ? rest : COPY_SIZE,
                            (off_t)(item->offset + done));
        if (got <= 0) {
            writer->has_failed = true;
            writer->failure = got == 0 ? EIO : errno;
            return false;
        }
        (void)write_line_bytes(lines, buffer, (size_t)got);
        done += (uint32_t)got;
    }
    return true;
}

static void write_end(struct lines *lines, struct json_out *out, uint64_t flows)
{
    uint8_t sha256[DIGEST_SHA256_SIZE];
    char hex[DIGEST_SHA256_TEXT_SIZE];
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
    header->flow_count = writer->count;
    header->certificate_count = certificates_count(certificates);
    result_header_write(header, &out);
    for (uint32_t i = 0; i < header->certificate_count; i++)
        write_certificate(certificates_at(certificates, i), &out);
    (void)json_out_flush(&out);
    if (writer->count > 1)
        qsort_r(writer->items, writer->count, sizeof *writer->items, spilled_order,
                header->captures);
    for (uint64_t i = 0; i < writer->count && !writer->has_failed; i++)
        (void)copy_spilled(writer, &writer->items[i], lines);
    write_end(lines, &out, writer->count);
}

bool result_writer_conclude(struct result_writer *writer, struct result_header *header,
                            const struct certificates *certificates, int output,
                            struct error *error)
{
    (void)json_out_flush(&writer->out);
    struct lines lines = { .digest = digest_new() };
    lines.sink = byte_sink_open(output, header->series,
                                writer->is_plain ? BYTE_SINK_PLAIN : BYTE_SINK_ZSTD, error);
    bool is_written = false;
    if (lines.sink != NULL) {
        write_all(writer, header, certificates, &lines);
        is_written = byte_sink_close(lines.sink, error);
    }
    if (writer->has_failed) {
        error_set(error, "%s: its flows could not be written: %s", header->series,
                  strerror(writer->failure));
        is_written = false;
    }
    digest_free(lines.digest);
    free(writer->items);
    free(writer);
    return is_written;
}

struct result {
    char *name;
    int file;
    struct byte_source *source;
    struct digest *digest;
    struct result_header header;
    struct text_pool texts;
    char *line;
    size_t capacity;
    uint64_t line_number, flows;
    bool is_damaged, is_ended;
    struct error problem;
};

static bool fail(struct result *result, const char *reason)
{
    if (!result->is_damaged)
        error_set(&result->problem, "%s: line %llu: %s", result->name,
                  (unsigned long long)result->line_number, reason);
    result->is_damaged = true;
    return false;
}

/* The next line, without its line feed but with a NUL, in result->line. */
static bool read_line(struct result *result, size_t *size)
{
    struct bytes window;
    size_t wanted = 4096;
    const uint8_t *end = NULL;
    result->line_number++;
    for (;;) {
        bool is_more = byte_source_need(result->source, wanted, &window);
        end = window.left == 0 ? NULL : memchr(window.at, '\n', window.left);
        if (end != NULL || !is_more || wanted >= LINE_MOST)
            break;
        wanted *= 4;
    }
    if (end == NULL)
        return fail(result, byte_source_problem(result->source)->text[0] != '\0'
                                ? byte_source_problem(result->source)->text
                                : "the file ends before its last line");
    *size = (size_t)(end - window.at);
    if (*size + 1 > result->capacity) {
        result->capacity = 2 * (*size + 1);
        result->line = alloc_resize(result->line, result->capacity, 1);
    }
    memcpy(result->line, window.at, *size);
    result->line[*size] = '\0';
    return true;
}

static void count_line(struct result *result, size_t size)
{
    digest_see(result->digest, result->line, size);
    digest_see(result->digest, "\n", 1);
    byte_source_consume(result->source, size + 1);
}

static const char *pool_text(struct text_pool *texts, const struct json_value *object,
                             const char *key)
{
    return text_pool_copy(texts, json_in_text(json_in_member(object, key)));
}

static bool read_certificate(struct result *result, size_t size,
                             struct flow_certificate *certificate)
{
    struct json_value *object =
        json_in_read(result->line, size, result->name, &result->problem);
    if (object == NULL)
        return false;
    struct text_pool *texts = &result->texts;
    const struct json_value *san = json_in_member(object, "san");
    const char **names = text_pool_take(texts, (json_in_count(san) + 1) * sizeof *names);
    *certificate = (struct flow_certificate){
        .subject_cn = pool_text(texts, object, "subject_cn"),
        .issuer_cn = pool_text(texts, object, "issuer_cn"),
        .issuer_o = pool_text(texts, object, "issuer_o"),
        .sha256 = pool_text(texts, object, "sha256"),
        .san = names,
    };
    (void)json_in_bool(json_in_member(object, "san_cut"), &certificate->san_cut);
    bool is_sound =
        json_in_integer(json_in_member(object, "not_before"),
                        &certificate->not_before_s) &&
        json_in_integer(json_in_member(object, "not_after"), &certificate->not_after_s) &&
        certificate->sha256 != NULL;
    for (const struct json_value *at = json_in_first(san); at != NULL;
         at = json_in_next(at))
        if (json_in_text(at) != NULL)
            names[certificate->san_count++] = text_pool_copy(texts, json_in_text(at));
    json_in_free(object);
    return is_sound;
}

static bool read_start(struct result *result, struct error *error)
{
    size_t size;
    if (!read_line(result, &size)) {
        *error = result->problem;
        return false;
    }
    if (!result_header_read(result->line, size, result->name, &result->header, error))
        return false;
    count_line(result, size);
    uint32_t wanted = result->header.certificate_count;
    if (wanted > CERTIFICATES_MOST) {
        error_set(error, "%s: line 1: more certificates than a series can have",
                  result->name);
        return false;
    }
    result->header.certificates =
        text_pool_take(&result->texts, (wanted + 1) * sizeof(struct flow_certificate));
    for (uint32_t i = 0; i < wanted; i++) {
        if (!read_line(result, &size) ||
            !read_certificate(result, size, &result->header.certificates[i])) {
            (void)fail(result, "not a certificate's facts");
            *error = result->problem;
            return false;
        }
        count_line(result, size);
    }
    return true;
}

struct result *result_open(const char *path, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct result *result = alloc_zeroed(1, sizeof *result);
    result->file = file;
    result->name = alloc_text(path);
    result->digest = digest_new();
    result->source = byte_source_open(file, path, error);
    if (result->source == NULL || !read_start(result, error)) {
        result_close(result);
        return NULL;
    }
    return result;
}

void result_close(struct result *result)
{
    if (result == NULL)
        return;
    byte_source_close(result->source);
    close(result->file);
    digest_free(result->digest);
    result_header_release(&result->header);
    text_pool_release(&result->texts);
    free(result->line);
    free(result->name);
    free(result);
}

const struct result_header *result_header(const struct result *result)
{
    return &result->header;
}

struct result_header *result_take_header(struct result *result)
{
    struct result_header *header = alloc_zeroed(1, sizeof *header);
    *header = result->header;
    header->certificates = NULL;
    result->header = (struct result_header){ 0 };
    result->is_damaged = true;
    return header;
}

static bool see_end(struct result *result, size_t size)
{
    uint8_t sha256[DIGEST_SHA256_SIZE];
    char hex[DIGEST_SHA256_TEXT_SIZE];
    char expected[128];
    digest_conclude(result->digest, sha256);
    int length = snprintf(expected, sizeof expected, "{\"end\":%llu,\"sha256\":\"%s\"}",
                          (unsigned long long)result->flows,
                          digest_write_hex(sha256, sizeof sha256, hex));
    if ((size_t)length != size || memcmp(expected, result->line, size) != 0 ||
        result->flows != result->header.flow_count)
        return fail(result, "count or checksum do not fit what stands before");
    struct bytes rest;
    byte_source_consume(result->source, size + 1);
    if (byte_source_need(result->source, 1, &rest) ||
        byte_source_state(result->source) != BYTE_SOURCE_END)
        return fail(result, "something stands behind its last line");
    result->is_ended = true;
    return false;
}

static bool refers_to_what_is_there(const struct result *result,
                                    const struct flow_record *record)
{
    for (uint32_t i = 0; i < record->tls.chain_count; i++)
        if (record->tls.chain[i] >= result->header.certificate_count)
            return false;
    return record_fields_name_files_below(record, result->header.capture_count);
}

bool result_next(struct result *result, struct flow_record *record)
{
    size_t size;
    if (result->is_damaged || result->is_ended || !read_line(result, &size))
        return false;
    if (strncmp(result->line, "{\"end\":", 7) == 0)
        return see_end(result, size);
    count_line(result, size);
    if (strlen(result->line) != size || !record_fields_read(result->line, record))
        return fail(result, "not a flow's facts");
    if (!refers_to_what_is_there(result, record)) {
        flow_record_release(record);
        return fail(result, "it names a capture or certificate that is not there");
    }
    result->flows++;
    return true;
}

bool result_is_whole(const struct result *result, struct error *error)
{
    if (!result->is_ended || result->is_damaged)
        *error = result->problem;
    return result->is_ended && !result->is_damaged;
}
