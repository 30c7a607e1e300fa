/* test_issuers.c - certificate issuers told apart by name and day. */
#include "tests/test.h"

#include "analyzer/day.h"
#include "analyzer/issuers.h"

static const char data[] =
    "{\"about\": \"x\", \"microsoft\": ["
    "{\"cn\": \"Microsoft IT TLS CA *\", \"o\": \"Microsoft Corporation\","
    " \"from\": \"2016-05-20\", \"until\": \"2024-05-21\", \"source\": \"s\"},"
    "{\"cn\": \"*\", \"o\": \"DigiCert Inc\", \"source\": \"s\"}],"
    "\"public\": [{\"source\": \"s\", \"o\": [\"Microsoft Corporation\", \"Sectigo*\"]},"
    "{\"source\": \"s\", \"o\": [\"Let's Encrypt\"]}],"
    "\"inspection\": ["
    "{\"product\": \"Zscaler\", \"kind\": \"network\", \"texts\": [\"zscaler\"],"
    " \"source\": \"s\"},"
    "{\"product\": \"Avast\", \"kind\": \"endpoint\", \"texts\": [\"avast\", \"avg "
    "web\"],"
    " \"source\": \"s\"}]}";

static struct issuers *open_issuers(void)
{
    struct error error = { "" };
    struct issuers *issuers = issuers_read(data, strlen(data), "i.json", &error);
    if (issuers == NULL) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    return issuers;
}

static int64_t noon(const char *day)
{
    int64_t days;
    if (!day_read(day, &days))
        abort();
    return days * DAY_NS + DAY_NS / 2;
}

static enum issuer_kind kind_on(const char *cn, const char *o, const char *day)
{
    struct issuers *issuers = open_issuers();
    enum issuer_kind kind = issuers_find(issuers, cn, o, noon(day), NULL);
    issuers_free(issuers);
    return kind;
}

static void microsofts_authorities_are_expected_in_their_time(void)
{
    const char *cn = "Microsoft IT TLS CA 4", *o = "Microsoft Corporation";
    CHECK(kind_on(cn, o, "2020-04-16") == ISSUER_MICROSOFT);
    CHECK(kind_on(cn, o, "2016-05-20") == ISSUER_MICROSOFT);
    CHECK(kind_on(cn, o, "2016-05-19") == ISSUER_PUBLIC);
    CHECK(kind_on(cn, o, "2024-05-20") == ISSUER_MICROSOFT);
    CHECK(kind_on(cn, o, "2024-05-21") == ISSUER_PUBLIC);
    CHECK(kind_on("Some new CA", "DigiCert Inc", "2026-01-01") == ISSUER_MICROSOFT);
    CHECK(kind_on(NULL, "DigiCert Inc", "2026-01-01") == ISSUER_MICROSOFT);
}

static void names_are_compared_without_case_but_whole(void)
{
    CHECK(kind_on("x", "DIGICERT INC", "2026-01-01") == ISSUER_MICROSOFT);
    CHECK(kind_on("x", "DigiCert Inc.", "2026-01-01") == ISSUER_UNFAMILIAR);
    CHECK(kind_on("x", "Not DigiCert Inc", "2026-01-01") == ISSUER_UNFAMILIAR);
    CHECK(kind_on("x", "Sectigo Limited", "2026-01-01") == ISSUER_PUBLIC);
    CHECK(kind_on("R3", "Let's Encrypt", "2026-01-01") == ISSUER_PUBLIC);
}

static void what_nobody_publishes_is_unfamiliar(void)
{
    CHECK(kind_on("Corp Root", "Acme", "2026-01-01") == ISSUER_UNFAMILIAR);
    CHECK(kind_on(NULL, NULL, "2026-01-01") == ISSUER_UNFAMILIAR);
    CHECK(kind_on("", "", "2026-01-01") == ISSUER_UNFAMILIAR);
    CHECK(kind_on("DigiCert Inc", "Acme", "2026-01-01") == ISSUER_UNFAMILIAR);
}

static void inspection_products_are_found_anywhere_in_the_name(void)
{
    struct issuers *issuers = open_issuers();
    const char *product = "left over";
    CHECK(issuers_find(issuers, "ZScaler Intermediate Root CA (t)", "X", 0, &product) ==
          ISSUER_INSPECTION);
    CHECK_TEXT(product, "Zscaler");
    CHECK(issuers_find(issuers, NULL, "AVG Web/Mail Shield", 0, &product) ==
          ISSUER_INSPECTION);
    CHECK_TEXT(product, "Avast");
    CHECK(issuers_is_endpoint_product(issuers, product));
    CHECK(!issuers_is_endpoint_product(issuers, "Zscaler"));
    CHECK(!issuers_is_endpoint_product(issuers, "unheard of"));
    CHECK(issuers_find(issuers, "x", "DigiCert Inc", 0, &product) == ISSUER_MICROSOFT);
    CHECK(product == NULL);
    issuers_free(issuers);
}

static void an_inspection_name_goes_before_an_organisation(void)
{
    CHECK(kind_on("Zscaler Root", "DigiCert Inc", "2026-01-01") == ISSUER_INSPECTION);
}

static void the_operators_issuers_inspect(void)
{
    struct issuers *issuers = open_issuers();
    const char *product = NULL;
    issuers_add_inspection(issuers, "Acme TLS Inspection CA");
    issuers_add_inspection(issuers, "Acme * Division");
    CHECK(issuers_find(issuers, "ACME tls inspection CA", NULL, 0, &product) ==
          ISSUER_INSPECTION);
    CHECK_TEXT(product, "Acme TLS Inspection CA");
    CHECK(issuers_find(issuers, "x", "Acme Security Division", 0, &product) ==
          ISSUER_INSPECTION);
    CHECK(issuers_find(issuers, "Acme TLS Inspection CA 2", "x", 0, &product) ==
          ISSUER_UNFAMILIAR);
    issuers_free(issuers);
}

static void a_broken_file_is_refused_with_its_place(void)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "{}", "i.json: microsoft: is nothing, not an array" },
        { "{\"microsoft\": [{\"cn\": \"a\", \"o\": \"b\"}]}",
          "i.json: microsoft[0].source: is missing" },
        { "{\"microsoft\": [{\"cn\": \"a\", \"o\": \"b\", \"source\": \"s\","
          " \"from\": \"2020\"}]}",
          "i.json: microsoft[0].from: \"2020\" is no day" },
        { "{\"microsoft\": [], \"public\": [{\"o\": [\"a\"]}]}",
          "i.json: public[0].source: is missing" },
        { "{\"microsoft\": [], \"public\": [], \"inspection\": [{\"product\": \"p\","
          " \"kind\": \"planet\", \"texts\": [], \"source\": \"s\"}]}",
          "i.json: inspection[0].kind: \"planet\" is none of network, endpoint" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { "" };
        CHECK(issuers_read(cases[i].text, strlen(cases[i].text), "i.json", &error) ==
              NULL);
        CHECK_TEXT(error.text, cases[i].sentence);
    }
}

int main(void)
{
    RUN(microsofts_authorities_are_expected_in_their_time);
    RUN(names_are_compared_without_case_but_whole);
    RUN(what_nobody_publishes_is_unfamiliar);
    RUN(inspection_products_are_found_anywhere_in_the_name);
    RUN(an_inspection_name_goes_before_an_organisation);
    RUN(the_operators_issuers_inspect);
    RUN(a_broken_file_is_refused_with_its_place);
    return test_end();
}
