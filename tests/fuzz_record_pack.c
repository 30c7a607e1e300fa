/* fuzz_record_pack.c - any bytes as a packed record; what is read is packed and read
 * again.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/record_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_record record, again;
    struct record_packing first = { 0 }, second = { 0 };
    if (!record_unpack(bytes_of(data, size), &record))
        return 0;
    record_pack(&record, &first);
    if (!record_unpack(bytes_of(first.bytes, first.size), &again))
        abort();
    record_pack(&again, &second);
    if (first.size != second.size || memcmp(first.bytes, second.bytes, first.size) != 0)
        abort();
    flow_record_release(&again);
    flow_record_release(&record);
    free(first.bytes);
    free(second.bytes);
    return 0;
}
