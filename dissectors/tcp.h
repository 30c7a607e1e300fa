/*
 * tcp.h - TCP headers and options (RFC 9293 section 3.1, 7323, 2018, 2883).
 */
#ifndef O365LENS_DISSECTORS_TCP_H
#define O365LENS_DISSECTORS_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
    TCP_ECE = 0x40,
    TCP_CWR = 0x80,
};

enum { TCP_SACK_BLOCKS = 4 };

struct tcp_sack_block {
    uint32_t left, right; /* sequence numbers, right is one past the block */
};

struct tcp_header {
    uint16_t source_port, destination_port;
    uint32_t sequence, acknowledgement;
    uint16_t window; /* as sent, not scaled */
    uint16_t checksum;
    uint8_t flags; /* enum tcp_flag */
    uint8_t size;  /* header with options, in bytes */
    /* options; has_* tells whether the option is there */
    bool has_mss, has_window_scale, has_sack_permitted, has_timestamps;
    bool options_cut;       /* the capture ends inside the options */
    bool options_malformed; /* an option's length lies; those in front of it are filled */
    uint16_t mss;
    uint8_t window_scale; /* shift count, 0 to 14 */
    uint32_t timestamp, timestamp_echo;
    uint8_t sack_count;
    struct tcp_sack_block sack[TCP_SACK_BLOCKS];
};

/*
 * Reads a header and moves `in` to the payload. OK also where only options are cut
 * (options_cut is set). TRUNCATED where the fixed 20 bytes are not all there: then only
 * the ports are filled, each where it is whole, and the rest is 0. MALFORMED where the
 * data offset is below 5, or an option's length lies: then options_malformed is set and
 * `in` is at the payload all the same, since a receiver, too, ignores such options and
 * takes the segment.
 */
enum dissect tcp_read_header(struct bytes *in, struct tcp_header *header);

#endif
