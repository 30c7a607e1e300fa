/* test_series_reader.c - analyzer/series_reader.c: which files follow each other, and
   what is said of each. */
#include "analyzer/series_reader.h"

#include <fcntl.h>

#include "tests/read_series.h"

/* A capture of one connection's packets: `count` of them, one each millisecond. */
static void talk_on(struct pcap_writer *out, int64_t start_ns, int count)
{
    static uint32_t sent;
    struct wire wire = wire_of(out, 50000);
    wire.time_ns = start_ns - ms_ns;
    wire.next[0] = 1000 + 4 * sent;
    wire.ip_id = (uint16_t)(sent + 1);
    for (int i = 0; i < count; i++)
        send_text(&wire, 0, "data");
    sent += (uint32_t)count;
}

static void files_that_follow_each_other_are_one_series(void)
{
    struct pcap_writer out[3] = { 0 };
    talk_on(&out[0], noon_ns, 10);
    talk_on(&out[1], noon_ns + 9 * ms_ns + 2 * s_ns,
            10); /* the longest pause there may be */
    talk_on(&out[2], noon_ns + 20 * ms_ns + 2 * s_ns, 10);
    struct test_capture captures[] = { { "a-1", &out[0] },
                                       { "a-2", &out[1] },
                                       { "a-3", &out[2] } };
    struct series_run run = run_series(captures, 3, NULL);
    CHECK(run.header->capture_count == 3 && run.progress->files_done == 3);
    CHECK_TEXT(run.header->series, "group");
    CHECK(flow_count(&run) == 1); /* the flow crosses both borders */
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->packets[0] == 30 && flow->capture == 0);
    CHECK(run.header->captures[0].flows == 1 && run.header->captures[2].flows == 0);
    CHECK(run.header->captures[2].packets == 10);
    run_release(&run);
    for (int i = 0; i < 3; i++)
        pcap_writer_release(&out[i]);
}

static uint32_t files_taken(int64_t second_starts_ns, bool is_named)
{
    struct pcap_writer out[2] = { 0 };
    talk_on(&out[0], noon_ns, 1000); /* ends at 999 ms */
    talk_on(&out[1], noon_ns + second_starts_ns, 10);
    struct test_capture captures[] = { { "a-1", &out[0] }, { "a-2", &out[1] } };
    struct series_settings settings = usual_settings();
    settings.is_named = is_named;
    struct series_run run = run_series(captures, 2, &settings);
    uint32_t taken = run.header->capture_count;
    CHECK(run.progress->files_done == taken);
    CHECK_TEXT(run.header->series, taken == 2 || is_named ? "group" : "a-1");
    run_release(&run);
    pcap_writer_release(&out[0]);
    pcap_writer_release(&out[1]);
    return taken;
}

static void a_pause_or_an_overlap_splits(void)
{
    int64_t end_ns = 999 * ms_ns;
    CHECK(files_taken(end_ns + 2 * s_ns, false) == 2);
    CHECK(files_taken(end_ns + 2 * s_ns + 1, false) == 1);
    CHECK(files_taken(end_ns - 100 * ms_ns, false) == 2);
    CHECK(files_taken(end_ns - 100 * ms_ns - 1, false) == 1);
    CHECK(files_taken(0, false) == 1); /* two captures at the same time */
}

static void the_assessment_file_may_say_that_they_belong_together(void)
{
    CHECK(files_taken(3600 * s_ns, true) == 2);
    CHECK(files_taken(1, true) == 2);
}

static void the_order_is_that_of_time_not_of_names(void)
{
    struct pcap_writer out[3] = { 0 };
    talk_on(&out[2], noon_ns, 10);
    talk_on(&out[0], noon_ns + 100 * ms_ns, 10);
    talk_on(&out[1], noon_ns + 200 * ms_ns, 10);
    struct test_capture captures[] = { { "a-1", &out[0] },
                                       { "a-2", &out[1] },
                                       { "a-3", &out[2] } };
    struct series_run run = run_series(captures, 3, NULL);
    CHECK(run.header->capture_count == 3 && flow_count(&run) == 1);
    CHECK_TEXT(run.header->captures[0].name, "a-3");
    CHECK_TEXT(run.header->captures[1].name, "a-1");
    CHECK(run.progress->order[0] == 2 && run.progress->is_ordered == 1);
    CHECK(run.header->captures[0].clock_steps == 0);
    run_release(&run);
    for (int i = 0; i < 3; i++)
        pcap_writer_release(&out[i]);
}

static void what_is_no_capture_comes_last_and_is_described(void)
{
    struct pcap_writer out = { 0 }, text = { 0 };
    talk_on(&out, noon_ns, 10);
    pcap_writer_put(&text, "Dear reader,\nnothing here.\n", 27);
    struct test_capture captures[] = { { "a-1", NULL },
                                       { "a-2", &text },
                                       { "a-3", &out } };
    struct series_run run = run_series(captures, 3, NULL);
    CHECK(run.header->capture_count == 1);
    CHECK_TEXT(run.header->captures[0].name, "a-3");
    run_release(&run);

    run = run_series(captures, 2, NULL);
    CHECK(run.header->capture_count == 1 && flow_count(&run) == 0);
    CHECK_TEXT(run.header->captures[0].name, "a-1");
    CHECK(run.header->captures[0].status == STATUS_UNREADABLE);
    CHECK_TEXT(run.header->captures[0].looks_like, "an empty file");
    run_release(&run);

    run = run_series(captures + 1, 1, NULL);
    CHECK(run.header->captures[0].status == STATUS_UNREADABLE);
    CHECK(run.header->captures[0].looks_like != NULL);
    CHECK(run.header->captures[0].problem_count == 1);
    run_release(&run);
    pcap_writer_release(&out);
    pcap_writer_release(&text);
}

/* A read error is none: it must not be passed over as something that is no capture. */
static void a_file_that_cannot_be_read_looks_like_nothing(void)
{
    int folder = open("/tmp", O_RDONLY | O_DIRECTORY), spill = memory_file("", 0);
    struct series_file file = { .name = (char *)"a.pcap",
                                .path = (char *)"a",
                                .series_name = (char *)"a" };
    struct series_settings settings = usual_settings();
    struct series_run run = { .output = memory_file("", 0) };
    run.progress = calloc(1, sizeof *run.progress + sizeof(uint32_t));
    struct series_job job = { .files = &file,
                              .inputs = &folder,
                              .file_count = 1,
                              .output = run.output,
                              .spill = spill,
                              .settings = &settings,
                              .progress = run.progress };
    run.is_written = series_read(&job, &run.error);
    open_run(&run);
    CHECK(run.header->captures[0].status == STATUS_UNREADABLE);
    CHECK(run.header->captures[0].looks_like == NULL);
    CHECK(strstr(run.header->captures[0].problems[0].sentence, "directory") != NULL);
    run_release(&run);
    close(folder);
    close(spill);
}

static void a_cut_file_is_read_up_to_there_and_the_next_one_follows(void)
{
    struct pcap_writer out[2] = { 0 };
    talk_on(&out[0], noon_ns, 10);
    talk_on(&out[1], noon_ns + 20 * ms_ns, 10);
    out[0].size -= 5;
    struct test_capture captures[] = { { "a-1", &out[0] }, { "a-2", &out[1] } };
    struct series_run run = run_series(captures, 2, NULL);
    CHECK(run.header->capture_count == 2);
    CHECK(run.header->captures[0].status == STATUS_TRUNCATED);
    CHECK(run.header->captures[0].packets == 9);
    CHECK(run.header->captures[0].problem_count == 1);
    CHECK(run.header->captures[0].problems[0].frame == 10);
    CHECK(run.header->captures[1].status == STATUS_COMPLETE);
    run_release(&run);
    pcap_writer_release(&out[0]);
    pcap_writer_release(&out[1]);
}

static void packets_outside_the_times_are_left_out_but_counted(void)
{
    struct pcap_writer out = { 0 };
    talk_on(&out, noon_ns, 10);
    struct series_settings settings = usual_settings();
    settings.from_ns = noon_ns + 2 * ms_ns;
    settings.to_ns = noon_ns + 5 * ms_ns;
    settings.from_text = "from then";
    struct series_run run =
        run_series(&(struct test_capture){ "one", &out }, 1, &settings);
    CHECK(run.header->captures[0].packets == 10);
    CHECK(run.header->captures[0].first_ns == noon_ns);
    CHECK_TEXT(run.header->from, "from then");
    CHECK(run.header->to == NULL);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow->packets[0] == 4 && frame_number(flow->first_frame) == 3);
    run_release(&run);
    pcap_writer_release(&out);
}

/* Nanoseconds since 1970 fill 63 bits in the year 2262: sums of such times do not fit. */
static void times_that_no_clock_shows_are_none(void)
{
    struct pcap_writer out = { 0 };
    uint8_t frame[200];
    struct wire wire = { .out = &out,
                         .ip = { "10.0.0.1", "52.96.0.1" },
                         .port = { 50000, 443 } };
    pcap_writer_section(&out, false);
    pcap_writer_interface(&out, &(struct pcap_writer_interface){ .link_type = 1,
                                                                 .has_resolution = true,
                                                                 .resolution = 9 });
    static const uint64_t times[] = { INT64_MAX, 0, UINT64_MAX, INT64_MAX - 1,
                                      1790000000000000000 };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct pcap_writer_fields fields = wire_fields(&wire, 0);
        fields.payload = "x";
        fields.payload_size = 1;
        size_t size = pcap_writer_udp(&fields, frame, sizeof frame);
        pcap_writer_enhanced(&out, 0, times[i], frame, size, size, 0);
    }
    struct series_run run = run_one(&out);
    CHECK(run.header->captures[0].packets == 5);
    CHECK(run.header->captures[0].first_ns == 0);
    CHECK(run.header->captures[0].last_ns == 1790000000000000000);
    CHECK(run.header->captures[0].clock_steps == 0);
    run_release(&run);
    pcap_writer_release(&out);
}

/* A capturing machine without a battery begins in 1970, and then learns the time. */
static void a_clock_set_on_the_way_leaves_a_result_that_can_be_read(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    wire.time_ns = 0;
    send_tcp(&wire, 0, SYN, NULL, 0);
    wire.time_ns = noon_ns;
    send_tcp(&wire, 1, SYN | ACK, NULL, 0);
    send_tcp(&wire, 0, ACK, NULL, 0);
    struct series_run run = run_one(&out);
    CHECK(flow_count(&run) == 1);
    const struct flow_record *flow = next_flow(&run);
    CHECK(flow != NULL && flow->packets[0] == 2);
    run_release(&run);
    pcap_writer_release(&out);
}

static void other_traffic_is_counted_by_protocol(void)
{
    struct pcap_writer out = { 0 };
    struct wire wire = wire_of(&out, 50000);
    uint8_t frame[200];
    for (int i = 0; i < 5; i++) {
        struct pcap_writer_fields fields = wire_fields(&wire, i % 2);
        fields.payload = "12345678";
        fields.payload_size = 8;
        size_t size = pcap_writer_ip(&fields, i < 4 ? 1 : 50, frame, sizeof frame);
        wire_put(&wire, frame, size);
    }
    memcpy(frame + 12, "\x08\x06", 2); /* an ARP of sorts */
    wire_put(&wire, frame, 42);
    struct series_run run = run_one(&out);
    const struct capture_entry *entry = &run.header->captures[0];
    CHECK(flow_count(&run) == 0 && entry->other_count == 3);
    CHECK_TEXT(entry->other[0].protocol, "arp");
    CHECK(entry->other[0].packets == 1 && entry->other[0].bytes == 42);
    CHECK_TEXT(entry->other[1].protocol, "esp");
    CHECK_TEXT(entry->other[2].protocol, "icmp");
    CHECK(entry->other[2].packets == 4 && entry->other[2].peers == 1);
    run_release(&run);
    pcap_writer_release(&out);
}

static void the_hash_is_that_of_the_whole_file(void)
{
    struct pcap_writer out = { 0 };
    talk_on(&out, noon_ns, 2);
    struct series_run run = run_one(&out);
    char *first = strdup(run.header->captures[0].sha256);
    CHECK(strlen(first) == 64);
    run_release(&run);
    pcap_writer_put(&out, "rest", 4); /* no whole packet: still of the file */
    run = run_one(&out);
    CHECK(run.header->captures[0].sha256 != NULL);
    CHECK(strcmp(run.header->captures[0].sha256, first) != 0);
    run_release(&run);
    free(first);
    pcap_writer_release(&out);
}

static void a_full_disk_is_said(void)
{
    struct pcap_writer out = { 0 };
    talk_on(&out, noon_ns, 2);
    int full = open("/dev/full", O_RDWR);
    int input = memory_file(out.bytes, out.size), output = memory_file("", 0);
    struct series_file file = { .name = (char *)"a.pcap",
                                .path = (char *)"a",
                                .series_name = (char *)"a" };
    struct series_settings settings = usual_settings();
    struct series_progress *progress = calloc(1, sizeof *progress + sizeof(uint32_t));
    struct series_job job = { .files = &file,
                              .inputs = &input,
                              .file_count = 1,
                              .output = full,
                              .spill = output,
                              .settings = &settings,
                              .progress = progress };
    struct error error = { { 0 } };
    CHECK(!series_read(&job, &error));
    CHECK(error.text[0] != '\0');
    lseek(input, 0, SEEK_SET);
    job.output = output;
    job.spill = full;
    error.text[0] = '\0';
    CHECK(!series_read(&job, &error));
    CHECK(error.text[0] != '\0');
    free(progress);
    close(full);
    close(input);
    close(output);
    pcap_writer_release(&out);
}

int main(void)
{
    RUN(files_that_follow_each_other_are_one_series);
    RUN(a_pause_or_an_overlap_splits);
    RUN(the_assessment_file_may_say_that_they_belong_together);
    RUN(the_order_is_that_of_time_not_of_names);
    RUN(what_is_no_capture_comes_last_and_is_described);
    RUN(a_file_that_cannot_be_read_looks_like_nothing);
    RUN(a_cut_file_is_read_up_to_there_and_the_next_one_follows);
    RUN(packets_outside_the_times_are_left_out_but_counted);
    RUN(times_that_no_clock_shows_are_none);
    RUN(a_clock_set_on_the_way_leaves_a_result_that_can_be_read);
    RUN(other_traffic_is_counted_by_protocol);
    RUN(the_hash_is_that_of_the_whole_file);
    RUN(a_full_disk_is_said);
    return test_end();
}
