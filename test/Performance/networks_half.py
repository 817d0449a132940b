#!/usr/bin/env python3
"""Times whole networks in 16-bit floats against ourselves in 32 bits and other engines at batch 1, in alternating rounds.

Peers run as they are made: OpenVINO's default computes in bf16 where the processor has tiles for it, else in f32, as ONNX
Runtime does. Ratios are least times. Exit status 1 where a network does not compile or, with --strict, misses its target.

usage: networks_half.py --models DIR [--filter REGEX] [--threads 1,2] [--output DIR] [--write PAGE] [--strict] ...
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
from half_engines import HALVES
from networks import available
from worker import ENGINES

NAMES = ("resnet50", "mobilenet_v2", "squeezenet1_1")
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
    if floats is not None and mine > floats and features & {"amx_bf16", "avx512_fp16"}:
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
    about, clock = found["machine"], found["clock"]
    lines = [f"{about['date']}, {about['processor']}, {about['cores']} cores ({', '.join(about['features'])}); load "
             f"average at the start {about['load_average'][0]}. Times in milliseconds, least of {found['rounds']} "
             f"alternating rounds, batch 1{', at real-time priority' if found['realtime'] else ''}."]
    for threads in sorted({r["threads"] for r in found["results"]}):
        results = [r for r in found["results"] if r["threads"] == threads]
        lines += ["", f"#### {threads} thread{'s' * (threads > 1)}, 16-bit floats", "",
                  table(results, clock, set(about["features"]))]
    lines += ["", *[f"- {ENGINES[n].title} {e['version']}: {e['settings']}" for n, e in found["engines"].items()]]
    lines += [f"- {r['network']}, {r['threads']} thread(s): {ENGINES[n].title} not available: {e['unavailable']}"
              for r in found["results"] for n, e in r["engines"].items() if "unavailable" in e]
    return "\n".join(lines)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--models", required=True, help="a folder of .onnx files in 32-bit floats, or one such file")
    parser.add_argument("--filter", default=f"^({'|'.join(NAMES)})$", help="only networks that this expression finds")
    parser.add_argument("--engines", default=",".join((*OURS, "winnow", *PEERS)))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each engine in each round")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--ordinary", action="store_true", help="do not raise the priority of measured processes")
    parser.add_argument("--output", type=Path, help="folder for networks_half.json and networks_half.md")
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
            found["results"].append(rounds.measure(network, found["engines"], setup, arguments.rounds, arguments.seconds,
                                                   arguments.clock, {}, lambda line: print(line, file=sys.stderr)))
    text = markdown(found)
    print(text)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "networks_half.json").write_text(json.dumps(found, indent=1) + "\n")
        (arguments.output / "networks_half.md").write_text(text + "\n")
    if arguments.write:
        report.write_section(arguments.write, "networks-half", text)
    verdicts = [verdict(r, arguments.clock, set(found["machine"]["features"])) for r in found["results"]]
    sys.exit(any(v.startswith(("FAILED", *(("miss",) if arguments.strict else ()))) for v in verdicts))


if __name__ == "__main__":
    main()
