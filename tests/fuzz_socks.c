/* fuzz_socks.c - no input breaks a message of either side, or moves a window too far. */
#include "dissectors/socks.h"

#include <stdlib.h>

static void check(enum dissect outcome, struct bytes in, size_t size)
{
    if (outcome == DISSECT_OK ? in.left >= size : in.left != size)
        abort();
}

static void check_destination(const struct socks_destination *destination,
                              const uint8_t *data, size_t size)
{
    struct bytes name = destination->name;
    if (name.left == 0)
        return;
    if (name.left > 255 || destination->address.family != 0 || name.at < data ||
        name.at + name.left > data + size || bytes_contain(name, '\0'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct socks_request request;
    check(socks_read_request(&in, &request), in, size);
    check_destination(&request.destination, data, size);

    in = bytes_of(data, size);
    struct socks_reply reply;
    check(socks_read_reply(&in, &reply), in, size);
    check_destination(&reply.bound, data, size);

    in = bytes_of(data, size);
    struct socks_greeting greeting;
    check(socks_read_greeting(&in, &greeting), in, size);

    in = bytes_of(data, size);
    uint8_t method;
    check(socks_read_choice(&in, &method), in, size);

    in = bytes_of(data, size);
    check(socks_read_login(&in), in, size);

    in = bytes_of(data, size);
    bool is_accepted;
    check(socks_read_login_result(&in, &is_accepted), in, size);
    return 0;
}
