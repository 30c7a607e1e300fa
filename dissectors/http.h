/*
 * http.h - the heads of HTTP/1 messages, as a proxy sees and shows them.
 *
 *     struct http_head head;
 *     switch (http_read_head(&in, &head)) { case DISSECT_OK: ... }
 *
 * `in` is a window on contiguous bytes of one direction of a TCP stream. On OK it is
 * moved past the blank line, otherwise it stays where it was:
 *   TRUNCATED  the blank line is still to come. What whole lines tell is filled, and of
 *              a cut start line what stands before a blank: a packet cut by the snap
 *              length still yields method and target.
 *   MALFORMED  control bytes in a line, a status or length that is none, a head above
 *              HTTP_HEAD_LIMIT. What the lines before tell is filled.
 *   OTHER      no HTTP/1 (HTTP/0.9 and the preface of HTTP/2 neither), by the first
 *              bytes as a rule, by the first line at the latest. `head` is empty.
 * A head is read from its start each time: a caller that is fed in small pieces asks
 * again when a line feed came, not for every byte.
 *
 * All windows point into `in` and live as long as its bytes; absent ones are empty. Of
 * a header that comes several times the first counts. Values are free of control bytes
 * but for HTAB, and otherwise as the sender wrote them: who prints them escapes them.
 *
 * Credentials stay inside: values of Authorization, Proxy-Authorization, Cookie and
 * Set-Cookie, queries, fragments and parameters of a URL and the user before its '@'
 * are never in a window.
 *
 * The body behind a head is passed by with http_body.h.
 *
 * RFC 9110 (fields, methods, status), RFC 9112 (syntax), RFC 3986 section 3 (URIs).
 */
#ifndef O365LENS_DISSECTORS_HTTP_H
#define O365LENS_DISSECTORS_HTTP_H

#include "dissectors/bytes.h"
#include "dissectors/dissect.h"

enum {
    HTTP_HEAD_LIMIT = 65536, /* bytes of a head, blank line included */
    HTTP_MARKS_LIMIT = 8,
};

struct http_head {
    bool has_start_line;   /* the first line is whole: this is HTTP/1 without doubt */
    bool is_request;       /* else a response */
    bool is_absolute_form; /* "GET http://host/path": the request is made to a proxy */
    bool is_chunked;       /* chunked is the last transfer coding */
    bool has_transfer_coding;
    bool connection_close; /* announced, or HTTP/1.0 without keep-alive */
    bool has_proxy_authorization, has_authorization;
    uint8_t minor_version;  /* the 1 of HTTP/1.1 */
    uint16_t status;        /* of a response, 100 to 999; else 0 */
    int64_t content_length; /* bytes; -1 where not told */

    struct bytes method; /* capital letters, '-' and '_' */
    /* The path; for CONNECT "host:port"; in absolute form "host[:port]/path". Empty where
       the target is of no known form. */
    struct bytes target;
    struct bytes scheme;    /* absolute form: "http" */
    struct bytes authority; /* "host[:port]" of CONNECT and of the absolute form */
    struct bytes host; /* Host header, "host[:port]"; empty where it is no authority */

    struct bytes via, user_agent, server, proxy_agent, content_type, upgrade;
    struct bytes forwarded_for; /* X-Forwarded-For, X-Client-IP or Forwarded */
    struct bytes cache;         /* X-Cache */
    struct bytes proxy_mark;    /* the *name* of a header that only proxy products add */
    /* The names of all headers that proxies add or that are meant for one. */
    uint8_t mark_count;
    struct bytes marks[HTTP_MARKS_LIMIT];

    /* Scheme tokens alone: "Negotiate". Of credentials only registered schemes are told,
       since some clients send a bare secret. */
    struct bytes proxy_authenticate, www_authenticate;
    struct bytes proxy_authorization, authorization;
};

enum dissect http_read_head(struct bytes *in, struct http_head *head);

/* Whom a request is for, "host[:port]": the target's authority, else the Host header. */
struct bytes http_host(const struct http_head *head);

/* Is this about a proxy auto-configuration file: a request for wpad.dat or *.pac, or an
   answer of its media type? (RFC 9110 has no such file; browsers and WPAD do.) */
bool http_is_pac(const struct http_head *head);

struct http_authority {
    struct bytes host; /* at most 255 bytes; of "[::1]:443" the "::1", without zone */
    bool is_ipv6;      /* the host stood in brackets */
    bool has_port;
    uint16_t port;
};

/* Takes "host", "host:port", "[v6]" or "[v6]:port" apart; false where it is none. */
bool http_split_authority(struct bytes authority, struct http_authority *parts);

#endif
