/* test_x509.c - dissectors/x509.c and dissectors/x509_name.c. */
#include "dissectors/x509.h"
#include "dissectors/x509_name.h"
#include "tests/test.h"

enum { DER_MAX = 96 * 1024 };

struct der {
    uint8_t bytes[DER_MAX];
    size_t size;
};

static void der_put(struct der *der, const void *bytes, size_t size)
{
    if (size > DER_MAX - der->size)
        abort();
    memcpy(der->bytes + der->size, bytes, size);
    der->size += size;
}

static void der_put_length(struct der *der, size_t size)
{
    const uint8_t length[] = { 0x83, (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                               (uint8_t)size };
    const uint8_t forms[] = { 0x81, 0x82 };
    if (size > 0xffff) {
        der_put(der, length, 4);
    } else if (size > 0xff) {
        der_put(der, &forms[1], 1);
        der_put(der, length + 2, 2);
    } else {
        der_put(der, forms, size > 0x7f);
        der_put(der, length + 3, 1);
    }
}

/*
 * DER from a notation of its own: hexadecimal digits, 'text', and TAG[ content ], whose
 * length is counted here. Returns what is behind the closing bracket.
 */
static const char *der_write(const char *text, struct der *der)
{
    while (*text != '\0' && *text != ']') {
        char digits[3] = { text[0], text[1], '\0' };
        uint8_t byte;
        if (*text == ' ') {
            text++;
        } else if (*text == '\'') {
            size_t length = strcspn(text + 1, "'");
            der_put(der, text + 1, length);
            text += length + 2;
        } else {
            der_put(der, &byte, test_hex(digits, &byte, 1));
            text += 2;
            if (*text != '[')
                continue;
            struct der *content = calloc(1, sizeof *content);
            if (content == NULL)
                abort();
            text = der_write(text + 1, content);
            der_put_length(der, content->size);
            der_put(der, content->bytes, content->size);
            free(content);
        }
    }
    return *text == ']' ? text + 1 : text;
}

#define CN(value) "31[30[ 0603550403 " value " ]]"
#define O(value) "31[30[ 060355040a " value " ]]"
#define SAN(names) "a3[30[ 30[ 0603551d11 04[30[ " names " ]] ] ]]"
#define ED25519 "30[ 06032b6570 ]"
#define KEY "30[ " ED25519 " 03[ 00 '01234567890123456789012345678901' ] ]"

static const char *const subject = CN("0c['host.example']");
static const char *const issuer = CN("0c['Example Issuing CA']") O("13['Example Org']");
static const char *const times = "17['260102030405Z'] 17['270102030405Z']";

static struct der *certificate_of(const char *issuer_name, const char *validity,
                                  const char *subject_name, const char *extensions)
{
    static struct der der;
    static char text[4 * DER_MAX];

    snprintf(text, sizeof text,
             "30[ 30[ a0[020102] 020107 " ED25519 " 30[%s] 30[%s] 30[%s] " KEY
             " %s ] " ED25519 " 030300beef ]",
             issuer_name, validity, subject_name, extensions);
    der.size = 0;
    der_write(text, &der);
    return &der;
}

static enum dissect read_der(const struct der *der, struct x509_certificate *certificate)
{
    return x509_read(bytes_of(der->bytes, der->size), certificate);
}

static void names_and_times_are_read(void)
{
    struct x509_certificate certificate;

    CHECK(read_der(certificate_of(issuer, times, subject, ""), &certificate) ==
          DISSECT_OK);
    CHECK_TEXT(certificate.subject_cn, "host.example");
    CHECK_TEXT(certificate.issuer_cn, "Example Issuing CA");
    CHECK_TEXT(certificate.issuer_o, "Example Org");
    CHECK(certificate.has_validity && !certificate.is_self_issued);
    CHECK(certificate.not_before_s == 1767323045);
    CHECK(certificate.not_after_s == 1767323045 + 365 * 86400);
    CHECK(certificate.san_count == 0 && x509_next_name(&certificate, NULL) == NULL);
    CHECK(!certificate.has_cut_name && !certificate.has_cut_san);
}

/* Made by OpenSSL 3.0 for this test: an EC key, no subject alternative names. */
static const char real_certificate[] =
    "3082017f30820125a003020102021450736dd50bb462827ce903596c81d090f25d88ed300a06"
    "082a8648ce3d04030230153113301106035504030c0a65632e6578616d706c65301e170d3236"
    "313132323232313633395a170d3236313232323232313633395a30153113301106035504030c"
    "0a65632e6578616d706c653059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "df15f4bd6d42f8e9a0670071453b64142e10e309cb8bcaaab2c919b219e400b03fab57f81218"
    "682d3051b3e8d8aa9730069bffe145ef0c3304e9acb43a47ee5fa3533051301d0603551d0e04"
    "160414e767ffd66bfbd1c43773236868b3ff78ad95eed1301f0603551d23041830168014e767"
    "ffd66bfbd1c43773236868b3ff78ad95eed1300f0603551d130101ff040530030101ff300a06"
    "082a8648ce3d0403020348003045022100c1c46ebf650cd93de4d586a31308f9d43d0669d87f"
    "d0ca322f98e94dba1bc37c022029968422c038d20d4aa9a5b2a93f10bd09aa19a1222156a517"
    "c01c109b92e5b8";

static void a_real_certificate_is_read(void)
{
    uint8_t bytes[1024];
    size_t size = test_hex(real_certificate, bytes, sizeof bytes);
    struct x509_certificate certificate;

    CHECK(x509_read(bytes_of(bytes, size), &certificate) == DISSECT_OK);
    CHECK_TEXT(certificate.subject_cn, "ec.example");
    CHECK(certificate.is_self_issued);
    CHECK(certificate.not_after_s - certificate.not_before_s == 30 * 86400);
}

static void a_name_is_read_whatever_its_type(void)
{
    static const struct {
        const char *name, *text;
    } cases[] = {
        { CN("0c['first.example']") CN("0c['second.example']"), "second.example" },
        { CN("0c['a.example' 00 '.b.example']"), "a.example\\x00.b.example" },
        { CN("16['a' 00]"), "a\\x00" },
        { CN("0c['a' 0a 7f]"), "a\\x0a\\x7f" },
        { CN("1e[0061 00e9]"), "a\xc3\xa9" },
        { CN("1e[0061 0000 0062]"), "a\\x00b" },
        { CN("14['a' e9]"), "a\xc3\xa9" },
        { CN("1c[0001f600]"), "\xf0\x9f\x98\x80" },
        { CN("03[00 'a' ff]"), "a\\xff" },
        { CN("0c[c3a9]"), "\xc3\xa9" },
        { CN("0c[]"), "" },
        { CN("1e[d83d de00]"), "\xf0\x9f\x98\x80" },
        { CN("1e[0061 d83d]"), "a\\xd8\\x3d" },
        { CN("1e[d83d 0061]"), "\\xd8\\x3da" },
        { CN("1e[0061 00]"), "a\\x00" },
        { CN("1c[00110000]"), "\\x00\\x11\\x00\\x00" },
        { CN("13['a' e9]"), "a\xc3\xa9" },
        { CN("14['a' 9b]"), "a\\x9b" },
        { CN("0c['a' e9 'b']"), "a\\xe9b" },
        { CN("0c[c0af]"), "\\xc0\\xaf" },
        { CN("0c[eda080]"), "\\xed\\xa0\\x80" },
        { CN("0c[f4908080]"), "\\xf4\\x90\\x80\\x80" },
        { CN("0c[e282]"), "\\xe2\\x82" },
        { "31[30[ 0603550403 0c['a.example'] ] 30[ 0603550403 0c['b.example'] ]]",
          "b.example" },
        { O("0c['no common name']"), "" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct x509_certificate certificate;
        CHECK(read_der(certificate_of(issuer, times, cases[i].name, ""), &certificate) ==
              DISSECT_OK);
        CHECK_TEXT(certificate.subject_cn, cases[i].text);
        CHECK(!certificate.has_cut_name);
    }
}

static void a_name_that_is_too_long_is_said_to_be_cut(void)
{
    static const struct {
        size_t length;
        bool is_cut;
    } cases[] = { { X509_NAME_SIZE - 1, false }, { X509_NAME_SIZE, true } };
    for (size_t i = 0; i < 2; i++) {
        char name[X509_NAME_SIZE + 64], long_name[X509_NAME_SIZE + 1];
        struct x509_certificate certificate;
        memset(long_name, 'x', cases[i].length);
        long_name[cases[i].length] = '\0';
        snprintf(name, sizeof name, CN("0c['%s']"), long_name);
        CHECK(read_der(certificate_of(name, times, subject, ""), &certificate) ==
              DISSECT_OK);
        CHECK(strlen(certificate.issuer_cn) == X509_NAME_SIZE - 1);
        CHECK(certificate.has_cut_name == cases[i].is_cut);
    }
}

static void times_before_1970_and_behind_2049_are_read(void)
{
    static const struct {
        const char *times;
        bool has_validity;
        int64_t not_before_s, not_after_s;
    } cases[] = {
        { "17['500101000000Z'] 17['491231235959Z']", true, -631152000, 2524607999 },
        { "18['20500101000000Z'] 18['99991231235959Z']", true, 2524608000, 253402300799 },
        { "17['700101000000Z'] 17['000229120000Z']", true, 0, 951825600 },
        { "17['261302030405Z'] 17['270102030405Z']", false, 0, 0 },
        { "17['260102030405Z'] 17['never']", false, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct x509_certificate certificate;
        CHECK(read_der(certificate_of(issuer, cases[i].times, subject, ""),
                       &certificate) == DISSECT_OK);
        CHECK(certificate.has_validity == cases[i].has_validity);
        CHECK(certificate.not_before_s == cases[i].not_before_s);
        CHECK(certificate.not_after_s == cases[i].not_after_s);
        CHECK_TEXT(certificate.subject_cn, "host.example");
    }
}

static void a_time_is_read_with_or_without_seconds_and_zone(void)
{
    static const struct {
        const char *time;
        bool is_time;
        int64_t seconds;
    } cases[] = {
        { "17['7001010001Z']", true, 60 },
        { "17['700101010000+0100']", true, 0 },
        { "17['7001010000-0030']", true, 1800 },
        { "18['19700101000001.5Z']", true, 1 },
        { "18['20000229000000Z']", true, 951782400 },
        { "18['21000228235959Z']", true, INT64_C(4107542399) },
        { "18['21000229000000Z']", false, 0 },
        { "17['700431000000Z']", false, 0 },
        { "17['700100000000Z']", false, 0 },
        { "17['700001000000Z']", false, 0 },
        { "17['700101240000Z']", false, 0 },
        { "17['700101000060Z']", false, 0 },
        { "17['700101000000']", false, 0 },
        { "17['700101000000ZZ']", false, 0 },
        { "17['700101000000+01']", false, 0 },
        { "17['70010100000Z']", false, 0 },
        { "17['-00101000000Z']", false, 0 },
        { "13['700101000000Z']", false, 0 },
        { "17[]", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct x509_certificate certificate;
        char both[128];
        snprintf(both, sizeof both, "%s 17['491231235959Z']", cases[i].time);
        CHECK(read_der(certificate_of(issuer, both, subject, ""), &certificate) ==
              DISSECT_OK);
        CHECK(certificate.has_validity == cases[i].is_time);
        CHECK(certificate.not_before_s == cases[i].seconds);
    }
}

static void the_organization_of_the_subject_is_read(void)
{
    struct x509_certificate certificate;

    CHECK(read_der(certificate_of(issuer, times, O("0c['An Org']") CN("0c['a']"), ""),
                   &certificate) == DISSECT_OK);
    CHECK_TEXT(certificate.subject_o, "An Org");
    CHECK_TEXT(certificate.subject_cn, "a");
}

static void names_that_are_alike_have_one_id(void)
{
    struct x509_certificate leaf, authority, other;

    CHECK(read_der(certificate_of(issuer, times, subject, ""), &leaf) == DISSECT_OK);
    CHECK(read_der(certificate_of(subject, times, issuer, ""), &authority) == DISSECT_OK);
    CHECK(read_der(certificate_of(CN("0c['x']"), times, CN("0c['y']"), ""), &other) ==
          DISSECT_OK);
    CHECK(leaf.issuer_id == authority.subject_id);
    CHECK(leaf.subject_id == authority.issuer_id && leaf.subject_id != leaf.issuer_id);
    CHECK(other.subject_id != leaf.subject_id && other.subject_id != leaf.issuer_id);
}

/* A name that is no list of attributes makes no certificate, at whatever depth. */
static void what_is_no_name_is_malformed(void)
{
    static const char *const names[] = {
        "30[30[ 0603550403 0c['a'] ]]",
        "31[31[ 0603550403 0c['a'] ]]",
        "31[30[ 0403550403 0c['a'] ]]",
        "31[30[ 0603550403 ]]",
        "31[30[ 0603550403 0c['a'] 0c['b'] ]]",
        "31[30[ 0603550403 1f0c01 ]]",
        "31[30[ 0603550403 2c80 0c['a'] 0000 ]]",
        "31[30[ 0603550403 0c85 0000000001 61 ]]",
        "31[30[ 0603550403 0c84 ffffffff 61 ]]",
        "05",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct x509_certificate certificate;
        CHECK(read_der(certificate_of(issuer, times, names[i], ""), &certificate) ==
              DISSECT_MALFORMED);
        CHECK(read_der(certificate_of(names[i], times, subject, ""), &certificate) ==
              DISSECT_MALFORMED);
        CHECK(certificate.subject_cn[0] == '\0');
    }
}

static void a_nest_of_any_depth_takes_no_stack(void)
{
    static struct der nest;
    struct x509_certificate certificate;

    nest.size = X509_DER_MAX;
    for (size_t at = 0; at < X509_DER_MAX; at += 5) {
        size_t left = at + 5 < X509_DER_MAX ? X509_DER_MAX - at - 5 : 0;
        const uint8_t head[] = { 0x30, 0x83, (uint8_t)(left >> 16), (uint8_t)(left >> 8),
                                 (uint8_t)left };
        memcpy(nest.bytes + at, head, sizeof head);
    }
    CHECK(read_der(&nest, &certificate) == DISSECT_MALFORMED);
}

static void alternative_names_before_a_fault_are_kept(void)
{
    static const char *const cases[] = {
        SAN("82['host.example'] 8205"),
        ("a3[30[ 30[ 0603551d11 04[30[ 82['host.example'] ] 00] ] "
         "30[ 0603551d11 04[30[ 82['host.example'] ]] ] ]]"),
        "a3[30[ 30[ 0603551d11 0101ff 04[30[ 82['host.example'] ]] ] 30[ 04 ] ]]",
    };
    static const uint32_t counts[] = { 1, 0, 1 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct x509_certificate certificate;
        CHECK(read_der(certificate_of(issuer, times, subject, cases[i]), &certificate) ==
              DISSECT_OK);
        CHECK(certificate.san_count == counts[i] && certificate.has_cut_san);
    }
}

static void issuer_and_subject_alike_is_self_issued(void)
{
    struct x509_certificate certificate;

    CHECK(read_der(certificate_of(issuer, times, issuer, ""), &certificate) ==
          DISSECT_OK);
    CHECK(certificate.is_self_issued);
}

static void alternative_names_keep_their_order(void)
{
    static const char names[] = "82['host.example'] 81['mail@host.example'] "
                                "82['*.host.example'] 87[c0000207] "
                                "87[20010db8000000000000000000000001] 87[0102030405] "
                                "82['a' 00 'b'] 86['https://host.example/'] 82[]";
    static const char *const expected[] = { "host.example",
                                            "*.host.example",
                                            "192.0.2.7",
                                            "2001:db8::1",
                                            "\\x01\\x02\\x03\\x04\\x05",
                                            "a\\x00b" };
    char extensions[512];
    struct x509_certificate certificate;
    size_t count = 0;

    snprintf(extensions, sizeof extensions, SAN("%s"), names);
    CHECK(read_der(certificate_of(issuer, times, subject, extensions), &certificate) ==
          DISSECT_OK);
    CHECK(certificate.san_count == 6 && !certificate.has_cut_san);
    for (const char *name = NULL;
         (name = x509_next_name(&certificate, name)) != NULL && count < 6; count++)
        CHECK_TEXT(name, expected[count]);
    CHECK(count == 6);
}

/* A certificate with `count` names of twelve characters. */
static struct der *certificate_with_names(size_t count)
{
    static char extensions[3 * DER_MAX];
    static const char open[] = "a3[30[ 30[ 0603551d11 04[30[ ";
    size_t size = sizeof open - 1;

    memcpy(extensions, open, sizeof open);
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(extensions + size, sizeof extensions - size,
                                 "82['%04zu.example'] ", i % 10000);
    snprintf(extensions + size, sizeof extensions - size, "]] ] ]]");
    return certificate_of(issuer, times, subject, extensions);
}

static void more_names_than_there_is_room_for_are_said_to_be_cut(void)
{
    const size_t room = X509_SAN_SIZE / 13;
    struct x509_certificate certificate;

    CHECK(read_der(certificate_with_names(room), &certificate) == DISSECT_OK);
    CHECK(certificate.san_count == room && !certificate.has_cut_san);
    CHECK(read_der(certificate_with_names(room + 1), &certificate) == DISSECT_OK);
    CHECK(certificate.san_count == room && certificate.has_cut_san);
    CHECK(certificate.san_size == room * 13);
}

static void unreadable_alternative_names_are_said_to_be_cut(void)
{
    struct x509_certificate certificate;

    CHECK(read_der(
              certificate_of(issuer, times, subject, "a3[30[ 30[ 0603551d11 04[ff] ] ]]"),
              &certificate) == DISSECT_OK);
    CHECK(certificate.san_count == 0 && certificate.has_cut_san);
}

static void a_large_certificate_is_refused(void)
{
    struct x509_certificate certificate;
    struct der *large = certificate_with_names(4700);

    CHECK(large->size > X509_DER_MAX);
    CHECK(read_der(large, &certificate) == DISSECT_MALFORMED);
    struct der *fitting = certificate_with_names(4600);
    CHECK(fitting->size <= X509_DER_MAX);
    CHECK(read_der(fitting, &certificate) == DISSECT_OK);
}

static void every_cut_and_any_byte_behind_is_malformed(void)
{
    struct der *der = certificate_of(issuer, times, subject, SAN("82['host.example']"));
    struct x509_certificate certificate;

    for (size_t kept = 0; kept < der->size; kept++) {
        uint8_t *copy = malloc(kept > 0 ? kept : 1);
        if (copy == NULL)
            abort();
        memcpy(copy, der->bytes, kept);
        CHECK(x509_read(bytes_of(copy, kept), &certificate) == DISSECT_MALFORMED);
        CHECK(certificate.subject_cn[0] == '\0');
        free(copy);
    }
    der_put(der, "", 1);
    CHECK(read_der(der, &certificate) == DISSECT_MALFORMED);
}

/* Walks the structure as it was written: every tag here has a short length behind it. */
static void every_lying_length_is_malformed_or_harmless(void)
{
    struct der *der = certificate_of(issuer, times, subject, SAN("82['host.example']"));
    const struct der good = *der;
    struct x509_certificate certificate;
    size_t malformed = 0;

    for (size_t at = 0; at < good.size; at++) {
        for (int lie = -1; lie <= 1; lie += 2) {
            der->bytes[at] = (uint8_t)(good.bytes[at] + lie);
            malformed += read_der(der, &certificate) == DISSECT_MALFORMED;
            CHECK(certificate.san_size <= X509_SAN_SIZE);
        }
        der->bytes[at] = good.bytes[at];
    }
    CHECK(malformed >= good.size / 4);
    for (size_t at = 2; at < 4; at++) { /* of the whole */
        der->bytes[at] ^= 1;
        CHECK(read_der(der, &certificate) == DISSECT_MALFORMED);
        der->bytes[at] ^= 1;
    }
    CHECK(read_der(der, &certificate) == DISSECT_OK);
}

static void names_cover_hosts(void)
{
    static const struct {
        const char *pattern, *host;
        bool covers;
    } cases[] = {
        { "host.example", "host.example", true },
        { "Host.EXAMPLE", "hOST.example", true },
        { "host.example.", "host.example", true },
        { "host.example", "host.example.", true },
        { "host.example", "a.host.example", false },
        { "host.example", "host.exampl", false },
        { "", "", false },
        { ".", ".", false },
        { "", "host.example", false },
        { "*.host.example", "a.host.example", true },
        { "*.HOST.example.", "a.host.example", true },
        { "*.host.example", "host.example", false },
        { "*.host.example", "a.b.host.example", false },
        { "*.host.example", ".host.example", false },
        { "*.host.example", "*.host.example", true },
        { "*.example", "host.example", false },
        { "*.example.", "host.example.", false },
        { "*", "host", false },
        { "*.*.example", "a.b.example", false },
        { "a*.host.example", "ab.host.example", false },
        { "a.*.example", "a.b.example", false },
        { "192.0.2.7", "192.0.2.7", true },
        { "192.0.2.7", "192.0.2.8", false },
        { "*.0.2.7", "192.0.2.7", false },
        { "2001:db8::1", "2001:DB8:0::1", true },
        { "a\\x00.example", "a\\x00.example", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK(x509_name_covers(cases[i].pattern, cases[i].host) == cases[i].covers);
}

static void the_common_name_counts_only_without_dns_names(void)
{
    static const char *const dns[] = { "192.0.2.7", "other.example" };

    CHECK(x509_covers(dns, 2, "host.example", "other.example"));
    CHECK(x509_covers(dns, 2, "host.example", "192.0.2.7"));
    CHECK(!x509_covers(dns, 2, "host.example", "host.example"));
    CHECK(x509_covers(dns, 1, "host.example", "host.example"));
    CHECK(x509_covers(NULL, 0, "host.example", "host.example"));
    CHECK(!x509_covers(NULL, 0, NULL, "host.example"));
    CHECK(!x509_covers(NULL, 0, "", "host.example"));
}

int main(void)
{
    RUN(names_and_times_are_read);
    RUN(a_real_certificate_is_read);
    RUN(a_name_is_read_whatever_its_type);
    RUN(a_name_that_is_too_long_is_said_to_be_cut);
    RUN(times_before_1970_and_behind_2049_are_read);
    RUN(a_time_is_read_with_or_without_seconds_and_zone);
    RUN(the_organization_of_the_subject_is_read);
    RUN(names_that_are_alike_have_one_id);
    RUN(what_is_no_name_is_malformed);
    RUN(a_nest_of_any_depth_takes_no_stack);
    RUN(alternative_names_before_a_fault_are_kept);
    RUN(issuer_and_subject_alike_is_self_issued);
    RUN(alternative_names_keep_their_order);
    RUN(more_names_than_there_is_room_for_are_said_to_be_cut);
    RUN(unreadable_alternative_names_are_said_to_be_cut);
    RUN(a_large_certificate_is_refused);
    RUN(every_cut_and_any_byte_behind_is_malformed);
    RUN(every_lying_length_is_malformed_or_harmless);
    RUN(names_cover_hosts);
    RUN(the_common_name_counts_only_without_dns_names);
    return test_end();
}
