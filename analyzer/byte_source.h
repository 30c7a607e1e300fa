/*
 * byte_source.h - the bytes of a stored file, decompressed by content; and the way back.
 *
 * A byte source reads an open file descriptor (a file or a pipe) from where it stands.
 * What is stored may be plain, gzip (RFC 1952, any number of members) or zstd (RFC 8878,
 * any number of frames, skippable ones too); its first bytes tell, never its name.
 *
 *     while (byte_source_need(source, 4, &window)) {
 *         ... at least 4 bytes stand at window.at, window.left in all ...
 *         byte_source_consume(source, used);
 *     }
 *     if (byte_source_state(source) != BYTE_SOURCE_END)
 *         error_print(byte_source_problem(source));
 *
 * A window lives until the next byte_source_need(), byte_source_drain() or close. What
 * was decoded before a damage is handed out (of zstd, all but the last few KiB); only
 * then does the state tell of it.
 *
 * A byte sink writes a descriptor, as it is or as one zstd frame with a content checksum.
 * The first failure sticks, and byte_sink_close() reports it.
 *
 * Descriptors stay the caller's, who closes them. Source and sink are the caller's too,
 * and end with their close. Offsets and sizes are in bytes; "stored" is what the
 * descriptor gives, "produced" is after decompression.
 */
#ifndef O365LENS_ANALYZER_BYTE_SOURCE_H
#define O365LENS_ANALYZER_BYTE_SOURCE_H

#include "analyzer/error.h"
#include "dissectors/bytes.h"

enum {
    BYTE_SOURCE_NEED_MAX = (16 << 20) + (64 << 10), /* bytes one window can hold */
};

enum byte_source_state {
    BYTE_SOURCE_MORE,      /* no end in sight yet */
    BYTE_SOURCE_END,       /* all was read, and all of it was good */
    BYTE_SOURCE_TRUNCATED, /* compressed data end before they say so */
    BYTE_SOURCE_DAMAGED,   /* a read error, a wrong checksum, foreign bytes, a bomb */
};

enum byte_source_compression { BYTE_SOURCE_PLAIN, BYTE_SOURCE_GZIP, BYTE_SOURCE_ZSTD };

struct byte_source_facts {
    enum byte_source_compression compression;
    uint64_t stored_bytes;   /* read so far */
    uint64_t produced_bytes; /* decompressed so far, handed out or not */
    uint64_t consumed_bytes; /* of these; the window's start */
    uint64_t parts;          /* gzip members or zstd frames begun; 0 where plain */
    uint64_t problem_byte;   /* stored, at which reading stopped early */
    bool lacks_checksum;     /* a zstd frame without one: damage inside may not show */
};

struct byte_source;

/* `name` begins every sentence; it is copied. NULL where reading fails at once. */
struct byte_source *byte_source_open(int fd, const char *name, struct error *error);
void byte_source_close(struct byte_source *source); /* NULL is nothing to close */

/* `tap` sees every stored byte once, in order. To be set before the first need. */
void byte_source_set_tap(struct byte_source *source,
                         void (*tap)(void *context, const void *stored, size_t size),
                         void *context);

/*
 * Shows all bytes at hand, and at least `size` (at most BYTE_SOURCE_NEED_MAX) of them.
 * False where fewer come: the window holds what is left, and the state says why.
 */
bool byte_source_need(struct byte_source *source, size_t size, struct bytes *window);

/* Moves on by `size` bytes of the last window. */
void byte_source_consume(struct byte_source *source, size_t size);

/*
 * Reads the stored bytes to their end for the tap's sake, without decoding them; nothing
 * can be needed after it. False where reading failed: the tap has not seen the whole
 * file.
 */
bool byte_source_drain(struct byte_source *source);

const char *byte_source_name(const struct byte_source *source);

/* Why the last byte_source_need() was false; MORE where it was true. */
enum byte_source_state byte_source_state(const struct byte_source *source);
const struct error *byte_source_problem(const struct byte_source *source); /* may be "" */
const struct byte_source_facts *byte_source_facts(const struct byte_source *source);

enum byte_sink_format { BYTE_SINK_PLAIN, BYTE_SINK_ZSTD };

struct byte_sink;

struct byte_sink *byte_sink_open(int fd, const char *name, enum byte_sink_format format,
                                 struct error *error);
void byte_sink_write(struct byte_sink *sink, const void *bytes, size_t size);
bool byte_sink_has_failed(const struct byte_sink *sink); /* nothing more is written */

/* Writes what is held back and ends the frame; false, and the first failure if any. */
bool byte_sink_close(struct byte_sink *sink, struct error *error);

#endif
