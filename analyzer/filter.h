/*
 * filter.h - does a packet pass a BPF filter, as tcpdump takes it?
 *
 * The expression is pcap-filter(7)'s. It is compiled once for each link type that occurs;
 * the usual ones are compiled by filter_new() already, since names of hosts and ports are
 * looked up then, which a sandboxed process could not do.
 *
 * An expression may be meaningless for a link type ("vlan" on raw IP): its packets do not
 * pass, and filter_next_problem() says so once. A packet cut by the snaplen does not pass
 * a test of bytes that are not there.
 */
#ifndef O365LENS_ANALYZER_FILTER_H
#define O365LENS_ANALYZER_FILTER_H

#include "analyzer/error.h"
#include "dissectors/bytes.h"

struct filter;

/* The caller's, to be freed. NULL where Ethernet packets cannot be filtered with it. */
struct filter *filter_new(const char *expression, struct error *error);
void filter_free(struct filter *filter); /* NULL is nothing to free */

/* `link_type` is a LINKTYPE_ number, `length` in bytes on the wire. Allocates at the
   first packet of a link type only. */
bool filter_is_match(struct filter *filter, uint16_t link_type, struct bytes captured,
                     uint32_t length);

/* True, and a sentence, once for each link type met that the filter cannot be used on. */
bool filter_next_problem(struct filter *filter, struct error *problem);

#endif
