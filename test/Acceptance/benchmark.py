#!/usr/bin/env python3
"""Times compiled networks against ONNX Runtime on one thread, in one process, in alternating rounds.

Alternating means that a busy machine disturbs both alike. Of each round the minimum and the median are kept; the table
shows the best minimum and the median of medians, and the ratio of both (over 1: ONNX Runtime is faster).

usage: benchmark.py [--networks resnet50,mobilenet_v2,squeezenet1_1] [--rounds N] [--seconds S] [--limit RATIO]
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt
from compare_zoo import materialized

import numpy as np


def timed(call, seconds):
    """Milliseconds of each call within about `seconds`, at least three."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        call()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def benchmark(path, rounds, seconds, options):
    """Minimum and median of both engines."""
    session = wt.ort_session(path, threads=1)
    compiled = wt.compile_and_load(path, *options)
    random = np.random.default_rng(0)
    feeds = {i.name: random.standard_normal([d if isinstance(d, int) else 1 for d in i.shape], np.float32)
             for i in session.get_inputs()}
    inputs = [feeds[i.name] for i in compiled.inputs]
    calls = {"winnow": lambda: compiled.run(*inputs), "ort": lambda: session.run(None, feeds)}
    minima, medians = {k: [] for k in calls}, {k: [] for k in calls}
    for call in calls.values():
        timed(call, 0.2)
    for _ in range(rounds):
        for name, call in calls.items():
            times = timed(call, seconds)
            minima[name].append(min(times))
            medians[name].append(statistics.median(times))
    return {k: (min(minima[k]), statistics.median(medians[k])) for k in calls}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--networks", default="resnet50,mobilenet_v2,squeezenet1_1")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each engine in each round")
    parser.add_argument("--limit", type=float, default=2.5, help="fail where the ratio of medians is over this")
    parser.add_argument("--options", default="", help="more options for winnowc")
    arguments = parser.parse_args()
    shared, rows, slow = wt.shared_folder(), [], 0
    for name in arguments.networks.split(","):
        path = Path(name) if name.endswith(".onnx") else materialized(shared, name)
        result = benchmark(path, arguments.rounds, arguments.seconds, arguments.options.split())
        ours, theirs = result["winnow"], result["ort"]
        ratio = ours[1] / theirs[1]
        slow += ratio > arguments.limit
        rows.append([path.stem, *(f"{v:.2f}" for v in (*ours, *theirs)), f"{ours[0] / theirs[0]:.2f}", f"{ratio:.2f}"])
    print(wt.table(rows, ["network", "min ms", "median ms", "ORT min", "ORT median", "ratio of minima",
                          "ratio of medians"]))
    print(f"\n{len(rows) - slow} of {len(rows)} within {arguments.limit}x of ONNX Runtime at 1 thread")
    sys.exit(slow > 0)


if __name__ == "__main__":
    main()
