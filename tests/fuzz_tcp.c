/* TCP headers with their options, and UDP headers. */
#include <stdlib.h>

#include "dissectors/tcp.h"
#include "dissectors/udp.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_tcp(const struct tcp_header *tcp, enum dissect outcome, size_t size,
                      size_t left)
{
    check(outcome != DISSECT_OTHER);
    check(tcp->sack_count <= TCP_SACK_BLOCKS && tcp->window_scale <= 14);
    check(outcome != DISSECT_TRUNCATED || (size < 20 && left == 0));
    if (outcome != DISSECT_OK && !tcp->options_malformed)
        return;
    check(tcp->size >= 20 && tcp->size <= 60);
    check(tcp->options_cut == (size < tcp->size));
    check(left == (tcp->options_cut ? 0 : size - tcp->size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct tcp_header tcp;
    enum dissect outcome = tcp_read_header(&in, &tcp);
    check_tcp(&tcp, outcome, size, in.left);

    struct udp_header udp;
    in = bytes_of(data, size);
    outcome = udp_read_header(&in, &udp);
    check(outcome != DISSECT_OTHER);
    check((outcome == DISSECT_TRUNCATED) == (size < UDP_HEADER_SIZE));
    if (outcome == DISSECT_OK)
        check(in.left <= size - UDP_HEADER_SIZE);
    return 0;
}
