/*
 * carrier.c - RFC 7296 section 3.1, RFC 3948 section 2, RFC 6347 section 4.1, RFC 9147
 * section 4; the WireGuard paper, section 5.4; OpenVPN's wire protocol.
 */
#include "dissectors/carrier.h"

enum {
    PORT_IKE = 500,
    PORT_OPENVPN = 1194,
    PORT_ESP = 4500,
    PORT_WIREGUARD = 51820,
    IKE_SIZE = 28,
    ESP_RESERVED = 255, /* security parameter indexes up to here */
    ESP_LEAST = 16,     /* index, number, and what is encrypted */
    DTLS_SIZE = 13,
    DTLS_FIRST_TYPE = 20,
    DTLS_LAST_TYPE = 26,
    DTLS_1_0 = 0xfeff,
    DTLS_1_2 = 0xfefd,
    OPENVPN_FIRST = 1,
    OPENVPN_LAST = 10,
    OPENVPN_LEAST = 14,
};

static const struct carrier none = { .kind = CARRIER_NONE };

static bool is_port(uint16_t port, uint16_t source, uint16_t destination)
{
    return source == port || destination == port;
}

/* The length closes the header and is the whole message's. */
static bool is_ike(struct bytes in, uint32_t length)
{
    bytes_skip(&in, 17);
    uint8_t version = bytes_u8(&in);
    bytes_skip(&in, 6);
    uint32_t told = bytes_u32(&in);
    return !in.ran_out && (version >> 4 == 1 || version >> 4 == 2) && told >= IKE_SIZE &&
           told == length;
}

/* Four zeros in front tell IKE from ESP, whose index is never 0; one byte keeps alive. */
static enum carrier_kind kind_at_esp_port(struct bytes in, uint32_t length)
{
    uint32_t index = bytes_u32(&in);
    if (in.ran_out)
        return CARRIER_NONE;
    if (index == 0)
        return is_ike(in, length - 4) ? CARRIER_IKE : CARRIER_NONE;
    return index > ESP_RESERVED && length >= ESP_LEAST ? CARRIER_ESP : CARRIER_NONE;
}

static bool is_dtls(struct bytes in, uint32_t length)
{
    uint8_t type = bytes_u8(&in);
    uint16_t version = bytes_u16(&in);
    bytes_skip(&in, 8); /* epoch and number */
    uint32_t told = bytes_u16(&in);
    return !in.ran_out && type >= DTLS_FIRST_TYPE && type <= DTLS_LAST_TYPE &&
           (version == DTLS_1_0 || version == DTLS_1_2) && told > 0 &&
           told + DTLS_SIZE <= length;
}

/* Type and three zeros; each kind of message has its size, data is padded to 16. */
static struct carrier wireguard_of(struct bytes in, uint32_t length, bool is_at_port)
{
    static const uint32_t sizes[] = { 0, 148, 92, 64, 32 };
    struct carrier carrier = { .kind = CARRIER_WIREGUARD, .is_sure = true };
    uint32_t type = bytes_u32le(&in);
    if (in.ran_out || type == 0 || type > 4)
        return none;
    if (type == 4) {
        carrier.is_sure = is_at_port;
        return length >= sizes[4] && length % 16 == 0 ? carrier : none;
    }
    return length == sizes[type] ? carrier : none;
}

static bool is_openvpn(struct bytes in, uint32_t length)
{
    uint8_t operation = bytes_peek(in, 0) >> 3;
    return length >= OPENVPN_LEAST && operation >= OPENVPN_FIRST &&
           operation <= OPENVPN_LAST;
}

static struct carrier sure(enum carrier_kind kind)
{
    return (struct carrier){ .kind = kind, .is_sure = true };
}

struct carrier carrier_of_datagram(struct bytes payload, uint32_t length,
                                   uint16_t source_port, uint16_t destination_port)
{
    bool is_wireguard_port = is_port(PORT_WIREGUARD, source_port, destination_port);
    if (payload.left == 0)
        return none;
    if (is_port(PORT_IKE, source_port, destination_port) && is_ike(payload, length))
        return sure(CARRIER_IKE);
    if (is_port(PORT_ESP, source_port, destination_port))
        return sure(kind_at_esp_port(payload, length));
    if (is_port(PORT_OPENVPN, source_port, destination_port) &&
        is_openvpn(payload, length))
        return sure(CARRIER_OPENVPN);
    if (is_dtls(payload, length))
        return sure(CARRIER_DTLS);
    return wireguard_of(payload, length, is_wireguard_port);
}

/* In a stream each message has its length in front. */
struct carrier carrier_of_segment(struct bytes payload, uint32_t length,
                                  uint16_t source_port, uint16_t destination_port)
{
    if (!is_port(PORT_OPENVPN, source_port, destination_port) || payload.left < 3)
        return none;
    uint32_t told = bytes_u16(&payload);
    if (told + 2 > length || !is_openvpn(payload, told))
        return none;
    return sure(CARRIER_OPENVPN);
}
