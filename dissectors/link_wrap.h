/*
 * link_wrap.h - what a capturing system puts in front of a frame of another link type.
 */
#ifndef O365LENS_DISSECTORS_LINK_WRAP_H
#define O365LENS_DISSECTORS_LINK_WRAP_H

#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

/*
 * Takes such headers off and puts the link type of what follows in the place of
 * *link_type: PPI, PKTAP, NFLOG, IPNET, PFLOG, ENC, netANALYZER, Ethernet of EPON and of
 * Juniper. Any other type is left as it is, and the outcome is OK. OTHER where the frame
 * inside is wrapped more than twice.
 */
enum dissect link_wrap_take(uint32_t *link_type, struct bytes *in);

#endif
