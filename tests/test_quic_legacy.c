/* test_quic_legacy.c - a hello made by hand, in three old headers; cuts and lies. */
#include "dissectors/quic_legacy.h"
#include "tests/test.h"

/* Four tags: PAD, SNI, VER, UAID. */
static const char chlo[] =
    "43484c4f040000005041440008000000534e490018000000564552001c0000005541494426000000"
    "2d2d2d2d2d2d2d2d6d61696c2e6578616d706c652e6f7267513034367265616465722f312e30";

static bool is_hex(struct bytes in, const char *hex)
{
    uint8_t expected[256];
    return bytes_equal(in, expected, test_hex(hex, expected, sizeof expected));
}

static void a_hello_in_the_clear_is_found_in_old_versions(void)
{
    const char *const headers[] = { "0d 0102030405060708 51303433 01", /* Q043 */
                                    "39 0102030405060708 51303339 010203040506",
                                    "c3 51303436 50 0102030405060708 00000001" };
    const uint32_t numbers[] = { 0x51303433, 0x51303339, 0x51303436 };
    for (size_t i = 0; i < 3; i++) {
        char hex[1024];
        uint8_t datagram[256];
        snprintf(hex, sizeof hex, "%s 000102030405060708090a0b 00 a001%04zx %s 00",
                 headers[i], strlen(chlo) / 2, chlo);
        size_t size = test_hex(hex, datagram, sizeof datagram);
        struct quic_legacy_packet packet;
        CHECK(quic_legacy_read_packet(bytes_of(datagram, size), &packet) == DISSECT_OK);
        CHECK(packet.version == numbers[i]);
        CHECK(is_hex(packet.dcid, "0102030405060708"));
        CHECK(is_hex(packet.crypto, chlo));
        for (size_t kept = 0; kept < size - 1; kept++)
            CHECK(quic_legacy_read_packet(bytes_of(datagram, kept), &packet) ==
                  DISSECT_TRUNCATED);
    }
}

static enum dissect read_legacy_hex(const char *hex)
{
    static uint8_t datagram[256];
    struct quic_legacy_packet packet;
    size_t size = test_hex(hex, datagram, sizeof datagram);
    return quic_legacy_read_packet(bytes_of(datagram, size), &packet);
}

static void other_datagrams_are_no_old_hello(void)
{
    const char *const hash = "000102030405060708090a0b";
    char hex[256];
    CHECK(read_legacy_hex("08 e83c77bd8f8915f9 01") == DISSECT_OTHER); /* of the server */
    CHECK(read_legacy_hex("0d 0102030405060708 51303335 01") == DISSECT_OTHER);
    CHECK(read_legacy_hex("c3 00000001 08 0102030405060708") == DISSECT_OTHER);
    snprintf(hex, sizeof hex, "0d 0102030405060708 51303433 01 %s a003 0001 00", hash);
    CHECK(read_legacy_hex(hex) == DISSECT_OTHER); /* stream 3 */
    snprintf(hex, sizeof hex, "0d 0102030405060708 51303433 01 %s a401 0005 0001 00",
             hash);
    CHECK(read_legacy_hex(hex) == DISSECT_OTHER); /* offset 5 */
    snprintf(hex, sizeof hex, "0d 0102030405060708 51303433 01 %s 40", hash);
    CHECK(read_legacy_hex(hex) == DISSECT_OTHER); /* an acknowledgement */
}

static void a_chlo_names_server_and_client_program(void)
{
    uint8_t message[256];
    struct quic_chlo hello;
    size_t size = test_hex(chlo, message, sizeof message);
    CHECK(quic_legacy_read_chlo(bytes_of(message, size), &hello) == DISSECT_OK);
    CHECK(bytes_equal(hello.server_name, "mail.example.org", 16));
    CHECK(bytes_equal(hello.user_agent, "reader/1.0", 10));
    for (size_t kept = 0; kept < size; kept++)
        CHECK(quic_legacy_read_chlo(bytes_of(message, kept), &hello) ==
              DISSECT_TRUNCATED);
}

static void a_chlo_that_lies_is_refused(void)
{
    uint8_t message[256];
    struct quic_chlo hello;
    size_t size = test_hex(chlo, message, sizeof message);
    message[5] = 1; /* 260 tags */
    CHECK(quic_legacy_read_chlo(bytes_of(message, size), &hello) == DISSECT_MALFORMED);
    size = test_hex(chlo, message, sizeof message);
    message[20] = 7; /* SNI ends before it starts */
    CHECK(quic_legacy_read_chlo(bytes_of(message, size), &hello) == DISSECT_MALFORMED);
    message[20] = 0x18;
    message[43 + 8] = '\0';
    CHECK(quic_legacy_read_chlo(bytes_of(message, size), &hello) == DISSECT_MALFORMED);
    message[39] = 0xff; /* the last value ends far outside */
    CHECK(quic_legacy_read_chlo(bytes_of(message, size), &hello) == DISSECT_TRUNCATED);
    CHECK(quic_legacy_read_chlo(bytes_of("\x01\x00\x00\xed", 4), &hello) ==
          DISSECT_OTHER);
}

int main(void)
{
    RUN(a_hello_in_the_clear_is_found_in_old_versions);
    RUN(other_datagrams_are_no_old_hello);
    RUN(a_chlo_names_server_and_client_program);
    RUN(a_chlo_that_lies_is_refused);
    return test_end();
}
