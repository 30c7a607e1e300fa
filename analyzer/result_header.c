/* result_header.c - what was read, how, and how well. */
#include "analyzer/result_header.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "analyzer/json_in.h"

void capture_entry_release(struct capture_entry *entry)
{
    for (uint32_t i = 0; i < entry->problem_count; i++)
        free(entry->problems[i].sentence);
    for (uint32_t i = 0; i < entry->other_count; i++)
        free(entry->other[i].protocol);
    free(entry->problems);
    free(entry->other);
    free(entry->name);
    free(entry->series);
    free(entry->sha256);
    free(entry->format);
    free(entry->looks_like);
    free(entry->compression);
    free(entry->link_types);
    free(entry->capture_site);
    *entry = (struct capture_entry){ 0 };
}

void result_header_release(struct result_header *header)
{
    for (uint32_t i = 0; i < header->capture_count; i++)
        capture_entry_release(&header->captures[i]);
    free(header->captures);
    free(header->series);
    free(header->generator);
    free(header->filter);
    free(header->from);
    free(header->to);
    free(header->ndpi);
    free(header->ndpi_problem);
    *header = (struct result_header){ 0 };
}

enum member_kind { MEMBER_TEXT, MEMBER_UINT, MEMBER_U32, MEMBER_INT, MEMBER_BOOL };

/* A member of a struct by name: one table for writing and for reading. */
struct member {
    const char *key;
    enum member_kind kind;
    size_t at;
};

#define CAPTURE(member) offsetof(struct capture_entry, member)
static const struct member capture_members[] = {
    { "name", MEMBER_TEXT, CAPTURE(name) },
    { "sha256", MEMBER_TEXT, CAPTURE(sha256) },
    { "format", MEMBER_TEXT, CAPTURE(format) },
    { "looks_like", MEMBER_TEXT, CAPTURE(looks_like) },
    { "in_folder", MEMBER_BOOL, CAPTURE(in_folder) },
    { "compression", MEMBER_TEXT, CAPTURE(compression) },
    { "snaplen", MEMBER_U32, CAPTURE(snaplen) },
    { "packets", MEMBER_UINT, CAPTURE(packets) },
    { "bytes", MEMBER_UINT, CAPTURE(bytes) },
    { "has_times", MEMBER_BOOL, CAPTURE(has_times) },
    { "first", MEMBER_INT, CAPTURE(first_ns) },
    { "last", MEMBER_INT, CAPTURE(last_ns) },
    { "copies", MEMBER_UINT, CAPTURE(copies) },
    { "crossings", MEMBER_UINT, CAPTURE(crossings) },
    { "cut_packets", MEMBER_UINT, CAPTURE(cut_packets) },
    { "malformed", MEMBER_UINT, CAPTURE(malformed) },
    { "unread", MEMBER_UINT, CAPTURE(unread) },
    { "fragments", MEMBER_UINT, CAPTURE(fragments) },
    { "rebuilt", MEMBER_UINT, CAPTURE(rebuilt) },
    { "incomplete", MEMBER_UINT, CAPTURE(incomplete) },
    { "refused", MEMBER_UINT, CAPTURE(refused) },
    { "dropped", MEMBER_UINT, CAPTURE(dropped) },
    { "has_dropped", MEMBER_BOOL, CAPTURE(has_dropped) },
    { "clock_steps", MEMBER_UINT, CAPTURE(clock_steps) },
    { "flows", MEMBER_UINT, CAPTURE(flows) },
};

#define HEADER(member) offsetof(struct result_header, member)
static const struct member header_members[] = {
    { "series", MEMBER_TEXT, HEADER(series) },
    { "generator", MEMBER_TEXT, HEADER(generator) },
    { "filter", MEMBER_TEXT, HEADER(filter) },
    { "from", MEMBER_TEXT, HEADER(from) },
    { "to", MEMBER_TEXT, HEADER(to) },
    { "ndpi", MEMBER_TEXT, HEADER(ndpi) },
    { "ndpi_problem", MEMBER_TEXT, HEADER(ndpi_problem) },
    { "flows", MEMBER_UINT, HEADER(flow_count) },
    { "evicted_flows", MEMBER_UINT, HEADER(evicted_flows) },
    { "certificates", MEMBER_U32, HEADER(certificate_count) },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void write_members(const struct member *members, size_t count, const void *record,
                          struct json_out *out)
{
    for (size_t i = 0; i < count; i++) {
        const void *at = (const char *)record + members[i].at;
        json_key(out, members[i].key);
        switch (members[i].kind) {
        case MEMBER_TEXT:
            json_text(out, *(char *const *)at);
            break;
        case MEMBER_UINT:
            json_uint(out, *(const uint64_t *)at);
            break;
        case MEMBER_U32:
            json_uint(out, *(const uint32_t *)at);
            break;
        case MEMBER_INT:
            json_int(out, *(const int64_t *)at);
            break;
        case MEMBER_BOOL:
            json_bool(out, *(const bool *)at);
            break;
        }
    }
}

static void write_capture(const struct capture_entry *entry, struct json_out *out)
{
    json_open_object(out);
    write_members(capture_members, COUNT(capture_members), entry, out);
    json_key(out, "status");
    json_uint(out, entry->status);
    json_key(out, "link_types");
    json_open_array(out);
    for (uint32_t i = 0; i < entry->link_type_count; i++)
        json_uint(out, entry->link_types[i]);
    json_close_array(out);
    json_key(out, "problems");
    json_open_array(out);
    for (uint32_t i = 0; i < entry->problem_count; i++) {
        json_open_array(out);
        json_uint(out, entry->problems[i].offset);
        json_uint(out, entry->problems[i].frame);
        json_text(out, entry->problems[i].sentence);
        json_close_array(out);
    }
    json_close_array(out);
    json_key(out, "other");
    json_open_array(out);
    for (uint32_t i = 0; i < entry->other_count; i++) {
        json_open_array(out);
        json_text(out, entry->other[i].protocol);
        json_uint(out, entry->other[i].peers);
        json_uint(out, entry->other[i].packets);
        json_uint(out, entry->other[i].bytes);
        json_close_array(out);
    }
    json_close_array(out);
    json_close_object(out);
}

void result_header_write(const struct result_header *header, struct json_out *out)
{
    json_open_object(out);
    json_key(out, "schema");
    json_text(out, RESULT_SCHEMA);
    write_members(header_members, COUNT(header_members), header, out);
    json_key(out, "captures");
    json_open_array(out);
    for (uint32_t i = 0; i < header->capture_count; i++)
        write_capture(&header->captures[i], out);
    json_close_array(out);
    json_close_object(out);
    json_line_end(out);
}

/* Integers of 2^53 and above stand in texts. */
static bool read_wide(const struct json_value *value, bool *is_negative, uint64_t *out)
{
    int64_t integer;
    if (json_in_integer(value, &integer)) {
        *is_negative = integer < 0;
        *out = integer < 0 ? (uint64_t)-integer : (uint64_t)integer;
        return true;
    }
    const char *text = json_in_text(value);
    if (text == NULL || strspn(text, "-0123456789") != strlen(text))
        return false;
    *is_negative = *text == '-';
    char *end;
    *out = strtoull(text + *is_negative, &end, 10);
    return *end == '\0' && end != text + *is_negative;
}

static uint64_t read_uint(const struct json_value *value, bool *is_sound)
{
    bool is_negative = false;
    uint64_t wide = 0;
    if (!read_wide(value, &is_negative, &wide) || is_negative)
        *is_sound = false;
    return wide;
}

static void read_member(const struct member *member, const struct json_value *value,
                        void *at, bool *is_sound)
{
    bool is_negative = false;
    uint64_t wide = 0;
    switch (member->kind) {
    case MEMBER_TEXT:
        *(char **)at = alloc_text(json_in_text(value));
        break;
    case MEMBER_BOOL:
        *is_sound &= json_in_bool(value, at);
        break;
    case MEMBER_INT:
        *is_sound &= read_wide(value, &is_negative, &wide) && wide <= INT64_MAX;
        *(int64_t *)at = is_negative ? -(int64_t)wide : (int64_t)wide;
        break;
    case MEMBER_U32:
        wide = read_uint(value, is_sound);
        *is_sound &= wide <= UINT32_MAX;
        *(uint32_t *)at = (uint32_t)wide;
        break;
    case MEMBER_UINT:
        *(uint64_t *)at = read_uint(value, is_sound);
        break;
    }
}

static bool read_members(const struct json_value *object, const struct member *members,
                         size_t count, void *record)
{
    bool is_sound = true;
    for (size_t i = 0; i < count; i++)
        read_member(&members[i], json_in_member(object, members[i].key),
                    (char *)record + members[i].at, &is_sound);
    return is_sound;
}

/* The items of a small array of mixed values, for problems and other[]. */
static const struct json_value *item(const struct json_value *array, unsigned index)
{
    const struct json_value *at = json_in_first(array);
    while (at != NULL && index-- > 0)
        at = json_in_next(at);
    return at;
}

static bool read_lists(const struct json_value *object, struct capture_entry *entry)
{
    const struct json_value *types = json_in_member(object, "link_types");
    const struct json_value *problems = json_in_member(object, "problems");
    const struct json_value *other = json_in_member(object, "other");
    bool is_sound = true;
    entry->link_types = alloc_zeroed(json_in_count(types) + 1, sizeof *entry->link_types);
    entry->problems = alloc_zeroed(json_in_count(problems) + 1, sizeof *entry->problems);
    entry->other = alloc_zeroed(json_in_count(other) + 1, sizeof *entry->other);
    for (const struct json_value *at = json_in_first(types); at != NULL;
         at = json_in_next(at))
        entry->link_types[entry->link_type_count++] = (uint32_t)read_uint(at, &is_sound);
    for (const struct json_value *at = json_in_first(problems); at != NULL;
         at = json_in_next(at)) {
        struct capture_problem *problem = &entry->problems[entry->problem_count++];
        problem->offset = read_uint(item(at, 0), &is_sound);
        problem->frame = read_uint(item(at, 1), &is_sound);
        problem->sentence = alloc_text(json_in_text(item(at, 2)));
        is_sound &= problem->sentence != NULL;
    }
    for (const struct json_value *at = json_in_first(other); at != NULL;
         at = json_in_next(at)) {
        struct capture_other *traffic = &entry->other[entry->other_count++];
        traffic->protocol = alloc_text(json_in_text(item(at, 0)));
        traffic->peers = read_uint(item(at, 1), &is_sound);
        traffic->packets = read_uint(item(at, 2), &is_sound);
        traffic->bytes = read_uint(item(at, 3), &is_sound);
        is_sound &= traffic->protocol != NULL;
    }
    return is_sound;
}

static bool read_capture(const struct json_value *object, struct capture_entry *entry)
{
    bool is_sound = read_members(object, capture_members, COUNT(capture_members), entry);
    uint64_t status = read_uint(json_in_member(object, "status"), &is_sound);
    entry->status =
        status <= STATUS_UNREADABLE ? (enum capture_status)status : STATUS_UNREADABLE;
    return read_lists(object, entry) && is_sound && entry->name != NULL &&
           status <= STATUS_UNREADABLE;
}

static bool read_document(const struct json_value *document, struct result_header *header)
{
    const struct json_value *captures = json_in_member(document, "captures");
    bool is_sound =
        read_members(document, header_members, COUNT(header_members), header) &&
        header->series != NULL && json_in_count(captures) > 0;
    header->captures =
        alloc_zeroed(json_in_count(captures) + 1, sizeof *header->captures);
    for (const struct json_value *at = json_in_first(captures); at != NULL;
         at = json_in_next(at))
        is_sound &= read_capture(at, &header->captures[header->capture_count++]);
    return is_sound;
}

bool result_header_read(const char *line, size_t size, const char *name,
                        struct result_header *header, struct error *error)
{
    *header = (struct result_header){ 0 };
    struct json_value *document = json_in_read(line, size, name, error);
    if (document == NULL)
        return false;
    const char *schema = json_in_text(json_in_member(document, "schema"));
    bool is_sound = false;
    if (schema == NULL || strcmp(schema, RESULT_SCHEMA) != 0)
        error_set(error, "%s: not a result of this version (its schema is not %s)", name,
                  RESULT_SCHEMA);
    else if (!(is_sound = read_document(document, header)))
        error_set(error, "%s: line 1: the header is not whole", name);
    json_in_free(document);
    if (!is_sound)
        result_header_release(header);
    return is_sound;
}
