#!/usr/bin/env python3
"""Holds what the program says against captures whose truth is known.

    compare_lab.py PROGRAM LAB_DIR [--only SCENARIO,...] [--together SCENARIO,...]

Each folder of LAB_DIR holds captures of one emulated network, `assessment.json` and
`truth.json`: what every connection was, and what each capture can show of it.

Alone: `flows` reads each capture by itself. Checked are what is Office 365, both handshake
round trips, and the verdicts on proxies and interception. Together: `analyze` reads all
captures of a scenario. Checked are the hairpin verdicts, which flows were found to be the
same, and the findings. Captures that were degraded on purpose are reported apart and do not
count, except that nothing may be claimed of them that is not so.
"""
import argparse
import collections
import json
import pathlib
import sys
import tempfile

import flow_records as fr

# What the published list says of the names in the captures: service, category.
HOSTS = {
    "outlook.office365.com": ("Exchange", "Optimize"),
    "outlook.office.com": ("Exchange", "Optimize"),
    "contoso.sharepoint.com": ("SharePoint", "Optimize"),
    "contoso-my.sharepoint.com": ("SharePoint", "Optimize"),
    "teams.microsoft.com": ("Skype", "Allow"),
    "presence.teams.microsoft.com": ("Skype", "Allow"),
    "euaz.relay.teams.microsoft.com": ("Skype", "Allow"),
    "login.microsoftonline.com": ("Common", "Allow"),
    "login.windows.net": ("Common", "Allow"),
    "portal.office.com": ("Common", "Default"),
    "res.cdn.office.net": ("Common", "Default"),
}
MEDIA = ("Skype", "Optimize")  # UDP 3478 to Teams: no name, told by address and port
# Findings that the contract names and the program does not look for yet.
NOT_BUILT = {"dns-mismatch"}
SERVICE_AREAS = {"exchange": "Exchange", "sharepoint": "SharePoint", "teams": "Skype",
                 "login": "Common", "common": "Common", "cdn": "Common"}
DEGRADED = {"imperfect"}

TOLERANCE_MS = 0.5
LATE_MS_PER_LINK = 0.15  # the emulator's wake-up, as its documentation tells
NEAR_SECONDS = 3.0

ALONE = ["run", "found", "office365", "category", "other", "rtt", "explicit", "auth",
         "proxy-false", "cloud", "visible", "visible-default", "intercept-false", "hidden"]
TOGETHER = ["whole", "backhaul", "direct", "hairpin-no", "pairs", "false-pairs", "findings"]
TITLES = {
    "run": "captures read", "found": "legs found", "office365": "Office 365",
    "category": "category", "other": "not Office 365", "rtt": "handshake RTT",
    "visible-default": "of Default hosts",
    "explicit": "explicit proxy", "auth": "proxy answers", "proxy-false": "no false proxy",
    "cloud": "cloud proxy", "visible": "visible interception",
    "intercept-false": "no false interception", "hidden": "hidden stays unknown",
    "whole": "report whole", "backhaul": "backhaul found", "direct": "direct not hairpin",
    "hairpin-no": "backhaul never no", "pairs": "pairs found",
    "false-pairs": "pairs right", "findings": "findings",
}

Leg = collections.namedtuple("Leg", "flow leg seen capture")


class Truth:
    def __init__(self, folder):
        self.folder = folder
        self.facts = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        self.name = folder.name
        self.captures = {c["id"]: c for c in self.facts["captures"]}
        self.flows = {f["id"]: f for f in self.facts["flows"]}
        self.microsoft = [fr.ipaddress.ip_network(owner["prefix"])
                          for name, owner in self.facts["stacks"]["owners"].items()
                          if name.startswith("Microsoft")]
        self.microsoft += [fr.ipaddress.ip_network(to)
                           for source, to in self.facts["address_map"]
                           if source.startswith("fd00:18:") and source != "fd00:18:10::/48"]

    def files(self, capture):
        names = capture.get("files") or [capture["file"]]
        return [self.folder / name for name in names]

    def all_files(self):
        return [path for capture in self.captures.values() for path in self.files(capture)]

    def is_degraded(self, capture):
        return self.name in DEGRADED and bool(capture["imperfections"])

    def legs(self, capture):
        return [Leg(flow, leg, leg["captures"][capture["id"]], capture)
                for flow in self.facts["flows"] for leg in flow["legs"]
                if capture["id"] in leg["captures"]]

    def capture_of_file(self, name):
        return next((c for c in self.captures.values()
                     if pathlib.PurePath(name).name in [p.name for p in self.files(c)]), None)

    def is_microsoft(self, address):
        return any(address in prefix for prefix in self.microsoft)


# ---- truth leg and flow record ------------------------------------------------------

def tuple_of(leg):
    return (leg["proto"], fr.number_of(leg["client_ip"]), leg["client_port"],
            fr.number_of(leg["server_ip"]), leg["server_port"])


def distance(record, leg):
    """Seconds between the record and the flow, 0 where they overlap."""
    clock = leg.capture["clock"]
    drift = abs(clock["drift_ppm"]) * 1e-6 * 120
    begin = leg.flow["start"] + clock["offset_s"] - drift
    end = (leg.flow["end"] or leg.flow["start"]) + clock["offset_s"] + drift
    return max(0.0, begin - fr.end_of(record), fr.start_of(record) - end)


def assign(legs, records):
    """{id(record): leg}, and the legs that no record shows.

    A record shows one leg, but for a proxy that asks again on a connection it kept open.
    """
    waiting = collections.defaultdict(list)
    for record in records:
        waiting[fr.undirected(fr.directed(record))].append(record)
    shown, missing, kept_open = {}, [], set()
    for leg in sorted(legs, key=lambda one: one.flow["start"]):
        key = fr.undirected(tuple_of(leg.leg))
        best = min(waiting[key], key=lambda record: distance(record, leg), default=None)
        if best is None or distance(best, leg) > NEAR_SECONDS:
            if key not in kept_open:
                missing.append(leg)
            continue
        waiting[key].remove(best)
        shown[id(best)] = leg
        if leg.leg.get("role") == "proxy-server":
            kept_open.add(key)
    return shown, missing


def place_of(truth, leg, record=None):
    told = f"{truth.name}/{leg.capture['id']} {leg.flow['id']} {leg.leg['leg']}"
    return f"{told} (flow {record['id']})" if record else told


def is_of_client(leg):
    """The user's own connection, before or behind NAT; not the one that a proxy opens."""
    return leg.leg["leg"].startswith("client")


def is_explicit(leg):
    return is_of_client(leg) and leg.flow.get("via") == "explicit_proxy"


def expected_m365(leg):
    """(service, category) of the published list, or None where it is no Office 365."""
    if leg.flow["category"] != "m365":
        return None
    if leg.leg["proto"] == "udp" and leg.leg["server_port"] == 3478:
        return MEDIA
    return HOSTS.get(leg.flow["sni"], (SERVICE_AREAS[leg.flow["service"]], None))


def wants_identity(leg):
    """Whether the capture holds what the name or the address can be told by."""
    service = expected_m365(leg)
    if service is None:
        return False
    told_by_name = leg.seen.get("sni_in_capture", leg.leg["proto"] == "udp")
    has_published_address = service[1] != "Default" and not is_explicit(leg) and \
        not leg.flow["path_class"] == "cloud_proxy" and leg.flow.get("via") != "cloud_proxy"
    connects = bool((leg.flow.get("proxy") or {}).get("connect_requests")) and is_explicit(leg)
    return told_by_name or has_published_address or connects


# ---- alone ----------------------------------------------------------------------------

def check_identity(tally, truth, leg, record):
    wanted, m365 = expected_m365(leg), record["m365"]
    place = place_of(truth, leg, record)
    if wanted is None:
        tally.check("other", m365 is None or m365["breadth"] != "specific",
                    f"{place}: {leg.flow['sni']} at {leg.leg['server_ip']} is taken for "
                    f"{m365 and m365['service']} by {m365 and m365['matched_by']}")
        return
    if not wants_identity(leg):
        return
    service, category = wanted
    told = f"{m365['service']} {m365['category']} {m365['breadth']}" if m365 else "null"
    good = m365 is not None and m365["service"] == service
    if category in ("Optimize", "Allow"):
        good = good and m365["breadth"] == "specific"
    if tally.check("office365", good, f"{place}: {leg.flow['sni']} at {leg.leg['server_ip']} "
                                      f"should be {service}, is {told}") and category:
        tally.check("category", m365["category"] == category or not
                    leg.seen.get("sni_in_capture", True),
                    f"{place}: {leg.flow['sni']} should be {category}, is {told}")


def applied(leg, link):
    """What the emulator did to the connection on this link: known of one of its legs."""
    stem = leg.leg["leg"].split("-nat")[0]
    for sibling in leg.flow["legs"]:
        if sibling["leg"].split("-nat")[0] == stem and link in sibling["emulator_applied"]:
            return sibling["emulator_applied"][link]
    return None


def expected_rtt(leg, side):
    """(least, most) milliseconds of one side, or None where packets were lost there.

    Where the delay is constant the two are 0.15 ms per link apart, or as far as the
    emulator was late with a packet of this very flow. Waiting in a full queue is not in it.
    """
    near = set(leg.capture["client_side_links"])
    links = [link for link in leg.leg["path"] if (link in near) == (side == "client")]
    least = most = 0.0
    for link in links:
        done = applied(leg, link)
        if done is None:
            least += leg.leg["configured_rtt_ms"][link]
            most += leg.leg["configured_rtt_ms"][link] + LATE_MS_PER_LINK
            continue
        if done["up"]["drop"] or done["down"]["drop"]:
            return None
        least += done["up"]["min"] + done["down"]["min"]
        late = done["up"]["late_max"] + done["down"]["late_max"]
        most += done["up"]["max"] + done["down"]["max"] + max(late, LATE_MS_PER_LINK)
    told = leg.seen[f"rtt_to_{side}_ms"]
    configured = sum(leg.leg["configured_rtt_ms"][link] for link in links)
    if abs(told - configured) > 0.01:  # the vantage point is not where its links say
        least, most = least + told - configured, most + told - configured
    return least, most if links else most + LATE_MS_PER_LINK


def check_rtt(tally, truth, leg, record):
    if leg.leg["proto"] != "tcp" or "syn" not in leg.seen or "syn_ack" not in leg.seen:
        return
    for side in ("server", "client"):
        expected = expected_rtt(leg, side)
        if expected is None:
            continue
        measured = record["rtt"]["handshake"][f"{side}_ms"]
        good = measured is not None and \
            expected[0] - TOLERANCE_MS <= measured <= expected[1] + TOLERANCE_MS
        tally.check("rtt", good,
                    f"{place_of(truth, leg, record)}: handshake to the {side} took {measured} "
                    f"ms, should be {expected[0]:.2f} to {expected[1]:.2f} ms")


def verdict_of(record, question):
    return record["verdicts"][question] or {
        "state": "unknown", "kind": None, "reason": None, "issuer": None}


def claims(verdict):
    return verdict["state"] in ("yes", "likely")


def check_proxy(tally, truth, leg, record):
    verdict, place = verdict_of(record, "proxy"), place_of(truth, leg, record)
    told = f"{verdict['state']}/{verdict['kind']} ({verdict['reason']})"
    is_plain = leg.flow["tls"] is None  # http:// through the proxy: no CONNECT
    if is_explicit(leg):
        good = verdict["state"] == "yes" and verdict["kind"] == "explicit"
        tally.check("explicit", good, f"{place}: goes to the proxy at {leg.leg['server_ip']}"
                                      f"{' in plain HTTP' if is_plain else ''}, is {told}")
        statuses = [r["status"] for r in leg.flow["proxy"].get("connect_requests") or []]
        if statuses and leg.leg["leg"] == "client":
            ours = (record["http"] or {}).get("statuses")
            tally.check("auth", ours == statuses, f"{place}: the proxy answered {statuses}, "
                                                  f"the record has {ours}")
        return
    is_cloud = is_of_client(leg) and leg.flow.get("via") == "cloud_proxy"
    is_box = is_of_client(leg) and leg.flow.get("via") == "transparent_proxy"
    if is_cloud and leg.flow["category"] == "m365":
        tally.check("cloud", claims(verdict) and verdict["kind"] == "cloud",
                    f"{place}: {leg.flow['sni']} at the cloud proxy's address "
                    f"{leg.leg['server_ip']} is {told}")
    allowed = {"cloud"} if is_cloud else {"transparent"} if is_box else set()
    tally.check("proxy-false", not claims(verdict) or verdict["kind"] in allowed,
                f"{place}: {leg.flow['path_class']}, is said to go through a proxy: {told}")


def check_interception(tally, truth, leg, record):
    facts = leg.flow["tls"]
    verdict, place = verdict_of(record, "interception"), place_of(truth, leg, record)
    told = f"{verdict['state']} ({verdict['reason']}, issuer {verdict['issuer']})"
    is_opened = bool(facts and facts["intercepted"] and is_of_client(leg))
    is_visible = leg.seen.get("issuer_in_capture", False)
    is_office365 = leg.flow["category"] == "m365"
    if not is_opened:
        tally.check("intercept-false", not claims(verdict),
                    f"{place}: nothing opens this TLS, is said to be {told}")
    elif is_visible and is_office365:
        good = verdict["state"] == "yes" and verdict["issuer"] == facts["interceptor_ca"]
        kind = "visible-default" if expected_m365(leg)[1] == "Default" else "visible"
        tally.check(kind, good, f"{place}: opened, with a certificate by "
                                     f"{facts['interceptor_ca']}; is {told}")
    if facts and not is_visible:
        tally.check("hidden", verdict["state"] == "unknown" or
                    is_opened and verdict["state"] != "no",
                    f"{place}: the certificate is not in the capture, is {told}")


def check_unmatched(tally, truth, capture, record):
    """A record that is none of the truth's connections: DNS and the like."""
    m365, server = record["m365"], fr.number_of(record["server"]["ip"])
    place = f"{truth.name}/{capture['id']} flow {record['id']}"
    tally.check("other", m365 is None or m365["breadth"] != "specific" or
                truth.is_microsoft(server),
                f"{place}: {fr.spell(fr.directed(record))} is taken for "
                f"{m365 and m365['service']} by {m365 and m365['matched_by']}")
    for question, name in (("proxy", "proxy-false"), ("interception", "intercept-false")):
        verdict = verdict_of(record, question)
        tally.check(name, not claims(verdict),
                    f"{place}: {fr.spell(fr.directed(record))} is {question} "
                    f"{verdict['state']}/{verdict['kind']} ({verdict['reason']})")


def check_capture(truth, capture, program):
    tally = fr.Tally()
    result = fr.run([program, "flows", "--ndpi", "off", "-s",
                     truth.folder / "assessment.json", *truth.files(capture)])
    problem = fr.trouble(result)
    expected = (0, 1) if truth.is_degraded(capture) else (0,)
    if problem is None and result.code not in expected:
        problem = f"ended with {result.code}: {result.errors.strip()[:200]}"
    tally.check("run", problem is None, f"{truth.name}/{capture['id']}: flows {problem}")
    if problem is not None:
        return tally, None
    records = fr.read_records(result.output)
    legs = truth.legs(capture)
    shown, missing = assign(legs, records)
    for leg in legs:
        tally.check("found", leg not in missing, f"{place_of(truth, leg)}: no flow for "
                                                 f"{fr.spell(tuple_of(leg.leg))}")
    for record in records:
        leg = shown.get(id(record))
        if leg is None:
            check_unmatched(tally, truth, capture, record)
            continue
        check_identity(tally, truth, leg, record)
        check_rtt(tally, truth, leg, record)
        check_proxy(tally, truth, leg, record)
        check_interception(tally, truth, leg, record)
    return tally, proxy_kinds(shown, records)


def proxy_kinds(shown, records):
    """How often each path was judged how: information, for what has no target."""
    counts = collections.Counter()
    for record in records:
        leg = shown.get(id(record))
        if leg is None or leg.flow["category"] != "m365":
            continue
        role = leg.flow["path_class"] if is_of_client(leg) else "beyond the proxy"
        verdict = verdict_of(record, "proxy")
        counts[role, f"{verdict['state']}/{verdict['kind']}"] += 1
    return counts


# ---- together -------------------------------------------------------------------------

def match_all(truth, records):
    """{(series, id): leg} over the records of all captures."""
    by_capture = collections.defaultdict(list)
    for record in records:
        capture = truth.capture_of_file(record["capture"])
        if capture is not None:
            by_capture[capture["id"]].append(record)
    legs = {}
    for identity, own in by_capture.items():
        shown, _ = assign(truth.legs(truth.captures[identity]), own)
        legs.update({(r["series"], r["id"]): shown[id(r)] for r in own if id(r) in shown})
    return legs


def check_hairpin(tally, truth, records, legs):
    told = collections.defaultdict(list)
    for record in records:
        leg = legs.get((record["series"], record["id"]))
        service = leg and expected_m365(leg)
        if service and service[1] in ("Optimize", "Allow"):
            told[leg.flow["id"]].append((leg, record))
    for identity, sightings in sorted(told.items()):
        flow = truth.flows[identity]
        # Nearest to the client: the fewest links between.
        nearest, record = min(sightings, key=lambda one: (
            len(one[0].capture["client_side_links"]), one[0].leg["leg"],
            one[0].seen["sightings"]))
        verdict = verdict_of(record, "hairpin")
        said = f"{verdict['state']}/{verdict['kind']} ({verdict['reason']})"
        place = place_of(truth, nearest, record)
        if flow["path_class"] == "backhaul":
            tally.check("backhaul", verdict["state"] == "yes" and verdict["kind"] ==
                        "backhaul", f"{place}: {flow['sni']} is backhauled, is {said}")
        for leg, record in sightings:
            verdict = verdict_of(record, "hairpin")
            said = f"{verdict['state']}/{verdict['kind']} ({verdict['reason']})"
            place = place_of(truth, leg, record)
            if flow["path_class"] == "backhaul":
                tally.check("hairpin-no", verdict["state"] != "no",
                            f"{place}: {flow['sni']} is backhauled, is {said}")
            if flow["path_class"] == "direct":
                tally.check("direct", not claims(verdict),
                            f"{place}: {flow['sni']} goes direct, is {said}")


def end_of_pair(legs_by_end, flow, end):
    """The record of one end of a pair of the truth; None where no record shows it."""
    transport, client, client_port, server, server_port = end["tuple"]
    key = (transport, fr.number_of(client), client_port, fr.number_of(server), server_port)
    return legs_by_end.get((flow, end["capture"], key))


def check_pairs(tally, truth, records, legs):
    edges = {(r["series"], r["id"]): {(s["series"], s["id"]) for s in r["same_as"]}
             for r in records}
    legs_by_end = {(leg.flow["id"], leg.capture["id"], tuple_of(leg.leg)): key
                   for key, leg in legs.items()}
    for pair in truth.facts["pairs"]:
        a, b = (end_of_pair(legs_by_end, pair["flow"], pair[side]) for side in "ab")
        found = a and b and (b in edges.get(a, ()) or a in edges.get(b, ()))
        tally.check("pairs", bool(found),
                    f"{truth.name} {pair['flow']}: {pair['a']['capture']} and "
                    f"{pair['b']['capture']} show the same flow ({pair['kind']}), "
                    f"{'same_as does not say so' if a and b else 'one has no record'}")
    for a, others in edges.items():
        for b in others:
            if b not in edges:
                tally.check("false-pairs", False, f"{truth.name}: {a} is the same as {b}, "
                                                  "which is no record")
            elif a in legs and b in legs:
                one, two = legs[a].flow["id"], legs[b].flow["id"]
                tally.check("false-pairs", one == two,
                            f"{truth.name}: {a} of {one} is said to be the same as {b} of "
                            f"{two}")


def check_findings(tally, truth, report):
    kinds = collections.defaultdict(set)
    for finding in report["findings"]:
        kinds[finding["kind"]].add((finding["site"], finding["service"]))
    branch, site = truth.facts["places"]["branch"], truth.facts["site"]
    if "hairpin" in site:
        found = any(where == branch for where, _ in kinds["hairpin"])
        tally.check("findings", found == site["hairpin"],
                    f"{truth.name}: hairpin is {site['hairpin']} at {branch}, found for "
                    f"{sorted(map(str, kinds['hairpin']))}")
    wanted = site.get("dns_mismatch", {}).get("services", [])
    for service in wanted if "dns-mismatch" not in NOT_BUILT else []:
        area = SERVICE_AREAS[service]
        found = any(where == branch and what in (area, None)
                    for where, what in kinds["dns-mismatch"])
        tally.check("findings", found, f"{truth.name}: the resolver hands {service} a far "
                    f"front door, no dns-mismatch was found for {area} at {branch}")
    if site.get("tls_interception") is False:
        tally.check("findings", not kinds["interception"],
                    f"{truth.name}: nothing is opened, interception was found for "
                    f"{sorted(map(str, kinds['interception']))}")
    if "media" in site:
        check_blocked(tally, truth, report)


def check_blocked(tally, truth, report):
    """Whose UDP is blocked is named, and nobody else."""
    wanted = set(truth.facts["site"]["media"]["udp_blocked_clients"])
    found = {evidence["value"].split(": ")[0] for finding in report["findings"]
             if finding["kind"] == "udp-blocked" for evidence in finding["evidence"]}
    tally.check("findings", found == wanted, f"{truth.name}: UDP is blocked for "
                f"{sorted(wanted)}, found for {sorted(found)}")


def check_report(tally, truth, folder):
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    status = {pathlib.PurePath(c["name"]).name: c["status"] for c in report["captures"]}
    for path in truth.all_files():
        tally.check("whole", status.get(path.name) == "complete",
                    f"{truth.name}: report.json has {path.name} as {status.get(path.name)}")
    return report


def check_together(truth, program):
    tally = fr.Tally()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "report"
        flows = pathlib.Path(scratch) / "flows.ndjson"
        result = fr.run([program, "analyze", "--ndpi", "off", "-s",
                         truth.folder / "assessment.json", "-o", folder, "--flows", flows,
                         *truth.all_files()], 300)
        problem = fr.trouble(result, 300)
        if problem is None and result.code != 0:
            problem = f"ended with {result.code}: {result.errors.strip()[:200]}"
        tally.check("run", problem is None, f"{truth.name}: analyze {problem}")
        if problem is not None:
            return tally
        report = check_report(tally, truth, folder)
        records = fr.read_records(flows.read_bytes())
    legs = match_all(truth, records)
    check_hairpin(tally, truth, records, legs)
    check_pairs(tally, truth, records, legs)
    check_findings(tally, truth, report)
    return tally


# ---- the whole --------------------------------------------------------------------------

def check_alone(truth, program):
    """(what counts, what is information, how proxies were judged) of one scenario."""
    counted, degraded, kinds = fr.Tally(), {}, collections.Counter()
    for capture in truth.captures.values():
        tally, judged = check_capture(truth, capture, program)
        if truth.is_degraded(capture):
            degraded[capture["id"]] = tally
            # False claims count, however bad the capture is.
            for name in ("run", "proxy-false", "intercept-false", "other"):
                counted.passed[name] += tally.passed[name]
                counted.failed[name] += tally.failed[name]
                counted.sentences += [s for s in tally.sentences if s[0] == name]
        else:
            counted.add(tally)
            kinds.update(judged or {})
    return counted, degraded, kinds


def print_sentences(tally, limit):
    shown = collections.Counter()
    for name, sentence in tally.sentences:
        shown[name] += 1
        if shown[name] <= limit:
            print(f"{TITLES[name]}: {sentence}")
    for name, count in shown.items():
        if count > limit:
            print(f"{TITLES[name]}: and {count - limit} more")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("lab", type=pathlib.Path, help="folder of the scenarios' folders")
    parser.add_argument("--only", help="scenarios, with commas; default: all that are there")
    parser.add_argument("--together", default="backhaul,mixed", metavar="SCENARIO,...",
                        help="scenarios whose captures are also analysed together")
    parser.add_argument("--rtt", type=float, default=95.0, metavar="PERCENT")
    parser.add_argument("--pairs", type=float, default=98.0, metavar="PERCENT")
    parser.add_argument("--default-hosts", type=float, default=100.0, metavar="PERCENT",
                        help="visible interception of hosts of the category Default")
    parser.add_argument("--others", type=float, default=100.0, metavar="PERCENT",
                        help="everything else")
    parser.add_argument("--limit", type=int, default=20, metavar="N",
                        help="sentences printed for each kind of failure")
    return parser.parse_args()


def scenarios(options):
    folders = sorted(p.parent for p in options.lab.glob("*/truth.json"))
    if not folders:
        folders = sorted(p.parent for p in options.lab.glob("captures/*/truth.json"))
    if options.only:
        folders = [f for f in folders if f.name in options.only.split(",")]
    return folders


def print_scenario_tables(alone, together, degraded):
    print("\nEach capture alone, degraded ones left out")
    fr.print_table([["scenario", *(TITLES[n] for n in ALONE)]] +
                   [[name, *(tally.cell(n) for n in ALONE)] for name, tally in alone])
    if together:
        print("\nAll captures of a scenario together")
        fr.print_table([["scenario", *(TITLES[n] for n in TOGETHER)]] +
                       [[name, *(tally.cell(n) for n in TOGETHER)]
                        for name, tally in together])
    if degraded:
        print("\nDegraded captures, for information")
        names = [n for n in ALONE if n not in ("cloud", "explicit", "auth", "visible",
                                            "visible-default")]
        fr.print_table([["capture", *(TITLES[n] for n in names)]] +
                       [[name, *(tally.cell(n) for n in names)] for name, tally in degraded])


def main():
    options = read_arguments()
    folders = scenarios(options)
    if not folders:
        print(f"{options.lab}: no truth.json below", file=sys.stderr)
        return 2
    total, alone, together, degraded = fr.Tally(), [], [], []
    for folder in folders:
        truth = Truth(folder)
        counted, apart, kinds = check_alone(truth, options.program)
        alone.append((truth.name, counted))
        degraded += [(f"{truth.name}/{name}", tally) for name, tally in apart.items()]
        total.add(counted)
        for (role, said), count in sorted(kinds.items()):
            print(f"proxy verdicts: {truth.name}: {role}: {said} {count}")
        if truth.name in options.together.split(","):
            tally = check_together(truth, options.program)
            together.append((truth.name, tally))
            total.add(tally)
    print_sentences(total, options.limit)
    alone.append(("all", total))
    print_scenario_tables(alone, together, degraded)
    print()
    wanted = {"rtt": options.rtt, "pairs": options.pairs,
              "visible-default": options.default_hosts}
    names = [n for n in ALONE + (TOGETHER if together else []) if total.total(n) or
             not options.only]
    return fr.conclude([(TITLES[n], total.percent(n), wanted.get(n, options.others),
                         f" ({total.cell(n)})") for n in names])


if __name__ == "__main__":
    sys.exit(main())
