#!/usr/bin/env python3
"""Runs the acceptance scripts one after the other and writes what they found into the README, between its markers.

usage: measure.py [--write] [--only SCRIPT]...
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

# Script (or module) and arguments, and whether its table belongs into the README beside its last line.
SCRIPTS = [
    ("benchmark.py", [], True),
    ("compare_models.py", [], False),
    ("compare_zoo.py", [], False),
    ("compile_cost.py", ["--filter", "^(squeezenet1_1|resnet50|mobilenet_v2|vgg16)$"], True),
    ("-m winnow.conformance", ["--write", "docs/conformance.md", "--require-listed"], False),
    ("hostile.py", [], False),
]


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return model


def run(script, arguments):
    """The output of a script, its last line, and whether it was content."""
    start = time.monotonic()
    where = script.split() if script.startswith("-m ") else [str(Path(__file__).parent / script)]
    result = subprocess.run([sys.executable, *where, *arguments], cwd=wt.SOURCE, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "PYTHONPATH": str(wt.SOURCE / "python")})
    lines = result.stdout.rstrip().splitlines() or ["no output"]
    print(f"== {script}: {lines[-1]} ({time.monotonic() - start:.0f} s, exit {result.returncode})", file=sys.stderr)
    return lines, result.returncode == 0


def section(only):
    parts = [f"On {machine()}, one thread; each line is the last line of the script in `test/Acceptance` that printed it.",
             ""]
    tables = []
    for script, arguments, with_table in SCRIPTS:
        if only and script not in only:
            continue
        lines, _ = run(script, arguments)
        shown = " ".join([script, *arguments]).replace("|", "\\|")
        parts.append(f"- `{shown}`: {lines[-1]}")
        if with_table:
            tables += ["", *[line for line in lines if line.startswith("|")]]
    return "\n".join(parts + tables)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="into README.md; else to stdout")
    parser.add_argument("--only", action="append", metavar="SCRIPT")
    arguments = parser.parse_args()
    text = section(arguments.only)
    if not arguments.write:
        print(text)
        return
    readme = wt.SOURCE / "README.md"
    pattern = re.compile(r"(<!-- measured -->\n).*?(<!-- /measured -->)", re.S)
    readme.write_text(pattern.sub(lambda m: m[1] + text + "\n" + m[2], readme.read_text()))


if __name__ == "__main__":
    main()
