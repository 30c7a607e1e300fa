/* detectors.c - the analyses there are. */
#include "analyzer/detector.h"

extern const struct detector hairpin_detector, proxy_detector, interception_detector,
    latency_detector, transport_detector, udp_blocked_detector;

const struct detector *const detectors[] = {
    &proxy_detector,        /* first: the others look at what it found out about a flow */
    &interception_detector, /* certificates */
    &hairpin_detector,      /* ways */
    &latency_detector,      /* round trips */
    &transport_detector,    /* TCP */
    &udp_blocked_detector,  /* media */
    NULL,
};
