/*
 * http_body.h - passes by the body behind an HTTP/1 head, so that the next head is found.
 *
 *     http_body_init(&body, &head, request_method);
 *     outcome = http_body_read(&body, &in);     again with each new window of the stream
 *
 * For a response `request_method` is the method of the request that it answers (empty
 * where that was not seen); for a request it does not matter. A 1xx has no body and the
 * response is still to come; after 101, and after 2xx to CONNECT, the stream is HTTP no
 * longer. The struct holds no window: it may live as long as the connection.
 *
 * RFC 9112 sections 6 (length) and 7.1 (chunked).
 */
#ifndef O365LENS_DISSECTORS_HTTP_BODY_H
#define O365LENS_DISSECTORS_HTTP_BODY_H

#include "dissectors/http.h"

enum http_body_state {
    HTTP_BODY_ENDED,
    HTTP_BODY_COUNTED,     /* `left` bytes to come */
    HTTP_BODY_UNTIL_CLOSE, /* to the end of the connection */
    HTTP_BODY_CHUNK_SIZE,  /* among the digits; `left` is their value so far */
    HTTP_BODY_CHUNK_EXTENSION,
    HTTP_BODY_CHUNK_DATA, /* `left` bytes to come */
    HTTP_BODY_CHUNK_END,
    HTTP_BODY_TRAILER,
    HTTP_BODY_BROKEN, /* a chunk's framing is wrong; stays so */
};

struct http_body {
    enum http_body_state state;
    uint64_t left;
    uint32_t framing_bytes; /* since the last byte of data, at most HTTP_HEAD_LIMIT */
    uint32_t line_bytes;    /* digits of a size, or bytes of a trailer line, so far */
};

void http_body_init(struct http_body *body, const struct http_head *head,
                    struct bytes request_method);

/*
 * Moves `in` over the body. OK: the body has ended and `in` stands behind it. TRUNCATED:
 * all of `in` was body and more is to come. MALFORMED: a chunk's framing is wrong.
 */
enum dissect http_body_read(struct http_body *body, struct bytes *in);

#endif
