#!/usr/bin/env python3
"""Feeds winnowc damaged models: cut files and files with flipped bytes.

Each run must end with an exit code, and either a result or exactly one error message; no signal, no more than 20 seconds
of processor time (and 60 on the clock, which a busy machine stretches), no file left behind. Half of the flips fall anywhere, half on bytes that are not weights, where the structure
is. Most runs stop after the import (--compile-to=import), which is what reads the file; a sample goes all the way.

usage: hostile.py [--model MODEL.onnx] [--cuts N] [--flips N] [--full EVERY] [--seed N] [--jobs N]
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx

LIMIT_SECONDS = 20
LIMIT_BYTES = 4 << 30


def structure_bytes(data):
    """Positions of the bytes that are not weights."""
    weights = np.zeros(len(data), bool)
    for tensor in onnx.load_from_string(data).graph.initializer:
        raw = tensor.raw_data
        if len(raw) > 64:
            start = data.find(raw)
            weights[start:start + len(raw)] = True
    return np.flatnonzero(~weights)


def attacks(data, arguments):
    """Triples: a name, the damaged bytes' maker, whether to compile all the way."""
    random = np.random.default_rng(arguments.seed)
    structure = structure_bytes(data)
    cuts = np.unique(np.concatenate([random.integers(0, len(data), arguments.cuts // 2),
                                     random.choice(structure, arguments.cuts - arguments.cuts // 2)]))
    result = [("cut", int(c), 0) for c in cuts]
    for i in range(arguments.flips):
        position = int(random.choice(structure) if i % 2 else random.integers(0, len(data)))
        result.append(("flip", position, int(random.integers(1, 256))))
    return [(*a, i % arguments.full == 0) for i, a in enumerate(result)]


def damaged(data, attack):
    what, position, value, _ = attack
    if what == "cut":
        return data[:position]
    changed = bytearray(data)
    changed[position] ^= value
    return bytes(changed)


def run_attack(data, attack):
    """None if winnowc behaved, else what it did."""
    with tempfile.TemporaryDirectory(prefix="winnow-hostile-") as folder:
        model, output = Path(folder, "model.onnx"), Path(folder, "out.so" if attack[3] else "out.mlir")
        model.write_bytes(damaged(data, attack))
        scratch = Path(folder, "scratch")
        scratch.mkdir()
        command = [wt.tool("winnowc"), str(model), "-o", str(output)] + ([] if attack[3] else ["--compile-to=import"])
        command = ["env", f"--chdir={scratch}", f"TMPDIR={scratch}", *command]
        result = wt.run_measured(command, timeout=3 * LIMIT_SECONDS)
        left = [p.name for p in scratch.iterdir()] + [
            p.name for p in Path(folder).iterdir() if p not in (model, scratch, output)]
        errors = sum("error:" in line for line in result.message.splitlines())
        problems = []
        if result.crashed or result.status >= 128:
            problems.append(f"signal: {result.error}")
        elif result.ok and not output.exists():
            problems.append("success without a result")
        elif not result.ok and output.exists():
            problems.append("an output beside an error")
        elif not result.ok and errors != 1:
            problems.append(f"{errors} errors: {result.message[:300]!r}")
        if result.cpu_seconds > LIMIT_SECONDS:
            problems.append(f"took {result.cpu_seconds:.0f} s of processor time")
        if result.peak > LIMIT_BYTES:
            problems.append(f"took {result.peak / 1e9:.1f} GB")
        if left:
            problems.append(f"left {left}")
        return {"ok": result.ok, "problems": problems, "seconds": result.cpu_seconds}


def default_model():
    model = Path(os.environ.get("WINNOW_SHARED", wt.SOURCE.parent / "shared")) / "models" / "squeezenet1.1.onnx"
    return model if model.exists() else wt.SOURCE / "test" / "Models" / "digits_cnn.onnx"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", type=Path, default=default_model())
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--flips", type=int, default=3000)
    parser.add_argument("--full", type=int, default=20, metavar="EVERY", help="compile every n-th all the way")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    data = arguments.model.read_bytes()
    cases = attacks(data, arguments)
    accepted, bad, slowest, full = 0, [], 0.0, sum(c[3] for c in cases)
    done = 0
    for case, result in wt.isolated(cases, lambda c: run_attack(data, c), arguments.jobs, 120):
        done += 1
        problems = result.get("problems", [str(result)])
        accepted += bool(result.get("ok"))
        slowest = max(slowest, result.get("seconds", 0.0))
        if problems:
            bad.append((case, problems))
            print(f"{case[0]} at {case[1]} with {case[2]:#x}: {'; '.join(problems)}", file=sys.stderr)
        if done % 500 == 0:
            print(f"[{done}/{len(cases)}] {len(bad)} bad", file=sys.stderr)
    print(f"{arguments.model.name}: {len(cases)} damaged models ({full} compiled all the way, the others imported), "
          f"{accepted} still gave a result, {len(cases) - accepted - len(bad)} one error, slowest {slowest:.1f} s")
    print(f"{len(bad)} misbehaved")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
