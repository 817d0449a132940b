#!/usr/bin/env python3
"""Times whole networks against other engines at batch 1, in alternating rounds, and compares what they answer.

Engines: winnow, ort (ONNX Runtime), openvino (in 32-bit floats), openvino-default (its own precision), ncnn, mnn, iree,
tvm; each in a process of its own. The ratio is our least time over that of the best peer in 32-bit floats. Exit status 1
where a network does not compile, gives a wrong answer or, with --strict, misses its target.

usage: networks.py [--models DIR | --zoo SCRIPT_DIR] [--filter REGEX] [--engines a,b] [--threads 1,2] [--quick] ...
"""

import argparse
import json
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine
import report
import rounds
import zoo
from engines import Setup, Unavailable
from worker import ENGINES


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--models", help="a folder of .onnx files, or one; default: the network in test/Models")
    parser.add_argument("--zoo", help="a folder of graphs without weights with materialize.py, which fills them")
    parser.add_argument("--filter", default="", help="only networks whose name this regular expression finds")
    parser.add_argument("--engines", default=",".join(n for n in ENGINES if not ENGINES[n].int8))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--quick", action="store_true", help="three small networks, few rounds")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each engine in each round")
    parser.add_argument("--avx2", action="store_true", help="every engine on a processor with AVX2 at most")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall",
                        help="processor: time of the process, which a busy machine disturbs less; for one thread")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--ordinary", action="store_true", help="do not raise the priority of measured processes")
    parser.add_argument("--output", type=Path, help="folder for networks.json, networks.md and networks.svg")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into this page, between its markers")
    parser.add_argument("--section", default="networks", help="the name that the markers of --write have")
    parser.add_argument("--strict", action="store_true", help="fail where a target is missed")
    arguments = parser.parse_args()
    unknown = set(arguments.engines.split(",")) - set(ENGINES)
    if unknown:
        parser.error(f"no engine {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}")
    if arguments.quick:
        arguments.rounds, arguments.seconds = min(arguments.rounds, 4), min(arguments.seconds, 0.15)
    return arguments


def available(names):
    """Those engines that are installed, with version and settings; says on stderr which are not, and why."""
    found = {}
    for name in names:
        try:
            found[name] = {"version": ENGINES[name](Setup()).version(), "settings": ENGINES[name].settings}
        except Unavailable as reason:
            print(f"{ENGINES[name].title}: left out: {reason}", file=sys.stderr)
    return found


def save(found, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "networks.json").write_text(json.dumps(found, indent=1) + "\n")
    (folder / "networks.md").write_text(report.markdown(found) + "\n")
    (folder / "networks.svg").write_text(report.svg(found))


def line_of(result, clock):
    times = ", ".join(f"{name} {report.least(result, name, clock):.3g}" for name in result["engines"]
                      if report.least(result, name, clock))
    value = report.ratio(result, clock)
    return (f"{result['network']}, {result['threads']} T: {times}" + (f": ratio {value:.2f}" if value else "")
            + f" {report.verdict(result, clock)}")


def main():
    arguments = parse()
    keep = lambda name: re.search(arguments.filter, name) and (
        not arguments.quick or name in zoo.QUICK or not (arguments.models or arguments.zoo))
    networks = zoo.find(arguments.models, arguments.zoo, keep)
    engines = available(arguments.engines.split(","))
    counts = [int(count) for count in arguments.threads.split(",")]
    found = {"machine": machine.describe(), "engines": engines, "clock": arguments.clock, "avx2": arguments.avx2,
             "rounds": arguments.rounds, "options": arguments.options, "results": [],
             "realtime": not arguments.ordinary and machine.may_prioritize()}
    found["peak_gflops"] = {str(count): machine.peak_gflops(count, arguments.avx2) for count in counts}
    for network in networks:
        for count in counts:
            setup = Setup(count, arguments.avx2, tuple(arguments.options.split()), found["realtime"])
            found["results"].append(rounds.measure(
                network, engines, setup, arguments.rounds, arguments.seconds, arguments.clock,
                rounds.environment_of(setup), lambda line: print(line, file=sys.stderr)))
            print(line_of(found["results"][-1], arguments.clock), file=sys.stderr)
            if arguments.output:
                save(found, arguments.output)
    text = report.markdown(found)
    print(text)
    if arguments.write:
        report.write_section(arguments.write, arguments.section, text)
    verdicts = [report.verdict(result, arguments.clock) for result in found["results"]]
    bad = ("FAILED", "WRONG", *(("miss", "LOSS") if arguments.strict else ()))
    sys.exit(any(v.startswith(bad) for v in verdicts))


if __name__ == "__main__":
    main()
