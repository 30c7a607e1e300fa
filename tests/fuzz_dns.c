/* fuzz_dns.c - no input breaks a message; names stay text, the effort stays linear. */
#include "dissectors/dns.h"

#include <stdlib.h>

static void check_name(const char *name)
{
    size_t size = strnlen(name, DNS_NAME_SIZE);
    if (size == DNS_NAME_SIZE)
        abort();
    for (size_t i = 0; i < size; i++) {
        if (name[i] <= ' ' || name[i] > '~' || strchr("\"&'<>", name[i]) != NULL)
            abort();
    }
}

static void read_message(struct bytes in)
{
    struct dns_message message;
    struct dns_answer answer;
    size_t size = in.left;

    enum dissect outcome = dns_read_message(&in, &message);
    if (outcome == DISSECT_OK ? in.left != 0 : in.left != size)
        abort();
    check_name(message.name);
    unsigned given = 0;
    while (dns_next_answer(&message, &answer)) {
        check_name(answer.name);
        check_name(answer.target);
        given++;
    }
    if (given + message.broken_answers > message.answers)
        abort();
    if (message.steps > 600 + 60 * size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_message(bytes_of(data, size));

    struct bytes in = bytes_of(data, size), taken;
    while (dns_take_tcp_message(&in, &taken) == DISSECT_OK)
        read_message(taken);
    return 0;
}
