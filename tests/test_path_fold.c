/* test_path_fold.c - ways through several points, and what lies between two of them. */
#include "tests/test.h"

#include "analyzer/path_fold.h"
#include "tests/judge_world.h"

#define OUTLOOK "outlook.office365.com"
#define EXCHANGE "52.96.1.2"

static struct judge_world world;
static struct judged_flow judged;
static struct assessment *assessment;

static void open_world(void)
{
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "lan", "Leeds", VANTAGE_CLIENT_LAN);
    (void)judge_world_point(&world, "edge", "HQ", VANTAGE_INTERNET_EDGE);
    assessment = alloc_zeroed(1, sizeof *assessment);
}

static void close_world(void)
{
    assessment_free(assessment);
    judge_world_close(&world);
}

static void make(struct flow_record *record, uint64_t id, const char *client,
                 int64_t server_ms, int64_t client_ms)
{
    static char randoms[64][65];
    test_tls_flow(record, id, client, EXCHANGE, OUTLOOK);
    snprintf(randoms[id], 65, "%064llx", (unsigned long long)id);
    record->tls.client_random = randoms[id];
    record->rtt[RTT_SERVER].base_ns = server_ms < 0 ? -1 : server_ms * 1000000;
    record->rtt[RTT_CLIENT].base_ns = client_ms < 0 ? -1 : client_ms * 1000000;
}

static void fold_in(struct path_fold *fold, const struct flow_record *record)
{
    judge_world_judge(&world, 0, record, &judged);
    path_fold_see(fold, &judged, &world.context);
}

static void a_leg_is_the_difference_on_the_same_flow(void)
{
    struct path_fold fold = { 0 };
    struct flow_record near[3], far[3];
    open_world();
    for (unsigned i = 0; i < 3; i++) {
        make(&near[i], i + 1, "10.20.0.1", 60 + i, 1);
        make(&far[i], i + 1, "203.0.113.1", 20, 41 + i);
        near[i].rtt[RTT_SERVER].is_base_confirmed = true;
        far[i].rtt[RTT_SERVER].is_base_confirmed = i != 1;
        judge_world_see(&world, 0, &near[i]);
        judge_world_see(&world, 1, &far[i]);
    }
    judge_world_correlate(&world);
    for (unsigned i = 0; i < 3; i++)
        fold_in(&fold, &near[i]);
    path_fold_conclude(&fold, assessment);
    CHECK(assessment->path_count == 1);
    const struct path_summary *path = &assessment->paths[0];
    CHECK(path->flows == 3 && path->point_count == 2 && path->leg_count == 3);
    CHECK_TEXT(path->points[0], "lan");
    CHECK_TEXT(path->points[1], "edge");
    CHECK_TEXT(path->point_sites[1], "HQ");
    CHECK_TEXT(path->matched_by, "client-random");
    CHECK_TEXT(path->between, "nat");
    CHECK(path->legs[0].from_series == NULL && path->legs[2].to_series == NULL);
    CHECK(distribution_percentile(&path->legs[0].rtt, 500) == 1000000);
    CHECK(distribution_percentile(&path->legs[1].rtt, 500) == 41000000);
    CHECK(distribution_percentile(&path->legs[2].rtt, 500) == 20000000);
    CHECK(path->legs[0].confirmed == 0 && path->legs[1].confirmed == 2);
    CHECK(path->legs[2].confirmed == 2);
    for (unsigned i = 0; i < 3; i++) {
        flow_record_release(&near[i]);
        flow_record_release(&far[i]);
    }
    close_world();
}

static void across_a_proxy_a_leg_is_the_sum_at_both_its_sides(void)
{
    struct path_fold fold = { 0 };
    struct flow_record near, far;
    open_world();
    make(&near, 1, "10.20.0.1", 5, 1);
    near.server.ip = test_address("10.0.0.8");
    near.http.method = "CONNECT";
    near.http.host = OUTLOOK ":443";
    near.http.connect_frame = near.http.connect_reply_frame = 3;
    make(&far, 1, "10.0.0.8", 20, 2);
    near.rtt[RTT_SERVER].is_base_confirmed = true;
    far.rtt[RTT_CLIENT].is_base_confirmed = far.rtt[RTT_SERVER].is_base_confirmed = true;
    judge_world_see(&world, 0, &near);
    judge_world_see(&world, 1, &far);
    judge_world_correlate(&world);
    fold_in(&fold, &near);
    path_fold_conclude(&fold, assessment);
    CHECK(assessment->path_count == 1);
    CHECK_TEXT(assessment->paths[0].between, "proxy");
    CHECK(assessment->paths[0].legs[1].rtt.count == 1);
    CHECK(assessment->paths[0].legs[1].rtt.min_ns == 7000000);
    CHECK(assessment->paths[0].legs[2].rtt.count == 1);
    CHECK(assessment->paths[0].legs[0].confirmed == 0);
    CHECK(assessment->paths[0].legs[1].confirmed == 1);
    CHECK(assessment->paths[0].legs[2].confirmed == 1);
    flow_record_release(&near);
    flow_record_release(&far);
    close_world();
}

static void what_was_not_measured_is_not_zero(void)
{
    struct path_fold fold = { 0 };
    struct flow_record near, far;
    open_world();
    make(&near, 1, "10.20.0.1", -1, -1);
    make(&far, 1, "10.20.0.1", 20, -1);
    judge_world_see(&world, 0, &near);
    judge_world_see(&world, 1, &far);
    judge_world_correlate(&world);
    fold_in(&fold, &near);
    path_fold_conclude(&fold, assessment);
    CHECK(assessment->paths[0].legs[0].rtt.count == 0);
    CHECK(assessment->paths[0].legs[1].rtt.count == 0);
    CHECK_TEXT(assessment->paths[0].between, "none");
    flow_record_release(&near);
    flow_record_release(&far);
    close_world();
}

static void a_flow_seen_once_is_no_path(void)
{
    struct path_fold fold = { 0 };
    struct flow_record record;
    open_world();
    make(&record, 1, "10.20.0.1", 5, 1);
    judge_world_see(&world, 0, &record);
    judge_world_correlate(&world);
    fold_in(&fold, &record);
    path_fold_conclude(&fold, assessment);
    CHECK(assessment->path_count == 0);
    flow_record_release(&record);
    close_world();
}

int main(void)
{
    RUN(a_leg_is_the_difference_on_the_same_flow);
    RUN(across_a_proxy_a_leg_is_the_sum_at_both_its_sides);
    RUN(what_was_not_measured_is_not_zero);
    RUN(a_flow_seen_once_is_no_path);
    return test_end();
}
