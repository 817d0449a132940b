"""What the suites of one number format each (networks_int8.py, networks_half.py) share: command line, measuring, results."""

import argparse
import json
import re
import sys
from pathlib import Path

import machine
import report
import rounds
import zoo
from engines import Setup
from networks import available
from worker import ENGINES

NAMES = ("resnet50", "mobilenet_v2", "squeezenet1_1")


def parse(description, stem, engines):
    """The arguments of the suite `stem`, which measures `engines` unless it is told to measure others."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--models", required=True, help="a folder of .onnx files in 32-bit floats, or one such file")
    parser.add_argument("--filter", default=f"^({'|'.join(NAMES)})$", help="only networks that this expression finds")
    parser.add_argument("--engines", default=",".join(engines))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.4, help="of each engine in each round")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--ordinary", action="store_true", help="do not raise the priority of measured processes")
    parser.add_argument("--output", type=Path, help=f"folder for networks_{stem}.json and networks_{stem}.md")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables into this page, between its markers")
    parser.add_argument("--strict", action="store_true", help="fail where a target is missed")
    arguments = parser.parse_args()
    unknown = set(arguments.engines.split(",")) - set(ENGINES)
    if unknown:
        parser.error(f"no engine {', '.join(sorted(unknown))}; there are {', '.join(ENGINES)}")
    return arguments


def measure(arguments, verdict):
    """Measures all networks with each number of threads; verdict(result, clock, features) goes to stderr with the times."""
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
    return found


def describe_run(found):
    """What a page says first: when, where and how."""
    about = found["machine"]
    return (f"{about['date']}, {about['processor']}, {about['cores']} cores ({', '.join(about['features'])}); load "
            f"average at the start {about['load_average'][0]}. Times in milliseconds, least of {found['rounds']} "
            f"alternating rounds, batch 1{', at real-time priority' if found['realtime'] else ''}.")


def tables(found, table, title):
    """Lines of table(results, clock, features) for each number of threads."""
    lines = []
    for threads in sorted({r["threads"] for r in found["results"]}):
        results = [r for r in found["results"] if r["threads"] == threads]
        lines += ["", f"#### {threads} thread{'s' * (threads > 1)}, {title}", "",
                  table(results, found["clock"], found["machine"]["features"])]
    return lines


def describe_engines(found):
    """A line for each engine, and for each that could not run a network."""
    lines = [f"- {ENGINES[n].title} {e['version']}: {e['settings']}" for n, e in found["engines"].items()]
    return lines + [f"- {r['network']}, {r['threads']} thread(s): {ENGINES[n].title} not available: {e['unavailable']}"
                    for r in found["results"] for n, e in r["engines"].items() if "unavailable" in e]


def finish(arguments, stem, found, text, verdict, misses):
    """Prints and writes the results. Exits with 1 where a network failed or is wrong, or, if asked, has one of `misses`."""
    print(text)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / f"networks_{stem}.json").write_text(json.dumps(found, indent=1) + "\n")
        (arguments.output / f"networks_{stem}.md").write_text(text + "\n")
    if arguments.write:
        report.write_section(arguments.write, f"networks-{stem}", text)
    verdicts = [verdict(r, arguments.clock, found["machine"]["features"]) for r in found["results"]]
    sys.exit(any(v.startswith(("FAILED", "WRONG", *(misses if arguments.strict else ()))) for v in verdicts))
