/* fuzz_keylog.c - a key log: line by line, and into the table; and as a table finds it.
 */
#include "analyzer/tls_secrets.h"

#include <stdio.h>
#include <stdlib.h>

#include "dissectors/keylog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_found(const struct tls_secrets *secrets,
                        const struct keylog_entry *entry)
{
    char digits[2 * TLS_RANDOM_SIZE + 1];
    struct bytes secret;
    for (size_t i = 0; i < TLS_RANDOM_SIZE; i++)
        snprintf(digits + 2 * i, 3, "%02x", entry->client_random[i]);
    check(tls_secrets_find(secrets, digits, &secret));
    check(secret.left == 32 || secret.left == 48);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct tls_secrets *secrets = tls_secrets_new(NULL);
    struct keylog_entry entry;
    uint32_t wanted = 0;
    tls_secrets_see(secrets, in);
    while (in.left > 0) {
        size_t left = in.left;
        enum dissect outcome = keylog_read_line(&in, &entry);
        check(in.left < left && (outcome == DISSECT_OK || !entry.is_wanted));
        if (outcome == DISSECT_OK && entry.is_wanted) {
            wanted++;
            check_found(secrets, &entry);
        }
    }
    check(tls_secrets_count(secrets) <= wanted);
    tls_secrets_free(secrets);
    return 0;
}
