/*
 * endpoint_record.h - the fields of one endpoint set, in either spelling of its record.
 *
 * Microsoft's web service and the files under data/ hold the same fields under different
 * names. What a record lacks is left as it is in `set`, but service and category, which
 * become Common and Default. A refusal sets the error, with the place.
 */
#ifndef O365LENS_ANALYZER_ENDPOINT_RECORD_H
#define O365LENS_ANALYZER_ENDPOINT_RECORD_H

#include "analyzer/endpoint_list.h"
#include "analyzer/json_fields.h"

struct endpoint_spelling {
    const char *service, *required, *express_route, *tcp, *udp;
};
extern const struct endpoint_spelling endpoint_own_spelling, endpoint_web_spelling;

bool endpoint_record_read_id(const struct json_source *source,
                             const struct json_place *place,
                             const struct json_value *record, struct endpoint_set *set);
bool endpoint_record_read_terms(const struct json_source *source,
                                const struct json_place *place,
                                const struct json_value *record,
                                const struct endpoint_spelling *spelling,
                                struct endpoint_set *set);

/* An address prefix, or where `is_host` a host name or pattern. */
bool endpoint_record_check(const struct json_source *source,
                           const struct json_place *place, const char *text,
                           bool is_host);

#endif
