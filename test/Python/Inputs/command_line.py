"""Compares the options that two programs show in their help: both must have the same.

usage: command_line.py WINNOWC_HELP.txt WINNOW_HELP.txt
"""

import re
import sys

# Options of LLVM's own command lines that every program with them has.
GENERIC = {"--help", "--help-hidden", "--help-list", "--help-list-hidden", "--version", "-h", "-o", "-O"}


def options(path):
    with open(path) as file:
        text = file.read()
    # A line that begins with an option; LLVM writes words with two dashes, argparse may show both forms on a line.
    found = set()
    for line in text.splitlines():
        start = re.match(r" {2,6}(-\S.*?)(?:  |$)", line)
        found |= set(re.findall(r"(?<![-\w])--?[a-zA-Z][-\w]*", start[1])) if start else set()
    return {o for o in found if o.startswith("--")} - GENERIC


theirs, ours = options(sys.argv[1]), options(sys.argv[2])
assert len(theirs) > 10, theirs
assert theirs == ours, f"only winnowc: {sorted(theirs - ours)}, only python: {sorted(ours - theirs)}"
print(f"{len(ours)} options alike")
