/* Carriers of traffic that cannot be seen: what proves them, and what does not. */
#include "dissectors/carrier.h"

#include "tests/test.h"

struct carrier_case {
    uint16_t port;
    const char *start; /* zeros follow */
    uint32_t length;
    enum carrier_kind kind;
    bool is_sure;
};

#define SPIS "0102030405060708 0000000000000000"
#define RECORD "0000 000000000001"

static const struct carrier_case cases[] = {
    { 500, SPIS "21 20 22 08 00000000 00000040", 64, CARRIER_IKE, true },
    { 500, SPIS "01 10 02 00 00000000 00000040", 64, CARRIER_IKE, true },
    { 500, SPIS "21 20 22 08 00000000 00000041", 64, CARRIER_NONE, false },
    { 500, SPIS "21 30 22 08 00000000 00000040", 64, CARRIER_NONE, false },
    { 4500, "00000000" SPIS "21 20 22 08 00000000 00000040", 68, CARRIER_IKE, true },
    { 4500, "00001000 00000001", 96, CARRIER_ESP, true },
    { 4500, "000000ff 00000001", 96, CARRIER_NONE, false },
    { 4500, "00001000 00000001", 15, CARRIER_NONE, false },
    { 4500, "ff", 1, CARRIER_NONE, false }, /* keeps the address alive */
    { 50001, "01000000", 148, CARRIER_WIREGUARD, true },
    { 50001, "02000000", 92, CARRIER_WIREGUARD, true },
    { 50001, "03000000", 64, CARRIER_WIREGUARD, true },
    { 50001, "04000000", 128, CARRIER_WIREGUARD, false },
    { 51820, "04000000", 128, CARRIER_WIREGUARD, true },
    { 51820, "04000000", 130, CARRIER_NONE, false },
    { 51820, "04000001", 128, CARRIER_NONE, false },
    { 51820, "01000000", 147, CARRIER_NONE, false },
    { 51820, "05000000", 64, CARRIER_NONE, false },
    { 51820, "00000000", 64, CARRIER_NONE, false },
    { 443, "16 feff" RECORD "0033", 64, CARRIER_DTLS, true },
    { 443, "17 fefd" RECORD "0033", 64, CARRIER_DTLS, true },
    { 443, "17 fefd" RECORD "0034", 64, CARRIER_NONE, false }, /* longer than it is */
    { 443, "17 0303" RECORD "0033", 64, CARRIER_NONE, false },
    { 443, "c0 00000001", 1200, CARRIER_NONE, false }, /* QUIC */
    { 1194, "38 0102030405060708 00 00000000", 14, CARRIER_OPENVPN, true },
    { 1194, "48 000001", 120, CARRIER_OPENVPN, true },
    { 1194, "00 000001", 120, CARRIER_NONE, false },
    { 1194, "60 000001", 120, CARRIER_NONE, false },
    { 50001, "38 0102030405060708 00 00000000", 14, CARRIER_NONE, false },
};

static void each_carrier_is_known_by_what_proves_it(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[2048] = { 0 };
        test_hex(cases[i].start, message, sizeof message);
        struct bytes payload = bytes_of(message, cases[i].length);
        for (int way = 0; way < 2; way++) {
            uint16_t source = way == 0 ? 50000 : cases[i].port;
            uint16_t destination = way == 0 ? cases[i].port : 50000;
            struct carrier carrier =
                carrier_of_datagram(payload, cases[i].length, source, destination);
            CHECK(carrier.kind == cases[i].kind);
            CHECK(carrier.kind == CARRIER_NONE || carrier.is_sure == cases[i].is_sure);
        }
    }
}

static void a_cut_start_proves_nothing(void)
{
    static const size_t needed[] = { [CARRIER_IKE] = 28,
                                     [CARRIER_ESP] = 4,
                                     [CARRIER_WIREGUARD] = 4,
                                     [CARRIER_DTLS] = 13,
                                     [CARRIER_OPENVPN] = 1 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[2048] = { 0 };
        test_hex(cases[i].start, message, sizeof message);
        for (size_t kept = 0; kept < needed[cases[i].kind]; kept++) {
            uint8_t *copy = malloc(kept + 1);
            memcpy(copy, message, kept);
            struct carrier carrier = carrier_of_datagram(
                bytes_of(copy, kept), cases[i].length, 50000, cases[i].port);
            CHECK(carrier.kind == CARRIER_NONE);
            free(copy);
        }
    }
}

static void a_stream_of_openvpn_tells_its_lengths(void)
{
    uint8_t message[64] = { 0 };
    size_t size =
        test_hex("000e 38 0102030405060708 00 00000000", message, sizeof message);
    struct bytes payload = bytes_of(message, size);
    CHECK(carrier_of_segment(payload, 16, 50000, 1194).kind == CARRIER_OPENVPN);
    CHECK(carrier_of_segment(payload, 16, 1194, 50000).kind == CARRIER_OPENVPN);
    CHECK(carrier_of_segment(payload, 16, 50000, 443).kind == CARRIER_NONE);
    CHECK(carrier_of_segment(payload, 15, 50000, 1194).kind == CARRIER_NONE);
    CHECK(carrier_of_segment(bytes_of(message, 2), 16, 50000, 1194).kind == CARRIER_NONE);
    message[2] = 0;
    CHECK(carrier_of_segment(payload, 16, 50000, 1194).kind == CARRIER_NONE);
}

int main(void)
{
    RUN(each_carrier_is_known_by_what_proves_it);
    RUN(a_cut_start_proves_nothing);
    RUN(a_stream_of_openvpn_tells_its_lengths);
    return test_end();
}
