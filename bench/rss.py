#!/usr/bin/env python3
"""The highest RssAnon of a command, in MB, polled from /proc every 5 ms.

usage: rss.py FILE COMMAND...      FILE is the command's last argument
       rss.py - FILE COMMAND...    FILE comes through a pipe; the last argument is -
"""
import subprocess
import sys
import time

args = sys.argv[1:]
piped = args[0] == "-"
if piped:
    args = args[1:]
source = subprocess.Popen(["cat", args[0]], stdout=subprocess.PIPE) if piped else None
child = subprocess.Popen(args[1:] + ["-" if piped else args[0]], stdin=source.stdout if source else subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
if source:
    source.stdout.close()
highest = 0
while child.poll() is None:
    try:
        with open(f"/proc/{child.pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    highest = max(highest, int(line.split()[1]))
    except OSError:
        pass
    time.sleep(0.005)
if source:
    source.wait()
print(f"{highest / 1000:.0f}" if child.returncode == 0 else f"failed ({child.returncode})")
