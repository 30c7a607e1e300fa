/*
 * capture_entry.h - one capture file: what it is, how well it could be read.
 *
 * Facts, filled by the worker that read the file; site, vantage and m365_flows are
 * judgement and filled later. Everything is owned: capture_entry_release (result.h).
 */
#ifndef O365LENS_ANALYZER_CAPTURE_ENTRY_H
#define O365LENS_ANALYZER_CAPTURE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

enum capture_status {
    STATUS_COMPLETE,
    STATUS_TRUNCATED,  /* ends inside a packet or block */
    STATUS_DAMAGED,    /* a length or checksum lies; read up to there */
    STATUS_UNREADABLE, /* nothing of it could be read */
};
const char *capture_status_text(enum capture_status status);

struct capture_problem {
    uint64_t offset; /* byte in the stored file, or in what was decompressed from it */
    uint64_t frame;  /* 0: none */
    char *sentence;  /* with file, place and reason; see capture_problem_reason */
};

struct capture_other { /* traffic that is neither TCP nor UDP */
    char *protocol;    /* "icmp", "arp", "esp" ... */
    uint64_t peers;    /* distinct pairs of addresses, at least */
    uint64_t packets, bytes;
};

struct capture_entry {
    char *name, *series;
    char *sha256;      /* of the stored bytes; NULL for standard input */
    char *format;      /* "pcap", "pcapng"; NULL where it is no capture */
    char *looks_like;  /* what it is instead, where that is known; else NULL */
    bool in_folder;    /* found in a folder, not named by the user */
    char *compression; /* "gzip", "zstd"; NULL */
    uint32_t link_type_count;
    uint32_t *link_types;    /* LINKTYPE_ numbers, in order of first appearance */
    uint32_t snaplen;        /* the largest stated; 0: none stated */
    uint64_t packets, bytes; /* packets in the file; bytes on the wire */
    bool has_times;
    int64_t first_ns, last_ns;
    char *capture_site; /* NULL: none */
    const char *vantage, *vantage_by;
    enum capture_status status;
    uint32_t problem_count;
    struct capture_problem *problems;
    uint64_t copies, crossings; /* packets */
    uint64_t cut_packets;       /* shorter in the file than on the wire */
    uint64_t malformed, unread; /* packets with broken headers; of unknown link types */
    uint64_t fragments;         /* packets that were pieces of one */
    uint64_t rebuilt;           /* packets put together from them */
    uint64_t incomplete;        /* packets of which a piece is missing */
    uint64_t refused;           /* packets whose pieces overlap: not put together */
    uint64_t dropped;           /* by the capturing machine, as the file tells */
    bool has_dropped;
    uint64_t clock_steps; /* time stamps more than 1 ms before the one in front */
    uint32_t other_count;
    struct capture_other *other;
    uint64_t flows, m365_flows; /* that begin in this file */
};

#endif
