/* test_result.c - results come back as they were, or are refused. */
#include "tests/test.h"

#include "analyzer/byte_source.h"
#include "tests/result_maker.h"

static char *folder, *path;

static void add_certificate(struct result_maker *maker, const char *name,
                            uint32_t expected)
{
    uint8_t der[2048];
    uint32_t index = UINT32_MAX;
    FILE *file = fopen(name, "rb");
    if (file == NULL)
        abort();
    size_t size = fread(der, 1, sizeof der, file);
    fclose(file);
    CHECK(certificates_find(maker->certificates, bytes_of(der, size), &index));
    CHECK(index == expected);
}

static void fill_header(struct result_header *header)
{
    header->filter = alloc_text("tcp port 443 and \"x\"");
    header->from = alloc_text("2025-06-02");
    header->to = alloc_text("2025-06-03");
    header->ndpi = alloc_text("4.2");
    header->ndpi_problem = alloc_text("none");
    header->evicted_flows = UINT64_C(1) << 60;
    struct capture_entry *entry = &header->captures[0];
    entry->sha256 = alloc_text("abc");
    entry->looks_like = alloc_text("text");
    entry->in_folder = true;
    entry->compression = alloc_text("gzip");
    entry->link_type_count = 2;
    entry->link_types = alloc_zeroed(2, sizeof *entry->link_types);
    entry->link_types[0] = 1;
    entry->link_types[1] = 276;
    entry->snaplen = 262144;
    entry->packets = UINT64_MAX;
    entry->bytes = UINT64_C(1) << 53;
    entry->first_ns = -INT64_MAX;
    entry->last_ns = INT64_MAX;
    entry->status = STATUS_DAMAGED;
    entry->problem_count = 1;
    entry->problems = alloc_zeroed(1, sizeof *entry->problems);
    entry->problems[0] =
        (struct capture_problem){ 77, 5, alloc_text("a.pcap: frame 5: \x1b lies") };
    entry->copies = 11;
    entry->crossings = 12;
    entry->cut_packets = 13;
    entry->malformed = 14;
    entry->unread = 15;
    entry->fragments = 21;
    entry->rebuilt = 22;
    entry->incomplete = 23;
    entry->refused = 24;
    entry->dropped = 16;
    entry->has_dropped = true;
    entry->clock_steps = 17;
    entry->other_count = 1;
    entry->other = alloc_zeroed(1, sizeof *entry->other);
    entry->other[0] = (struct capture_other){ alloc_text("icmp"), 1, 2, 3 };
}

/* Three flows of two captures, added out of order, with two certificates. */
static void make_one(bool is_passing)
{
    struct result_maker maker;
    struct flow_record record;
    result_maker_open(&maker, "hq/edge", "hq/b.pcap", "hq/a.pcap", NULL);
    if (is_passing)
        result_writer_set_passing(maker.writer);
    fill_header(&maker.header);
    add_certificate(&maker, "tests/corpus/x509/rsa", 0);
    add_certificate(&maker, "tests/corpus/x509/ec", 1);
    for (uint64_t id = 3; id > 0; id--) {
        test_flow(&record, id, "10.0.0.1", "52.96.1.2", 443);
        record.capture = id == 2;
        record.tls.sni = "outlook.office365.com";
        if (id == 3) {
            record.tls.chain_count = 2;
            record.tls.chain[0] = 1;
        }
        for (unsigned i = 0; i < 30; i++)
            distribution_see(&record.rtt[RTT_SERVER].samples, 1000000 * (int64_t)i);
        result_maker_add(&maker, &record);
        flow_record_release(&record);
    }
    result_maker_close(&maker, path);
}

static void make(void)
{
    make_one(false);
}

static void check_entry(const struct capture_entry *entry)
{
    CHECK_TEXT(entry->name, "hq/b.pcap");
    CHECK_TEXT(entry->sha256, "abc");
    CHECK_TEXT(entry->format, "pcap");
    CHECK_TEXT(entry->looks_like, "text");
    CHECK_TEXT(entry->compression, "gzip");
    CHECK(entry->in_folder && entry->snaplen == 262144);
    CHECK(entry->link_type_count == 2 && entry->link_types[0] == 1 &&
          entry->link_types[1] == 276);
    CHECK(entry->packets == UINT64_MAX && entry->bytes == UINT64_C(1) << 53);
    CHECK(entry->has_times && entry->first_ns == -INT64_MAX &&
          entry->last_ns == INT64_MAX);
    CHECK(entry->status == STATUS_DAMAGED);
    CHECK(entry->problem_count == 1 && entry->problems[0].offset == 77 &&
          entry->problems[0].frame == 5);
    CHECK_TEXT(entry->problems[0].sentence, "a.pcap: frame 5: \x1b lies");
    CHECK(entry->copies == 11 && entry->crossings == 12 && entry->cut_packets == 13);
    CHECK(entry->fragments == 21 && entry->rebuilt == 22);
    CHECK(entry->incomplete == 23 && entry->refused == 24);
    CHECK(entry->malformed == 14 && entry->unread == 15 && entry->dropped == 16);
    CHECK(entry->has_dropped && entry->clock_steps == 17 && entry->flows == 2);
    CHECK(entry->other_count == 1 && entry->other[0].peers == 1 &&
          entry->other[0].packets == 2 && entry->other[0].bytes == 3);
    CHECK_TEXT(entry->other[0].protocol, "icmp");
}

static void a_header_comes_back_field_by_field(void)
{
    struct error error;
    make();
    struct result *result = result_open(path, &error);
    CHECK(result != NULL);
    if (result == NULL)
        return;
    const struct result_header *header = result_header(result);
    CHECK_TEXT(header->series, "hq/edge");
    CHECK_TEXT(header->generator, "test");
    CHECK_TEXT(header->filter, "tcp port 443 and \"x\"");
    CHECK_TEXT(header->from, "2025-06-02");
    CHECK_TEXT(header->to, "2025-06-03");
    CHECK_TEXT(header->ndpi, "4.2");
    CHECK_TEXT(header->ndpi_problem, "none");
    CHECK(header->flow_count == 3 && header->evicted_flows == UINT64_C(1) << 60);
    CHECK(header->capture_count == 2 && header->certificate_count == 2);
    check_entry(&header->captures[0]);
    CHECK_TEXT(header->captures[1].name, "hq/a.pcap");
    CHECK(header->captures[1].sha256 == NULL && header->captures[1].flows == 1);
    CHECK(header->certificates[0].subject_cn != NULL &&
          header->certificates[0].issuer_cn != NULL);
    CHECK_TEXT(header->certificates[0].subject_o, "Example Org");
    CHECK(strlen(header->certificates[1].sha256) == 64);
    CHECK(header->certificates[0].san_count > 0 &&
          header->certificates[0].not_before_s < header->certificates[0].not_after_s);
    result_close(result);
}

static void check_flows(bool is_passing)
{
    static const uint64_t ids[] = { 2, 1, 3 }; /* a.pcap first */
    struct error error;
    struct flow_record record;
    make_one(is_passing);
    struct result *result = result_open(path, &error);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(!result_is_whole(result, &error));
        CHECK(result_next(result, &record));
        CHECK(record.id == ids[i]);
        CHECK(record.rtt[RTT_SERVER].samples.count == 30);
        CHECK_TEXT(record.tls.sni, "outlook.office365.com");
        CHECK(record.tls.chain_count == (ids[i] == 3 ? 2 : 0));
        flow_record_release(&record);
    }
    CHECK(!result_next(result, &record));
    CHECK(result_is_whole(result, &error));
    CHECK(!result_next(result, &record));
    result_close(result);
}

static void flows_come_back_by_capture_name_and_id(void)
{
    check_flows(false);
    check_flows(true);
}

/* More than is held of the spill at once, closed in another order than they began. */
static void many_flows_come_back_in_order(void)
{
    enum { FLOWS = 20000, STRIDE = 7919 }; /* a prime: every id once */
    struct error error;
    struct result_maker maker;
    struct flow_record record;
    char name[128];
    bool is_right = true;
    for (unsigned is_passing = 0; is_passing < 2; is_passing++) {
        result_maker_open(&maker, "hq", "a.pcap", NULL);
        if (is_passing)
            result_writer_set_passing(maker.writer);
        for (uint64_t i = 0; i < FLOWS; i++) {
            uint64_t id = i * STRIDE % FLOWS + 1;
            test_flow(&record, id, "10.0.0.1", "52.96.1.2", 443);
            snprintf(name, sizeof name, "%0*llu.example", (int)(id % 100),
                     (unsigned long long)id);
            record.tls.sni = name;
            result_maker_add(&maker, &record);
            flow_record_release(&record);
        }
        result_maker_close(&maker, path);
        struct result *result = result_open(path, &error);
        for (uint64_t id = 1; id <= FLOWS && result_next(result, &record); id++) {
            is_right &= record.id == id && strtoull(record.tls.sni, NULL, 10) == id;
            flow_record_release(&record);
        }
        CHECK(is_right && !result_next(result, &record));
        CHECK(result_is_whole(result, &error));
        result_close(result);
    }
}

static size_t read_file(char **bytes)
{
    FILE *file = fopen(path, "rb");
    *bytes = alloc_zeroed(1 << 16, 1);
    size_t size = fread(*bytes, 1, 1 << 16, file);
    fclose(file);
    return size;
}

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size)
        abort();
    fclose(file);
}

/* The plain lines of the result. */
static size_t read_plain(char **bytes)
{
    struct error error;
    struct bytes window;
    int file = open(path, O_RDONLY);
    struct byte_source *source = byte_source_open(file, "x", &error);
    (void)byte_source_need(source, 1 << 16, &window);
    *bytes = alloc_text_of(window.at, window.left);
    size_t size = window.left;
    byte_source_close(source);
    close(file);
    return size;
}

/* How many flows are read, or -1 where the result is refused; `is_whole` as told. */
static int flows_read(bool *is_whole)
{
    struct error error = { { 0 } };
    struct flow_record record;
    struct result *result = result_open(path, &error);
    int flows = 0;
    *is_whole = false;
    if (result == NULL) {
        CHECK(strstr(error.text, "result") != NULL);
        return -1;
    }
    for (; result_next(result, &record); flows++)
        flow_record_release(&record);
    *is_whole = result_is_whole(result, &error);
    CHECK(*is_whole || error.text[0] != '\0');
    result_close(result);
    return flows;
}

static void every_cut_is_noticed(void)
{
    char *bytes;
    bool is_whole;
    for (unsigned kind = 0; kind < 3; kind++) { /* compressed, its lines, passing */
        make_one(kind == 2);
        size_t size = kind == 1 ? read_plain(&bytes) : read_file(&bytes);
        write_file(bytes, size);
        CHECK(flows_read(&is_whole) == 3 && is_whole);
        for (size_t cut = 0; cut < size; cut++) {
            write_file(bytes, cut);
            (void)flows_read(&is_whole);
            CHECK(!is_whole);
        }
        free(bytes);
    }
}

static void every_bit_flip_is_noticed(void)
{
    char *bytes;
    bool is_whole;
    make();
    size_t size = read_plain(&bytes);
    for (size_t at = 0; at < size; at++) {
        char flip = (char)(1 << at % 8);
        bytes[at] ^= flip;
        write_file(bytes, size);
        (void)flows_read(&is_whole);
        CHECK(!is_whole);
        bytes[at] ^= flip;
    }
    free(bytes);
}

/* A flip that the decompressor does not see must be one that changes nothing. */
static void every_bit_flip_of_the_compressed_file_is_noticed(void)
{
    char *bytes, *before, *after;
    bool is_whole;
    make();
    size_t size = read_file(&bytes), before_size = read_plain(&before);
    for (size_t at = 0; at < 8 * size; at++) {
        bytes[at / 8] ^= (char)(1 << at % 8);
        write_file(bytes, size);
        (void)flows_read(&is_whole);
        if (is_whole) {
            size_t after_size = read_plain(&after);
            CHECK(after_size == before_size && memcmp(before, after, after_size) == 0);
            free(after);
        }
        bytes[at / 8] ^= (char)(1 << at % 8);
    }
    free(before);
    free(bytes);
}

static void bytes_behind_the_end_are_noticed(void)
{
    char *bytes;
    bool is_whole;
    for (unsigned is_passing = 0; is_passing < 2; is_passing++) {
        make_one(is_passing);
        size_t size = is_passing ? read_file(&bytes) : read_plain(&bytes);
        bytes = alloc_resize(bytes, size + 2, 1);
        bytes[size] = '\n';
        write_file(bytes, size + 1);
        CHECK(flows_read(&is_whole) == 3 && !is_whole);
        free(bytes);
    }
}

static void replace(const char *from, const char *to)
{
    char *bytes;
    size_t size = read_plain(&bytes);
    char *at = strstr(bytes, from);
    CHECK(at != NULL && strlen(from) == strlen(to));
    if (at != NULL)
        memcpy(at, to, strlen(to));
    write_file(bytes, size);
    free(bytes);
}

static void another_schema_is_refused(void)
{
    struct error error = { { 0 } };
    make();
    replace("o365lens/result/1", "o365lens/result/2");
    CHECK(result_open(path, &error) == NULL);
    CHECK(strstr(error.text, "not a result of this version") != NULL);
    write_file("hello\n", 6);
    CHECK(result_open(path, &error) == NULL);
    write_file("", 0);
    CHECK(result_open(path, &error) == NULL);
    CHECK(result_open("/nonexistent/x", &error) == NULL);
    CHECK(strstr(error.text, "/nonexistent/x") != NULL);
}

/* What a flow names must be there, whatever the checksum says: it stands behind. */
static void a_flow_that_names_what_is_not_there_is_refused(void)
{
    static const struct {
        uint32_t capture, certificate;
        uint64_t frame;
        bool is_good;
    } cases[] = {
        { 1, 1, 0, true },
        { 2, 1, 0, false },
        { 1, 2, 0, false },
        { 1, 1, (uint64_t)2 << FRAME_NUMBER_BITS | 1, false },
        { 1, 1, (uint64_t)1 << FRAME_NUMBER_BITS | 1, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct result_maker maker;
        struct flow_record record;
        bool is_whole;
        result_maker_open(&maker, "s", "a", "b", "c", NULL);
        add_certificate(&maker, "tests/corpus/x509/rsa", 0);
        add_certificate(&maker, "tests/corpus/x509/ec", 1);
        test_flow(&record, 1, "10.0.0.1", "52.96.1.2", 443);
        record.capture = cases[i].capture;
        record.tls.chain_count = 1;
        record.tls.chain[0] = cases[i].certificate;
        record.tls.hello_frame = cases[i].frame;
        result_maker_add(&maker, &record);
        flow_record_release(&record);
        capture_entry_release(&maker.header.captures[2]);
        maker.header.capture_count = 2;
        result_maker_close(&maker, path);
        CHECK(flows_read(&is_whole) == (cases[i].is_good ? 1 : 0));
        CHECK(is_whole == cases[i].is_good);
    }
}

static void headers_that_lie_are_refused(void)
{
    static const struct {
        const char *from, *to;
    } lies[] = {
        { "\"certificates\":2", "\"certificates\":3" },
        { "\"certificates\":2", "\"certificates\":1" },
        { "\"certificates\":2", "\"certificates\":x" },
        { "\"flows\":3", "\"flows\":4" },
        { "\"flows\":3", "\"flows\":[" },
        { "\"series\":", "\"serIes\":" },
        { "\"name\":", "\"Name\":" },
        { "\"status\":2", "\"status\":9" },
        { "\"snaplen\":262144", "\"snaplen\":-26214" },
        { "\"in_folder\":true", "\"in_folder\":null" },
        { "\"captures\":", "\"Captures\":" },
    };
    bool is_whole;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        make();
        replace(lies[i].from, lies[i].to);
        (void)flows_read(&is_whole);
        CHECK(!is_whole);
    }
}

static void a_result_of_no_flow_is_whole(void)
{
    struct result_maker maker;
    bool is_whole;
    result_maker_open(&maker, "s", "a", NULL);
    result_maker_close(&maker, path);
    CHECK(flows_read(&is_whole) == 0 && is_whole);
}

static void a_header_that_is_taken_leaves_a_result_that_can_be_closed(void)
{
    struct error error;
    struct flow_record record;
    make();
    struct result *result = result_open(path, &error);
    struct result_header *header = result_take_header(result);
    CHECK(!result_next(result, &record));
    result_close(result);
    CHECK_TEXT(header->series, "hq/edge");
    CHECK(header->certificates == NULL);
    result_header_release(header);
    free(header);
}

static void a_full_disk_is_told(void)
{
    struct result_maker maker;
    struct error error = { { 0 } };
    result_maker_open(&maker, "s", "a", NULL);
    int full = open("/dev/full", O_WRONLY);
    CHECK(!result_writer_conclude(maker.writer, &maker.header, maker.certificates, full,
                                  &error));
    CHECK(error.text[0] != '\0');
    close(full);
    fclose(maker.spill);
    certificates_free(maker.certificates);
    result_header_release(&maker.header);
}

int main(void)
{
    folder = test_folder_new();
    path = alloc_format("%s/a.result", folder);
    RUN(a_header_comes_back_field_by_field);
    RUN(flows_come_back_by_capture_name_and_id);
    RUN(many_flows_come_back_in_order);
    RUN(every_cut_is_noticed);
    RUN(every_bit_flip_is_noticed);
    RUN(every_bit_flip_of_the_compressed_file_is_noticed);
    RUN(bytes_behind_the_end_are_noticed);
    RUN(another_schema_is_refused);
    RUN(a_flow_that_names_what_is_not_there_is_refused);
    RUN(headers_that_lie_are_refused);
    RUN(a_result_of_no_flow_is_whole);
    RUN(a_header_that_is_taken_leaves_a_result_that_can_be_closed);
    RUN(a_full_disk_is_told);
    free(path);
    test_folder_remove(folder);
    return test_end();
}
