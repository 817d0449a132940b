#!/usr/bin/env python3
"""Times whole networks in 8-bit integers against other engines at batch 1, in alternating rounds.

Every engine gets the same quantized file (int8_engines.py), and ours also quantizes the model by itself; beside them the
same networks in 32-bit floats. Ratios are least times over those of the best peer in 8-bit integers, and over ours in
32-bit floats. Exit status 1 where a network does not compile, gives a wrong answer or, with --strict, misses its target.

usage: networks_int8.py --models DIR [--filter REGEX] [--threads 1,2] [--output DIR] [--write PAGE] [--strict] ...
"""

import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine
import report
import rounds
import zoo
from engines import Setup, wt
from networks import available
from worker import ENGINES

NAMES = ("resnet50", "mobilenet_v2", "squeezenet1_1")
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
    about, clock = found["machine"], found["clock"]
    lines = [f"{about['date']}, {about['processor']}, {about['cores']} cores ({', '.join(about['features'])}); load "
             f"average at the start {about['load_average'][0]}. Times in milliseconds, least of {found['rounds']} "
             f"alternating rounds, batch 1{', at real-time priority' if found['realtime'] else ''}. Targets in brackets."]
    for threads in sorted({r["threads"] for r in found["results"]}):
        results = [r for r in found["results"] if r["threads"] == threads]
        lines += ["", f"#### {threads} thread{'s' * (threads > 1)}, 8-bit integers", "",
                  table(results, clock, about["features"])]
    lines += ["", "Noise: the root mean squared difference from ONNX Runtime's answer in 32-bit floats, in units of the "
              "answer's standard deviation.", ""]
    lines += [f"- {ENGINES[n].title} {e['version']}: {e['settings']}" for n, e in found["engines"].items()]
    lines += [f"- {r['network']}, {r['threads']} thread(s): {ENGINES[n].title} not available: {e['unavailable']}"
              for r in found["results"] for n, e in r["engines"].items() if "unavailable" in e]
    return "\n".join(lines)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--models", required=True, help="a folder of .onnx files in 32-bit floats, or one such file")
    parser.add_argument("--filter", default=f"^({'|'.join(NAMES)})$", help="only networks that this expression finds")
    parser.add_argument("--engines", default=",".join(n for n in ENGINES if ENGINES[n].int8 or n in FLOATS))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each engine in each round")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--ordinary", action="store_true", help="do not raise the priority of measured processes")
    parser.add_argument("--output", type=Path, help="folder for networks_int8.json and networks_int8.md")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into this page, between its markers")
    parser.add_argument("--strict", action="store_true", help="fail where a target is missed")
    arguments = parser.parse_args()
    unknown = set(arguments.engines.split(",")) - set(ENGINES)
    if unknown:
        parser.error(f"no engine {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}")
    return arguments


def main():
    arguments = parse()
    networks = zoo.find(arguments.models, None, lambda name: re.search(arguments.filter, name))
    found = {"machine": machine.describe(), "engines": available(arguments.engines.split(",")), "results": [],
             "clock": arguments.clock, "rounds": arguments.rounds, "options": arguments.options,
             "realtime": not arguments.ordinary and machine.may_prioritize()}
    for network in networks:
        for count in map(int, arguments.threads.split(",")):
            setup = Setup(count, False, tuple(arguments.options.split()), found["realtime"])
            result = rounds.measure(network, found["engines"], setup, arguments.rounds, arguments.seconds,
                                    arguments.clock, {}, lambda line: print(line, file=sys.stderr))
            found["results"].append(result)
            times = ", ".join(f"{n} {t:.3g}" for n in result["engines"] if (t := report.least(result, n, arguments.clock)))
            print(f"{network.name}, {count} T: {times}: "
                  f"{verdict(result, arguments.clock, found['machine']['features'])}", file=sys.stderr)
    text = markdown(found)
    print(text)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "networks_int8.json").write_text(json.dumps(found, indent=1) + "\n")
        (arguments.output / "networks_int8.md").write_text(text + "\n")
    if arguments.write:
        report.write_section(arguments.write, "networks-int8", text)
    verdicts = [verdict(r, arguments.clock, found["machine"]["features"]) for r in found["results"]]
    bad = ("FAILED", "WRONG", *(("miss", "LOSS") if arguments.strict else ()))
    sys.exit(any(v.startswith(bad) for v in verdicts))


if __name__ == "__main__":
    main()
