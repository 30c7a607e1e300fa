/* Tags between Ethernet and the packet, and guesses behind labels, at every cut. */
#include "dissectors/link_tag.h"

#include "dissectors/link.h"
#include "tests/test.h"

struct tag_case {
    uint16_t own_type;
    const char *header;
    uint16_t ether_type;
    uint32_t id;
};

/* Behind each header the byte 45, which must be left. */
static const struct tag_case cases[] = {
    { ETHER_TRILL, "0001 0002 0003", ETHER_BRIDGED, 0 },
    { ETHER_TRILL, "0042 0002 0003 00000000", ETHER_BRIDGED, 0 }, /* a word of options */
    { ETHER_MACSEC, "00 00 00000001 0800", ETHER_IPV4, 0 },
    { ETHER_MACSEC, "20 00 00000001 0200000000010001 86dd", ETHER_IPV6, 0 },
    { ETHER_BACKBONE, "00000905", ETHER_BRIDGED, 0x905 },
    { ETHER_BACKBONE, "ff000905", ETHER_BRIDGED, 0x905 }, /* priority and flags */
    { ETHER_FABRIC_PATH, "0040", ETHER_BRIDGED, 0 },
    { ETHER_CISCO_METADATA, "01 01 0001 0007 0800", ETHER_IPV4, 7 },
    { ETHER_CISCO_METADATA, "01 02 0001 0007 00000000 8100", ETHER_VLAN, 7 },
    { ETHER_VN_TAG, "80010002 0800", ETHER_IPV4, 2 },
    { ETHER_E_TAG, "0000 0005 00 00 0800", ETHER_IPV4, 5 },
    { ETHER_E_TAG, "0000 2005 00 01 86dd", ETHER_IPV6, 0x6005 },
    { ETHER_NSH, "0fc2 02 01 000009 ff", ETHER_IPV4, 9 },
    { ETHER_NSH, "0fc3 02 02 000009 ff 00000000", ETHER_IPV6, 9 },
    { ETHER_NSH, "0fc6 01 03 000009 ff 00000000000000000000000000000000", ETHER_BRIDGED,
      9 },
    { ETHER_NSH, "0fc2 02 05 000009 ff", ETHER_MPLS, 9 },
    { ETHER_NSH, "0fc2 02 77 000009 ff", 0, 9 },
};

static void every_tag_is_read(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex(cases[i].header, message, sizeof message - 1);
        message[size] = 0x45;
        struct bytes in = bytes_of(message, size + 1);
        struct link_tag tag;
        CHECK(link_tag_read(cases[i].own_type, &in, &tag) == DISSECT_OK);
        CHECK(tag.ether_type == cases[i].ether_type && tag.id == cases[i].id);
        CHECK(bytes_equal(in, "\x45", 1));
    }
}

static void every_cut_is_truncated(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t message[64];
        size_t size = test_hex(cases[i].header, message, sizeof message);
        for (size_t kept = 0; kept < size; kept++) {
            uint8_t *copy = malloc(kept + 1);
            memcpy(copy, message, kept);
            struct bytes in = bytes_of(copy, kept);
            struct link_tag tag;
            CHECK(link_tag_read(cases[i].own_type, &in, &tag) == DISSECT_TRUNCATED);
            free(copy);
        }
    }
}

static void what_is_not_known_or_encrypted_is_other(void)
{
    static const struct tag_case others[] = {
        { ETHER_TRILL, "4001 0002 0003 00000000", 0, 0 },
        { ETHER_MACSEC, "80 00 00000001 0800 000000000000", 0, 0 },
        { ETHER_MACSEC, "0c 00 00000001 0800 000000000000", 0, 0 },
        { ETHER_MACSEC, "2c 00 00000001 0200000000010001 aabb", 0, 0 },
        { ETHER_MACSEC, "04 00 00000001 0800 000000000000", 0, 0 },
        { ETHER_CISCO_METADATA, "02 01 0001 0007 0800", 0, 0 },
        { ETHER_CISCO_METADATA, "01 00 0800", 0, 0 },
        { ETHER_NSH, "4fc2 02 01 000009 ff", 0, 0 },
        { ETHER_NSH, "0fc1 02 01 000009 ff", 0, 0 }, /* shorter than its header */
        { ETHER_IPV4, "45000014", 0, 0 },
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        uint8_t message[64];
        struct bytes in =
            bytes_of(message, test_hex(others[i].header, message, sizeof message));
        struct link_tag tag;
        CHECK(link_tag_read(others[i].own_type, &in, &tag) == DISSECT_OTHER);
    }
}

/* Headers whose checksums are right, and frames around them. */
#define IPV4 "4500001c 00000000 4011 8e39 c0000232 c6336432 d13801bb 00080000"
#define IPV4_WRONG "4500001c 00000000 4011 0000 c0000232 c6336432 d13801bb 00080000"
#define IPV6                                                                             \
    "60000000 0008 11 40 20010db8000000000000000000000001"                               \
    "20010db8000000000000000000000002 d13801bb 00080000"

static void behind_the_last_label_what_fits_decides(void)
{
    static const struct {
        const char *bytes;
        uint16_t ether_type;
        size_t skipped;
    } guesses[] = {
        { IPV4, ETHER_IPV4, 0 },
        { IPV6, ETHER_IPV6, 0 },
        { "00000000 020000000001 020000000002 0800" IPV4, ETHER_BRIDGED, 4 },
        { "00000007 020000000001 020000000002 86dd" IPV6, ETHER_BRIDGED, 4 },
        { "020000000001 020000000002 0800" IPV4, ETHER_BRIDGED, 0 },
        { "080000000001 080000000002 0800" IPV4, ETHER_BRIDGED, 0 },
        { "3c0000000001 020000000002 8100 0005 0800" IPV4_WRONG, ETHER_BRIDGED, 0 },
        { "400000000001 020000000002 0800" IPV4_WRONG, ETHER_BRIDGED, 0 },
        { "450000200001 020000000002 0800" IPV4, ETHER_BRIDGED, 0 },
        { "600000000001 020000000002 0800" IPV4, ETHER_BRIDGED, 0 },
        { "600000000001 020000000002 86dd" IPV6, ETHER_BRIDGED, 0 },
        { "45000020 0001 0200 0000 0002 0800" IPV4_WRONG, ETHER_IPV4, 0 },
        { "10000001 00010000", 0, 0 }, /* an associated channel */
        { "f0", 0, 0 },
    };
    for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++) {
        uint8_t message[128];
        size_t size = test_hex(guesses[i].bytes, message, sizeof message);
        struct bytes in = bytes_of(message, size);
        uint16_t guess = link_guess_mpls(&in);
        if (guess != guesses[i].ether_type)
            fprintf(stderr, "%s: %04x\n", guesses[i].bytes, guess);
        CHECK(guess == guesses[i].ether_type);
        CHECK(in.left == size - guesses[i].skipped);
    }
}

int main(void)
{
    RUN(every_tag_is_read);
    RUN(every_cut_is_truncated);
    RUN(what_is_not_known_or_encrypted_is_other);
    RUN(behind_the_last_label_what_fits_decides);
    return test_end();
}
