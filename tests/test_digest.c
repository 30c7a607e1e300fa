/* test_digest.c - analyzer/digest.c, and that hashing needs no file once prepared. */
#include "analyzer/digest.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "dissectors/x509.h"
#include "tests/test.h"

static const char *sha256_text(const char *text)
{
    static char hex[DIGEST_SHA256_TEXT_SIZE];
    uint8_t sha256[DIGEST_SHA256_SIZE];

    digest_sha256(text, strlen(text), sha256);
    return digest_write_hex(sha256, sizeof sha256, hex);
}

static void sha256_in_one_go(void)
{
    CHECK_TEXT(sha256_text(""),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_TEXT(sha256_text("abc"),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void sha256_in_pieces_is_the_same_and_starts_anew(void)
{
    char piece[1000], hex[DIGEST_SHA256_TEXT_SIZE];
    uint8_t sha256[DIGEST_SHA256_SIZE];
    struct digest *digest = digest_new();

    memset(piece, 'a', sizeof piece);
    for (int i = 0; i < 1000; i++) {
        digest_see(digest, piece, 1);
        digest_see(digest, piece, 0);
        digest_see(digest, NULL, 0);
        digest_see(digest, piece, sizeof piece - 1);
        CHECK(sha256_text("")[0] == 'e'); /* another hash in between */
    }
    digest_conclude(digest, sha256);
    CHECK_TEXT(digest_write_hex(sha256, sizeof sha256, hex),
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    digest_see(digest, "abc", 3);
    digest_conclude(digest, sha256);
    CHECK_TEXT(digest_write_hex(sha256, sizeof sha256, hex), sha256_text("abc"));
    digest_free(digest);
    digest_free(NULL);
}

static void hexadecimal_is_lower_case(void)
{
    const uint8_t bytes[] = { 0x00, 0x0f, 0xab, 0xff };
    char hex[2 * sizeof bytes + 1];

    CHECK_TEXT(digest_write_hex(bytes, sizeof bytes, hex), "000fabff");
    CHECK_TEXT(digest_write_hex(bytes, 0, hex), "");
}

static void ja3_is_the_md5_of_its_text(void)
{
    char ja3[DIGEST_JA3_TEXT_SIZE];

    CHECK_TEXT(digest_ja3("", ja3), "d41d8cd98f00b204e9800998ecf8427e");
    CHECK_TEXT(digest_ja3("771,4866,43-51", ja3), "15af977ce25de452b96affa2addb1036");
}

static void ja4_hashes_its_lists_and_writes_zeros_for_none(void)
{
    static const struct tls_ja4 cases[] = {
        { "t13d1516h2",
          "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9",
          "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_"
          "0403,0804,0401,0503,0805,0501,0806,0601" },
        { "t13d1516h2",
          "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9",
          "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01" },
        { "t12i000000", "", "" },
    };
    char ja4[DIGEST_JA4_TEXT_SIZE];

    CHECK_TEXT(digest_ja4(&cases[0], ja4), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    CHECK_TEXT(digest_ja4(&cases[1], ja4), "t13d1516h2_8daaf6152771_6d807ffa2a79");
    CHECK_TEXT(digest_ja4(&cases[2], ja4), "t12i000000_000000000000_000000000000");
}

static void community_ids_are_the_same_in_both_directions(void)
{
    static const struct {
        uint8_t protocol;
        const char *source;
        uint16_t source_port;
        const char *destination;
        uint16_t destination_port;
        const char *id;
    } cases[] = {
        { 6, "128.232.110.120", 34855, "66.35.250.204", 80,
          "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
        { 17, "192.168.1.52", 54585, "8.8.8.8", 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
        { 6, "2001:db8::1", 50000, "2001:db8::2", 443, "1:YXqXufkGr4i6TbJJYF83fvyDLZ8=" },
        { 6, "fe80::1", 80, "2001:db8::1", 80, "1:AUqCldSduL5TfqJsJSEFAMXBb3k=" },
        { 17, "10.0.0.1", 5000, "10.0.0.1", 4000, "1:23tA2ab9c5+62ZEGOyIOdl3m7pA=" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ip_address source, destination;
        char id[DIGEST_COMMUNITY_ID_TEXT_SIZE];
        CHECK(address_read(cases[i].source, &source));
        CHECK(address_read(cases[i].destination, &destination));
        digest_community_id(cases[i].protocol, &source, cases[i].source_port,
                            &destination, cases[i].destination_port, id);
        CHECK_TEXT(id, cases[i].id);
        digest_community_id(cases[i].protocol, &destination, cases[i].destination_port,
                            &source, cases[i].source_port, id);
        CHECK_TEXT(id, cases[i].id);
    }
}

/* From here on whoever opens a file dies. */
static bool close_sandbox(void)
{
    static struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { sizeof rules / sizeof rules[0], rules };
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Made by OpenSSL 3.0 for this test; reading it decodes an EC key. */
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

/* Returns how many of the things done in the sandbox came out as outside of it. */
static int work_in_sandbox(void)
{
    uint8_t der[512];
    struct x509_certificate certificate;
    char ja3[DIGEST_JA3_TEXT_SIZE];
    size_t size = test_hex(real_certificate, der, sizeof der);
    struct ip_address loopback;
    char id[DIGEST_COMMUNITY_ID_TEXT_SIZE];
    int right = 0;

    right += strcmp(sha256_text("abc") + 60, "15ad") == 0;
    right += strcmp(digest_ja3("", ja3) + 28, "427e") == 0;
    right += x509_read(bytes_of(der, size), &certificate) == DISSECT_OK &&
             certificate.has_validity;
    right += address_read("127.0.0.1", &loopback) &&
             digest_community_id(6, &loopback, 1, &loopback, 2, id)[1] == ':';
    struct digest *digest = digest_new();
    digest_see(digest, "abc", 3);
    digest_free(digest);
    return right;
}

static void in_a_sandbox_no_file_is_opened(void)
{
    enum { NO_SANDBOX = 100 };
    int status = -1;

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        digest_prepare();
        _exit(close_sandbox() ? work_in_sandbox() : NO_SANDBOX);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_SANDBOX)
        printf("skipped: this machine offers no seccomp\n");
    else
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
}

int main(void)
{
    RUN(in_a_sandbox_no_file_is_opened); /* first: nothing else has prepared libcrypto */
    RUN(sha256_in_one_go);
    RUN(sha256_in_pieces_is_the_same_and_starts_anew);
    RUN(hexadecimal_is_lower_case);
    RUN(ja3_is_the_md5_of_its_text);
    RUN(ja4_hashes_its_lists_and_writes_zeros_for_none);
    RUN(community_ids_are_the_same_in_both_directions);
    return test_end();
}
