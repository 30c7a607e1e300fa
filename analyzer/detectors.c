/* detectors.c - the analyses there are. */
#include "analyzer/detector.h"

extern const struct detector hairpin_detector, proxy_detector, interception_detector,
    latency_detector, transport_detector;

const struct detector *const detectors[] = {
    &proxy_detector, /* first: the others look at what it found out about a flow */
    &interception_detector,
    &hairpin_detector,
    &latency_detector,
    &transport_detector,
    NULL,
};
