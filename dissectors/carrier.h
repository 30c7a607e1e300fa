/*
 * carrier.h - datagrams that carry other traffic which cannot be seen: IKE and ESP in UDP
 * (RFC 7296, 3948), WireGuard, DTLS (RFC 6347, 9147), OpenVPN.
 */
#ifndef O365LENS_DISSECTORS_CARRIER_H
#define O365LENS_DISSECTORS_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/bytes.h"

enum carrier_kind {
    CARRIER_NONE,
    CARRIER_IKE,
    CARRIER_ESP,
    CARRIER_WIREGUARD,
    CARRIER_DTLS,
    CARRIER_OPENVPN,
};

struct carrier {
    enum carrier_kind kind;
    /* WireGuard's data away from its usual port looks like much else: to be believed
       where the same two ends were sure before. */
    bool is_sure;
};

/* `length` is that of the payload on the wire. OpenVPN is known at its port only. */
struct carrier carrier_of_datagram(struct bytes payload, uint32_t length,
                                   uint16_t source_port, uint16_t destination_port);

/* A segment that begins with a message of OpenVPN, at its port. */
struct carrier carrier_of_segment(struct bytes payload, uint32_t length,
                                  uint16_t source_port, uint16_t destination_port);

#endif
