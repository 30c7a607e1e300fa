/* udp.c - RFC 768; RFC 2675 section 4 for a length of 0. */
#include "dissectors/udp.h"

enum dissect udp_read_header(struct bytes *in, struct udp_header *udp)
{
    struct bytes header = bytes_take_at_most(in, UDP_HEADER_SIZE);
    udp->source_port = bytes_u16(&header);
    udp->destination_port = bytes_u16(&header);
    udp->length = bytes_u16(&header);
    udp->checksum = bytes_u16(&header);
    if (header.ran_out)
        return DISSECT_TRUNCATED;
    if (udp->length == 0)
        return DISSECT_OK;
    if (udp->length < UDP_HEADER_SIZE)
        return DISSECT_MALFORMED;
    *in = bytes_take_at_most(in, udp->length - (size_t)UDP_HEADER_SIZE);
    return DISSECT_OK;
}
