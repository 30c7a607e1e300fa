/*
 * udp.h - UDP headers (RFC 768, RFC 2675 section 4).
 */
#ifndef O365LENS_DISSECTORS_UDP_H
#define O365LENS_DISSECTORS_UDP_H

#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum { UDP_HEADER_SIZE = 8 };

struct udp_header {
    uint16_t source_port, destination_port;
    uint16_t length;   /* header and payload as told; 0: to the end of the IP packet */
    uint16_t checksum; /* 0: none */
};

/*
 * Reads a header, moves `in` to the payload and cuts it where the told length ends. A
 * told length beyond the window is no error here: the rest may not be captured, or be in
 * other fragments. TRUNCATED where the window ends inside the header (what is there is
 * filled), MALFORMED where the told length is shorter than a header.
 */
enum dissect udp_read_header(struct bytes *in, struct udp_header *udp);

#endif
