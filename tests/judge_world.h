/*
 * judge_world.h - a small network for tests of judgement: sites, points, flows.
 *
 *     struct judge_world world;
 *     judge_world_open(&world, "{\"schema\": ...}" or NULL);
 *     uint32_t leeds = judge_world_point(&world, "leeds/lan", "Leeds",
 * VANTAGE_CLIENT_LAN); judge_world_see(&world, leeds, &record);   every flow of every
 * point judge_world_correlate(&world); judge_world_judge(&world, leeds, &record,
 * &judged); judge_world_close(&world);
 *
 * The vantage counts as told by the assessment file where it is not unknown.
 */
#ifndef O365LENS_TESTS_JUDGE_WORLD_H
#define O365LENS_TESTS_JUDGE_WORLD_H

#include "analyzer/judgement.h"
#include "analyzer/verdict_codes.h"
#include "tests/result_maker.h"

enum { WORLD_POINTS = 8, WORLD_CERTIFICATES = 8 };

struct judge_world {
    struct site_file *site_file;
    struct judgement_context context;
    struct series_context series[WORLD_POINTS];
    struct capture_context captures[WORLD_POINTS];
    struct result_header headers[WORLD_POINTS];
    struct capture_entry entries[WORLD_POINTS];
    struct flow_certificate certificates[WORLD_CERTIFICATES];
    uint32_t certificate_count;
    struct correlation *correlation;
};

static inline void judge_world_open(struct judge_world *world, const char *site_file)
{
    struct error error;
    *world = (struct judge_world){ .correlation = correlation_new() };
    struct knowledge *knowledge = knowledge_open(&error);
    if (knowledge == NULL)
        abort();
    if (site_file != NULL) {
        world->site_file = site_file_read(site_file, strlen(site_file), "test", &error);
        if (world->site_file == NULL) {
            fprintf(stderr, "%s\n", error.text);
            abort();
        }
    }
    if (!knowledge_apply(knowledge, world->site_file, &error))
        abort();
    world->context = (struct judgement_context){ .knowledge = knowledge,
                                                 .site_file = world->site_file,
                                                 .series = world->series,
                                                 .correlation = world->correlation };
}

static inline uint32_t judge_world_point(struct judge_world *world, const char *series,
                                         const char *site, enum vantage vantage)
{
    static char names[WORLD_POINTS][64];
    uint32_t number = world->context.series_count++;
    char *name = names[number];
    snprintf(name, sizeof names[number], "%s.pcap", series);
    world->entries[number] = (struct capture_entry){ .name = name };
    world->headers[number] =
        (struct result_header){ .series = (char *)(uintptr_t)series,
                                .capture_count = 1,
                                .captures = &world->entries[number],
                                .certificates = world->certificates };
    world->captures[number] = (struct capture_context){
        .site = site, .vantage = vantage, .vantage_is_told = vantage != VANTAGE_UNKNOWN
    };
    world->series[number] =
        (struct series_context){ &world->headers[number], &world->captures[number] };
    return number;
}

/* Its number, for flow_tls.chain. `san` is one name. */
static inline uint32_t judge_world_certificate(struct judge_world *world,
                                               const char *subject, const char *issuer,
                                               const char *organisation, const char *san)
{
    static const char *names[WORLD_CERTIFICATES];
    uint32_t number = world->certificate_count++;
    names[number] = san;
    world->certificates[number] = (struct flow_certificate){
        .subject_cn = subject,
        .issuer_cn = issuer,
        .issuer_o = organisation,
        .san = &names[number],
        .san_count = san != NULL,
        .sha256 = "00",
    };
    return number;
}

static inline void judge_world_see(struct judge_world *world, uint32_t point,
                                   const struct flow_record *record)
{
    static const uint8_t ranks[VANTAGES] = {
        [VANTAGE_CLIENT_LAN] = 1,    [VANTAGE_WAN] = 2,
        [VANTAGE_PROXY_CLIENT] = 3,  [VANTAGE_PROXY_INTERNET] = 4,
        [VANTAGE_INTERNET_EDGE] = 5,
    };
    correlation_see(world->correlation, point, ranks[world->captures[point].vantage],
                    record);
}

static inline void judge_world_correlate(struct judge_world *world)
{
    correlation_conclude(world->correlation);
}

/* What the contract asks of every verdict, whatever is judged. */
static inline void check_codes(const struct judged_flow *judged)
{
    for (unsigned i = 0; i < QUESTIONS; i++) {
        const struct verdict *verdict = &judged->verdicts[i];
        enum verdict_question question = (enum verdict_question)i;
        bool is_known = verdict_codes_have_reason(question, verdict->reason);
        if (!is_known)
            fprintf(stderr, "reason %s is not in verdict_codes.c\n",
                    verdict->reason == NULL ? "NULL" : verdict->reason);
        CHECK(is_known);
        CHECK(verdict->kind == NULL || verdict_codes_have_kind(question, verdict->kind));
        CHECK(verdict->state != VERDICT_UNKNOWN || verdict->missing_count > 0);
    }
}

static inline void judge_world_judge(const struct judge_world *world, uint32_t point,
                                     const struct flow_record *record,
                                     struct judged_flow *judged)
{
    judge_flow(&world->context, point, record, judged);
    check_codes(judged);
}

static inline void judge_world_close(struct judge_world *world)
{
    correlation_free(world->correlation);
    knowledge_free(world->context.knowledge);
    site_file_free(world->site_file);
}

static const char test_random[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/* As test_flow, with a ClientHello for `sni`. */
static inline void test_tls_flow(struct flow_record *record, uint64_t id,
                                 const char *client, const char *server, const char *sni)
{
    test_flow(record, id, client, server, 443);
    record->tls.is_present = record->tls.has_hello = true;
    record->tls.sni = sni;
    record->tls.client_random = test_random;
    record->tls.hello_frame = frame_of(0, 10 * id + 4);
}

#endif
