/*
 * fuzz_pipeline.c - the bytes of a capture through everything: flows, records, reports.
 *
 * The last byte of the input chooses how they are read, so that a capture with one byte
 * behind it is a seed. What comes out is held to what is promised of it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/assessment_make.h"
#include "analyzer/json_in.h"
#include "analyzer/knowledge.h"
#include "analyzer/series_reader.h"
#include "reports/flow_lines.h"
#include "reports/report.h"

enum choice {
    IS_SEEN_TWICE = 1, /* at two places: flows are matched */
    HAS_SITE_FILE = 2,
    HAS_LITTLE_ROOM = 4, /* for flows: they are evicted */
    IS_COMPRESSED = 8,   /* the result, as those that are kept */
    IS_CSV = 16,
};

enum { CAPTURES_MOST = 2 };

static const char about_sites[] =
    "{\"title\": \"A network\", \"customer\": \"Someone\","
    " \"sites\": [{\"name\": \"Hub\", \"role\": \"hub\","
    " \"location\": {\"city\": \"Leeds\", \"country\": \"GB\","
    " \"latitude\": 53.8, \"longitude\": -1.5},"
    " \"timezone\": \"Europe/London\", \"prefixes\": [\"10.0.0.0/24\"],"
    " \"egress\": [\"198.51.100.0/24\"], \"resolvers\": [\"10.0.0.53\"]},"
    " {\"name\": \"Branch\", \"prefixes\": [\"10.0.0.0/8\", \"2001:db8::/32\"],"
    " \"vpn_pools\": [\"10.9.0.0/16\"]}],"
    " \"proxies\": [{\"name\": \"Gate\", \"site\": \"Hub\","
    " \"addresses\": [\"10.0.0.8\"], \"ports\": [8080, 3128]}],"
    " \"captures\": [{\"match\": \"lan*\", \"site\": \"Hub\","
    " \"vantage\": \"client-lan\"}, {\"match\": \"edge*\", \"site\": \"Hub\","
    " \"vantage\": \"internet-edge\", \"link\": \"span\"}],"
    " \"interception\": {\"issuers\": [\"Inspection\"]}}";

static const char *const names[CAPTURES_MOST] = { "lan.pcap", "edge.pcap" };
static struct knowledge *knowledge[2]; /* without and with the site file */
static struct site_file *site_file;
static struct series_progress *progress;
static char folder[128];

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void leave(void)
{
    rmdir(folder);
}

static void begin(void)
{
    struct error error;
    const char *place = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/o365lens-fuzz-XXXXXX",
             place == NULL ? "/tmp" : place);
    check(mkdtemp(folder) != NULL && atexit(leave) == 0);
    site_file = site_file_read(about_sites, sizeof about_sites - 1, "sites", &error);
    knowledge[0] = knowledge_open(&error);
    knowledge[1] = knowledge_open(&error);
    progress = calloc(1, sizeof *progress + sizeof(uint32_t));
    check(site_file != NULL && knowledge[0] != NULL && knowledge[1] != NULL &&
          progress != NULL && knowledge_apply(knowledge[1], site_file, &error));
}

static int memory_file(const void *bytes, size_t size)
{
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    check(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    check(lseek(file, 0, SEEK_SET) == 0);
    return file;
}

/* The descriptor of its result. */
static int read_capture(const char *name, const uint8_t *bytes, size_t size,
                        unsigned choices)
{
    int input = memory_file(bytes, size), output = memory_file("", 0);
    int spill = memory_file("", 0);
    struct series_file file = { .name = (char *)name,
                                .path = (char *)name,
                                .series_name = (char *)name };
    struct series_settings settings = {
        .from_ns = INT64_MIN,
        .to_ns = INT64_MAX,
        .with_hashes = true,
        .is_kept = (choices & IS_COMPRESSED) != 0,
        .flow_limit = (choices & HAS_LITTLE_ROOM) != 0 ? 2 : 64,
    };
    struct series_job job = { .files = &file,
                              .inputs = &input,
                              .file_count = 1,
                              .output = output,
                              .spill = spill,
                              .settings = &settings,
                              .progress = progress };
    struct error error = { { 0 } };
    check(series_read(&job, &error));
    close(input);
    close(spill);
    return output;
}

struct text {
    char *bytes;
    size_t size;
};

static bool keep(void *context, const void *bytes, size_t size)
{
    struct text *text = context;
    text->bytes = realloc(text->bytes, text->size + size + 1);
    check(text->bytes != NULL);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
    return true;
}

/* No program that reads lines or shows text is led astray by names. */
static void check_text(const struct text *text)
{
    for (size_t i = 0; i < text->size; i++)
        check(!iscntrl((unsigned char)text->bytes[i]) || text->bytes[i] == '\n' ||
              (text->bytes[i] == '\r' && text->bytes[i + 1] == '\n'));
}

static void check_lines(const struct text *text)
{
    struct error error;
    check_text(text);
    for (char *line = text->bytes, *end; line != NULL && *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        check(end != NULL);
        struct json_value *flow =
            json_in_read(line, (size_t)(end - line), "line", &error);
        check(json_in_kind(json_in_member(flow, "client")) == JSON_OBJECT);
        json_in_free(flow);
    }
}

static void check_capture(const struct json_value *capture)
{
    const char *status = json_in_text(json_in_member(capture, "status"));
    const struct json_value *problems = json_in_member(capture, "problems");
    check(status != NULL && json_in_kind(problems) == JSON_ARRAY);
    check(strcmp(status, "complete") == 0 || json_in_count(problems) > 0);
    for (const struct json_value *problem = json_in_first(problems); problem != NULL;
         problem = json_in_next(problem)) {
        const char *sentence = json_in_text(json_in_member(problem, "sentence"));
        check(sentence != NULL && sentence[0] != '\0');
    }
}

static void check_json(const char *path, uint32_t count)
{
    struct error error;
    struct json_value *report = json_in_load(path, &error);
    const struct json_value *captures = json_in_member(report, "captures");
    check(json_in_count(captures) == count);
    for (const struct json_value *capture = json_in_first(captures); capture != NULL;
         capture = json_in_next(capture))
        check_capture(capture);
    json_in_free(report);
}

static void check_html(const char *path)
{
    static const char end[] = "</html>\n";
    struct text text = { 0 };
    char bytes[1 << 16];
    FILE *file = fopen(path, "rb");
    check(file != NULL);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, file)) > 0;)
        keep(&text, bytes, size);
    fclose(file);
    check_text(&text);
    check(text.size > sizeof end &&
          strcmp(text.bytes + text.size - (sizeof end - 1), end) == 0);
    check(strstr(text.bytes, "<script") == NULL);
    free(text.bytes);
}

static void check_report(const struct assessment *assessment, uint32_t count)
{
    struct error error = { { 0 } };
    char json[160], html[160];
    snprintf(json, sizeof json, "%s/report.json", folder);
    snprintf(html, sizeof html, "%s/report.html", folder);
    check(report_write(assessment, folder, &error));
    check_json(json, count);
    check_html(html);
    check(unlink(json) == 0 && unlink(html) == 0);
}

static bool see_flow(void *context, const struct judged_flow *flow,
                     const struct judgement_context *judgement)
{
    return flow_lines_see(context, flow, judgement);
}

static void assess(char *const *paths, uint32_t count, unsigned choices)
{
    bool has_sites = (choices & HAS_SITE_FILE) != 0;
    bool is_csv = (choices & IS_CSV) != 0;
    struct text text = { 0 };
    struct flow_lines *lines =
        flow_lines_new(is_csv ? FLOW_LINES_CSV : FLOW_LINES_NDJSON, keep, &text);
    struct assessment_input input = {
        .result_paths = paths,
        .result_count = count,
        .knowledge = knowledge[has_sites],
        .site_file = has_sites ? site_file : NULL,
        .created_ns = -1,
        .see_flow = see_flow,
        .see_context = lines,
    };
    struct assessment_output made;
    assessment_make(&input, &made);
    check(flow_lines_conclude(lines) && !made.is_stopped);
    check(made.result_count == count && made.assessment->capture_count == count);
    if (is_csv)
        check_text(&text);
    else
        check_lines(&text);
    check_report(made.assessment, count);
    assessment_output_release(&made);
    free(text.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char texts[CAPTURES_MOST][64], *paths[CAPTURES_MOST];
    int outputs[CAPTURES_MOST];
    if (knowledge[0] == NULL)
        begin();
    unsigned choices = size == 0 ? 0 : data[--size];
    uint32_t count = (choices & IS_SEEN_TWICE) != 0 ? 2 : 1;
    for (uint32_t i = 0; i < count; i++) {
        outputs[i] = read_capture(names[i], data, size, choices);
        snprintf(texts[i], sizeof texts[i], "/proc/self/fd/%d", outputs[i]);
        paths[i] = texts[i];
    }
    assess(paths, count, choices);
    for (uint32_t i = 0; i < count; i++)
        close(outputs[i]);
    return 0;
}
