#!/usr/bin/env python3
"""Compares the classic networks of the zoo beside the checkout with ONNX Runtime.

The zoo holds graphs without weights; its own script fills them, into a cache folder outside the repository. A network
passes if all outputs lie within 1e-3 of the expected output's standard deviation: at batch 1, and for ResNet-18 also at
batch 3 and with a batch that is only known at run time.

usage: compare_zoo.py [--filter REGEX] [--jobs N] [--options "..."]
"""

import argparse
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx

TOLERANCE = 1e-3


def materialized(shared, name, batch=None):
    """The network `name` of the zoo with its weights, made once."""
    path = wt.cache_folder("zoo") / f"{name}{f'_batch{batch}' if batch else ''}.onnx"
    if not path.exists():
        sys.path.insert(0, str(shared / "zoo"))
        import materialize
        partial = path.with_suffix(f".{os.getpid()}")
        onnx.save(materialize.materialize(str(shared / "zoo" / f"{name}.onnx"), batch), partial)
        partial.rename(path)
    return path


def cases_of(shared):
    """Triples: name of the case, name of the network, batches to run at (None: as the file says)."""
    names = sorted(p.stem for p in (shared / "zoo").glob("*.onnx"))
    cases = [(n, n, None) for n in names]
    return cases + [("resnet18, batch 3", "resnet18", 3)]


def compare(case, shared, options):
    _, name, batch = case
    path = materialized(shared, name, batch)
    session = wt.ort_session(path)
    compiled = wt.compile_and_load(path, *options)
    worst = 0.0
    dynamic = any(not isinstance(d, int) for i in session.get_inputs() for d in i.shape)
    for run, size in enumerate((1, 3, 5, 2) if dynamic else (None,)):
        random = np.random.default_rng(run)
        feeds = {i.name: random.standard_normal([d if isinstance(d, int) else size for d in i.shape], np.float32)
                 for i in session.get_inputs()}
        expected = session.run(None, feeds)
        for a, e in zip(compiled.run(named=feeds), expected):
            if a.shape != e.shape:
                raise SystemExit(f"expected shape {e.shape}, got {a.shape}")
            worst = max(worst, wt.error_of_deviation(a, e))
    return {"error": worst, "arena": compiled.arena_bytes(1), "bytes": path.stat().st_size}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--filter", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--options", default="", help="more options for winnowc")
    arguments = parser.parse_args()
    shared = wt.shared_folder()
    cases = [c for c in cases_of(shared) if re.search(arguments.filter, c[0])]
    rows, failed = {}, 0
    work = lambda case: compare(case, shared, arguments.options.split())
    for case, result in wt.isolated(cases, work, arguments.jobs, timeout=1200):
        if "error" in result:
            ok = result["error"] <= TOLERANCE
            rows[case] = [case[0], f"{result['bytes'] / 1e6:.1f}", f"{result['arena'] / 1e6:.2f}",
                          f"{result['error']:.1e}", "passed" if ok else "FAILED"]
        else:
            ok = False
            reason = " ".join(str(result.get("raised") or result["died"]).split())
            rows[case] = [case[0], "-", "-", "-", "FAILED: " + reason[:200]]
        failed += not ok
        print(f"[{len(rows)}/{len(cases)}] {case[0]}: {rows[case][-1]}", file=sys.stderr)
    print(wt.table([rows[c] for c in cases], ["network", "model MB", "arena MB", "error / deviation", "verdict"]))
    print(f"\n{len(rows) - failed} of {len(rows)} passed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
