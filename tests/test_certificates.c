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
    CHECK(certificates_find(certificates, der_of("one.example", 10), &index));
    const struct flow_certificate *one = certificates_at(certificates, index);
    CHECK_TEXT(one->subject_cn, "one.example");
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

/* More than the table begins with, so that it grows; then up to its limit. */
static void all_stay_found_up_to_the_limit(void)
{
    struct certificates *certificates = certificates_new();
    struct blob *der = blob_new();
    put_der(der, "one.example", "Some CA", 10);
    uint32_t index;
    for (uint32_t i = 0; i < CERTIFICATES_MOST + 10; i++) {
        /* The last bytes are the signature, which nobody reads. */
        memcpy(der->bytes + der->size - 2, &(uint16_t){ (uint16_t)i }, 2);
        der->bytes[der->size - 3] = (uint8_t)(i >> 16);
        bool is_found =
            certificates_find(certificates, bytes_of(der->bytes, der->size), &index);
        CHECK(is_found == (i < CERTIFICATES_MOST));
        CHECK(!is_found || index == i);
    }
    der->bytes[der->size - 3] = 0;
    memcpy(der->bytes + der->size - 2, &(uint16_t){ 300 }, 2);
    CHECK(certificates_find(certificates, bytes_of(der->bytes, der->size), &index));
    CHECK(index == 300);
    CHECK(certificates_count(certificates) == CERTIFICATES_MOST);
    CHECK(certificates_refused(certificates) == 10);
    certificates_free(certificates);
    blobs_release();
}

int main(void)
{
    RUN(a_certificate_is_known_by_its_bytes);
    RUN(what_it_says_is_kept);
    RUN(what_is_no_certificate_is_refused_each_time);
    RUN(one_that_is_too_long_is_refused);
    RUN(all_stay_found_up_to_the_limit);
    return test_end();
}
