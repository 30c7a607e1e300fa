/*
 * packet.h - one packet as a capture holds it.
 */
#ifndef O365LENS_ANALYZER_PACKET_H
#define O365LENS_ANALYZER_PACKET_H

#include "dissectors/bytes.h"

enum packet_direction {
    PACKET_DIRECTION_UNKNOWN,
    PACKET_RECEIVED, /* by the machine that captured */
    PACKET_SENT,
};

struct packet {
    struct bytes captured; /* lives until the next packet is read */
    int64_t time_ns;       /* since 1970 in UTC; 0 where has_time is false */
    uint64_t number;       /* of the frame in its file, from 1, as Wireshark counts */
    uint64_t offset;       /* of its record in the file, after decompression */
    uint32_t length;       /* on the wire; never below captured.left */
    uint32_t interface;    /* in its file, from 0, counted over all sections */
    uint16_t link_type;    /* LINKTYPE_ number of the IETF registry */
    uint8_t fcs_size;      /* bytes of frame check sequence at the end, 0 if not told */
    bool has_time; /* false: the capture tells no time for it, or none that can be */
    enum packet_direction direction;
};

#endif
