/* test_name_cache.c - analyzer/name_cache.c: whose answer gave which address, and when.
 */
#include "analyzer/name_cache.h"

#include "tests/blob.h"

static const int64_t second_ns = 1000000000;
static const int64_t start_ns = 1700000000 * INT64_C(1000000000);
static const struct ip_address alice = { 4, { 10, 0, 0, 1 } };
static const struct ip_address bob = { 4, { 10, 0, 0, 2 } };
static const struct ip_address resolver = { 4, { 10, 0, 0, 53 } };
static const struct ip_address server = { 4, { 52, 96, 0, 1 } };
static const uint32_t server_number = 0x34600001;

struct asked {
    bool is_found;
    struct text_pool texts;
    struct flow_dns dns;
};

static struct asked ask(struct name_cache *cache, const struct ip_address *client,
                        const struct ip_address *address, int64_t time_ns)
{
    struct asked asked = { .dns = { .age_ns = -7 } };
    asked.is_found =
        name_cache_find(cache, client, address, time_ns, &asked.texts, &asked.dns);
    return asked;
}

static bool is_known(struct name_cache *cache, const struct ip_address *client,
                     int64_t time_ns)
{
    struct asked asked = ask(cache, client, &server, time_ns);
    CHECK(asked.is_found || asked.dns.age_ns == -7);
    text_pool_release(&asked.texts);
    return asked.is_found;
}

static int64_t see(struct name_cache *cache, const struct blob *message,
                   const struct ip_address *client, uint16_t port, int64_t time_ns)
{
    struct name_cache_message about = { *client, resolver, port, time_ns, 17 };
    return name_cache_see(cache, bytes_of(message->bytes, message->size), &about);
}

static struct blob *query(uint16_t id, const char *name)
{
    struct blob *message = blob_new();
    put_question(message, id, false, 0, name);
    return message;
}

static struct blob *answer(uint16_t id, const char *name, uint32_t ttl_s)
{
    struct blob *message = blob_new();
    put_question(message, id, true, 1, name);
    put_address(message, name, ttl_s, server_number);
    return message;
}

static void the_name_asked_for_comes_with_its_chain(void)
{
    struct name_cache *cache = name_cache_new();
    struct blob *message = blob_new();
    put_question(message, 1, true, 3, "Mail.Example");
    put_alias(message, "mail.example", 60, "front.cdn.example");
    put_alias(message, "front.cdn.example", 60, "door-7.example");
    put_address(message, "door-7.example", 60, server_number);
    (void)see(cache, message, &alice, 4000, start_ns);
    struct asked asked = ask(cache, &alice, &server, start_ns + 5);
    CHECK(asked.is_found);
    CHECK_TEXT(asked.dns.name, "mail.example");
    CHECK(asked.dns.chain_count == 2);
    CHECK_TEXT(asked.dns.chain[0], "front.cdn.example");
    CHECK_TEXT(asked.dns.chain[1], "door-7.example");
    CHECK(asked.dns.age_ns == 5 && asked.dns.lookup_ns == -1 && asked.dns.frame == 17);
    CHECK(address_is_equal(&asked.dns.resolver, &resolver));
    text_pool_release(&asked.texts);
    name_cache_free(cache);
    blobs_release();
}

static void an_address_of_another_name_in_the_answer_does_not_count(void)
{
    struct name_cache *cache = name_cache_new();
    struct blob *message = blob_new();
    put_question(message, 1, true, 2, "harmless.example");
    put_alias(message, "other.example", 60, "more.example");
    put_address(message, "outlook.example", 60, server_number);
    (void)see(cache, message, &alice, 4000, start_ns);
    CHECK(!is_known(cache, &alice, start_ns));
    name_cache_free(cache);
    blobs_release();
}

static void a_chain_longer_than_is_kept_gives_nothing(void)
{
    struct name_cache *cache = name_cache_new();
    struct blob *message = blob_new();
    put_question(message, 1, true, FLOW_DNS_CHAIN_MAX + 2, "a0.example");
    char from[32] = "a0.example", to[32];
    for (int i = 1; i <= FLOW_DNS_CHAIN_MAX + 1; i++) {
        snprintf(to, sizeof to, "a%d.example", i);
        put_alias(message, from, 60, to);
        memcpy(from, to, sizeof from);
    }
    put_address(message, from, 60, server_number);
    (void)see(cache, message, &alice, 4000, start_ns);
    CHECK(!is_known(cache, &alice, start_ns));
    name_cache_free(cache);
    blobs_release();
}

static void an_answer_counts_for_its_time_to_live_and_one_hour(void)
{
    struct name_cache *cache = name_cache_new();
    (void)see(cache, answer(1, "mail.example", 300), &alice, 4000, start_ns);
    int64_t end_ns = start_ns + (300 + 3600) * second_ns;
    CHECK(is_known(cache, &alice, start_ns));
    CHECK(is_known(cache, &alice, end_ns));
    CHECK(!is_known(cache, &alice, end_ns + 1));
    CHECK(!is_known(cache, &alice, start_ns - 1)); /* before it was given */
    name_cache_free(cache);
    blobs_release();
}

static void the_newest_answer_counts(void)
{
    struct name_cache *cache = name_cache_new();
    (void)see(cache, answer(1, "first.example", 30000), &alice, 4000, start_ns);
    (void)see(cache, answer(2, "second.example", 1), &alice, 4000, start_ns + second_ns);
    struct asked asked = ask(cache, &alice, &server, start_ns + 2 * second_ns);
    CHECK(asked.is_found);
    CHECK_TEXT(asked.dns.name, "second.example");
    CHECK(asked.dns.age_ns == second_ns);
    text_pool_release(&asked.texts);
    name_cache_free(cache);
    blobs_release();
}

static void the_answer_to_another_client_is_not_used(void)
{
    struct name_cache *cache = name_cache_new();
    (void)see(cache, answer(1, "mail.example", 300), &alice, 4000, start_ns);
    CHECK(!is_known(cache, &bob, start_ns));
    CHECK(is_known(cache, &alice, start_ns));
    name_cache_free(cache);
    blobs_release();
}

static void the_lookup_time_is_that_of_the_same_question(void)
{
    struct name_cache *cache = name_cache_new();
    struct blob *question = query(1, "mail.example"),
                *reply = answer(1, "mail.example", 60);
    CHECK(see(cache, question, &alice, 4000, start_ns) == -1);
    CHECK(see(cache, answer(2, "mail.example", 60), &alice, 4000, start_ns + 1) == -1);
    CHECK(see(cache, reply, &alice, 4001, start_ns + 2) == -1);
    CHECK(see(cache, reply, &bob, 4000, start_ns + 3) == -1);
    CHECK(see(cache, answer(1, "wrong.example", 60), &alice, 4000, start_ns + 4) == -1);
    CHECK(see(cache, reply, &alice, 4000, start_ns + 5) == 5);
    struct asked asked = ask(cache, &alice, &server, start_ns + 6);
    CHECK(asked.dns.lookup_ns == 5);
    text_pool_release(&asked.texts);
    /* One answer to one query. */
    CHECK(see(cache, reply, &alice, 4000, start_ns + 7) == -1);
    name_cache_free(cache);
    blobs_release();
}

static void a_query_sent_twice_or_answered_before_it_has_no_lookup_time(void)
{
    struct name_cache *cache = name_cache_new();
    struct blob *question = query(1, "mail.example"),
                *reply = answer(1, "mail.example", 60);
    (void)see(cache, question, &alice, 4000, start_ns);
    (void)see(cache, question, &alice, 4000, start_ns + second_ns);
    CHECK(see(cache, reply, &alice, 4000, start_ns + 2 * second_ns) == -1);
    (void)see(cache, question, &alice, 4000, start_ns + 3 * second_ns);
    CHECK(see(cache, reply, &alice, 4000, start_ns) == -1); /* the clock went back */
    CHECK(is_known(cache, &alice, start_ns + second_ns));
    name_cache_free(cache);
    blobs_release();
}

static void a_query_in_the_answers_clothes_gives_no_name(void)
{
    struct name_cache *cache = name_cache_new();
    struct blob *message = answer(1, "mail.example", 60);
    message->bytes[2] &= 0x7f;
    CHECK(see(cache, message, &alice, 4000, start_ns) == -1);
    CHECK(!is_known(cache, &alice, start_ns));
    name_cache_free(cache);
    blobs_release();
}

static void a_cut_answer_gives_what_is_there_and_no_more(void)
{
    struct blob *whole = answer(1, "mail.example", 60);
    for (size_t kept = 0; kept <= whole->size; kept++) {
        struct name_cache *cache = name_cache_new();
        struct name_cache_message about = { alice, resolver, 4000, start_ns, 1 };
        uint8_t *copy = malloc(kept + 1);
        if (copy == NULL)
            abort();
        memcpy(copy, whole->bytes, kept);
        (void)name_cache_see(cache, bytes_of(copy, kept), &about);
        free(copy);
        CHECK(is_known(cache, &alice, start_ns) == (kept == whole->size));
        name_cache_free(cache);
    }
    blobs_release();
}

/* Many more pairs than there is room for: memory stays what it is, the newest is there.
 */
static void newer_answers_take_the_places_of_older_ones(void)
{
    struct name_cache *cache = name_cache_new();
    struct blob *message = answer(1, "mail.example", 60);
    struct ip_address client = alice;
    for (uint32_t i = 0; i < 100000; i++) {
        client.bytes[1] = (uint8_t)(i >> 16);
        client.bytes[2] = (uint8_t)(i >> 8);
        client.bytes[3] = (uint8_t)i;
        (void)see(cache, message, &client, 4000, start_ns + i);
        CHECK(is_known(cache, &client, start_ns + i));
    }
    uint32_t known = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        client.bytes[1] = (uint8_t)(i >> 16);
        client.bytes[2] = (uint8_t)(i >> 8);
        client.bytes[3] = (uint8_t)i;
        known += is_known(cache, &client, start_ns + 100000);
    }
    CHECK(known > 40000 && known <= 65536);
    name_cache_free(cache);
    blobs_release();
}

int main(void)
{
    RUN(the_name_asked_for_comes_with_its_chain);
    RUN(an_address_of_another_name_in_the_answer_does_not_count);
    RUN(a_chain_longer_than_is_kept_gives_nothing);
    RUN(an_answer_counts_for_its_time_to_live_and_one_hour);
    RUN(the_newest_answer_counts);
    RUN(the_answer_to_another_client_is_not_used);
    RUN(the_lookup_time_is_that_of_the_same_question);
    RUN(a_query_sent_twice_or_answered_before_it_has_no_lookup_time);
    RUN(a_query_in_the_answers_clothes_gives_no_name);
    RUN(a_cut_answer_gives_what_is_there_and_no_more);
    RUN(newer_answers_take_the_places_of_older_ones);
    return test_end();
}
