#!/usr/bin/env python3
"""Holds the codes that scripts rely on in step: the program, reports/FORMAT.md, the schemas.

    test_codes.py [ROOT]

Reasons and kinds of verdicts, findings and their texts, reasons for no score, the words of
flow records, the columns of the CSV form: each that the program can say is told to users, and
the schemas allow these and no others. Detectors are held to the table of reasons and kinds
whenever a test judges a flow (tests/judge_world.h).
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
ROOT = ROOT if ROOT.is_dir() else ROOT.parent.parent
QUESTIONS = ("hairpin", "proxy", "interception")
problems = []


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


FORMAT = read("reports/FORMAT.md")
TOLD = set(re.findall(r"`([^`\n]+)`", FORMAT))


def expect_told(what, codes):
    if not codes:
        problems.append(f"{what}: no codes were found in the sources")
    for code in codes:
        if code not in TOLD:
            problems.append(f"{what} {code} is not in reports/FORMAT.md")


def expect_same(what, in_program, in_schema):
    for code in sorted(set(in_program) - set(in_schema)):
        problems.append(f"{what} {code} is not in the schema")
    for code in sorted(set(in_schema) - set(in_program)):
        problems.append(f"{what} {code} is in the schema alone")


def objects(document):
    """Every object of a schema, outermost first."""
    if isinstance(document, dict):
        yield document
        for value in document.values():
            yield from objects(value)
    elif isinstance(document, list):
        for value in document:
            yield from objects(value)


def enum_of(schema, *beside):
    """The words that the schema allows the first key, in the object that has all of the keys."""
    for found in objects(schema):
        properties = found.get("properties")
        if isinstance(properties, dict) and set(beside) <= set(properties):
            value = properties[beside[0]]
            value = value.get("items", value)
            if "$ref" in value:
                value = schema["$defs"][value["$ref"].rsplit("/", 1)[1]]
            return [word for word in value.get("enum", []) if word is not None]
    return []


def table(path, name):
    """The body of the array `name` in a source."""
    found = re.search(rf"\b{name}\[\w*\] = \{{(.*?)\n?\}};", read(path), re.S)
    return found.group(1) if found else ""


def words_of(path, function):
    """The words of the array `texts` in a function."""
    found = re.search(rf"{function}\([^;]*?\)\n\{{.*?texts\[\w*\] = \{{(.*?)\}};", read(path), re.S)
    return re.findall(r'"([^"]+)"', found.group(1)) if found else []


def check_verdicts(flow, report):
    all_kinds = []
    for name in ("reason", "kind"):
        rows = re.findall(r'\{ QUESTION_(\w+),\s*"([^"]+)"',
                          table("analyzer/verdict_codes.c", name + "s"))
        for question in QUESTIONS:
            codes = [code for asked, code in rows if asked.lower() == question]
            expect_told(f"{question} {name}", codes)
            verdicts = next(found["properties"] for found in objects(flow)
                            if set(QUESTIONS) <= set(found.get("properties", {})))
            expect_same(f"{question} {name}", codes,
                        [word for word in verdicts[question]["properties"][name]["enum"] if word])
            all_kinds += codes if name == "kind" else []
    expect_same("kind of a site's verdicts", all_kinds, enum_of(report, "kind", "state", "flows"))


def check_findings(report):
    texts = json.loads(read("reports/texts/en.json"))
    sources = [*ROOT.glob("analyzer/*.c"), *ROOT.glob("analyzer/detectors/*.c")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    kinds = set(re.findall(r'findings_add\(\s*&?[\w>.-]+,\s*"([^"]+)"', code))
    kinds |= set(re.findall(r'^ +\{ "([\w-]+)", "[\w-]+",', table("analyzer/capture_findings.c",
                                                                "faults"), re.M))
    allowed = enum_of(report, "kind", "severity")
    expect_told("finding", kinds | set(allowed))
    for kind in sorted(kinds - set(allowed)):
        problems.append(f"finding {kind} is not in the schema")
    expect_told("text of findings", list(texts["findings"]))
    expect_same("text of findings", texts["findings"], enum_of(report, "text", "severity"))
    expect_told("score_reason", list(texts["score-reasons"]))
    expect_same("score_reason", texts["score-reasons"], enum_of(report, "score_reason"))
    said = re.search(r"score_reason =((?:[^;](?!NULL))*);", read("analyzer/site_fold_rtt.c"))
    expect_same("score_reason", re.findall(r'"([^"]+)"', said.group(1) if said else ""),
                texts["score-reasons"])


def check_flows(flow):
    for key, path, function, *beside in (
            ("client_by", "analyzer/flow_record.c", "client_by_text"),
            ("partial", "analyzer/flow_record.c", "partial_text"),
            ("ended_by", "analyzer/flow_record.c", "flow_end_text"),
            ("certificate_hidden", "analyzer/flow_record.c", "certificate_hidden_text")):
        words = words_of(path, function)
        expect_told(key, words)
        expect_same(key, words, enum_of(flow, key))
    classes = words_of("analyzer/rtt.c", "rtt_class_text")
    expect_told("class", classes)
    for found in objects(flow):
        if "classes" in found.get("properties", {}):
            expect_same("class", classes, found["properties"]["classes"]["propertyNames"]["enum"])
    heading = re.search(r"heading\[\] =\n(.*?);", read("reports/flow_csv.c"), re.S)
    columns = "".join(re.findall(r'"([^"]*)"', heading.group(1))).replace("\\r\\n", "").split(",")
    expect_told("CSV column", columns)


def check_fields(name, schema):
    """Each field of a document is told, by itself or behind a dot."""
    parts = {part for told in TOLD for part in re.split(r"[.\[\]{}\", ]+", told)}
    for found in objects(schema):
        for field in found.get("properties", {}) if found.get("type") else ():
            if field not in parts:
                problems.append(f"{name}: field {field} is not in reports/FORMAT.md")


def main():
    flow = json.loads(read("reports/schema/flow.json"))
    report = json.loads(read("reports/schema/report.json"))
    check_verdicts(flow, report)
    check_findings(report)
    check_flows(flow)
    check_fields("flow", flow)
    check_fields("report", report)
    for problem in dict.fromkeys(problems):
        print(problem, file=sys.stderr)
    print(f"{len(TOLD)} words told, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
