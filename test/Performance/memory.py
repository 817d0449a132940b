#!/usr/bin/env python3
"""What networks take beside time: memory of a run, loading, size on disk, and compiling, for ours and the peers.

Each engine loads and runs a network in a process of its own. Memory is over what that process took before it loaded
the engine (Python and numpy); loading begins after the engine's package was imported, with a file in the page cache,
and ends where the first run can begin; "made" is the step ahead of time, for engines that have one. "Of weights" is the
library's file over the bytes of the model's constants, "of packed" over the bytes of the constants that the library
holds: those that Winograd's algorithm transforms are larger there.

usage: memory.py [--models DIR | --zoo SCRIPT_DIR] [--filter REGEX] [--engines a,b] [--threads N]
"""

import argparse
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine
import report
import zoo
from engines import Setup, Unavailable, product, wt
from networks import available
from worker import ENGINES, Worker

import onnx

# What is asked of Winnow.
LOAD_MS, COMPILE_SECONDS, LIBRARY_OVER_PACKED = 10, 40, 1.1


def weights_of(path):
    """Bytes of the constants of a model."""
    model = onnx.load(path, load_external_data=False)
    return sum(len(t.raw_data) or onnx.numpy_helper.to_array(t).nbytes for t in model.graph.initializer)


def packed_of(library):
    """Bytes of the constants that our library holds, as winnowc's report beside it says."""
    return sum(json.loads((library.parent / "report.json").read_text())["packed_bytes"].values())


def measure(network, name, setup, again):
    """One engine on one network; all sizes in bytes."""
    engine = ENGINES[name](setup)
    path, made = product(engine, network.path, again)
    runs = []
    for _ in range(3):  # the least of three: what a busy machine adds is not the engine's
        worker = Worker(name, network.path, path, setup, {})
        try:
            faults = worker.ask(do="run", seconds=0, warm=2, least=5, most=5, clock="wall")["faults"]
            runs.append({**worker.report, **worker.ask(do="memory"), "faults": faults})
        finally:
            worker.close()
    result = {key: min(run[key] for run in runs) for key in
              ("load_ms", "first_ms", "peak_bytes", "resident_bytes", "base_bytes", "faults")}
    file_bytes = runs[0]["file_bytes"] if engine.ahead else network.path.stat().st_size
    if name == "winnow":
        result["packed_bytes"] = packed_of(path)
    return {**result, "over_base": min(r["peak_bytes"] - r["base_bytes"] for r in runs), "file_bytes": file_bytes,
            "facts": runs[0]["facts"], "made_seconds": made.get("seconds"), "made_peak": made.get("peak_bytes")}


def row_of(network, name, result, weights):
    megabytes = lambda count: f"{count / 1e6:.1f}" if count is not None else "-"
    cells = [network.name, ENGINES[name].title, megabytes(result["over_base"]), f"{result['load_ms']:.2f}",
             f"{result['first_ms']:.1f}", f"{result['faults']:.1f}"]
    if not ENGINES[name].ahead:
        return cells + ["-"] * 5
    ratio = lambda bytes: f"{result['file_bytes'] / bytes:.3f}" if bytes else "-"
    return cells + [megabytes(result["file_bytes"]) if name != "ncnn" else "-",
                    ratio(name == "winnow" and weights), ratio(result.get("packed_bytes")),
                    f"{result['made_seconds']:.1f}", megabytes(result["made_peak"])]


def misses(result, peers):
    """What of ours is over what is asked, in words."""
    found = []
    if result["load_ms"] > LOAD_MS:
        found.append(f"loading takes {result['load_ms']:.1f} ms")
    if result["made_seconds"] > COMPILE_SECONDS:
        found.append(f"compiling takes {result['made_seconds']:.0f} s")
    # Below a megabyte the code, not the weights, is what the file holds.
    if result["packed_bytes"] > 1e6 and result["file_bytes"] > LIBRARY_OVER_PACKED * result["packed_bytes"]:
        found.append(f"the library is {result['file_bytes'] / result['packed_bytes']:.2f} of the weights it holds")
    smaller = [name for name, peer in peers.items() if peer["over_base"] < result["over_base"]]
    if smaller:
        found.append("takes more memory than " + ", ".join(ENGINES[name].title for name in smaller))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--models", help="a folder of .onnx files, or one; default: the network in test/Models")
    parser.add_argument("--zoo", help="a folder of graphs without weights with materialize.py, which fills them")
    parser.add_argument("--filter", default="")
    parser.add_argument("--engines", default=",".join(n for n in ENGINES if not ENGINES[n].int8))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="compile anew, where the cache holds the time of a busy day")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--output", type=Path, help="folder for memory.json and memory.md")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into this page, between its markers")
    arguments = parser.parse_args()
    engines = available(arguments.engines.split(","))
    setup = Setup(arguments.threads, options=tuple(arguments.options.split()))
    found = {"machine": machine.describe(), "engines": engines, "networks": {}}
    rows, notes = [], []
    for network in zoo.find(arguments.models, arguments.zoo, lambda name: re.search(arguments.filter, name)):
        weights, results = weights_of(network.path), {}
        for name in engines:
            try:
                results[name] = measure(network, name, setup, arguments.again and name == "winnow")
                rows.append(row_of(network, name, results[name], weights))
                print(" ".join(rows[-1]), file=sys.stderr)
            except Unavailable as reason:
                notes.append(f"{network.name}: {ENGINES[name].title} not available: {reason}")
        if "winnow" in results:
            others = {name: result for name, result in results.items() if name != "winnow"}
            notes += [f"{network.name}: {what}" for what in misses(results["winnow"], others)]
        found["networks"][network.name] = {"weights": weights, "engines": results}
    text = wt.table(rows, ["network", "engine", "memory MB", "load ms", "first run ms", "faults a run", "file MB",
                           "of weights", "of packed", "made in s", "making took MB"])
    text += "\n\n" + ("\n".join(f"- {note}" for note in notes) or "Nothing over what is asked.")
    print(text)
    if arguments.write:
        report.write_section(arguments.write, "memory", text)
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "memory.json").write_text(json.dumps(found, indent=1) + "\n")
        (arguments.output / "memory.md").write_text(text + "\n")


if __name__ == "__main__":
    main()
