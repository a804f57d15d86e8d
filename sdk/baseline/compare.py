#!/usr/bin/env python3
"""Compares the ABI headers of today with the stored baseline.

usage: compare.py BASELINE.xml INCLUDE_DIRECTORY

What may have changed is an allow-list: members added behind the end of a struct that begins with its
size, added constants, and what the witness shows for the first time. libabigail can be told to
suppress additions at the end by itself, but then version 2.2 suppresses every other change of that
struct too.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

GROWING = {"stoa_message", "stoa_target", "stoa_answer", "stoa_host", "stoa_event",
           "stoa_plugin_config", "stoa_plugin_descriptor"}
WITNESS = pathlib.Path(__file__).with_name("witness.c")

SUMMARY = re.compile(r"Leaf changes summary: .*"
                     r"|Changed leaf types summary: .*"
                     r"|Removed/Changed/Added (functions|variables) summary: "
                     r"0 Removed, 0 Changed, \d+ Added (function|variable)s?"
                     r"|\d+ Added functions?:|  \[A\] .*")
STRUCT = re.compile(r"'struct (\w+)' changed:")
SIZE = re.compile(r"  type size changed from (\d+) to \d+ \(in bits\)")
COUNT = re.compile(r"  \d+ data member insertions?:")
MEMBER = re.compile(r"    '.*', at offset (\d+) \(in bits\)( at .*)?")


def report(baseline, include):
    """What abidiff says of a witness compiled with the headers in `include`."""
    with tempfile.TemporaryDirectory() as folder:
        witness = os.path.join(folder, "witness.so")
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-g", "-O0", "-fPIC", "-shared",
                        "-I", str(include), "-o", witness, str(WITNESS)], check=True, timeout=60)
        done = subprocess.run(["abidiff", "--no-architecture", "--leaf-changes-only",
                               str(baseline), witness],
                              capture_output=True, text=True, timeout=60)
        # Bit 0 and 1: it could not compare at all. The others only say that something changed.
        if done.returncode & 3:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout


def breaks(text):
    """The lines of a report that are no growth."""
    found = []
    end = None  # of the struct that is spoken of, as the baseline has it
    growing = False
    for line in filter(None, text.splitlines()):
        if match := STRUCT.fullmatch(line):
            growing, end = match.group(1) in GROWING, None
        elif growing and (match := SIZE.fullmatch(line)):
            end = int(match.group(1))
        elif match := MEMBER.fullmatch(line):
            if growing and end is not None and int(match.group(1)) >= end:
                continue
            found.append(line)
        elif not SUMMARY.fullmatch(line) and not COUNT.fullmatch(line):
            found.append(line)
    return found


def main():
    baseline, include = sys.argv[1:]
    text = report(baseline, include)
    found = breaks(text)
    if found:
        print(f"{text}\nThe headers break {baseline}. These lines are more than growth:")
        print("\n".join(found))
        print("Undo the change, or release a new major version of the ABI.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
