#!/usr/bin/env python3
"""Makes captures for the cases out of one in the classic format (little endian, us).

    captures.py split FILE PREFIX COUNT     PREFIX1.pcap ... of as many packets each
    captures.py repeat FILE TARGET TIMES    the packets again and again, each time later
    captures.py embed FILE TARGET KEYLOG    as pcapng, with the key log before the packets
"""
import struct
import sys

FILE_HEADER, PACKET_HEADER = 24, 16
MAGIC = b"\xd4\xc3\xb2\xa1"
MILLION = 1000000


def packets_of(data):
    """[(microseconds, stored length, length, bytes)]"""
    found, at = [], FILE_HEADER
    while at + PACKET_HEADER <= len(data):
        seconds, fraction, kept, length = struct.unpack_from("<IIII", data, at)
        at += PACKET_HEADER
        found.append((seconds * MILLION + fraction, kept, length, data[at:at + kept]))
        at += kept
    return found


def write(path, header, packets, later=0, mode="wb"):
    with open(path, mode) as target:
        target.write(header)
        for time, kept, length, data in packets:
            seconds, fraction = divmod(time + later, MILLION)
            target.write(struct.pack("<IIII", seconds, fraction, kept, length) + data)


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def embed(target, packets, keylog):
    section, secrets, interface, packet = 0x0a0d0d0a, 10, 1, 6
    with open(target, "wb") as file:
        file.write(block(section, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
        file.write(block(secrets, b"KSLT" + struct.pack("<I", len(keylog)) + keylog))
        file.write(block(interface, struct.pack("<HHI", 1, 0, 0)))
        for time, kept, length, data in packets:
            about = struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff, kept, length)
            file.write(block(packet, about + data))


def main():
    command, source, target, number = sys.argv[1:]
    with open(source, "rb") as file:
        data = file.read()
    if not data.startswith(MAGIC):
        sys.exit(f"{source} is of another format")
    header, packets = data[:FILE_HEADER], packets_of(data)
    if command == "embed":
        with open(number, "rb") as file:
            embed(target, packets, file.read())
        return
    number = int(number)
    if command == "split":
        size = -(-len(packets) // number)
        for i in range(number):
            write(f"{target}{i + 1}.pcap", header, packets[i * size:(i + 1) * size])
    elif command == "repeat":
        lasts = packets[-1][0] - packets[0][0] + MILLION
        for i in range(number):
            write(target, b"" if i else header, packets, i * lasts, "ab" if i else "wb")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
