/*
 * values.h - what several sections say in JSON: shares, distributions, names.
 *
 * Each writes one value where a value is expected; with a key, the key too.
 */
#ifndef O365LENS_REPORTS_VALUES_H
#define O365LENS_REPORTS_VALUES_H

#include "analyzer/assessment.h"
#include "analyzer/json_out.h"

/* A captured or configured name, by the door of names_out.h; null where there is none. */
void values_name(struct json_out *out, const char *key, const char *name);

void values_text(struct json_out *out, const char *key, const char *text); /* our own */
void values_count(struct json_out *out, const char *key, uint64_t count);
void values_ms(struct json_out *out, const char *key, int64_t nanoseconds); /* -1: null */

void values_bool(struct json_out *out, const char *key, bool value);
void values_bool_known(struct json_out *out, const char *key, bool is_known,
                       bool value); /* null where it is not known */
void values_null(struct json_out *out, const char *key);
void values_address(struct json_out *out, const char *key,
                    const struct ip_address *ip); /* null for none */

/* One count for each direction. */
void values_both(struct json_out *out, const char *key, uint64_t c2s, uint64_t s2c);

/* `part` of `whole` as a number from 0 to 1; null where `whole` is 0. */
void values_share_of(struct json_out *out, const char *key, uint64_t part,
                     uint64_t whole);

/* flows, bytes and clients, as an object. */
void values_share(struct json_out *out, const char *key, const struct share *share);

/* Samples, percentiles (null below their number of samples) and histogram. */
void values_distribution(struct json_out *out, const char *key,
                         const struct distribution *distribution);

#endif
