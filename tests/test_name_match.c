/* test_name_match.c - the forms of patterns that Microsoft publishes. */
#include "tests/test.h"

#include "analyzer/name_match.h"

static struct name_match *all_patterns(void)
{
    static const char *const patterns[] = {
        "outlook.office.com",
        "*.office.com",
        "*.cdn.office.com",
        "*cdn.onenote.net",
        "cdn.onenote.net",
        "autodiscover.*.onmicrosoft.com",
        "*.onmicrosoft.com",
        "autodiscover-*.outlook.com",
        "*-admin.sharepoint.com",
        "*.sharepoint.com",
        "login.*",
    };
    struct name_match *names = name_match_new();
    for (uint32_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        name_match_add(names, patterns[i], i);
    return names;
}

/* The patterns that fit, best first, as "a b "; "" for none. */
static const char *fits(const char *host)
{
    static char out[512];
    struct name_match *names = all_patterns();
    struct name_hit hits[8];
    size_t count = name_match_find(names, host, hits, 8), used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(out + used, sizeof out - used, "%s ", hits[i].pattern);
    name_match_free(names);
    return out;
}

static void an_exact_host_fits_itself_alone(void)
{
    CHECK_TEXT(fits("outlook.office.com"), "outlook.office.com *.office.com ");
    CHECK_TEXT(fits("xoutlook.office.com"), "*.office.com ");
    CHECK_TEXT(fits("a.outlook.office.com"), "*.office.com ");
}

static void a_star_label_fits_any_depth_below_but_not_the_name_itself(void)
{
    CHECK_TEXT(fits("a.office.com"), "*.office.com ");
    CHECK_TEXT(fits("a.b.c.office.com"), "*.office.com ");
    CHECK_TEXT(fits("office.com"), "");
    CHECK_TEXT(fits("notoffice.com"), "");
    CHECK_TEXT(fits("office.com.evil.net"), "");
    CHECK_TEXT(fits("com"), "");
}

static void the_longer_pattern_comes_first(void)
{
    CHECK_TEXT(fits("x.cdn.office.com"), "*.cdn.office.com *.office.com ");
    CHECK_TEXT(fits("acme-admin.sharepoint.com"),
               "*-admin.sharepoint.com *.sharepoint.com ");
    CHECK_TEXT(fits("a.acme-admin.sharepoint.com"),
               "*-admin.sharepoint.com *.sharepoint.com ");
}

static void a_glued_star_needs_no_dot(void)
{
    CHECK_TEXT(fits("site-cdn.onenote.net"), "*cdn.onenote.net ");
    CHECK_TEXT(fits("x.ycdn.onenote.net"), "*cdn.onenote.net ");
    CHECK_TEXT(fits("cdn.onenote.net"), "cdn.onenote.net *cdn.onenote.net ");
    CHECK_TEXT(fits("xcdn.xonenote.net"), "");
    CHECK_TEXT(fits("cdnx.onenote.net"), "");
}

static void an_inner_star_is_one_label_or_more(void)
{
    CHECK_TEXT(fits("autodiscover.acme.onmicrosoft.com"),
               "autodiscover.*.onmicrosoft.com *.onmicrosoft.com ");
    CHECK_TEXT(fits("autodiscover.a.b.onmicrosoft.com"),
               "autodiscover.*.onmicrosoft.com *.onmicrosoft.com ");
    CHECK_TEXT(fits("autodiscover.onmicrosoft.com"), "*.onmicrosoft.com ");
    CHECK_TEXT(fits("xautodiscover.acme.onmicrosoft.com"), "*.onmicrosoft.com ");
    CHECK_TEXT(fits("autodiscover-s.outlook.com"), "autodiscover-*.outlook.com ");
    CHECK_TEXT(fits("autodiscover-.outlook.com"), "");
}

static void a_star_at_the_end_fits_too(void)
{
    CHECK_TEXT(fits("login.example"), "login.* ");
    CHECK_TEXT(fits("login.example.org"), "login.* ");
    CHECK_TEXT(fits("login"), "");
}

static void case_and_one_trailing_dot_do_not_matter(void)
{
    CHECK_TEXT(fits("OutLook.Office.COM."), "outlook.office.com *.office.com ");
    CHECK_TEXT(fits("outlook.office.com.."), "");
    CHECK_TEXT(fits("."), "");
    CHECK_TEXT(fits(""), "");
}

static void names_that_are_too_long_fit_nothing(void)
{
    char host[300];
    memset(host, 'a', sizeof host);
    strcpy(host + 253 - strlen(".office.com"), ".office.com");
    CHECK_TEXT(fits(host), "*.office.com ");
    memset(host, 'a', sizeof host);
    strcpy(host + 254 - strlen(".office.com"), ".office.com");
    CHECK_TEXT(fits(host), "");
    memset(host, 'a', sizeof host);
    strcpy(host + 299 - strlen(".office.com"), ".office.com");
    CHECK_TEXT(fits(host), "");
}

static void one_pattern_may_have_several_values(void)
{
    struct name_match *names = name_match_new();
    struct name_hit hits[2];
    name_match_add(names, "outlook.office365.com", 7);
    name_match_add(names, "OUTLOOK.office365.com", 2);
    name_match_add(names, "*.office365.com", 1);
    CHECK(name_match_find(names, "outlook.office365.com", hits, 2) == 2);
    CHECK(hits[0].value == 2 && hits[0].is_exact && hits[1].value == 7);
    CHECK(name_match_find(names, "outlook.office365.com", hits, 0) == 0);
    CHECK(name_match_find(names, "outlook.office365.com", hits, 1) == 1);
    CHECK(hits[0].value == 2);
    name_match_free(names);
}

static void many_names_are_all_found_again(void)
{
    struct name_match *names = name_match_new();
    struct name_hit hit;
    char name[64];
    for (uint32_t i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "%sh%u.d%u.example", i % 3 == 0 ? "*." : "", i,
                 i % 7);
        name_match_add(names, name, i);
    }
    for (uint32_t i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "%sh%u.d%u.example", i % 3 == 0 ? "x." : "", i,
                 i % 7);
        CHECK(name_match_find(names, name, &hit, 1) == 1 && hit.value == i);
        snprintf(name, sizeof name, "h%u.d%u.example", i, i % 7 + 7);
        CHECK(name_match_find(names, name, &hit, 1) == 0);
    }
    name_match_free(names);
}

static void what_is_no_pattern_is_told_apart(void)
{
    CHECK(name_match_is_pattern("*.x") && name_match_is_pattern("a_b-c.D9"));
    CHECK(!name_match_is_pattern("") && !name_match_is_pattern(".a"));
    CHECK(!name_match_is_pattern("a.") && !name_match_is_pattern("a..b"));
    CHECK(!name_match_is_pattern("a b") && !name_match_is_pattern("http://a"));
    CHECK(!name_match_is_pattern("\xc3\xa9.fr"));
}

int main(void)
{
    RUN(an_exact_host_fits_itself_alone);
    RUN(a_star_label_fits_any_depth_below_but_not_the_name_itself);
    RUN(the_longer_pattern_comes_first);
    RUN(a_glued_star_needs_no_dot);
    RUN(an_inner_star_is_one_label_or_more);
    RUN(a_star_at_the_end_fits_too);
    RUN(case_and_one_trailing_dot_do_not_matter);
    RUN(names_that_are_too_long_fit_nothing);
    RUN(one_pattern_may_have_several_values);
    RUN(many_names_are_all_found_again);
    RUN(what_is_no_pattern_is_told_apart);
    return test_end();
}
