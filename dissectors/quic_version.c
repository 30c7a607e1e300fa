/* quic_version.c - RFC 9000 section 15, RFC 9001 section 5.2, RFC 9369 section 3. */
#include "dissectors/quic_version.h"

#include <stdio.h>

#include "dissectors/quic.h"

static const uint8_t salt_draft_22[QUIC_SALT_SIZE] = { 0x7f, 0xbc, 0xdb, 0x0e, 0x7c,
                                                       0x66, 0xbb, 0xe9, 0x19, 0x3a,
                                                       0x96, 0xcd, 0x21, 0x51, 0x9e,
                                                       0xbd, 0x7a, 0x02, 0x64, 0x4a };
static const uint8_t salt_draft_23[QUIC_SALT_SIZE] = { 0xc3, 0xee, 0xf7, 0x12, 0xc7,
                                                       0x2e, 0xbb, 0x5a, 0x11, 0xa7,
                                                       0xd2, 0x43, 0x2b, 0xb4, 0x63,
                                                       0x65, 0xbe, 0xf9, 0xf5, 0x02 };
static const uint8_t salt_draft_29[QUIC_SALT_SIZE] = { 0xaf, 0xbf, 0xec, 0x28, 0x99,
                                                       0x93, 0xd2, 0x4c, 0x9e, 0x97,
                                                       0x86, 0xf1, 0x9c, 0x61, 0x11,
                                                       0xe0, 0x43, 0x90, 0xa8, 0x99 };
static const uint8_t salt_1[QUIC_SALT_SIZE] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34,
                                                0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
                                                0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
static const uint8_t salt_2[QUIC_SALT_SIZE] = { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6,
                                                0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
                                                0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 };
static const uint8_t salt_q050[QUIC_SALT_SIZE] = { 0x50, 0x45, 0x74, 0xef, 0xd0,
                                                   0x66, 0xfe, 0x2f, 0x9d, 0x94,
                                                   0x5c, 0xfc, 0xdb, 0xd3, 0xa7,
                                                   0xf0, 0xd3, 0xb5, 0x6b, 0x45 };
static const uint8_t salt_t050[QUIC_SALT_SIZE] = { 0x7f, 0xf5, 0x79, 0xe5, 0xac,
                                                   0xd0, 0x72, 0x91, 0x55, 0x80,
                                                   0x30, 0x4c, 0x43, 0xa2, 0x36,
                                                   0x7c, 0x60, 0x48, 0x83, 0x10 };
static const uint8_t salt_t051[QUIC_SALT_SIZE] = { 0x7a, 0x4e, 0xde, 0xf4, 0xe7,
                                                   0xcc, 0xee, 0x5f, 0xa4, 0x50,
                                                   0x6c, 0x19, 0x12, 0x4f, 0xc8,
                                                   0xcc, 0xda, 0x6e, 0x03, 0x3d };

/* Of draft-ietf-quic-v2-01 to -07, which were rolled out under a number of their own. */
static const uint8_t salt_2_draft[QUIC_SALT_SIZE] = { 0xa7, 0x07, 0xc2, 0x03, 0xa5,
                                                      0x9b, 0x47, 0x18, 0x4a, 0x1d,
                                                      0x62, 0xca, 0x57, 0x04, 0x06,
                                                      0xea, 0x7a, 0xe3, 0xe5, 0xd3 };

static const struct quic_version versions[] = {
    { 0x00000001, 0x00000001, "1", QUIC_DIALECT_STANDARD, salt_1 },
    { 0x6b3343cf, 0x6b3343cf, "2", QUIC_DIALECT_V2, salt_2 },
    { 0x709a50c4, 0x709a50c4, "2-draft", QUIC_DIALECT_V2, salt_2_draft },
    { 0xff000016, 0xff000016, NULL, QUIC_DIALECT_STANDARD, salt_draft_22 },
    { 0xff000017, 0xff00001c, NULL, QUIC_DIALECT_STANDARD, salt_draft_23 },
    { 0xff00001d, 0xff000020, NULL, QUIC_DIALECT_STANDARD, salt_draft_29 },
    { 0xff000021, 0xff000022, NULL, QUIC_DIALECT_STANDARD, salt_1 },
    { 0xfaceb001, 0xfaceb001, "mvfst-22", QUIC_DIALECT_STANDARD, salt_draft_22 },
    { 0xfaceb002, 0xfaceb002, "mvfst-27", QUIC_DIALECT_STANDARD, salt_draft_23 },
    { 0x51303530, 0x51303530, "Q050", QUIC_DIALECT_GOOGLE, salt_q050 },
    { 0x54303530, 0x54303530, "T050", QUIC_DIALECT_GOOGLE, salt_t050 },
    { 0x54303531, 0x54303531, "T051", QUIC_DIALECT_GOOGLE, salt_t051 },
};

const struct quic_version *quic_version_find(uint32_t number)
{
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (number >= versions[i].first && number <= versions[i].last)
            return &versions[i];
    return NULL;
}

bool quic_version_is_reserved(uint32_t version)
{
    return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* Google's numbers are text: "Q046". */
static bool is_google(uint32_t version)
{
    uint32_t letter = version >> 24;
    return (letter == 'Q' || letter == 'T') && (version >> 16 & 0xff) == '0' &&
           (version >> 8 & 0xff) - '0' < 10 && (version & 0xff) - '0' < 10;
}

bool quic_version_is_told(uint32_t version)
{
    return quic_version_find(version) != NULL || quic_version_is_reserved(version) ||
           is_google(version) || (version >> 8 == 0xff0000 && (version & 0xff) != 0);
}

void quic_version_text(uint32_t version, char text[QUIC_VERSION_TEXT_SIZE])
{
    const struct quic_version *known = quic_version_find(version);
    if (known != NULL && known->name != NULL)
        snprintf(text, QUIC_VERSION_TEXT_SIZE, "%s", known->name);
    else if (version >> 8 == 0xff0000)
        snprintf(text, QUIC_VERSION_TEXT_SIZE, "draft-%u", version & 0xff);
    else if (is_google(version))
        snprintf(text, QUIC_VERSION_TEXT_SIZE, "%c0%c%c", (int)(version >> 24),
                 (int)(version >> 8 & 0xff), (int)(version & 0xff));
    else
        snprintf(text, QUIC_VERSION_TEXT_SIZE, "0x%08x", version);
}
