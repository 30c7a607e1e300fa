/* fuzz_x509.c - any bytes as a certificate, and its names against one host. */
#include <assert.h>
#include <string.h>

#include "dissectors/x509.h"
#include "dissectors/x509_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct x509_certificate certificate;
    uint32_t count = 0;

    if (x509_read(bytes_of(data, size), &certificate) != DISSECT_OK)
        return 0;
    assert(strlen(certificate.subject_cn) < X509_NAME_SIZE);
    assert(strlen(certificate.issuer_o) < X509_NAME_SIZE);
    assert(certificate.san_size <= X509_SAN_SIZE);
    x509_name_covers(certificate.subject_cn, "host.example");
    for (const char *name = NULL; (name = x509_next_name(&certificate, name)) != NULL;
         count++) {
        assert(name[0] != '\0');
        x509_name_covers(name, "host.example");
    }
    assert(count == certificate.san_count);
    return 0;
}
