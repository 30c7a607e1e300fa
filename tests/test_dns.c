/* test_dns.c - questions, answers and compression. */
#include "dissectors/dns.h"
#include "tests/test.h"

static struct dns_message message;
static struct dns_answer answer;

/* outlook.office365.com, a CNAME into another name, an A and an AAAA; then an OPT. */
static const char response[] = "1234 8180 0001 0004 0000 0001"
                               "07 6f75746c6f6f6b 09 6f6666696365333635 03 636f6d 00"
                               "001c 0001"
                               "c00c 0005 0001 0000012c 000f"
                               "07 4f55544c4f4f4b 04 6d73 2d31 c01e"
                               "c033 0010 0001 00000001 0002 0178"
                               "c033 0001 8001 0000000a 0004 34600102"
                               "c033 001c 0001 0000000b 0010"
                               "2603 1026 0000 0000 0000 0000 0000 0002"
                               "00 0029 1000 00000000 0000";

static uint8_t wire[65535];

static enum dissect read_hex(const char *hex)
{
    size_t size = test_hex(hex, wire, sizeof wire);
    struct bytes in = bytes_of(wire, size);
    enum dissect outcome = dns_read_message(&in, &message);
    CHECK(in.left == (outcome == DISSECT_OK ? 0 : size));
    return outcome;
}

static void the_first_question_is_read(void)
{
    CHECK(read_hex(response) == DISSECT_OK);
    CHECK(message.id == 0x1234 && message.is_response && !message.is_cut);
    CHECK(message.opcode == 0 && message.rcode == 0);
    CHECK(message.has_question && message.type == DNS_TYPE_AAAA);
    CHECK(message.query_class == 1);
    CHECK_TEXT(message.name, "outlook.office365.com");
    CHECK(message.questions == 1 && message.answers == 4 && message.additionals == 1);
}

static void addresses_and_cnames_are_given_and_others_passed_by(void)
{
    static const uint8_t v4[4] = { 0x34, 0x60, 1, 2 };

    CHECK(read_hex(response) == DISSECT_OK);
    CHECK(dns_next_answer(&message, &answer));
    CHECK(answer.type == DNS_TYPE_CNAME && answer.ttl_s == 300);
    CHECK_TEXT(answer.name, "outlook.office365.com");
    CHECK_TEXT(answer.target, "outlook.ms-1.com");
    CHECK(answer.address.family == 0);

    CHECK(dns_next_answer(&message, &answer)); /* the TXT between them is not given */
    CHECK(answer.type == DNS_TYPE_A && answer.ttl_s == 10);
    CHECK_TEXT(answer.name, "outlook.ms-1.com");
    CHECK_TEXT(answer.target, "");
    CHECK(answer.address.family == 4 && memcmp(answer.address.bytes, v4, 4) == 0);

    CHECK(dns_next_answer(&message, &answer));
    CHECK(answer.type == DNS_TYPE_AAAA && answer.address.family == 6);
    CHECK(answer.address.bytes[0] == 0x26 && answer.address.bytes[15] == 2);
    CHECK(!dns_next_answer(&message, &answer));
    CHECK(!dns_next_answer(&message, &answer));
    CHECK(message.broken_answers == 0);
}

static void every_cut_is_truncated_and_gives_what_is_there(void)
{
    size_t size = test_hex(response, wire, sizeof wire);
    size_t answers_end = size - 11; /* the OPT is not looked at */

    for (size_t kept = 0; kept < answers_end; kept++) {
        uint8_t *cut = malloc(kept + 1);
        memcpy(cut, wire, kept);
        struct bytes in = bytes_of(cut, kept);
        CHECK(dns_read_message(&in, &message) == DISSECT_TRUNCATED);
        unsigned given = 0;
        while (dns_next_answer(&message, &answer))
            given++;
        CHECK(message.has_question == (kept >= 39));
        CHECK(given == (kept >= 66 ? 1u : 0u) + (kept >= 96 ? 1u : 0u));
        free(cut);
    }
    struct bytes in = bytes_of(wire, answers_end);
    CHECK(dns_read_message(&in, &message) == DISSECT_OK);
}

/* Each byte takes each value once: no outcome but the four, no text without an end. */
static void every_lying_byte_is_survived(void)
{
    uint8_t good[256];
    size_t size = test_hex(response, good, sizeof good);
    unsigned malformed = 0;
    for (size_t at = 0; at < size; at++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t *bad = malloc(size);
            memcpy(bad, good, size);
            bad[at] = (uint8_t)value;
            struct bytes in = bytes_of(bad, size);
            malformed += dns_read_message(&in, &message) == DISSECT_MALFORMED;
            while (dns_next_answer(&message, &answer))
                CHECK(strlen(answer.name) < DNS_NAME_SIZE && answer.name[0] != '\0');
            CHECK(strlen(message.name) < DNS_NAME_SIZE);
            free(bad);
        }
    }
    CHECK(malformed > 100);
}

static void hostile_bytes_in_labels_are_escaped(void)
{
    CHECK(read_hex("0000 0000 0001 0000 0000 0000"
                   "08 61 2e 5c 00 20 3c e4 42 03 636f6d 00 0001 0001") == DISSECT_OK);
    CHECK_TEXT(message.name, "a\\046\\092\\000\\032\\060\\228b.com");
}

static void the_root_is_a_dot(void)
{
    CHECK(read_hex("0000 0000 0001 0000 0000 0000 00 0002 0001") == DISSECT_OK);
    CHECK_TEXT(message.name, ".");
}

static void a_text_too_long_is_cut_and_says_so(void)
{
    char hex[1024] = "0000 0000 0001 0000 0000 0000 3f";
    for (size_t i = 0; i < 63; i++)
        strcat(hex, "ff");
    strcat(hex, "3f");
    for (size_t i = 0; i < 63; i++)
        strcat(hex, "ff");
    strcat(hex, "00 0001 0001");
    CHECK(read_hex(hex) == DISSECT_OK);
    CHECK(strlen(message.name) == DNS_NAME_SIZE - 1);
    CHECK(strncmp(message.name, "\\255\\255", 8) == 0);
    CHECK_TEXT(message.name + DNS_NAME_SIZE - 4, "...");
}

static void pointers_that_do_not_lead_back_are_malformed(void)
{
    static const char *const wrong[] = {
        "0000 0000 0001 0000 0000 0000 c00c 0001 0001",       /* to itself */
        "0000 0000 0001 0000 0000 0000 c00e 00 0001 0001",    /* forward */
        "0000 0000 0001 0000 0000 0000 01 61 c00c 0001 0001", /* round its own label */
        "0000 0000 0001 0000 0000 0000 c000 0001 0001",       /* into the header */
        "0000 0000 0001 0000 0000 0000 ffff 0001 0001",       /* past the end */
        "0000 0000 0001 0000 0000 0000 40 0001 0001",         /* obsolete label kinds */
        "0000 0000 0001 0000 0000 0000 80 0001 0001",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(read_hex(wrong[i]) == DISSECT_MALFORMED);
        CHECK(!message.has_question && !dns_next_answer(&message, &answer));
    }
}

static void a_broken_answer_is_passed_by_and_counted(void)
{
    CHECK(read_hex("0000 8180 0001 0005 0000 0000 01 61 00 0001 0001"
                   "c0ff 0001 0001 00000001 0004 01020304" /* owner points forward */
                   "c00c 0001 0001 00000001 0003 010203"   /* an address of 3 bytes */
                   "c00c 001c 0001 00000001 0004 01020304" /* and one of 4 */
                   "c00c 0005 0001 00000001 0003 01 62 c0" /* a name cut by its length */
                   "c00c 0001 0001 00000001 0004 01020304") == DISSECT_OK);
    CHECK(dns_next_answer(&message, &answer));
    CHECK_TEXT(answer.name, "a");
    CHECK(!dns_next_answer(&message, &answer));
    CHECK(message.broken_answers == 4);
}

static void an_opcode_that_does_not_exist_is_other(void)
{
    CHECK(read_hex("0000 7800 0001 0000 0000 0000 00 0001 0001") == DISSECT_OTHER);
    CHECK(!message.has_question && message.questions == 0);
}

static void other_classes_are_no_addresses(void)
{
    CHECK(read_hex("0000 8180 0000 0001 0000 0000"
                   "01 61 00 0001 0003 00000001 0004 01020304") == DISSECT_OK);
    CHECK(!message.has_question);
    CHECK(!dns_next_answer(&message, &answer));
}

static void a_message_of_nothing_but_labels_takes_few_steps(void)
{
    size_t size = 65507;
    memset(wire, 'a', size);
    memcpy(wire, "\0\0\x81\x80\xff\xff\xff\xff\0\0\0", 12);
    for (size_t at = 12; at < size; at += 64)
        wire[at] = 63;
    struct bytes in = bytes_of(wire, size);
    CHECK(dns_read_message(&in, &message) == DISSECT_MALFORMED);
    while (dns_next_answer(&message, &answer))
        ;
    CHECK(message.steps <= 5); /* 4 labels are 256 octets */
}

/* 127 labels of one byte, then answers that each point at the first of them. */
static size_t build_costly_message(size_t size)
{
    static const uint8_t record[16] = {
        0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 1, 2, 3, 4
    };
    memset(wire, 0, size);
    memcpy(wire, "\0\0\x81\x80\0\x01\xff\xff\0\0\0", 12);
    for (size_t i = 0; i < 127; i++) {
        wire[12 + 2 * i] = 1;
        wire[13 + 2 * i] = 'a';
    }
    size_t at = 12 + 254 + 1 + 4;
    for (; at + sizeof record <= size; at += sizeof record)
        memcpy(wire + at, record, sizeof record);
    return at;
}

static uint32_t steps_of(size_t size)
{
    struct bytes in = bytes_of(wire, build_costly_message(size));
    CHECK(dns_read_message(&in, &message) == DISSECT_TRUNCATED);
    while (dns_next_answer(&message, &answer))
        ;
    CHECK(message.broken_answers == 0);
    return message.steps;
}

static void the_effort_grows_with_the_size_and_no_faster(void)
{
    uint32_t small = steps_of(8192);
    uint32_t large = steps_of(65507);
    CHECK(large < small * 9);
    CHECK(large < 65507u * 10);
}

/* A TXT of 512 bytes holds a root label and 255 pointers, each to the one before. */
static void a_chain_of_pointers_ends_at_the_cap(void)
{
    static const char head[] = "0000 8180 0000 0002 0000 0000"
                               "00 0010 0001 00000000 0200";
    static const char address[] = "c215 0001 0001 00000001 0004 01020304";
    memset(wire, 0, 1024);
    size_t first = test_hex(head, wire, sizeof wire);
    for (size_t at = first + 2; at < first + 512; at += 2) {
        wire[at] = (uint8_t)(0xc0 | (at - 2) >> 8);
        wire[at + 1] = (uint8_t)(at - 2);
    }
    size_t size = first + 512;
    size += test_hex(address, wire + size, sizeof wire - size);
    struct bytes in = bytes_of(wire, size);
    CHECK(first + 510 == 0x215);
    CHECK(dns_read_message(&in, &message) == DISSECT_OK);
    CHECK(!dns_next_answer(&message, &answer));
    CHECK(message.broken_answers == 1 && message.steps > 127 && message.steps < 140);
}

static void messages_over_tcp_are_taken_one_by_one(void)
{
    size_t size =
        test_hex("000c 0102 0304 0506 0708 090a 0b0c 000d 01", wire, sizeof wire);
    struct bytes in = bytes_of(wire, size), taken;
    CHECK(dns_take_tcp_message(&in, &taken) == DISSECT_OK);
    CHECK(taken.left == 12 && bytes_peek(taken, 0) == 1 && in.left == 3);
    CHECK(dns_take_tcp_message(&in, &taken) == DISSECT_TRUNCATED);
    CHECK(taken.left == 1 && in.left == 3);
    for (size_t kept = 0; kept < 14; kept++) {
        in = bytes_of(wire, kept);
        CHECK(dns_take_tcp_message(&in, &taken) == DISSECT_TRUNCATED && in.left == kept);
    }
    size = test_hex("000b 0102 0304 0506 0708 090a 0b0c", wire, sizeof wire);
    in = bytes_of(wire, size);
    CHECK(dns_take_tcp_message(&in, &taken) == DISSECT_MALFORMED && taken.left == 0);
}

int main(void)
{
    RUN(the_first_question_is_read);
    RUN(addresses_and_cnames_are_given_and_others_passed_by);
    RUN(every_cut_is_truncated_and_gives_what_is_there);
    RUN(every_lying_byte_is_survived);
    RUN(hostile_bytes_in_labels_are_escaped);
    RUN(the_root_is_a_dot);
    RUN(a_text_too_long_is_cut_and_says_so);
    RUN(pointers_that_do_not_lead_back_are_malformed);
    RUN(a_broken_answer_is_passed_by_and_counted);
    RUN(an_opcode_that_does_not_exist_is_other);
    RUN(other_classes_are_no_addresses);
    RUN(a_message_of_nothing_but_labels_takes_few_steps);
    RUN(the_effort_grows_with_the_size_and_no_faster);
    RUN(a_chain_of_pointers_ends_at_the_cap);
    RUN(messages_over_tcp_are_taken_one_by_one);
    return test_end();
}
