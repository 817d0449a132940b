"""Runs the ONNX backend suite (of the PyPI package `onnx`) through winnow.onnx_backend.

The last line counts: passed, failed (a wrong result, a crash, an error without a name), skipped (refused with an error that
names the operator, the node or the input). The exit code is 1 if a case failed.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Dict, Optional, Sequence, Tuple

# Workers fork, one for each processor: no thread pools behind our back.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
warnings.filterwarnings("ignore")

from winnow.compiler import load_library  # noqa: E402  (after the environment)
from winnow.conformance.cases import KINDS, Case, load_cases  # noqa: E402
from winnow.conformance.page import write_page, write_tables  # noqa: E402
from winnow.conformance.run import Result, run_cases  # noqa: E402
from winnow.errors import WinnowError  # noqa: E402
from winnow.text import ProgressBar  # noqa: E402

# Kinds of which every case of listed ops is required to pass.
_REQUIRED = ("real", "pytorch-converted", "pytorch-operator")


def _arguments(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m winnow.conformance", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", action="append", choices=KINDS, help="only cases of this kind (may be repeated)")
    parser.add_argument("--filter", default="", metavar="REGEX", help="only cases whose name matches")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many run at once")
    parser.add_argument("--write", metavar="FILE.md", help="write the page about conformance")
    parser.add_argument("--json", metavar="FILE.json", help="write each case with its result")
    parser.add_argument("--tables", action="store_true", help="print the page's tables")
    parser.add_argument("--verbose", action="store_true", help="a line on stderr for each case")
    parser.add_argument("--require-listed", action="store_true",
                        help="fail unless all light_* and pytorch-* cases of listed ops pass, too")
    arguments = parser.parse_args(argv)
    try:
        re.compile(arguments.filter)
    except re.error as error:
        parser.error(f"--filter: {error}")
    return arguments


def _write_json(path: str, cases: Sequence[Case], results: Dict[Tuple[str, str], Result]) -> None:
    rows = [{"kind": c.kind, "name": c.name, "ops": c.ops, "opset": c.opset, "listed": c.listed,
             "result": results[c.kind, c.name].outcome, "reason": results[c.kind, c.name].reason} for c in cases]
    Path(path).write_text(json.dumps(rows, indent=1))


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The command; returns its exit code."""
    arguments = _arguments(argv)
    try:
        load_library()  # once, before workers are forked
    except WinnowError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    cases, bar = load_cases(arguments.kind or KINDS, arguments.filter), ProgressBar("conformance")

    def tell(done: int, case: Case, result: Result) -> None:
        if arguments.verbose:
            print(f"[{done}/{len(cases)}] {result.outcome}: {case.kind} {case.name} {result.reason}", file=sys.stderr)
        else:
            bar(f"{case.name} {result.outcome}", done - 1, len(cases))

    results = run_cases(cases, arguments.jobs, tell)
    bar.close()
    if arguments.tables:
        print(write_tables(cases, results))
    if arguments.json:
        _write_json(arguments.json, cases, results)
    if arguments.write:
        Path(arguments.write).write_text(write_page(cases, results))
    counts = collections.Counter(r.outcome for r in results.values())
    failed = [c for c in cases if results[c.kind, c.name].outcome == "failed"]
    required = [c for c in cases if c.listed and c.kind in _REQUIRED] if arguments.require_listed else []
    missed = [c for c in required if results[c.kind, c.name].outcome == "skipped"]
    for what, listed in (("failed", failed), ("required, but skipped", missed)):
        for case in listed:
            print(f"{what}: {case.name}: {results[case.kind, case.name].reason}", file=sys.stderr)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if failed or missed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
