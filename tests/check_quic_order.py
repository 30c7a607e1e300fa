#!/usr/bin/env python3
"""Holds the facts of QUIC connections against the order in which their datagrams come.

    check_quic_order.py PROGRAM CORPORA_DIR [--groups quic,...] [--seeds N]

The datagrams of the handshakes in the corpora are written anew between made-up addresses,
once in their order, then N times shuffled, with some doubled: server name, ALPN,
fingerprints, versions and ids must be the same, and the certificates that the key logs of
the corpora open. Half of the flows have no well-known port,
so that the datagrams alone tell who is the client.
"""
import argparse
import pathlib
import random
import struct
import sys
import tempfile

import flow_records as fr

DATAGRAMS_MOST = 24  # of a flow; doubled they stay within what is read as a handshake
NAMES = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
         b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}
SECTION, INTERFACE, ENHANCED = 0x0A0D0D0A, 1, 6


def pcap_frames(data, order):
    link = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        yield link, data[at + 16:at + 16 + size]
        at += 16 + size


def pcapng_frames(data):
    order, links, at = "<", [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\n\r\r\n":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            links = []
        kind, size = struct.unpack_from(order + "II", data, at)
        if kind == INTERFACE:
            links.append(struct.unpack_from(order + "H", data, at + 8)[0])
        elif kind == ENHANCED:
            interface, kept = struct.unpack_from(order + "I8xI", data, at + 8)
            yield (links[interface] if interface < len(links) else None,
                   data[at + 28:at + 28 + kept])
        if size < 12:
            return
        at += size


def frames_of(path):
    data = path.read_bytes()
    if data[:4] in NAMES:
        return pcap_frames(data, NAMES[data[:4]])
    return pcapng_frames(data) if data[:4] == b"\n\r\r\n" else []


def packet_of(link, frame):
    """The IP packet of a plain frame, or nothing."""
    if link == 101:
        return frame
    if link == 0:
        return frame[4:]
    if link == 113:
        return frame[16:]
    at = 12
    while link == 1 and frame[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    return frame[at + 2:] if link == 1 and frame[at:at + 2] in (b"\x08\x00", b"\x86\xdd") else b""


def datagram_of(packet):
    """(source, destination, payload) of UDP in IP, neither cut nor in fragments."""
    if len(packet) < 28:
        return None
    if packet[0] >> 4 == 4:
        header = (packet[0] & 15) * 4
        if packet[9] != 17 or struct.unpack_from(">H", packet, 6)[0] & 0x3FFF:
            return None
        ends = packet[12:16], packet[16:20]
    elif packet[0] >> 4 == 6 and len(packet) >= 48 and packet[6] == 17:
        header, ends = 40, (packet[8:24], packet[24:40])
    else:
        return None
    udp = packet[header:]
    if len(udp) < 8:
        return None
    source, destination, length = struct.unpack_from(">HHH", udp)
    if length < 8 or length > len(udp):
        return None
    return (ends[0], source), (ends[1], destination), udp[8:length]


def handshakes_of(path):
    """Of each UDP flow that has long headers: [(sent by the first sender, payload)]."""
    flows = {}
    for link, frame in frames_of(path):
        datagram = datagram_of(packet_of(link, frame))
        if datagram is None:
            continue
        source, destination, payload = datagram
        flow = flows.setdefault(frozenset((source, destination)), [source, []])
        if len(flow[1]) < DATAGRAMS_MOST:
            flow[1].append((source == flow[0], payload))
    return [datagrams for _, datagrams in flows.values()
            if any(len(payload) > 20 and payload[0] & 0x80 for _, payload in datagrams)]


def frame_of(number, identification, is_first_sender, payload):
    """Flow `number` of the made-up network, in Ethernet."""
    ends = [(bytes((10, 1, number >> 8, number & 255)), 50000),
            (bytes((192, 0, 2, 1)), 443 if number % 2 == 0 else 50443)]
    if not is_first_sender:
        ends.reverse()
    udp = struct.pack(">HHHH", ends[0][1], ends[1][1], 8 + len(payload), 0) + payload
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), identification & 0xFFFF, 0, 64,
                         17, 0) + ends[0][0] + ends[1][0]
    return bytes(12) + b"\x08\x00" + header + udp


def write_capture(path, flows):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        clock = 0
        for number, datagrams in enumerate(flows):
            for is_first_sender, payload in datagrams:
                clock += 1
                frame = frame_of(number, clock, is_first_sender, payload)
                out.write(struct.pack("<IIII", 1700000000 + clock // 1000,
                                      clock % 1000 * 1000, len(frame), len(frame)))
                out.write(frame)


def facts_of(program, path, keylog):
    """By address of the first sender."""
    result = fr.run([program, "flows", "--ndpi", "off", "-k", keylog, path], 300)
    if fr.trouble(result, 300) or result.code != 0:
        sys.exit(f"{path}: {fr.trouble(result, 300) or result.errors}")
    facts = {}
    for record in fr.read_records(result.output):
        ends = (record["client"]["ip"], record["server"]["ip"])
        tls, quic = record["tls"] or {}, record["quic"] or {}
        told = facts[next(end for end in ends if end.startswith("10.1."))] = {
            **{key: tls.get(key) for key in ("sni", "alpn", "version", "ja3", "ja4", "ja3s",
                                             "client_random", "hello_retry", "certificate_by",
                                             "client_certificate_asked")},
            "certificate": (tls.get("certificate") or {}).get("sha256"),
            **{"quic." + key: quic.get(key) for key in ("version", "dcid", "retry")},
            "client": record["client"]["ip"] if tls.get("client_random") else None,
        }
        if quic.get("retry"):  # some clients make another hello behind it: either counts
            del told["client_random"]
    return facts


def shuffled(datagrams, source):
    mixed = [datagram for datagram in datagrams
             for _ in range(2 if source.random() < 0.3 else 1)]
    source.shuffle(mixed)
    return mixed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("corpora", type=pathlib.Path)
    parser.add_argument("--groups", default="quic,m365,tls,apps,proxy")
    parser.add_argument("--seeds", type=int, default=200)
    options = parser.parse_args()
    flows, names = [], []
    for group in options.groups.split(","):
        for path in sorted((options.corpora / group).iterdir()):
            if path.is_file() and path.stat().st_size < 50_000_000:
                for datagrams in handshakes_of(path):
                    flows.append(datagrams)
                    names.append(path.name)
    differences = {}
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "order.pcap"
        keylog = pathlib.Path(scratch) / "keys"
        keylog.write_bytes(b"\n".join(log.read_bytes()
                                      for group in options.groups.split(",")
                                      for log in (options.corpora / group).glob("*.keylog")))
        write_capture(path, flows)
        wanted = facts_of(options.program, path, keylog)
        for seed in range(1, options.seeds + 1):
            source = random.Random(seed)
            write_capture(path, [shuffled(datagrams, source) for datagrams in flows])
            found = facts_of(options.program, path, keylog)
            for end, facts in wanted.items():
                for key, value in facts.items():
                    if found[end].get(key, value) != value:
                        number = int(end.split(".")[2]) * 256 + int(end.split(".")[3])
                        differences.setdefault((names[number], number, key), []).append(
                            (seed, value, found[end][key]))
    for (name, number, key), told in sorted(differences.items()):
        seed, value, other = told[0]
        print(f"{name} flow {number}: {key} is {value}, shuffled with seed {seed} {other} "
              f"({len(told)} of {options.seeds} orders)")
    named = sum(facts["sni"] is not None for facts in wanted.values())
    versions = sum(facts["quic.version"] is not None for facts in wanted.values())
    opened = sum(facts["certificate"] is not None for facts in wanted.values())
    print(f"{len(flows)} flows with long headers, {versions} of QUIC, {named} with a server "
          f"name, {opened} with a certificate, {options.seeds} orders, {len(differences)} "
          "facts that differ")
    return 1 if differences or named == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
