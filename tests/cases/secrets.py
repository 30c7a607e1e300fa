#!/usr/bin/env python3
"""Makes a capture full of credentials, and looks for them in what was made of it.

    secrets.py write FILE        the capture
    secrets.py search PATH...    files and folders; each is searched whole, .zst unpacked

A secret is searched as it is, without regard to case, in base64 at each of the three places
that it may begin at, and in hexadecimal. All begin alike: that much of any is too much, so
that one that was cut is found as well.
"""
import base64
import pathlib
import re
import struct
import subprocess
import sys

CLIENT, SERVER, PROXY = "10.0.0.1", "52.96.0.1", "10.0.0.8"
COOKIE = b"\x21\x12\xa4\x42"
PLACES = """basic bearer ntlm negotiate digest bare folded proxy-basic proxy-ntlm proxy-negotiate
proxy-digest proxy-bare cookie set-cookie userinfo host-userinfo connect-userinfo query
fragment parameter referer location api-key challenge body trailer cut-line odd-line no-version
socks4-user socks5-user socks5-pass ftp-user ftp-pass smtp-plain smtp-login imap pop3
stun-user stun-realm stun-nonce stun-integrity turn-user ticket psk dns-txt dns-edns
ssdp telnet ldap""".split()
START = b"Qz7vKw"
SECRETS = {place: START + place.replace("-", "X").encode() + b"9vK" for place in PLACES}


def address(text):
    return bytes(int(part) for part in text.split("."))


class Capture:
    def __init__(self):
        self.bytes = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
        self.time = 1790000000 * 1000000
        self.port = 50000

    def packet(self, source, target, protocol, payload):
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0)
        frame = (bytes(6) + b"\2" + bytes(5) + b"\x08\x00" + ip + address(source) +
                 address(target) + payload)
        self.time += 1000
        self.bytes += struct.pack("<IIII", *divmod(self.time, 1000000), len(frame),
                                  len(frame)) + frame

    def udp(self, server, port, *turns):
        """Datagrams of client and server in turn."""
        self.port += 1
        for i, data in enumerate(turns):
            ends = [(CLIENT, self.port), (server, port)]
            (source, source_port), (target, target_port) = ends[::-1] if i % 2 else ends
            self.packet(source, target, 17, struct.pack(
                ">HHHH", source_port, target_port, 8 + len(data), 0) + data)

    def tcp(self, server, port, *turns):
        """A connection in which client and server say something in turn."""
        self.port += 1
        ends, next_of = [(CLIENT, self.port), (server, port)], [1000, 5000]

        def send(side, flags, data=b""):
            (source, source_port), (target, target_port) = ends[side], ends[not side]
            self.packet(source, target, 6, struct.pack(
                ">HHIIBBHHH", source_port, target_port, next_of[side],
                next_of[not side] if flags & 16 else 0, 0x50, flags, 8192, 0, 0) + data)
            next_of[side] += len(data) + (flags & 3 != 0)
        send(0, 2)
        send(1, 18)
        send(0, 16)
        for i, data in enumerate(turns):
            send(i % 2, 24, data)
        send(0, 17)
        send(1, 17)
        send(0, 16)


def fill(text):
    """{place} is the secret, {place/64} the same in base64."""
    def secret(match):
        value = SECRETS[match[1]]
        return base64.b64encode(b"alice:" + value) if match[2] else value
    return re.sub(rb"\{([a-z0-9-]+)(/64)?\}", lambda m: secret((None, m[1].decode(), m[2])),
                  text.replace(b"\n", b"\r\n"))


def http(capture):
    ok = b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"
    requests = [b"Authorization: Basic {basic/64}", b"Authorization: Bearer {bearer}",
                b"Authorization: NTLM {ntlm/64}", b"Authorization: Negotiate {negotiate/64}",
                b'Authorization: Digest username="{digest}", response="{digest}"',
                b"Authorization: {bare}", b"Authorization:\n Basic {folded}",
                b"Cookie: id={cookie}\nX-Api-Key: {api-key}\nReferer: http://a/?{referer}",
                b"Host: alice:{host-userinfo}@mail.example"]
    turns = []
    for line in requests:
        turns += [b"GET /a;id={parameter}?token={query}#{fragment} HTTP/1.1\nHost: mail.example\n" +
                  line + b"\n\n", ok]
    turns += [b"POST /login HTTP/1.1\nHost: mail.example\nTransfer-Encoding: chunked\n\n"
              b"f\npassword={body}"[:-6] + b"{body}\n0\nX-Trailer: {trailer}\n\n",
              b"HTTP/1.1 401 No\nSet-Cookie: id={set-cookie}\nLocation: /?{location}\n"
              b"WWW-Authenticate: NTLM {challenge/64}\nContent-Length: 0\n\n"]
    capture.tcp(SERVER, 80, *map(fill, turns))
    turns = [b"GET http://alice:{userinfo}@mail.example/p?{query} HTTP/1.1\n\n",
             b"HTTP/1.1 407 No\nProxy-Authenticate: NTLM {challenge/64}\nContent-Length: 0\n\n"]
    for line in [b"Basic {proxy-basic/64}", b"NTLM {proxy-ntlm/64}", b"{proxy-bare}",
                 b"Negotiate {proxy-negotiate/64}", b'Digest response="{proxy-digest}"']:
        turns += [b"CONNECT alice:{connect-userinfo}@outlook.office365.com:443 HTTP/1.1\n"
                  b"Host: outlook.office365.com\nProxy-Authorization: " + line + b"\n\n",
                  b"HTTP/1.1 407 No\nContent-Length: 0\n\n"]
    turns += [b"CONNECT outlook.office365.com:443 HTTP/1.1\n\n", b"HTTP/1.1 200 OK\n\n",
              b"GET /?{query} HTTP/1.1\nAuthorization: Basic {basic/64}\n\n"]
    capture.tcp(PROXY, 3128, *map(fill, turns))
    for line in [b"GET /?{cut-line}", b"GET /?{no-version}\n\n", b"{odd-line} / HTTP/1.1\n\n",
                 b"GET /a\1?{query} HTTP/1.1\nAuthorization: {bare}\n\n",
                 b"CONNECT {connect-userinfo}@:443 HTTP/1.1\nHost: {host-userinfo}@\n\n",
                 b"GET http://alice:{userinfo}/@/ HTTP/1.1\n\n"]:
        capture.tcp(SERVER, 80, fill(line), b"HTTP/1.1 400 No\r\n\r\n")
    capture.udp("239.255.255.250", 1900, fill(
        b"M-SEARCH * HTTP/1.1\nHost: 239.255.255.250:1900\nAuthorization: Basic {ssdp}\n\n"))


def counted(value):
    return bytes([len(value)]) + value


def socks(capture):
    user, password = SECRETS["socks5-user"], SECRETS["socks5-pass"]
    capture.tcp(PROXY, 1080, b"\5\1\2", b"\5\2", b"\1" + counted(user) + counted(password),
                b"\1\0", b"\5\1\0\3" + counted(b"outlook.office365.com") + b"\1\xbb",
                b"\5\0\0\1\0\0\0\0\0\0", fill(b"GET /?{query} HTTP/1.1\n\n"))
    user = SECRETS["socks4-user"]
    capture.tcp(PROXY, 1080, b"\4\1\1\xbb\0\0\0\1" + user + b"\0outlook.office365.com\0",
                b"\0\x5a\0\0\0\0\0\0")
    capture.tcp(PROXY, 1080, b"\5\1\2", b"\5\2", b"\1" + counted(user) + b"\xff" + user)


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)


def stun(capture):
    def message(kind, *attributes):
        body = b"".join(attributes)
        return struct.pack(">HH", kind, len(body)) + COOKIE + b"0123456789ab" + body
    login = [attribute(0x0006, SECRETS["stun-user"]), attribute(0x0014, SECRETS["stun-realm"]),
             attribute(0x0015, SECRETS["stun-nonce"]),
             attribute(0x0008, SECRETS["stun-integrity"].ljust(20, b"."))]
    answer = message(0x0101, attribute(0x0020, b"\0\1\x33\x26\xea\x12\xd5\x45"), *login)
    capture.udp("52.112.0.1", 3478, message(0x0001, *login), answer)
    capture.tcp("52.112.0.1", 3478, message(0x0003, *login), message(0x0113, *login))
    old = [attribute(0x000f, b"\x72\xc6\x4b\xc6"), attribute(0x0006, SECRETS["turn-user"])]
    capture.udp("52.112.0.2", 3478, message(0x0003, *old), message(0x0113, *old))


def others(capture):
    talks = [(21, b"220 hi\n", b"USER {ftp-user}\n", b"331 ok\n", b"PASS {ftp-pass}\n"),
             (25, b"220 hi\n", b"AUTH PLAIN {smtp-plain/64}\n", b"334 VXNlcm5hbWU6\n",
              b"{smtp-login/64}\n"),
             (143, b"* OK\n", b"a LOGIN alice {imap}\n", b"a OK\n"),
             (110, b"+OK\n", b"USER alice\n", b"+OK\n", b"PASS {pop3}\n"),
             (23, b"login: ", b"alice\n", b"Password: ", b"{telnet}\n"),
             (389, b"", b"\x30\x30\2\1\1\x60\x2b\2\1\3\4\5alice\x80\x0d{ldap}", b"ok")]
    for port, *turns in talks:
        capture.tcp(SERVER, port, b"", *map(fill, turns))
    ticket = attribute(0x0023, SECRETS["ticket"])[:4 + len(SECRETS["ticket"])]
    identity = struct.pack(">H", len(SECRETS["psk"])) + SECRETS["psk"] + bytes(4)
    psk = struct.pack(">H", len(identity)) + identity + b"\0\x21\x20" + bytes(32)
    psk = struct.pack(">HH", 0x0029, len(psk)) + psk
    hello = (b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" +
             struct.pack(">H", len(ticket + psk)) + ticket + psk)
    message = b"\1" + struct.pack(">I", len(hello))[1:] + hello
    capture.tcp(SERVER, 443, b"\x16\3\1" + struct.pack(">H", len(message)) + message, b"")
    name = b"\4mail\7example\0"
    text = counted(SECRETS["dns-txt"])
    question = b"\0\7\x81\x80\0\1\0\1\0\0\0\1" + name + b"\0\x10\0\1"
    txt = name + b"\0\x10\0\1\0\0\0\x3c" + struct.pack(">H", len(text)) + text
    option = struct.pack(">HH", 10, len(SECRETS["dns-edns"])) + SECRETS["dns-edns"]
    edns = b"\0\0\x29\4\xd0\0\0\0\0" + struct.pack(">H", len(option)) + option
    query = b"\0\7\1\0\0\1\0\0\0\0\0\1" + name + b"\0\x10\0\1" + edns
    capture.udp("10.0.0.53", 53, query, question + txt + edns)
    capture.tcp("10.0.0.53", 53, struct.pack(">H", len(query)) + query)


def patterns():
    for place, secret in [*SECRETS.items(), ("any place", START)]:
        forms = [secret.lower(), secret.hex().encode()]
        for shift in range(3):
            # Only the characters that the secret alone decides.
            text = base64.b64encode(bytes(shift) + secret).rstrip(b"=")
            forms.append(text[(0, 2, 3)[shift]:-1].lower())
        for form in forms:
            yield place, form


def content(path):
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout
    return path.read_bytes()


def search(paths):
    wanted, found, size = list(patterns()), 0, 0
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not file.is_file():
                continue
            text = content(file).lower()
            size += len(text)
            for place, form in wanted:
                if form in text:
                    print(f"{file}: the secret of {place} as {form.decode()}")
                    found += 1
    print(f"{size} bytes searched for {len(wanted)} forms of {len(SECRETS)} secrets")
    return 1 if found or size == 0 else 0


def main():
    if sys.argv[1] == "search":
        sys.exit(search([pathlib.Path(path) for path in sys.argv[2:]]))
    capture = Capture()
    for part in (http, socks, stun, others):
        part(capture)
    pathlib.Path(sys.argv[2]).write_bytes(capture.bytes)


if __name__ == "__main__":
    main()
