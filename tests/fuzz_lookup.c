/* Bytes of a stream or a datagram on the port of DNS: the first tells which, and the
 * kind. */
#include <stdlib.h>

#include "analyzer/lookup.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct name_cache *names; /* kept: it is large, and its contents do no harm */
    if (names == NULL)
        names = name_cache_new();
    struct bytes in = bytes_of(data, size);
    uint8_t how = bytes_u8(&in);
    struct flow_lookups counts = { 0 };
    struct flow_dns dns = { .lookup_ns = -1 };
    struct lookup lookup = {
        .kind = (enum lookup_kind)(LOOKUP_DNS + how % 4),
        .names = names,
        .about = { .client = { 4, { 10, 0, 0, 1 } },
                   .resolver = { 4, { 10, 0, 0, 53 } },
                   .client_port = 50000,
                   .time_ns = 1000,
                   .frame = 1 },
        .counts = &counts,
        .dns = &dns,
    };
    if ((how & 4) == 0) {
        lookup_see(&lookup, in);
        check(counts.queries + counts.answers <= 1);
    } else {
        size_t offered = in.left;
        enum dissect outcome = lookup_see_stream(&lookup, &in);
        check(outcome == DISSECT_TRUNCATED || outcome == DISSECT_MALFORMED);
        check(in.left <= offered);
        check(counts.queries + counts.answers <= offered / 14);
    }
    check(counts.failures <= counts.answers);
    check(dns.lookup_ns >= -1);
    return 0;
}
