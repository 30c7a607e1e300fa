/* byte_source.c - gzip is RFC 1952, read by zlib; zstd is RFC 8878, by libzstd. */
#include "analyzer/byte_source.h"

#include "analyzer/alloc.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
    BUFFER_SIZE = 256 << 10, /* a processor's own cache holds it */
    SNIFF_SIZE = 4,
    GZIP_WINDOW_BITS = 15 + 16, /* the largest window; 16 asks for gzip headers */
    ZSTD_WINDOW_LOG_MAX = 27,   /* 128 MiB, what the zstd tool takes unasked */
    FRAME_HEADER_SIZE = 5,      /* magic and frame header descriptor */
    CHECKSUM_FLAG = 1 << 2,
    ZSTD_STEP = 16 << 10, /* what is lost of good data where a call meets damage */
    SINK_CHUNK = 128 << 10,
    BOMB_RATIO = 1000,
};

static const uint64_t bomb_size = UINT64_C(1) << 30;
static const char zstd_cut[] = "the zstd data end within a frame";
static const uint8_t gzip_magic[] = { 0x1f, 0x8b };
static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
static const uint8_t skippable_magic_tail[] = { 0x2a, 0x4d, 0x18 }; /* behind 0x5? */

struct buffer {
    uint8_t *memory;
    size_t capacity, start, end;
};

struct byte_source {
    int fd;
    char *name;
    void (*tap)(void *context, const void *stored, size_t size);
    void *tap_context;
    struct buffer stored;   /* compressed, still to be decoded; unused where plain */
    struct buffer produced; /* what the windows show */
    bool has_read_all, has_read_error;
    bool is_inside; /* of a gzip member or a zstd frame */
    bool is_short;  /* the last need was not met */
    enum byte_source_state state;
    struct error problem;
    struct byte_source_facts facts;
    z_stream gzip;
    ZSTD_DStream *zstd;
};

static size_t held(const struct buffer *buffer)
{
    return buffer->end - buffer->start;
}

/* Room for `size` bytes from `start` on. */
static void make_room(struct buffer *buffer, size_t size)
{
    if (buffer->start > 0) {
        memmove(buffer->memory, buffer->memory + buffer->start, held(buffer));
        buffer->end -= buffer->start;
        buffer->start = 0;
    }
    if (size <= buffer->capacity)
        return;
    buffer->capacity = size > BUFFER_SIZE ? BYTE_SOURCE_NEED_MAX : BUFFER_SIZE;
    buffer->memory = alloc_resize(buffer->memory, buffer->capacity, 1);
}

/* Of the next stored byte to decode. */
static uint64_t stored_position(const struct byte_source *source)
{
    return source->facts.stored_bytes - held(&source->stored);
}

/* The first failure is the one that counts. False, for the caller to return. */
static bool stop(struct byte_source *source, enum byte_source_state state,
                 const char *what, const char *reason)
{
    if (source->state != BYTE_SOURCE_MORE)
        return false;
    source->state = state;
    source->facts.problem_byte = stored_position(source);
    error_set(&source->problem, "%s: stored byte %" PRIu64 ": %s%s", source->name,
              stored_position(source), what, reason);
    return false;
}

/* One read(2) behind what the buffer holds. False at the end and after an error. */
static bool read_more(struct byte_source *source, struct buffer *buffer)
{
    ssize_t size = 0;
    uint8_t *at = buffer->memory + buffer->end;
    if (source->has_read_all)
        return false;
    do {
        size = read(source->fd, at, buffer->capacity - buffer->end);
    } while (size < 0 && errno == EINTR);
    source->has_read_all = size <= 0;
    source->has_read_error = size < 0;
    if (size < 0)
        stop(source, BYTE_SOURCE_DAMAGED, "", strerror(errno));
    if (size <= 0)
        return false;
    buffer->end += (size_t)size;
    source->facts.stored_bytes += (uint64_t)size;
    if (source->tap != NULL)
        source->tap(source->tap_context, at, (size_t)size);
    return true;
}

/* Tries to have `size` stored bytes in a row, and shows what there is. */
static struct bytes look_ahead(struct byte_source *source, size_t size)
{
    struct buffer *stored = &source->stored;
    if (held(stored) < size)
        make_room(stored, size);
    while (held(stored) < size && read_more(source, stored))
        ;
    return bytes_of(stored->memory + stored->start, held(stored));
}

/* Between two members or frames, where the data may end. */
static bool is_at_end(struct byte_source *source, struct bytes ahead)
{
    if (ahead.left == 0 && source->state == BYTE_SOURCE_MORE)
        source->state = BYTE_SOURCE_END;
    return source->state != BYTE_SOURCE_MORE;
}

/* Tapes and some copiers pad with zeros; gzip itself lets them pass. */
static struct bytes skip_padding(struct byte_source *source)
{
    struct bytes ahead = look_ahead(source, sizeof gzip_magic);
    while (source->facts.parts > 0 && ahead.left > 0 && bytes_peek(ahead, 0) == 0) {
        source->stored.start++;
        ahead = look_ahead(source, sizeof gzip_magic);
    }
    return ahead;
}

static bool begin_member(struct byte_source *source)
{
    struct bytes ahead = skip_padding(source);
    if (is_at_end(source, ahead))
        return false;
    if (!bytes_start_with(ahead, gzip_magic, sizeof gzip_magic))
        return stop(source, BYTE_SOURCE_DAMAGED, "", "no gzip data from here on");
    inflateReset(&source->gzip);
    source->facts.parts++;
    return source->is_inside = true;
}

static bool is_skippable(struct bytes ahead)
{
    return (bytes_u8(&ahead) & 0xf0) == 0x50 &&
           bytes_start_with(ahead, skippable_magic_tail, sizeof skippable_magic_tail);
}

static bool begin_frame(struct byte_source *source)
{
    struct bytes ahead = look_ahead(source, FRAME_HEADER_SIZE);
    bool is_zstd = bytes_start_with(ahead, zstd_magic, sizeof zstd_magic);
    if (is_at_end(source, ahead))
        return false;
    if (ahead.left < sizeof zstd_magic)
        return stop(source, BYTE_SOURCE_TRUNCATED, "", zstd_cut);
    if (!is_zstd && !is_skippable(ahead))
        return stop(source, BYTE_SOURCE_DAMAGED, "",
                    "no zstd data from here on (unknown frame descriptor)");
    if (is_zstd && ahead.left >= FRAME_HEADER_SIZE)
        source->facts.lacks_checksum |=
            (bytes_peek(ahead, FRAME_HEADER_SIZE - 1) & CHECKSUM_FLAG) == 0;
    source->facts.parts++;
    return source->is_inside = true;
}

/* False where the decoder, with room left, wants bytes that are not there. */
static bool has_moved(struct byte_source *source, size_t taken, size_t given)
{
    source->stored.start += taken;
    source->produced.end += given;
    source->facts.produced_bytes += given;
    return taken > 0 || given > 0;
}

static void inflate_some(struct byte_source *source)
{
    struct buffer *in = &source->stored, *out = &source->produced;
    z_stream *gzip = &source->gzip;
    gzip->next_in = in->memory + in->start;
    gzip->avail_in = (uInt)held(in);
    gzip->next_out = out->memory + out->end;
    gzip->avail_out = (uInt)(out->capacity - out->end);
    int result = inflate(gzip, Z_NO_FLUSH);
    bool moved = has_moved(source, held(in) - gzip->avail_in,
                           out->capacity - out->end - gzip->avail_out);
    if (result == Z_STREAM_END)
        source->is_inside = false;
    else if (result != Z_OK && result != Z_BUF_ERROR)
        stop(source, BYTE_SOURCE_DAMAGED, "damaged gzip data: ",
             gzip->msg != NULL ? gzip->msg : zError(result));
    else if (!moved && source->has_read_all)
        stop(source, BYTE_SOURCE_TRUNCATED, "", "the gzip data end within a member");
}

static void decompress_some(struct byte_source *source)
{
    struct buffer *from = &source->stored, *to = &source->produced;
    ZSTD_inBuffer in = { from->memory + from->start, held(from), 0 };
    size_t room = to->capacity - to->end;
    ZSTD_outBuffer out = { to->memory + to->end, room < ZSTD_STEP ? room : ZSTD_STEP, 0 };

    size_t hint = ZSTD_decompressStream(source->zstd, &out, &in);
    bool moved = has_moved(source, in.pos, out.pos);
    if (ZSTD_isError(hint))
        stop(source, BYTE_SOURCE_DAMAGED, "damaged zstd data: ", ZSTD_getErrorName(hint));
    else if (hint == 0)
        source->is_inside = false;
    else if (!moved && source->has_read_all)
        stop(source, BYTE_SOURCE_TRUNCATED, "", zstd_cut);
}

static void refuse_bomb(struct byte_source *source)
{
    uint64_t produced = source->facts.produced_bytes;
    if (produced > bomb_size && produced / BOMB_RATIO > stored_position(source))
        stop(source, BYTE_SOURCE_DAMAGED, "",
             "decompression bomb: over 1 GiB, and over a thousand times the stored size");
}

static void decode_some(struct byte_source *source)
{
    bool is_gzip = source->facts.compression == BYTE_SOURCE_GZIP;
    if (!source->is_inside && !(is_gzip ? begin_member(source) : begin_frame(source)))
        return;
    /* Even without input a decoder is asked again: it may still hold output back. */
    look_ahead(source, 1);
    if (source->state != BYTE_SOURCE_MORE)
        return;
    if (is_gzip)
        inflate_some(source);
    else
        decompress_some(source);
    if (source->state == BYTE_SOURCE_MORE)
        refuse_bomb(source);
}

static void read_plain(struct byte_source *source)
{
    if (read_more(source, &source->produced))
        source->facts.produced_bytes = source->facts.stored_bytes;
    else if (source->state == BYTE_SOURCE_MORE)
        source->state = BYTE_SOURCE_END;
}

static enum byte_source_compression recognise(struct bytes first)
{
    if (bytes_start_with(first, gzip_magic, sizeof gzip_magic))
        return BYTE_SOURCE_GZIP;
    if (bytes_start_with(first, zstd_magic, sizeof zstd_magic) || is_skippable(first))
        return BYTE_SOURCE_ZSTD;
    return BYTE_SOURCE_PLAIN;
}

static bool start_decoder(struct byte_source *source)
{
    if (source->facts.compression == BYTE_SOURCE_PLAIN) {
        source->produced = source->stored;
        source->stored = (struct buffer){ 0 };
        source->facts.produced_bytes = source->facts.stored_bytes;
        return true;
    }
    if (source->facts.compression == BYTE_SOURCE_GZIP)
        return inflateInit2(&source->gzip, GZIP_WINDOW_BITS) == Z_OK;
    source->zstd = ZSTD_createDStream();
    return source->zstd != NULL &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(source->zstd, ZSTD_d_windowLogMax,
                                                ZSTD_WINDOW_LOG_MAX));
}

struct byte_source *byte_source_open(int fd, const char *name, struct error *error)
{
    struct byte_source *source = alloc_zeroed(1, sizeof *source);
    source->fd = fd;
    source->name = alloc_text(name);

    struct bytes first = look_ahead(source, SNIFF_SIZE);
    source->facts.compression = recognise(first);
    if (source->state == BYTE_SOURCE_MORE && !start_decoder(source))
        stop(source, BYTE_SOURCE_DAMAGED, "", "the decompressor cannot be started");
    if (source->state == BYTE_SOURCE_MORE)
        return source;
    error_set(error, "%s", source->problem.text);
    byte_source_close(source);
    return NULL;
}

void byte_source_close(struct byte_source *source)
{
    if (source == NULL)
        return;
    if (source->facts.compression == BYTE_SOURCE_GZIP)
        inflateEnd(&source->gzip);
    ZSTD_freeDStream(source->zstd);
    free(source->stored.memory);
    free(source->produced.memory);
    free(source->name);
    free(source);
}

void byte_source_set_tap(struct byte_source *source,
                         void (*tap)(void *context, const void *stored, size_t size),
                         void *context)
{
    bool is_plain = source->facts.compression == BYTE_SOURCE_PLAIN;
    const struct buffer *read = is_plain ? &source->produced : &source->stored;
    source->tap = tap;
    source->tap_context = context;
    if (tap != NULL && read->end > 0)
        tap(context, read->memory, read->end);
}

bool byte_source_need(struct byte_source *source, size_t size, struct bytes *window)
{
    struct buffer *produced = &source->produced;
    assert(size <= BYTE_SOURCE_NEED_MAX);
    if (held(produced) < size && source->state == BYTE_SOURCE_MORE)
        make_room(produced, size);
    while (held(produced) < size && source->state == BYTE_SOURCE_MORE) {
        if (source->facts.compression == BYTE_SOURCE_PLAIN)
            read_plain(source);
        else
            decode_some(source);
    }
    *window = bytes_of(produced->memory + produced->start, held(produced));
    source->is_short = window->left < size;
    return !source->is_short;
}

void byte_source_consume(struct byte_source *source, size_t size)
{
    assert(size <= held(&source->produced));
    source->produced.start += size;
    source->facts.consumed_bytes += size;
}

bool byte_source_drain(struct byte_source *source)
{
    bool is_plain = source->facts.compression == BYTE_SOURCE_PLAIN;
    struct buffer *scrap = is_plain ? &source->produced : &source->stored;
    do {
        source->produced.start = source->produced.end = 0;
        scrap->start = scrap->end = 0;
    } while (read_more(source, scrap));
    if (source->state == BYTE_SOURCE_MORE)
        source->state = BYTE_SOURCE_END;
    return !source->has_read_error;
}

const char *byte_source_name(const struct byte_source *source)
{
    return source->name;
}

enum byte_source_state byte_source_state(const struct byte_source *source)
{
    return source->is_short ? source->state : BYTE_SOURCE_MORE;
}

const struct error *byte_source_problem(const struct byte_source *source)
{
    return &source->problem;
}

const struct byte_source_facts *byte_source_facts(const struct byte_source *source)
{
    return &source->facts;
}

struct byte_sink {
    int fd;
    char *name;
    ZSTD_CStream *zstd; /* NULL where plain */
    uint8_t
        *pending; /* SINK_CHUNK bytes: what is written depends on no caller's pieces */
    size_t pending_size;
    uint8_t *packed;
    size_t packed_capacity;
    bool has_failed;
    struct error problem;
};

static void sink_fail(struct byte_sink *sink, const char *reason)
{
    if (!sink->has_failed)
        error_set(&sink->problem, "%s: cannot be written: %s", sink->name, reason);
    sink->has_failed = true;
}

static void write_all(struct byte_sink *sink, struct bytes out)
{
    while (out.left > 0 && !sink->has_failed) {
        ssize_t size = write(sink->fd, out.at, out.left);
        if (size >= 0)
            bytes_skip(&out, (size_t)size);
        else if (errno != EINTR)
            sink_fail(sink, strerror(errno));
    }
}

static void pack(struct byte_sink *sink, ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = { sink->pending, sink->pending_size, 0 };
    size_t left = 1;
    while (!sink->has_failed &&
           (in.pos < in.size || (directive == ZSTD_e_end && left > 0))) {
        ZSTD_outBuffer out = { sink->packed, sink->packed_capacity, 0 };
        left = ZSTD_compressStream2(sink->zstd, &out, &in, directive);
        if (ZSTD_isError(left))
            sink_fail(sink, ZSTD_getErrorName(left));
        else
            write_all(sink, bytes_of(sink->packed, out.pos));
    }
}

static void flush_pending(struct byte_sink *sink, ZSTD_EndDirective directive)
{
    if (sink->zstd != NULL)
        pack(sink, directive);
    else
        write_all(sink, bytes_of(sink->pending, sink->pending_size));
    sink->pending_size = 0;
}

/* The checksum is what lets a reader see a flipped bit: without it most pass unseen. */
static bool start_encoder(struct byte_sink *sink)
{
    sink->zstd = ZSTD_createCStream();
    sink->packed_capacity = ZSTD_CStreamOutSize();
    sink->packed = alloc_resize(NULL, sink->packed_capacity, 1);
    return sink->zstd != NULL &&
           !ZSTD_isError(
               ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_compressionLevel, 1)) &&
           !ZSTD_isError(ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_checksumFlag, 1));
}

static void sink_free(struct byte_sink *sink)
{
    ZSTD_freeCStream(sink->zstd);
    free(sink->pending);
    free(sink->packed);
    free(sink->name);
    free(sink);
}

struct byte_sink *byte_sink_open(int fd, const char *name, enum byte_sink_format format,
                                 struct error *error)
{
    struct byte_sink *sink = alloc_zeroed(1, sizeof *sink);
    sink->fd = fd;
    sink->name = alloc_text(name);
    sink->pending = alloc_resize(NULL, SINK_CHUNK, 1);
    if (format == BYTE_SINK_PLAIN || start_encoder(sink))
        return sink;
    error_set(error, "%s: the compressor cannot be started", name);
    sink_free(sink);
    return NULL;
}

void byte_sink_write(struct byte_sink *sink, const void *bytes, size_t size)
{
    struct bytes in = bytes_of(bytes, size);
    while (in.left > 0 && !sink->has_failed) {
        struct bytes piece = bytes_take_at_most(&in, SINK_CHUNK - sink->pending_size);
        memcpy(sink->pending + sink->pending_size, piece.at, piece.left);
        sink->pending_size += piece.left;
        if (sink->pending_size == SINK_CHUNK)
            flush_pending(sink, ZSTD_e_continue);
    }
}

bool byte_sink_has_failed(const struct byte_sink *sink)
{
    return sink->has_failed;
}

bool byte_sink_close(struct byte_sink *sink, struct error *error)
{
    flush_pending(sink, ZSTD_e_end);
    bool is_whole = !sink->has_failed;
    if (!is_whole)
        error_set(error, "%s", sink->problem.text);
    sink_free(sink);
    return is_whole;
}
