/* test_texts.c - every text of reports, filled with what the analysis gives and does not.
 */
#include "reports/texts.h"

#include "analyzer/names_out.h"
#include "tests/test.h"

static void no_text_shows_a_placeholder(void)
{
    static const char *const fields[] = { "title", "explanation", "principle", "source",
                                          "recommendation" };
    struct error error;
    struct texts *texts = texts_open(&error);
    struct findings findings = { 0 };
    struct finding *finding = findings_add(&findings, "x", NULL, NULL, NULL);
    static char text[TEXTS_SIZE];
    size_t entries = 0;

    CHECK(texts != NULL);
    for (; (finding->text = texts_entry(texts, "findings", entries)) != NULL; entries++) {
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
            texts_fill(texts, finding, fields[i], text);
            CHECK(text[0] != '\0' && text[0] != ' ');
            CHECK(strpbrk(text, "{}[]") == NULL);
        }
    }
    CHECK(entries >= 19);
    finding->text = "no such text";
    CHECK_TEXT(texts_fill(texts, finding, "title", text), "x");
    CHECK_TEXT(texts_fill(texts, finding, "explanation", text), "");
    findings_release(&findings);
    texts_close(texts);
}

/* The names that the analysis sets, so that a slip in a text is seen. */
static void every_placeholder_is_a_known_parameter(void)
{
    static const char names[] =
        " site service hub flows share cost_ms cost_p95_ms floor_ms proxy connect_p50_ms"
        " baseline_ms rounds scheme auth_p50_ms vendor host address issuer product "
        "hidden set"
        " p50_ms p95_ms threshold_ms score percent retransmissions packets ceiling_mbit "
        "capture"
        " attempts clients answered_clients untold_flows"
        " reason series resolver copies dropped lost_segments cut_packets snaplen steps ";
    static const char *const fields[] = { "title", "explanation", "recommendation" };
    struct error error;
    struct texts *texts = texts_open(&error);
    const char *entry;

    for (size_t i = 0; (entry = texts_entry(texts, "findings", i)) != NULL; i++) {
        for (size_t field = 0; field < 3; field++) {
            const char *at = texts_get(texts, "findings", entry, fields[field]);
            while (at != NULL && (at = strchr(at, '{')) != NULL) {
                char name[64];
                int size = (int)strcspn(at, ":}") - 1;
                (void)snprintf(name, sizeof name, " %.*s ", size, at + 1);
                CHECK(strstr(names, name) != NULL);
                at += size;
            }
        }
    }
    texts_close(texts);
}

static void brackets_go_where_their_value_is_missing(void)
{
    struct error error;
    struct texts *texts = texts_open(&error);
    struct findings findings = { 0 };
    struct finding *finding = findings_add(&findings, "interception", NULL, NULL, NULL);
    static char text[TEXTS_SIZE];

    finding_set(finding, "product", "%s", "");
    texts_fill(texts, finding, "explanation", text);
    CHECK(strstr(text, "known from") == NULL);
    finding_set(finding, "product", "%s", "Box{issuer}");
    texts_fill(texts, finding, "explanation", text);
    CHECK(strstr(text, "The issuer is known from Box{issuer}.") != NULL);
    findings_release(&findings);
    texts_close(texts);
}

static void one_takes_the_singular(void)
{
    static const struct {
        const char *flows, *rounds, *says;
    } cases[] = {
        { "1", "1", "On 1 Office 365 connection of users" },
        { "1", "1", "status 407, 1 time in all." },
        { "11", "2", "On 11 Office 365 connections of users" },
        { "11", "2", "status 407, 2 times in all." },
        { "0", "0", "On 0 Office 365 connections of users" },
    };
    struct error error;
    struct texts *texts = texts_open(&error);
    struct findings findings = { 0 };
    static char text[TEXTS_SIZE];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct finding *finding = findings_add(&findings, "proxy-auth", NULL, NULL, NULL);
        finding->text = "proxy-auth";
        finding_set(finding, "flows", "%s", cases[i].flows);
        finding_set(finding, "rounds", "%s", cases[i].rounds);
        texts_fill(texts, finding, "explanation", text);
        CHECK(strstr(text, cases[i].says) != NULL);
    }
    findings_release(&findings);
    texts_close(texts);
}

static void a_text_longer_than_its_room_is_cut(void)
{
    static const char *const names[] = { "flows", "service", "site",        "share",
                                         "hub",   "cost_ms", "cost_p95_ms", "floor_ms" };
    struct error error;
    struct texts *texts = texts_open(&error);
    struct findings findings = { 0 };
    struct finding *finding = findings_add(&findings, "x", NULL, NULL, NULL);
    static char text[TEXTS_SIZE], value[4000];

    finding->text = "hairpin-backhaul";
    memset(value, 'x', sizeof value - 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        finding_set(finding, names[i], "%s", value);
    texts_fill(texts, finding, "explanation", text);
    CHECK(strlen(text) == TEXTS_SIZE - 1);
    CHECK(strncmp(text + NAMES_OUT_SIZE - 4, "... xxx", 7) == 0);
    CHECK(strstr(text, "at the 95th percentile") == NULL);
    findings_release(&findings);
    texts_close(texts);
}

static void definitions_have_term_and_text(void)
{
    struct error error;
    struct texts *texts = texts_open(&error);
    const char *entry;
    size_t count = 0;

    for (; (entry = texts_entry(texts, "definitions", count)) != NULL; count++) {
        CHECK(texts_get(texts, "definitions", entry, "term") != NULL);
        CHECK(texts_get(texts, "definitions", entry, "text") != NULL);
    }
    CHECK(count >= 10);
    CHECK(texts_get(texts, "definitions", "no such entry", "term") == NULL);
    CHECK(texts_entry(texts, "no such group", 0) == NULL);
    texts_close(texts);
}

int main(void)
{
    RUN(no_text_shows_a_placeholder);
    RUN(every_placeholder_is_a_known_parameter);
    RUN(brackets_go_where_their_value_is_missing);
    RUN(one_takes_the_singular);
    RUN(a_text_longer_than_its_room_is_cut);
    RUN(definitions_have_term_and_text);
    return test_end();
}
