/* values.c - the values that FORMAT.md describes once and names often. */
#include "reports/values.h"

#include "analyzer/names_out.h"
#include "reports/figure.h"

void values_name(struct json_out *out, const char *key, const char *name)
{
    char shown[NAMES_OUT_SIZE];
    json_key(out, key);
    json_text(out, names_out_text(name, shown, sizeof shown));
}

void values_text(struct json_out *out, const char *key, const char *text)
{
    json_key(out, key);
    json_text(out, text);
}

void values_count(struct json_out *out, const char *key, uint64_t count)
{
    json_key(out, key);
    json_uint(out, count);
}

void values_ms(struct json_out *out, const char *key, int64_t nanoseconds)
{
    json_key(out, key);
    if (nanoseconds < 0)
        json_null(out);
    else
        json_ms(out, nanoseconds);
}

void values_bool(struct json_out *out, const char *key, bool value)
{
    json_key(out, key);
    json_bool(out, value);
}

void values_bool_known(struct json_out *out, const char *key, bool is_known, bool value)
{
    if (is_known)
        values_bool(out, key, value);
    else
        values_null(out, key);
}

void values_null(struct json_out *out, const char *key)
{
    json_key(out, key);
    json_null(out);
}

void values_address(struct json_out *out, const char *key, const struct ip_address *ip)
{
    char text[ADDRESS_TEXT_SIZE];
    json_key(out, key);
    json_text(out, names_out_address(ip, text));
}

void values_both(struct json_out *out, const char *key, uint64_t c2s, uint64_t s2c)
{
    json_key(out, key);
    json_open_object(out);
    values_count(out, "c2s", c2s);
    values_count(out, "s2c", s2c);
    json_close_object(out);
}

void values_share_of(struct json_out *out, const char *key, uint64_t part, uint64_t whole)
{
    json_key(out, key);
    if (whole == 0) {
        json_null(out);
        return;
    }
    while (part > UINT64_MAX / 2001 || whole > UINT64_MAX / 2001) {
        part /= 2;
        whole /= 2;
    }
    json_thousandths(out, (int64_t)((2000 * part + whole) / (2 * whole)));
}

void values_share(struct json_out *out, const char *key, const struct share *share)
{
    json_key(out, key);
    json_open_object(out);
    values_count(out, "flows", share->flows);
    values_count(out, "bytes", share->bytes);
    values_count(out, "clients", share->clients);
    json_close_object(out);
}

static void write_bin(void *context, uint16_t index, uint32_t count)
{
    struct json_out *out = context;
    json_open_array(out);
    json_uint(out, index);
    json_uint(out, count);
    json_close_array(out);
}

/* A line a bin would make most of the file's lines: the bins stand on one. */
static void write_histogram(struct json_out *out, const struct distribution *distribution)
{
    bool was_pretty = out->is_pretty;

    json_key(out, "histogram");
    out->is_pretty = false;
    json_open_object(out);
    values_text(out, "scheme", "loglinear64-ns");
    json_key(out, "bins");
    json_open_array(out);
    distribution_each_bin(distribution, write_bin, out);
    json_close_array(out);
    json_close_object(out);
    out->is_pretty = was_pretty;
}

void values_distribution(struct json_out *out, const char *key,
                         const struct distribution *distribution)
{
    bool is_empty = distribution->count == 0;

    json_key(out, key);
    json_open_object(out);
    values_count(out, "samples", distribution->count);
    values_ms(out, "min_ms", is_empty ? -1 : distribution->min_ns);
    values_ms(out, "p50_ms", figure_percentile(distribution, 500));
    values_ms(out, "p90_ms", figure_percentile(distribution, 900));
    values_ms(out, "p95_ms", figure_percentile(distribution, 950));
    values_ms(out, "p99_ms", figure_percentile(distribution, 990));
    values_ms(out, "max_ms", is_empty ? -1 : distribution->max_ns);
    write_histogram(out, distribution);
    json_close_object(out);
}
