#!/usr/bin/env python3
"""usage: data_sources.py [-v] [-m] [-k NAME] [--spl PROGRAM] [--app DIR]... FOLDER

Runs the example log of each published data source through the program, with its sourcetype and source, and prints how
many of the fields that the source lists come out. -v also lists the fields that are missing; -m those of the Common
Information Model that hold something else than the raw field that the source's field_mappings names for them. With no
FOLDER there, says so and succeeds. Fields that only an indexer makes are not counted, nor are examples that hold only a time stamp."""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

INDEXER = {"punct", "linecount", "timeendpos", "timestartpos", "index"}


def indexer_made(field):
    return field in INDEXER or field.startswith(("date_", "splunk_server"))


# ---- as much YAML as these files hold: top-level scalars and lists of scalars ----

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f", "e": "\x1b", "a": "\a", "v": "\v"}


def fold(lines):
    """The text of a flow scalar's lines: one break is a space, n+1 breaks are n."""
    out = lines[0].rstrip() if len(lines) > 1 else lines[0]
    breaks = 0
    for i, line in enumerate(lines[1:], 1):
        line = line.strip() if i < len(lines) - 1 else line.lstrip()
        if not line and i < len(lines) - 1:
            breaks += 1
            continue
        out += ("\n" * breaks if breaks else " ") + line
        breaks = 0
    return out


def double_quoted(text):
    text = re.sub(r"\\[ \t]*\n[ \t]*", "\0join\0", text)
    lines = text.split("\n")
    text = fold(lines).replace("\0join\0", "")

    def escape(m):
        e = m.group(1)
        if e[0] in "xuU":
            return chr(int(e[1:], 16))
        return ESCAPES.get(e, e)

    return re.sub(r"\\(x..|u....|U........|.)", escape, text, flags=re.S)


def scalar(lines):
    """The value of a key whose text is LINES, the first being what follows the colon."""
    first = lines[0].strip()
    if re.fullmatch(r"[|>][-+]?\d?", first):
        body = lines[1:]
        indent = min((len(l) - len(l.lstrip()) for l in body if l.strip()), default=0)
        text = "\n".join(l[indent:] for l in body).rstrip("\n")
        return text if first[0] == "|" else fold(text.split("\n"))
    text = "\n".join([first] + lines[1:]).strip()
    if text.startswith("'"):
        return fold(text[1:text.rindex("'")].split("\n")).replace("''", "'")
    if text.startswith('"'):
        return double_quoted(text[1:text.rindex('"')])
    return fold(text.split("\n"))


def read(path):
    """{key: text or list of texts} of the file's top level; lists of mappings come out as nonsense that nobody asks for."""
    result, key, lines = {}, None, []
    with open(path, encoding="utf-8") as file:
        source = file.read().split("\n")
    for line in source + ["end:"]:
        m = re.match(r"([A-Za-z_]\w*):(?:\s(.*))?$", line)
        if not m:
            lines.append(line)
            continue
        if key:
            while len(lines) > 1 and not lines[-1].strip():
                lines.pop()
            items = [l.lstrip()[2:] for l in lines[1:] if l.lstrip().startswith("- ")]
            result[key] = [scalar([l]) for l in items] if not lines[0].strip() and items else scalar(lines)
        key, lines = m.group(1), [m.group(2) or ""]
    return result


def mappings(path):
    """(raw field, CIM field) pairs of the field_mappings to the Common Information Model."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    begin = next((i for i, l in enumerate(lines) if l.startswith("field_mappings:")), None)
    pairs, model = [], None
    for line in lines[begin + 1:] if begin is not None else []:
        if re.match(r"[A-Za-z_]", line):
            break
        m = re.match(r"\s*-?\s*data_model:\s*(\S+)", line)
        if m:
            model = m.group(1)
        m = re.match(r"\s+([\w|]+):\s*\w+\.(\w+)", line)
        if m and model == "cim":
            pairs.append(m.groups())
    return pairs


def differences(path, have):
    for raw, field in mappings(path):
        name, _, modifier = raw.partition("|")
        wanted = have.get(name)
        if modifier == "endswith" and isinstance(wanted, str):
            wanted = re.sub(r"^.*[\\/]", "", wanted)
        if wanted is not None and wanted != have.get(field):
            yield "%s: %s has %s, %s says %s" % (raw, field, json.dumps(have.get(field)), name, json.dumps(wanted))


# ---- the measurement ----

def fields_of(spl, apps, source, example):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "example")
        with open(path, "w", encoding="utf-8", newline="") as out:
            out.write(example.rstrip("\n") + "\n")
        command = [spl, "run", "--no-progress", "-f", "ndjson", "--sourcetype", source["sourcetype"],
                   "--source", source["source"]]
        for app in apps:
            command += ["--app", app]
        run = subprocess.run(command + ["-e", "index=* | head 1", path], capture_output=True, timeout=60)
    line = run.stdout.decode("utf-8", "replace").split("\n")[0]
    return (json.loads(line) if line else {}), run.stderr.decode("utf-8", "replace")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", action="store_true")
    parser.add_argument("-m", action="store_true")
    parser.add_argument("-k", default="")
    parser.add_argument("--spl", default=os.environ.get("SPL", "build/spl"))
    parser.add_argument("--app", action="append", default=[])
    parser.add_argument("--least", type=float, default=0, help="fail below this share, in per cent")
    parser.add_argument("folder", nargs="?", default="../shared/corpus/security_content/data_sources")
    options = parser.parse_args()
    files = sorted(glob.glob(os.path.join(options.folder, "**", "*.yml"), recursive=True))
    if not files:
        print("skipped, no data sources")
        return 0
    found_all = listed_all = 0
    for path in files:
        name = os.path.splitext(os.path.basename(path))[0]
        source = read(path)
        example = source.get("example_log") or ""
        listed = [f for f in source.get("fields") or [] if isinstance(f, str) and not indexer_made(f)]
        if options.k not in name or not listed or not example.strip():
            continue
        if re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M", example.strip()):
            continue
        have, errors = fields_of(options.spl, options.app, source, example)
        missing = [f for f in listed if have.get(f) is None]
        found_all += len(listed) - len(missing)
        listed_all += len(listed)
        print("%5.1f%%  %3d of %3d  %s" % (100 - 100 * len(missing) / len(listed), len(listed) - len(missing),
                                          len(listed), name))
        for line in differences(path, have) if options.m else []:
            print("        " + line)
        if options.v:
            if missing:
                print("        missing: " + " ".join(missing))
            for line in errors.split("\n")[:3]:
                if line:
                    print("        " + line)
    share = 100 * found_all / max(listed_all, 1)
    print("%5.1f%%  %d of %d fields" % (share, found_all, listed_all))
    return 1 if share < options.least else 0


sys.exit(main())
