/*
 * proxy_protocol.h - the header that a load balancer puts before a client's first byte.
 *
 * Both versions are read over: what they tell of addresses is not given on. They may
 * stand at the very start of a connection alone. Source: "The PROXY protocol", versions 1
 * and 2, section 2.
 */
#ifndef O365LENS_DISSECTORS_PROXY_PROTOCOL_H
#define O365LENS_DISSECTORS_PROXY_PROTOCOL_H

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

/* `in` moves behind the header where OK. TRUNCATED also where nothing is there. */
enum dissect proxy_protocol_read(struct bytes *in);

#endif
