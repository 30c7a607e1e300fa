/* handshake_http.c - RFC 9112: requests and answers of a connection; RFC 9110 9.3.6:
 * CONNECT. */
#include "analyzer/handshake_side.h"

enum { HOST_MOST = 300, HEADER_MOST = 200, SCHEME_MOST = 32, STATUS_AUTH_REQUIRED = 407 };

static bool is_connect(struct bytes method)
{
    return bytes_equal(method, "CONNECT", 7);
}

static void remember_method(struct handshake *handshake, struct bytes method)
{
    if (handshake->method_count == METHODS_REMEMBERED)
        return;
    handshake->methods[handshake->method_count++] = is_connect(method) ? 'C'
                                                    : bytes_equal(method, "HEAD", 4)
                                                        ? 'H'
                                                        : 'G';
}

/* The method that the next answer belongs to; 0 where that is not known. */
static char answered_method(const struct handshake *handshake)
{
    return handshake->method_count > 0 ? handshake->methods[0] : '\0';
}

static void forget_method(struct handshake *handshake)
{
    if (handshake->method_count == 0)
        return;
    handshake->method_count--;
    memmove(handshake->methods, handshake->methods + 1, handshake->method_count);
}

static void note_first_request(struct step *step, const struct http_head *head)
{
    struct flow_http *http = &step->facts->http;
    struct text_pool *texts = &step->facts->texts;
    http->method = text_pool_captured(texts, head->method, SCHEME_MOST);
    http->host = text_pool_captured(texts, http_host(head), HOST_MOST);
    http->user_agent = text_pool_captured(texts, head->user_agent, HEADER_MOST);
    http->is_absolute = head->is_absolute_form;
    http->request_frame = step->frame;
    step->handshake->first_request_ns = step->time_ns;
}

static void see_request(struct step *step, const struct http_head *head)
{
    struct handshake *handshake = step->handshake;
    struct flow_http *http = &step->facts->http;
    if (http->requests++ == 0)
        note_first_request(step, head);
    if (http->auth_scheme == NULL)
        http->auth_scheme = text_pool_captured(&step->facts->texts,
                                               head->proxy_authorization, SCHEME_MOST);
    remember_method(handshake, head->method);
    handshake->request_ns = step->time_ns;
    if (is_connect(head->method)) {
        handshake->connect_ns = step->time_ns;
        http->connect_frame = step->frame;
        handshake->sides[FLOW_C2S].mode = MODE_WAIT;
    } else if (step->facts->timing.first_byte_ns < 0) {
        handshake->awaits_first_byte = true;
    }
}

static void note_connect_answer(struct step *step, const struct http_head *head)
{
    struct handshake *handshake = step->handshake;
    struct flow_timing *timing = &step->facts->timing;
    if (head->status / 100 == 2) {
        timing->connect_ns = handshake_duration(handshake->connect_ns, step->time_ns);
        step->facts->http.connect_reply_frame = step->frame;
        if (step->facts->http.auth_rounds > 0)
            timing->auth_ns =
                handshake_duration(handshake->first_request_ns, handshake->connect_ns);
        handshake_enter_tunnel(handshake);
    } else {
        handshake->sides[FLOW_C2S].mode = MODE_HTTP_HEAD;
    }
}

static void see_answer(struct step *step, const struct http_head *head)
{
    struct flow_http *http = &step->facts->http;
    struct text_pool *texts = &step->facts->texts;
    if (http->status_count < FLOW_STATUS_MAX)
        http->statuses[http->status_count++] = head->status;
    if (http->via == NULL)
        http->via = text_pool_captured(texts, head->via, HEADER_MOST);
    if (head->status == STATUS_AUTH_REQUIRED) {
        if (http->auth_rounds++ == 0)
            http->auth_frame = step->frame;
        if (http->auth_scheme == NULL)
            http->auth_scheme =
                text_pool_captured(texts, head->proxy_authenticate, SCHEME_MOST);
    }
}

static struct bytes method_of(char letter)
{
    static const char connect[] = "CONNECT", head[] = "HEAD", get[] = "GET";
    const char *text = letter == 'C' ? connect : letter == 'H' ? head : get;
    return letter == '\0' ? bytes_of(NULL, 0) : bytes_of(text, strlen(text));
}

static void start_body(struct step *step, const struct http_head *head, char method)
{
    struct side *side = &step->handshake->sides[step->side];
    http_body_init(&side->body, head, method_of(method));
    if (side->mode == MODE_HTTP_HEAD)
        side->mode = MODE_HTTP_BODY;
}

static void read_head(struct step *step, struct bytes *ready)
{
    struct handshake *handshake = step->handshake;
    struct side *side = &handshake->sides[step->side];
    struct http_head head;
    enum dissect outcome = http_read_head(ready, &head);
    if (outcome == DISSECT_TRUNCATED)
        return;
    if (outcome != DISSECT_OK || head.is_request != (step->side == FLOW_C2S)) {
        side->mode = MODE_DONE;
        return;
    }
    if (head.is_request) {
        start_body(step, &head, '\0');
        see_request(step, &head);
        return;
    }
    bool is_interim = head.status / 100 == 1 && head.status != 101;
    char method = answered_method(handshake);
    see_answer(step, &head);
    if (is_interim)
        return;
    start_body(step, &head, method);
    if (method == 'C')
        note_connect_answer(step, &head);
    else if (head.status == 101)
        side->mode = handshake->sides[FLOW_C2S].mode = MODE_DONE;
    forget_method(handshake);
}

/* A head is read from its start each time: not again before there is a line more of it.
 */
static bool has_line_more(struct side *side, struct bytes ready)
{
    bytes_skip(&ready, side->head_waits);
    side->head_waits += (uint32_t)ready.left;
    return bytes_contain(ready, '\n') || side->head_waits > HTTP_HEAD_LIMIT;
}

static void see_head(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    size_t left = ready->left;
    if (side->head_waits > 0 && !has_line_more(side, *ready))
        return;
    read_head(step, ready);
    side->head_waits = ready->left == left ? (uint32_t)left : 0;
    if (step->facts->http.requests > HANDSHAKE_REQUESTS_MOST) {
        step->facts->stream_cap_reached = true;
        side->mode = MODE_DONE;
    }
}

void handshake_http_step(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    if (side->mode == MODE_HTTP_HEAD) {
        see_head(step, ready);
        return;
    }
    enum dissect outcome = http_body_read(&side->body, ready);
    if (outcome == DISSECT_OK)
        side->mode = MODE_HTTP_HEAD;
    else if (outcome == DISSECT_MALFORMED)
        side->mode = MODE_DONE;
}
