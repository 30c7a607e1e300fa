/*
 * pcap_writer.h - captures for tests and samples, made in memory.
 *
 *     struct pcap_writer out = { 0 };
 *     pcap_writer_start(&out, &(struct pcap_writer_file){ .link_type = 1 });
 *     uint8_t frame[1600];
 *     size_t size = pcap_writer_tcp(&packet, frame, sizeof frame);
 *     pcap_writer_packet(&out, time_ns, frame, size, size);
 *     pcap_writer_save(&out, file);
 *     pcap_writer_release(&out);
 *
 * A pcapng is begun with pcap_writer_section() and goes on with interfaces and blocks;
 * what is wrong on purpose is made by changing out.bytes afterwards. Out of room or of
 * memory is a bug of the test: it aborts.
 */
#ifndef O365LENS_TESTS_PCAP_WRITER_H
#define O365LENS_TESTS_PCAP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct pcap_writer {
    uint8_t *bytes; /* the capture so far */
    size_t size, capacity;
    bool is_big_endian;
    uint32_t magic; /* of a pcap */
};

void pcap_writer_release(struct pcap_writer *out);
bool pcap_writer_save(const struct pcap_writer *out, FILE *file);

/* Raw bytes, and numbers in the writer's byte order. */
void pcap_writer_put(struct pcap_writer *out, const void *bytes, size_t size);
void pcap_writer_put_u16(struct pcap_writer *out, uint16_t value);
void pcap_writer_put_u32(struct pcap_writer *out, uint32_t value);
void pcap_writer_put_u64(struct pcap_writer *out, uint64_t value);

/* A pcap; what is 0 has its usual value. */

enum {
    PCAP_WRITER_MICROSECONDS = (int)0xa1b2c3d4,
    PCAP_WRITER_NANOSECONDS = (int)0xa1b23c4d,
    PCAP_WRITER_KUZNETZOV = (int)0xa1b2cd34,
};

struct pcap_writer_file {
    int magic; /* default: microseconds */
    bool is_big_endian;
    uint32_t link_type; /* whole field, with FCS bits */
    uint32_t snaplen;   /* default: 262144 */
    bool has_no_snaplen;
    uint16_t minor_version; /* default: 4 */
};

void pcap_writer_start(struct pcap_writer *out, const struct pcap_writer_file *file);
void pcap_writer_packet(struct pcap_writer *out, int64_t time_ns, const void *bytes,
                        size_t size, size_t length);

/* A pcapng. */

struct pcap_writer_interface {
    uint16_t link_type;
    uint32_t snaplen; /* 0: not told */
    bool has_resolution;
    uint8_t resolution;    /* as in if_tsresol */
    int64_t time_offset_s; /* 0: no option */
    uint8_t fcs_size;      /* 0: no option */
    const char *name;      /* NULL: no option */
};

void pcap_writer_section(struct pcap_writer *out, bool is_big_endian);
void pcap_writer_interface(struct pcap_writer *out,
                           const struct pcap_writer_interface *interface);
/* `flags` as in epb_flags; 0: no option. */
void pcap_writer_enhanced(struct pcap_writer *out, uint32_t interface, uint64_t ticks,
                          const void *bytes, size_t size, size_t length, uint32_t flags);
void pcap_writer_simple(struct pcap_writer *out, const void *bytes, size_t size,
                        size_t length);
void pcap_writer_obsolete(struct pcap_writer *out, uint16_t interface, uint64_t ticks,
                          const void *bytes, size_t size, size_t length);
void pcap_writer_statistics(struct pcap_writer *out, uint32_t interface,
                            uint64_t received, uint64_t dropped);
void pcap_writer_block(struct pcap_writer *out, uint32_t type, const void *body,
                       size_t size); /* padded to 4 */

/* Frames. */

enum {
    PCAP_WRITER_FIN = 1,
    PCAP_WRITER_SYN = 2,
    PCAP_WRITER_RST = 4,
    PCAP_WRITER_PSH = 8,
    PCAP_WRITER_ACK = 16,
};

struct pcap_writer_fields {
    const char *source, *destination; /* both "10.0.0.1" or both "2001:db8::1" */
    uint16_t source_port, destination_port;
    uint8_t source_mac[6], destination_mac[6];
    bool has_no_ethernet; /* begins with the IP header: link type 101 */
    uint16_t vlan;        /* 0: none */
    uint8_t ttl;          /* default: 64 */
    uint8_t dscp;
    uint16_t ip_id;
    uint32_t sequence, acknowledgement;
    uint8_t tcp_flags;
    uint16_t window;         /* not scaled */
    const void *tcp_options; /* a multiple of 4 bytes, at most 40 */
    size_t tcp_options_size;
    const void *payload;
    size_t payload_size;
};

/* Whole frames with right lengths and checksums, written to `out`; they return their
   size. The last takes the payload as what follows the IP header: tunnels, ICMP. */
size_t pcap_writer_tcp(const struct pcap_writer_fields *fields, void *out,
                       size_t capacity);
size_t pcap_writer_udp(const struct pcap_writer_fields *fields, void *out,
                       size_t capacity);
size_t pcap_writer_ip(const struct pcap_writer_fields *fields, uint8_t protocol,
                      void *out, size_t capacity);

#endif
