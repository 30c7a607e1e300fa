/* tls.c - RFC 8446 sections 4.4.2, 5.1, 6; RFC 5246 sections 6.2.1, 7.2, 7.4.2; RFC 8879.
 */
#include "dissectors/tls.h"

#include "dissectors/tls_window.h"

enum {
    RECORD_HEADER_SIZE = 5,
    RECORD_LENGTH_MAX = (1 << 14) + 2048, /* of TLS 1.2; TLS 1.3 allows less */
    MESSAGE_HEADER_SIZE = 4,
    ALERT_SIZE = 2,
    ALERT_WARNING = 1,
    ALERT_FATAL = 2,
};

/* What is there of a header decides, so that another protocol is told by its first byte.
 */
static bool may_be_record(struct bytes in)
{
    uint8_t type = bytes_peek(in, 0);
    if (in.left > 0 && (type < TLS_CHANGE_CIPHER_SPEC || type > TLS_HEARTBEAT))
        return false;
    return in.left < 2 || bytes_peek(in, 1) == 3;
}

enum dissect tls_read_record(struct bytes *in, struct tls_record *record)
{
    struct bytes at = *in;

    *record = (struct tls_record){ .fragment = bytes_of(in->at, 0) };
    if (!may_be_record(at))
        return DISSECT_OTHER;
    record->type = bytes_u8(&at);
    record->version = bytes_u16(&at);
    record->length = bytes_u16(&at);
    if (at.ran_out) {
        record->missing = RECORD_HEADER_SIZE - in->left;
        return DISSECT_TRUNCATED;
    }
    if (record->length > RECORD_LENGTH_MAX)
        return DISSECT_OTHER;
    record->fragment = bytes_take_at_most(&at, record->length);
    record->missing = record->length - record->fragment.left;
    if (record->missing > 0)
        return DISSECT_TRUNCATED;
    *in = at;
    return DISSECT_OK;
}

static bool is_message_type(uint8_t type)
{
    switch (type) {
    case TLS_HELLO_REQUEST:
    case TLS_CLIENT_HELLO:
    case TLS_SERVER_HELLO:
    case TLS_NEW_SESSION_TICKET:
    case 5: /* end_of_early_data */
    case TLS_HELLO_RETRY_REQUEST:
    case TLS_ENCRYPTED_EXTENSIONS:
    case TLS_CERTIFICATE:
    case TLS_SERVER_KEY_EXCHANGE:
    case TLS_CERTIFICATE_REQUEST:
    case TLS_SERVER_HELLO_DONE:
    case TLS_CERTIFICATE_VERIFY:
    case TLS_CLIENT_KEY_EXCHANGE:
    case TLS_FINISHED:
    case 21: /* client_certificate_url */
    case TLS_CERTIFICATE_STATUS:
    case 23: /* supplemental_data */
    case 24: /* key_update */
    case TLS_COMPRESSED_CERTIFICATE:
    case 67: /* next_protocol */
        return true;
    default:
        return false;
    }
}

enum dissect tls_read_handshake(struct bytes *in, struct tls_message *message)
{
    struct bytes at = *in;

    *message = (struct tls_message){ .body = bytes_of(in->at, 0) };
    if (at.left > 0 && !is_message_type(bytes_peek(at, 0)))
        return DISSECT_OTHER;
    message->type = bytes_u8(&at);
    message->length = bytes_u24(&at);
    if (at.ran_out) {
        message->missing = MESSAGE_HEADER_SIZE - in->left;
        return DISSECT_TRUNCATED;
    }
    message->body = bytes_take_at_most(&at, message->length);
    message->missing = message->length - message->body.left;
    if (message->missing > 0)
        return DISSECT_TRUNCATED;
    *in = at;
    return DISSECT_OK;
}

static const char *alert_name(uint8_t description)
{
    static const struct {
        uint8_t description;
        const char *name;
    } names[] = {
        { 0, "close_notify" },
        { 10, "unexpected_message" },
        { 20, "bad_record_mac" },
        { 21, "decryption_failed" },
        { 22, "record_overflow" },
        { 30, "decompression_failure" },
        { 40, "handshake_failure" },
        { 41, "no_certificate" },
        { 42, "bad_certificate" },
        { 43, "unsupported_certificate" },
        { 44, "certificate_revoked" },
        { 45, "certificate_expired" },
        { 46, "certificate_unknown" },
        { 47, "illegal_parameter" },
        { 48, "unknown_ca" },
        { 49, "access_denied" },
        { 50, "decode_error" },
        { 51, "decrypt_error" },
        { 60, "export_restriction" },
        { 70, "protocol_version" },
        { 71, "insufficient_security" },
        { 80, "internal_error" },
        { 86, "inappropriate_fallback" },
        { 90, "user_canceled" },
        { 100, "no_renegotiation" },
        { 109, "missing_extension" },
        { 110, "unsupported_extension" },
        { 111, "certificate_unobtainable" },
        { 112, "unrecognized_name" },
        { 113, "bad_certificate_status_response" },
        { 114, "bad_certificate_hash_value" },
        { 115, "unknown_psk_identity" },
        { 116, "certificate_required" },
        { 120, "no_application_protocol" },
        { 121, "ech_required" },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].description == description)
            return names[i].name;
    return NULL;
}

enum dissect tls_read_alert(const struct tls_record *record, struct tls_alert *alert)
{
    struct tls_window window = { record->fragment, record->missing };

    *alert = (struct tls_alert){ .is_fatal = false };
    if (record->type != TLS_ALERT || record->length > ALERT_SIZE)
        return DISSECT_OTHER;
    uint8_t level = bytes_u8(&window.in);
    uint8_t description = bytes_u8(&window.in);
    if (window.in.ran_out)
        return tls_window_outcome(&window);
    if (level != ALERT_WARNING && level != ALERT_FATAL)
        return DISSECT_OTHER;
    alert->is_fatal = level == ALERT_FATAL;
    alert->description = description;
    alert->name = alert_name(description);
    return DISSECT_OK;
}

enum dissect tls_read_certificates(const struct tls_message *message,
                                   enum tls_version version,
                                   struct tls_certificates *certificates)
{
    struct tls_window body = { message->body, message->missing };

    *certificates = (struct tls_certificates){ .left = bytes_of(message->body.at, 0) };
    if (message->type != TLS_CERTIFICATE)
        return DISSECT_OTHER;
    if (version == TLS_13)
        tls_window_vector8(&body); /* request context */
    struct tls_window list = tls_window_vector24(&body);

    certificates->left = list.in;
    certificates->missing = list.missing;
    certificates->has_extensions = version == TLS_13;
    if (!body.in.ran_out && (body.in.left > 0 || body.missing > 0))
        return DISSECT_MALFORMED;
    return tls_window_outcome(&body);
}

bool tls_next_certificate(struct tls_certificates *certificates, struct bytes *der)
{
    struct tls_window list = { certificates->left, certificates->missing };

    *der = bytes_of(list.in.at, 0);
    if (list.in.left == 0) {
        list.in.ran_out = list.in.ran_out || list.missing > 0;
        certificates->outcome = tls_window_outcome(&list);
        return false;
    }
    struct bytes entry = tls_window_vector24(&list).in;
    bool is_whole = !list.in.ran_out;
    if (certificates->has_extensions)
        tls_window_vector16(&list); /* cut or not: the certificate before it is whole */

    certificates->left = list.in;
    certificates->missing = list.missing;
    certificates->outcome = tls_window_outcome(&list);
    if (!is_whole)
        return false;
    if (entry.left == 0) {
        certificates->left = bytes_of(list.in.at, 0);
        certificates->missing = 0;
        certificates->outcome = DISSECT_MALFORMED;
        return false;
    }
    *der = entry;
    return true;
}

enum dissect tls_read_compressed(const struct tls_message *message,
                                 struct tls_compressed *compressed)
{
    struct tls_window body = { message->body, message->missing };

    *compressed = (struct tls_compressed){ .data = bytes_of(message->body.at, 0) };
    if (message->type != TLS_COMPRESSED_CERTIFICATE)
        return DISSECT_OTHER;
    compressed->algorithm = bytes_u16(&body.in);
    compressed->size = bytes_u24(&body.in);
    compressed->data = tls_window_whole(tls_window_vector24(&body));
    if (!body.in.ran_out && (body.in.left > 0 || body.missing > 0))
        return DISSECT_MALFORMED;
    return tls_window_outcome(&body);
}

/* 0x7f00 is how the drafts of RFC 8446 were numbered, 0xfb00 those of one large client.
 */
enum tls_version tls_version_of(uint16_t wire)
{
    switch (wire) {
    case 0x0300:
        return TLS_SSL30;
    case 0x0301:
        return TLS_10;
    case 0x0302:
        return TLS_11;
    case 0x0303:
        return TLS_12;
    case 0x0304:
        return TLS_13;
    default:
        return wire >> 8 == 0x7f || wire >> 8 == 0xfb ? TLS_13 : TLS_UNKNOWN;
    }
}

const char *tls_version_text(enum tls_version version)
{
    switch (version) {
    case TLS_SSL30:
        return "3.0";
    case TLS_10:
        return "1.0";
    case TLS_11:
        return "1.1";
    case TLS_12:
        return "1.2";
    case TLS_13:
        return "1.3";
    case TLS_UNKNOWN:
        break;
    }
    return NULL;
}
