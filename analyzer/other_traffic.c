/* other_traffic.c - IANA protocol numbers and EtherTypes, as far as they have a plain
 * name. */
#include "analyzer/other_traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/alloc.h"
#include "dissectors/carrier.h"
#include "dissectors/link.h"

enum { NAME_SIZE = 24 };

struct count {
    char name[NAME_SIZE];
    uint64_t packets, bytes, peers;
};

struct pair {
    struct ip_address low, high;
    uint32_t count; /* index plus one; 0: free */
};

struct other_traffic {
    struct count counts[OTHER_PROTOCOLS_MOST];
    uint32_t used;
    uint32_t pairs_used;
    struct pair pairs[2 * OTHER_PEERS_MOST];
};

struct other_traffic *other_traffic_new(void)
{
    return alloc_zeroed(1, sizeof(struct other_traffic));
}

void other_traffic_free(struct other_traffic *other)
{
    free(other);
}

struct number_name {
    uint16_t number;
    const char *name;
};

static const char *name_in(const struct number_name *names, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}

static void ip_name(const struct headers *headers, char name[NAME_SIZE])
{
    static const struct number_name names[] = {
        { 1, "icmp" },          { 2, "igmp" },     { 6, "tcp-fragment" },
        { 17, "udp-fragment" }, { 4, "ipip" },     { 41, "ipip" },
        { 47, "gre" },          { 50, "esp" },     { 51, "ah" },
        { 58, "icmpv6" },       { 97, "etherip" }, { 88, "eigrp" },
        { 89, "ospf" },         { 103, "pim" },    { 112, "vrrp" },
        { 115, "l2tp" },        { 108, "ipcomp" }, { 137, "mpls" },
        { 132, "sctp" },
    };
    const char *known = name_in(names, sizeof names / sizeof *names, headers->protocol);
    if (known != NULL)
        snprintf(name, NAME_SIZE, "%s", known);
    else
        snprintf(name, NAME_SIZE, "ip-protocol-%u", headers->protocol);
}

static void ether_name(const struct headers *headers, char name[NAME_SIZE])
{
    static const struct number_name names[] = {
        { 0x0806, "arp" },
        { 0x88cc, "lldp" },
        { 0x888e, "eapol" },
        { 0x8809, "slow-protocols" },
        { 0x88e5, "macsec" },
        { 0x9000, "loopback-test" },
        { 0x8847, "mpls" },
        { 0x8848, "mpls" },
        { 0x8863, "pppoe-discovery" },
        { 0x8864, "pppoe" },
        { 0x88e7, "pbb" },
        { 0x894f, "nsh" },
        { 0x22f3, "trill" },
    };
    static const char *const dark[] = {
        [LINK_WLAN_MANAGEMENT] = "802.11-management",
        [LINK_WLAN_CONTROL] = "802.11-control",
        [LINK_WLAN_EMPTY] = "802.11-no-data",
        [LINK_WLAN_FRAGMENT] = "802.11-fragment",
        [LINK_WLAN_ENCRYPTED] = "802.11-encrypted",
    };
    if (headers->link_dark != LINK_CLEAR) {
        snprintf(name, NAME_SIZE, "%s", dark[headers->link_dark]);
        return;
    }
    const char *known = name_in(names, sizeof names / sizeof *names, headers->ether_type);
    if (known != NULL)
        snprintf(name, NAME_SIZE, "%s", known);
    else if (headers->ether_type >= 0x600)
        snprintf(name, NAME_SIZE, "ethertype-0x%04x", headers->ether_type);
    else
        snprintf(name, NAME_SIZE, "not-ip");
}

/* By the number of the LINKTYPE_ registry, and its name where one meets it often. */
static void link_name(const struct headers *headers, char name[NAME_SIZE])
{
    static const struct number_name names[] = {
        { 186, "link-usb" },       { 187, "link-bluetooth" },    { 189, "link-usb" },
        { 195, "link-802.15.4" },  { 201, "link-bluetooth" },    { 215, "link-802.15.4" },
        { 220, "link-usb" },       { 230, "link-802.15.4" },     { 249, "link-usb" },
        { 251, "link-bluetooth" }, { 252, "link-exported-pdu" }, { 253, "link-netlink" },
        { 254, "link-bluetooth" }, { 255, "link-bluetooth" },    { 283, "link-802.15.4" },
    };
    const char *known = name_in(names, sizeof names / sizeof *names, headers->ether_type);
    if (known != NULL)
        snprintf(name, NAME_SIZE, "%s", known);
    else
        snprintf(name, NAME_SIZE, "link-type-%u", headers->ether_type);
}

static uint32_t find_count(struct other_traffic *other, const char *name)
{
    for (uint32_t i = 0; i < other->used; i++)
        if (strcmp(other->counts[i].name, name) == 0)
            return i;
    if (other->used == OTHER_PROTOCOLS_MOST)
        return OTHER_PROTOCOLS_MOST - 1;
    const char *kept = other->used == OTHER_PROTOCOLS_MOST - 1 ? "other" : name;
    snprintf(other->counts[other->used].name, NAME_SIZE, "%s", kept);
    return other->used++;
}

static uint32_t hash_pair(const struct pair *pair)
{
    uint32_t hash = 2166136261u ^ pair->count;
    for (unsigned i = 0; i < sizeof pair->low.bytes; i++) {
        hash = (hash ^ pair->low.bytes[i]) * 16777619u;
        hash = (hash ^ pair->high.bytes[i]) * 16777619u;
    }
    return hash;
}

/* The place of the pair, or the free one where it would be. */
static struct pair *find_pair(struct other_traffic *other, const struct headers *headers,
                              uint32_t count, struct pair *pair)
{
    bool is_ordered = address_order(&headers->source, &headers->destination) <= 0;
    *pair = (struct pair){
        .low = is_ordered ? headers->source : headers->destination,
        .high = is_ordered ? headers->destination : headers->source,
        .count = count + 1,
    };
    for (uint32_t at = hash_pair(pair);; at++) {
        struct pair *slot = &other->pairs[at % (2 * OTHER_PEERS_MOST)];
        if (slot->count == 0 ||
            (slot->count == pair->count && address_is_equal(&slot->low, &pair->low) &&
             address_is_equal(&slot->high, &pair->high)))
            return slot;
    }
}

static void count_pair(struct other_traffic *other, const struct headers *headers,
                       uint32_t count)
{
    struct pair pair;
    struct pair *slot = find_pair(other, headers, count, &pair);
    if (slot->count != 0 || other->pairs_used == OTHER_PEERS_MOST)
        return;
    *slot = pair;
    other->pairs_used++;
    other->counts[count].peers++;
}

static bool is_known_pair(struct other_traffic *other, const struct headers *headers,
                          const char *name)
{
    struct pair pair;
    for (uint32_t i = 0; i < other->used; i++)
        if (strcmp(other->counts[i].name, name) == 0)
            return find_pair(other, headers, i, &pair)->count != 0;
    return false;
}

static void add(struct other_traffic *other, const struct headers *headers,
                const char *name, uint32_t length)
{
    uint32_t count = find_count(other, name);
    other->counts[count].packets++;
    other->counts[count].bytes += length;
    if (headers->source.family != 0)
        count_pair(other, headers, count);
}

void other_traffic_see(struct other_traffic *other, const struct headers *headers,
                       enum decode outcome, uint32_t length)
{
    char name[NAME_SIZE];
    if (outcome == DECODE_IP)
        ip_name(headers, name);
    else if (outcome == DECODE_LINK_UNKNOWN)
        link_name(headers, name);
    else if (outcome == DECODE_MALFORMED || outcome == DECODE_TRUNCATED)
        snprintf(name, NAME_SIZE, "%s",
                 outcome == DECODE_MALFORMED ? "malformed" : "cut");
    else
        ether_name(headers, name);
    add(other, headers, name, length);
}

void other_traffic_see_carrier(struct other_traffic *other, const struct headers *headers,
                               uint32_t length)
{
    static const char *const names[] = {
        [CARRIER_IKE] = "ike",
        [CARRIER_ESP] = "esp-udp",
        [CARRIER_WIREGUARD] = "wireguard",
        [CARRIER_DTLS] = "dtls",
        [CARRIER_OPENVPN] = "openvpn",
    };
    struct carrier (*read)(struct bytes, uint32_t, uint16_t, uint16_t) =
        headers->protocol == IP_PROTOCOL_UDP ? carrier_of_datagram : carrier_of_segment;
    struct carrier carrier = read(headers->payload, headers->payload_length,
                                  headers->source_port, headers->destination_port);
    if (carrier.kind == CARRIER_NONE)
        return;
    if (carrier.is_sure || is_known_pair(other, headers, names[carrier.kind]))
        add(other, headers, names[carrier.kind], length);
}

static int count_order(const void *a, const void *b)
{
    return strcmp(((const struct count *)a)->name, ((const struct count *)b)->name);
}

void other_traffic_conclude(struct other_traffic *other, struct capture_entry *entry)
{
    qsort(other->counts, other->used, sizeof *other->counts, count_order);
    entry->other = alloc_zeroed(other->used + 1, sizeof *entry->other);
    for (uint32_t i = 0; i < other->used; i++)
        entry->other[entry->other_count++] = (struct capture_other){
            .protocol = alloc_text(other->counts[i].name),
            .peers = other->counts[i].peers,
            .packets = other->counts[i].packets,
            .bytes = other->counts[i].bytes,
        };
    memset(other, 0, sizeof *other);
}
