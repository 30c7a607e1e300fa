#!/usr/bin/env python3
"""Compares flow records with what another dissector made of the same captures.

    compare_oracle.py PROGRAM CORPORA_DIR [--groups m365,tls,...] [--verbose]

CORPORA_DIR/GROUP/NAME is a capture and CORPORA_DIR/GROUP/oracle/NAME.json the other
opinion of it: its conversations by innermost addresses, each with server name, TLS version,
fingerprints, certificates in the order in which they were sent, and CONNECT or SOCKS target
where it saw them; oracle/NAME.ja4.json, where it is there, is a third opinion of JA4. Each
difference is printed in one line; those that were looked into are explained in
oracle_differences.md.

The oracle splits TCP at a SYN with another sequence number as our flows do. UDP it never
ends by silence, and it sometimes opens a second conversation between the same ends at the
same time: there any number of conversations may stand for any number of flows.
"""
import argparse
import json
import pathlib
import re
import sys

import flow_records as fr

KINDS = ["conversation", "client", "sni", "quic-sni", "version", "ja3", "ja3s", "ja4",
         "certificate", "chain", "connect", "socks", "dns"]
GROUPS = "m365,tls,quic,proxy,dns,apps,media"
TRANSPORTS = {"tcp": "tcp", "udp": "udp", "quic": "udp"}
TELLING = {"syn", "synack", "clienthello", "http-request", "quic-initial", "serverhello"}
AUTHORITY = re.compile(r"^(\[[0-9A-Fa-f:.]+\]|[^\s/:]+):[0-9]+$")
NEAR_SECONDS = 1.0
# TLS inside packets of another protocol is no TLS of the connection: left alone on purpose.
LEFT_ALONE = {  # capture, transport, number of the oracle's stream
    ("nDPI__openvpn.pcap", "tcp", 0), ("nDPI__openvpn.pcap", "udp", 4),
    ("mercury__openvpn_tcp_multi.pcap", "tcp", 0), ("mercury__openvpn_tcp_multi.pcap", "tcp", 1),
    ("wsWiki__OpenVPN_TCP_tls-auth.pcapng", "tcp", 0),
    ("wsWiki__OpenVPN_TCP_tls-auth.pcapng", "tcp", 1),
    ("wsWiki__OpenVPN_UDP_tls-auth.pcapng", "udp", 0),
    ("wsWiki__OpenVPN_UDP_tls-auth.pcapng", "udp", 1),
}
HOUR_SECONDS = 3600
LAST_SECOND = 2 ** 62 / 1e9  # ours, in 2116


def oracle_of(capture):
    return capture.parent / "oracle" / (capture.name + ".json")


def captures_of(folder):
    """The captures of a group that the oracle has an opinion of."""
    return [path for path in sorted(folder.iterdir())
            if path.is_file() and oracle_of(path).is_file()]


def tuple_of(conversation):
    return (TRANSPORTS[conversation["proto"]],
            fr.number_of(conversation["client_ip"]), conversation["client_port"],
            fr.number_of(conversation["server_ip"]), conversation["server_port"])


def is_comparable(conversation):
    """TCP and UDP of IP; the oracle also lists what had no addresses."""
    return (conversation["proto"] in TRANSPORTS and conversation["client_ip"] and
            conversation["server_ip"] and conversation["first_ts"] is not None)


def by_key(records):
    """Records by undirected 5-tuple, in order of their start."""
    found = {}
    for record in sorted(records, key=fr.start_of):
        found.setdefault(fr.undirected(fr.directed(record)), []).append(record)
    return found


def has_time(conversation):
    """Of times that no clock shows the oracle makes others than we do."""
    return 0 <= conversation["first_ts"] <= conversation["last_ts"] < LAST_SECOND


def overlaps(record, conversation):
    return (fr.start_of(record) <= conversation["last_ts"] + NEAR_SECONDS and
            fr.end_of(record) >= conversation["first_ts"] - NEAR_SECONDS)


def pair_up(conversations, records):
    """[(conversation, record or None)] and the records left over.

    A TCP record answers for one conversation, the one that starts nearest; a UDP record
    for all of its time.
    """
    waiting, told, pairs = by_key(records), set(), []
    is_timed = all(has_time(conversation) for conversation in conversations)
    for conversation in sorted(conversations, key=lambda c: c["first_ts"]):
        candidates = waiting.get(fr.undirected(tuple_of(conversation)), [])
        fitting = [r for r in candidates if (not is_timed or overlaps(r, conversation)) and
                   (conversation["proto"] != "tcp" or id(r) not in told)]
        best = min(fitting, default=None,
                   key=lambda r: abs(fr.start_of(r) - conversation["first_ts"]))
        told |= {id(r) for r in fitting if conversation["proto"] != "tcp" or r is best}
        pairs.append((conversation, best))
    return pairs, [record for record in records if id(record) not in told]


def check_client(tally, place, conversation, record):
    if conversation["client_by"] not in TELLING:
        return
    ours, theirs = fr.directed(record), tuple_of(conversation)
    tally.check("client", ours == theirs,
                f"{place}: client by {record['client_by']} is {ours[1]}:{ours[2]}, the oracle "
                f"has {theirs[1]}:{theirs[2]} by {conversation['client_by']}")


def check_tls(tally, name, place, conversation, record):
    if (pathlib.Path(name).name, conversation["proto"], conversation["stream"]) in LEFT_ALONE:
        tally.check("left-alone", record["tls"] is None,
                    f"{place}: there is TLS, which is another protocol's own")
        return
    for check in (check_sni, check_version, check_fingerprints, check_certificate):
        check(tally, place, conversation, record)


def check_sni(tally, place, conversation, record):
    if conversation["proto"] not in ("tcp", "quic") or not conversation.get("sni"):
        return
    kind = "sni" if conversation["proto"] == "tcp" else "quic-sni"
    names = {name.lower() for name in conversation["sni"]}
    ours = ((record["tls"] or {}).get("sni") or "").lower()
    tally.check(kind, ours in names,
                f"{place}: server name is {ours or 'null'}, the oracle has "
                f"{', '.join(sorted(names))}")


def spoken_version(text, cipher):
    """The oracle's "TLS1.2" as "1.2"; the drafts of TLS 1.3 are numbers to it, or 1.2 with a
    cipher suite that only TLS 1.3 has (RFC 8446 appendix B.4)."""
    if text.startswith(("0x7f", "0xfb")) or (cipher or "").startswith("0x13"):
        return "1.3"
    return text.removeprefix("TLS").removeprefix("SSL")


def check_version(tally, place, conversation, record):
    if not conversation.get("tls_version"):
        return
    theirs = spoken_version(conversation["tls_version"], conversation.get("cipher"))
    ours = (record["tls"] or {}).get("version")
    tally.check("version", ours == theirs,
                f"{place}: TLS version is {ours or 'null'}, the oracle has {theirs}")


def check_fingerprints(tally, place, conversation, record):
    """The first hello is ours to tell; the oracle lists those of all hellos."""
    for kind in ("ja3", "ja3s"):
        theirs = conversation.get(kind)
        if not theirs:
            continue
        ours = (record["tls"] or {}).get(kind)
        tally.check(kind, ours in theirs,
                    f"{place}: {kind} is {ours or 'null'}, the oracle has "
                    f"{', '.join(theirs)}")


def server_chain(conversation):
    """The certificates of the server, leaf first, as RFC 8446 section 4.4.2 orders them.

    Those of TLS 1.3 and QUIC the oracle has from a key log, which the program is given too.
    """
    return [c for c in conversation.get("certs", []) if c.get("from") == "server"]


def hosts_of(names):
    """What of the alternative names may be a host: no mail address, no URI."""
    return [name for name in names
            if "@" not in name and (":" not in name or fr.is_address(name))]


def in_order(chain):
    """Each certificate above the one that it issued, as far as names tell: ours are so."""
    ordered, left = chain[:1], chain[1:]
    while left and ordered[-1].get("issuer_cn"):
        issuer = next((c for c in left if c.get("subject_cn") == ordered[-1]["issuer_cn"] and
                       c.get("subject_o") == ordered[-1]["issuer_o"]), None)
        if issuer is None:
            break
        ordered.append(issuer)
        left.remove(issuer)
    return ordered + left


def check_chain(tally, place, certificate, theirs):
    ours = [entry["sha256"] for entry in certificate["chain"]] if certificate else []
    wanted = [entry["sha256"] for entry in in_order(theirs)]
    tally.check("chain", ours == wanted,
                f"{place}: chain is [{' '.join(x[:8] for x in ours)}], the oracle has "
                f"[{' '.join(x[:8] for x in wanted)}]")


def check_certificate(tally, place, conversation, record):
    chain = server_chain(conversation)
    if conversation["proto"] not in ("tcp", "quic") or not chain:
        return
    leaf = chain[0]
    check_chain(tally, place, (record["tls"] or {}).get("certificate"), chain)
    ours = (record["tls"] or {}).get("certificate")
    if ours is None:
        hidden = (record["tls"] or {}).get("certificate_hidden")
        tally.check("certificate", False,
                    f"{place}: no certificate ({hidden or 'no TLS'}), the oracle has "
                    f"{leaf.get('subject_cn')} by {leaf.get('issuer_cn')}")
        return
    leaf = leaf | {"san": hosts_of(leaf.get("san", []))}
    wrong = [f"{key} is {ours.get(key)}, the oracle has {leaf[key]}"
             for key in ("sha256", "subject_cn", "subject_o", "issuer_cn", "issuer_o",
                         "not_before", "not_after", "san")
             if key in leaf and (ours.get(key) or None) != (leaf[key] or None)]
    tally.check("certificate", not wrong, f"{place}: certificate: {'; '.join(wrong)}")


def check_connect(tally, place, conversation, record):
    wanted = [target for target in conversation.get("http_connect", [])
              if AUTHORITY.match(target)]
    if not wanted:
        return
    http = record["http"] or {}
    good = (http.get("method") == "CONNECT" and
            (http.get("host") or "").lower() in [target.lower() for target in wanted])
    tally.check("connect", good,
                f"{place}: HTTP is {http.get('method')} {http.get('host')}, the oracle has "
                f"CONNECT {', '.join(wanted)}")


def check_socks(tally, place, conversation, record):
    """The oracle mixes what was asked for with what the proxy answered, and keeps no name:
    where SOCKS 4a sends one it has 0.0.0.1."""
    wanted = [target for target in conversation.get("socks_target", [])
              if not target.endswith(":?")]
    if not wanted:
        return
    ours = ((record.get("socks") or {}).get("target") or "").replace("[", "").replace("]", "")
    host, _, port = ours.rpartition(":")
    is_name = any(target.startswith("0.0.0.") and target.endswith(":" + port)
                  for target in wanted) and re.search("[a-z]", host)
    tally.check("socks", is_name or ours.lower() in [target.lower() for target in wanted],
                f"{place}: SOCKS target is {ours or 'null'}, the oracle has "
                f"{', '.join(wanted)}")


def check_ja4(tally, capture, records):
    """JA4 as its authors' own program tells it, by ends: it numbers streams its own way."""
    opinion = capture.parent / "oracle" / (capture.name + ".ja4.json")
    if not opinion.is_file():
        return
    found = {}
    for record in records:
        found.setdefault(fr.directed(record)[1:], []).append(record)
    for entry in json.loads(opinion.read_text(encoding="utf-8")):
        if "JA4.1" not in entry:
            continue
        ends = (fr.number_of(entry["src"]), int(entry["srcport"]),
                fr.number_of(entry["dst"]), int(entry["dstport"]))
        ours = [(record["tls"] or {}).get("ja4") for record in found.get(ends, [])]
        tally.check("ja4", entry["JA4.1"] in ours,
                    f"{capture.parent.name}/{capture.name} stream {entry['stream']}: ja4 is "
                    f"{', '.join(map(str, ours)) or 'null'}, its authors have "
                    f"{entry['JA4.1']}")


def check_dns(tally, place, conversation, record, answers):
    """The newest answer to this client that gave the server's address, and its aliases."""
    fitting = [answer for answer in answers
               if answer["client"] == conversation["client_ip"] and
               conversation["server_ip"] in answer["a"] + answer["aaaa"] and
               0 <= conversation["first_ts"] - answer["t"] <= HOUR_SECONDS]
    if not fitting or not record.get("client"):
        return
    newest = max(fitting, key=lambda answer: (answer["t"], answer["frame"]))
    wanted = [newest["q"].lower(), *(name.lower() for name in newest["cname_chain"])]
    dns = record["dns"] or {"name": "", "chain": []}
    ours = [dns["name"], *dns["chain"]]
    tally.check("dns", ours == wanted,
                f"{place}: name by DNS is {' > '.join(ours) or 'null'}, the oracle has "
                f"{' > '.join(wanted)}")


def compare(tally, name, conversations, records, answers=()):
    """Compares one capture; gives the number of records that no conversation explains."""
    pairs, left = pair_up(conversations, records)
    for conversation, record in pairs:
        place = f"{name} {conversation['proto']}.stream {conversation['stream']}"
        tally.check("conversation", record is not None,
                    f"{place}: no flow for {fr.spell(tuple_of(conversation))} "
                    f"({conversation['pkts_c2s']}+{conversation['pkts_s2c']} packets, "
                    f"frame {conversation['first_frame']})")
        if record is None:
            # What the flow should have told is missing as well, and counts as such.
            record = {"tls": None, "http": None, "socks": None, "dns": None}
        else:
            check_client(tally, place, conversation, record)
        check_tls(tally, name, place, conversation, record)
        check_connect(tally, place, conversation, record)
        check_socks(tally, place, conversation, record)
        check_dns(tally, place, conversation, record, answers)
    return left


def read_capture(tally, program, capture, oracle):
    command = [program, "flows", "--ndpi", "off"]
    if oracle.get("keylog") and fr.takes_keylog(program):
        command += ["-k", capture.parent / oracle["keylog"]]
    result = fr.run(command + [capture])
    problem = fr.trouble(result)
    if problem is None and result.code not in (0, 1, 4):
        problem = f"ended with {result.code}: {result.errors.strip()[:200]}"
    records = []
    if problem is None:
        try:
            records = fr.read_records(result.output)
        except ValueError as error:
            problem = f"printed what is no flow record: {error}"
    tally.check("run", problem is None, f"{capture.name}: flows {problem}")
    return records


def compare_group(program, folder, verbose):
    tally, captures, extra = fr.Tally(), 0, 0
    for capture in captures_of(folder):
        oracle = json.loads(oracle_of(capture).read_text(encoding="utf-8"))
        conversations = [c for c in oracle["conversations"] if is_comparable(c)]
        records = read_capture(tally, program, capture, oracle)
        left = compare(tally, f"{folder.name}/{capture.name}", conversations, records,
                       oracle.get("dns_answers", []))
        check_ja4(tally, capture, records)
        captures += 1
        if oracle.get("conversations_cut_to"):
            continue
        extra += len(left)
        if verbose:
            for record in left:
                print(f"extra: {folder.name}/{capture.name} flow {record['id']}: "
                      f"{fr.spell(fr.directed(record))} from {record['start']}")
    return tally, captures, extra


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("corpora", type=pathlib.Path)
    parser.add_argument("--groups", default=GROUPS)
    parser.add_argument("--conversations", type=float, default=99.0, metavar="PERCENT")
    parser.add_argument("--clients", type=float, default=98.0, metavar="PERCENT")
    parser.add_argument("--names", type=float, default=99.5, metavar="PERCENT")
    parser.add_argument("--quic-names", type=float, default=99.0, metavar="PERCENT")
    parser.add_argument("--certificates", type=float, default=99.5, metavar="PERCENT")
    parser.add_argument("--versions", type=float, default=99.5, metavar="PERCENT")
    parser.add_argument("--fingerprints", type=float, default=99.5, metavar="PERCENT")
    parser.add_argument("--connects", type=float, default=100.0, metavar="PERCENT",
                        help="of CONNECT and of SOCKS targets")
    parser.add_argument("--dns", type=float, default=98.0, metavar="PERCENT")
    parser.add_argument("--verbose", action="store_true",
                        help="also print the flows that the oracle does not have")
    return parser.parse_args()


def main():
    options = read_arguments()
    rows = [["group", "captures", "conversations", "clients", "TCP names",
             "QUIC names", "versions", "JA3", "JA3S", "JA4", "certificates", "chains",
             "CONNECT", "SOCKS", "DNS names", "extra flows"]]
    total, all_captures, all_extra = fr.Tally(), 0, 0
    for group in options.groups.split(","):
        folder = options.corpora / group
        if not folder.is_dir():
            print(f"{folder} is not there", file=sys.stderr)
            return 2
        tally, captures, extra = compare_group(options.program, folder, options.verbose)
        rows.append([group, captures, *(tally.cell(kind) for kind in KINDS), extra])
        total.add(tally)
        all_captures, all_extra = all_captures + captures, all_extra + extra
    rows.append(["all", all_captures, *(total.cell(kind) for kind in KINDS), all_extra])
    for kind, sentence in total.sentences:
        print(f"{kind}: {sentence}")
    fr.print_table(rows)
    wanted = [("captures read", "run", 100.0), ("conversations found", "conversation",
              options.conversations), ("clients", "client", options.clients),
               ("TCP server names", "sni", options.names),
              ("QUIC server names", "quic-sni", options.quic_names),
              ("TLS versions", "version", options.versions),
              ("JA3", "ja3", options.fingerprints), ("JA3S", "ja3s", options.fingerprints),
              ("JA4", "ja4", 100.0),
              ("leaf certificates", "certificate", options.certificates),
              ("certificate chains", "chain", options.certificates),
              ("TLS left alone", "left-alone", 100.0),
              ("CONNECT hosts", "connect", options.connects),
              ("SOCKS targets", "socks", options.connects),
              ("names by DNS", "dns", options.dns)]
    return fr.conclude([(name, total.percent(kind), target, f" ({total.cell(kind)})")
                        for name, kind, target in wanted])


if __name__ == "__main__":
    sys.exit(main())
