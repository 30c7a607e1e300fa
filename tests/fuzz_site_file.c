/* fuzz_site_file.c - any bytes as an assessment file. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/site_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = { "" };
    struct site_file *file = site_file_read(data, size, "fuzz.json", &error);
    if (file == NULL) {
        if (error.text[0] == '\0')
            abort();
        return 0;
    }
    struct ip_address client = { .family = 4, .bytes = { 10, 20, 1, 7 } };
    const struct site *site = site_file_find_site(file, &client, NULL);
    if (site != NULL && site_file_find_named(file, site->name) != site)
        abort();
    site_file_find_proxy(file, &client);
    site_file_find_capture(file, "a/b.pcap");
    site_file_free(file);
    return 0;
}
