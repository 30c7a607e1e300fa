/* test_certificates.c - analyzer/certificates.c. */
#include "analyzer/certificates.h"

#include "tests/blob.h"

static struct bytes der_of(const char *subject, size_t padding)
{
    struct blob *der = blob_new();
    put_der(der, subject, "Some CA", padding);
    return bytes_of(der->bytes, der->size);
}

static void a_certificate_is_known_by_its_bytes(void)
{
    struct certificates *certificates = certificates_new();
    uint32_t first = 9, again = 9, other = 9;
    CHECK(certificates_find(certificates, der_of("one.example", 10), &first));
    CHECK(certificates_find(certificates, der_of("two.example", 10), &other));
    CHECK(certificates_find(certificates, der_of("one.example", 10), &again));
    CHECK(first == 0 && again == 0 && other == 1);
    CHECK(certificates_count(certificates) == 2);
    CHECK(certificates_refused(certificates) == 0);
    certificates_free(certificates);
    blobs_release();
}

static void what_it_says_is_kept(void)
{
    struct certificates *certificates = certificates_new();
    uint32_t index;
    CHECK(certificates_find(certificates, der_of("one.example/One Org", 10), &index));
    const struct flow_certificate *one = certificates_at(certificates, index);
    CHECK_TEXT(one->subject_cn, "one.example");
    CHECK_TEXT(one->subject_o, "One Org");
    CHECK_TEXT(one->issuer_cn, "Some CA");
    CHECK(one->issuer_o == NULL);
    CHECK(one->san_count == 1 && !one->san_cut);
    CHECK_TEXT(one->san[0], "one.example");
    CHECK(one->not_before_s == 1767225600 && one->not_after_s == 1798761600);
    CHECK(strlen(one->sha256) == 64);
    certificates_free(certificates);
    blobs_release();
}

static void what_is_no_certificate_is_refused_each_time(void)
{
    struct certificates *certificates = certificates_new();
    uint32_t index;
    struct bytes der = der_of("one.example", 10);
    for (int i = 0; i < 2; i++) {
        CHECK(!certificates_find(certificates, bytes_of("no", 2), &index));
        CHECK(!certificates_find(certificates, bytes_of(NULL, 0), &index));
        CHECK(!certificates_find(certificates, bytes_of(der.at, 40), &index));
    }
    CHECK(certificates_refused(certificates) == 6);
    CHECK(certificates_count(certificates) == 0);
    CHECK(certificates_find(certificates, der, &index) && index == 0);
    certificates_free(certificates);
    blobs_release();
}

static void one_that_is_too_long_is_refused(void)
{
    struct certificates *certificates = certificates_new();
    uint32_t index;
    CHECK(certificates_find(certificates, der_of("long.example", 60000), &index));
    struct blob *blob = blob_new();
    put_repeated(blob, 0x30, CERTIFICATE_DER_MOST + 1);
    CHECK(!certificates_find(certificates, bytes_of(blob->bytes, blob->size), &index));
    CHECK(certificates_refused(certificates) == 1);
    certificates_free(certificates);
    blobs_release();
}

/* More than the table begins with, so that it grows. */
static void all_stay_found(void)
{
    struct certificates *certificates = certificates_new();
    uint32_t index;
    char name[32];
    for (uint32_t i = 0; i < 1200; i++) {
        struct blob *der = blob_new();
        snprintf(name, sizeof name, "host-%04u.example", i % 600);
        put_der(der, name, "Some CA", 10);
        CHECK(certificates_find(certificates, bytes_of(der->bytes, der->size), &index));
        CHECK(index == i % 600);
        blobs_release();
    }
    CHECK(certificates_count(certificates) == 600);
    CHECK_TEXT(certificates_at(certificates, 599)->subject_cn, "host-0599.example");
    CHECK_TEXT(certificates_at(certificates, 0)->subject_cn, "host-0000.example");
    certificates_free(certificates);
}

/* What is none takes up room too: otherwise it would be parsed again and again. */
static void beyond_the_limit_no_new_one_is_taken(void)
{
    struct certificates *certificates = certificates_new();
    uint32_t index = 9;
    struct bytes first = der_of("one.example", 10);
    CHECK(certificates_find(certificates, first, &index));
    for (uint32_t i = 1; i < CERTIFICATES_MOST; i++)
        CHECK(!certificates_find(certificates, bytes_of(&i, sizeof i), &index));
    CHECK(!certificates_find(certificates, der_of("two.example", 10), &index));
    CHECK(certificates_find(certificates, first, &index) && index == 0);
    CHECK(certificates_refused(certificates) == CERTIFICATES_MOST);
    certificates_free(certificates);
    blobs_release();
}

int main(void)
{
    RUN(a_certificate_is_known_by_its_bytes);
    RUN(what_it_says_is_kept);
    RUN(what_is_no_certificate_is_refused_each_time);
    RUN(one_that_is_too_long_is_refused);
    RUN(all_stay_found);
    RUN(beyond_the_limit_no_new_one_is_taken);
    return test_end();
}
