/*
 * link_wlan.h - frames of IEEE 802.11, with or without a header of the receiver in front
 * (radiotap, Prism, AVS).
 */
#ifndef O365LENS_DISSECTORS_LINK_WLAN_H
#define O365LENS_DISSECTORS_LINK_WLAN_H

#include <stdint.h>

#include "dissectors/link.h"

/* As link_read_header, for the wireless types; OTHER for any other. */
enum dissect link_wlan_read_header(uint32_t link_type, struct bytes *in,
                                   struct link_header *link);

/*
 * One frame, without anything in front. What shows no packet is told by link->dark. Of
 * several packets in one frame (A-MSDU) the first is read. Controllers turn the two bytes
 * of the frame control around: such frames are read as well.
 */
enum dissect link_wlan_read(struct bytes *in, struct link_header *link);

#endif
