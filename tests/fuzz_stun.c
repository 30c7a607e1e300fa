/* fuzz_stun.c - no input breaks a message or a channel, or moves a window too far. */
#include "dissectors/stun.h"

#include <stdlib.h>

static void check_window(struct bytes window, const uint8_t *data, size_t size)
{
    if (window.left > 0 && (window.at < data || window.at + window.left > data + size))
        abort();
}

static void check_address(const struct stun_address *at)
{
    uint8_t family = at->address.family;
    if (family != 0 && family != 4 && family != 6)
        abort();
    for (size_t i = family == 6 ? 16 : family; i < 16; i++) {
        if (at->address.bytes[i] != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct stun_message message;
    enum dissect outcome = stun_read_message(&in, &message);
    if ((outcome == DISSECT_OK) != (in.left < size))
        abort();
    check_window(message.data, data, size);
    check_address(&message.mapped);
    check_address(&message.relayed);
    check_address(&message.peer);

    in = bytes_of(data, size);
    struct stun_channel_data channel_data;
    outcome = stun_read_channel_data(&in, &channel_data);
    if ((outcome == DISSECT_OK) != (in.left < size))
        abort();
    check_window(channel_data.data, data, size);
    return 0;
}
