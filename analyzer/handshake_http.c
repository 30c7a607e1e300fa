/* handshake_http.c - RFC 9112: requests and answers of a connection; RFC 9110 9.3.6:
 * CONNECT. */
#include "analyzer/handshake_side.h"
#include "dissectors/text.h"

enum {
    HOST_MOST = 300,
    HEADER_MOST = 200,
    SCHEME_MOST = 32,
    STATUS_AUTH_REQUIRED = 407,
    HEADER_NAME_SIZE = 64
};

static bool is_connect(struct bytes method)
{
    return bytes_equal(method, "CONNECT", 7);
}

static char letter_of(const struct http_head *head)
{
    return is_connect(head->method)               ? 'C'
           : bytes_equal(head->method, "HEAD", 4) ? 'H'
           : http_is_pac(head)                    ? 'P'
                                                  : 'G';
}

/* What comes behind the ones that are remembered is counted, so that no answer is taken
   for another request's. */
static void remember_method(struct handshake *handshake, const struct http_head *head)
{
    if (handshake->method_count == METHODS_REMEMBERED || handshake->methods_beyond > 0)
        handshake->methods_beyond++;
    else
        handshake->methods[handshake->method_count++] = letter_of(head);
}

/* The method that the next answer belongs to; 0 where that is not known. */
static char answered_method(const struct handshake *handshake)
{
    return handshake->method_count > 0 ? handshake->methods[0] : '\0';
}

static void forget_method(struct handshake *handshake)
{
    if (handshake->method_count > 0) {
        handshake->method_count--;
        memmove(handshake->methods, handshake->methods + 1, handshake->method_count);
    } else if (handshake->methods_beyond > 0) {
        handshake->methods_beyond--;
    }
}

static void note_proxy_header(struct step *step, struct bytes name)
{
    struct flow_http *http = &step->facts->http;
    char text[HEADER_NAME_SIZE];
    size_t size = 0;
    while (name.left > 0 && size + 1 < sizeof text)
        text[size++] = (char)text_lower(bytes_u8(&name));
    text[size] = '\0';
    for (uint32_t i = 0; i < http->proxy_header_count; i++)
        if (strcmp(http->proxy_headers[i], text) == 0)
            return;
    if (http->proxy_header_count < FLOW_PROXY_HEADERS_MAX)
        http->proxy_headers[http->proxy_header_count++] =
            text_pool_copy(&step->facts->texts, text);
}

static void note_pac(struct step *step, bool is_served)
{
    struct flow_http *http = &step->facts->http;
    if (http->pac != NULL && (!is_served || strcmp(http->pac, "served") == 0))
        return;
    http->pac = text_pool_copy(&step->facts->texts, is_served ? "served" : "requested");
    http->pac_frame = step->frame;
}

/* What requests and answers may both tell about a proxy. */
static void see_proxy_signs(struct step *step, const struct http_head *head, char method)
{
    for (unsigned i = 0; i < head->mark_count; i++)
        note_proxy_header(step, head->marks[i]);
    if (step->facts->http.via == NULL)
        step->facts->http.via =
            text_pool_captured(&step->facts->texts, head->via, HEADER_MOST);
    bool is_pac = http_is_pac(head) || (method == 'P' && head->status / 100 == 2);
    if (is_pac)
        note_pac(step, !head->is_request);
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
    /* What the client logs in with is told rather than what it was offered first. */
    if (!handshake->scheme_is_used && head->proxy_authorization.left > 0) {
        handshake->scheme_is_used = true;
        http->auth_scheme = text_pool_captured(&step->facts->texts,
                                               head->proxy_authorization, SCHEME_MOST);
    }
    see_proxy_signs(step, head, '\0');
    remember_method(handshake, head);
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

static void see_answer(struct step *step, const struct http_head *head, char method)
{
    struct flow_http *http = &step->facts->http;
    struct text_pool *texts = &step->facts->texts;
    if (http->status_count < FLOW_STATUS_MAX)
        http->statuses[http->status_count++] = head->status;
    see_proxy_signs(step, head, method);
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
    if (side->mode != MODE_HTTP_HEAD)
        return;
    side->mode = MODE_HTTP_BODY;
    /* The answer to a CONNECT that was not captured is as bare as this: what follows may
       be TLS, and if it is a body nothing more is to be learned from it. */
    if (method == '\0' && !head->is_request && head->status / 100 == 2 &&
        side->body.state == HTTP_BODY_UNTIL_CLOSE && head->content_type.left == 0)
        side->mode = MODE_START;
}

static void see_answer_head(struct step *step, const struct http_head *head)
{
    struct handshake *handshake = step->handshake;
    bool is_interim = head->status / 100 == 1 && head->status != 101;
    char method = answered_method(handshake);
    see_answer(step, head, method);
    if (is_interim)
        return;
    start_body(step, head, method);
    if (method == 'C')
        note_connect_answer(step, head);
    else if (head->status == 101)
        handshake->sides[FLOW_S2C].mode = handshake->sides[FLOW_C2S].mode = MODE_DONE;
    forget_method(handshake);
}

static void see_whole_head(struct step *step, const struct http_head *head)
{
    if (!head->is_request) {
        see_answer_head(step, head);
        return;
    }
    start_body(step, head, '\0');
    see_request(step, head);
}

static void read_head(struct step *step, struct bytes *ready)
{
    struct side *side = &step->handshake->sides[step->side];
    struct http_head head;
    enum dissect outcome = http_read_head(ready, &head);
    if (outcome == DISSECT_TRUNCATED)
        return;
    if (outcome != DISSECT_OK || head.is_request != (step->side == FLOW_C2S)) {
        side->mode = MODE_DONE;
        return;
    }
    side->is_adrift = false;
    see_whole_head(step, &head);
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
    /* An answer is read once its request was, though the capture may have it first. */
    if (step->side == FLOW_S2C && answered_method(step->handshake) == '\0' &&
        handshake_is_ahead(step)) {
        side->head_waits = 0;
        return;
    }
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
    if (side->body.state == HTTP_BODY_UNTIL_CLOSE)
        side->mode = MODE_DONE;
    else if (outcome == DISSECT_OK)
        side->mode = MODE_HTTP_HEAD;
    else if (outcome == DISSECT_MALFORMED)
        side->mode = MODE_DONE;
}

/* Of a cut head what its whole lines tell; the first one has to be there. */
void handshake_http_conclude(struct step *step)
{
    struct side *side = &step->handshake->sides[step->side];
    struct bytes rest = bytes_of(side->stream.kept_bytes, side->stream.kept);
    struct http_head head;
    if (side->mode != MODE_HTTP_HEAD || rest.left == 0 ||
        http_read_head(&rest, &head) != DISSECT_TRUNCATED || !head.has_start_line ||
        head.is_request != (step->side == FLOW_C2S))
        return;
    side->stream.kept = 0;
    see_whole_head(step, &head);
}

/* How long a body is may be known; where a cut head ends is not. */
bool handshake_http_pass_gap(struct step *step, uint32_t missing)
{
    struct side *side = &step->handshake->sides[step->side];
    struct http_body *body = &side->body;
    if (side->mode == MODE_HTTP_HEAD) {
        handshake_http_conclude(step);
        return false;
    }
    if (body->state == HTTP_BODY_UNTIL_CLOSE)
        return true;
    if ((body->state != HTTP_BODY_COUNTED && body->state != HTTP_BODY_CHUNK_DATA) ||
        body->left < missing)
        return false;
    body->left -= missing;
    return true;
}
