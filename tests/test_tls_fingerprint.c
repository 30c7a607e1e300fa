/* test_tls_fingerprint.c - dissectors/tls_fingerprint.c: the texts behind JA3 and JA4. */
#include "dissectors/tls_fingerprint.h"
#include "tests/test.h"

enum { MESSAGE_MAX = 64 * 1024 };

/* Messages of OpenSSL 3.0 talking to itself; names and keys were made for this. */
static const char hello_12[] =
    "010000da0303e4d2ec762541eab152c443bff1bb98d00fa8c1efe20e95398fd15ed0551e1ef5"
    "000038c02cc030009fcca9cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac01400"
    "39c009c0130033009d009c003d003c0035002f00ff0100007900000011000f00000c686f7374"
    "2e6578616d706c65000b000403000102000a000c000a001d0017001e00190018002300000010"
    "000e000c02683208687474702f312e310016000000170000000d002a00280403050306030807"
    "08080809080a080b080408050806040105010601030303010302040205020602";

static const char server_13[] =
    "0200007603039b3c991bfccba6f1e1eead685a7edc0de2514604418e97db0a45be231312cbc4"
    "20dc20646d684b9fa38eacbd6da2fbc5756d30a1f13ec2c6a6e6a2fe941ea5c045130200002e"
    "002b0002030400330024001d0020669848d99bfcff5260ef75d20527efee22500b689ea67906"
    "247ecb369db5e668";

static struct tls_client_hello hello_of(const char *hex)
{
    static uint8_t bytes[MESSAGE_MAX]; /* the windows outlive the call */
    struct bytes in = bytes_of(bytes, test_hex(hex, bytes, sizeof bytes));
    struct tls_message message;
    struct tls_client_hello hello;

    tls_read_handshake(&in, &message);
    tls_read_client_hello(&message, &hello);
    return hello;
}

static size_t hex_size(const char *hex)
{
    static uint8_t scratch[MESSAGE_MAX];
    return test_hex(hex, scratch, sizeof scratch);
}

static struct tls_client_hello hello_with(const char *version, const char *suites,
                                          const char *extensions)
{
    static char hex[4 * MESSAGE_MAX];
    size_t suites_size = hex_size(suites), extensions_size = hex_size(extensions);

    snprintf(hex, sizeof hex, "01 %06zx %s %064d 00 %04zx %s 01 00 %04zx %s",
             2 + 32 + 1 + 2 + suites_size + 2 + 2 + extensions_size, version, 0,
             suites_size, suites, extensions_size, extensions);
    return hello_of(hex);
}

static const char *ja3_of(const struct tls_client_hello *hello)
{
    static char text[TLS_JA3_SIZE];
    return tls_write_ja3(hello, text, sizeof text) ? text : NULL;
}

static const struct tls_ja4 *ja4_of(const struct tls_client_hello *hello)
{
    static struct tls_ja4 ja4;
    return tls_write_ja4(hello, false, &ja4) ? &ja4 : NULL;
}

static void ja3_lists_the_hello_in_its_order(void)
{
    struct tls_client_hello hello = hello_of(hello_12);

    CHECK_TEXT(ja3_of(&hello),
               "771,49196-49200-159-52393-52392-52394-49195-49199-158-49188-49192-107-"
               "49187-49191-103-49162-49172-57-49161-49171-51-157-156-61-60-53-47-255,"
               "0-11-10-35-16-22-23-13,29-23-30-25-24,0-1-2");
}

static void ja3_leaves_grease_out_and_keeps_empty_lists(void)
{
    static const struct {
        const char *version, *suites, *extensions, *ja3;
    } cases[] = {
        { "0301", "", "", "769,,,," },
        { "0303", "0a0a 1301 fafa 002f", "", "771,4865-47,,," },
        { "0303", "1301", "0a0a0000 000a 0006 0004 3a3a 001d dada0000",
          "771,4865,10,29," },
        { "0303", "1301", "000b 0002 01 00", "771,4865,11,,0" },
        /* alike halves that are no GREASE, and GREASE nibbles with unlike halves */
        { "0303", "0b0b 1a2a", "", "771,2827-6698,,," },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_client_hello hello =
            hello_with(cases[i].version, cases[i].suites, cases[i].extensions);
        CHECK_TEXT(ja3_of(&hello), cases[i].ja3);
    }
}

static void ja3s_lists_what_the_server_chose(void)
{
    uint8_t bytes[256];
    struct bytes in = bytes_of(bytes, test_hex(server_13, bytes, sizeof bytes));
    struct tls_message message;
    struct tls_server_hello hello;
    char text[64];

    CHECK(tls_read_handshake(&in, &message) == DISSECT_OK);
    CHECK(tls_read_server_hello(&message, &hello) == DISSECT_OK);
    CHECK(tls_write_ja3s(&hello, text, sizeof text));
    CHECK_TEXT(text, "771,4866,43-51");
    CHECK(tls_write_ja3s(&hello, text, 15));
    CHECK(!tls_write_ja3s(&hello, text, 14) && text[0] == '\0');
}

static void ja4_heads_follow_the_specification(void)
{
    static const struct {
        const char *version, *suites, *extensions, *head;
    } cases[] = {
        /* versions */
        { "0303", "1301", "", "t12i010000" },
        { "0302", "1301", "", "t11i010000" },
        { "0301", "1301", "", "t10i010000" },
        { "0300", "1301", "", "ts3i010000" },
        { "0002", "1301", "", "ts2i010000" },
        { "0305", "1301", "", "t00i010000" },
        { "0303", "1301", "002b 0007 06 fafa 0303 0304", "t13i010100" },
        { "0303", "1301", "002b 0005 04 0302 0303", "t12i010100" },
        { "0303", "1301", "002b 0003 02 0a0a", "t12i010100" },
        /* server name */
        { "0303", "1301", "0000 0006 0004 00 0001 61", "t12d010100" },
        /* counts, without GREASE, with server name and ALPN */
        { "0303", "", "", "t12i000000" },
        { "0303", "0a0a 1301 00ff", "1a1a0000 0017 0000", "t12i020100" },
        /* the first protocol: first and last character, or hexadecimal digit */
        { "0303", "1301", "0010 0005 0003 02 6832", "t12i0101h2" },
        { "0303", "1301", "0010 000e 000c 02 6832 08 687474702f312e31", "t12i0101h2" },
        { "0303", "1301", "0010 000b 0009 08 687474702f312e31", "t12i0101h1" },
        { "0303", "1301", "0010 0004 0002 01 61", "t12i0101aa" },
        { "0303", "1301", "0010 0004 0002 01 ab", "t12i0101ab" },
        { "0303", "1301", "0010 0005 0003 02 abcd", "t12i0101ad" },
        { "0303", "1301", "0010 0005 0003 02 30ab", "t12i01013b" },
        { "0303", "1301", "0010 0007 0005 04 3031abcd", "t12i01013d" },
        { "0303", "1301", "0010 0007 0005 04 30abcd31", "t12i010101" },
        { "0303", "1301", "0010 0008 0006 02 0a0a 02 6833", "t12i0101h3" },
        { "0303", "1301", "0010 0003 0001 00", "t12i010100" },
        { "0303", "1301", "0010 0002 0000", "t12i010100" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_client_hello hello =
            hello_with(cases[i].version, cases[i].suites, cases[i].extensions);
        const struct tls_ja4 *ja4 = ja4_of(&hello);
        CHECK(ja4 != NULL);
        CHECK_TEXT(ja4 == NULL ? NULL : ja4->head, cases[i].head);
    }
}

static void ja4_lists_are_sorted_but_for_the_algorithms(void)
{
    static const struct {
        const char *suites, *extensions, *sorted_suites, *sorted_extensions;
    } cases[] = {
        { "c02f 0a0a 1301 002f c02f", "", "002f,1301,c02f,c02f", "" },
        { "1301", "ff01 0001 00 0017 0000 0a0a 0000 0005 0000", "1301",
          "0005,0017,ff01" },
        { "1301", "0010 0005 0003 02 6832 0000 0006 0004 00 0001 61", "1301", "" },
        { "1301", "0017 0000 000d 0008 0006 0804 0a0a 0403", "1301",
          "000d,0017_0804,0403" },
        { "", "000d 0002 0000", "", "000d" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tls_client_hello hello =
            hello_with("0303", cases[i].suites, cases[i].extensions);
        const struct tls_ja4 *ja4 = ja4_of(&hello);
        CHECK(ja4 != NULL);
        CHECK_TEXT(ja4->suites, cases[i].sorted_suites);
        CHECK_TEXT(ja4->extensions, cases[i].sorted_extensions);
    }
}

static void ja4_knows_quic(void)
{
    struct tls_client_hello hello = hello_of(hello_12);
    struct tls_ja4 ja4;

    CHECK(tls_write_ja4(&hello, true, &ja4));
    CHECK_TEXT(ja4.head, "q12d2808h2");
}

/* A hello with `count` cipher suites, none of them GREASE. */
static struct tls_client_hello hello_of_suites(size_t count)
{
    static char suites[5 * MESSAGE_MAX / 4];
    for (size_t i = 0; i < count; i++)
        snprintf(suites + 4 * i, 5, "%04zx", 0xc000 + i);
    return hello_with("0303", suites, "");
}

static void more_than_ninety_nine_count_as_ninety_nine(void)
{
    struct tls_client_hello hello = hello_of_suites(98);
    CHECK_TEXT(ja4_of(&hello)->head, "t12i980000");
    hello = hello_of_suites(100);
    CHECK_TEXT(ja4_of(&hello)->head, "t12i990000");
}

static void what_exceeds_the_buffers_has_no_fingerprint(void)
{
    struct tls_client_hello hello = hello_of_suites(TLS_JA4_ITEMS);
    struct tls_ja4 ja4;

    CHECK(ja4_of(&hello) != NULL);
    CHECK(strlen(ja4_of(&hello)->suites) == TLS_JA4_LIST_SIZE - 2);
    CHECK(ja3_of(&hello) != NULL);
    hello = hello_of_suites(TLS_JA4_ITEMS + 1);
    CHECK(!tls_write_ja4(&hello, false, &ja4));
    CHECK(ja4.head[0] == '\0' && ja4.suites[0] == '\0' && ja4.extensions[0] == '\0');
    hello = hello_of_suites(TLS_JA3_SIZE / 6 + 1);
    CHECK(ja3_of(&hello) == NULL);
}

static void a_cut_hello_has_no_fingerprint(void)
{
    uint8_t bytes[512];
    size_t size = test_hex(hello_12, bytes, sizeof bytes);
    struct tls_message message;
    struct tls_client_hello hello;

    for (size_t kept = 1; kept < size; kept++) {
        struct bytes in = bytes_of(bytes, kept);
        tls_read_handshake(&in, &message);
        tls_read_client_hello(&message, &hello);
        CHECK(ja3_of(&hello) == NULL && ja4_of(&hello) == NULL);
    }
}

int main(void)
{
    RUN(ja3_lists_the_hello_in_its_order);
    RUN(ja3_leaves_grease_out_and_keeps_empty_lists);
    RUN(ja3s_lists_what_the_server_chose);
    RUN(ja4_heads_follow_the_specification);
    RUN(ja4_lists_are_sorted_but_for_the_algorithms);
    RUN(ja4_knows_quic);
    RUN(more_than_ninety_nine_count_as_ninety_nine);
    RUN(what_exceeds_the_buffers_has_no_fingerprint);
    RUN(a_cut_hello_has_no_fingerprint);
    return test_end();
}
