/*
 * fragments.h - packets that came in pieces, put together again (RFC 791 section 3.2,
 * RFC 815, RFC 8200 section 4.5).
 *
 *     while (fragments_next_given_up(fragments, packet.time_ns, false, &given_up)) ...
 *     switch (fragments_see(fragments, &packet, &headers, outcome, file, &rebuilt)) ...
 *
 * Pieces belong together where addresses, identification and, for IPv4, the protocol are
 * the same, and where they came by the same place: MACs and layers around them. Pieces
 * that overlap make the whole packet refused, as RFC 5722 asks for IPv6; a piece that is
 * told again byte for byte is left out.
 *
 * At most 256 packets wait, each at most 30 s of packet time, in buffers of 66 KB that
 * are made when they are needed first and kept: 17 MB. Above that the one that waits
 * longest is given up. Where 64 first pieces in a row waited for nothing, because the
 * capture holds no others, no more are made to wait until another piece is seen.
 */
#ifndef O365LENS_ANALYZER_FRAGMENTS_H
#define O365LENS_ANALYZER_FRAGMENTS_H

#include "analyzer/decode.h"
#include "analyzer/packet.h"

enum {
    FRAGMENTS_MOST = 256,
    FRAGMENTS_SECONDS = 30,
    FRAGMENTS_IN_VAIN = 64,
};

enum fragments_outcome {
    FRAGMENTS_ALONE,   /* nothing is done with it: take the packet as it is */
    FRAGMENTS_HELD,    /* kept, or left out as told already */
    FRAGMENTS_REBUILT, /* it was the last one that was missing */
};

/* What became of a packet that will not be put together. */
struct fragments_given_up {
    bool is_refused; /* pieces overlap, or contradict each other's length */
    bool has_first;  /* the first piece was kept, and what decode made of it: */
    struct packet packet;
    struct headers headers;
    enum decode outcome;
    uint32_t file;        /* of the piece that came first */
    uint32_t other_count; /* pieces without the first one, and their bytes as frames: */
    uint64_t other_bytes;
    struct headers other; /* addresses and protocol only */
};

struct fragments;

struct fragments *fragments_new(void);
void fragments_free(struct fragments *fragments); /* NULL is nothing to free */

bool fragments_are_waiting(const struct fragments *fragments);

/*
 * Takes out, one a call, what has waited too long at `now_ns`; with `is_all` all of it.
 * To be asked before every fragments_see until it says no: that makes room as well.
 * Windows of `given_up` live until the next call of any of these functions.
 */
bool fragments_next_given_up(struct fragments *fragments, int64_t now_ns, bool is_all,
                             struct fragments_given_up *given_up);

/*
 * One packet whose headers->has_fragment is set. The rebuilt packet begins with its IP
 * header, is cut where a piece was, and has the time and number of the last piece; its
 * bytes live until the next but one call of this function.
 */
enum fragments_outcome fragments_see(struct fragments *fragments,
                                     const struct packet *packet,
                                     const struct headers *headers, enum decode outcome,
                                     uint32_t file, struct packet *rebuilt);

#endif
