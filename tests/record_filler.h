/*
 * record_filler.h - sets any field of the record table to something of its own, for
 * tests.
 *
 *     texts_used = 0;
 *     fill(&record, &record_fields[i], i);
 */
#ifndef O365LENS_TESTS_RECORD_FILLER_H
#define O365LENS_TESTS_RECORD_FILLER_H

#include <stdio.h>
#include <string.h>

#include "analyzer/flow_record.h"
#include "analyzer/record_table.h"

enum { TEXTS = 4096 };

static inline char *field_at(struct flow_record *record, const struct record_field *field)
{
    return (char *)record + field->at;
}

static inline size_t size_of(const struct record_field *field)
{
    static const size_t sizes[] = {
        [KIND_BOOL] = sizeof(bool),
        [KIND_U8] = sizeof(uint8_t),
        [KIND_U16] = sizeof(uint16_t),
        [KIND_U32] = sizeof(uint32_t),
        [KIND_U64] = sizeof(uint64_t),
        [KIND_I64] = sizeof(int64_t),
        [KIND_DURATION] = sizeof(int64_t),
        [KIND_FRAME] = sizeof(uint64_t),
        [KIND_TEXT] = sizeof(char *),
        [KIND_IP] = sizeof(struct ip_address),
        [KIND_MAC] = sizeof(struct mac_address),
        [KIND_U16S] = sizeof(uint16_t),
        [KIND_U32S] = sizeof(uint32_t),
        [KIND_TEXTS] = sizeof(char *),
        [KIND_LAYERS] = sizeof(struct layer),
        [KIND_DISTRIBUTION] = sizeof(struct distribution),
    };
    return sizes[field->kind] * (field->most == 0 ? 1 : field->most);
}

/* The highest value that a field of a table of words may have. */
static inline uint8_t most_of(const struct record_field *field)
{
    return field->at == offsetof(struct flow_record, transport)   ? FLOW_UDP
           : field->at == offsetof(struct flow_record, client_by) ? CLIENT_BY_FIRST_PACKET
           : field->at == offsetof(struct flow_record, ended_by)  ? FLOW_END_SERVER_RST
           : field->at == offsetof(struct flow_record, lookups.kind) ? LOOKUP_DOQ
           : field->at == offsetof(struct flow_record, tls.hidden)
               ? CERTIFICATE_HIDDEN_UNREADABLE
               : UINT8_MAX;
}

static char texts[TEXTS];
static size_t texts_used;

static inline const char *text_number(unsigned number)
{
    char *text = texts + texts_used;
    texts_used += (size_t)snprintf(text, sizeof texts - texts_used,
                                   "text \"%u\" \\ \xc3\xa9 <\x01>", number) +
                  1;
    return text;
}

static inline void fill_items(struct flow_record *record,
                              const struct record_field *field, unsigned number)
{
    void *items = field_at(record, field);
    memcpy((char *)record + field->count_at, &field->most, sizeof field->most);
    for (uint32_t i = 0; i < field->most; i++) {
        if (field->kind == KIND_U16S)
            ((uint16_t *)items)[i] = (uint16_t)(UINT16_MAX - i - number);
        else if (field->kind == KIND_U32S)
            ((uint32_t *)items)[i] = UINT32_MAX - i - number;
        else if (field->kind == KIND_TEXTS)
            ((const char **)items)[i] = text_number(1000 * number + i);
        else
            ((struct layer *)items)[i] =
                (struct layer){ (uint8_t)(i % (LAYER_PPPOE + 1)), UINT32_MAX - i };
    }
}

static inline void fill_distribution(struct distribution *distribution, unsigned number,
                                     bool is_raw)
{
    for (unsigned i = 0; i < (is_raw ? 5u : 100u); i++)
        distribution_see(distribution, 1000000 * (int64_t)(i + number));
    distribution_widen(distribution, 17);
    distribution_widen(distribution, INT64_C(7000000000));
}

/* Sets the field to something that no other field has, where its kind allows. */
static inline void fill(struct flow_record *record, const struct record_field *field,
                        unsigned number)
{
    void *at = field_at(record, field);
    switch (field->kind) {
    case KIND_BOOL:
        *(bool *)at = true;
        break;
    case KIND_U8:
        *(uint8_t *)at =
            most_of(field) == UINT8_MAX ? (uint8_t)(number + 1) : most_of(field);
        break;
    case KIND_U16:
        *(uint16_t *)at = (uint16_t)(UINT16_MAX - number);
        break;
    case KIND_U32:
        *(uint32_t *)at = UINT32_MAX - number;
        break;
    case KIND_U64:
    case KIND_FRAME:
        *(uint64_t *)at = UINT64_MAX - number;
        break;
    case KIND_I64:
        *(int64_t *)at = -INT64_MAX + number;
        break;
    case KIND_DURATION:
        *(int64_t *)at = (INT64_C(1) << 60) - number;
        break;
    case KIND_TEXT:
        *(const char **)at = text_number(number);
        break;
    case KIND_IP:
        *(struct ip_address *)at =
            (struct ip_address){ 6,
                                 { 0x20, 1, 0xd, 0xb8, [15] = (uint8_t)(number + 1) } };
        break;
    case KIND_MAC:
        *(struct mac_address *)at =
            (struct mac_address){ { 2, 0xab, 0, 0xff, 9, (uint8_t)number } };
        break;
    case KIND_DISTRIBUTION:
        fill_distribution(at, number,
                          field->at < offsetof(struct flow_record, rtt[RTT_CLIENT]));
        break;
    default:
        fill_items(record, field, number);
        break;
    }
}

#endif
