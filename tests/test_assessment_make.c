/* test_assessment_make.c - facts and judgement are apart; order and place do not matter.
 */
#include "tests/test.h"

#include "analyzer/assessment_make.h"
#include "reports/flow_lines.h"
#include "reports/report.h"
#include "tests/judge_world.h"
#include "tests/written.h"

#define OUTLOOK "outlook.office365.com"
#define EXCHANGE "52.96.1.2"

static const char with_sites[] =
    "{\"schema\":\"o365lens/assessment/1\",\"sites\":["
    "{\"name\":\"Leeds\",\"prefixes\":[\"10.20.0.0/16\"]},{\"name\":\"HQ\"}],"
    "\"captures\":[{\"match\":\"leeds/*\",\"site\":\"Leeds\",\"vantage\":\"client-lan\"},"
    "{\"match\":\"hq/*\",\"site\":\"HQ\",\"vantage\":\"internet-edge\"}]}";
static const char with_one_site[] =
    "{\"schema\":\"o365lens/assessment/1\",\"sites\":["
    "{\"name\":\"Leeds\",\"prefixes\":[\"10.20.0.0/16\"]}],"
    "\"captures\":[{\"match\":\"leeds/*\",\"site\":\"Leeds\",\"vantage\":\"client-lan\"},"
    "{\"match\":\"hq/*\",\"site\":\"Leeds\",\"vantage\":\"internet-edge\"}]}";

static char *folder, *lan, *edge, *quiet;

static const char *random_of(uint64_t id)
{
    static char randoms[64][65];
    snprintf(randoms[id], 65, "%064llx", (unsigned long long)id);
    return randoms[id];
}

static char *make(const char *file, const char *series, const char *first,
                  const char *second, uint64_t flows, int64_t server_ms)
{
    struct result_maker maker;
    struct flow_record record;
    char *path = alloc_format("%s/%s", folder, file);
    result_maker_open(&maker, series, first, second, NULL);
    for (uint64_t id = 1; id <= flows; id++) {
        test_tls_flow(&record, id, "10.20.0.1", EXCHANGE, OUTLOOK);
        record.tls.client_random = random_of(id % 64);
        record.capture = id % 2 == 0 && second != NULL;
        record.tls.hello_frame = frame_of(record.capture, 10 * id);
        record.rtt[RTT_SERVER].base_ns = server_ms * 1000000;
        record.rtt[RTT_CLIENT].base_ns = (70 - server_ms) * 1000000;
        for (unsigned i = 0; i < 20; i++)
            distribution_see(&record.rtt[RTT_SERVER].samples,
                             server_ms * 1000000 + (int64_t)(i * id) * 1000);
        result_maker_add(&maker, &record);
        flow_record_release(&record);
    }
    result_maker_close(&maker, path);
    return path;
}

struct made {
    struct assessment_output output;
    struct site_file *site_file;
    struct knowledge *knowledge;
    struct written lines;
};

static bool see_flow(void *context, const struct judged_flow *flow,
                     const struct judgement_context *judgement)
{
    return flow_lines_see(context, flow, judgement);
}

static struct made judge(char *const *paths, uint32_t count, const char *site_file)
{
    struct error error;
    struct made made = { .knowledge = knowledge_open(&error) };
    if (site_file != NULL)
        made.site_file = site_file_read(site_file, strlen(site_file), "test", &error);
    (void)knowledge_apply(made.knowledge, made.site_file, &error);
    struct flow_lines *lines =
        flow_lines_new(FLOW_LINES_NDJSON, written_take, &made.lines);
    struct assessment_input input = {
        .result_paths = paths,
        .result_count = count,
        .knowledge = made.knowledge,
        .site_file = made.site_file,
        .created_ns = -1,
        .see_flow = see_flow,
        .see_context = lines,
    };
    assessment_make(&input, &made.output);
    CHECK(flow_lines_conclude(lines));
    return made;
}

static void release(struct made *made)
{
    assessment_output_release(&made->output);
    knowledge_free(made->knowledge);
    site_file_free(made->site_file);
    written_release(&made->lines);
}

/* The bytes of report.json. */
static char *report_of(const struct made *made)
{
    struct error error = { { 0 } };
    char *directory = alloc_format("%s/report", folder);
    char *path = alloc_format("%s/report.json", directory);
    char *page = alloc_format("%s/report.html", directory);
    CHECK(mkdir(directory, 0700) == 0);
    CHECK(report_write(made->output.assessment, directory, &error));
    char *text = alloc_zeroed(4 << 20, 1);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL && fread(text, 1, (4 << 20) - 1, file) > 1000);
    if (file != NULL)
        fclose(file);
    unlink(path);
    unlink(page);
    CHECK(rmdir(directory) == 0);
    free(page);
    free(path);
    free(directory);
    return text;
}

static uint32_t findings_of_kind(const struct made *made, const char *kind)
{
    uint32_t count = 0;
    const struct findings *findings = &made->output.assessment->findings;
    for (uint32_t i = 0; i < findings->count; i++)
        count += strcmp(findings->items[i]->kind, kind) == 0;
    return count;
}

static void the_order_of_results_changes_no_byte(void)
{
    char *orders[][3] = { { lan, edge, quiet },
                          { quiet, edge, lan },
                          { edge, lan, quiet } };
    char *first_report = NULL, *first_lines = NULL;
    for (unsigned i = 0; i < 3; i++) {
        struct made made = judge(orders[i], 3, with_sites);
        char *report = report_of(&made);
        if (i == 0) {
            first_report = alloc_text(report);
            first_lines = alloc_text(made.lines.text);
        }
        CHECK(strcmp(first_report, report) == 0);
        CHECK(strcmp(first_lines, made.lines.text) == 0);
        free(report);
        release(&made);
    }
    free(first_report);
    free(first_lines);
}

static void where_results_lie_and_that_one_is_given_twice_changes_no_byte(void)
{
    char *moved = alloc_format("%s/aaa", folder);
    char *command = alloc_format("cp '%s' '%s'", lan, moved);
    CHECK(system(command) == 0);
    char *plain[] = { lan, edge }, *twice[] = { moved, edge, lan };
    struct made first = judge(plain, 2, with_sites), second = judge(twice, 3, with_sites);
    char *first_report = report_of(&first), *second_report = report_of(&second);
    CHECK(strcmp(first_report, second_report) == 0);
    CHECK(strcmp(first.lines.text, second.lines.text) == 0);
    free(first_report);
    free(second_report);
    release(&first);
    release(&second);
    free(command);
    free(moved);
}

/* The same packets, read once; another site file, another truth about them. */
static void another_site_file_gives_another_judgement_of_the_same_facts(void)
{
    char *paths[] = { lan, edge };
    struct made sites = judge(paths, 2, with_sites), one = judge(paths, 2, with_one_site);
    struct made none = judge(paths, 2, NULL);
    CHECK(findings_of_kind(&sites, "hairpin") == 1);
    CHECK(findings_of_kind(&one, "hairpin") == 0);
    CHECK(strstr(sites.lines.text,
                 "\"hairpin\":{\"state\":\"yes\",\"kind\":\"backhaul\"") != NULL);
    CHECK(strstr(one.lines.text, "\"hairpin\":{\"state\":\"no\",") != NULL);
    CHECK(strstr(one.lines.text, "\"state\":\"yes\",\"kind\":\"backhaul\"") == NULL);
    CHECK(strstr(none.lines.text, "\"state\":\"yes\",\"kind\":\"backhaul\"") == NULL);
    CHECK(strstr(none.lines.text, "\"state\":\"likely\",\"kind\":\"backhaul\"") != NULL);
    CHECK(sites.output.assessment->office365.flows ==
          one.output.assessment->office365.flows);
    CHECK(sites.output.assessment->captures[0].packets ==
          one.output.assessment->captures[0].packets);
    release(&sites);
    release(&one);
    release(&none);
}

static void hairpin_evidence_names_the_frames_of_both_points(void)
{
    char *paths[] = { lan, edge };
    struct made made = judge(paths, 2, with_sites);
    const struct findings *findings = &made.output.assessment->findings;
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct finding *finding = findings->items[i];
        if (strcmp(finding->kind, "hairpin") != 0)
            continue;
        CHECK_TEXT(finding->id, "hairpin/Leeds/Exchange/backhaul");
        CHECK(finding->affected_flows == 6 && finding->evidence_total == 12);
        CHECK(finding->evidence[0].frame != 0 && finding->evidence[1].frame != 0);
        CHECK_TEXT(finding->evidence[0].capture, "leeds/a.pcap");
        CHECK_TEXT(finding->evidence[1].capture, "hq/a.pcap");
        CHECK_TEXT(finding->evidence[1].series, "hq/edge");
        CHECK(strstr(finding->evidence[1].filter, "frame.number == ") != NULL);
        CHECK_TEXT(finding_parameter(finding, "cost_ms"), "40.0");
        CHECK_TEXT(finding_parameter(finding, "hub"), "HQ");
        CHECK(finding_parameter(finding, "proxy") == NULL); /* the server is Exchange */
    }
    release(&made);
}

static void a_flow_counts_once_at_its_nearest_point(void)
{
    char *paths[] = { lan, edge, quiet };
    struct made made = judge(paths, 3, with_sites);
    const struct assessment *assessment = made.output.assessment;
    CHECK(assessment->all.flows == 6 && assessment->office365.flows == 6);
    CHECK(assessment->flows_matched == 6 && assessment->path_count == 1);
    CHECK(assessment->capture_count == 5 && assessment->site_count == 3);
    CHECK_TEXT(assessment->sites[0].name, "Leeds"); /* in the file's order */
    CHECK(assessment->sites[0].office365.flows == 6 &&
          assessment->sites[1].all.flows == 0);
    CHECK(assessment->office365.clients == 1);
    CHECK(!made.output.has_problems && made.output.has_captures);
    release(&made);
}

static void without_sites_the_first_folder_is_the_site(void)
{
    char *paths[] = { lan, quiet };
    struct made made = judge(paths, 2, NULL);
    const struct assessment *assessment = made.output.assessment;
    CHECK(assessment->site_count == 2);
    CHECK_TEXT(assessment->sites[0].name, "leeds");
    CHECK_TEXT(assessment->sites[1].name, "unassigned");
    release(&made);
}

/* Each part's flows are judged as in the whole, but for what only the whole can know. */
static void parts_that_share_no_flow_make_the_whole(void)
{
    char *both[] = { lan, quiet }, *first[] = { lan }, *second[] = { quiet };
    struct made whole = judge(both, 2, with_sites), one = judge(first, 1, with_sites),
                other = judge(second, 1, with_sites);
    char *lines = alloc_format("%s%s", one.lines.text == NULL ? "" : one.lines.text,
                               other.lines.text == NULL ? "" : other.lines.text);
    CHECK(strcmp(whole.lines.text, lines) == 0);
    CHECK(whole.output.assessment->all.flows ==
          one.output.assessment->all.flows + other.output.assessment->all.flows);
    free(lines);
    release(&whole);
    release(&one);
    release(&other);
}

static void cut(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0 || truncate(path, about.st_size * 3 / 4) != 0)
        abort();
}

static void a_damaged_result_is_told_in_the_report(void)
{
    char *bad = make("bad", "bad", "x.pcap", NULL, 3000, 30);
    cut(bad);
    char *paths[] = { lan, bad };
    struct made made = judge(paths, 2, with_sites);
    const struct assessment *assessment = made.output.assessment;
    CHECK(made.output.has_problems && made.output.has_captures);
    CHECK(made.output.problem_count == 1);
    CHECK(strncmp(made.output.problems[0], "bad: ", 5) == 0); /* without its folder */
    bool is_told = false;
    for (uint32_t i = 0; i < assessment->capture_count; i++)
        if (strcmp(assessment->captures[i].name, "x.pcap") == 0)
            is_told = assessment->captures[i].status == STATUS_DAMAGED &&
                      assessment->captures[i].problem_count == 1;
    CHECK(is_told && findings_of_kind(&made, "capture-quality") == 1);
    free(report_of(&made));
    release(&made);
    free(bad);
}

static void what_is_no_result_is_told_in_the_report(void)
{
    char *bad = alloc_format("%s/notes.txt", folder);
    FILE *file = fopen(bad, "w");
    fputs("hello\n", file);
    fclose(file);
    char *paths[] = { bad, lan };
    struct made made = judge(paths, 2, with_sites);
    CHECK(made.output.has_problems && made.output.has_captures);
    CHECK(findings_of_kind(&made, "unanalysed") == 1);
    free(report_of(&made));
    release(&made);
    struct made alone = judge(paths, 1, with_sites);
    CHECK(!alone.output.has_captures);
    release(&alone);
    free(bad);
}

static void the_same_hello_sent_twice_at_one_point_is_not_matched(void)
{
    struct result_maker maker;
    struct flow_record record;
    char *path = alloc_format("%s/twice", folder);
    result_maker_open(&maker, "hq/edge", "hq/a.pcap", NULL);
    for (uint64_t id = 1; id <= 2; id++) {
        test_tls_flow(&record, id, "10.20.0.1", EXCHANGE, OUTLOOK);
        record.tls.client_random = random_of(1);
        result_maker_add(&maker, &record);
        flow_record_release(&record);
    }
    result_maker_close(&maker, path);
    char *paths[] = { lan, path };
    struct made made = judge(paths, 2, with_sites);
    CHECK(made.output.assessment->flows_matched == 0);
    CHECK(findings_of_kind(&made, "hairpin") == 0);
    release(&made);
    free(path);
}

static bool stop(void *context, const struct judged_flow *flow,
                 const struct judgement_context *judgement)
{
    (void)flow;
    (void)judgement;
    return ++*(unsigned *)context < 3;
}

static void who_has_seen_enough_can_stop(void)
{
    struct error error;
    unsigned seen = 0;
    char *paths[] = { lan, edge };
    struct assessment_output output;
    struct assessment_input input = { .result_paths = paths,
                                      .result_count = 2,
                                      .knowledge = knowledge_open(&error),
                                      .created_ns = -1,
                                      .see_flow = stop,
                                      .see_context = &seen,
                                      .flows_only = true };
    assessment_make(&input, &output);
    CHECK(output.is_stopped && seen == 3 && output.assessment == NULL);
    assessment_output_release(&output);
    knowledge_free(input.knowledge);
}

int main(void)
{
    folder = test_folder_new();
    lan = make("lan", "leeds/lan", "leeds/b.pcap", "leeds/a.pcap", 6, 60);
    edge = make("edge", "hq/edge", "hq/a.pcap", NULL, 6, 20);
    quiet = make("quiet", "quiet", "q.pcap", "r.pcap", 0, 1);
    RUN(the_order_of_results_changes_no_byte);
    RUN(where_results_lie_and_that_one_is_given_twice_changes_no_byte);
    RUN(another_site_file_gives_another_judgement_of_the_same_facts);
    RUN(hairpin_evidence_names_the_frames_of_both_points);
    RUN(a_flow_counts_once_at_its_nearest_point);
    RUN(without_sites_the_first_folder_is_the_site);
    RUN(parts_that_share_no_flow_make_the_whole);
    RUN(a_damaged_result_is_told_in_the_report);
    RUN(what_is_no_result_is_told_in_the_report);
    RUN(the_same_hello_sent_twice_at_one_point_is_not_matched);
    RUN(who_has_seen_enough_can_stop);
    free(lan);
    free(edge);
    free(quiet);
    test_folder_remove(folder);
    return test_end();
}
