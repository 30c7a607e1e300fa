/* test_m365_lists.c - which list a flow is looked up in, and names of any length. */
#include "tests/test.h"

#include "analyzer/m365.h"
#include "tests/judge_world.h"

#define EXCHANGE "52.96.1.2"
#define PRIVATE "10.0.0.8"
#define OUTLOOK "outlook.office365.com"

/* One flow of one point. */
static struct judge_world world;
static struct flow_record record;
static struct m365 m365;

static void open_world(void)
{
    judge_world_open(&world, NULL);
    (void)judge_world_point(&world, "a", NULL, VANTAGE_UNKNOWN);
}

static void judge(void)
{
    m365_judge(&world.context, &world.series[0], &record, &m365);
}

static void close_world(void)
{
    flow_record_release(&record);
    judge_world_close(&world);
}

static void the_list_of_the_flows_day_is_used(void)
{
    open_world();
    test_tls_flow(&record, 1, "10.0.0.1", EXCHANGE, OUTLOOK);
    judge();
    char *now = alloc_text(endpoint_list_facts(m365.match.list)->version);
    record.start_ns = test_day_ns - 3 * 365 * 86400 * INT64_C(1000000000);
    judge();
    CHECK(m365.is_matched &&
          strcmp(endpoint_list_facts(m365.match.list)->version, now) < 0);
    free(now);
    close_world();
}

static void an_instance_without_the_name_does_not_match(void)
{
    open_world();
    test_tls_flow(&record, 1, "10.0.0.1", "198.51.100.1", "partner.outlook.cn");
    judge();
    CHECK(!m365.is_matched);
    world.context.instance = INSTANCE_CHINA;
    judge();
    CHECK(m365.is_matched);
    close_world();
}

static void a_name_of_any_length_is_taken(void)
{
    char *name = alloc_zeroed(70000, 1);
    open_world();
    memset(name, 'a', 69990);
    strcpy(name + 60000, ".sharepoint.com:443");
    test_flow(&record, 1, "10.0.0.1", PRIVATE, 3128);
    record.http.method = "CONNECT";
    record.http.host = name;
    record.http.connect_frame = 1;
    judge();
    CHECK(m365.connect_host[0] == '\0' ||
          strlen(m365.connect_host) < JUDGEMENT_HOST_SIZE);
    record.http.method = "GET";
    record.http.connect_frame = 0;
    judge();
    CHECK(strlen(m365.http_host) == JUDGEMENT_HOST_SIZE - 1);
    free(name);
    close_world();
}

int main(void)
{
    RUN(the_list_of_the_flows_day_is_used);
    RUN(an_instance_without_the_name_does_not_match);
    RUN(a_name_of_any_length_is_taken);
    return test_end();
}
