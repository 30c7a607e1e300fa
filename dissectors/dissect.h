/*
 * dissect.h - what comes of reading a message.
 *
 * A dissector is silent: it returns one of these and fills a struct of the caller's. Its
 * windows point into the bytes that it was given and live as long as those do.
 */
#ifndef O365LENS_DISSECTORS_DISSECT_H
#define O365LENS_DISSECTORS_DISSECT_H

enum dissect {
    DISSECT_OK,        /* read whole */
    DISSECT_TRUNCATED, /* right so far; the bytes end before the message does */
    DISSECT_MALFORMED, /* an inner length or value contradicts the specification */
    DISSECT_OTHER,     /* another protocol or another kind of message */
};

#endif
