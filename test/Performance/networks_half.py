#!/usr/bin/env python3
"""Times whole networks in 16-bit floats against ourselves in 32 bits and other engines at batch 1, in alternating rounds.

Peers run as they are made: OpenVINO's default computes in bf16 where the processor has tiles for it, else in f32, as ONNX
Runtime does. Ratios are least times. Exit status 1 where a network does not compile or, with --strict, misses its target.

usage: networks_half.py --models DIR [--filter REGEX] [--threads 1,2] [--output DIR] [--write PAGE] [--strict] ...
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import formats
import report
from engines import wt
from half_engines import HALVES
from worker import ENGINES

OURS = tuple(engine.name for engine in HALVES)
PEERS = ("openvino-default", "openvino", "ort")

# The most that our least time may be over that of the best peer, with tiles of bf16.
TARGETS = {"resnet50": 0.80, "mobilenet_v2": 0.85, "squeezenet1_1": 0.80}


def _fastest(result, names, clock):
    times = [t for n in names if (t := report.least(result, n, clock)) is not None]
    return min(times, default=None)


def verdict(result, clock, features):
    """Of the faster of our types; targets hold where there are tiles, and nowhere may halves be slower than 32 bits."""
    failed = [n for n in OURS if "unavailable" in result["engines"].get(n, {})]
    if failed:
        return f"FAILED: {result['engines'][failed[0]]['unavailable'][:80]}"
    mine, best = _fastest(result, OURS, clock), _fastest(result, PEERS, clock)
    floats = report.least(result, "winnow", clock)
    if mine is None or (best is None and floats is None):
        return ""
    if floats is not None and mine > floats and {"amx_bf16", "avx512_fp16"} & set(features):
        return "miss"
    limit = TARGETS.get(result["network"], 1.0) if "amx_bf16" in features else 1.0
    return "pass" if best is None or mine / best <= limit else "miss"


def table(results, clock, features):
    """The results at one number of threads."""
    names = [n for n in (*OURS, "winnow", *PEERS) if any(n in r["engines"] for r in results)]
    rows = []
    for result in results:
        floats, best = report.least(result, "winnow", clock), _fastest(result, PEERS, clock)
        times = [report.least(result, n, clock) for n in names]
        ratio = lambda part, whole: f"{part / whole:.2f}" if part and whole else "-"
        rows.append([result["network"], *[ratio(report.least(result, n, clock), floats) for n in OURS],
                     ratio(_fastest(result, OURS, clock), best), verdict(result, clock, features),
                     *[f"{t:.3g}" if t else "n/a" for t in times]])
    return wt.table(rows, ["network", *[f"{ENGINES[n].title} of our f32" for n in OURS], "best of best peer", "verdict",
                           *[ENGINES[n].title for n in names]])


def markdown(found) -> str:
    """Everything there is to say of a run."""
    return "\n".join([formats.describe_run(found), *formats.tables(found, table, "16-bit floats"), "",
                      *formats.describe_engines(found)])


def main():
    arguments = formats.parse(__doc__.split("\n\n")[0], "half", (*OURS, "winnow", *PEERS))
    found = formats.measure(arguments, verdict)
    formats.finish(arguments, "half", found, markdown(found), verdict, ("miss",))


if __name__ == "__main__":
    main()
