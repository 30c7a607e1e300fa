/* One direction: what a load balancer wrote, then a protocol that may turn to TLS. */
#include <stdlib.h>

#include "dissectors/proxy_protocol.h"
#include "dissectors/starttls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void read_units(struct bytes in, bool from_client, enum starttls protocol)
{
    struct starttls_unit unit;
    size_t left;
    enum dissect outcome;
    do {
        left = in.left;
        outcome = starttls_read(&in, from_client, &protocol, &unit);
        check(outcome == DISSECT_OK ? in.left < left : in.left == left);
        check(!unit.asks || from_client);
        check(starttls_text(protocol) != NULL);
    } while (outcome == DISSECT_OK);
    check(outcome != DISSECT_TRUNCATED || left <= STARTTLS_UNIT_MOST + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    enum starttls protocol;
    (void)proxy_protocol_read(&in);
    for (int from_client = 0; from_client < 2; from_client++) {
        enum dissect outcome = starttls_begins(in, from_client, &protocol);
        check((outcome == DISSECT_OK) == (protocol != STARTTLS_NONE));
        check(outcome != DISSECT_TRUNCATED || in.left < 13);
        if (outcome == DISSECT_OK)
            read_units(in, from_client, protocol);
        for (int i = STARTTLS_SMTP; i <= STARTTLS_RDP && in.left <= STARTTLS_UNIT_MOST;
             i++)
            read_units(in, from_client, (enum starttls)i);
    }
    return 0;
}
