/*
 * link_serial.h - serial lines: PPP in HDLC, Cisco HDLC, Frame Relay (RFC 2427), ATM
 * (RFC 2684), SLIP (RFC 1055, 1144), as their LINKTYPE_ formats hold them.
 */
#ifndef O365LENS_DISSECTORS_LINK_SERIAL_H
#define O365LENS_DISSECTORS_LINK_SERIAL_H

#include <stdint.h>

#include "dissectors/link.h"

/* As link_read_header, for these types; OTHER for any other. ETHER_BRIDGED: a frame. */
enum dissect link_serial_read(uint32_t link_type, struct bytes *in,
                              struct link_header *link);

#endif
