/* test_tls_secrets.c - the table of handshake secrets: what it takes, and from where. */
#include "analyzer/tls_secrets.h"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/seal.h"

enum { LINE_SIZE = 256 };

/* A line for client random `number`; its secret is 32 times `fill`. */
static size_t write_line(char *line, uint32_t number, uint8_t fill)
{
    int size = sprintf(line, "SERVER_HANDSHAKE_TRAFFIC_SECRET %056x%08x ", 0, number);
    for (int i = 0; i < 32; i++)
        size += sprintf(line + size, "%02x", fill);
    size += sprintf(line + size, "\n");
    return (size_t)size;
}

static void see_line(struct tls_secrets *secrets, uint32_t number, uint8_t fill)
{
    char line[LINE_SIZE];
    size_t size = write_line(line, number, fill);
    tls_secrets_see(secrets, bytes_of(line, size));
}

/* The first byte of the secret for a random; -1: none. */
static int found(const struct tls_secrets *secrets, uint32_t number)
{
    char random[65];
    struct bytes secret;
    sprintf(random, "%056x%08x", 0, number);
    if (!tls_secrets_find(secrets, random, &secret))
        return -1;
    return secret.left == 32 ? secret.at[0] : -2;
}

static void a_secret_is_found_by_its_random(void)
{
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct bytes secret;
    CHECK(found(secrets, 7) == -1 && tls_secrets_count(secrets) == 0);
    see_line(secrets, 7, 0x11);
    CHECK(found(secrets, 7) == 0x11 && found(secrets, 8) == -1);
    CHECK(!tls_secrets_find(secrets, NULL, &secret));
    CHECK(!tls_secrets_find(secrets, "", &secret));
    CHECK(!tls_secrets_find(secrets, "000000000000000000000000000000000000", &secret));
    tls_secrets_free(secrets);
    tls_secrets_free(NULL);
}

/* Of all that a browser writes down for a connection. */
static void one_kind_of_secret_alone_is_kept(void)
{
    static const char *const labels[] = {
        "CLIENT_RANDOM",           "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",         "CLIENT_EARLY_TRAFFIC_SECRET",
    };
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    char line[LINE_SIZE];
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        int size = sprintf(line, "%s %064x %096x\n", labels[i], 7, 9);
        tls_secrets_see(secrets, bytes_of(line, (size_t)size));
    }
    CHECK(tls_secrets_count(secrets) == 0 && found(secrets, 7) == -1);
    tls_secrets_free(secrets);
}

static void of_two_secrets_the_first_one_stays(void)
{
    struct tls_secrets *given = tls_secrets_new(NULL), *own = tls_secrets_new(given);
    see_line(given, 1, 0x11);
    see_line(given, 1, 0x22);
    see_line(own, 1, 0x33);
    see_line(own, 2, 0x44);
    CHECK(found(own, 1) == 0x11 && found(own, 2) == 0x44);
    CHECK(found(given, 2) == -1);
    CHECK(tls_secrets_count(own) == 3 && tls_secrets_count(given) == 1);
    tls_secrets_free(own);
    tls_secrets_free(given);
}

static void many_are_found_and_too_many_are_left_out(void)
{
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    for (uint32_t i = 0; i < TLS_SECRETS_MOST + 10; i++)
        see_line(secrets, i, (uint8_t)i);
    CHECK(tls_secrets_count(secrets) == TLS_SECRETS_MOST);
    for (uint32_t i = 0; i < TLS_SECRETS_MOST; i += 97)
        CHECK(found(secrets, i) == (uint8_t)i);
    CHECK(found(secrets, TLS_SECRETS_MOST) == -1);
    tls_secrets_free(secrets);
}

/* Loads a file of these bytes. */
static bool loads(struct tls_secrets *secrets, const void *bytes, size_t size,
                  struct error *error)
{
    char path[64];
    int file = memfd_create("key log", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    bool is_loaded = tls_secrets_load(secrets, path, error);
    close(file);
    return is_loaded;
}

static bool is_loaded(const char *text, uint32_t count)
{
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct error error = { { 0 } };
    bool is_good =
        loads(secrets, text, strlen(text), &error) && tls_secrets_count(secrets) == count;
    tls_secrets_free(secrets);
    return is_good;
}

static void a_file_is_read_whatever_its_lines_are_mixed_with(void)
{
    char line[LINE_SIZE], text[4 * LINE_SIZE];
    size_t size = write_line(line, 7, 0x11);
    CHECK(is_loaded("", 0));
    CHECK(is_loaded("# nothing yet\r\n", 0));
    CHECK(is_loaded(line, 1));
    snprintf(text, sizeof text, "rubbish\r\n\r\n%.*s\r\nCLIENT_RANDOM 00 11",
             (int)size - 1, line);
    CHECK(is_loaded(text, 1));
    snprintf(text, sizeof text, "%.*s", (int)size - 1, line); /* no end of the line */
    CHECK(is_loaded(text, 1));
}

/* Lines fall on every border of what is read at once. */
static void a_long_file_is_read_whole(void)
{
    struct blob *blob = blob_new();
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct error error = { { 0 } };
    char line[LINE_SIZE];
    uint32_t count = 0;
    put_text(blob, "# x\n");
    for (; blob->size < BLOB_SIZE - 1000; count++)
        put(blob, line, write_line(line, count, 0x21));
    CHECK(loads(secrets, blob->bytes, blob->size, &error));
    CHECK(count > 1000 && tls_secrets_count(secrets) == count);
    tls_secrets_free(secrets);
    blobs_release();
}

static void a_line_longer_than_the_buffer_costs_itself_alone(void)
{
    struct blob *blob = blob_new();
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct error error = { { 0 } };
    char line[LINE_SIZE];
    put_repeated(blob, 'x', 150000);
    put_text(blob, "\n");
    put(blob, line, write_line(line, 5, 0x21));
    CHECK(loads(secrets, blob->bytes, blob->size, &error));
    CHECK(tls_secrets_count(secrets) == 1 && found(secrets, 5) == 0x21);
    tls_secrets_free(secrets);
    blobs_release();
}

static void what_is_no_key_log_is_refused_with_a_sentence(void)
{
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct error error = { { 0 } };
    CHECK(!loads(secrets, "\xd4\xc3\xb2\xa1\2\0\4\0", 8, &error));
    CHECK(strstr(error.text, "not one line of it is of a TLS key log") != NULL);
    CHECK(!tls_secrets_load(secrets, "/nowhere/key.log", &error));
    CHECK(strstr(error.text, "/nowhere/key.log: No such file") != NULL);
    CHECK(!tls_secrets_load(secrets, "/", &error));
    CHECK(strstr(error.text, "Is a directory") != NULL);
    tls_secrets_free(secrets);
}

int main(void)
{
    RUN(a_secret_is_found_by_its_random);
    RUN(one_kind_of_secret_alone_is_kept);
    RUN(of_two_secrets_the_first_one_stays);
    RUN(many_are_found_and_too_many_are_left_out);
    RUN(a_file_is_read_whatever_its_lines_are_mixed_with);
    RUN(a_long_file_is_read_whole);
    RUN(a_line_longer_than_the_buffer_costs_itself_alone);
    RUN(what_is_no_key_log_is_refused_with_a_sentence);
    return test_end();
}
