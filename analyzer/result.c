/* result.c - what a result says of itself is checked as it is read. */
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
#include "analyzer/record_fields.h"
#include "analyzer/record_pack.h"
#include "analyzer/result_header.h"
#include "analyzer/text_pool.h"

enum { LINE_MOST = 16 << 20, PACKED_SIZE = 4 };

struct result {
    char *name;
    int file;
    struct byte_source *source;
    struct digest *digest;
    struct result_header header;
    struct text_pool texts;
    char *line;
    size_t capacity, used; /* used: bytes of the packed record that was given out */
    uint64_t line_number, flows;
    bool is_packed, is_damaged, is_ended;
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
    if (!result->is_packed) {
        digest_see(result->digest, result->line, size);
        digest_see(result->digest, "\n", 1);
    }
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
        .subject_o = pool_text(texts, object, "subject_o"),
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

/* A passing result says in a line of its own that it is one. */
static bool read_first_line(struct result *result, size_t *size)
{
    if (!read_line(result, size))
        return false;
    if (strcmp(result->line, RESULT_PASSING_LINE) != 0)
        return true;
    result->is_packed = true;
    count_line(result, *size);
    return read_line(result, size);
}

static bool read_start(struct result *result, struct error *error)
{
    size_t size;
    if (!read_first_line(result, &size)) {
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

bool result_is_passing(const struct result *result)
{
    return result->is_packed;
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

static bool see_packed_end(struct result *result)
{
    struct bytes rest;
    byte_source_consume(result->source, PACKED_SIZE);
    if (result->flows != result->header.flow_count ||
        byte_source_need(result->source, 1, &rest))
        return fail(result, "the count does not fit what stands before");
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

/* A packed record's texts lie in the window, which the next call moves on from. */
static bool read_packed(struct result *result, struct flow_record *record)
{
    struct bytes window;
    byte_source_consume(result->source, result->used);
    result->used = 0;
    if (!byte_source_need(result->source, PACKED_SIZE, &window))
        return fail(result, "the file ends before its last record");
    size_t size = bytes_u32(&window);
    if (size == 0)
        return see_packed_end(result);
    if (size > LINE_MOST ||
        !byte_source_need(result->source, PACKED_SIZE + size, &window))
        return fail(result, "a record is longer than the file");
    result->used = PACKED_SIZE + size;
    if (!record_unpack(bytes_of(window.at + PACKED_SIZE, size), record))
        return fail(result, "not a flow's facts");
    return true;
}

static bool read_record(struct result *result, struct flow_record *record)
{
    size_t size;
    if (!read_line(result, &size))
        return false;
    if (strncmp(result->line, "{\"end\":", 7) == 0)
        return see_end(result, size);
    count_line(result, size);
    if (strlen(result->line) != size || !record_fields_read(result->line, record))
        return fail(result, "not a flow's facts");
    return true;
}

bool result_next(struct result *result, struct flow_record *record)
{
    if (result->is_damaged || result->is_ended)
        return false;
    if (!(result->is_packed ? read_packed(result, record) : read_record(result, record)))
        return false;
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
