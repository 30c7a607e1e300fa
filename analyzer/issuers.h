/*
 * issuers.h - who signed a certificate: Microsoft's authorities, others, or an inspector.
 *
 *     const char *product;
 *     if (issuers_find(issuers, issuer_cn, issuer_o, start_ns, &product) ==
 *         ISSUER_INSPECTION)
 *         ... opened on the way by `product` ...
 *
 * By name only, without a look at signatures: an inspecting device could forge it. The
 * data (data/issuers.json) tells for every entry where it is from.
 */
#ifndef O365LENS_ANALYZER_ISSUERS_H
#define O365LENS_ANALYZER_ISSUERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/error.h"

enum issuer_kind {
    ISSUER_MICROSOFT,  /* known to sign for Microsoft at that time */
    ISSUER_PUBLIC,     /* a public authority, not known to sign for Microsoft then */
    ISSUER_INSPECTION, /* a product that opens TLS, or listed by the operator */
    ISSUER_UNFAMILIAR, /* nobody publishes it: a private authority */
};

struct issuers;

/* The document of data/issuers.json. NULL where it is none. */
struct issuers *issuers_read(const void *bytes, size_t size, const char *name,
                             struct error *error);
void issuers_free(struct issuers *issuers); /* NULL is nothing to free */

/*
 * From now on an issuer whose common name or organisation is `name` (without case, a star
 * stands for any text) is an inspection; its product is `name`, which is copied.
 */
void issuers_add_inspection(struct issuers *issuers, const char *name);

/*
 * Common name and organisation may be NULL. `product`, which may be NULL, gets the name
 * of the inspection product, else NULL; it lives as long as the issuers.
 */
enum issuer_kind issuers_find(const struct issuers *issuers, const char *issuer_cn,
                              const char *issuer_o, int64_t time_ns,
                              const char **product);

/* True where the product works inside the client: a capture beside it shows nothing. */
bool issuers_is_endpoint_product(const struct issuers *issuers, const char *product);

const char *issuer_kind_text(enum issuer_kind kind); /* "microsoft", "public" ... */

#endif
