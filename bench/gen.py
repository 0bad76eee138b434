#!/usr/bin/env python3
"""Makes the data that bench/run.sh measures on, from the events of fixtures/windows.

usage: gen.py text|json|xml BYTES > FILE

text  classic Windows event text: Security and WMI events, one in 2,000 a permanent event subscription (5861)
json  flat Windows events, an object a line, in the mix of recordings; "Binding" stands in 7% of them, one in 2,000 is a 5861
xml   Sysmon events as XML, a line each, in the mix of recordings

Computers, processes (GUID, id, image, user), ports, record numbers and times vary; times ascend and share their seconds.
The same arguments give the same bytes.
"""
import random
import re
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "windows"

# events of each id among 16,000 of a recorded attack
SYSMON = {10: 4938, 12: 3639, 7: 3079, 13: 2983, 11: 553, 22: 237, 9: 223, 3: 171, 5: 61, 23: 60, 2: 59, 1: 58, 18: 30, 17: 13}
SECURITY = {5156: 832, 4658: 648, 4688: 59, 4624: 38, 4634: 33, 4672: 29, 4625: 9}

COMPUTERS = [f"WS-{n:04d}.corp.example" for n in range(100, 136)] + [f"DC{n:02d}.corp.example" for n in range(1, 5)]
USERS = [f"CORP\\{n}" for n in "mlind akoski rhale tbaer ysato pmora jwest cdiaz fnagy ehult svc-backup svc-inventory".split()] + \
        ["NT AUTHORITY\\SYSTEM", "NT AUTHORITY\\NETWORK SERVICE", "NT AUTHORITY\\LOCAL SERVICE"]
IMAGES = ["C:\\Windows\\" + n for n in
          """system32\\svchost.exe Explorer.EXE System32\\RuntimeBroker.exe System32\\lsass.exe System32\\services.exe
          System32\\WindowsPowerShell\\v1.0\\powershell.exe System32\\cmd.exe System32\\rundll32.exe System32\\taskhostw.exe
          System32\\wbem\\WmiPrvSE.exe System32\\conhost.exe System32\\SearchIndexer.exe System32\\dllhost.exe
          System32\\msiexec.exe System32\\schtasks.exe SysWOW64\\regsvr32.exe Sysmon64.exe System32\\spoolsv.exe""".split()] + \
         [f"C:\\Program Files\\Vendor {n}\\app{n}.exe" for n in range(30)]

SLOTS = re.compile(
    r"(?P<iso>2024-05-14T09:\d\d:\d\d\.(?P<frac>\d{3,9})Z)"
    r"|(?P<us>05/14/2024 \d\d:\d\d:\d\d AM)"
    r"|(?P<utc>2024-05-14 0[59]:\d\d:\d\d(?P<ms>\.\d{3})?)"
    r"|(?P<computer>(?:WS-0417|DC01)\.corp\.example)"
    r"|(?P<guid>\{6b0f2a1c-7d13-6643-[0-9a-f]{4}-000000000e00\})"
    r"|(?P<user>CORP(?P<us1>\\{1,2})mlind|NT AUTHORITY(?P<us2>\\{1,2})[A-Z ]+(?=[<\"\\]))"
    r"|(?P<image>C:(?P<sep>\\{1,2})Windows\\{1,2}(?:Explorer\.EXE|[Ss]ystem32\\{1,2}(?:svchost|RuntimeBroker|WindowsPowerShell\\{1,2}v1\.0\\{1,2}powershell)\.exe))"
    r"|(?P<record>(?<=<EventRecordID>)\d+|(?<=RecordNumber=)\d+|(?<=\"RecordNumber\":)\d+)"
    r"|(?P<pid>(?<=ProcessId'>)\d+|(?<=ProcessId\":\")\d+|(?<=ProcessId: )\d+|(?<=Process ID:\t\t)\d+)"
    r"|(?P<port>(?<=Port'>)5\d{4}|(?<=Source Port:\t\t)5\d{4}|(?<=SourcePort\":\")5\d{4})"
    r"|(?P<consumer>UpdaterConsumer|UpdaterFilter)")


def template(event):
    """The event as a list of fixed texts and (slot, detail) pairs."""
    parts, at = [], 0
    for m in SLOTS.finditer(event):
        parts.append(event[at:m.start()])
        at = m.end()
        kind = next(k for k in ("iso", "us", "utc", "computer", "guid", "user", "image", "record", "pid", "port", "consumer")
                    if m.group(k) is not None)
        detail = {"iso": lambda: len(m.group("frac")), "utc": lambda: bool(m.group("ms")),
                  "user": lambda: (m.group("us1") or m.group("us2")) == "\\\\",
                  "image": lambda: m.group("sep") == "\\\\",
                  "consumer": lambda: m.group(0), "guid": lambda: m.group(0)}.get(kind, lambda: None)()
        parts.append((kind, detail))
    parts.append(event[at:])
    return parts


class Maker:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.time = datetime(2024, 5, 14, 9, 12, 3, tzinfo=timezone.utc)
        self.record = 100000
        # processes: GUID, process id, image, user; those at the front do more
        self.processes = [("%08x-%04x-66%02x-%04x-000000000e00" % (self.rng.getrandbits(32), self.rng.getrandbits(16),
                      self.rng.getrandbits(8), self.rng.getrandbits(16)), self.rng.randrange(4000) * 4,
                           self.skewed(IMAGES), self.skewed(USERS)) for _ in range(60000)]

    def skewed(self, items):
        return items[int(self.rng.random() * self.rng.random() * len(items))]

    def step(self):
        self.time += timedelta(microseconds=self.rng.randrange(0, 40000))
        self.record += 1
        t = self.time
        self.second = t.strftime("%Y-%m-%d %H:%M:%S")
        self.us = t.strftime("%m/%d/%Y %I:%M:%S %p")
        self.nano = "%06d" % t.microsecond + "300"

    def make(self, parts):
        pick, out = self.rng.random, []
        computer = COMPUTERS[int(pick() * len(COMPUTERS))]
        met, process = {}, self.skewed(self.processes)
        for part in parts:
            if type(part) is str:
                out.append(part)
                continue
            kind, detail = part
            if kind == "iso":
                out.append(self.second.replace(" ", "T") + "." + self.nano[:detail] + "Z")
            elif kind == "us":
                out.append(self.us)
            elif kind == "utc":
                out.append(self.second + ("." + self.nano[:3] if detail else ""))
            elif kind == "computer":
                out.append(computer)
            elif kind == "guid":
                if detail not in met:
                    met[detail] = self.skewed(self.processes)
                process = met[detail]
                out.append("{" + process[0] + "}")
            elif kind in ("user", "image"):
                name = process[3] if kind == "user" else process[2]
                out.append(name.replace("\\", "\\\\") if detail else name)
            elif kind == "record":
                out.append(str(self.record))
            elif kind == "pid":
                out.append(str(process[1]))
            elif kind == "port":
                out.append(str(49152 + int(pick() * 16000)))
            else:
                out.append(detail + "%02d" % int(pick() * 20))
        return "".join(out)


def lines_of(name):
    return (FIXTURES / name).read_text(encoding="utf-8").splitlines(keepends=True)


def texts_of(name):
    return re.split(r"(?m)^(?=\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M\r?$)", (FIXTURES / name).read_text(encoding="utf-8"))[1:]


def by_id(events, pattern):
    table = {}
    for event in events:
        table.setdefault(int(re.search(pattern, event).group(1)), []).append(template(event))
    return table


def mix(events, weights):
    ids = [i for i in weights if i in events]
    return [events[i][0] for i in ids], [weights[i] for i in ids]


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("text", "json", "xml"):
        sys.exit(__doc__)
    form, size = sys.argv[1], int(float(sys.argv[2]))
    maker, out = Maker(form), sys.stdout.buffer
    binding, hit = [], None
    if form == "xml":
        choice, weights = mix(by_id(lines_of("sysmon.xml"), r"<EventID>(\d+)<"), SYSMON)
    elif form == "text":
        wmi = by_id(texts_of("wmi-activity.log"), r"\nEventCode=(\d+)")
        hit = wmi[5861][-1]
        choice, weights = mix({**by_id(texts_of("security.log"), r"\nEventCode=(\d+)"), **wmi},
                              {**SECURITY, 5857: 30, 5858: 60, 5860: 5})
    else:
        flat = by_id(lines_of("windows.json"), r'"EventID":(\d+)')
        hit = by_id(lines_of("wmi-activity.json"), r'"EventID":(\d+)')[5861][-1]
        choice, weights = mix(flat, {**SYSMON, **SECURITY})
        binding = [flat[4103][0], flat[21][0]]
    written, number, batch = 0, 0, []
    while written < size:
        if not batch:
            batch = maker.rng.choices(choice, weights, k=4096)
        event = batch.pop()
        number += 1
        if hit and number % 2000 == 1000:
            event = hit
        elif binding and number % 100 in (7, 21, 35, 49, 63, 77, 91):
            event = binding[number % 10 == 1]
        maker.step()
        text = maker.make(event).encode()
        out.write(text)
        written += len(text)


if __name__ == "__main__":
    main()
