/* fuzz_http.c - no input breaks a head or a body, or lets a query out. */
#include "dissectors/http.h"
#include "dissectors/http_body.h"

#include <stdlib.h>

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_window(struct bytes window, const uint8_t *data, size_t size)
{
    if (window.left == 0)
        return;
    require(window.at >= data && window.at + window.left <= data + size);
    require(!bytes_contain(window, '\n') && !bytes_contain(window, '\0'));
}

static void check_head(const struct http_head *head, const uint8_t *data, size_t size)
{
    const struct bytes windows[] = {
        head->method,
        head->target,
        head->scheme,
        head->authority,
        head->host,
        head->via,
        head->user_agent,
        head->server,
        head->proxy_agent,
        head->content_type,
        head->upgrade,
        head->forwarded_for,
        head->cache,
        head->proxy_mark,
        head->proxy_authenticate,
        head->authorization,
        head->www_authenticate,
        head->proxy_authorization,
    };
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++)
        check_window(windows[i], data, size);
    require(!bytes_contain(head->target, '?') && !bytes_contain(head->host, '@'));
    require(!bytes_contain(head->authority, '@'));
    struct http_authority parts;
    require(head->host.left == 0 || http_split_authority(head->host, &parts));
}

/* In one piece and byte by byte a body ends at the same place. */
static void check_body(const struct http_head *head, struct bytes rest)
{
    struct http_body body;
    struct bytes in = rest;
    http_body_init(&body, head, bytes_of("GET", 3));
    enum dissect whole = http_body_read(&body, &in);

    enum dissect pieces = DISSECT_TRUNCATED;
    http_body_init(&body, head, bytes_of("GET", 3));
    struct bytes none = bytes_of(rest.at, 0);
    pieces = http_body_read(&body, &none);
    while (pieces == DISSECT_TRUNCATED && rest.left > 0) {
        struct bytes piece = bytes_take(&rest, 1);
        pieces = http_body_read(&body, &piece);
    }
    require(whole == pieces && (whole != DISSECT_OK || in.left == rest.left));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct http_head head;
    enum dissect outcome = http_read_head(&in, &head);
    check_head(&head, data, size);
    if (outcome == DISSECT_OK)
        check_body(&head, in);
    else
        require(in.left == size);

    struct http_authority parts;
    http_split_authority(bytes_of(data, size), &parts);
    return 0;
}
