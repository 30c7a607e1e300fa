/* test_stun_talk.c - analyzer/stun_talk.c: which request an answer belongs to. */
#include "analyzer/stun_talk.h"

#include "tests/test.h"

static const struct ip_address alice = { 4, { 10, 0, 0, 1 } };
static const struct ip_address bob = { 4, { 10, 0, 0, 2 } };
static struct stun_talks *talks;
static int64_t now_ns;

static void say(struct stun_talk **talk, const struct ip_address *client, uint16_t port,
                enum stun_class message_class, uint8_t id, bool from_client)
{
    struct stun_message message = { .message_class = message_class,
                                    .method = STUN_BINDING,
                                    .transaction = { id } };
    now_ns += 1000;
    stun_talk_see(talks, talk, client, port, &message, from_client, now_ns);
}

static void ask(struct stun_talk **talk, uint8_t id)
{
    say(talk, &alice, 50000, STUN_REQUEST, id, true);
}

static void answer(struct stun_talk **talk, uint8_t id)
{
    say(talk, &alice, 50000, STUN_SUCCESS, id, false);
}

static void requests_are_paired_with_their_answers(void)
{
    struct stun_talk *talk = NULL;
    talks = stun_talks_new();
    ask(&talk, 1);
    ask(&talk, 2);
    answer(&talk, 2);
    answer(&talk, 2); /* the network made a copy */
    say(&talk, &alice, 50000, STUN_ERROR, 1, false);
    ask(&talk, 3);
    answer(&talk, 9); /* nobody asked */
    CHECK(talk->facts.transactions == 3 && talk->facts.answered == 2);
    CHECK(talk->facts.repeats == 0 && talk->facts.rtt_ns == 1000);
    CHECK(!talk->facts.is_turn && !talk->facts.is_microsoft);
    stun_talk_release(talk);
    stun_talks_free(talks);
}

static void a_request_sent_again_is_one_and_tells_no_time(void)
{
    struct stun_talk *talk = NULL;
    talks = stun_talks_new();
    ask(&talk, 1);
    ask(&talk, 1);
    ask(&talk, 1);
    answer(&talk, 1);
    CHECK(talk->facts.transactions == 1 && talk->facts.repeats == 2);
    CHECK(talk->facts.answered == 1 && talk->facts.rtt_ns == -1);
    stun_talk_release(talk);
    stun_talks_free(talks);
}

/* A relay may answer from another address, which is a flow of its own. */
static void an_answer_from_elsewhere_counts_for_the_flow_that_asked(void)
{
    struct stun_talk *asking = NULL, *answering = NULL;
    talks = stun_talks_new();
    ask(&asking, 1);
    answer(&answering, 1);
    CHECK(asking->facts.answered == 1 && asking->facts.rtt_ns == 1000);
    CHECK(answering->facts.answered == 0 && answering->facts.transactions == 0);
    ask(&asking, 2);
    stun_talk_release(asking); /* that flow ends first */
    answer(&answering, 2);
    CHECK(answering->facts.answered == 0);
    stun_talk_release(answering);
    stun_talks_free(talks);
}

static void other_clients_ports_and_directions_are_no_answers(void)
{
    struct stun_talk *talk = NULL;
    talks = stun_talks_new();
    ask(&talk, 1);
    say(&talk, &bob, 50000, STUN_SUCCESS, 1, false);
    say(&talk, &alice, 50001, STUN_SUCCESS, 1, false);
    say(&talk, &alice, 50000, STUN_SUCCESS, 1, true);
    say(&talk, &alice, 50000, STUN_INDICATION, 1, false);
    say(&talk, &alice, 50000, STUN_REQUEST, 7, false); /* the peer asks */
    CHECK(talk->facts.transactions == 1 && talk->facts.answered == 0);
    now_ns -= 100000; /* the clock went back */
    answer(&talk, 1);
    CHECK(talk->facts.answered == 1 && talk->facts.rtt_ns == -1);
    stun_talk_release(talk);
    stun_talks_free(talks);
}

static void relays_and_microsoft_are_told(void)
{
    static const uint16_t methods[] = { STUN_ALLOCATE, STUN_REFRESH, STUN_SEND,
                                        STUN_CHANNEL_BIND };
    talks = stun_talks_new();
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct stun_talk *talk = NULL;
        struct stun_message message = { .method = methods[i], .has_microsoft = true };
        stun_talk_see(talks, &talk, &alice, 1, &message, true, 5);
        CHECK(talk->facts.is_turn && talk->facts.is_microsoft);
        stun_talk_release(talk);
    }
    stun_talks_free(talks);
}

/* Many more than there is room for. */
static void newer_requests_take_the_places_of_older_ones(void)
{
    struct stun_talk *talk = NULL;
    talks = stun_talks_new();
    for (uint32_t i = 0; i < 20000; i++) {
        struct stun_message message = { .transaction = { (uint8_t)(i >> 8), (uint8_t)i,
                                                         (uint8_t)(i >> 16) } };
        stun_talk_see(talks, &talk, &alice, 1, &message, true, i);
    }
    CHECK(talk->facts.transactions == 20000);
    CHECK(talk->references > 3000 && talk->references <= 4097);
    stun_talk_release(talk);
    stun_talks_free(talks);
}

int main(void)
{
    RUN(requests_are_paired_with_their_answers);
    RUN(a_request_sent_again_is_one_and_tells_no_time);
    RUN(an_answer_from_elsewhere_counts_for_the_flow_that_asked);
    RUN(other_clients_ports_and_directions_are_no_answers);
    RUN(relays_and_microsoft_are_told);
    RUN(newer_requests_take_the_places_of_older_ones);
    return test_end();
}
