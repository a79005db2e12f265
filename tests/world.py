#!/usr/bin/env python3
"""Runs the cases of tests/tests/world.rs one by one, in parallel and shuffled, each way twice, and compares what they print.

  tests/world.py     fails when a run fails, prints something else than the first one, or takes more than 5 s
"""
import json, os, re, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = 300
SECONDS = 5
RUNS = [
    ("one by one", ["--test-threads=1"]),
    ("one by one again", ["--test-threads=1"]),
    ("8 threads", ["--test-threads=8"]),
    ("8 threads again", ["--test-threads=8"]),
    ("shuffled, seed 1", ["--test-threads=1", "--shuffle-seed=1"]),
    ("shuffled, seed 2", ["--test-threads=1", "--shuffle-seed=2"]),
    ("shuffled, seed 3, 8 threads", ["--test-threads=8", "--shuffle-seed=3"]),
]


def build():
    command = ["cargo", "test", "-q", "-p", "apiclient-tests", "--test", "world", "--no-run", "--locked", "--message-format=json"]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = [m["executable"] for m in map(json.loads, out.splitlines()) if m.get("executable")]
    return found[-1]


def run(binary, flags):
    # Shuffling is an option of the test harness that has to be asked for.
    env = dict(os.environ, RUSTC_BOOTSTRAP="1")
    began = time.monotonic()
    p = subprocess.run([binary, "--show-output", "-Zunstable-options", *flags], cwd=ROOT, env=env, capture_output=True, text=True)
    took = time.monotonic() - began
    if p.returncode:
        sys.exit(f"{flags} failed:\n{p.stdout}{p.stderr}")
    # A block per case; they come in the order in which the cases ended.
    blocks = re.findall(r"^---- (\S+) stdout ----\n(.*?)\n\n", p.stdout, re.S | re.M)
    return took, sorted(blocks)


def main():
    binary, first = build(), None
    for name, flags in RUNS:
        took, blocks = run(binary, flags)
        first = first or blocks
        if len(blocks) < CASES or len({case for case, _ in blocks}) != len(blocks):
            sys.exit(f"{name}: {len(blocks)} cases have printed something, at least {CASES} should")
        if blocks != first:
            differ = [case for (case, text), (_, before) in zip(blocks, first) if text != before]
            sys.exit(f"{name}: other output than the first time: {differ}")
        print(f"{name}: {len(blocks)} cases, {took:.2f} s, the same output")
        if took > SECONDS:
            sys.exit(f"more than {SECONDS} s")


main()
