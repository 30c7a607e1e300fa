/*
 * record_pack.h - a flow record as bytes, and back; for between the processes of one run.
 *
 * Costs a tenth of the record's line of JSON (record_fields.h). Driven by the same table:
 * a field's number in it, then its value as this machine has it; what is as
 * flow_record_init leaves it is not packed. Nothing that is kept is written so, and
 * nothing in it is believed that a line of JSON would not be: the worker that packed it
 * has read hostile bytes.
 */
#ifndef O365LENS_ANALYZER_RECORD_PACK_H
#define O365LENS_ANALYZER_RECORD_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow_record.h"
#include "dissectors/bytes.h"

/* Starts as { 0 }; record_pack empties it first; free(bytes) when done. */
struct record_packing {
    uint8_t *bytes;
    size_t size, capacity;
};

void record_pack(const struct flow_record *record, struct record_packing *packing);

/*
 * Fills `record`, which is initialised first; texts point into `packed`. The
 * distributions are the record's: flow_record_release. False where the bytes are no
 * record; `record` is then released.
 */
bool record_unpack(struct bytes packed, struct flow_record *record);

#endif
