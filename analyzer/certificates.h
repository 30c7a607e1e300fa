/*
 * certificates.h - the distinct certificates of one series, each parsed once.
 *
 * A certificate is known by the SHA-256 of its DER, and flows refer to it by its number
 * here.
 */
#ifndef O365LENS_ANALYZER_CERTIFICATES_H
#define O365LENS_ANALYZER_CERTIFICATES_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/flow_record.h"
#include "dissectors/bytes.h"

enum {
    CERTIFICATES_MOST = 65536, /* distinct ones of a series */
    CERTIFICATE_DER_MOST = 65536,
};

struct certificates;

struct certificates *certificates_new(void);
void certificates_free(struct certificates *certificates);

/*
 * The number of the certificate in `der`. False where it is no certificate, too long, or
 * one too many: those are counted.
 */
bool certificates_find(struct certificates *certificates, struct bytes der,
                       uint32_t *index);

/* Does `issuer` bear the name that `certificate` tells as its issuer's? */
bool certificates_issues(const struct certificates *certificates, uint32_t issuer,
                         uint32_t certificate);

uint32_t certificates_count(const struct certificates *certificates);
uint64_t certificates_refused(const struct certificates *certificates);

/* Lives as long as the table. */
const struct flow_certificate *certificates_at(const struct certificates *certificates,
                                               uint32_t index);

#endif
