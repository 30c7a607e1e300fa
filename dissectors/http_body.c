/* http_body.c - RFC 9112 sections 6.3 (how long a body is) and 7.1 (chunked). */
#include "dissectors/http_body.h"

enum { CHUNK_DIGITS_LIMIT = 15 }; /* hexadecimal: 64 bits hold them */

static bool is_bodiless(const struct http_head *head, struct bytes request_method)
{
    if (head->status < 200 || head->status == 204 || head->status == 304)
        return true;
    return bytes_equal(request_method, "HEAD", 4) ||
           (bytes_equal(request_method, "CONNECT", 7) && head->status < 300);
}

static enum http_body_state first_state(const struct http_head *head,
                                        struct bytes request_method)
{
    if (!head->is_request && is_bodiless(head, request_method))
        return HTTP_BODY_ENDED;
    if (head->is_chunked)
        return HTTP_BODY_CHUNK_SIZE;
    if (head->has_transfer_coding)
        return HTTP_BODY_UNTIL_CLOSE;
    if (head->content_length > 0)
        return HTTP_BODY_COUNTED;
    if (head->content_length < 0 && !head->is_request)
        return HTTP_BODY_UNTIL_CLOSE;
    return HTTP_BODY_ENDED;
}

void http_body_init(struct http_body *body, const struct http_head *head,
                    struct bytes request_method)
{
    *body = (struct http_body){ .state = first_state(head, request_method) };
    if (body->state == HTTP_BODY_COUNTED)
        body->left = (uint64_t)head->content_length;
}

static void pass_data(struct http_body *body, struct bytes *in, enum http_body_state next)
{
    size_t size = body->left < in->left ? (size_t)body->left : in->left;
    bytes_skip(in, size);
    body->left -= size;
    if (body->left == 0)
        body->state = next;
}

static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if ((byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'))
        return (byte | 0x20) - 'a' + 10;
    return -1;
}

static void begin(struct http_body *body, enum http_body_state state)
{
    body->state = state;
    body->line_bytes = 0;
    if (state == HTTP_BODY_CHUNK_DATA || state == HTTP_BODY_CHUNK_SIZE)
        body->framing_bytes = 0;
}

static void see_size(struct http_body *body, uint8_t byte)
{
    int digit = hex_digit(byte);
    if (digit >= 0 && body->line_bytes < CHUNK_DIGITS_LIMIT) {
        body->left = body->left << 4 | (unsigned)digit;
        body->line_bytes++;
        return;
    }
    bool is_ended =
        byte == '\r' || byte == '\n' || byte == ';' || byte == ' ' || byte == '\t';
    if (!is_ended || body->line_bytes == 0)
        body->state = HTTP_BODY_BROKEN;
    else if (byte == '\n')
        begin(body, body->left > 0 ? HTTP_BODY_CHUNK_DATA : HTTP_BODY_TRAILER);
    else
        begin(body, HTTP_BODY_CHUNK_EXTENSION);
}

static void see_trailer(struct http_body *body, uint8_t byte)
{
    if (byte == '\n' && body->line_bytes == 0)
        begin(body, HTTP_BODY_ENDED);
    else if (byte == '\n')
        body->line_bytes = 0;
    else if (byte != '\r')
        body->line_bytes++;
}

/* A bare LF ends a line here as it does in heads. */
static void see_framing(struct http_body *body, uint8_t byte)
{
    if (++body->framing_bytes > HTTP_HEAD_LIMIT) {
        body->state = HTTP_BODY_BROKEN;
        return;
    }
    switch (body->state) {
    case HTTP_BODY_CHUNK_SIZE:
        see_size(body, byte);
        break;
    case HTTP_BODY_CHUNK_EXTENSION:
        if (byte == '\n')
            begin(body, body->left > 0 ? HTTP_BODY_CHUNK_DATA : HTTP_BODY_TRAILER);
        break;
    case HTTP_BODY_CHUNK_END:
        if (byte == '\n')
            begin(body, HTTP_BODY_CHUNK_SIZE);
        else if (byte != '\r')
            body->state = HTTP_BODY_BROKEN;
        break;
    default:
        see_trailer(body, byte);
        break;
    }
}

enum dissect http_body_read(struct http_body *body, struct bytes *in)
{
    while (in->left > 0 && body->state != HTTP_BODY_ENDED &&
           body->state != HTTP_BODY_BROKEN) {
        if (body->state == HTTP_BODY_UNTIL_CLOSE)
            bytes_skip(in, in->left);
        else if (body->state == HTTP_BODY_COUNTED)
            pass_data(body, in, HTTP_BODY_ENDED);
        else if (body->state == HTTP_BODY_CHUNK_DATA)
            pass_data(body, in, HTTP_BODY_CHUNK_END);
        else
            see_framing(body, bytes_u8(in));
    }
    if (body->state == HTTP_BODY_BROKEN)
        return DISSECT_MALFORMED;
    return body->state == HTTP_BODY_ENDED ? DISSECT_OK : DISSECT_TRUNCATED;
}
