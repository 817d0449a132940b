#!/usr/bin/env python3
"""Times whole networks in 8-bit integers against other engines at batch 1, in alternating rounds.

Every engine gets the same quantized file (int8_engines.py), and ours also quantizes the model by itself; beside them the
same networks in 32-bit floats. Ratios are least times over those of the best peer in 8-bit integers, and over ours in
32-bit floats. Exit status 1 where a network does not compile, gives a wrong answer or, with --strict, misses its target.

usage: networks_int8.py --models DIR [--filter REGEX] [--threads 1,2] [--output DIR] [--write PAGE] [--strict] ...
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import formats
import report
from engines import wt
from worker import ENGINES

OURS = ("winnow-int8", "winnow-qdq")
FLOATS = ("winnow", "ort", "openvino", "openvino-default")

# The most that our least time may be over that of the best peer in 8-bit integers, by what the processor has.
TARGETS = {"amx_int8": {"resnet50": 0.80, "mobilenet_v2": 0.72, "squeezenet1_1": 0.55}, "avx512_vnni": {}}
TARGET = 0.85
# ... and over ours in 32-bit floats.
OF_FLOATS = {"amx_int8": {"resnet50": 0.30}, "avx512_vnni": {"resnet50": 0.45}}

# Integers of another engine lie up to a step beside ours, and random weights carry that on. So an answer is right if it
# lies as near to the answer in 32-bit floats as ONNX Runtime's own integers do, within this factor.
FACTOR = 1.25


def target(network, features, table):
    """The figure for this machine: that of the best thing that its processor has; None where there is none."""
    kind = next((kind for kind in table if kind in features), None)
    return table[kind].get(network, TARGET if table is TARGETS else None) if kind else None


def ours(result, clock):
    """Name and milliseconds of the faster of our ways, or None."""
    return _fastest(result, OURS, clock)


def best_peer(result, clock):
    """Name and milliseconds of the fastest other engine in 8-bit integers, or None."""
    return _fastest(result, [n for n in result["engines"] if ENGINES[n].int8 and n not in OURS], clock)


def _fastest(result, names, clock):
    times = {n: t for n in names if (t := report.least(result, n, clock)) is not None}
    return min(times.items(), key=lambda item: item[1]) if times else None


def wrong(result):
    """Our ways whose answers lie further from the floats than they may; nothing where there is nothing to compare."""
    allowed = result["engines"].get("ort-int8", {}).get("noise")
    if allowed is None:
        return []
    return [n for n in OURS if result["engines"].get(n, {}).get("noise", 0) > FACTOR * allowed]


def verdict(result, clock, features):
    """Of the faster of our ways; failures and wrong answers of any."""
    failed = [n for n in OURS if "unavailable" in result["engines"].get(n, {})]
    if failed:
        return f"FAILED: {result['engines'][failed[0]]['unavailable'][:80]}"
    if wrong(result):
        return "WRONG: " + ", ".join(ENGINES[n].title for n in wrong(result))
    mine, best, own = ours(result, clock), best_peer(result, clock), report.least(result, "winnow", clock)
    if not mine or not best:
        return ""
    value, limit = mine[1] / best[1], target(result["network"], features, TARGETS) or 1.0
    of_floats = target(result["network"], features, OF_FLOATS)
    if value > 1:
        return "LOSS"
    return "miss" if value > limit or (own and of_floats and mine[1] / own > of_floats) else "pass"


def _ratio(part, whole, limit):
    if not part or not whole:
        return "-"
    return f"{part / whole:.2f}" + (f" ({limit:.2f})" if limit else "")


def table(results, clock, features):
    """The results at one number of threads; targets in brackets."""
    names = [n for n in (*OURS, *[n for n in ENGINES if ENGINES[n].int8 and n not in OURS], *FLOATS)
             if any(n in r["engines"] for r in results)]
    rows = []
    for result in results:
        mine, best = ours(result, clock), best_peer(result, clock)
        floats = report.least(result, "winnow", clock)
        times = [f"{t:.3g}" if (t := report.least(result, n, clock)) else "n/a" for n in names]
        noises = [f"{result['engines'][n]['noise']:.1e}" if "noise" in result["engines"].get(n, {}) else "-"
                  for n in (*OURS, "ort-int8", "openvino-int8")]
        rows.append([result["network"],
                     _ratio(mine and mine[1], best and best[1], target(result["network"], features, TARGETS)),
                     _ratio(mine and mine[1], floats, target(result["network"], features, OF_FLOATS)),
                     verdict(result, clock, features), *times, " / ".join(noises)])
    return wt.table(rows, ["network", "of best int8 peer", "of our f32", "verdict", *[ENGINES[n].title for n in names],
                           "noise: ours, QDQ, ONNX Runtime, OpenVINO"])


def markdown(found) -> str:
    """Everything there is to say of a run."""
    return "\n".join([formats.describe_run(found) + " Targets in brackets.",
                      *formats.tables(found, table, "8-bit integers"), "",
                      "Noise: the root mean squared difference from ONNX Runtime's answer in 32-bit floats, in units of the "
                      "answer's standard deviation.", "", *formats.describe_engines(found)])


def main():
    engines = [n for n in ENGINES if ENGINES[n].int8 or n in FLOATS]
    arguments = formats.parse(__doc__.split("\n\n")[0], "int8", engines)
    found = formats.measure(arguments, verdict)
    formats.finish(arguments, "int8", found, markdown(found), verdict, ("miss", "LOSS"))


if __name__ == "__main__":
    main()
